"""The sustain pedal as directions under the lowest staff, from a track's written controls.

Conventions: 64 and above is down, as in MIDI; a pedal still down at the end is lifted there.
"""

from __future__ import annotations

from partimento.score.notation.page import Direction
from partimento.score.song import Track

_DOWN = 64


def pedals(track: Track, staff: int, end: int) -> list[Direction]:
    """One direction for each time the pedal is held."""
    out: list[Direction] = []
    down = -1
    for control in sorted((c for c in track.controls if c.kind == "pedal"), key=lambda c: c.onset):
        if control.value >= _DOWN and down < 0:
            down = control.onset
        elif control.value < _DOWN and down >= 0:
            if down < min(control.onset, end):
                out.append(Direction(down, "pedal", "", min(control.onset, end) - down, staff))
            down = -1
    if 0 <= down < end:
        out.append(Direction(down, "pedal", "", end - down, staff))
    return out
