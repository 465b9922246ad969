"""The Clock: ticks to seconds and back, by a tempo map alone.

Conventions: 480 ticks a quarter; a ramp is linear in ticks, as in score/timeline.py; seconds count from tick 0; before
the first change its tempo holds, after the last one the last.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from math import expm1, log

from partimento.score.song import TempoChange

_EIGHT = 8.0
"""Ticks a second at one quarter a minute: 480 / 60."""


class Clock:
    """Built once from a tempo map, which is not empty and lies in order of onset."""

    __slots__ = ("_ends", "_seconds", "_starts", "_ticks")

    def __init__(self, tempos: Sequence[TempoChange]) -> None:
        self._ticks = [tempo.onset for tempo in tempos]
        self._starts = [tempo.tempo_bpm for tempo in tempos]
        self._ends = self._starts[:]
        self._seconds = [self._ticks[0] / _EIGHT / self._starts[0]]
        for i in range(len(tempos) - 1):
            if tempos[i].ramp:
                self._ends[i] = self._starts[i + 1]
            self._seconds.append(self._seconds[i] + self._within(i, self._ticks[i + 1] - self._ticks[i]))

    def seconds(self, tick: float) -> float:
        """When `tick` sounds."""
        i = max(0, bisect_right(self._ticks, tick) - 1)
        return self._seconds[i] + self._within(i, tick - self._ticks[i])

    def tick(self, seconds: float) -> float:
        """The place, not rounded, that sounds at `seconds`."""
        i = max(0, bisect_right(self._seconds, seconds) - 1)
        rest, start = seconds - self._seconds[i], self._starts[i]
        slope = self._slope(i)
        if slope == 0.0:
            return self._ticks[i] + rest * _EIGHT * start
        return self._ticks[i] + start / slope * expm1(rest * _EIGHT * slope)

    def _slope(self, i: int) -> float:
        """Quarters a minute a tick."""
        if self._ends[i] == self._starts[i]:
            return 0.0
        return (self._ends[i] - self._starts[i]) / (self._ticks[i + 1] - self._ticks[i])

    def _within(self, i: int, ticks: float) -> float:
        slope, start = self._slope(i), self._starts[i]
        if slope == 0.0 or ticks < 0:
            return ticks / _EIGHT / start
        # d seconds = d ticks / (8 bpm), bpm linear in ticks: a logarithm.
        return log(1.0 + slope * ticks / start) / (_EIGHT * slope)
