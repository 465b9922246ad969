"""Figures of chords and single tones, in all keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.theory.errors import TheoryError
from partimento.theory.figured_bass import Figure, figure_of, figures, parse_figures, sign_against
from partimento.theory.key import Key
from partimento.theory.pitch import PitchClass, pitch_class
from partimento.theory.roman import chord_of

MAJOR = {
    "I": "", "I6": "6", "I64": "6 4", "V7": "7", "V65": "6 5", "V43": "4 3", "V42": "4 2", "ii65": "6 5", "viio6": "6",
    "IVmaj7": "7",
}  # fmt: skip


@given(st.sampled_from(sorted(MAJOR)), st.integers(-6, 6))
def test_diatonic_chords_of_major_need_no_signs(numeral: str, fifths: int) -> None:
    key = Key(pitch_class(fifths))
    assert " ".join(map(str, figures(chord_of(numeral, key), key))) == MAJOR[numeral]


@given(st.sampled_from(("V", "V6", "V7", "V65", "V43", "V42", "viio7", "V65/V", "iv6", "N6")), st.integers(-4, 5))
def test_raised_tones_of_minor_have_a_sign_in_every_key(numeral: str, fifths: int) -> None:
    key = Key(pitch_class(fifths), "minor")
    chord = chord_of(numeral, key)
    found = figures(chord, key)
    signed = {tone for tone in chord.tones if tone != chord.bass_tone and sign_against(tone, key)}
    assert sum(bool(figure.sign) for figure in found) == len(signed)
    assert [f.number or 3 for f in found] == sorted({f.number or 3 for f in found}, reverse=True)
    assert parse_figures(" ".join(map(str, found))) == found


@given(st.integers(-12, 12), st.integers(-7, 7))
def test_a_sign_tells_the_alteration_in_a_signature(fifths: int, signature: int) -> None:
    tone, key = pitch_class(fifths), Key(pitch_class(signature))
    sign = sign_against(tone, key)
    assert (sign == "") == (tone in key.tones)
    assert (sign == "n") == (tone.alter == 0 and tone not in key.tones)


def test_a_suspended_ninth_is_told_from_a_second() -> None:
    bass, tone, key = PitchClass.parse("C"), PitchClass.parse("D"), Key.parse("C")
    assert figure_of(bass, tone, key, over_octave=True) == Figure(9)
    assert figure_of(bass, tone, key) == Figure(2)
    assert figure_of(bass, bass, key) == Figure(8)


@pytest.mark.parametrize("text", ["1", "10", "6x", "##5#", "figure"])
def test_what_is_no_figure_is_refused(text: str) -> None:
    with pytest.raises(TheoryError, match="Unknown figure"):
        parse_figures(text)
