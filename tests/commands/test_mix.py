"""`partimento mix`: edits in place and elsewhere, the table, reports, stems, and bad input."""

from __future__ import annotations

import json
import shutil
import wave
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from click.testing import CliRunner, Result

from partimento.commands.mix import command
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.importing.importing import import_song
from partimento.score.song_json import song_from_json, song_to_json
from partimento.soundfonts.finding import find_soundfonts
from partimento.synth.fluid import library
from partimento.theory.errors import BriefError, OutputError, PartimentoError, RenderError, ScoreFormatError, StyleError

try:
    library()
    PLAYS = True
except RenderError:
    PLAYS = False

plays = pytest.mark.skipif(not PLAYS, reason="libfluidsynth is not installed")


@pytest.fixture(scope="module")
def text() -> str:
    song = compose(Brief(genre="pop", seed=3, duration_s=12.0))
    return song_to_json(song)


@pytest.fixture
def song(text: str, tmp_path: Path) -> Path:
    folder = tmp_path / "pop-3"
    folder.mkdir()
    (folder / "song.json").write_text(text, encoding="utf-8")
    return folder / "song.json"


def font() -> str:
    return str(min(find_soundfonts(), key=lambda found: found.size_bytes).path)


def run(*words: object) -> Result:
    return CliRunner().invoke(command, [str(word) for word in words])


def fails(kind: type[Exception], match: str, *words: object) -> None:
    """The command ends with one line of that error."""
    with pytest.raises(kind) as caught:
        command.main([str(word) for word in words], standalone_mode=False)
    said = caught.value.format_message() if isinstance(caught.value, click.ClickException) else str(caught.value)
    assert match in said and "\n" not in said


def faders(path: Path) -> dict[str, Any]:
    return {fader.track: fader for fader in song_from_json(path.read_bytes()).mix.faders}


def test_an_edit_changes_the_mix_and_what_follows_from_it_alone(song: Path, text: str) -> None:
    result = run(song, "--set", "bass.gain=-2", "--mute", "drums.hats", "--lufs", "-16", "--no-audio")
    assert result.exit_code == 0 and result.stdout.split() == [str(song)]
    now = song_from_json(song.read_bytes())
    name = next(track.name for track in now.tracks if track.role == "bass")
    assert faders(song)[name].gain_db == -2.0 and faders(song)["Drums/hats"].mute
    assert now.mix.lufs == -16.0
    changed = [
        (old, new)
        for old, new in zip(text.splitlines(), song.read_text(encoding="utf-8").splitlines(), strict=True)
        if old != new
    ]
    assert len(changed) == 4  # both faders, the loudness, the bass's MIDI volume
    assert sorted(song.parent.iterdir()) == [song]


def test_an_edit_and_its_reset_leave_the_file_as_it_was(song: Path, text: str) -> None:
    run(song, "--set", "bass.gain=-2", "--solo", "drums", "--no-audio")
    assert song.read_text(encoding="utf-8") != text
    assert run(song.parent, "--reset", "--no-audio").exit_code == 0
    assert song.read_text(encoding="utf-8") == text


def test_solo_and_mute_are_taken_back(song: Path) -> None:
    run(song, "--solo", "drums", "--mute", "bass", "--no-audio")
    assert faders(song)["Drums"].solo
    run(song, "--unsolo", "--unmute", "--no-audio")
    assert not any(fader.solo or fader.mute for fader in faders(song).values())


def test_out_keeps_the_old_song(song: Path, text: str, tmp_path: Path) -> None:
    result = run(song, "--set", "width=0.5", "--no-audio", "--out", tmp_path / "new" / "song2.json")
    assert result.stdout.split() == [str(tmp_path / "new" / "song2.json")]
    assert song_from_json((tmp_path / "new" / "song2.json").read_bytes()).mix.width == 0.5
    assert song.read_text(encoding="utf-8") == text
    fails(OutputError, "is there already", song, "--no-audio", "--out", tmp_path / "new" / "song2.json")
    assert run(song, "--no-audio", "--out", tmp_path / "folder").exit_code == 0
    assert (tmp_path / "folder" / "song.json").read_text(encoding="utf-8") == text


def test_show_alone_writes_nothing(song: Path) -> None:
    before = song.stat().st_mtime_ns
    result = run(song, "--show")
    assert result.exit_code == 0 and "Drums/kick" in result.stdout and "LUFS" in result.stdout
    assert sorted(song.parent.iterdir()) == [song] and song.stat().st_mtime_ns == before
    data = json.loads(run(song, "--show", "--json").stdout)
    assert {row["role"] for row in data["faders"]} >= {"lead", "bass", "kick"}


def test_a_report_that_lies_there_is_not_overwritten_unasked(song: Path) -> None:
    (song.parent / "mix-report.md").write_text("mine", encoding="utf-8")
    fails(OutputError, "mix-report.md' is there already", song, "--report", "--no-audio")
    assert (song.parent / "mix-report.md").read_text(encoding="utf-8") == "mine"


@plays
def test_a_song_is_mixed_again_in_place(song: Path) -> None:
    fonts = ("--soundfont", font())
    result = run(song, "--set", "bass.gain=-3", "--report", *fonts)
    assert result.exit_code == 0, result.output
    names = ["song.json", "mix.wav", "mix.json", "mix-report.md", "mix-report.json", "mix-report.png"]
    assert result.stdout.splitlines() == [str(song.parent / name) for name in names]
    first = (song.parent / "mix.wav").read_bytes()
    report = json.loads((song.parent / "mix-report.json").read_text(encoding="utf-8"))
    assert report["after"]["lufs"] == pytest.approx(-14.0, abs=0.3)
    assert report["after"]["true_peak_db"] <= -1.0 + 0.05
    assert {row["name"] for row in report["strips"]} >= {"Drums/kick"}
    # What it made itself it makes anew without being forced; and a report can be had elsewhere.
    result = run(song, "--mute", "lead", "--report", song.parent / "told", *fonts, "--json")
    assert result.exit_code == 0, result.output
    data = json.loads(result.stdout)
    assert data["lufs"] == pytest.approx(-14.0, abs=0.3) and data["no_sound"] is None
    assert (song.parent / "mix.wav").read_bytes() != first
    assert sorted(path.name for path in (song.parent / "told").iterdir()) == sorted(names[3:])
    fails(OutputError, "is there already", song, "--report", song.parent / "told", *fonts)


@plays
def test_somebodys_sound_is_not_overwritten(song: Path, text: str) -> None:
    (song.parent / "mix.wav").write_bytes(b"mine")
    fails(OutputError, "mix.wav' is there already", song, "--set", "bass.gain=1", "--soundfont", font())
    assert (song.parent / "mix.wav").read_bytes() == b"mine"
    assert song.read_text(encoding="utf-8") == text


@plays
def test_all_muted_is_an_error_and_changes_nothing(song: Path, text: str) -> None:
    words = [word for track in song_from_json(text).tracks for word in ("--mute", track.name)]
    fails(BriefError, "every track is muted", song, *words, "--soundfont", font())
    assert song.read_text(encoding="utf-8") == text and sorted(song.parent.iterdir()) == [song]


def test_without_a_library_the_edit_is_kept(song: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise RenderError("the FluidSynth library is missing; install libfluidsynth3")

    monkeypatch.setattr("partimento.synth.renderers.library", missing)
    (song.parent / "mix.wav").write_bytes(b"old")
    (song.parent / "mix.json").write_text("{}", encoding="utf-8")
    result = run(song, "--set", "bass.gain=-2")
    assert result.exit_code == 0 and "No sound: the FluidSynth library is missing" in result.stderr
    assert result.stdout.split() == [str(song)]
    assert (song.parent / "mix.wav").read_bytes() == b"old"


def stem(path: Path, hz: float) -> Path:
    line = np.round(9000 * np.sin(2 * np.pi * hz * np.arange(44100) / 44100)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(44100)
        file.writeframes(line.tobytes())
    return path


def test_stems_are_mixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    bass, take = stem(tmp_path / "bass.wav", 55.0), stem(tmp_path / "take 3.wav", 880.0)
    result = run(
        bass, take, "--genre", "rock", "--role", "take 3.wav=Lead", "--set", "take 3.gain=1", "--report", "told"
    )
    assert result.exit_code == 0, result.output
    assert "bass.wav: bass (its name)" in result.stderr and "take 3.wav: lead (named so)" in result.stderr
    assert result.stdout.splitlines()[0] == "mix.wav" and (tmp_path / "mix.wav").stat().st_size > 100_000
    data = json.loads((tmp_path / "told" / "mix-report.json").read_text(encoding="utf-8"))
    assert [row["role"] for row in data["strips"]] == ["bass", "lead"] and data["profile"] == "rock"
    fails(OutputError, "is there already", bass, take)
    fails(OutputError, "is one of the stems", bass, take, "--out", bass, "--force")
    assert "bass" in run(bass, take, "--show").stdout
    listed = json.loads(run(bass, take, "--no-audio", "--json").stdout)
    assert listed["files"] == [] and [row["role"] for row in listed["stems"]] == ["bass", "comp"]


def test_bad_input_is_one_line(song: Path, tmp_path: Path) -> None:
    take = stem(tmp_path / "take.wav", 440.0)
    other = tmp_path / "other.json"
    shutil.copy(song, other)
    usage = click.UsageError
    fails(usage, "several songs at once", song, other)
    fails(usage, "a song and audio files at once", song, take)
    fails(usage, "name a song.json", "--set", "bass.gain=1")
    fails(usage, "--genre is for stems", song, "--genre", "rock")
    fails(usage, "--reset is for songs", take, "--reset")
    fails(usage, "is not FILE=ROLE", take, "--role", "lead")
    fails(usage, "holds no song.json", tmp_path)
    fails(usage, "is a MIDI file", tmp_path / "song.mid")
    fails(usage, "is a sound", song, "--out", "new.wav")
    fails(usage, "contradicts the ending", take, "--out", "x.wav", "--format", "flac")
    fails(BriefError, "no fader 'bazz'", song, "--mute", "bazz")
    fails(BriefError, "no setting 'gian'", song, "--set", "bass.gian=2")
    fails(BriefError, "is no role", take, "--role", "take=leed")
    fails(StyleError, "rok", take, "--genre", "rok")
    fails(ScoreFormatError, "cannot be read", tmp_path / "none.json")
    fails(ScoreFormatError, "cannot be read", tmp_path / "none.wav")
    fails(usage, "bits do not go with", song, "--format", "mp3", "--bits", "24")
    fails(usage, "--lufs nan", song, "--lufs", "nan", "--no-audio")
    other.write_text("{", encoding="utf-8")
    fails(PartimentoError, "", other, "--show")
    assert run("--report", song, "--show", "--no-audio").exit_code == 0


def test_an_imported_song_is_reset_to_what_its_roles_give(text: str, tmp_path: Path) -> None:
    (tmp_path / "band.mid").write_bytes(song_from_json(text).to_midi())
    foreign, _ = import_song(tmp_path / "band.mid")
    path = tmp_path / "band.json"
    path.write_text(song_to_json(foreign), encoding="utf-8")
    assert run(path, "--reset", "--no-audio").exit_code == 0
    mix = song_from_json(path.read_bytes()).mix
    assert {fader.track for fader in mix.faders} >= {track.name for track in foreign.tracks}
    assert any(fader.compression for fader in mix.faders)
