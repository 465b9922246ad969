"""How the pitch of a note runs, and the note with its pitch at rest: windows, sines, projections.

Conventions: as synth/neural/analysis.py; one channel is (n,), both are (C, n).
"""

from __future__ import annotations

from math import log, pi

import numpy as np
import torch
from torch import Tensor

from partimento.synth.neural.controls import WAVE_S, WAVES, times
from partimento.synth.neural.teacher import RATE

_HOP = 256
PERIODS = 3.5
"""How many periods of the lowest partial the shortest window holds."""
_LONGEST = 8192
_MOST_CENTS = 150.0
_LOCKED = 1.0
"""Partials less than so many cents off their ratios, as a mean weighted by energy, are taken to be exactly at them."""


def shortest_span(base: float) -> int:
    """Samples of the shortest window that tells partials `base` Hz apart."""
    return int(min(_LONGEST, max(384, round(PERIODS * RATE / base))))


def cut_windows(x: Tensor, starts: Tensor, span: int) -> Tensor:
    """(T, span) pieces of x (n,), zeros beyond its ends."""
    room = torch.nn.functional.pad(x, (span, 2 * span))
    index = (starts + span).clamp(0, len(room) - span)
    return room.unfold(0, span, 1)[index]


def sine_basis(hertz: Tensor, span: int) -> Tensor:
    """(span, 2K): cosines and sines from the middle of a window."""
    angle = 2 * pi * hertz[None, :].double() * ((torch.arange(span) - span / 2) / RATE)[:, None].double()
    angle = (angle % (2 * pi)).float()
    return torch.cat((torch.cos(angle), torch.sin(angle)), dim=1)


def projected(frames: Tensor, sines: Tensor) -> Tensor:
    """Complex amplitudes (T, K) of windows (T, span): x ≈ Re(a · e^{iωt}), t from the window's middle."""
    window = torch.hann_window(frames.shape[1], periodic=True)
    found = (frames * window) @ sines * (2.0 / float(window.sum()))
    real, imaginary = found.chunk(2, dim=1)
    return torch.complex(real, -imaginary)


def pitch_of(x: Tensor, hertz: Tensor, span: int) -> Tensor:
    """The curve of the pitch in cents, one value for WAVE_S: how the strongest partials' phases run."""
    strong = strongest(x, hertz, span, 8)
    count = min(WAVES, int(len(x) / RATE / WAVE_S))
    if not len(strong) or count < 3:
        return torch.zeros(max(1, count))
    starts = torch.arange(0, int(count * WAVE_S * RATE) + _HOP, _HOP)
    seen = projected(cut_windows(x, starts - span // 2, span), sine_basis(strong, span))
    step = torch.angle(seen[1:] * seen[:-1].conj() * torch.polar(torch.ones(()), -turn(strong, _HOP)))
    weight = (seen[1:].abs() * seen[:-1].abs()) * strong[None, :].sqrt()
    cents = 1200.0 / log(2.0) * step / (2 * pi * strong[None, :] * _HOP / RATE)
    cents = cents.clamp(-_MOST_CENTS, _MOST_CENTS)
    total = weight.sum(1).clamp(min=1e-12)
    mean = (cents * weight).sum(1) / total
    spread = (((cents - mean[:, None]) ** 2 * weight).sum(1) / total).sqrt()
    loud = total / total.max()
    trust = loud * (loud > 1e-4) / (1.0 + (spread / 10.0) ** 2)
    at = ((starts[1:].float() - _HOP / 2) / RATE / WAVE_S).round().long().clamp(0, count - 1)
    top = torch.zeros(count).index_add_(0, at, mean * trust)
    bottom = torch.zeros(count).index_add_(0, at, trust)
    overall = float((mean * trust).sum() / trust.sum().clamp(min=1e-12))
    curve = (top + 1e-3 * overall) / (bottom + 1e-3)
    settled = torch.nn.functional.avg_pool1d(curve[None, None], 3, 1, 1, count_include_pad=False)[0, 0]
    # Before the first whole window there is no telling.
    blind = min(count - 1, int(span / RATE / WAVE_S / 2) + 1)
    settled[:blind] = settled[blind]
    return settled


def turn(hertz: Tensor, samples: int) -> Tensor:
    return ((hertz.double() * samples / RATE) % 1.0 * 2 * pi).float()


def strongest(x: Tensor, hertz: Tensor, span: int, most: int) -> Tensor:
    """The frequencies of the partials with most energy between 0.05 and 1 s, 10 kHz at the highest."""
    starts = torch.arange(span // 2, min(len(x), RATE), max(span // 2, 1024)) - span // 2
    known = hertz[(hertz > 0) & (hertz < 10000.0)]
    if not len(starts) or not len(known):
        return hertz[:0]
    energy = projected(cut_windows(x, starts, span), sine_basis(known, span)).abs().square().sum(0)
    best = torch.argsort(energy, descending=True)[:most]
    best = best[energy[best] > 1e-4 * energy.max()]
    return known[best]


def unwarp(x: Tensor, curve: Tensor) -> tuple[Tensor, Tensor]:
    """x (C, n) read so that its pitch stands still, and where in it (samples) the POINTS times lie."""
    n = x.shape[1]
    at = torch.arange(n, dtype=torch.float64)
    place = (at / RATE / WAVE_S).clamp(max=len(curve) - 1.001)
    if len(curve) > 1:
        index = place.long().clamp(0, len(curve) - 2)
        cents = curve.double()[index] * (1 - (place - index)) + curve.double()[index + 1] * (place - index)
    else:
        cents = curve.double().expand(n)
    speed = torch.exp2(cents / 1200.0)
    warped = torch.cumsum(speed, 0) - speed[0]
    length = int(warped[-1])
    wanted = np.interp(np.arange(length), warped.numpy(), at.numpy())
    index = wanted.astype(np.int64).clip(1, n - 3)
    share = torch.from_numpy((wanted - index).astype(np.float32))
    back, here, next_, after = (x[:, torch.from_numpy(index + shift)] for shift in (-1, 0, 1, 2))
    # Catmull-Rom: cubic, exact at the samples.
    y = here + share * 0.5 * (
        next_ - back + share * (2 * back - 5 * here + 4 * next_ - after + share * (3 * (here - next_) + after - back))
    )
    points = torch.from_numpy(np.interp(times().numpy() * RATE, at.numpy(), warped.numpy()))
    return y, points


def deviations(x: Tensor, hertz: Tensor, span: int) -> Tensor:
    """By how many cents each partial of an unwarped note lies beside its ratio, within 60; 0 where none is heard."""
    starts = torch.arange(0, min(len(x), int(1.5 * RATE)) - span, _HOP)
    if len(starts) < 4:
        return torch.zeros_like(hertz)
    seen = projected(cut_windows(x, starts, span), sine_basis(hertz, span))
    step = torch.angle((seen[1:] * seen[:-1].conj()).sum(0) * torch.polar(torch.ones(()), -turn(hertz, _HOP)))
    cents = 1200.0 / log(2.0) * step / (2 * pi * hertz.clamp(min=20.0) * _HOP / RATE)
    energy = seen.abs().square().sum(0)
    firm = (seen[1:] * seen[:-1].conj()).sum(0).abs() / energy.clamp(min=1e-20)
    told = (energy > 1e-6 * energy.max()) & (firm > 0.6) & (hertz > 0)
    cents = torch.where(told, cents, torch.zeros_like(cents)).clamp(-60.0, 60.0)
    stray = float((cents.square() * energy * told).sum() / (energy * told).sum().clamp(min=1e-20)) ** 0.5
    # Winds, bows and synths are periodic: their partials are locked, and so stay the pulses that they make.
    return torch.zeros_like(cents) if stray < _LOCKED else cents
