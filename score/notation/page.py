"""The Page: what a sheet of music says, complete enough that every notation format is a plain walk over it.

Conventions: onsets and durations are ticks of the Song (480 a quarter, tick 0 the first written bar's start; on a lead
sheet with repeats the ticks of the sheet itself). Pitches are as written: already transposed for transposing
instruments. Every voice fills its bars with events, rests included. Bars are common to all parts.
"""

from __future__ import annotations

from dataclasses import dataclass

from partimento.score.song import Drum
from partimento.theory.chord import Chord
from partimento.theory.key import Key
from partimento.theory.meter import TICKS, Meter
from partimento.theory.pitch import Pitch

KINDS: dict[str, int] = {
    "breve": 8 * TICKS, "whole": 4 * TICKS, "half": 2 * TICKS, "quarter": TICKS, "eighth": TICKS // 2,
    "16th": TICKS // 4, "32nd": TICKS // 8, "64th": TICKS // 16, "128th": TICKS // 32,
}  # fmt: skip
"""Note kinds by MusicXML's names, with their undotted length in ticks."""

CLEFS = ("treble", "bass", "alto", "tenor", "percussion", "treble8vb", "bass8vb", "treble8va")
NOTEHEADS = ("normal", "x", "circle-x", "diamond", "triangle", "slash")
BEAMS = ("begin", "continue", "end", "forward hook", "backward hook")
MARKS = ("staccato", "staccatissimo", "tenuto", "accent", "strong-accent", "up-bow", "down-bow", "fermata", "open",
         "stopped", "arpeggiate")  # fmt: skip
"""Marks of an event by MusicXML's element names ("strong-accent" is marcato; "open" an open hi-hat)."""


@dataclass(frozen=True, slots=True)
class Value:
    """A written note value: a kind of KINDS, dots, and `actual` notes in the time of `normal` (1:1 is no tuplet)."""

    kind: str
    dots: int = 0
    actual: int = 1
    normal: int = 1

    @property
    def ticks(self) -> int:
        """Its length."""
        plain = KINDS[self.kind]
        return (2 * plain - (plain >> self.dots)) * self.normal // self.actual


@dataclass(frozen=True, slots=True)
class PageNote:
    """One notehead. `pitch` is written; of a `drum` it is the place on the staff (as if in treble clef).

    `velocity` 1-127 is how it is meant to be played; `head` is one of NOTEHEADS; ties join it to the next, or the one
    before, of its pitch. A short stroke ends `release` ticks before its value does.
    """

    pitch: Pitch
    velocity: int = 80
    drum: Drum | None = None
    head: str = "normal"
    tie_start: bool = False
    tie_stop: bool = False
    parentheses: bool = False
    release: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """A note, chord or rest (no `notes`) of one voice, with its stem, beams and marks.

    `duration` is the value's ticks, 0 of a grace note. `tuplet` is "start", "stop" or "" (the bracket's ends);
    `beams` hold one of BEAMS a level, from the eighth's down. A `whole_bar` rest fills its bar whatever the meter;
    a `hidden` rest fills a voice's time and is not printed. Slurs are numbered by nothing: none lie within another.
    """

    onset: int
    duration: int
    value: Value
    notes: tuple[PageNote, ...] = ()
    grace: bool = False
    beams: tuple[str, ...] = ()
    tuplet: str = ""
    marks: tuple[str, ...] = ()
    slur_start: bool = False
    slur_stop: bool = False
    lyric: str | None = None
    stem: str = ""
    whole_bar: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice in one bar: `number` from 1 within its part and the same from bar to bar, `staff` from 1 downwards."""

    number: int
    staff: int
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Direction:
    """Something said over or under a staff of one part.

    `kind` is "dynamic" (`text` "mf"), "crescendo" or "diminuendo" (with `duration`), "words" (`text`: "pizz."),
    "clef" (`text` one of CLEFS, from here on) or "pedal" (with `duration`).
    """

    onset: int
    kind: str
    text: str = ""
    duration: int = 0
    staff: int = 1


@dataclass(frozen=True, slots=True)
class Harmony:
    """A chord symbol over the staff; `chord` None prints N.C. Sounding, or written where the part transposes."""

    onset: int
    chord: Chord | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Figured bass under the lowest staff: `figures` from the top down as (number, sign), 0 for a sign alone; signs are
    those of `theory.figured_bass`."""

    onset: int
    figures: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """What one part has in one bar."""

    voices: tuple[Voice, ...]
    directions: tuple[Direction, ...] = ()
    harmonies: tuple[Harmony, ...] = ()
    figures: tuple[Figures, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One player's part: `clefs` one a staff, top first; `measures` one a bar of the Page.

    `transposes` is written minus sounding in (letters, semitones), (0, 0) at concert pitch: a trumpet's (1, 2).
    `track` is the Song track's name; `channel` counts from 0, 9 is the drums'. `drums` are all pieces it strikes.
    """

    track: str
    name: str
    abbreviation: str
    instrument: str
    role: str
    clefs: tuple[str, ...]
    measures: tuple[Measure, ...]
    transposes: tuple[int, int] = (0, 0)
    channel: int = 0
    program: int = 0
    drums: tuple[Drum, ...] = ()


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of all parts. `number` is printed: a pick-up is 0 and `implicit`.

    `meter` and `key` (sounding) hold in it and are printed where `shows_meter`, `shows_key`: of a pick-up the meter is
    the one that follows; where `hides_meter` it holds unprinted (in MusicXML alone). `section` is the rehearsal mark at
    its beginning. `repeat_start` opens a repeat, `repeat_end` closes one that is played so many times (0: none);
    `volta` holds the endings' numbers over this bar, `volta_start` and `volta_stop` its bracket's ends. `barline` is
    the right one: "", "double" or "final".
    """

    number: int
    start: int
    length: int
    meter: Meter
    key: Key
    shows_meter: bool = False
    shows_key: bool = False
    implicit: bool = False
    section: str = ""
    repeat_start: bool = False
    repeat_end: int = 0
    volta: tuple[int, ...] = ()
    volta_start: bool = False
    volta_stop: bool = False
    barline: str = ""
    new_system: bool = False
    hides_meter: bool = False

    @property
    def end(self) -> int:
        """The tick after its last."""
        return self.start + self.length


@dataclass(frozen=True, slots=True)
class TempoMark:
    """A tempo over the top staff: `beat` = `bpm`; `quarter_bpm` for playing.

    `text` is a word before it ("Medium Swing"), or stands alone ("rit.", "a tempo"); the number is printed where it
    `shows_number` and `bpm` is above 0. Without either the tempo is only played.
    `ramp_to` is a ramp's goal in quarters a minute and `duration` its ticks, else 0.
    """

    onset: int
    quarter_bpm: float
    beat: Value = Value("quarter")
    bpm: float = 0.0
    text: str = ""
    shows_number: bool = True
    ramp_to: float = 0.0
    duration: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """A score, a part or a lead sheet. `swing` is "" for straight, "eighth" or "16th" for what is swung.

    `swing_ratio` is the longer of the two by the shorter (2 is a triplet feel). `kind` is "score", "part" or
    "lead sheet".
    """

    title: str
    kind: str
    bars: tuple[Bar, ...]
    parts: tuple[Part, ...]
    tempos: tuple[TempoMark, ...] = ()
    swing: str = ""
    swing_ratio: float = 1.0
    subtitle: str = ""
    composer: str = ""

    @property
    def end(self) -> int:
        """The last bar line."""
        return self.bars[-1].end if self.bars else 0
