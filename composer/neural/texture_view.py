"""What the texture model sees while a pianist's part is written, note by note: the same in training and in composing.

Conventions: time in grid units, GRID to the quarter note. A pitch is coded above its chord's root: `place(root)` is the
root between G1 and F#2, code 12 is that root itself, so that a figure keeps its codes when the chord changes. Notes
come in order of (onset, pitch). A row is a bag of indices into a table of embeddings, 0 where there is nothing to say.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

GRID = 12
STEPS = 49
"""Classes of the time to the next note: 0 (the same onset) to 48 units."""
CODES = 80
REST = CODES
"""The code of a rest: nothing for 48 units."""
DURATIONS = (1, 2, 3, 4, 6, 8, 9, 12, 15, 18, 24, 30, 36, 48, 60, 72, 96)
LAGS = (1, 2, 4, 8)
METERS = {(24, False): 1, (36, False): 2, (48, False): 3, (36, True): 4, (54, True): 5, (72, True): 6, (72, False): 7}
"""Class by (units a bar, compound); a bar of other lengths is none of them."""
STYLES = ("pop", "lied")
ONSETS = (1, 3, 5, 7, 9, 12, 16)
"""Bounds of the classes of onsets a bar of 48 units."""
THICKNESS = (1.15, 1.6, 2.2, 3.0)
LOWEST = (36, 43, 50, 57)
HIGHEST = (62, 67, 72, 79)


class Bar(NamedTuple):
    """A bar: start and length in units, meter class (0: none of METERS)."""

    start: int
    length: int
    meter: int


class Harmony(NamedTuple):
    """A chord from `start` on: root pitch class, tones and bass as steps above it, the tonic too; minor key or not."""

    start: int
    root: int
    tones: tuple[int, ...]
    bass: int
    tonic: int
    minor: bool


class Sung(NamedTuple):
    """A melody note, in units; MIDI pitch."""

    start: int
    end: int
    pitch: int


class Key(NamedTuple):
    """A piano note, in units; MIDI pitch."""

    onset: int
    pitch: int
    duration: int


class Wish(NamedTuple):
    """What a bar is to be like, as classes from 0 (-1: not said): how many onsets, how thick, how low, how high."""

    onsets: int = -1
    thick: int = -1
    low: int = -1
    high: int = -1


NO_WISH = Wish()


@dataclass(frozen=True, slots=True)
class Page:
    """What is given: bars end to end, chords in order (at least one), melody in order, a wish a bar, the style."""

    bars: tuple[Bar, ...]
    chords: tuple[Harmony, ...]
    melody: tuple[Sung, ...]
    wishes: tuple[Wish, ...]
    style: int
    starts: tuple[int, ...] = field(init=False)
    changes: tuple[int, ...] = field(init=False)
    sung: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "starts", tuple(bar.start for bar in self.bars))
        object.__setattr__(self, "changes", tuple(chord.start for chord in self.chords))
        object.__setattr__(self, "sung", tuple(note.start for note in self.melody))

    def bar_at(self, at: int) -> int:
        """The index of the bar that holds `at`, the first or last one outside."""
        return max(0, bisect_right(self.starts, at) - 1)

    def chord_at(self, at: int) -> Harmony:
        """The chord that sounds at `at`."""
        return self.chords[max(0, bisect_right(self.changes, at) - 1)]

    def chord_after(self, at: int) -> Harmony | None:
        """The next chord after `at`."""
        i = bisect_right(self.changes, at)
        return self.chords[i] if i < len(self.chords) else None

    def sung_at(self, at: int) -> Sung | None:
        """The melody note that sounds at `at`."""
        i = bisect_right(self.sung, at) - 1
        return self.melody[i] if i >= 0 and self.melody[i].end > at else None

    def sung_between(self, start: int, end: int) -> tuple[Sung, ...]:
        """The melody notes that begin in [start, end)."""
        return self.melody[bisect_left(self.sung, start) : bisect_left(self.sung, end)]


_PLACES = tuple(31 + (root - 31) % 12 for root in range(12))


def place(root: int) -> int:
    """The MIDI pitch of a root pitch class between G1 (31) and F#2 (42).

    >>> place(0), place(7)
    (36, 31)
    """
    return _PLACES[root]


def code_of(pitch: int, root: int) -> int:
    """A pitch above the root: 12 is the root at its place; within 0 to CODES - 1."""
    code = pitch - _PLACES[root] + 12
    return code if 0 <= code < CODES else 0 if code < 0 else CODES - 1


def pitch_of(code: int, root: int) -> int:
    """The MIDI pitch of a code."""
    return code + place(root) - 12


def duration_class(units: int) -> int:
    """The nearest of DURATIONS, the shorter of two alike."""
    return min(range(len(DURATIONS)), key=lambda i: (abs(DURATIONS[i] - units), i))


def wish_of(notes: Sequence[Key], length: int) -> Wish:
    """What a bar of `length` units is like."""
    if not notes:
        return Wish(0, -1, -1, -1)
    onsets = len({note.onset for note in notes})
    return Wish(
        bisect_right(ONSETS, onsets * 48 / max(1, length)),
        bisect_right(THICKNESS, len(notes) / onsets),
        bisect_right(LOWEST, min(note.pitch for note in notes)),
        bisect_right(HIGHEST, max(note.pitch for note in notes)),
    )


class _Table:
    """Names to ranges of indices; 0 is nothing."""

    def __init__(self, fields: Sequence[tuple[str, int]]) -> None:
        self.base: dict[str, int] = {}
        self.size = 1
        for name, size in fields:
            self.base[name] = self.size
            self.size += size


WHEN = _Table(
    (
        ("position", 97), ("meter", 8), ("style", 2), ("fresh", 2), ("change", 50), ("melody", 16), ("onsets", 8),
        ("thick", 5), ("coming", 8), ("together", 7), ("count", 33), ("lag1", 50), ("lag2", 50), ("lag4", 50),
        ("lag8", 50),
    )
)  # fmt: skip
WHAT = _Table(
    (
        ("position", 97), ("meter", 8), ("style", 2), ("step", STEPS), ("place", 12), ("tone", 12), ("bass", 12),
        ("key", 24), ("next", 12), ("change", 50), ("sung", 12), ("register", 43), ("struck", 2), ("onsets", 8),
        ("thick", 5), ("low", 5), ("high", 5), ("lowest", CODES), ("together", CODES), ("before", CODES),
        *((f"lag{lag}", CODES) for lag in LAGS), *((f"long{lag}", len(DURATIONS)) for lag in LAGS),
    )
)  # fmt: skip
WHEN_WIDTH = 30
WISHED_WHEN = (4, 5, 6)
WISHED_WHAT, BEFORE, STEP, WHAT_WIDTH = (8, 9, 10, 11), (12, 19), 28, 42
"""Columns of the wishes in both rows, of the notes struck before, of the step; lags come first, then their lengths."""


class View:
    """The part as far as it is written: `when()` before a time is chosen, `what()` before a pitch is.

    It is moved on by `write` (a note) and `rest`. `first` is the bar it begins in.
    """

    def __init__(self, page: Page, first: int = 0) -> None:
        self.page = page
        self.at = page.bars[first].start
        self.bar = first
        self.fresh = True
        self.group: list[int] = []
        self.before: list[int] = []
        self.count = 0
        self.written: dict[int, list[tuple[int, int, int]]] = {}
        self.notes: list[Key] = []

    def copy(self) -> View:
        """Another that goes on from here."""
        other = View(self.page)
        other.at, other.bar, other.fresh, other.count = self.at, self.bar, self.fresh, self.count
        other.group, other.before, other.notes = [*self.group], [*self.before], [*self.notes]
        other.written = {bar: [*entries] for bar, entries in self.written.items()}
        return other

    def turn(self, bar: int) -> None:
        """Begin afresh at the start of a bar: what was written before stays known, what was last struck does not."""
        self.at, self.bar, self.fresh = self.page.bars[bar].start, bar, True
        self.group, self.before, self.count = [], [], 0

    def when(self) -> list[int]:
        """The row for the time of the next note, WHEN_WIDTH indices."""
        page, base = self.page, WHEN.base
        bar = page.bars[self.bar]
        offset = self.at - bar.start
        row = [0, 0, 0, 0]
        for i, lag in enumerate(LAGS):
            step = self._step(lag, offset)
            if step >= 0:
                row[i] = base[f"lag{lag}"] + min(step, 49)
        wish = page.wishes[self.bar]
        coming = page.wishes[self.bar + 1] if self.bar + 1 < len(page.wishes) else NO_WISH
        row.append(base["onsets"] + wish.onsets if wish.onsets >= 0 else 0)
        row.append(base["thick"] + wish.thick if wish.thick >= 0 else 0)
        row.append(base["coming"] + coming.onsets if coming.onsets >= 0 else 0)
        after = page.chord_after(self.at)
        row += [
            base["position"] + min(offset, 96),
            base["meter"] + bar.meter,
            base["style"] + page.style,
            base["fresh"] + self.fresh,
            base["change"] + (min(after.start - self.at, 49) if after is not None else 49),
            base["together"] + min(len(self.group), 6),
            base["count"] + min(self.count, 32),
        ]
        i = bisect_right(page.sung, self.at)
        while i < len(page.sung) and page.sung[i] - self.at <= 48 and len(row) < WHEN_WIDTH:
            row.append(base["melody"] + (page.sung[i] - self.at - 1) // 3)
            i += 1
        return row + [0] * (WHEN_WIDTH - len(row))

    def what(self, step: int) -> list[int]:
        """The row for the pitch of a note `step` units on, WHAT_WIDTH indices."""
        page, base = self.page, WHAT.base
        onset = self.at + step
        index = page.bar_at(onset)
        bar, wish = page.bars[index], page.wishes[index]
        chord, after = page.chord_at(onset), page.chord_after(onset)
        new = step > 0 or self.fresh
        group = [] if new else self.group
        before = self.group if new and not self.fresh else self.before
        row = [0] * 8
        for i, lag in enumerate(LAGS):
            found = self._same(index - lag, bar, onset - bar.start, code_of(group[-1], chord.root) if group else -1)
            if found is not None:
                row[i], row[4 + i] = base[f"lag{lag}"] + found[1], base[f"long{lag}"] + found[2]
        for name, value in zip(("onsets", "thick", "low", "high"), wish, strict=True):
            row.append(base[name] + value if value >= 0 else 0)
        codes = [base["before"] + code_of(p, chord.root) for p in before[:6]]
        row += codes + [0] * (6 - len(codes))
        row.append(base["lowest"] + code_of(before[0], chord.root) if before else 0)
        codes = [base["together"] + code_of(p, chord.root) for p in group[-6:]]
        row += codes + [0] * (6 - len(codes))
        sung = page.sung_at(onset)
        row += [
            base["position"] + min(onset - bar.start, 96),
            base["meter"] + bar.meter,
            base["style"] + page.style,
            base["step"] + min(step, STEPS - 1),
            base["place"] + place(chord.root) - 31,
            base["bass"] + chord.bass,
            base["key"] + chord.tonic + 12 * chord.minor,
            base["next"] + (after.root - chord.root) % 12 if after is not None else 0,
            base["change"] + (min(after.start - onset, 49) if after is not None else 49),
            base["sung"] + (sung.pitch - chord.root) % 12 if sung is not None else 0,
            base["register"] + min(42, sung.pitch // 3) if sung is not None else 0,
            base["struck"] + (sung is not None and sung.start == onset),
            *(base["tone"] + tone for tone in chord.tones[:5]),
        ]
        return row + [0] * (WHAT_WIDTH - len(row))

    def write(self, step: int, pitch: int, duration: int) -> None:
        """Take a note `step` units after the last one."""
        self._move(step)
        chord = self.page.chord_at(self.at)
        self.group.append(pitch)
        self.count += 1
        entry = (self.at - self.page.bars[self.bar].start, code_of(pitch, chord.root), duration_class(duration))
        self.written.setdefault(self.bar, []).append(entry)
        self.notes.append(Key(self.at, pitch, duration))

    def rest(self) -> None:
        """Take a rest of 48 units."""
        self._move(STEPS - 1)

    def _move(self, step: int) -> None:
        if step or self.fresh:
            if not self.fresh:
                self.before = self.group
            self.group = []
        self.fresh = False
        self.at += step
        bar = self.page.bar_at(self.at)
        if bar != self.bar:
            self.bar, self.count = bar, 0

    def _step(self, lag: int, offset: int) -> int:
        """Units to the next note as it came `lag` bars before, or -1."""
        there = self.bar - lag
        bars = self.page.bars
        if there < 0 or bars[there].length != bars[self.bar].length:
            return -1
        entries = self.written.get(there, ())
        last = -1 if self.fresh or not self.group else code_of(self.group[-1], self.page.chord_at(self.at).root)
        for entry in entries[bisect_left(entries, (offset, last + 1, -1)) :]:
            return entry[0] - offset
        if lag > 1 and self.written.get(there + 1):
            return bars[there].length - offset + self.written[there + 1][0][0]
        return 49 if entries else -1

    def _same(self, there: int, bar: Bar, offset: int, above: int) -> tuple[int, int, int] | None:
        """The note at the same place in an earlier bar, the lowest above a code."""
        if there < 0 or self.page.bars[there].length != bar.length:
            return None
        entries = self.written.get(there, [])
        i = bisect_left(entries, (offset, above + 1, -1))
        return entries[i] if i < len(entries) and entries[i][0] == offset else None
