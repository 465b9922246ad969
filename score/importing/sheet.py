"""A sheet of foreign music, bar by bar as written: what a reader of notation finds before anything is unfolded.

Conventions: ticks count from the bar's start (a grace note may lie before it); pitches sound; parts have the same bars.
From here on `sheet_draft` makes a Draft of it: repeats, ties, loudness, meters and keys are worked out there.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from partimento.score.song import Drum
from partimento.theory.chord import Chord
from partimento.theory.interval import Interval
from partimento.theory.meter import TICKS
from partimento.theory.pitch import Pitch

GRACE = 60
"""Ticks that a grace note takes from what is before it: a 32nd."""
MARKS = ("ppp", "pp", "p", "mp", "mf", "f", "ff", "fff")
SLOWEST, FASTEST = 5.0, 1000.0
"""Quarters a minute that are believed; what lies beyond is brought to these."""
MOST_BAR = 512 * 4 * TICKS
"""Ticks of the longest bar that is read."""
MOST_TIMES = 16
"""How often a repeat is played at the most, and the highest number of an ending."""
_STEPS = (0, 1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6)
"""Letters of the usual interval of so many semitones."""


@dataclass(frozen=True, slots=True)
class PartHead:
    """What the part list says of one part; `drums` maps instrument ids to pieces."""

    id: str
    name: str
    is_drums: bool = False
    program: int | None = None
    volume: int | None = None
    pan: int | None = None
    drums: dict[str, Drum] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WrittenChord:
    """A chord symbol at a tick of its bar; `chord` None is N.C.; `unread` is what is printed where it is no chord of
    ours."""

    tick: int
    chord: Chord | None
    unread: str = ""


@dataclass(slots=True)
class RawNote:
    """A note as written; `velocity` 0 where none is said, `verses` (number, syllable), `slurred` on to the next.

    `breath` tells that a breath mark or caesura follows it."""

    onset: int
    duration: int
    pitch: Pitch | Drum
    velocity: int
    voice: tuple[int, str]
    articulation: str
    slurred: bool
    grace: bool
    tie_start: bool
    tie_stop: bool
    verses: tuple[tuple[str, str], ...]
    fermata: bool = False
    breath: bool = False


@dataclass(slots=True)
class Said:
    """What one part says in one bar; `endings` are numbers of a bracket that starts here, `ending_stops` where it ends.

    `repeat_end` is how many times the repeat is played (0: none is closed here). `hairpins` are (tick, kind, number),
    kind "crescendo", "diminuendo" or "stop"; `pedals` (tick, 127 down or 0 up). `swing` tells that swing is marked.
    """

    tempos: list[tuple[int, float]] = field(default_factory=list)
    scaled: list[tuple[int, float]] = field(default_factory=list)
    marks: list[tuple[int, str]] = field(default_factory=list)
    loudness: list[tuple[int, int]] = field(default_factory=list)
    hairpins: list[tuple[int, str, str]] = field(default_factory=list)
    pedals: list[tuple[int, int]] = field(default_factory=list)
    rehearsals: list[tuple[int, str]] = field(default_factory=list)
    repeat_start: bool = False
    repeat_end: int = 0
    endings: tuple[int, ...] = ()
    ending_stops: bool = False
    segno: bool = False
    coda: bool = False
    to_coda: bool = False
    da_capo: bool = False
    dal_segno: bool = False
    fine: bool = False
    swing: bool = False


@dataclass(slots=True)
class PartBar:
    """One bar of one part: `length` ticks that its notes and rests fill, `sounding` its notes alone; what is `said`;
    chords; key and meter where they change, the key as (fifths that sound, mode); `repeats_before` how many bars back
    lies the one that a sign of repetition stands for, 0 without one; `number` as printed, None for none or "X1"."""

    notes: list[RawNote] = field(default_factory=list)
    length: int = 0
    sounding: int = 0
    said: Said = field(default_factory=Said)
    chords: list[WrittenChord] = field(default_factory=list)
    key: tuple[int, str] | None = None
    times: list[tuple[str, str]] = field(default_factory=list)
    repeats_before: int = 0
    number: int | None = None


@dataclass(slots=True)
class SheetPart:
    """One part: its head, its bars, what was `dropped` by kind (see sheet_draft), how many values were `rounded`."""

    head: PartHead
    bars: list[PartBar]
    dropped: Counter[str] = field(default_factory=Counter)
    rounded: int = 0


def usual_interval(semitones: int) -> Interval:
    """The interval by which an instrument of that transposition sounds away from its page, negative downwards."""
    octaves, rest = divmod(abs(semitones), 12)
    return Interval((_STEPS[rest] + 7 * octaves) * (-1 if semitones < 0 else 1), semitones)
