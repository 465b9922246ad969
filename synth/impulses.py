"""The impulse responses of two spaces made here: a room and a hall, early reflections and a diffuse tail.

Conventions: a response is float32 of shape (2, 2, m): from (left, right) of the send to (left, right) of what comes
back, the direct sound left out. `seconds` is the reverberation time (to -60 dB) about 500-1000 Hz. The same on every
machine as far as numpy's and scipy's arithmetic is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import log, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from partimento.score.mix import EqBand
from partimento.synth.filters import response_db, sections
from partimento.synth.scipy_later import irfft, next_fast_len, rfft, sosfilt

SHORTEST_S, LONGEST_S = 0.15, 12.0
BANDS_HZ = (125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16000.0)
_SOUND_M_S = 343.0
_EARLY_S = 0.5
"""The last of the early reflections comes before."""
_SEED = 1685


@dataclass(frozen=True, slots=True)
class _Space:
    """A shoebox and how it sounds; lengths in metres for a reverberation time of `at_s` seconds.

    `decay`: reverberation time per BANDS_HZ against the middle. `early`: the early reflections' share of the energy.
    `diffusion_s`: how long a surface smears a reflection. `tail_s`: from when to when the tail comes up.
    """

    size: tuple[float, float, float]
    at_s: float
    source: tuple[float, float, float]
    ears: tuple[float, float, float]
    apart: tuple[float, float]
    order: int
    decay: tuple[float, ...]
    early: float
    diffusion_s: float
    pre_delay_s: float
    tail_s: tuple[float, float]
    low_hz: float
    high_hz: float


# The shares of positions are irrational enough that no two reflections fall together. Halls keep lows longer and lose
# highs to air: M. Barron, Auditorium Acoustics (2010), chapters 2 and 3.
_SPACES = {
    "room": _Space(
        size=(6.7, 4.9, 2.9), at_s=0.5, source=(0.31, 0.5, 0.47), ears=(0.62, 0.5, 0.43), apart=(0.9, 0.26), order=4,
        decay=(1.0, 1.0, 1.0, 1.0, 0.92, 0.82, 0.68, 0.55), early=0.4, diffusion_s=0.0012, pre_delay_s=0.0,
        tail_s=(0.004, 0.028), low_hz=150.0, high_hz=10000.0,
    ),
    "hall": _Space(
        size=(31.0, 19.3, 12.7), at_s=2.0, source=(0.14, 0.5, 0.14), ears=(0.43, 0.5, 0.31), apart=(4.2, 0.42), order=3,
        decay=(1.18, 1.1, 1.0, 1.0, 0.88, 0.7, 0.5, 0.42), early=0.15, diffusion_s=0.003, pre_delay_s=0.016,
        tail_s=(0.002, 0.075), low_hz=180.0, high_hz=9500.0,
    ),
}  # fmt: skip
KINDS = tuple(_SPACES)


@lru_cache(maxsize=6)
def response(seconds: float, rate: int, kind: str) -> NDArray[np.float32]:
    """The impulse response of a "room" or a "hall" (2, 2, m), such that a send of 1 sounds about as loud as the dry.

    `seconds` is kept within SHORTEST_S and LONGEST_S. ValueError for another kind. Do not write into the result.
    """
    if kind not in _SPACES:
        raise ValueError(f"no kind of space: {kind!r}")
    space = _SPACES[kind]
    seconds = min(LONGEST_S, max(SHORTEST_S, seconds))
    length = round(rate * (space.pre_delay_s + seconds * max(space.decay) + space.tail_s[1] / 2))
    scale = min(1.25, max(0.6, (seconds / space.at_s) ** (1 / 3)))
    whole = _tail(space, scale, seconds, rate, length)
    whole *= sqrt((1 - space.early) / _energy(whole))
    early = _early(space, scale, seconds, rate, min(length, round(_EARLY_S * rate)))
    early *= sqrt(space.early / _energy(early))
    whole[:, :, : early.shape[2]] += early
    band = (EqBand("high-pass", space.low_hz), EqBand("low-pass", space.high_hz, q=0.6))
    whole = sosfilt(sections(band, rate), whole, axis=2)
    end = round(0.12 * length)
    whole[:, :, -end:] *= np.cos(pi / 2 * np.arange(1, end + 1) / end) ** 2
    whole /= np.sqrt(_loudness(whole, rate))[None, :, None]
    ready: NDArray[np.float32] = whole.astype(np.float32)
    ready.setflags(write=False)
    return ready


def _energy(impulses: NDArray[np.float64]) -> float:
    return float(np.square(impulses).sum())


def _loudness(impulses: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    """For each ear, what becomes of the power of pink noise, weighted about as loudness meters do (BS.1770-4)."""
    size = next_fast_len(impulses.shape[2])
    power = np.square(np.abs(rfft(impulses, size))).sum(axis=0)
    hz = np.arange(1, power.shape[1]) * rate / size
    weight = 10 ** (response_db((EqBand("high-pass", 38.0, q=0.5), EqBand("high-shelf", 1682.0, 4.0)), hz, rate) / 10)
    weight = np.where(hz >= 30.0, weight / hz, 0.0)
    ears: NDArray[np.float64] = (power[:, 1:] * weight).sum(axis=1) / weight.sum()
    return ears


def _decay_s(space: _Space, seconds: float, hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Reverberation time at each frequency."""
    return seconds * np.interp(np.log(np.maximum(hz, 1.0)), np.log(BANDS_HZ), space.decay)


def _early(space: _Space, scale: float, seconds: float, rate: int, length: int) -> NDArray[np.float64]:
    """The image sources of a shoebox: J. Allen and D. Berkley (JASA 1979), walls as absorbent as the decay asks."""
    size = np.array(space.size) * scale
    ears = size * space.ears
    walls = [np.zeros((2, 2, length)) for _ in range(space.order)]
    for side in (0, 1):
        stand = size * space.source
        stand[1] += (side - 0.5) * space.apart[0] * scale
        direct = float(np.sqrt(np.square(stand - ears).sum()))
        for turn in product(range(-space.order, space.order + 1), repeat=3):
            # Even steps are shifted copies of the source, odd ones mirrored.
            bounces = sum(map(abs, turn))
            if not 1 <= bounces <= space.order:
                continue
            steps = np.array(turn)
            image = steps * size + np.where(steps % 2, size - stand, stand)
            for ear in (0, 1):
                way = image - ears - (0.0, (ear - 0.5) * space.apart[1], 0.0)
                distance = float(np.sqrt(np.square(way).sum()))
                at = round(rate * (space.pre_delay_s + (distance - direct) / _SOUND_M_S))
                # Two cardioids turned 50 degrees outwards: x is ahead towards the source (negative), y to the right.
                facing = (-0.643 * way[0] + (0.766 if ear else -0.766) * way[1]) / distance
                if 0 < at < length:
                    walls[bounces - 1][side, ear, at] += (0.55 + 0.45 * facing) * direct / distance
    return _reflected(walls, space, seconds, size, rate, length)


def _reflected(
    walls: list[NDArray[np.float64]], space: _Space, seconds: float, size: NDArray[np.float64], rate: int, length: int
) -> NDArray[np.float64]:
    """The image sources' impulses, dulled and smeared by each of the walls they met (`walls`: by count of bounces)."""
    fast = next_fast_len(length + round(0.1 * rate))
    hz = np.arange(fast // 2 + 1) * rate / fast
    volume = float(size.prod())
    surface = 2 * float(size[0] * size[1] + size[1] * size[2] + size[2] * size[0])
    # Eyring's formula turned round: what a wall must take for that reverberation time.
    kept = np.exp(-0.161 * volume / (2 * surface * _decay_s(space, seconds, hz)))
    noise = np.random.RandomState(_SEED)
    total = np.zeros((2, 2, len(hz)), np.complex128)
    for order, impulses in enumerate(walls, start=1):
        span = round(rate * space.diffusion_s * order * 3)
        smear = noise.standard_normal((2, span)) * np.exp(-np.arange(span) / (rate * space.diffusion_s * order))
        smear *= 0.9 / np.sqrt(np.square(smear).sum(axis=1, keepdims=True))
        smear[:, 0] += 0.5
        total += rfft(impulses, fast) * (kept**order * rfft(smear, fast))[None]
    heard: NDArray[np.float64] = irfft(total, fast)[:, :, :length]
    return heard


def _tail(space: _Space, scale: float, seconds: float, rate: int, length: int) -> NDArray[np.float64]:
    """Four unlike noises, each band dying away in its own time."""
    fast = next_fast_len(length)
    hz = np.arange(fast // 2 + 1) * rate / fast
    spectrum = rfft(np.random.RandomState(_SEED + 1).standard_normal((2, 2, fast)).astype(np.float32))
    octave = np.clip(np.log2(np.maximum(hz, 1.0) / BANDS_HZ[0]), 0.0, len(BANDS_HZ) - 1)
    time = np.arange(length) / rate
    total: NDArray[np.float64] = np.zeros((2, 2, length))
    for band, decay in enumerate(space.decay):
        near = np.clip(1 - np.abs(octave - band), 0.0, 1.0)
        share = (np.sin(pi / 2 * near) ** 2).astype(np.float32)
        total += irfft(spectrum * share, fast)[:, :, :length] * np.exp(-3 * log(10) / (decay * seconds) * time)
    first, full = (space.pre_delay_s + scale * at for at in space.tail_s)
    rise = np.clip((time - first) / (full - first), 0.0, 1.0)
    total *= np.sin(pi / 2 * rise) ** 2
    return total
