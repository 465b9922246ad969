"""Which written values a span of a bar is cut into, so that the eye sees the beat.

Conventions: ticks from the start of a full bar of the meter (a pick-up lies at such a bar's end). A span that one
value can say without hiding a beat stays whole, else it is cut at the strongest place inside and tied. The rules are
the usual ones (Gould, Behind Bars, chapters 5 and 6): the middle of 4/4 and the groups of other meters are shown; an
eighth, quarter, eighth is allowed within a half bar, and so is its like on every level; rests are never syncopated.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

from partimento.score.notation.page import KINDS, Value
from partimento.theory.meter import TICKS, Meter

_SHORTEST = TICKS // 32
_BY_TICKS: dict[int, Value] = {length: Value(kind) for kind, length in KINDS.items()} | {
    length * 3 // 2: Value(kind, 1) for kind, length in KINDS.items() if length > _SHORTEST
}

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Node:
    """A metrical span and what it falls into; `strict` where its middle must be seen (a bar of 4/4).

    A node without `kids` falls into halves as far as values go.
    """

    start: int
    end: int
    kids: tuple[Node, ...] = ()
    strict: bool = False

    @property
    def length(self) -> int:
        """In ticks."""
        return self.end - self.start

    def parts(self) -> tuple[Node, ...]:
        """What it falls into."""
        if self.kids or self.length <= _SHORTEST:
            return self.kids
        middle = (self.start + self.end) // 2
        return (Node(self.start, middle), Node(middle, self.end))


def value_of(ticks: int) -> Value | None:
    """The plain or once dotted value of that length, or None."""
    return _BY_TICKS.get(ticks)


def is_dyadic(ticks: int) -> bool:
    """Whether it is the length of an undotted value."""
    value = _BY_TICKS.get(ticks)
    return value is not None and not value.dots


@cache
def meter_tree(meter: Meter) -> Node:
    """A bar of the meter: halves or groups, beats, units."""
    if set(meter.groups) == {1}:
        return _units(0, meter.unit, meter.numerator)
    kids, start = [], 0
    for group in meter.groups:
        kids.append(_units(start, meter.unit, group))
        start += group * meter.unit
    return _gather(kids)


@cache
def tuplet_tree(length: int, count: int) -> Node:
    """So many equal undotted values, `length` together."""
    return _units(0, length // count, count)


def _units(start: int, unit: int, count: int) -> Node:
    return _gather([Node(start + i * unit, start + (i + 1) * unit) for i in range(count)])


def _gather(kids: list[Node]) -> Node:
    """Kids under one node; equal ones by twos where their number is a power of two."""
    equal = len({kid.length for kid in kids}) == 1
    while equal and len(kids) > 2 and len(kids) % 2 == 0:
        kids = [Node(a.start, b.end, (a, b), bool(a.kids)) for a, b in zip(kids[::2], kids[1::2], strict=True)]
    if len(kids) == 1:
        return kids[0]
    return Node(kids[0].start, kids[-1].end, tuple(kids), bool(kids[0].kids))


@lru_cache(65536)
def split(tree: Node, start: int, end: int, rest: bool = False) -> tuple[Span, ...]:
    """The spans, each one written value long, that [start, end) of the tree is cut into."""
    if start == tree.start and end == tree.end and value_of(end - start):
        return ((start, end),)
    parts = tree.parts()
    if not parts:
        return ((start, end),)
    for part in parts:
        if part.start <= start and end <= part.end:
            return split(part, start, end, rest)
    if _allowed(tree, parts, start, end, rest):
        return ((start, end),)
    best: tuple[Span, ...] = ()
    for part in parts[1:]:
        cut = part.start
        if start < cut < end:
            found = split(tree, start, cut, rest) + split(tree, cut, end, rest)
            if not best or len(found) <= len(best):
                best = found
    return best


def _allowed(node: Node, parts: tuple[Node, ...], start: int, end: int, rest: bool) -> bool:
    """Whether one value may cross the seams of `parts`."""
    if value_of(end - start) is None:
        return False
    unit = parts[0].length
    equal = all(part.length == unit for part in parts)
    a, b = start - node.start, end - node.start
    if rest:
        return _rest_allowed(node, len(parts) if equal else 0, unit, a, b)
    seams = {0, *(part.end - node.start for part in parts)}
    if a in seams and b in seams:
        return True
    if not equal or not is_dyadic(unit):
        return False
    half = unit // 2
    place = (a // half, b // half) if a % half == b % half == 0 else (-1, -1)
    if len(parts) == 2:
        return place in ((0, 3), (1, 3)) or (place == (1, 4) and not node.strict)
    return len(parts) == 3 and place in ((0, 3), (3, 6), (1, 4), (2, 5), (1, 3), (3, 5))


def _rest_allowed(node: Node, equal_parts: int, unit: int, a: int, b: int) -> bool:
    """A dotted rest at the start of a beat; two thirds of a compound beat at its start."""
    if node.length > TICKS + TICKS // 2:
        return False
    if equal_parts == 2:
        return a == 0 and 2 * b == 3 * unit and node.length <= TICKS
    return equal_parts == 3 and unit < TICKS and a == 0 and b == 2 * unit
