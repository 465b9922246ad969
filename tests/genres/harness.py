"""What the genre tests share: twenty songs a genre, composed once, and questions asked of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache

from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.song import Drum, Note, Section, Song, Track
from partimento.score.timeline import Bar, Timeline

SEEDS = tuple(range(1, 21))


@cache
def songs(genre: str) -> tuple[Song, ...]:
    """Twenty songs of the genre, seeds 1 to 20, everything else left to the style."""
    return tuple(compose(Brief(genre=genre, seed=seed)) for seed in SEEDS)


@cache
def timeline(song_index: int, genre: str) -> Timeline:
    """The timeline of song number `song_index` (0-19) of `songs(genre)`."""
    return Timeline(songs(genre)[song_index])


def tracks(song: Song, *roles: str) -> list[Track]:
    """The tracks of those roles."""
    return [track for track in song.tracks if track.role in roles]


def notes_in(track: Track, start: int, end: int) -> list[Note]:
    """The track's notes that start in [start, end)."""
    return [note for note in track.notes if start <= note.onset < end]


def places(track: Track, bars: list[Bar], *drums: Drum) -> Counter[int]:
    """How often the drums are struck at each place (ticks from the bar's start) over those bars."""
    wanted = set(drums)
    count: Counter[int] = Counter()
    for bar in bars:
        for note in notes_in(track, bar.start, bar.end):
            if note.pitch in wanted:
                count[note.onset - bar.start] += 1
    return count


def sections(song: Song, *kinds: str) -> list[tuple[int, Section]]:
    """The sections of those kinds, with their indices."""
    return [(i, section) for i, section in enumerate(song.sections) if section.kind in kinds]


def body_bars(song: Song) -> Iterator[Bar]:
    """The bars before the ending, without each section's last bar (fills and breaks lie there)."""
    line = Timeline(song)
    last = {line.section_bars(i)[-1].index for i in range(len(song.sections)) if line.section_bars(i)}
    for bar in line.bars:
        if bar.start < song.ending.start and bar.index not in last:
            yield bar
