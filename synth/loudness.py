"""Loudness by ITU-R BS.1770-4 and loudness range by EBU Tech 3342, of whole signals and of chunks.

Conventions: samples as in synth/signal.py; loudness in LUFS (-inf for silence), range in LU. K-weighting runs in single
precision, which keeps the loudness within 0.02 LU.
"""

from __future__ import annotations

from functools import cache
from math import log10, pi, tan

import numpy as np
from numpy.typing import NDArray

from partimento.synth.scipy_later import sosfilt
from partimento.synth.signal import Samples
from partimento.synth.spill import runs

_SPAN = 1 << 18
"""Samples worked off at a time."""
_GRAIN = 4096
"""Silence is looked for in pieces of so many samples: short enough for no ring to sink to denormal numbers, which are
very slow, in one."""
_DEAD = 1e-15
"""A ring below this is over."""
_ABSOLUTE_GATE = 10 ** ((-70 + 0.691) / 10)


@cache
def k_weighting(rate: int) -> NDArray[np.float64]:
    """The K-weighting filter as second-order sections (2, 6), designed for any rate.

    High shelf +4 dB at 1.68 kHz, then high-pass at 38 Hz: BS.1770-4 gives coefficients at 48 kHz; the analogue
    prototypes behind them are those of De Man, "Evaluation of implementations of the EBU R128 loudness measurement".
    """
    f, gain, q = 1681.9744509555319, 3.99984385397, 0.7071752369554193
    k = tan(pi * f / rate)
    high, band = 10 ** (gain / 20), 10 ** (gain / 20 * 0.499666774155)
    a0 = 1 + k / q + k * k
    shelf = [
        (high + band * k / q + k * k) / a0, 2 * (k * k - high) / a0, (high - band * k / q + k * k) / a0,
        1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0,
    ]  # fmt: skip
    f, q = 38.13547087613982, 0.5003270373253953
    k = tan(pi * f / rate)
    a0 = 1 + k / q + k * k
    high_pass = [1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0]
    return np.array([shelf, high_pass])


class KWeighting:
    """The K-weighting filter as a stream: what comes in is weighted, the state kept."""

    def __init__(self, rate: int) -> None:
        # The longer ring first: it keeps the other out of denormal numbers.
        self._sections = k_weighting(rate)[::-1].astype(np.float32)
        self._state = np.zeros((2, 2, 2), np.float32)

    def feed(self, samples: Samples) -> NDArray[np.float32]:
        """The samples weighted, (2, n): a row a channel, on which the filter runs faster."""
        out = np.zeros((2, len(samples)), np.float32)
        if not len(samples):
            return out
        for start, stop, silent in runs(samples, _GRAIN):
            if not silent:
                self._filter(samples[start:stop], out[:, start:stop])
                continue
            for at in range(start, stop, _GRAIN):
                if np.abs(self._state).max() < _DEAD:
                    self._state[:] = 0
                    break
                end = min(at + _GRAIN, stop)
                self._filter(samples[at:end], out[:, at:end])
        return out

    def _filter(self, samples: Samples, out: NDArray[np.float32]) -> None:
        rows = np.ascontiguousarray(samples.T)
        out[:], self._state = sosfilt(self._sections, rows, axis=1, zi=self._state)


class LoudnessMeter:
    """Integrated loudness and loudness range of a signal that comes in chunks; keeps 8 bytes per 100 ms."""

    def __init__(self, rate: int) -> None:
        self._hop = rate // 10
        self._weight = KWeighting(rate)
        self._rest = np.zeros(0, np.float32)
        self._hops: list[NDArray[np.float64]] = []

    def feed(self, samples: Samples) -> None:
        """Listen to the next samples."""
        weighted = self._weight.feed(samples)
        squares = np.einsum("cn,cn->n", weighted, weighted)
        if len(self._rest):
            squares = np.concatenate((self._rest, squares))
        whole = len(squares) // self._hop * self._hop
        if whole:
            self._hops.append(squares[:whole].reshape(-1, self._hop).mean(axis=1).astype(np.float64))
        self._rest = squares[whole:]

    def powers(self) -> NDArray[np.float64]:
        """K-weighted power of both channels together per whole 100 ms; what there is when that is less."""
        if self._hops:
            return np.concatenate(self._hops)
        return np.array([float(self._rest.mean())]) if len(self._rest) else np.zeros(0)

    def integrated(self) -> float:
        """Loudness so far in LUFS (-inf for silence)."""
        return gated_loudness(self.powers())

    def range(self) -> float:
        """Loudness range so far in LU."""
        return loudness_range(self.powers())


def loudness(samples: Samples, rate: int) -> float:
    """Integrated loudness in LUFS, gated as BS.1770-4 says (-70 LUFS, then 10 LU below the mean)."""
    meter = LoudnessMeter(rate)
    for start in range(0, len(samples), _SPAN):
        meter.feed(samples[start : start + _SPAN])
    return meter.integrated()


def gated_loudness(powers: NDArray[np.float64]) -> float:
    """Integrated loudness in LUFS from K-weighted powers per 100 ms (BS.1770-4); of less than 400 ms, the mean."""
    if len(powers) < 4:
        return lufs(float(powers.mean())) if len(powers) else float("-inf")
    # Blocks of 400 ms that overlap by three quarters.
    blocks = np.convolve(powers, np.full(4, 0.25), "valid")
    loud = blocks[blocks > _ABSOLUTE_GATE]
    if not len(loud):
        return float("-inf")
    return lufs(float(loud[loud > loud.mean() * 0.1].mean()))


def loudness_range(powers: NDArray[np.float64]) -> float:
    """Loudness range in LU (EBU Tech 3342) from K-weighted powers per 100 ms: 10th to 95th percentile of the 3 s
    loudness, gated at -70 LUFS and 20 LU below the mean; 0 when there is less than 3 s."""
    if len(powers) < 30:
        return 0.0
    blocks = np.convolve(powers, np.full(30, 1 / 30), "valid")
    loud = blocks[blocks > _ABSOLUTE_GATE]
    if not len(loud):
        return 0.0
    loud = np.sort(loud[loud > loud.mean() * 0.01])
    low, high = (loud[int((len(loud) - 1) * share + 0.5)] for share in (0.10, 0.95))
    return 10 * log10(high / low)


def lufs(power: float) -> float:
    """K-weighted power (mean squares of both channels added) as loudness in LUFS."""
    return -0.691 + 10 * log10(power) if power > 0 else float("-inf")
