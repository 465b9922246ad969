"""One track through FluidSynth, dry: a fresh synth a track, floats, events on the 64-sample grid.

Conventions: samples are float32 of shape (n, 2) at `RATE`; times in seconds; FluidSynth's own reverb and chorus are
off, since effects belong to the mix. What FluidSynth answers with -1 becomes a RenderError.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partimento.score.performance import PlayedTrack
from partimento.theory.errors import RenderError

Samples = NDArray[np.float32]
Clock = Callable[[float], float]
"""Ticks to seconds."""

RATE = 44100
BLOCK = 64
"""FluidSynth computes in blocks of 64 samples; an event takes effect at a block's start."""
TAIL_S = 10.0
"""The longest ring after the last release."""
LONGEST_NOTE_S = 120.0
"""A note that is never released is let go after this time (seconds)."""
_QUIET = 10 ** (-60 / 20)
_GAIN = 0.5
_CHUNK = 256 * BLOCK
_DRUM_BANK, _DRUM_CHANNEL = 128, 9

# Creating and deleting synths goes through FluidSynth's shared sample cache; rendering needs no lock.
_lock = threading.Lock()


@cache
def library() -> Any:
    """The `fluidsynth` module; RenderError with the remedy when its C library lacks."""
    try:
        # pyfluidsynth prints where it found the library when CI is set.
        with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
            import fluidsynth
    except (ImportError, OSError, AttributeError) as error:
        how = "brew install fluid-synth" if sys.platform == "darwin" else "apt-get install libfluidsynth3"
        raise RenderError(f"no sound without the FluidSynth library ({error}). To get it: {how}") from error
    write = fluidsynth._fl.fluid_synth_write_float
    write.restype = ctypes.c_int
    write.argtypes = [
        ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_int,
        ctypes.c_void_p, ctypes.c_int, ctypes.c_int,
    ]  # fmt: skip
    return fluidsynth


class _Synth:
    """A fresh FluidSynth with one font and one program on one channel."""

    def __init__(self, soundfont: Path, drums: bool, program: int) -> None:
        self.fluid = library()
        self.channel = _DRUM_CHANNEL if drums else 0
        self.settings = self.fluid.new_fluid_settings()
        self.handle: int | None = None
        for name, number in (("synth.gain", _GAIN), ("synth.sample-rate", float(RATE))):
            self.fluid.fluid_settings_setnum(self.settings, name.encode(), number)
        for name, whole in (
            ("synth.reverb.active", 0),
            ("synth.chorus.active", 0),
            ("synth.polyphony", 512),
            ("synth.dynamic-sample-loading", 1),
        ):
            self.fluid.fluid_settings_setint(self.settings, name.encode(), whole)
        try:
            with _lock:
                self.handle = self.fluid.new_fluid_synth(self.settings)
            if not self.handle:
                raise RenderError("FluidSynth could not be started. `partimento doctor` says what is installed.")
            self._load(soundfont, drums, program)
        except BaseException:
            self.close()
            raise

    def _load(self, soundfont: Path, drums: bool, program: int) -> None:
        with _lock:
            font = self.fluid.fluid_synth_sfload(self.handle, os.fsencode(soundfont), 1)
        if font < 0:
            raise RenderError(
                f"FluidSynth cannot load the SoundFont '{soundfont}': it is damaged or of a kind it does not read."
                " Name another with --soundfont."
            )
        bank = _DRUM_BANK if drums else 0
        # Where a kit or program lacks: the standard kit, or the first of its General MIDI family, or the piano.
        for choice in (program, 0 if drums else program // 8 * 8, 0):
            if self.fluid.fluid_synth_program_select(self.handle, self.channel, font, bank, choice) == 0:
                return
        what = "drum kit (bank 128)" if drums else "General MIDI programs (bank 0)"
        raise RenderError(f"the SoundFont '{soundfont}' has no {what}. Name another with --soundfont.")

    def close(self) -> None:
        """Free the synth and its settings."""
        with _lock:
            if self.handle:
                self.fluid.delete_fluid_synth(self.handle)
                self.handle = None
            if self.settings:
                self.fluid.delete_fluid_settings(self.settings)
                self.settings = None

    def render(self, out: Samples) -> None:
        """Fill `out` (n, 2), C-contiguous, with the next n samples."""
        place = out.ctypes.data
        code = self.fluid._fl.fluid_synth_write_float(self.handle, len(out), place, 0, 2, place, 1, 2)
        if code != 0:
            raise RenderError("FluidSynth failed while it played.")


Event = tuple[int, int, int, int]
"""(block, kind, key or controller or bend, velocity or value)."""
_OFF, _CONTROL, _BEND, _ON = 0, 1, 2, 3


def render_track(track: PlayedTrack, clock: Clock, soundfont: Path, follow_volume: bool = False) -> Samples:
    """The track alone, dry and centred, from tick 0 to the end of its ring (-60 dB or `TAIL_S`).

    Its pan and reverb are left to the mix, and its volume too unless `follow_volume`; expression, pedal and bend are
    followed. An empty track gives no samples. Deterministic for one FluidSynth version. Raises RenderError.
    """
    if not track.notes:
        return np.zeros((0, 2), np.float32)
    drums = track.channel == _DRUM_CHANNEL
    events = _events(track, clock, follow_volume)
    last = events[-1][0] * BLOCK
    buffer = np.zeros((last + round(TAIL_S * RATE) // BLOCK * BLOCK, 2), np.float32)
    synth = _Synth(soundfont, drums, track.program)
    try:
        _start(synth, track, follow_volume)
        peak = _play(synth, events, buffer)
        end = _ring(synth, buffer, last, peak)
    finally:
        synth.close()
    return buffer[:end]


def _start(synth: _Synth, track: PlayedTrack, follow_volume: bool) -> None:
    # Pan is centred and reverb silenced here: both are the mix's.
    volume = track.volume if follow_volume else 127
    for controller, value in ((7, volume), (10, 64), (11, track.expression), (91, 0), (93, 0)):
        synth.fluid.fluid_synth_cc(synth.handle, synth.channel, controller, value)


def _events(track: PlayedTrack, clock: Clock, follow_volume: bool) -> list[Event]:
    """What happens in which block, sorted; within a block offs go before controllers, these before ons."""
    skip = {0, 10, 32, 91, 93} if follow_volume else {0, 7, 10, 32, 91, 93}
    events: list[Event] = []
    for onset, duration, number, velocity in track.notes:
        start = _block(clock(onset))
        release = min(_block(clock(onset + duration)), start + _block(LONGEST_NOTE_S))
        events.append((start, _ON, number, velocity))
        # A block at the least, or FluidSynth would never sound it.
        events.append((max(release, start + 1), _OFF, number, 0))
    for onset, controller, value in track.controls:
        if controller < 0:
            events.append((_block(clock(onset)), _BEND, max(0, min(16383, value + 8192)), 0))
        elif controller not in skip:
            events.append((_block(clock(onset)), _CONTROL, controller, max(0, min(127, value))))
    events.sort(key=lambda event: event[:2])
    # A pedal that is left down at the end would ring for ever.
    last = max(event[0] for event in events)
    events.append((last, _CONTROL, 64, 0))
    return events


def _block(seconds: float) -> int:
    return max(0, round(seconds * RATE / BLOCK))


def _play(synth: _Synth, events: Sequence[Event], buffer: Samples) -> float:
    """Play all events; returns the peak of what has sounded up to the last."""
    fluid, handle, channel = synth.fluid, synth.handle, synth.channel
    sounding: dict[int, int] = {}
    at = 0
    peak = 0.0
    for block, kind, first, second in events:
        place = block * BLOCK
        if place > at:
            synth.render(buffer[at:place])
            peak = max(peak, _peak(buffer[at:place]))
            at = place
        if kind == _ON:
            sounding[first] = sounding.get(first, 0) + 1
            fluid.fluid_synth_noteon(handle, channel, first, second)
        elif kind == _OFF:
            # Overlapping notes of one key: the key goes up with the last of them.
            sounding[first] = sounding.get(first, 1) - 1
            if sounding[first] == 0:
                fluid.fluid_synth_noteoff(handle, channel, first)
        elif kind == _CONTROL:
            fluid.fluid_synth_cc(handle, channel, first, second)
        else:
            fluid.fluid_synth_pitch_bend(handle, channel, first)
    return peak


def _peak(samples: Samples) -> float:
    return max(float(samples.max(initial=0.0)), -float(samples.min(initial=0.0)))


def _ring(synth: _Synth, buffer: Samples, last: int, peak: float) -> int:
    """Render on from sample `last` until a chunk stays below -60 dB of the track's peak; returns where that is."""
    at = last
    while at < len(buffer):
        until = min(len(buffer), at + _CHUNK)
        synth.render(buffer[at:until])
        loudest = _peak(buffer[at:until])
        peak = max(peak, loudest)
        at = until
        if loudest <= peak * _QUIET:
            break
    return at
