"""Beams: which notes of a voice's bar hang together, and the beams of each level.

Conventions: simple meters beam by the quarter, and eighths alone by the half bar (three quarters together in 3/4);
compound and odd meters by their groups (Gould, Behind Bars, pages 151-164). A beam goes over a rest only inside a
beat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from partimento.score.notation.page import Event
from partimento.theory.meter import TICKS, Meter

_FLAGS = {"eighth": 1, "16th": 2, "32nd": 3, "64th": 4, "128th": 5}


def with_beams(events: Sequence[Event], meter: Meter, start: int) -> tuple[Event, ...]:
    """The events of one voice in one bar with their beams; `start` is where a full bar would begin."""
    out = list(events)
    for group in _groups(events, meter, start):
        levels = [_FLAGS[events[i].value.kind] for i in group]
        for place, i in enumerate(group):
            forward = (events[i].onset - start) % (2 * events[i].duration) == 0
            out[i] = replace(out[i], beams=_beams(levels, place, forward))
    return tuple(out)


def _groups(events: Sequence[Event], meter: Meter, start: int) -> list[list[int]]:
    fine, coarse = _cells(meter)
    wide = {
        cell
        for cell in coarse
        if all(
            event.value.kind == "eighth" and event.value.actual == 1 and not event.value.dots
            for event in events
            if event.notes
            and not event.grace
            and event.value.kind in _FLAGS
            and _index(coarse, event.onset - start) == coarse.index(cell)
        )
    }
    out: list[list[int]] = []
    run: list[int] = []
    run_cell: tuple[int, int] | None = None
    for i, event in enumerate(events):
        if event.grace:
            continue
        place = event.onset - start
        big = coarse[_index(coarse, place)]
        cell = big if big in wide else fine[_index(fine, place)]
        if run and cell != run_cell:
            out.append(run)
            run = []
        if event.value.kind not in _FLAGS:
            out.append(run)
            run = []
        elif event.notes:
            run.append(i)
            run_cell = cell
        elif run and (big in wide or event.value.kind == "eighth" and len(events) < 4):
            out.append(run)
            run = []
    out.append(run)
    return [group for group in out if len(group) > 1]


def _index(cells: tuple[tuple[int, int], ...], place: int) -> int:
    return max(i for i, (a, _) in enumerate(cells) if a <= max(0, place))


@cache
def _cells(meter: Meter) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
    """The spans of beats, and the wider ones within which plain eighths may hang together."""
    if meter.denominator >= 8:
        beats = _spans(list(meter.beat_lengths))
        if set(meter.groups) == {2} and meter.numerator == 4:
            return beats, ((0, meter.bar),)
        return beats, beats
    quarters = _spans([TICKS] * (meter.bar // TICKS))
    if meter.numerator == 3 and meter.denominator == 4:
        return quarters, ((0, meter.bar),)
    if set(meter.groups) == {1}:
        halves = [2 * TICKS] * (meter.bar // (2 * TICKS)) + ([TICKS] if meter.bar % (2 * TICKS) else [])
        return quarters, _spans(halves)
    wide: list[int] = []
    for group in meter.groups:
        wide.append(group * meter.unit)
    return quarters, _spans(wide)


def _spans(lengths: list[int]) -> tuple[tuple[int, int], ...]:
    return tuple((sum(lengths[:i]), sum(lengths[: i + 1])) for i in range(len(lengths)))


def _beams(levels: list[int], place: int, forward: bool) -> tuple[str, ...]:
    """The beams of the note at `place` of a group with these numbers of flags."""
    out = []
    for level in range(1, levels[place] + 1):
        before = place > 0 and levels[place - 1] >= level
        after = place + 1 < len(levels) and levels[place + 1] >= level
        if before and after:
            out.append("continue")
        elif after:
            out.append("begin")
        elif before:
            out.append("end")
        elif place == 0 or (place + 1 < len(levels) and forward):
            out.append("forward hook")
        else:
            out.append("backward hook")
    return tuple(out)
