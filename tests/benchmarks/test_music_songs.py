"""A Song becomes a Piece: roles, drums, grace notes, chords as written, velocities as played."""

from __future__ import annotations

from partimento.benchmarks.music.features import features_of
from partimento.benchmarks.music.piece import Harmony, Tone
from partimento.benchmarks.music.songs import piece_of_song
from partimento.score.brief import Brief
from partimento.score.performance import Performance, PlayedNote, PlayedTrack
from partimento.score.song import (
    ChordSymbol,
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
from partimento.theory.chord import parse_chord
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch


def note(onset: int, pitch: str | Drum, grace: bool = False) -> Note:
    return Note(onset, 480, pitch if isinstance(pitch, Drum) else Pitch.parse(pitch), 80, grace=grace)


def song() -> Song:
    key = Key.parse("A minor")
    return Song(
        title="Test",
        brief=Brief(),
        meters=(MeterChange(0, Meter.parse("6/8")),),
        tempos=(TempoChange(0, 90.0),),
        keys=(KeyChange(0, key),),
        sections=(Section("Verse", "verse", 0, 2880, 0.5, "verse", 0, key, "loop", "tune"),),
        ending=FinalBars(1440, "held", "held"),
        chords=(
            ChordSymbol(0, 1440, parse_chord("Am7"), key, "i7", 0),
            ChordSymbol(1440, 1440, parse_chord("F/C"), key, "VI", 120),
        ),
        tracks=(
            Track(
                "Tune", "lead", "flute", (note(0, "A4"), note(480, "B4", grace=True), note(720, "C5"), note(1440, "A4"))
            ),
            Track("Bass", "bass", "acoustic bass", (note(0, "A2"),)),
            Track("Answer", "answer", "clarinet", (note(960, "E4"),)),
            Track("Drums", "drums", "standard kit", (note(0, Drum.KICK),)),
        ),
        performance=Performance(
            (
                PlayedTrack(
                    "Tune",
                    0,
                    73,
                    (PlayedNote(10, 400, 69, 91), PlayedNote(715, 400, 72, 99), PlayedNote(1440, 400, 69, 70)),
                ),
            )
        ),
    )


def test_roles_and_velocities() -> None:
    piece = piece_of_song(song(), "x")
    assert piece.melody == (Tone(0, 480, 69, 91), Tone(720, 480, 72, 99), Tone(1440, 480, 69, 70))
    assert piece.accompaniment == (Tone(0, 480, 45, 80),)
    assert piece.counter == (Tone(960, 480, 64, 80),)
    assert piece.name == "x" and piece_of_song(song()).name == "Test"


def test_time_and_harmony() -> None:
    piece = piece_of_song(song())
    assert piece.bars == (0, 1440, 2880) and piece.beat == 720 and piece.tonic == 9
    assert piece.chords[0] == Harmony(0, 1440, 9, (0, 4, 7, 9), "Am7")
    assert piece.chords[1].onset == 1440 and piece.chords[1].root == 5
    assert features_of(piece)["chord_tones"] == 1.0
