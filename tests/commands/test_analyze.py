"""`partimento analyze`: a table, JSON, a range of bars, and one clear line for what cannot be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from partimento.commands.analyze import command
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.song import Song
from partimento.theory.errors import PartimentoError

HYMN = """X:1
T:A hymn
M:4/4
L:1/4
K:C
V:1 name=Soprano
V:2 name=Bass
[V:1] E|E D E F|HE3 E|D E D D|HC3|]
[V:2] C,|C, G,, C, F,,|HC,3 C,|F, E, G,, G,,|HC,3|]
"""


def run(*words: object) -> Result:
    return CliRunner().invoke(command, [*map(str, words)])


@pytest.fixture
def hymn(tmp_path: Path) -> Path:
    path = tmp_path / "hymn.abc"
    path.write_text(HYMN, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def song() -> Song:
    return compose(Brief(genre="pop", bars=16, seed=5, instruments=("voice", "piano", "bass", "drums")))


def test_the_table_tells_places_numerals_and_closes(hymn: Path) -> None:
    result = run(hymn)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "A hymn"
    head = next(line for line in lines if line.startswith("Place"))
    assert head.split() == ["Place", "Key", "Numeral", "Chord", "Close", "Non-chord", "tones"]
    rows = lines[lines.index(head) + 1 :]
    assert rows[0].startswith("0.4") and any("PAC" in row for row in rows[-2:])


def test_json_holds_what_the_table_tells(hymn: Path) -> None:
    data = json.loads(run(hymn, "--json").stdout)
    assert (data["format"], data["version"], data["title"]) == ("partimento-analysis", 1, "A hymn")
    assert data["key"]["key"] == "C major" and data["spelled"] and not data["recorded"]
    assert data["chords"][0]["start"] == {"bar": 0, "beat": 4.0, "tick": 0}
    assert data["chords"][-1]["end"]["tick"] == data["end"]
    last = data["cadences"][-1]
    assert (last["kind"], last["arrival"]["bar"], last["arrival"]["beat"]) == ("PAC", 4, 1.0)
    assert [row["end"]["tick"] for row in data["phrases"][:-1]] == [row["start"]["tick"] for row in data["phrases"][1:]]
    assert [voice["name"] for voice in data["voices"]] == ["Bass", "Soprano"]


def test_bars_choose_what_is_shown_not_what_is_read(hymn: Path) -> None:
    whole, part = (json.loads(run(hymn, "--json", *more).stdout) for more in ((), ("--bars", "3-4")))
    third = 480 + 2 * 1920
    assert part["chords"] == [row for row in whole["chords"] if row["end"]["tick"] > third]
    assert part["key"] == whole["key"] and part["meter"] == whole["meter"]
    assert "PAC" in run(hymn, "--bars", "4").stdout


@pytest.mark.parametrize("bars", ["x", "3-", "-", "99", "9-3", "1-2-3", ""])
def test_bars_that_are_none(hymn: Path, bars: str) -> None:
    result = run(hymn, "--bars", bars)
    assert result.exit_code == 2 and result.stdout == "" and "--bars" in result.stderr


def test_a_key_may_be_said(hymn: Path) -> None:
    data = json.loads(run(hymn, "--json", "--key", "G").stdout)
    assert {row["key"] for row in data["chords"]} == {"G major"} and data["key"]["sure"] == 1
    with pytest.raises(PartimentoError, match="Unknown key"):
        CliRunner().invoke(command, [str(hymn), "--key", "H"], catch_exceptions=False)


def test_a_song_of_ours_is_read_by_its_notes(song: Song, tmp_path: Path) -> None:
    path = tmp_path / "song.json"
    path.write_text(song.to_json(), encoding="utf-8")
    data = json.loads(run(path, "--json").stdout)
    assert data["recorded"] and data["chords"] and data["sections"][0]["name"] == song.sections[0].name
    result = run(path)
    assert result.exit_code == 0 and result.stdout.splitlines()[0] == song.title


def test_midi_is_spelled_in_its_key(song: Song, tmp_path: Path) -> None:
    path = tmp_path / "song.mid"
    path.write_bytes(song.to_midi())
    data = json.loads(run(path, "--json").stdout)
    assert not data["spelled"] and not data["recorded"] and data["chords"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.mid", "MThd"),
        ("a.krn", "**kern\n*-\n"),
        ("a.abc", "X:1\nK:C\n"),
        ("a.xml", "<score-partwise/>"),
        ("a.txt", "?"),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(PartimentoError) as caught:
        CliRunner().invoke(command, [str(tmp_path / name)], catch_exceptions=False)
    assert "\n" not in str(caught.value) and name in str(caught.value)


def test_drums_alone_say_nothing_of_harmony(tmp_path: Path) -> None:
    music = compose(Brief(genre="rock", bars=8, seed=2, instruments=("drums",)))
    (tmp_path / "d.json").write_text(music.to_json(), encoding="utf-8")
    result = run(tmp_path / "d.json", "--json")
    data = json.loads(result.stdout)
    assert data["key"]["sure"] == 0 and not data["cadences"] and any("no pitched notes" in n for n in data["notices"])
    assert run(tmp_path / "d.json").exit_code == 0
