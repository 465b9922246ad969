"""What no singer sings, put right: leaps between quick notes, and one pitch too many times.

Convention: pitches are MIDI numbers, one a Slot; a note that must stay (an exact return) is never moved.
"""

from __future__ import annotations

from collections.abc import Sequence

from partimento.composer.melody_harmony import AVOID, TENSION
from partimento.composer.melody_pitch import LineDrawer, Slot

SUNG_LEAP, PLAYED_LEAP = 5, 7
"""The widest interval between quick notes, in semitones: a fourth for voices, a fifth for fingers."""


def mend(line: Sequence[int], slots: Sequence[Slot], drawer: LineDrawer) -> list[int]:
    """The line with its quick leaps closed and its long runs of one pitch broken; mostly it is the same line."""
    traits = drawer.traits
    widest = PLAYED_LEAP if traits.agile else SUNG_LEAP
    out = list(line)
    n = len(out)
    for i in range(1, n):
        if not slots[i - 1].quick:
            continue
        leap = out[i] - out[i - 1]
        before = out[i - 1] - out[i - 2] if i > 1 and slots[i - 2].quick else 0
        if abs(leap) <= widest and not (abs(leap) > 4 and abs(before) > 4):
            continue
        # Whichever weighs less gives way: it moves towards the other.
        first = i - 1 if _weight(slots[i - 1]) < _weight(slots[i]) else i
        other = 2 * i - 1 - first
        for k, most in ((first, 4), (other, 4), (first, 6), (other, 6)):
            if slots[k].fixed or slots[k].peak:
                continue
            found = _nearer(out, slots, k, drawer, most)
            if found is not None:
                out[k] = found
                break
    run = 1
    for i in range(1, n):
        run = run + 1 if out[i] == out[i - 1] else 1
        if run > traits.same and not slots[i].fixed:
            found = _beside(out, slots, i, drawer)
            if found is not None:
                out[i] = found
                run = 1
    return out


def _weight(slot: Slot) -> int:
    return slot.duration + 240 * slot.strong + 10_000 * bool(slot.degrees)


def _nearer(out: list[int], slots: Sequence[Slot], k: int, drawer: LineDrawer, most: int) -> int | None:
    """A tone for note k within `most` semitones of every neighbour that a quick wait joins it to, near what it was."""
    slot = slots[k]
    near = []
    if k > 0 and slots[k - 1].quick:
        near.append(out[k - 1])
    if k + 1 < len(out) and slot.quick:
        near.append(out[k + 1])
    top = min(slot.cap, drawer.high)
    rank = AVOID if slot.duration < 240 else TENSION
    fits = [
        m
        for m in range(max(drawer.low, max(near) - most), min(top, min(near) + most) + 1)
        if slot.harmony.grades[m % 12] <= rank
    ]
    return min(fits, key=lambda m: (abs(m - out[k]), slot.harmony.grades[m % 12], m)) if fits else None


def _beside(out: list[int], slots: Sequence[Slot], k: int, drawer: LineDrawer) -> int | None:
    """A neighbour a step or a third away for note k, so that a run of one pitch ends."""
    slot = slots[k]
    following = out[k + 1] if k + 1 < len(out) else out[k]
    fits = [
        m
        for m in range(max(drawer.low, out[k] - 4), min(slot.cap, drawer.high, out[k] + 4) + 1)
        if m != out[k] and slot.harmony.grades[m % 12] <= (TENSION if slot.strong else AVOID)
    ]
    if slot.degrees:
        wanted = dict(slot.degrees)
        fits = [m for m in fits if wanted.get(slot.harmony.degree(m), 0) >= 10]
    return min(
        fits, key=lambda m: (abs(m - following) + abs(m - out[k]) + slot.harmony.grades[m % 12], m), default=None
    )
