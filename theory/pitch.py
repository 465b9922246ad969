"""Spelled pitches: letter, alteration and octave, with the line of fifths (C = 0, G = 1, F = -1) beneath.

Octaves are numbered as in MusicXML: C4 is middle C, MIDI number 60, and B#3 sounds the same key.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache, total_ordering
from typing import TYPE_CHECKING

from partimento.theory.errors import TheoryError

if TYPE_CHECKING:
    from partimento.theory.interval import Interval

LETTERS = "CDEFGAB"
_FIFTHS_LETTERS = "FCGDAEB"
_LETTER_SEMITONES = (0, 2, 4, 5, 7, 9, 11)
_ACCIDENTALS = {"b": -1, "♭": -1, "#": 1, "♯": 1, "x": 2, "𝄪": 2, "𝄫": -2}
_PITCH_CLASS = re.compile(r"([A-Ga-g])([b♭#♯x𝄪𝄫]*)")
_PITCH = re.compile(r"([A-Ga-g])([b♭#♯x𝄪𝄫]*)(-?\d+)")


def accidental(alter: int) -> str:
    """The plain-text accidental of an alteration in semitones: `"bb"`, `"b"`, `""`, `"#"`, `"##"`."""
    return "#" * alter if alter > 0 else "b" * -alter


def _alteration(text: str) -> int:
    return sum(_ACCIDENTALS[sign] for sign in text)


def _set(instance: object, **values: object) -> None:
    for name, value in values.items():
        object.__setattr__(instance, name, value)


@dataclass(frozen=True, slots=True, order=True)
class PitchClass:
    """A spelled pitch class by its place on the line of fifths; sorted by that place.

    >>> PitchClass(-2).name, PitchClass.parse("F#").number, str(PitchClass.parse("B♭").up(2))
    ('Bb', 6, 'C')
    """

    fifths: int
    letter: str = field(init=False, repr=False, compare=False)
    alter: int = field(init=False, repr=False, compare=False)
    number: int = field(init=False, repr=False, compare=False)
    name: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        alter, index = divmod(self.fifths + 1, 7)
        letter = _FIFTHS_LETTERS[index]
        _set(self, letter=letter, alter=alter, number=self.fifths * 7 % 12, name=letter + accidental(alter))

    def __hash__(self) -> int:
        return hash(self.fifths)

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def parse(text: str) -> PitchClass:
        """Read `"Bb"`, `"B♭"`, `"F#"`, `"c"`, `"Gx"`; raises `TheoryError` otherwise."""
        return _parse_pitch_class(text)

    def up(self, fifths: int) -> PitchClass:
        """The pitch class `fifths` places further along the line of fifths (2 is a whole tone up)."""
        return pitch_class(self.fifths + fifths)


@cache
def pitch_class(fifths: int) -> PitchClass:
    """The one `PitchClass` of a place on the line of fifths."""
    return PitchClass(fifths)


@cache
def spelled(letter: str, alter: int) -> PitchClass:
    """The pitch class of a letter `A`..`G` and an alteration in semitones."""
    return pitch_class(_FIFTHS_LETTERS.index(letter) - 1 + 7 * alter)


@cache
def _parse_pitch_class(text: str) -> PitchClass:
    match = _PITCH_CLASS.fullmatch(text.strip())
    if match is None:
        raise TheoryError(f"Unknown note name '{text}': write a letter A to G, then b or #, as in 'Bb' or 'F#'.")
    return spelled(match[1].upper(), _alteration(match[2]))


@total_ordering
@dataclass(frozen=True, slots=True)
class Pitch:
    """A spelled pitch; sorted by sound, then by letter.

    >>> Pitch("B", -1, 4).midi, Pitch.parse("B#3").midi, str(Pitch.parse("Eb5"))
    (70, 60, 'Eb5')
    """

    letter: str
    alter: int
    octave: int
    midi: int = field(init=False, repr=False, compare=False)
    fifths: int = field(init=False, repr=False, compare=False)
    diatonic: int = field(init=False, repr=False, compare=False)
    pitch_class: PitchClass = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        index = LETTERS.find(self.letter)
        if index < 0 or len(self.letter) != 1:
            raise TheoryError(f"Unknown letter '{self.letter}': a pitch has one of the letters A to G.")
        pc = spelled(self.letter, self.alter)
        midi = 12 * (self.octave + 1) + _LETTER_SEMITONES[index] + self.alter
        _set(self, midi=midi, fifths=pc.fifths, diatonic=self.octave * 7 + index, pitch_class=pc)

    def __hash__(self) -> int:
        return hash((self.midi, self.diatonic))

    def __lt__(self, other: Pitch) -> bool:
        return (self.midi, self.diatonic) < (other.midi, other.diatonic)

    def __str__(self) -> str:
        return f"{self.letter}{accidental(self.alter)}{self.octave}"

    @staticmethod
    def parse(text: str) -> Pitch:
        """Read `"Bb4"` or `"F♯3"`; the MIDI number must lie in 0-127; raises `TheoryError` otherwise."""
        return _parse_pitch(text)

    def transposed(self, interval: Interval) -> Pitch:
        """The pitch an interval above (or below, where the interval descends), correctly spelled."""
        octave, index = divmod(self.diatonic + interval.steps, 7)
        natural = 12 * (octave + 1) + _LETTER_SEMITONES[index]
        return Pitch(LETTERS[index], self.midi + interval.semitones - natural, octave)


@cache
def _parse_pitch(text: str) -> Pitch:
    match = _PITCH.fullmatch(text.strip())
    if match is None:
        raise TheoryError(f"Unknown pitch '{text}': write a letter A to G, b or #, and an octave, as in 'Bb4'.")
    pitch = Pitch(match[1].upper(), _alteration(match[2]), int(match[3]))
    if not 0 <= pitch.midi <= 127:
        raise TheoryError(f"Pitch '{text}' is out of range: MIDI number {pitch.midi}, valid are 0 to 127 (C-1 to G9).")
    return pitch


@cache
def pitch_at(pc: PitchClass, midi: int) -> Pitch:
    """The pitch spelled `pc` that sounds at a MIDI number; raises `TheoryError` where none does.

    >>> str(pitch_at(PitchClass.parse("Cb"), 59))
    'Cb4'
    """
    if midi % 12 != pc.number:
        raise TheoryError(f"No {pc.name} sounds at MIDI number {midi}: its numbers are {pc.number} + 12 n.")
    return Pitch(pc.letter, pc.alter, (midi - pc.alter) // 12 - 1)
