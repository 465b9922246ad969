"""Partials to sound, many notes at once: frames of sines as one matrix product for each note.

Conventions: as synth/neural/controls.py. A frame has FRAME samples; within it frequencies stand still and amplitudes go
in a straight line, so that a frame is a matrix of coefficients times a basis of cosines and sines that its note keeps
throughout. Summing 96 partials sample by sample takes some thirty times longer on a CPU.
"""

from __future__ import annotations

from math import pi

import torch
from torch import Tensor

from partimento.synth.neural.controls import Controls, places, release_shares

FRAME = 128
_AUDIBLE = 0.45
"""Partials above this share of the rate are left out."""


def levels_at(levels: Tensor, at: Tensor, release: bool = False) -> Tensor:
    """Levels (N, points, K) at times (N, T) or (T,) in seconds: (N, T, K); after the last point they never rise."""
    index, share = places(at, release)
    index, share = index.expand(len(levels), -1), share.expand(len(levels), -1)
    kinds = levels.shape[2]
    first = levels.gather(1, index[:, :, None].expand(-1, -1, kinds))
    second = levels.gather(1, index[:, :, None].expand(-1, -1, kinds) + 1)
    slope = second - first
    beyond = (share - 1.0).clamp(min=0.0)[:, :, None]
    return first + slope * share.clamp(max=1.0)[:, :, None] + slope.clamp(max=0.0) * beyond


def envelopes(controls: Controls, lengths_s: Tensor, at: Tensor) -> tuple[Tensor, Tensor]:
    """Amplitudes of partials (N, T, PARTIALS) and root powers of noise (N, T, BANDS) at times (T,), for notes held for
    `lengths_s` (N,) seconds."""
    after = at[None, :] - lengths_s[:, None]
    release = levels_at(controls.release, after, release=True)
    released = (after > 0).float()[:, :, None]
    release = release.clamp(max=0.0) * released
    partials = levels_at(controls.partials, at) + torch.einsum(
        "ntr,nhr->nth", release, release_shares(controls.frequency)
    )
    noise = levels_at(controls.noise, at) + release @ _noise_shares(release.device).T
    return torch.exp(partials), torch.exp(noise)


def tones(controls: Controls, lengths_s: Tensor, rate: int, samples: int) -> Tensor:
    """The partials' sound, (N, 2, samples) rounded up to whole frames, from each note's onset on."""
    frames = -(-samples // FRAME)
    at = torch.arange(frames + 1, device=lengths_s.device) * (FRAME / rate)
    amplitude, _ = envelopes(controls, lengths_s, at)
    return frames_of(controls, amplitude, rate)


def frames_of(controls: Controls, amplitude: Tensor, rate: int) -> Tensor:
    """(N, 2, frames · FRAME) of amplitudes (N, frames + 1, PARTIALS) at the frames' edges."""
    notes, edges, kinds = amplitude.shape
    heard = (controls.frequency > 0) & (controls.frequency < _AUDIBLE * rate)
    amplitude = amplitude * heard[:, None, :]
    step = (controls.frequency.double() / rate) % 1.0  # turns a sample; double, for the phase of late frames
    within = torch.arange(FRAME, device=amplitude.device)
    angle = (2 * pi * ((step[:, :, None] * within) % 1.0)).float()
    ramp = (within / FRAME).float()
    cos, sin = torch.cos(angle), torch.sin(angle)
    basis = torch.cat((cos * (1 - ramp), sin * (1 - ramp), cos * ramp, sin * ramp), dim=1)  # (N, 4H, FRAME)
    start = torch.arange(edges - 1, device=amplitude.device) * FRAME
    turned = (2 * pi * ((start[None, :, None] * step[:, None, :]) % 1.0)).float()
    sides = []
    for side, sign in ((0, -1.0), (1, 1.0)):
        phase = turned + controls.phases[:, side, None, :]
        panned = amplitude * torch.exp(sign * controls.pan)[:, None, :]
        cosine, sine = torch.cos(phase), -torch.sin(phase)
        first, last = panned[:, :-1], panned[:, 1:]
        weights = torch.cat((first * cosine, first * sine, last * cosine, last * sine), dim=2)
        sides.append(torch.bmm(weights, basis).reshape(notes, -1))
    return torch.stack(sides, dim=1)


def _noise_shares(device: torch.device) -> Tensor:
    from partimento.synth.neural.controls import band_edges

    edges = torch.tensor(band_edges())
    return release_shares(torch.sqrt(edges[1:] * edges[:-1])).to(device)
