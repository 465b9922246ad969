"""The Draft: what a reader found in a foreign file, before the rest is worked out.

Conventions: ticks, 480 to the quarter; tick 0 starts the first bar, a pick-up being a first meter of its own that lasts
one short bar. What the file does not say is left empty, never guessed by a reader.
"""

from __future__ import annotations

from dataclasses import dataclass

from partimento.score.performance import PlayedControl, PlayedNote
from partimento.score.song import Control, Dynamic, KeyChange, MeterChange, Note, TempoChange
from partimento.theory.chord import Chord


@dataclass(frozen=True, slots=True)
class DraftPart:
    """One part: `notes` where the file is notation (spelled, quantised), `played` where it is a performance.

    A reader fills one of the two, or both where the file holds both. `program` counts from 0, None where the file is
    silent; `instrument` is a name of the instrument table and `role` one of ROLES where the file says so. `lyrics` are
    (tick, syllable) of a performance; of notation they stand in the notes. `volume`, `pan`, `expression`, `reverb` are
    0-127, None where not said.
    """

    name: str
    drums: bool = False
    program: int | None = None
    instrument: str = ""
    role: str = ""
    notes: tuple[Note, ...] = ()
    played: tuple[PlayedNote, ...] = ()
    controls: tuple[PlayedControl, ...] = ()
    written_controls: tuple[Control, ...] = ()
    dynamics: tuple[Dynamic, ...] = ()
    lyrics: tuple[tuple[int, str], ...] = ()
    bend_range: int = 2
    volume: int | None = None
    pan: int | None = None
    expression: int | None = None
    reverb: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A file's music: maps as far as said, `markers` (tick, name) for sections, `chords` (onset, duration, chord
    or None for N.C.) where written; `end` the last bar line, 0 where unknown; `notices` for the user, a line each.

    `numbers` are (tick, number) of bars as printed; `fermatas` onsets of notes that carry one; `phrase_ends` ticks
    after breath marks and after the ends of lines of words."""

    title: str
    parts: tuple[DraftPart, ...]
    meters: tuple[MeterChange, ...] = ()
    tempos: tuple[TempoChange, ...] = ()
    keys: tuple[KeyChange, ...] = ()
    markers: tuple[tuple[int, str], ...] = ()
    chords: tuple[tuple[int, int, Chord | None], ...] = ()
    end: int = 0
    notices: tuple[str, ...] = ()
    numbers: tuple[tuple[int, int], ...] = ()
    fermatas: tuple[int, ...] = ()
    phrase_ends: tuple[int, ...] = ()
