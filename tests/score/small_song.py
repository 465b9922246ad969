"""A small Song that the tests of this room share: eight bars, a pick-up of tempo, a key change, drums and a lead."""

from __future__ import annotations

from partimento.score.brief import Brief
from partimento.score.decision import Decision, Where
from partimento.score.mix import Fader, Mix
from partimento.score.performance import Performance, PlayedControl, PlayedNote, PlayedTrack
from partimento.score.song import (
    ChordSymbol,
    Control,
    Drum,
    Dynamic,
    FinalBars,
    KeyChange,
    MeterChange,
    Note,
    Phrase,
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


def small_song() -> Song:
    """Two sections of four bars, Bb then C minor, slowing over the last bar."""
    flat, minor = Key.parse("Bb"), Key.parse("C minor")
    half = 4 * BAR
    sections = (
        Section("Verse 1", "verse", 0, half, 0.4, "A", 0, flat, "half", "tune", (Phrase(0, half, "half", "a"),)),
        Section("Chorus 1", "chorus", half, half, 0.8, "B", 0, minor, "authentic", "hook"),
    )
    chords = (
        ChordSymbol(0, half, parse_chord("Bb/D"), flat, "I6"),
        ChordSymbol(half, half, parse_chord("Cm7"), minor, "i7", 240),
    )
    lead = Track(
        "Flute", "lead", "flute",
        (Note(0, 480, Pitch.parse("Bb4"), 90, lyric="la"), Note(480, 240, Pitch.parse("Eb5"), 70, 1, "staccato", True)),
        (Control(0, "expression", 100),), (Dynamic(0, "mf"),),
    )  # fmt: skip
    drums = Track("Drums", "drums", "drums", (Note(0, 120, Drum.KICK, 100), Note(480, 120, Drum.SNARE, 110)))
    played = Performance(
        (
            PlayedTrack(
                "Flute", 0, 73, (PlayedNote(2, 470, 70, 91), PlayedNote(482, 120, 75, 72)),
                (PlayedControl(0, 64, 127), PlayedControl(10, -1, -300)), 100, 64, 120, 30,
            ),
            PlayedTrack("Drums", 9, 0, (PlayedNote(0, 120, 36, 99), PlayedNote(480, 120, 38, 111))),
        )
    )  # fmt: skip
    return Song(
        title="Tést piece",
        brief=Brief(seed=3, genre="pop", form=("verse:4", "chorus:4"), chords=(("verse", "Bb/D"),)),
        meters=(MeterChange(0, Meter(4, 4)),),
        tempos=(TempoChange(0, 100.0), TempoChange(7 * BAR, 100.0, True), TempoChange(8 * BAR - 480, 60.0)),
        keys=(KeyChange(0, flat), KeyChange(half, minor)),
        sections=sections,
        ending=FinalBars(7 * BAR, "held", "held tonic"),
        chords=chords,
        tracks=(lead, drums),
        decisions=(Decision(Where(0, "", 0, half), "chord", "harmony.loop", (("loop", "I"), ("n", 2)), (("IV", 3),)),),
        performance=played,
        mix=Mix("pop", -14.0, hall_s=1.2, faders=(Fader("Flute", 1.5, -0.25, hall=0.3),)),
    )
