"""Scales as tables of degrees, counted from the tonic on the line of fifths (a major third is 4, a minor one -3)."""

from __future__ import annotations

from functools import cache

from partimento.theory.errors import TheoryError, nearest
from partimento.theory.pitch import PitchClass

_MAJOR_DEGREE_FIFTHS = (0, 2, 4, -1, 1, 3, 5)


@cache
def degree_fifths(degree: str) -> int:
    """Fifths from the tonic of a degree named against the major scale: `"b3"` is -3, `"#11"` is 6.

    >>> degree_fifths("5"), degree_fifths("b7"), degree_fifths("#9")
    (1, -2, 9)
    """
    number = degree.lstrip("b#")
    if not number.isdigit() or int(number) < 1:
        raise TheoryError(f"Unknown scale degree '{degree}': write a number with b or # before it, as in 'b3'.")
    signs = degree[: len(degree) - len(number)]
    return _MAJOR_DEGREE_FIFTHS[(int(number) - 1) % 7] + 7 * (signs.count("#") - signs.count("b"))


def _offsets(degrees: str) -> tuple[int, ...]:
    return tuple(degree_fifths(degree) for degree in degrees.split())


_DEGREES = {
    "major": "1 2 3 4 5 6 7",
    "minor": "1 2 b3 4 5 b6 b7",
    "harmonic minor": "1 2 b3 4 5 b6 7",
    "melodic minor": "1 2 b3 4 5 6 7",
    "harmonic major": "1 2 3 4 5 b6 7",
    "dorian": "1 2 b3 4 5 6 b7",
    "phrygian": "1 b2 b3 4 5 b6 b7",
    "lydian": "1 2 3 #4 5 6 7",
    "mixolydian": "1 2 3 4 5 6 b7",
    "locrian": "1 b2 b3 4 b5 b6 b7",
    "locrian natural 2": "1 2 b3 4 b5 b6 b7",
    "lydian augmented": "1 2 3 #4 #5 6 7",
    "lydian dominant": "1 2 3 #4 5 6 b7",
    "mixolydian b6": "1 2 3 4 5 b6 b7",
    "phrygian dominant": "1 b2 3 4 5 b6 b7",
    "altered": "1 b2 #2 3 b5 #5 b7",
    "major pentatonic": "1 2 3 5 6",
    "minor pentatonic": "1 b3 4 5 b7",
    "blues": "1 b3 4 b5 5 b7",
    "major blues": "1 2 b3 3 5 6",
    "whole tone": "1 2 3 #4 #5 b7",
    "diminished half-whole": "1 b2 #2 3 #4 5 6 b7",
    "diminished whole-half": "1 2 b3 4 b5 b6 6 7",
    "bebop dominant": "1 2 3 4 5 6 b7 7",
    "bebop major": "1 2 3 4 5 #5 6 7",
    "chromatic": "1 b2 2 b3 3 4 #4 5 b6 6 b7 7",
}

SCALES: dict[str, tuple[int, ...]] = {name: _offsets(degrees) for name, degrees in _DEGREES.items()}
"""Fifths from the tonic, in scale order, by scale name."""


@cache
def scale_tones(tonic: PitchClass, name: str) -> tuple[PitchClass, ...]:
    """The tones of a scale in order from its tonic; raises `TheoryError` for an unknown name.

    >>> " ".join(str(tone) for tone in scale_tones(PitchClass.parse("A"), "harmonic minor"))
    'A B C D E F G#'
    """
    offsets = SCALES.get(name)
    if offsets is None:
        raise TheoryError(f"Unknown scale '{name}': valid are {', '.join(SCALES)}.{nearest(name, SCALES)}")
    return tuple(tonic.up(offset) for offset in offsets)
