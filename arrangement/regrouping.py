"""Patterns of uneven meters in another grouping: what is written for 2+2+3 played in 3+2+2 or 2+3+2.

Conventions: a bar is cut into the groups of the meter it is written in; each group of the wanted meter takes the first
unused one of its length; what stood on the first beat stays on the first beat.
"""

from __future__ import annotations

from partimento.arrangement.pattern import tokens_of
from partimento.arrangement.style import Pattern, Style
from partimento.theory.meter import Meter


def with_groupings(style: Style, meters: tuple[Meter, ...]) -> Style:
    """`style` with its patterns in the groupings of `meters`, where they are written for another."""
    wanted = {(meter.numerator, meter.denominator): meter for meter in meters}
    banks = {
        name: tuple(_pattern(p, wanted) for p in bank) if any(_moves(p, wanted) for p in bank) else bank
        for name, bank in style.patterns.items()
    }
    if all(banks[name] is bank for name, bank in style.patterns.items()):
        return style
    return style.model_copy(update={"patterns": banks})


def regrouped(bar: str, written: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    """A pattern's bar with its groups in the order of `wanted` (lengths in units of the meter); itself where it
    cannot be cut so.

    >>> regrouped("X.x.x..", (2, 2, 3), (3, 2, 2))
    'x..X.x.'
    """
    tokens = tokens_of(bar)
    units = sum(written)
    if sorted(written) != sorted(wanted) or len(tokens) % units or "%" in tokens:
        return bar
    step = len(tokens) // units
    cuts = [sum(written[:i]) * step for i in range(len(written) + 1)]
    parts = [list(tokens[a:b]) for a, b in zip(cuts, cuts[1:], strict=False)]
    free = list(range(len(parts)))
    order: list[int] = []
    for length in wanted:
        taken = next(i for i in free if len(parts[i]) == length * step)
        free.remove(taken)
        order.append(taken)
    first = order[0]
    if first:
        parts[0][0], parts[first][0] = parts[first][0], parts[0][0]
    return (" " if " " in bar.strip() else "").join(token for i in order for token in parts[i])


def _groups(meter: Meter) -> tuple[int, ...]:
    return tuple(length // meter.unit for length in meter.beat_lengths)


def _moves(pattern: Pattern, wanted: dict[tuple[int, int], Meter]) -> bool:
    written = Meter.parse(pattern.meter)
    meter = wanted.get((written.numerator, written.denominator))
    return meter is not None and _groups(meter) != _groups(written)


def _pattern(pattern: Pattern, wanted: dict[tuple[int, int], Meter]) -> Pattern:
    if not _moves(pattern, wanted):
        return pattern
    written = Meter.parse(pattern.meter)
    a, b = _groups(written), _groups(wanted[written.numerator, written.denominator])
    update = {
        "bars": tuple(regrouped(bar, a, b) for bar in pattern.bars),
        "rows": {piece: tuple(regrouped(bar, a, b) for bar in row) for piece, row in pattern.rows.items()},
    }
    return pattern.model_copy(update=update)
