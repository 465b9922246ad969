"""Rhythm: bars to be filled with so many notes, and time signatures to be named.

Conventions: difficulty counts the meter (1-3), the smallest value (1-3), ties over beats and the number of notes asked.
All notes stand on the middle line.
"""

from __future__ import annotations

from functools import cache

from partimento.score.stream import Stream
from partimento.teaching.exercises.clefs import middle
from partimento.teaching.exercises.worksheet import BLANK, Cell, Filling, Item, Label, Labels, Sketch, single
from partimento.theory.key import Key
from partimento.theory.meter import TICKS, Meter

_METERS = (
    ("4/4", "3/4"), ("4/4", "3/4", "2/4"), ("4/4", "3/4", "6/8", "2/2"), ("3/4", "6/8", "9/8", "12/8", "4/4"),
    ("5/4", "7/8", "6/8", "3/2", "9/8", "5/8"),
)  # fmt: skip
_HARD = {"4/4": 1, "3/4": 1, "2/4": 1, "2/2": 2, "6/8": 2, "9/8": 3, "12/8": 3, "3/2": 2, "5/4": 3, "7/8": 4, "5/8": 4}
_Q, _E, _S = TICKS, TICKS // 2, TICKS // 4
_SIMPLE = (
    ((_Q,), (_E, _E)),
    ((_Q,), (_E, _E)),
    ((_Q,), (_E, _E), (_E + _S, _S)),
    ((_E, _E), (_E + _S, _S), (_S, _S, _E), (_E, _S, _S), (_Q,)),
    ((_E, _E), (_E + _S, _S), (_S, _S, _E), (_S, _E, _S), (_S, _S, _S, _S)),
)
_COMPOUND = (((3 * _E,), (_Q, _E), (_E, _E, _E)), ((_Q, _E), (_E, _E, _E), (_E, _Q), (_E + _S, _S, _E)))


@cache
def _beats(meter: Meter, level: int) -> tuple[tuple[tuple[int, ...], ...], ...]:
    """For each group of a bar the ways to fill it."""
    if meter.compound:
        return (_COMPOUND[level >= 4],) * len(meter.groups)
    if meter.denominator >= 8:
        return tuple(_COMPOUND[0] if group == 3 else _SIMPLE[1] for group in meter.groups)
    if meter.denominator == 2:
        longer = tuple(tuple(2 * length for length in way) for way in _SIMPLE[min(3, level - 1)])
        return (longer,) * meter.numerator
    return (_SIMPLE[level - 1],) * meter.numerator


def draw_bar(stream: Stream, meter: Meter, level: int) -> tuple[tuple[int, ...], ...]:
    """A bar's values, beat by beat."""
    return tuple(stream.choice(ways) for ways in _beats(meter, level))


def draw(stream: Stream, level: int, clef: str) -> Sketch:
    """Two bars, the second to be completed; or two whose time signature is to be named."""
    meter = Meter.parse(stream.choice(_METERS[level - 1]))
    beats = (*draw_bar(stream, meter, level), *draw_bar(stream, meter, level))
    names = level >= 2 and meter.denominator != 2 and stream.chance(0.3)
    half = len(beats) // 2
    gap = 0 if names else stream.between(half, 2 * half - 1)
    values = [length for beat in beats for length in beat]
    difficulty = 2 * _HARD[str(meter)] + len({*values}) + (1 if names else len(beats[gap]))
    name = f"{meter} {names or gap} {values}"
    return Sketch(name, difficulty, lambda: _item(meter, beats, gap, names, clef))


def _item(meter: Meter, beats: tuple[tuple[int, ...], ...], gap: int, names: bool, clef: str) -> Item:
    pitch, key = middle(clef), Key.parse("C")
    cells: list[Cell] = []
    spans: list[tuple[int, int]] = []
    tick = 0
    for beat in beats:
        spans.append((tick, tick + sum(beat)))
        for length in beat:
            cells.append(Cell(tick, length, (pitch,)))
            tick += length
    if names:
        asked, said = (
            single(0, cells[0]._replace(text=text), *cells[1:])
            for text in (BLANK, f"{meter.numerator}/{meter.denominator}")
        )
        task = Labels((Label(0, "meter", str(meter)),))
        return Item("Time signature?", 2, meter, key, asked, said, task, hides_meter=True)
    start, end = spans[gap]
    left = tuple(cell for cell in cells if not start <= cell.onset < end)
    count = len(beats[gap])
    prompt = f"Fill with {count} note{'s' if count > 1 else ''}"
    return Item(prompt, 2, meter, key, single(0, *left), single(0, *cells), Filling(0, start, end, count))
