"""Sounds that no instrument makes: riser, sweep, impact and vinyl noise, from score/mix.py's effects.

Conventions: as synth/signal.py; an effect's loudness is -20 LUFS (where a mix's sum stands before the master) plus its
`gain_db`, integrated over the time it sounds (vinyl noise, riser, sweep), or over its first 400 ms (impact). Noise is
drawn block by block on each effect's own grid, so that how it is read changes nothing. Numbers without a source are
taste.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from partimento.score.mix import Effect
from partimento.synth.scipy_later import irfft, load, sosfilt
from partimento.synth.signal import Clock, Samples

Curve = NDArray[np.float64]

_FULL_LUFS = -20.0
_HOP = 512
_WINDOW = 4 * _HOP
_FRAMES = 16
_BLOCK = _FRAMES * _HOP
"""Noise is made in blocks of 16 frames: one draw each."""
_FADE_S = 0.005
_TURN_HZ = 100.0 / 180.0
"""33 1/3 turns a minute."""
_CLICKS_A_SECOND = 5.0
_IMPACT_S = 3.0
_LOUDNESS_DB: dict[str, float] = {"riser": -8.8, "sweep": -10.0, "impact": -6.0, "vinyl noise": 1.2}
"""Loudness (LUFS) of each kind as it is made here with no gain, measured by pyebur128 over 8 s."""


class EffectsSource:
    """All effects of a mix, one after and over another, in stereo; ends with the last.

    `effects` may come in any order. What is no kind of score/mix.py's raises KeyError. Deterministic by `seed`.
    """

    def __init__(self, effects: Sequence[Effect], clock: Clock, rate: int, seed: int) -> None:
        self.at = 0
        self.sounds: list[_Sound] = []
        for k, effect in enumerate(sorted(effects, key=lambda e: (e.onset, e.kind, e.duration, e.gain_db))):
            start = max(0, round(clock(effect.onset) * rate))
            length = round(clock(effect.onset + effect.duration) * rate) - start
            if length > 0:
                gain_db = _FULL_LUFS + effect.gain_db - _LOUDNESS_DB[effect.kind]
                draws = (seed * 2_654_435_761 + 97_003 * k) % (1 << 32)
                self.sounds.append(_KINDS[effect.kind](start, length, rate, 10.0 ** (gain_db / 20.0), draws))
        self.end = max((sound.end for sound in self.sounds), default=0)

    def read(self, count: int) -> Samples:
        """The next `count` samples; fewer when it ends in them, none after its end."""
        until = min(self.at + count, self.end)
        out = np.zeros((max(0, until - self.at), 2), np.float32)
        for sound in self.sounds:
            a, b = max(self.at, sound.start), min(until, sound.end)
            if b > a:
                out[a - self.at : b - self.at] += sound.read(b - a).T
        self.sounds = [sound for sound in self.sounds if sound.end > until]
        self.at = max(self.at, until)
        return out

    def close(self) -> None:
        """Nothing is held."""
        self.sounds.clear()


@dataclass(slots=True)
class _Sound(ABC):
    """One effect, `start` to `end`, read in order; blocks are made when they are reached."""

    start: int
    length: int
    rate: int
    gain: float
    seed: int
    block: Samples = field(default_factory=lambda: np.zeros((2, 0), np.float32))
    at: int = 0

    @property
    def end(self) -> int:
        return self.start + self.length

    def read(self, count: int) -> Samples:
        """The next samples, (2, count)."""
        pieces = []
        while count > 0:
            inside = self.at % _BLOCK
            if inside == 0:
                self.block = self.make(self.at // _BLOCK)
            n = min(_BLOCK - inside, count)
            pieces.append(self.block[:, inside : inside + n])
            self.at += n
            count -= n
        return np.concatenate(pieces, axis=1)

    @abstractmethod
    def make(self, index: int) -> Samples:
        """Block `index` of it, (2, _BLOCK)."""

    def draws(self, index: int) -> np.random.RandomState:
        """The block's own random numbers (NumPy's frozen legacy generator)."""
        return np.random.RandomState((self.seed + 1_000_003 * index) % (1 << 32))

    def times(self, index: int) -> Curve:
        """The block's samples, counted from the effect's start."""
        return np.arange(index * _BLOCK, (index + 1) * _BLOCK, dtype=np.float64)

    def edges(self, t: Curve) -> Curve:
        """Short fades at both ends, so that neither clicks."""
        fade = _FADE_S * self.rate
        return np.asarray(np.clip(np.minimum(t, self.length - 1 - t) / fade, 0.0, 1.0))


@dataclass(slots=True)
class _Shaped(_Sound):
    """Noise whose spectrum moves: frames of random phase under a band's shape, added with overlap."""

    rest: Samples = field(default_factory=lambda: np.zeros((2, _WINDOW), np.float32))

    @abstractmethod
    def band(self, share: Curve, hz: Curve) -> Curve:
        """The amplitude spectrum at that share (0-1, a column) of the effect."""

    def noise(self, index: int) -> Samples:
        """Shaped noise, as dense at any rate as one of RMS 1 is at 44.1 kHz where the band's gain is 1."""
        random = self.draws(index)
        hz = np.arange(_WINDOW // 2 + 1, dtype=np.float64) * (self.rate / _WINDOW)
        frames = index * _FRAMES + np.arange(_FRAMES)
        share = np.clip((frames * _HOP + _WINDOW / 2) / self.length, 0.0, 1.0)
        phases = random.random_sample((2, _FRAMES, len(hz)))
        # Both sides share a third of their power, so that little is lost in mono.
        phases[1] = np.where(random.random_sample((_FRAMES, len(hz))) < 0.33, phases[0], phases[1])
        lines = self.band(share[:, None], hz[None, :]) * np.exp(2j * np.pi * phases)
        lines[..., 0] = lines[..., -1] = 0.0
        # Four squared sines overlap to an even power.
        window = np.sin(np.pi * (np.arange(_WINDOW) + 0.5) / _WINDOW) ** 2
        pieces = irfft(lines, _WINDOW, axis=2) * (np.sqrt(_WINDOW / 1.5 * self.rate / 44100.0) * window)
        out = np.zeros((2, _BLOCK + _WINDOW))
        out[:, :_WINDOW] = self.rest
        for k in range(_FRAMES):
            out[:, k * _HOP : k * _HOP + _WINDOW] += pieces[:, k]
        self.rest = out[:, _BLOCK:].astype(np.float32)
        return out[:, :_BLOCK].astype(np.float32)


def _bell(hz: Curve, centre: Curve, octaves: float) -> Curve:
    """A band-pass as a bell on the octave axis."""
    distance = np.log2(np.maximum(hz, 1.0) / centre) / octaves
    return np.asarray(np.exp(-0.5 * distance * distance))


class _Riser(_Shaped):
    """Noise through a rising band and a rising tone, growing to its very end."""

    def band(self, share: Curve, hz: Curve) -> Curve:
        centre = 250.0 * (9000.0 / 250.0) ** share
        return _bell(hz, centre, 0.7) * np.sqrt(2000.0 / centre)

    def make(self, index: int) -> Samples:
        t = self.times(index)
        x = np.clip(t / self.length, 0.0, 1.0)
        seconds = self.length / self.rate
        # Three octaves up in all; its phase is the integral of 110 * 2^(3x), closed.
        turns = 110.0 * seconds * (2.0 ** (3.0 * x) - 1.0) / (3.0 * np.log(2.0))
        tone = sum(np.sin(2.0 * np.pi * turns * k) / k**1.5 for k in (1, 2, 3, 5))
        grown = 10.0 ** (-30.0 * (1.0 - x) ** 1.3 / 20.0)
        level = self.gain * grown * self.edges(t) * np.minimum(1.0, t / (0.3 * self.rate))
        return np.asarray((self.noise(index) + 0.22 * tone) * level, np.float32)


class _Sweep(_Shaped):
    """Noise that falls and fades, as after a drop's first beat."""

    def band(self, share: Curve, hz: Curve) -> Curve:
        centre = 9000.0 * (300.0 / 9000.0) ** (share**0.7)
        return _bell(hz, centre, 0.9) * np.sqrt(2000.0 / centre)

    def make(self, index: int) -> Samples:
        t = self.times(index)
        x = np.clip(t / self.length, 0.0, 1.0)
        level = self.gain * 10.0 ** (-34.0 * x / 20.0) * (1.0 - x) ** 0.5 * self.edges(t)
        return (self.noise(index) * level).astype(np.float32)


class _Impact(_Shaped):
    """A low boom with a burst of noise that dies away."""

    def band(self, share: Curve, hz: Curve) -> Curve:
        centre = 1800.0 * (150.0 / 1800.0) ** np.minimum(1.0, share * 2.0)
        return _bell(hz, centre, 1.1)

    def make(self, index: int) -> Samples:
        t = self.times(index)
        seconds = t / self.rate
        life = min(_IMPACT_S, self.length / self.rate)
        fall = np.exp(-6.9 * seconds / life)
        # A drum as large as a house: from 95 Hz down to 38 within a quarter of a second.
        turns = 38.0 * seconds + 57.0 * 0.07 * (1.0 - np.exp(-seconds / 0.07))
        boom = np.tanh(1.6 * np.sin(2.0 * np.pi * turns)) * np.exp(-5.0 * seconds / life)
        level = self.gain * self.edges(t) * np.clip(1.0 - t / self.length, 0.0, 1.0) ** 0.5
        return np.asarray((boom + 0.5 * self.noise(index) * fall) * level, np.float32)


@cache
def _hiss_filter(rate: int) -> NDArray[np.float64]:
    load()
    from scipy.signal import butter

    return np.asarray(butter(1, (600.0, 7000.0), "bandpass", fs=rate, output="sos"))


@dataclass(slots=True)
class _Vinyl(_Sound):
    """A record's surface: hiss that breathes with the turning, and soft crackle."""

    states: NDArray[np.float64] | None = None
    rest: Samples = field(default_factory=lambda: np.zeros((2, 256), np.float32))

    def make(self, index: int) -> Samples:
        random = self.draws(index)
        # Even numbers cost a third of Gaussian ones, and the filter makes them alike; 3.46 brings them to RMS 1.
        mid, side = (random.random_sample((2, _BLOCK)) - 0.5) * (3.46 * np.sqrt(self.rate / 44100.0))
        white = np.stack([0.82 * mid + 0.57 * side, 0.82 * mid - 0.57 * side])
        sos = _hiss_filter(self.rate)
        if self.states is None:
            self.states = np.zeros((len(sos), 2, 2))
        hiss, self.states = sosfilt(sos, white, axis=1, zi=self.states)
        t = self.times(index)
        turn = 2.0 * np.pi * _TURN_HZ / self.rate * t
        hiss = hiss * (1.0 + 0.12 * np.sin(turn) + 0.05 * np.sin(2.0 * turn + 1.0))
        fades = np.clip(np.minimum(t / (0.3 * self.rate), (self.length - 1 - t) / (1.5 * self.rate)), 0.0, 1.0)
        level = self.gain * fades
        return np.asarray((hiss + self._crackle(random)) * level, np.float32)

    def _crackle(self, random: np.random.RandomState) -> NDArray[np.float64]:
        """Poisson ticks, each a short soft wave; what reaches over the block's end is kept for the next."""
        out = np.zeros((2, _BLOCK + 256))
        out[:, :256] = self.rest
        count = int(random.poisson(_CLICKS_A_SECOND * _BLOCK / self.rate))
        places = random.randint(0, _BLOCK, count)
        levels = 7.0 * random.random_sample(count) ** 2 + 1.0
        pitches = 900.0 + 1600.0 * random.random_sample(count)
        sides = random.random_sample(count) - 0.5
        n = np.arange(256)
        for place, level, hz, side in zip(places, levels, pitches, sides, strict=True):
            # A bell of 1 ms over a wave: no edge, nothing above 5 kHz.
            width = 0.00035 * self.rate
            tick = level * np.exp(-0.5 * ((n - 128) / width) ** 2) * np.sin(2.0 * np.pi * hz / self.rate * (n - 128))
            out[0, place : place + 256] += tick * (0.7 - 0.6 * side)
            out[1, place : place + 256] += tick * (0.7 + 0.6 * side)
        self.rest = out[:, _BLOCK:].astype(np.float32)
        return out[:, :_BLOCK]


_KINDS: dict[str, type[_Sound]] = {
    "riser": _Riser,
    "sweep": _Sweep,
    "impact": _Impact,
    "vinyl noise": _Vinyl,
}
