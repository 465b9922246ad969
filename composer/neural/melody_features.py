"""What the melody net is told: bars, chords, phrase, key and register, and what was sung at the same place before.

Convention: time is a grid of 12 steps a quarter. A *place* is a step of the written bar (a pick-up bar starts late);
the place END says "no more notes in this bar". Pitches are *relative*: MIDI minus the bar's anchor, the tonic nearest
to the line's centre. A line is a course of events (the bar begins; a note), each told as a row of ids; 0 is "not
known", and every row depends on conditions and on what went before alone. Training and composing build rows by this
code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

GRID = 12
PLACES = 96
END = PLACES
VALUES = (
    1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16, 18, 20, 21, 24, 27, 30, 33, 36, 42, 48, 54, 60, 66, 72, 84, 96,
)  # fmt: skip
"""Durations in grid steps; others become the nearest."""
REACH = 24
PITCHES = 2 * REACH + 1
WIDE = 30
"""Intervals and pitches told as conditions are cut at this many semitones."""
LAGS = (1, 2, 4, 8)
WAYS = ("exact", "varied", "sequence", "rhythm", "new")
CLOSES = ("full", "half", "open")
GENRES = (
    "pop", "rock", "soul", "blues", "country", "standards", "jazz", "folksong", "reel", "jig", "hornpipe", "air",
    "waltz", "slipjig", "strathspey", "lied",
)  # fmt: skip
METERS = (
    (2, 4), (3, 4), (4, 4), (2, 2), (6, 8), (9, 8), (12, 8), (3, 8), (6, 4), (3, 2), (5, 4), (7, 8),
)  # fmt: skip
PHRASE = 16
RECENT = 24
"""How many notes back register and the scale in use are looked for."""

_NEAREST = tuple(min(range(len(VALUES)), key=lambda i: (abs(VALUES[i] - n), i)) for n in range(VALUES[-1] + 1))


def value_of(steps: int) -> int:
    """The class of a duration in grid steps."""
    return _NEAREST[max(1, min(steps, VALUES[-1]))]


class Harmony(NamedTuple):
    """A chord from a place on: root and tones as semitones above the tonic, 0-11."""

    place: int
    root: int
    tones: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """One bar: grid steps, the place of its first step, its key and chords, where in the phrase it stands.

    `since` counts bars from the phrase's first (1), `left` bars to its last (1), 0 unknown; `close` is 0 or 1 + an
    index of CLOSES; `source` is the number of an earlier bar, or -1, `way` 1 + an index of WAYS, or 0.
    """

    start: int
    length: int
    lead: int
    meter: int
    anchor: int
    minor: bool
    chords: tuple[Harmony, ...] = ()
    since: int = 0
    left: int = 0
    close: int = 0
    source: int = -1
    way: int = 0

    def chord_at(self, place: int) -> Harmony | None:
        """The chord that holds at a place."""
        found = None
        for chord in self.chords:
            if found is not None and chord.place > place:
                break
            found = chord
        return found

    def chord_after(self, place: int) -> Harmony | None:
        """The next chord of this bar after a place."""
        return next((chord for chord in self.chords if chord.place > place), None)


class Ahead(NamedTuple):
    """The known note beyond a gap: its bar, its place there, its MIDI number."""

    bar: int
    place: int
    midi: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """The conditions of a line: bars, genre (0 or 1 + an index of GENRES), centre (MIDI), the note beyond the gap."""

    bars: tuple[Measure, ...]
    genre: int
    centre: int
    ahead: Ahead | None = None


class Layout:
    """Which column of a row is which field, and where its ids begin; a field is (name, values, columns)."""

    def __init__(self, *fields: tuple[str, int, int]) -> None:
        self.bases: list[int] = []
        self.column: dict[str, int] = {}
        self.base: dict[str, int] = {}
        self.width: dict[str, int] = {}
        at = 1
        for name, values, columns in fields:
            self.column[name], self.base[name], self.width[name] = len(self.bases), at, columns
            self.bases += [at] * columns
            at += values
        self.size = at

    def row(self, values: Sequence[int]) -> list[int]:
        """The ids of values in the order of the columns; -1 becomes 0, not known."""
        return [base + value if value >= 0 else 0 for base, value in zip(self.bases, values, strict=True)]

    def columns(self, *names: str) -> list[int]:
        """The columns of fields."""
        return [c for name in names for c in range(self.column[name], self.column[name] + self.width[name])]


_V, _P, _W = len(VALUES), PLACES + 1, 2 * WIDE + 1
_BAR = (("meter", len(METERS) + 1, 1), ("genre", len(GENRES), 1), ("minor", 2, 1), ("since", PHRASE, 1),
        ("left", PHRASE, 1), ("close", len(CLOSES), 1))  # fmt: skip
_AHEAD = (("ahead bars", 9, 1), ("ahead place", PLACES, 1))
EVENT = Layout(
    *_BAR, ("kind", 3, 1), ("place", PLACES, 1), ("value", _V, 1), ("pitch", _W, 1), ("interval", _W, 1),
    ("degree", 12, 1), ("count", 10, 1), ("root", 12, 1), ("way", len(WAYS), 1),
)  # fmt: skip
ONSET = Layout(
    *_BAR, *_AHEAD, ("earliest", _P, 1), ("last", PLACES, 1), ("second", PLACES, 1), ("count", 10, 1), ("empty", 5, 1),
    *((f"lag{k}", _P, 1) for k in LAGS), *((f"match{k}", 2, 1) for k in LAGS), ("source", _P, 1),
    ("way", len(WAYS), 1), ("by way", len(WAYS) * _P, 1), ("source match", 2, 1), ("value", _V, 1), ("pitch", _W, 1),
    ("change", _P, 1), ("root", 12, 1), ("before", 10, 1),
)  # fmt: skip
VALUE = Layout(
    *_BAR, *_AHEAD, ("place", PLACES, 1), ("room", _P, 1), ("value", _V, 1), ("value2", _V, 1), ("rest", 25, 1),
    *((f"lag{k}", _V, 1) for k in LAGS), ("source", _V, 1), ("way", len(WAYS), 1), ("by way", len(WAYS) * _V, 1),
    ("count", 10, 1), ("pitch", _W, 1), ("change", 49, 1),
)  # fmt: skip
PITCH = Layout(
    *_BAR, *_AHEAD, ("ahead pitch", _W, 1), ("place", PLACES, 1), ("value", _V, 1), ("root", 12, 1),
    ("tones", 12, 7), ("next root", 12, 1), ("next tones", 12, 7), ("next", 49, 1), ("pitch", _W, 1),
    ("pitch2", _W, 1), ("pitch3", _W, 1), ("interval", _W, 1), ("degree", 12, 1), ("last value", _V, 1),
    ("rest", 25, 1), *((f"lag{k}", _W, 1) for k in LAGS), *((f"match{k}", 2, 1) for k in LAGS), ("source", _W, 1),
    ("way", len(WAYS), 1), ("by way", len(WAYS) * _W, 1), ("source match", 2, 1), ("moved", _W, 1),
    ("top", _W, 1), ("bottom", _W, 1), ("centre", 13, 1), ("used", 12, 12),
)  # fmt: skip


class Sung(NamedTuple):
    """A note as its bar remembers it: place, class of value, relative pitch."""

    place: int
    value: int
    pitch: int


@dataclass(slots=True)
class Course:
    """A line as it is written: what has been sung, and the rows of ids for what comes next."""

    sheet: Sheet
    bar: int = 0
    bars: list[list[Sung]] = field(default_factory=list)
    recent: list[int] = field(default_factory=list)
    values: list[int] = field(default_factory=list)
    ends: int = -1
    empty: int = 0
    spoken: bool = False

    def copy(self) -> Course:
        """A course that goes on by itself; bars that are over are shared."""
        new = replace(self, bars=[*self.bars], recent=[*self.recent], values=[*self.values])
        if new.bars:
            new.bars[-1] = [*new.bars[-1]]
        return new

    def open_bar(self, bar: int) -> None:
        """Begin a bar; bars are opened in order, from 0."""
        if self.bars:
            self.empty = 0 if self.bars[-1] else min(4, self.empty + 1)
        self.bar = bar
        self.bars.append([])
        self.spoken = False

    def sing(self, place: int, value: int, midi: int) -> None:
        """Add a note to the open bar."""
        measure = self.sheet.bars[self.bar]
        self.bars[self.bar].append(Sung(place, value, midi - measure.anchor))
        self.ends = measure.start + place - measure.lead + VALUES[value]
        self.recent = [*self.recent[-RECENT:], midi]
        self.values = [*self.values[-1:], value]
        self.spoken = True

    @property
    def earliest(self) -> int:
        """The first place of the open bar where the next note may start."""
        measure = self.sheet.bars[self.bar]
        sung = self.bars[self.bar]
        after = sung[-1].place + 1 if sung else measure.lead
        return max(after, min(END, self.ends - measure.start + measure.lead))

    def event(self) -> list[int]:
        """The row of what happened last: the bar began, or a note was sung."""
        measure = self.sheet.bars[self.bar]
        common = self._common(measure)
        if not self.spoken:
            chord = measure.chord_at(measure.lead)
            count = min(9, len(self.bars[self.bar - 1])) if self.bar else -1
            rest = [-1, -1, -1, -1, -1, count, chord.root if chord else -1, measure.way - 1]
            return EVENT.row([*common, 0 if self.recent else 2, *rest])
        note = self.bars[self.bar][-1]
        chord = measure.chord_at(note.place)
        interval = _wide(self.recent[-1] - self.recent[-2]) if len(self.recent) > 1 else -1
        degree = (note.pitch - chord.root) % 12 if chord else -1
        told = [1, note.place, note.value, _wide(note.pitch), interval, degree]
        return EVENT.row([*common, *told, min(9, len(self.bars[self.bar])), chord.root if chord else -1, -1])

    def onset(self) -> list[int]:
        """The row for "where in this bar is the next note"."""
        measure = self.sheet.bars[self.bar]
        mine = self.bars[self.bar]
        earliest = self.earliest
        nexts, matches = [], []
        for lag in LAGS:
            before = self._back(lag)
            nexts.append(_next(before, earliest))
            matches.append(_same_places(before, mine, earliest))
        source = self._source(measure)
        change = measure.chord_after(earliest - 1)
        chord = measure.chord_at(earliest)
        after = _next(source, earliest)
        way = measure.way - 1
        return ONSET.row([
            *self._common(measure), *self._ahead(), min(END, earliest), mine[-1].place if mine else -1,
            mine[-2].place if len(mine) > 1 else -1, min(9, len(mine)), self.empty, *nexts, *matches, after, way,
            way * _P + after if after >= 0 and way >= 0 else -1, _same_places(source, mine, earliest),
            self.values[-1] if self.values else -1, self._last(measure, 1), change.place if change else END,
            chord.root if chord else -1, min(9, len(self.bars[self.bar - 1])) if self.bar else -1,
        ])  # fmt: skip

    def value(self, place: int) -> list[int]:
        """The row for "how long is the note that starts at this place"."""
        measure = self.sheet.bars[self.bar]
        mine = self.bars[self.bar]
        lags = [_value_at(self._back(lag), place) for lag in LAGS]
        source = _value_at(self._source(measure), place)
        way = measure.way - 1
        change = measure.chord_after(place)
        values = self.values
        return VALUE.row([
            *self._common(measure), *self._ahead(), place, max(0, min(END, measure.lead + measure.length - place)),
            values[-1] if values else -1, values[-2] if len(values) > 1 else -1, self._rest(measure, place), *lags,
            source, way, way * _V + source if source >= 0 and way >= 0 else -1, min(9, len(mine)),
            self._last(measure, 1), min(48, change.place - place) if change else -1,
        ])  # fmt: skip

    def pitch(self, place: int, value: int) -> list[int]:
        """The row for "which pitch has the note at this place, of this value"."""
        measure = self.sheet.bars[self.bar]
        mine = self.bars[self.bar]
        lags, matches = [], []
        for lag in LAGS:
            before = self._back(lag)
            lags.append(_pitch_at(before, place))
            matches.append(_same_pitches(before, mine))
        chord, following, distance = self._chords(measure, place)
        source = self._source(measure)
        pitch, moved = _pitch_at(source, place), self._moved(source, measure, place)
        way = measure.way - 1
        last = self._last(measure, 1)
        ahead = self.sheet.ahead
        lately = self.recent[-RECENT:]
        used = {(midi - measure.anchor) % 12 for midi in lately}
        interval = _wide(self.recent[-1] - self.recent[-2]) if len(self.recent) > 1 else -1
        return PITCH.row([
            *self._common(measure), *self._ahead(), _wide(ahead.midi - measure.anchor) if ahead else -1, place, value,
            *_tones(chord), *_tones(following), distance, last, self._last(measure, 2), self._last(measure, 3),
            interval, (last - WIDE - chord.root) % 12 if chord and last >= 0 else -1,
            self.values[-1] if self.values else -1, self._rest(measure, place), *lags, *matches, pitch, way,
            way * _W + pitch if pitch >= 0 and way >= 0 else -1, _same_pitches(source, mine), moved,
            _wide(max(lately) - measure.anchor) if lately else -1,
            _wide(min(lately) - measure.anchor) if lately else -1,
            max(0, min(12, self.sheet.centre - measure.anchor + 6)), *(pc if pc in used else -1 for pc in range(12)),
        ])  # fmt: skip

    def _common(self, measure: Measure) -> tuple[int, ...]:
        return (measure.meter, self.sheet.genre - 1, int(measure.minor), min(PHRASE, measure.since) - 1,
                min(PHRASE, measure.left) - 1, measure.close - 1)  # fmt: skip

    def _ahead(self) -> tuple[int, int]:
        ahead = self.sheet.ahead
        return (-1, -1) if ahead is None else (min(8, ahead.bar - self.bar), ahead.place)

    def _back(self, lag: int) -> list[Sung] | None:
        return self.bars[self.bar - lag] if self.bar >= lag else None

    def _source(self, measure: Measure) -> list[Sung] | None:
        return self.bars[measure.source] if 0 <= measure.source < self.bar else None

    def _last(self, measure: Measure, back: int) -> int:
        return _wide(self.recent[-back] - measure.anchor) if len(self.recent) >= back else -1

    def _rest(self, measure: Measure, place: int) -> int:
        return -1 if self.ends < 0 else max(0, min(24, measure.start + place - measure.lead - self.ends))

    def _chords(self, measure: Measure, place: int) -> tuple[Harmony | None, Harmony | None, int]:
        """The chord at a place, the one after it (the next bar's first included), steps until that."""
        chord, following = measure.chord_at(place), measure.chord_after(place)
        if following is not None:
            return chord, following, min(48, following.place - place)
        if self.bar + 1 < len(self.sheet.bars):
            after = self.sheet.bars[self.bar + 1]
            there = after.chord_at(after.lead)
            if there is not None:
                shift = measure.anchor - after.anchor
                moved = Harmony(0, (there.root - shift) % 12, tuple((t - shift) % 12 for t in there.tones))
                return chord, moved, max(0, min(48, measure.lead + measure.length - place))
        return chord, None, -1

    def _moved(self, source: list[Sung] | None, measure: Measure, place: int) -> int:
        """The last pitch moved by the step that the source bar takes to this place."""
        if not source or not self.recent:
            return -1
        for before, note in zip(source, source[1:], strict=False):
            if note.place == place:
                return _wide(self.recent[-1] - measure.anchor + note.pitch - before.pitch)
        return -1


def _wide(semitones: int) -> int:
    return max(-WIDE, min(WIDE, semitones)) + WIDE


def _next(bar: list[Sung] | None, earliest: int) -> int:
    if bar is None:
        return -1
    return next((note.place for note in bar if note.place >= earliest), END)


def _same_places(bar: list[Sung] | None, mine: list[Sung], earliest: int) -> int:
    if bar is None:
        return -1
    return int([n.place for n in bar if n.place < earliest] == [n.place for n in mine])


def _value_at(bar: list[Sung] | None, place: int) -> int:
    return next((note.value for note in bar or () if note.place == place), -1)


def _pitch_at(bar: list[Sung] | None, place: int) -> int:
    return next((_wide(note.pitch) for note in bar or () if note.place == place), -1)


def _same_pitches(bar: list[Sung] | None, mine: list[Sung]) -> int:
    if bar is None:
        return -1
    return int([(n.place, n.pitch) for n in bar[: len(mine)]] == [(n.place, n.pitch) for n in mine])


def _tones(chord: Harmony | None) -> list[int]:
    if chord is None:
        return [-1] * 8
    tones = chord.tones[:7]
    return [chord.root, *tones, *[-1] * (7 - len(tones))]


class Row(NamedTuple):
    """One event told, and what came of it: ids of the four bags (value and pitch: zeros where the bar ends).

    `target` is place or END, class of value, pitch + REACH (both -1 where the bar ends), the earliest place that was
    possible and the first place beyond the bar.
    """

    event: list[int]
    onset: list[int]
    value: list[int]
    pitch: list[int]
    target: tuple[int, int, int, int, int]


_NO_VALUE, _NO_PITCH = [0] * len(VALUE.bases), [0] * len(PITCH.bases)


def tell(course: Course, notes: Sequence[tuple[int, int, int]]) -> list[Row]:
    """Open the next bar and sing its notes (place, class of value, MIDI); one row a note and one for the bar's end."""
    course.open_bar(len(course.bars))
    measure = course.sheet.bars[course.bar]
    beyond = measure.lead + measure.length
    rows = []
    for place, value, midi in notes:
        low = min(course.earliest, END)
        target = (place, value, midi - measure.anchor + REACH, low, beyond)
        rows.append(Row(course.event(), course.onset(), course.value(place), course.pitch(place, value), target))
        course.sing(place, value, midi)
    low = min(course.earliest, END)
    rows.append(Row(course.event(), course.onset(), _NO_VALUE, _NO_PITCH, (END, -1, -1, low, beyond)))
    return rows


def hear(course: Course, notes: Sequence[tuple[int, int, int]]) -> list[list[int]]:
    """As `tell`, but what happened alone: the rows of the events."""
    course.open_bar(len(course.bars))
    rows = [course.event()]
    for place, value, midi in notes:
        course.sing(place, value, midi)
        rows.append(course.event())
    return rows


def within_reach(pitch: int) -> int:
    """A relative pitch within REACH: octaves are taken off beyond it."""
    while abs(pitch) > REACH:
        pitch -= 12 if pitch > 0 else -12
    return pitch


def anchor_of(tonic: int, centre: int) -> int:
    """The MIDI number of the tonic nearest to a centre, the lower of two."""
    return centre - 6 + (tonic - centre + 6) % 12
