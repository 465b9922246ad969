"""Spelling in decoding: what the source's spelling says of keys and chords, and how found keys are spelled.

Conventions: fifths as in `theory.pitch`. Against a tonic the usual spellings lie from its flat second to its sharp
fourth (-5 to 6 fifths); a raised degree lies beyond on the sharp side, as in an applied leading tone.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cache

import numpy as np
from numpy.typing import NDArray

from partimento.theory.analysis.decode_frames import EIGHTH, Frames
from partimento.theory.analysis.decode_states import vocabulary
from partimento.theory.analysis.piece import Piece
from partimento.theory.key import Key
from partimento.theory.pitch import pitch_class
from partimento.theory.roman import chord_of

Floats = NDArray[np.float32]

PRICE = 0.8
"""What an eighth of a chord tone in another spelling costs; by hand, since the sources of tuning are not spelled."""
_LOWEST, _HIGHEST = -5, 6


@cache
def _unusual() -> tuple[Floats, Floats]:
    """(2, 12, states): whether a state has a tone so far above the tonic in the usual spelling, and in another."""
    words = vocabulary()
    usual = np.zeros((2, 12, words.real.shape[1]), np.float32)
    other = np.zeros_like(usual)
    for mode, key in enumerate((Key.parse("C major"), Key.parse("C minor"))):
        for i, state in enumerate(words.states[mode]):
            for tone in chord_of(state.numeral, key).tones:
                table = usual if _LOWEST <= tone.fifths <= _HIGHEST else other
                table[mode, tone.number, i] = 1.0
    return usual, other


def spelling_bonus(piece: Piece, frames: Frames) -> Floats | None:
    """(n, 24, states): what the spelling says for each state, frame by frame; None for a source without spelling."""
    if not piece.spelled:
        return None
    centre = centre_of(piece)
    sounding, fifths = _spelled_amounts(piece, frames)
    usual, other = _unusual()
    out = np.empty((len(frames.eighths), 24, usual.shape[2]), np.float32)
    for number in range(24):
        mode = number // 12
        tonic = key_of(number, centre).tonic.fifths
        above = (fifths - tonic) * 7 % 12
        beyond = (fifths - tonic < _LOWEST) | (fifths - tonic > _HIGHEST)
        # A state pays for tones that it spells in the usual way and the source does not, and the other way round.
        priced = np.where(beyond[:, None], usual[mode][above], other[mode][above])
        out[:, number] = -PRICE * (sounding @ priced)
    return out


def _spelled_amounts(piece: Piece, frames: Frames) -> tuple[Floats, NDArray[np.int64]]:
    """(n, spellings): the eighths of sounding time of each spelled pitch class, and their places in fifths."""
    spellings = sorted({tone.pitch.fifths for tone in piece.tones})
    column = {fifths: i for i, fifths in enumerate(spellings)}
    bounds = frames.ticks.tolist()
    rows = [[0.0] * len(spellings) for _ in bounds[1:]]
    for tone in piece.tones:
        i = max(0, bisect_right(bounds, tone.onset) - 1)
        place = column[tone.pitch.fifths]
        while i < len(rows) and bounds[i] < tone.end:
            overlap = min(tone.end, bounds[i + 1]) - max(tone.onset, bounds[i])
            rows[i][place] += max(0, overlap) / EIGHTH
            i += 1
    return np.array(rows, np.float32), np.array(spellings, np.int64)


def centre_of(piece: Piece) -> float:
    """The signature around which keys are spelled: the written one, else that of the spelled tones, else none."""
    if piece.keys:
        return float(piece.keys[0][1].signature)
    if not piece.spelled or not piece.tones:
        return 0.0
    weight = sum(tone.duration for tone in piece.tones) or 1
    # The tones of a major key lie from one fifth below its tonic to five above.
    return sum(tone.duration * tone.pitch.fifths for tone in piece.tones) / weight - 2.0


@cache
def key_of(number: int, centre: float) -> Key:
    """The key 0-23 (major, then minor, by tonic) in the spelling nearest to a signature, within seven accidentals."""
    mode = "major" if number < 12 else "minor"
    lowest = number * 7 % 12 - 24
    keys = [Key(pitch_class(fifths), mode) for fifths in range(lowest, lowest + 49, 12)]
    return min(
        (key for key in keys if abs(key.signature) <= 7), key=lambda key: (abs(key.signature - centre), -key.signature)
    )
