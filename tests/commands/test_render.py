"""`partimento render`: files and stems are whole or not there, streams begin at once, what is wrong is one line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from partimento.cli import main
from partimento.commands.doctor import find_libfluidsynth
from partimento.commands.render import _seconds
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.midi_write import midi_bytes
from partimento.score.song_json import song_to_json
from partimento.soundfonts.finding import find_soundfonts
from partimento.theory.errors import RenderError

TOP = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(find_libfluidsynth() is None, reason="libfluidsynth is missing")


@pytest.fixture(scope="module")
def font() -> str:
    return str(min(find_soundfonts(), key=lambda each: each.size_bytes).path)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with song.json and song.mid."""
    folder = tmp_path_factory.mktemp("song")
    song = compose(Brief(genre="pop", bars=4, seed=3, tempo_bpm=120.0))
    (folder / "song.mid").write_bytes(midi_bytes(song))
    (folder / "song.json").write_text(song_to_json(song), encoding="utf-8")
    return folder


def run(*words: str | Path) -> Result:
    """Run `partimento render WORDS`."""
    return CliRunner().invoke(main, ["render", *map(str, words)], prog_name="partimento")


def refused(result: Result, code: int = 2) -> str:
    """The one error line of a refused call."""
    assert result.exit_code == code, result.output
    assert result.stdout == "" and "internal error" not in result.stderr
    lines = result.stderr.splitlines()
    assert lines[-1].startswith("error: ") and "Traceback" not in result.output
    return lines[-1]


@pytest.mark.parametrize(
    ("source", "out", "bits", "subtype"),
    [("song.mid", "a.wav", "16", "PCM_16"), ("song.json", "b.flac", "24", "PCM_24"),
     ("song.json", "c.wav", "32f", "FLOAT"), ("song.mid", "d.ogg", None, "VORBIS")],
)  # fmt: skip
def test_any_format_from_song_or_midi(
    files: Path, font: str, tmp_path: Path, source: str, out: str, bits: str | None, subtype: str
) -> None:
    more = ("--bits", bits) if bits else ()
    result = run(files / source, "--soundfont", font, "-o", tmp_path / out, "--sr", "48000", *more)
    assert result.exit_code == 0, result.output
    assert result.stdout.strip() == str(tmp_path / out)
    info = soundfile.info(str(tmp_path / out))
    assert (info.samplerate, info.channels, info.subtype) == (48000, 2, subtype)
    assert info.frames > 8 * 48000
    assert os.listdir(tmp_path) == [out]


def test_stems_sum_to_the_mixs_input_and_lie_together(files: Path, font: str, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    result = run(files / "song.json", "--soundfont", font, "--stems", "--out", out, "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert sorted(os.listdir(out)) == ["mix.json", "mix.wav", "stems"]
    assert sorted(told["stems"]) == sorted(str(path) for path in (out / "stems").iterdir())
    names = [Path(path).name for path in told["stems"]]
    assert any("Drums-kick" in name for name in names) and any("Hall" in name for name in names)
    frames = {soundfile.info(path).frames for path in (*told["stems"], told["audio"])}
    assert len(frames) == 1
    assert {soundfile.info(path).subtype for path in told["stems"]} == {"PCM_24"}
    assert told["lufs"] == pytest.approx(compose(Brief(genre="pop", bars=4, seed=3, tempo_bpm=120.0)).mix.lufs, abs=0.3)
    # Each alone is quieter than full scale, and together they are something.
    total = sum(soundfile.read(path)[0] for path in told["stems"])
    assert 0.01 < np.abs(total).max()
    before = (out / "mix.wav").read_bytes()
    assert "--force" in refused(run(files / "song.json", "--soundfont", font, "--stems", "--out", out), 1)
    again = run(files / "song.json", "--soundfont", font, "--stems", "--out", out, "--force")
    assert again.exit_code == 0 and (out / "mix.wav").read_bytes() == before


def test_excerpts_and_loudness(files: Path, font: str, tmp_path: Path) -> None:
    words = ("--soundfont", font, "--from", "0:02", "--to", "4.5s", "--lufs", "-20", "--json")
    result = run(files / "song.mid", "-o", tmp_path / "x.wav", *words)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["lufs"] == pytest.approx(-20, abs=0.2) and 2.5 <= told["seconds"] < 14
    said = run(files / "song.json", "-o", tmp_path / "y.wav", *words[:4])
    assert "measured on the excerpt" in said.stderr


def test_a_stored_mix_is_used_where_it_fits(files: Path, font: str, tmp_path: Path) -> None:
    for name in ("song.json", "song.mid"):
        (tmp_path / name).write_bytes((files / name).read_bytes())
    song = tmp_path / "song.json"
    out = tmp_path / "out"
    assert run(song, "--soundfont", font, "--stems", "--bits", "16", "--out", out).exit_code == 0
    unmeasured = run(song, "--soundfont", font, "--stream", tmp_path / "first.wav")
    assert "static gains" in unmeasured.stderr
    (tmp_path / "mix.json").write_bytes((out / "mix.json").read_bytes())
    stored = run(song, "--soundfont", font, "--stream", tmp_path / "second.wav")
    assert "stored mix" in stored.stderr
    assert run(song, "--soundfont", font, "-o", tmp_path / "again.wav").exit_code == 0
    assert (tmp_path / "again.wav").read_bytes() == (out / "mix.wav").read_bytes()
    other = run(song, "--soundfont", font, "--lufs", "-21", "--stream", tmp_path / "third.wav")
    assert "static gains" in other.stderr
    (tmp_path / "mix.json").write_text("{}")
    assert "static gains" in run(song, "--soundfont", font, "--stream", tmp_path / "fourth.wav").stderr


def test_a_stream_goes_to_standard_output(files: Path, font: str, tmp_path: Path) -> None:
    result = run(files / "song.json", "--soundfont", font, "--stream", "-")
    assert result.exit_code == 0, result.stderr
    data = result.stdout_bytes
    assert data[:4] == b"RIFF" and data[4:8] == b"\xff\xff\xff\xff"
    (tmp_path / "x.wav").write_bytes(data)
    samples, rate = soundfile.read(tmp_path / "x.wav")
    assert rate == 44100 and len(samples) > 8 * rate and np.abs(samples[: rate // 2]).max() > 0.001


def test_a_streams_file_is_not_overwritten_unasked(files: Path, font: str, tmp_path: Path) -> None:
    where = tmp_path / "x.wav"
    where.write_bytes(b"kept")
    said = refused(run(files / "song.mid", "--soundfont", font, "--stream", where), 1)
    assert said.endswith("Use --force to overwrite, or another --stream.")
    assert where.read_bytes() == b"kept"
    assert run(files / "song.mid", "--soundfont", font, "--stream", where, "--force").exit_code == 0
    assert where.read_bytes()[:4] == b"RIFF"


def test_a_stream_to_a_closed_standard_output_is_one_line(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("partimento.commands.render.sys", SimpleNamespace(stdout=None))
    assert "standard output is closed" in refused(run(files / "song.mid", "--stream", "-"), 1)


def test_who_closes_the_pipe_ends_it(files: Path, font: str) -> None:
    words = [sys.executable, "-m", "partimento.cli", "render", str(files / "song.json"), "--soundfont", font]
    where = {**os.environ, "PYTHONPATH": str(TOP / ".dev")}
    words += ["--stream", "-", "--quiet"]
    pipe = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=where)
    assert pipe.stdout is not None and pipe.stderr is not None
    assert pipe.stdout.read(4) == b"RIFF"
    pipe.stdout.close()
    assert pipe.wait(60) in (0, 1)
    assert b"Traceback" not in pipe.stderr.read()
    pipe.stderr.close()


def test_interrupted_nothing_is_left_and_what_was_there_stays(files: Path, font: str, tmp_path: Path) -> None:
    (tmp_path / "long.mid").write_bytes(midi_bytes(compose(Brief(genre="pop", seed=3, duration_s=600.0))))
    (tmp_path / "out.wav").write_bytes(b"kept")
    words = [sys.executable, "-m", "partimento.cli", "render", str(tmp_path / "long.mid"), "--soundfont", font,
             "-o", str(tmp_path / "out.wav"), "--force"]  # fmt: skip
    where = {**os.environ, "PYTHONPATH": str(TOP / ".dev")}
    child = subprocess.Popen(words, stderr=subprocess.PIPE, env=where)
    while not any(path.name.endswith(".part") for path in tmp_path.iterdir()):
        assert child.poll() is None
        time.sleep(0.02)
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=60)
    assert child.returncode == 130 and b"Traceback" not in said
    assert sorted(os.listdir(tmp_path)) == ["long.mid", "out.wav"]
    assert (tmp_path / "out.wav").read_bytes() == b"kept"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--out", "x.txt"), ".wav, .flac"), (("--out", "x.wav", "--format", "flac"), "contradicts"),
        (("--format", "mp3", "--bits", "16"), "leave --bits out"), (("--format", "flac", "--bits", "32f"), "16 or 24"),
        (("--sr", "22050"), "44100"), (("--from", "x"), "1:30"), (("--from", "1:75"), "no time"),
        (("--from", "0:30", "--to", "0:20"), "after --from"), (("--lufs", "3"), "-40"),
        (("--stream", "-", "--stems"), "contradicts --stems"), (("--stream", "-", "--out", "x.wav"), "--out"),
        (("--stream", "-", "--format", "mp3"), "contradicts"), (("--format", "wave"), "wav"),
        (("--lufs", "nan"), "--lufs nan is not a number"), (("--stream", "x.flac"), "'x.flac' must end in .wav"),
        (("--stream", "x.wav", "--format", "flac"), "--stream writes WAV"),
    ],
)  # fmt: skip
def test_bad_options_are_one_line(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert said in refused(run(files / "song.mid", *words))
    assert os.listdir(tmp_path) == []


def test_places_that_cannot_be_written_are_one_line(files: Path, font: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "x.wav").mkdir()
    for words in (("-o", tmp_path / "x.wav", "--force"), ("-o", tmp_path / "file" / "x.wav"), ("-o", "/proc/no/x.wav"),
                  ("--stems", "--out", tmp_path / "file"), ("--stream", tmp_path / "no" / "x.wav")):  # fmt: skip
        refused(run(files / "song.mid", "--soundfont", font, *words), 1)
    assert sorted(os.listdir(tmp_path)) == ["file", "x.wav"]


def test_a_start_behind_the_end_is_one_line(files: Path, font: str, tmp_path: Path) -> None:
    out = tmp_path / "x.wav"
    for start in ("9:00", "100000000000000000000", "9" * 400):
        said = refused(run(files / "song.mid", "--soundfont", font, "-o", out, "--from", start))
        assert said.startswith("error: the part asked for begins after the end: the piece lasts 0:07.")
    said = refused(run(files / "song.json", "--soundfont", font, "-o", out, "--to", "0.001"))
    assert said == "error: nothing sounds between 0:00 and 0:00.001"
    assert not out.exists()


@pytest.mark.parametrize("content", [None, b"", b"MThd", b"{", b'{"format": 1}', b"\x00" * 100, b"MThd" + b"\xff" * 60])
def test_a_file_that_is_no_song_is_one_line(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "x.mid").write_bytes(content)
    refused(run(tmp_path / "x.mid"))
    assert not (tmp_path / "x.wav").exists()


@pytest.mark.parametrize("content", [None, b"", b"RIFF\xff\xff\xff\x00sfbkxxxx", b"RIFF\x04\0\0\0sfbk", b"no font"])
def test_a_missing_or_damaged_soundfont_is_one_line(files: Path, tmp_path: Path, content: bytes | None) -> None:
    bad = tmp_path / "font.sf2"
    if content is not None:
        bad.write_bytes(content)
    assert "font.sf2" in refused(run(files / "song.mid", "--soundfont", bad, "-o", tmp_path / "x.wav"), 1)
    assert not (tmp_path / "x.wav").exists()


def test_no_library_is_one_line(files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from partimento.synth import renderers

    def missing() -> None:
        raise RenderError("no sound without the FluidSynth library. To get it: apt-get install libfluidsynth3")

    monkeypatch.setattr(renderers, "library", missing)
    for words in (("-o", tmp_path / "x.wav"), ("--stems", "--out", tmp_path / "s"), ("--stream", tmp_path / "x.wav")):
        assert "apt-get install" in refused(run(files / "song.json", *words), 1)
    assert os.listdir(tmp_path) == []


def test_a_full_disk_is_one_line_and_leaves_nothing(
    files: Path, font: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from partimento.synth import wav

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(wav, "encoded", full)
    (tmp_path / "x.wav").write_bytes(b"kept")
    for words in (("-o", tmp_path / "x.wav", "--force"), ("--stems", "--out", tmp_path / "s")):
        assert "No space left" in refused(run(files / "song.mid", "--soundfont", font, *words), 1)
    assert os.listdir(tmp_path) == ["x.wav"] and (tmp_path / "x.wav").read_bytes() == b"kept"


def test_times() -> None:
    times = {"0:30": 30, "90": 90, "1:02:03": 3723, "12.5s": 12.5, " 1:01.5 ": 61.5, ".5": 0.5}
    assert [_seconds(text, "--from") for text in times] == list(times.values())
    assert _seconds(None, "--from") is None


def test_compose_writes_a_mix_that_render_uses_again(font: str, tmp_path: Path) -> None:
    words = ["--genre", "pop", "--bars", "4", "--seed", "1", "--soundfont", font, "--out", str(tmp_path / "s")]
    result = CliRunner().invoke(main, ["compose", *words])
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-2:] == [str(tmp_path / "s" / "mix.wav"), str(tmp_path / "s" / "mix.json")]
    with wave.open(str(tmp_path / "s" / "mix.wav")) as file:
        assert (file.getsampwidth(), file.getnchannels(), file.getframerate()) == (2, 2, 44100)
    out = tmp_path / "again.wav"
    assert run(tmp_path / "s" / "song.json", "--soundfont", font, "-o", out).exit_code == 0
    assert out.read_bytes() == (tmp_path / "s" / "mix.wav").read_bytes()
    assert "stored mix" in run(tmp_path / "s" / "song.json", "--soundfont", font, "--stream", tmp_path / "x.wav").stderr
