"""Where a sound stands and how wide it is: mid/side width, constant-power balance, a bass kept in the middle, sides
made for a sound that has none.

Conventions: samples as in synth/signal.py; pan -1 (left) to 1 (right), width 0 (mono) to 1 (as it is) and above.
"""

from __future__ import annotations

from functools import cache
from math import cos, pi, sin, sqrt

import numpy as np
from numpy.typing import NDArray

from partimento.score.mix import EqBand
from partimento.synth.filters import Sections, sections
from partimento.synth.signal import Samples


def matrix(pan: float, width: float) -> NDArray[np.float32]:
    """The 2 x 2 matrix that gives (left, right) from (left, right).

    Constant power with 0 dB at the centre and +3 dB at the edge. The more to the edge, the narrower (1 - pan squared),
    so that a stereo sound panned hard is wholly there instead of losing a channel.
    """
    pan = min(1.0, max(-1.0, pan))
    side = width * (1 - pan * pan)
    angle = (pan + 1) * pi / 4
    left, right = sqrt(2) * cos(angle), sqrt(2) * sin(angle)
    near, far = (1 + side) / 2, (1 - side) / 2
    return np.array(((left * near, left * far), (right * far, right * near)), np.float32)


class Panner:
    """Width, then pan. With `mono_below_hz` above 0, what lies below (12 dB an octave) stands in the middle first."""

    def __init__(self, pan: float, width: float, rate: int, mono_below_hz: float = 0.0) -> None:
        self._now = self._goal = matrix(pan, width)
        band = (EqBand("high-pass", mono_below_hz),) if mono_below_hz > 0 else ()
        self._sides = Sections(sections(band, rate), 1) if band else None

    def set(self, pan: float, width: float) -> None:
        """Go to another place and width within the next chunk."""
        self._goal = matrix(pan, width)

    def process(self, samples: Samples) -> Samples:
        """The samples placed, in place."""
        if not len(samples):
            return samples
        if self._sides is not None:
            half = np.float32(0.5)
            mid = (samples[:, 0] + samples[:, 1]) * half
            side = self._sides.process(((samples[:, 0] - samples[:, 1]) * half)[:, None])[:, 0]
            samples[:, 0], samples[:, 1] = mid + side, mid - side
        start, goal = self._now, self._goal
        self._now = goal
        if start is goal and (goal == np.eye(2, dtype=np.float32)).all():
            return samples
        left, right = samples[:, 0].copy(), samples[:, 1].copy()
        if start is goal:
            samples[:, 0] = goal[0, 0] * left + goal[0, 1] * right
            samples[:, 1] = goal[1, 0] * left + goal[1, 1] * right
            return samples
        way = np.arange(1, len(samples) + 1, dtype=np.float32) / np.float32(len(samples))
        for out in (0, 1):
            a, b = (start[out, at] + (goal[out, at] - start[out, at]) * way for at in (0, 1))
            samples[:, out] = a * left + b * right
        return samples


_SMEAR_S = 0.025
_LOWEST_HZ = 250.0


@cache
def _smear(rate: int) -> NDArray[np.float32]:
    """An impulse response of unit energy that keeps a spectrum above 250 Hz and scatters its phase over 25 ms."""
    length = round(_SMEAR_S * rate)
    # A frozen generator: its numbers never change between numpy's versions.
    noise = np.random.RandomState(1722).standard_normal(length) * np.exp(-5.0 * np.arange(length) / length)
    size = 4 * length
    spectrum = np.fft.rfft(noise, size)
    hz = np.fft.rfftfreq(size, 1 / rate)
    flat = spectrum / np.abs(spectrum) * np.clip((hz - _LOWEST_HZ / 2) / (_LOWEST_HZ / 2), 0.0, 1.0)
    response = np.fft.irfft(flat, size)[:length] * np.hanning(2 * length)[length:]
    scaled: NDArray[np.float32] = (response / np.sqrt((response**2).sum())).astype(np.float32)
    return scaled


class Widener:
    """Gives a sound sides made of its own middle, smeared: (left + right) stays exactly as it was, so that mono loses
    nothing (pseudo-stereo after Lauridsen). `spread` is the new sides' level against the middle, 0-1.
    """

    def __init__(self, spread: float, rate: int) -> None:
        self._response = _smear(rate) * np.float32(spread)
        self._tail = np.zeros(len(self._response) - 1, np.float32)

    def process(self, samples: Samples) -> Samples:
        """The samples widened, in place."""
        from scipy.signal import oaconvolve

        count = len(samples)
        if not count:
            return samples
        middle = (samples[:, 0] + samples[:, 1]) * np.float32(0.5)
        side = np.zeros(count + len(self._tail), np.float32)
        side[: len(self._tail)] = self._tail
        if middle.any():
            side += oaconvolve(middle, self._response)
        samples[:, 0] += side[:count]
        samples[:, 1] -= side[:count]
        self._tail = side[count:].copy()
        return samples
