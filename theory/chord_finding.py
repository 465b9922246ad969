"""Finding the chords of notes: the likeliest way through all beats, by tones, bass, key and how often chords change.

Conventions: any unit of time. A beat's tones are taken as draws from a chord's profile (tones of the chord likely,
others not), its bass as one more draw; a chord begins at a price that is lower at stronger beats (hidden Markov chord
recognition after Sheh and Ellis, 2003, on symbols instead of sound). The prices were set on the even pieces of POP909
by `benchmarks/chord_finding/measure.py`, which states the accuracy on the odd ones.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import log

from partimento.theory.chord import Chord
from partimento.theory.chord_quality import QUALITIES
from partimento.theory.key import Key
from partimento.theory.pitch import PitchClass
from partimento.theory.roman import is_diatonic

Notes = Sequence[tuple[int, int, int]]
"""Notes as (onset, duration, MIDI number), in any order."""

Beats = Sequence[tuple[int, int]]
"""The beats at which chords may begin, as (tick, strength); strengths as in `Meter.strength`, 4 a bar's start."""

_QUALITY_PRIOR = {
    "": 0.0, "m": 0.0, "7": -0.8, "maj7": -1.0, "m7": -0.8, "sus4": -2.2, "sus2": -3.0, "dim": -2.0, "m7b5": -1.8,
    "dim7": -2.0, "aug": -3.0, "5": -4.0, "7sus4": -3.0, "6": -2.6, "m6": -3.0, "add9": -1.8, "m9": -1.8, "9": -1.8,
    "maj9": -1.8,
}  # fmt: skip
_WEIGHTS = {1: 0.32, 2: 0.26, 3: 0.26, 4: 0.26, 5: 0.22, 6: 0.18, 7: 0.18, 9: 0.12}
_FOREIGN = 0.008
_BASS = {1: 0.7, 2: 0.02, 3: 0.07, 4: 0.02, 5: 0.15, 6: 0.02, 7: 0.03, 9: 0.01}
_FOREIGN_BASS = 0.008
_TONES_WEIGHT = 2.5
_BASS_WEIGHTS = {4: 1.0, 3: 0.4, 2: 0.2, 1: 0.2, 0: 0.2}
_OUTSIDE = -0.6
_PRICES = {4: 0.7, 3: 2.6, 2: 4.0, 1: 6.0, 0: 8.0}
_SILENCE, _NOTHING = -0.2, -6.0
_ONE_TONE, _BRUSHED = 0.4, 0.05
"""A beat of one tone alone, as of a walking bass, says less of the chord; what sounds so shortly is not counted."""
_SLASH_SHARE = 0.6
_LONGEST_BEATS = 64
"""A note that is held longer says no more of the chords above it."""


@dataclass(frozen=True, slots=True)
class FoundChord:
    """A chord from `start` to `end`; None where nothing sounds."""

    start: int
    end: int
    chord: Chord | None


@dataclass(frozen=True, slots=True)
class _Frame:
    """What sounds in a beat: each pitch class's share of the sounding time, how much of the beat sounds, the bass."""

    shares: tuple[tuple[int, float], ...]
    weight: float
    bass: int
    strength: int


State = tuple[int, str]
_STATES: tuple[State, ...] = tuple((root, quality) for root in range(12) for quality in _QUALITY_PRIOR)


def find_chords(notes: Notes, beats: Beats, end: int, keys: Sequence[tuple[int, Key]]) -> list[FoundChord]:
    """The chords of what sounds, end to end from the first beat to `end`, each begun at one of `beats`.

    `keys` are (tick, key) in order; the first holds from the beginning. Inversions and foreign basses are named where
    the bass holds them. An empty list for no beats.

    >>> notes = [(0, 4, 48), (0, 4, 64), (0, 4, 67), (4, 4, 47), (4, 4, 62), (4, 4, 67)]
    >>> [found.chord.name for found in find_chords(notes, [(0, 4), (4, 4)], 8, [(0, Key.parse("C"))])]
    ['C', 'G/B']
    """
    frames = _frames(notes, beats, end)
    path = _likeliest(frames, beats, keys)
    out: list[FoundChord] = []
    first = 0
    for i in range(1, len(path) + 1):
        if i < len(path) and path[i] == path[first]:
            continue
        start, until = beats[first][0], beats[i][0] if i < len(path) else end
        chord = _named(path[first], frames[first:i], _key_at(keys, start))
        out.append(FoundChord(start, until, chord))
        first = i
    return out


def _key_at(keys: Sequence[tuple[int, Key]], tick: int) -> Key:
    return keys[max(0, bisect_right(keys, tick, key=lambda row: row[0]) - 1)][1]


def _frames(notes: Notes, beats: Beats, end: int) -> list[_Frame]:
    starts = [tick for tick, _ in beats]
    bounds = [*starts[1:], end]
    energy = [[0.0] * 12 for _ in starts]
    lowest = [128] * len(starts)
    for onset, duration, number in notes:
        release = onset + duration
        i = max(0, bisect_right(starts, onset) - 1)
        last = min(len(starts), i + _LONGEST_BEATS)
        while i < last and starts[i] < release:
            length = bounds[i] - starts[i]
            overlap = min(release, bounds[i]) - max(onset, starts[i])
            if overlap > 0:
                energy[i][number % 12] += overlap / length
                # What is only brushed before the next beat is no bass of this one.
                if number < lowest[i] and (4 * overlap >= length or 4 * (onset - starts[i]) < length):
                    lowest[i] = number
            i += 1
    return [_frame(row, low, strength) for row, low, (_, strength) in zip(energy, lowest, beats, strict=True)]


def _frame(energy: Sequence[float], low: int, strength: int) -> _Frame:
    total = sum(energy)
    if total <= 0.0:
        return _Frame((), 0.0, -1, strength)
    shares = tuple((pc, round(one / total, 4)) for pc, one in enumerate(energy) if one > 0.0)
    alone = sum(one > _BRUSHED for one in energy) <= 1
    return _Frame(shares, min(1.0, total) * (_ONE_TONE if alone else 1.0), low % 12 if low < 128 else -1, strength)


@cache
def _profile(quality: str) -> tuple[float, ...]:
    """Log likelihood of each pitch class above the root."""
    weights = [_FOREIGN] * 12
    for degree, fifths in QUALITIES[quality].items():
        weights[fifths * 7 % 12] = _WEIGHTS[degree]
    total = sum(weights)
    return tuple(log(weight / total) for weight in weights)


@cache
def _bass_profile(quality: str) -> tuple[float, ...]:
    weights = [_FOREIGN_BASS] * 12
    for degree, fifths in QUALITIES[quality].items():
        weights[fifths * 7 % 12] = _BASS[degree]
    return tuple(log(weight) for weight in weights)


@cache
def _columns() -> tuple[tuple[tuple[float, ...], ...], tuple[tuple[float, ...], ...]]:
    """For each pitch class what it says for every state, as a tone and as the bass."""
    tones = tuple(tuple(_profile(quality)[(pc - root) % 12] for root, quality in _STATES) for pc in range(12))
    basses = tuple(tuple(_bass_profile(quality)[(pc - root) % 12] for root, quality in _STATES) for pc in range(12))
    return tones, basses


def _emission(frame: _Frame) -> list[float]:
    """How well each state explains a beat; the last value is silence's."""
    if not frame.shares:
        return [_SILENCE] * len(_STATES) + [0.0]
    tones, basses = _columns()
    rows = [(share * _TONES_WEIGHT * frame.weight, tones[pc]) for pc, share in frame.shares]
    if frame.bass >= 0:
        rows.append((_BASS_WEIGHTS[frame.strength] * frame.weight, basses[frame.bass]))
    scores = [0.0] * len(_STATES)
    for weight, column in rows:
        scores = [score + weight * one for score, one in zip(scores, column, strict=True)]
    return [*scores, min(scores) + _NOTHING]


@cache
def _priors(key: Key) -> tuple[float, ...]:
    """What each state costs to begin in a key, by its quality and the tones that it needs from outside."""
    home = {tone.number for tone in key.tones}
    if key.is_minor:
        home.add(key.degree(7, 1).number)
    out = []
    for root, quality in _STATES:
        outside = sum((root + fifths * 7) % 12 not in home for fifths in QUALITIES[quality].values())
        out.append(_QUALITY_PRIOR[quality] + _OUTSIDE * outside)
    return (*out, 0.0)


def _likeliest(frames: Sequence[_Frame], beats: Beats, keys: Sequence[tuple[int, Key]]) -> list[int]:
    """The best state of each beat (Viterbi); a change may lead from any state to any other."""
    known: dict[_Frame, list[float]] = {}
    scores: list[float] = []
    back: list[tuple[int, list[bool]]] = []
    for (tick, strength), frame in zip(beats, frames, strict=True):
        if frame not in known:
            known[frame] = _emission(frame)
        heard = known[frame]
        priors = _priors(_key_at(keys, tick))
        if not scores:
            scores = [one + prior for one, prior in zip(heard, priors, strict=True)]
            continue
        best = max(range(len(scores)), key=scores.__getitem__)
        entry = scores[best] - _PRICES[strength]
        changed = [entry + prior > stay for stay, prior in zip(scores, priors, strict=True)]
        scores = [
            (entry + prior if new else stay) + one
            for stay, prior, new, one in zip(scores, priors, changed, heard, strict=True)
        ]
        back.append((best, changed))
    if not scores:
        return []
    state = max(range(len(scores)), key=scores.__getitem__)
    path = [state]
    for best, changed in reversed(back):
        if changed[state]:
            state = best
        path.append(state)
    path.reverse()
    return path


def _named(state: int, frames: Sequence[_Frame], key: Key) -> Chord | None:
    """The chord of a state, spelled in the key, over the bass that these beats have in common."""
    if state == len(_STATES):
        return None
    number, quality = _STATES[state]
    chord = Chord(_root(number, quality, key), quality)
    heard = [frame.bass for frame in frames if frame.bass >= 0]
    if not heard:
        return chord
    common = max(heard, key=lambda pc: (heard.count(pc), pc == heard[0]))
    if common == number or heard[0] != common or heard.count(common) < _SLASH_SHARE * len(heard):
        return chord
    tone = chord.tone_at(common)
    return chord.over(tone if tone is not None else key.spell(common).pitch_class)


@cache
def _root(number: int, quality: str, key: Key) -> PitchClass:
    """The key's spelling; a diminished chord a semitone under a tone of the key takes the letter below that tone."""
    root = key.spell(number).pitch_class
    if quality in ("dim", "dim7", "m7b5") and not is_diatonic(Chord(root, quality), key):
        goal = key.spell(number + 1).pitch_class
        if key.contains(goal) and not key.contains(root):
            return goal.up(5)
    return root
