"""Four-part chorales as examples: pitches of soprano, alto, tenor and bass on a grid of sixteenths, and their chords.

Conventions: a pitch token is 0 for silence, else MIDI number - LOW + 1; voices stand in the order of the file, S A T B.
A chord token is 4 * root + quality for the triads (sevenths folded in), OTHER where four pitches make none, REST for
silence: fifty classes, a function of the four pitches alone.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from partimento.theory.errors import TrainingError

Ints = NDArray[np.int64]

FILE = "open/chorales_jsb16_trainvalid.json.gz"
HYMNS = "open/hymns_openhymnal_satb.jsonl.gz"

LOW, HIGH = 33, 84
PITCHES = HIGH - LOW + 2
START = PITCHES
"""What stands where there was no step before."""
TRIADS = ((4, 7), (3, 7), (3, 6), (4, 8))
"""Thirds and fifths of the qualities: major, minor, diminished, augmented."""
OTHER, REST = 48, 49
CHORDS = 50
KINDS = ("chorale", "hymn")
PARTS = ("soprano", "alto", "tenor", "bass")
RUN = 12
"""So many intervals in a row in common make two tunes the same."""
MOST_HELD = 32
WIDEST = 30
"""The largest interval in semitones that has a class of its own."""
NO_INTERVAL = 2 * WIDEST + 1
INTERVALS = 2 * WIDEST + 2


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece: tokens (steps, 4), how each voice got where it is and since when, chords (steps) and since when.

    `held` counts sixteenths from 1, at most MOST_HELD; `came` is the interval by which a voice reached its pitch, as
    an index of `interval`; `kind` one of KINDS.
    """

    name: str
    pitches: Ints
    held: Ints
    came: Ints
    chords: Ints
    chord_held: Ints
    kind: int = 0


def chord_of(pitches: tuple[int, ...]) -> int:
    """The chord token of MIDI pitches (-1: silent); of several readings the one that leaves least unexplained."""
    sounding = [p for p in pitches if p >= 0]
    if not sounding:
        return REST
    return triad_of(frozenset(p % 12 for p in sounding), min(sounding) % 12)


@cache
def triad_of(numbers: frozenset[int], bass: int) -> int:
    """The chord token of pitch classes: a seventh costs 1, another left-over tone 2, a missing fifth 2."""
    best, least = OTHER, 100
    for root in (*range(bass, 12), *range(bass)):
        have = {(n - root) % 12 for n in numbers}
        for quality, (third, fifth) in enumerate(TRIADS):
            if not {0, third} <= have or (fifth not in have and quality > 1):
                continue
            sevenths = {9, 10} if quality == 2 else {10, 11}
            cost = sum(1 if n in sevenths else 2 for n in have - {0, third, fifth}) + 2 * (fifth not in have)
            if cost < least:
                best, least = 4 * root + quality, cost
    return best


def interval(before: int, after: int) -> int:
    """The class of the interval between two pitch tokens: 0 to 2 * WIDEST, NO_INTERVAL where either is silent."""
    if before in (0, START) or after in (0, START):
        return NO_INTERVAL
    return max(-WIDEST, min(WIDEST, after - before)) + WIDEST


def encode(name: str, rows: list[list[int]], kind: int = 0) -> Piece:
    """A piece of rows of four MIDI pitches (-1: silent); TrainingError for other rows or pitches out of LOW-HIGH."""
    for step, row in enumerate(rows):
        if len(row) != 4 or not all(isinstance(p, int) and (p == -1 or LOW <= p <= HIGH) for p in row):
            raise TrainingError(f"'{name}', step {step}: {row!r:.60} is no row of four pitches {LOW}-{HIGH} or -1")
    if not rows:
        raise TrainingError(f"'{name}' has no steps")
    pitches = np.array([[0 if p < 0 else p - LOW + 1 for p in row] for row in rows], dtype=np.int64)
    chords = np.array([chord_of(tuple(row)) for row in rows], dtype=np.int64)
    held, came = np.ones_like(pitches), np.full_like(pitches, NO_INTERVAL)
    chord_held = np.ones_like(chords)
    for t in range(1, len(rows)):
        chord_held[t] = min(MOST_HELD, chord_held[t - 1] + 1) if chords[t] == chords[t - 1] else 1
        for v in range(4):
            same = pitches[t, v] == pitches[t - 1, v]
            held[t, v] = min(MOST_HELD, held[t - 1, v] + 1) if same else 1
            came[t, v] = came[t - 1, v] if same else interval(int(pitches[t - 1, v]), int(pitches[t, v]))
    return Piece(name, pitches, held, came, chords, chord_held, kind)


def transposed(piece: Piece, by: int) -> Piece:
    """The piece `by` semitones higher; chords turn with it."""
    if not by:
        return piece
    pitches = np.where(piece.pitches > 0, piece.pitches + by, 0)
    turned = (piece.chords // 4 + by) % 12 * 4 + piece.chords % 4
    chords = np.where(piece.chords < OTHER, turned, piece.chords)
    return replace(piece, pitches=pitches, chords=chords)


def keys_in_range(piece: Piece, ranges: tuple[tuple[int, int], ...]) -> tuple[int, ...]:
    """The transpositions, -6 to 6 semitones at the most, that leave each voice inside its (lowest, highest) token."""
    found = []
    for by in range(-6, 7):
        inside = True
        for v, (low, high) in enumerate(ranges):
            sung = piece.pitches[:, v][piece.pitches[:, v] > 0]
            inside = inside and (not len(sung) or (sung.min() + by >= low and sung.max() + by <= high))
        if inside or by == 0:
            found.append(by)
    return tuple(found)


def ranges_of(pieces: list[Piece]) -> tuple[tuple[int, int], ...]:
    """Each voice's lowest and highest pitch token over all pieces."""
    columns = [np.concatenate([p.pitches[:, v] for p in pieces]) for v in range(4)]
    return tuple((int(c[c > 0].min()), int(c[c > 0].max())) for c in columns)


def read_split(path: Path, split: str) -> list[Piece]:
    """The pieces of a split ("train", "valid") of a file of the JSB benchmark's shape.

    Raises TrainingError where the file cannot be read, is of another shape, or has no such split.
    """
    try:
        data = json.loads(gzip.decompress(path.read_bytes()))
    except FileNotFoundError:
        raise TrainingError(f"there is no file '{path}'") from None
    except (OSError, EOFError, ValueError) as error:
        raise TrainingError(f"'{path}' cannot be read as gzipped JSON: {error}") from None
    splits = sorted(k for k, v in data.items() if isinstance(v, list)) if isinstance(data, dict) else []
    if split not in splits:
        raise TrainingError(f"'{path}' has no split '{split}'. Splits: {', '.join(splits) or 'none'}")
    pieces = data[split]
    if not pieces or not all(isinstance(p, list) and all(isinstance(row, list) for row in p) for p in pieces):
        raise TrainingError(f"the split '{split}' of '{path}' is no list of pieces, each a list of rows")
    return [encode(f"{split}/{i}", rows) for i, rows in enumerate(pieces)]


def read_hymns(path: Path, unlike: Sequence[Piece]) -> list[Piece]:
    """The hymns in range that have the four voices, on the same grid, less those whose tune is in one of `unlike`."""
    try:
        lines = gzip.decompress(path.read_bytes()).decode().splitlines()
        rows = [json.loads(line) for line in lines]
    except FileNotFoundError:
        raise TrainingError(f"there is no file '{path}'") from None
    except (OSError, EOFError, ValueError) as error:
        raise TrainingError(f"'{path}' cannot be read as gzipped JSON lines: {error}") from None
    if not rows:
        raise TrainingError(f"'{path}' cannot be read as gzipped JSON lines: it has none")
    known = {run for piece in unlike for run in _runs(piece)}
    found = []
    for row in rows:
        try:
            grid = _on_grid(row["parts"], row["tpq"]) if set(row["parts"]) == set(PARTS) else []
        except (KeyError, TypeError, ValueError):
            raise TrainingError(f"'{path}', '{row!r:.40}': no hymn with parts and tpq") from None
        if grid and all(p == -1 or LOW <= p <= HIGH for step in grid for p in step):
            piece = encode(row["id"], grid, KINDS.index("hymn"))
            if known.isdisjoint(_runs(piece)):
                found.append(piece)
    return found


def _runs(piece: Piece) -> set[tuple[int, ...]]:
    """All runs of RUN intervals of the soprano, repeated notes taken as one."""
    tune = [int(p) for p in piece.pitches[:, 0] if p > 0]
    steps = [b - a for a, b in pairwise(tune) if a != b]
    return {tuple(steps[i : i + RUN]) for i in range(len(steps) - RUN + 1)}


def _on_grid(parts: dict[str, list[list[int]]], tpq: int) -> list[list[int]]:
    end = max((note[0] + note[1] for notes in parts.values() for note in notes), default=0)
    step = tpq // 4
    grid = [[-1] * 4 for _ in range(-(-end // step))]
    for voice, name in enumerate(PARTS):
        for onset, duration, pitch, *_ in parts[name]:
            for t in range(onset // step, max(onset // step + 1, (onset + duration) // step)):
                grid[t][voice] = pitch
    return grid
