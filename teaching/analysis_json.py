"""An analysis as plain data for programs: places as bar, beat and tick, names as text.

Conventions: docs/analysing.md tells each field; `format` and `version` come first. Bars have their printed numbers,
0 is a pick-up; beats are felt beats from 1.0; ticks are 480 to the quarter note. An end is the place after the last
tick; `sure` lies in 0-1, to three places.
"""

from __future__ import annotations

from typing import Any

from partimento.teaching.reading import Source
from partimento.theory.analysis.findings import Analysis, ChordSpan, FoundCadence, KeySpan, NonChordTone
from partimento.theory.analysis.piece import Piece
from partimento.theory.analysis.spell import respelled
from partimento.theory.roman import function_of

VERSION = 1


def analysis_json(source: Source, analysis: Analysis, span: tuple[int, int] | None = None) -> dict[str, Any]:
    """The analysis of a source as data that `json.dumps` takes; of what touches the ticks of `span` alone, if given."""
    piece = respelled(source.piece, analysis.keys, analysis.chords)
    first, last = span if span is not None else (0, max(1, piece.end))
    return {
        "format": "partimento-analysis",
        "version": VERSION,
        "title": source.song.title,
        "recorded": source.recorded,
        "spelled": piece.spelled,
        "bars": len(piece.bars),
        "end": piece.end,
        "voices": [{"name": voice.name, "line": voice.line} for voice in piece.voices],
        "key": {
            "key": str(analysis.key),
            "sure": round(analysis.key_sure, 3),
            "second": _text(analysis.key_second),
        },
        "keys": [_key(piece, row) for row in analysis.keys if row.start < last and row.end > first],
        "chords": [_chord(piece, row) for row in analysis.chords if row.start < last and row.end > first],
        "cadences": [_cadence(piece, row) for row in analysis.cadences if first <= row.arrival < last],
        "phrases": [
            {
                "start": place(piece, row.start),
                "end": place(piece, row.end),
                "idea": row.idea,
                "cadence": None if row.cadence is None else analysis.cadences[row.cadence].kind,
            }
            for row in analysis.phrases
            if row.start < last and row.end > first
        ],
        "sections": [
            {
                "start": place(piece, row.start),
                "end": place(piece, row.end),
                "label": row.label,
                "name": row.name,
                "sure": round(row.sure, 3),
            }
            for row in analysis.sections
            if row.start < last and row.end > first
        ],
        "non_chord": [_tone(piece, row) for row in analysis.non_chord if _within(piece, row, first, last)],
        "meter": _meter(analysis),
        "pattern": analysis.pattern,
        "loop": list(analysis.loop),
        "notices": [*source.notices, *analysis.notices],
    }


def place(piece: Piece, tick: int) -> dict[str, int | float]:
    """A tick as bar, beat and tick; of a piece without bars bar 1 and quarters."""
    if not piece.bars:
        return {"bar": 1, "beat": round(1 + tick / 480, 3), "tick": tick}
    if tick >= piece.bars[-1].end:
        last = piece.bars[-1]
        return {"bar": last.number + 1, "beat": 1.0, "tick": tick}
    bar = piece.bar_at(tick)
    return {"bar": bar.number, "beat": bar.beat(tick), "tick": tick}


def _within(piece: Piece, row: NonChordTone, first: int, last: int) -> bool:
    tone = piece.tones[row.tone]
    return tone.onset < last and tone.end > first


def _text(thing: object) -> str | None:
    return None if thing is None else str(thing)


def _key(piece: Piece, row: KeySpan) -> dict[str, Any]:
    return {
        "start": place(piece, row.start),
        "end": place(piece, row.end),
        "key": str(row.key),
        "kind": row.kind,
        "sure": round(row.sure, 3),
        "second": _text(row.second),
    }


def _chord(piece: Piece, row: ChordSpan) -> dict[str, Any]:
    second = None
    if row.second is not None:
        key, numeral, chord = row.second
        second = {"key": str(key), "numeral": numeral, "chord": chord.name}
    return {
        "start": place(piece, row.start),
        "end": place(piece, row.end),
        "key": str(row.key),
        "numeral": row.numeral,
        "chord": row.chord.name if row.chord is not None else None,
        "function": function_of(row.numeral) if row.numeral else None,
        "role": row.role,
        "pivot": row.pivot,
        "sure": round(row.sure, 3),
        "second": second,
    }


def _cadence(piece: Piece, row: FoundCadence) -> dict[str, Any]:
    return {
        "start": place(piece, row.start),
        "arrival": place(piece, row.arrival),
        "kind": row.kind,
        "key": str(row.key),
        "chords": list(row.chords),
        "sure": round(row.sure, 3),
    }


def _tone(piece: Piece, row: NonChordTone) -> dict[str, Any]:
    tone = piece.tones[row.tone]
    return {
        "at": place(piece, tone.onset),
        "duration": tone.duration,
        "pitch": str(tone.pitch),
        "voice": piece.voices[tone.voice].name,
        "kind": row.kind,
        "accented": row.accented,
        "figure": row.figure,
    }


def _meter(analysis: Analysis) -> dict[str, Any] | None:
    found = analysis.meter
    if found is None:
        return None
    return {"written": str(found.written), "found": str(found.found), "shift": found.shift, "sure": found.sure}
