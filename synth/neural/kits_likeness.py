"""How much two strokes sound alike: spectra over frames long and short, loudness and attack.

Conventions: sounds are (n, channels), the reference first; n is the reference's length. Frames of 2048 to 64 samples, a
quarter of that apart, Hann, half a frame of zeros before and after; magnitudes are held against a floor 75 dB below the
reference's largest at that size: silence then is some 8.5 dB away. The measure is that of benchmarks/renderer.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

SIZES = (2048, 1024, 512, 256, 128, 64)
FLOOR = 10 ** (-75 / 20)
_SHORTEST_S = 0.25
_TAU_S = 0.003


class Likeness(NamedTuple):
    """`log_mss`: mean difference of spectra in dB; `convergence`: the share of magnitude that differs; `level`: by how
    many dB the other is louder; `attack_ms`: by how many ms later it has risen to half of its energy's peak."""

    log_mss: float
    convergence: float
    level: float
    attack_ms: float


def likeness(reference: Tensor, other: Tensor, rate: int) -> Likeness:
    """The likeness of two sounds, float tensors of one device, n above 0; `other` is cut or filled to the same n, and
    both to a quarter of a second at the least."""
    count = max(len(reference), round(_SHORTEST_S * rate))
    first, second = (_of_length(each[: len(reference)], count) for each in (reference, other))
    logs, shares = [], []
    for size in SIZES:
        one, two = _magnitudes(first, size), _magnitudes(second, size)
        floor = (FLOOR * one.max()).clamp(min=1e-12)
        ratio = torch.log10(one.clamp(min=floor) / two.clamp(min=floor))
        logs.append(20 * ratio.abs().mean())
        shares.append((one - two).norm() / one.norm().clamp(min=1e-12))
    energy = 10 * torch.log10((second.square().sum() + 1e-12) / (first.square().sum() + 1e-12))
    later = (_attack(second, rate) - _attack(first, rate)) * 1000
    return Likeness(float(torch.stack(logs).mean()), float(torch.stack(shares).mean()), float(energy), later)


def _of_length(sound: Tensor, count: int) -> Tensor:
    return torch.nn.functional.pad(sound[:count].T, (0, max(0, count - len(sound))))


def _magnitudes(sound: Tensor, size: int) -> Tensor:
    """(channels, bins, frames) of (channels, n)."""
    window = torch.hann_window(size, device=sound.device)
    spectrum = torch.stft(
        sound, size, size // 4, window=window / (window.sum() / 2), pad_mode="constant", return_complex=True
    )
    return spectrum.abs()


def _attack(sound: Tensor, rate: int) -> float:
    """When the energy of `_TAU_S` first reaches half of its largest, seconds."""
    width = max(1, round(_TAU_S * rate))
    power = torch.nn.functional.pad(sound.square().sum(0), (width - 1, 0))
    energy = torch.nn.functional.avg_pool1d(power[None, None], width, 1)[0, 0]
    return int((energy >= energy.max() / 2).nonzero()[0]) / rate
