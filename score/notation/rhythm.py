"""The written rhythm of one voice in one bar: where tuplets stand, and the values of every note and rest.

Conventions: ticks from the start of a full bar of the meter, on multiples of 20 (so that 32nds and the triplets of
eighths and sixteenths are exact). Tuplets are threes in the time of two; a span that mixes both grids becomes a
triplet with dotted and tied values inside, which is exact.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cache

from partimento.score.notation.page import Value
from partimento.score.notation.values import Node, Span, is_dyadic, meter_tree, split, triplet_tree, value_of
from partimento.theory.meter import TICKS, Meter

_BINARY = TICKS // 32


@dataclass(frozen=True, slots=True)
class Piece:
    """One written value: its ticks, and the tuplet it stands in (None outside)."""

    start: int
    end: int
    value: Value
    tuplet: Span | None = None


@cache
def tuplet_spans(meter: Meter, points: tuple[int, ...]) -> tuple[Span, ...]:
    """The spans of the bar that are written as triplets, where `points` are all starts and ends in it, sorted."""
    if all(point % _BINARY == 0 for point in points):
        return ()
    found: list[Span] = []
    _find(meter_tree(meter), points, found)
    return tuple(found)


def _find(node: Node, points: tuple[int, ...], found: list[Span]) -> None:
    inside = points[bisect_right(points, node.start) :]
    inside = tuple(point - node.start for point in inside if point < node.end)
    if all(point % _BINARY == 0 for point in inside):
        return
    if is_dyadic(node.length) and _is_triplet(node.length, inside):
        found.append((node.start, node.end))
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


def pieces(meter: Meter, tuplets: tuple[Span, ...], start: int, end: int, rest: bool = False) -> list[Piece]:
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
        out += _in_triplet(span, at, until, rest)
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


def _in_triplet(span: Span, start: int, end: int, rest: bool) -> list[Piece]:
    first = span[0]
    tree = triplet_tree((span[1] - first) * 3 // 2)
    out = []
    for a, b in split(tree, (start - first) * 3 // 2, (end - first) * 3 // 2, rest):
        value = value_of(b - a)
        if value is None:
            raise AssertionError(f"no triplet value of {b - a} ticks")
        out.append(Piece(first + a * 2 // 3, first + b * 2 // 3, Value(value.kind, value.dots, 3, 2), span))
    return out


@cache
def written_beats(meter: Meter) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Starts and lengths of the beats that values are read in: quarters, or the groups of shorter units."""
    lengths = meter.beat_lengths if meter.denominator >= 8 else (TICKS,) * (meter.bar // TICKS)
    return tuple(sum(lengths[:i]) for i in range(len(lengths))), lengths
