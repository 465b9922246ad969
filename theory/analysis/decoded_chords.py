"""One key for all, chords by `find_chords` in it: how loops, vamps and songs over one tonic are read.

Conventions: ticks; the spelling of a chord is its key's.
"""

from __future__ import annotations

from math import exp

from partimento.theory.analysis.findings import ChordSpan, KeySpan
from partimento.theory.analysis.piece import Piece
from partimento.theory.chord_finding import find_chords
from partimento.theory.key import Key
from partimento.theory.key_finding import find_key
from partimento.theory.roman import numeral_of

_CLOSE = 0.2


def keys_and_chords(
    piece: Piece,
) -> tuple[tuple[KeySpan, ...], tuple[ChordSpan, ...], Key, float, Key | None]:
    """Keys, chords, the key of all, how sure it is and the second; the piece has at least one tone."""
    notes = [(tone.onset, tone.duration, tone.pitch.midi) for tone in piece.tones]
    ranked = find_key(notes)
    best = ranked[0][1]
    weights = [exp(score - best) for _, score in ranked]
    shares = [weight / sum(weights) for weight in weights]
    key = ranked[0][0]
    second = ranked[1][0] if shares[1] >= _CLOSE else None
    chords: list[ChordSpan] = []
    for found in find_chords(notes, beats_of(piece), piece.end, [(0, key)]):
        numeral = numeral_of(found.chord, key) if found.chord is not None else ""
        chords.append(ChordSpan(found.start, found.end, key, numeral, found.chord))
    return (KeySpan(0, piece.end, key, shares[0], second),), tuple(chords), key, shares[0], second


def beats_of(piece: Piece) -> list[tuple[int, int]]:
    """The felt beats of a piece as (tick, strength), from 0; quarters where it has no bars."""
    beats = [
        (bar.start + place, bar.meter.strength(place))
        for bar in piece.bars
        for place in (*bar.meter.beats,)
        if bar.start + place < bar.end
    ]
    return beats or [(tick, 4 if tick % 1920 == 0 else 2) for tick in range(0, piece.end, 480)]
