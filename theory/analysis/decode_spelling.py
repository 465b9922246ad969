"""Spelling in decoding: what the source's spelling says of keys and chords, and how found keys are spelled.

Conventions: fifths as in `theory.pitch`. Against a tonic the usual spellings lie from its flat second to its sharp
fourth (-5 to 6 fifths); a raised degree lies beyond on the sharp side, as in an applied leading tone.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from partimento.theory.analysis.decode_frames import Frames
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
    tonics = [key_of(number, centre).tonic.fifths for number in range(24)]
    n = len(frames.eighths)
    sounding = np.zeros((n, 24, 12, 2), np.float32)
    bounds = frames.ticks
    spelled = np.array([tone.pitch.fifths for tone in piece.tones])
    beyond = np.stack([(spelled - tonic < _LOWEST) | (spelled - tonic > _HIGHEST) for tonic in tonics], axis=1)
    numbers = spelled * 7 % 12
    above = (numbers[:, None] - np.arange(24)[None, :] % 12) % 12
    every = np.arange(24)
    for i, tone in enumerate(piece.tones):
        first = max(0, int(np.searchsorted(bounds, tone.onset, "right")) - 1)
        for f in range(first, n):
            overlap = min(tone.end, int(bounds[f + 1])) - max(tone.onset, int(bounds[f]))
            if overlap <= 0:
                break
            sounding[f, every, above[i], beyond[i].astype(np.int64)] += overlap / 240
    usual, other = _unusual()
    out = np.empty((n, 24, usual.shape[2]), np.float32)
    for mode in (0, 1):
        rows = slice(12 * mode, 12 * mode + 12)
        out[:, rows] = -PRICE * (sounding[:, rows, :, 1] @ usual[mode] + sounding[:, rows, :, 0] @ other[mode])
    return out


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
