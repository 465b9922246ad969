"""Played tracks as sound by the trained instruments and kits: one track as a Source, or many at once.

Conventions: as synth/fluid.py, in whose place NeuralSource stands: the same level, the same timing, pan, reverb and
(unless asked) volume left to the mix. Sound is made span by span (synth/neural/cells.py), counted from the piece's
beginning, whatever is read: so how it is read changes nothing, and memory does not grow with the piece's length.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from zlib import crc32

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from partimento.score.performance import PlayedTrack
from partimento.synth.neural.assignment import SPAN
from partimento.synth.neural.cells import Arena
from partimento.synth.neural.controls import Controls, NeuralNote
from partimento.synth.neural.events import BLOCK, Played, led_into, played, vibrato_shape
from partimento.synth.neural.kits import Kits
from partimento.synth.neural.noise import PERIOD
from partimento.synth.neural.strokes import Strokes
from partimento.synth.neural.timbre import Sounding, Timbre, controls_of
from partimento.synth.neural.tones import FRAME
from partimento.synth.neural.voices import SOFTER_DB, Placed, Voices, joined, voices
from partimento.synth.ringing import QUIET, TAIL_S, WINDOW, Ringing, peak
from partimento.synth.signal import RATES, Clock, Samples
from partimento.theory.errors import RenderError

DRUM_CHANNEL = 9
_RUN_IN_S = 2.0
_FEW, _MANY = 8, 64
"""Notes whose Controls are asked for at once: few at first, that sound comes soon."""
_SOFTER = 10 ** (-SOFTER_DB / 40)
_SUSTAINED = frozenset((*range(21, 24), *range(40, 45), *range(48, 55), *range(56, 96), *range(109, 112)))
"""Programs whose notes are sustained by bow, breath or oscillator: they swell, and may be led into."""
_SPANS = {"cpu": 1, "cuda": 32}
"""Spans that are computed at once."""


class NeuralSource(Ringing):
    """A track as a Source (synth/signal.py): from `start_s` to the end of its ring, -60 dB of its peak or `TAIL_S`.

    As FluidSource, note by note and controller by controller. `timbre` is what is wished of its sound; `device` is
    where partials and noise are computed. Reading raises RenderError when memory is short. Deterministic, however it
    is read.
    """

    def __init__(
        self,
        track: PlayedTrack,
        clock: Clock,
        rate: int,
        *,
        instruments: Sounding,
        kits: Kits,
        timbre: Timbre | None = None,
        follow_volume: bool = False,
        start_s: float = 0.0,
        device: torch.device | str = "cpu",
    ) -> None:
        part = _Part(track, clock, rate, timbre, follow_volume)
        begin, last = max(0, round(start_s * rate)), part.events.last
        # Where only the ring is heard, its peak is to be known.
        at = min(begin, max(0, last - round(_RUN_IN_S * rate)))
        super().__init__(rate, at, begin - at, last, not part.events or begin > last + round(TAIL_S * rate))
        self._stage = _Stage([part], rate, instruments, kits, torch.device(device), self._at)
        self._sound: Samples = np.zeros((0, 2), np.float32)

    def close(self) -> None:
        """Free what it holds; nothing more is given."""
        self._over = True
        self._stage.clear()

    def _spent(self) -> bool:
        return self._stage.silent and not self._sound.any()

    def _fill(self, out: Samples) -> None:
        """Play on for len(out) samples."""
        done = 0
        while done < len(out):
            if not len(self._sound):
                self._sound = self._stage.step()[0]
            part = self._sound[: len(out) - done]
            out[done : done + len(part)] = part
            self._sound = self._sound[len(part) :]
            done += len(part)
        self._at += len(out)
        self._peak = max(self._peak, peak(out))


def play_tracks(
    tracks: Sequence[PlayedTrack],
    clock: Clock,
    rate: int,
    *,
    instruments: Sounding,
    kits: Kits,
    timbres: Sequence[Timbre | None] | None = None,
    follow_volume: bool = False,
    device: torch.device | str = "cpu",
) -> list[Samples]:
    """Each track's whole sound, as a NeuralSource gives it (within -80 dB), their notes computed together: what a GPU
    is best at. Raises RenderError as a NeuralSource."""
    wishes = list(timbres or [None] * len(tracks))
    parts = [
        _Part(track, clock, rate, timbre, follow_volume) for track, timbre in zip(tracks, wishes, strict=True)
    ]  # fmt: skip
    if not parts:
        return []
    stage = _Stage(parts, rate, instruments, kits, torch.device(device), 0)
    sounds: list[list[Samples]] = [[] for _ in parts]
    tail, length = round(TAIL_S * rate) + WINDOW, 0
    last = max(part.events.last for part in parts)
    while length < last or (length < last + tail and not stage.silent):
        for sound, made in zip(sounds, stage.step(), strict=True):
            sound.append(made)
        length += len(sounds[0][-1])
    return [
        _ended(np.concatenate(sound), part.events, rate) for sound, part in zip(sounds, parts, strict=True)
    ]  # fmt: skip


def _ended(sound: Samples, events: Played, rate: int) -> Samples:
    """The sound up to the end of its ring, which fades as a NeuralSource's."""
    if not events:
        return sound[:0]
    loudest = peak(sound[: events.last])
    at, end = events.last, events.last + round(TAIL_S * rate) // WINDOW * WINDOW
    sound = np.concatenate((sound, np.zeros((max(0, at + WINDOW - len(sound)), 2), np.float32)))
    while at < end and loudest and sound[at:].any():
        window = sound[at : at + WINDOW]
        at += len(window)
        loudest = max(loudest, peak(window))
        if at >= end or peak(window) <= loudest * QUIET:
            window *= np.linspace(1.0, 0.0, len(window), dtype=np.float32)[:, None]
            break
    return sound[:at]


class _Part:
    """A track and what is wished of it."""

    def __init__(self, track: PlayedTrack, clock: Clock, rate: int, timbre: Timbre | None, follow_volume: bool) -> None:
        if rate not in RATES:
            raise RenderError(f"a sample rate of {rate} Hz is not rendered; {' or '.join(map(str, RATES))} are")
        self.program = max(0, min(127, track.program))
        self.drums = track.channel == DRUM_CHANNEL
        self.timbre = timbre
        self.noise_place = crc32(track.name.encode()) % (PERIOD // FRAME)
        self.events = played(track, clock, rate, follow_volume)
        self.bends = any(values.values.any() for values in (self.events.bend, self.events.vibrato))
        self.swells = self.program in _SUSTAINED and not self.events.gain.still
        legato = timbre is not None and timbre.legato and self.program in _SUSTAINED
        self.led = led_into(self.events, rate) if legato else np.zeros(len(self.events), bool)


class _Stage:
    """Some tracks, sounded step by step from sample `begin` on: a step is some spans, its first one `begin`'s."""

    def __init__(
        self, parts: Sequence[_Part], rate: int, instruments: Sounding, kits: Kits, device: torch.device, begin: int
    ) -> None:
        self._parts, self._rate, self._instruments, self._device = parts, rate, instruments, device
        self._arena: Arena | None = None
        self._span, self._skip = divmod(begin, SPAN)
        self._steps = _SPANS["cuda" if device.type == "cuda" else "cpu"]
        self._rest = np.zeros((len(parts), BLOCK, 2), np.float32)
        self._voices: Voices | None = None
        self._strokes = [
            Strokes(part.events, part.program, kits, rate, begin) if part.drums else None for part in parts
        ]  # fmt: skip
        self._due = _order(parts, begin - round(TAIL_S * rate))
        self._asked, self._many = 0, _FEW
        self._tail = round(TAIL_S * rate)

    @property
    def silent(self) -> bool:
        """Whether nothing sounds any more, and nothing is to come."""
        now = self._span * SPAN
        if self._asked < len(self._due) or self._rest.any() or any(s and not s.silent for s in self._strokes):
            return False
        return self._voices is None or not bool((self._voices.notes.end > now).any())

    def clear(self) -> None:
        """Forget what is held."""
        self._voices, self._asked = None, len(self._due)
        self._strokes = [None] * len(self._parts)

    def step(self) -> list[Samples]:
        """The next samples of each track."""
        first, count = self._span * SPAN, self._steps * SPAN
        with torch.inference_mode():
            self._ask(first + count)
            made = self._made()
        sounds = []
        for i, (part, strokes) in enumerate(zip(self._parts, self._strokes, strict=True)):
            sound = made[i]
            sound[:BLOCK] += self._rest[i]
            self._rest[i] = sound[count:]
            sound = sound[:count]
            if strokes is not None:
                strokes.add(sound, first)
            gains = part.events.gains(first, count)
            if isinstance(gains, float):
                sound = sound if gains == 1.0 else sound * np.float32(gains)
            else:
                sound = sound * gains[:, None]
            sounds.append(sound[self._skip :])
        self._span += self._steps
        self._skip = 0
        return sounds

    def _made(self) -> Samples:
        """The step's partials and noise of all tracks."""
        now = self._span * SPAN
        if self._voices is None or not bool((self._voices.notes.end > now).any()):
            return np.zeros((len(self._parts), self._steps * SPAN + BLOCK, 2), np.float32)
        if self._arena is None:
            with torch.inference_mode(False):  # what is kept for all must serve training too
                self._arena = Arena(self._rate, self._device, [part.noise_place for part in self._parts])
        sound: Samples = self._arena.sound(self._voices, self._span, self._steps).cpu().numpy()
        return sound

    def _ask(self, until: int) -> None:
        """Have the voices of all notes that begin before sample `until`, and some more."""
        while self._asked < len(self._due) and self._due[self._asked, 0] < until:
            count = self._many if self._device.type == "cpu" else max(_MANY, 16 * self._many)
            some = self._due[self._asked : self._asked + count]
            self._asked += len(some)
            self._many = min(_MANY, 2 * self._many)
            new = self._voiced(some)
            self._voices = new if self._voices is None else joined(self._voices, new, self._span * SPAN)

    def _voiced(self, rows: NDArray[np.int64]) -> Voices:
        """The voices of rows (onset, part, note), sorted by part for what is asked of each."""
        rows = rows[np.argsort(rows[:, 1], kind="stable")]
        controls = self._asked_for(rows)
        releases = [self._parts[i].events.releases[n] for i, n in rows[:, 1:].tolist()]
        onset, release, group = (
            torch.from_numpy(np.ascontiguousarray(each, np.int64)).to(self._device)
            for each in (rows[:, 0], np.array(releases), rows[:, 1])
        )
        led = torch.from_numpy(np.array([self._parts[i].led[n] for i, n in rows[:, 1:].tolist()])).to(self._device)
        of = [self._parts[i] for i in np.unique(rows[:, 1])]
        curves = _Curves(self._parts, rows, self._rate, self._device)
        swells = any(part.swells for part in of)
        softer = self._asked_for(rows, _SOFTER).to(self._device) if swells else None
        placed = Placed(
            onset, release, group, led, curves.bend if any(part.bends for part in of) else None,
            curves.swell if swells else None, softer,
        )  # fmt: skip
        return voices(controls.to(self._device), placed, self._rate, self._tail)

    def _asked_for(self, rows: NDArray[np.int64], share: float = 1.0) -> Controls:
        """The Controls of rows (onset, part, note), at a share of their velocities."""
        return _together([self._controls(int(i), rows[rows[:, 1] == i, 2], share) for i in np.unique(rows[:, 1])])

    def _controls(self, part: int, which: NDArray[np.int64], share: float = 1.0) -> Controls:
        """Of a part's notes, at a share of their velocities."""
        of = self._parts[part]
        events = of.events
        onsets = events.onsets[which]
        lengths = (events.releases[which] - onsets) / self._rate
        notes = [
            NeuralNote(of.program, int(key), max(1.0, share * float(velocity)), float(length))
            for key, velocity, length in zip(events.keys[which], events.velocities[which], lengths, strict=True)
        ]
        return controls_of(self._instruments, notes, (onsets / self._rate).tolist(), of.timbre)


class _Curves:
    """What moves notes, rows (onset, part, note), at their frames' edges: (N, frames) from each one's onset on."""

    def __init__(self, parts: Sequence[_Part], rows: NDArray[np.int64], rate: int, device: torch.device) -> None:
        self._parts, self._rows, self._rate, self._device = parts, rows, rate, device

    def bend(self, frames: int) -> Tensor:
        """By how many cents they are bent."""

        def cents(part: _Part, places: NDArray[np.int64]) -> NDArray[np.float64] | None:
            if not part.bends:
                return None
            shape = vibrato_shape(part.program, (places - places[0]) / self._rate)
            return part.events.bend.at(places) + part.events.vibrato.at(places) * shape

        return self._each(frames, cents)

    def swell(self, frames: int) -> Tensor:
        """By how many dB they are louder than at their onset, by expression."""

        def swell(part: _Part, places: NDArray[np.int64]) -> NDArray[np.float64] | None:
            if not part.swells:
                return None
            decibels = 20 * np.log10(np.maximum(part.events.gain.at(places), 1e-6))
            return np.asarray(np.clip(decibels - decibels[0], -SOFTER_DB, SOFTER_DB))

        return self._each(frames, swell)

    def _each(self, frames: int, told: Callable[[_Part, NDArray[np.int64]], NDArray[np.float64] | None]) -> Tensor:
        after = FRAME * np.arange(frames, dtype=np.int64)
        found = np.zeros((len(self._rows), frames), np.float32)
        for i, (onset, part, _) in enumerate(self._rows.tolist()):
            curve = told(self._parts[part], onset + after)
            if curve is not None:
                found[i] = curve
        return torch.from_numpy(found).to(self._device)


def _order(parts: Sequence[_Part], heard: int) -> NDArray[np.int64]:
    """Rows (onset, part, note) of the melodic parts' notes that are let go after sample `heard`, by onset."""
    rows = [np.zeros((0, 3), np.int64)]
    for i, part in enumerate(parts):
        if not part.drums:
            which = np.nonzero(part.events.releases > heard)[0]
            rows.append(np.stack((part.events.onsets[which], np.full(len(which), i), which), axis=1))
    every = np.concatenate(rows)
    return every[np.argsort(every[:, 0], kind="stable")]


def _together(some: Sequence[Controls]) -> Controls:
    return Controls(*(torch.cat([getattr(each, name) for each in some]) for name in Controls.__slots__))
