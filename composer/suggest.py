"""What may follow some chords: candidates from counted tables and from the rules of harmony, ranked, with voicings.

Conventions: a share is per cent of all that is offered; it mixes what was counted in the style's corpus (pairs and
triples of chords) with the weight of the relations that name the step (`suggest_relations`). Nothing is drawn by
chance, and moving the question to another key moves the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from partimento.arrangement.voicing import nearest_voicing, spelled
from partimento.composer.harmony_given import estimate_key
from partimento.composer.harmony_tables import learned_loops, read_table, transition_name
from partimento.composer.suggest_relations import Relation, neighbours, plainer, relations
from partimento.theory.chord import Chord
from partimento.theory.errors import BriefError, TheoryError
from partimento.theory.key import Key
from partimento.theory.pitch import Pitch, pitch_at, pitch_class
from partimento.theory.roman import chord_of, numeral_of
from partimento.theory.syntax import rows as syntax_rows

MOST_CHORDS, MOST_COUNT = 64, 40
_TABLES = {
    "jazz": "jazz", "bossa": "bossa", "blues": "blues", "rock": "rock", "country": "country", "folk": "folk",
    "funk": "soul", "rnb": "soul", "soul": "soul", "lo-fi": "jazz", "classical": "classical", "cinematic": "classical",
    "chorale": "chorale",
}  # fmt: skip
"""Genre to its table of transitions; others take pop's, "chorale" the rates of Bach's chorales."""
_JAZZ = frozenset({"jazz", "bossa", "lo-fi", "funk", "rnb", "soul", "blues"})
_OF_JAZZ = frozenset({"turnaround"})
_SAID_BY = {
    "dominant-home": {"two-five-one", "dominant-resolves", "substitute-resolves", "backdoor", "blues-home"},
    "dominant-for-tonic": {"deceptive"},
    "fifths-fall": {
        "two-five-one", "dominant-resolves", "dominant-chain", "two-five", "dominant-home", "blues-four", "blues-home",
    },
    "goes-back": {"loop-returns", "common-loop", "dominant-home", "plagal", "blues-home", "dominant-resolves"},
}  # fmt: skip
"""A relation that needs no telling beside another that says as much."""
_JAZZ_ONLY = frozenset({"tritone-substitute", "backdoor-prepares", "passing-diminished", "dominant-chain", "two-five"})
_STRICT = frozenset({"classical", "chorale"})
_NOT_STRICT = frozenset(
    {"tritone-substitute", "backdoor", "backdoor-prepares", "blues-four", "blues-turn", "chromatic-mediant"}
)
_NOT_BLUES = frozenset({"dominant-resolves", "applied-dominant", "mixture", "substitute-resolves"})
"""In the blues a dominant seventh rests in itself."""
_RESTING = frozenset({"blues", "funk", "rock"})
_ENOUGH = 15
_STRANGE_BASS = 2.0
"""From how many per cent on a chord over a bass outside it is offered."""
_LEAST = 6
_LOOPS = {"blues", "country", "pop", "rock", "soul"}
_LOW, _HIGH = 40, 79


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A chord that may follow: `share` in per cent of all offered; `counted` its per cent in the corpus, None where it
    was not met there; why, the most telling relation first; and a voicing, lowest first, that the last one leads to.
    """

    chord: Chord
    numeral: str
    share: float
    counted: float | None
    relations: tuple[Relation, ...]
    voicing: tuple[Pitch, ...]


def find_key_of(chords: Sequence[Chord], style: str = "") -> Key:
    """The key that chords fit best, where nobody says it; a blues is in the key of its first chord."""
    if style == "blues" and chords[0].family in ("dominant", "minor"):
        return Key(chords[0].root, "minor" if chords[0].family == "minor" else "major")
    return estimate_key(((tuple(chords),),))


def suggest(befores: Sequence[Chord], key: Key, style: str, count: int = 8) -> tuple[Suggestion, ...]:
    """The `count` likeliest chords after `befores` in a key and a genre, the best first.

    BriefError for no chord, more than 64, or a count out of range; any genre's name is taken.
    """
    if not 1 <= len(befores) <= MOST_CHORDS:
        raise BriefError(f"{len(befores)} chords are given: write 1 to {MOST_CHORDS}, as in 'Dm7 G7'")
    if not 1 <= count <= MOST_COUNT:
        raise BriefError(f"{count} suggestions cannot be given: 1 to {MOST_COUNT}")
    counted = _counted(befores, key, style)
    weights = {chord: share * 10 for chord, share in counted.items()}
    named: dict[Chord, tuple[Relation, ...]] = {}
    loops = _loop_goes_on(befores, key, style)
    for chord in [*weights, *_offered(befores[-1], key, style), *loops, *befores]:
        if chord == befores[-1] or chord in named:
            continue
        found = named_relations(befores, chord, key, style)
        if chord in loops:
            found = (Relation("common-loop", loops[chord][1], (("loop", loops[chord][0]),)), *found)
        named[chord] = tuple(sorted(found, key=lambda relation: -relation.weight))
    total = {chord: weights.get(chord, 0.0) + _worth(found) for chord, found in named.items()}
    kept = _ranked(total, key)[:count]
    whole = sum(weight for weight in total.values() if weight >= _LEAST) or 1.0
    last = voiced(befores)[-1]
    return tuple(
        Suggestion(
            chord, numeral_in(chord, key, style), round(100 * total[chord] / whole, 1), _percent(counted.get(chord)),
            named[chord], _pitches(chord, _light(nearest_voicing(chord, "piano", _LOW, _HIGH, last), chord)),
        )
        for chord in kept
    )  # fmt: skip


def numeral_in(chord: Chord, key: Key, style: str) -> str:
    """The numeral of a chord in a style: where dominant sevenths rest, the tonic's is I7 and not V7/IV."""
    if style in _RESTING and chord.root == key.tonic and chord.family == "dominant" and chord.bass is None:
        return f"I{chord.quality}"
    return numeral_of(chord, key)


def _ranked(total: dict[Chord, float], key: Key) -> list[Chord]:
    """The chords with enough weight, one of those that sound alike, by weight and then by their place in the key."""
    order = sorted(
        (chord for chord, weight in total.items() if weight >= _LEAST),
        key=lambda chord: (-round(total[chord], 3), chord.root.fifths - key.tonic.fifths, chord.quality),
    )
    heard: set[tuple[int, str, int]] = set()
    out = []
    for chord in order:
        sound = (chord.root.number, chord.quality, chord.bass_tone.number)
        if sound not in heard:
            heard.add(sound)
            out.append(chord)
    return out


def _percent(share: float | None) -> float | None:
    return None if share is None else round(share, 1)


def _worth(found: tuple[Relation, ...]) -> float:
    return sum(relation.weight / (1 + 3 * place) for place, relation in enumerate(found))


def named_relations(befores: Sequence[Chord], after: Chord, key: Key, style: str) -> tuple[Relation, ...]:
    """The relations of a step that a style speaks of, with the weight that they have in it."""
    out = []
    for relation in relations(befores, after, key):
        if relation.rule.startswith("blues-") and style not in _RESTING:
            continue
        if style == "blues" and relation.rule in _NOT_BLUES:
            continue
        if style in _STRICT and relation.rule in _NOT_STRICT:
            relation = relation._replace(weight=0)
        elif style not in _JAZZ and relation.rule in _JAZZ_ONLY:
            relation = relation._replace(weight=relation.weight // 4)
        if relation.rule not in _OF_JAZZ or style in _JAZZ:
            out.append(relation)
    said = {relation.rule for relation in out}
    return tuple(relation for relation in out if said.isdisjoint(_SAID_BY.get(relation.rule, ())))


def _offered(before: Chord, key: Key, style: str) -> list[Chord]:
    """What harmony offers after a chord; in strict styles the tonic is a triad."""
    found = list(neighbours(before, key))
    if style not in _STRICT:
        return found
    return [plainer(chord)[-1] if chord.family in ("major", "minor") else chord for chord in found]


def _mode(key: Key) -> str:
    return "minor" if key.is_minor else "major"


def _counted(befores: Sequence[Chord], key: Key, style: str) -> dict[Chord, float]:
    """Per cent of the successors in the style's corpus: triples where there are enough of them, with pairs."""
    table = _TABLES.get(style, "pop")
    if table == "chorale":
        return _chorale_rows(befores[-1], key)
    away = -key.tonic.fifths
    pairs, triples = _rows(table, _mode(key))
    last = next((pairs[one] for one in plainer(befores[-1].up(away)) if one in pairs), {})
    shares = _shares(last)
    if len(befores) > 1:
        before = plainer(befores[-2].up(away))
        found = next(
            (triples[a, b] for b in plainer(befores[-1].up(away)) for a in before if (a, b) in triples), {}
        )  # fmt: skip
        if sum(found.values()) >= _ENOUGH:
            closer = _shares(found)
            shares = {chord: (shares.get(chord, 0.0) + closer.get(chord, 0.0)) / 2 for chord in {**shares, **closer}}
    return {
        chord.up(-away): share
        for chord, share in shares.items()
        if share >= (0.3 if chord.bass_tone in chord.tones else _STRANGE_BASS)
    }


def _shares(row: dict[Chord, int]) -> dict[Chord, float]:
    total = sum(row.values())
    return {chord: 100 * count / total for chord, count in row.items()} if total else {}


@cache
def _rows(table: str, mode: str) -> tuple[dict[Chord, dict[Chord, int]], dict[tuple[Chord, Chord], dict[Chord, int]]]:
    """A table's pairs and triples as chords in C."""
    data = read_table(transition_name(table)).get("modes", {}).get(mode, {})
    key = Key(pitch_class(0), mode)
    pairs: dict[Chord, dict[Chord, int]] = {}
    for before, nexts in sorted(data.get("order1", {}).items()):
        chord = _read(before, key)
        if chord is not None:
            _add(pairs.setdefault(chord, {}), nexts, key, chord)
    triples: dict[tuple[Chord, Chord], dict[Chord, int]] = {}
    for words, nexts in sorted(data.get("order2", {}).items()):
        first, second = (_read(word, key) for word in words.split())
        if first is not None and second is not None:
            _add(triples.setdefault((first, second), {}), nexts, key, second)
    return pairs, triples


def _add(row: dict[Chord, int], nexts: dict[str, int], key: Key, before: Chord) -> None:
    for after, count in sorted(nexts.items()):
        chord = _read(after, key)
        if chord is not None and chord != before:
            row[chord] = row.get(chord, 0) + int(count)


@cache
def _read(numeral: str, key: Key) -> Chord | None:
    try:
        return chord_of(numeral, key)
    except TheoryError:
        return None


def _chorale_rows(before: Chord, key: Key) -> dict[Chord, float]:
    table = syntax_rows(_mode(key))
    for one in (before, *plainer(before)):
        row = table.get(numeral_of(one, key))
        if row:
            return {chord_of(numeral, key): share for numeral, share in row.items()}
    return {}


def _loop_goes_on(befores: Sequence[Chord], key: Key, style: str) -> dict[Chord, tuple[str, int]]:
    """Chords with which a common loop of the style goes on: chord -> (the loop's numerals, weight)."""
    family = _TABLES.get(style, "pop")
    if family not in _LOOPS or len(befores) < 2:
        return {}
    wanted = [plainer(chord)[-1] for chord in befores[-3:]]
    found: list[tuple[Chord, str, int]] = []
    for home in (key, key.relative):  # a loop that turns round vi is one of the relative minor's too
        for chords, weight in _loops(family, home):
            for place in range(len(chords)):
                here = [chords[(place + k) % len(chords)] for k in range(len(wanted))]
                if here == wanted and len(chords) > len(wanted):
                    following = chords[(place + len(wanted)) % len(chords)]
                    found.append((following, " ".join(numeral_of(chord, key) for chord in chords), weight))
    total = sum(weight for _, _, weight in found)
    out: dict[Chord, tuple[str, int]] = {}
    for chord, loop, weight in found:
        name, sum_ = out.get(chord, (loop, 0))
        out[chord] = (name, sum_ + 200 * weight // total)
    return out


@cache
def _loops(family: str, key: Key) -> tuple[tuple[tuple[Chord, ...], int], ...]:
    """The loops of a family as chords in a key, each chord once where it stays, with their weights."""
    out = []
    for bars, weight in learned_loops(family, _mode(key)):
        chords = [_read(numeral, key) for bar in bars for numeral in bar]
        kept = [chord for k, chord in enumerate(chords) if chord is not None and chord != chords[k - 1]]
        if len(kept) > 1:
            out.append((tuple(kept), weight))
    return tuple(out)


def voiced(chords: Sequence[Chord]) -> tuple[tuple[int, ...], ...]:
    """A voicing of each chord, led smoothly from the one before: MIDI numbers, lowest first."""
    out: list[tuple[int, ...]] = []
    for chord in chords:
        out.append(_light(nearest_voicing(chord, "piano", _LOW, _HIGH, out[-1] if out else ()), chord))
    return tuple(out)


def _light(numbers: tuple[int, ...], chord: Chord) -> tuple[int, ...]:
    """A voicing of a seventh chord without its bass tone doubled above, where that rubs and says nothing."""
    if len(chord.tones) < 4:
        return numbers
    kept = tuple(n for n in numbers if n == numbers[0] or (n - numbers[0]) % 12)
    return kept if len(kept) > 3 else numbers


def _pitches(chord: Chord, numbers: tuple[int, ...]) -> tuple[Pitch, ...]:
    return tuple(pitch_at(pitch_class(spelled(chord, number)), number) for number in numbers)


def voiced_pitches(chords: Sequence[Chord]) -> tuple[tuple[Pitch, ...], ...]:
    """As `voiced`, spelled as the chords are."""
    return tuple(_pitches(chord, numbers) for chord, numbers in zip(chords, voiced(chords), strict=True))
