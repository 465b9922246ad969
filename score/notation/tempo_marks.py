"""Tempo marks: the felt beat and its number, a word where a style has one, "rit." and "accel." for ramps.

Conventions: `bpm` counts felt beats (dotted quarters in compound meters), `quarter_bpm` quarters. A tempo that a ramp
arrives at says nothing on the page, unless it is the first one again ("a tempo").
"""

from __future__ import annotations

from collections.abc import Sequence

from partimento.score.notation.page import Bar, TempoMark, Value
from partimento.score.song import Song, TempoChange
from partimento.theory.meter import TICKS, Meter

_ITALIAN = (
    (45, "Largo"), (60, "Lento"), (72, "Adagio"), (90, "Andante"), (112, "Moderato"), (132, "Allegretto"),
    (168, "Allegro"), (200, "Vivace"),
)  # fmt: skip
_SWING = ((90, "Ballad"), (130, "Medium Swing"), (180, "Medium Up Swing"), (1000, "Up Swing"))
_SAME = 0.02


def tempo_marks(song: Song, bars: Sequence[Bar], swing: str) -> tuple[TempoMark, ...]:
    """One mark for every entry of the tempo map."""
    out: list[TempoMark] = []
    changes = song.tempos
    for i, change in enumerate(changes):
        meter = next((bar.meter for bar in reversed(bars) if bar.start <= change.onset), bars[0].meter)
        following = changes[i + 1] if i + 1 < len(changes) else None
        out.append(_mark(change, following, changes[i - 1] if i else None, changes[0], meter, song, swing))
    return tuple(out)


def beat_of(meter: Meter) -> Value:
    """The value that is felt as the beat: a dotted quarter in 6/8, a half in 2/2, else a quarter or the unit."""
    if meter.compound:
        return {8: Value("quarter", 1), 16: Value("eighth", 1), 32: Value("16th", 1)}[meter.denominator]
    return {1: Value("whole"), 2: Value("half")}.get(meter.denominator, Value("quarter"))


def _mark(
    change: TempoChange, following: TempoChange | None, before: TempoChange | None, first: TempoChange, meter: Meter,
    song: Song, swing: str,
) -> TempoMark:  # fmt: skip
    beat = beat_of(meter)
    bpm = change.tempo_bpm * TICKS / beat.ticks
    if change.ramp and following is not None:
        slower = following.tempo_bpm < change.tempo_bpm
        return TempoMark(
            change.onset, change.tempo_bpm, beat, bpm, "rit." if slower else "accel.", False,
            following.tempo_bpm, following.onset - change.onset,
        )  # fmt: skip
    if before is None:
        return TempoMark(change.onset, change.tempo_bpm, beat, bpm, opening_word(song.brief.genre, swing, bpm))
    if abs(change.tempo_bpm - first.tempo_bpm) <= _SAME * first.tempo_bpm:
        return TempoMark(change.onset, change.tempo_bpm, beat, bpm, "a tempo" if before.ramp else "", not before.ramp)
    return TempoMark(change.onset, change.tempo_bpm, beat, bpm, "", not before.ramp)


def opening_word(genre: str, swing: str, bpm: float) -> str:
    """The word before the first number: Italian for classical music, "Medium Swing" and its kin for swung jazz."""
    if genre == "classical":
        return next((word for limit, word in _ITALIAN if bpm < limit), "Presto")
    if swing == "eighth":
        if genre == "jazz":
            return next(word for limit, word in _SWING if bpm < limit)
        return "Shuffle" if genre in ("blues", "rock", "country") else "Swing"
    return {"bossa": "Bossa Nova", "16th": ""}.get(genre, "")
