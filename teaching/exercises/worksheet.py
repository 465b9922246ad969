"""What a worksheet is made of: items with what is given, one right answer, and a task by which any answer is marked.

Conventions: ticks, 480 to the quarter, counted from the item's first bar; staves from 0 at the top; voices of a staff
from 0, the upper one. `BLANK` under a note is a place for a word. Difficulty is a whole number, comparable within one
topic alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from partimento.teaching.exercises.identity import Identity
from partimento.theory.chord import Chord
from partimento.theory.key import Key
from partimento.theory.meter import TICKS, Meter
from partimento.theory.pitch import Pitch

BLANK = "............"
WHOLE, HALF, QUARTER, EIGHTH = 4 * TICKS, 2 * TICKS, TICKS, TICKS // 2


class Cell(NamedTuple):
    """A note, a chord, or a rest (no pitches) of one voice, with the text under it; `figures` are a thorough bass's."""

    onset: int
    duration: int
    pitches: tuple[Pitch, ...] = ()
    text: str = ""
    figures: str = ""


class Line(NamedTuple):
    """What one voice of one staff has in an item; what its cells leave free is silent, and printed as space."""

    staff: int
    voice: int
    cells: tuple[Cell, ...]


class Label(NamedTuple):
    """A word wanted under the note at `at`: `kind` of "interval", "chord", "numeral", "cadence", "non-chord", "scale",
    "meter"; `key` is the key that a numeral is read in. `by_ear` any name of what sounds is right."""

    at: int
    kind: str
    answer: str
    key: str = ""
    by_ear: bool = False


@dataclass(frozen=True, slots=True)
class Labels:
    """Words to be written under notes, a point each."""

    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Tones:
    """Notes to be written at one place of a staff, a point together. `given` stand there already.

    `exact` wants the very octave; else any, the lowest one being the right one where `bass` is set.
    """

    at: int
    staff: int
    wanted: tuple[Pitch, ...]
    given: tuple[Pitch, ...] = ()
    exact: bool = False
    bass: bool = False
    rule: str = "chord"


@dataclass(frozen=True, slots=True)
class Melody:
    """A line to be written on a staff after its first `given` notes: a point a note.

    `rhythm` wants the right times too, `octaves` the very octaves; of a rhythm alone (`pitched` False) any pitch is
    right. `by_sound` any spelling is.
    """

    staff: int
    notes: tuple[tuple[int, int, Pitch], ...]
    given: int = 0
    rhythm: bool = True
    octaves: bool = True
    pitched: bool = True
    by_sound: bool = False
    rule: str = "melody"


@dataclass(frozen=True, slots=True)
class Filling:
    """A bar to be filled from `start` to `end` with `count` notes of any lengths and any pitch: one point."""

    staff: int
    start: int
    end: int
    count: int


@dataclass(frozen=True, slots=True)
class PartWriting:
    """Four voices (0 the bass) over `chords` at `onsets`; `given` voices stand already, None for a free one.

    Where `chords` is empty the student chooses them: each sonority must be a chord of the key, and the last ones close.
    A point a chord.
    """

    key: Key
    onsets: tuple[int, ...]
    durations: tuple[int, ...]
    chords: tuple[Chord, ...]
    given: tuple[tuple[Pitch, ...] | None, ...]

    @property
    def free(self) -> tuple[int, ...]:
        """The voices to be written, the lowest first."""
        return tuple(voice for voice, line in enumerate(self.given) if line is None)


@dataclass(frozen=True, slots=True)
class Counterpoint:
    """A line in a species against a cantus firmus of one note a bar, on the other staff: a point a bar."""

    species: int
    key: Key
    cantus: tuple[Pitch, ...]
    above: bool


Task = Labels | Tones | Melody | Filling | PartWriting | Counterpoint


@dataclass(frozen=True, slots=True)
class Item:
    """One question. `sound` is what is played of a listening item, empty for one that is read; an item that
    `hides_meter` asks for its time signature."""

    prompt: str
    bars: int
    meter: Meter
    key: Key
    given: tuple[Line, ...]
    answer: tuple[Line, ...]
    task: Task
    sound: tuple[Line, ...] = ()
    hides_meter: bool = False

    @property
    def length(self) -> int:
        """Its ticks."""
        return self.bars * self.meter.bar


class Sketch(NamedTuple):
    """An item before it is worked out: what makes it different from others, how hard it is, and how it is made."""

    name: str
    difficulty: int
    make: Callable[[], Item]


@dataclass(frozen=True, slots=True)
class Worksheet:
    """A sheet: its identity, headings, staves (clef and name, top first) and items; `difficulties` one an item.

    Where the student `reads_signatures` an item with the one of the item before begins a line, to show it.
    """

    identity: Identity
    topic: str
    title: str
    instruction: str
    staves: tuple[tuple[str, str], ...]
    items: tuple[Item, ...]
    difficulties: tuple[int, ...]
    bars_a_line: int = 4
    listening: bool = False
    reads_signatures: bool = False

    @property
    def id(self) -> str:
        """The exercise's ID as it is printed."""
        return str(self.identity)

    def starts(self) -> tuple[int, ...]:
        """The index of each item's first bar."""
        out, bar = [], 0
        for item in self.items:
            out.append(bar)
            bar += item.bars
        return tuple(out)


def single(line_staff: int, *cells: Cell) -> tuple[Line, ...]:
    """The only voice of a staff."""
    return (Line(line_staff, 0, cells),)
