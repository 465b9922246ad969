"""The written rhythm of one voice in one bar: where tuplets stand, and the values of every note and rest.

Conventions: ticks from the start of a full bar of the meter, on 64ths, triplet 32nds or fifths of a quarter (see
`sounds.Grid`). Tuplets are threes in the time of two, and fives in a quarter; a span that mixes twos and threes becomes
a triplet with dotted and tied values inside, which is exact.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cache, lru_cache

from partimento.score.notation.page import Value
from partimento.score.notation.values import Node, is_dyadic, meter_tree, split, tuplet_tree, value_of
from partimento.theory.meter import TICKS, Meter

_BINARY = TICKS // 32
_NORMAL = {3: 2, 5: 4}
QUINTUPLET = TICKS // 5
"""Only quarters are divided by five; see `sounds.Grid`."""


Tuplet = tuple[int, int, int]
"""Where it starts and ends, and how many stand in it: 3 for 2 or 5 for 4."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One written value: its ticks, and the tuplet it stands in (None outside)."""

    start: int
    end: int
    value: Value
    tuplet: Tuplet | None = None


@lru_cache(4096)
def tuplet_spans(meter: Meter, points: tuple[int, ...]) -> tuple[Tuplet, ...]:
    """The spans of the bar that are written as tuplets, where `points` are all starts and ends in it, sorted."""
    if all(point % _BINARY == 0 for point in points):
        return ()
    found: list[Tuplet] = []
    _find(meter_tree(meter), points, found)
    return tuple(found)


def _find(node: Node, points: tuple[int, ...], found: list[Tuplet]) -> None:
    inside = points[bisect_right(points, node.start) :]
    inside = tuple(point - node.start for point in inside if point < node.end)
    if all(point % _BINARY == 0 for point in inside):
        return
    if is_dyadic(node.length):
        if node.length == TICKS and all(point % QUINTUPLET == 0 for point in inside):
            found.append((node.start, node.end, 5))
            return
        if _is_triplet(node.length, inside):
            found.append((node.start, node.end, 3))
            return
    for part in node.parts():
        _find(part, points, found)


def _is_triplet(length: int, inside: tuple[int, ...]) -> bool:
    third = length // 3
    if all(point * 3 % length == 0 for point in inside):
        return True
    if length > TICKS:
        return False
    if length <= TICKS // 2:
        return True
    finer = all(point * 6 % length == 0 for point in inside)
    return finer and (length // 2 not in inside or (third in inside and 2 * third in inside))


def pieces(meter: Meter, tuplets: tuple[Tuplet, ...], start: int, end: int, rest: bool = False) -> list[Piece]:
    """The written values of [start, end), cut at the tuplets' ends."""
    out: list[Piece] = []
    at = start
    for span in tuplets:
        if span[1] <= at or span[0] >= end:
            continue
        if at < span[0]:
            out += _plain(meter, at, span[0], rest)
            at = span[0]
        until = min(end, span[1])
        out += _in_tuplet(span, at, until, rest)
        at = until
    if at < end:
        out += _plain(meter, at, end, rest)
    return out


def _plain(meter: Meter, start: int, end: int, rest: bool) -> list[Piece]:
    return [_piece(a, b) for a, b in split(meter_tree(meter), start, end, rest)]


def _piece(start: int, end: int) -> Piece:
    value = value_of(end - start)
    if value is None:  # only off the grid, which the notes were brought to before
        raise AssertionError(f"no value of {end - start} ticks")
    return Piece(start, end, value)


def _in_tuplet(tuplet: Tuplet, start: int, end: int, rest: bool) -> list[Piece]:
    first, last, actual = tuplet
    normal = _NORMAL[actual]
    tree = tuplet_tree((last - first) * actual // normal, actual)
    out = []
    for a, b in split(tree, (start - first) * actual // normal, (end - first) * actual // normal, rest):
        value = value_of(b - a)
        if value is None:
            raise AssertionError(f"no value of {b - a} ticks in a tuplet")
        a, b = a * normal // actual, b * normal // actual
        out.append(Piece(first + a, first + b, Value(value.kind, value.dots, actual, normal), tuplet))
    return out


@cache
def written_beats(meter: Meter) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Starts and lengths of the beats that values are read in: quarters, or the groups of shorter units."""
    lengths = meter.beat_lengths if meter.denominator >= 8 else (TICKS,) * (meter.bar // TICKS)
    return tuple(sum(lengths[:i]) for i in range(len(lengths))), lengths
