"""`partimento check` as it is typed: tables, JSON, teachers' files, rules in Python, exit codes, bad input."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from partimento.commands.check import command
from partimento.theory.errors import PartimentoError, RuleError

ABC = """X:1
T:Homework
M:4/4
L:1/4
K:C
V:S clef=treble
V:A clef=treble
V:T clef=treble
V:B clef=bass
[V:S] G A G c |]
[V:A] E F D E |]
[V:T] C D B, G, |]
[V:B] C, D, G,, C, |]
"""


@pytest.fixture
def homework(tmp_path: Path) -> Path:
    path = tmp_path / "homework.abc"
    path.write_text(ABC, encoding="utf-8")
    return path


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(command, [str(arg) for arg in args])


def test_a_finding_says_where_what_why_and_how_to_mend_it(homework: Path) -> None:
    result = run(homework, "--quiet")
    assert result.exit_code == 0
    assert "measure 1, beat 2: error: Parallel" in result.stdout
    for word in ("Why: Perfect intervals fuse", "Mend: Let one of the two", "Rule: parallel-perfect. Fux", "by bach"):
        assert word in result.stdout


def test_levels_differ_in_words_and_not_in_findings(homework: Path) -> None:
    beginner, advanced = (run(homework, "--quiet", "--level", level).stdout for level in ("beginner", "advanced"))
    assert beginner.splitlines()[-1] == advanced.splitlines()[-1]
    assert "melt into one" in beginner and "melt into one" not in advanced
    assert "Rule:" not in beginner and "Rule:" in advanced


def test_json_is_whole(homework: Path) -> None:
    data = json.loads(run(homework, "--json").stdout)
    assert data["style"] == "bach" and data["lines"] == 4
    assert sum(data["summary"].values()) == len(data["findings"])
    first = next(row for row in data["findings"] if row["rule"] == "parallel-perfect")
    assert (first["bar"], first["beat"], first["severity"]) == (1, 2.0, "error")
    assert first["values"]["interval"] in ("P5", "P8", "P12", "P15", "P1")


def test_severity_and_bars_leave_out(homework: Path) -> None:
    rows = json.loads(run(homework, "--json", "--severity", "error").stdout)["findings"]
    assert rows and {row["severity"] for row in rows} == {"error"}
    result = run(homework, "--bars", "7")
    assert result.exit_code == 2 and "has bars" in result.output


def test_findings_fail_only_on_demand(homework: Path) -> None:
    assert run(homework, "--fail-on", "error").exit_code == 1
    assert run(homework, "--style", "pop", "--fail-on", "error").exit_code == 0


def test_a_teachers_file_is_obeyed(homework: Path, tmp_path: Path) -> None:
    rules = tmp_path / "class.toml"
    rules.write_text('title = "Year one"\n[rules.parallel-perfect]\nseverity = "off"\n', encoding="utf-8")
    result = run(homework, "--style", rules, "--quiet")
    assert "Parallel" not in result.stdout and "(Year one)" in result.stdout


def test_a_rule_in_python_is_run(homework: Path, tmp_path: Path) -> None:
    rule = tmp_path / "mine.py"
    rule.write_text(
        "from partimento.theory.rules.breach import Breach\n"
        "def no_d(piece, analysis):\n"
        "    for tone in piece.tones:\n"
        "        if tone.pitch.letter == 'D':\n"
        "            yield Breach('no-d', 'error', tone.onset, (tone.voice,), (('text', 'A D is sung.'),))\n"
        "def broken(piece, analysis):\n"
        "    return [1 / 0]\n",
        encoding="utf-8",
    )
    result = run(homework, "--rule", f"{rule}:no_d", "--quiet")
    assert "error: A D is sung" in result.stdout
    for name, message in (("broken", "fails: ZeroDivisionError"), ("no_e", "Did you mean 'no_d'")):
        failed = run(homework, "--rule", f"{rule}:{name}")
        assert isinstance(failed.exception, RuleError) and message in str(failed.exception)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--style", "bahc"], "Did you mean 'bach'"),
        (["--style", "no/such.toml"], "'no/such.toml' cannot be read"),
        (["--rule", "mine.py"], "write FILE.py:FUNCTION"),
        (["--rule", "no/such.py:rule"], "no file 'no/such.py'"),
        (["--key", "H"], "Unknown key 'H'"),
    ],
)
def test_bad_input_is_one_line(homework: Path, args: list[str], message: str) -> None:
    result = run(homework, *args)
    assert isinstance(result.exception, PartimentoError)
    assert message in str(result.exception) and "\n" not in str(result.exception)


def test_a_file_is_needed_but_for_the_list() -> None:
    assert run().exit_code == 2
    assert "parallel-perfect" in run("--list").stdout
    rows = json.loads(run("--list", "--style", "species1", "--json").stdout)
    assert {row["rule"] for row in rows} >= {"species-leap", "species-parallel"}


def test_species_find_their_cantus(tmp_path: Path) -> None:
    path = tmp_path / "first.abc"
    path.write_text(
        "X:1\nT:First\nM:4/4\nL:1/1\nK:C\nV:1\nV:2 clef=bass\n[V:1] G | A | B | c |]\n[V:2] C | D | D | C |]\n",
        encoding="utf-8",
    )
    rules = {row["rule"] for row in json.loads(run(path, "--style", "species1", "--json").stdout)["findings"]}
    assert "species-parallel" in rules


def test_a_marked_score_colours_the_notes_and_says_why(homework: Path, tmp_path: Path) -> None:
    out = tmp_path / "marked.musicxml"
    assert run(homework, "--marked", out, "--severity", "error").exit_code == 0
    root = ET.fromstring(out.read_bytes())
    coloured = [note for note in root.iter("note") if note.get("color")]
    assert len(coloured) >= 2 and all(note.get("color") == "#C00000" for note in coloured)
    assert any("Parallel" in (words.text or "") for words in root.iter("words"))
    again = run(homework, "--marked", out)
    assert isinstance(again.exception, PartimentoError)
    assert run(homework, "--marked", out, "--force").exit_code == 0


DOCS = Path(__file__).parents[2] / "docs" / "checking.md"


def block(language: str) -> str:
    """The first block of code in a language that the documentation shows."""
    return DOCS.read_text(encoding="utf-8").split(f"```{language}\n")[1].split("```")[0]


def test_the_documented_examples_work(homework: Path, tmp_path: Path) -> None:
    rules, rule = tmp_path / "class.toml", tmp_path / "mine.py"
    rules.write_text(block("toml"), encoding="utf-8")
    rule.write_text(block("python"), encoding="utf-8")
    result = run(homework, "--style", rules, "--rule", f"{rule}:no_bare_fifths", "--json", "--severity", "error")
    data = json.loads(result.stdout)
    assert data["title"] == "Harmony, first year"
    assert {row["severity"] for row in data["findings"]} == {"error"}


def test_every_option_is_documented() -> None:
    text = DOCS.read_text(encoding="utf-8")
    hidden = {"--tune", "--quiet", "--force"}
    told = {word.strip("`") for word in text.replace("|", " ").split()}
    assert {option for p in command.params for option in p.opts if option.startswith("--")} - hidden <= told
