"""Chord symbols clear of slurs: verovio sets a line's symbols without looking at the slurs over it.

Conventions: places are in verovio's inner units, y downwards, 90 to a unit ("vu"), of which a staff has 8.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from partimento.score.notation.engrave_glyphs import text_width
from partimento.score.notation.engrave_measure import of_class

UNIT = 90.0
SIZE = 405.0
"""Letters of a chord symbol."""

ABOVE, BELOW, BESIDE = 0.85 * SIZE, 0.25 * SIZE, 0.15 * SIZE
"""Room that a symbol wants over its baseline, under it, and at its sides."""

MOST = 12.0
"""Symbols are raised by so many units at the most."""

CURVE = re.compile(r"M(-?\d+),(-?\d+) C(-?\d+),(-?\d+) (-?\d+),(-?\d+) (-?\d+),(-?\d+)")
STEPS = 40


def raised_chords(pages: Sequence[str]) -> dict[int, float]:
    """How many units the chord symbols of a bar (index) must rise to clear the slurs, for whole lines at a time."""
    bar, found = 0, dict[int, float]()
    for page in pages:
        for system in of_class(ElementTree.fromstring(page), "system"):
            bars = sum(1 for _ in of_class(system, "measure"))
            rise = _rise(system)
            if rise > 0:
                found.update(dict.fromkeys(range(bar, bar + bars), min(MOST, rise)))
            bar += bars
    return found


def _rise(system: Element) -> float:
    symbols = [_place(text) for harm in of_class(system, "harm") for text in harm.iter() if text.tag.endswith("}text")]
    points = [point for slur in of_class(system, "slur") for point in _points(slur)]
    over = [
        (baseline, [y for x, y in points if left - BESIDE <= x <= right + BESIDE and y > baseline - 3 * SIZE])
        for left, right, baseline in symbols
    ]
    if not any(baseline - ABOVE < y < baseline + BELOW for baseline, heights in over for y in heights):
        return 0.0
    # whatever lies under the symbols once they are raised must be under all of them
    needs = [baseline + BELOW - min(heights) for baseline, heights in over if heights]
    return max(0.0, max(needs) / UNIT)


def _place(text: Element) -> tuple[float, float, float]:
    left, baseline = float(text.get("x", "0")), float(text.get("y", "0"))
    return left, left + text_width("".join(text.itertext())) * SIZE, baseline


def _points(slur: Element) -> Iterator[tuple[float, float]]:
    for path in slur.iter():
        if curve := CURVE.match(path.get("d", "")):
            x0, y0, x1, y1, x2, y2, x3, y3 = (float(value) for value in curve.groups())
            for step in range(STEPS + 1):
                t = step / STEPS
                weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
                yield (
                    sum(weight * x for weight, x in zip(weights, (x0, x1, x2, x3), strict=True)),
                    sum(weight * y for weight, y in zip(weights, (y0, y1, y2, y3), strict=True)),
                )
