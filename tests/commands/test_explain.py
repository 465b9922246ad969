"""`partimento explain`: formats, choices, files, and one line for what cannot be done."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from partimento.cli import main
from tests.teaching.told import song_of


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """A song.json of eight bars."""
    path = tmp_path / "song.json"
    path.write_text(song_of("period").to_json(), encoding="utf-8")
    return path


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["explain", *map(str, words)])


def test_text_goes_to_standard_output(song: Path) -> None:
    done = run(song)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("A small piece\n") and "Harmony\n-------" in done.stdout
    assert "partimento glossary" in done.stderr and "partimento glossary" not in done.stdout


def test_midi_is_explained_too(tmp_path: Path) -> None:
    path = tmp_path / "song.mid"
    path.write_bytes(song_of("period").to_midi())
    done = run(path, "--level", "beginner", "--topic", "harmony")
    assert done.exit_code == 0 and "C major" in done.stdout


def test_topics_and_bars_choose(song: Path) -> None:
    data = json.loads(run(song, "--json", "--topic", "harmony", "--topic", "form", "--bars", "1-2").stdout)
    assert {row["topic"] for row in data["statements"]} == {"harmony", "form"}
    assert all(any(start < 3840 for start, _ in row["spans"]) for row in data["statements"])


def test_levels_differ(song: Path) -> None:
    plain, full = (run(song, "--level", level).stdout for level in ("beginner", "advanced"))
    assert plain != full and "V7" not in plain.split("Terms")[0]


def test_names_of_the_reader(song: Path) -> None:
    german = run(song, "--notes", "german", "--dialect", "british", "--level", "advanced", "--topic", "melody").stdout
    assert "H4" in german and "B4" not in german and "bar" in german and "measure" not in german


def test_a_page_is_written_beside_the_file(song: Path) -> None:
    done = run(song, "--format", "html", "--score", "lead")
    page = song.with_suffix(".html")
    assert done.exit_code == 0, done.output
    assert done.stdout.strip() == str(page) and page.read_text(encoding="utf-8").startswith("<!doctype html>")
    again = run(song, "--format", "html")
    assert again.exit_code == 1 and "--force" in again.stderr


def test_out_names_a_file_or_standard_output(song: Path, tmp_path: Path) -> None:
    target = tmp_path / "told.md"
    assert run(song, "--format", "markdown", "--out", target).stdout.strip() == str(target)
    assert run(song, "--format", "markdown", "-o", "-").stdout == target.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--format", "htm"], "Did you mean 'html'"),
        (["--level", "expert"], "Unknown level 'expert': valid are beginner, intermediate, advanced."),
        (["--topic", "harmonie"], "Did you mean 'harmony'"),
        (["--bars", "x"], "--bars 'x' is not A-B"),
        (["--bars", "90-99"], "the piece has bars 1 to 8"),
        (["--bars", "4-2"], "No bars 4-2"),
        (["--notes", "deutsch"], "Unknown note names 'deutsch'"),
        (["--do", "moveable"], "Did you mean 'movable'"),
        (["--format", "html", "--score", "small"], "valid are auto, full, lead"),
        (["--out", ""], "is a folder"),
    ],
)
def test_bad_choices_are_told_in_a_line(song: Path, words: list[str], said: str) -> None:
    done = run(song, *words)
    assert done.exit_code == 2 and said in done.stderr and done.stderr.count("\n") == 1 and not done.stdout


def test_bad_files_are_told_in_a_line(tmp_path: Path, song: Path) -> None:
    (tmp_path / "x.mid").write_bytes(b"MThd nonsense")
    for path in (tmp_path / "x.mid", tmp_path / "none.mid", tmp_path):
        done = run(path)
        assert done.exit_code in (1, 2) and done.stderr.count("\n") == 1, done.stderr
    assert run(song, "--out", song).exit_code == 2
    assert run(song, "--out", tmp_path).exit_code == 1
