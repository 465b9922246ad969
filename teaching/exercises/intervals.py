"""Intervals to be named or written.

Conventions: difficulty counts the size (1-3), an altered quality (3), every accidental, a compound interval (2),
writing downwards (2), so that a plain second has 1 and a written diminished seventh below a sharp 9.
"""

from __future__ import annotations

from functools import cache

from partimento.score.stream import Stream
from partimento.teaching.exercises.clefs import pitches_of
from partimento.teaching.exercises.worksheet import BLANK, WHOLE, Cell, Item, Label, Labels, Sketch, Tones, single
from partimento.theory.interval import Interval
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch

_SIMPLE = ("m2", "M2", "m3", "M3", "P4", "P5", "m6", "M6", "m7", "M7", "P8")
_LEVELS: tuple[tuple[tuple[str, ...], int], ...] = (
    (("m2", "M2", "m3", "M3", "P4", "P5", "P8"), 0),
    (_SIMPLE, 0),
    ((*_SIMPLE, "A4", "d5"), 1),
    ((*_SIMPLE[2:], "A2", "A4", "d4", "d5", "A5", "A6", "d7", "A1", "d3"), 1),
    (("m9", "M9", "m10", "M10", "P11", "P12", "m13", "M13", "A4", "d5", "d7", "A6", "A2", "A5", "d8", "A8", "A11"), 1),
)
"""By level: the intervals, and the largest alteration of a note."""

_SIZES = {1: 1, 2: 1, 8: 1, 3: 2, 4: 2, 5: 2, 6: 3, 7: 3}


@cache
def _pairs(level: int, clef: str) -> tuple[tuple[Pitch, Pitch, Interval], ...]:
    """All pairs of pitches of a level that fit on a staff."""
    names, most = _LEVELS[level - 1]
    pitches = [pitch for pitch in pitches_of(clef) if abs(pitch.alter) <= most]
    highest = max(pitch.diatonic for pitch in pitches)
    found = []
    for interval in map(Interval.parse, names):
        for low in pitches:
            high = low.transposed(interval)
            if abs(high.alter) <= most and high.diatonic <= highest:
                found.append((low, high, interval))
    return tuple(found)


def _difficulty(low: Pitch, high: Pitch, interval: Interval) -> int:
    size = _SIZES[(interval.steps % 7 or (7 if interval.steps else 0)) + 1]
    altered = 3 if interval.name[0] in "Ad" else 0
    return size + altered + abs(low.alter) + abs(high.alter) + (2 if interval.steps > 7 else 0)


def draw_pair(stream: Stream, level: int, clef: str) -> tuple[Pitch, Pitch, Interval]:
    """Two pitches and the interval between them: every interval of the level alike likely."""
    pairs = _pairs(level, clef)
    interval = stream.choice(sorted({pair[2] for pair in pairs}))
    return stream.choice([pair for pair in pairs if pair[2] == interval])


def draw(stream: Stream, level: int, clef: str) -> Sketch:
    """One item: an interval to be named, or a note to be written above or, from level 3 on, below another."""
    low, high, interval = draw_pair(stream, level, clef)
    way = stream.choice(("name", "name", "above", "below") if level >= 3 else ("name", "above"))
    harder = {"name": 0, "above": 1, "below": 2}[way]
    name = f"{way} {low} {high}"
    return Sketch(name, _difficulty(low, high, interval) + harder, lambda: _item(low, high, interval, way))


def _item(low: Pitch, high: Pitch, interval: Interval, way: str) -> Item:
    if way == "name":
        given, answer = (single(0, Cell(0, WHOLE, (low, high), text)) for text in (BLANK, interval.name))
        return Item("", 1, Meter(4, 4), Key.parse("C"), given, answer, Labels((Label(0, "interval", interval.name),)))
    shown, wanted = (low, high) if way == "above" else (high, low)
    given, answer = single(0, Cell(0, WHOLE, (shown,))), single(0, Cell(0, WHOLE, (low, high)))
    task = Tones(0, 0, (wanted,), (shown,), exact=True, rule="interval")
    return Item(f"{interval.name} {way}", 1, Meter(4, 4), Key.parse("C"), given, answer, task)
