"""Spelling a line of MIDI numbers: diatonic tones as the key has them, chromatic ones by where they lead."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from partimento.theory.chord import Chord
from partimento.theory.key import Key
from partimento.theory.pitch import Pitch, PitchClass, pitch_at


@cache
def _leading_into(midi: int, following: int, key: Key) -> Pitch:
    """A chromatic tone that rises a semitone into a tone of the key takes the letter below it."""
    usual = key.spell(midi)
    if following != midi + 1 or key.contains(usual.pitch_class):
        return usual
    goal = key.spell(following).pitch_class
    if key.contains(goal) and key.contains(goal.up(-2)):
        return pitch_at(goal.up(5), midi)
    return usual


def spell_line(midis: Sequence[int], key: Key) -> tuple[Pitch, ...]:
    """The spelled pitches of a melody: chromatic tones that rise by a semitone are sharps, others the key's usual ones.

    >>> key = Key.parse("C")
    >>> " ".join(map(str, spell_line((60, 61, 62, 63, 64, 63, 62, 70, 69), key)))
    'C4 C#4 D4 D#4 E4 Eb4 D4 Bb4 A4'
    """
    spelled: list[Pitch] = []
    following = -1
    for index in range(len(midis) - 1, -1, -1):
        midi = midis[index]
        if index + 1 < len(midis) and midis[index + 1] != midi:
            following = midis[index + 1]
        spelled.append(_leading_into(midi, following, key))
    return tuple(reversed(spelled))


@cache
def spell_over(midi: int, chord: Chord, key: Key) -> Pitch:
    """The spelling of a tone sounding over a chord: the chord's own where it has one, else the key's.

    >>> from partimento.theory.chord import parse_chord
    >>> str(spell_over(66, parse_chord("Ebm"), Key.parse("C")))
    'Gb4'
    """
    tone: PitchClass | None = chord.tone_at(midi)
    return pitch_at(tone, midi) if tone is not None else key.spell(midi)
