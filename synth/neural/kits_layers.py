"""How strokes at different velocities differ: in timbre, in level, and whether mixing others gives one.

Conventions: sounds are float32 (n, 2) from the same onset; shares are of energy.
"""

from __future__ import annotations

import numpy as np

from partimento.synth.signal import Samples

_MIXED = 3e-3
"""A timbre is not kept that mixing those around gives but for this share of its energy (-25 dB)."""


def alike(first: Samples, second: Samples) -> float:
    """How far two sounds differ but for their level."""
    if not len(first) or not len(second):
        return 0.0 if len(first) == len(second) else 1.0
    return rest(first * ratio(first, second), second)


def rest(first: Samples, second: Samples) -> float:
    """The energy of two sounds' difference, as a share of the second's."""
    count = min(len(first), len(second))
    left = float(((first[:count] - second[:count]) ** 2).sum())
    left += float((first[count:] ** 2).sum()) + float((second[count:] ** 2).sum())
    return left / max(1e-30, float((second**2).sum()))


def ratio(reference: Samples, other: Samples) -> float:
    """How much louder `other` is, where it is the same."""
    count = min(len(reference), len(other))
    first, second = reference[:count].astype(np.float64), other[:count].astype(np.float64)
    return float((first * second).sum() / max(1e-30, (first**2).sum()))


def power(softer: Samples, louder: Samples, low: int, high: int) -> float:
    """The power of the velocity by which the level rises; 2 (SoundFont 2.04, 8.4.1) where that cannot be told."""
    if low == high or not len(softer) or not len(louder):
        return 2.0
    return float(np.log(max(1e-9, ratio(louder, softer))) / np.log(low / high))


def slope(velocity: int, sounds: dict[int, Samples]) -> float:
    """The power by which the energy rises around a velocity whose timbre is its own."""
    known = sorted(each for each in sounds if len(sounds[each]))
    if velocity not in known:
        return 2.0
    place = known.index(velocity)
    low, high = known[max(0, place - 1)], known[min(len(known) - 1, place + 1)]
    one, other = (float((sounds[each] ** 2).sum()) for each in (low, high))
    return float(np.log(other / one) / 2 / np.log(high / low)) if low < high else 2.0


def thinned(runs: list[list[int]], sharp: set[int], sounds: dict[int, Samples]) -> list[list[int]]:
    """The layers without those that mixing their neighbours gives; `sharp`: velocities at which a layer begins at once,
    which are not mixed with those below."""
    kept = runs[:1]
    for i, run in enumerate(runs[1:], 1):
        following = runs[i + 1] if i + 1 < len(runs) else []
        if len(run) == 1 and following and run[0] not in sharp and following[0] not in sharp:
            low, high = sounds[kept[-1][-1]], sounds[following[0]]
            share = (run[0] - kept[-1][-1]) / (following[0] - kept[-1][-1])
            mixed = _sum(low * ((1 - share) * _loudness(low) ** -1), high * (share * _loudness(high) ** -1))
            if alike(mixed, sounds[run[0]]) < _MIXED:
                continue
        kept.append(run)
    return kept


def _loudness(sound: Samples) -> float:
    return max(1e-12, float(np.sqrt((sound.astype(np.float64) ** 2).sum())))


def _sum(first: Samples, second: Samples) -> Samples:
    out = np.zeros((max(len(first), len(second)), 2), np.float32)
    out[: len(first)] += first
    out[: len(second)] += second
    return out
