"""What is asked of a track's sound beyond its notes: another instrument mixed in, brightness, breath and bow noise,
legato; constant or moving.

Conventions: times in seconds of the piece, levels in dB. Each wish is a Curve; all curves at rest, and no morph, leave
the sound as it is to the last bit. Torch is loaded when Controls are changed, not to say what is wished.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from math import log
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from partimento.synth.neural.controls import Controls, NeuralNote

BRIGHTNESS, NOISE, SHARE = (-12.0, 12.0), (-60.0, 24.0), (0.0, 1.0)
"""What may be asked: dB an octave, dB, a share."""
_LIFT_DB = (-60.0, 30.0)
"""How far brightness moves a partial at the most: what a model says of silence is not to be heard."""
_BASS_HZ = 250.0
"""From where on the brightness of a note without partials counts."""
_NEPERS = log(10.0) / 20.0


@dataclass(frozen=True, slots=True)
class Curve:
    """A value over time: `points` are (seconds, value), rising in time, straight lines between; before the first and
    after the last it stands still."""

    points: tuple[tuple[float, float], ...] = ((0.0, 0.0),)

    def at(self, seconds: ArrayLike) -> NDArray[np.float64]:
        """The values at these times, in their shape."""
        times, values = zip(*self.points, strict=True)
        return np.asarray(np.interp(np.asarray(seconds, np.float64), times, values))

    @property
    def rests(self) -> bool:
        """Whether it is 0 throughout."""
        return all(value == 0 for _, value in self.points)


AT_REST = Curve()


def constant(value: float) -> Curve:
    """A curve that never moves."""
    return Curve(((0.0, value),))


@dataclass(frozen=True, slots=True)
class Morph:
    """Another program, 0-127, and the share of it in the sound: 0 none, 1 nothing else."""

    program: int
    share: Curve


@dataclass(frozen=True, slots=True)
class Timbre:
    """The wishes for one track: `brightness` in dB an octave above the fundamental, the loudness kept; `noise` in dB,
    of breath, bow and hammers; `legato`: a note that another one leads into is not struck anew."""

    morph: Morph | None = None
    brightness: Curve = field(default=AT_REST)
    noise: Curve = field(default=AT_REST)
    legato: bool = False

    @property
    def plain(self) -> bool:
        """Whether nothing is asked."""
        return self.morph is None and self.brightness.rests and self.noise.rests and not self.legato


class Sounding(Protocol):
    """What tells notes' Controls: the trained instruments."""

    def controls(
        self, notes: Sequence[NeuralNote], toward: Sequence[tuple[int, float] | None] | None = None
    ) -> Controls:
        """The notes' Controls, each moved toward another program by a share."""


def controls_of(
    instruments: Sounding, notes: Sequence[NeuralNote], onsets_s: Sequence[float], timbre: Timbre | None
) -> Controls:
    """The Controls of notes that begin at `onsets_s`, with the morph, brightness and noise that are wished then.

    Moves are followed within a note for as long as it is described (`controls.LAST_S`). Frequencies, phases and release
    stay those of the share that the note begins with.
    """
    if timbre is None:
        return instruments.controls(notes)
    controls = _morphed(instruments, notes, onsets_s, timbre.morph)
    return coloured(controls, timbre, onsets_s)


def coloured(controls: Controls, timbre: Timbre, onsets_s: Sequence[float]) -> Controls:
    """The Controls with brightness and noise as they are at each point of each note; `onsets_s` as many as notes."""
    import torch

    if timbre.brightness.rests and timbre.noise.rests:
        return controls
    at = _points(onsets_s)
    device = controls.partials.device
    partials, noise = controls.partials, controls.noise
    if not timbre.noise.rests:
        lift = torch.from_numpy(timbre.noise.at(at) * _NEPERS).float().to(device)
        noise = noise + lift[:, :, None]
    if not timbre.brightness.rests:
        slope = torch.from_numpy(timbre.brightness.at(at)).float().to(device)[:, :, None]
        first = _fundamental(controls)
        before = _power(partials, noise, controls)
        partials = partials + _lift(slope, torch.log2(controls.frequency.clamp(min=1.0) / first[:, None])[:, None, :])
        noise = noise + _lift(slope, torch.log2(_centres(device) / first[:, None])[:, None, :])
        kept = (before - _power(partials, noise, controls))[:, :, None] / 2
        partials, noise = partials + kept, noise + kept
    return replace(controls, partials=partials, noise=noise)


def _morphed(
    instruments: Sounding, notes: Sequence[NeuralNote], onsets_s: Sequence[float], morph: Morph | None
) -> Controls:
    import torch

    if morph is None:
        return instruments.controls(notes)
    shares = morph.share.at(_points(onsets_s))
    low, high = shares.min(axis=1, initial=1.0), shares.max(axis=1, initial=0.0)
    begin = instruments.controls(notes, _toward(morph.program, low))
    if np.all(high == low):
        return begin
    end = instruments.controls(notes, _toward(morph.program, high))
    weight = (shares - low[:, None]) / np.where(high > low, high - low, 1.0)[:, None]
    along = torch.from_numpy(weight).float().to(begin.partials.device)[:, :, None]
    mixed = {
        name: torch.lerp(getattr(begin, name), getattr(end, name), along.expand_as(getattr(begin, name)))
        for name in ("partials", "noise")
    }
    # What cannot move within a note is that of the nearer end at its onset.
    nearer = torch.from_numpy(weight[:, 0] > 0.5).to(begin.partials.device)
    for name in (each.name for each in fields(begin) if each.name not in mixed):
        one, other = getattr(begin, name), getattr(end, name)
        mixed[name] = torch.where(nearer.reshape(-1, *[1] * (one.dim() - 1)), other, one)
    return replace(begin, **mixed)


def _toward(program: int, shares: NDArray[np.float64]) -> list[tuple[int, float] | None]:
    return [(program, float(share)) if share > 0 else None for share in shares]


def _points(onsets_s: Sequence[float]) -> NDArray[np.float64]:
    """The seconds of all points at which the notes are described, (N, POINTS)."""
    from partimento.synth.neural.controls import times

    points: NDArray[np.float64] = np.asarray(onsets_s, np.float64)[:, None] + times().double().numpy()[None, :]
    return points


def _fundamental(controls: Controls) -> Tensor:
    """The lowest partial of each note in Hz, (N,)."""
    import torch

    there = torch.where(controls.frequency > 0, controls.frequency, torch.inf).amin(dim=1)
    return torch.where(torch.isfinite(there), there, _BASS_HZ)


def _lift(slope: Tensor, octaves: Tensor) -> Tensor:
    """What brightness adds, so many octaves above the fundamental; nothing below it."""
    low, high = _LIFT_DB
    return (slope * octaves.clamp(min=0.0)).clamp(low, high) * _NEPERS


def _power(partials: Tensor, noise: Tensor, controls: Controls) -> Tensor:
    """The logarithm of the power at each point, (N, POINTS): half an amplitude's square for a sine."""
    import torch

    there = torch.where(controls.frequency > 0, -log(2.0), -torch.inf)[:, None, :]
    return torch.logsumexp(torch.cat((2 * partials + there, 2 * noise), dim=2), dim=2)


def _centres(device: torch.device) -> Tensor:
    import torch

    from partimento.synth.neural.controls import band_edges

    edges = torch.tensor(band_edges(), device=device)
    return torch.sqrt(edges[1:] * edges[:-1])
