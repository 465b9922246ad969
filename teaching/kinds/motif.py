"""Claims about the motif: the tune's opening idea and what becomes of it.

Conventions: a motif is one bar of the tune with three notes or more whose rhythm comes again; a bar is compared with
it by rhythm, by diatonic steps and by pitch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from partimento.score.decision import Value
from partimento.teaching.claim import Claim
from partimento.teaching.kinds.claiming import by, claim, kind, number, text
from partimento.teaching.kinds.wording import capital, count, generic, times
from partimento.teaching.music import Music
from partimento.teaching.naming import Naming
from partimento.teaching.subject import Subject
from partimento.theory.analysis.piece import BarSpan, Tone
from partimento.theory.pitch import Pitch

LEAST = 3


class Idea(NamedTuple):
    """A bar of the tune: ticks from the bar line, tones."""

    bar: BarSpan
    rhythm: tuple[int, ...]
    tones: tuple[Tone, ...]


def _ideas(music: Music) -> list[Idea]:
    out = []
    for bar in music.bars:
        tones = music.sung(bar.start, bar.end)
        if tones:
            out.append(Idea(bar, tuple(t.onset - bar.start for t in tones), tones))
    return out


def _motif(ideas: Sequence[Idea]) -> Idea | None:
    """The first bar of three notes or more that comes back at least half as often as the one that comes most."""
    opening = [idea for idea in ideas if len(idea.tones) >= LEAST][:16]
    taken = {idea.bar.start: sum(bool(relation(idea, other)[0]) for other in ideas) - 1 for idea in opening}
    most = max(taken.values(), default=0)
    if most < 2:
        return None
    return next(idea for idea in opening if 2 * taken[idea.bar.start] >= most)


def _intervals(tones: Sequence[Tone]) -> tuple[int, ...]:
    return tuple(b.pitch.diatonic - a.pitch.diatonic for a, b in zip(tones, tones[1:], strict=False))


def relation(motif: Idea, other: Idea) -> tuple[str, int]:
    """What `other` makes of the motif: (kind, diatonic steps up); ("", 0) for nothing that can be told."""
    if motif.rhythm == other.rhythm:
        moves = {b.pitch.midi - a.pitch.midi for a, b in zip(motif.tones, other.tones, strict=True)}
        if moves == {0}:
            return "exact", 0
        if len(moves) == 1 and moves.pop() % 12 == 0:
            return "octave", other.tones[0].pitch.diatonic - motif.tones[0].pitch.diatonic
        first, second = _intervals(motif.tones), _intervals(other.tones)
        if first == second and any(first):
            way = other.tones[0].pitch.diatonic - motif.tones[0].pitch.diatonic
            return ("sequence", way) if way else ("altered", 0)
        if first == tuple(-step for step in second) and any(first):
            return "inversion", 0
        return "rhythm", 0
    head = 0
    for a, b in zip(motif.tones, other.tones, strict=False):
        if (a.onset - motif.bar.start, a.pitch.midi) != (b.onset - other.bar.start, b.pitch.midi):
            break
        head += 1
    if head >= LEAST and head >= len(motif.tones) // 2 and motif.bar.meter.bar == other.bar.meter.bar:
        return "head", 0
    return "", 0


def _is_augmented(motif: Idea, ideas: Sequence[Idea], at: int) -> bool:
    """Whether two bars from `at` have the motif's steps in twice its values."""
    if at + 1 >= len(ideas) or ideas[at + 1].bar.start != ideas[at].bar.end:
        return False
    tones = (*ideas[at].tones, *ideas[at + 1].tones)[: len(motif.tones)]
    start = ideas[at].bar.start
    slow = tuple(2 * tick for tick in motif.rhythm)
    own = _intervals(motif.tones)
    return tuple(t.onset - start for t in tones) == slow and _intervals(tones) == own and any(own)


def _find(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    ideas = _ideas(music)
    motif = _motif(ideas)
    if motif is None:
        return
    again = [i for i in ideas if i is not motif and relation(motif, i)[0]]
    yield claim(
        "melody.motif",
        ((motif.bar.start, motif.bar.end),),
        notes=" ".join(str(t.pitch) for t in motif.tones),
        bar=motif.bar.number,
        again=len(again),
        bars=len(ideas),
        rhythm=" ".join(str(t.duration) for t in motif.tones),
    )


def _say(c: Claim, level: str, naming: Naming) -> str:
    notes = "–".join(naming.note(Pitch.parse(name)) for name in text(c, "notes").split())
    turns, bars = number(c, "again"), number(c, "bars")
    if level == "beginner":
        return f"The tune grows from a short idea, {notes}: it comes back, the same or changed, {times(turns)}."
    return f"The motif is {notes}: {count(turns)} of the tune’s other {bars - 1} {naming.bar}s take it up."


def _find_changes(subject: Subject) -> Iterator[Claim]:
    ideas = _ideas(subject.music)
    motif = _motif(ideas)
    if motif is None:
        return
    kinds: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for at, idea in enumerate(ideas):
        if idea is motif:
            continue
        change = relation(motif, idea)
        if not change[0] and _is_augmented(motif, ideas, at):
            change = ("augmentation", 0)
        if change[0]:
            kinds.setdefault(change, []).append((idea.bar.start, idea.bar.end))
    for (what, distance), spans in kinds.items():
        yield claim("melody.transformation", spans, what=what, by=distance, times=len(spans), motif=motif.bar.number)


_CHANGES = {
    "exact": "The idea of {bar} {n} returns note for note{times}.",
    "octave": "An octave away, the idea of {bar} {n} comes again{times}.",
    "sequence": "{By} {way}, the idea of {bar} {n} comes again{times}.",
    "altered": "The idea of {bar} {n} returns on the same degrees, some of them raised or lowered{times}.",
    "inversion": "Turned upside down, step for step, comes the idea of {bar} {n}{times}.",
    "rhythm": "Other notes take over the rhythm of {bar} {n}{times}.",
    "head": "What begins like {bar} {n} goes on otherwise here{times}.",
    "augmentation": "In notes twice as long the idea of {bar} {n} returns{times}.",
}


def _say_change(c: Claim, level: str, naming: Naming) -> str:
    what, by = text(c, "what"), number(c, "by")
    if level == "beginner":
        told = {
            "exact": _CHANGES["exact"],
            "sequence": "The idea of {bar} {n} comes at another height{times}.",
            "rhythm": _CHANGES["rhythm"],
        }.get(what, "")
    else:
        told = _CHANGES[what]
    turns = f", {times(number(c, 'times'))}" if len(c.places) > 1 else ""
    way = "higher" if by > 0 else "lower"
    return told.format(bar=naming.bar, n=number(c, "motif"), times=turns, By=capital(generic(by)), way=way)


def _find_sequence(subject: Subject) -> Iterator[Claim]:
    """Runs of neighbouring bars with the same rhythm and steps, each moved by the same distance: real sequences."""
    music = subject.music
    ideas = [i for i in _ideas(music) if len(i.tones) >= LEAST]
    at = 0
    while at < len(ideas) - 1:
        size, by = 1, 0
        while at + size < len(ideas) and ideas[at + size].bar.start == ideas[at + size - 1].bar.end:
            what, step = relation(ideas[at + size - 1], ideas[at + size])
            if what != "sequence" or (by and step != by):
                break
            by, size = step, size + 1
        if size >= 2 and by:
            yield claim("melody.sequence", ((ideas[at].bar.start, ideas[at + size - 1].bar.end),), times=size, by=by)
        at += size


def _say_sequence(c: Claim, level: str, naming: Naming) -> str:
    by = number(c, "by")
    way = "up" if by > 0 else "down"
    moved = f"{generic(by)} {way}"
    if level == "beginner":
        return (
            f"The same little shape is sung {times(number(c, 'times'))} in a row, each time"
            f" {'higher' if by > 0 else 'lower'}."
        )
    again = "the second time" if number(c, "times") == 2 else "each time"
    return f"A melodic sequence: one {naming.bar}’s shape {times(number(c, 'times'))}, {again} {moved}."


_TERMS: dict[Value, str] = {
    "exact": "repetition", "octave": "repetition", "sequence": "transposition", "altered": "variation",
    "inversion": "melodic-inversion", "rhythm": "rhythm", "head": "variation", "augmentation": "augmentation",
}  # fmt: skip

KINDS = (
    kind("melody.motif", "melody", ("motif",), _find, _say, weight=10),
    kind("melody.transformation", "melody", tuple(_TERMS.values()), _find_changes, _say_change, weight=11,
         named=by("what", _TERMS)),
    kind("melody.sequence", "melody", ("melodic-sequence",), _find_sequence, _say_sequence, weight=25),
)  # fmt: skip
