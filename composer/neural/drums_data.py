"""Groove MIDI performances as grids for the drums model; the data's own split, "train" and "validation".

Conventions: see composer/neural/drums. A recording is a Take; beats that leave the groove for the toms or a roll count
as fills, and so does every recording that is called one. Fills were recorded alone: `spliced` puts them behind a groove
of their style, as they are played in songs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partimento.composer.neural.drums import BARS, CLASSES, place_codes, style_code
from partimento.learning.grooves.performance import Performance, perform, records
from partimento.theory.errors import TrainingError

FILE = "drums_groove_midi.jsonl.gz"
LICENCE = "CC BY 4.0"
SPLITS = ("train", "validation")
SAME = {"crash2": "crash", "songo": "latin", "bossa": "latin"}
"""Pieces and styles that are learned as another one."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Take:
    """One recording: `codes` (steps, 4) as the model takes them, `hits`, `velocity`, `delay`, `offset` (steps, 12).

    `delay` is ms from the swung grid without the recording's own lag, `offset` ms from the plain grid, lag and swing
    included; both 0 where nothing is struck.
    """

    name: str
    split: str
    style: str
    fill: bool
    division: int
    step_ms: float
    codes: Ints
    hits: Floats
    velocity: Floats
    delay: Floats
    offset: Floats

    @property
    def bar(self) -> int:
        """Steps of a bar of four quarters."""
        return 4 * self.division


def take_of(performance: Performance, split: str) -> Take:
    """A performance as a Take."""
    division, bar = performance.steps_per_beat, performance.steps_per_bar
    steps = performance.bars * bar
    hits, velocity, delay, offset = (np.zeros((steps, len(CLASSES)), dtype=np.float32) for _ in range(4))
    beat_ms = 60000.0 / performance.bpm
    point = performance.swing / (1.0 + performance.swing)
    swung = (0.0, point / 2, 0.5, 0.5 + point / 2) if division == 4 else (0.0, 1 / 3, point)
    for hit in performance.hits:
        column = CLASSES.index(SAME.get(hit.piece, hit.piece))
        if hits[hit.step, column] and velocity[hit.step, column] >= hit.velocity:
            continue
        slot = hit.step % division
        hits[hit.step, column] = 1.0
        velocity[hit.step, column] = hit.velocity
        delay[hit.step, column] = hit.deviation_ms
        offset[hit.step, column] = hit.deviation_ms + performance.lag_ms + (swung[slot] - slot / division) * beat_ms
    whole = performance.beat_type == "fill"
    fill = np.ones(steps, dtype=np.int64) if whole else _fills(hits, division, bar)
    style = style_code(SAME.get(performance.style, performance.style))
    codes = place_codes(steps, division, style, fill.tolist(), bar=bar).numpy()
    return Take(
        performance.name, split, performance.style, whole, division, beat_ms / division,
        codes, hits, velocity, delay, offset,
    )  # fmt: skip


def _fills(hits: Floats, division: int, bar: int) -> Ints:
    """1 for the steps of beats with toms where this groove has none, or three snares where it has one or none."""
    if bar % division:
        return np.zeros(len(hits), dtype=np.int64)
    beats = hits.reshape(-1, division, len(CLASSES)).sum(axis=1)
    toms = beats[:, CLASSES.index("tom1") :].sum(axis=1)
    snares = beats[:, CLASSES.index("snare")]
    out = np.zeros(len(beats), dtype=np.int64)
    around = bar // division
    for place in range(around):
        there = slice(place, None, around)
        rare = np.mean(toms[there] > 0) < 0.15
        quiet = np.mean(snares[there]) < 1.5
        out[there] = ((toms[there] > 0) & rare) | ((snares[there] >= 3) & quiet)
    return np.repeat(out, division)


def takes(data: Path) -> list[Take]:
    """All recordings of the set in the folder `data` (or in its `open`), in file order.

    Raises TrainingError where the file is missing, cut short or holds something else.
    """
    path = next((p for p in (data / FILE, data / "open" / FILE) if p.is_file()), None)
    if path is None:
        raise TrainingError(f"no '{FILE}' in '{data}': it is the Groove MIDI Dataset, a recording a line")
    found: list[Take] = []
    line = 1
    try:
        for record in records(path):
            performance = perform(record)
            split = str(record["split"])
            if performance is not None and split in SPLITS:
                found.append(take_of(performance, split))
            line += 1
    except (OSError, EOFError, ValueError, KeyError, TypeError, AssertionError, ZeroDivisionError) as error:
        raise TrainingError(f"'{path}', line {line}: not a drum performance ({error})") from None
    if not {take.split for take in found} >= set(SPLITS):
        raise TrainingError(f"'{path}' has no recordings of both splits, {' and '.join(SPLITS)}")
    return found


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Some steps of a Take, or of two, one behind the other: fields as of a Take."""

    step_ms: float
    codes: Ints
    hits: Floats
    velocity: Floats
    delay: Floats
    offset: Floats


def excerpt(take: Take, start: int, steps: int) -> Excerpt:
    """`steps` of a Take from `start` on, fewer at its end."""
    cut = slice(start, start + steps)
    return Excerpt(take.step_ms, take.codes[cut], take.hits[cut], take.velocity[cut], take.delay[cut], take.offset[cut])


def spliced(groove: Take, start: int, fill: Take, bars: int) -> Excerpt:
    """`bars` bars of a groove from the bar line `start` on, a recorded fill, and the groove again from its start.

    The fill ends at a bar line; places, tempo and style are the groove's.
    """
    bar = groove.bar
    lead = groove.hits[start : start + bars * bar]
    struck = np.flatnonzero(fill.hits.any(axis=1))
    size = min(2 * bar, -(-(struck[-1] + 1) // bar) * bar) if len(struck) else bar
    middle = np.zeros((size, len(CLASSES)), dtype=np.float32)
    middle[: len(fill.hits[:size])] = fill.hits[:size]
    hits = np.concatenate((lead, middle, groove.hits[start : start + bar]))
    flags = np.zeros(len(hits), dtype=np.int64)
    flags[len(lead) : len(lead) + size] = 1
    flags[: len(lead)] = groove.codes[start : start + len(lead), 3]
    first = BARS - bars - size // bar
    codes = place_codes(len(hits), groove.division, int(groove.codes[0, 2]), flags.tolist(), first).numpy()
    none = np.zeros_like(hits)
    return Excerpt(groove.step_ms, codes, hits, none, none, none)


def together(excerpts: Sequence[Excerpt]) -> dict[str, NDArray[Any]]:
    """Excerpts padded to the longest: arrays of their fields by name, and `lengths`."""
    longest = max(len(e.hits) for e in excerpts)

    def padded(name: str) -> NDArray[Any]:
        rows = [getattr(e, name) for e in excerpts]
        return np.stack([np.pad(row, ((0, longest - len(row)), (0, 0))) for row in rows])

    found = {name: padded(name) for name in ("codes", "hits", "velocity", "delay", "offset")}
    found["step_ms"] = np.array([e.step_ms for e in excerpts], dtype=np.float32)
    found["lengths"] = np.array([len(e.hits) for e in excerpts], dtype=np.int64)
    return found
