"""Where chords change: bars split at felt beats, and slots laid over bars.

Convention: ticks from the section's start; a slot is a place for one chord.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from partimento.theory.meter import Meter


class Slot(NamedTuple):
    """A chord by its numeral ("" where none sounds), for `duration` ticks from `start`, `push` ticks early."""

    start: int
    duration: int
    roman: str
    push: int = 0


@cache
def split_bar(meter: Meter, count: int) -> tuple[int, ...]:
    """The lengths of `count` chords in one bar: split at its strongest beats, as evenly as the grouping lets.

    >>> split_bar(Meter(4, 4), 2), split_bar(Meter(3, 4), 2), split_bar(Meter(7, 8), 2)
    ((960, 960), (960, 480), (960, 720))
    """
    places = [tick for tick in meter.beats if tick]
    if count > len(places) + 1:
        step = meter.unit if meter.denominator >= 8 else meter.unit // 2
        while count > meter.bar // step:
            step //= 2
        places = list(range(step, meter.bar, step))
    cuts: list[int] = []
    for k in range(1, count):
        ideal = meter.bar * k / count
        free = [tick for tick in places if tick not in cuts]
        # A strong place is worth a quarter of a bar; among equals the later one, so that the first chord is longer.
        cuts.append(min(free, key=lambda t: (abs(t - ideal) - meter.strength(t) * meter.bar / 12, -t)))
    edges = [0, *sorted(cuts), meter.bar]
    return tuple(b - a for a, b in zip(edges, edges[1:], strict=False))


def bars_to_slots(bars: list[tuple[str, ...]], meter: Meter, start: int = 0) -> list[Slot]:
    """One bar after the other, each with its numerals."""
    out: list[Slot] = []
    tick = start
    for bar in bars:
        for roman, length in zip(bar, split_bar(meter, len(bar)), strict=True):
            out.append(Slot(tick, length, roman))
            tick += length
    return out


def merged(slots: list[Slot]) -> list[Slot]:
    """The slots, neighbours with one numeral made one."""
    out: list[Slot] = []
    for slot in slots:
        if out and out[-1].roman == slot.roman and out[-1].start + out[-1].duration == slot.start:
            out[-1] = out[-1]._replace(duration=out[-1].duration + slot.duration)
        else:
            out.append(slot)
    return out


def cut(slots: list[Slot], start: int, end: int) -> list[Slot]:
    """What of the slots lies in [start, end), shortened at the edges."""
    out = []
    for slot in slots:
        a, b = max(slot.start, start), min(slot.start + slot.duration, end)
        if a < b:
            out.append(slot._replace(start=a, duration=b - a, push=slot.push if a == slot.start else 0))
    return out


@cache
def parse_bars(text: str) -> tuple[tuple[tuple[str, ...], ...], int]:
    """The bars of a style's loop or chorus text, `%` filled in, and its weight ("I V | vi IV = 3")."""
    body, _, weight = text.partition("=")
    bars: list[tuple[str, ...]] = []
    for bar in body.strip().strip("|").split("|"):
        romans = tuple(bar.split())
        if romans == ("%",) and bars:
            romans = bars[-1]
        if romans:
            bars.append(romans)
    return tuple(bars), int(weight) if weight.strip() else 1
