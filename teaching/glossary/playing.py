"""An example as it is played: swung or late where it says so, short where it is marked short, placed left and right."""

from __future__ import annotations

from dataclasses import replace

from partimento.score.instruments import instrument
from partimento.score.performance import Performance, PlayedNote, PlayedTrack
from partimento.score.song import Drum, Note, Song, Track
from partimento.teaching.glossary.example import Example

HELD = 2.0
"""How many times as long a note under a fermata lasts. Taste."""

SHORT = {"staccato": 0.5, "dead": 0.25, "marcato": 0.8}
"""The share of its length for which a marked note sounds."""

_BEAT, _HALF, _LATE = 480, 240, 320


def performed(example: Example) -> Song:
    """The example's song with a Performance, for MIDI and for the page's player."""
    tracks = tuple(_played(track, example, channel) for channel, track in enumerate(example.song.tracks))
    return replace(example.song, performance=Performance(tracks))


def swung(tick: int) -> int:
    """The tick with eighths played two to one.

    >>> swung(240), swung(360), swung(480)
    (320, 400, 480)
    """
    beat, inside = divmod(tick, _BEAT)
    if inside <= _HALF:
        return beat * _BEAT + inside * _LATE // _HALF
    return beat * _BEAT + _LATE + (inside - _HALF) * (_BEAT - _LATE) // _HALF


def _played(track: Track, example: Example, channel: int) -> PlayedTrack:
    kind = instrument("piano") if track.role != "drums" else instrument("drums")
    notes = sorted((_note(note, example) for note in track.notes), key=lambda note: (note.onset, note.number))
    pan = round(64 + 63 * example.pan.get(track.name, 0.0))
    return PlayedTrack(track.name, 9 if track.role == "drums" else channel, kind.program, tuple(notes), pan=pan)


def _note(note: Note, example: Example) -> PlayedNote:
    start, end = note.onset, note.onset + note.duration
    if example.swing:
        start, end = swung(start), swung(end)
    late = example.late.get(note.pitch.name.lower(), 0) if isinstance(note.pitch, Drum) else 0
    start, end = start + late, end + late
    length = (end - start) * (HELD if note.onset in example.fermatas else SHORT.get(note.articulation, 1.0))
    return PlayedNote(start, max(1, round(length)), note.number, note.velocity)
