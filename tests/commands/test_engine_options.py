"""What `compose` and `arrange` are told of engines: wrong words are one line, and the answer names the engine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from partimento.cli import main

TUNE = "X:1\nT:Steps\nM:4/4\nL:1/4\nK:C\nCDEF|GFED|CDEF|GFEC|\n"


def run(*words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--no-audio"], prog_name="partimento")


@pytest.mark.parametrize("command", ["compose", "arrange"])
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--engine", "hybird"), "Did you mean 'hybrid'"),
        (("--engine", ""), "Engines: auto, rules, hybrid, neural"),
        (("--temperature", "0"), "temperature 0 is out of range: 0.1 to 2"),
        (("--temperature", "nan"), "temperature nan"),
        (("--temperature", "hot"), "--temperature"),
        (("--creativity", "1.5"), "creativity 1.5 is out of range: 0 to 1"),
        (("--candidates", "65"), "candidates 65 is out of range: 1 to 64"),
        (("--candidates", "1.5"), "--candidates"),
        (("--search", "beem"), "Did you mean 'beam'"),
        (("--engine", "rules", "--creativity", "0.5"), "engine 'rules' has none"),
    ],
)
def test_wrong_words_are_one_line(command: str, words: tuple[str, ...], says: str, tmp_path: Path) -> None:
    (tmp_path / "tune.abc").write_text(TUNE)
    tune = [str(tmp_path / "tune.abc")] if command == "arrange" else []
    result = run(command, *tune, "--genre", "pop", "--out", str(tmp_path / "out"), *words)
    assert (result.exit_code, result.stdout) == (2, "") and result.stderr.count("\n") == 1
    assert says in result.stderr and not (tmp_path / "out").exists()


def test_a_style_that_is_not_there_is_told_with_the_way_to_make_one(tmp_path: Path) -> None:
    result = run("compose", "--genre", "pop", "--style-model", "mine", "--out", str(tmp_path / "out"))
    assert result.exit_code == 2 and "no style model 'mine'" in result.stderr
    assert "partimento train melody --finetune" in result.stderr
    assert run("arrange", "tune.abc", "--style-model", "mine").exit_code == 2  # the tune is given


def test_the_engine_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = ("compose", "--genre", "folk", "--bars", "8", "--seed", "1")
    assert "engine rules" in run(*said, "--out", str(tmp_path / "a")).stderr
    data = json.loads(run(*said, "--engine", "Rules", "--json", "--out", str(tmp_path / "b")).stdout)
    assert data["songs"][0]["engine"] == "rules"
    (tmp_path / "none").mkdir()
    monkeypatch.setenv("PARTIMENTO_WEIGHTS", str(tmp_path / "none"))
    result = run(*said, "--engine", "hybrid", "--out", str(tmp_path / "c"))
    assert result.exit_code == 0 and "engine rules" in result.stderr
    assert "Note: no trained weights for harmony, melody, voicing, drums, texture: the rules do" in result.stderr
    assert (tmp_path / "a" / "song.mid").read_bytes() == (tmp_path / "c" / "song.mid").read_bytes()
