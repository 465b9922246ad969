"""A song's notes as one numpy array, for those who count.

Convention: a row a note, in order of time, then of track, then of number. Fields: `onset`, `duration` (int64 ticks, 480
a quarter), `onset_s`, `duration_s` (float64 seconds, by the tempo map), `number` (int16, MIDI; of a drum its General
MIDI key), `velocity` (int16, 1-127), `track` (int16, place in `song.tracks`; -1 where it is not there), `drum`
(bool).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from partimento.score.midi_write_tidy import DRUM_CHANNEL
from partimento.score.song import Drum, Song
from partimento.score.straight import as_played
from partimento.score.timeline import Timeline

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FIELDS = (
    ("onset", "<i8"), ("duration", "<i8"), ("onset_s", "<f8"), ("duration_s", "<f8"), ("number", "<i2"),
    ("velocity", "<i2"), ("track", "<i2"), ("drum", "?"),
)  # fmt: skip


def note_array(song: Song, *, written: bool = False) -> NDArray[np.void]:
    """Shape (notes,) of FIELDS: the notes as they are played (as written where nobody has), or the `written` ones."""
    import numpy as np

    seconds = Timeline(song).seconds_at
    rows: list[tuple[int, int, float, float, int, int, int, bool]] = []

    def add(onset: int, duration: int, number: int, velocity: int, track: int, drum: bool) -> None:
        start = seconds(onset)
        rows.append((onset, duration, start, seconds(onset + duration) - start, number, velocity, track, drum))

    if written:
        for i, track in enumerate(song.tracks):
            for note in track.notes:
                add(note.onset, note.duration, note.number, note.velocity, i, isinstance(note.pitch, Drum))
    else:
        places = {track.name: i for i, track in enumerate(song.tracks)}
        for played in as_played(song).performance.tracks:
            for onset, duration, number, velocity in played.notes:
                add(onset, duration, number, velocity, places.get(played.name, -1), played.channel == DRUM_CHANNEL)
    rows.sort(key=lambda row: (row[0], row[6], row[4]))
    return np.array(rows, dtype=list(FIELDS))
