"""Frames: a piece cut where tones begin, on eighths, with what sounds in each, apart from keys and chords.

Conventions: a frame lies between two neighbouring eighths of the grid at which some tone begins (so a held chord is
one frame), or where a silence of SILENCE ticks or more does; amounts are in eighths of sounding time, at most VOICES
tones at once. Kinds of tones tell how likely one is foreign to its chord by its line alone: 1 passing or neighbour on
a weak place, 2 prepared and falling by step, 3 short, on a beat and left by step, 4 short and weak with a step on one
side, 0 any other.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from partimento.theory.analysis.piece import Piece, Tone

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

EIGHTH = 240
SILENCE = 1920
DISBELIEF = 0.1
"""The share of tones that another signature has to explain better for the written one to count for nothing: of the
tuned chorales and songs 2 % have as bad a one."""
KEPT = 0.87
"""The share of the tones that must be of a minor key, its leading tone apart, for its being written to say that all
ends in it: of old modes the signature is another's (BWV 153.1 has 0.86 and ends on a dominant, BWV 66.6 has 0.93)."""
KINDS = 5
VOICES = 4.0
_SHORT = 240
_LINES = 2.5
"""Tones that sound at once, on average, from which lines make a texture of their own."""
_NO_BASS = 12


class Frames(NamedTuple):
    """`ticks` (n + 1) the bounds; `eighths` (n) the lengths; `strength` (n) the weight of each start, 4 a bar's;
    `amount` (n, KINDS, 12) what sounds; `bass` (n) the pitch class of the lowest tone at the start, 12 for
    none; `lowest` (n) the lowest MIDI number within, 128 for none; `arrival` (n) whether a phrase ends on a
    tone that begins here, `opening` (n) whether one begins; `signature` (n) the written signature's fifths, 99
    for none; `texture` 0 for three lines or more, 1 for chords and figures; `minor` the tonic of the minor key that is
    written at the end if the last bass is it, else -1: a major key is often written unasked."""

    ticks: Ints
    eighths: Floats
    strength: Ints
    amount: Floats
    bass: Ints
    lowest: Ints
    arrival: NDArray[np.bool_]
    opening: NDArray[np.bool_]
    signature: Ints
    texture: int
    minor: int = -1


def frames_of(piece: Piece) -> Frames:
    """The frames of a piece with at least one tone."""
    ticks = _bounds(piece)
    n = len(ticks) - 1
    starts = ticks[:-1]
    lengths = np.diff(ticks)
    kinds = _kinds(piece)
    amount = np.zeros((n, KINDS, 12), np.float32)
    bass_pitch = np.full(n, 128, np.int64)
    lowest = np.full(n, 128, np.int64)
    bounds = ticks.tolist()
    for tone, kind in zip(piece.tones, kinds, strict=True):
        midi = tone.pitch.midi
        first = max(0, bisect_right(bounds, tone.onset) - 1)
        i = first
        while i < n and bounds[i] < tone.end:
            overlap = min(tone.end, bounds[i + 1]) - max(tone.onset, bounds[i])
            if overlap > 0:
                here = 2 if kind == 5 and i > first else 0 if kind == 5 else kind
                amount[i, here, midi % 12] += overlap / EIGHTH
                lowest[i] = min(lowest[i], midi)
                if tone.onset <= bounds[i] + 60:
                    bass_pitch[i] = min(bass_pitch[i], midi)
            i += 1
    eighths = (lengths / EIGHTH).astype(np.float32)
    total = amount.sum(axis=(1, 2))
    amount *= np.minimum(1.0, VOICES * eighths / np.maximum(total, 1e-6))[:, None, None]
    bass_pitch = np.where(bass_pitch < 128, bass_pitch, lowest)
    strength = np.array([_strength(piece, tick) for tick in starts.tolist()], np.int64)
    arrival, opening = _phrases(piece, starts)
    bass = np.where(bass_pitch < 128, bass_pitch % 12, _NO_BASS)
    heard = amount.sum(axis=1)
    return Frames(
        ticks, eighths, strength, amount, bass, lowest, arrival, opening, _signatures(piece, starts, heard),
        _texture(piece, total, eighths), _closing_minor(piece, heard.sum(axis=0), int(bass[-1])),
    )  # fmt: skip


def _texture(piece: Piece, total: Floats, eighths: Floats) -> int:
    lines = all(voice.line for voice in piece.voices)
    return 0 if lines and float(total.sum()) >= _LINES * float(eighths.sum()) else 1


def _bounds(piece: Piece) -> Ints:
    last = max(piece.end, max(tone.end for tone in piece.tones))
    inner = {_eighth_at(piece, tone.onset) for tone in piece.tones if not tone.grace}
    inner |= set(_silences(piece, last))
    return np.array([*sorted({0, *(tick for tick in inner if 0 < tick < last)}), last], np.int64)


def _eighth_at(piece: Piece, tick: int) -> int:
    """The eighth that a tick lies in, counted from its bar's start: a pick-up may be of sixteenths."""
    start = piece.bar_at(tick).start if piece.bars else 0
    return tick - (tick - start) % EIGHTH


def _silences(piece: Piece, last: int) -> list[int]:
    """Where a silence begins that lasts so long that no chord goes on in it."""
    found = []
    sounded = 0
    for onset, end in [*((tone.onset, tone.end) for tone in piece.tones), (last, last)]:
        if onset - sounded >= SILENCE:
            found.append(sounded)
        sounded = max(sounded, end)
    return found


def _strength(piece: Piece, tick: int) -> int:
    if not piece.bars:
        return 4 if tick % 1920 == 0 else 2 if tick % 480 == 0 else 1
    return piece.bar_at(tick).strength(tick)


def _phrases(piece: Piece, starts: Ints) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    arrival = np.zeros(len(starts), np.bool_)
    opening = np.zeros(len(starts), np.bool_)
    opening[0] = True
    ends = sorted({tone.end for tone in piece.tones if tone.onset in set(piece.fermatas)})
    for tick in piece.fermatas:
        arrival[max(0, int(np.searchsorted(starts, tick, "right")) - 1)] = True
    for tick in (*ends, *piece.phrase_ends):
        i = int(np.searchsorted(starts, tick))
        if i < len(starts):
            opening[i] = True
    return arrival, opening


def _signatures(piece: Piece, starts: Ints, heard: Floats) -> Ints:
    """The signature of each frame; 99 where the tones belie it, as many a file has that of C for want of another."""
    out = np.full(len(starts), 99, np.int64)
    for tick, key in piece.keys:
        out[starts >= tick] = key.signature
    for signature in sorted(set(out.tolist()) - {99}):
        amounts = heard[out == signature].sum(axis=0)
        shares = [amounts[np.arange(other - 1, other + 6) * 7 % 12].sum() for other in range(12)]
        if max(shares) - shares[signature % 12] > DISBELIEF * amounts.sum():
            out[out == signature] = 99
    return out


def _closing_minor(piece: Piece, heard: Floats, last: int) -> int:
    if not piece.keys or piece.keys[-1][1].mode != "minor" or piece.keys[-1][1].tonic.number != last:
        return -1
    own = heard[[tone.number for tone in piece.keys[-1][1].tones]].sum()
    return last if own >= KEPT * heard.sum() else -1


def _kinds(piece: Piece) -> list[int]:
    """The kind of each tone; 5 stands for 2 from its second frame on."""
    ending: dict[tuple[int, int], list[Tone]] = defaultdict(list)
    starting: dict[tuple[int, int], list[Tone]] = defaultdict(list)
    for tone in piece.tones:
        ending[tone.voice, tone.end].append(tone)
        starting[tone.voice, tone.onset].append(tone)
    return [_kind(piece, tone, ending, starting) for tone in piece.tones]


def _kind(
    piece: Piece,
    tone: Tone,
    ending: dict[tuple[int, int], list[Tone]],
    starting: dict[tuple[int, int], list[Tone]],
) -> int:
    midi = tone.pitch.midi
    before = [midi - other.pitch.midi for other in ending.get((tone.voice, tone.onset), ())]
    after = [other.pitch.midi - midi for other in starting.get((tone.voice, tone.end), ())]
    steps_in = any(1 <= abs(step) <= 2 for step in before)
    steps_out = any(1 <= abs(step) <= 2 for step in after)
    falls = any(-2 <= step <= -1 for step in after)
    strength = _strength(piece, tone.onset)
    if tone.grace:
        return 1
    if falls and strength >= 2 and 0 in before:
        return 2
    if falls and tone.duration > _SHORT:
        return 5
    if tone.duration > _SHORT:
        return 0
    if strength >= 2:
        return 3 if steps_out else 0
    if steps_in and steps_out:
        return 1
    return 4 if steps_in or steps_out else 0
