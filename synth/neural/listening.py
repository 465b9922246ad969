"""How near a note sounds to the teacher's, as a loss that can be followed: log-MSS and spectral convergence.

Conventions: the measure of benchmarks/renderer with a floor somewhat deeper, over the first second: short-time spectra
of 2048 to 64 samples (Hann, a quarter apart), magnitudes over half the window's sum; logarithms in decibels with a
floor `FLOOR_DB` under the reference's largest.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from partimento.synth.neural.teacher import RATE, Teacher

WINDOWS = (2048, 1024, 512, 256, 128, 64)
FLOOR_DB = 84.0
"""Deep enough for hiss and quiet partials to count: silence is some 9 dB from the teacher's notes."""


class Heard(NamedTuple):
    """A note to be heard: for how long it is held, seconds."""

    program: int
    key: int
    velocity: int
    length_s: float


def spectra(x: Tensor, window: int, overlap: int = 4) -> Tensor:
    """Magnitudes (N, 2, bins, frames) of sounds (N, 2, n)."""
    shape = torch.hann_window(window, device=x.device)
    flat = x.reshape(-1, x.shape[-1])
    found = torch.stft(
        flat, window, window // overlap, window=shape, center=True, pad_mode="constant", return_complex=True
    )
    return found.abs().reshape(*x.shape[:-1], *found.shape[-2:]) * (2.0 / float(shape.sum()))


def distances(
    reference: Tensor, sound: Tensor, overlap: int = 4, windows: Sequence[int] = WINDOWS
) -> tuple[Tensor, Tensor]:
    """(log-MSS in dB, spectral convergence) of each of N sounds (N, 2, n), or (N, 1, n)."""
    logs, shares = [], []
    for window in windows:
        a, b = spectra(reference, window, overlap), spectra(sound, window, overlap)
        floor = a.amax(dim=(1, 2, 3), keepdim=True).clamp(min=1e-6) * 10 ** (-FLOOR_DB / 20)
        away = 20.0 * (torch.log10(torch.maximum(a, floor)) - torch.log10(torch.maximum(b, floor)))
        logs.append(away.abs().mean(dim=(1, 2, 3)))
        # The gradient of a norm at zero is no number.
        gap = (a - b).square().sum(dim=(1, 2, 3)).clamp(min=1e-16).sqrt()
        shares.append(gap / a.square().sum(dim=(1, 2, 3)).clamp(min=1e-12).sqrt())
    return torch.stack(logs).mean(0), torch.stack(shares).mean(0)


def teacher_sounds(teacher: Teacher, notes: Sequence[Heard], seconds: float) -> Tensor:
    """The teacher's notes, (N, 2, seconds · RATE)."""
    samples = round(seconds * RATE)
    out = np.zeros((len(notes), 2, samples), np.float32)
    for i, note in enumerate(notes):
        held_s = min(note.length_s, seconds)
        played = teacher.note(note.program, note.key, note.velocity, held_s, max(0.01, seconds - held_s))[:samples]
        out[i, :, : len(played)] = played.T
    return torch.from_numpy(out)


@lru_cache(maxsize=1)
def cached_sounds(teacher: Teacher, notes: tuple[Heard, ...], seconds: float) -> Tensor:
    """As `teacher_sounds`; the last ones asked for are kept."""
    return teacher_sounds(teacher, notes, seconds)
