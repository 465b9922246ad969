"""A note of the teacher as Controls: partials followed along the pitch curve, what remains as noise, the release.

Conventions: as synth/neural/controls.py; samples (n, 2) at RATE. Partials are sought at `ratios` of the key's frequency
(equal temperament, A4 = 440 Hz). The signal is first warped so that its pitch stands still; a partial's level is then
the projection of a window on its sine, windows being as short as its pitch allows and growing with time. Noise is what
a window's sines leave. Levels at the onset come from the first whole window, shaped by the energy of shorter ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log, pi

import numpy as np
import torch
from torch import Tensor

from partimento.synth.neural.controls import (
    BANDS,
    FLOOR,
    PARTIALS,
    POINTS,
    WAVE_BANDS,
    WAVE_S,
    WAVES,
    band_edges,
    release_shares,
    release_times,
    times,
    wave_shares,
)
from partimento.synth.neural.pitch_curve import (
    PERIODS,
    cut_windows,
    deviations,
    pitch_of,
    projected,
    shortest_span,
    sine_basis,
    unwarp,
)
from partimento.synth.neural.teacher import RATE

DIVISORS = {16: 4, 17: 2, 18: 2, 86: 4, 97: 2}
"""Programs that sound an octave or two, or a fifth, below the key's harmonics: drawbars, fifths."""
INHARMONIC = frozenset({9, 14})
"""Glockenspiel and tubular bells. Drums and noises are no worse as a harmonic series with noise (measured)."""
_APART_HZ = 80.0
_SLOT = 2.0 ** (1 / 14)
_LEAK = 0.3


@dataclass(frozen=True, slots=True)
class Held:
    """What a held note is made of, each as in Controls but for one note: `cents` (PARTIALS,) is how far each partial
    lies from its ratio."""

    partials: Tensor
    cents: Tensor
    phases: Tensor
    pan: Tensor
    noise: Tensor
    noise_pan: Tensor
    glide: Tensor
    wave: Tensor
    wide: bool


def key_hz(key: float) -> float:
    """A key's frequency in Hz."""
    return float(440.0 * 2.0 ** ((key - 69.0) / 12.0))


def held(samples: np.ndarray, key: int, ratios: Tensor) -> Held:
    """The held part of a note, (n, 2) from its onset on, at least 0.1 s; `ratios` (PARTIALS,), 0 where none is."""
    x = torch.from_numpy(np.ascontiguousarray(samples.T)).float()
    power = x.square().sum(1)
    lead = int(power[1] > power[0])
    wide = bool((x[0] - x[1]).abs().max() > 1e-3 * x.abs().max())
    hertz = ratios * key_hz(key)
    hertz = torch.where((hertz > 20.0) & (hertz < 0.45 * RATE), hertz, torch.zeros_like(hertz))
    base = float(hertz[hertz > 0].min()) if bool((hertz > 0).any()) else 440.0
    span = shortest_span(base)
    if harmonic(ratios):
        curve = pitch_of(x[lead], hertz, span)
    else:  # a bell's partials have no pitch in common; they stand still
        hertz = _peaks(x[lead], hertz)
        curve = torch.zeros(2)
        span = max(span, 1024)
    steady = float(curve[2 : max(3, min(len(curve), 80))].mean()) if len(curve) > 2 else 0.0
    warped, place = unwarp(x if wide else x[lead : lead + 1], curve)
    if harmonic(ratios):
        cents = deviations(warped[lead if wide else 0], hertz, span)
        exact = hertz * torch.exp2(cents / 1200.0)
    else:
        exact = hertz
        cents = 1200.0 * torch.log2(torch.where(hertz > 0, hertz, 1.0) / (ratios * key_hz(key)).clamp(min=1e-3))
        cents = torch.where(hertz > 0, cents, torch.zeros_like(cents))
    levels, phases, noise = [], [], []
    for channel in warped:
        level, phase, rest = _followed(channel, exact, span, place)
        levels.append(level)
        phases.append(phase)
        noise.append(rest)
    left, right = (0, len(warped) - 1)
    partials, pan = _middle(levels[left], levels[right])
    hiss, hiss_pan = _middle(noise[left], noise[right])
    wave = _wave(x)
    glide = torch.zeros(WAVES)
    glide[: len(curve)] = curve[:WAVES] - steady
    if len(curve) < WAVES:
        glide[len(curve) :] = 0.0
    return Held(
        partials, cents + steady, torch.stack((phases[left], phases[right])), pan, hiss, hiss_pan, glide, wave, wide
    )


def ratios_of(program: int) -> Tensor:
    """At which multiples of its key's frequency a program's partials are sought, (PARTIALS,): harmonics; those of an
    octave or two below for organs and fifths; a logarithmic grid of slots, a strongest peak for each, for bells."""
    if program in INHARMONIC:
        return 0.25 * (_SLOT ** torch.arange(PARTIALS, dtype=torch.float64)).float()
    return torch.arange(1, PARTIALS + 1).float() / DIVISORS.get(program, 1)


def harmonic(ratios: Tensor) -> bool:
    """Whether the ratios are those of a harmonic series."""
    return abs(float(ratios[1] / ratios[0]) - 2.0) < 1e-4


def _peaks(x: Tensor, hertz: Tensor) -> Tensor:
    """The strongest peak of the spectrum's first 1.2 s in each slot, Hz; 0 where there is none within 70 dB."""
    part = x[: int(1.2 * RATE)]
    size = 1 << 17
    spectrum = torch.fft.rfft(part * torch.hann_window(len(part)), n=size).abs()
    grid = torch.arange(len(spectrum)) * (RATE / size)
    top = (spectrum[1:-1] > spectrum[:-2]) & (spectrum[1:-1] >= spectrum[2:])
    peaks = torch.nonzero(top & (spectrum[1:-1] > 3e-4 * spectrum.max()))[:, 0] + 1
    found = torch.zeros_like(hertz)
    half = _SLOT**0.5
    for i, middle in enumerate(hertz.tolist()):
        inside = peaks[(grid[peaks] > middle / half) & (grid[peaks] <= middle * half)] if middle else peaks[:0]
        if len(inside):
            found[i] = grid[inside[torch.argmax(spectrum[inside])]]
    loudest = torch.argsort(spectrum[(found / RATE * size).round().long()], descending=True)
    kept: list[float] = []
    for i in loudest.tolist():
        value = float(found[i])
        if value and all(abs(value - other) > _APART_HZ for other in kept):
            kept.append(value)
        else:
            found[i] = 0.0
    return found


def _followed(x: Tensor, hertz: Tensor, span: int, place: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Levels (POINTS, PARTIALS), phases at the onset (PARTIALS,), noise (POINTS, BANDS) of one unwarped channel."""
    levels = torch.full((POINTS, PARTIALS), FLOOR)
    noise = torch.full((POINTS, BANDS), FLOOR)
    phases = torch.zeros(PARTIALS)
    seconds = times()
    bands = (torch.bucketize(hertz, torch.tensor(band_edges())) - 1).clamp(0, BANDS - 1)
    spans = torch.clamp((0.35 * seconds * RATE).round().long(), span, max(span, 4096))
    spans = torch.tensor([span, *[span * 2**k for k in range(1, 5)]])[
        (torch.log2(spans / span)).floor().long().clamp(0, 4)
    ]
    known = hertz > 0
    shares = hertz[known] / hertz[known][0] if bool(known.any()) else hertz[known]
    locked = bool(((shares - shares.round()).abs() < 1e-3).all())
    settled_s = 0.2 if locked else 0.0
    last = int(spans[seconds > settled_s][0])
    for width in sorted(set(spans.tolist())):
        which = (spans == width).nonzero()[:, 0]
        sines = sine_basis(hertz[known], width)
        starts = (place[which] - width / 2).round().long().clamp(min=0)
        windows = cut_windows(x, starts, width)
        seen = projected(windows, sines)
        levels[which[:, None], known.nonzero()[:, 0][None, :]] = torch.log(seen.abs().clamp(min=1e-7))
        rest = windows - torch.cat((seen.real, -seen.imag), dim=1) @ sines.T
        kept = _band_levels(rest)
        leaked = _LEAK * torch.zeros(len(which), BANDS).index_add_(1, bands[known], seen.abs().square() / 2)
        noise[which] = 0.5 * torch.log((torch.exp(2 * kept) - leaked).clamp(min=1e-14))
        told = int(((which > 0) & (seconds[which] > settled_s)).nonzero()[0, 0]) if width == last else -1
        if told >= 0:
            first = seen[told]
            middle = starts[told] + width / 2
            phases[known] = torch.angle(first) - (2 * pi * ((hertz[known].double() * middle / RATE) % 1.0)).float()
    shape = _onset(x, place, span)
    early = place < span / 2
    if bool(early.any()):
        bands = _onset_shares(hertz)
        levels[early] += shape[early] @ bands.T
        middle = torch.tensor([(a * b) ** 0.5 for a, b in zip(band_edges(), band_edges()[1:], strict=False)])
        noise[early] += shape[early] @ _onset_shares(middle).T
    levels[:, ~known] = FLOOR
    return levels.clamp(min=FLOOR), phases, noise.clamp(min=FLOOR)


def _band_levels(windows: Tensor) -> Tensor:
    """Root powers, as levels (T, BANDS), of windows (T, span)."""
    span = windows.shape[1]
    window = torch.hann_window(span, periodic=True)
    size = max(span, 2048)
    spectrum = torch.fft.rfft(windows * window, n=size).abs().square()
    power = spectrum * (2.0 / (float(window.square().sum()) * size))
    hertz = torch.arange(power.shape[1]) * (RATE / size)
    band = torch.bucketize(hertz, torch.tensor(band_edges())) - 1
    inside = (band >= 0) & (band < BANDS)
    sums = torch.zeros(len(windows), BANDS).index_add_(1, band[inside], power[:, inside])
    return 0.5 * torch.log(sums.clamp(min=1e-14))


_ONSET_CENTRES = (250.0, 1000.0, 4000.0)


def _onset_shares(hertz: Tensor) -> Tensor:
    place = (torch.log2(hertz.clamp(min=1.0) / _ONSET_CENTRES[0]) / 2.0).clamp(0.0, 2.0)
    return (1.0 - (place[..., None] - torch.arange(3)).abs()).clamp(min=0.0)


def _onset(x: Tensor, place: Tensor, span: int) -> Tensor:
    """How far three bands' levels at the POINTS times lie from those of the first whole window: (POINTS, 3)."""
    size = 256
    hop = 32
    head = torch.nn.functional.pad(x[: 2 * span], (size // 2, size))
    window = torch.hann_window(size)
    spectrum = torch.stft(head, size, hop, window=window, center=False, return_complex=True).abs().square()
    hertz = torch.arange(size // 2 + 1) * (RATE / size)
    shares = _onset_shares(hertz)
    energy = (spectrum.T @ shares).clamp(min=1e-14)  # (frames, 3); frame k is centred on sample k * hop
    smooth = max(1, round(span / PERIODS / hop))  # a period: within it the energy goes up and down
    if smooth > 1:
        padded = torch.nn.functional.pad(energy.T[None], (smooth // 2, smooth - 1 - smooth // 2), mode="replicate")
        energy = torch.nn.functional.avg_pool1d(padded, smooth, 1)[0].T
    whole = energy[: max(1, span // hop)]
    weight = torch.hann_window(len(whole) + 2)[1:-1].square()
    mean = (whole * weight[:, None]).sum(0) / weight.sum()
    index = (place / hop).round().long().clamp(0, len(energy) - 1)
    return 0.5 * torch.log(energy[index] / mean).clamp(min=-12.0)


def _middle(left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    """Levels (POINTS, K) of both sides as one, and half the difference of the whole note's energies, (K,)."""
    energies = [torch.logsumexp(2 * side, dim=0) for side in (left, right)]
    pan = (energies[1] - energies[0]) / 4
    return torch.maximum(
        0.5 * torch.log((torch.exp(2 * (left + pan)) + torch.exp(2 * (right - pan))) / 2), torch.full_like(left, FLOOR)
    ), pan


def _band_energies(x: Tensor, at: Tensor, size: int, shares: Tensor) -> Tensor:
    """Levels (T, bands) of windows of `size` samples of x (C, n) around `at` (T,), samples; `shares` (bins, bands)."""
    window = torch.hann_window(size, periodic=True)
    total = torch.zeros(len(at), shares.shape[1])
    for channel in x:
        spectrum = torch.fft.rfft(cut_windows(channel, at.long() - size // 2, size) * window).abs().square()
        total += spectrum @ shares
    return 0.5 * torch.log(total.clamp(min=1e-12))


def _bins(size: int) -> Tensor:
    return torch.arange(size // 2 + 1) * (RATE / size)


def _wave(x: Tensor) -> Tensor:
    """What the POINTS times miss of the levels of a note (C, n) in four bands: (WAVES, WAVE_BANDS)."""
    size = 2048
    shares = wave_shares(_bins(size))
    count = min(WAVES, int((x.shape[1] - size) / RATE / WAVE_S))
    wave = torch.zeros(WAVES, WAVE_BANDS)
    if count < 20:
        return wave
    fine = torch.arange(count) * WAVE_S
    levels = _band_energies(x, fine * RATE, size, shares)
    coarse = times()[times() < float(fine[-1])]
    known = _band_energies(x, coarse * RATE, size, shares)
    index = (torch.searchsorted(coarse, fine, right=True) - 1).clamp(0, len(coarse) - 2)
    share = ((fine - coarse[index]) / (coarse[index + 1] - coarse[index])).clamp(0.0, 1.0)[:, None]
    missed = levels - (known[index] * (1 - share) + known[index + 1] * share)
    heard = levels > levels.max() - 7.0
    late = (fine > 0.2)[:, None]
    wave[:count] = torch.where(heard & late, missed, torch.zeros_like(missed)).clamp(-1.5, 1.5)
    return wave


def released(ringing: np.ndarray, on: np.ndarray | None, held_s: float) -> Tensor:
    """How a note's levels fall after its end, (RELEASE_POINTS, RELEASE_BANDS), 0 at its beginning: `ringing` (n, 2) is
    a note held for `held_s`, `on` the same note held on, None where there is none: then it is taken to stay as it
    was."""
    size = 1024
    shares = release_shares(_bins(size))
    x = torch.from_numpy(np.ascontiguousarray(ringing.T)).float()
    at = (held_s + release_times()) * RATE
    levels = _band_energies(x, at + size // 4, size, shares)
    if on is None:
        before = _band_energies(x, torch.tensor([held_s * RATE - size / 2]), size, shares)
    else:
        before = _band_energies(torch.from_numpy(np.ascontiguousarray(on.T)).float(), at + size // 4, size, shares)
    fall = levels - before
    # Where both are silent there is no telling: it goes on falling as it fell.
    silent = torch.maximum(levels, before) < before.max() - 9.0
    fall = torch.where(silent, torch.zeros_like(fall), fall).clamp(-14.0, 0.0)
    fall = torch.cummin(fall, dim=0).values
    return fall - fall[0]


VERSION = 1
"""Of what `analyse_key` gives; another one makes old data useless."""
_ONE_GAIN = 2e-3


def analyse_key(notes: Mapping[tuple[int, float], np.ndarray], program: int, key: int) -> dict[str, np.ndarray]:
    """A key's notes, (velocity, held_s) -> samples (n, 2), as arrays with velocities first, in rising order.

    The longest notes tell what is held and the shortest how they are released, as does the end of the longest. Names as
    in Controls, with `cents` for frequency; `release` is (velocities, 2, RELEASE_POINTS, RELEASE_BANDS), short and
    long. `velocity` tells which; `same` how many are but others louder.
    """
    velocities = sorted({velocity for velocity, _ in notes})
    short_s, long_s = min(held_s for _, held_s in notes), max(held_s for _, held_s in notes)
    ratios = ratios_of(program)
    rows: list[dict[str, np.ndarray]] = []
    done: list[tuple[np.ndarray, Held, Tensor]] = []
    same = 0
    for velocity in velocities:
        long, short = notes[velocity, long_s], notes[velocity, short_s]
        gain = 0.0
        for known, before, release in done:
            scale = float((known * long).sum() / max(1e-20, float((known * known).sum())))
            if scale > 0 and float(np.abs(long - scale * known).max()) <= _ONE_GAIN * float(np.abs(long).max()):
                gain, found, released_both = log(scale), before, release
                same += 1
                break
        else:
            until = round(long_s * RATE)
            found = held(long[:until], key, ratios)
            released_both = torch.stack((released(short, long, short_s), released(long, None, long_s)))
            done.append((long, found, released_both))
        row = {name: getattr(found, name).numpy() for name in _ROWS}
        for name in ("partials", "noise"):
            row[name] = np.maximum(row[name] + gain, FLOOR)
        row["release"] = released_both.numpy()
        rows.append(row)
    arrays = {name: np.stack([row[name] for row in rows]).astype(np.float16) for name in rows[0]}
    arrays["velocity"] = np.array(velocities, np.int16)
    arrays["wide"] = np.array([found.wide for _, found, _ in done[:1]] * len(velocities), np.int8)
    arrays["same"] = np.array(same, np.int16)
    return arrays


_ROWS = ("partials", "cents", "phases", "pan", "noise", "noise_pan", "glide", "wave")
