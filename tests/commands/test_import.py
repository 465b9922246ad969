"""`partimento import`: any file becomes a song.json, and what was found is stated."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from partimento.cli import main
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.drum_maps import read_drum_map
from partimento.score.midi_write import MidiOptions
from partimento.score.song import Song


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["import", *map(str, words)], prog_name="partimento")


@pytest.fixture(scope="module")
def song() -> Song:
    return compose(Brief(genre="pop", bars=16, seed=5, instruments=("voice", "piano", "bass", "drums")))


def test_a_band_comes_back(song: Song, tmp_path: Path) -> None:
    (tmp_path / "band.mid").write_bytes(song.to_midi())
    result = run(tmp_path / "band.mid", "--json")
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert said["key"] == str(song.keys[0].key) and said["bars"] == 16
    assert [row["track"] for row in said["band"]] == [track.name for track in song.tracks]
    found = Song.from_json((tmp_path / "band.json").read_bytes())
    assert [t.notes for t in found.performance.tracks] == [t.notes for t in song.performance.tracks]


def test_roles_and_keys_may_be_said(song: Song, tmp_path: Path) -> None:
    (tmp_path / "band.mid").write_bytes(song.to_midi())
    name = song.tracks[1].name
    result = run(tmp_path / "band.mid", "--role", f"{name}=pad", "--key", "F# dorian", "--out", tmp_path / "x.json")
    assert result.exit_code == 0, result.output
    found = Song.from_json((tmp_path / "x.json").read_bytes())
    assert found.track(name).role == "pad" and str(found.keys[0].key) == "F# dorian"


def test_a_drum_map_is_read(song: Song, tmp_path: Path) -> None:
    plain = MidiOptions(drum_map=read_drum_map("td11"))
    (tmp_path / "band.mid").write_bytes(song.to_midi(plain))
    assert run(tmp_path / "band.mid", "--drum-map", "td11").exit_code == 0
    found = Song.from_json((tmp_path / "band.json").read_bytes())
    (struck,) = (t for t in found.performance.tracks if t.channel == 9)
    map_ = read_drum_map("td11")
    (meant,) = (t for t in song.performance.tracks if t.channel == 9)
    pieces = [map_.piece_at(map_.mapped(note.number)) for note in meant.notes]
    assert sorted(note.number for note in struck.notes) == sorted(piece.value for piece in pieces if piece is not None)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--role", "Piano=boss"), "unknown role 'boss'"),
        (("--role", "Pianoo=comp"), "no part 'Pianoo'. Did you mean 'Piano'"),
        (("--role", "comp"), "TRACK=ROLE"),
        (("--key", "H sharp"), "Unknown key 'H sharp': write"),
        (("--genre", "jaz"), "Did you mean 'jazz'"),
        (("--drum-map", "td"), "td11"),
    ],
)
def test_bad_requests_are_one_line(song: Song, tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    (tmp_path / "band.mid").write_bytes(song.to_midi())
    result = run(tmp_path / "band.mid", *words)
    assert result.exit_code == 2 and says in result.stderr and result.stderr.count("\n") == 1, result.output
    assert not (tmp_path / "band.json").exists()


def test_what_is_there_is_kept_without_force(song: Song, tmp_path: Path) -> None:
    (tmp_path / "band.mid").write_bytes(song.to_midi())
    (tmp_path / "band.json").write_bytes(b"mine")
    assert run(tmp_path / "band.mid").exit_code == 1
    assert (tmp_path / "band.json").read_bytes() == b"mine"
    assert run(tmp_path / "band.mid", "--force").exit_code == 0
