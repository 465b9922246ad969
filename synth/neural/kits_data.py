"""The strokes from which the kits are learned: each drum of each kit of a SoundFont, struck at many velocities.

Conventions: as synth/neural/teacher.py; a stroke is held until it has rung out. What many drums share is kept once: a
stroke that is another one louder or softer, a drum that is another kit's. `HELD_OUT` velocities are never struck here:
they are for tests. The folder holds one JSON file a kit, written when the kit is done, so that a run that was stopped
goes on; `strokes/`, 16-bit samples named by their sum; `held-out/`, drums at held-out velocities; `manifest.json` comes
last.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partimento.score.files import write_whole
from partimento.soundfonts.download import file_hash
from partimento.soundfonts.sf2 import read_header
from partimento.synth.fluid_font import CONTROL, DRUM_BANK, OFF, ON, Synth
from partimento.synth.neural.kits_layers import alike, power, ratio, rest, slope, thinned
from partimento.synth.neural.teacher import BLOCK, RATE
from partimento.synth.signal import Samples
from partimento.theory.errors import TrainingError

Floats = NDArray[np.float32]

FORMAT = "partimento-kits-data-1"
HELD_OUT = (45, 75, 105, 127)
HELD_S = 0.25
GM_KEYS = range(35, 82)
UNBOUND = 1e4
_GRID = (8, 24, 40, 56, 72, 84, 92, 100, 108, 116, 124)
"""Velocities struck first; between two that sound different the others are sought."""
_SAME = 1e-3
"""Two strokes whose difference has this share of their energy (-30 dB) are one timbre: one layer of velocities."""
_BOUND = 10 ** (0.1 / 20)
"""A level that lies 0.1 dB under what softer velocities let expect is bound."""
_EQUAL = 1e-5
_SHORT_S = 0.1
LONGEST_S = 8.0
_QUIET = 10 ** (-72 / 20)
_FULL = 32767
_PIECE = 64 * BLOCK
_HEAD = 4096
_EXCLUSIVE = 57
"""The generator exclusiveClass: a stroke silences those of its class (SoundFont 2.04, 8.1.2)."""


@dataclass(frozen=True, slots=True)
class Layer:
    """What is heard from velocity `low` to `high`: `stroke` times `gain` times (velocity / `velocity`) ** `power`, but
    not louder than `most`: FluidSynth does not amplify, so that what a font makes loud rises no more from some velocity
    on."""

    low: int
    high: int
    stroke: str
    velocity: int
    gain: float
    power: float
    most: float = UNBOUND

    def level(self, velocity: float) -> float:
        """How loud the stroke is at a velocity."""
        return min(self.most, self.gain * float((velocity / self.velocity) ** self.power))


@dataclass(frozen=True, slots=True)
class Drum:
    """A key of a kit: layers from the softest, its exclusive class (0: none), and by how many dB a second it fades once
    it is released."""

    layers: tuple[Layer, ...]
    exclusive: int
    fade: float


@dataclass(frozen=True, slots=True)
class KitsData:
    """A folder of strokes: kits by program, their drums by key, and what a stroke's file is."""

    folder: Path
    soundfont: str
    kits: dict[int, dict[int, Drum]]

    def stroke(self, name: str) -> Samples:
        """A stroke's samples, float32 (n, 2), at 44,100 Hz, their largest 1."""
        return _read(self.folder / "strokes" / f"{name}.npy") / np.float32(_FULL)

    def held_out(self) -> Iterator[tuple[int, int, int, Samples]]:
        """(kit, key, velocity, sound held for HELD_S) of what is kept for tests."""
        for path in sorted((self.folder / "held-out").glob("*.npy")):
            kit, key, velocity = map(int, path.stem.split("-"))
            yield kit, key, velocity, _read(path)


def make_kits_data(soundfont: Path, folder: Path, report: Callable[[str], None]) -> None:
    """Strike every drum of the SoundFont and keep the strokes in `folder`, or go on where a run before was stopped.

    Raises RenderError where the SoundFont cannot be played, TrainingError where the folder is another SoundFont's,
    OutputError where it takes no file.
    """
    font = file_hash(soundfont)
    numbers = sorted({preset.program for preset in read_header(soundfont).presets if preset.bank == DRUM_BANK})
    _claim(folder, soundfont.name, font)
    maker = _Maker(soundfont, folder)
    for i, number in enumerate(numbers):
        path = folder / f"kit-{number:03}.json"
        if path.exists():
            maker.remember(_read_kit(path))
            continue
        drums = {key: drum for key in range(128) if (drum := maker.drum(number, key)) is not None}
        maker.keep_held_out(number, drums)
        rows = {str(key): asdict(drum) for key, drum in drums.items()}
        write_whole(path, json.dumps(rows, sort_keys=True).encode(), force=True)
        report(f"kit {number} ({i + 1} of {len(numbers)}): {len(drums)} drums, {len(maker.heads)} strokes in all")
    manifest = {"format": FORMAT, "soundfont": soundfont.name, "sum": font, "kits": numbers}
    write_whole(folder / "manifest.json", json.dumps(manifest, sort_keys=True).encode(), force=True)


def read_kits_data(folder: Path) -> KitsData:
    """The strokes that `make_kits_data` left; TrainingError where there are none, or not all, or damaged ones."""
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        kits = {int(number): _read_kit(folder / f"kit-{number:03}.json") for number in manifest["kits"]}
        if manifest["format"] != FORMAT:
            raise TrainingError(f"'{folder}' holds strokes of another version: '{manifest['format']}', not {FORMAT}")
        return KitsData(folder, str(manifest["soundfont"]), kits)
    except FileNotFoundError as error:
        raise TrainingError(f"'{folder}' holds no strokes of kits, or not all: no '{error.filename}'") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(f"the strokes in '{folder}' cannot be read: {error}") from None


class _Maker:
    """Strikes drums and knows what was struck before."""

    def __init__(self, soundfont: Path, folder: Path) -> None:
        self.soundfont, self.folder = soundfont, folder
        self.heads: dict[str, Floats] = {}
        self._kinds: list[tuple[Floats, str]] = []
        self._drums: dict[tuple[Any, ...], Drum] = {}
        self.data = KitsData(folder, soundfont.name, {})

    def remember(self, kit: dict[int, Drum]) -> None:
        """Take in the strokes of a kit that is done."""
        for name in sorted({layer.stroke for drum in kit.values() for layer in drum.layers} - set(self.heads)):
            self._add(name, self.data.stroke(name))

    def keep_held_out(self, kit: int, keys: Iterable[int]) -> None:
        """Strike one in five of the General MIDI keys at one of the velocities that nothing is learned from."""
        for key in sorted(set(keys) & set(GM_KEYS)):
            if (kit * 7 + key) % 5 == 0:
                velocity = HELD_OUT[(kit + key) % len(HELD_OUT)]
                sound = self._strike(kit, key, velocity, HELD_S)[0]
                _write(self.folder / "held-out" / f"{kit:03}-{key:03}-{velocity:03}.npy", sound.astype(np.float16))

    def drum(self, kit: int, key: int) -> Drum | None:
        """The drum at a key; None where nothing sounds."""
        sounds = {velocity: self._strike(kit, key, velocity)[0] for velocity in (40, 100, 124)}
        if not any(len(sound) for sound in sounds.values()):
            return None
        known = tuple((name, round(gain, 3)) for name, gain in map(self._named, sounds.values()))
        exclusive = self._strike(kit, key, 124)[1]
        if (known, exclusive) not in self._drums:
            for velocity in _GRID:
                if velocity not in sounds:
                    sounds[velocity] = self._strike(kit, key, velocity)[0]
            layers = self._layers(kit, key, sounds)
            self._drums[known, exclusive] = Drum(layers, exclusive, self._fade(kit, key, sounds[124]))
        return self._drums[known, exclusive]

    def _layers(self, kit: int, key: int, sounds: dict[int, Samples]) -> tuple[Layer, ...]:
        """Layers from the sounds at some velocities, and at those in between where they differ."""
        runs: list[list[int]] = []
        lows: dict[int, int] = {}
        for velocity in _GRID:
            if runs and alike(sounds[runs[-1][0]], sounds[velocity]) < _SAME:
                runs[-1].append(velocity)
            else:
                runs.append([velocity])
        for before, after in zip(runs, runs[1:], strict=False):
            while after[0] - before[-1] > 1:
                between = [v for v in range(before[-1] + 1, after[0]) if v not in HELD_OUT]
                if not between:
                    lows[after[0]] = before[-1] + 1
                    break
                middle = between[len(between) // 2]
                sounds[middle] = self._strike(kit, key, middle)[0]
                low, high = (alike(sounds[run[0]], sounds[middle]) for run in (before, after))
                if min(low, high) >= _SAME:
                    # A timbre that changes with each velocity: what is between is mixed from both.
                    break
                if low < high:
                    before.append(middle)
                else:
                    after.insert(0, middle)
        return tuple(self._layer(run, lows.get(run[0], run[0]), sounds) for run in thinned(runs, set(lows), sounds))

    def _layer(self, run: list[int], low: int, sounds: dict[int, Samples]) -> Layer:
        loudest = run[-1]
        name, gain = self._named(sounds[loudest])
        if len(run) == 1:
            return Layer(low, loudest, name, loudest, round(gain, 6), round(slope(loudest, sounds), 4))
        softest, rise = run[0], power(sounds[run[0]], sounds[loudest], run[0], loudest)
        first = gain * ratio(sounds[loudest], sounds[softest])
        steady = power(sounds[_GRID[0]], sounds[_GRID[1]], *_GRID[:2])
        if first * (loudest / softest) ** steady < gain * _BOUND:
            return Layer(low, loudest, name, loudest, round(gain, 6), round(rise, 4))
        return Layer(low, loudest, name, softest, round(first, 6), round(steady, 4), round(gain, 6))

    def _named(self, sound: Samples) -> tuple[str, float]:
        """The stroke that a sound is, known or new, and how much louder it is."""
        if not len(sound):
            return "", 0.0
        head, shape = _head(sound), _shape(sound)
        for kind, name in self._kinds:
            if np.abs(kind - shape).max() > 0.1:
                continue
            gain = ratio(self.heads[name], head)
            if gain > 0 and rest(self.heads[name] * gain, head) < _EQUAL:
                whole = self.data.stroke(name)
                gain = ratio(whole, sound)
                if rest(whole * gain, sound) < _EQUAL:
                    return name, gain
        return self._keep(sound), float(np.abs(sound).max())

    def _keep(self, sound: Samples) -> str:
        whole = np.round(sound / np.abs(sound).max() * _FULL).astype(np.int16)
        name = blake2b(whole.tobytes(), digest_size=8).hexdigest()
        _write(self.folder / "strokes" / f"{name}.npy", whole)
        self._add(name, self.data.stroke(name))
        return name

    def _add(self, name: str, whole: Samples) -> None:
        self.heads[name] = _head(whole)
        self._kinds.append((_shape(whole), name))

    def _fade(self, kit: int, key: int, held: Samples) -> float:
        """By how many dB a second a stroke falls faster once it is released, 0 where it does not."""
        released = self._strike(kit, key, 124, _SHORT_S)[0]
        count = min(len(held), len(released)) // _FADE_BLOCK * _FADE_BLOCK
        blocks = [np.sqrt((each[:count].reshape(-1, _FADE_BLOCK * 2) ** 2).mean(1)) for each in (held, released)]
        at = (np.arange(count // _FADE_BLOCK) + 0.5) * _FADE_BLOCK / RATE - _SHORT_S
        loudest = max((float(block.max(initial=0.0)) for block in blocks), default=0.0)
        heard = (at > 0.0) & (blocks[1] > loudest * 1e-3) & (blocks[0] > loudest * 1e-3)
        if not heard.any():
            # Nothing is left to be measured: over before, or cut at once.
            cut = bool(((at > 0.01) & (blocks[0] > loudest * 1e-2)).any())
            return _CUT if cut else 0.0
        fall = 20 * np.log10(blocks[0][heard] / blocks[1][heard])
        return round(max(0.0, float((fall * at[heard]).sum() / (at[heard] ** 2).sum())), 2)

    def _strike(self, kit: int, key: int, velocity: int, held_s: float | None = None) -> tuple[Samples, int]:
        """(sound until it has rung out, exclusive class) of a stroke, held or released after `held_s`."""
        synth = Synth(self.soundfont, RATE, True, kit)
        pieces: list[Samples] = []
        try:
            synth.play([(CONTROL, 91, 0), (CONTROL, 93, 0), (CONTROL, 7, 127), (CONTROL, 10, 64), (CONTROL, 11, 127)])
            synth.play([(ON, key, velocity)])
            exclusive = int(max(synth.generator(_EXCLUSIVE), default=0.0))
            if held_s is not None:
                pieces.append(np.zeros((round(held_s * RATE / BLOCK) * BLOCK, 2), np.float32))
                synth.render(pieces[-1])
                synth.play([(OFF, key, 0)])
            peak = max((float(np.abs(piece).max()) for piece in pieces), default=0.0)
            while synth.sounds() and sum(map(len, pieces)) < LONGEST_S * RATE:
                pieces.append(np.zeros((_PIECE, 2), np.float32))
                synth.render(pieces[-1])
                loud = float(np.abs(pieces[-1]).max())
                peak = max(peak, loud)
                if loud <= peak * _QUIET and sum(map(len, pieces)) > RATE // 4:
                    break
        finally:
            synth.close()
        return _trimmed(np.concatenate(pieces) if pieces else np.zeros((0, 2), np.float32)), exclusive


_FADE_BLOCK = 4 * BLOCK
_CUT = 6000.0


def _trimmed(sound: Samples) -> Samples:
    loud = np.abs(sound).max(axis=1, initial=0.0)
    heard = np.nonzero(loud > loud.max(initial=0.0) * _QUIET)[0]
    return sound[: heard[-1] + 1] if len(heard) and loud.max() > 1e-6 else sound[:0]


def _head(sound: Samples) -> Samples:
    out = np.zeros((_HEAD, 2), np.float32)
    out[: min(_HEAD, len(sound))] = sound[:_HEAD]
    return out


def _shape(sound: Samples) -> Floats:
    """Where a stroke's energy lies, by which most others are told apart at once."""
    energy = np.sqrt((_head(sound).reshape(16, -1, 2) ** 2).mean(1)).reshape(-1)
    return np.asarray(energy / max(1e-12, float(energy.max())), np.float32)


def _claim(folder: Path, name: str, font: str) -> None:
    """Make the folder this SoundFont's, or see that it is."""
    path = folder / "soundfont.json"
    if path.exists():
        if json.loads(path.read_bytes()).get("sum") != font:
            raise TrainingError(f"'{folder}' holds strokes of another SoundFont than '{name}'", "fresh")
        return
    write_whole(path, json.dumps({"name": name, "sum": font}).encode())


def _read_kit(path: Path) -> dict[int, Drum]:
    rows = json.loads(path.read_bytes())
    return {
        int(key): Drum(tuple(Layer(**layer) for layer in row["layers"]), int(row["exclusive"]), float(row["fade"]))
        for key, row in rows.items()
    }


def _read(path: Path) -> Samples:
    try:
        return np.asarray(np.load(path), np.float32)
    except (OSError, ValueError) as error:
        raise TrainingError(f"the stroke '{path}' cannot be read: {error}") from None


def _write(path: Path, array: NDArray[Any]) -> None:
    buffer = io.BytesIO()
    np.save(buffer, array)
    write_whole(path, buffer.getvalue(), force=True)
