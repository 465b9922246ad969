"""Roman numerals against hand-made answers in major, minor and the modes."""

from __future__ import annotations

import pytest

from partimento.theory.chord import parse_chord
from partimento.theory.key import Key
from partimento.theory.roman import chord_of, function_of, is_diatonic, numeral_of

MEANINGS = {
    "C": (
        "I C, ii7 Dm7, IIm7 Dm7, V65 G7/B, V43/V D7/A, viio Bdim, viiø7 Bm7b5, bVII Bb, bVI Ab, iv Fm,"
        " IVadd6 F6, I69 C69,"
        " Imaj7 Cmaj7, imaj7 Cmmaj7, V7b9/ii A7b9, viio7/ii C#dim7, ii7/IV Gm7, V7/V/V A7, subV7 Db7,"
        " subV7/ii Eb7, N6 Db/F,"
        " Ger6 AbGer6, IV@1 F/C, V7@5 G7, I@b7 C/Bb, I@3 C/E, I5 C5, V9sus4 G9sus4, V7alt G7alt, #ivo7 F#dim7, I64 C/G,"
        " V+ Gaug, IVmaj42 Fmaj7/E, II7 D7, V7#9 G7#9"
    ),
    "A minor": (
        "i Am, VI F, bVI F, III C, bIII C, VII G, bVII G, V E, v Em, viio G#dim, viio7 G#dim7, bviio Gdim,"
        " iiø7 Bm7b5, IV D,"
        " V7/III G7, V7/iv A7, N6 Bb/D, Ger6 FGer6, Fr6 FFr6, i@7 Am/G, i@#7 Am/G#, #vio7 F#dim7, iv6 Dm/F, V7/V B7"
    ),
    "D dorian": "i Dm, IV G, ii Em, VII C, bVII C, v Am, #viø7 Bm7b5",
    "G mixolydian": "I G, bVII F, v Dm, ii Am, IV C",
    "E phrygian": "i Em, bII F, VI C, vii Dm",
}  # fmt: skip


@pytest.mark.parametrize(
    ("key", "numeral", "chord"),
    [(key, *pair.split()) for key, pairs in MEANINGS.items() for pair in pairs.split(", ")],
)
def test_numerals_mean_chords(key: str, numeral: str, chord: str) -> None:
    assert chord_of(numeral, Key.parse(key)) == parse_chord(chord)


@pytest.mark.parametrize(
    ("key", "chord", "numeral"),
    [
        ("C", "C7", "V7/IV"), ("C", "D7", "V7/V"), ("C", "E7", "V7/vi"), ("C", "D", "V/V"), ("C", "F7", "IV7"),
        ("C", "Bb7", "bVII7"), ("C", "Db7", "subV7"), ("C", "G/B", "V6"), ("C", "G7/F", "V42"), ("C", "F/G", "IV@5"),
        ("A minor", "E7", "V7"), ("A minor", "G7", "VII7"), ("A minor", "C7", "V7/VI"), ("A minor", "G#dim7", "viio7"),
        ("A minor", "Bb/D", "N6"), ("A minor", "A", "I"), ("A minor", "F", "VI"), ("C", "AbGer6", "Ger6"),
        ("C", "F6", "IVadd6"),
    ],
)  # fmt: skip
def test_chords_get_their_usual_numerals(key: str, chord: str, numeral: str) -> None:
    assert numeral_of(parse_chord(chord), Key.parse(key)) == numeral


@pytest.mark.parametrize(
    ("function", "numerals"),
    [
        ("T", "I i vi iii VI III I6 Imaj7"),
        ("S", "ii IV iv N6 ii7/V bVII bVI Ger6 iiø7"),
        ("D", "V v7 viio7 V7/ii I64 subV7 VII"),
    ],
)
def test_functions(function: str, numerals: str) -> None:
    assert {function_of(numeral) for numeral in numerals.split()} == {function}


def test_diatonic_in_minor_includes_the_raised_degrees() -> None:
    key = Key.parse("A minor")
    assert all(is_diatonic(parse_chord(name), key) for name in ("E7", "G#dim7", "D", "G", "Caug"))
    assert not is_diatonic(parse_chord("Bb"), key)
