"""Clicks: edges in a signal that its surroundings do not explain, and whose making they are.

Conventions: samples are float32 (n, 2) at `rate` Hz; places in seconds. An edge is a second difference far over the
local median; some sounds have such edges by nature (a saw, a struck rim, vinyl noise), so what processing made is told
by looking for the same edges in the dry sounds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from partimento.synth.signal import CHUNK, Samples

RATIO, FLOOR_DB = 12.0, -40.0
"""A click's second difference exceeds this times the median of the 10 ms around it, and this level."""
SLACK_S = 0.005
"""So far around a note's onset an edge is its attack."""
_PARTS = 5
"""Parts of the 10 ms; the median is taken over the part an edge lies in and two on either side."""
_SAME_S = 0.001


class ClickMeter:
    """Finds clicks in a signal that comes in chunks, outside the attacks at `onsets` (sorted seconds)."""

    def __init__(
        self, rate: int, onsets: Sequence[float] = (), ratio: float = RATIO, floor_db: float = FLOOR_DB
    ) -> None:
        self._rate, self._part = rate, rate // 500
        self._onsets = onsets
        self._ratio, self._floor = ratio, np.float32(10 ** (floor_db / 20))
        # Silence before the beginning, so that every part has its neighbours and every sample its own.
        self._held = np.zeros((2 * self._part + 1, 2), np.float32)
        self._at = -2 * self._part
        self._found: list[float] = []

    def feed(self, samples: Samples) -> None:
        """Look at the next samples."""
        both = np.concatenate((self._held, samples))
        count = (len(both) - 2) // self._part
        if count < _PARTS:
            self._held = both
            return
        keep = (count - 2 * (_PARTS // 2)) * self._part
        used = both[: count * self._part + 2]
        if used.any():
            bends = np.abs(used[2:] - 2 * used[1:-1] + used[:-2])
            for channel in (0, 1):
                if channel == 0 or not np.array_equal(bends[:, 0], bends[:, 1]):
                    self._look(bends[:, channel])
        self._held = both[keep:].copy()
        self._at += keep

    def result(self) -> tuple[float, ...]:
        """The clicks, sorted, hits within a millisecond of each other taken as one; nothing may be fed after it."""
        places: list[float] = []
        last = -1.0
        for place in self.hits():
            if place - last > _SAME_S:
                places.append(place)
            last = place
        return tuple(place for place in places if not _near(place, self._onsets, SLACK_S))

    def hits(self) -> tuple[float, ...]:
        """Every sample found, sorted, attacks among them; nothing may be fed after it."""
        self.feed(np.zeros((3 * self._part, 2), np.float32))
        return tuple(sorted(set(self._found)))

    def _look(self, bends: NDArray[np.float32]) -> None:
        parts = bends.reshape(-1, self._part)
        inner = parts[2:-2]
        high = np.flatnonzero(inner.max(axis=1) > self._floor)
        if not len(high):
            return
        # A median over several parts is no less than the least of theirs: most parts are settled by that.
        medians = np.median(parts, axis=1)
        least = np.min([medians[i : i + len(inner)] for i in range(_PARTS)], axis=0)
        high = high[inner[high].max(axis=1) > self._ratio * least[high]]
        for start in range(0, len(high), 1024):
            which = high[start : start + 1024]
            around = np.concatenate([parts[which + i] for i in range(_PARTS)], axis=1)
            limit = np.maximum(self._ratio * np.median(around, axis=1), self._floor)
            for row, place in zip(*np.nonzero(inner[which] > limit[:, None]), strict=True):
                # inner begins two parts in; a second difference stands for its middle sample.
                self._found.append((self._at + (int(which[row]) + 2) * self._part + int(place)) / self._rate)


def clicks(samples: Samples, rate: int, onsets: Sequence[float] = ()) -> tuple[float, ...]:
    """The clicks in `samples`, in seconds, outside `onsets` +- 5 ms."""
    meter = ClickMeter(rate, onsets)
    for start in range(0, len(samples), CHUNK):
        meter.feed(samples[start : start + CHUNK])
    return meter.result()


def edge_meter(rate: int) -> ClickMeter:
    """A meter whose `hits` are a dry sound's edges."""
    return ClickMeter(rate, ratio=RATIO / 2, floor_db=-100.0)


def edges(rate: int, chunks: Iterable[Samples]) -> tuple[float, ...]:
    """The edges that a dry sound has by nature, half as steep as a click and however soft, every sample of them."""
    meter = edge_meter(rate)
    for chunk in chunks:
        meter.feed(chunk)
    return meter.hits()


def made_by_processing(found: Sequence[float], dry: Sequence[float]) -> tuple[float, ...]:
    """Those clicks of `found` that no edge of the dry sounds (sorted) lies within a millisecond of."""
    return tuple(place for place in found if not _near(place, dry, _SAME_S))


def _near(place: float, places: Sequence[float], slack: float) -> bool:
    i = bisect_left(places, place - slack)
    return i < len(places) and places[i] <= place + slack
