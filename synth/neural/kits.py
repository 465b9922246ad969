"""The drum kits of the neural renderer: strokes from trained weights.

Conventions: a stroke is float32 (n, 2) at 44,100 or 48,000 Hz, its first sample the onset, at the level of dry
FluidSynth at gain 0.5. It is a waveform of the transform in kits_codes, panned; velocity takes one of the drum's
layers, whose level is a power of velocity up to a bound, or mixes two; what is released, or silenced by another drum,
fades by so many dB a second. All on the CPU, so that a CUDA device changes nothing.
"""

from __future__ import annotations

from functools import lru_cache
from math import inf
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from partimento.learning.nets.weights import load_weights
from partimento.synth.neural.kits_codes import Wave, decode
from partimento.synth.neural.shipped import weights_path
from partimento.synth.neural.teacher import RATE
from partimento.synth.scipy_later import load
from partimento.synth.signal import RATES, Samples
from partimento.theory.errors import ModelError, RenderError

MODEL = "kits"
CHOKE = 107.8
"""By how many dB a second a stroke fades that another one silences: FluidSynth lets its envelope of 96 dB run out in
2^(-200/1200) s (fluid_voice_kill_excl), as measured on hi-hats."""
STANDARD = 0
_SHORTEST_S = 0.010
"""FluidSynth releases nothing earlier (its setting synth.min-note-length)."""
_KEPT = 96
_JOIN_S = 0.05
_SPECS = {
    "kits": 3, "drums": 3, "layers": 4, "levels": 3, "fades": 0, "loops": 0,
    "waves": 5, "sides": 2, "numbers": 0, "exponents": 0,
}  # fmt: skip
"""The tensors of the weights and how many columns each has, 0 for those of one dimension. `kits`: kit, key, drum;
`drums`: first layer, the layer after the last, exclusive class; `fades`: of drums, dB a second; `layers`: low, high,
stroke, velocity; `levels`: of layers, gain, power, most; `loops`: of strokes, how many samples of the end are played
again, 0 none; `waves`: stroke, pattern, samples, ends in `numbers` and `exponents`; `sides`: of waves, their shares of
left and right."""


class _Layer(NamedTuple):
    low: int
    high: int
    stroke: int
    velocity: int
    gain: float
    power: float
    most: float

    def level(self, velocity: float) -> float:
        return min(self.most, self.gain * float((velocity / self.velocity) ** self.power))


class _Drum(NamedTuple):
    layers: tuple[_Layer, ...]
    exclusive: int
    fade: float


class _Part(NamedTuple):
    wave: Wave
    left: float
    right: float


class _Fade(NamedTuple):
    """From `start` to `stop`, seconds, a stroke falls by `slope` dB a second."""

    start: float
    stop: float
    slope: float


class Kits:
    """All kits of the weights. Threads may share one; the same stroke is always the same samples."""

    def __init__(self, state: dict[str, Tensor], path: Path) -> None:
        """From a state that load_weights gave; `path` is named in ModelErrors, which say what does not fit."""
        try:
            tables = _tables(state)
            self._drums = _drums(tables)
            self._strokes = _strokes(tables)
            self._loops = tables["loops"].astype(int).tolist()
            self._keys = _keys(tables, len(self._drums))
            if not self._keys.get(STANDARD):
                raise ValueError("there is no standard kit")
            if any(not 0 <= layer.stroke < len(self._loops) for drum in self._drums for layer in drum.layers):
                raise ValueError("a layer's stroke is not there")
            if len(self._strokes) != len(self._loops):
                raise ValueError("there are not as many strokes as loops")
        except (ValueError, KeyError, IndexError, OverflowError) as error:
            raise ModelError(f"the weights '{path}' do not fit the kits: {error}") from None
        self._path = path
        # Bound to this object: its strokes go with it.
        self._heard = lru_cache(maxsize=_KEPT)(self._sound)

    def kits(self) -> tuple[int, ...]:
        """The programs of the kits that are there."""
        return tuple(self._keys)

    def keys(self, kit: int) -> frozenset[int]:
        """The keys of a kit that sound; those of the standard kit where that kit is not there, as FluidSynth does."""
        return frozenset(self._kit(kit))

    def chokes(self, kit: int, key: int) -> frozenset[int]:
        """The keys, itself among them, whose strokes a stroke of `key` silences; none for most drums."""
        drums = self._kit(kit)
        exclusive = self._drums[drums[key]].exclusive if key in drums else 0
        return frozenset(other for other in drums if exclusive and self._drums[drums[other]].exclusive == exclusive)

    def fade(self, kit: int, key: int) -> float:
        """By how many dB a second a drum fades once it is released; 0 where its length changes nothing."""
        drums = self._kit(kit)
        return self._drums[drums[key]].fade if key in drums else 0.0

    def stroke(
        self,
        kit: int,
        key: int,
        velocity: float,
        rate: int,
        length_s: float | None = None,
        choked_s: float | None = None,
    ) -> Samples:
        """A stroke until it has rung out, a fresh array; empty where the key has no sound.

        `velocity` above 0 to 127, not only whole ones. `length_s`: when it is released (None: never; FluidSynth does it
        too when the same key is struck again); `choked_s`: when another drum silences it. Raises RenderError for
        another rate or velocity.
        """
        if rate not in RATES:
            raise RenderError(f"a sample rate of {rate} Hz is not rendered; {' or '.join(map(str, RATES))} are")
        if not 0 < velocity <= 127:
            raise RenderError(f"no drum is struck with velocity {velocity:g}: above 0 to 127")
        drums = self._kit(kit)
        if key not in drums:
            return np.zeros((0, 2), np.float32)
        drum = self._drums[drums[key]]
        fades = _fades(drum.fade, length_s, choked_s)
        parts = [self._faded(layer.stroke, rate, level, fades) for layer, level in _mixed(drum.layers, velocity)]
        if len(parts) == 1:
            return parts[0]
        out = np.zeros((max(map(len, parts), default=0), 2), np.float32)
        for part in parts:
            out[: len(part)] += part
        return out

    def _kit(self, kit: int) -> dict[int, int]:
        return self._keys.get(kit, self._keys[STANDARD])

    def _faded(self, stroke: int, rate: int, level: float, fades: tuple[_Fade, ...]) -> Samples:
        heard = self._heard(stroke, rate)
        loop = round(self._loops[stroke] * rate / RATE)
        end = _end(fades)
        if loop and end * rate > len(heard):
            heard = _looped(heard, loop, round(min(end, _LONGEST_S) * rate), round(_JOIN_S * rate))
        heard = heard[: max(1, round(end * rate))] if end * rate < len(heard) else heard
        gain = np.full(len(heard), level, np.float32)
        at = np.arange(len(heard)) / rate
        for start, stop, slope in fades:
            gain *= (10 ** (-slope / 20 * np.clip(at - start, 0.0, stop - start))).astype(np.float32)
        return np.ascontiguousarray(heard * gain[:, None])

    def _sound(self, stroke: int, rate: int) -> Samples:
        """A stroke's waveform at level 1, held."""
        out: NDArray[np.float64] = np.zeros((0, 2))
        for part in self._strokes[stroke]:
            try:
                samples = decode(part.wave)
            except ValueError as error:
                raise ModelError(f"the weights '{self._path}' do not fit the kits: {error}") from None
            if len(out) < len(samples):
                out = np.concatenate((out, np.zeros((len(samples) - len(out), 2))))
            out[: len(samples)] += samples[:, None] * (part.left, part.right)
        if rate != RATE:
            load()  # on demand: most pieces are rendered at 44,100 Hz
            from scipy.signal import resample_poly

            out = resample_poly(out, rate // 300, RATE // 300, axis=0)
        sound = out.astype(np.float32)
        sound.flags.writeable = False
        return sound


_LONGEST_S = 60.0
_INAUDIBLE_DB = 90.0


@lru_cache(maxsize=2)
def load_kits(path: Path | None = None) -> Kits:
    """The kits of a file of weights, or of those that are shipped; ModelError where they are missing or damaged."""
    path = path or weights_path(MODEL)
    return Kits(load_weights(path, MODEL)[1], path)


def _mixed(layers: tuple[_Layer, ...], velocity: float) -> list[tuple[_Layer, float]]:
    """The layers that sound at a velocity, each with its level: one, or two between which it lies."""
    below = [layer for layer in layers if layer.low <= velocity]
    if not below:
        return [(layers[0], layers[0].level(velocity))]
    layer, following = below[-1], layers[len(below) : len(below) + 1]
    if velocity <= layer.high or not following:
        return [(layer, layer.level(velocity))]
    share = (velocity - layer.high) / (following[0].low - layer.high)
    return [(layer, layer.level(velocity) * (1 - share)), (following[0], following[0].level(velocity) * share)]


def _fades(fade: float, length_s: float | None, choked_s: float | None) -> tuple[_Fade, ...]:
    """How a stroke fades, in the order of time."""
    released = inf if length_s is None else max(_SHORTEST_S, length_s)
    choked = inf if choked_s is None else max(0.0, choked_s)
    spans = (_Fade(released, choked, fade), _Fade(choked, inf, CHOKE))
    return tuple(span for span in spans if span.start < span.stop)


def _end(fades: tuple[_Fade, ...]) -> float:
    """After how many seconds nothing is left; infinity where it does not fade."""
    fallen = 0.0
    for start, stop, slope in fades:
        if slope > 0 and fallen + slope * (stop - start) >= _INAUDIBLE_DB:
            return start + (_INAUDIBLE_DB - fallen) / slope
        fallen += slope * (stop - start) if slope > 0 else 0.0
    return inf


def _looped(sound: Samples, loop: int, length: int, join: int) -> Samples:
    """The sound made longer by its last `loop` samples, again and again, each time joined over `join` samples."""
    rise = np.linspace(0.0, 1.0, join, dtype=np.float32)[:, None]
    again = sound[len(sound) - loop :].copy()
    before = sound[len(sound) - loop - join : len(sound) - loop]
    again[-join:] = again[-join:] * (1 - rise) + before * rise
    first = sound.copy()
    first[-join:] = again[-join:]
    times = max(0, -(-(length - len(first)) // loop))
    return np.concatenate((first, *(again for _ in range(times))))


def _tables(state: dict[str, Tensor]) -> dict[str, NDArray[np.float64]]:
    """The tensors as arrays; KeyError, ValueError where one is missing or of another shape."""
    found = {}
    for name, columns in _SPECS.items():
        array = state[name].numpy()
        if array.ndim != (2 if columns else 1) or (columns and array.shape[1] != columns):
            raise ValueError(f"'{name}' has the shape {array.shape}")
        found[name] = array
    return found


def _drums(tables: dict[str, NDArray[np.float64]]) -> tuple[_Drum, ...]:
    layers = tuple(
        _Layer(*map(int, row), *map(float, level))
        for row, level in zip(tables["layers"].tolist(), tables["levels"].tolist(), strict=True)
    )
    drums = tuple(
        _Drum(layers[int(first) : int(last)], int(exclusive), float(fade))
        for (first, last, exclusive), fade in zip(tables["drums"].tolist(), tables["fades"].tolist(), strict=True)
    )
    if any(not drum.layers for drum in drums):
        raise ValueError("a drum has no layers")
    return drums


def _strokes(tables: dict[str, NDArray[np.float64]]) -> tuple[tuple[_Part, ...], ...]:
    numbers, exponents = (tables[name].astype(np.uint8).tobytes() for name in ("numbers", "exponents"))
    found: dict[int, list[_Part]] = {}
    first, second = 0, 0
    for (stroke, pattern, samples, end, stop), (left, right) in zip(
        tables["waves"].tolist(), tables["sides"].tolist(), strict=True
    ):
        if not (first <= end <= len(numbers) and second <= stop <= len(exponents)):
            raise ValueError("a wave lies outside the numbers")
        wave = Wave(int(pattern), int(samples), numbers[first:end], exponents[second:stop])
        found.setdefault(int(stroke), []).append(_Part(wave, left, right))
        first, second = end, stop
    if list(found) != list(range(len(found))):
        raise ValueError("the waves are not in order")
    return tuple(map(tuple, found.values()))


def _keys(tables: dict[str, NDArray[np.float64]], drums: int) -> dict[int, dict[int, int]]:
    found: dict[int, dict[int, int]] = {}
    for kit, key, drum in tables["kits"].astype(int).tolist():
        if not 0 <= drum < drums:
            raise ValueError(f"the drum {drum} of kit {kit} is not there")
        found.setdefault(kit, {})[key] = drum
    return found
