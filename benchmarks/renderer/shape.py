"""A note's shape in time: when it begins, how fast it rises, how long it rings, how loud it is.

Conventions: samples (n, 2) at metrics.RATE, from the onset; seconds and LUFS. Envelopes are root mean squares of both
channels together.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from partimento.benchmarks.renderer.metrics import RATE
from partimento.synth.loudness import loudness
from partimento.synth.signal import Samples

_ATTACK_S = 0.5
_WINDOW, _HOP = 88, 11
_RING = 441
_HEAR_S = 0.5


class Attack(NamedTuple):
    """Seconds at which a 2 ms envelope first passes 10 % of its maximum in the first half second, and from there to
    90 %."""

    onset_s: float
    rise_s: float


def envelope(samples: Samples, window: int, hop: int) -> NDArray[np.float64]:
    """Root mean squares of windows that begin every `hop` samples, zeros before the first."""
    power = np.square(samples.astype(np.float64)).sum(axis=1) / 2
    total = np.concatenate((np.zeros(window + 1), np.cumsum(power)))
    ends = np.arange(window, len(total), hop)
    levels: NDArray[np.float64] = np.sqrt(np.maximum(total[ends] - total[ends - window], 0.0) / window)
    return levels


def attack(samples: Samples) -> Attack | None:
    """How a note begins; None for silence."""
    levels = envelope(samples[: round(_ATTACK_S * RATE)], _WINDOW, _HOP)
    most = levels.max(initial=0.0)
    if most <= 0:
        return None
    first, last = (int(np.argmax(levels >= share * most)) for share in (0.1, 0.9))
    return Attack(first * _HOP / RATE, (last - first) * _HOP / RATE)


def t60(samples: Samples, from_s: float) -> float | None:
    """Seconds in which the sound falls by 60 dB from its loudest moment after `from_s`, by its slope between -5 and
    -35 dB (-25 where it is not heard so far down); None where it does not fall, or lies 50 dB below the note's peak
    already."""
    levels = envelope(samples, _RING, _RING)
    after = levels[math.ceil(from_s * RATE / _RING) :]
    after = after[int(np.argmax(after)) :] if len(after) else after
    if len(after) < 4 or after[0] <= levels.max() * 10 ** (-50 / 20):
        return None
    heard = 20 * np.log10(np.maximum(after, 1e-9) / after[0])
    for lowest in (-35.0, -25.0):
        low = np.flatnonzero(heard <= lowest)
        if len(low):
            first, last = int(np.flatnonzero(heard <= -5.0)[0]), int(low[0])
            if last - first < 2:  # faster than the envelope tells: between the two points it passes
                first = max(0, first - 1)
            # A straight line by least squares.
            slope = np.polyfit(np.arange(first, last + 1) * (_RING / RATE), heard[first : last + 1], 1)[0]
            return float(-60.0 / slope) if slope < 0 else None
    return None


def lufs(samples: Samples) -> float:
    """Loudness (BS.1770-4) of what is given, made half a second long with silence; -inf for silence."""
    return loudness(np.pad(samples, ((0, max(0, round(_HEAR_S * RATE) - len(samples))), (0, 0))), RATE)
