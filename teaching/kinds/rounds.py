"""Harmony that goes round: cycles of chords found bar by bar, and the spans they fill.

Conventions: a bar's row is its chords as (ticks from the bar line, numeral); a cycle is named as "I V | vi IV".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from partimento.score.decision import Decision
from partimento.teaching.kinds.claiming import decisions
from partimento.teaching.music import Music, Part
from partimento.teaching.subject import Subject

Row = tuple[tuple[int, str], ...]

LENGTHS = (1, 2, 3, 4)
"""Bars of a cycle that is looked for where no record tells of one: longer ones are heard as a progression."""

ALIKE = 0.85
"""The least share of bars that go with the cycle, its section's last bars aside: these may turn away to a close."""


class Round(NamedTuple):
    """A cycle: its numerals as text, its bars, the spans that it fills, how often it goes round whole there."""

    cycle: str
    bars: int
    spans: tuple[tuple[int, int], ...]
    rounds: int


def rows(music: Music, start: int, end: int) -> list[Row]:
    """The row of each bar in [start, end); a chord held over stands at 0."""
    out: list[Row] = []
    for bar in music.bars[music.bar_index(start) : music.bar_index(end - 1) + 1] if end > start else ():
        row = [(h.start - bar.start, h.numeral) for h in music.within(bar.start, bar.end)]
        held = music.at(bar.start)
        if held is not None and (not row or row[0][0] > 0):
            row.insert(0, (0, held.numeral))
        out.append(tuple(row))
    return out


def told(cycle: Sequence[Row]) -> str:
    """The cycle as text."""
    return " | ".join(" ".join(numeral for _, numeral in row) for row in cycle)


def rounds(subject: Subject) -> tuple[Round, ...]:
    """The cycles of the piece with the sections they fill, in order of their first."""
    music = subject.music
    found: dict[tuple[Row, ...], list[tuple[int, int]]] = {}
    for part in music.parts:
        cycle = _cycle(rows(music, part.start, part.end), _lengths(subject, part))
        if cycle:
            found.setdefault(cycle, [])
    for part in music.parts:
        here = rows(music, part.start, part.end)
        fits = [cycle for cycle in found if len(here) >= len(cycle) and _likeness(here, cycle) >= ALIKE]
        if fits:
            best = max(fits, key=lambda cycle: (_likeness(here, cycle), -len(cycle)))
            _join(found[best], part)
    return tuple(
        Round(told(cycle), len(cycle), tuple(spans), sum(_turns(rows(music, *span), cycle) for span in spans))
        for cycle, spans in sorted(found.items(), key=lambda item: item[1][:1])
        if sum(_turns(rows(music, *span), cycle) for span in spans) >= 2
    )


def _turns(here: Sequence[Row], cycle: Sequence[Row]) -> int:
    """How often the cycle goes round whole and unchanged."""
    size = len(cycle)
    return sum(tuple(here[i : i + size]) == tuple(cycle) for i in range(0, len(here), size))


def _join(spans: list[tuple[int, int]], part: Part) -> None:
    if spans and spans[-1][1] == part.start:
        spans[-1] = (spans[-1][0], part.end)
    else:
        spans.append((part.start, part.end))


def _lengths(subject: Subject, part: Part) -> list[int]:
    """The bars that a cycle may have: of a song composed here those that were meant, in other music those that divide
    the section."""
    if subject.recorded:
        meant = [str(d.value("cycle")).count("|") + 1 for d in round_decisions(subject, part.start, part.end)]
        return sorted({n for bars in meant for n in range(1, bars + 1) if bars % n == 0})
    bars = subject.music.count_bars(part.start, part.end)
    return [n for n in LENGTHS if bars % n == 0]


def round_decisions(subject: Subject, start: int, end: int) -> Iterator[Decision]:
    """The recorded choices of a loop or vamp in [start, end)."""
    for what, rule in (("loop", "harmony.loop"), ("chord", "harmony.vamp"), ("chord", "harmony.drone")):
        for decision in decisions(subject, what, rule):
            if start <= decision.where.start < end:
                yield decision


def _likeness(here: Sequence[Row], cycle: Sequence[Row]) -> float:
    """The share of bars that go with the cycle, without the two (in short sections the one) that may close."""
    tail = 2 if len(here) >= 8 else 1 if len(here) >= 4 and len(cycle) > 1 else 0
    body = here[: len(here) - tail]
    return sum(row == cycle[i % len(cycle)] for i, row in enumerate(body)) / len(body)


def _cycle(here: Sequence[Row], lengths: Sequence[int]) -> tuple[Row, ...]:
    """The shortest cycle of one of those lengths that goes round at least twice; empty for none."""
    for length in lengths:
        cycle = tuple(here[:length])
        if len(here) >= 2 * length and all(cycle) and _likeness(here, cycle) >= ALIKE and _turns(here, cycle):
            return cycle
    return ()
