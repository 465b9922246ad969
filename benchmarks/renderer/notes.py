"""Which notes the renderer is tried on: seen and held-out ones of every program.

Conventions: what is held out is said by synth/neural/split.py. Keys are those that a program's instrument plays
(score/instruments.py; 36-96 where the table has none), since that is what is heard; the group "beyond" has the others
between 21 and 108. Every group goes through the programs in an order of its own, so that any number of notes spreads
over all of them. The same seed gives the same notes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import count as counted
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np

from partimento.score.instruments import INSTRUMENTS
from partimento.synth.font_probe import SILENT
from partimento.synth.neural.split import (
    HELD_LENGTHS,
    HELD_VELOCITIES,
    RING_S,
    SEEN_LENGTHS,
    SEEN_VELOCITIES,
    held_out_key,
)
from partimento.synth.neural.teacher import Teacher
from partimento.synth.signal import Samples

LOW, HIGH = 21, 108
GROUPS = ("seen", "keys", "velocities", "lengths", "all", "beyond")
"""What is held out: nothing, keys, velocities, lengths, all three; keys that the instrument does not play."""
FAMILIES = (
    "piano", "chromatic percussion", "organ", "guitar", "bass", "strings", "ensemble", "brass", "reed", "pipe",
    "synth lead", "synth pad", "synth effects", "ethnic", "percussive", "sound effects",
)  # fmt: skip
"""General MIDI's families, eight programs each."""
Edges = Callable[[int], tuple[int, int]]


class Case(NamedTuple):
    """A note to be tried, and the group it is tried for."""

    group: str
    program: int
    key: int
    velocity: int
    held_s: float

    @property
    def family(self) -> str:
        """The program's General MIDI family."""
        return FAMILIES[self.program // 8]


def cases(count: int, group: str, edges: Edges, seed: int = 1, programs: Sequence[int] = range(128)) -> list[Case]:
    """`count` different notes of a group; `edges` tells a program's lowest and highest key that sound. Fewer where a
    hundred rounds over the programs find no more."""
    random = Random(f"{seed} {group}")
    found: dict[Case, None] = {}
    for turn in counted():
        order = random.sample(list(programs), len(programs))
        for program in order:
            if len(found) == count:
                return sorted(found, key=lambda case: case[1:])
            case = _case(group, program, edges, random)
            if case is not None:
                found[case] = None
        if turn == 100:
            return sorted(found, key=lambda case: case[1:])
    raise AssertionError


def _case(group: str, program: int, edges: Edges, random: Random) -> Case | None:
    low, high = edges(program)
    if low > high:
        return None
    played = _played(program)
    wanted = group in ("keys", "all", "beyond")
    keys = [
        key
        for key in range(low, high + 1)
        if held_out_key(program, key, low, high) == wanted and (key in played) == (group != "beyond")
    ]
    if not keys:
        return None
    velocities = HELD_VELOCITIES if group in ("velocities", "all") else SEEN_VELOCITIES
    lengths = HELD_LENGTHS if group in ("lengths", "all") else SEEN_LENGTHS
    return Case(group, program, random.choice(keys), random.choice(velocities), random.choice(lengths))


@cache
def _played(program: int) -> range:
    ranges = [(i.low, i.high) for i in INSTRUMENTS.values() if i.hands != "drums" and i.program == program]
    if not ranges:
        return range(36, 97)
    return range(min(low for low, _ in ranges), max(high for _, high in ranges) + 1)


class Heard:
    """The teacher, with what is asked of it often: a case's sound, and a program's edges."""

    def __init__(self, soundfont: Path) -> None:
        self._teacher = Teacher(soundfont)
        self._edges: dict[int, tuple[int, int]] = {}

    def note(
        self, case: Case, key: int | None = None, velocity: int | None = None, held_s: float | None = None
    ) -> Samples:
        """A case's sound, or another key's, velocity's or length's."""
        return self._teacher.note(
            case.program,
            case.key if key is None else key,
            case.velocity if velocity is None else velocity,
            case.held_s if held_s is None else held_s,
            RING_S,
        )

    def edges(self, program: int) -> tuple[int, int]:
        """The lowest and the highest key between LOW and HIGH that sound; the lowest above the highest where none
        does."""
        if program not in self._edges:
            low = next((key for key in range(LOW, HIGH + 1) if self._sounds(program, key)), HIGH + 1)
            high = next((key for key in range(HIGH, low, -1) if self._sounds(program, key)), low)
            self._edges[program] = (low, high)
        return self._edges[program]

    def _sounds(self, program: int, key: int) -> bool:
        loud = max(SEEN_VELOCITIES)
        return bool(np.abs(self._teacher.note(program, key, loud, 1.0, 0.1)).max() > SILENT)


def grouped(found: Sequence[Case], size: int) -> Iterator[Sequence[Case]]:
    """The cases, so many at a time."""
    for start in range(0, len(found), size):
        yield found[start : start + size]
