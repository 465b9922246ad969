"""Likeness of melodies: what songs share with each other, and with the melodies that statistics were learned from.

Convention: a note is its interval from the note before it and the distance of the onsets in sixteenths, so that
transposing hides nothing. A run of n is n such steps in a row, n + 1 notes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from partimento.benchmarks.music.piece import Piece, melody_shingles, melody_steps

_FACTOR = np.uint64(0x9E3779B97F4A7C15)
Hashes = NDArray[np.uint64]


def shared_stretches(pieces: Sequence[Piece], bars: int = 8) -> list[tuple[str, str]]:
    """Return the pairs of names of pieces that share ``bars`` bars of melody (intervals and rhythm), sorted."""
    owners: dict[tuple[tuple[int, int], ...], set[str]] = defaultdict(set)
    for piece in pieces:
        for stretch in melody_shingles(piece, bars):
            owners[stretch].add(piece.name)
    pairs: set[tuple[str, str]] = set()
    for names in owners.values():
        ordered = sorted(names)
        pairs.update((a, b) for i, a in enumerate(ordered) for b in ordered[i + 1 :])
    return sorted(pairs)


class Memory:
    """The runs of every length of a set of melodies, to find how long a run another melody shares with them."""

    def __init__(self, pieces: Sequence[Piece], longest: int = 40) -> None:
        self._lines = [_coded(piece) for piece in pieces]
        self._longest = longest
        self._runs: list[Hashes] = []

    def longest_run(self, piece: Piece) -> int:
        """Return the most notes in a row shared with any of the melodies (0 if none; capped at construction)."""
        line = _coded(piece)
        found = 0
        for length in range(1, self._longest + 1):
            own, known = _runs(line, length), self._of(length)
            if not len(own) or not len(known):
                break
            at = np.minimum(np.searchsorted(known, own), len(known) - 1)
            if not (known[at] == own).any():
                break
            found = length + 1
        return found

    def _of(self, length: int) -> Hashes:
        """The known runs of a length, sorted; made when a song first needs them."""
        while len(self._runs) < length:
            self._runs.append(np.unique(np.concatenate([_runs(line, len(self._runs) + 1) for line in self._lines])))
        return self._runs[length - 1]


def _coded(piece: Piece) -> Hashes:
    codes = [(interval + 128) * 4096 + min(steps, 4095) + 1 for interval, steps in melody_steps(piece)]
    return np.array(codes, dtype=np.uint64)


def _runs(line: Hashes, length: int) -> Hashes:
    """Return a hash of each stretch of ``length`` codes."""
    count = len(line) - length + 1
    if count <= 0:
        return np.zeros(0, dtype=np.uint64)
    total = np.zeros(count, dtype=np.uint64)
    for offset in range(length):
        total = (total ^ line[offset : offset + count]) * _FACTOR
        total ^= total >> np.uint64(29)
    return total
