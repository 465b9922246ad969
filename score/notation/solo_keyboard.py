"""A piece for one keyboard player in two tracks, tune and accompaniment: printed as one part on a grand staff.

Conventions: the tune is the right hand's, the accompaniment the left's, where hands can play them: no more than five
notes and a tenth at once in either, and the hands hardly ever cross.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from partimento.score.instruments import Instrument
from partimento.score.song import Note, Track

_TENTH, _FINGERS = 16, 5
_CROSSING = 0.05
"""As a share of the tune's notes."""


def hands_of(played: Sequence[tuple[Track, Instrument]]) -> tuple[Track, Track] | None:
    """The right hand's track and the left's, where the whole piece is for one keyboard player; else None."""
    if len(played) != 2 or played[0][1] != played[1][1] or played[0][1].clef != "grand":
        return None
    roles = {track.role: track for track, _ in played}
    if played[0][1].hands != "piano" or set(roles) != {"lead", "comp"}:
        return None
    right, left = roles["lead"], roles["comp"]
    if not all(_graspable(track.notes) for track in (right, left)) or _crossings(right, left) > _CROSSING:
        return None
    return right, left


def _graspable(notes: Iterable[Note]) -> bool:
    held: list[Note] = []
    for note in sorted(notes, key=lambda n: (n.onset, n.number)):
        held = [n for n in held if n.onset + n.duration > note.onset and n.number != note.number] + [note]
        numbers = [n.number for n in held]
        if len(held) > _FINGERS or max(numbers) - min(numbers) > _TENTH:
            return False
    return True


def _crossings(right: Track, left: Track) -> float:
    """The share of the tune's notes that begin at or below what the left hand holds."""
    under = 0
    held: list[Note] = []
    waiting = sorted(left.notes, key=lambda n: n.onset, reverse=True)
    for note in sorted(right.notes, key=lambda n: n.onset):
        while waiting and waiting[-1].onset <= note.onset:
            held.append(waiting.pop())
        held = [n for n in held if n.onset + n.duration > note.onset]
        under += any(n.number >= note.number for n in held)
    return under / max(1, len(right.notes))
