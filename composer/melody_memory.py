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

PASSES = 4
"""How often a line is looked at again: what was moved may have made another run known."""


def unremembered(
    notes: Sequence[Written], sounding: Sequence[tuple[int, int]], runs: RunFilter, low: int, high: int
) -> list[Written]:
    """The line with one note moved, inside MIDI [low, high], in each run of what is `sounding` that is remembered.

    `sounding` is the line as it is heard, (onset, MIDI): notes that were added to it since are not moved.
    """
    out = list(notes)
    places = {n.onset: i for i, n in enumerate(out)}
    heard = list(sounding)
    for end in runs.found(heard, TICKS):
        run = range(end - LONGEST, end + 1)
        if not runs.found([heard[k] for k in run], TICKS):
            continue  # a note that was moved broke this one too
        for k in sorted(run, key=lambda k: (out[places[heard[k][0]]].duration if heard[k][0] in places else 0, -k)):
            at = places.get(heard[k][0])
            if at is not None and out[at].midi == heard[k][1] and _moved(out, at, heard, k, run, runs, low, high):
                break
    return out


def _moved(
    line: list[Written],
    at: int,
    heard: list[tuple[int, int]],
    k: int,
    run: range,
    runs: RunFilter,
    low: int,
    high: int,
) -> bool:
    """Move note `at` of the line, the `k`th heard, to a near tone of its harmony that makes the run a new one."""
    note = line[at]
    around = [heard[j][1] for j in (k - 1, k + 1) if 0 <= j < len(heard)]
    most = max(TENSION, note.harmony.grades[note.midi % 12])
    for step in (-1, 1, -2, 2, -3, 3):
        midi = note.midi + step
        fits = low <= midi <= high and note.harmony.grades[midi % 12] <= most
        if fits and all(abs(midi - m) <= SUNG_LEAP for m in around):
            was, heard[k] = heard[k], (heard[k][0], midi)
            if not runs.found([heard[j] for j in run], TICKS):
                line[at] = note._replace(midi=midi)
                return True
            heard[k] = was
    return False
