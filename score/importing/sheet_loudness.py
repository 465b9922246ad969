"""How loud the notes of a written part are: what the file says of each, else its marks and hairpins.

Conventions: velocities 1-127; the marks' values are those that MuseScore plays (ppp 16 ... fff 126, mf 80); over a
hairpin the velocity moves evenly to the mark at its end, or by one mark's step where none stands there.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from partimento.score.importing.sheet import PartBar
from partimento.score.song import Dynamic

VELOCITIES = {"ppp": 16, "pp": 33, "p": 49, "mp": 64, "mf": 80, "f": 96, "ff": 112, "fff": 126}
DEFAULT = 80
_STEP = 16
_NEAR = 480

Hairpin = tuple[int, int, str]


def fill_velocities(bars: Sequence[PartBar], starts: Sequence[int]) -> None:
    """Give every note of a part a velocity, in written order; `starts` are the bars' written ticks."""
    levels = _levels(bars, starts)
    ticks = [tick for tick, _ in levels]
    pins = hairpins(bars, starts)
    slopes = [_slope(pin, levels, ticks) for pin in pins]
    begins = [pin[0] for pin in pins]
    for bar, start in zip(bars, starts, strict=True):
        for note in bar.notes:
            if not note.velocity:
                note.velocity = _at(start + note.onset, levels, ticks, slopes, begins)


def dynamics_in(bar: PartBar, start: int) -> list[Dynamic]:
    """The marks of one bar, at `start`."""
    return [Dynamic(start + tick, mark) for tick, mark in bar.said.marks]


def hairpins(bars: Sequence[PartBar], starts: Sequence[int]) -> list[Hairpin]:
    """(start, end, kind) of the part's hairpins, by written ticks; one that is never closed is left out."""
    found: list[Hairpin] = []
    begun: dict[str, tuple[int, str]] = {}
    for bar, start in zip(bars, starts, strict=True):
        for tick, kind, number in bar.said.hairpins:
            if kind in ("crescendo", "diminuendo"):
                begun[number] = (start + tick, kind)
            elif kind == "stop" and number in begun:
                at, what = begun.pop(number)
                if start + tick > at:
                    found.append((at, start + tick, what))
    return sorted(found)


def _levels(bars: Sequence[PartBar], starts: Sequence[int]) -> list[tuple[int, int]]:
    """(tick, velocity) of the marks, a played loudness before the printed mark of its tick."""
    found: dict[int, int] = {}
    for bar, start in zip(bars, starts, strict=True):
        for tick, mark in bar.said.marks:
            found[start + tick] = VELOCITIES[mark]
        for tick, velocity in bar.said.loudness:
            found[start + tick] = velocity
    return sorted(found.items())


def _level(tick: int, levels: Sequence[tuple[int, int]], ticks: Sequence[int]) -> int:
    i = bisect_right(ticks, tick) - 1
    return levels[i][1] if i >= 0 else DEFAULT


def _slope(pin: Hairpin, levels: Sequence[tuple[int, int]], ticks: Sequence[int]) -> tuple[int, int, int, int]:
    start, end, kind = pin
    low = _level(start, levels, ticks)
    i = bisect_right(ticks, start)
    if i < len(levels) and end - _NEAR // 2 <= levels[i][0] <= end + _NEAR:
        goal = levels[i][1]
    else:
        goal = low + (_STEP if kind == "crescendo" else -_STEP)
    return start, end, low, max(8, min(126, goal))


def _at(
    tick: int,
    levels: Sequence[tuple[int, int]],
    ticks: Sequence[int],
    slopes: Sequence[tuple[int, int, int, int]],
    begins: Sequence[int],
) -> int:
    """The velocity at a tick: the last hairpin's where it began after the last mark."""
    i = bisect_right(begins, tick) - 1
    if i >= 0:
        start, end, low, goal = slopes[i]
        marked = bisect_right(ticks, tick) - 1
        if marked < 0 or levels[marked][0] <= start:
            return low + (goal - low) * min(tick - start, end - start) // (end - start)
    return _level(tick, levels, ticks)
