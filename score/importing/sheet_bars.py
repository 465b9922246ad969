"""Bars of a foreign score as played: their lengths, and the meters that make just these bars.

Conventions: a bar is as long as its fullest part; one that is shorter or longer than its meter (a pick-up, the bars
about a repeat, a cadenza) has a meter of its own length, where a 32nd divides it. Two short bars that make a whole one
between them are one bar.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from partimento.score.importing.sheet import MOST_BAR
from partimento.score.song import MeterChange
from partimento.theory.errors import TheoryError
from partimento.theory.meter import DENOMINATORS, TICKS, Meter

_FINEST = 4 * TICKS // 32


def meter_of(times: Sequence[tuple[str, str]]) -> Meter | None:
    """The meter of MusicXML's beats and beat-types ("3+2" and "8" keep their groups); None where it is none of ours.

    Several fractions side by side ("3/8 + 2/4") are one meter in the finest of their units.
    """
    counts: list[int] = []
    units: list[int] = []
    for beats, unit in times:
        numbers = beats.split("+")
        if not all(n.strip().isdigit() and len(n) < 4 for n in numbers) or not (unit.isdigit() and len(unit) < 4):
            return None
        counts += [int(n) for n in numbers]
        units += [int(unit)] * len(numbers)
    if not counts or any(unit not in DENOMINATORS for unit in units) or min(counts) < 1:
        return None
    finest = max(units)
    groups = tuple(count * finest // unit for count, unit in zip(counts, units, strict=True))
    try:
        return Meter(sum(groups), finest, groups if len(groups) > 1 and finest >= 8 else ())
    except TheoryError:
        return None


def bar_length(filled: int, sounding: int, meter: Meter | None) -> int:
    """The ticks of a bar: what is in it, rounded up to a 32nd; the meter's bar where it is empty or nearly full.

    `sounding` is what its notes fill: rests beyond the meter (a breve for any whole bar) make no bar longer.
    """
    nominal = meter.bar if meter is not None else 4 * TICKS
    if filled > nominal and meter is not None:
        filled = max(nominal, sounding)
    if filled <= 0 or 0 <= nominal - filled < _FINEST // 4:
        return nominal
    return min(MOST_BAR, -(-filled // _FINEST) * _FINEST)


def bar_meters(lengths: Sequence[int], meters: Sequence[Meter], marked: frozenset[int]) -> tuple[MeterChange, ...]:
    """The meter changes that lay down bars of `lengths`, `meters` being what is printed over each.

    Bars in `marked` (by number) begin something and are not joined to the one before.
    """
    changes: list[MeterChange] = []
    tick = i = 0
    while i < len(lengths):
        length, meter = lengths[i], meters[i]
        if length < meter.bar and 0 < i < len(lengths) - 1 and i + 1 not in marked:
            after = lengths[i + 1]
            if after < meter.bar and length + after == meter.bar and meters[i + 1] == meter:
                length = meter.bar
                i += 1
        for piece in (meter,) if length == meter.bar else _pieces(length):
            if not changes or changes[-1].meter != piece:
                changes.append(MeterChange(tick, piece))
            tick += piece.bar
        i += 1
    return tuple(changes)


@cache
def _pieces(length: int) -> tuple[Meter, ...]:
    """Meters that fill `length`: one, in quarters or the longest unit below that divides it, or as few as can be."""
    for unit in sorted(DENOMINATORS, key=lambda unit: (unit < 4, unit if unit >= 4 else -unit)):
        count, rest = divmod(length, 4 * TICKS // unit)
        if not rest and 1 <= count <= 32:
            return (Meter(count, unit),)
    for unit in sorted(DENOMINATORS):
        count = min(32, length // (4 * TICKS // unit))
        if count:
            piece = Meter(count, unit)
            return piece, *_pieces(length - piece.bar)
    return ()
