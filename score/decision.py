"""Decisions: why something is there. A rule id and values, never a sentence; teaching words them.

Convention: `where` is (section index or -1 for the whole song, track name or "", first tick, end tick).
"""

from __future__ import annotations

from dataclasses import dataclass

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Where:
    """What a decision speaks of: a section index (-1: the song), a track name ("": all), ticks [start, end)."""

    section: int = -1
    track: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """One choice, recorded by the code that made it, one per thing chosen (a phrase plan, a chord, a motif).

    `what` is the kind of thing ("form", "chord", "pattern", ...), `rule` an id such as
    "harmony.cadence.authentic" or, for a draw, "draw.weight"; `values` are named facts that a predicate can
    check on the Song; `alternatives` are the other candidates with their integer weights.
    """

    where: Where
    what: str
    rule: str
    values: tuple[tuple[str, Value], ...] = ()
    alternatives: tuple[tuple[str, int], ...] = ()

    def value(self, name: str, default: Value = "") -> Value:
        """The value called `name`, or `default`."""
        for key, value in self.values:
            if key == name:
                return value
        return default
