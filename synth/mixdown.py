"""Songs and MIDI files to finished stereo sound: levels by role, pan, one room, loudness, limiter.

Conventions: samples are float32 of shape (n, 2) at 44.1 kHz, within [-1, 1]; levels in dB, loudness in LUFS. At most
two tracks are held at a time beside the buses. The result does not depend on the threads' timing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from io import BytesIO
from math import cos, isfinite, pi, sin, sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from partimento.score.midi_read import MidiContents
from partimento.score.mix import Fader
from partimento.score.performance import PlayedControl, PlayedNote, PlayedTrack
from partimento.score.song import Song
from partimento.score.timeline import Timeline
from partimento.soundfonts.finding import check_soundfont, default_soundfont
from partimento.synth.fluid import BLOCK, RATE, TAIL_S, Clock, Samples, library, render_track
from partimento.synth.loudness import limit, loudness, remove_rumble
from partimento.synth.reverb import add_reverb, room
from partimento.theory.errors import RenderError

Progress = Callable[[int, int], None]
"""Told after each track: how many are done, of how many."""

ROLE_LEVELS: dict[str, float] = {
    "lead": -7.5,
    "harmony": -12.0,
    "counter": -12.0,
    "answer": -11.0,
    "comp": -11.0,
    "pad": -14.0,
    "riff": -10.0,
    "stab": -11.5,
    "bass": -9.5,
    "drums": -8.0,
    "percussion": -15.0,
    "texture": -17.0,
}
"""Loudness of a role against the full mix in dB: the middles of the ranges in Koo et al., Diff-MST (2024), with the
kit taken as one."""

CEILING_DB = -1.0
LONGEST_S = 3600.0
_MIDI_LUFS, _MIDI_REVERB_S = -16.0, 1.4
_WET = 0.9
"""Gain of the room for a send of 1."""
_THREADS = 2
_SILENCE = 10 ** (-66 / 20)
_FADE_S = 0.15


@dataclass(frozen=True, slots=True)
class _Strip:
    """One track in the mix: target loudness (None: as it comes), fader, and how it is rendered."""

    track: PlayedTrack
    level: float | None
    fader: Fader
    follow_volume: bool


def render_song(
    song: Song, soundfont: Path | str | None = None, progress: Progress | None = None
) -> tuple[Samples, int]:
    """The song's performance as sound at `song.mix.lufs`, with the sample rate.

    `soundfont` None takes the default one. Each track is brought to the loudness of its role, then its fader acts.
    Raises RenderError when the library or the SoundFont is missing or damaged, or nothing is played.
    """
    roles = {track.name: track.role for track in song.tracks}
    faders = {fader.track: fader for fader in song.mix.faders}
    leaders: dict[int, PlayedTrack] = {}
    strips = []
    for track in song.performance.tracks:
        leader = leaders.setdefault(track.channel, track)
        if not track.controls:  # one channel has one set of controllers, and its first track carries them
            track = replace(track, controls=leader.controls)
        fader = faders.get(track.name) or Fader(track.name, 0.0, (track.pan - 64) / 63, track.reverb / 127)
        if not fader.mute:
            strips.append(_Strip(track, ROLE_LEVELS.get(roles.get(track.name, ""), -12.0), fader, False))
    clock = Timeline(song).seconds_at
    return _render(strips, clock, soundfont, song.mix.lufs, song.mix.hall_s, progress), RATE


def render_midi(
    contents: MidiContents, soundfont: Path | str | None = None, progress: Progress | None = None
) -> tuple[Samples, int]:
    """Any MIDI file as sound, its own balance, pan and reverb kept, brought to -16 LUFS; with the sample rate.

    Raises RenderError as `render_song` does, and when the file lasts more than an hour.
    """
    strips = []
    for part in contents.tracks:
        first = _first_values(part.controls)
        notes = tuple(PlayedNote(*note) for note in part.notes)
        track = PlayedTrack(
            part.name, 9 if part.drums else 0, part.program, notes,
            tuple(PlayedControl(*row) for row in part.controls),
            first.get(7, 100), first.get(10, 64), first.get(11, 127), first.get(91, 40),
        )  # fmt: skip
        fader = Fader(part.name, 0.0, max(-1.0, (track.pan - 64) / 63), hall=track.reverb / 127)
        strips.append(_Strip(track, None, fader, True))
    return _render(strips, _tempo_clock(contents.tempos), soundfont, _MIDI_LUFS, _MIDI_REVERB_S, progress), RATE


def wav_bytes(samples: Samples, rate: int) -> bytes:
    """The samples as a 16-bit WAV file."""
    import wave

    out = BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate)
        for start in range(0, len(samples), 1 << 20):
            part = np.round(samples[start : start + (1 << 20)] * 32767.0)
            file.writeframes(np.clip(part, -32768, 32767).astype("<i2").tobytes())
    return out.getvalue()


def _first_values(controls: tuple[tuple[int, int, int], ...]) -> dict[int, int]:
    """The first value of each controller that is set before anything else can be heard of it."""
    first: dict[int, int] = {}
    for _, controller, value in controls:
        first.setdefault(controller, value)
    return first


def _tempo_clock(tempos: tuple[tuple[int, float], ...]) -> Clock:
    ticks = [tick for tick, _ in tempos]
    seconds = [0.0]
    for (tick, bpm), (after, _) in zip(tempos, tempos[1:], strict=False):
        seconds.append(seconds[-1] + (after - tick) / (8.0 * bpm))  # 60 / 480 = 1 / 8

    def clock(tick: float) -> float:
        i = max(0, bisect_right(ticks, tick) - 1)
        return seconds[i] + (tick - ticks[i]) / (8.0 * tempos[i][1])

    return clock


def _render(
    strips: list[_Strip], clock: Clock, soundfont: Path | str | None, lufs: float, reverb_s: float,
    progress: Progress | None,
) -> Samples:  # fmt: skip
    library()
    font = (check_soundfont(soundfont) if soundfont is not None else default_soundfont()).path
    strips = [strip for strip in strips if strip.track.notes]
    if not strips:
        raise RenderError("there is nothing to play: no track has a note")
    end = max(clock(note.onset + note.duration) for strip in strips for note in strip.track.notes)
    if end > LONGEST_S:
        raise RenderError(f"the piece lasts {end / 60:.0f} minutes; at most {LONGEST_S / 60:.0f} are rendered")
    response = room(reverb_s, RATE)
    longest = round((end + TAIL_S) * RATE) + BLOCK
    mix = np.zeros((longest + len(response), 2), np.float32)
    send = np.zeros(longest, np.float32)
    for done, (strip, sound) in enumerate(_sounds(strips, clock, font), 1):
        _add(strip, sound, mix, send)
        del sound
        if progress is not None:
            progress(done, len(strips))
    add_reverb(send, response, mix)
    del send
    return _master(mix, lufs)


def _sounds(strips: list[_Strip], clock: Clock, font: Path) -> Iterator[tuple[_Strip, Samples]]:
    """Each strip with its levelled sound, in order, two being rendered at a time."""
    waiting: deque[tuple[_Strip, Future[Samples]]] = deque()
    todo = deque(strips)
    pool = ThreadPoolExecutor(_THREADS)
    try:
        while todo or waiting:
            while todo and len(waiting) < _THREADS:
                strip = todo.popleft()
                waiting.append((strip, pool.submit(_levelled, strip, clock, font)))
            yield _next(waiting)
    finally:
        pool.shutdown(cancel_futures=True)


def _next(waiting: deque[tuple[_Strip, Future[Samples]]]) -> tuple[_Strip, Samples]:
    """The first of `waiting`, rendered; a function of its own, so that nobody but the caller holds the sound."""
    strip, future = waiting.popleft()
    return strip, future.result()


def _levelled(strip: _Strip, clock: Clock, font: Path) -> Samples:
    sound = render_track(strip.track, clock, font, strip.follow_volume)
    gain_db = strip.fader.gain_db
    if strip.level is not None:
        measured = loudness(sound, RATE)
        if isfinite(measured):
            # The full mix stands at -20 LUFS here; the master brings it to its own loudness.
            gain_db += -20.0 + strip.level - measured
    sound *= np.float32(10 ** (gain_db / 20))
    return sound


def _add(strip: _Strip, sound: Samples, mix: Samples, send: NDArray[np.float32]) -> None:
    """Pan by constant power, unity in the middle, into the mix, and by its send into the room's."""
    angle = (max(-1.0, min(1.0, strip.fader.pan)) + 1) * pi / 4
    amount = np.float32(strip.fader.hall * _WET / 2)
    for channel, gain in ((0, sqrt(2) * cos(angle)), (1, sqrt(2) * sin(angle))):
        sound[:, channel] *= np.float32(gain)
        mix[: len(sound), channel] += sound[:, channel]
        if amount > 0:
            sound[:, channel] *= amount
            send[: len(sound)] += sound[:, channel]


def _master(mix: Samples, lufs: float) -> Samples:
    """High-pass, trim the end, loudness, limiter; measured again, since limiting takes loudness away."""
    remove_rumble(mix, RATE)
    mix = _trimmed(mix)
    for _ in range(4):
        measured = loudness(mix, RATE)
        if not isfinite(measured):
            break
        gain_db = lufs - measured
        mix *= np.float32(10 ** (gain_db / 20))
        if limit(mix, RATE, CEILING_DB) == 0.0 or abs(gain_db) < 0.15:
            break
    return np.clip(mix, -1.0, 1.0, out=mix)


def _trimmed(mix: Samples) -> Samples:
    """Cut off after the last sound above -66 dB of the peak, with a short fade."""
    span = 4096
    peak = max(float(mix.max(initial=0.0)), -float(mix.min(initial=0.0)))
    end = len(mix)
    while end > span and float(np.abs(mix[end - span : end]).max()) < peak * _SILENCE:
        end -= span
    mix = mix[: min(len(mix), end + round(_FADE_S * RATE))]
    fade = min(len(mix), round(_FADE_S * RATE))
    mix[len(mix) - fade :] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)[:, None]
    return mix
