"""What a line remembers of its last moves, and how willingly it goes on from them.

Convention: intervals are signed semitones; weights multiply; figures are by taste but where a source is named.
"""

from __future__ import annotations

from collections.abc import Sequence


def state_of(tail: Sequence[int]) -> tuple[int, int, int, int, int]:
    """What a line remembers of the pitches before it: the last, its last move, steps one way, repeats, turns."""
    last, moved, runs, same, turns = (tail[0] if tail else 0), 0, 0, 0, 0
    for pitch in tail[1:]:
        leap = pitch - last
        same = same + 1 if leap == 0 else 0
        runs = runs + 1 if leap * moved > 0 else 0
        turns = turns + 1 if leap and leap == -moved else 0
        moved = leap or moved
        last = pitch
    return last, moved, runs, same, turns


# How willingly a pitch that has sounded twice, three times ... running sounds once more.
AGAIN = (1.0, 0.95, 0.55, 0.28, 0.12, 0.06)


def memory(moved: int, leap: int, runs: int, turns: int, run: int) -> float:
    """How well an interval follows the last move: leaps turn back, outlines avoid sevenths and tritones.

    A line does not rock between two notes.
    """
    if leap == 0:
        return 1.0
    onward = leap * moved > 0
    big = moved if moved > 0 else -moved
    size = leap if leap > 0 else -leap
    w = 1.0
    if leap == -moved:
        w = (0.75, 0.3, 0.08)[min(turns, 2)]
    if big >= 5:
        if onward:
            w *= 0.12 if size >= 3 else 0.45
        else:
            w *= 1.5 if size <= 4 else 0.5
    elif onward and size + big > 7 and size >= 3:
        w *= 0.25
    elif not onward and size >= 5 and big >= 3:
        w *= 0.4
    if onward:
        if size + big in (6, 10, 11):
            w *= 0.3
        if runs >= run:
            w *= 0.35
    elif size >= 7 and big >= 7:
        w *= 0.1
    return w
