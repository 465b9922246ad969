"""Decoding: the keys, chords and numerals of a piece, each with how sure it is and the second reading.

Conventions: ticks; spans lie end to end from 0 to the piece's end; without pitched tones there is one silent chord, in
the written key or C major, with no certainty at all.
"""

from __future__ import annotations

from typing import NamedTuple

from partimento.theory.analysis.decoded_chords import keys_and_chords
from partimento.theory.analysis.findings import ChordSpan, KeySpan
from partimento.theory.analysis.piece import Piece
from partimento.theory.key import Key


class Decoded(NamedTuple):
    """Local keys and chords, both end to end; `key` is the whole piece's, `key_sure` 0-1 how sure, `key_second` the
    next likeliest, None where none is close."""

    keys: tuple[KeySpan, ...]
    chords: tuple[ChordSpan, ...]
    key: Key
    key_sure: float
    key_second: Key | None


def decode(piece: Piece) -> Decoded:
    """The keys and chords of a piece of any texture."""
    if not piece.tones or piece.end <= 0:
        key = piece.keys[0][1] if piece.keys else Key.parse("C")
        end = max(0, piece.end)
        silent = (ChordSpan(0, end, key, "", None, 0.0),) if end else ()
        return Decoded((KeySpan(0, end, key, 0.0),) if end else (), silent, key, 0.0, None)
    return Decoded(*keys_and_chords(piece))
