"""`partimento instruments` lists the table, whole or filtered."""

from __future__ import annotations

import json

from click.testing import CliRunner

from partimento.cli import main
from partimento.commands.instruments import note_name
from partimento.score.instruments import INSTRUMENTS


def test_the_table_is_whole() -> None:
    assert len(CliRunner().invoke(main, ["instruments"]).stdout.splitlines()) == len(INSTRUMENTS)
    rows = json.loads(CliRunner().invoke(main, ["instruments", "--json"]).stdout)
    assert [row["name"] for row in rows] == list(INSTRUMENTS)


def test_a_word_filters_by_name_family_and_alias() -> None:
    shown = CliRunner().invoke(main, ["instruments", "Saxophone"]).stdout
    assert [line.split("  ")[0] for line in shown.splitlines()] == [
        "soprano sax", "alto sax", "tenor sax", "baritone sax"
    ]  # fmt: skip
    assert "Db3" in shown or "C#3" in shown


def test_an_unknown_word_is_one_line() -> None:
    result = CliRunner().invoke(main, ["instruments", "vilin"])
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "Did you mean 'violin'?" in result.stderr


def test_note_names() -> None:
    assert [note_name(midi) for midi in (21, 60, 61, 108)] == ["A0", "C4", "C#4", "C8"]
