"""Meters, their felt beats and the weight of each place in the bar; all times in ticks, 480 to the quarter note."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from partimento.theory.errors import TheoryError

TICKS = 480
"""Ticks to the quarter note."""

DENOMINATORS = (1, 2, 4, 8, 16, 32)
_METER = re.compile(r"(\d{1,2})/(\d{1,2})(?::(\d+(?:\+\d+)*))?")
_NAMES = {"C": "4/4", "C|": "2/2", "common": "4/4", "cut": "2/2"}


def _default_groups(numerator: int, denominator: int) -> tuple[int, ...]:
    """The usual grouping: beats for simple meters, threes for compound ones, threes and twos for the rest."""
    if denominator <= 4:
        by_numerator = {5: (3, 2), 6: (3, 3), 7: (4, 3), 9: (3, 3, 3), 10: (3, 3, 2, 2)}
        return by_numerator.get(numerator, (1,) * numerator)
    usual = {1: (1,), 2: (1, 1), 4: (2, 2), 7: (2, 2, 3)}
    if numerator in usual:
        return usual[numerator]
    threes, rest = divmod(numerator, 3)
    if rest == 1:
        return (3,) * (threes - 1) + (2, 2)
    return (3,) * threes + ((2,) if rest else ())


@dataclass(frozen=True, slots=True, order=True)
class Meter:
    """A time signature with its grouping in units of the denominator; `groups` left empty takes the usual one.

    Felt beats are the units where the unit is a quarter or longer, and the groups where it is shorter: four in
    4/4, two in 6/8, five in 5/4, three in 7/8.

    >>> Meter.parse("6/8").beats, Meter.parse("7/8:3+2+2").beats, Meter(3, 4).bar
    ((0, 720), (0, 720, 1200), 1440)
    >>> Meter(4, 4).strengths(240)
    (4, 1, 2, 1, 3, 1, 2, 1)
    """

    numerator: int
    denominator: int
    groups: tuple[int, ...] = ()
    bar: int = field(init=False, repr=False, compare=False)
    unit: int = field(init=False, repr=False, compare=False)
    compound: bool = field(init=False, repr=False, compare=False)
    beats: tuple[int, ...] = field(init=False, repr=False, compare=False)
    beat_lengths: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _weights: dict[int, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not 1 <= self.numerator <= 32 or self.denominator not in DENOMINATORS:
            raise TheoryError(
                f"Unknown meter '{self.numerator}/{self.denominator}': the upper number is 1 to 32,"
                f" the lower one of {', '.join(map(str, DENOMINATORS))}."
            )
        groups = self.groups or _default_groups(self.numerator, self.denominator)
        if sum(groups) != self.numerator or min(groups) < 1:
            raise TheoryError(
                f"Groups {'+'.join(map(str, groups))} do not fill {self.numerator}/{self.denominator}:"
                f" they add up to {sum(groups)}."
            )
        unit = 4 * TICKS // self.denominator
        lengths = (unit,) * self.numerator if self.denominator <= 4 else tuple(unit * group for group in groups)
        derived = {
            "groups": groups,
            "unit": unit,
            "bar": unit * self.numerator,
            "compound": self.denominator >= 8 and set(groups) == {3},
            "beat_lengths": lengths,
            "beats": _starts(lengths),
            "_weights": _weigh(unit, groups, lengths),
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)

    def __hash__(self) -> int:
        return hash((self.numerator, self.denominator, self.groups))

    def __str__(self) -> str:
        text = f"{self.numerator}/{self.denominator}"
        if self.groups == _default_groups(self.numerator, self.denominator):
            return text
        return text + ":" + "+".join(map(str, self.groups))

    @staticmethod
    def parse(text: str) -> Meter:
        """Read `"4/4"`, `"6/8"`, `"7/8:3+2+2"`, `"C"`, `"C|"`; raises `TheoryError` otherwise."""
        return _parse(text)

    def strength(self, tick: int) -> int:
        """The metrical weight at a tick from a bar's start (any bar).

        4 is the bar's start, 3 its half or a group's start, 2 a felt beat, 1 a division of the beat, 0 finer.
        The levels follow the metrical grid of Lerdahl and Jackendoff, A Generative Theory of Tonal Music (1983).
        """
        return self._weights.get(tick % self.bar, 0)

    def strengths(self, step: int) -> tuple[int, ...]:
        """The weights of all places `step` ticks apart in one bar."""
        return tuple(self._weights.get(tick, 0) for tick in range(0, self.bar, step))

    def beat_at(self, tick: int) -> int:
        """The index of the felt beat that a tick of any bar falls in, from 0."""
        place = tick % self.bar
        return sum(1 for beat in self.beats if beat <= place) - 1


def _starts(lengths: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sum(lengths[:index]) for index in range(len(lengths)))


def _weigh(unit: int, groups: tuple[int, ...], lengths: tuple[int, ...]) -> dict[int, int]:
    bar = sum(lengths)
    beats = _starts(lengths)
    weights: dict[int, int] = {}
    for beat, length in zip(beats, lengths, strict=True):
        division = unit if length > unit else unit // 2
        weights.update((tick, 1) for tick in range(beat, beat + length, division))
    weights.update((beat, 2) for beat in beats)
    grouped = len(lengths) != len(groups) or len(set(groups)) > 1
    if grouped:
        weights.update((start * unit, 3) for start in _starts(groups))
    elif len(beats) % 2 == 0:
        weights[bar // 2] = 3
    weights[0] = 4
    return weights


@cache
def _parse(text: str) -> Meter:
    cleaned = text.replace(" ", "")
    match = _METER.fullmatch(_NAMES.get(cleaned, cleaned))
    if match is None:
        raise TheoryError(f"Unknown meter '{text}': write it as in '4/4', '6/8' or '7/8:2+2+3'.")
    groups = tuple(int(group) for group in match[3].split("+")) if match[3] else ()
    return Meter(int(match[1]), int(match[2]), groups)
