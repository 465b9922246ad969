"""Automation: the mix's moves (score/mix.py) as courses over time, applied to samples without steps.

Conventions: samples as in synth/signal.py; places are samples from the beginning. A course is straight in ticks between
its points, a corner's in octaves; a jump takes JUMP_S, so that it does not click, and what begins with it follows it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import inf, log2

import numpy as np
from numpy.typing import NDArray

from partimento.score.mix import Move
from partimento.synth.filters import OPEN_HZ, STEP, SweptLowPass
from partimento.synth.signal import Clock, Samples

JUMP_S = 0.02
_RAMP = np.arange(STEP, dtype=np.float32) / STEP
_BEND = 240
"""Ticks after which a course looks at the tempo again: half a beat."""
RESTING = {"gain_db": 0.0, "hall": 0.0, "width": 1.0, "low_pass_hz": 20000.0}
"""Where each parameter stands before its first move."""


class Course:
    """One parameter over time. `moves` are of one target and parameter."""

    def __init__(self, moves: Sequence[Move], parameter: str, clock: Clock, rate: int) -> None:
        self._octaves = parameter == "low_pass_hz"
        value = self._scaled(RESTING[parameter])
        jumped = -inf
        times: list[float] = []
        values: list[float] = []
        for move in sorted(moves, key=lambda move: (move.onset, move.duration)):
            begin = max(clock(move.onset) * rate, jumped)
            goal = self._scaled(move.value)
            if times:  # a move that is under way is left where it is
                value = float(np.interp(begin, times, values))
            while times and times[-1] > begin:
                times.pop()
                values.pop()
            steps = max(1, move.duration // _BEND)
            ends = [max(begin, clock(move.onset + move.duration * k / steps) * rate) for k in range(1, steps + 1)]
            ends[-1] = max(ends[-1], begin + JUMP_S * rate)
            if not move.duration:
                jumped = ends[-1]
            times += [begin, *ends]
            values += [value, *(value + (goal - value) * k / steps for k in range(1, steps + 1))]
            value = goal
        self._times, self._values = np.array(times or [0.0]), np.array(values or [value])

    def constant(self, start: int, stop: int) -> float | None:
        """The one value from `start` to `stop`; None where it moves."""
        inside = np.flatnonzero((self._times > start) & (self._times < stop))
        ends = np.interp((start, stop), self._times, self._values)
        if ends[0] == ends[1] and (self._values[inside] == ends[0]).all():
            return float(self._plain(ends[:1])[0])
        return None

    def at(self, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """The values at `places`."""
        return self._plain(np.interp(places, self._times, self._values))

    def _scaled(self, value: float) -> float:
        return log2(value) if self._octaves else value

    def _plain(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        # Rounded, for 20000 Hz to be just that again.
        plain: NDArray[np.float64] = np.round(2.0**values, 6) if self._octaves else values
        return plain


class Automation:
    """The moves of some targets at work on one signal: level, width and low-pass; `hall` tells what it adds to a send.

    Chunks are whole blocks of filters.STEP samples, but for the last.
    """

    def __init__(self, moves: Sequence[Move], targets: Collection[str], clock: Clock, rate: int) -> None:
        def courses(parameter: str) -> tuple[Course, ...]:
            rows = [[m for m in moves if m.target == t and m.parameter == parameter] for t in sorted(targets)]
            return tuple(Course(row, parameter, clock, rate) for row in rows if row)

        self._gain, self._width, self._hall = courses("gain_db"), courses("width"), courses("hall")
        self._corner = courses("low_pass_hz")
        self._low_pass = SweptLowPass(rate) if self._corner else None

    @property
    def idle(self) -> bool:
        """Whether it changes nothing."""
        return not (self._gain or self._width or self._corner)

    def apply(self, samples: Samples, start: int) -> Samples:
        """The samples, which begin at `start`, in place."""
        stop = start + len(samples)
        if self._low_pass is not None:
            ends = np.arange(start, stop, STEP) + STEP
            corners = np.min([course.at(ends) for course in self._corner], axis=0)
            samples = self._low_pass.process(samples, np.where(corners >= OPEN_HZ, OPEN_HZ, corners))
        level_db = _together(self._gain, start, stop)
        if isinstance(level_db, np.ndarray):
            samples *= _run(10 ** (level_db / 20), len(samples))[:, None]
        elif level_db != 0.0:
            samples *= np.float32(10 ** (level_db / 20))
        for course in self._width:
            width = _together((course,), start, stop)
            samples = widened(samples, _run(width, len(samples)) if isinstance(width, np.ndarray) else width)
        return samples

    def hall(self, start: int, stop: int) -> float | NDArray[np.float32]:
        """What the moves add to the send into the hall: one number, or one for each sample."""
        added = _together(self._hall, start, stop)
        return _run(added, stop - start) if isinstance(added, np.ndarray) else added


def _together(courses: Sequence[Course], start: int, stop: int) -> float | NDArray[np.float64]:
    """The courses' sum: one number where none moves, else one at every STEP samples, both ends included."""
    total: float | NDArray[np.float64] = 0.0
    for course in courses:
        still = course.constant(start, stop)
        total = total + (course.at(np.arange(start, stop + STEP, STEP)) if still is None else still)
    return total


def _run(points: NDArray[np.float64], count: int) -> NDArray[np.float32]:
    """Straight from point to point, STEP samples between them."""
    first = points.astype(np.float32)
    course = first[:-1, None] + np.diff(first)[:, None] * _RAMP
    return course.reshape(-1)[:count].astype(np.float32, copy=False)


def widened(samples: Samples, width: float | NDArray[np.float32]) -> Samples:
    """The sides scaled by `width` (0 mono, 1 as it is), in place."""
    if isinstance(width, float) and width == 1.0:
        return samples
    shift = (samples[:, 0] - samples[:, 1]) * ((np.asarray(width, np.float32) - np.float32(1)) * np.float32(0.5))
    samples[:, 0] += shift
    samples[:, 1] -= shift
    return samples
