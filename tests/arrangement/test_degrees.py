"""Degrees of chord and key: the chord's own tones first, its scale where it has none, spelled well."""

from __future__ import annotations

import pytest

from partimento.arrangement.degrees import above_root, chord_degree, chord_scale, key_degree, neighbour
from partimento.theory.chord import parse_chord
from partimento.theory.chord_quality import QUALITIES
from partimento.theory.key import Key
from partimento.theory.pitch import PitchClass


@pytest.mark.parametrize(
    ("chord", "key", "scale"),
    [
        ("C", "C", "C D E F G A B"),
        ("C7", "C", "C D E F G A Bb"),
        ("Dm7", "C", "D E F G A B C"),
        ("Bm7b5", "C", "B C D E F G A"),
        ("G7b9", "C minor", "G Ab B C D Eb F"),
        ("F5", "F minor", "F G Ab Bb C Db Eb"),
        ("Dsus4", "G", "D E G G A B C"),
        ("Bb", "C", "Bb C D E F G A"),
    ],
)
def test_scales_of_chords(chord: str, key: str, scale: str) -> None:
    assert " ".join(t.name for t in chord_scale(parse_chord(chord), Key.parse(key))) == scale


@pytest.mark.parametrize("quality", sorted(QUALITIES))
def test_the_chords_own_tones_win(quality: str) -> None:
    chord = parse_chord("Eb").up(0) if not quality else parse_chord("Eb" + quality)
    for degree, tone in chord.members.items():
        assert chord_degree(chord, Key.parse("C"), degree)[0] == tone


def test_octaves_count_upwards() -> None:
    chord, key = parse_chord("C"), Key.parse("C")
    assert [chord_degree(chord, key, d)[1] for d in (1, 3, 5, 8, 9, 10, 13)] == [0, 4, 7, 12, 14, 16, 21]
    assert above_root(chord, "b3")[1] == 3 and above_root(chord, "#4")[0].name == "F#"


def test_key_degrees_and_neighbours() -> None:
    assert key_degree(Key.parse("A minor"), "k7").name == "G"
    assert key_degree(Key.parse("A"), "kb3").name == "C"
    for name, below, above in (("G", "F#", "Ab"), ("C", "B", "Db"), ("Eb", "D", "E"), ("F#", "E#", "G")):
        tone = PitchClass.parse(name)
        low, high = neighbour(tone, True), neighbour(tone, False)
        assert (low.name, (high.number - tone.number) % 12) == (below, 1)
        assert high.number == PitchClass.parse(above).number
