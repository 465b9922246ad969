"""What the harmony model sees and says: chords as numbers, and the row of facts that stands before each of them.

Convention: time is in halves, half felt beats from the song's start (eight to a bar of 4/4). A chord is root * 10 +
quality, its root in chromatic steps above the local tonic; NOTHING stands for no chord. Corpora and songs of ours go
through the same `facts`, so that training and composing cannot differ.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

QUALITIES = ("maj", "min", "7", "maj7", "min7", "dim", "hdim7", "sus", "aug", "5")
TONES: dict[str, tuple[int, ...]] = {
    "maj": (4, 7), "min": (3, 7), "7": (4, 7, 10), "maj7": (4, 7, 11), "min7": (3, 7, 10), "dim": (3, 6),
    "hdim7": (3, 6, 10), "sus": (5, 7, 10), "aug": (4, 8), "5": (7,),
}  # fmt: skip
CHORDS = 12 * len(QUALITIES)
NOTHING = CHORDS
BASSES = ("root", "third", "fifth", "seventh", "other")
NO_BASS = len(BASSES)
LENGTHS = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 32)
"""Lengths in halves that the model tells apart; others count as the nearest."""
LAGS = (2, 4, 8, 16)
"""Bars back at which it looks what stood there; beside them the last section of the same name at the same place."""
REFERENCES = len(LAGS) + 1
SOURCES = ("billboard", "rs200", "pop909", "openewld", "jazz_ngrams", "")
GENRES = ("pop", "rock", "soul", "country", "blues", "jazz", "standards", "folk", "")
KINDS = ("intro", "verse", "prechorus", "chorus", "bridge", "solo", "instrumental", "outro", "other", "")
CLOSES = ("authentic", "plagal", "half", "open", "")
"""How a section ends: V-I, else on the tonic, on the dominant, elsewhere; "" is not told. In each of these lists the
last entry stands for what is not known."""
BARS = 33
PHRASE_BARS = 10
METERS = (8, 6, 4, 12)
"""Halves of the bars told apart; what is left is one class."""
PLACES = 16

FIELDS = (
    "chord", "bass", "length", "source", "genre", "mode", "kind", "bar", "left", "phrase_bar", "phrase_left", "close",
    "meter", "place",
)  # fmt: skip
REFERENCE_FIELDS = ("chord", "bass", "remains", "began", "match")
SIZES: dict[str, int] = {
    "chord": CHORDS + 1, "bass": NO_BASS + 1, "length": len(LENGTHS) + 1, "source": len(SOURCES), "genre": len(GENRES),
    "mode": 2, "kind": len(KINDS), "bar": BARS, "left": BARS, "phrase_bar": PHRASE_BARS, "phrase_left": PHRASE_BARS,
    "close": len(CLOSES), "meter": len(METERS) + 1, "place": PLACES, "remains": 17, "began": 2, "match": 5,
}  # fmt: skip
WIDTH = len(FIELDS) + REFERENCES * len(REFERENCE_FIELDS)
"""Numbers in a row of facts."""

_NEAREST = tuple(min(range(len(LENGTHS)), key=lambda i: (abs(LENGTHS[i] - n), i)) for n in range(LENGTHS[-1] + 1))


class Sounding(NamedTuple):
    """What sounds in one half: a chord and its bass, one of BASSES by number."""

    chord: int
    bass: int


SILENT = Sounding(NOTHING, NO_BASS)


class Span(NamedTuple):
    """A section or phrase from `start` to `end` (halves), with what is known of it."""

    start: int
    end: int
    kind: int = len(KINDS) - 1
    close: int = len(CLOSES) - 1
    before: int = -1
    """Where the last one of the same name begins; -1 where there is none."""


class Setting(NamedTuple):
    """What holds for a whole song: genre and source by number, bar starts in halves (one more than there are bars)."""

    source: int
    genre: int
    bars: tuple[int, ...]


def chord_of(root: int, quality: str) -> int:
    """The number of a chord; `quality` is one of QUALITIES."""
    return root % 12 * len(QUALITIES) + QUALITIES.index(quality)


def bass_of(root: int, bass: int) -> int:
    """Which of BASSES a bass tone is above a root, both in chromatic steps."""
    return (0, 4, 4, 1, 1, 4, 2, 2, 2, 4, 3, 3)[(bass - root) % 12]


def length_of(halves: int) -> int:
    """The class of a length."""
    return _NEAREST[min(max(halves, 1), LENGTHS[-1])]


def facts(
    setting: Setting, grid: Sequence[Sounding], at: int, last: tuple[int, int, int], mode: int,
    section: Span | None, phrase: Span | None, start: int = 0,
) -> list[int]:  # fmt: skip
    """The row before the chord that begins at half `at`; WIDTH numbers.

    `grid` is what sounds, half by half, up to `at` (what is after it is not looked at); `last` the chord, bass and
    length class before, `mode` 0 for major and 1 for minor; nothing before half `start` is remembered.
    """
    bars = setting.bars
    bar = min(bisect_right(bars, at) - 1, len(bars) - 2)
    width = bars[bar + 1] - bars[bar]
    row = [*last, setting.source, setting.genre, mode]
    if section is None:
        row += [len(KINDS) - 1, BARS - 1, BARS - 1]
    else:
        past, left = _past_and_left(bars, bar, section)
        row += [section.kind, min(past, BARS - 2), min(left, BARS - 2)]
    if phrase is None:
        row += [PHRASE_BARS - 1, PHRASE_BARS - 1]
    else:
        past, left = _past_and_left(bars, bar, phrase)
        row += [min(past, PHRASE_BARS - 2), min(left, PHRASE_BARS - 2)]
    row.append(section.close if section is not None else len(CLOSES) - 1)
    row.append(METERS.index(width) if width in METERS else len(METERS))
    row.append(min(at - bars[bar], PLACES - 1))
    for lag in LAGS:
        there = bars[bar - lag] + min(at - bars[bar], bars[bar - lag + 1] - bars[bar - lag] - 1) if bar >= lag else -1
        row += _look(grid, there, at, start)
    there = section.before + at - section.start if section is not None and section.before >= 0 else -1
    row += _look(grid, there, at, start)
    return row


def _past_and_left(bars: Sequence[int], bar: int, span: Span) -> tuple[int, int]:
    """Bars of a span before a bar, and after it."""
    return max(0, bar - (bisect_right(bars, span.start) - 1)), max(0, bisect_right(bars, span.end - 1) - 1 - bar)


def _look(grid: Sequence[Sounding], there: int, at: int, start: int) -> tuple[int, int, int, int, int]:
    """What stood at half `there`: chord, bass, halves until it changed, whether it began there, and the likeness.

    The likeness is how many quarters of the 16 halves before `there` sounded as the 16 before `at`.
    """
    if there < start or there >= at:
        return NOTHING, NO_BASS, 0, 0, 0
    chord, bass = grid[there]
    end = there + 1
    while end < at and end - there < 16 and grid[end] == (chord, bass):
        end += 1
    began = int(there == start or grid[there - 1] != (chord, bass))
    past = min(16, there - start)
    same = sum(grid[there - i].chord == grid[at - i].chord for i in range(1, past + 1))
    return chord, bass, end - there, began, 0 if past < 4 else same * 4 // past
