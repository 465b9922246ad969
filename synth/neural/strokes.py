"""Drum strokes laid out in time: each at its place, let go and silenced by those of its choke group.

Conventions: as synth/neural/player.py; strokes are those of synth/neural/kits.py.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from partimento.synth.neural.events import LONGEST_NOTE_S, Played
from partimento.synth.neural.kits import Kits
from partimento.synth.signal import Samples

_BUDGET = 48_000_000
"""Bytes of strokes that are kept for when they come again."""


class Strokes:
    """A drum track's strokes from sample `begin` on."""

    def __init__(self, events: Played, kit: int, kits: Kits, rate: int, begin: int) -> None:
        self._events, self._kit, self._kits, self._rate = events, kit, kits, rate
        self._choked = _choked(events, kit, kits)
        self._known: dict[tuple[int, int, int | None, int | None], Samples] = {}
        self._kept = 0
        self._sounding: list[tuple[int, Samples]] = []
        self._next = int(np.searchsorted(events.onsets, begin - round(LONGEST_NOTE_S * rate)))

    @property
    def silent(self) -> bool:
        """Whether nothing sounds any more, and nothing is to come."""
        return not self._sounding and self._next == len(self._events)

    def add(self, out: Samples, first: int) -> None:
        """Add what sounds in len(out) samples from `first` on; calls go on in time."""
        until = first + len(out)
        while self._next < len(self._events) and self._events.onsets[self._next] < until:
            self._sounding.append((int(self._events.onsets[self._next]), self._stroke(self._next)))
            self._next += 1
        still = []
        for onset, stroke in self._sounding:
            begin = max(onset, first)
            part = stroke[begin - onset : until - onset]
            out[begin - first : begin - first + len(part)] += part
            if onset + len(stroke) > until:
                still.append((onset, stroke))
        self._sounding = still

    def _stroke(self, which: int) -> Samples:
        onset, key = int(self._events.onsets[which]), int(self._events.keys[which])
        choked = self._choked[which]
        name = (
            key,
            int(self._events.velocities[which]),
            int(self._events.releases[which]) - onset if self._kits.fade(self._kit, key) else None,
            int(choked) - onset if choked >= 0 else None,
        )
        if name in self._known:
            return self._known[name]
        length, silenced = (None if each is None else each / self._rate for each in name[2:])
        stroke = self._kits.stroke(self._kit, key, float(name[1]), self._rate, length, silenced)
        self._kept += stroke.nbytes
        if self._kept <= _BUDGET:
            self._known[name] = stroke
        return stroke


def _choked(events: Played, kit: int, kits: Kits) -> NDArray[np.int64]:
    """The sample at which each stroke is silenced by another key's or its own, -1 where none does."""
    found = np.full(len(events), -1, np.int64)
    keys = events.keys.tolist()
    silenced = {key: kits.chokes(kit, key) for key in set(keys)}
    by = {key: [other for other in silenced if key in silenced[other]] for key in silenced}
    following: dict[int, int] = {}
    for i in range(len(keys) - 1, -1, -1):
        onsets = [following[other] for other in by[keys[i]] if other in following]
        if onsets:
            found[i] = min(onsets)
        following[keys[i]] = int(events.onsets[i])
    return found
