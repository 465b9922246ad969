"""An analysis as a table for people: a row a chord, with its place, key, numeral, symbol, close and foreign tones.

Conventions: a key is printed where it changes; "?" marks what is not sure (under 0.4); places are bar.beat.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from partimento.teaching.reading import Source
from partimento.theory.analysis.findings import Analysis, ChordSpan, NonChordTone
from partimento.theory.analysis.piece import Piece
from partimento.theory.analysis.spell import respelled
from partimento.theory.meter import Meter

_UNSURE = 0.4
_MOST_TONES = 4


def table_lines(source: Source, analysis: Analysis, span: tuple[int, int]) -> list[str]:
    """What is found of the whole, then the rows of the chords that touch the ticks of `span`."""
    piece = respelled(source.piece, analysis.keys, analysis.chords)
    return [*_head(source, piece, analysis), "", *_rows(piece, analysis, span)]


def _head(source: Source, piece: Piece, analysis: Analysis) -> list[str]:
    second = f"; or {analysis.key_second}" if analysis.key_second is not None else ""
    lines = [
        source.song.title,
        f"Key       {analysis.key} ({analysis.key_sure:.0%} sure{second})",
    ]
    others = [row for row in analysis.keys[1:] if row.kind != "home"]
    if others:
        told = [f"{row.key} from {_place(piece, row.start)} ({row.kind})" for row in others]
        lines.append(f"          then {', '.join(told)}")
    if analysis.meter is not None:
        lines.append(f"Meter     {_meter(analysis)}")
    words = {"loop": f"a loop: {' '.join(analysis.loop)}", "blues": "a blues", "drone": "over a drone"}
    lines.append(f"Harmony   {words.get(analysis.pattern, analysis.pattern)}")
    if analysis.sections:
        lines.append(f"Form      {'; '.join(_section(piece, row) for row in analysis.sections)}")
    if analysis.phrases:
        told = []
        for row in analysis.phrases:
            close = f" {analysis.cadences[row.cadence].kind}" if row.cadence is not None else ""
            told.append(f"{row.idea} {_bars(piece, row.start, row.end)}{close}")
        lines.append(f"Phrases   {', '.join(told)}")
    return lines + [f"Note      {notice}" for notice in analysis.notices]


def _section(piece: Piece, row: tuple[int, int, str, str, float]) -> str:
    start, end, label, name, _ = row
    return f"{label}{f' ({name})' if name else ''} {_bars(piece, start, end)}"


def _bars(piece: Piece, start: int, end: int) -> str:
    if not piece.bars:
        return ""
    first, last = piece.bar_at(start).number, piece.bar_at(max(start, end - 1)).number
    return f"{first}-{last}" if last != first else str(first)


def _meter(analysis: Analysis) -> str:
    found = analysis.meter
    if found is None:
        return ""
    if (found.found, found.shift) == (found.written, 0):
        return str(found.written)
    what = f" as if in {found.found}" if found.found != found.written else ""
    late = f" with bar lines {_beats(found.shift, found.written)}" if found.shift else ""
    return f"{found.written}, but it sounds{what}{late} ({found.sure:.0%} sure)"


def _beats(shift: int, meter: Meter) -> str:
    count = abs(shift) / meter.beat_lengths[0]
    return f"{count:g} beat{'s' * (count != 1)} {'later' if shift > 0 else 'earlier'}"


def _place(piece: Piece, tick: int) -> str:
    if not piece.bars:
        return f"1.{1 + tick / 480:g}"
    bar = piece.bar_at(tick)
    return f"{bar.number}.{bar.beat(tick):g}"


def _rows(piece: Piece, analysis: Analysis, span: tuple[int, int]) -> list[str]:
    spans = [row for row in analysis.chords if row.start < span[1] and row.end > span[0]]
    foreign = _foreign(piece, analysis, spans)
    closes = {cadence.arrival: cadence for cadence in analysis.cadences}
    rows = [("Place", "Key", "Numeral", "Chord", "Close", "Non-chord tones")]
    key = None
    for row, tones in zip(spans, foreign, strict=True):
        cadence = closes.get(row.start)
        close = f"{cadence.kind}{f' in {cadence.key}' if cadence.key != row.key else ''}" if cadence else ""
        shown = str(row.key) if row.key != key else ""
        key = row.key
        rows.append(
            (_place(piece, row.start), shown, _numeral(row), row.chord.name if row.chord else "-", close, _told(tones))
        )
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _numeral(row: ChordSpan) -> str:
    if row.chord is None:
        return ""
    text = row.numeral + ("?" if row.sure < _UNSURE else "")
    if row.pivot:
        text += f" (= {row.pivot})"
    if row.role:
        text += f" ({row.role})"
    if row.second is not None and row.sure < _UNSURE:
        text += f" or {row.second[1]}"
    return text


def _foreign(piece: Piece, analysis: Analysis, spans: Sequence[ChordSpan]) -> list[list[str]]:
    """Of each chord the non-chord tones that begin in it, in words."""
    starts = [span.start for span in spans]
    out: list[list[str]] = [[] for _ in spans]
    for row in analysis.non_chord:
        tone = piece.tones[row.tone]
        i = bisect_right(starts, tone.onset) - 1
        if i >= 0 and tone.onset < spans[i].end:
            out[i].append(_tone(piece, row))
    return out


def _tone(piece: Piece, row: NonChordTone) -> str:
    tone = piece.tones[row.tone]
    kind = f"{row.kind} {row.figure}" if row.figure else row.kind
    return f"{tone.pitch} {kind}"


def _told(tones: Sequence[str]) -> str:
    more = f" and {len(tones) - _MOST_TONES} more" if len(tones) > _MOST_TONES else ""
    return ", ".join(tones[:_MOST_TONES]) + more
