"""Tempo marks: the felt beat and its number, a word where a style has one, "rit." and "accel." for ramps.

Conventions: `bpm` counts felt beats (dotted quarters in compound meters), `quarter_bpm` quarters. A tempo that a ramp
arrives at says nothing on the page, unless it is the last printed one again ("a tempo"). A step is printed where it
really is a new tempo, so that the tempo map of a free performance does not cover the page.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from partimento.score.notation.page import Bar, TempoMark, Value
from partimento.score.song import Song, TempoChange
from partimento.theory.meter import TICKS, Meter

_ITALIAN = (
    (45, "Largo"), (60, "Lento"), (72, "Adagio"), (90, "Andante"), (112, "Moderato"), (132, "Allegretto"),
    (168, "Allegro"), (200, "Vivace"),
)  # fmt: skip
_SWING = ((90, "Ballad"), (130, "Medium Swing"), (180, "Medium Up Swing"))
_SAME, _NEW = 0.02, 0.04
"""As shares of the tempo: what counts as the old one again, and what as a new one worth saying. Taste."""


def tempo_marks(song: Song, bars: Sequence[Bar], swing: str) -> tuple[TempoMark, ...]:
    """One mark for every entry of the tempo map; those of a performance's small changes are silent."""
    starts = [bar.start for bar in bars]
    out: list[TempoMark] = []
    printed = 0.0
    for i, change in enumerate(song.tempos):
        bar = bars[max(0, bisect_right(starts, change.onset) - 1)]
        following = song.tempos[i + 1] if i + 1 < len(song.tempos) else None
        beat = beat_of(bar.meter)
        mark = TempoMark(change.onset, change.tempo_bpm, beat, change.tempo_bpm * TICKS / beat.ticks, "", False)
        if change.ramp and following is not None:
            word = "rit." if following.tempo_bpm < change.tempo_bpm else "accel."
            length = following.onset - change.onset
            mark = replace(mark, text=word, ramp_to=following.tempo_bpm, duration=length)
        elif i == 0:
            mark = replace(mark, text=opening_word(song.brief.genre, swing, mark.bpm), shows_number=True)
            printed = change.tempo_bpm
        elif song.tempos[i - 1].ramp:
            back = abs(change.tempo_bpm - printed) <= _SAME * printed
            mark = replace(mark, text="a tempo" if back else "")
        elif _is_said(change, following, printed, bar):
            mark = replace(mark, shows_number=True)
            printed = change.tempo_bpm
        out.append(mark)
    return tuple(out)


def _is_said(change: TempoChange, following: TempoChange | None, printed: float, bar: Bar) -> bool:
    """Whether a step is a new tempo: it differs clearly and lasts a bar."""
    lasts = following is None or following.onset - change.onset >= bar.meter.bar
    return lasts and abs(change.tempo_bpm - printed) > _NEW * printed


def beat_of(meter: Meter) -> Value:
    """The value that is felt as the beat: a dotted quarter in 6/8, a half in 2/2, else a quarter or the unit."""
    if meter.compound:
        return {8: Value("quarter", 1), 16: Value("eighth", 1), 32: Value("16th", 1)}[meter.denominator]
    return {1: Value("whole"), 2: Value("half")}.get(meter.denominator, Value("quarter"))


def opening_word(genre: str, swing: str, bpm: float) -> str:
    """The word before the first number: Italian for classical music, "Medium Swing" and its kin for swung jazz."""
    if genre == "classical":
        return next((word for limit, word in _ITALIAN if bpm < limit), "Presto")
    if swing == "eighth":
        if genre == "jazz":
            return next((word for limit, word in _SWING if bpm < limit), "Up Swing")
        return "Shuffle" if genre in ("blues", "rock", "country") else "Swing"
    return {"bossa": "Bossa Nova", "16th": ""}.get(genre, "")
