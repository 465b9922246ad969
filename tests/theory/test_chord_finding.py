"""Chords found again in notes that play them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.theory.chord import Chord, parse_chord
from partimento.theory.chord_finding import find_chords
from partimento.theory.key import Key

C = ((0, Key.parse("C")),)
BAR = 16


def beats(bars: int) -> list[tuple[int, int]]:
    return [(BAR * bar + 4 * beat, (4, 2, 3, 2)[beat]) for bar in range(bars) for beat in range(4)]


def block(chord: Chord, bar: int) -> list[tuple[int, int, int]]:
    """The chord's tones in the middle, its bass below."""
    low = (BAR * bar, BAR, 36 + chord.bass_tone.number)
    return [low, *((BAR * bar, BAR, 60 + tone.number) for tone in chord.tones)]


def found(names: list[str], keys: tuple[tuple[int, Key], ...] = C) -> list[str]:
    notes = [note for bar, name in enumerate(names) for note in block(parse_chord(name), bar)]
    rows = find_chords(notes, beats(len(names)), BAR * len(names), keys)
    assert rows[0].start == 0 and rows[-1].end == BAR * len(names)
    assert all(one.end == two.start for one, two in zip(rows, rows[1:], strict=False))
    return [row.chord.name if row.chord else "N.C." for row in rows]


@pytest.mark.parametrize(
    "names",
    [
        ["C", "Am", "F", "G7"],
        ["Dm7", "G7", "Cmaj7", "Am7"],
        ["C", "G/B", "Am", "C/G", "F", "G"],
        ["Bm7b5", "E7", "Am", "F#dim7", "G"],
        ["F", "Fm", "C", "A7", "Dm", "Db7", "C"],
    ],
)
def test_plain_chords_are_found(names: list[str]) -> None:
    assert found(names) == names


@given(st.integers(-5, 6), st.sampled_from(("major", "minor")))
def test_the_same_in_every_key(fifths: int, mode: str) -> None:
    home = Key.parse("C" if mode == "major" else "A minor")
    names = ["C", "F", "G7", "C"] if mode == "major" else ["Am", "Dm", "E7", "Am"]
    moved = [parse_chord(name).up(fifths).name for name in names]
    assert found(moved, ((0, home.up(fifths)),)) == moved


def test_a_passing_bass_does_not_turn_the_chord() -> None:
    chord = parse_chord("C")
    notes = [(0, 16, 60 + tone.number) for tone in chord.tones]
    notes += [(4 * i, 4, number) for i, number in enumerate((36, 38, 40, 41))]
    assert [row.chord.name for row in find_chords(notes, beats(1), BAR, C) if row.chord] == ["C"]


def test_long_silence_is_no_chord() -> None:
    notes = block(parse_chord("C"), 0) + block(parse_chord("F"), 9)
    rows = find_chords(notes, beats(10), 160, C)
    assert [row.chord.name if row.chord else "N.C." for row in rows] == ["C", "N.C.", "F"]
    assert find_chords((), (), 0, C) == []
