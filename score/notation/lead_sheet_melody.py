"""What a lead sheet holds of a Song: the one line of the melody, where it is silent, and the chords in force.

Conventions: ticks of the Song; notes are the Song's, without slurs. One lead plays in a section, the first that has
notes there. A solo is not written out where chords lead the player: what was improvised once is not the tune.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace

from partimento.score.song import Note, Section, Song, Track
from partimento.theory.chord import Chord
from partimento.theory.pitch import Pitch

_PLAIN = frozenset({"legato", "tenuto", "ghost", "dead", "up", "down"})
"""Articulations that belong to a part, not to a tune."""


@dataclass(frozen=True, slots=True)
class Melody:
    """The line: `notes` in order, grace notes before their main ones; `players` the track's name a section, or ""."""

    notes: tuple[Note, ...]
    players: tuple[str, ...]


def melody(song: Song) -> Melody:
    """The song's tune. At one onset the highest note is taken; one that would overlap the next ends there."""
    leads = _leads(song)
    found: list[Note] = []
    players = []
    for section in song.sections:
        track = None if _is_solo(song, section) else next((t for t in leads if _within(t, section)), None)
        players.append(track.name if track else "")
        found += _within(track, section) if track else ()
    return Melody(_one_line(found, song.end), tuple(players))


def _leads(song: Song) -> list[Track]:
    """Tracks of role lead; where there are none, and no chords either, the first with pitches."""
    leads = [track for track in song.tracks if track.role == "lead"]
    if leads or song.chords:
        return leads
    pitched = [track for track in song.tracks if any(isinstance(note.pitch, Pitch) for note in track.notes)]
    return pitched[:1]


def _is_solo(song: Song, section: Section) -> bool:
    return section.lead == "solo" and any(section.start <= chord.onset < section.end for chord in song.chords)


def _within(track: Track, section: Section) -> tuple[Note, ...]:
    """The notes that begin in a section; a grace note goes with the note it precedes."""
    return tuple(note for note, onset in _anchored(track.notes) if section.start <= onset < section.end)


def _anchored(notes: tuple[Note, ...]) -> list[tuple[Note, int]]:
    """Each pitched note with the onset that says where it belongs: a grace note's is its main note's."""
    pitched = [note for note in notes if isinstance(note.pitch, Pitch)]
    mains = sorted(note.onset for note in pitched if not note.grace)
    out = []
    for note in pitched:
        after = bisect_left(mains, note.onset)
        out.append((note, mains[after] if note.grace and after < len(mains) else note.onset))
    return out


def _one_line(notes: list[Note], end: int) -> tuple[Note, ...]:
    mains: dict[int, Note] = {}
    for note in notes:
        there = mains.get(note.onset)
        if not note.grace and (there is None or note.number > there.number):
            mains[note.onset] = note
    onsets = [onset for onset in sorted(mains) if onset < end]
    out = []
    for onset, following in zip(onsets, [*onsets[1:], end], strict=False):
        note = mains[onset]
        said = "" if note.articulation in _PLAIN else note.articulation
        out.append(replace(note, duration=min(note.duration, following - onset), voice=0, articulation=said))
    graces = [
        replace(note, voice=0, articulation="") for note in notes if note.grace and onsets and note.onset <= onsets[-1]
    ]
    return tuple(sorted([*out, *graces], key=lambda note: (note.onset, not note.grace, note.number)))


@dataclass(frozen=True, slots=True)
class Changes:
    """Chords in force: from each of `ticks` on, the chord beside it (None where none sounds); the first tick is 0."""

    ticks: tuple[int, ...]
    chords: tuple[Chord | None, ...]

    def at(self, tick: int) -> Chord | None:
        """The chord in force at `tick`."""
        return self.chords[max(0, bisect_right(self.ticks, tick) - 1)]

    def within(self, start: int, end: int) -> tuple[tuple[int, Chord | None], ...]:
        """(ticks after `start`, chord) of every change in [start, end), what holds at `start` first."""
        first, last = bisect_right(self.ticks, start), bisect_left(self.ticks, end)
        inner = zip(self.ticks[first:last], self.chords[first:last], strict=True)
        return ((0, self.at(start)), *((tick - start, chord) for tick, chord in inner))


def changes(song: Song) -> Changes:
    """The song's chords as written, pushes aside, equal neighbours as one."""
    found: list[tuple[int, Chord | None]] = [(0, None)]
    end = 0
    for symbol in song.chords:
        if symbol.onset > end:
            found.append((end, None))
        found.append((symbol.onset, symbol.chord))
        end = symbol.onset + symbol.duration
    found.append((end, None))
    out: dict[int, Chord | None] = {}
    for tick, chord in found:
        out[tick] = chord
    ticks = [tick for tick in sorted(out) if tick == 0 or tick < song.end]
    kept = [tick for i, tick in enumerate(ticks) if i == 0 or out[tick] != out[ticks[i - 1]]]
    return Changes(tuple(kept), tuple(out[tick] for tick in kept))
