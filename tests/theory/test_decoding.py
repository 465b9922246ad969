"""Keys and chords decoded from tones: known progressions, laws of the spans, odd input."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.theory.analysis.decoding import Decoded, decode
from partimento.theory.analysis.piece import BarSpan, Piece, Tone, Voice
from partimento.theory.interval import Interval
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch
from partimento.theory.roman import chord_of
from tests.theory.small_pieces import piece, transposed

MODULATING = piece(
    "C3:2 G3:2 A3:2 D3:2 G3:4 G3:2 D3:2 G2:4",
    "E4:2 D4:2 E4:2 D4:2 D4:4 D4:2 F#4:2 D4:4",
    "G4:2 G4:2 A4:2 F#4:2 G4:4 G4:2 A4:2 G4:4",
    "C5:2 B4:2 C5:2 C5:2 B4:4 B4:2 C5:2 B4:4",
)


def numerals(found: Decoded) -> str:
    return " ".join(span.numeral for span in found.chords)


@pytest.mark.parametrize(
    ("key", "expected", "voices"),
    [
        ("C major", "I ii6 V7 I", ("C3:2 F3:2 G3:2 C3:2", "E3:2 A3:2 D4:2 E4:2", "G3:2 D4:2 F4:2 G4:2",
                                   "C5:2 D5:2 B4:2 C5:2")),
        ("A minor", "i iiø65 V7 i", ("A3:2 D3:2 E3:2 A2:2", "C4:2 F3:2 G#3:2 A3:2", "E4:2 B3:2 D4:2 C4:2",
                                     "A4:2 A4:2 B4:2 A4:2")),
        ("A minor", "i N6 V i", ("A2:2 D3:2 E3:2 A2:2", "C4:2 F4:2 E4:2 E4:2", "E4:2 Bb3:2 B3:2 C4:2",
                                 "A4:2 Bb4:2 G#4:2 A4:2")),
        ("C major", "I Ger6 V I", ("C3:2 Ab2:2 G2:2 C3:4", "G3:2 Eb4:2 D4:2 C4:4", "E4:2 C4:2 B3:2 E4:4",
                                   "C5:2 F#4:2 G4:2 G4:4")),
        ("C major", "I V7/V V7 I", ("C3:2 D3:2 G2:2 C3:4", "G3:2 A3:2 B3:2 C4:4", "E4:2 F#4:2 F4:2 E4:4",
                                    "C5:2 C5:2 D5:2 C5:4")),
        ("C major", "I ii6 I64 V7 I", ("C3:2 F3:2 G3:1 G3:1 C3:4", "G3:2 A3:2 C4:1 B3:1 C4:4",
                                       "E4:2 D4:2 E4:1 D4:1 E4:4", "C5:2 D5:2 G4:1 F4:1 G4:4")),
        ("C major", "I viio7/V V I", ("C3:2 F#3:2 G3:2 C3:2", "G3:2 A3:2 B3:2 C4:2", "E4:2 C4:2 D4:2 E4:2",
                                      "C5:2 Eb5:2 D5:2 C5:2")),
    ],
)  # fmt: skip
def test_known_progressions(key: str, expected: str, voices: tuple[str, ...]) -> None:
    found = decode(piece(*voices))
    assert str(found.key) == key
    assert numerals(found) == expected


def test_arpeggios_are_pooled() -> None:
    line = "C3:0.5 G3:0.5 E4:0.5 G3:0.5 " * 2 + "F3:0.5 C4:0.5 A4:0.5 C4:0.5 " * 2
    line += "G3:0.5 D4:0.5 B4:0.5 F4:0.5 " * 2 + "C3:0.5 G3:0.5 E4:0.5 G3:0.5 " * 2
    assert numerals(decode(piece(line))) == "I IV V7 I"


def test_passing_and_suspended_tones_are_no_chords() -> None:
    found = decode(
        piece("C3:2 F3:2 G3:4 C3:4", "E4:2 F4:2 D4:4 E4:4", "G4:2 C5:2 C5:2 B4:2 C5:4", "C5:1.5 B4:0.5 A4:2 G4:4 G4:4")
    )
    assert [span.numeral for span in found.chords][:2] == ["I", "IV"]
    assert found.chords[-1].numeral == "I"


def test_a_sounding_cadence_changes_the_key() -> None:
    found = decode(MODULATING)
    assert str(found.keys[-1].key) == "G major"


def test_blues_sevenths_rest() -> None:
    chords = {"I": "C3 E3 G3 Bb3", "IV": "F3 A3 C4 Eb4", "V": "G3 B3 D4 F4"}
    form = "I I I I IV IV I I V IV I I".split() * 2
    found = decode(piece(*(" ".join(f"{chords[name].split()[i]}:4" for name in form) for i in range(4))))
    assert str(found.key) == "C major"
    assert numerals(found) == "I7 IV7 I7 V7 IV7 I7 IV7 I7 V7 IV7 I7"


def test_a_seventh_on_the_way_to_iv_is_its_dominant() -> None:
    found = decode(
        piece("C3:2 G3:2 C3:2 C3:1 C3:1 F3:2 G3:2 C3:4", "E3:2 D4:2 E3:2 E3:1 E3:1 A3:2 B3:2 C4:4",
              "G3:2 F4:2 G3:2 G3:1 G3:1 C4:2 D4:2 E4:4", "C4:2 B4:2 C4:2 C4:1 Bb3:1 F4:2 G4:2 G4:4")
    )  # fmt: skip
    assert "V7/IV IV" in numerals(found)


def test_the_signature_decides_between_equals() -> None:
    tonic = piece("C3:4 F3:4", "E3:4 A3:4", "G3:4 C4:4")
    flat = decode(replace(tonic, keys=((0, Key.parse("F")),)))
    natural = decode(replace(tonic, keys=((0, Key.parse("C")),)))
    assert str(flat.key) == "F major"
    assert str(natural.key) == "C major"


@pytest.mark.parametrize("fifths", range(-5, 7))
def test_transposing_a_piece_transposes_its_reading(fifths: int) -> None:
    interval = next(one for one in map(Interval.parse, _INTERVALS) if one.fifths == fifths)
    here, there = decode(MODULATING), decode(transposed(MODULATING, interval))
    assert numerals(there) == numerals(here)
    assert [(span.start, span.end, span.key.tonic.number) for span in there.keys] == [
        (span.start, span.end, span.key.tonic.up(fifths).number) for span in here.keys
    ]


_INTERVALS = ("P1", "P4", "P5", "M2", "m7", "m3", "M6", "M3", "m6", "m2", "M7", "A4")

tones = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 20), st.integers(30, 90), st.integers(0, 2), st.booleans()),
    max_size=40,
)


def _random(rows: list[tuple[int, int, int, int, bool]], spelled: bool) -> Piece:
    key = Key.parse("C")
    notes = sorted(
        (Tone(120 * onset, 120 * length, key.spell(midi), voice, grace) for onset, length, midi, voice, grace in rows),
        key=lambda tone: (tone.onset, tone.pitch.midi, tone.voice),
    )
    bars = tuple(BarSpan(i + 1, 1440 * i, 1440 * (i + 1), Meter(3, 4)) for i in range(7))
    return Piece("", tuple(notes), tuple(Voice(str(i), i == 0) for i in range(3)), bars, 10080, spelled=spelled)


@given(tones, st.booleans())
def test_spans_lie_end_to_end(rows: list[tuple[int, int, int, int, bool]], spelled: bool) -> None:
    source = _random(rows, spelled)
    found = decode(source)
    for bounds in ([one[:2] for one in found.keys], [one[:2] for one in found.chords]):
        assert bounds[0][0] == 0
        assert bounds[-1][1] == source.end
        assert all(before[1] == after[0] for before, after in zip(bounds, bounds[1:], strict=False))
        assert all(start < end for start, end in bounds)
    assert all(0.0 <= span.sure <= 1.0001 for span in found.keys)
    assert all(0.0 <= span.sure <= 1.0001 for span in found.chords)
    assert 0.0 <= found.key_sure <= 1.0001
    assert found.key_second != found.key
    for span in found.chords:
        if span.chord is None:
            assert span.numeral == ""
        else:
            assert chord_of(span.numeral, span.key) == span.chord
        if span.second is not None:
            key, numeral, chord = span.second
            assert (key, chord) != (span.key, span.chord)
            assert chord_of(numeral, key) == chord


@given(tones)
def test_the_same_piece_is_read_alike(rows: list[tuple[int, int, int, int, bool]]) -> None:
    source = _random(rows, True)
    assert decode(source) == decode(source)


def test_empty_music_has_no_certain_key() -> None:
    nothing = decode(Piece("", (), (), (), 0))
    assert (nothing.keys, nothing.chords, nothing.key_sure) == ((), (), 0.0)
    rest = decode(replace(piece("r:4 r:4"), keys=((0, Key.parse("Eb")),)))
    assert str(rest.key) == "Eb major"
    assert [(span.start, span.end, span.chord) for span in rest.chords] == [(0, 3840, None)]


def test_long_silence_has_no_chord() -> None:
    found = decode(
        piece("r:8 C3:4 G3:4 C3:4 r:16 C3:4", "r:8 E4:4 D4:4 E4:4 r:16 E4:4", "r:8 G4:4 B4:4 G4:4 r:16 G4:4")
    )
    silent = [(span.start, span.end) for span in found.chords if span.chord is None]
    assert silent == [(0, 3840), (9600, 17280)]


def test_music_without_key_or_bars_is_read_all_the_same() -> None:
    cluster = tuple(Tone(0, 1920, Pitch.parse(name), 0) for name in "C4 C#4 D4 D#4 E4 F4 F#4 G4 G#4 A4 A#4 B4".split())
    found = decode(Piece("", cluster, (Voice("", False),), (), 1920))
    assert len(found.chords) == 1
    drone = decode(Piece("", (Tone(0, 400_000, Pitch.parse("D2"), 0),), (Voice(""),), (), 400_000))
    assert drone.chords[0].chord is not None
    assert drone.chords[0].chord.root.name == "D"
    assert [(span.start, span.end) for span in drone.chords] == [(0, 400_000)]
