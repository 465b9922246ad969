"""An Ask made ready for the melody net: ticks become places, what was sung before is run through the net once.

Convention: as melody_features; bars are numbered from the first of what was sung before.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor

from partimento.composer.neural.melody import Ask
from partimento.composer.neural.melody_features import (
    CLOSES,
    GENRES,
    GRID,
    METERS,
    PLACES,
    WAYS,
    Ahead,
    Course,
    Harmony,
    Measure,
    Sheet,
    anchor_of,
    hear,
    value_of,
    within_reach,
)
from partimento.composer.neural.melody_module import MelodyModule, State

TICKS = 480 // GRID
CONTEXT = 16
"""Bars of what was sung that the LSTM hears at the least; bars to go back to may lie before them."""
Rows = tuple[tuple[int, ...], ...]
_CLOSE_OF = {"authentic": "full", "plagal": "full", "half": "half"}


class Desk:
    """An Ask made ready: its sheet, what was sung before run through the net, ticks for places."""

    def __init__(self, module: MelodyModule, ask: Ask) -> None:
        self.module, self.ask = module, ask
        self.first = len(ask.before_bars)
        self.bars = (*ask.before_bars, *ask.bars)
        self.sheet = sheet_of(ask)
        self.course, rows = _heard(ask, self.sheet)
        self.state = _after(module, rows[_context(len(rows)) :]) if rows else None

    def states(self, pens: int) -> State | None:
        """The state after what was sung, for that many lines."""
        if self.state is None:
            return None
        return self.state[0].expand(-1, pens, -1).contiguous(), self.state[1].expand(-1, pens, -1).contiguous()

    def tick(self, bar: int, place: int) -> int:
        """The tick of a place of a bar, of the song."""
        return self.bars[bar][0] + (place - self.sheet.bars[bar].lead) * TICKS

    def place(self, bar: int, tick: int) -> int:
        """The place of a tick within a bar, rounded."""
        measure = self.sheet.bars[bar]
        return min(PLACES - 1, measure.lead + measure.length - 1, _steps(tick) - measure.start + measure.lead)

    def step(self, events: list[list[int]], state: State | None) -> tuple[Tensor, State]:
        """States (lines, hidden) after each line's last event, and the LSTM's own."""
        hidden, after = self.module.follow(torch.tensor([[event] for event in events]), state)
        return hidden[:, 0], after


def given_by_bar(desk: Desk, rhythm: Sequence[tuple[int, int]]) -> dict[int, list[tuple[int, int, int, int]]]:
    """(place, class of value, onset, duration) of a given rhythm, by bar. ValueError for one outside the bars."""
    found: dict[int, list[tuple[int, int, int, int]]] = {}
    bars = desk.ask.bars
    for onset, duration in sorted(rhythm):
        number = next((i for i, bar in enumerate(bars) if bar[0] <= onset < bar[0] + bar[1]), -1)
        if number < 0:
            end = bars[-1][0] + bars[-1][1]
            raise ValueError(f"an onset at tick {onset} lies outside the bars, {bars[0][0]} to {end}")
        place = desk.place(desk.first + number, onset)
        found.setdefault(desk.first + number, []).append((place, value_of(_steps(duration)), onset, duration))
    return found


def sheet_of(ask: Ask) -> Sheet:
    """The sheet of before_bars and bars. ValueError for bars that do not follow, keys or ways that are none."""
    rows = (*ask.before_bars, *ask.bars)
    if not ask.bars:
        raise ValueError("an Ask without bars")
    if ask.keys and len(ask.keys) != len(rows):
        raise ValueError(f"{len(ask.keys)} keys for {len(rows)} bars")
    if ask.sources and len(ask.sources) != len(ask.bars):
        raise ValueError(f"{len(ask.sources)} sources for {len(ask.bars)} bars")
    first = len(ask.before_bars)
    out = []
    for i, (start, length, numerator, denominator) in enumerate(rows):
        if i and rows[i - 1][0] + rows[i - 1][1] != start:
            raise ValueError(f"bar {i + 1} begins at tick {start}, not where the one before it ends")
        tonic, minor = ask.keys[i] if ask.keys else (ask.tonic, ask.minor)
        whole = numerator * 4 * 480 // denominator
        lead = (whole - length) // TICKS if i == 0 and length < whole else 0
        meter = METERS.index((numerator, denominator)) if (numerator, denominator) in METERS else len(METERS)
        anchor = anchor_of(tonic, ask.centre)
        steps = min(_steps(start + length) - _steps(start), PLACES - lead)
        chords = tuple(
            Harmony(max(0, _steps(c.onset - start)) + lead, (c.root - tonic) % 12, _above(c.tones, tonic))
            for c in ask.chords if c.onset < start + length and c.end > start
        )  # fmt: skip
        since, left, close = _in_phrase(ask, i - first) if i >= first else (0, 0, 0)
        source, way = ask.sources[i - first] if ask.sources and i >= first else (-1, "")
        if way and way not in WAYS:
            raise ValueError(f"a bar cannot go back as '{way}'. Ways: {', '.join(WAYS)}")
        if not -1 <= source < len(rows):
            raise ValueError(f"there is no bar {source} to go back to")
        number = WAYS.index(way) + 1 if way else 0
        measure = Measure(
            _steps(start), steps, lead, meter, anchor, minor, chords, since, left, close, source, number
        )  # fmt: skip
        out.append(measure)
    genre = GENRES.index(ask.genre) + 1 if ask.genre in GENRES else 0
    return Sheet(tuple(out), genre, ask.centre, _ahead(ask, len(rows)))


def _above(tones: Sequence[int], tonic: int) -> tuple[int, ...]:
    return tuple(sorted((tone - tonic) % 12 for tone in tones))


def _in_phrase(ask: Ask, bar: int) -> tuple[int, int, int]:
    """Bars since the phrase's first, to its last, and its close, as a Measure tells them."""
    since = ask.first_bar_in_phrase + bar + 1
    if not ask.bars_in_phrase or since > ask.bars_in_phrase:
        return 0, 0, 0
    close = CLOSES.index(_CLOSE_OF.get(ask.closes, "open")) + 1 if ask.closes else 0
    return since, ask.bars_in_phrase - since + 1, close


def _ahead(ask: Ask, bars: int) -> Ahead | None:
    """The first note after the stretch; bars there are taken to be as long as the last."""
    start, length = ask.bars[-1][:2]
    end = start + length
    onset, _, midi = min(ask.after, default=(-1, 0, 0))
    if onset < end:
        return None
    return Ahead(bars + (onset - end) // length, min(PLACES - 1, _steps((onset - end) % length)), midi)


def _context(bars: int) -> int:
    """The first bar that the LSTM hears: CONTEXT to twice as many, so that it stays the same phrase after phrase."""
    return max(0, bars // CONTEXT - 1) * CONTEXT


@lru_cache(maxsize=128)
def _after(module: MelodyModule, bars: tuple[Rows, ...]) -> State:
    """The LSTM's state after bars' events, heard one by one: what a phrase heard, the next need not hear again.

    Bar by bar, so that the sums, and with them the last bits, are the same whether or not they were done before.
    """
    state = _after(module, bars[:-1]) if len(bars) > 1 else None
    for row in bars[-1]:
        _, state = module.follow(torch.tensor([[row]]), state)
    assert state is not None
    return state


def _heard(ask: Ask, sheet: Sheet) -> tuple[Course, tuple[Rows, ...]]:
    """The course of what was sung before, and the rows of its events, bar by bar."""
    course = Course(sheet)
    rows: list[Rows] = []
    notes = sorted(ask.before)
    for i, (start, length, _, _) in enumerate(ask.before_bars):
        bar = sheet.bars[i]
        sung: list[tuple[int, int, int]] = []
        for onset, duration, midi in notes:
            if start <= onset < start + length:
                place = min(PLACES - 1, _steps(onset) - bar.start + bar.lead)
                if not sung or place > sung[-1][0]:
                    sung.append((place, value_of(_steps(duration)), bar.anchor + within_reach(midi - bar.anchor)))
        rows.append(tuple(tuple(row) for row in hear(course, sung)))
    return course, tuple(rows)


def _steps(ticks: int) -> int:
    return (ticks * 2 + TICKS) // (2 * TICKS)
