"""Any Song goes everywhere: no performance, no notes, no tracks, more parts than channels, parts that others wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from io import BytesIO
from zipfile import ZipFile

import pytest
import rpp

from partimento.score.daw.dawproject import write_dawproject
from partimento.score.daw.dawproject_read import read_dawproject
from partimento.score.daw.reaper import reaper_project
from partimento.score.importing.complete import song_of
from partimento.score.importing.from_midi import midi_draft
from partimento.score.midi_read import read_midi
from partimento.score.performance import Performance, PlayedNote, PlayedTrack
from partimento.score.song import Song, Track
from tests.score.small_song import small_song

Rows = dict[str, list[tuple[int, int, int, int]]]


@cache
def foreign() -> Song:
    """A file of twenty pitched parts in unison and two kits, with keys that no map knows, as others would send it."""
    melodic = [channel for channel in range(16) if channel != 9]
    notes = tuple(PlayedNote(480 * i, 480, 60 + i % 5, 50 + i) for i in range(16))
    strokes = tuple(PlayedNote(480 * i, 120, (36, 38, 30, 100)[i % 4], 90) for i in range(16))
    rows = [PlayedTrack(f"Part {i}", melodic[min(i, 14)], 5 * i, notes) for i in range(20)]
    rows += [PlayedTrack(f"Kit {i}", 9, 25 * i, strokes) for i in range(2)]
    song = replace(small_song(), performance=Performance(tuple(rows)))
    return song_of(midi_draft(song.to_midi(), "the file"))[0]


SONGS: dict[str, Callable[[], Song]] = {
    "played": small_song,
    "not played": lambda: replace(small_song(), performance=Performance()),
    "a part that rests": lambda: replace(small_song(), tracks=(*small_song().tracks, Track("Oboe", "lead", "oboe"))),
    "foreign": foreign,
}


def plain(notes: Iterable[PlayedNote]) -> list[tuple[int, int, int, int]]:
    return sorted((onset, duration, number, velocity) for onset, duration, number, velocity in notes)


def meant(song: Song) -> Rows:
    """What is to be heard of each track: as played, or, where nobody played it, as written."""
    if song.performance.tracks:
        return {row.name: plain(row.notes) for row in song.performance.tracks if row.notes}
    return {t.name: sorted((n.onset, n.duration, n.number, n.velocity) for n in t.notes) for t in song.tracks}


def of_midi(song: Song) -> Rows:
    return {track.name: sorted(track.notes) for track in read_midi(song.to_midi()).tracks}


def of_dawproject(song: Song) -> Rows:
    file = BytesIO()
    write_dawproject(song, file)
    assert {"project.xml", "metadata.xml"} <= set(ZipFile(file).namelist())
    parts = read_dawproject(file.getvalue(), "project").parts
    return {part.name: plain(part.played) for part in parts}


@pytest.mark.parametrize("write", [of_midi, of_dawproject])
@pytest.mark.parametrize("name", SONGS)
def test_nothing_vanishes(name: str, write: Callable[[Song], Rows]) -> None:
    song = SONGS[name]()
    assert write(song) == meant(song)


@pytest.mark.parametrize("name", SONGS)
def test_reaper_has_every_note(name: str) -> None:
    song = SONGS[name]()
    tracks = rpp.loads(reaper_project(song)).findall("TRACK")
    ons = {
        track.find("NAME")[1]: sum(row[0] == "E" and row[2].startswith("9") for row in track.iter() if len(row) > 2)
        for track in tracks
    }
    assert {name: count for name, count in ons.items() if count} == {n: len(rows) for n, rows in meant(song).items()}


def test_a_foreign_file_comes_again_as_it_came() -> None:
    song = foreign()
    assert len(song.tracks) == 22
    again = song_of(midi_draft(song.to_midi(), "the file"))[0]
    assert again.performance.tracks == song.performance.tracks
    assert again.tracks == song.tracks


@pytest.mark.parametrize("name", SONGS)
def test_pretty_midi_and_back(name: str) -> None:
    pytest.importorskip("pretty_midi")
    song = SONGS[name]()
    back = Song.from_pretty_midi(song.to_pretty_midi())
    assert meant(back) == meant(song)


def test_a_song_without_tracks_is_an_empty_project() -> None:
    song = replace(small_song(), tracks=(), performance=Performance())
    assert of_midi(song) == of_dawproject(song) == {}
    assert not rpp.loads(reaper_project(song)).findall("TRACK")
