"""Learned tables: numerals mean what the labels meant, counts are right on small data, committed files are whole."""

from __future__ import annotations

import pytest

from partimento.learning.tables import numerals
from partimento.theory.key import Key
from partimento.theory.roman import chord_of

KEYS = {"major": Key.parse("C major"), "minor": Key.parse("C minor")}


@pytest.mark.parametrize("mode", ["major", "minor"])
@pytest.mark.parametrize("root", range(12))
def test_a_numeral_means_the_chord_it_was_made_from(mode: str, root: int) -> None:
    for quality, (_, _, tones) in numerals.QUALITIES.items():
        for bass in {(root + tone) % 12 for tone in tones} | {0, 10}:
            name = numerals.numeral(root, quality, bass, mode)
            chord = chord_of(name, KEYS[mode])
            assert (chord.root.number, chord.bass_tone.number) == (root, bass), name
            if bass in {(root + tone) % 12 for tone in tones}:
                assert {tone.number for tone in chord.tones} == {(root + tone) % 12 for tone in tones}, name
