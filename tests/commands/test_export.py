"""`partimento export`: every format is written whole, or nothing is; options that cannot matter are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from partimento.cli import main
from partimento.commands.export_files import FORMATS
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.notation import engrave_apart
from partimento.score.song import Song

TOP = Path(__file__).resolve().parents[2]
SILENT = tuple(name for name in FORMATS if name not in ("stems", "png"))


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["export", *map(str, words)], prog_name="partimento")


def refused(result: Result, code: int = 2) -> str:
    assert result.exit_code == code, result.output
    assert result.stdout == "" and result.stderr.count("\n") == 1 and result.stderr.startswith("error: ")
    return result.stderr


@pytest.fixture(scope="module")
def song() -> Song:
    return compose(Brief(genre="jazz", bars=8, seed=3, instruments=("trumpet", "piano", "bass", "drums")))


@pytest.fixture
def file(song: Song, tmp_path: Path) -> Path:
    path = tmp_path / "tune.json"
    path.write_text(song.to_json(), encoding="utf-8")
    return path


def test_all_silent_formats_at_once(file: Path, song: Song, tmp_path: Path) -> None:
    result = run(file, "--to", ",".join(SILENT), "--json", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)["files"]
    there = sorted(str(path) for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert sorted(said) == there
    assert all(Path(path).stat().st_size > 100 for path in there)
    parts = [Path(path).name for path in said if "/midi/" in path]
    assert len(parts) == len(song.tracks) and all(name[:2].isdigit() for name in parts)
    assert {Path(path).name for path in said if "/pdf/" in path} >= {"score.pdf", "lead-sheet.pdf"}


def test_the_same_song_makes_the_same_files(file: Path, tmp_path: Path) -> None:
    for out in ("a", "b"):
        assert run(file, "--to", "mid,parts,musicxml,mxl,leadsheet,lilypond,abc,dawproject,reaper,svg",
                   "--out", tmp_path / out).exit_code == 0  # fmt: skip
    for path in sorted((tmp_path / "a").rglob("*.*")):
        assert path.read_bytes() == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes(), path


def test_what_is_there_is_kept_without_force(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "tune.mid").write_bytes(b"mine")
    (out / "notes.txt").write_bytes(b"mine too")
    assert "--force" in refused(run(file, "--to", "mid,abc", "--out", out), 1)
    assert sorted(path.name for path in out.iterdir()) == ["notes.txt", "tune.mid"]
    assert (out / "tune.mid").read_bytes() == b"mine"
    assert run(file, "--to", "mid,abc", "--out", out, "--force").exit_code == 0
    assert (out / "tune.mid").read_bytes()[:4] == b"MThd"
    assert (out / "notes.txt").read_bytes() == b"mine too"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--to", "midd"), "Did you mean 'mid'"),
        (("--to", ","), "names no format"),
        (("--to", "musicxml", "--count-in", "2"), "--count-in speaks of mid, parts"),
        (("--to", "mid", "--paper", "letter"), "--paper speaks of pdf"),
        (("--to", "mid", "--sr", "44100"), "--sr speaks of stems"),
        (("--to", "mid", "--drum-map", "gmm"), "valid are gm, gm1, td11"),
        (("--to", "mid", "--count-in", "99"), "99"),
    ],
)
def test_bad_requests_are_one_line(file: Path, tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    assert says in refused(run(file, *words, "--out", tmp_path / "out"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["nothing.json", "nothing.mid", "nothing"])
def test_a_file_that_is_not_there(tmp_path: Path, name: str) -> None:
    assert name in refused(run(tmp_path / name, "--out", tmp_path / "out"))
    assert list(tmp_path.iterdir()) == []


def test_a_midi_file_is_imported_first(song: Song, tmp_path: Path) -> None:
    (tmp_path / "band.mid").write_bytes(song.to_midi())
    result = run(tmp_path / "band.mid", "--to", "musicxml", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert b"Trumpet" in (tmp_path / "out" / "band.musicxml").read_bytes()


def test_the_docs_tell_of_every_format() -> None:
    page = (TOP / "docs" / "exporting.md").read_text(encoding="utf-8")
    assert not [name for name in FORMATS if f"`{name}`" not in page]


def test_a_foreign_piece_that_breaks_the_engraver_does_not_break_us(
    song: Song, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "band.mid").write_bytes(song.to_midi())
    assert run(tmp_path / "band.mid", "--to", "pdf", "--out", tmp_path / "out").exit_code == 0
    assert (tmp_path / "out" / "pdf" / "score.pdf").read_bytes()[:5] == b"%PDF-"
    monkeypatch.setattr(engrave_apart, "CHILD", "import os; os.abort()")
    broken = run(tmp_path / "band.mid", "--to", "mid,pdf", "--quiet", "--out", tmp_path / "x")
    assert "verovio breaks" in refused(broken)
    assert not (tmp_path / "x").exists()
