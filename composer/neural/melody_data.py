"""Melodies of the open corpora as courses of events: rows of ids and targets, held-out pieces apart.

Convention: a piece is held out where blake2b of its id says so (one in ten). Steps are 12 a quarter: onsets and ends
are rounded; a played melody's durations (POP909) are first read as written ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import blake2b
from pathlib import Path
from statistics import median_low

import numpy as np
from numpy.typing import NDArray

from partimento.composer.neural.melody_features import (
    CLOSES,
    GENRES,
    GRID,
    METERS,
    PLACES,
    VALUES,
    WAYS,
    Course,
    Harmony,
    Measure,
    Row,
    Sheet,
    anchor_of,
    tell,
    value_of,
    within_reach,
)
from partimento.learning.tables import corpus
from partimento.learning.tables.corpus import Piece
from partimento.learning.tables.numerals import QUALITIES

SOURCES = ("pop909", "folk", "lieder", "openewld", "rs200")
Rows = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Tune:
    """A melody on the grid: its sheet, its notes (onset step, duration in steps, MIDI), whose it is."""

    name: str
    source: str
    sheet: Sheet
    notes: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """A tune as rows, one an event: ids of the four bags, targets, and what the net needs beside.

    `targets` (events, 5): place or END, class of value, pitch + REACH, earliest place, first place beyond the bar;
    value and pitch are -1 where the bar ends. `bars` is the bar of each event; `first` (bars, 3) the first note at or
    after each bar: bar, place, MIDI (-1: none); `anchors` each bar's.
    """

    name: str
    source: str
    event: Rows
    onset: Rows
    value: Rows
    pitch: Rows
    targets: Rows
    bars: Rows
    first: Rows
    anchors: Rows


def held_out(name: str) -> bool:
    """Whether a piece is kept for measuring: one in ten, by its id alone."""
    return blake2b(name.encode(), digest_size=8).digest()[0] < 26


def read_tunes(data: Path, sources: Sequence[str] = SOURCES) -> Iterator[Tune]:
    """The melodies of corpora in `data` (the folder with `*.jsonl.gz`) that fit the grid."""
    for source in sources:
        for piece in getattr(corpus, source)(data):
            tune = tune_of(piece)
            if tune is not None:
                yield tune


def tune_of(piece: Piece) -> Tune | None:
    """A corpus piece on the grid; None where it has too little melody or bars that do not fit."""
    notes = _on_grid(piece)
    if len(notes) < 16:
        return None
    centre = median_low(midi for _, _, midi in notes)
    bars = _measures(piece, notes, centre)
    if bars is None:
        return None
    # Empty bars before the first note and after the last are the band's, not the melody's.
    first = next(i for i, bar in enumerate(bars) if bar.start + bar.length > notes[0][0])
    last = max(i for i, bar in enumerate(bars) if bar.start <= notes[-1][0])
    bars = bars[first : last + 1]
    notes = tuple(note for note in notes if note[0] < bars[-1].start + bars[-1].length)
    sheet = Sheet(tuple(with_sources(bars, notes)), genre_of(piece), centre)
    return Tune(piece.name, piece.source, sheet, notes)


def genre_of(piece: Piece) -> int:
    """1 + the index in GENRES of what a corpus piece is."""
    if piece.source == "folk":
        return GENRES.index(piece.rhythm if piece.rhythm in GENRES else "air") + 1
    if piece.source == "lieder":
        return GENRES.index("lied") + 1
    if piece.source == "openewld":
        name = "jazz" if "jazz" in piece.genres else "folksong" if "folk" in piece.genres else "standards"
        return GENRES.index(name) + 1
    return GENRES.index(next((g for g in piece.genres if g in GENRES), "pop")) + 1


def meter_of(numerator: int, denominator: int) -> int:
    """The index in METERS of a meter; one past its end for others."""
    meter = (numerator, denominator)
    return METERS.index(meter) if meter in METERS else len(METERS)


def _on_grid(piece: Piece) -> tuple[tuple[int, int, int], ...]:
    tpq = piece.ticks_per_quarter
    out: list[tuple[int, int, int]] = []
    rows = piece.melody
    for i, (onset, duration, midi) in enumerate(rows):
        start, end = _step(onset, tpq), _step(onset + duration, tpq)
        following = _step(rows[i + 1][0], tpq) if i + 1 < len(rows) else end + GRID
        if piece.source == "pop909":
            end = start + _written(end - start, following - start)
        if out and start <= out[-1][0]:
            continue
        out.append((start, max(1, min(end, max(start + 1, following)) - start), midi))
    return tuple(out)


def _step(tick: int, tpq: int) -> int:
    return (tick * GRID * 2 + tpq) // (tpq * 2)


def _written(played: int, until: int) -> int:
    """The written value of a played note: up to the next one where little is missing, else a plain value near it."""
    if until <= 2 * GRID and played * 3 >= until * 2:
        return until
    plain = [v for v in (3, 6, 9, 12, 18, 24, 36, 48, 72, 96) if v <= until] or [until]
    return min(plain, key=lambda v: (abs(v - played * 1.1) / v, v))


def _measures(piece: Piece, notes: Sequence[tuple[int, int, int]], centre: int) -> list[Measure] | None:
    tpq = piece.ticks_per_quarter
    rows = [(_step(b.onset, tpq), _step(b.onset + b.length, tpq), b.numerator, b.denominator) for b in piece.bars]
    rows = [row for row in rows if row[1] > row[0]]
    if not rows:
        return None
    if rows[0][0] > 0:
        rows.insert(0, (0, rows[0][0], rows[0][2], rows[0][3]))
    while rows[-1][1] <= notes[-1][0]:
        start, end, numerator, denominator = rows[-1]
        rows.append((end, end + numerator * 4 * GRID // denominator, numerator, denominator))
    chords = _chords(piece)
    phrases = _phrases(piece, rows)
    out: list[Measure] = []
    at = 0
    for i, (start, end, numerator, denominator) in enumerate(rows):
        length, whole = end - start, numerator * 4 * GRID // denominator
        if max(length, whole) > PLACES or (i and rows[i - 1][1] != start):
            return None
        short_before = i == 0 or rows[i - 1][1] - rows[i - 1][0] < whole
        lead = whole - length if length < whole and short_before else 0
        tonic, mode = piece.key_at(start * tpq // GRID)
        while at < len(chords) and chords[at][1] <= start:
            at += 1
        here = [c for c in chords[at : at + 16] if c[0] < end and c[1] > start]
        told = tuple(
            Harmony(max(0, c[0] - start) + lead, (c[2] - tonic) % 12, tuple(sorted((t - tonic) % 12 for t in c[3])))
            for c in here
        )
        since, left = phrases.get(i, (0, 0))
        meter = meter_of(numerator, denominator)
        out.append(Measure(start, length, lead, meter, anchor_of(tonic, centre), mode == "minor", told, since, left))
    return _closes(out, notes)


def _chords(piece: Piece) -> list[tuple[int, int, int, tuple[int, ...]]]:
    """(start, end, root, tones) in steps and absolute pitch classes."""
    tpq = piece.ticks_per_quarter
    out = []
    for chord in piece.chords:
        tonic = piece.key_at(chord.onset)[0]
        shape = (0, 7) if chord.quality == "5" else QUALITIES[chord.quality][2]
        root = (chord.root + tonic) % 12
        start, end = _step(chord.onset, tpq), _step(chord.onset + chord.duration, tpq)
        out.append((start, end, root, tuple((root + i) % 12 for i in shape)))
    return sorted(out)


def _phrases(piece: Piece, rows: Sequence[tuple[int, int, int, int]]) -> dict[int, tuple[int, int]]:
    """Bars since the phrase's first and to its last, both from 1, of each bar whose phrase is known.

    Dance tunes go in strains of eight bars from the first full bar.
    """
    out: dict[int, tuple[int, int]] = {}
    if piece.source == "folk":
        first = 1 if len(rows) > 1 and rows[0][1] - rows[0][0] < rows[1][1] - rows[1][0] else 0
        return {i: ((i - first) % 8 + 1, 8 - (i - first) % 8) for i in range(first, len(rows))}
    tpq = piece.ticks_per_quarter
    stretches = piece.phrases or tuple((s.onset, s.end, s.kind) for s in piece.sections)
    for onset, end, _ in stretches:
        a, b = _step(onset, tpq), _step(end, tpq)
        inside = [i for i, row in enumerate(rows) if a <= row[0] < b]
        for n, i in enumerate(inside):
            out[i] = (n + 1, len(inside) - n)
    return out


def _closes(bars: list[Measure], notes: Sequence[tuple[int, int, int]]) -> list[Measure]:
    """Each phrase's close, told by its last note: tonic full; second, fifth, seventh degree half; others open."""
    out = list(bars)
    for i, bar in enumerate(bars):
        if bar.left != 1:
            continue
        last = next((n for n in reversed(notes) if n[0] < bar.start + bar.length), None)
        if last is None or last[0] < bar.start - bar.length:
            continue
        degree = (last[2] - bar.anchor) % 12
        close = CLOSES.index("full" if degree == 0 else "half" if degree in (2, 7, 11) else "open") + 1
        for j in range(i, max(-1, i - bar.since), -1):
            out[j] = replace(out[j], close=close)
    return out


def with_sources(bars: Sequence[Measure], notes: Sequence[tuple[int, int, int]]) -> list[Measure]:
    """The bars, each told which earlier one it goes back to, and how: the likest by places and relative pitches."""
    contents: list[tuple[tuple[int, int], ...]] = []
    at = 0
    for bar in bars:
        found = []
        while at < len(notes) and notes[at][0] < bar.start + bar.length:
            found.append((notes[at][0] - bar.start + bar.lead, notes[at][2] - bar.anchor))
            at += 1
        contents.append(tuple(found))
    out = []
    for i, bar in enumerate(bars):
        best = (0.0, 0, "new")
        mine = contents[i]
        for j in range(i - 1, -1, -1) if len(mine) > 1 else ():
            likeness, way = _likeness(mine, contents[j])
            if likeness > best[0] + 1e-9:
                best = (likeness, j, way)
        source = best[1] if best[2] != "new" else -1
        out.append(replace(bar, source=source, way=WAYS.index(best[2]) + 1))
    return out


@cache
def _likeness(a: tuple[tuple[int, int], ...], b: tuple[tuple[int, int], ...]) -> tuple[float, str]:
    """How like two bars are, 0 to 2, and which way one may come from the other."""
    if a == b:
        return 2.0, "exact"
    same_rhythm = len(a) == len(b) and all(x[0] == y[0] for x, y in zip(a, b, strict=True))
    common = len(set(a) & set(b)) / max(1, len(set(a) | set(b)))
    if common >= 0.5:
        return 1.0 + common / 2, "varied"
    if not same_rhythm or len(a) < 3:
        return 0.0, "new"
    steps = [(a[i][1] - a[i - 1][1], b[i][1] - b[i - 1][1]) for i in range(1, len(a))]
    if all(abs(x - y) <= 1 and (x > 0) == (y > 0) for x, y in steps):
        return 1.1 + common / 2, "sequence"
    return 0.6 + common / 2, "rhythm"


def encode(tune: Tune) -> Encoded:
    """The rows of a tune, in the order of its events; a piece's last event is the end of its last bar."""
    course = Course(tune.sheet)
    rows: list[Row] = []
    bars: list[int] = []
    firsts: list[tuple[int, int, int]] = []
    at = 0
    for i, bar in enumerate(tune.sheet.bars):
        firsts.append(_first(tune, at, i))
        here = []
        while at < len(tune.notes) and tune.notes[at][0] < bar.start + bar.length:
            onset, _, midi = tune.notes[at]
            pitch = bar.anchor + within_reach(midi - bar.anchor)
            here.append((onset - bar.start + bar.lead, _fitting(tune, at), pitch))
            at += 1
        rows += tell(course, here)
        bars += [i] * (len(here) + 1)
    anchors = [bar.anchor for bar in tune.sheet.bars]
    return Encoded(
        tune.name, tune.source, _table([row.event for row in rows]), _table([row.onset for row in rows]),
        _table([row.value for row in rows]), _table([row.pitch for row in rows]),
        _table([row.target for row in rows]), _table(bars), _table(firsts), _table(anchors),
    )  # fmt: skip


def _table(rows: Sequence[Sequence[int] | int]) -> Rows:
    return np.array(rows, np.int16)


def _first(tune: Tune, at: int, bar: int) -> tuple[int, int, int]:
    """The first note from a bar on: its bar, place and MIDI number."""
    if at >= len(tune.notes):
        return (-1, -1, -1)
    onset, _, midi = tune.notes[at]
    while tune.sheet.bars[bar].start + tune.sheet.bars[bar].length <= onset:
        bar += 1
    return (bar, onset - tune.sheet.bars[bar].start + tune.sheet.bars[bar].lead, midi)


def _fitting(tune: Tune, at: int) -> int:
    """The class of a note's duration, none that would run into the next note."""
    onset, duration, _ = tune.notes[at]
    value = value_of(duration)
    if at + 1 < len(tune.notes):
        while value and VALUES[value] > tune.notes[at + 1][0] - onset:
            value -= 1
    return value
