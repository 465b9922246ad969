"""The commands of theory under careless and hostile hands: one line, code 2 or 1, nothing written, nothing lost.

Convention: commands run inside the tests' process; what is particular to a terminal is run as a program of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from partimento.cli import main
from partimento.teaching.reading import read_source
from tests.hostile.files import damaged, midi, odd, scale

TOP = Path(__file__).resolve().parents[2]
READING = ("analyze", "check", "explain", "harmonize")
SLOW = frozenset(("million.mid",))
"""Read to their bounds, which takes seconds: it is tested where files are read."""
ODD_ONES = ("onetick.mid", "drums.mid", "one.mid", "lowest.mid", "meters.mid", "bars.mid", "zerolength.mid",
            "eightyeight.mid", "far.mid", "name-control.mid", "latin.abc", "type2.mid", "key99.mid")  # fmt: skip


def run(*words: object) -> Result:
    return CliRunner().invoke(main, list(map(str, words)), prog_name="partimento")


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(result: Result, code: int = 2) -> str:
    assert result.exit_code == code, result.output
    assert result.stdout == "" and result.stderr.count("\n") == 1 and result.stderr.startswith("error: ")
    assert "internal error" not in result.stderr and len(result.stderr) < 1_000
    return result.stderr


@pytest.mark.parametrize("command", READING)
def test_damage_is_one_line_that_names_the_file(tmp_path: Path, command: str) -> None:
    for name, data, says in damaged():
        if name in SLOW or command != "analyze" and len(data) > 1_000:
            continue
        (tmp_path / name).write_bytes(data)
        line = refused(run(command, tmp_path / name))
        assert name in line and says in line
        (tmp_path / name).unlink()


def _no_json(word: str) -> None:
    raise AssertionError(f"{word} is no JSON")


@pytest.mark.parametrize("command", ["analyze", "check", "explain"])
def test_odd_files_are_told_in_valid_json(tmp_path: Path, command: str) -> None:
    files = dict(odd())
    for name in ODD_ONES:
        (tmp_path / name).write_bytes(files[name])
        result = run(command, tmp_path / name, "--json")
        assert result.exit_code == 0, (name, result.output)
        json.loads(result.stdout, parse_constant=_no_json)


KERN = {
    "binary.krn": (bytes(range(256)) * 4, "cannot be read as Humdrum"),
    "text.krn": (b"hello world\n" * 50, "cannot be read as Humdrum"),
    "comment.krn": (b"!!!COM: Nobody\n", "holds no notes"),
    "long.krn": (b"**kern\n" + b"4c\n" * 100_000, "at most"),
    "tags.mei": (b"<mei><music></mei>", "cannot be read as MEI"),
    "empty.mei": (b'<mei xmlns="http://www.music-encoding.org/ns/mei"></mei>', "music21 fails on it"),
}


@pytest.mark.parametrize("name", KERN)
def test_junk_for_music21_is_one_line(tmp_path: Path, name: str) -> None:
    data, says = KERN[name]
    (tmp_path / name).write_bytes(data)
    line = refused(run("analyze", tmp_path / name))
    assert name in line and says in line


def test_events_that_music21_cannot_read_are_named_in_one_notice(tmp_path: Path) -> None:
    (tmp_path / "a.krn").write_text("**kern\n*M4/4\n=1\n4c\n4zz\n4e\n4yy\n4f\n*-\n")
    result = run("analyze", tmp_path / "a.krn")
    assert result.exit_code == 0
    assert "Left out, since they cannot be read: '4zz' (line 5), '4yy' (line 7)\n" in result.stderr
    assert "WARNING" not in result.stderr


def test_a_pick_up_in_humdrum_stays_short(tmp_path: Path) -> None:
    text = "4g\n=1\n1c\n=2\n2.g\n=:|!|:\n4b\n=3\n1cc\n==\n*-\n"
    (tmp_path / "a.krn").write_text("**kern\n*M4/4\n" + text)
    piece = read_source(tmp_path / "a.krn").piece
    assert [tone.onset for tone in piece.tones] == [0, 480, 2400, 3840, 4320] and piece.end == 6240


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("explain", "a.mid", "--level", "Expert"), 2, "beginner, intermediate, advanced"),
        (("explain", "a.mid", "--topic", "harmnoy"), 2, "Did you mean 'harmony'?"),
        (("explain", "a.mid", "--format", "htm"), 2, "Did you mean 'html'?"),
        (("explain", "a.mid", "--bars", "9999-"), 2, "9999-"),
        (("explain", "a.mid", "--bars", "9998-9999"), 2, "bars 1 to 2"),
        (("explain", "a.mid", "--out", "a.mid", "--force"), 2, "is the file that is read"),
        (("explain", "a.mid", "--out", "folder"), 1, "is a folder"),
        (("explain", "a.mid", "--out", "there"), 1, "is there already"),
        (("explain", "folder"), 2, "is a folder"),
        (("explain", "gone.mid"), 2, "No such file"),
        (("analyze", "a.mid", "--bars", "3-1"), 2, "bars 1 to 2"),
        (("analyze", "a.mid", "--key", "H major"), 2, "Unknown key 'H major'"),
        (("check", "a.mid", "--style", "bahc"), 2, "Did you mean 'bach'?"),
        (("check", "a.mid", "--style", "gone.toml"), 2, "gone.toml"),
        (("check", "a.mid", "--marked", "a.mid", "--force"), 2, "is the file that is read"),
        (("check", "a.mid", "--marked", "folder"), 1, "is a folder"),
        (("check", "a.mid", "--marked", ""), 2, "is a folder"),
        (("harmonize", "a.mid", "--out", "a.mid", "--force"), 2, "is the file that is read"),
        (("harmonize", "a.mid", "--style", "jaz"), 2, "Did you mean 'jazz'?"),
        (("harmonize", "a.mid", "--track", "nobody"), 2, "no voice 'nobody'"),
        (("harmonize", "C4"), 2, "2 to 1000"),
        (("harmonize", "C4 H4"), 2, "H4"),
        (("harmonize", "C4:1/0 D4"), 2, "1/0"),
        (("harmonize", "C4 D4 E4", "--pickup", "nan"), 2, "number of beats"),
        (("harmonize", "C4 D4 E4", "--pickup", "inf"), 2, "number of beats"),
        (("harmonize", "C4 D4 E4", "--meter", "3/5"), 2, "3/5"),
        (("suggest", ""), 2, "write a chord"),
        (("suggest", "C H7"), 2, "chord 2: Unknown chord 'H7'"),
        (("suggest", "Dm7 " * 500, "--json"), 2, "500 chords"),
        (("suggest", "Dm7 G7", "--key", "H major"), 2, "Unknown key"),
        (("suggest", "Dm7 G7", "--reharmonize", "--meter", "3/5"), 2, "3/5"),
        (("counterpoint", "D4 " * 500), 2, "3 to 64"),
        (("counterpoint", "D4 E4 D4", "--without", "x"), 2, "Unknown rule"),
        (("glossary", "half", "cadenec"), 2, "Did you mean 'half cadence'?"),
        (("glossary", "half", "cadence", "--play", "there"), 1, "is there already"),
        (("lesson", "secondary dominnts"), 2, "Did you mean 'secondary dominants'?"),
        (("lesson", "cadences", "--out", "there"), 1, "is there already"),
        (("lesson", "cadences", "--out", "folder"), 1, "is a folder"),
        (("exercise", "--topic", "intrvals"), 2, "Did you mean 'intervals'?"),
        (("exercise", "--topic", "intervals", "--format", ""), 2, "Formats: musicxml, pdf, html"),
        (("exercise", "--topic", "intervals", "--out", "there"), 1, "is there already"),
        (("grade", "folder"), 2, "holds no worksheets"),
        (("grade", "a.mid"), 2, "exercise's ID"),
    ],
    ids=lambda value: "-".join(value)[:40] if isinstance(value, tuple) else None,
)
def test_careless_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.mid").write_bytes(midi(scale()))
    Path("folder").mkdir()
    Path("there").write_bytes(b"mine")
    before = everything(tmp_path)
    assert says in refused(run(*words), code)
    assert everything(tmp_path) == before


def test_notes_in_a_row_may_be_longer_than_any_file_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("harmonize", "C4 D4 E4 F4 G4:2 E4:2 " * 12, "--plain", "--json")
    assert result.exit_code == 0 and len(json.loads(result.stdout)["settings"]) == 1
    assert "1001 notes" in refused(run("harmonize", "C4 " * 1001))


TOML = {
    "extends = 'a.toml'": "Unknown set of rules 'a.toml'",
    "extends = 3": "3 is no name",
    "[rules]\nparalel-perfect = {severity = 'error'}": "Did you mean 'parallel-perfect'?",
    "[rules]\nparallel-perfect = 'fatal'": "no table",
    "maximum_leap = -3": "maximum_leap",
    "maximum_leap = 'x'": "maximum_leap",
    "maximum_leap = nan": "maximum_leap",
    "maximum_leap = 99999999999": "maximum_leap",
    "maximum_leap = " + "9" * 5_000: "not TOML",
    "a = " + "[" * 5_000 + "]" * 5_000: "not TOML",
    "forbidden_parallels = ['Q5']": "Q5",
    "forbidden_leaps = [[]]": "forbidden_leaps",
    "allowed_chords = ['H7']": "H7",
    "ranges = 4": "ranges",
    "[ranges]\nsoprano = 'C9-C1'": "soprano",
    "title = 4": "title",
    "title = 'x": "not TOML",
    "#" * 1_000_000: "longer than",
}


@pytest.mark.parametrize("text", TOML, ids=[text[:30] for text in TOML])
def test_wrong_rules_are_told_where_they_are(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.toml").write_text(text, encoding="utf-8")
    (tmp_path / "a.mid").write_bytes(midi(scale()))
    line = refused(run("check", tmp_path / "a.mid", "--style", tmp_path / "a.toml"))
    assert "a.toml" in line and TOML[text] in line
    out = tmp_path / "out"
    line = refused(run("compose", "folk", "--rules", tmp_path / "a.toml", "--out", out))
    assert "a.toml" in line and TOML[text] in line and not out.exists()


PYTHON = {
    "raise ValueError('a\\nb')": "ValueError: a b",
    "raise SystemExit(0)": "SystemExit",
    "import gone_for_good": "gone_for_good",
    "def f(:": "SyntaxError",
    "f = 3": "no function 'f'",
    "def f(): pass": "TypeError",
    "def f(piece, analysis): return 7": "TypeError",
    "def f(piece, analysis): return [7]": "a.py:f' gave 7",
    "def f(piece, analysis): return f(piece, analysis)": "RecursionError",
    "def f(piece, analysis): raise SystemExit(0)": "SystemExit",
}


@pytest.mark.parametrize("text", PYTHON, ids=[text[:45] for text in PYTHON])
def test_a_rule_in_python_may_be_anything(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.py").write_text(text, encoding="utf-8")
    (tmp_path / "a.mid").write_bytes(midi(scale()))
    line = refused(run("check", tmp_path / "a.mid", "--rule", f"{tmp_path / 'a.py'}:f"))
    assert "a.py" in line and PYTHON[text] in line


def test_what_a_rule_prints_is_no_part_of_the_findings(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("print('one')\ndef f(piece, analysis):\n    print('two')\n    return ()\n")
    (tmp_path / "a.mid").write_bytes(midi(scale()))
    result = run("check", tmp_path / "a.mid", "--rule", f"{tmp_path / 'a.py'}:f", "--json")
    assert json.loads(result.stdout)["style"] == "bach" and "one\ntwo\n" in result.stderr


def program(*words: str, **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "partimento.cli", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(TOP / ".dev"), **environment},
    )  # fmt: skip


@pytest.mark.parametrize("words", [("glossary",), ("analyze", "a.mid"), ("suggest", "Bbm7b5 Eb7")])
def test_a_terminal_without_flats_shows_something_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.mid").write_bytes(midi(scale()))
    out, told = program(*words, PYTHONIOENCODING="latin-1").communicate()
    assert out and b"error" not in told and b"Traceback" not in told


def test_a_reader_that_goes_away_is_no_fault() -> None:
    process = program("glossary", "--json")
    assert process.stdout is not None and process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()
    assert process.wait() in (0, 1)
