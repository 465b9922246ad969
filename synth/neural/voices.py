"""Notes ready to sound: of the model's Controls what can be heard, partial by partial, in columns.

Conventions: as synth/neural/controls.py. A column is a partial (`tones`) or a noise band (`noise`) of a note; a note's
columns lie side by side. Rows of levels are points in time, one more for silence. Times of a note are counted in frames
from its onset, and in blocks of BLOCK from its release.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import lru_cache
from math import log
from typing import NamedTuple

import torch
from torch import Tensor

from partimento.synth.neural.controls import (
    BANDS,
    FLOOR,
    POINTS,
    RELEASE_BANDS,
    RELEASE_POINTS,
    WAVE_BANDS,
    Controls,
    band_edges,
    places,
    release_shares,
    release_times,
    times,
    wave_at,
    wave_shares,
)
from partimento.synth.neural.events import BLOCK
from partimento.synth.neural.tones import FRAME, LEAST_FALL

OWN_CENTS, BENT_CENTS, _SETTLED_S = 25.0, 12.0, 0.15
"""A note that is bent further, or whose own pitch is further off once it has settled, is computed sample by sample.
Below that frames fade from sine to sine, as they did while the model learned by ear: a partial of 3 kHz with 12 cents
has its frames' rhythm 48 dB below it (measured)."""
_FLAT = 0.04
"""Tremolo below it (0.35 dB) is left out."""
LONGEST_FRAMES = 1 << 16
"""Longer than any note and its ring."""
_INAUDIBLE = log(10 ** (-64 / 20))
_ENDED = log(10 ** (-68 / 20))
_SILENCE = -200.0
"""What is exactly nothing as an amplitude in float32."""
_AUDIBLE = 0.45
_LOOKS = 14
SOFTER_DB = 12.0
_MILD = 0.5
"""How much of what velocity does to the timbre a swell does."""
_STEEPEST = 0.1
_ATTACK_S = 0.3
"""No more of an attack than this is left out."""


class Places(NamedTuple):
    """Rows of levels and shares of the way to the next, by frames since the onset and by blocks since the release."""

    row: Tensor
    share: Tensor
    release_row: Tensor
    release_share: Tensor


@dataclass(frozen=True, slots=True)
class Columns:
    """C columns: `levels` and `slopes` (POINTS + 1, C), the last row silence; `note` (C,) and `end` (C,), the sample
    from which on it is not heard; `frequency` (C,) in Hz (of a band: its middle); `released` and `waved` (C,), places
    among the release's and the wave's bands; `gains` (C, 2) left and right; `phases` (C, 2); `band` (C,); `tilt` (C,):
    by how much its level rises beyond the note's for each dB that the note swells."""

    levels: Tensor
    slopes: Tensor
    note: Tensor
    end: Tensor
    frequency: Tensor
    released: Tensor
    waved: Tensor
    gains: Tensor
    phases: Tensor
    band: Tensor
    tilt: Tensor


@dataclass(frozen=True, slots=True)
class Notes:
    """N notes: `onset`, `release`, `end` in samples (N,); `releases` and `release_slopes` (N, RELEASE_POINTS + 1, 8),
    row 0 before the release; `curves` (N,): where their frames begin in `seconds` (turns of 1 Hz since the onset, in
    double), `cents`, `swell` (dB since the onset) and `wave` (frames, WAVE_BANDS); `group` (N,): whose notes they are;
    `moving`, `stereo`, `wide` (N,); `skip` (N,): how many frames of the attack are left out."""

    onset: Tensor
    release: Tensor
    end: Tensor
    releases: Tensor
    release_slopes: Tensor
    curves: Tensor
    seconds: Tensor
    cents: Tensor
    swell: Tensor
    wave: Tensor
    group: Tensor
    moving: Tensor
    stereo: Tensor
    wide: Tensor
    skip: Tensor


class Voices(NamedTuple):
    """Notes with their partials and bands; whether any of them waves, swells, is led into."""

    notes: Notes
    tones: Columns
    noise: Columns
    waves: bool
    swells: bool
    led: bool


class Placed(NamedTuple):
    """Where and how N notes are played: onsets and releases in samples, the group of each, which are led into from the
    note before, what tells for so many frames by how many cents each is bent, and by how many dB it swells, at their
    edges from its onset on, (N, frames); and the Controls of the same notes, SOFTER_DB softer, by which they swell."""

    onset: Tensor
    release: Tensor
    group: Tensor
    led: Tensor
    bend: Callable[[int], Tensor] | None = None
    swell: Callable[[int], Tensor] | None = None
    softer: Controls | None = None


@lru_cache(maxsize=8)
def places_of(rate: int, device: str) -> Places:
    """The Places of a rate."""
    at = torch.arange(LONGEST_FRAMES, dtype=torch.float64) * (FRAME / rate)
    row, share = places(at.float())
    late, known = at >= float(times()[-1]), times().double()
    share = torch.where(late, (at - known[-1]) / (known[-1] - known[-2]), share.double())
    row = torch.where(late, POINTS - 1, row)
    after = torch.arange(LONGEST_FRAMES * FRAME // BLOCK, dtype=torch.float64) * (BLOCK / rate)
    r_row, r_share = places(after.float(), release=True)
    late, known = after >= float(release_times()[-1]), release_times().double()
    r_share = torch.where(late, (after - known[-1]) / (known[-1] - known[-2]), r_share.double())
    r_row = torch.where(late, RELEASE_POINTS - 1, r_row) + 1
    r_row[0] = 0
    r_share[0] = 0.0
    return Places(row.to(device), share.float().to(device), r_row.to(device), r_share.float().to(device))


def voices(controls: Controls, placed: Placed, rate: int, tail: int) -> Voices:
    """What is heard of the notes, at the longest until `tail` samples after their release."""
    device = controls.partials.device
    there = (controls.frequency > 0) & (controls.frequency < _AUDIBLE * rate)
    centres = _centres(device).expand(len(controls), BANDS)
    partials = controls.partials.masked_fill(~there[:, None, :], _SILENCE)
    tone_ends, noise_ends, end = _ends(controls, partials, centres, placed, rate, tail)
    flat = _flat(controls, placed, end, rate)
    tilts = _tilts(controls, placed)
    releases = torch.cat((torch.zeros_like(controls.release[:, :1]), controls.release.clamp(max=0.0)), dim=1)
    release_slopes = torch.diff(releases, dim=1, append=releases[:, -1:])
    release_slopes[:, 0] = 0.0
    last_s = float(release_times()[-1] - release_times()[-2])
    release_slopes[:, -1] = release_slopes[:, -2].clamp(max=0.0) - LEAST_FALL * last_s
    stereo = ((controls.phases[:, 0] != controls.phases[:, 1]) & there).any(1) | ((controls.pan != 0) & there).any(1)
    notes = Notes(
        placed.onset, placed.release, end, releases, release_slopes, flat.begins, flat.seconds, flat.cents, flat.swell,
        flat.wave, placed.group, flat.moving, stereo, controls.wide.reshape(-1) > 0.5, _skipped(controls, placed, rate),
    )  # fmt: skip
    kept = (tone_ends > placed.onset[:, None]).nonzero()
    tones = _columns(
        partials, controls.frequency * flat.tuned[:, None], controls.pan, tone_ends, kept, controls.phases, tilts[0]
    )
    kept = (noise_ends > placed.onset[:, None]).nonzero()
    noise = _columns(controls.noise, centres, controls.noise_pan, noise_ends, kept, None, tilts[1])
    return Voices(notes, tones, noise, *(bool(each.any()) for each in (notes.wave, notes.swell, notes.skip)))


def joined(one: Voices, other: Voices, now: int) -> Voices:
    """Both, but for what has ended by sample `now`."""
    one = _alive(one, now)
    count = len(one.notes.onset)
    frames = len(one.notes.seconds)
    notes = Notes(
        *(
            torch.cat((a, b + frames if name == "curves" else b))
            for name, a, b in _pairs(one.notes, other.notes)
        )
    )  # fmt: skip
    tones, noise = (
        Columns(
            *(
                torch.cat((a, b + count if name == "note" else b), dim=1 if name in ("levels", "slopes") else 0)
                for name, a, b in _pairs(first, second)
            )
        )
        for first, second in ((one.tones, other.tones), (one.noise, other.noise))
    )
    waves, swells, led = one.waves or other.waves, one.swells or other.swells, one.led or other.led
    return Voices(notes, tones, noise, waves, swells, led)


_BY_FRAME = ("seconds", "cents", "swell", "wave")


def _pairs(one: Notes | Columns, other: Notes | Columns) -> list[tuple[str, Tensor, Tensor]]:
    return [(each.name, getattr(one, each.name), getattr(other, each.name)) for each in fields(one)]


def _alive(voices: Voices, now: int) -> Voices:
    """The voices without the notes and columns that have ended."""
    notes = voices.notes
    heard = notes.end > now
    if bool(heard.all()):
        return voices
    which = heard.nonzero()[:, 0]
    lengths = torch.diff(notes.curves, append=notes.curves.new_tensor([len(notes.seconds)]))
    frames = heard.repeat_interleave(lengths)
    begins = torch.cumsum(lengths[which], 0) - lengths[which]
    cut = {name: getattr(notes, name)[frames] for name in _BY_FRAME} | {"curves": begins}
    kept = Notes(
        **{each.name: getattr(notes, each.name)[which] for each in fields(notes) if each.name not in cut} | cut
    )
    renumbered = torch.cumsum(heard.long(), 0) - 1
    kinds = []
    for columns in (voices.tones, voices.noise):
        still = (heard[columns.note] & (columns.end > now)).nonzero()[:, 0]
        picked = {
            each.name: getattr(columns, each.name)[..., still]
            if each.name in ("levels", "slopes")
            else getattr(columns, each.name)[still]
            for each in fields(columns)
        }
        kinds.append(Columns(**(picked | {"note": renumbered[picked["note"]]})))
    return voices._replace(notes=kept, tones=kinds[0], noise=kinds[1])


def _columns(
    levels: Tensor, frequency: Tensor, pan: Tensor, ends: Tensor, kept: Tensor, phases: Tensor | None, tilts: Tensor
) -> Columns:
    """The columns of `kept` (C, 2): notes and kinds."""
    note, kind = kept[:, 0], kept[:, 1]
    points = levels[note, :, kind].T
    slopes = torch.diff(points, dim=0)
    silent = torch.full_like(points[:1], _SILENCE)
    hertz = frequency[note, kind]
    side = pan[note, kind][:, None] * torch.tensor([-1.0, 1.0], device=pan.device)
    return Columns(
        torch.cat((points, silent)).contiguous(),
        torch.cat((slopes, slopes[-1:].clamp(max=0.0), 0 * silent)).contiguous(),
        note,
        ends[note, kind],
        hertz.double(),
        _place(release_shares(hertz), RELEASE_BANDS),
        _place(wave_shares(hertz), WAVE_BANDS),
        torch.exp(side),
        phases[note, :, kind] if phases is not None else torch.zeros_like(side),
        kind,
        tilts[note, kind],
    )


def _place(shares: Tensor, count: int) -> Tensor:
    """Where between the bands shares (C, count) of two neighbours lie, below count - 1."""
    place = shares @ torch.arange(count, dtype=torch.float32, device=shares.device)
    return place.clamp(0.0, count - 1 - 1e-4)


def _ends(
    controls: Controls, partials: Tensor, centres: Tensor, placed: Placed, rate: int, tail: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Samples at which each partial (N, PARTIALS), each band (N, BANDS) and each note (N,) is no longer heard: the
    onset of what never is. Looked at _LOOKS times before and after the release; what fades between is heard on."""
    held = (placed.release - placed.onset).float() / rate
    steps = torch.linspace(0.0, 1.0, _LOOKS, device=held.device) ** 2
    before = held[:, None] * steps
    after = (tail / rate) * steps[1:]
    at = torch.cat((before, held[:, None] + after), dim=1)
    row, share = places(at)
    row_r, share_r = places(after, release=True)
    slopes = torch.diff(controls.release.clamp(max=0.0), dim=1)
    release = controls.release.clamp(max=0.0)[:, row_r] + slopes[:, row_r] * share_r[:, None].clamp(max=1.0)
    release = release + slopes[:, row_r].clamp(max=0.0) * (share_r - 1.0).clamp(min=0.0)[:, None]
    known = []
    for levels, frequency in ((partials, controls.frequency), (controls.noise, centres)):
        rise = torch.diff(levels, dim=1)
        index = row[:, :, None].expand(-1, -1, levels.shape[2])
        slope = rise.gather(1, index)
        level = levels.gather(1, index) + slope * share.clamp(max=1.0)[:, :, None]
        level = level + slope.clamp(max=0.0) * (share - 1.0).clamp(min=0.0)[:, :, None]
        level[:, _LOOKS:] += torch.einsum("ntr,nkr->ntk", release, release_shares(frequency))
        known.append(level)
    # An attack may lie between two looks: the points of the held note count too.
    unheld = (times().to(held.device) > held[:, None])[:, :, None]
    loudest_of = [
        torch.maximum(level.amax(1), levels.masked_fill(unheld, _SILENCE).amax(1))
        for level, levels in zip(known, (partials, controls.noise), strict=True)
    ]
    peak = torch.maximum(loudest_of[0].amax(1), loudest_of[1].amax(1))
    ends = []
    for level, loudest in zip(known, loudest_of, strict=True):
        heard = level > (peak + _ENDED)[:, None, None]
        last = (heard * torch.arange(1, level.shape[1] + 1, device=level.device)[:, None]).amax(1)
        until = torch.cat((at, at[:, -1:]), dim=1).gather(1, last.clamp(max=at.shape[1]))
        sample = placed.onset[:, None] + (until * rate / FRAME).ceil().long() * FRAME
        audible = (loudest > (peak + _INAUDIBLE)[:, None]) & (loudest > FLOOR + 0.5)
        ends.append(torch.where(audible & (last > 0), sample, placed.onset[:, None]))
    end = torch.maximum(ends[0].amax(1), ends[1].amax(1))
    return ends[0], ends[1], end


class _Flat(NamedTuple):
    """What of Notes goes frame by frame, where each note's begins; which move; the factor by which each is tuned."""

    begins: Tensor
    seconds: Tensor
    cents: Tensor
    swell: Tensor
    wave: Tensor
    moving: Tensor
    tuned: Tensor


def _flat(controls: Controls, placed: Placed, end: Tensor, rate: int) -> _Flat:
    counts = torch.div(end - placed.onset, FRAME, rounding_mode="floor") + 2
    begins = torch.cumsum(counts, 0) - counts
    most = int(counts.max()) if len(counts) else 0
    at = torch.arange(most, device=end.device) * (FRAME / rate)
    there = torch.arange(most, device=end.device) < counts[:, None]
    cents = wave_at(controls.glide, at)
    moving = ((cents.abs() > OWN_CENTS) & there & (at > _SETTLED_S)).any(1)
    tuned = torch.ones_like(cents[:, 0])
    if placed.bend is not None:
        bent = placed.bend(most)
        # What is bent from beginning to end is but tuned.
        still = ((bent == bent[:, :1]) | ~there).all(1)
        tuned = torch.where(still, torch.exp2(bent[:, 0] / 1200.0), 1.0)
        bent = bent * ~still[:, None]
        moving = moving | ((bent.abs() > BENT_CENTS) & there).any(1)
        cents = cents + bent
    speed = torch.exp2(cents.double() / 1200.0)
    between = (speed[:, 1:] + speed[:, :-1]) / 2 * (FRAME / rate)
    seconds = torch.cat((torch.zeros_like(speed[:, :1]), between.cumsum(1)), dim=1)
    swell = placed.swell(most) if placed.swell is not None else torch.zeros_like(cents)
    trembling = (controls.wave.abs() > _FLAT).flatten(1).any(1)
    wave = wave_at(controls.wave * trembling[:, None, None], at)
    return _Flat(begins, seconds[there], cents[there], swell[there], wave[there], moving, tuned)


def _tilts(controls: Controls, placed: Placed) -> tuple[Tensor, Tensor]:
    """The tilt of partials (N, PARTIALS) and bands (N, BANDS): what a greater velocity does to each beyond making all
    louder, on an average of the note's first second."""
    if placed.softer is None:
        return torch.zeros_like(controls.pan), torch.zeros_like(controls.noise_pan)
    early = times().to(controls.noise.device) <= 1.0
    rises = []
    for one, other in ((controls.partials, placed.softer.partials), (controls.noise, placed.softer.noise)):
        rises.append((one - other)[:, early].mean(1))
    there = torch.where(controls.frequency > 0, 0.0, -torch.inf)
    weight = torch.softmax(2 * controls.partials[:, early].mean(1) + there, dim=1)
    louder = (rises[0] * weight).sum(1, keepdim=True)
    partials, noise = (((rise - louder) * (_MILD / SOFTER_DB)).clamp(-_STEEPEST, _STEEPEST) for rise in rises)
    return partials, noise


def _skipped(controls: Controls, placed: Placed, rate: int) -> Tensor:
    """How many frames of its attack each note that is led into does without: until it has come within 3 dB of its
    loudest in the first second."""
    known = times().to(controls.noise.device)
    early = known <= 1.0
    there = torch.where(controls.frequency > 0, 0.0, -torch.inf)[:, None, :]
    power = torch.logsumexp(2 * controls.partials + there, dim=2)[:, early]
    risen = power >= power.amax(1, keepdim=True) - log(2.0)
    at = known[risen.float().argmax(1)].clamp(max=_ATTACK_S)
    return torch.where(placed.led, (at * rate / FRAME).round().long(), 0)


@lru_cache(maxsize=4)
def _known_centres() -> Tensor:
    edges = torch.tensor(band_edges())
    return torch.sqrt(edges[1:] * edges[:-1])


def _centres(device: torch.device) -> Tensor:
    return _known_centres().to(device)
