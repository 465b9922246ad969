"""A true-peak limiter that looks ahead, worked out on an envelope, so that any gain before it can be tried for nothing.

Conventions: samples are float32 of shape (n, 2); an envelope has one value per `STEP` samples; peaks and ceilings in dB
relative to full scale (dBTP). First the envelope of the signal is taken, once; then the gain's course is found from it
for whatever static gain; then it is applied, in one pass.
"""

from __future__ import annotations

from functools import cache
from math import log10

import numpy as np
from numpy.typing import NDArray

from partimento.synth.loudness import KWeighting, gated_loudness
from partimento.synth.signal import CHUNK, Samples

STEP = 32
"""Samples to one value of an envelope."""
LOOK_AHEAD_S, RELEASE_S = 0.005, 0.12
MARGIN_DB = 0.15
"""How far under the ceiling the limiter aims: a changing gain makes new peaks between samples, by a little, and a
meter's interpolation is not quite ours."""
_BEFORE, _AFTER, _PHASES = 6, 6, 4
"""Samples on either side that the interpolation reads; points to a sample."""
_WINDOW = STEP + _BEFORE + _AFTER
_TOGETHER = 48
"""Windows to a product."""
_BLOCK = 1 << 17
"""Steps worked off at a time."""
_NOTHING = 1e-7
_SILENT = 1e-6

Envelope = NDArray[np.float32]


@cache
def _interpolation() -> NDArray[np.float32]:
    """The matrix (points, _WINDOW) that gives all points between the samples of one step, those before its first too:
    a windowed sinc of 12 samples, four points to a sample, as in BS.1770-4, annex 2."""
    places = np.arange(-1, STEP)[:, None] + np.arange(1, _PHASES) / _PHASES
    distance = places.reshape(-1, 1) - (np.arange(_WINDOW) - _BEFORE)
    window = np.where(np.abs(distance) < _BEFORE, np.cos(np.pi * distance / (2 * _BEFORE)) ** 2, 0.0)
    return (np.sinc(distance) * window).astype(np.float32)


class PeakMeter:
    """True peaks per step of a signal that comes in chunks; between samples only where they reach `floor`."""

    def __init__(self, floor: float = 0.0) -> None:
        self.floor = floor
        self._held = np.zeros((2, _BEFORE), np.float32)

    def feed(self, samples: Samples) -> Envelope:
        """The true peaks of the steps that are complete, `_AFTER` samples behind."""
        return self._steps(np.ascontiguousarray(samples.T))

    def finish(self) -> Envelope:
        """The true peaks of the remaining steps; the last may be a part of one."""
        rest = self._held.shape[1] - _BEFORE
        if rest <= 0:
            return np.zeros(0, np.float32)
        short = -(-rest // STEP) * STEP - rest
        return self._steps(np.zeros((2, short + _AFTER), np.float32))

    def _steps(self, rows: NDArray[np.float32]) -> Envelope:
        both = np.concatenate((self._held, rows), axis=1)
        count = max(0, (both.shape[1] - _BEFORE - _AFTER) // STEP)
        self._held = both[:, count * STEP :].copy()
        if not count:
            return np.zeros(0, np.float32)
        cut = both[:, _BEFORE : _BEFORE + count * STEP].reshape(2, count, STEP)
        peaks: Envelope = np.maximum(cut.max(axis=2), -cut.min(axis=2)).max(axis=0)
        around = peaks.copy()
        np.maximum(around[1:], peaks[:-1], out=around[1:])
        np.maximum(around[:-1], peaks[1:], out=around[:-1])
        loud = np.flatnonzero(around > max(self.floor, _SILENT))
        for row in both:
            windows = np.lib.stride_tricks.sliding_window_view(row, _WINDOW)[::STEP]
            for start in range(0, len(loud), 2048):
                which = loud[start : start + 2048]
                # Many small products, which OpenBLAS does in this thread; its own would spin beside ours.
                some = np.zeros((-(-len(which) // _TOGETHER), _TOGETHER, _WINDOW), np.float32)
                some.reshape(-1, _WINDOW)[: len(which)] = windows[which]
                fine = np.matmul(_interpolation(), some.transpose(0, 2, 1))
                highest = np.maximum(fine.max(axis=1), -fine.min(axis=1)).reshape(-1)
                peaks[which] = np.maximum(peaks[which], highest[: len(which)])
        return peaks


class Hold:
    """Holds reductions (0 none, towards 1): reaches each in time, lets go slowly, with no corners.

    What is fed, at least 0, is one value a step; what comes out lies `ahead` steps behind and is nowhere less than what
    went in at the same step or at its neighbours. It rises over `ahead` steps and falls by e in `release` steps.
    """

    def __init__(self, ahead: int, release: float) -> None:
        self.ahead, self._decay = ahead, 1.0 / release
        self._in = np.zeros(ahead)
        self._out = np.zeros(0)
        self._last = 0.0

    def feed(self, wanted: NDArray[np.float64]) -> NDArray[np.float64]:
        """The held reductions that are certain by now."""
        ahead = self.ahead
        both = np.concatenate((self._in, wanted))
        size = ahead + 2
        count = len(both) - size + 1
        if count <= 0:
            self._in = both
            return np.zeros(0)
        self._in = both[count:]
        if self._last == 0.0 and not both.any():
            fallen = np.zeros(count)
        else:
            from scipy.ndimage import maximum_filter1d

            # Largest of the step before, this one and the next `ahead`.
            highest = maximum_filter1d(both, size, origin=-(size // 2), mode="nearest")
            fallen = self._released(highest[:count])
        both = np.concatenate((self._out, fallen))
        self._out = both[max(0, len(both) - ahead + 1) :]
        return np.convolve(both, np.full(ahead, 1 / ahead), "valid") if len(both) >= ahead else np.zeros(0)

    def finish(self) -> NDArray[np.float64]:
        """What remains."""
        return self.feed(np.zeros(self.ahead))

    def _released(self, held: NDArray[np.float64]) -> NDArray[np.float64]:
        # max(held, last * decay) step by step is a running maximum once the decay is taken out of the logarithms.
        slope = self._decay * np.arange(1, len(held) + 1)
        logs = np.log(np.maximum(held, _NOTHING * 1e-3)) + slope
        first = np.log(self._last) if self._last > 0 else -np.inf
        np.maximum.accumulate(logs, out=logs)
        out: NDArray[np.float64] = np.exp(np.maximum(logs, first) - slope)
        out[out < _NOTHING] = 0.0
        self._last = float(out[-1])
        return out


class Envelopes:
    """True peak and K-weighted power per step of a signal of at most `length` samples that comes in chunks; between the
    samples it is only looked where they reach `floor`."""

    def __init__(self, rate: int, length: int, floor: float = 0.0) -> None:
        self.rate, self.length = rate, 0
        steps = -(-length // STEP)
        self.peaks, self.powers = np.zeros(steps, np.float32), np.zeros(steps, np.float32)
        self._meter, self._weight = PeakMeter(floor), KWeighting(rate)
        self._at = self._power_at = 0
        self._rest = np.zeros(0, np.float32)

    def feed(self, samples: Samples) -> None:
        """Take in the next samples."""
        self.length += len(samples)
        self._store(self._meter.feed(samples))
        weighted = self._weight.feed(samples)
        self._powers(np.concatenate((self._rest, np.einsum("cn,cn->n", weighted, weighted))))

    def finish(self) -> None:
        """The signal is over."""
        self._store(self._meter.finish())
        self._powers(np.pad(self._rest, (0, -len(self._rest) % STEP)))

    def _store(self, peaks: Envelope) -> None:
        self.peaks[self._at : self._at + len(peaks)] = peaks
        self._at += len(peaks)

    def _powers(self, squares: NDArray[np.float32]) -> None:
        count = len(squares) // STEP
        self.powers[self._power_at : self._power_at + count] = squares[: count * STEP].reshape(-1, STEP).sum(axis=1)
        self._power_at += count
        self._rest = squares[count * STEP :]

    def loudness(self, gains: Envelope | None = None) -> float:
        """Integrated loudness in LUFS of the signal, times `gains` when given."""
        hop = self.rate // 10
        count = self.length // hop
        if count < 4:
            powers = self.powers if gains is None else self.powers * gains**2
            return gated_loudness(np.array([float(powers.sum(dtype=np.float64)) / max(1, self.length)]))
        sums = [np.zeros(1)]
        # The running sum, read off at the 100 ms: a step that lies across two is shared between them.
        total, done = 0.0, 1
        for start in range(0, len(self.powers), _BLOCK):
            part = self.powers[start : start + _BLOCK].astype(np.float64)
            if gains is not None:
                part *= gains[start : start + _BLOCK].astype(np.float64) ** 2
            running = np.concatenate(([0.0], np.cumsum(part))) + total
            last = min(count, (start + len(part)) * STEP // hop)
            places = np.arange(done, last + 1) * (hop / STEP) - start
            sums.append(np.interp(places, np.arange(len(running)), running))
            total, done = float(running[-1]), last + 1
        return gated_loudness(np.diff(np.concatenate(sums)) / hop)


def limiting(
    envelopes: Envelopes, gain_db: float, ceiling_db: float, deepest_db: float = 120.0
) -> tuple[Envelope, float, float]:
    """The gain per step that brings the signal up by `gain_db` and keeps it under `ceiling_db`.

    Where the limiter would cut deeper than `deepest_db`, a gentler compressor of peaks (4 : 1) before it takes the
    rest. Returns (gains, deepest cut of the limiter in dB, deepest cut of the compressor in dB).
    """
    peaks, rate = envelopes.peaks, envelopes.rate
    ceiling = 10 ** ((ceiling_db - MARGIN_DB) / 20)
    static = 10 ** (gain_db / 20)
    highest = float(peaks.max(initial=0.0)) * static
    gains = np.empty(len(peaks), np.float32)
    if highest <= ceiling:
        gains[:] = static
        return gains, 0.0, 0.0
    ahead = max(1, round(LOOK_AHEAD_S * rate / STEP))
    limiter = Hold(ahead, RELEASE_S * rate / STEP)
    over = 20 * log10(highest / ceiling) - deepest_db
    first = None
    threshold = highest
    if over > 0:
        first = Hold(2 * ahead, 1.5 * RELEASE_S * rate / STEP)
        threshold = highest * 10 ** (-over / (1 - 1 / _RATIO) / 20)
    squeezed, at, cut, squeeze = np.zeros(0), 0, 0.0, 0.0
    waiting = np.zeros(0)
    softs = np.zeros(0)
    for start in range(0, len(peaks) + 1, _BLOCK):
        part = peaks[start : start + _BLOCK].astype(np.float64) * static
        end = start + _BLOCK > len(peaks)
        if first is not None:
            wanted = 1 - np.minimum(1.0, (threshold / np.maximum(part, 1e-12)) ** (1 - 1 / _RATIO))
            held = first.feed(wanted)
            if end:
                held = np.concatenate((held, first.finish()))
            waiting = np.concatenate((waiting, part))
            part, waiting = waiting[: len(held)] * (1 - held), waiting[len(held) :]
            softs = np.concatenate((softs, held))
            squeeze = max(squeeze, float(held.max(initial=0.0)))
        squeezed = limiter.feed(1 - np.minimum(1.0, ceiling / np.maximum(part, 1e-12)))
        if end:
            squeezed = np.concatenate((squeezed, limiter.finish()))
        cut = max(cut, float(squeezed.max(initial=0.0)))
        out = (1 - squeezed) * static
        if first is not None:
            out *= 1 - softs[: len(out)]
            softs = softs[len(out) :]
        gains[at : at + len(out)] = out
        at += len(out)
    return gains, -20 * log10(1 - cut), -20 * log10(1 - squeeze)


_RATIO = 4.0


def apply(samples: Samples, gains: Envelope, start: int) -> None:
    """Multiply `samples`, in place, which begin at sample `start` of the signal, by its gains per step."""
    if not len(samples):
        return
    # A step's gain stands at its middle; between the middles it runs straight.
    first = (start - STEP // 2) // STEP
    last = (start + len(samples) - 1 - STEP // 2) // STEP + 1
    values = gains[np.clip(np.arange(first, last + 1), 0, len(gains) - 1)]
    if values.min() == values.max():
        samples *= values[0]
        return
    course = np.diff(values)[:, None] * _ramp()
    course += values[:-1, None]
    at = start - STEP // 2 - first * STEP
    flat = samples.reshape(-1)
    flat *= course.reshape(-1)[2 * at : 2 * (at + len(samples))]


@cache
def _ramp() -> NDArray[np.float32]:
    # For left and right in turn, which is multiplied faster than by pairs.
    return np.repeat((np.arange(STEP) + 0.5) / STEP, 2).astype(np.float32)


def limited(samples: Samples, rate: int, ceiling_db: float = -1.0, gain_db: float = 0.0) -> tuple[Samples, float]:
    """The samples times `gain_db` with their true peak at or under `ceiling_db`, and the deepest cut in dB (>= 0)."""
    envelopes = Envelopes(rate, len(samples))
    for start in range(0, len(samples), CHUNK):
        envelopes.feed(samples[start : start + CHUNK])
    envelopes.finish()
    gains, cut, _ = limiting(envelopes, gain_db, ceiling_db)
    out = samples.copy()
    apply(out, gains, 0)
    return out, cut


class StreamLimiter:
    """The same limiter for a signal that cannot wait: chunks in, chunks out about 5 ms later."""

    _AHEAD = 4

    def __init__(self, rate: int, ceiling_db: float) -> None:
        self._ceiling = 10 ** ((ceiling_db - MARGIN_DB) / 20)
        self._peaks = PeakMeter(0.5 * self._ceiling)
        self._hold = Hold(self._AHEAD, RELEASE_S * rate / STEP)
        self._waiting = np.zeros((0, 2), np.float32)
        self._gains = np.zeros(0, np.float32)
        self._start = 0
        self.cut_db = 0.0

    def process(self, samples: Samples) -> Samples:
        """What is ready: fewer or more samples than came in, in the long run as many; no delay is filled in."""
        self._waiting = np.concatenate((self._waiting, samples))
        self._follow(self._peaks.feed(samples))
        # The last gain known is needed to run towards.
        return self._give(max(0, (len(self._gains) - 1) * STEP + STEP // 2))

    def flush(self) -> Samples:
        """The rest; the signal is over."""
        self._follow(self._peaks.finish())
        rest = self._hold.finish()
        self._add(rest)
        return self._give(1 << 62)

    def _follow(self, peaks: Envelope) -> None:
        wanted = 1 - np.minimum(1.0, self._ceiling / np.maximum(peaks.astype(np.float64), 1e-12))
        self._add(self._hold.feed(wanted))

    def _add(self, reductions: NDArray[np.float64]) -> None:
        if len(reductions):
            self.cut_db = max(self.cut_db, -20 * log10(1 - float(reductions.max())))
        self._gains = np.concatenate((self._gains, (1 - reductions).astype(np.float32)))

    def _give(self, until: int) -> Samples:
        """Samples up to `until`, counted from the first gain that is kept."""
        count = min(len(self._waiting), until - self._start)
        if count <= 0:
            return np.zeros((0, 2), np.float32)
        out, self._waiting = self._waiting[:count], self._waiting[count:]
        apply(out, self._gains, self._start)
        self._start += count
        gone = max(0, self._start // STEP - 1)
        self._gains = self._gains[gone:]
        self._start -= gone * STEP
        return out
