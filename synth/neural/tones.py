"""Partials to sound, many notes at once: frames of sines as one matrix product for each note.

Conventions: as synth/neural/controls.py. A frame has FRAME samples; within it amplitudes go in a straight line and
frequencies are the note's own, so that a frame is a matrix of coefficients times a basis of cosines and sines that its
note keeps throughout. Summing 96 partials sample by sample takes some thirty times longer on a CPU.
"""

from __future__ import annotations

from math import pi

import torch
from torch import Tensor

from partimento.synth.neural.controls import (
    RELEASE_LAST_S,
    Controls,
    band_edges,
    places,
    release_shares,
    wave_at,
    wave_shares,
)

FRAME = 128
LEAST_FALL = 6.9
"""By how much levels fall a second, at the least, once a release has gone on for RELEASE_LAST_S: 60 dB, as nobody heard
the teacher for longer."""
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
    release = levels_at(controls.release, after, release=True).clamp(max=0.0) * (after > 0)[:, :, None]
    release = release - (LEAST_FALL * (after - RELEASE_LAST_S).clamp(min=0.0))[:, :, None]
    wave = wave_at(controls.wave, at)
    bands = _band_centres(at.device)
    partials = levels_at(controls.partials, at)
    partials = partials + torch.einsum("ntr,nhr->nth", release, release_shares(controls.frequency))
    partials = partials + torch.einsum("ntw,nhw->nth", wave, wave_shares(controls.frequency))
    noise = levels_at(controls.noise, at) + release @ release_shares(bands).T + wave @ wave_shares(bands).T
    return torch.exp(partials), torch.exp(noise)


def tones(controls: Controls, lengths_s: Tensor, rate: int, samples: int) -> Tensor:
    """The partials' sound, (N, 2, samples) rounded up to whole frames, from each note's onset on."""
    at = frame_times(-(-samples // FRAME), rate, lengths_s.device)
    amplitude, _ = envelopes(controls, lengths_s, at)
    return frames_of(controls, amplitude, warped(controls.glide, at), rate)


def frame_times(frames: int, rate: int, device: torch.device) -> Tensor:
    """The frames + 1 edges of so many frames, in seconds."""
    return torch.arange(frames + 1, device=device) * (FRAME / rate)


def warped(cents: Tensor, at: Tensor) -> Tensor:
    """What `glide` makes of times (T,), a frame apart: (N, T) seconds in double, whose product with a frequency is the
    turns that a partial has made."""
    speed = torch.exp2(wave_at(cents, at).double() / 1200.0)
    step = (at[1] - at[0]).double()
    between = (speed[:, 1:] + speed[:, :-1]) / 2 * step
    return torch.cat((torch.zeros_like(speed[:, :1]), between.cumsum(1)), dim=1)


def frames_of(controls: Controls, amplitude: Tensor, seconds: Tensor, rate: int) -> Tensor:
    """(N, 2, frames · FRAME) of amplitudes (N, frames + 1, PARTIALS) and warped seconds (N, frames + 1) at the frames'
    edges. A frame fades from the sine that is right at its beginning to the one that is right at its end."""
    notes, edges, _ = amplitude.shape
    heard = (controls.frequency > 0) & (controls.frequency < _AUDIBLE * rate)
    amplitude = amplitude * heard[:, None, :]
    frequency = controls.frequency.double()
    within = torch.arange(FRAME, device=amplitude.device)
    angle = _radians((frequency / rate)[:, :, None] * within)
    back = _radians((frequency / rate)[:, :, None] * (within - FRAME))
    ramp = (within / FRAME).float()
    first = torch.cat((torch.cos(angle), torch.sin(angle)), dim=1) * (1 - ramp)
    last = torch.cat((torch.cos(back), torch.sin(back)), dim=1) * ramp
    basis = torch.cat((first, last), dim=1)  # (N, 4 PARTIALS, FRAME)
    turned = _radians(seconds[:, :, None] * frequency[:, None, :])
    sides: list[Tensor] = []
    for side, sign in ((0, -1.0), (1, 1.0)):
        if side and not bool((controls.wide > 0.5).any()):
            sides.append(sides[0])  # nothing is stereo: both sides are the same
            break
        phase = turned + controls.phases[:, side, None, :]
        panned = amplitude * torch.exp(sign * controls.pan)[:, None, :]
        weights = torch.cat((panned * torch.cos(phase), -panned * torch.sin(phase)), dim=2)
        both = torch.cat((weights[:, :-1], weights[:, 1:]), dim=2)
        sides.append(torch.bmm(both, basis).reshape(notes, -1))
    return torch.stack(sides, dim=1)


def _radians(turns: Tensor) -> Tensor:
    """Turns, in double, as radians in float32."""
    return (2 * pi * (turns % 1.0)).float()


def _band_centres(device: torch.device) -> Tensor:
    edges = torch.tensor(band_edges(), device=device)
    return torch.sqrt(edges[1:] * edges[:-1])
