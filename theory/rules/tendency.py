"""Tendency tones: which tone of a chord leads where, and whether a line takes it there.

Conventions: plain functions of pitches and chords, so that players can ask them while writing. The leading tone is that
of the key in which the chord is dominant, the applied key for V/x. After Aldwell and Schachter, Harmony and Voice
Leading.
"""

from __future__ import annotations

from functools import cache

from partimento.theory.chord import Chord
from partimento.theory.errors import TheoryError
from partimento.theory.key import Key
from partimento.theory.pitch import Pitch, PitchClass
from partimento.theory.roman import Numeral, applied_key


def leading_tone(key: Key) -> PitchClass:
    """The tone a semitone under the tonic, raised in minor.

    >>> str(leading_tone(Key.parse("A minor")))
    'G#'
    """
    return key.tonic.up(5)


def is_dominant(chord: Chord, key: Key) -> bool:
    """Whether a chord on the fifth or the raised seventh degree holds the leading tone."""
    leading = leading_tone(key)
    return leading in chord.tones and chord.root in (key.tonic.up(1), leading)


@cache
def leading_tone_of(numeral: str, chord: Chord, key: Key) -> PitchClass | None:
    """The leading tone in a dominant, applied ones included; None for any other chord or numeral.

    >>> from partimento.theory.roman import chord_of
    >>> key = Key.parse("C")
    >>> [str(leading_tone_of(text, chord_of(text, key), key)) for text in ("V7", "viio6", "V65/V", "IV")]
    ['B', 'B', 'F#', 'None']
    """
    try:
        home = applied_key(Numeral.parse(numeral), key)
    except TheoryError:
        return None
    return leading_tone(home) if is_dominant(chord, home) else None


def seventh_leaps(old: Pitch, new: Pitch) -> bool:
    """Whether a line that leaves a chordal seventh leaps: it may stay or move by step, a semitone or two."""
    return abs(new.midi - old.midi) > 2


def leading_tone_falls(before: Pitch | None, old: Pitch, new: Pitch) -> bool:
    """Whether a line leaves its leading tone `old` otherwise than up a semitone; held ones and 8-7-6 pass.

    `before` is the tone before it, None where there is none.
    """
    if new.midi in (old.midi, old.midi + 1):
        return False
    passes = before is not None and before.pitch_class == old.pitch_class.up(-5)
    return not (passes and new.diatonic == old.diatonic - 1)


def owes_leading_tone(before: Pitch | None, old: Pitch, new: Pitch, chords: tuple[Chord, Chord], key: Key) -> bool:
    """Whether a line leaves the leading tone of a key's dominant as `leading_tone_falls` has it.

    `chords` are the two it moves between; nothing is owed where the dominant goes on.
    """
    if not is_dominant(chords[0], key) or is_dominant(chords[1], key):
        return False
    return old.pitch_class == leading_tone(key) and leading_tone_falls(before, old, new)
