"""Songs in a line of text for the tests of lead sheets and what is written from them."""

from __future__ import annotations

from partimento.score.brief import Brief
from partimento.score.song import (
    ChordSymbol,
    FinalBars,
    KeyChange,
    MeterChange,
    Note,
    Section,
    Song,
    TempoChange,
    Track,
)
from partimento.theory.chord import parse_chord
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch

BAR = 1920
_CHORDS = ("F", "Gm7", "C7b9", "Bbmaj7")
_TUNES = "CDEFGAB"


def chart_song(*lines: str) -> Song:
    """Sections such as `"A abcd A abce"`: a kind, then a letter a bar; equal letters are equal bars, `-` an empty one.

    A bar's letter picks its four quarters and its chord; the song is in F major, 4/4, at 120.
    """
    key = Key.parse("F")
    words = " ".join(lines).split()
    notes: list[Note] = []
    chords: list[ChordSymbol] = []
    sections: list[Section] = []
    counts: dict[str, int] = {}
    tick = 0
    for kind, letters in zip(words[::2], words[1::2], strict=True):
        counts[kind] = counts.get(kind, 0) + 1
        length = BAR * len(letters)
        sections.append(Section(f"{kind} {counts[kind]}", kind, tick, length, 0.5, kind, 0, key, "open", "tune"))
        for letter in letters:
            place = ord(letter)
            chords.append(ChordSymbol(tick, BAR, parse_chord(_CHORDS[place % 4]), key, "I"))
            for beat in range(0 if letter == "-" else 4):
                pitch = Pitch(_TUNES[(place + beat * (1 + place % 3)) % 7], -1 if place % 5 == 0 else 0, 4 + beat % 2)
                notes.append(Note(tick + 480 * beat, 480, pitch))
            tick += BAR
    voice = Track("Voice", "lead", "voice", tuple(notes))
    return Song(
        "Chart", Brief(genre="pop"), (MeterChange(0, Meter(4, 4)),), (TempoChange(0, 120.0),), (KeyChange(0, key),),
        tuple(sections), FinalBars(tick, "held", "end"), tuple(chords), (voice,),
    )  # fmt: skip
