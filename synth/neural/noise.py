"""Noise in bands, from one table that is the same everywhere.

Conventions: as synth/neural/controls.py. The table is white noise drawn by Philox (a counter-based generator: its n-th
number needs no other) on the CPU, cut into bands that share no frequency, each of power 1; it repeats after `PERIOD`
samples. The right side reads it half a period away where a note's noise is wide. Powers of notes add, so that a track
needs its bands only once.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from partimento.synth.neural.controls import BANDS, band_edges
from partimento.synth.neural.tones import FRAME

PERIOD = 1 << 16
_SEED = 20261122


@lru_cache(maxsize=4)
def noise_table(rate: int) -> Tensor:
    """The bands' noise, (PERIOD // FRAME, FRAME, BANDS), float32, on the CPU."""
    counter = np.random.Philox(key=_SEED).random_raw(PERIOD).astype(np.float64)
    white = counter / 2**63 - 1.0
    spectrum = np.fft.rfft(white)
    # Every bin the same power: what is random is the phase alone, and no band has a hole.
    spectrum /= np.maximum(np.abs(spectrum), 1e-12)
    hertz = np.fft.rfftfreq(PERIOD, 1 / rate)
    table = np.empty((PERIOD, BANDS), np.float32)
    for band, (low, high) in enumerate(zip(band_edges(), band_edges()[1:], strict=False)):
        cut = np.where((hertz >= low) & (hertz < high), spectrum, 0.0)
        wave = np.fft.irfft(cut, PERIOD)
        table[:, band] = wave / max(1e-12, float(np.sqrt(np.mean(wave**2))))
    return torch.from_numpy(table.reshape(PERIOD // FRAME, FRAME, BANDS))


def noise(power: Tensor, first: int, table: Tensor, wide: bool) -> Tensor:
    """The sound (2, frames · FRAME) of powers (2, frames + 1, BANDS) at frames' edges, left and right, or (1, ...) of
    one side; `first` is the place of the first frame in the piece, counted in frames."""
    gains = torch.sqrt(power.clamp(min=0.0))
    frames = power.shape[1] - 1
    ramp = (torch.arange(FRAME, device=power.device) / FRAME)[:, None]
    sides = []
    for side in range(len(power)):
        start = first + (len(table) // 2 if side and wide else 0)
        rows = table[(start + torch.arange(frames, device=power.device)) % len(table)]
        weights = torch.stack((gains[side, :-1], gains[side, 1:]), dim=2)  # (frames, BANDS, 2)
        both = torch.bmm(rows, weights)
        sides.append((both[:, :, 0] * (1 - ramp[:, 0]) + both[:, :, 1] * ramp[:, 0]).reshape(-1))
    return torch.stack(sides)
