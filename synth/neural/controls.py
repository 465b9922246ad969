"""What a note sounds like, as numbers: partials, noise and release over time; what the model tells and `tones` plays.

Conventions: times in seconds from the onset; levels are natural logarithms of amplitude, 1.0 being full scale; tensors
are float32, N notes first. A level between two times lies on the line between them; after the last one it goes on as it
went between the last two, never rising.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log
from typing import NamedTuple

import torch
from torch import Tensor

POINTS = 48
"""Times at which a held note is described: close at the onset (1.4 ms), 0.5 s apart at the end."""
PARTIALS = 96
BANDS = 40
RELEASE_POINTS = 12
RELEASE_BANDS = 8
LAST_S, RELEASE_LAST_S = 4.0, 2.0
WAVES, WAVE_S = 160, 0.025
"""Vibrato and tremolo: so many steps of so many seconds from the onset on, 4 s in all, then the last second again and
again."""
WAVE_BANDS = 4
_BEND_S = 0.010
_STEP = log(1 + LAST_S / _BEND_S) / (POINTS - 1)
_RELEASE_STEP = log(1 + RELEASE_LAST_S / _BEND_S) / (RELEASE_POINTS - 1)
FLOOR = -16.0
"""No level lies below it: -139 dB, silence."""


class NeuralNote(NamedTuple):
    """A note to be sounded: program 0-127, key 0-127, velocity above 0 to 127 (it may lie between two whole ones), and
    how long it is held, in seconds."""

    program: int
    key: int
    velocity: float
    length_s: float


@dataclass(frozen=True, slots=True)
class Controls:
    """N notes. `partials` (N, POINTS, PARTIALS) and `noise` (N, POINTS, BANDS) are levels, the noise's that of its
    power's root in each band; `frequency` (N, PARTIALS) in Hz, 0 where there is no partial; `phases` (N, 2, PARTIALS)
    in radians at the onset, left and right; `pan` (N, PARTIALS) and `noise_pan` (N, BANDS): half the logarithm of right
    over left; `release` (N, RELEASE_POINTS, RELEASE_BANDS): what is added to levels after the release, 0 at its
    beginning; `wide` (N,): whether the noise differs between left and right; `glide` (N, WAVES): by how many cents all
    frequencies differ; `wave` (N, WAVES, WAVE_BANDS): what is added to levels, in four bands two octaves apart.
    """

    partials: Tensor
    frequency: Tensor
    phases: Tensor
    pan: Tensor
    noise: Tensor
    noise_pan: Tensor
    release: Tensor
    wide: Tensor
    glide: Tensor
    wave: Tensor

    def __len__(self) -> int:
        return len(self.frequency)

    def take(self, which: Tensor) -> Controls:
        """The notes of these indices."""
        return Controls(*(getattr(self, name)[which] for name in self.__slots__))

    def to(self, device: torch.device | str) -> Controls:
        """The same on another device."""
        return Controls(*(getattr(self, name).to(device) for name in self.__slots__))


def times() -> Tensor:
    """The POINTS times of a held note, seconds: 0 to LAST_S."""
    return _BEND_S * torch.expm1(_STEP * torch.arange(POINTS, dtype=torch.float64)).float()


def release_times() -> Tensor:
    """The RELEASE_POINTS times after the release, seconds: 0 to RELEASE_LAST_S."""
    return _BEND_S * torch.expm1(_RELEASE_STEP * torch.arange(RELEASE_POINTS, dtype=torch.float64)).float()


def places(at: Tensor, release: bool = False) -> tuple[Tensor, Tensor]:
    """(index of the point before, share of the way to the next) of times in seconds; the share grows beyond 1 after the
    last point."""
    step, count = (_RELEASE_STEP, RELEASE_POINTS) if release else (_STEP, POINTS)
    known = (release_times() if release else times()).to(at.device)
    index = (torch.log1p(at.clamp(min=0.0) / _BEND_S) / step).long().clamp(0, count - 2)
    return index, (at.clamp(min=0.0) - known[index]) / (known[index + 1] - known[index])


def wave_at(curve: Tensor, at: Tensor) -> Tensor:
    """A curve (N, WAVES, ...) at times (T,) in seconds: (N, T, ...), in straight lines; after its end the last second
    goes to and fro."""
    last = (WAVES - 1) * WAVE_S
    turn = (at - last).clamp(min=0.0) % 2.0
    place = torch.where(at > last, last - torch.where(turn > 1.0, 2.0 - turn, turn), at.clamp(min=0.0)) / WAVE_S
    index = place.long().clamp(0, WAVES - 2)
    share = (place - index).reshape(-1, *([1] * (curve.dim() - 2)))
    return curve[:, index] * (1.0 - share) + curve[:, index + 1] * share


def band_edges() -> list[float]:
    """The BANDS + 1 edges of the noise's bands in Hz, equal steps of the ear's scale from 20 Hz to 20 kHz (ERB rate,
    Glasberg and Moore 1990)."""
    low, high = (21.4 * log(1 + 0.00437 * hz) for hz in (20.0, 20000.0))
    return [(exp((low + (high - low) * i / BANDS) / 21.4) - 1) / 0.00437 for i in range(BANDS + 1)]


def wave_shares(frequency: Tensor) -> Tensor:
    """How the bands of `wave`, two octaves apart from 250 Hz on, weigh at frequencies: (..., WAVE_BANDS), sum 1."""
    place = (torch.log2(frequency.clamp(min=1.0) / 250.0) / 2.0).clamp(0.0, WAVE_BANDS - 1.0)
    return (1.0 - (place[..., None] - torch.arange(WAVE_BANDS, device=frequency.device)).abs()).clamp(min=0.0)


def release_shares(frequency: Tensor) -> Tensor:
    """How the release's bands, an octave apart from 125 Hz on, weigh at frequencies: (..., RELEASE_BANDS), sum 1."""
    place = torch.log2(frequency.clamp(min=1.0) / 125.0).clamp(0.0, RELEASE_BANDS - 1.0)
    return (1.0 - (place[..., None] - torch.arange(RELEASE_BANDS, device=frequency.device)).abs()).clamp(min=0.0)
