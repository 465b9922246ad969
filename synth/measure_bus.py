"""What is measured of a whole mix while it passes: loudness, peaks, balance, stereo image, its ends; and its course.

Conventions: as synth/measure.py. A mix is measured in any chunks; memory grows by 12 bytes for 10 ms.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from math import inf, log10

import numpy as np
from numpy.typing import NDArray

from partimento.score.mix import OCTAVES_HZ
from partimento.synth.limiter import PeakMeter
from partimento.synth.loudness import LoudnessMeter
from partimento.synth.measure import FRAME_S, hann_power
from partimento.synth.scipy_later import rfft
from partimento.synth.signal import CHUNK, Samples

MOST_COLUMNS = 4000
"""Frames that a course has at the most."""
ROWS_HZ = tuple(25.0 * 2 ** (i / 8) for i in range(78))
"""Edges of the eighths of an octave in which a course shows the spectrum, 25 Hz to 20 kHz."""
SILENCE_DB = -60.0
"""The ends are silent below this, against the peak."""
_TOP_DB = 120.0


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """A mix over time, for a picture: a frame lasts `frame_s`.

    `low`, `high` (frames,) are the smallest and largest sample, `correlation` (frames,) that of left and right, 1 in
    silence; `spectrum` float32 (frames, rows) the power between neighbouring ROWS_HZ.
    """

    frame_s: float
    low: NDArray[np.float32]
    high: NDArray[np.float32]
    correlation: NDArray[np.float32]
    spectrum: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class BusMeasure:
    """What a mix measured.

    `lufs`, `lra` by EBU R 128; `true_peak_db` between the samples, `peak_db` at them; `crest_db` peak over RMS;
    `correlation` of left and right, -1 to 1 (1 in silence); `mono_loss_db` the power that is lost when both are
    folded to mono: mean(L² + R²) / 2 over mean(((L + R) / 2)²), 0 for mono, 3 for two strangers; `octaves_db` the
    power around each of OCTAVES_HZ; `dc_db` the constant offset of the worse channel; `start_s`, `end_s` the silence
    at both ends (under -60 dB of the peak); `clipped` samples at or over full scale.
    """

    seconds: float
    lufs: float
    lra: float
    true_peak_db: float
    peak_db: float
    crest_db: float
    correlation: float
    mono_loss_db: float
    octaves_db: tuple[float, ...]
    dc_db: float
    start_s: float
    end_s: float
    clipped: int
    course: Course

    def louder(self, gain_db: float) -> BusMeasure:
        """The same, had it been louder by `gain_db` (clipped samples aside)."""
        gain = np.float32(10 ** (gain_db / 20))
        course = replace(
            self.course,
            low=self.course.low * gain,
            high=self.course.high * gain,
            spectrum=self.course.spectrum * gain * gain,
        )
        return replace(
            self,
            lufs=self.lufs + gain_db,
            true_peak_db=self.true_peak_db + gain_db,
            peak_db=self.peak_db + gain_db,
            octaves_db=tuple(level + gain_db for level in self.octaves_db),
            dc_db=self.dc_db + gain_db,
            course=course,
        )


class BusMeter:
    """Measures a mix as it passes; `expected_s` is about how long it is, 0 if nobody knows."""

    def __init__(self, rate: int, expected_s: float = 0.0) -> None:
        self._rate, self._frame = rate, rate // 10
        self._group = 1
        while expected_s / (FRAME_S * self._group) > MOST_COLUMNS:
            self._group *= 2
        self._loudness, self._peaks = LoudnessMeter(rate), PeakMeter()
        self._true_peak = 0.0
        self._length = self._clipped = 0
        self._sums = np.zeros(2)
        self._octaves = np.zeros(len(OCTAVES_HZ))
        self._products = np.zeros(3)
        self._rest = np.zeros((0, 2), np.float32)
        self._ticks: list[NDArray[np.float32]] = []
        self._columns: list[NDArray[np.float32]] = []
        self._waiting = np.zeros((0, 5 + len(ROWS_HZ) - 1), np.float32)

    def feed(self, samples: Samples) -> None:
        """Take the next samples."""
        self._loudness.feed(samples)
        self._true_peak = max(self._true_peak, float(self._peaks.feed(samples).max(initial=0.0)))
        self._length += len(samples)
        if len(self._rest):
            samples = np.concatenate((self._rest, samples))
        whole = len(samples) // self._frame * self._frame
        self._rest = samples[whole:].copy()
        if whole:
            self._take(samples[:whole])

    def result(self) -> BusMeasure:
        """What was measured of all samples; none may be fed after it."""
        self._true_peak = max(self._true_peak, float(self._peaks.finish().max(initial=0.0)))
        if len(self._rest):
            padded = np.zeros((self._frame, 2), np.float32)
            padded[: len(self._rest)] = self._rest
            self._take(padded)
            self._rest = self._rest[:0]
        if len(self._waiting):
            self._keep(np.repeat(self._waiting[-1:] * 0, self._group - len(self._waiting), axis=0))
        ticks = np.concatenate(self._ticks) if self._ticks else np.zeros(0, np.float32)
        peak = max(float(ticks.max(initial=0.0)), 0.0)
        start, end = _ends(ticks, peak)
        length = max(1, self._length)
        left, right, both = self._products
        octaves = self._octaves * (self._frame / length)
        return BusMeasure(
            seconds=self._length / self._rate,
            lufs=self._loudness.integrated(),
            lra=self._loudness.range(),
            true_peak_db=_db(max(self._true_peak, peak), 20),
            peak_db=_db(peak, 20),
            crest_db=_db(peak, 20) - _db((left + right) / 2 / length, 10) if peak > 0 else 0.0,
            correlation=_correlation(left, right, both),
            mono_loss_db=_mono_loss(left, right, both),
            octaves_db=tuple(max(-_TOP_DB, _db(power, 10)) for power in octaves),
            dc_db=_db(float(np.abs(self._sums).max()) / length, 20),
            start_s=min(start, self._length / self._rate),
            end_s=max(0.0, end - (len(ticks) / 100 - self._length / self._rate)),
            clipped=self._clipped,
            course=_course(self._columns, FRAME_S * self._group),
        )

    def _take(self, samples: Samples) -> None:
        """Whole frames: all sums, and a column each."""
        frames = samples.reshape(-1, self._frame, 2)
        columns = np.zeros((len(frames), self._waiting.shape[1]), np.float32)
        self._sums += samples.sum(axis=0, dtype=np.float64)
        columns[:, 0], columns[:, 1] = frames.min(axis=(1, 2)), frames.max(axis=(1, 2))
        tick = np.abs(samples).reshape(-1, self._rate // 100 * 2).max(axis=1)
        self._ticks.append(tick)
        if float(tick.max()) >= 1.0:
            self._clipped += int(np.count_nonzero(np.abs(samples) >= 1.0))
        products = np.stack(
            [np.einsum("ij,ij->i", frames[:, :, a], frames[:, :, b]) for a, b in ((0, 0), (1, 1), (0, 1))]
        )
        columns[:, 2:5] = products.T
        self._products += products.sum(axis=1, dtype=np.float64)
        heard = np.flatnonzero(products[0] + products[1] > 1e-9)
        if len(heard):
            columns[heard, 5:], octaves = self._spectrum(frames[heard])
            self._octaves += octaves
        self._keep(columns)

    def _spectrum(self, frames: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """Power per row of each frame (n, rows), and per octave, summed over the frames."""
        mid = (frames[:, :, 0] + frames[:, :, 1]) * np.float32(0.5)
        side = frames[:, :, 0] - mid
        power = hann_power(rfft(mid, axis=1))
        if side.any():
            power += hann_power(rfft(side, axis=1))
        rows, octaves = _bins(self._rate)
        scale = 2 / (self._frame**2 * 0.375)
        running = np.zeros((len(frames), power.shape[1] + 1))
        np.cumsum(power, axis=1, out=running[:, 1:])
        running *= scale
        edges = _between(running.sum(axis=0, keepdims=True), octaves)[0]
        return np.diff(_between(running, rows), axis=1).astype(np.float32), edges[1::2] - edges[::2]

    def _keep(self, columns: NDArray[np.float32]) -> None:
        if self._group > 1:
            columns = np.concatenate((self._waiting, columns))
            whole = len(columns) // self._group * self._group
            self._waiting = columns[whole:].copy()
            grouped = columns[:whole].reshape(-1, self._group, columns.shape[1])
            columns = grouped.mean(axis=1, dtype=np.float32)
            columns[:, 0] = grouped[:, :, 0].min(axis=1)
            columns[:, 1] = grouped[:, :, 1].max(axis=1)
        self._columns.append(columns)


def measure_bus(samples: Samples, rate: int) -> BusMeasure:
    """What the samples measure."""
    meter = BusMeter(rate, len(samples) / rate)
    for start in range(0, len(samples), CHUNK):
        meter.feed(samples[start : start + CHUNK])
    return meter.result()


def deviation_db(octaves_db: tuple[float, ...], spectrum: tuple[float, ...]) -> tuple[float, ...]:
    """How far each octave band lies over (+) or under its target, in dB; () without a target.

    A target's height is free: the bands from 63 Hz to 8 kHz, where music lies, are off by 0 in the mean.
    """
    if not spectrum or max(octaves_db) <= -_TOP_DB:
        return ()
    off = [level - target for level, target in zip(octaves_db, spectrum, strict=True)]
    middle = sum(off[1:9]) / 8
    return tuple(value - middle for value in off)


def _ends(ticks: NDArray[np.float32], peak: float) -> tuple[float, float]:
    """Seconds of silence at both ends, of peaks per 10 ms."""
    heard = np.flatnonzero(ticks > peak * 10 ** (SILENCE_DB / 20))
    if not len(heard):
        return len(ticks) / 100, len(ticks) / 100
    return int(heard[0]) / 100, (len(ticks) - 1 - int(heard[-1])) / 100


def _course(columns: list[NDArray[np.float32]], frame_s: float) -> Course:
    table = np.concatenate(columns) if columns else np.zeros((0, 5 + len(ROWS_HZ) - 1), np.float32)
    left, right, both = table[:, 2], table[:, 3], table[:, 4]
    power = np.sqrt(left * right)
    correlation = np.where(power > 1e-9, both / np.maximum(power, 1e-9), np.where(left + right > 1e-9, 0.0, 1.0))
    return Course(frame_s, table[:, 0], table[:, 1], correlation.astype(np.float32), table[:, 5:])


def _correlation(left: float, right: float, both: float) -> float:
    if left + right <= 0:
        return 1.0
    return float(both / (left * right) ** 0.5) if left > 0 and right > 0 else 0.0


def _mono_loss(left: float, right: float, both: float) -> float:
    if left + right <= 0:
        return 0.0
    mono = (left + right + 2 * both) / 4
    return min(_TOP_DB, 10 * log10((left + right) / 2 / mono)) if mono > 0 else _TOP_DB


def _db(value: float, factor: int) -> float:
    return factor * log10(value) if value > 0 else -inf


def _between(running: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Running sums (n, bins) read off between bins, at `places`."""
    first = np.minimum(places.astype(np.int64), running.shape[1] - 2)
    share = places - first
    at: NDArray[np.float64] = running[:, first] * (1 - share) + running[:, first + 1] * share
    return at


@cache
def _bins(rate: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where the rows' edges and the octaves' pairs of edges lie in the running sum of hann_power's bins."""
    frame = rate // 10
    most = frame // 2 - 1

    def places(hz: NDArray[np.float64]) -> NDArray[np.float64]:
        # The running sum's value i holds bins 1 to i, each half a bin wide to either side.
        return np.clip(hz * frame / rate - 0.5, 0, most)

    centres = 1000.0 * 2.0 ** np.arange(-5, 5)
    pairs = np.stack((centres / 2**0.5, centres * 2**0.5), axis=1).reshape(-1)
    return places(np.array(ROWS_HZ)), places(pairs)
