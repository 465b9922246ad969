"""`partimento glossary`: lists, explains, draws and plays terms."""

from __future__ import annotations

import io
import json
from pathlib import Path

import mido
import pytest
from click.testing import CliRunner, Result

from partimento.cli import main
from partimento.teaching.glossary.entries import entries


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["glossary", *map(str, words)])


def test_the_list_has_every_term() -> None:
    shown = " ".join(run().stdout.split())
    assert all(item.name in shown for item in entries().values())
    only = " ".join(run("--topic", "cadences").stdout.split())
    assert "half cadence" in only and "passing tone" not in only


def test_a_term_in_words() -> None:
    done = run("passing", "notes", "--dialect", "british", "--level", "beginner")
    item = entries()["passing-tone"]
    shown = " ".join(done.stdout.split())
    assert done.exit_code == 0
    assert shown.startswith("passing note (Non-chord tones)") and item.plain in shown and item.exact not in shown
    assert "auxiliary note" in shown
    assert item.exact in " ".join(run("passing-tone").stdout.split())


def test_json() -> None:
    row = json.loads(run("suspension", "--json").stdout)
    assert (row["id"], row["topic"]) == ("suspension", "non-chord-tones") and row["example"]["music"]
    assert len(json.loads(run("--json").stdout)) == len(entries())


def test_an_example_is_played(tmp_path: Path) -> None:
    target = tmp_path / "cadence.mid"
    assert run("half cadence", "--play", target).stdout.strip().endswith(str(target))
    midi = mido.MidiFile(file=io.BytesIO(target.read_bytes()))
    struck = [m.note for track in midi.tracks for m in track if m.type == "note_on" and m.velocity]
    assert sorted(set(struck))[:2] == [48, 53] and len(struck) == 12
    assert run("half cadence", "--play", target).exit_code == 1


def test_a_page_of_a_term(tmp_path: Path) -> None:
    target = tmp_path / "term.html"
    assert run("backbeat", "--html", target).exit_code == 0
    assert 'id="term-backbeat"' in target.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["secondry dominant"], "Did you mean 'secondary dominant'"),
        (["qqqq"], "The glossary has no 'qqqq'."),
        (["--level", "exprt"], "--level: unknown 'exprt'"),
        (["--topic", "harmnoy"], "Did you mean 'harmony'"),
        (["--dialect", "scots"], "Unknown dialect 'scots'"),
        (["--play", "x.mid"], "--play needs a TERM"),
    ],
)
def test_bad_choices_are_told_in_a_line(words: list[str], said: str) -> None:
    done = run(*words)
    assert done.exit_code == 2 and said in done.stderr and done.stderr.count("\n") == 1 and not done.stdout
