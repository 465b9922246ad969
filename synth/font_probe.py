"""Listening to a SoundFont: which keys of a program sound, and how loud they are.

Conventions: dry FluidSynth at gain 0.5 and full volume, as tracks are rendered; loudness is K-weighted (BS.1770-4), the
loudest 400 ms of a note at velocity 80 (mezzo-forte), in LUFS. A key sounds when both a soft and a loud note give
something above `SILENT`, and notes of other velocities start a voice.
"""

from __future__ import annotations

import ctypes
import math
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np

from partimento.score.instruments import INSTRUMENTS
from partimento.soundfonts.measured import ProgramReport
from partimento.synth.fluid import library
from partimento.synth.loudness import k_weighting
from partimento.synth.scipy_later import sosfilt
from partimento.theory.errors import RenderError

RATE, BLOCK = 44100, 64
SILENT = 1e-4
"""Peak below which a note is silent (-80 dBFS; a usual note lies some 60 dB above it)."""
DRUM_KEYS = range(27, 88)
"""General MIDI's drum keys with those of Roland's GS around them."""
_SOFT, _LOUD, _BETWEEN, _MEZZO_FORTE = 64, 127, (24, 44, 100), 80
_STEP = 40 * BLOCK
_PATIENCE = 34
"""Steps of `_STEP` samples that a note with voices may take to be heard (2 s: slow pads, effects)."""
_NOTE_S, _HIT_S, _WINDOW_S = 0.8, 0.4, 0.4
_BACKBONE = (36, 38, 42)
_lock = threading.Lock()


def fluidsynth_version() -> str:
    """The library's version ("2.3.1"). Raises RenderError without the library."""
    ask = library()._fl["fluid_version_str"]
    ask.restype = ctypes.c_char_p
    return str(ask().decode("ascii", "replace"))


class Probe:
    """A FluidSynth that holds one font, to be asked for one program after another; close it when done.

    Not safe in threads: one each. Raises RenderError when the font cannot be loaded.
    """

    def __init__(self, soundfont: Path) -> None:
        self._fluid = library()
        # Fresh function objects: the module's own are shared with whoever renders.
        self._write = _function(self._fluid, "fluid_synth_write_float", "pipiipii")
        self._voices = _function(self._fluid, "fluid_synth_get_active_voice_count", "p")
        self._hush = _function(self._fluid, "fluid_synth_all_sounds_off", "pi")
        self._on = _function(self._fluid, "fluid_synth_noteon", "piii")
        self._buffer = np.zeros((_STEP, 2), np.float32)
        self._synth: Any = None
        self._settings = self._fluid.new_fluid_settings()
        for name, number in ((b"synth.gain", 0.5), (b"synth.sample-rate", float(RATE))):
            self._fluid.fluid_settings_setnum(self._settings, name, number)
        for name, whole in (
            (b"synth.reverb.active", 0),
            (b"synth.chorus.active", 0),
            (b"synth.polyphony", 64),
            (b"synth.dynamic-sample-loading", 1),
        ):
            self._fluid.fluid_settings_setint(self._settings, name, whole)
        try:
            with _lock:
                self._synth = self._fluid.new_fluid_synth(self._settings)
                # 0: no program is chosen yet. Otherwise the piano's samples would be read for each of 16 channels.
                self._font = self._fluid.fluid_synth_sfload(self._synth, os.fsencode(soundfont), 0)
            if self._font < 0:
                raise RenderError(
                    f"FluidSynth cannot load the SoundFont '{soundfont}': it is damaged or of a kind it does not read.",
                    "soundfont",
                )
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Free the synth."""
        with _lock:
            if self._synth:
                self._fluid.delete_fluid_synth(self._synth)
                self._synth = None
            if self._settings:
                self._fluid.delete_fluid_settings(self._settings)
                self._settings = None

    def __enter__(self) -> Probe:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def listen(self, drums: bool, program: int) -> ProgramReport:
        """Render the program's (or kit's) keys; a report without keys where the font does not have it."""
        channel = 9 if drums else 0
        if self._fluid.fluid_synth_program_select(self._synth, channel, self._font, 128 if drums else 0, program) != 0:
            return ProgramReport(program, drums, frozenset())
        for controller in (7, 11):
            self._fluid.fluid_synth_cc(self._synth, channel, controller, 127)
        sounds = frozenset(key for key in range(128) if self._sounds(channel, key))
        if drums:
            levels = {key: self._level(channel, key, _HIT_S) for key in DRUM_KEYS if key in sounds}
            heard = [levels[key] for key in _BACKBONE if key in levels] or list(levels.values())
            return ProgramReport(program, True, sounds, _mean(heard), levels)
        return ProgramReport(
            program, False, sounds, _mean([self._level(channel, key, _NOTE_S) for key in _middle(program, sounds)])
        )

    def _sounds(self, channel: int, key: int) -> bool:
        if not all(self._starts(channel, key, velocity) for velocity in _BETWEEN):
            return False
        return all(self._heard(channel, key, velocity) for velocity in (_LOUD, _SOFT))

    def _starts(self, channel: int, key: int, velocity: int) -> bool:
        self._on(self._synth, channel, key, velocity)
        started = self._voices(self._synth) > 0
        self._silence(channel)
        return bool(started)

    def _heard(self, channel: int, key: int, velocity: int) -> bool:
        self._on(self._synth, channel, key, velocity)
        heard = False
        for _ in range(_PATIENCE):
            if self._voices(self._synth) == 0:
                break
            if np.abs(self._play(_STEP)).max() > SILENT:
                heard = True
                break
        self._silence(channel)
        return heard

    def _level(self, channel: int, key: int, seconds: float) -> float:
        self._on(self._synth, channel, key, _MEZZO_FORTE)
        steps = math.ceil(seconds * RATE / _STEP)
        played = np.concatenate([self._play(_STEP).copy() for _ in range(steps)])
        self._silence(channel)
        power = (sosfilt(k_weighting(RATE), played, axis=0) ** 2).sum(axis=1).reshape(steps, _STEP).mean(axis=1)
        window = max(1, min(steps, round(_WINDOW_S * RATE / _STEP)))
        loudest = float(np.convolve(power, np.full(window, 1 / window), "valid").max())
        return -0.691 + 10 * math.log10(loudest) if loudest > 1e-12 else -math.inf

    def _play(self, count: int) -> np.ndarray[Any, np.dtype[np.float32]]:
        place = self._buffer.ctypes.data
        if self._write(self._synth, count, place, 0, 2, place, 1, 2) != 0:
            raise RenderError("FluidSynth failed while it played.")
        return self._buffer[:count]

    def _silence(self, channel: int) -> None:
        self._hush(self._synth, channel)
        self._play(BLOCK)


def _function(fluid: Any, name: str, arguments: str) -> Any:
    found = fluid._fl[name]
    found.restype = ctypes.c_int
    found.argtypes = [ctypes.c_void_p if each == "p" else ctypes.c_int for each in arguments]
    return found


def _middle(program: int, sounds: frozenset[int]) -> list[int]:
    """Three keys, a fifth or so apart, around the middle of the instrument's easy range, that sound."""
    pitched = (each for each in INSTRUMENTS.values() if each.hands != "drums")
    middle = next(((each.sweet_low + each.sweet_high) // 2 for each in pitched if each.program == program), 60)
    wanted = (middle - 6, middle, middle + 7)
    return [min(sounds, key=lambda key: (abs(key - place), key)) for place in wanted] if sounds else []


def _mean(levels: list[float]) -> float:
    """The mean of the levels in dB; silence where there are none."""
    finite = [level for level in levels if math.isfinite(level)]
    return sum(finite) / len(finite) if finite else -math.inf
