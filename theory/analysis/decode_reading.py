"""From the likeliest way to what is said: spans of keys and chords with their numerals, sureness and second readings.

Conventions: ticks; keys as numbers 0-23 inside, as `Key` in what is returned. A second reading is named where its share
is SECOND of the first's or more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from partimento.theory.analysis.decode_back import CHORD_TEMPERATURE, KEY_TEMPERATURE, Backward, likelihoods
from partimento.theory.analysis.decode_frames import Frames
from partimento.theory.analysis.decode_path import Forward, Stretch
from partimento.theory.analysis.decode_spelling import key_of
from partimento.theory.analysis.decode_states import KINDS_OF_CHORD, member_steps, vocabulary
from partimento.theory.analysis.findings import ChordSpan, KeySpan
from partimento.theory.chord import Chord
from partimento.theory.key import Key
from partimento.theory.roman import Numeral, chord_of, numeral_of

Floats = NDArray[np.float32]

SECOND = 0.2
_AUGMENTED_SIXTHS = ("It6", "Fr6", "Ger6")


class Weighed(NamedTuple):
    """A stretch, the share of its reading, the next likeliest one, each key's share (24)."""

    part: Stretch
    sure: float
    second: Stretch | None
    keys: Floats


def weighed(forward: Forward, path: Sequence[Stretch]) -> list[Weighed]:
    """Each stretch with how likely it is beside the other readings of the same frames."""
    backward = Backward(forward)
    return [_weighed(forward, backward, part) for part in path]


def _weighed(forward: Forward, backward: Backward, part: Stretch) -> Weighed:
    readings = backward.readings(part)
    texture = forward.frames.texture
    shares = likelihoods(readings, CHORD_TEMPERATURE[texture])
    steps = forward.steps
    row = int(np.searchsorted(steps.keys, part.key))
    same = _twins(part.key // 12, part.state)
    sure = float(shares[row, same].sum())
    keys = np.zeros(24, np.float32)
    keys[steps.keys] = likelihoods(readings, KEY_TEMPERATURE[texture]).sum(axis=1)
    rest = shares.copy()
    rest[row, same] = 0.0
    k, state = (int(i) for i in np.unravel_index(rest.argmax(), rest.shape))
    second = None
    if rest[k, state] >= SECOND * sure:
        j = part.end - part.start - 1
        inversion = int(forward.scores.inversion[part.end - 1, j, steps.sound[k, state]])
        second = Stretch(part.start, part.end, int(steps.keys[k]), state, inversion)
    return Weighed(part, sure, second, keys)


@cache
def _twins(mode: int, state: int) -> list[int]:
    """The states that are the same chord: the tonic's six-four is one of its own, but no other reading."""
    states = vocabulary().states[mode]
    return [i for i, other in enumerate(states) if other.numeral == states[state].numeral]


@cache
def spelled_reading(
    number: int, state: int, inversion: int, centre: float, variant: str = ""
) -> tuple[Key, str, Chord]:
    """The key, numeral and chord of a state; `variant` is its numeral in root position where another name fits."""
    key = key_of(number, centre)
    mode = 0 if number < 12 else 1
    bare = Numeral.parse(variant or vocabulary().states[mode][state].numeral)
    if inversion == 0:
        return key, str(bare), chord_of(str(bare), key)
    if bare.quality in _AUGMENTED_SIXTHS:
        root = chord_of(str(bare), key)
        step = member_steps(vocabulary().states[mode][state].kind)[inversion]
        chord = root.over(root.tone_at(root.root.number + step))
        return key, numeral_of(chord, key), chord
    numeral = str(replace(bare, inversion=inversion))
    return key, numeral, chord_of(numeral, key)


def chord_spans(frames: Frames, read: Sequence[Weighed], centre: float) -> tuple[ChordSpan, ...]:
    """The chords end to end; what is said again is one span."""
    spans: list[ChordSpan] = []
    bluesy = _stable_sevenths(read)
    for i, one in enumerate(read):
        part = one.part
        following = read[i + 1].part if i + 1 < len(read) else None
        key, numeral, chord = spelled_reading(
            part.key, part.state, part.inversion, centre, _variant(part, following, bluesy)
        )
        second = None
        if one.second is not None:
            second = spelled_reading(one.second.key, one.second.state, one.second.inversion, centre)
        start, end = int(frames.ticks[part.start]), int(frames.ticks[part.end])
        last = spans[-1] if spans else None
        if last is not None and (last.key, last.numeral, last.chord) == (key, numeral, chord):
            whole = end - last.start
            sure = (last.sure * (last.end - last.start) + one.sure * (end - start)) / whole
            spans[-1] = last._replace(end=end, sure=sure, second=last.second or second)
        else:
            spans.append(ChordSpan(start, end, key, numeral, chord, one.sure, second))
    return tuple(_silences(frames, spans))


def _stable_sevenths(read: Sequence[Weighed]) -> frozenset[int]:
    """The keys in which the tonic mostly has a minor seventh, as in the blues, and so is no dominant of IV."""
    plain: dict[int, int] = {}
    sevenths: dict[int, int] = {}
    for one in read:
        part = one.part
        state = vocabulary().states[part.key // 12][part.state]
        if state.root == 0:
            counts = sevenths if state.numeral == "I7" else plain
            counts[part.key] = counts.get(part.key, 0) + part.end - part.start
    return frozenset(key for key, count in sevenths.items() if count >= plain.get(key, 0))


def _variant(part: Stretch, following: Stretch | None, bluesy: frozenset[int]) -> str:
    """Another numeral for the same sound where the next chord or the style calls for it, else ""."""
    mode = part.key // 12
    state = vocabulary().states[mode][part.state]
    after = 0
    if following is not None:
        after = (vocabulary().states[following.key // 12][following.state].root + following.key - part.key) % 12
    if state.numeral == "I7" and part.key not in bluesy:
        return "V7/iv" if mode else "V7/IV"
    if following is None or not mode:
        return ""
    if state.numeral == "VII7" and after == 3:
        return "V7/III"
    if state.numeral == "I" and after == 5 and part.inversion != 2:
        return "V/iv"
    return ""


def _silences(frames: Frames, spans: list[ChordSpan]) -> list[ChordSpan]:
    """The spans without the frames in which nothing sounds: there is no chord."""
    silent = frames.amount.sum(axis=(1, 2)) <= 0
    if not silent.any():
        return spans
    out: list[ChordSpan] = []
    starts = frames.ticks[:-1]
    for span in spans:
        inside = np.flatnonzero((starts >= span.start) & (starts < span.end))
        for f in inside.tolist():
            start, end = int(frames.ticks[f]), int(frames.ticks[f + 1])
            piece = span._replace(start=start, end=end)
            if silent[f]:
                piece = ChordSpan(start, end, span.key, "", None, 1.0)
            last = out[-1] if out else None
            if last is not None and last._replace(start=0, end=0) == piece._replace(start=0, end=0):
                out[-1] = last._replace(end=end)
            else:
                out.append(piece)
    return out


def dominant_share(frames: Frames, path: Sequence[Stretch]) -> float:
    """The share of the time that is spent in dominant sevenths."""
    inside = 0
    for part in path:
        if KINDS_OF_CHORD[vocabulary().states[part.key // 12][part.state].kind] == "7":
            inside += int(frames.ticks[part.end] - frames.ticks[part.start])
    return inside / int(frames.ticks[-1])


def key_spans(frames: Frames, read: Sequence[Weighed], centre: float) -> tuple[KeySpan, ...]:
    """The local keys end to end, each with its mean share over its time and the runner-up."""
    spans: list[KeySpan] = []
    i = 0
    while i < len(read):
        k = i
        while k < len(read) and read[k].part.key == read[i].part.key:
            k += 1
        start, end = int(frames.ticks[read[i].part.start]), int(frames.ticks[read[k - 1].part.end])
        number = read[i].part.key
        shares = key_shares(frames, read[i:k])
        rest = shares.copy()
        rest[number] = 0.0
        second = key_of(int(rest.argmax()), centre) if rest.max() >= SECOND * shares[number] else None
        spans.append(KeySpan(start, end, key_of(number, centre), float(shares[number]), second))
        i = k
    return tuple(spans)


def key_shares(frames: Frames, read: Sequence[Weighed]) -> Floats:
    """(24): each key's mean share over the time of some stretches."""
    lengths = np.array([frames.ticks[one.part.end] - frames.ticks[one.part.start] for one in read], np.float32)
    out: Floats = np.stack([one.keys for one in read]).T @ (lengths / lengths.sum())
    return out
