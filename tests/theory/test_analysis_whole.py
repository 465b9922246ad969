"""The whole analysis: laws that hold of any music, and real scores."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.score.stream import Stream
from partimento.teaching.reading import read_source
from partimento.theory.analysis.analyse import analyse
from partimento.theory.analysis.findings import CADENCES, NON_CHORD, Analysis
from partimento.theory.analysis.piece import BarSpan, Piece, Tone, Voice
from partimento.theory.analysis.spell import respelled
from partimento.theory.interval import Interval
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch
from partimento.theory.roman import chord_of
from tests.theory.small_pieces import piece, transposed

CHORALE = (
    "F3:1 Bb2 C3 F2:2 F3 E3 D3 C3 F3 Bb2 C3 F2:2 F3 E3 D3 C3:2",
    "A3:1 Bb3 G3 A3:2 C4 C4 A3 G3 C4 D4 Bb3 A3:2 A3 C4 A3 G3:2",
    "C4:1 D4 E4 F4:2 F4 G4 F4 E4 F4 F4 E4 F4:2 F4 G4 F4 E4:2",
    "F4:1 F4 C5 C5:2 A4 C5 D5 C5 A4 Bb4 G4 F4:2 A4 C5 D5 C5:2",
)


def holds(music: Piece, found: Analysis) -> None:
    """What every analysis keeps to."""
    for spans in (found.keys, found.chords, found.sections, found.phrases):
        assert all(row[0] < row[1] for row in spans)
        assert all(after[0] == row[1] for row, after in zip(spans, spans[1:], strict=False))
    for row in found.chords:
        assert 0 <= row.sure <= 1 and (row.numeral == "") == (row.chord is None)
        key = next(span.key for span in found.keys if span.start <= row.start < span.end)
        assert row.key == key
    assert all(cadence.kind in CADENCES and 0 <= cadence.sure <= 1 for cadence in found.cadences)
    assert all(0 <= row.tone < len(music.tones) and row.kind in NON_CHORD for row in found.non_chord)
    assert all(row.cadence is None or 0 <= row.cadence < len(found.cadences) for row in found.phrases)
    assert 0 <= found.key_sure <= 1


def sounds(key: Key, semitones: int) -> tuple[int, str]:
    """A key by its sounding tonic, moved: far keys have two names."""
    return (key.tonic.number + semitones) % 12, key.mode


def told(found: Analysis, semitones: int) -> tuple[object, ...]:
    """The analysis as it would be with everything so much higher; numerals stay."""
    return (
        sounds(found.key, semitones),
        [(row.start, sounds(row.key, semitones), row.kind) for row in found.keys],
        [(row.start, row.numeral, row.role, row.pivot) for row in found.chords],
        [(row.arrival, row.kind, row.chords) for row in found.cadences],
        found.phrases, found.sections, found.non_chord, found.meter, found.pattern, found.loop,
    )  # fmt: skip


def test_a_chorale_phrase_is_read() -> None:
    music = piece(*CHORALE, pickup=1, fermatas=(12, 17))
    found = analyse(music)
    holds(music, found)
    assert str(found.key) == "F major"
    assert [cadence.kind for cadence in found.cadences if cadence.arrival == 12 * 480] == ["PAC"]


@pytest.mark.parametrize("interval", ["m2", "M2", "m3", "M3", "P4", "P5", "m7"])
def test_transposing_a_piece_transposes_its_analysis(interval: str) -> None:
    music = piece(*CHORALE, pickup=1, fermatas=(12, 17))
    by = Interval.parse(interval)
    assert told(analyse(music), by.semitones) == told(analyse(transposed(music, by)), 0)


NAMES = st.sampled_from(("C", "D", "E", "F", "G", "A", "B", "F#", "Bb"))
NOTES = st.tuples(NAMES, st.sampled_from((0.5, 1, 2)))
VOICES = st.lists(st.lists(NOTES, min_size=1, max_size=8), min_size=1, max_size=4)
STEPS = st.lists(st.sampled_from(("I", "ii", "IV", "V", "V7", "vi", "V7/V", "iv")), min_size=1, max_size=6)


@settings(max_examples=20)
@given(VOICES)
def test_any_lines_have_an_analysis(voices: list[list[tuple[str, float]]]) -> None:
    texts = [" ".join(f"{name}{i + 2}:{long}" for name, long in voice) for i, voice in enumerate(voices)]
    music = piece(*texts)
    holds(music, analyse(music))


@settings(max_examples=15)
@given(STEPS, st.sampled_from(("M2", "m3", "P4")).map(Interval.parse))
def test_any_chords_have_an_analysis_that_transposes(numerals: list[str], by: Interval) -> None:
    chords = [chord_of(name, Key.parse("C")) for name in ("I", *numerals, "V7", "I")]
    music = piece(
        " ".join(f"{chord.root.name}3:2" for chord in chords),
        *(" ".join(f"{chord.tones[place].name}{octave}:2" for chord in chords) for place, octave in ((1, 4), (2, 5))),
    )
    found = analyse(music)
    holds(music, found)
    # Of music that is as much in one key as in another either may be told.
    if found.key_sure > 0.6 and all(row.sure > 0.55 for row in found.chords):
        assert told(found, by.semitones) == told(analyse(transposed(music, by)), 0)


def test_nothing_has_an_analysis_that_claims_nothing() -> None:
    empty = Piece("", (), (), (), 0)
    found = analyse(empty)
    assert found.key_sure == 0 and found.notices
    assert not (found.cadences or found.phrases or found.sections or found.non_chord)
    bars = (BarSpan(1, 0, 1920, Meter(4, 4)),)
    assert analyse(Piece("", (), (Voice("Flute"),), bars, 1920)).key_sure == 0


@pytest.mark.parametrize(
    "odd",
    [
        {"bars": ()}, {"end": 0}, {"end": 100}, {"fermatas": (99_999,), "phrase_ends": (-5, 10**9)},
        {"sections": ((0, "A"), (0, "B"), (10**6, "C"))}, {"melody": 7}, {"keys": ((10**6, Key.parse("D")),)},
    ],
    ids=lambda odd: "-".join(odd),
)  # fmt: skip
def test_odd_pieces_are_read(odd: dict[str, Any]) -> None:
    music = replace(piece(*CHORALE, pickup=1), **odd)
    found = analyse(music)
    assert 0 <= found.key_sure <= 1
    graces = tuple(tone._replace(grace=True) for tone in music.tones)
    assert analyse(replace(music, tones=graces)).non_chord == ()


def test_one_note_is_not_sure_of_its_key() -> None:
    found = analyse(piece("C4:4"))
    assert found.key_sure < 0.9 and found.pattern in ("none", "drone") and not found.cadences


def test_notes_without_order_are_not_claimed_to_be_sure() -> None:
    stream = Stream(3, "noise")
    pitches = [Pitch.parse(f"{name}{octave}") for name in "C C# D Eb E F F# G Ab A Bb B".split() for octave in (3, 4)]
    voices = [" ".join(f"{pitches[stream.below(24)]}:0.5" for _ in range(64)) for _ in range(4)]
    found = analyse(piece(*voices))
    named = [row.sure for row in found.chords if row.chord is not None]
    assert found.key_sure < 0.9 or sum(named) / max(1, len(named)) < 0.8


def test_a_key_that_is_told_is_kept() -> None:
    music = piece(*CHORALE, pickup=1)
    found = analyse(music, Key.parse("C"))
    assert found.key == Key.parse("C") and {row.key for row in found.chords} == {Key.parse("C")}
    holds(music, found)


def test_a_long_piece_is_read() -> None:
    tones = tuple(
        Tone(480 * i, 480, Pitch.parse(name), voice)
        for i in range(1400)
        for voice, name in enumerate((("C3", "E3", "G3", "C4"), ("G2", "D3", "B3", "F4"))[i % 8 == 5])
    )
    bars = tuple(BarSpan(n + 1, 1920 * n, 1920 * n + 1920, Meter(4, 4)) for n in range(350))
    music = Piece("", tones, tuple(Voice(f"Voice {i}") for i in range(4)), bars, 350 * 1920)
    found = analyse(music)
    holds(music, found)
    assert str(found.key) == "C major"


def corpus(*names: str) -> list[Path]:
    music21 = pytest.importorskip("music21")
    return [Path(music21.__file__).parent / "corpus" / name for name in names]


def test_real_scores_are_read_and_transpose() -> None:
    for path in corpus("bach/bwv66.6.mxl", "bach/bwv269.mxl"):
        music = read_source(path).piece
        found = analyse(music)
        holds(music, found)
        up = Interval.parse("M2")
        assert [row.numeral for row in found.chords] == [row.numeral for row in analyse(transposed(music, up)).chords]
        assert all(any(abs(c.arrival - f) < 960 for c in found.cadences) for f in music.fermatas[-1:])


def test_midi_numbers_are_read_as_spelled_notes_are() -> None:
    (path,) = corpus("bach/bwv269.mxl")
    music = read_source(path).piece
    flat = Key.parse("Db")
    plain = replace(
        music, spelled=False, tones=tuple(tone._replace(pitch=flat.spell(tone.pitch.midi)) for tone in music.tones)
    )
    found = analyse(plain)
    assert [row.numeral for row in found.chords] == [row.numeral for row in analyse(music).chords]
    again = respelled(plain, found.keys, found.chords)
    alike = sum(tone.pitch == own.pitch for tone, own in zip(again.tones, music.tones, strict=True))
    assert alike >= 0.98 * len(music.tones)
