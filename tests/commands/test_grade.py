"""`partimento grade`: one file, a class, and files that cannot be graded."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from partimento.commands.grade import command
from partimento.teaching.exercises.page import worksheet_xml
from partimento.theory.errors import PartimentoError
from tests.teaching.worksheets import sheet_of


def run(*words: str) -> Result:
    return CliRunner().invoke(command, words)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two students' files, one that is no music, and one of another kind."""
    sheet = sheet_of("intervals", 2, 4)
    room = tmp_path / "class"
    room.mkdir()
    (room / "anna.musicxml").write_bytes(worksheet_xml(sheet, key=True))
    (room / "ben.musicxml").write_bytes(worksheet_xml(sheet))
    (room / "carl.xml").write_text("no music")
    (room / "notes.txt").write_text("not a worksheet")
    return room


def test_one_file_is_told_with_places_and_hints(folder: Path) -> None:
    done = run(str(folder / "ben.musicxml"))
    assert done.exit_code == 0
    assert "0 of 4 points, 0 %" in done.stdout and "bar 1, beat 1: Nothing is written here." in done.stdout
    assert "Answer" not in done.stdout
    assert "Answer" in run(str(folder / "ben.musicxml"), "--hints", "answer").stdout
    assert run(str(folder / "anna.musicxml")).stdout.strip().endswith("4 of 4 points, 100 %")


def test_a_class_is_a_table_and_what_cannot_be_read_stands_in_it(folder: Path) -> None:
    done = run(str(folder), "--csv")
    rows = list(csv.DictReader(StringIO(done.stdout)))
    assert [(row["file"], row["percent"]) for row in rows] == [
        ("anna.musicxml", "100"),
        ("ben.musicxml", "0"),
        ("carl.xml", ""),
    ]
    assert rows[2]["problem"]
    assert "not graded" in done.stderr
    assert "2 sheets, 50.0 % on the average" in run(str(folder)).stdout


def test_what_was_handed_in_in_another_form_stands_in_the_table_and_what_was_not_does_not(folder: Path) -> None:
    room = folder / "dora_123"
    (room / "keys").mkdir(parents=True)
    (room / "sheet.musicxml").write_bytes((folder / "anna.musicxml").read_bytes())
    for name in ("sheet.mscz", "sheet.pdf", "._sheet.musicxml", "keys/sheet-key.musicxml"):
        (room / name).write_bytes(b"?")
    (folder / "emil.mscz").write_bytes(b"PK")
    (folder / "frida.jpg").write_bytes(b"")
    rows = {row["file"]: row for row in csv.DictReader(StringIO(run(str(folder), "--csv").stdout))}
    assert [*rows] == ["anna.musicxml", "ben.musicxml", "dora_123/sheet.musicxml", "carl.xml", "emil.mscz", "frida.jpg"]
    assert rows["dora_123/sheet.musicxml"]["percent"] == "100"
    assert "MuseScore" in rows["emil.mscz"]["problem"] and "picture" in rows["frida.jpg"]["problem"]


def test_json_and_html_can_be_written_to_a_file(folder: Path, tmp_path: Path) -> None:
    done = run(str(folder), "--json", "--out", str(tmp_path / "marks.json"))
    assert done.exit_code == 0
    data = json.loads((tmp_path / "marks.json").read_text())
    assert [row["percent"] for row in data["graded"]] == [100, 0] and data["failed"][0]["file"] == "carl.xml"
    assert "<table>" in run(str(folder), "--html").stdout
    again = run(str(folder), "--json", "--out", str(tmp_path / "marks.json"))
    assert isinstance(again.exception, PartimentoError)


def test_a_file_that_is_alone_raises_its_own_error(folder: Path) -> None:
    done = run(str(folder / "carl.xml"))
    assert isinstance(done.exception, PartimentoError)
    missing = run(str(folder / "nobody.musicxml"))
    assert isinstance(missing.exception, PartimentoError) and "nobody" in str(missing.exception)


def test_an_empty_folder_and_two_outputs_are_refused(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "no worksheets" in str(run(str(tmp_path / "empty")).exception)
    assert "exclude each other" in run(str(folder), "--csv", "--json").output
    source = folder / "ben.musicxml"
    assert "would be lost" in run(str(source), "--out", str(source), "--force").output
    assert source.read_bytes()[:5] == b"<?xml"


def test_no_file_graded_is_a_failure(tmp_path: Path) -> None:
    for name in ("a.xml", "b.xml"):
        (tmp_path / name).write_text("no music")
    assert run(str(tmp_path)).exit_code == 1
