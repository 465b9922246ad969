"""Whether a song is swung, found in its Performance: how late its off-beats are played against the page.

Conventions: the ratio is the longer of two notes written equal by the shorter; 1 is straight, 2 a triplet feel. A
part's own leaning (its on-beats' median lateness) is taken out first; the ratio is the median over all parts'
off-beats.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from statistics import median

from partimento.score.performance import PlayedNote
from partimento.score.song import Song
from partimento.theory.meter import TICKS

_LEAST = 1.25
"""Below it nobody writes "swing": the unevenness is feel."""
_LEAST_NOTES = 6


def swing_of(song: Song) -> tuple[str, float]:
    """("eighth" or "16th", ratio rounded to 0.05), or ("", 1.0) of a straight song."""
    if song.brief.quantized or not song.performance.tracks:
        return "", 1.0
    late: dict[int, list[float]] = {TICKS // 2: [], TICKS // 4: []}
    for track in song.tracks:
        played = next((part for part in song.performance.tracks if part.name == track.name), None)
        if played is not None:
            _collect(late, _lateness([(n.onset, n.number) for n in track.notes if not n.grace], played.notes))
    for unit, name in ((TICKS // 2, "eighth"), (TICKS // 4, "16th")):
        found = late[unit]
        if len(found) >= _LEAST_NOTES:
            shift = max(0.0, min(0.75 * unit, median(found)))
            ratio = (unit + shift) / (unit - shift)
            if ratio >= _LEAST:
                return name, round(ratio * 20) / 20
    return "", 1.0


def _collect(late: dict[int, list[float]], found: list[tuple[int, int]]) -> None:
    """Adds a part's off-beat lateness by unit, less what its on-beats have."""
    leaning = median([shift for onset, shift in found if onset % TICKS == 0] or [0])
    for onset, shift in found:
        if onset % TICKS == TICKS // 2:
            late[TICKS // 2].append(shift - leaning)
        elif onset % (TICKS // 2) == TICKS // 4:
            late[TICKS // 4].append(shift - leaning)


def _lateness(written: Sequence[tuple[int, int]], played: Sequence[PlayedNote]) -> list[tuple[int, int]]:
    """(written onset, ticks late) of each note whose played one is found within an eighth."""
    by_number: dict[int, list[int]] = {}
    for note in played:
        by_number.setdefault(note.number, []).append(note.onset)
    out = []
    for onset, number in written:
        onsets = by_number.get(number, [])
        k = bisect_left(onsets, onset)
        near = [o for o in onsets[max(0, k - 1) : k + 2] if abs(o - onset) <= TICKS // 2]
        if near:
            out.append((onset, min((o - onset for o in near), key=lambda shift: (abs(shift), shift))))
    return out
