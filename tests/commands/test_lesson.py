"""`partimento lesson`: a page or a text, the list of lessons, and one line for what there is not."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from partimento.commands.lesson import command
from partimento.teaching.lessons.lesson import lessons
from partimento.theory.errors import PartimentoError


def run(*words: str) -> Result:
    return CliRunner().invoke(command, words)


def test_a_lesson_is_written_whole_and_not_over_another(tmp_path: Path) -> None:
    target = tmp_path / "rhythm.html"
    words = ("rhythm", "--out", str(target), "--json")
    data = json.loads(run(*words).stdout)
    assert data["lesson"] == "rhythm" and len(data["exercises"]) == 3
    assert target.read_text().startswith("<!doctype html>")
    assert isinstance(run(*words).exception, PartimentoError)
    assert run(*words, "--force").exit_code == 0


def test_markdown_goes_to_the_terminal() -> None:
    done = run("major scale", "--format", "markdown", "--level", "beginner")
    assert done.exit_code == 0 and done.stdout.startswith("# The major scale\n")


def test_all_lessons_are_listed() -> None:
    assert [row["id"] for row in json.loads(run("--list", "--json").stdout)] == [*lessons()]
    assert all(lesson.title in run("--list").stdout for lesson in lessons().values())


def test_an_unknown_lesson_and_none_are_refused() -> None:
    done = run("secondary domiants")
    assert isinstance(done.exception, PartimentoError) and "Did you mean" in str(done.exception)
    assert "Name a topic" in run().output
