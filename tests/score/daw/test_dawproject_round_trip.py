"""What is written as a DAWproject comes back equal."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings

from partimento.score.daw.dawproject import write_dawproject
from partimento.score.daw.dawproject_read import read_dawproject
from partimento.score.importing.draft import Draft
from partimento.score.song import Song, TempoChange
from tests.score.daw.made_songs import composed, songs
from tests.score.small_song import small_song


def _bytes(song: Song) -> bytes:
    file = BytesIO()
    write_dawproject(song, file)
    return file.getvalue()


def _ramps(tempos: tuple[TempoChange, ...]) -> list[tuple[int, float, bool]]:
    """A ramp to nowhere, or to its own tempo, is none."""
    goals = [*(tempo.tempo_bpm for tempo in tempos[1:]), tempos[-1].tempo_bpm]
    return [(t.onset, t.tempo_bpm, t.ramp and goal != t.tempo_bpm) for t, goal in zip(tempos, goals, strict=True)]


def _check(song: Song, draft: Draft) -> None:
    assert draft.title == song.title
    assert draft.meters == song.meters
    assert _ramps(draft.tempos) == _ramps(song.tempos)
    assert draft.keys == song.keys
    assert draft.end == song.end
    assert draft.markers == tuple((section.start, section.name) for section in song.sections)
    sounding = [row for row in song.performance.tracks if row.notes]
    roles = {track.name: (track.role, track.instrument) for track in song.tracks}
    assert [part.name for part in draft.parts] == [row.name for row in sounding]
    for part, row in zip(draft.parts, sounding, strict=True):
        assert part.played == row.notes
        assert (part.role, part.instrument) == roles[row.name]
        assert (part.program, part.drums) == (row.program, row.channel == 9)
        begun = [c for c in part.controls if (c.onset, c.controller, c.value) != (0, 11, row.expression)]
        assert sorted(begun) == sorted(c for c in row.controls if c != (0, 11, row.expression))
        if any(control.controller < 0 for control in row.controls):
            assert part.bend_range == row.bend_range


@given(songs())
@settings(max_examples=50)
def test_round_trip(song: Song) -> None:
    _check(song, read_dawproject(_bytes(song), "song"))


@pytest.mark.parametrize("genre", ["pop", "classical", "salsa"])
def test_composed_songs_come_back(genre: str) -> None:
    song = composed(genre)
    draft = read_dawproject(_bytes(song), "song")
    _check(song, draft)
    channels = [row.channel for row in song.performance.tracks]
    for part, row in zip(draft.parts, song.performance.tracks, strict=True):
        if channels.count(row.channel) > 1:
            continue  # one fader for all of them in MIDI, one each here
        assert part.volume is not None and part.pan is not None
        assert abs(part.volume - row.volume) <= 1 and abs(part.pan - row.pan) <= 1


def test_a_path_reads_as_its_bytes(tmp_path: Path) -> None:
    data = _bytes(small_song())
    (tmp_path / "x.dawproject").write_bytes(data)
    assert read_dawproject(tmp_path / "x.dawproject", "x") == read_dawproject(data, "x")
