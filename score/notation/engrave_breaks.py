"""Where lines and pages end: whole lines of a like fullness that begin where the music begins anew.

Conventions: widths are any one unit; a bar is an index from 0; a break stands before its bar. The best lines are found
over all ways to break (Knuth and Plass 1981, "Breaking Paragraphs into Lines"), the costs below being ours.
"""

from __future__ import annotations

from collections.abc import Sequence

FULL = 1.04
"""Fullest line: verovio sets its natural widths a little closer where a line asks for it."""

CROSSED = 1.2
"""Cost of a line that runs over the beginning of a section."""

UNSQUARE = (0.0, 0.6, 0.35, 0.6)
"""Cost of a break so many bars after a multiple of four bars from where the section began."""

LONELY = 0.5
"""Cost of a line of one bar."""


def best_lines(
    widths: Sequence[float], lengths: Sequence[int], starts: Sequence[int], room: float, first_room: float
) -> tuple[list[int], float]:
    """The bars that begin lines (0 left out) and what these lines cost.

    Bars are as wide as `widths` and stand for `lengths` bars each; a line holds `room`, the first one `first_room`;
    `starts` are bars where sections begin, from which fours are counted; a pick-up has length 0. A bar wider than the
    room has a line of its own.
    """
    count = len(widths)
    best = [0.0] + [float("inf")] * count
    came = [0] * (count + 1)
    begins = set(starts)
    unsquare = _unsquare(lengths, begins)
    for end in range(1, count + 1):
        for start in range(end - 1, -1, -1):
            space = first_room if start == 0 else room
            width = sum(widths[start:end])
            if width > space * FULL and end - start > 1:
                break
            crossed = sum(1 for bar in range(start + 1, end) if bar in begins)
            cost = best[start] + _cost(width / space, end - start, end == count) + CROSSED * crossed + unsquare[end]
            if cost < best[end]:
                best[end], came[end] = cost, start
    breaks = []
    end = count
    while end > 0:
        end = came[end]
        breaks.append(end)
    return [bar for bar in reversed(breaks) if bar > 0], best[count]


def _unsquare(lengths: Sequence[int], begins: set[int]) -> list[float]:
    """The cost of a break before each bar, and of the end, which is none."""
    costs, since = [], 0
    for bar, length in enumerate(lengths):
        since = 0 if bar in begins else since
        costs.append(UNSQUARE[since % 4])
        since += length
    return [*costs, 0.0]


def _cost(fill: float, bars: int, last: bool) -> float:
    """A line costs 0.05 for being, and the more the emptier it is."""
    empty = max(0.0, 0.95 - fill)
    return 0.05 + (0.4 if last else 2.0) * empty**2 + (LONELY if bars == 1 else 0.0)


def page_shares(lines: Sequence[int]) -> list[int]:
    """Lines a page, made even: `lines` are those that fitted, page by page; the count of pages stays.

    A page never gets more than the fullest page held, the first never more than it held.
    """
    total, pages = sum(lines), len(lines)
    if pages < 2:
        return list(lines)
    shares = [0] * pages
    limits = [lines[0], *[max(lines)] * (pages - 1)]
    for _ in range(total):
        open_pages = [page for page in range(pages) if shares[page] < limits[page]]
        # the first page gives way: its heading takes room
        page = min(
            open_pages, key=lambda page: (shares[page] + (1 if page == 0 and lines[0] < max(lines) else 0), page)
        )
        shares[page] += 1
    return shares
