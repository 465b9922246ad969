"""What is measured of one strip while it passes: loudness, level, and its Bark bands over time.

Conventions: samples are float32 of shape (n, 2) at `rate` Hz; loudness in LUFS, levels in dBFS (-inf for silence);
powers are of full scale, the mean of both channels. A frame lasts 100 ms, as the hops of BS.1770 do.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import inf, log10, sqrt

import numpy as np
from numpy.typing import NDArray

from partimento.synth.loudness import gated_loudness, k_weighting
from partimento.synth.scipy_later import rfft
from partimento.synth.signal import Samples

BARK_HZ = (
    20.0, 100.0, 200.0, 300.0, 400.0, 510.0, 630.0, 770.0, 920.0, 1080.0, 1270.0, 1480.0, 1720.0, 2000.0, 2320.0,
    2700.0, 3150.0, 3700.0, 4400.0, 5300.0, 6400.0, 7700.0, 9500.0, 12000.0, 15500.0,
)  # fmt: skip
"""Edges of the 24 critical bands (Zwicker 1961)."""
BANDS = len(BARK_HZ) - 1
FRAME_S = 0.1
MOST_FRAMES = 20_000
"""Frames kept of a piece of the expected length: of a longer one, 2, 4, 8 ... are averaged."""
SOUNDING_DB, SOUNDING_FLOOR_DB = -60.0, -75.0
"""A frame sounds above -60 dB of the strip's loudest frame, and above -75 dBFS."""
_SILENT = 1e-11
"""Power (-110 dBFS) below which a frame is taken for empty."""
_LOW_DB, _BINS_PER_DB, _BINS = -120.0, 10, 1500


@dataclass(frozen=True, slots=True, eq=False)
class StripMeasure:
    """What a strip measured.

    `loudness` is gated as BS.1770-4 says; `loud_db` the level that the loudest tenth of the sounding 10 ms frames (RMS
    of both channels) exceeds; `peak_db` the largest sample. `bands` is float32 (frames, 24): the mean power of each
    Bark band, a frame lasting `frame_s`; `sounding` is bool (frames,). `side` is the sides' level against the middle's
    (0: mono).
    """

    loudness: float
    loud_db: float
    peak_db: float
    frame_s: float
    bands: NDArray[np.float32]
    sounding: NDArray[np.bool_]
    side: float = 0.0


class StripMeter:
    """Measures a strip as it passes, in any chunks; where it is silent it costs nothing.

    `expected_s` (the piece's length, the same for all its strips) fixes how long a frame is, so that strips of
    different lengths can be laid upon each other.
    """

    def __init__(self, rate: int, expected_s: float = 0.0) -> None:
        self._frame = rate // 10
        self._tick = rate // 100
        self._group = 1
        while expected_s / (FRAME_S * self._group) > MOST_FRAMES:
            self._group *= 2
        self._k, self._edges = _weights(rate)
        self._rest = np.zeros((0, 2), np.float32)
        self._peak = 0.0
        self._mid_side = [0.0, 0.0]
        self._levels = np.zeros(_BINS, np.int64)
        self._loud: list[NDArray[np.float64]] = []
        self._bands: list[NDArray[np.float32]] = []
        self._waiting = np.zeros((0, BANDS), np.float32)
        """Bands of fewer frames than are averaged into one."""

    def feed(self, samples: Samples) -> None:
        """Take the next samples."""
        if len(self._rest):
            samples = np.concatenate((self._rest, samples))
        whole = len(samples) // self._frame * self._frame
        self._rest = samples[whole:].copy()
        if whole:
            self._take(samples[:whole])

    def result(self) -> StripMeasure:
        """What was measured of all samples; none may be fed after it."""
        if len(self._rest):
            padded = np.zeros((self._frame, 2), np.float32)
            padded[: len(self._rest)] = self._rest
            self._take(padded)
            # Of a last, broken frame BS.1770 knows nothing, unless there is no other.
            if len(self._loud) > 1:
                self._loud.pop()
            else:
                self._loud[0] *= self._frame / len(self._rest)
            self._rest = self._rest[:0]
        if len(self._waiting):
            self._keep(np.zeros((self._group - len(self._waiting), BANDS), np.float32))
        bands = np.concatenate(self._bands) if self._bands else self._waiting
        power = bands.sum(axis=1)
        least = max(float(power.max(initial=0.0)) * 10 ** (SOUNDING_DB / 10), 10 ** (SOUNDING_FLOOR_DB / 10))
        return StripMeasure(
            gated_loudness(np.concatenate(self._loud) if self._loud else np.zeros(0)),
            _loud_db(self._levels),
            20 * log10(self._peak) if self._peak > 0 else -inf,
            FRAME_S * self._group,
            bands,
            power > least,
            sqrt(self._mid_side[1] / self._mid_side[0]) if self._mid_side[0] > 0 else 0.0,
        )

    def _take(self, samples: Samples) -> None:
        """Whole frames."""
        count = len(samples) // self._frame
        powers = np.zeros(count)
        bands = np.zeros((count, BANDS), np.float32)
        self._look(samples, powers, bands)
        self._loud.append(powers)
        self._keep(bands)

    def _keep(self, bands: NDArray[np.float32]) -> None:
        """Each group of frames averaged; what is left of them waits."""
        if self._group > 1:
            bands = np.concatenate((self._waiting, bands))
            whole = len(bands) // self._group * self._group
            self._waiting = bands[whole:].copy()
            bands = bands[:whole].reshape(-1, self._group, BANDS).mean(axis=1, dtype=np.float32)
        self._bands.append(bands)

    def _look(self, samples: Samples, powers: NDArray[np.float64], bands: NDArray[np.float32]) -> None:
        """Peak and levels; loudness into `powers`, bands into `bands`, which hold zeros."""
        count = len(powers)
        high, low = float(samples.max()), float(samples.min())
        if high == low == 0.0:
            return
        self._peak = max(self._peak, high, -low)
        ticks = np.einsum("tij,tij->t", *(samples.reshape(-1, self._tick, 2),) * 2) / np.float32(2 * self._tick)
        level = 10 * np.log10(np.maximum(ticks, 1e-13))
        places = np.clip(((level - _LOW_DB) * _BINS_PER_DB).astype(np.int64), 0, _BINS - 1)
        self._levels += np.bincount(places, minlength=_BINS)
        heard = np.flatnonzero(ticks.reshape(count, -1).mean(axis=1) > _SILENT)
        if not len(heard):
            return
        frames = samples.reshape(count, self._frame, 2)
        if len(heard) < count:
            frames = frames[heard]
        # In mid and side the power is the same, and what lies in the middle has no side to transform.
        mid = (frames[:, :, 0] + frames[:, :, 1]) * np.float32(0.5)
        side = frames[:, :, 0] - mid
        for place, part in enumerate((mid, side) if side.any() else (mid,)):
            loud, rows = self._spectrum(part)
            self._mid_side[place] += float(loud.sum())
            powers[heard] += loud
            bands[heard] += rows

    def _spectrum(self, frames: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """K-weighted power of both channels together, and the bands' power, of frames (count, frame).

        One transform serves both. Without a window, weighting the spectrum filters the frame as if it were repeated
        for ever: the jump at its ends makes an error near -30 dB, too small to be heard in a loudness. The bands need
        Hann's window, which is a sum of three neighbours in the spectrum.
        """
        spectrum = rfft(frames, axis=1)
        loud = np.einsum("ij,j->i", spectrum.real**2 + spectrum.imag**2, self._k)
        rows = np.add.reduceat(hann_power(spectrum[:, : self._edges[-1] + 1]), self._edges[:-1] - 1, axis=1)
        return 2.0 * loud, rows * np.float32(2 / (self._frame**2 * 0.375))


def hann_power(spectrum: NDArray[np.complex64]) -> NDArray[np.float32]:
    """Squared magnitudes (n, bins - 2), the first and the last bin left out, as though Hann's window had been laid on
    the frames before their transform `spectrum` (n, bins)."""
    windowed = spectrum[:, 1:-1] * np.float32(0.5)
    windowed -= np.float32(0.25) * spectrum[:, :-2]
    windowed -= np.float32(0.25) * spectrum[:, 2:]
    power: NDArray[np.float32] = windowed.real**2 + windowed.imag**2
    return power


def masking_db(
    lead: NDArray[np.float32], rest: NDArray[np.float32], sounding: NDArray[np.bool_], most_db: float = 60.0
) -> float:
    """How far the rest covers the lead: the mean over the Bark bands, and the frames in which the lead sounds, of
    max(0, rest - lead) in dB, a band counting `most_db` at the most.

    `lead`, `rest` are powers (frames, 24) as in StripMeasure; what lasts longer is cut off. 0.0 when the lead never
    sounds.
    """
    count = min(len(lead), len(sounding))
    here = np.flatnonzero(sounding[:count])
    if not len(here):
        return 0.0
    within = here[here < len(rest)]
    if not len(within):
        return 0.0
    floor = np.float32(1e-12)
    over = 10 * np.log10((rest[within] + floor) / (lead[within] + floor))
    return float(np.clip(over, 0.0, most_db).sum(dtype=np.float64) / (len(here) * lead.shape[1]))


def _loud_db(levels: NDArray[np.int64]) -> float:
    """The level that a tenth of what sounds exceeds, of a histogram of 10 ms levels."""
    centres = _LOW_DB + (np.arange(_BINS) + 0.5) / _BINS_PER_DB
    loudest = centres[levels > 0].max(initial=-inf)
    sounding = np.where(centres > max(loudest + SOUNDING_DB, SOUNDING_FLOOR_DB), levels, 0)
    above = np.cumsum(sounding[::-1])[::-1]
    return float(centres[above > 0.1 * above[0]].max(initial=-inf))


@cache
def _weights(rate: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """For the bins of a frame: K-weighting with all that makes a mean power of it; and the bands' first bins."""
    frame = rate // 10
    hz = np.arange(frame // 2 + 1) * rate / frame
    z = np.exp(-2j * np.pi * hz / rate)
    k = np.full(len(hz), 2 / frame**2)
    for b0, b1, b2, _, a1, a2 in k_weighting(rate):
        k *= np.abs((b0 + b1 * z + b2 * z * z) / (1 + a1 * z + a2 * z * z)) ** 2
    k[0] /= 2
    if frame % 2 == 0:
        k[-1] /= 2
    edges = np.ceil(np.array(BARK_HZ) * frame / rate - 1e-9).astype(np.int64)
    return k.astype(np.float32), edges
