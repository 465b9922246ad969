"""Which partials and bands sound in which cell: the arrays by which synth/neural/cells.py computes many at once.

Conventions: as synth/neural/cells.py; places of notes and columns among the Voices', on the CPU.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from partimento.synth.neural.events import BLOCK
from partimento.synth.neural.tones import FRAME
from partimento.synth.neural.voices import Columns, Notes

FRAMES = 384
"""Frames of a span: fewer cost more steps, of which only one thread at a time can take those that are Python's."""
SPAN = FRAMES * FRAME
_MOST_COLUMNS, _MOST_MOVING = 512, 64
"""Cells of partials with more columns are divided."""


class Cells(NamedTuple):
    """Cells as arrays: of each its group and span, its notes, its columns, the first `early` of which are its early
    half, and which of the cell's notes each column belongs to, -1 where there is none."""

    group: NDArray[np.int64]
    span: NDArray[np.int64]
    notes: NDArray[np.int64]
    columns: NDArray[np.int64]
    local: NDArray[np.int64]
    early: int

    @property
    def halves(self) -> list[tuple[int, slice]]:
        """The halves that have columns: 0 or 1, and which."""
        both = (0, slice(0, self.early)), (1, slice(self.early, self.columns.shape[1]))
        return [(late, half) for late, half in both if half.stop > half.start]


class Known:
    """What of the notes is asked on the CPU."""

    def __init__(self, notes: Notes) -> None:
        self.onset, self.end, self.group, self.moving, self.stereo = (
            each.cpu().numpy() for each in (notes.onset, notes.end, notes.group, notes.moving, notes.stereo)
        )


def cells_of(known: Known, columns: Columns, first: int, spans: int, kind: int) -> list[tuple[Cells, int]]:
    """The cells of some spans with their variants: moving 1, stereo 2; one variant's lie together, large ones first."""
    late = known.onset % FRAME // BLOCK
    begin = np.maximum((known.onset - late * BLOCK) // SPAN, first)
    until = np.minimum(-(-(known.end - late * BLOCK) // SPAN), first + spans)
    times = np.maximum(until - begin, 0)
    note = np.repeat(np.arange(len(times)), times)
    span = begin[note] + np.arange(len(note)) - np.repeat(np.cumsum(times) - times, times)
    variant = 0 * note if kind else (known.moving + 2 * known.stereo)[note]
    name = (variant * spans + span - first) * (int(known.group.max(initial=0)) + 1) + known.group[note]
    order = np.argsort(name, kind="stable")
    note, span, variant, name = note[order], span[order], variant[order], name[order]
    local = _positions(name)
    of, ends = columns.note.cpu().numpy(), columns.end.cpu().numpy()
    begins = np.searchsorted(of, note)  # a note's columns lie side by side
    counts = np.searchsorted(of, note, side="right") - begins
    pair = np.repeat(np.arange(len(note)), counts)
    column = np.repeat(begins - (np.cumsum(counts) - counts), counts) + np.arange(len(pair))
    heard = ends[column] > (span * SPAN + late[note] * BLOCK)[pair]
    pair, column = pair[heard], column[heard]
    most = np.where(variant[pair] % 2 == 1, _MOST_MOVING, _MOST_COLUMNS)
    part = _positions(name[pair]) // most if not kind else 0 * pair
    names = np.unique(name)
    members = np.zeros((len(names), int(local.max(initial=0)) + 1), np.int64)
    members[np.searchsorted(names, name), local] = note
    found: list[tuple[Cells, int]] = []
    for each in np.unique(variant[pair]):
        mine = variant[pair] == each
        pairs = pair[mine]
        lot = _lot(name[pairs] * (len(pair) + 1) + part[mine], pairs, column[mine], local[pairs], late[note[pairs]])
        head = lot.group
        lot = lot._replace(
            group=known.group[note[head]], span=span[head], notes=members[np.searchsorted(names, name[head])]
        )  # fmt: skip
        found.append((lot, int(each)))
    return found


def _lot(
    cell: NDArray[np.int64], pair: NDArray[np.int64], column: NDArray[np.int64], local: NDArray[np.int64],
    late: NDArray[np.int64],
) -> Cells:  # fmt: skip
    """Columns in the rows of their cells, the largest cell first; `group` is the first pair of each."""
    order = np.argsort(2 * cell + late, kind="stable")
    cell, pair, column, local, late = cell[order], pair[order], column[order], local[order], late[order]
    place = _positions(2 * cell + late)
    names, heads, sizes = np.unique(cell, return_index=True, return_counts=True)
    by_size = np.argsort(-sizes, kind="stable")
    rank = np.empty_like(by_size)
    rank[by_size] = np.arange(len(by_size))
    row = rank[np.searchsorted(names, cell)]
    early, lates = (int(place[late == half].max(initial=-1)) + 1 for half in (0, 1))
    columns = np.zeros((len(names), early + lates), np.int64)
    whose = columns - 1
    columns[row, place + late * early] = column
    whose[row, place + late * early] = local
    nothing = np.zeros(0, np.int64)
    return Cells(pair[heads][by_size], nothing, nothing, columns, whose, early)


def portion(cells: Cells, at: int, most: int) -> Cells:
    """The cells from `at` on with at most so many columns, or one cell."""
    some = slice(at, at + max(1, most // int((cells.local[at] >= 0).sum())))
    there = np.asarray((cells.local[some] >= 0).any(axis=0))
    early = int(there[: cells.early].sum())
    return Cells(
        cells.group[some], cells.span[some], cells.notes[some], cells.columns[some][:, there],
        cells.local[some][:, there], early,
    )  # fmt: skip


def _positions(names: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of sorted names, the how-manieth of its name each is."""
    return np.arange(len(names)) - np.searchsorted(names, names)
