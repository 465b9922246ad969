"""The memory of what was learned from: a line that would repeat it for more than LONGEST notes is turned away.

Convention: lines are (onset in ticks, MIDI number) as in a Song, 480 ticks a quarter.
"""

from __future__ import annotations

from functools import cache

from partimento.composer.neural.shipped import weights_folder
from partimento.learning.tables.runs import LONGEST, STEPS, RunFilter, code, codes, filter_from_bytes, run_state
from partimento.theory.errors import ModelError
from partimento.theory.meter import TICKS

__all__ = ["LONGEST", "known_pitches", "load"]

FILE = "melody_memory.bin"


@cache
def load() -> RunFilter:
    """The shipped memory, read once a process; ModelError where it is missing or damaged."""
    path = weights_folder() / FILE
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise ModelError(f"{path}: cannot be read ({problem.strerror})") from None
    return filter_from_bytes(data, str(path))


def known_pitches(runs: RunFilter, line: list[tuple[int, int]], onset: int, midis: list[int]) -> list[bool]:
    """For each pitch, whether singing it at `onset` after `line` ends a remembered run."""
    if len(line) < STEPS:
        return [False] * len(midis)
    state = run_state(codes(line[-STEPS:], TICKS))
    last, pitch = line[-1]
    return [runs.knows(state, code(midi - pitch, onset - last, TICKS)) for midi in midis]
