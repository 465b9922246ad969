"""What a browser plays: the notes of a Song in seconds, small enough to lie in a page.

Conventions: seconds from tick 0 in thousandths; velocities 1-127; a sound is one of SOUNDS, made in the page's own
script. Where a Song has a Performance that is played, else its notes as written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from partimento.score.performance import PlayedNote, PlayedTrack
from partimento.score.song import Drum, Song
from partimento.score.timeline import Timeline

SOUNDS = ("keys", "pluck", "bass", "bow", "wind", "brass", "pad", "drums")

_BY_PROGRAM = (
    (8, "keys"), (16, "keys"), (24, "wind"), (32, "pluck"), (40, "bass"), (46, "bow"), (47, "pluck"), (48, "keys"),
    (56, "bow"), (64, "brass"), (80, "wind"), (88, "wind"), (96, "pad"), (112, "pluck"), (128, "pad"),
)  # fmt: skip
"""General MIDI programs below a number, and their sound."""


@dataclass(frozen=True, slots=True)
class Strand:
    """One part to be heard: its sound, its place from -1 (left) to 1, its loudness 0-1, and its notes as
    (start, length in ms, MIDI number, velocity)."""

    sound: str
    pan: float
    level: float
    notes: tuple[tuple[int, int, int, int], ...]

    def data(self) -> dict[str, object]:
        """As the page's script reads it: the notes in one flat list."""
        flat = [value for note in self.notes for value in note]
        return {"s": self.sound, "p": round(self.pan, 2), "l": round(self.level, 2), "n": flat}


def strands_of(
    song: Song, *, warp: Callable[[int], int] | None = None, pan: Mapping[str, float] | None = None
) -> tuple[Strand, ...]:
    """The song's parts; `warp` moves ticks (swing), `pan` places tracks by name where the song does not say."""
    line = Timeline(song)
    moved = warp or int

    def milliseconds(tick: int) -> int:
        return round(1000 * line.seconds_at(moved(tick)))

    strands = []
    for track in song.performance.tracks or _as_written(song):
        notes = []
        for note in track.notes:
            start = milliseconds(note.onset)
            end = milliseconds(note.onset + note.duration)
            notes.append((start, max(20, end - start), note.number, note.velocity))
        place = (pan or {}).get(track.name, (track.pan - 64) / 64)
        if notes:
            strands.append(Strand(_sound(track), place, track.volume / 127, tuple(notes)))
    return tuple(strands)


def swung(tick: int) -> int:
    """The tick with eighths played two to one."""
    beat, inside = divmod(tick, 480)
    return beat * 480 + (inside * 4 // 3 if inside <= 240 else 320 + (inside - 240) * 2 // 3)


def _sound(track: PlayedTrack) -> str:
    if track.channel == 9:
        return "drums"
    return next(sound for below, sound in _BY_PROGRAM if track.program < below)


def _as_written(song: Song) -> Sequence[PlayedTrack]:
    from partimento.score.instruments import instrument
    from partimento.theory.errors import BriefError

    tracks = []
    for track in song.tracks:
        drums = any(isinstance(note.pitch, Drum) for note in track.notes)
        try:
            program = instrument(track.instrument).program
        except BriefError:
            program = 0
        notes = tuple(
            PlayedNote(n.onset, _played(n.duration, n.articulation), n.number, n.velocity) for n in track.notes
        )
        tracks.append(PlayedTrack(track.name, 9 if drums else 0, program, notes))
    return tracks


def _played(duration: int, articulation: str) -> int:
    return duration // 2 if articulation in ("staccato", "dead") else duration
