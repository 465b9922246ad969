"""What a player may ask of a net: a pianist's part, from the tune, the chords and how busy each bar is to be.

Conventions: see arrangement/nets.py. Ticks and MIDI numbers, as in the Song. A sheet holds all the stretches of a part,
so that they can be written side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from partimento.score.song import ChordSymbol
from partimento.score.stream import Stream
from partimento.score.timeline import Bar


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bars of one section that the part plays, the song's bars [`first`, `end`).

    `material` and `intensity` (1-4) say which stretches share a texture; `low`-`high` are the MIDI pitches it stays in.
    """

    first: int
    end: int
    material: str
    intensity: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the pianist reads: all bars of the song, chords as they sound, the tune (onset, end, MIDI), stretches.

    `style` is one of "pop" and "lied"; `one_hand` allows what five fingers reach; with `bass` the part plays the
    chords' bass notes; `swung` keeps to sixteenths, whose off-beats the performance moves.
    """

    bars: tuple[Bar, ...]
    chords: tuple[ChordSymbol, ...]
    lead: tuple[tuple[int, int, int], ...]
    stretches: tuple[Stretch, ...]
    style: str
    one_hand: bool
    bass: bool
    swung: bool


class Struck(NamedTuple):
    """A note as written: onset and duration in ticks, MIDI pitch."""

    onset: int
    duration: int
    pitch: int


class Taken(NamedTuple):
    """How a stretch's bars from `bar` on came about.

    `permille` is the net's mean share of each choice taken, `of` how many ways were drawn, `flaw` what kept the others
    back most ("" where only their shares did), `others` their names with integer weights.
    """

    stretch: int
    bar: int
    permille: int
    of: int
    flaw: str
    others: tuple[tuple[str, int], ...]


class Pianist(Protocol):
    """Writes a pianist's two hands."""

    def write(
        self, sheet: Sheet, stream: Stream, count: int, temperature: float
    ) -> tuple[tuple[Struck, ...], tuple[Taken, ...]]:
        """The notes of all stretches, sorted by (onset, pitch), and how they were chosen of `count` drawn ways."""
        ...
