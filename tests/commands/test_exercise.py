"""`partimento exercise`: files in their places, the same from the same ID, and one line for what cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from partimento.commands.exercise import command
from partimento.teaching.exercises.topics import TOPICS
from partimento.theory.errors import PartimentoError


def run(*words: str) -> Result:
    return CliRunner().invoke(command, words)


def test_a_sheet_and_its_key_lie_apart_and_are_made_again_from_the_id(tmp_path: Path) -> None:
    done = run("--topic", "intervals", "--level", "2", "--seed", "9", "-o", str(tmp_path / "a"), "--json")
    assert done.exit_code == 0, done.output
    (row,) = json.loads(done.stdout)["sheets"]
    (sheet,), (key,) = row["files"], row["keys"]
    assert key == f"keys/{sheet.removesuffix('.musicxml')}-key.musicxml"
    again = run("--id", row["id"].lower(), "-o", str(tmp_path / "b"))
    assert again.exit_code == 0
    for name in (sheet, key):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_several_sheets_are_equally_hard(tmp_path: Path) -> None:
    done = run("--topic", "keys", "--level", "3", "--sheets", "12", "-o", str(tmp_path / "a"), "--json")
    rows = json.loads(done.stdout)["sheets"]
    assert len({row["id"] for row in rows}) == len(rows) == 12
    sums = [row["difficulty"] for row in rows]
    assert max(sums) - min(sums) <= 0.2 * max(sums)
    assert len([*(tmp_path / "a").glob("*.musicxml")]) == len([*(tmp_path / "a" / "keys").iterdir()]) == 12


def test_a_listening_sheet_has_sound(tmp_path: Path) -> None:
    done = run("--topic", "listening-chords", "--count", "2", "-o", str(tmp_path / "a"))
    assert done.exit_code == 0
    assert [path.read_bytes()[:4] for path in sorted((tmp_path / "a" / "sound").iterdir())] == [b"MThd", b"MThd"]


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    words = ("--topic", "keys", "--count", "2", "-o", str(tmp_path / "a"))
    assert run(*words).exit_code == 0
    second = run(*words)
    assert isinstance(second.exception, PartimentoError) and "there already" in str(second.exception)
    assert run(*words, "--force").exit_code == 0


def test_every_topic_is_listed_with_its_levels() -> None:
    text = run("--list").stdout
    for topic in TOPICS:
        assert f"{topic.name} (" in text
        assert all(level in text for level in topic.levels)
    assert len(json.loads(run("--list", "--json").stdout)) == len(TOPICS)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--topic"), (("--topic", "intervalls"), "Did you mean 'intervals'"),
        (("--id", "PX-1234"), "no exercise's ID"), (("--topic", "keys", "--clef", "treeble"), "Did you mean 'treble'"),
        (("--topic", "keys", "--level", "7"), "1<=x<=5"),
        (("--topic", "numerals", "--clef", "bass"), "clefs of its own"),
        (("--topic", "keys", "--format", "xml"), "musicxml"),
        (("--topic", "keys", "--count", "60"), "different items"), (("--topic", "keys", "--seed", "9" * 18), "seed"),
    ],
)  # fmt: skip
def test_bad_use_is_one_line(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = run(*words, "-o", str(tmp_path / "a"))
    assert done.exit_code != 0
    assert said in (str(done.exception) if isinstance(done.exception, PartimentoError) else done.output)
    assert not (tmp_path / "a").exists()
