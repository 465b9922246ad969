"""Voicings: inside the register, the chord's own tones, moving little; guitars and pianos by their hands."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.arrangement.fretboard import GUITAR, playable, shapes
from partimento.arrangement.voicing import KINDS, nearest_voicing, spelled, voicings
from partimento.theory.chord import Chord, parse_chord
from partimento.theory.chord_quality import QUALITIES
from partimento.theory.pitch import pitch_class

CHORDS = st.builds(Chord, st.integers(-8, 10).map(pitch_class), st.sampled_from(sorted(QUALITIES)))
LOWS = st.integers(40, 55)


@given(CHORDS, st.sampled_from(KINDS), LOWS, st.integers(22, 36))
def test_every_voicing_lies_in_the_register_and_rises(chord: Chord, kind: str, low: int, width: int) -> None:
    for shape in voicings(chord, kind, low, low + width):
        assert all(a < b for a, b in pairwise(shape))
        assert low <= shape[0] and shape[-1] <= low + width


@given(CHORDS, st.sampled_from([k for k in KINDS if k not in ("rootless", "quartal", "power", "triad")]), LOWS)
def test_voicings_hold_only_chord_tones(chord: Chord, kind: str, low: int) -> None:
    allowed = chord.numbers | {chord.bass_tone.number}
    for shape in voicings(chord, kind, low, low + 30):
        assert {p % 12 for p in shape} <= allowed


@given(st.lists(CHORDS, min_size=2, max_size=5), st.sampled_from(["close", "drop2", "open", "rootless"]))
def test_the_nearest_voicing_is_the_nearest(chords: list[Chord], kind: str) -> None:
    previous: tuple[int, ...] = ()
    for chord in chords:
        shape = nearest_voicing(chord, kind, 50, 78, previous)
        assert shape in voicings(chord, kind, 50, 78)
        if previous:
            assert abs(shape[-1] - previous[-1]) <= 12
        previous = shape


def test_no_thirds_below_low_c_sharp_outside_guitars() -> None:
    for name in ("C", "Fm7", "G7", "Abmaj7"):
        for kind in ("close", "open", "drop2", "spread", "piano"):
            for shape in voicings(parse_chord(name), kind, 36, 76):
                assert all(b - a >= 5 for a, b in pairwise(shape) if a < 48), (name, kind, shape)


def test_a_two_five_one_in_rootless_voicings_moves_by_step() -> None:
    shape: tuple[int, ...] = ()
    line = []
    for name in ("Dm7", "G7", "Cmaj7"):
        shape = nearest_voicing(parse_chord(name), "rootless", 52, 72, shape)
        line.append(shape)
    moved = [sum(min(abs(p - q) for q in a) for p in b) for a, b in pairwise(line)]
    assert all(amount <= 6 for amount in moved), line
    assert all(parse_chord(n).root.number not in {p % 12 for p in s} for n, s in zip(("Dm7", "G7"), line, strict=False))


@given(CHORDS)
def test_guitar_voicings_can_be_fretted(chord: Chord) -> None:
    for kind in ("guitar", "barre"):
        for shape in voicings(chord, kind, 40, 76)[:20]:
            assert len(shape) <= 6
            assert playable(shape), (chord.name, kind, shape)


def test_open_position_chords_that_every_guitarist_knows_are_found() -> None:
    numbers = frozenset(parse_chord("G").numbers)
    assert (43, 47, 50, 55, 59, 67) in shapes(7, numbers, numbers, GUITAR, True, 40, 76)
    numbers = frozenset(parse_chord("F").numbers)
    assert (41, 48, 53, 57, 60, 65) in shapes(5, numbers, numbers, GUITAR, False, 40, 76)


@pytest.mark.parametrize("pitches", [(40, 41, 42), (40, 52, 53, 54, 55, 90), tuple(range(40, 47))])
def test_what_a_hand_cannot_hold(pitches: tuple[int, ...]) -> None:
    assert not playable(pitches)


def test_tones_are_spelled_as_the_chord_spells_them() -> None:
    chord = parse_chord("F#7")
    assert [pitch_class(spelled(chord, p)).name for p in (66, 70, 73, 76)] == ["F#", "A#", "C#", "E"]
    assert pitch_class(spelled(parse_chord("Eb"), 67)).name == "G"
