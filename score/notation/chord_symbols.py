"""The chord symbols of a Song over a staff: one where the chord changes, and at every section's beginning.

Conventions: sounding chords, at their written onsets (a push is a matter of playing). Where no chord is written for a
time after one was, N.C. stands. Classical and cinematic scores have none.
"""

from __future__ import annotations

from partimento.score.notation.page import Harmony
from partimento.score.notation.part_names import ORCHESTRAL
from partimento.score.song import Song


def chord_symbols(song: Song, *, always: bool = False) -> list[Harmony]:
    """The song's symbols in order; `always` where a lead sheet needs them whatever the genre."""
    if song.brief.genre in ORCHESTRAL and not always:
        return []
    starts = {section.start for section in song.sections}
    out: list[Harmony] = []
    end = 0
    for symbol in song.chords:
        if out and symbol.onset > end and out[-1].chord is not None:
            out.append(Harmony(end, None))
        if not out or out[-1].chord != symbol.chord or symbol.onset in starts:
            out.append(Harmony(symbol.onset, symbol.chord))
        end = symbol.onset + symbol.duration
    if out and out[-1].chord is not None and end < song.end:
        out.append(Harmony(end, None))
    return out
