"""Repeats as programs that play ABC count them: plain ones twice, others by endings, four passes at most.

Conventions: `::|`, a repeat of three passes, is in the standard but few programs count it; abc2midi knows four endings.
A repeat of more passes is written as several.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from partimento.score.notation.page import Bar, Measure, Page
from partimento.score.notation.repeats import Strain, strains

MOST_PASSES = 4

_Printed = tuple[Bar, Measure]


def countable(page: Page) -> Page:
    """The page's first part with repeats that can be counted; bars that are written twice keep their ticks."""
    part = page.parts[0]
    rows = list(zip(page.bars, part.measures, strict=True))
    out: list[_Printed] = []
    for strain in strains(page.bars):
        out += _strain(rows, strain)
    bars, measures = tuple(bar for bar, _ in out), tuple(measure for _, measure in out)
    return replace(page, bars=bars, parts=(replace(part, measures=measures),))


def _strain(rows: list[_Printed], strain: Strain) -> Iterator[_Printed]:
    if strain.times > 2 and not strain.endings:
        yield from _passes(rows[strain.start : strain.end], strain.times)
    elif strain.times > MOST_PASSES and len(strain.endings) == 2:
        # All passes but the last two are alike: the ending that returns is part of them.
        _, (_, last_start, last_end) = strain.endings
        alike = rows[strain.start : last_start]
        yield from _passes(alike, strain.times - 2)
        for i, (bar, measure) in enumerate(_again(alike)):
            in_ending = strain.start + i >= strain.end
            yield replace(bar, repeat_start=i == 0, repeat_end=2 if bar.repeat_end else 0,
                          volta=(1,) if in_ending else ()), measure  # fmt: skip
        for bar, measure in rows[last_start:last_end]:
            yield replace(bar, volta=(2,)), measure
    else:
        stop = strain.endings[-1][2] if strain.endings else strain.end
        yield from rows[strain.start : stop]


def _passes(rows: list[_Printed], times: int) -> Iterator[_Printed]:
    """Bars played so many times, as repeats of nearly equal numbers of passes."""
    count = -(-times // MOST_PASSES)
    for k in range(count):
        passes = times // count + (1 if k < times % count else 0)
        yield from _repeat(rows if k == 0 else list(_again(rows)), passes)


def _again(rows: list[_Printed]) -> Iterator[_Printed]:
    for bar, measure in rows:
        yield replace(bar, section="", new_system=False), measure


def _repeat(rows: list[_Printed], passes: int) -> Iterator[_Printed]:
    """One repeat; from three passes on, its last bar stands under two endings."""
    last = len(rows) - 1
    for i, (bar, measure) in enumerate(rows):
        plain = replace(bar, repeat_start=i == 0 and passes > 1, repeat_end=0, volta=(), volta_start=False,
                        volta_stop=False)  # fmt: skip
        if i < last or passes == 1:
            yield plain, measure
        elif passes == 2:
            yield replace(plain, repeat_end=2), measure
        else:
            earlier = tuple(range(1, passes))
            yield replace(plain, repeat_end=passes, volta=earlier, volta_start=True, volta_stop=True), measure
            final = replace(plain, section="", new_system=False, repeat_start=False, volta=(passes,))
            yield replace(final, volta_start=True, volta_stop=True), measure
