"""A played track as the neural renderer sounds it: when its notes begin and end, its gain and its pitch over time.

Conventions: as synth/fluid.py, whose FluidSource this follows event by event: places in samples on the grid of BLOCK,
counted from the piece's beginning; pitch in cents, gain as a factor. What FluidSynth and the teacher's SoundFont do not
follow (CC2, 4, 5 without 65, 16, 67, 70 to 79, measured) is not followed here either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partimento.score.performance import PlayedTrack
from partimento.synth.signal import Clock

BLOCK = 64
"""As FluidSynth: what happens takes effect at the start of a block of so many samples."""
LONGEST_NOTE_S = 120.0
"""A note that is never released is let go after this time, as by FluidSource."""
VIBRATO_CENTS = 50.0
"""How far the modulation wheel (CC1) bends to either side at 127 (SoundFont 2.04, section 8.4.6)."""
_BEND, _WHEEL, _DATA, _VOLUME, _EXPRESSION, _FINE_DATA = -1, 1, 6, 7, 11, 38
_SUSTAIN, _SOSTENUTO, _NRPN_LOW, _NRPN, _RPN_LOW, _RPN = 64, 66, 98, 99, 100, 101
_SOUND_OFF, _RESET, _NOTES_OFF = 120, 121, 123
_NO_PARAMETER = (127, 127)
_SLOW_HZ = 8.176 * 2 ** (-851 / 1200)
_LFO: dict[int, tuple[float, float]] = {
    5: (_SLOW_HZ, 0.1), 38: (_SLOW_HZ, 0.1), 39: (_SLOW_HZ, 0.1), 42: (_SLOW_HZ, 0.01), 50: (_SLOW_HZ, 0.01),
    51: (_SLOW_HZ, 0.01), 62: (4.5, 0.1), 63: (4.5, 0.1), 71: (4.9, 0.0), 80: (_SLOW_HZ, 0.1), 81: (6.0, 0.1),
    84: (_SLOW_HZ, 0.1), 90: (_SLOW_HZ, 0.1),
}  # fmt: skip
"""Programs whose vibrato does not begin at once with 8.176 Hz, FluidSynth's default: (Hz, seconds until it begins), of
the teacher's presets (generators delayVibLFO and freqVibLFO)."""


@dataclass(frozen=True, slots=True)
class Steps:
    """A value that changes at some samples and stands still between: `values[i]` holds from `places[i]` on."""

    places: NDArray[np.int64]
    values: NDArray[np.float64]

    def at(self, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """The values at these samples, in their shape."""
        return self.values[np.searchsorted(self.places, places, side="right") - 1]

    @property
    def still(self) -> bool:
        """Whether it never changes."""
        return bool(np.all(self.values == self.values[0]))


@dataclass(frozen=True, slots=True)
class Played:
    """A track's notes, by onset: samples at which they begin and are let go (pedals and struck keys considered), keys,
    velocities; `last` the sample of the last written release; the track's `gain`, its `bend` in cents and the depth of
    its `vibrato` in cents."""

    onsets: NDArray[np.int64]
    releases: NDArray[np.int64]
    keys: NDArray[np.int64]
    velocities: NDArray[np.int64]
    last: int
    gain: Steps
    bend: Steps
    vibrato: Steps

    def __len__(self) -> int:
        return len(self.onsets)

    def gains(self, start: int, count: int) -> NDArray[np.float32] | float:
        """Factors for `count` samples from `start` on, both whole blocks; one where it stands still. A change takes a
        block, in a straight line, as in FluidSynth."""
        blocks = start + BLOCK * np.arange(-1, count // BLOCK, dtype=np.int64)
        values = self.gain.at(np.maximum(blocks, 0))
        if np.all(values == values[0]):
            return float(values[0])
        ramp = np.arange(BLOCK) / BLOCK
        return (values[:-1, None] + np.diff(values)[:, None] * ramp).reshape(-1).astype(np.float32)


def played(track: PlayedTrack, clock: Clock, rate: int, follow_volume: bool) -> Played:
    """The track's notes and curves; volume (CC7) only if it is to be followed, expression (CC11) always: both are
    worth 40 log10(value / 127) dB, as the SoundFont standard has it and FluidSynth does."""

    def block_at(tick: float) -> int:
        return max(0, round(clock(tick) * rate / BLOCK))

    longest = round(LONGEST_NOTE_S * rate / BLOCK)
    onsets = np.array([block_at(note.onset) for note in track.notes], np.int64)
    releases = np.array([block_at(note.onset + note.duration) for note in track.notes], np.int64)
    releases = np.clip(releases, onsets + 1, onsets + longest)
    last = int(releases.max(initial=0))
    rows = [(block_at(tick), tick, number, value) for tick, number, value in track.controls if number <= 127]
    ended = _let_go(track, onsets, releases, [row for row in rows if row[0] <= last], last)
    order = np.argsort(onsets, kind="stable")
    return Played(
        onsets[order] * BLOCK,
        ended[order] * BLOCK,
        np.array([max(0, min(127, note.number)) for note in track.notes], np.int64)[order],
        np.array([max(1, min(127, note.velocity)) for note in track.notes], np.int64)[order],
        last * BLOCK,
        _gain(track, rows, follow_volume),
        _bend(track, rows),
        _wheel(rows),
    )


def vibrato_shape(program: int, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the teacher's vibrato adds at times after a note's onset, as a share of its depth: a triangle."""
    hertz, delay = _LFO.get(program, (8.176, 0.0))
    turns = np.maximum(seconds - delay, 0.0) * hertz + 0.25
    return 1.0 - 4.0 * np.abs(turns % 1.0 - 0.5)


def led_into(notes: Played, rate: int) -> NDArray[np.bool_]:
    """Which notes of a line another one leads into: the one before begins earlier and ends within 30 ms of its onset,
    or while it sounds, and nothing else sounds then."""
    near = round(0.03 * rate)
    found = np.zeros(len(notes), bool)
    latest = -1
    for i in range(1, len(notes)):
        onset, before = notes.onsets[i], notes.onsets[i - 1]
        alone = latest <= onset and (i + 1 == len(notes) or notes.onsets[i + 1] > onset)
        found[i] = alone and onset - before > near and notes.releases[i - 1] >= onset - near
        latest = max(latest, notes.releases[i - 1])
    return found


_Row = tuple[int, float, int, int]
"""A controller: block, tick, number, value."""


class _Keys:
    """Which notes sound while keys and pedals go up and down, as FluidSynth has it: a key struck again lets its note
    go; one key's overlapping notes go up with the last; what a pedal holds goes up with the pedal."""

    def __init__(self, count: int) -> None:
        self.ends = np.zeros(count, np.int64)
        self.down: dict[int, int] = {}
        self.pressed: dict[int, list[int]] = {}
        self.sustained: list[int] = []
        self.kept: list[int] = []
        self.keepable: frozenset[int] = frozenset()
        self.pedals = {_SUSTAIN: False, _SOSTENUTO: False}

    def strike(self, note: int, key: int, block: int) -> None:
        self._up(key, block)
        self.down[key] = self.down.get(key, 0) + 1
        self.pressed[key] = [note]

    def lift(self, key: int, block: int) -> None:
        self.down[key] = self.down.get(key, 1) - 1
        if self.down[key] <= 0:
            self._up(key, block)

    def _up(self, key: int, block: int) -> None:
        for note in self.pressed.pop(key, ()):
            if note in self.keepable:
                self.kept.append(note)
            elif self.pedals[_SUSTAIN]:
                self.sustained.append(note)
            else:
                self.ends[note] = block

    def control(self, number: int, value: int, block: int) -> None:
        if number in self.pedals:
            was, self.pedals[number] = self.pedals[number], value >= 64
            if was == self.pedals[number]:
                return
            if number == _SOSTENUTO:
                self.keepable = frozenset() if was else frozenset(n for held in self.pressed.values() for n in held)
            if was:
                self._free(self.sustained if number == _SUSTAIN else self.kept, block)
        elif number == _RESET:
            for pedal in self.pedals:
                self.control(pedal, 0, block)
        elif number in (_NOTES_OFF, _SOUND_OFF):
            for key in list(self.pressed):
                self._up(key, block)
            if number == _SOUND_OFF:
                self._free(self.sustained, block)
                self._free(self.kept, block)

    def _free(self, notes: list[int], block: int) -> None:
        self.ends[notes] = block
        notes.clear()


def _let_go(
    track: PlayedTrack, onsets: NDArray[np.int64], releases: NDArray[np.int64], rows: Iterable[_Row], last: int
) -> NDArray[np.int64]:
    """The block in which each note is let go: within a block, releases and pedals by their ticks, then strokes."""
    keys = _Keys(len(onsets))
    moments: list[tuple[int, int, float, int, int, int]] = []
    for i, note in enumerate(track.notes):
        moments.append((int(onsets[i]), 1, 0.0, 0, i, 0))
        moments.append((int(releases[i]), 0, note.onset + note.duration, 0, i, 1))
    minded = (_SUSTAIN, _SOSTENUTO, _RESET, _NOTES_OFF, _SOUND_OFF)
    moments += [(block, 0, tick, 1, number, value) for block, tick, number, value in rows if number in minded]
    for block, stroke, _, control, which, value in sorted(moments, key=lambda moment: moment[:4]):
        if control:
            keys.control(which, value, block)
        elif stroke:
            keys.strike(which, max(0, min(127, track.notes[which].number)), block)
        else:
            keys.lift(max(0, min(127, track.notes[which].number)), block)
    for pedal in (_SOSTENUTO, _SUSTAIN):
        keys.control(pedal, 0, last)
    return np.maximum(keys.ends, onsets + 1)


def _steps(first: float, rows: Iterable[tuple[int, float]]) -> Steps:
    """From (block, value)s in order; several in one block leave the last."""
    found = {-1: first}
    found.update(rows)
    return Steps(np.array(list(found), np.int64) * BLOCK, np.array(list(found.values()), np.float64))


def _gain(track: PlayedTrack, rows: Iterable[_Row], follow_volume: bool) -> Steps:
    now = {_VOLUME: track.volume if follow_volume else 127, _EXPRESSION: track.expression}
    first = _factor(now.values())
    found = []
    for block, _, number, value in rows:
        if number == _EXPRESSION or (number == _VOLUME and follow_volume):
            now[number] = max(0, min(127, value))
        elif number == _RESET:
            now[_EXPRESSION] = 127
        else:
            continue
        found.append((block, _factor(now.values())))
    return _steps(first, found)


def _factor(values: Iterable[int]) -> float:
    out = 1.0
    for value in values:
        out *= (value / 127) ** 2
    return out


def _wheel(rows: Iterable[_Row]) -> Steps:
    return _steps(
        0.0,
        (
            (block, VIBRATO_CENTS * max(0, min(127, value)) / 127 if number == _WHEEL else 0.0)
            for block, _, number, value in rows
            if number in (_WHEEL, _RESET)
        ),
    )


def _bend(track: PlayedTrack, rows: Iterable[_Row]) -> Steps:
    """Cents from the bend wheel, its range, and fine and coarse tuning (registered parameters 0, 1, 2)."""
    change: dict[int, Callable[[_Tuning, int], None]] = {
        _BEND: _Tuning.wheel, _DATA: _Tuning.data, _FINE_DATA: _Tuning.fine_data, _RPN: _Tuning.high,
        _RPN_LOW: _Tuning.low, _NRPN: _Tuning.other, _NRPN_LOW: _Tuning.other, _RESET: _Tuning.reset,
    }  # fmt: skip
    tuning = _Tuning(float(track.bend_range))
    found = []
    for block, _, number, value in rows:
        if number in change:
            change[number](tuning, value)
            found.append((block, tuning.cents))
    return _steps(0.0, found)


class _Tuning:
    """The state of a channel's bend and tuning."""

    def __init__(self, semitones: float) -> None:
        self.bent, self.range, self.parameter = 0.0, [semitones, 0.0], _NO_PARAMETER
        self.fine, self.coarse = [64, 0], 0.0

    @property
    def cents(self) -> float:
        fine = ((self.fine[0] << 7) + self.fine[1] - 8192) / 8192
        return 100 * (self.bent * (self.range[0] + self.range[1] / 100) + fine + self.coarse)

    def wheel(self, value: int) -> None:
        self.bent = max(-8192, min(8191, value)) / 8192

    def data(self, value: int) -> None:
        if self.parameter == (0, 0):
            self.range[0] = float(value)
        elif self.parameter == (0, 1):
            self.fine[0] = value
        elif self.parameter == (0, 2):
            self.coarse = value - 64.0

    def fine_data(self, value: int) -> None:
        if self.parameter == (0, 0):
            self.range[1] = float(value)
        elif self.parameter == (0, 1):
            self.fine[1] = value

    def high(self, value: int) -> None:
        self.parameter = (value, self.parameter[1])

    def low(self, value: int) -> None:
        self.parameter = (self.parameter[0], value)

    def other(self, _: int) -> None:
        self.parameter = _NO_PARAMETER

    def reset(self, _: int) -> None:
        self.bent, self.parameter = 0.0, _NO_PARAMETER
