"""Our own synthesiser: the electronic instruments that General MIDI lacks, played from a PlayedTrack.

Conventions: as synth/signal.py; times inside are samples unless they say `_s`, pitches MIDI numbers (fractions are
cents), levels amplitudes. Everything is computed in blocks that lie on a fixed grid, so that how it is read changes
nothing. Expression goes by the square of its share of 127, as in General MIDI, velocity by the voice's `touch`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partimento.score.performance import PlayedTrack
from partimento.synth import wavetables
from partimento.synth.signal import Clock, Samples
from partimento.synth.voices import VOICES as VOICES
from partimento.synth.voices import Voice

Curve = NDArray[np.float64]

_BLOCK = 8192
_STEPS = {"line": 16, "chord": 64}
"""Samples between two points of an envelope, by a voice's kind: the attack of a line is the quicker."""
_QUIET = 1e-3
_LONGEST_S = 120.0
_CHOKE_S = 0.006
"""Time in which a line's note makes way for the next."""
_VIBRATO_HZ, _VIBRATO_CENTS = 5.5, 50.0
"""At modulation 127, as in General MIDI's default."""
_SMOOTH_S = 0.02
"""Steps of controllers are drawn out to ramps no longer than this."""
_LOOPS_KEPT = 48


def _ramps(times: Sequence[float], values: Sequence[float], lengths: Sequence[float]) -> tuple[Curve, Curve]:
    """Steps drawn out to ramps as points for np.interp: at times[k] it leaves for values[k], there within lengths[k]
    or when the next sets out."""
    xs, ys = [times[0]], [values[0]]
    for k in range(1, len(times)):
        gap = times[k + 1] - times[k] if k + 1 < len(times) else lengths[k]
        xs += [times[k], times[k] + max(min(lengths[k], gap), 1e-3)]
        ys += [values[k - 1], values[k]]
    return np.array(xs), np.array(ys)


def _upsample(points: NDArray[Any], step: int, first: int, count: int) -> NDArray[Any]:
    """`points` lie `step` samples apart; straight lines between them, from sample `first` on, `count` samples."""
    ramp = np.arange(step, dtype=points.dtype) / points.dtype.type(step)
    whole = points[:-1, None] + (points[1:] - points[:-1])[:, None] * ramp
    return np.asarray(whole.reshape(-1)[first : first + count])


@dataclass(slots=True)
class _Note:
    """A sound from `start` to `off` (key up), silent from `end` on. A line's `events` are (time, number, velocity)."""

    start: int
    off: int
    end: int
    number: int
    velocity: int
    events: list[tuple[int, int, int]]
    choke: int = -1
    phase: float = 0.0
    index: int = 0
    pitch: tuple[Curve, Curve] | None = None
    loudness: tuple[Curve, Curve] | None = None


class OscillatorSource:
    """A track through one of VOICES, dry; a line is mono in the middle, chords are stereo.

    Follows velocity, expression (CC11), modulation (CC1), bend by the track's `bend_range`, and pedal (CC64);
    volume, pan and sends are the mix's. In a line, a note that begins while another sounds is slurred to it: no new
    attack, and the pitch glides, by the bend where one is written there. Deterministic; `seed` places the phases.
    KeyError for an instrument without a voice.
    """

    def __init__(self, track: PlayedTrack, instrument: str, clock: Clock, rate: int, seed: int) -> None:
        self.voice = VOICES[instrument]
        self.step = _STEPS[self.voice.kind]
        self.rate = rate
        self.seed = seed
        self.bend = self._controller(track, clock, -1, 0.0, track.bend_range / 8192.0)
        self.modulation = self._controller(track, clock, 1, 0.0, 1.0 / 127.0)
        self.expression = self._controller(track, clock, 11, float(track.expression), 1.0 / 127.0)
        self.bent = bool(np.any(self.bend[1])) or bool(np.any(self.modulation[1]))
        self.moved = len(set(self.expression[1])) > 1
        self.notes = self._notes(track, clock)
        self.notes.reverse()  # popped from the back
        self.end = max((note.end for note in self.notes), default=0)
        self.sounding: list[_Note] = []
        self.at = 0
        self.block: Samples = np.zeros((0, 2), np.float32)
        self.loops: OrderedDict[int, list[wavetables.Table]] = OrderedDict()
        self.warp = 0.0

    def read(self, count: int) -> Samples:
        """The next `count` samples; fewer when it ends in them, none after its end."""
        start = self.at
        until = min(start + count, self.end)
        if until <= start:
            return np.zeros((0, 2), np.float32)
        out = np.zeros((until - start, 2), np.float32)
        while self.at < until:
            inside = self.at % _BLOCK
            if inside == 0:
                self.block = self._render(self.at)
            n = min(_BLOCK - inside, until - self.at)
            if len(self.block):
                out[self.at - start : self.at - start + n] = self.block[inside : inside + n]
            self.at += n
        return out

    def close(self) -> None:
        """Free the tables."""
        self.loops.clear()
        self.sounding.clear()
        self.notes.clear()

    # ------------------------------------------------------------------ what is played

    def _sample(self, seconds: float) -> int:
        return max(0, round(seconds * self.rate))

    def _controller(
        self, track: PlayedTrack, clock: Clock, number: int, first: float, scale: float
    ) -> tuple[Curve, Curve]:
        """A controller's steps: sample and value."""
        times, values = [-1.0], [first * scale]
        for onset, controller, value in track.controls:
            if controller == number:
                times.append(float(self._sample(clock(onset))))
                values.append(value * scale)
        return np.array(times), np.array(values)

    def _notes(self, track: PlayedTrack, clock: Clock) -> list[_Note]:
        held = self._pedal(track, clock)
        longest = round(_LONGEST_S * self.rate)
        played: list[tuple[int, int, int, int]] = []
        for onset, duration, number, velocity in track.notes:
            start = self._sample(clock(onset))
            off = min(max(start + 1, self._sample(clock(onset + duration))), start + longest)
            played.append((start, off, number, velocity))
        played.sort(key=lambda row: row[:3])
        if self.voice.kind == "line":
            return self._line(played, held)
        release = round(self.voice.release_s * self.rate)
        notes = []
        for k, (start, off, number, velocity) in enumerate(played):
            off = _lifted(off, held)
            notes.append(_Note(start, off, min(off + release, start + self._life()), number, velocity, [], index=k))
        return notes

    def _life(self) -> int:
        """Samples after which a note that is held has died away."""
        voice = self.voice
        if voice.sustain > 0.0:
            return 1 << 60
        return round((voice.attack_s + 1.1 * voice.decay_s) * self.rate)

    def _pedal(self, track: PlayedTrack, clock: Clock) -> list[tuple[int, int]]:
        """The stretches for which the pedal is down."""
        spans: list[tuple[int, int]] = []
        down = -1
        for onset, controller, value in track.controls:
            if controller == 64:
                at = self._sample(clock(onset))
                if value >= 64 and down < 0:
                    down = at
                elif value < 64 and down >= 0:
                    spans.append((down, at))
                    down = -1
        return spans

    def _line(self, played: list[tuple[int, int, int, int]], held: list[tuple[int, int]]) -> list[_Note]:
        """Notes of a line: those that overlap are one sound whose pitch moves."""
        release = round(self.voice.release_s * self.rate)
        notes: list[_Note] = []
        for k, (start, off, number, velocity) in enumerate(played):
            if k + 1 < len(played) and played[k + 1][0] == start:
                continue  # of two struck at once the upper
            if notes and start < notes[-1].off:
                notes[-1].events.append((start, number, velocity))
                notes[-1].off = off
            else:
                notes.append(_Note(start, off, 0, number, velocity, [(start, number, velocity)]))
        for k, note in enumerate(notes):
            # By turns up and down, so that the first swings of many short notes leave no offset.
            note.phase = 0.5 * (k % 2)
            note.off = _lifted(note.off, held)
            note.end = min(note.off + release, note.start + self._life())
            if k + 1 < len(notes) and notes[k + 1].start < note.end:
                note.choke = notes[k + 1].start
                note.off = min(note.off, note.choke)
                note.end = min(note.end, note.choke + round(_CHOKE_S * self.rate))
        return notes

    # ------------------------------------------------------------------ how it sounds

    def _render(self, start: int) -> Samples:
        """The block from sample `start` on; no samples stand for silence."""
        until = start + _BLOCK
        while self.notes and self.notes[-1].start < until:
            self.sounding.append(self.notes.pop())
        if not self.sounding:
            return np.zeros((0, 2), np.float32)
        if self.voice.kind == "line":
            mono = np.zeros(_BLOCK, np.float32)
            for note in self.sounding:
                a, b = max(start, note.start), min(until, note.end)
                if b > a:
                    mono[a - start : b - start] += self._tone(note, a, b)
            out = np.repeat(mono[:, None], 2, axis=1)
        else:
            out = self._chord(start)
        self.sounding = [note for note in self.sounding if note.end > until]
        return out

    def _points(self, note: _Note, a: int, b: int) -> tuple[Curve, int]:
        """The times (samples since the note's start) of the envelope's points around a..b, and where a lies in them."""
        step = self.step
        first = (a - note.start) // step
        last = -((note.start - b) // step)
        return np.arange(first, last + 2, dtype=np.float64) * step, a - note.start - first * step

    def _envelope(self, note: _Note, t: Curve) -> Curve:
        """Attack, decay, sustain, release and choke at the times `t`; begins and ends at 0."""
        voice, rate = self.voice, self.rate
        attack = np.clip(t / (voice.attack_s * rate), 0.0, 1.0)
        gain = 0.5 - 0.5 * np.cos(np.pi * attack)
        if voice.decay_s:
            fall = np.exp(np.maximum(t - voice.attack_s * rate, 0.0) * (-6.9 / (voice.decay_s * rate)))
            gain *= voice.sustain + (1.0 - voice.sustain) * fall
            if voice.sustain == 0.0:
                # The last tenth of its life goes to silence itself, not to -60 dB.
                gain *= np.clip((self._life() - t) / (0.1 * voice.decay_s * rate), 0.0, 1.0)
        # A power of four falls by 60 dB in four fifths of its time, and then reaches 0 with no corner.
        left = np.clip(1.0 - (t - (note.off - note.start)) / (voice.release_s * rate), 0.0, 1.0)
        gain *= (left * left) ** 2
        if note.choke >= 0:
            gone = np.clip((t - (note.choke - note.start)) / (_CHOKE_S * rate), 0.0, 1.0)
            gain *= 0.5 + 0.5 * np.cos(np.pi * gone)
        return gain

    def _smooth(self, steps: tuple[Curve, Curve], a: float, b: float, seconds: float) -> tuple[Curve, Curve]:
        """The steps that matter between samples a and b, as ramps."""
        times, values = steps
        i = max(0, int(np.searchsorted(times, a - seconds * self.rate, "right")) - 1)
        j = int(np.searchsorted(times, b, "right"))
        return _ramps(times[i:j].tolist(), values[i:j].tolist(), [seconds * self.rate] * (j - i))

    def _gain(self, at: Curve) -> Curve | float:
        """Expression's gain at samples `at`."""
        if not self.moved:
            return float(self.expression[1][0]) ** 2
        return np.asarray(np.interp(at, *self._smooth(self.expression, at[0], at[-1], 0.08))) ** 2

    def _trajectory(self, note: _Note) -> tuple[Curve, Curve]:
        """The pitch of a line's sound: its notes and the bend together, as ramps from the note's start."""
        times, values = self.bend
        glide, smooth = self.voice.glide_s * self.rate, _SMOOTH_S * self.rate
        i = max(0, int(np.searchsorted(times, note.start, "right")) - 1)
        j = int(np.searchsorted(times, note.end, "right"))
        # A bend that is written with a note belongs to it, though rounding may set them a sample apart.
        near = 0.003 * self.rate
        steps: list[tuple[float, float, float]] = []
        bends = list(zip(times[i:j].tolist(), values[i:j].tolist(), strict=True))
        bend = bends[0][1]
        number = float(note.number)
        k = 1
        for n, (at, target, _) in enumerate(note.events):
            while k < len(bends) and bends[k][0] < at - near:
                bend = bends[k][1]
                steps.append((bends[k][0], number + bend, smooth))
                k += 1
            own = True
            while k < len(bends) and bends[k][0] <= at + near:
                own = own and bends[k][1] == bend
                bend = bends[k][1]
                k += 1
            number = float(target)
            steps.append((float(at), number + bend, glide if own and n else smooth))
        steps += [(at, number + value, smooth) for at, value in bends[k:]]
        origin = float(note.start)
        return _ramps([s[0] - origin for s in steps], [s[1] for s in steps], [s[2] for s in steps])

    def _tone(self, note: _Note, a: int, b: int) -> Samples:
        """Samples a..b of one sound of a line; called in order, since the phase goes on."""
        voice, rate = self.voice, self.rate
        if note.pitch is None:
            note.pitch = self._trajectory(note)
            note.loudness = _ramps(
                [float(e[0] - note.start) for e in note.events],
                [e[2] / 127.0 for e in note.events],
                [_SMOOTH_S * rate] * len(note.events),
            )
        assert note.loudness is not None
        t, skip = self._points(note, a, b)
        count = b - a
        pitch = np.interp(t, *note.pitch)
        if voice.drop:
            pitch += voice.drop * np.exp(t * (-6.9 / (voice.drop_s * rate)))
        if np.any(self.modulation[1]):
            depth = np.interp(t + note.start, *self._smooth(self.modulation, a, b, _SMOOTH_S))
            cycle = 2.0 * np.pi * _VIBRATO_HZ / rate
            pitch += depth * (_VIBRATO_CENTS / 100.0) * np.sin(cycle * (t + note.start))
        hz = 440.0 * np.exp2((pitch - 69.0) / 12.0)
        touch = np.interp(t, *note.loudness)
        shape = self._envelope(note, t)
        level = voice.level * touch**voice.touch * shape * self._gain(t + note.start)
        phase = np.empty(count + 1)
        phase[0] = note.phase
        phase[1:] = _upsample(hz / rate, self.step, skip, count)
        np.cumsum(phase, out=phase)
        note.phase = float(phase[-1]) % 1.0
        rows = self._rows(t, shape, touch, hz)
        heights = None if rows is None else _upsample(rows.astype(np.float32), self.step, skip, count)
        gain = _upsample(level.astype(np.float32), self.step, skip, count)
        return np.asarray(wavetables.look_up(_line_table(voice), phase[:-1], heights) * gain)

    def _rows(self, t: Curve, shape: Curve, touch: Curve, hz: Curve) -> Curve | None:
        """How bright it is, as a row of its table; None where there is but one."""
        voice = self.voice
        if voice.wave == "sine":
            return None
        if voice.wave == "driven":
            # The overdrive eases off as the sound dies away, as an amplifier's does.
            return np.asarray((_DRIVEN_ROWS - 1.001) * np.clip(touch * np.sqrt(shape), 0.0, 1.0))
        corner = self._corner(t, touch) * np.exp2(voice.corner_key * (np.log2(hz / 261.6)))
        rows = np.log2(np.maximum(np.minimum(corner, rate_limit(self.rate)) / hz, 1.0)) * wavetables.ROWS_PER_OCTAVE
        return np.asarray(np.clip(rows, 0.0, len(_line_table(voice)) - 1.001))

    def _openness(self, t: Curve, touch: Curve | float) -> Curve:
        """How far the low-pass stands open, 0-1."""
        voice, rate = self.voice, self.rate
        wide = np.ones_like(t)
        if voice.open_s:
            wide = 1.0 - np.exp(t * (-3.0 / (voice.open_s * rate)))
        if voice.close_s:
            wide = wide * np.exp(t * (-3.0 / (voice.close_s * rate)))
        return wide * (0.35 + 0.65 * touch)

    def _corner(self, t: Curve, touch: Curve | float) -> Curve:
        low, high = self.voice.corner_hz
        return np.asarray(low * (high / low) ** self._openness(t, touch))

    # ------------------------------------------------------------------ chords

    def _chord(self, start: int) -> Samples:
        out = np.zeros((2, _BLOCK), np.float32)
        time, warped = self._warped(start)
        for note in self.sounding:
            a, b = max(start, note.start), min(start + _BLOCK, note.end)
            if b <= a:
                continue
            t, skip = self._points(note, a, b)
            touch = note.velocity / 127.0
            level = self.voice.level * touch**self.voice.touch * self._envelope(note, t) * self._gain(t + note.start)
            wide = self._openness(t, touch)
            loops = self._loop(note.number)
            length = loops[0].shape[1]
            if note.start >= start:
                draw = float(np.random.RandomState((self.seed + 7919 * note.index) % (1 << 32)).random_sample())
                note.phase = float(int(draw * length)) - float(time[a - start] if warped else a)
            place = out[:, a - start : b - start]
            for loop, points in zip(loops, (level * (1.0 - wide), level * wide), strict=True):
                gain = self._single(points, skip, b - a)
                if warped:
                    place += wavetables.read_loop(loop, (time[a - start : b - start] + note.phase) % length) * gain
                    continue
                at, done = int(a + note.phase) % length, 0
                while done < b - a:
                    n = min(b - a - done, length - at)
                    place[:, done : done + n] += loop[:, at : at + n] * (gain[done : done + n] if gain.ndim else gain)
                    done, at = done + n, 0
        return np.ascontiguousarray(out.T)

    def _single(self, points: Curve, skip: int, count: int) -> Samples:
        """Control points as a gain for each sample, or as one for all where it stands still (within -100 dB)."""
        first = points[0]
        if np.abs(points - first).max() <= 1e-5 * abs(first):
            return np.asarray(first, np.float32)
        return _upsample(points.astype(np.float32), self.step, skip, count)

    def _warped(self, start: int) -> tuple[Curve, bool]:
        """Where in the loops (samples) each sample of the block reads, and whether pitch moves at all in this track."""
        if not self.bent:
            return np.zeros(0), False
        at = np.arange(0, _BLOCK + self.step + 1, self.step, dtype=np.float64) + start
        semitones = np.interp(at, *self._smooth(self.bend, at[0], at[-1], _SMOOTH_S))
        depth = np.interp(at, *self._smooth(self.modulation, at[0], at[-1], _SMOOTH_S))
        semitones += depth * (_VIBRATO_CENTS / 100.0) * np.sin(2.0 * np.pi * _VIBRATO_HZ / self.rate * at)
        ahead = np.cumsum(_upsample(np.exp2(semitones / 12.0) - 1.0, self.step, 0, _BLOCK))
        time = np.arange(start, start + _BLOCK) + self.warp + ahead
        self.warp += float(ahead[-1])
        return time, True

    def _loop(self, number: int) -> list[wavetables.Table]:
        """The loops of a key, dull and bright; the last used are kept."""
        loops = self.loops.pop(number, None)
        if loops is None:
            voice = self.voice
            hz = 440.0 * 2.0 ** ((number - 69) / 12.0)
            follow = 2.0 ** (voice.corner_key * (number - 60) / 12.0)
            draws = np.random.RandomState((self.seed * 131 + number) % (1 << 32)).random_sample(len(voice.detunes))
            corners = [corner * follow for corner in voice.corner_hz]
            loops = wavetables.saw_loops(hz, self.rate, voice.detunes, voice.spread, corners, draws)
        self.loops[number] = loops
        while len(self.loops) > _LOOPS_KEPT:
            self.loops.popitem(last=False)
        return loops


_DRIVEN_ROWS = 12


@cache
def _line_table(voice: Voice) -> wavetables.Table:
    """The rows of a line's voice."""
    if voice.wave == "driven":
        return wavetables.driven_rows(_DRIVEN_ROWS, voice.drive, 0.2)
    if voice.wave == "sine":
        return wavetables.partial_rows(voice.partials)
    return wavetables.filtered_rows(voice.wave, 128.0, voice.resonance)


def rate_limit(rate: int) -> float:
    """The highest corner (Hz) of a filtered row: five times it, where it has faded by 56 dB, stays under Nyquist."""
    return 0.09 * rate


def _lifted(off: int, held: list[tuple[int, int]]) -> int:
    """When a note released at `off` really falls silent: with the pedal, if that is down."""
    k = bisect_right(held, (off, 1 << 62)) - 1
    return held[k][1] if k >= 0 and off < held[k][1] else off
