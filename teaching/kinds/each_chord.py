"""Why one chord is there: what it is, what it does, where it comes from and goes, what else was possible."""

from __future__ import annotations

from collections.abc import Iterator

from partimento.score.decision import Decision
from partimento.teaching.claim import Claim
from partimento.teaching.kinds.claiming import at_least, claim, decisions, kind, odds, text
from partimento.teaching.kinds.rounds import rounds
from partimento.teaching.kinds.wording import FUNCTIONS, PLAIN, function, is_link, numeral, parsed, percent, printed
from partimento.teaching.music import Harmony
from partimento.teaching.naming import Naming
from partimento.teaching.subject import Subject
from partimento.theory.chord import parse_chord
from partimento.theory.key import Key
from partimento.theory.roman import chord_of

_Turn = tuple[int, int, tuple[str, ...]]
"""Where a loop goes round, and the numerals that belong to it."""

_CHANGES = {
    "harmony.applied-dominant": "put in as a dominant of the chord that follows",
    "harmony.applied-two-five": "put in with its dominant before the chord that follows",
    "harmony.bass-line": "turned so that the bass moves more smoothly",
    "harmony.inversion": "turned so that another of its tones is in the bass",
    "harmony.mixture": "borrowed from the parallel key",
    "harmony.pivot": "put in to lead to the key that follows",
    "harmony.tritone-substitute": "put in for the dominant a tritone away",
}


def _find(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    turning = [(*span, tuple(found.cycle.split())) for found in rounds(subject) for span in found.spans]
    changed = [d for d in decisions(subject, "chord") if d.rule in _CHANGES]
    drawn = decisions(subject, "chord", "harmony.chain")
    for i, h in enumerate(music.harmony):
        if parsed(h.numeral) is None or not music.is_heard(h):
            continue
        before = music.harmony[i - 1] if i and music.harmony[i - 1].end == h.start else None
        after = music.harmony[i + 1] if i + 1 < len(music.harmony) else None
        bass = music.bass(h)
        yield claim(
            "harmony.chord",
            ((h.start, h.end),),
            basis="decided" if subject.recorded else "found",
            sure=h.sure,
            numeral=h.numeral,
            chord=h.chord.name,
            key=str(h.key),
            function="" if _unfunctional(h, turning) else function(h.numeral),
            before=_name(before, h),
            after=_name(after, h),
            home=_is_tonic(h),
            turns=_turns(h, turning),
            bass=bass.pitch.pitch_class.name if bass is not None and music.bass_says(h) else "",
            change=next((d.rule for d in changed if _at(d, h) and d.value("to") == h.numeral), ""),
            drawn=next((odds(d, str(d.value("numeral"))) for d in drawn if _at(d, h) and _same(d, h, after)), ""),
            second=h.second,
            role=h.role,
        )


def _at(decision: Decision, h: Harmony) -> bool:
    return decision.where.start == h.start


def _same(decision: Decision, h: Harmony, after: Harmony | None) -> bool:
    """Whether the chord that was drawn is there still, and before the chord that it was drawn for."""
    return after is not None and all(
        _degree(str(decision.value(name))) == _degree(x.numeral) for name, x in (("numeral", h), ("next", after))
    )


def _degree(name: str) -> tuple[int, int, str]:
    read = parsed(name)
    return (read.degree, read.alter, str(read.applied or "")) if read is not None else (0, 0, "")


def _unfunctional(h: Harmony, turning: list[_Turn]) -> bool:
    return h.key.mode not in ("major", "minor") or _turns(h, turning)


def _turns(h: Harmony, turning: list[_Turn]) -> bool:
    return any(start <= h.start < end and h.numeral in cycle for start, end, cycle in turning)


def _is_tonic(h: Harmony) -> bool:
    read = parsed(h.numeral)
    return read is not None and read.degree == 1 and not read.alter and read.applied is None and read.inversion != 2


def _name(other: Harmony | None, h: Harmony) -> str:
    """The neighbour's numeral, with its key where that is another; "" for none."""
    if other is None:
        return ""
    return other.numeral if other.key == h.key else f"{other.numeral} in {other.key}"


def _say(c: Claim, level: str, naming: Naming) -> str:
    chord = parse_chord(text(c, "chord"))
    key = Key.parse(text(c, "key"))
    if level == "beginner":
        return _plain(c, naming)
    said = f"{naming.chord(chord)} is {numeral(text(c, 'numeral'))} in {naming.key(key)}"
    role = _role(c)
    said += f", {role}." if role else "."
    comes = f"comes from {_shown(text(c, 'before'), naming)}" if text(c, "before") else "begins"
    goes = f"goes to {_shown(text(c, 'after'), naming)}" if text(c, "after") else "is the last"
    said += f" It {comes} and {goes}."
    if c.value("turns"):
        said += " It belongs to the loop that goes round here."
    if text(c, "change"):
        said += f" It was {_CHANGES[text(c, 'change')]}."
    if at_least(level, "advanced"):
        tones = "–".join(naming.note(tone) for tone in chord.tones)
        said += f" Its tones are {tones}" + (
            f", {naming.note(chord.bass_tone)} in the bass." if text(c, "bass") else "."
        )
        if text(c, "drawn"):
            said += f" For its way to the chord after it, it was drawn by weight ({printed(text(c, 'drawn'))})."
        if c.basis == "found":
            said += f" The analysis is {percent(c.sure)} sure of it."
    if text(c, "second"):
        where, _, other = text(c, "second").partition(": ")
        said += f" It can also be heard as {numeral(other)} in {naming.key(Key.parse(where))}."
    return said


def _role(c: Claim) -> str:
    """What the chord does: "the tonic", "a dominant", "a stand-in for the tonic"; "" where it has no function."""
    read = parsed(text(c, "numeral"))
    if text(c, "function") == "D" and read is not None and read.applied is not None:
        return f"the dominant of {numeral(str(read.applied))}"
    if text(c, "function") == "T":
        return "the tonic" if c.value("home") else "a stand-in for the tonic"
    if is_link(text(c, "numeral")):
        return "a diminished chord that links its neighbours by half step"
    name = FUNCTIONS.get(text(c, "function"), "")
    return f"a {name}" if name else ""


def _shown(name: str, naming: Naming) -> str:
    first, among, key = name.partition(" in ")
    return f"{numeral(first)} in {naming.key(Key.parse(key))}" if among else numeral(first)


def _plain(c: Claim, naming: Naming) -> str:
    name = naming.chord(parse_chord(text(c, "chord")))
    if c.value("home"):
        if parse_chord(text(c, "chord")).bass is not None:
            return f"{name} is the home chord over another bass: home, but not at rest."
        return f"{name} is the home chord: the music can rest here."
    read = parsed(text(c, "numeral"))
    if read is not None and read.applied is not None:
        target = chord_of(str(read.applied), Key.parse(text(c, "key")))
        return f"{name} leans towards {naming.chord(target)}, as if that were home."
    if text(c, "function") == "T":
        return f"{name} is close to home: it can stand in for the home chord."
    role = PLAIN.get(text(c, "function"), "")
    if role:
        return f"{name} is {role}."
    return f"{name} is one of the chords that {'go round here' if c.value('turns') else 'lie on the way'}."


CHORD = kind("harmony.chord", "harmony", ("chord", "harmonic-function"), _find, _say)
"""One claim for every chord that is heard; `explaining.explain_chords` tells them."""
