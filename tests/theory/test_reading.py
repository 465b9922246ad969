"""What can be read of pitches, intervals, keys, scales and meters, and what a refusal says."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from partimento.theory.chord import parse_chord, parse_progression
from partimento.theory.errors import TheoryError
from partimento.theory.interval import Interval
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch, PitchClass, pitch_at
from partimento.theory.roman import Numeral
from partimento.theory.scale import scale_tones


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A minor", "A minor"), ("Bb", "Bb major"), ("F# dorian", "F# dorian"), ("Am", "A minor"),
        ("c minor", "C minor"),
        ("E flat major", "Eb major"), ("c#m", "C# minor"), ("bbm", "Bb minor"), ("A♭", "Ab major"), ("CM", "C major"),
        ("D Mixolydian", "D mixolydian"), ("Emin", "E minor"), ("A-flat minor", "Ab minor"),
        ("  g   MAJOR ", "G major"),
    ],
)  # fmt: skip
def test_keys_are_read_in_many_spellings(text: str, expected: str) -> None:
    assert str(Key.parse(text)) == expected


@pytest.mark.parametrize(
    ("text", "signature"),
    [("C", 0), ("A minor", 0), ("Eb", -3), ("F# minor", 3), ("D dorian", 0), ("F lydian", 0), ("E phrygian", 0),
     ("G mixolydian", 0), ("B locrian", 0), ("C#", 7), ("Cb", -7)],
)  # fmt: skip
def test_signatures(text: str, signature: int) -> None:
    assert Key.parse(text).signature == signature


@pytest.mark.parametrize(
    ("read", "text", "words"),
    [
        (Key.parse, "H minor", ("H minor", "mixolydian", "Did you mean")),
        (Key.parse, "C majr", ("C majr", "Did you mean 'C major'?")),
        (PitchClass.parse, "Q", ("Q", "A to G")),
        (Pitch.parse, "C", ("C", "octave")),
        (Pitch.parse, "C12", ("C12", "0 to 127")),
        (Interval.parse, "P3", ("P3", "M, m, A and d")),
        (Interval.parse, "M5", ("M5", "P, A and d")),
        (Interval.parse, "x", ("x", "M3")),
        (Meter.parse, "4", ("4", "7/8:2+2+3")),
        (Meter.parse, "4/5", ("4/5", "1, 2, 4, 8, 16, 32")),
        (Meter.parse, "7/8:2+2", ("2+2", "7/8", "4")),
        (parse_chord, "Cfoo", ("foo", "Cfoo", "maj7")),
        (parse_chord, "am7", ("am7", "Did you mean 'Am7'?")),
        (parse_chord, "C/H", ("'H'", "C/H")),
        (parse_chord, "Cmajj7", ("majj7", "Did you mean 'maj7'?")),
        (parse_chord, "N.C.", ("N.C.", "progression")),
        (parse_progression, "Am7 | D7 Gq9", ("Bar 2, chord 2", "Gq9")),
        (parse_progression, "% | C", ("Bar 1", "repeat")),
        (parse_progression, "C | | G", ("Bar 2", "empty")),
        (Numeral.parse, "X", ("X", "I to VII")),
        (Numeral.parse, "Vfoo", ("foo", "maj7")),
        (Numeral.parse, "V7@9", ("9", "scale degree")),
        (Numeral.parse, "V7/", ("I to VII",)),
    ],
)  # fmt: skip
def test_refusals_are_one_clear_line(read: Callable[[str], object], text: str, words: tuple[str, ...]) -> None:
    with pytest.raises(TheoryError) as refusal:
        read(text)
    message = str(refusal.value)
    assert "\n" not in message
    for word in words:
        assert word in message


def test_a_scale_that_is_unknown_names_the_nearest() -> None:
    with pytest.raises(TheoryError, match="Did you mean 'dorian'"):
        scale_tones(PitchClass.parse("C"), "dorain")


def test_a_spelling_that_does_not_sound_there_is_refused() -> None:
    with pytest.raises(TheoryError, match="No Eb sounds at MIDI number 62"):
        pitch_at(PitchClass.parse("Eb"), 62)


def test_octaves_follow_the_letter() -> None:
    assert [Pitch.parse(text).midi for text in ("C4", "B#3", "Cb4", "A4", "G9", "C-1")] == [60, 60, 59, 69, 127, 0]


def test_interval_names() -> None:
    pairs = [
        ("C4", "E4"),
        ("C4", "Eb4"),
        ("F4", "B4"),
        ("B4", "F5"),
        ("C4", "E5"),
        ("E4", "C4"),
        ("C4", "C#4"),
        ("C4", "Dbb4"),
    ]
    names = [Interval.between(Pitch.parse(low), Pitch.parse(high)).name for low, high in pairs]
    assert names == ["M3", "m3", "A4", "d5", "M10", "-M3", "A1", "d2"]


@pytest.mark.parametrize(
    ("text", "beats", "strengths"),
    [
        ("4/4", (0, 480, 960, 1440), (4, 1, 2, 1, 3, 1, 2, 1)),
        ("3/4", (0, 480, 960), (4, 1, 2, 1, 2, 1)),
        ("2/2", (0, 960), (4, 0, 1, 0, 3, 0, 1, 0)),
        ("6/8", (0, 720), (4, 1, 1, 3, 1, 1)),
        ("9/8", (0, 720, 1440), (4, 1, 1, 2, 1, 1, 2, 1, 1)),
        ("12/8", (0, 720, 1440, 2160), (4, 1, 1, 2, 1, 1, 3, 1, 1, 2, 1, 1)),
        ("5/4", (0, 480, 960, 1440, 1920), (4, 1, 2, 1, 2, 1, 3, 1, 2, 1)),
        ("7/8", (0, 480, 960), (4, 1, 3, 1, 3, 1, 1)),
        ("7/8:3+2+2", (0, 720, 1200), (4, 1, 1, 3, 1, 3, 1)),
    ],
)
def test_meters_are_felt_as_musicians_count_them(text: str, beats: tuple[int, ...], strengths: tuple[int, ...]) -> None:
    meter = Meter.parse(text)
    assert meter.beats == beats
    assert meter.strengths(240) == strengths
    assert str(meter) == text


def test_compound_meters() -> None:
    assert [Meter.parse(text).compound for text in ("6/8", "9/8", "12/8", "4/4", "3/4", "7/8")] == [True] * 3 + [
        False
    ] * 3
