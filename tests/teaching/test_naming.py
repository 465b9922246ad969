"""Names of notes, keys, chords, degrees and values: laws over all keys, and what readers of each habit expect."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

import partimento.teaching.naming as naming_module
from partimento.teaching.naming import CHOICES, Naming
from partimento.theory.chord import parse_chord
from partimento.theory.errors import BriefError, TheoryError
from partimento.theory.key import MODES, Key
from partimento.theory.pitch import Pitch, PitchClass, pitch_class

TONES = st.integers(-15, 19).map(pitch_class)
KEYS = st.builds(Key, st.integers(-7, 7).map(pitch_class), st.sampled_from(sorted(MODES)))
NAMINGS = st.builds(Naming, *(st.sampled_from(valid) for valid in CHOICES.values()))


def test_docstrings() -> None:
    assert doctest.testmod(naming_module).failed == 0


@pytest.mark.parametrize(
    ("notes", "names"),
    [
        ("english", "C C♯ D♭ E♭ F♯ A♭ B♭ B B♯ F♯♯ B♭♭"),
        ("german", "C Cis Des Es Fis As B H His Fisis Heses"),
        ("solfege", "do do♯ re♭ mi♭ fa♯ la♭ si♭ si si♯ fa♯♯ si♭♭"),
    ],
)
def test_notes_have_the_names_of_the_country(notes: str, names: str) -> None:
    written = "C C# Db Eb F# Ab Bb B B# F## Bbb".split()
    assert [Naming(notes=notes).note(PitchClass.parse(name)) for name in written] == names.split()


@given(st.lists(TONES, min_size=2, max_size=2, unique=True), NAMINGS)
def test_no_two_notes_share_a_name(tones: list[PitchClass], naming: Naming) -> None:
    assert naming.note(tones[0]) != naming.note(tones[1])


def test_a_pitch_has_its_octave_and_a_class_none() -> None:
    assert Naming().note(Pitch.parse("F#4")) == "F♯4"
    assert Naming(notes="german").note(Pitch.parse("B3")) == "H3"


@pytest.mark.parametrize(
    ("symbol", "english", "german", "solfege"),
    [
        ("Bbmaj9", "B♭maj9", "Bmaj9", "Si♭maj9"),
        ("B7b9/D#", "B7♭9/D♯", "H7♭9/Dis", "Si7♭9/Re♯"),
        ("F#m7b5", "F♯m7♭5", "Fism7♭5", "Fa♯m7♭5"),
        ("Ab", "A♭", "As", "La♭"),
    ],
)
def test_chords(symbol: str, english: str, german: str, solfege: str) -> None:
    chord = parse_chord(symbol)
    shown = [Naming(notes=notes).chord(chord) for notes in CHOICES["notes"]]
    assert shown == [english, german, solfege]


def test_an_augmented_sixth_is_told_in_words() -> None:
    assert Naming().chord(parse_chord("AbGer6")) == "German sixth on A♭"


def test_keys() -> None:
    assert [Naming(notes=notes).key(Key.parse("Bb minor")) for notes in CHOICES["notes"]] == [
        "B♭ minor", "B minor", "Si♭ minor",
    ]  # fmt: skip


@given(TONES, KEYS, st.integers(-5, 5), st.sampled_from(CHOICES["minor"]))
def test_movable_do_moves_with_the_key(tone: PitchClass, key: Key, fifths: int, minor: str) -> None:
    naming = Naming(minor=minor)
    assert naming.degree(tone.up(fifths), key.up(fifths)) == naming.degree(tone, key)


@given(TONES, KEYS, KEYS)
def test_fixed_do_knows_no_key(tone: PitchClass, key: Key, other: Key) -> None:
    naming = Naming(do="fixed")
    assert naming.syllable(tone, key) == naming.syllable(tone, other)


@given(KEYS)
def test_the_tonic_is_sung_as_it_was_asked(key: Key) -> None:
    modal = {"major": "do", "minor": "la", "dorian": "re", "phrygian": "mi", "lydian": "fa", "mixolydian": "sol"}
    assert Naming(minor="do").syllable(key.tonic, key) == "do"
    assert Naming(minor="la").syllable(key.tonic, key) == modal.get(key.mode, "ti")


def test_chromatic_syllables() -> None:
    key = Key.parse("C")
    sung = [Naming().syllable(PitchClass.parse(name), key) for name in "C# D# F# G# A# Db Eb Gb Ab Bb".split()]
    assert sung == ["di", "ri", "fi", "si", "li", "ra", "me", "se", "le", "te"]


@given(TONES, KEYS, NAMINGS)
def test_every_tone_can_be_sung(tone: PitchClass, key: Key, naming: Naming) -> None:
    syllable = naming.syllable(tone, key).rstrip("♯♭")
    assert 2 <= len(syllable) <= 3 and syllable.isalpha()


@pytest.mark.parametrize(
    ("ticks", "american", "british"),
    [
        (1920, "whole note", "semibreve"),
        (720, "dotted quarter note", "dotted crotchet"),
        (840, "double-dotted quarter note", "double-dotted crotchet"),
        (240, "eighth note", "quaver"),
        (160, "triplet eighth note", "triplet quaver"),
        (600, "quarter note tied to a sixteenth note", "crotchet tied to a semiquaver"),
        (1200, "half note tied to an eighth note", "minim tied to a quaver"),
        (7, "0.0146 quarter notes", "0.0146 crotchets"),
    ],
)
def test_values(ticks: int, american: str, british: str) -> None:
    assert Naming().value(ticks) == american
    assert Naming(dialect="british").value(ticks) == british


def test_values_in_the_plural_and_bars() -> None:
    assert Naming().value(480, plural=True) == "quarter notes"
    assert (Naming().bar, Naming(dialect="british").bar) == ("measure", "bar")


def test_terms_have_two_names() -> None:
    assert Naming().term("leading-tone") == "leading tone"
    assert Naming(dialect="british").term("leading-tone") == "leading note"
    assert Naming(dialect="british").term("melody") == "melody"


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("notes", "germann", "Unknown note names 'germann'"),
        ("do", "sliding", "Unknown do 'sliding'"),
        ("minor", "mi", "Unknown syllable of a minor tonic 'mi'"),
        ("dialect", "scots", "Unknown dialect 'scots'"),
    ],
)
def test_unknown_settings_are_told_in_a_line(setting: str, value: str, said: str) -> None:
    with pytest.raises(BriefError) as caught:
        Naming(**{setting: value})
    assert said in str(caught.value) and CHOICES[setting][0] in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_has_no_name() -> None:
    with pytest.raises(TheoryError, match="at least one"):
        Naming().value(0)
    with pytest.raises(TheoryError, match="Did you mean 'passing-tone'"):
        Naming().term("passing-tune")
