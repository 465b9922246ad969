"""All that is measured of a sound beside the teacher's, and how many such figures are summed up.

Conventions: figures are distances, 0 when both are the same, NaN where the teacher's sound has nothing of the kind (no
pitch, no release that is heard to the end): those count in no quantile, and N says how many do. What a sound lacks
where the teacher has it counts as far off: `FAR`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from partimento.benchmarks.renderer.metrics import NOTES_FLOOR_DB, Reference
from partimento.benchmarks.renderer.pitch import channel_of, pitch, pitched
from partimento.benchmarks.renderer.shape import attack, lufs, t60
from partimento.synth.signal import Samples

UNPITCHED = 112
"""Percussion and sound effects: programs from here on are not asked for a pitch."""
FAR = {"cents": 100.0, "onset_ms": 500.0, "attack_ms": 500.0, "fast_ms": 500.0, "lufs": 99.0, "t60": 1.0}
TITLES = {
    "log_mss": "log-MSS dB", "sc": "SC", "cents": "f0 cents", "onset_ms": "onset ms", "attack_ms": "attack ms",
    "fast_ms": "fast attack ms", "lufs": "loudness LU", "t60": "T60 share",
}  # fmt: skip
FAST_S = 0.03
"""A rise of the teacher's up to here is a fast attack, which has a measure of its own: where a sound swells or beats
on, when it first reaches 90 % of its loudest moment says little."""
Figures = dict[str, float]


class Quartiles(NamedTuple):
    """How many figures there are, and their quartiles."""

    n: int
    low: float
    median: float
    high: float


class Truth:
    """The teacher's sound, and what is known of it. `key` None: it is not asked for a pitch; its ring is heard from
    `release_s` on."""

    def __init__(
        self, own: Samples, *, key: int | None, held_s: float, release_s: float, floor_db: float = NOTES_FLOOR_DB
    ) -> None:
        self._reference = Reference(own, floor_db)
        self._held_s, self._release_s = held_s, release_s
        self._channel = channel_of(own)
        self._key = key if key is not None and pitched(own, key, held_s) else None
        self._cents = self._pitch(own)
        self._attack, self._lufs, self._t60 = attack(own), lufs(own), t60(own, release_s)

    def figures(self, other: Samples) -> Figures:
        """How far the other sound is, by TITLES' names."""
        distance = self._reference.distance(other)
        found = {"log_mss": distance.log_mss, "sc": distance.sc}
        found["cents"] = math.nan if self._key is None else min(FAR["cents"], abs(self._pitch(other) - self._cents))
        own, its = self._attack, attack(other)
        for name, at in (("onset_ms", 0), ("attack_ms", 1)):
            far = FAR[name] if its is None or own is None else 1000 * abs(its[at] - own[at])
            found[name] = math.nan if own is None else far
        found["fast_ms"] = found["attack_ms"] if own is not None and own.rise_s <= FAST_S else math.nan
        level = lufs(other)
        found["lufs"] = min(FAR["lufs"], abs(level - self._lufs)) if math.isfinite(level) else FAR["lufs"]
        if self._t60 is None:
            return found | {"t60": math.nan}
        ring = t60(other, self._release_s)
        return found | {"t60": FAR["t60"] if ring is None else abs(ring / self._t60 - 1)}

    def _pitch(self, samples: Samples) -> float:
        if self._key is None:
            return math.nan
        return pitch(samples, self._key, self._held_s, self._channel).cents


def quartiles(values: Sequence[float]) -> Quartiles:
    """Of those that are no NaN."""
    told = np.array([value for value in values if not math.isnan(value)])
    if not len(told):
        return Quartiles(0, math.nan, math.nan, math.nan)
    return Quartiles(len(told), *(float(np.quantile(told, share)) for share in (0.25, 0.5, 0.75)))


def summary(rows: Sequence[Figures]) -> dict[str, Any]:
    """Quartiles of each figure, as lists for JSON, and what share of pitches lies within 5 cents."""
    found: dict[str, Any] = {
        name: [quarter if index == 0 else rounded(quarter) for index, quarter in enumerate(spread)]
        for name in TITLES
        for spread in [quartiles([row[name] for row in rows])]
    }
    told = [row["cents"] for row in rows if not math.isnan(row["cents"])]
    found["within_5_cents"] = rounded(sum(cents <= 5 for cents in told) / len(told)) if told else None
    return found


def by_program(rows: Sequence[tuple[int, Figures]]) -> dict[str, float | None]:
    """Medians over programs of the program's mean log-MSS and SC: no program counts more for having more notes."""
    known: dict[int, list[Figures]] = {}
    for program, row in rows:
        known.setdefault(program, []).append(row)
    return {
        name: rounded(float(np.median([np.mean([row[name] for row in own]) for own in known.values()])))
        for name in ("log_mss", "sc")
    }


def rounded(value: float) -> float | None:
    """For JSON: four places of what is a number."""
    return round(value, 4) if math.isfinite(value) else None


def mean(rows: Sequence[Mapping[str, float]], name: str) -> float:
    """The mean of a figure, NaNs left out."""
    told = [row[name] for row in rows if not math.isnan(row[name])]
    return float(np.mean(told)) if told else math.nan
