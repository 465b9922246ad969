"""The notes that a Page says: ties joined, tuplets reckoned, transposition undone. The inverse of writing it.

Conventions: ticks of the Page; pitches sound; a grace note has duration 0 at its main note's onset.
"""

from __future__ import annotations

from typing import NamedTuple

from partimento.score.notation.page import Page, Part
from partimento.score.notation.transposing import sounding
from partimento.score.song import Drum
from partimento.theory.interval import Interval
from partimento.theory.pitch import Pitch


class HeardNote(NamedTuple):
    """A note as read off the page; `pitch` sounds, of a drum it is the piece."""

    onset: int
    duration: int
    pitch: Pitch | Drum
    velocity: int
    grace: bool = False


def page_notes(page: Page, part: Part | str) -> list[HeardNote]:
    """All notes of a part, or of the part of that track, sorted by onset and number. KeyError where there is none.

    ValueError where the page contradicts itself: a tie that leads nowhere, a voice that does not fill its bar.
    """
    if isinstance(part, str):
        found = next((p for p in page.parts if p.track == part), None)
        if found is None:
            raise KeyError(part)
        part = found
    interval = Interval(*part.transposes)
    out: list[HeardNote] = []
    tied: dict[tuple[int, Pitch, Drum | None], tuple[int, int, int]] = {}
    for bar, measure in zip(page.bars, part.measures, strict=True):
        for voice in measure.voices:
            at = bar.start
            for event in voice.events:
                if event.onset != at:
                    raise ValueError(f"bar {bar.number} voice {voice.number}: an event at {event.onset}, not at {at}")
                at += event.duration
                for note in event.notes:
                    place = (voice.number, note.pitch, note.drum)
                    onset, end, velocity = event.onset, event.onset, note.velocity
                    if note.tie_stop:
                        onset, end, velocity = tied.pop(place, (-1, -1, 0))
                        if end != event.onset:
                            raise ValueError(f"bar {bar.number}: a tie of {note.pitch} comes from nowhere")
                    if note.tie_start:
                        tied[place] = (onset, event.onset + event.duration, velocity)
                        continue
                    pitch = note.drum or sounding(note.pitch, interval)
                    length = event.onset + event.duration - note.release - onset
                    out.append(HeardNote(onset, length, pitch, velocity, event.grace))
            if at != bar.end:
                raise ValueError(f"bar {bar.number} voice {voice.number}: ends at {at}, not at {bar.end}")
    if tied:
        raise ValueError(f"{len(tied)} ties lead nowhere")
    return sorted(out, key=lambda n: (n.onset, not n.grace, _number(n.pitch)))


def _number(pitch: Pitch | Drum) -> int:
    return pitch.value if isinstance(pitch, Drum) else pitch.midi
