"""Figured bass: the numbers and signs that a chord or a suspension has over its bass in a key signature.

Conventions: figures count letters above the bass, 2 to 9, the highest first; a sign is what the tone has against the
signature ("#", "b", "n", "##", "bb"), and a sign without a number (number 0) means the third. What a player adds by
himself (3, 5, 8; the 3 of 6; the 6 of 4 3 and 4 2) is left out, as in the thorough-bass tutors (C. P. E. Bach, Versuch
II, 1762), unless it has a sign.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from partimento.theory.chord import Chord
from partimento.theory.errors import TheoryError
from partimento.theory.key import Key
from partimento.theory.pitch import LETTERS, PitchClass, accidental, pitch_class

_KEPT: dict[frozenset[int], tuple[int, ...]] = {
    frozenset(): (),
    frozenset({3, 5}): (),
    frozenset({3}): (),
    frozenset({5}): (),
    frozenset({3, 6}): (6,),
    frozenset({6}): (6,),
    frozenset({4, 6}): (6, 4),
    frozenset({3, 5, 7}): (7,),
    frozenset({3, 7}): (7,),
    frozenset({3, 5, 6}): (6, 5),
    frozenset({3, 4, 6}): (4, 3),
    frozenset({2, 4, 6}): (4, 2),
}
"""Which figures are written of the intervals that sound."""

_SIGNS = {"♯": "#", "♭": "b", "♮": "n", "x": "##"}
_FIGURE = re.compile(r"(##|#|bb|b|n)?([2-9]?)")


class Figure(NamedTuple):
    """One figure: `number` 2-9, or 0 for a sign alone; `sign` "", "#", "b", "n", "##" or "bb"."""

    number: int
    sign: str = ""

    def __str__(self) -> str:
        return f"{self.sign}{self.number or ''}"


def sign_against(tone: PitchClass, key: Key) -> str:
    """The sign of a tone against a key's signature; "" where the signature has it so.

    >>> key = Key.parse("F")
    >>> [sign_against(PitchClass.parse(name), key) for name in ("Bb", "B", "F#", "Eb")]
    ['', 'n', '#', 'b']
    """
    major = pitch_class(key.signature)
    written = next(tone_.alter for tone_ in Key(major).tones if tone_.letter == tone.letter)
    if written == tone.alter:
        return ""
    return accidental(tone.alter) or "n"


def _number(bass: PitchClass, tone: PitchClass) -> int:
    return (LETTERS.index(tone.letter) - LETTERS.index(bass.letter)) % 7 + 1


def figures(chord: Chord, key: Key) -> tuple[Figure, ...]:
    """The figures of a chord over its bass tone, the highest first; () for a triad in root position.

    >>> from partimento.theory.chord import parse_chord
    >>> minor = Key.parse("A minor")
    >>> names = ("Am/C", "E7/G#", "E", "Dm/A", "E7/D", "G#dim7")
    >>> [" ".join(map(str, figures(parse_chord(name), minor))) for name in names]
    ['6', '6 5', '#', '6 4', '#4 2', '7']
    """
    bass = chord.bass_tone
    signs = {_number(bass, tone): sign_against(tone, key) for tone in chord.tones if tone != bass}
    kept = set(_KEPT.get(frozenset(signs) - {1, 8}, tuple(sorted(signs))))
    kept |= {number for number, sign in signs.items() if sign}
    return tuple(
        Figure(0 if number == 3 and len(kept) == 1 else number, signs[number]) for number in sorted(kept, reverse=True)
    )


def figure_of(bass: PitchClass, tone: PitchClass, key: Key, over_octave: bool = False) -> Figure:
    """The figure of one tone over a bass; a second or octave is 9 or 8 where it lies `over_octave` (as in 9-8).

    >>> str(figure_of(PitchClass.parse("G"), PitchClass.parse("C"), Key.parse("C")))
    '4'
    """
    number = _number(bass, tone)
    if number == 1:
        number = 8
    if number == 2 and over_octave:
        number = 9
    return Figure(number, sign_against(tone, key))


def parse_figures(text: str) -> tuple[Figure, ...]:
    """Read figures with blanks between: `"6 5"`, `"#4 2"`, `"♯"`; raises `TheoryError` for anything else.

    >>> parse_figures("n6 4")
    (Figure(number=6, sign='n'), Figure(number=4, sign=''))
    """
    out = []
    for word in text.split():
        plain = "".join(_SIGNS.get(sign, sign) for sign in word)
        match = _FIGURE.fullmatch(plain)
        if match is None:
            raise TheoryError(f"Unknown figure '{word}': write 2 to 9 with #, b or n before it, as in '6 5' or '#4 2'.")
        out.append(Figure(int(match[2] or 0), match[1] or ""))
    return tuple(out)
