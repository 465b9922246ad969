"""A voice of a Page as a line of text, for tests that can be read.

Bars are divided by "|"; a note is the letter of its value (w h q e s t) and its dots, "~" where it is tied on, "x"
added for an x head, "()" around a ghost; a rest begins with "r", "R" is a whole bar's, "." before it means hidden;
"3[" and "]" enclose a triplet, "5[" five; "-" joins what is beamed to the note before.
"""

from __future__ import annotations

from collections.abc import Iterable

from partimento.score.brief import Brief
from partimento.score.notation.page import Event, Page
from partimento.score.song import (
    Drum,
    FinalBars,
    KeyChange,
    MeterChange,
    Note,
    Section,
    Song,
    TempoChange,
    Track,
)
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch

_LETTERS = {
    "breve": "b", "whole": "w", "half": "h", "quarter": "q", "eighth": "e", "16th": "s", "32nd": "t", "64th": "u",
}  # fmt: skip


def song_of(notes: Iterable[Note], meter: str = "4/4", instrument: str = "violin", role: str = "lead", bars: int = 1,
            key: str = "C", genre: str = "") -> Song:  # fmt: skip
    """A song of one track "Solo" and one section."""
    signature, tonic = Meter.parse(meter), Key.parse(key)
    end = bars * signature.bar
    section = Section("All", "verse", 0, end, 0.5, "A", 0, tonic, "open", "tune")
    return Song(
        "Small", Brief(genre=genre), (MeterChange(0, signature),), (TempoChange(0, 120.0),), (KeyChange(0, tonic),),
        (section,), FinalBars(end, "held", "end"), tracks=(Track("Solo", role, instrument, tuple(notes)),),
    )  # fmt: skip


def notes_of(*spans: tuple[int, int], pitch: str = "A4") -> list[Note]:
    """Notes of (onset, end)."""
    return [Note(a, b - a, Pitch.parse(pitch)) for a, b in spans]


def strokes(**pieces: str) -> list[Note]:
    """Drum notes from patterns on the sixteenth grid: `kick="x...x..."`; "o" is a ghost stroke, ">" an accent."""
    words = {"x": "", "o": "ghost", ">": "accent"}
    return [
        Note(120 * i, 60, Drum[name.upper()], 80, articulation=words[sign])
        for name, pattern in pieces.items()
        for i, sign in enumerate(pattern)
        if sign in words
    ]


def text_of(page: Page, voice: int = 1, part: int = 0) -> str:
    """One voice of one part."""
    bars = []
    for measure in page.parts[part].measures:
        found = [v for v in measure.voices if v.number == voice]
        bars.append(" ".join(_event(event) for event in found[0].events).replace(" -", "-") if found else "")
    return " | ".join(bars)


def _event(event: Event) -> str:
    text = "R" if event.whole_bar else _LETTERS[event.value.kind] + "." * event.value.dots
    if not event.notes:
        text = ("." if event.hidden else "") + (text if event.whole_bar else "r" + text)
    elif event.grace:
        text = "g" + text
    if any(note.head == "x" for note in event.notes):
        text += "x"
    if any(note.parentheses for note in event.notes):
        text = f"({text})"
    if any(note.tie_start for note in event.notes):
        text += "~"
    if event.tuplet == "start":
        text = f"{event.value.actual}[{text}"
    if event.tuplet == "stop":
        text += "]"
    return ("-" if event.beams and event.beams[0] in ("continue", "end") else "") + text
