"""Claims about chords that stand out: applied, borrowed, substituted, inverted, held over a pedal, coloured.

Conventions: one claim for all places where the same thing happens; each place has been heard in the notes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from partimento.score.decision import Value
from partimento.teaching.claim import Claim
from partimento.teaching.kinds.claiming import by, claim, kind, number, text
from partimento.teaching.kinds.cycles import drones_and_blues
from partimento.teaching.kinds.wording import numeral, parsed, times
from partimento.teaching.music import Harmony, Music
from partimento.teaching.naming import Naming
from partimento.teaching.subject import Subject
from partimento.theory.chord import Chord, parse_chord
from partimento.theory.key import Key
from partimento.theory.pitch import PitchClass
from partimento.theory.roman import Numeral, chord_of, is_diatonic


class Pair(NamedTuple):
    """A chord in its place with the one after it, None at the end or before a silence."""

    here: Harmony
    numeral: Numeral
    after: Harmony | None


def pairs(music: Music) -> Iterator[Pair]:
    """All chords that are heard and have a numeral."""
    for i, h in enumerate(music.harmony):
        found = parsed(h.numeral)
        if found is not None and music.is_heard(h):
            after = music.harmony[i + 1] if i + 1 < len(music.harmony) else None
            yield Pair(h, found, after if after is not None and after.start == h.end else None)


Facts = tuple[tuple[str, str | int | float | bool], ...]


def gathered(name: str, read: Callable[[Music, Pair], Facts | None]) -> Callable[[Subject], Iterator[Claim]]:
    """A finder: all pairs of which `read` tells the same facts are one claim."""

    def find(subject: Subject) -> Iterator[Claim]:
        spans: dict[Facts, list[tuple[int, int]]] = {}
        sure: dict[Facts, float] = {}
        for pair in pairs(subject.music):
            facts = read(subject.music, pair)
            if facts is not None:
                spans.setdefault(facts, []).append((pair.here.start, pair.here.end))
                sure[facts] = min(sure.get(facts, 1.0), pair.here.sure)
        for facts, places in spans.items():
            basis = "decided" if subject.recorded else "found"
            yield replace(claim(name, places, basis=basis, sure=sure[facts]), values=facts)

    return find


def _applied(music: Music, pair: Pair) -> Facts | None:
    h, found = pair.here, pair.numeral
    if found.applied is None or found.degree not in (5, 7) or found.alter:
        return None
    after = pair.after
    if after is not None and after.key != h.key and h.chord.root == after.key.tonic.up(1):
        return None  # it is the dominant of the key that follows, which is told as such
    target = chord_of(str(found.applied), h.key)
    resolves = pair.after is not None and pair.after.chord.root.number == target.root.number
    leading = target.root.up(5)
    sounds = any(t.pitch.midi % 12 == leading.number for t in music.tones(h.heard, h.end))
    if not sounds:
        return None
    goes = "" if pair.after is None else pair.after.chord.name
    # What comes may have turned to the other mode, where a new key begins with it.
    arrives = pair.after.chord if resolves and pair.after is not None else target
    return (
        ("numeral", h.numeral),
        ("chord", h.chord.name),
        ("target", str(found.applied)),
        ("to", _plain_name(arrives, target)),
        ("resolves", resolves),
        ("goes", goes),
        ("leading", leading.name),
        ("key", str(h.key)),
    )


def _plain_name(chord: Chord, target: Chord) -> str:
    """The target's name, or that of the triad on its root that is heard in its place."""
    minor = {"minor": "m", "diminished": "dim", "half-diminished": "dim"}.get(chord.family, "")
    expected = {"minor": "m", "diminished": "dim", "half-diminished": "dim"}.get(target.family, "")
    return target.name if minor == expected else Chord(target.root, minor).name


def _say_applied(c: Claim, level: str, naming: Naming) -> str:
    chord, target = (naming.chord(parse_chord(text(c, name))) for name in ("chord", "to"))
    leading = naming.note(parse_chord(text(c, "leading")).root)
    if level == "beginner":
        return f"{chord} does not belong to the key: its {leading} leans towards {target}" + (
            ", which follows." if c.value("resolves") else ", but another chord follows."
        )
    found = parsed(text(c, "numeral"))
    what = "leading-tone chord" if found is not None and found.degree == 7 else "dominant"
    said = f"{chord} is {numeral(text(c, 'numeral'))}, a secondary {what}: {leading} is the leading tone of {target}"
    if c.value("resolves"):
        return said + f", and {target} follows."
    goes = text(c, "goes")
    return said + (f"; it goes to {naming.chord(parse_chord(goes))} instead." if goes else ", which does not follow.")


def _tritone(music: Music, pair: Pair) -> Facts | None:
    h, found = pair.here, pair.numeral
    if (found.degree, found.alter) != (2, -1) or h.chord.family != "dominant" or pair.after is None:
        return None
    down = (h.chord.root.number - pair.after.chord.root.number) % 12 == 1
    if not down or not music.bass_says(h):
        return None
    third, seventh = h.chord.third, h.chord.seventh
    if third is None or seventh is None:
        return None
    replaced = Chord(h.chord.root.up(6), "7").name if h.chord.root.fifths < 0 else Chord(h.chord.root.up(-6), "7").name
    return (
        ("chord", h.chord.name),
        ("for", replaced),
        ("to", pair.after.chord.name),
        ("third", third.name),
        ("seventh", seventh.name),
        ("numeral", h.numeral),
    )


def _say_tritone(c: Claim, level: str, naming: Naming) -> str:
    chord, other, to = (naming.chord(parse_chord(text(c, name))) for name in ("chord", "for", "to"))
    if level == "beginner":
        return f"{chord} stands in for {other}: the bass slides down a half step to {to}."
    replaced = parse_chord(text(c, "for"))
    third, seventh = (_both(parse_chord(text(c, name)).root, replaced, naming) for name in ("third", "seventh"))
    return (
        f"{chord} ({numeral(text(c, 'numeral'))}) is a tritone substitution for {other}: both hold"
        f" {third} and {seventh},"
        f" and the bass falls a half step to {to}."
    )


def _both(tone: PitchClass, chord: Chord, naming: Naming) -> str:
    """The tone, with its other spelling in `chord` where it has one."""
    other = chord.tone_at(tone.number)
    return naming.note(tone) if other is None or other == tone else f"{naming.note(tone)} (there {naming.note(other)})"


_BORROWED = {(4, 0): "iv", (6, -1): "bVI", (3, -1): "bIII", (7, -1): "bVII", (2, 0): "ii"}


def _mixture(music: Music, pair: Pair) -> Facts | None:
    h, found = pair.here, pair.numeral
    if h.key.mode != "major" or found.applied is not None or (found.degree, found.alter) not in _BORROWED:
        return None
    chord = h.chord
    if found.degree in (2, 4) and not (
        chord.family in ("minor", "half-diminished", "diminished") and (found.degree == 4 or chord.family != "minor")
    ):
        return None
    if found.degree in (3, 6) and chord.family != "major":
        return None
    if found.degree == 7 and chord.family not in ("major", "dominant"):
        return None
    foreign = [t.name for t in chord.tones if t not in h.key.tones]
    parallel = h.key.parallel
    if not foreign or not all(t in parallel.tones for t in chord.tones if t in chord.tones[:3]):
        return None
    heard = {t.pitch.midi % 12 for t in music.tones(h.heard, h.end)}
    if not any(parse_chord(name).root.number in heard for name in foreign):
        return None
    return (("numeral", h.numeral), ("chord", chord.name), ("foreign", foreign[0]), ("parallel", str(parallel)))


def _say_mixture(c: Claim, level: str, naming: Naming) -> str:
    chord, foreign = naming.chord(parse_chord(text(c, "chord"))), naming.note(parse_chord(text(c, "foreign")).root)
    parallel = naming.key(Key.parse(text(c, "parallel")))
    if level == "beginner":
        if chord == foreign:
            return f"{chord} is borrowed from {parallel}, which darkens the colour."
        return f"{chord} is borrowed: its {foreign} comes from {parallel} and darkens the colour."
    return f"{chord} is {numeral(text(c, 'numeral'))}, modal mixture: {foreign} is borrowed from {parallel}."


def _chromatic(music: Music, pair: Pair) -> Facts | None:
    h, found = pair.here, pair.numeral
    name = ""
    if found.quality in ("It6", "Fr6", "Ger6"):
        name = "augmented-sixth"
    elif (found.degree, found.alter, found.quality) == (2, -1, "") and h.key.mode in ("major", "minor"):
        name = "neapolitan"
    elif h.chord.quality == "dim7" and found.applied is None and not is_diatonic(h.chord, h.key):
        name = "diminished-seventh"
    if not name:
        return None
    after = pair.after
    step = 0
    if name == "diminished-seventh":
        if after is None:
            return None
        step = (after.chord.bass_tone.number - h.chord.bass_tone.number) % 12
        if step not in (1, 11, 0) or not music.bass_says(h) or not music.bass_says(after):
            return None
    return (
        ("what", name),
        ("numeral", h.numeral),
        ("chord", h.chord.name),
        ("to", after.chord.name if after is not None else ""),
        ("step", {1: "up", 11: "down", 0: "same"}.get(step, "")),
    )


def _say_chromatic(c: Claim, level: str, naming: Naming) -> str:
    chord, what = naming.chord(parse_chord(text(c, "chord"))), text(c, "what")
    to = naming.chord(parse_chord(text(c, "to"))) if text(c, "to") else ""
    if what == "diminished-seventh":
        way = {"up": "a half step up", "down": "a half step down", "same": "over the same bass"}[text(c, "step")]
        name = "passing diminished seventh" if text(c, "step") != "same" else "common-tone diminished seventh"
        return f"{chord} is a {name}: it leads {way} to {to}."
    if what == "neapolitan":
        said = f"{chord} is the Neapolitan chord, a major triad on the lowered second degree"
    else:
        said = (
            f"{numeral(text(c, 'numeral'))} is an augmented sixth chord, whose outer tones press outwards to an octave"
        )
    if level == "beginner":
        said = f"{chord} is a strong chord from outside the key"
    return said + (f"; {to} follows." if to else ".")


def _inversions(subject: Subject) -> Iterator[Claim]:
    """The inversions that come most often, four at the most; a chord over a bass that simply stays is none."""
    music = subject.music
    held = drones_and_blues(subject)
    spans: dict[tuple[str, str, str], list[tuple[int, int]]] = {}
    basses = {h: music.bass(h) for h in music.harmony}
    for before, h in zip((None, *music.harmony), music.harmony, strict=False):
        tone, last = basses[h], basses[before] if before is not None else None
        stays = tone is not None and last is not None and tone.pitch.midi == last.pitch.midi
        if (
            h.chord.bass is None
            or h.chord.inversion not in (1, 2, 3)
            or stays
            or h.role
            or any(s <= h.start < e for s, e in held)
        ):
            continue
        if music.is_heard(h) and music.bass_says(h):
            spans.setdefault((h.chord.name, h.numeral, h.chord.bass.name), []).append((h.start, h.end))
    by_count = sorted(spans.items(), key=lambda item: (-len(item[1]), item[1][0]))
    for (chord, name, bass), places in by_count[:4]:
        yield claim("harmony.inversion", places, chord=chord, numeral=name, bass=bass, times=len(places))


def _say_inversion(c: Claim, level: str, naming: Naming) -> str:
    chord = parse_chord(text(c, "chord"))
    order = {1: "first", 2: "second", 3: "third"}[chord.inversion or 1]
    bass = naming.note(parse_chord(text(c, "bass")).root)
    plain = naming.chord(chord.over(None))
    if level == "beginner":
        return ""
    turns = number(c, "times")
    return f"{plain} stands in {order} inversion ({numeral(text(c, 'numeral'))}), {bass} in the bass" + (
        f", {times(turns)}." if turns > 1 else "."
    )


def _six_four(music: Music, pair: Pair) -> Facts | None:
    h = pair.here
    fifth = h.chord.fifth
    six_four = pair.numeral.inversion == 2 and h.chord.seventh is None and fifth is not None and music.bass_says(h)
    if not six_four:
        return None
    role = h.role
    after = pair.after
    if (
        not role
        and pair.numeral.degree == 1
        and after is not None
        and after.chord.root == fifth
        and music.bass_says(after)
    ):
        role = "cadential"
    return (("role", role), ("chord", h.chord.name), ("numeral", h.numeral)) if role else None


_CHROMATIC: dict[Value, str] = {
    "augmented-sixth": "augmented-sixth", "neapolitan": "neapolitan", "diminished-seventh": "diminished-seventh",
}  # fmt: skip
_ROLES: dict[Value, str] = {
    "cadential": "cadential-six-four", "passing": "passing-six-four", "pedal": "pedal-six-four",
    "arpeggiated": "arpeggiated-six-four",
}  # fmt: skip
_SIX_FOURS = {
    "cadential": "its sixth and fourth lean on the dominant that follows over the same bass",
    "passing": "the bass passes through it by step",
    "pedal": "the bass stays while the voices above move away and back",
    "arpeggiated": "the bass runs through the tones of one chord",
}


def _say_six_four(c: Claim, level: str, naming: Naming) -> str:
    role = text(c, "role")
    if level == "beginner" or role not in _SIX_FOURS:
        return ""
    chord = naming.chord(parse_chord(text(c, "chord")).over(None))
    article = "an" if role == "arpeggiated" else "a"
    return f"{chord} is {article} {role} six-four: {_SIX_FOURS[role]}."


def _mixture_again(c: Claim, level: str, naming: Naming) -> str:
    chord, foreign = naming.chord(parse_chord(text(c, "chord"))), naming.note(parse_chord(text(c, "foreign")).root)
    borrows = "is borrowed" if chord == foreign else f"borrows its {foreign}"
    return f"{chord} ({numeral(text(c, 'numeral'))}) {borrows} in the same way." if level != "beginner" else ""


def _applied_again(c: Claim, level: str, naming: Naming) -> str:
    chord, target = (naming.chord(parse_chord(text(c, name))) for name in ("chord", "to"))
    if level == "beginner":
        return ""
    goes = "and finds it" if c.value("resolves") else "without finding it"
    return f"{numeral(text(c, 'numeral'))} ({chord}) leads in the same way to {target}, {goes}."


_TOPIC = "harmony"
KINDS = (
    kind("harmony.applied", _TOPIC, ("secondary-dominant",), gathered("harmony.applied", _applied), _say_applied,
         again=_applied_again),
    kind("harmony.tritone", _TOPIC, ("tritone-substitution",), gathered("harmony.tritone", _tritone), _say_tritone),
    kind("harmony.mixture", _TOPIC, ("modal-mixture",), gathered("harmony.mixture", _mixture), _say_mixture,
         again=_mixture_again),
    kind("harmony.chromatic", _TOPIC, tuple(_CHROMATIC.values()),
         gathered("harmony.chromatic", _chromatic), _say_chromatic, named=by("what", _CHROMATIC)),
    kind("harmony.inversion", _TOPIC, ("inversion",), _inversions, _say_inversion, "intermediate", weight=60),
    kind("harmony.six-four", _TOPIC, tuple(_ROLES.values()), gathered("harmony.six-four", _six_four), _say_six_four,
         "intermediate", named=by("role", _ROLES)),
)  # fmt: skip
