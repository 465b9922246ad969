"""The tones that line patterns name: degrees of the chord and of the key, as spelled pitch classes.

Conventions: a degree the chord lacks comes from its scale: the key's tone of that letter, unless that would make an
augmented or diminished step above the chord's root.
"""

from __future__ import annotations

from functools import cache

from partimento.theory.chord import Chord
from partimento.theory.key import Key
from partimento.theory.pitch import LETTERS, PitchClass, spelled
from partimento.theory.scale import degree_fifths

_PLAIN = {2: (1, 2), 3: (3, 4), 4: (5, 6), 5: (6, 7, 8), 6: (8, 9), 7: (10, 11)}
_MAJOR = {2: 2, 3: 4, 4: -1, 5: 1, 6: 3, 7: 5}
_MINOR = {2: 2, 3: -3, 4: -1, 5: 1, 6: 3, 7: -2}
_ELSEWHERE = {2: (9,), 3: (4, 2), 4: (11,), 5: (), 6: (13,), 7: ()}


@cache
def chord_degree(chord: Chord, key: Key, degree: int) -> tuple[PitchClass, int]:
    """The tone of `degree` (1-13) above the chord's root and its semitones above it (an octave more from 8 on).

    >>> from partimento.theory.chord import parse_chord
    >>> tone, above = chord_degree(parse_chord("Dm7"), Key.parse("C"), 6)
    >>> tone.name, above
    ('B', 9)
    """
    octave, step = divmod(degree - 1, 7)
    simple = step + 1
    tone = chord.root if simple == 1 else _tone(chord, key, simple)
    return tone, (tone.number - chord.root.number) % 12 + 12 * octave


def _tone(chord: Chord, key: Key, degree: int) -> PitchClass:
    members = chord.members
    if degree in members:
        return members[degree]
    for other in _ELSEWHERE[degree]:
        if other in members:
            return members[other]
    letter = LETTERS[(LETTERS.index(chord.root.letter) + degree - 1) % 7]
    for tone in key.tones:
        if tone.letter == letter and (tone.number - chord.root.number) % 12 in _PLAIN[degree]:
            if degree != 7 or chord.family not in ("dominant", "minor", "half-diminished"):
                return tone
            break
    plain = _MINOR if chord.family in ("minor", "half-diminished", "diminished", "dominant") else _MAJOR
    return chord.root.up(plain[degree] if not (degree == 3 and chord.family == "dominant") else 4)


@cache
def above_root(chord: Chord, symbol: str) -> tuple[PitchClass, int]:
    """The tone of a fixed interval above the chord's root ("b3", "#4") and its semitones."""
    tone = chord.root.up(degree_fifths(symbol))
    number = int(symbol.lstrip("b#"))
    return tone, (tone.number - chord.root.number) % 12 + 12 * ((number - 1) // 7)


@cache
def key_degree(key: Key, symbol: str) -> PitchClass:
    """The key's degree of "k5", or of "kb3" the fixed interval above its tonic."""
    body = symbol[1:]
    if body.isdigit():
        return key.degree(int(body))
    return key.tonic.up(degree_fifths(body))


@cache
def chord_scale(chord: Chord, key: Key) -> tuple[PitchClass, ...]:
    """The seven tones of the chord's scale in the key, from its root."""
    return tuple(chord_degree(chord, key, degree)[0] for degree in range(1, 8))


@cache
def spelled_near(key: Key, chord: Chord, number: int) -> PitchClass:
    """How a passing tone of that pitch-class number is spelled: as in the chord, else as the key spells it."""
    tone = chord.tone_at(number)
    return tone if tone is not None else key.spell(60 + number % 12).pitch_class


def neighbour(tone: PitchClass, below: bool) -> PitchClass:
    """The half step to `tone`, spelled on the neighbouring letter (a leading tone, or the one above)."""
    letter = LETTERS[(LETTERS.index(tone.letter) + (-1 if below else 1)) % 7]
    natural = spelled(letter, 0)
    wanted = (tone.number + (-1 if below else 1)) % 12
    alter = (wanted - natural.number + 6) % 12 - 6
    if abs(alter) > 1:  # no double accidentals in a bass line
        return spelled(tone.letter, tone.alter + (-1 if below else 1))
    return spelled(letter, alter)
