"""What harmony calls the step from one chord to the next: ii-V-I, deceptive, tritone substitute, backdoor and the rest.

Conventions: spelled chords in a key; enharmonic spellings count as the same where players take them so. Each relation
is an id of `teaching.harmony_words` with its facts; several may hold of one step, the most telling first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from partimento.theory.chord import Chord
from partimento.theory.chord_quality import QUALITIES
from partimento.theory.key import Key
from partimento.theory.pitch import PitchClass
from partimento.theory.roman import function_of, is_diatonic, numeral_of


class Relation(NamedTuple):
    """A named relation: `weight` is what it adds to a suggestion's share, in tenths of a per cent."""

    rule: str
    weight: int
    values: tuple[tuple[str, str | int], ...] = ()


class Step(NamedTuple):
    """A step to be named: the chords before (at least one), the chord after, and the key."""

    befores: tuple[Chord, ...]
    after: Chord
    key: Key

    @property
    def before(self) -> Chord:
        """The chord left."""
        return self.befores[-1]


Namer = Callable[[Step], Relation | None]


def relations(befores: Sequence[Chord], after: Chord, key: Key) -> tuple[Relation, ...]:
    """All relations of the step from the last of `befores` to `after`, the most telling first; () for none."""
    step = Step(tuple(befores), after, key)
    return tuple(found for namer in _NAMERS if (found := namer(step)) is not None)


def is_dominant(chord: Chord) -> bool:
    """Whether a chord pulls down a fifth: a dominant seventh of any colour."""
    return chord.family == "dominant"


def _falls_fifth(a: Chord, b: Chord) -> bool:
    return (a.root.number - b.root.number) % 12 == 7


def _semitone_above(a: Chord, b: Chord) -> bool:
    return (a.root.number - b.root.number) % 12 == 1


def is_two(chord: Chord) -> bool:
    """Whether a chord can be a ii: minor with a seventh or without, or half-diminished."""
    return chord.family in ("minor", "half-diminished")


@cache
def _numeral(chord: Chord, key: Key) -> str:
    return numeral_of(chord, key)


def _degree(chord: Chord, key: Key) -> int:
    """Semitones from the tonic to the chord's root."""
    return (chord.root.number - key.tonic.number) % 12


def _sequence(step: Step) -> Relation | None:
    """The roots have moved by one interval twice, and do so again."""
    if len(step.befores) < 3:
        return None
    roots = [chord.root.number for chord in (*step.befores[-3:], step.after)]
    moves = {(b - a) % 12 for a, b in zip(roots, roots[1:], strict=False)}
    if len(moves) != 1 or 0 in moves:
        return None
    move = moves.pop()
    return Relation("sequence", 60, (("semitones", move if move <= 6 else move - 12),))


def _loop(step: Step) -> Relation | None:
    """What was played before after the same chords comes again."""
    befores = step.befores
    for size in (3, 2):
        if len(befores) <= size:
            continue
        last = befores[-size:]
        for start in range(len(befores) - size - 1, -1, -1):
            if befores[start : start + size] == last and befores[start + size] == step.after:
                return Relation("loop-returns", 250 if size == 3 else 140, (("chords", size),))
    if len(befores) >= 4 and step.after == befores[0] and befores.count(befores[0]) == 1 and len(befores) % 4 == 0:
        return Relation("loop-begins-again", 60, (("chords", len(befores)),))
    return None


def _goal(chord: Chord, key: Key) -> str:
    """What a dominant leads to, in words: the tonic, that of the other mode, or a root of the key with its degree."""
    if chord.root == key.tonic:
        other = key.mode in ("major", "minor") and (chord.family == "minor") != key.is_minor
        return f"the tonic of {key.parallel}" if other else "the tonic"
    if chord.root in key.tones and chord.family in (_triad_on(chord.root, key).family, "half-diminished"):
        return f"{chord.root.name} ({_numeral(_triad_on(chord.root, key), key)})"
    return chord.root.name


def _two_five_one(step: Step) -> Relation | None:
    if not is_dominant(step.before) or not _falls_fifth(step.before, step.after) or is_dominant(step.after):
        return None
    target = (("target", _goal(step.after, step.key)),)
    share = 1 if is_diatonic(step.after, step.key) else 3
    if len(step.befores) > 1 and is_two(step.befores[-2]) and _falls_fifth(step.befores[-2], step.before):
        return Relation("two-five-one", 120 // share, target)
    return Relation("dominant-resolves", 60 // share, target)


def _chain(step: Step) -> Relation | None:
    """A dominant falls a fifth to another dominant."""
    if is_dominant(step.before) and is_dominant(step.after) and _falls_fifth(step.before, step.after):
        return Relation("dominant-chain", 15)
    return None


def _two_five(step: Step) -> Relation | None:
    if is_two(step.before) and is_dominant(step.after) and _falls_fifth(step.before, step.after):
        goal = step.after.root.up(-1)
        return Relation("two-five", 80, (("target", goal.name),))
    return None


def _to_two(step: Step) -> Relation | None:
    """A dominant or minor chord falls to the minor chord that can be a ii."""
    if (
        is_two(step.after)
        and step.before.family in ("minor", "half-diminished")
        and _falls_fifth(step.before, step.after)
    ):
        return Relation("fifths-fall", 20)
    return None


def _deceptive(step: Step) -> Relation | None:
    if step.before.root != step.key.degree(5) or step.before.family not in ("dominant", "major"):
        return None
    sixth = _degree(step.after, step.key)
    if (sixth == 9 and step.after.family == "minor") or (sixth == 8 and step.after.family == "major"):
        return Relation("deceptive", 40, (("to", _numeral(step.after, step.key)),))
    return None


def _substitute(step: Step) -> Relation | None:
    """The tritone substitute in place of the dominant that would follow, or its resolution down a semitone."""
    if is_two(step.before) and is_dominant(step.after) and _semitone_above(step.before, step.after):
        stands_for = step.before.root.up(-1)
        return Relation("tritone-substitute", 20, (("for", Chord(stands_for, "7").name),))
    return None


def _substitute_resolves(step: Step) -> Relation | None:
    if is_dominant(step.before) and _semitone_above(step.before, step.after) and not is_dominant(step.after):
        own = step.before.root in step.key.tones  # a dominant of the key itself has its own goal a fifth below
        return Relation("substitute-resolves", 10 if own else 90, (("target", _goal(step.after, step.key)),))
    return None


def _backdoor(step: Step) -> Relation | None:
    home = _degree(step.after, step.key) == 0 and step.after.family == "major" and not step.key.is_minor
    if home and is_dominant(step.before) and _degree(step.before, step.key) == 10:
        return Relation("backdoor", 90)
    if is_dominant(step.after) and _degree(step.after, step.key) == 10 and not step.key.is_minor:
        prepared = _degree(step.before, step.key) == 5
        return Relation("backdoor-prepares", 25 if prepared else 8)
    return None


def _applied(step: Step) -> Relation | None:
    """A dominant seventh, or major triad outside the key, of a chord of the key other than the tonic."""
    chord = step.after
    if not (is_dominant(chord) or (chord.quality == "" and not is_diatonic(chord, step.key))):
        return None
    target = chord.root.up(-1)
    if target == step.key.tonic or target not in step.key.tones or chord.root not in step.key.tones:
        return None
    if is_diatonic(chord, step.key) or (chord.root == step.key.tonic and not is_dominant(chord)):
        return None
    return Relation("applied-dominant", 25, (("target", _numeral(_triad_on(target, step.key), step.key)),))


def _triad_on(root: PitchClass, key: Key) -> Chord:
    """The key's own triad on one of its tones."""
    place = key.tones.index(root) + 1
    third, fifth = key.degree(place + 2), key.degree(place + 4)
    quality = {(4, 1): "", (-3, 1): "m", (-3, -6): "dim", (4, 8): "aug"}.get(
        (third.fifths - root.fifths, fifth.fifths - root.fifths), ""
    )
    return Chord(root, quality)


def _diminished(step: Step) -> Relation | None:
    if step.after.family == "diminished" and (step.after.root.number - step.before.root.number) % 12 == 1:
        return Relation("passing-diminished", 12, (("from", step.before.root.name),))
    if step.after.family == "diminished" and (step.before.root.number - step.after.root.number) % 12 == 1:
        return Relation("passing-diminished-down", 6, (("from", step.before.root.name),))
    if step.before.quality == "dim7" and (step.after.root.number - step.before.root.number) % 12 == 1:
        return Relation("diminished-rises", 80, (("to", step.after.name),))
    if step.before.quality == "dim7" and (step.before.root.number - step.after.root.number) % 12 == 1:
        return Relation("diminished-falls", 60, (("to", step.after.name),))
    if step.before.quality == "dim7" and step.after.root.number in step.before.numbers and step.after.quality != "dim7":
        return Relation("common-tone-diminished", 40, (("tone", step.after.root.name),))
    return None


def _plagal(step: Step) -> Relation | None:
    if _degree(step.after, step.key) or _degree(step.before, step.key) != 5 or is_dominant(step.after):
        return None
    borrowed = step.before.family == "minor" and not step.key.is_minor
    if borrowed and step.after.family == "minor":
        return None
    return Relation("minor-plagal" if borrowed else "plagal", 25)


def _bass_goes_on(step: Step) -> Relation | None:
    """A bass that has gone a step into an inversion goes on the same way: C, C/B, Am."""
    if len(step.befores) < 2 or step.before.bass is None:
        return None
    basses = [chord.bass_tone for chord in (*step.befores[-2:], step.after)]
    moves = [(b.number - a.number) % 12 for a, b in zip(basses, basses[1:], strict=False)]
    down, up = all(move in (10, 11) for move in moves), all(move in (1, 2) for move in moves)
    if not down and not up:
        return None
    return Relation("bass-goes-on", 80, (("way", "down" if down else "up"), ("tone", basses[-1].name)))


def _blues(step: Step) -> Relation | None:
    if not (is_dominant(step.before) and is_dominant(step.after)):
        return None
    ways = {
        (0, 5): "blues-four",
        (5, 0): "blues-home",
        (7, 5): "blues-turn",
        (0, 7): "blues-five",
        (7, 0): "blues-home",
    }
    rule = ways.get((_degree(step.before, step.key), _degree(step.after, step.key)))
    return Relation(rule, 40) if rule else None


def _turnaround(step: Step) -> Relation | None:
    if step.before.root == step.key.tonic and is_diatonic(step.before, step.key) and _degree(step.after, step.key) == 9:
        if step.after.family in ("minor", "dominant"):
            return Relation("turnaround", 15, (("to", _numeral(step.after, step.key)),))
    return None


def _chromatic_predominant(step: Step) -> Relation | None:
    if step.after.quality in ("It6", "Fr6", "Ger6"):
        return Relation("augmented-sixth", 6, (("kind", step.after.quality),))
    if _degree(step.after, step.key) == 1 and step.after.family == "major":
        return Relation("neapolitan", 8)
    return None


def _mixture(step: Step) -> Relation | None:
    key = step.key
    if is_diatonic(step.after, key) or key.mode not in ("major", "minor"):
        return None
    if is_dominant(step.after) and step.after.root == key.degree(5):
        return None
    if set(step.after.tones) <= set(key.parallel.tones):
        return Relation("mixture", 15, (("from", str(key.parallel)),))
    return None


def _mediant(step: Step) -> Relation | None:
    way = (step.after.root.number - step.before.root.number) % 12
    families = {step.before.family, step.after.family}
    if way in (3, 4, 8, 9) and len(families) == 1 and families <= {"major", "minor"}:
        if not is_diatonic(step.after, step.key):
            shared = len(step.before.numbers & step.after.numbers)
            return Relation("chromatic-mediant", 10, (("tones", shared),))
    return None


def _predominant(step: Step) -> Relation | None:
    if step.before.root == step.after.root or not all(
        _has_function(one, step.key) for one in (step.before, step.after)
    ):
        return None
    before, after = (function_of(_numeral(chord, step.key)) for chord in (step.before, step.after))
    if before == "S" and after == "D":
        return Relation("predominant-dominant", 25)
    if before == "D" and after == "T" and _degree(step.after, step.key) == 0:
        return Relation("dominant-home", 30)
    rule = _FUNCTIONS.get(before + after)
    return Relation(rule, 5 if before != after else 0) if rule else None


_FUNCTIONS = {
    "TS": "tonic-predominant", "TD": "tonic-dominant", "DT": "dominant-for-tonic", "SS": "predominants",
    "DD": "dominants",
}  # fmt: skip


def _has_function(chord: Chord, key: Key) -> bool:
    """Whether a chord belongs to the key or to the natural parallel one; of others the degree says little."""
    return is_diatonic(chord, key) or set(chord.tones) <= set(key.parallel.tones)


def _related(step: Step) -> Relation | None:
    """Chords of one function that share two tones."""
    if step.before.root == step.after.root:
        if "sus" in step.before.quality and "sus" not in step.after.quality and step.after.third is not None:
            return Relation("suspension-resolves", 40, (("tone", step.after.third.name),))
        return Relation("same-root", 0, (("from", step.before.name),))
    if len(step.befores) > 1 and step.after == step.befores[-2]:
        return Relation("goes-back", 0, (("to", step.after.name),))
    shared = len(step.before.numbers & step.after.numbers)
    if shared >= 2 and (step.after.root.number - step.before.root.number) % 12 in (3, 4, 8, 9):
        return Relation("shared-tones", 4, (("tones", shared),))
    return None


def _root_motion(step: Step) -> Relation | None:
    way = (step.after.root.number - step.before.root.number) % 12
    if way == 5:
        return Relation("fifths-fall", 5)
    if way == 7:
        return Relation("fifth-rises", 0)
    return Relation("root-steps", 0) if way in (1, 2, 10, 11) else None


_NAMERS: tuple[Namer, ...] = (
    _loop, _two_five_one, _substitute_resolves, _backdoor, _deceptive, _blues, _two_five, _substitute, _sequence,
    _diminished, _plagal, _bass_goes_on, _chain, _applied, _chromatic_predominant, _mixture, _turnaround, _mediant,
    _to_two, _predominant, _related, _root_motion,
)  # fmt: skip


def neighbours(chord: Chord, key: Key) -> Iterator[Chord]:
    """Chords that harmony offers after another whatever was counted: resolutions, substitutes, colours of the key."""
    root = chord.root
    minor = key.is_minor
    tonic = Chord(key.tonic, "m" if minor else "")
    yield tonic
    if is_two(chord):
        yield Chord(root.up(-1), "7")
        yield Chord(root.up(-7), "7")
    if is_dominant(chord):
        for quality in ("maj7", "m7", "7"):
            yield Chord(root.up(-1), quality)
        if root not in key.tones:
            yield Chord(root.up(5), "maj7")
    if chord.quality == "dim7":
        above = next((tone for tone in key.tones if (tone.number - root.number) % 12 == 1), root.up(-5))
        yield Chord(above, "m7")
        yield Chord(above, "")
    if chord.root in key.tones:
        yield Chord(root.up(7), "dim7")
    for place in (2, 3, 4, 5, 6):
        target = key.degree(place)
        if target.up(1) in key.tones:
            yield Chord(target.up(1), "7")
    if not minor:
        yield Chord(key.degree(4), "m")
        yield Chord(key.degree(7, -1), "7")
        yield Chord(key.degree(6, -1), "maj7")
        yield Chord(key.degree(3, -1), "maj7")
    yield Chord(key.tonic.up(-5), "maj7")
    yield Chord(key.degree(5), "7")


def plainer(chord: Chord) -> tuple[Chord, ...]:
    """A chord and what it is without its tensions, then as a triad (C13b9, C7, C): under these a table may know it."""
    bare = Chord(chord.root, chord.quality)
    sevenths = {
        "major": "maj7" if chord.seventh is not None else "", "minor": "m7" if chord.seventh is not None else "m",
        "dominant": "7", "half-diminished": "m7b5", "diminished": "dim7" if chord.seventh is not None else "dim",
    }  # fmt: skip
    triads = {"major": "", "dominant": "", "minor": "m", "half-diminished": "dim", "diminished": "dim"}
    out = [bare]
    for table in (sevenths, triads):
        quality = table.get(chord.family)
        if quality is not None and quality in QUALITIES:
            one = Chord(chord.root, quality)
            if one not in out:
                out.append(one)
    return tuple(out)
