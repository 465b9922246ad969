"""Decoding: the keys, chords and numerals of a piece, found together, each with how sure it is and the second reading.

Conventions: ticks; spans lie end to end from 0 to the piece's end; without pitched tones there is one silent chord, in
the written key or C major, with no certainty at all. How: `decode_frames` cuts the piece, `decode_scores` weighs each
chord for each stretch of it, `decode_path` finds the likeliest way through keys and chords (`decode_states`) by tuned
`decode_weights`, `decode_back` and `decode_reading` tell how likely it is beside others.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from partimento.theory.analysis.decode_frames import Floats, Frames, frames_of
from partimento.theory.analysis.decode_keys import keys_to_try
from partimento.theory.analysis.decode_path import Forward
from partimento.theory.analysis.decode_reading import (
    SECOND,
    Weighed,
    chord_spans,
    dominant_share,
    key_shares,
    key_spans,
    weighed,
)
from partimento.theory.analysis.decode_scores import scores_of
from partimento.theory.analysis.decode_spelling import centre_of, key_of, spelling_bonus
from partimento.theory.analysis.decode_weights import blues_weights, tuned_weights
from partimento.theory.analysis.findings import ChordSpan, KeySpan
from partimento.theory.analysis.piece import Piece
from partimento.theory.key import Key

LONGEST = 16
"""The most frames in one stretch: two bars of eighths; a longer chord is several stretches, said as one."""
BLUES = 0.6
"""The share of time in dominant sevenths from which they are no longer taken for dominants."""
_OPENS, _CLOSES = 0.05, 0.42
"""How much the first and the last key count for the key of all, the rest being the share of time: of 132 chorales that
are not tested the closing key is so named in 98 %, with equal parts in 93 %."""


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
        return _silent(piece)
    frames = frames_of(piece)
    weights = tuned_weights().of(frames.texture)
    scores = scores_of(frames, weights, LONGEST)
    forward = Forward(frames, scores, weights, keys_to_try(frames), spelling_bonus(piece, frames))
    path, _ = forward.path()
    if dominant_share(frames, path) >= BLUES:
        forward = Forward(frames, scores, blues_weights(weights), keys_to_try(frames), spelling_bonus(piece, frames))
        path, _ = forward.path()
    read = weighed(forward, path)
    centre = centre_of(piece)
    shares = _home(frames, read)
    best, next_best = (int(i) for i in np.argsort(-shares, kind="stable")[:2])
    second = key_of(next_best, centre) if shares[next_best] >= SECOND * shares[best] else None
    return Decoded(
        key_spans(frames, read, centre),
        chord_spans(frames, read, centre),
        key_of(best, centre),
        float(shares[best]),
        second,
    )


def _silent(piece: Piece) -> Decoded:
    key = piece.keys[0][1] if piece.keys else Key.parse("C")
    end = max(0, piece.end)
    keys = (KeySpan(0, end, key, 0.0),) if end else ()
    return Decoded(keys, (ChordSpan(0, end, key, "", None, 0.0),) if end else (), key, 0.0, None)


def _home(frames: Frames, read: list[Weighed]) -> Floats:
    """(24): the share of each key as the whole piece's: by time, by what opens and by what closes it."""
    by_time = (1 - _OPENS - _CLOSES) * key_shares(frames, read)
    out: Floats = by_time + _OPENS * read[0].keys + _CLOSES * read[-1].keys
    return out
