"""Non-chord tones and spelling, on chords that are given."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.theory.analysis.findings import NON_CHORD, KeySpan, NonChordTone
from partimento.theory.analysis.non_chord import find_non_chord_tones
from partimento.theory.analysis.piece import Piece, Tone, Voice
from partimento.theory.analysis.spell import respelled
from partimento.theory.interval import Interval
from partimento.theory.key import Key
from partimento.theory.pitch import Pitch
from tests.theory.small_pieces import moved, piece, spans, transposed


def named(music: Piece, chords: str, key: str = "C") -> list[tuple[str, str, bool, str]]:
    found = find_non_chord_tones(music, spans(chords, key))
    return [(str(music.tones[row.tone].pitch), row.kind, row.accented, row.figure) for row in found]


@pytest.mark.parametrize(
    ("top", "chords", "found"),
    [
        ("C5 D5 E5:2", "I:4", [("D5", "passing", False, "")]),
        ("E5:0.5 D5 C5:2.5", "I:4", [("D5", "passing", False, "")]),
        ("C5 B4 C5:2", "I:4", [("B4", "neighbour", False, "")]),
        ("G5 F5 E5:2", "I:4", [("F5", "passing", False, "")]),
        ("G4 D5 C5:2", "I:4", [("D5", "appoggiatura", False, "")]),
        ("E4:2 D5 C5", "I:4", [("D5", "appoggiatura", True, "")]),
        ("E5 F5 C5:2", "I:4", [("F5", "escape", False, "")]),
        ("B4:2 C5:0.5 C5:1.5", "V:2.5 I:1.5", [("C5", "anticipation", False, "")]),
        ("C5 D5 B4 C5", "I:4", [("D5", "double-neighbour", False, ""), ("B4", "double-neighbour", False, "")]),
        ("C5 B4 G4 A4", "I:3 IV:1", [("B4", "cambiata", False, "")]),
        ("C5 E5 A4 r", "I:4", [("A4", "free", False, "")]),
        ("C5 E5 G5 C5", "I:4", []),
    ],
)
def test_kinds(top: str, chords: str, found: list[tuple[str, str, bool, str]]) -> None:
    rows = named(piece("C3:4", top), chords)
    assert [row for row in rows if row[0] != "C3"] == found


@pytest.mark.parametrize(
    ("bass", "top", "chords", "tone", "figure"),
    [
        ("C3:2 G3:2", "C5:3 B4:1", "I:2 V:2", "C5", "4-3"),
        ("C3:2 D3:2", "C5:3 B4:1", "I:2 viio6:2", "C5", "7-6"),
        ("G3:2 C3:2", "D5:3 C5:1", "V:2 I:2", "D5", "9-8"),
        ("C3:3 B2:1", "C5:2 D5:2", "I:2 V6:2", "C3", "2-3"),
        ("C3:2 G3:2", "C5:2 C5:1 B4:1", "I:2 V:2", "C5", "4-3"),
    ],
)
def test_suspensions_have_figures(bass: str, top: str, chords: str, tone: str, figure: str) -> None:
    assert named(piece(bass, top), chords) == [(tone, "suspension", True, figure)]


def test_a_retardation_rises() -> None:
    assert named(piece("G3:2 C3:2", "B4:3 C5:1"), "V:2 I:2") == [("B4", "retardation", True, "")]


def test_a_held_bass_under_changing_chords_is_a_pedal() -> None:
    music = piece("C3:16", "E4:4 F4:4 F4:4 E4:4", "G4:4 A4:4 B4:4 C5:4")
    assert named(music, "I:4 IV:4 viio:4 I:4") == [("C3", "pedal", False, "")]


def test_in_a_texture_the_nearest_tones_are_neighbours() -> None:
    chord = [Tone(0, 480, Pitch.parse(name), 0) for name in ("E4", "G4", "C5")]
    move = [Tone(480, 480, Pitch.parse(name), 0) for name in ("E4", "G4", "D5")]
    back = [Tone(960, 960, Pitch.parse(name), 0) for name in ("E4", "G4", "C5")]
    music = replace(piece("C3:4"), tones=(*chord, *move, *back), voices=(Voice("Piano", False),))
    assert named(music, "I:4") == [("D5", "neighbour", False, "")]


def test_grace_notes_and_silence_are_passed_over() -> None:
    music = piece("C3:4", "C5 D5 E5:2")
    graced = tuple(tone._replace(grace=tone.pitch.letter == "D") for tone in music.tones)
    assert named(replace(music, tones=graced), "I:4") == []
    assert find_non_chord_tones(music, spans("-:4")) == ()
    assert find_non_chord_tones(replace(music, tones=()), spans("I:4")) == ()


LINE = st.lists(st.sampled_from(("C5", "D5", "E5", "F5", "G4", "A4", "B4", "G#4", "Bb4")), min_size=1, max_size=12)
STEPS = st.lists(st.sampled_from(("I", "ii6", "IV", "V7", "vi", "viio6", "V7/V")), min_size=1, max_size=6)
INTERVALS = st.sampled_from(("m2", "M2", "m3", "M3", "P4", "A4", "P5", "m6", "M6", "m7")).map(Interval.parse)


@given(LINE, STEPS, INTERVALS)
def test_every_foreign_tone_is_named_and_transposition_changes_nothing(
    line: list[str], numerals: list[str], interval: Interval
) -> None:
    chords = spans(" ".join(f"{numeral}:2" for numeral in numerals))
    music = piece("C3:12", " ".join(line))
    found = find_non_chord_tones(music, chords)
    assert found == find_non_chord_tones(transposed(music, interval), moved(chords, interval))
    assert all(isinstance(row, NonChordTone) and row.kind in NON_CHORD for row in found)
    names = [row.tone for row in found]
    assert len(names) == len(set(names))
    for i, tone in enumerate(music.tones):
        over = next((span.chord for span in chords if span.start <= tone.onset < span.end), None)
        if over is not None and tone.pitch.midi % 12 not in over.numbers | {over.bass_tone.number}:
            assert i in names


def unspelled(music: Piece) -> Piece:
    flat = Key.parse("Db")
    return replace(music, spelled=False, tones=tuple(t._replace(pitch=flat.spell(t.pitch.midi)) for t in music.tones))


@pytest.mark.parametrize(
    ("key", "chords", "top"),
    [
        ("C", "I:4", "C5 C#5 D5 E5"),
        ("C", "I:2 V7/V:2", "E5:2 F#5:2"),
        ("A minor", "i:2 V7:2", "A4 F#4 G#4 B4"),
        ("E", "I:2 V7/vi:2", "G#4:2 B#4:2"),
        ("Eb", "I:2 iv:2", "Eb4 Cb5 Bb4 Ab4"),
        ("C", "I:2 bVI:2", "C5 E5 Ab4 Eb5"),
        ("G", "I:4", "B4 A#4 B4 D5"),
    ],
)
def test_spelling_comes_back(key: str, chords: str, top: str) -> None:
    music = piece("r:4", top)
    home = Key.parse(key)
    found = respelled(unspelled(music), (KeySpan(0, music.end, home),), spans(chords, key))
    assert [str(tone.pitch) for tone in found.tones] == [str(tone.pitch) for tone in music.tones]
    assert not found.spelled


def test_what_the_source_spells_stays() -> None:
    music = piece("B#3 Fb4")
    assert respelled(music, (KeySpan(0, 960, Key.parse("C")),), spans("I:2")) is music
