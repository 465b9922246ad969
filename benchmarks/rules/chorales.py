"""Bach's four-part chorales as Pieces, and human Roman numerals for them as ChordSpans.

Conventions: notes, bars and fermatas are the data's; spelling is that of the same chorale in music21's corpus. Numerals
join by `linked_score`, for chorales without further parts; an analysis whose chords fit fewer than `FIT` of the
chorale's tones is of another version of it (other bars, other repeats) and left out. Numerals that cannot be read make
a span without a chord.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from partimento.theory.analysis.findings import Analysis, ChordSpan, KeySpan
from partimento.theory.analysis.piece import BarSpan, Piece, Tone, Voice
from partimento.theory.chord import Chord
from partimento.theory.errors import TheoryError
from partimento.theory.key import Key
from partimento.theory.meter import TICKS, Meter
from partimento.theory.pitch import Pitch, pitch_class
from partimento.theory.roman import chord_of

VOICES = ("bass", "tenor", "alto", "soprano")
FIT = 0.85
MISPRINTED = ("bach_bwv268",)
"""Chorales whose file has wrong notes: in bar 4 of BWV 268 the bass goes in fifths with the tenor three times in a
row, where the human numerals name another bass."""


@dataclass(frozen=True, slots=True)
class Chorale:
    """A chorale and its human analysis, None where there is none that fits."""

    id: str
    piece: Piece
    analysis: Analysis | None


def chorales(data: Path) -> Iterator[Chorale]:
    """The four-part chorales of the data folder, with their numerals where the folder has them."""
    numerals = _numerals(data / "copyleft" / "classical_roman_numerals_ccbysa.jsonl.gz")
    for row in _rows(data / "open" / "chorales_bach_satb.jsonl.gz"):
        if row["id"] in MISPRINTED:
            continue
        spelling, parts = _corpus(row["id"].removeprefix("bach_"))
        piece = _piece(row, spelling)
        whole = parts == len(VOICES) and row["id"] in numerals
        analysis = _analysis(piece, numerals[row["id"]]) if whole else None
        yield Chorale(row["id"], piece, analysis)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _numerals(path: Path) -> dict[str, dict[str, Any]]:
    if not path.is_file():
        return {}
    return {row["linked_score"]: row for row in _rows(path) if row["linked_score"]}


def _piece(row: Mapping[str, Any], spelling: Mapping[tuple[int, int], Pitch]) -> Piece:
    scale = TICKS // row["tpq"]
    key = Key(pitch_class(row["keys"][0][1]), "major") if row["keys"] else Key.parse("C")
    tones = [
        Tone(onset * scale, duration * scale, spelling.get((onset * scale, number)) or key.spell(number), voice)
        for voice, name in enumerate(VOICES)
        for onset, duration, number in row["parts"][name]
    ]
    return Piece(
        row["title"],
        tuple(sorted(tones, key=lambda tone: (tone.onset, tone.pitch.midi, tone.voice))),
        tuple(Voice(name.capitalize()) for name in VOICES),
        _bars(row, scale),
        row["end"] * scale,
        keys=((0, key),),
        fermatas=tuple(tick * scale for tick in row.get("fermatas") or ()),
        melody=3,
    )


def _corpus(name: str) -> tuple[dict[tuple[int, int], Pitch], int]:
    """(tick, MIDI number) -> Pitch of a chorale in music21's corpus, and how many parts it has there."""
    from music21 import corpus

    score = corpus.parse(f"bach/{name}")
    found: dict[tuple[int, int], Pitch] = {}
    for note in score.flatten().notes:
        for pitch in note.pitches:
            spelled = Pitch(pitch.step, int(pitch.alter), pitch.octave)
            found[round(float(note.offset) * TICKS), spelled.midi] = spelled
    return found, len(score.parts)


def _bars(row: Mapping[str, Any], scale: int) -> tuple[BarSpan, ...]:
    """The bars as printed: two parts of a bar that a repeat sign splits are one."""
    ticks = [tick * scale for tick in (*row["bars"], row["end"])]
    meters = [(tick * scale, Meter(upper, lower)) for tick, upper, lower in row["meters"]]
    bars: list[BarSpan] = []
    for start, end in pairwise(ticks):
        meter = next(m for tick, m in reversed(meters) if tick <= start)
        if not bars:
            bars.append(BarSpan(0 if end - start < meter.bar else 1, start, end, meter))
        elif len(bars) > 1 and end - bars[-1].start <= meter.bar:
            bars[-1] = bars[-1]._replace(end=end)
        else:
            bars.append(BarSpan(bars[-1].number + 1, start, end, meter))
    return tuple(bars)


def _analysis(piece: Piece, human: Mapping[str, Any]) -> Analysis | None:
    spans = human_spans(piece, human["chords"])
    if not spans or fit(piece, spans) < FIT:
        return None
    home = spans[0].key
    return Analysis(home, 1.0, None, (KeySpan(0, piece.end, home),), spans)


def human_spans(piece: Piece, rows: Sequence[tuple[int, float, str, str]]) -> tuple[ChordSpan, ...]:
    """Rows of (bar, beat, key, numeral) as spans; of two at one place the later is kept, which is the new key's."""
    bars = {bar.number: bar for bar in piece.bars}
    placed: dict[int, tuple[Key, str]] = {}
    for number, beat, key, numeral in rows:
        bar = bars.get(number)
        if bar is not None:
            late = bar.meter.bar - (bar.end - bar.start) if bar.number == 0 else 0
            tick = bar.start - late + round((beat - 1) * bar.meter.unit)
            placed[tick] = (_key(key), readable(numeral, key[:1].islower()))
    ticks = sorted(tick for tick in placed if 0 <= tick < piece.end)
    return tuple(
        ChordSpan(tick, end, placed[tick][0], placed[tick][1], _chord(*placed[tick]))
        for tick, end in zip(ticks, [*ticks[1:], piece.end], strict=True)
    )


def _key(name: str) -> Key:
    return Key.parse(f"{name[0].upper()}{name[1:].replace('-', 'b')} {'minor' if name[0].islower() else 'major'}")


def readable(numeral: str, minor: bool) -> str:
    """A numeral of the data as ours: `ii/o6/5` is iiø65; vi diminished of minor stands on the raised sixth."""
    text = re.sub(r"(?<=\d)/(?=\d)", "", numeral.replace("/o", "ø"))
    return f"#{text}" if minor and re.match(r"vi[oø]", text) else text


def _chord(key: Key, numeral: str) -> Chord | None:
    try:
        return chord_of(numeral, key)
    except TheoryError:
        return None


def fit(piece: Piece, spans: Sequence[ChordSpan]) -> float:
    """The share of the sounding time of tones that belong to the chord over them."""
    inside = total = 0
    for span in spans:
        for tone in piece.tones:
            shared = min(tone.end, span.end) - max(tone.onset, span.start)
            if shared > 0 and span.chord is not None:
                total += shared
                inside += shared * (tone.pitch.pitch_class in span.chord.tones)
    return inside / total if total else 0.0
