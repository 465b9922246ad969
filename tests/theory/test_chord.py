"""Chords: dialects of symbols, tones, families, basses and progressions."""

from __future__ import annotations

import pytest

from partimento.theory.chord import Chord, parse_chord, parse_progression
from partimento.theory.chord_quality import ALIASES, QUALITIES
from partimento.theory.pitch import PitchClass


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("F#m7b5", "F#m7b5"), ("Bbmaj9", "Bbmaj9"), ("C/E", "C/E"), ("E7b9", "E7b9"), ("Fø7", "Fm7b5"),
        ("G°7", "Gdim7"),
        ("CΔ7", "Cmaj7"), ("A-7", "Am7"), ("Dsus", "Dsus4"), ("C+", "Caug"), ("Bb6/9", "Bb69"),
        ("Gm(maj7)", "Gmmaj7"),
        ("B♭7(♯11)", "Bb7#11"), ("C(add9)", "Cadd9"), ("Dm7/G", "Dm7/G"), ("C6/9/E", "C69/E"), ("C/C", "C"),
    ],
)  # fmt: skip
def test_dialects_of_chord_symbols(text: str, name: str) -> None:
    assert parse_chord(text).name == name


@pytest.mark.parametrize(
    ("text", "tones"),
    [
        ("C", "C E G"), ("Am7", "A C E G"), ("Bm7b5", "B D F A"), ("G#dim7", "G# B D F"), ("E7b9", "E G# B D F"),
        ("Dsus4", "D G A"), ("F5", "F C"), ("Gadd9", "G B D A"), ("C7alt", "C E Bb D# Ab"), ("Eb69", "Eb G Bb C F"),
        ("AbGer6", "Ab C Eb F#"), ("F#13", "F# A# C# E G# D#"),
    ],
)  # fmt: skip
def test_tones_are_spelled(text: str, tones: str) -> None:
    chord = parse_chord(text)
    expected = [PitchClass.parse(tone) for tone in tones.split()]
    assert sorted(chord.tones) == sorted(expected)
    assert chord.numbers == {tone.number for tone in expected}


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("C", "major"), ("C69", "major"), ("Cmaj7#11", "major"), ("Cm9", "minor"), ("Cmmaj7", "minor"),
        ("C7", "dominant"),
        ("C7#5", "dominant"), ("C13b9", "dominant"), ("C7alt", "dominant"), ("Cdim", "diminished"),
        ("Cdim7", "diminished"),
        ("Cm7b5", "half-diminished"), ("Caug", "augmented"), ("Cmaj7#5", "augmented"), ("C9sus4", "suspended"),
        ("C5", "power"),
    ],
)  # fmt: skip
def test_families(text: str, family: str) -> None:
    assert parse_chord(text).family == family


def test_members_know_their_degrees() -> None:
    chord = parse_chord("F#m7b5")
    assert [str(tone) for tone in (chord.third, chord.fifth, chord.seventh)] == ["A", "C", "E"]
    assert chord.degree_of(PitchClass.parse("E")) == 7
    assert chord.degree_of(PitchClass.parse("F")) is None
    assert parse_chord("C5").third is None
    assert str(parse_chord("Ab").tone_at(63)) == "Eb"


def test_inversions() -> None:
    assert [parse_chord(text).inversion for text in ("C", "C/E", "C/G", "C7/Bb", "C/D")] == [0, 1, 2, 3, None]


def test_every_alias_leads_to_a_quality_and_none_hides_one() -> None:
    for alias, quality in ALIASES.items():
        assert quality in QUALITIES
        assert alias not in QUALITIES
        assert parse_chord("C" + alias).quality == quality or alias[0] in "b#"


def test_qualities_are_made_canonical() -> None:
    root = PitchClass.parse("C")
    assert Chord(root, "M7") == Chord(root, "maj7")
    assert Chord(root, "", root) == Chord(root)


def test_progressions() -> None:
    bars = parse_progression("Am7 | Bm7b5 E7b9 | % | N.C. | C/G |")
    names = [[chord.name if chord else None for chord in bar] for bar in bars]
    assert names == [["Am7"], ["Bm7b5", "E7b9"], ["Bm7b5", "E7b9"], [None], ["C/G"]]
