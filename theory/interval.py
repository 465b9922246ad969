"""Intervals as signed diatonic steps and semitones: a major third is 2 and 4; descending intervals are negative."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from partimento.theory.errors import TheoryError
from partimento.theory.pitch import Pitch

_MAJOR_SEMITONES = (0, 2, 4, 5, 7, 9, 11)
_PERFECT = (True, False, False, True, True, False, False)
_NAME = re.compile(r"(-?)(P|M|m|A+|d+)(\d+)")


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """A spelled interval.

    >>> Interval.parse("m3").semitones, Interval(3, 6).name, Interval(-2, -4).name, Interval.parse("P5").fifths
    (3, 'A4', '-M3', 1)
    """

    steps: int
    semitones: int

    def __str__(self) -> str:
        return self.name

    def __neg__(self) -> Interval:
        return Interval(-self.steps, -self.semitones)

    @property
    def fifths(self) -> int:
        """The distance on the line of fifths: 1 for a fifth up, 4 for a major third up."""
        return 7 * self.semitones - 12 * self.steps

    @property
    def name(self) -> str:
        """`"M3"`, `"P5"`, `"d5"`, `"AA4"`, `"m10"`; descending ones begin with `-`."""
        return _name(self)

    @property
    def simple(self) -> Interval:
        """The interval within the octave: a tenth becomes a third; an octave stays one."""
        sign = -1 if self.steps < 0 else 1
        octaves = max(0, (abs(self.steps) - 1) // 7)
        return Interval(self.steps - 7 * sign * octaves, self.semitones - 12 * sign * octaves)

    @property
    def inversion(self) -> Interval:
        """The complement to the octave of the simple interval: M3 to m6, d5 to A4, P1 to P8."""
        simple = self.simple if self.steps >= 0 else (-self).simple
        return Interval(7 - simple.steps, 12 - simple.semitones)

    @staticmethod
    def parse(text: str) -> Interval:
        """Read `"M3"`, `"P5"`, `"d5"`, `"-m10"`; raises `TheoryError` otherwise."""
        return _parse(text)

    @staticmethod
    def between(low: Pitch, high: Pitch) -> Interval:
        """The interval from the first pitch to the second; negative where the second is written lower."""
        return Interval(high.diatonic - low.diatonic, high.midi - low.midi)


@cache
def _name(interval: Interval) -> str:
    if interval.steps < 0:
        return "-" + _name(-interval)
    octaves, step = divmod(interval.steps, 7)
    excess = interval.semitones - 12 * octaves - _MAJOR_SEMITONES[step]
    if excess > 0:
        quality = "A" * excess
    elif _PERFECT[step]:
        quality = "d" * -excess or "P"
    else:
        quality = "M" if excess == 0 else "m" if excess == -1 else "d" * (-excess - 1)
    return f"{quality}{interval.steps + 1}"


@cache
def _parse(text: str) -> Interval:
    match = _NAME.fullmatch(text.strip())
    if match is None or match[3].startswith("0"):
        raise TheoryError(
            f"Unknown interval '{text}': write a quality P, M, m, A or d and a number, as in 'M3' or 'd5'."
        )
    quality, number = match[2], int(match[3])
    octaves, step = divmod(number - 1, 7)
    perfect = _PERFECT[step]
    if (quality in ("M", "m") and perfect) or (quality == "P" and not perfect):
        valid = "P, A and d" if perfect else "M, m, A and d"
        raise TheoryError(f"No interval '{text}': the qualities of a {number} are {valid}.")
    excess = {"P": 0, "M": 0, "m": -1}.get(quality)
    if excess is None:
        excess = len(quality) if quality[0] == "A" else -len(quality) - (not perfect)
    interval = Interval(number - 1, 12 * octaves + _MAJOR_SEMITONES[step] + excess)
    return -interval if match[1] else interval
