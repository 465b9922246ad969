"""Where sounds lie as points, and how far two clouds of them are apart: the Fréchet distance of Gaussians.

The embedding is our own, without a net. Power of both sides, STFT of 1024 samples at hops of 256, in 64 mel bands
(HTK's formula) from 40 Hz to 16 kHz, as dB above -100 dBFS; its cosine transform over the bands, 20 coefficients a
frame; their means from 0 to 50 ms, to 200 ms, to 1 s and to 3 s, their standard deviation and their mean step from
frame to frame over all of it: 120 numbers a sound. Of these the 24 largest principal components of the teacher's seen
notes, each scaled to variance 1 there: the same for all that a run compares. A run's sets are of the same notes, so
that the teacher has 0 from itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray

from partimento.benchmarks.renderer.metrics import LONGEST_S, RATE, fitted
from partimento.synth.signal import Samples

SIZE, HOP, BANDS, COEFFICIENTS, COMPONENTS = 1024, 256, 64, 20, 24
_LOW_HZ, _HIGH_HZ = 40.0, 16000.0
_SEGMENTS_S = (0.0, 0.05, 0.2, 1.0, LONGEST_S)
Points = NDArray[np.float64]


@cache
def mel_bands(size: int = SIZE, bands: int = BANDS, rate: int = RATE) -> NDArray[np.float32]:
    """Triangular weights (bands, size // 2 + 1), each of sum 1."""
    low, high = (2595 * np.log10(1 + hz / 700) for hz in (_LOW_HZ, _HIGH_HZ))
    mels = np.linspace(low, high, bands + 2)
    edges = 700 * (10 ** (mels / 2595) - 1)
    hertz = np.fft.rfftfreq(size, 1 / rate)
    rising = (hertz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - hertz) / (edges[2:] - edges[1:-1])[:, None]
    weights = np.maximum(0.0, np.minimum(rising, falling))
    # A band narrower than a bin hears the nearest one.
    nearest = np.argmin(np.abs(hertz - edges[1:-1, None]), axis=1)
    empty = weights.sum(axis=1) < 1e-9
    weights[empty, nearest[empty]] = 1.0
    found: NDArray[np.float32] = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return found


def mel_levels(
    samples: Samples, size: int = SIZE, hop: int = HOP, floor_db: float = -100.0, *, padded: bool = True
) -> NDArray[np.float32]:
    """Levels (bands, frames) in dBFS (a sine of amplitude 1 has 0 in its bin) of both channels' mean power; `padded`:
    with half a window of silence before and after."""
    window = torch.hann_window(size)
    rows = torch.from_numpy(np.ascontiguousarray(samples.T))
    spectrum = torch.stft(
        rows, size, hop, window=window * (2 / window.sum()), center=padded, pad_mode="constant", return_complex=True
    )  # fmt: skip
    power = torch.from_numpy(mel_bands(size)) @ torch.view_as_real(spectrum).square().sum(-1).mean(0)
    levels: NDArray[np.float32] = (10 * torch.log10(power.clamp(min=10 ** (floor_db / 10)))).numpy()
    return levels


def features(samples: Samples) -> Points:
    """The 120 numbers of a sound of at most 3 s; what is shorter is followed by silence."""
    levels = mel_levels(fitted(samples, round(LONGEST_S * RATE))) + 100.0
    bands = np.arange(BANDS)
    cosines = np.cos(np.pi / BANDS * (bands + 0.5) * np.arange(COEFFICIENTS)[:, None]) * (2 / BANDS) ** 0.5
    found = cosines @ levels
    bounds = [round(at * RATE / HOP) for at in _SEGMENTS_S]
    means = [found[:, low:high].mean(axis=1) for low, high in zip(bounds, bounds[1:], strict=False)]
    return np.concatenate((*means, found.std(axis=1), np.abs(np.diff(found, axis=1)).mean(axis=1)))


class Embedding:
    """Principal components of some sounds' features."""

    def __init__(self, rows: Sequence[Points]) -> None:
        if len(rows) < 2:
            raise ValueError("an embedding is learned from two sounds at the least")
        known = np.stack(rows)
        self._mean = known.mean(axis=0)
        _, scale, axes = np.linalg.svd(known - self._mean, full_matrices=False)
        count = min(COMPONENTS, int((scale > scale[0] * 1e-6).sum()))
        self._axes = axes[:count] * (len(rows) ** 0.5 / scale[:count, None])

    def points(self, rows: Sequence[Points]) -> Points:
        """Where sounds of these features lie, (n, components)."""
        return np.asarray((np.stack(rows) - self._mean) @ self._axes.T)


def frechet(first: Points, second: Points) -> float:
    """The Fréchet distance of two clouds' Gaussians (Dowson and Landau 1982): squared distance of the means plus
    tr(A + B - 2 (A B)^1/2) of the covariances."""
    root = _root(_spread(first))
    across = np.linalg.eigvalsh(root @ _spread(second) @ root)
    apart = float(np.square(first.mean(axis=0) - second.mean(axis=0)).sum())
    traces = float(np.trace(_spread(first)) + np.trace(_spread(second)))
    return max(0.0, apart + traces - 2 * float(np.sqrt(np.maximum(across, 0.0)).sum()))


def _spread(points: Points) -> Points:
    return np.atleast_2d(np.cov(points, rowvar=False, bias=True))


def _root(matrix: Points) -> Points:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)
