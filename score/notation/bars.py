"""The bars of a Page, worked out from a Song: meters, keys, sections, the pick-up, bar lines, new systems.

Conventions: ticks of the Song. A first meter that lasts exactly one bar and is shorter than the one after it is a
pick-up. A section or meter that begins inside a bar cuts it short, if that is on the grid of 32nds; else it counts from
the next bar line on, as a key does.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from partimento.score.notation.page import Bar, Direction, Figures, Harmony, TempoMark
from partimento.score.song import Song
from partimento.theory.errors import ScoreFormatError
from partimento.theory.key import Key
from partimento.theory.meter import TICKS, Meter

Item = TypeVar("Item", Direction, Figures, Harmony, TempoMark)

_GRID = TICKS // 8
MOST_BARS = 20_000
"""No page holds more: eleven hours of 4/4 at 120."""


def page_bars(song: Song) -> tuple[Bar, ...]:
    """All bars of the song; the first has number 0 where it is a pick-up, else 1. ScoreFormatError beyond MOST_BARS."""
    spans = _spans(song)
    pick_up = has_pick_up(song)
    starts = [change.onset for change in song.keys]
    sections = sorted(song.sections, key=lambda section: section.start)
    marks = [section.start for section in sections]
    bars: list[Bar] = []
    key: Key | None = None
    meter: Meter | None = None
    for index, (start, end, of) in enumerate(spans):
        if pick_up and index == 0 and len(spans) > 1:
            of = spans[1][2]
        now = song.keys[max(0, bisect_right(starts, start) - 1)].key.simplified()
        mark = bisect_left(marks, start)
        section = sections[mark].name if mark < len(marks) and marks[mark] < end else ""
        if section and bars:
            bars[-1] = replace(bars[-1], barline="double")
        bars.append(
            Bar(
                number=index if pick_up else index + 1,
                start=start,
                length=end - start,
                meter=of,
                key=now,
                shows_meter=of != meter,
                shows_key=now != key,
                implicit=pick_up and index == 0,
                section=section,
                barline="final" if index + 1 == len(spans) else "",
                new_system=index > 0 and bool(section),
            )
        )
        key, meter = now, of
    return tuple(bars)


def _spans(song: Song) -> list[tuple[int, int, Meter]]:
    """Start, end and meter of each bar."""
    changes = [change.onset for change in song.meters]
    cuts = sorted({section.start for section in song.sections} | set(changes) | {song.end})
    out: list[tuple[int, int, Meter]] = []
    tick = 0
    while tick < song.end:
        if len(out) == MOST_BARS:
            raise ScoreFormatError(f"The song has more than {MOST_BARS:,} bars: no page holds so many.")
        meter = song.meters[max(0, bisect_right(changes, tick) - 1)].meter
        end = tick + meter.bar
        k = bisect_right(cuts, tick)
        while k < len(cuts) and cuts[k] < end:
            if (cuts[k] - tick) % _GRID == 0:
                end = cuts[k]
            k += 1
        out.append((tick, end, meter))
        tick = end
    return out


def has_pick_up(song: Song) -> bool:
    """Whether the first bar is a pick-up."""
    if len(song.meters) < 2:
        return False
    first, then = song.meters[:2]
    return first.onset == 0 and then.onset == first.meter.bar and first.meter.bar < then.meter.bar


def origin(bar: Bar) -> int:
    """The tick at which a full bar of its meter would have begun: a pick-up lies at a bar's end."""
    return bar.end - bar.meter.bar if bar.implicit else bar.start


def by_bar(bars: Sequence[Bar], items: Sequence[Item]) -> list[tuple[Item, ...]]:
    """For each bar the items that begin in it, in their order; a bar that stands twice has them twice."""
    order = sorted(range(len(items)), key=lambda i: items[i].onset)
    onsets = [items[i].onset for i in order]
    spans = ((bisect_left(onsets, bar.start), bisect_left(onsets, bar.end)) for bar in bars)
    return [tuple(items[i] for i in sorted(order[first:last])) for first, last in spans]
