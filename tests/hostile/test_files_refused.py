"""Damaged, hostile and odd files on the command line: one line that names the file, nothing written, nothing lost.

Convention: memory is bounded by the kernel (1.5 GB of addresses a process) where a program of its own is run; the
bounds on work are those of the readers, and are tested there.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from partimento.cli import main
from partimento.score.importing.importing import MOST_BYTES
from partimento.score.song_json import song_to_json
from tests.hostile.files import damaged, midi, odd, scale
from tests.score.small_song import small_song

TOP = Path(__file__).resolve().parents[2]
MOST_MEMORY = 1_500_000_000
DAMAGED = damaged()
ODD = odd()
SLOW = frozenset(("million.mid",))
"""Read to their bounds, which takes seconds: once is enough."""


def run(*words: object) -> Result:
    return CliRunner().invoke(main, list(map(str, words)), prog_name="partimento")


def everything(folder: Path) -> dict[str, bytes]:
    """All files in a folder, with what they hold; of folders and pipes the name."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b"" for path in folder.rglob("*")
    }


def refused(result: Result) -> str:
    assert result.exit_code == 2, result.output
    assert result.stdout == "" and result.stderr.count("\n") == 1 and result.stderr.startswith("error: ")
    assert len(result.stderr) < 500
    return result.stderr


@pytest.mark.parametrize("command", ["import", "export"])
@pytest.mark.parametrize(("name", "data", "says"), DAMAGED, ids=[row[0] for row in DAMAGED])
def test_damage_is_one_line_that_names_the_file(
    tmp_path: Path, command: str, name: str, data: bytes, says: str
) -> None:
    if command == "export" and name in SLOW:
        return
    (tmp_path / name).write_bytes(data)
    line = refused(run(command, tmp_path / name, "--out", tmp_path / "out"))
    assert name in line and says in line
    assert list(everything(tmp_path)) == [name]


@pytest.mark.parametrize(("name", "data"), ODD, ids=[row[0] for row in ODD])
def test_odd_files_are_files(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    formats = "mid,parts,musicxml,leadsheet,dawproject,reaper,lilypond,abc"
    result = run("export", tmp_path / name, "--to", formats, "--out", tmp_path / "out", "--quiet")
    assert result.exit_code == 0, result.output
    paths = [path.relative_to(tmp_path) for path in tmp_path.rglob("*")]
    assert len(paths) > 9 and all(path.parts[0] in (name, "out") for path in paths)


def test_a_file_of_200_million_bytes_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.mid").open("wb") as file:
        file.write(midi(scale()))
        file.truncate(200_000_000)
    assert f"more than {MOST_BYTES} bytes" in refused(run("import", tmp_path / "huge.mid"))


@pytest.mark.parametrize("command", ["import", "export", "render", "arrange"])
@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: path.mkdir(), "a.mid"),
        (os.mkfifo, "a.mid' is empty|a.mid is empty"),
        (lambda path: path.symlink_to(path.name), "Too many levels"),
        (lambda path: path.symlink_to("gone"), "No such file"),
        (lambda path: path.symlink_to("/dev/zero"), "more than"),
    ],
    ids=["folder", "pipe", "loop", "dangling", "endless"],
)
def test_what_is_no_file(tmp_path: Path, command: str, make: Callable[[Path], object], says: str) -> None:
    path = tmp_path / "a.mid"
    make(path)
    line = refused(run(command, path))
    assert any(part in line for part in says.split("|")) and "a.mid" in line
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.mid"]


@pytest.mark.parametrize("command", ["import", "export", "render"])
@pytest.mark.parametrize("name", ["", ".", "/"])
def test_what_names_no_file(command: str, name: str) -> None:
    assert "is a folder" in refused(run(command, name))


@pytest.mark.parametrize("name", ["-", "--help", "a b'c\".mid", "new\nline.mid", "é♭.mid", ".mid", "x", b"\xff.mid"])
def test_files_may_have_any_name(tmp_path: Path, name: str | bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path(os.fsdecode(name))
    path.write_bytes(midi(scale()))
    for words in (("import", "--quiet", "--out", "song.json"), ("export", "--quiet", "--to", "mid,abc", "--out", "o")):
        result = run(*words, "--", path)
        assert result.exit_code == 0, result.output
    assert Path("song.json").read_text(encoding="utf-8").startswith("{")


def test_the_file_that_is_read_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "a.mid").write_bytes(midi(scale()))
    (tmp_path / "b.json").symlink_to("a.mid")
    before = everything(tmp_path)
    for words in (
        ("import", tmp_path / "a.mid", "--out", tmp_path / "a.mid"),
        ("import", tmp_path / "a.mid", "--out", tmp_path / "b.json"),
        ("export", tmp_path / "a.mid", "--out", tmp_path, "--to", "mid"),
    ):
        assert "is the file that is read" in refused(run(*words, "--force"))
    assert everything(tmp_path) == before


@pytest.mark.parametrize("folder_there", [False, True])
def test_force_keeps_what_is_of_another_kind(tmp_path: Path, folder_there: bool) -> None:
    (tmp_path / "song.json").write_text(song_to_json(small_song()), encoding="utf-8")
    taken = tmp_path / "out" / ("song.mid" if folder_there else "midi")
    (taken if folder_there else taken.parent).mkdir(parents=True)
    (taken / "mine" if folder_there else taken).write_bytes(b"mine")
    (tmp_path / "out" / "song.abc").write_bytes(b"old")
    before = everything(tmp_path)
    result = run("export", tmp_path / "song.json", "--to", "mid,parts,abc", "--out", tmp_path / "out", "--force")
    assert result.exit_code == 1 and result.stderr.count("\n") == 1 and "is to be written there" in result.stderr
    assert everything(tmp_path) == before


def _limited(most_file: int) -> Callable[[], None]:
    def limit() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # which shells ignore for what they run in the background
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_file, most_file))

    return limit


def apart(*words: str, most_file: int = 1 << 30) -> subprocess.Popen[bytes]:
    """`partimento WORDS` in a program of its own, its memory and the size of its files limited."""
    return subprocess.Popen(
        [sys.executable, "-m", "partimento.cli", *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=_limited(most_file),
        env={**os.environ, "PYTHONPATH": str(TOP / ".dev"), "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip


@pytest.mark.parametrize("name", ["million.mid", "bomb.mxl", "tracks.mid", "laughs.musicxml", "deep.json"])
def test_memory_is_bounded(tmp_path: Path, name: str) -> None:
    data, says = next((data, says) for other, data, says in DAMAGED if other == name)
    (tmp_path / name).write_bytes(data)
    process = apart("import", str(tmp_path / name), "--out", str(tmp_path / "out"))
    out, told = process.communicate()
    assert process.returncode == 2 and out == b"" and told.count(b"\n") == 1 and says.encode() in told
    assert list(everything(tmp_path)) == [name]


@pytest.mark.parametrize("to", ["musicxml", "dawproject", "mid"])
def test_a_full_disk_leaves_nothing_and_loses_nothing(tmp_path: Path, to: str) -> None:
    (tmp_path / "song.json").write_text(song_to_json(small_song()), encoding="utf-8")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / f"song.{to}").write_bytes(b"mine")
    before = everything(tmp_path)
    song, out = str(tmp_path / "song.json"), str(tmp_path / "out")
    process = apart("export", song, "--to", to, "--out", out, "--force", most_file=100)
    _, told = process.communicate()
    assert process.returncode == 1 and told.count(b"\n") == 1 and b"cannot be written" in told
    assert everything(tmp_path) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_nothing_and_loses_nothing(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "song.json").write_text(song_to_json(small_song()), encoding="utf-8")
    (tmp_path / "out" / "stems").mkdir(parents=True)
    (tmp_path / "out" / "stems" / "mine.wav").write_bytes(b"mine")
    before = everything(tmp_path)
    song, out = str(tmp_path / "song.json"), str(tmp_path / "out")
    process = apart("export", song, "--to", "stems,pdf", "--out", out, "--force", "--quiet")
    while process.poll() is None and not list((tmp_path / "out").glob(".*.part")):
        time.sleep(0.01)
    process.send_signal(number)
    process.communicate()
    if process.returncode == 1:
        pytest.skip("needs FluidSynth, a SoundFont and the engraving extra")
    assert process.returncode == 128 + number
    assert everything(tmp_path) == before


@pytest.mark.parametrize(("to", "lacking"), [("pdf", "verovio"), ("svg", "verovio"), ("png", "typst")])
def test_engraving_that_is_not_installed_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: str, lacking: str
) -> None:
    (tmp_path / "song.json").write_text(song_to_json(small_song()), encoding="utf-8")
    monkeypatch.setitem(sys.modules, lacking, None)
    result = run("export", tmp_path / "song.json", "--to", f"mid,{to}", "--out", tmp_path / "out")
    assert result.exit_code == 1 and result.stderr.count("\n") == 1 and lacking in result.stderr, result.output
    assert list(everything(tmp_path)) == ["song.json"]
