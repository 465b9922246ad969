"""A last look at a whole line: no run of it is one that the nets were taught.

Convention: a run is of LONGEST + 1 notes, by intervals and rhythm (learning/tables/runs.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from partimento.composer.melody_harmony import TENSION
from partimento.composer.melody_mend import SUNG_LEAP
from partimento.composer.melody_view import Written
from partimento.learning.tables.runs import LONGEST, RunFilter
from partimento.theory.meter import TICKS

_PASSES = 4


def unremembered(notes: Sequence[Written], runs: RunFilter, low: int, high: int) -> list[Written]:
    """The line in order of its onsets, with one note moved in each run that is remembered, inside MIDI [low, high]."""
    out = sorted(notes, key=lambda n: (n.onset, n.midi))
    for _ in range(_PASSES):
        ends = runs.found([(n.onset, n.midi) for n in out], TICKS)
        if not ends:
            break
        last = -LONGEST
        for end in ends:
            if end - last > LONGEST // 2:  # the note that was moved broke its neighbours too
                _move_one(out, end, runs, low, high)
                last = end
    return out


def _move_one(line: list[Written], end: int, runs: RunFilter, low: int, high: int) -> None:
    """Move a short note of the run that ends at `end` to a near tone of its harmony, so that the run is new."""
    for i in sorted(range(end - LONGEST + 1, end + 1), key=lambda k: (line[k].duration, -k)):
        note = line[i]
        around = [line[k].midi for k in (i - 1, i + 1) if 0 <= k < len(line)]
        most = max(TENSION, note.harmony.grades[note.midi % 12])
        for step in (-1, 1, -2, 2, -3, 3):
            midi = note.midi + step
            fits = low <= midi <= high and note.harmony.grades[midi % 12] <= most
            if fits and all(abs(midi - m) <= SUNG_LEAP for m in around):
                line[i] = note._replace(midi=midi)
                if not runs.found([(n.onset, n.midi) for n in line[end - LONGEST : end + 1]], TICKS):
                    return
                line[i] = note
