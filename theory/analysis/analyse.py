"""The whole analysis of a Piece: keys and chords decoded, then what follows from them.

Convention: ticks; a piece without tones has an analysis too, which says nothing of harmony and is not sure of its key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from partimento.theory.analysis.cadences import find_cadences
from partimento.theory.analysis.findings import Analysis, ChordSpan, FoundSection, KeySpan
from partimento.theory.analysis.form_sections import find_sections
from partimento.theory.analysis.home_keys import (
    in_blues,
    in_home_key,
    in_written_mode,
    is_band,
    near_names,
    read_in,
    rested,
)
from partimento.theory.analysis.lines import breaks, leading_line
from partimento.theory.analysis.meter_check import check_meter
from partimento.theory.analysis.modulations import with_kinds
from partimento.theory.analysis.non_chord import find_non_chord_tones
from partimento.theory.analysis.patterns import find_pattern
from partimento.theory.analysis.phrases import find_phrases
from partimento.theory.analysis.piece import Piece
from partimento.theory.analysis.six_fours import with_roles
from partimento.theory.analysis.spell import respelled
from partimento.theory.key import Key

if TYPE_CHECKING:
    from partimento.theory.analysis.decoding import Decoded

_OF_ONE_KEY = ("loop", "blues", "drone")
_UNSURE, _DOUBTFUL = 0.5, 0.4
_MOST_SURE = {0: 0.0, 1: 0.3, 2: 0.4, 3: 0.6, 4: 0.75, 5: 0.9}
"""How many different tones sound, without octaves, and how sure of a key one may then be: five belong to three keys."""


def analyse(piece: Piece, key: Key | None = None) -> Analysis:
    """The analysis of a piece; the same for the same piece, and transposed with it where it is spelled.

    `key` is the key that everything is read in, where it is known.
    """
    from partimento.theory.analysis.decoding import decode

    found = near_names(piece, decode(piece))
    if key is not None and found.keys:
        span = KeySpan(0, found.keys[-1].end, key)
        told = found._replace(key=key, key_sure=1.0, key_second=None)
        found = read_in(told, (span,), piece.spelled)
    most = _evidence(piece)
    if key is None and most < 1:
        spans = tuple(span._replace(sure=min(span.sure, most)) for span in found.keys)
        found = found._replace(keys=spans, key_sure=min(found.key_sure, most))
    piece = respelled(piece, found.keys, found.chords)
    line = leading_line(piece)
    sections = find_sections(piece, line, found.chords)
    if key is None and piece.tones:
        heard = found.chords
        found = _at_home(piece, found, line, sections)
        if found.chords is not heard:
            piece = respelled(piece, found.keys, found.chords)
            sections = find_sections(piece, line, found.chords)
    cadences = find_cadences(piece, found.keys, found.chords)
    keys, chords = with_kinds(found.keys, found.chords, cadences, found.key)
    chords = with_roles(piece, chords)
    pattern, loop = find_pattern(piece, found.key, chords, cadences, sections)
    return Analysis(
        found.key,
        found.key_sure,
        found.key_second,
        keys,
        chords,
        cadences,
        find_phrases(piece, line, breaks(piece, line), cadences, sections),
        sections,
        find_non_chord_tones(piece, chords),
        check_meter(piece, chords),
        pattern,
        loop,
        _notices(piece, found.key_sure, chords),
    )


def _at_home(piece: Piece, found: Decoded, line: tuple[int, ...], sections: tuple[FoundSection, ...]) -> Decoded:
    """What was decoded; of a band, a loop, a blues or a drone read in the key where it stays."""
    modal = in_written_mode(piece, found)
    if modal is not None:
        return modal
    steady = found
    if is_band(piece):
        steady = in_home_key(piece, found, False)
        sections = find_sections(piece, line, steady.chords)
    blues = in_blues(piece, found, steady.chords)
    if blues is not None:
        return blues
    pattern, _ = find_pattern(piece, steady.key, steady.chords, (), sections)
    if pattern not in _OF_ONE_KEY:
        return steady
    return rested(in_home_key(piece, found, True))


def _evidence(piece: Piece) -> float:
    """How sure one may be of any key at the most: of few different tones, not very."""
    return _MOST_SURE.get(len({tone.pitch.midi % 12 for tone in piece.tones}), 1.0)


def _notices(piece: Piece, key_sure: float, chords: tuple[ChordSpan, ...]) -> tuple[str, ...]:
    """What the analysis could not tell, a line each."""
    out = []
    if not piece.tones:
        out.append("There are no pitched notes: nothing is said of key and harmony")
    elif not any(span.chord is not None for span in chords):
        out.append("No chords were found")
    if piece.tones and key_sure < _UNSURE:
        out.append("The key is not certain: another one fits nearly as well")
    doubtful = sum(span.sure < _DOUBTFUL for span in chords if span.chord is not None)
    named = sum(span.chord is not None for span in chords)
    if doubtful * 2 > named:
        out.append("Most chords are not certain: the notes fit others nearly as well")
    return tuple(out)
