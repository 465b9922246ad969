"""Pieces written in words for tests: voices from the lowest up, each "E4:2 r:1 F#4:1", lengths in quarters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from partimento.theory.analysis.findings import ChordSpan
from partimento.theory.analysis.piece import BarSpan, Piece, Tone, Voice
from partimento.theory.interval import Interval
from partimento.theory.key import Key
from partimento.theory.meter import TICKS, Meter
from partimento.theory.pitch import Pitch
from partimento.theory.roman import chord_of, numeral_of

_NAMES = ("Bass", "Tenor", "Alto", "Soprano")


def piece(*voices: str, meter: str = "4/4", pickup: float = 0, fermatas: Sequence[float] = ()) -> Piece:
    """A piece of lines; `fermatas` are quarters from the beginning, `pickup` quarters before the first whole bar."""
    tones = []
    end = 0
    for number, text in enumerate(voices):
        tick = 0
        for word in text.split():
            name, _, length = word.partition(":")
            ticks = round(float(length or 1) * TICKS)
            if name != "r":
                tones.append(Tone(tick, ticks, Pitch.parse(name), number))
            tick += ticks
        end = max(end, tick)
    names = _NAMES if len(voices) == 4 else tuple(f"Voice {i}" for i in range(len(voices)))
    bars = _bars(Meter.parse(meter), round(pickup * TICKS), end)
    return Piece(
        "",
        tuple(sorted(tones, key=lambda tone: (tone.onset, tone.pitch.midi, tone.voice))),
        tuple(Voice(name) for name in names),
        bars,
        bars[-1].end if bars else 0,
        fermatas=tuple(round(place * TICKS) for place in fermatas),
    )


def _bars(meter: Meter, pickup: int, end: int) -> tuple[BarSpan, ...]:
    out = [BarSpan(0, 0, pickup, meter)] if pickup else []
    while (out[-1].end if out else 0) < end:
        start = out[-1].end if out else 0
        out.append(BarSpan(len(out) + (not pickup), start, start + meter.bar, meter))
    return tuple(out)


def spans(text: str, key: str = "C") -> tuple[ChordSpan, ...]:
    """Chords as "I:4 V7:2 | a minor | i:4": numerals with their quarters, a key between bars."""
    out: list[ChordSpan] = []
    home = Key.parse(key)
    for part in text.split("|"):
        if ":" not in part:
            home = Key.parse(part.strip())
            continue
        for word in part.split():
            numeral, _, length = word.partition(":")
            start = out[-1].end if out else 0
            end = start + round(float(length) * TICKS)
            chord = None if numeral == "-" else chord_of(numeral, home)
            out.append(ChordSpan(start, end, home, numeral if chord else "", chord))
    return tuple(out)


def transposed(source: Piece, interval: Interval) -> Piece:
    """The piece moved by an interval, with its signatures."""
    tones = tuple(tone._replace(pitch=tone.pitch.transposed(interval)) for tone in source.tones)
    keys = tuple((tick, key.up(interval.fifths)) for tick, key in source.keys)
    return replace(source, tones=tones, keys=keys)


def moved(chords: Sequence[ChordSpan], interval: Interval) -> tuple[ChordSpan, ...]:
    """Chords and their keys moved by an interval."""
    out = []
    for span in chords:
        key = span.key.up(interval.fifths)
        chord = span.chord.up(interval.fifths) if span.chord is not None else None
        out.append(span._replace(key=key, chord=chord, numeral=numeral_of(chord, key) if chord else ""))
    return tuple(out)
