"""What a Song says of its own harmony, as the Analysis that rules and explanations read.

Convention: chords and keys are the song's chord symbols where they sound (pushes included), not guesses from the notes;
cadences and non-chord tones are found in the notes over them.
"""

from __future__ import annotations

from itertools import pairwise

from partimento.score.song import Song
from partimento.theory.analysis.cadences import find_cadences
from partimento.theory.analysis.findings import Analysis, ChordSpan, KeySpan
from partimento.theory.analysis.non_chord import find_non_chord_tones
from partimento.theory.analysis.piece import Piece
from partimento.theory.analysis.six_fours import with_roles
from partimento.theory.key import Key


def analysis_of(song: Song, piece: Piece) -> Analysis:
    """The Analysis of a song with chord symbols; `piece` is its Piece."""
    keys = _keys(song)
    chords = with_roles(piece, _chords(song))
    cadences = find_cadences(piece, keys, chords)
    non_chord = find_non_chord_tones(piece, chords)
    return Analysis(keys[0].key, 1.0, None, keys, chords, cadences, non_chord=non_chord)


def _chords(song: Song) -> tuple[ChordSpan, ...]:
    spans: list[ChordSpan] = []
    symbols = song.chords
    starts = [symbol.sounding for symbol in symbols[1:]]
    for symbol, following in zip(symbols, [*starts, song.end], strict=True):
        end = min(following, symbol.onset + symbol.duration) if symbol is not symbols[-1] else song.end
        done = spans[-1].end if spans else 0
        if symbol.sounding > done:
            spans.append(ChordSpan(done, symbol.sounding, symbol.key, "", None))
        if end > symbol.sounding:
            spans.append(ChordSpan(symbol.sounding, end, symbol.key, symbol.roman, symbol.chord))
    return tuple(spans)


def _keys(song: Song) -> tuple[KeySpan, ...]:
    changes: list[tuple[int, Key]] = []
    for symbol in song.chords:
        if not changes or changes[-1][1] != symbol.key:
            changes.append((symbol.sounding if changes else 0, symbol.key))
    if not changes:
        changes = [(0, song.keys[0].key if song.keys else Key.parse("C"))]
    ends = [*(after for (_, _), (after, _) in pairwise(changes)), song.end]
    return tuple(
        KeySpan(start, end, key, kind="home" if key == changes[0][1] else "direct")
        for (start, key), end in zip(changes, ends, strict=True)
    )
