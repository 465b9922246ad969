"""Lines are the best that can be, and pages share them evenly."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from partimento.score.notation.engrave_breaks import FULL, best_lines, page_shares


def line_breaks(*music: Any) -> list[int]:
    return best_lines(*music)[0]


WIDTHS = st.lists(st.integers(1, 30), min_size=1, max_size=9)


@given(WIDTHS, st.integers(10, 60), st.integers(10, 60), st.sets(st.integers(1, 8)))
def test_every_line_fits_or_is_one_bar(widths: list[int], room: int, first: int, starts: set[int]) -> None:
    breaks = line_breaks(widths, [1] * len(widths), sorted(starts), room, first)
    edges = [0, *breaks, len(widths)]
    assert edges == sorted(set(edges))
    for number, (start, end) in enumerate(zip(edges, edges[1:], strict=False)):
        assert end - start == 1 or sum(widths[start:end]) <= (room if number else first) * FULL


@given(WIDTHS)
def test_no_line_is_added_where_fewer_would_do(widths: list[int]) -> None:
    room = 40
    taken = len(line_breaks(widths, [1] * len(widths), [], room, room))
    least = next(
        count for count in range(len(widths))
        if any(_fits(widths, cuts, room) for cuts in combinations(range(1, len(widths)), count))
    )  # fmt: skip
    assert least <= taken <= least + 1


def _fits(widths: list[int], cuts: tuple[int, ...], room: int) -> bool:
    edges = [0, *cuts, len(widths)]
    return all(sum(widths[a:b]) <= room * FULL for a, b in zip(edges, edges[1:], strict=False))


def test_lines_of_four_bars_begin_with_the_sections() -> None:
    widths = [20.0] * 20
    assert line_breaks(widths, [1] * 20, [4, 12], 110, 110) == [4, 8, 12, 16]
    # a two-bar intro moves the lines with the section
    assert line_breaks(widths, [1] * 20, [2, 10], 110, 110)[0] == 2
    # a pick-up does not count, a long rest counts for its bars
    assert line_breaks([5.0, *widths[:9]], [0, *[1] * 9], [], 110, 110) == [5]
    assert line_breaks([20.0, 60, 20, 20, 20, 20], [1, 3, 1, 1, 1, 1], [], 130, 130) == [2]


@given(st.lists(st.integers(1, 12), min_size=1, max_size=8))
def test_pages_share_their_lines(lines: list[int]) -> None:
    shares = page_shares(lines)
    assert sum(shares) == sum(lines) and len(shares) == len(lines)
    assert shares[0] <= lines[0] and all(share <= max(lines) for share in shares)
    later = shares[1:]
    assert not later or max(later) - min(later) <= 1


def test_a_last_page_of_one_line_is_filled() -> None:
    assert page_shares([9, 10, 1]) == [6, 7, 7]
