"""What the renderer is measured beside: from silence to the teacher itself.

Conventions: each gives a case's sound as the teacher's, (n, 2) at metrics.RATE from the onset; `own` is the teacher's.
- silence
- sine: of the key's frequency, equal temperament, under the true envelope of each side (5 ms)
- noise: pitchless, with the true power of every side in 40 bands of the ear's scale, 6 ms apart, and chance phases
- key ±1, key ±3: the teacher's nearest key, 1 or 3 semitones above (below where none sounds), resampled to the key and
  held as much longer: a sampler with every second or sixth key. Where the font plays both keys from one sample this
  is the note itself but for the resampling; a trained renderer has no such luck.
- other velocity: the teacher's same key at the next seen velocity, made as loud: what a wrong velocity costs
- a block late: the teacher's own note 64 samples later: what the measures make of 1.5 ms
- oracle: the note itself analysed to the model's own Controls and played from them: what the model could give at best
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from partimento.benchmarks.renderer.metrics import RATE
from partimento.benchmarks.renderer.model import oracle
from partimento.benchmarks.renderer.notes import Case, Heard
from partimento.benchmarks.renderer.shape import envelope
from partimento.synth.neural.controls import band_edges
from partimento.synth.neural.split import SEEN_VELOCITIES
from partimento.synth.neural.teacher import BLOCK
from partimento.synth.signal import Samples

Baseline = Callable[[Heard, Case, Samples], Samples]
_RATIOS = {1: (196, 185), 3: (44, 37)}
"""Semitones as ratios of whole numbers, within 0.1 cents."""
_SIZE, _HOP = 1024, 256


def silence(heard: Heard, case: Case, own: Samples) -> Samples:
    """Nothing."""
    return np.zeros_like(own)


def sine(heard: Heard, case: Case, own: Samples) -> Samples:
    """The fundamental with all of the note's energy."""
    hertz = 440.0 * 2.0 ** ((case.key - 69) / 12)
    wave = np.sin(2 * np.pi * hertz / RATE * np.arange(len(own)))
    window, hop = 220, 55
    at = np.arange(len(own))
    sides = []
    for channel in (0, 1):
        levels = envelope(np.repeat(own[:, channel : channel + 1], 2, axis=1), window, hop)
        # A window's level belongs to its middle.
        places = np.arange(len(levels)) * hop - window / 2
        sides.append(wave * np.interp(at, places, levels) * 2**0.5)
    found: Samples = np.stack(sides, axis=1).astype(np.float32)
    return found


def noise(heard: Heard, case: Case, own: Samples) -> Samples:
    """The note without its pitch."""
    window = torch.hann_window(_SIZE)
    rows = torch.from_numpy(np.ascontiguousarray(own.T))
    power = torch.stft(rows, _SIZE, _HOP, window=window, pad_mode="constant", return_complex=True).abs().square()
    hertz = torch.arange(power.shape[1]) * (RATE / _SIZE)
    band = torch.bucketize(hertz, torch.tensor(band_edges()))
    count = torch.zeros(len(band_edges()) + 1).index_add_(0, band, torch.ones(len(band)))
    summed = torch.zeros(2, len(count), power.shape[2]).index_add_(1, band, power)
    smooth = (summed / count.clamp(min=1)[:, None])[:, band]
    random = np.random.Generator(np.random.Philox(key=(case.program << 14) + (case.key << 7) + case.velocity))
    angle = torch.from_numpy(random.uniform(0, 2 * np.pi, smooth.shape).astype(np.float32))
    made = torch.istft(torch.polar(smooth.sqrt(), angle), _SIZE, _HOP, window=window, length=len(own)).numpy()
    # Chance phases make neighbouring windows cancel in part.
    gains = np.linalg.norm(own, axis=0) / np.maximum(1e-12, np.linalg.norm(made, axis=1))
    found: Samples = np.ascontiguousarray(made.T) * gains.astype(np.float32)
    return found


def neighbour(semitones: int) -> Baseline:
    """The nearest key so many semitones away, resampled."""
    from scipy.signal import resample_poly

    def resampled(heard: Heard, case: Case, own: Samples) -> Samples:
        longer, shorter = _RATIOS[semitones]
        for key, up, down in (
            (case.key + semitones, longer, shorter),
            (case.key - semitones, shorter, longer),
        ):
            near = heard.note(case, key=key, held_s=case.held_s * down / up)
            if np.any(near):
                break
        found: Samples = resample_poly(near, up, down, axis=0).astype(np.float32)
        return found

    return resampled


def other_velocity(heard: Heard, case: Case, own: Samples) -> Samples:
    """The same key at the next seen velocity, as loud."""
    near = min((v for v in SEEN_VELOCITIES if v != case.velocity), key=lambda v: (abs(v - case.velocity), v))
    found = heard.note(case, velocity=near)
    louder: Samples = found * np.float32(np.linalg.norm(own) / max(1e-12, float(np.linalg.norm(found))))
    return louder


def late(heard: Heard, case: Case, own: Samples) -> Samples:
    """The note itself, a block later."""
    return np.pad(own, ((BLOCK, 0), (0, 0)))[: len(own)]


BASELINES: dict[str, Baseline] = {
    "silence": silence,
    "sine": sine,
    "noise": noise,
    "key ±1": neighbour(1),
    "key ±3": neighbour(3),
    "other velocity": other_velocity,
    "a block late": late,
    "oracle": oracle,
}
