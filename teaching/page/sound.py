"""What a browser plays: the notes of a Song in seconds, small enough to lie in a page.

Conventions: seconds from tick 0 in thousandths; velocities 1-127; a sound is one of SOUNDS, made in the page's own
script. Where a Song has a Performance that is played, else its notes as written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from partimento.score.instruments import instrument
from partimento.score.performance import PlayedNote, PlayedTrack
from partimento.score.song import Drum, Song
from partimento.score.timeline import Timeline
from partimento.theory.errors import BriefError

SOUNDS = ("keys", "pluck", "bass", "bow", "wind", "brass", "pad", "drums")

_BY_PROGRAM = (
    (8, "keys"), (16, "keys"), (24, "wind"), (32, "pluck"), (40, "bass"), (46, "bow"), (47, "pluck"), (48, "keys"),
    (56, "bow"), (64, "brass"), (80, "wind"), (88, "wind"), (96, "pad"), (112, "pluck"), (128, "pad"),
)  # fmt: skip
"""General MIDI programs below a number, and their sound."""

SHORTEST_MS = 20


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


def strands_of(song: Song) -> tuple[Strand, ...]:
    """The song's parts, those without a note left out."""
    line = Timeline(song)
    strands = []
    for track in song.performance.tracks or _as_written(song):
        notes = []
        for note in track.notes:
            start = round(1000 * line.seconds_at(note.onset))
            end = round(1000 * line.seconds_at(note.onset + note.duration))
            notes.append((start, max(SHORTEST_MS, end - start), note.number, note.velocity))
        if notes:
            strands.append(Strand(_sound(track), (track.pan - 64) / 64, track.volume / 127, tuple(notes)))
    return tuple(strands)


def _sound(track: PlayedTrack) -> str:
    if track.channel == 9:
        return "drums"
    return next(sound for below, sound in _BY_PROGRAM if track.program < below)


def _as_written(song: Song) -> Sequence[PlayedTrack]:
    tracks = []
    for track in song.tracks:
        drums = any(isinstance(note.pitch, Drum) for note in track.notes)
        notes = tuple(PlayedNote(n.onset, n.duration, n.number, n.velocity) for n in track.notes)
        tracks.append(PlayedTrack(track.name, 9 if drums else 0, _program(track.instrument), notes))
    return tracks


def _program(name: str) -> int:
    try:
        return instrument(name).program
    except BriefError:
        return 0  # a foreign instrument sounds as a piano
