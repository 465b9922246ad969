"""Ramps of tempo known again: a ritardando that a file writes in many small steps is one change that glides.

Conventions: as TempoChange. A run of steps is taken for a ramp only where the ramp, written out again in steps, gives
the same microseconds a quarter, one up or down.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log

from partimento.score.song import TempoChange

_LEAST = 4
_LONGEST_STEP = 240
_OFF_BY = 1.5


def with_ramps(tempos: Sequence[TempoChange]) -> tuple[TempoChange, ...]:
    """The tempos with each run of four or more equal steps of a linear glide as one ramp to the change after it."""
    out: list[TempoChange] = []
    i = 0
    while i < len(tempos):
        end = _run(tempos, i)
        start = _start(tempos, i, end, out) if end - i >= _LEAST else None
        if start is None:
            out.append(tempos[i])
            i += 1
        else:
            out.append(TempoChange(tempos[i].onset, start, True))
            i = end
    return tuple(out)


def _run(tempos: Sequence[TempoChange], first: int) -> int:
    """The index after the last step of the run that begins at `first`: even steps, all faster or all slower."""
    if first + 1 >= len(tempos):
        return first + 1
    step = tempos[first + 1].onset - tempos[first].onset
    slower = tempos[first + 1].tempo_bpm < tempos[first].tempo_bpm
    if step > _LONGEST_STEP:
        return first + 1
    i = first + 1
    while i < len(tempos) and tempos[i].onset - tempos[i - 1].onset == step:
        if tempos[i].ramp or (tempos[i].tempo_bpm < tempos[i - 1].tempo_bpm) != slower:
            break
        i += 1
    # The last one found may be what the ramp glides to, a step after its last.
    return i - 1 if i - 1 > first else i


def _start(tempos: Sequence[TempoChange], first: int, end: int, before: Sequence[TempoChange]) -> float | None:
    """The tempo from which a ramp to the change at `end` gives all steps from `first` on; None where none does."""
    if end >= len(tempos):
        return None
    guess = tempos[first].tempo_bpm - (tempos[first + 1].tempo_bpm - tempos[first].tempo_bpm) / 2
    near = [before[-1].tempo_bpm] if before else []
    for bpm in (*near, *(round(guess, places) for places in range(5))):
        if bpm > 0 and _gives(bpm, tempos, first, end):
            return bpm
    return None


def _gives(bpm: float, tempos: Sequence[TempoChange], first: int, end: int) -> bool:
    start, until, goal = tempos[first].onset, tempos[end].onset, tempos[end].tempo_bpm
    slope = (goal - bpm) / (until - start)
    if not slope:
        return False
    for i in range(first, end):
        tick, after = tempos[i].onset, tempos[i + 1].onset
        low, high = bpm + slope * (tick - start), bpm + slope * (after - start)
        if low <= 0 or high <= 0:
            return False
        # Microseconds a quarter of the step's mean: the integral of 1 / bpm over its ticks.
        mean = 60_000_000 * log(high / low) / (slope * (after - tick))
        if abs(mean - 60_000_000 / tempos[i].tempo_bpm) > _OFF_BY:
            return False
    return True
