"""Melodic theory: chord scales, spelling of lines, non-chord tones and the finding of keys."""

from __future__ import annotations

import pytest

from partimento.theory.chord import parse_chord
from partimento.theory.chord_scale import avoid_tones, chord_scale, tensions
from partimento.theory.figuration import nonchord_kind
from partimento.theory.key import Key
from partimento.theory.key_finding import find_key
from partimento.theory.pitch import Pitch
from partimento.theory.spelling import spell_line, spell_over


@pytest.mark.parametrize(
    ("key", "chord", "scale"),
    [
        ("C", "Dm7", "D E F G A B C"), ("C", "Fmaj7", "F G A B C D E"), ("C", "A7", "A B C# D E F G"),
        ("C", "Fm7", "F G Ab Bb C D Eb"), ("C", "Bb7", "Bb C D E F G Ab"), ("A minor", "E7", "E F G# A B C D"),
        ("A minor", "Bm7b5", "B C D E F G A"), ("C", "G7alt", "G Ab A# B Db Eb F"),
        ("C", "Abmaj7", "Ab Bb C D Eb F G"),
        ("C", "G13b9", "G Ab A# B C# D E F"), ("A minor", "FGer6", "F G A B C D# E"),
        ("C", "Cmmaj7", "C D Eb F G A B"),
    ],
)  # fmt: skip
def test_chord_scales(key: str, chord: str, scale: str) -> None:
    assert " ".join(tone.name for tone in chord_scale(parse_chord(chord), Key.parse(key))) == scale


def test_avoid_tones_and_tensions() -> None:
    key = Key.parse("C")
    assert [tone.name for tone in avoid_tones(parse_chord("Em7"), key)] == ["F", "C"]
    assert [tone.name for tone in tensions(parse_chord("G7"), key)] == ["A", "E"]


@pytest.mark.parametrize(
    ("key", "midis", "names"),
    [
        ("C", (60, 61, 62), "C4 C#4 D4"), ("C", (67, 68, 68, 69), "G4 G#4 G#4 A4"), ("C", (69, 68, 67), "A4 Ab4 G4"),
        ("C", (67, 66, 65), "G4 F#4 F4"), ("A minor", (69, 68, 69, 70, 69), "A4 G#4 A4 Bb4 A4"),
        ("Eb", (63, 64, 65), "Eb4 E4 F4"),
        ("D", (62, 63, 64, 61), "D4 D#4 E4 C#4"), ("F", (65, 71, 72, 70), "F4 B4 C5 Bb4"),
    ],
)  # fmt: skip
def test_lines_are_spelled_by_where_they_lead(key: str, midis: tuple[int, ...], names: str) -> None:
    assert " ".join(map(str, spell_line(midis, Key.parse(key)))) == names


def test_a_chord_spells_its_own_tones() -> None:
    key = Key.parse("C")
    assert str(spell_over(68, parse_chord("E7"), key)) == "G#4"
    assert str(spell_over(68, parse_chord("Fm"), key)) == "Ab4"
    assert spell_over(62, parse_chord("C"), key) == Pitch("D", 0, 4)


@pytest.mark.parametrize(
    ("previous", "note", "following", "kind"),
    [
        (60, 64, 67, "chord"), (60, 62, 64, "passing"), (64, 65, 64, "neighbour"), (60, 65, 64, "appoggiatura"),
        (None, 65, 64, "appoggiatura"), (65, 65, 64, "suspension"), (62, 60, 60, "chord"),
        (64, 62, 62, "anticipation"),
        (64, 65, 60, "escape"), (60, 66, 72, "free"), (64, 65, None, "free"), (65, 65, 65, "free"),
    ],
)  # fmt: skip
def test_kinds_of_nonchord_tones(previous: int | None, note: int, following: int | None, kind: str) -> None:
    assert nonchord_kind(previous, note, following, parse_chord("C")) == kind


TUNES = {
    "C major": "60 60 67 67 69 69 67 65 65 64 64 62 62 60",
    "A minor": "69 71 72 74 76 72 69 68 71 76 74 72 71 69",
    "D dorian": "62 69 69 71 69 67 65 64 62 64 65 67 71 69 67 64 62",
    "G mixolydian": "67 71 74 72 71 69 65 69 65 67 71 74 77 76 74 72 71 69 65 67",
}


@pytest.mark.parametrize("name", sorted(TUNES))
@pytest.mark.parametrize("shift", range(-5, 7))
def test_the_key_of_a_tune_is_found_in_every_transposition(name: str, shift: int) -> None:
    notes = [(480 * index, 480, int(midi) + shift) for index, midi in enumerate(TUNES[name].split())]
    best, score = find_key(notes)[0]
    original = Key.parse(name)
    assert (best.tonic.number, best.mode) == ((original.tonic.number + shift) % 12, original.mode)
    assert abs(best.signature) <= 6
    assert score >= find_key(notes)[1][1]


def test_no_notes_have_no_key() -> None:
    assert find_key([]) == []


def test_the_key_does_not_depend_on_the_order_or_the_unit_of_time() -> None:
    notes = [(index, 1, 60 + pitch) for index, pitch in enumerate((0, 4, 7, 5, 2, 11, 0))]
    assert find_key(notes[::-1]) == find_key(notes)
    assert find_key([(48 * onset, 48 * duration, midi) for onset, duration, midi in notes]) == find_key(notes)
