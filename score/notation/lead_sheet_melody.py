"""What a lead sheet holds of a Song: the one line of the melody, where it is silent, and the chords in force.

Conventions: ticks of the Song; notes are the Song's, without slurs. One lead plays in a section, the first that has
notes there. A solo is not written out where chords lead the player: what was improvised once is not the tune.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace

from partimento.score.notation.bars import page_bars
from partimento.score.notation.sounds import Grid, pitched_sounds
from partimento.score.song import Note, Section, Song, Track
from partimento.theory.chord import Chord
from partimento.theory.pitch import Pitch

_PLAIN = frozenset({"legato", "tenuto", "ghost", "dead", "up", "down"})
"""Articulations that belong to a part, not to a tune."""


@dataclass(frozen=True, slots=True)
class Melody:
    """The line: `notes` in order on the page's grid, `players` the track's name a section, or "".

    Grace notes stand before their main ones, a tick apart and a tick long.
    """

    notes: tuple[Note, ...]
    players: tuple[str, ...]


def melody(song: Song) -> Melody:
    """The song's tune. At one onset the highest note is taken; one that would overlap the next ends there."""
    leads = [(track, _anchored(track.notes)) for track in _leads(song)]
    found: list[Note] = []
    players = []
    for section in song.sections:
        played = ((track, _within(notes, section)) for track, notes in leads)
        track, own = (None, []) if _is_solo(song, section) else next((pair for pair in played if pair[1]), (None, []))
        players.append(track.name if track else "")
        found += own
    return Melody(_one_line(song, found), tuple(players))


def _leads(song: Song) -> list[Track]:
    """Tracks of role lead; where there are none, and no chords either, the first with pitches."""
    leads = [track for track in song.tracks if track.role == "lead"]
    if leads or song.chords:
        return leads
    pitched = [track for track in song.tracks if any(isinstance(note.pitch, Pitch) for note in track.notes)]
    return pitched[:1]


def _is_solo(song: Song, section: Section) -> bool:
    return section.lead == "solo" and any(section.start <= chord.onset < section.end for chord in song.chords)


def _within(notes: list[tuple[int, Note]], section: Section) -> list[Note]:
    """The notes that belong to a section, of those that `_anchored` gives."""
    first = bisect_left(notes, section.start, key=lambda pair: pair[0])
    last = bisect_left(notes, section.end, key=lambda pair: pair[0])
    return [note for _, note in notes[first:last]]


def _anchored(notes: tuple[Note, ...]) -> list[tuple[int, Note]]:
    """Each pitched note after the onset that says where it belongs, in order: a grace note's is its main note's."""
    pitched = [note for note in notes if isinstance(note.pitch, Pitch)]
    mains = sorted(note.onset for note in pitched if not note.grace)
    out = []
    for note in pitched:
        after = bisect_left(mains, note.onset)
        out.append((mains[after] if note.grace and after < len(mains) else note.onset, note))
    return sorted(out, key=lambda pair: pair[0])


def _one_line(song: Song, notes: list[Note]) -> tuple[Note, ...]:
    """One note at a time, as the page will write it: brought to its grid, grace notes without a time of their own."""
    graces = [note for note in notes if note.grace]
    line = [_plain(note) for note in _highest([note for note in notes if not note.grace])]
    sounds = pitched_sounds(Track("Melody", "lead", "flute", (*line, *graces)), Grid(page_bars(song)))
    top = {sound.onset: sound for sound in sounds}
    onsets = list(top)
    out: list[Note] = []
    for onset, following in zip(onsets, [*onsets[1:], song.end], strict=False):
        sound = top[onset]
        places = sorted({grace.onset for grace in sound.graces})
        for grace in sound.graces:
            before = len(places) - places.index(grace.onset)
            out.append(replace(grace, onset=max(0, onset - before), duration=1, voice=0, articulation=""))
        out.append(replace(sound.note, onset=onset, duration=min(sound.end, following) - onset, voice=0))
    return tuple(out)


def _highest(notes: list[Note]) -> list[Note]:
    """The highest note at each onset, ending where the next begins."""
    top: dict[int, Note] = {}
    for note in notes:
        if note.onset not in top or note.number > top[note.onset].number:
            top[note.onset] = note
    line = [top[onset] for onset in sorted(top)]
    ends = [note.onset for note in line[1:]] + [line[-1].onset + line[-1].duration] if line else []
    return [replace(note, duration=min(note.duration, end - note.onset)) for note, end in zip(line, ends, strict=True)]


def _plain(note: Note) -> Note:
    return replace(note, articulation="") if note.articulation in _PLAIN else note


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
