"""Measuring verovio's pages: how wide bars are, how high a system is, which lines stand on which page.

Conventions: widths are in the page's inner units, where a staff is 720 high; heights are in staff heights.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

STAFF = 720.0
LINE = re.compile(r"M(-?\d+) (-?\d+) L(-?\d+) (-?\d+)")
MOVE = re.compile(r"translate\((-?[\d.]+), ?(-?[\d.]+)\)")


@dataclass(frozen=True, slots=True)
class Measured:
    """One endless line: `widths` a bar, the `height` of the system, `indent` of the names before it.

    `prefix` is the room of clef and key that each line begins with, within the first bar's width.
    """

    widths: tuple[float, ...]
    height: float
    indent: float
    prefix: float
    braced: bool


def measured(svg: str) -> Measured:
    """Measures a page on which all the music is one line."""
    root = ElementTree.fromstring(svg)
    spans = [span for measure in of_class(root, "measure") if (span := _span(measure)) is not None]
    left = spans[0][0] if spans else 0.0
    meter = min((x for sig in of_class(root, "meterSig") for x, _ in _moves(sig)), default=left + 700)
    view = root.get("viewBox", "0 0 0 0").split()
    return Measured(
        widths=tuple(right - start for start, right in spans),
        height=10 * float(view[3]) / STAFF,
        indent=left,
        prefix=max(300.0, min(meter - left, 4000.0)),
        braced=any(True for _ in of_class(root, "grpSym")),
    )


def lines_a_page(pages: Sequence[str]) -> list[list[int]]:
    """For each page the index of the bar that each of its lines begins with."""
    bar, found = 0, []
    for page in pages:
        lines = []
        for system in of_class(ElementTree.fromstring(page), "system"):
            lines.append(bar)
            bar += sum(1 for _ in of_class(system, "measure"))
        found.append(lines)
    return found


def overflows(page: str) -> bool:
    """Whether a page's music reaches into the lower margin or beyond."""
    root = ElementTree.fromstring(page)
    inner = next((e for e in root if e.tag.endswith("}svg")), root)
    height = float(inner.get("viewBox", "0 0 0 0").split()[3])
    margin = next(
        (float(m[2]) for g in of_class(root, "page-margin") if (m := MOVE.search(g.get("transform", "")))), 0.0
    )
    lowest = max((y for system in of_class(root, "system") for _, y in _places(system)), default=0.0)
    return lowest > height - 2 * margin


def of_class(root: Element, name: str) -> Iterator[Element]:
    """The elements below `root` that carry the class `name`."""
    return (element for element in root.iter() if name in element.get("class", "").split())


def _span(measure: Element) -> tuple[float, float] | None:
    for staff in of_class(measure, "staff"):
        for path in staff.iter():
            if line := LINE.match(path.get("d", "")):
                return float(line[1]), float(line[3])
    return None


def _moves(element: Element) -> Iterator[tuple[float, float]]:
    for used in element.iter():
        if move := MOVE.match(used.get("transform", "")):
            yield float(move[1]), float(move[2])


def _places(system: Element) -> Iterator[tuple[float, float]]:
    yield from _moves(system)
    for path in system.iter():
        if line := LINE.match(path.get("d", "")):
            yield float(line[1]), float(line[2])
            yield float(line[3]), float(line[4])
