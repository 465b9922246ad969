"""The whole analysis of a Piece: keys and chords decoded, then what follows from them.

Convention: ticks; a piece without tones has an analysis too, which says nothing of harmony and is not sure of its key.
"""

from __future__ import annotations

from partimento.theory.analysis.cadences import find_cadences
from partimento.theory.analysis.findings import Analysis
from partimento.theory.analysis.modulations import with_kinds
from partimento.theory.analysis.non_chord import find_non_chord_tones
from partimento.theory.analysis.piece import Piece
from partimento.theory.analysis.six_fours import with_roles


def analyse(piece: Piece) -> Analysis:
    """The analysis of a piece; the same for the same piece, and transposed with it where it is spelled."""
    from partimento.theory.analysis.decoding import decode

    found = decode(piece)
    cadences = find_cadences(piece, found.keys, found.chords)
    keys, chords = with_kinds(found.keys, found.chords, cadences, found.key)
    chords = with_roles(piece, chords)
    non_chord = find_non_chord_tones(piece, chords)
    return Analysis(found.key, found.key_sure, found.key_second, keys, chords, cadences, non_chord=non_chord)
