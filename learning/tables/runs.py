"""Runs of notes that melodies are made of, and a small filter that remembers a great many of them.

Convention: a step is (interval in semitones, distance of onsets in sixteenths), so that transposing hides nothing; a
run is STEPS steps in a row, LONGEST + 1 notes. The filter (Bloom 1970) forgets nothing it was given, and takes one
unknown run in three hundred for known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from partimento.theory.errors import ModelError

LONGEST = 12
"""The most notes in a row that a line may share with a melody that was learned from."""
STEPS = LONGEST
"""Steps of the shortest run that is too long: of LONGEST + 1 notes."""
BITS = 1 << 23
HASHES = 8

_MAGIC = b"partimento runs 1\n"
_FACTOR = 0x9E3779B97F4A7C15
_WORD = (1 << 64) - 1


def code(interval: int, ticks: int, quarter: int) -> int:
    """One step as a number; `quarter` is ticks a quarter note. Benchmarks of likeness count by the same measure."""
    return (interval + 128) * 4096 + min(round(ticks * 4 / quarter), 4095) + 1


def codes(notes: Sequence[tuple[int, int]], quarter: int) -> list[int]:
    """The steps of a line of (onset, MIDI number), in order."""
    return [code(b[1] - a[1], b[0] - a[0], quarter) for a, b in zip(notes, notes[1:], strict=False)]


def mixed(state: int, step: int) -> int:
    """The hash of a run so far with one more step."""
    state = ((state ^ step) * _FACTOR) & _WORD
    return state ^ (state >> 29)


def run_state(steps: Iterable[int]) -> int:
    """The hash of a run of steps; of STEPS - 1 of them, what `RunFilter.knows` asks for."""
    state = 0
    for step in steps:
        state = mixed(state, step)
    return state


@dataclass(frozen=True, slots=True)
class RunFilter:
    """A Bloom filter of runs. Safe to share: nothing changes after it was made."""

    bits: bytes

    def knows(self, state: int, step: int) -> bool:
        """Whether the run whose first STEPS - 1 steps hash to `state` was remembered with `step` as its last."""
        whole = mixed(state, step)
        at, stride = whole & 0xFFFFFFFF, (whole >> 32) | 1
        for k in range(HASHES):
            place = (at + k * stride) % BITS
            if not self.bits[place >> 3] >> (place & 7) & 1:
                return False
        return True

    def found(self, notes: Sequence[tuple[int, int]], quarter: int) -> list[int]:
        """Indices of the notes of a line, (onset, MIDI), at which a remembered run ends."""
        line = codes(notes, quarter)
        return [i + 1 for i in range(STEPS - 1, len(line)) if self.knows(run_state(line[i - STEPS + 1 : i]), line[i])]

    def to_bytes(self) -> bytes:
        """The filter as a file: a line that names it, a digest of 16 bytes, the bits."""
        return _MAGIC + blake2b(self.bits, digest_size=16).digest() + self.bits


def filter_of(lines: Iterable[Sequence[int]]) -> RunFilter:
    """The filter of all runs of some lines of steps (`codes`)."""
    bits = bytearray(BITS // 8)
    for line in lines:
        for i in range(len(line) - STEPS + 1):
            whole = run_state(line[i : i + STEPS])
            at, stride = whole & 0xFFFFFFFF, (whole >> 32) | 1
            for k in range(HASHES):
                place = (at + k * stride) % BITS
                bits[place >> 3] |= 1 << (place & 7)
    return RunFilter(bytes(bits))


def filter_from_bytes(data: bytes, name: str) -> RunFilter:
    """The filter in a file's bytes; ModelError, naming the file, where it is not one or is damaged."""
    start = len(_MAGIC) + 16
    bits = data[start:]
    if not data.startswith(_MAGIC) or len(bits) != BITS // 8:
        raise ModelError(f"{name}: not a filter of runs of {LONGEST + 1} notes")
    if blake2b(bits, digest_size=16).digest() != data[len(_MAGIC) : start]:
        raise ModelError(f"{name}: damaged, its digest differs")
    return RunFilter(bits)
