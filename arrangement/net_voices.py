"""What a player may ask of a net: four voices, or those that are missing, from what is given.

Conventions: see arrangement/nets.py. Voices stand from the top down, soprano to bass; pitches are MIDI numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from partimento.score.stream import Stream
from partimento.theory.chord import Chord

Ranges = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]
"""Lowest and highest pitch of soprano, alto, tenor and bass: an octave each at the least, inside 33-84."""


class Moment(NamedTuple):
    """A chord to be set; `soprano` and `bass` are pitches that are given, -1 where the net finds them."""

    chord: Chord
    soprano: int = -1
    bass: int = -1


class Phrase(NamedTuple):
    """Chords to be set one after another, and where the voices may sing."""

    moments: tuple[Moment, ...]
    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Voiced:
    """A phrase set: four pitches a moment, and how they came about.

    `permille` is the net's mean share of each pitch chosen, `of` how many settings were drawn, `flaw` the criterion
    that told most against the others ("" where their shares alone did), `others` their names with weights (permille).
    """

    pitches: tuple[tuple[int, int, int, int], ...]
    permille: int
    of: int
    flaw: str
    others: tuple[tuple[str, int], ...]


class Chorister(Protocol):
    """Sets chords for four voices."""

    def voice(self, phrases: Sequence[Phrase], stream: Stream, count: int, temperature: float) -> tuple[Voiced, ...]:
        """Each phrase's best of `count` settings drawn; phrases are set side by side and apart from one another."""
        ...
