"""Submissions as files: MIDI, archives, odd and empty ones, IDs lost, texts in other places; reports of marks."""

from __future__ import annotations

import csv
import zipfile
from io import BytesIO, StringIO

import pytest

from partimento.score.notation.musicxml import mxl
from partimento.teaching.exercises.documents import item_midi
from partimento.teaching.exercises.identity import ExerciseError
from partimento.teaching.exercises.page import worksheet_xml
from partimento.teaching.exercises.worksheet import (
    Labels,
    Tones,
)  # fmt: skip
from partimento.teaching.grading.grade import grade
from partimento.teaching.grading.report import HINTS, class_csv, html_report, marks_json, text_report
from partimento.theory.errors import PartimentoError, ScoreFormatError
from partimento.theory.interval import Interval
from tests.teaching.worksheets import graded, points, sheet_of, with_item, with_line


def test_midi_is_marked_where_notes_are_asked_for() -> None:
    sheet = sheet_of("melodic-dictation", 2, 1)
    marks = grade(item_midi(sheet, 0), "anna.mid", sheet.id)
    assert marks.percent == 100
    assert "MIDI" in marks.notices[0]


def test_midi_is_spelled_as_the_chords_are_and_its_values_are_the_written_ones() -> None:
    from partimento.score.importing.complete import song_of
    from partimento.score.importing.importing import read_draft
    from partimento.score.midi_write import MidiOptions, midi_bytes

    for topic in ("part-writing", "melodic-dictation"):
        sheet = sheet_of(topic, 4, 2)
        song, _ = song_of(read_draft(worksheet_xml(sheet, key=True), "key.musicxml"))
        marks = grade(midi_bytes(song, MidiOptions()), "key.mid", sheet.id)
        assert marks.percent == 100, marks.items
        assert "MIDI" in marks.notices[0]


def test_mxl_is_read_and_other_programs_files_are_refused_kindly() -> None:
    sheet = sheet_of("intervals", 1, 2)
    assert grade(mxl(worksheet_xml(sheet, key=True)), "a.mxl").percent == 100
    for name, said in (("a.mscz", "MuseScore"), ("a.sib", "Sibelius"), ("a.pdf", "picture"), ("a.mp3", "recording")):
        with pytest.raises(ScoreFormatError, match=said):
            grade(b"PK\x03\x04", name)


def archive(**members: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, text in members.items():
            file.writestr(name, text)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [b"", b"   ", b"hello", b"<score-partwise/>", b"<html></html>", b"MThd", archive(a="b"), b"\xff\xfe", b"{}",
     b'<!DOCTYPE a [<!ENTITY x "y">]><score-partwise/>'],
)  # fmt: skip
def test_odd_files_are_one_clear_line(data: bytes) -> None:
    sheet = sheet_of("intervals", 1, 2)
    for exercise in ("", sheet.id):
        try:
            marks = grade(data, "odd.musicxml", exercise)
        except PartimentoError as error:
            assert "\n" not in str(error)
        else:
            assert marks.points == 0


def test_a_file_without_an_id_needs_one_and_with_a_wrong_one_says_so() -> None:
    sheet, other = sheet_of("intervals", 1, 2), sheet_of("intervals", 1, 2, seed=6)
    bare = worksheet_xml(sheet, key=True).replace(sheet.id.encode(), b"nothing")
    with pytest.raises(ExerciseError, match="does not carry"):
        grade(bare, "bare.musicxml")
    assert grade(bare, "bare.musicxml", sheet.id).percent == 100
    marks = grade(worksheet_xml(sheet, key=True), "a.musicxml", other.id)
    assert sheet.id in marks.notices[0] and marks.percent < 100
    both = worksheet_xml(sheet).replace(b"<rights>", f"<rights>{other.id} ".encode())
    with pytest.raises(ExerciseError, match="several"):
        grade(both, "both.musicxml")


def test_an_emptied_file_and_deleted_bars_lose_what_is_not_there() -> None:
    sheet = sheet_of("intervals", 1, 3)
    text = worksheet_xml(sheet, key=True).decode()
    start, end = text.index('<measure number="3">'), text.index("</part>")
    marks = grade((text[:start] + text[end:]).encode(), "short.musicxml")
    assert points(marks)[:2] == [1, 1] and points(marks)[2] == 0
    assert "bars were added or deleted" in marks.notices[0]
    first = text.index("<measure")
    assert grade((text[:first] + text[end:]).encode(), "none.musicxml").points == 0


def test_a_given_note_that_was_moved_is_told() -> None:
    sheet = sheet_of("intervals", 3, 12)
    place, item = next((n, item) for n, item in enumerate(sheet.items) if isinstance(item.task, Tones))
    line = item.answer[0]
    moved = tuple(
        cell._replace(pitches=tuple(p.transposed(Interval(1, 2)) for p in cell.pitches)) for cell in line.cells
    )
    marks = graded(sheet, with_item(sheet, place, with_line(item, 0, line._replace(cells=moved))))
    assert [remark.rule for remark in marks.items[place].remarks] == ["given-changed"]


def test_a_given_note_that_was_moved_under_a_word_is_told_and_costs_nothing() -> None:
    sheet = sheet_of("intervals", 3, 12)
    place, item = next((n, item) for n, item in enumerate(sheet.items) if isinstance(item.task, Labels))
    (cell,) = item.answer[0].cells
    moved = cell._replace(pitches=(cell.pitches[0], cell.pitches[1].transposed(Interval(7, 12))))
    marks = graded(sheet, with_item(sheet, place, with_line(item, 0, item.answer[0]._replace(cells=(moved,)))))
    (remark,) = marks.items[place].remarks
    assert (remark.rule, remark.lost, marks.percent) == ("given-changed", 0, 100)
    assert str(cell.pitches[1]) in remark.what


def test_what_is_heard_may_be_written_over_the_tonic_that_is_shown() -> None:
    assert graded(sheet_of("listening-cadences", 5, 3)).notices == ()


def test_reports_give_away_as_much_as_is_asked() -> None:
    sheet = sheet_of("numerals", 2, 2)
    marks = grade(worksheet_xml(sheet), "=anna.musicxml")
    remark = marks.items[0].remarks[0]
    lengths = [len(text_report(marks, hints)) for hints in HINTS]
    assert lengths == sorted(lengths) and len(set(lengths)) == 4
    assert remark.hints[0] not in text_report(marks, "0")
    assert f"Answer: {remark.answer}" in text_report(marks, "answer")
    assert "Answer" not in text_report(marks, "2")
    assert marks_json(marks)["points"] == 0
    html = html_report([marks], [("b.musicxml", "<b>unreadable</b>")], "answer")
    assert "&lt;b&gt;unreadable" in html and "bar 1, beat 1" in html
    rows = list(csv.reader(StringIO(class_csv([marks, graded(sheet)], [("b.musicxml", "damaged")]))))
    assert [len(row) for row in rows] == [8] * 4
    assert rows[1][0] == "'=anna.musicxml" and rows[2][4] == "100" and rows[3][-1] == "damaged"


@pytest.mark.parametrize(
    ("topic", "markup"),
    [
        # as MuseScore writes Roman numeral analysis
        ("numerals", '<harmony><root><root-step text="">C</root-step></root><kind text="{}">none</kind></harmony>'),
        ("numerals", "<harmony><function>{}</function><kind>none</kind></harmony>"),
        ("numerals", "<direction><direction-type><words>{}</words></direction-type></direction>"),
        ("cadences", "<direction><direction-type><words>{}</words></direction-type></direction>"),
    ],
)
def test_answers_may_stand_as_other_texts_than_lyrics(topic: str, markup: str) -> None:
    sheet = sheet_of(topic, 1, 1)
    task = sheet.items[0].task
    assert isinstance(task, Labels)
    parts = worksheet_xml(sheet).decode().split("</part>")
    for label in reversed(task.labels):
        bar, place = divmod(label.at, sheet.items[0].meter.bar)
        head, tail = parts[1].split(f'<measure number="{bar + 1}">')
        # the lower staff's second voice comes last, a half note each
        notes = tail.partition("</measure>")[0].split("<note ")
        index = len(notes) - (2 - place // 960 if len(notes) > 3 else 1)
        notes[index - 1] += markup.format(label.answer)
        parts[1] = f'{head}<measure number="{bar + 1}">' + "<note ".join(notes) + tail[tail.index("</measure>") :]
    assert grade("</part>".join(parts).encode(), "texts.musicxml").percent == 100


def test_a_chord_symbol_over_the_note_is_an_answer() -> None:
    sheet = sheet_of("chords", 1, 8)
    place = next(n for n, item in enumerate(sheet.items) if isinstance(item.task, Labels))
    task = sheet.items[place].task
    assert isinstance(task, Labels)
    root, minor = task.labels[0].answer.removesuffix("m"), task.labels[0].answer.endswith("m")
    alter = {"b": -1, "#": 1}.get(root[1:], 0)
    symbol = (
        f"<harmony><root><root-step>{root[0]}</root-step><root-alter>{alter}</root-alter></root>"
        f"<kind>{'minor' if minor else 'major'}</kind></harmony>"
    )
    head, tail = worksheet_xml(sheet).decode().split(f'<measure number="{place + 1}">')
    before, note, after = tail.partition("<note ")
    text = f'{head}<measure number="{place + 1}">{before}{symbol}{note}{after}'
    assert grade(text.encode(), "symbols.musicxml").items[place].points == 1
