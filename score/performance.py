"""A Performance: how a Song is played. MIDI export and synth read it; notation never does.

Conventions: ticks as in the Song (tempo map included there); nothing starts before tick 0; velocities 1-127.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class PlayedNote(NamedTuple):
    """A note as played: ticks, MIDI number, velocity. A NamedTuple, since a song makes 10,000 of them."""

    onset: int
    duration: int
    number: int
    velocity: int


class PlayedControl(NamedTuple):
    """A controller as played: `controller` 0-127 is a MIDI controller, -1 pitch bend (value -8192..8191)."""

    onset: int
    controller: int
    value: int


@dataclass(frozen=True, slots=True)
class PlayedTrack:
    """One part as played; `name` is the Song track's. Channel 9 (counted from 0) is the drum channel.

    `volume`, `pan`, `expression`, `reverb` are the starting CC7, CC10, CC11, CC91 values, 0-127.
    Notes are sorted by (onset, number); no two notes of one number overlap. `bend_range` is how many semitones the
    full bend (8192 steps) is worth.
    """

    name: str
    channel: int
    program: int
    notes: tuple[PlayedNote, ...] = ()
    controls: tuple[PlayedControl, ...] = ()
    volume: int = 100
    pan: int = 64
    expression: int = 127
    reverb: int = 40
    bend_range: int = 2


@dataclass(frozen=True, slots=True)
class Performance:
    """All parts as played, in the Song's track order."""

    tracks: tuple[PlayedTrack, ...] = ()

    @property
    def end(self) -> int:
        """The tick of the last release."""
        return max((n.onset + n.duration for t in self.tracks for n in t.notes), default=0)
