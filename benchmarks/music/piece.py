"""A Piece: what the benchmark measures of any music, people's or ours, and where its notes lie in the bars.

Conventions: times are ticks of the piece's own ``tpq``; pitch classes are 0-11 with C = 0.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


class Tone(NamedTuple):
    """A sounding pitched note: onset and duration in ticks, MIDI pitch, velocity 0-127 (0: unknown)."""

    onset: int
    duration: int
    midi: int
    velocity: int


class Harmony(NamedTuple):
    """A chord: onset and duration in ticks, root pitch class, pitch classes sounding (sorted), its written label."""

    onset: int
    duration: int
    root: int
    classes: tuple[int, ...]
    label: str


@dataclass(frozen=True, slots=True)
class Piece:
    """What a piece is for measuring; any of melody, counter, accompaniment and chords may be empty.

    ``bars`` holds every bar's start and, last, the end of the last bar. ``beat`` is the felt beat in ticks.
    ``tonic`` is the pitch class of the closing key, None if unknown. Drums are not part of a Piece.
    """

    name: str
    tpq: int
    bars: tuple[int, ...]
    beat: int
    melody: tuple[Tone, ...]
    accompaniment: tuple[Tone, ...] = ()
    counter: tuple[Tone, ...] = ()
    chords: tuple[Harmony, ...] = ()
    tonic: int | None = None
    sections: tuple[tuple[int, str], ...] = ()

    @property
    def all_tones(self) -> tuple[Tone, ...]:
        return self.melody + self.counter + self.accompaniment


def place(piece: Piece, tick: int, steps_a_quarter: int) -> tuple[int, int]:
    """Return the bar index and the step within the bar nearest to a tick, ``steps_a_quarter`` steps a quarter."""
    index = min(max(bisect_right(piece.bars, tick) - 1, 0), len(piece.bars) - 2)
    step = math.floor((tick - piece.bars[index]) * steps_a_quarter / piece.tpq + 0.5)
    # A note played a little before the bar line belongs to the bar that it anticipates by less than half a step.
    length = (piece.bars[index + 1] - piece.bars[index]) * steps_a_quarter // piece.tpq
    if step >= length and index + 2 < len(piece.bars):
        return index + 1, 0
    return index, step


def bars_of(tones: Iterable[Tone], piece: Piece) -> dict[int, frozenset[tuple[int, int]]]:
    """Return, by bar index, the set of (onset in sixteenths, pitch); empty bars are absent."""
    found: dict[int, set[tuple[int, int]]] = {}
    for tone in tones:
        index, within = place(piece, tone.onset, 4)
        found.setdefault(index, set()).add((within, tone.midi))
    return {index: frozenset(found[index]) for index in sorted(found)}


def melody_shingles(piece: Piece, bars: int = 8) -> set[tuple[tuple[int, int], ...]]:
    """Return every stretch of ``bars`` bars of melody, transposed to begin on 0, as (sixteenth, interval) tuples.

    Stretches in which fewer than half the bars hold a note are left out: silence is no melody.
    """
    by_bar: dict[int, list[tuple[int, int]]] = {}
    for tone in piece.melody:
        index, within = place(piece, tone.onset, 4)
        by_bar.setdefault(index, []).append((within, tone.midi))
    found: set[tuple[tuple[int, int], ...]] = set()
    if not by_bar:
        return found
    for first in range(min(by_bar), max(by_bar) - bars + 2):
        held = [i for i in range(first, first + bars) if i in by_bar]
        if 2 * len(held) >= bars and first in by_bar:
            start = by_bar[first][0][1]
            found.add(tuple(((i - first) * 1000 + w, p - start) for i in held for w, p in by_bar[i]))
    return found


def melody_steps(piece: Piece) -> tuple[tuple[int, int], ...]:
    """Return the melody as (interval in semitones, distance of onsets in sixteenths), one for each pair of notes."""
    line = sorted(piece.melody)
    return tuple(
        (b.midi - a.midi, round((b.onset - a.onset) * 4 / piece.tpq)) for a, b in zip(line, line[1:], strict=False)
    )
