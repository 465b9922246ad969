"""Marks: keys have all points and blank sheets none, a mistake costs its own item, and any legal answer is as good."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.teaching.exercises.harmony import lines_of
from partimento.teaching.exercises.page import worksheet_xml
from partimento.teaching.exercises.scales import scale_item
from partimento.teaching.exercises.topics import TOPICS
from partimento.teaching.exercises.voicing import voiced
from partimento.teaching.exercises.worksheet import (
    Cell,
    Counterpoint,
    Filling,
    Item,
    Label,
    Labels,
    Melody,
    PartWriting,
    Tones,
)  # fmt: skip
from partimento.teaching.grading.grade import grade
from partimento.teaching.grading.labels import judge
from partimento.teaching.grading.submission import Written
from partimento.teaching.grading.tones import mark_melody
from partimento.teaching.grading.view import View
from partimento.theory.interval import Interval
from partimento.theory.pitch import Pitch, pitch_class
from tests.teaching.worksheets import graded, sheet_of, with_cells, with_item

SMALL = [topic.name for topic in TOPICS if topic.name not in ("species2", "species3", "species5")]


@pytest.mark.parametrize("topic", SMALL)
def test_a_key_has_all_points_and_a_blank_sheet_none(topic: str) -> None:
    for level in (1, 4):
        sheet = sheet_of(topic, level, 1, seed=level)
        marks = graded(sheet)
        assert (marks.percent, marks.notices) == (100, ()), (marks, sheet.id)
        assert grade(worksheet_xml(sheet), "blank.musicxml").points == 0


@given(
    st.sampled_from([topic.name for topic in TOPICS if not topic.name.startswith("species")]),
    st.integers(1, 5), st.integers(0, 99_999), st.integers(0, 2),
)  # fmt: skip
@settings(max_examples=25)
def test_keys_have_all_points_blank_sheets_none_and_a_mistake_its_own_item(
    topic: str, level: int, seed: int, place: int
) -> None:
    sheet = sheet_of(topic, level, 3, seed)
    marks = graded(sheet)
    assert (marks.percent, marks.notices) == (100, ()), marks
    assert grade(worksheet_xml(sheet), "blank.musicxml").points == 0
    wrong = graded(sheet, with_item(sheet, place, wronged(sheet.items[place])))
    assert [number for number, item in enumerate(wrong.items) if item.points < item.of] == [place], wrong


def wronged(item: Item) -> Item:
    """The item with one mistake in its answer."""
    task = item.task
    if isinstance(task, Labels):
        label = task.labels[0]
        for place, line in enumerate(item.answer):
            cells = [cell._replace(text="zzz") if cell.onset == label.at and cell.text else cell for cell in line.cells]
            if tuple(cells) != line.cells:
                return with_cells(item, place, *cells)
    if isinstance(task, Filling):
        cells = [cell for cell in item.answer[0].cells if cell.onset != task.start]
        return with_cells(item, 0, *cells)
    place = next(place for place, line in enumerate(item.answer) if line not in item.given)
    cells = list(item.answer[place].cells)
    # Another pitch may be as good: of a rhythm any is, and a melody may close with a Picardy third.
    if (isinstance(task, Melody) and not task.pitched) or (isinstance(task, PartWriting) and not task.chords):
        return with_cells(item, place, *cells[:-1])
    moved = cells[-1].pitches[-1].transposed(Interval(1, 1))
    cells[-1] = cells[-1]._replace(pitches=(*cells[-1].pitches[:-1], moved))
    return with_cells(item, place, *cells)


@pytest.mark.parametrize(
    "topic",
    ["intervals", "scales", "keys", "chords", "numerals", "cadences", "non-chord-tones", "rhythm", "transposition",
     "part-writing", "figured-bass", "species1"],
)  # fmt: skip
def test_a_mistake_costs_its_own_item_and_no_other(topic: str) -> None:
    sheet = sheet_of(topic, 2, 3 if topic != "species1" else 2)
    marks = graded(sheet, with_item(sheet, 1, wronged(sheet.items[1])))
    lost = [item.of - item.points for item in marks.items]
    assert lost[1] > 0
    assert lost[0] == 0 and not any(lost[2:])
    remarks = [remark for remark in marks.items[1].remarks if remark.lost]
    assert sum(remark.lost for remark in remarks) == lost[1]
    first = sheet.starts()[1] + 1
    for remark in remarks:
        assert first <= remark.bar < first + sheet.items[1].bars
        assert remark.rule and remark.what and remark.answer and all(remark.hints)


def four_part(sheet_item: Item) -> PartWriting:
    assert isinstance(sheet_item.task, PartWriting)
    return sheet_item.task


def test_another_legal_setting_of_a_bass_has_full_marks() -> None:
    sheet = sheet_of("part-writing", 2, 2)
    item = sheet.items[0]
    task = four_part(item)
    others = [
        ways
        for start in (62, 64, 66, 69, 72, 76)
        if (ways := voiced(task.chords, task.key, task.given, start=start)) is not None
        and lines_of(ways)
        != tuple(line._replace(cells=tuple(c._replace(text="") for c in line.cells)) for line in item.answer)
    ]
    assert others
    for ways in others:
        marks = graded(sheet, with_item(sheet, 0, replace(item, answer=lines_of(ways))))
        assert marks.percent == 100, [item.remarks for item in marks.items]


def test_chords_entered_in_one_voice_are_told_apart_by_height() -> None:
    sheet = sheet_of("part-writing", 1, 1)
    item = sheet.items[0]
    joined = []
    for staff in (0, 1):
        lines = [line for line in item.answer if line.staff == staff]
        cells = tuple(
            Cell(one.onset, one.duration, (two.pitches[0], one.pitches[0]))
            for one, two in zip(lines[0].cells, lines[1].cells, strict=True)
        )
        joined.append(lines[0]._replace(cells=cells))
    assert graded(sheet, (replace(item, answer=tuple(joined)),)).percent == 100


def test_parallel_octaves_are_told_with_place_voices_and_hints() -> None:
    sheet = sheet_of("part-writing", 1, 1)
    item = sheet.items[0]
    task = four_part(item)
    bass = task.given[0]
    assert bass is not None
    tenor = tuple(
        Cell(onset, length, (pitch.transposed(Interval(7, 12)),))
        for onset, length, pitch in zip(task.onsets, task.durations, bass, strict=True)
    )
    place = next(i for i, line in enumerate(item.answer) if (line.staff, line.voice) == (1, 0))
    marks = graded(sheet, (with_cells(item, place, *tenor),))
    found = [remark for remark in marks.items[0].remarks if remark.rule == "parallel-perfect"]
    assert found and all("tenor" in remark.what for remark in found)
    assert marks.points < marks.of


def test_a_changed_bass_is_told_and_costs_its_chord_alone() -> None:
    sheet = sheet_of("part-writing", 1, 1)
    item = sheet.items[0]
    place = next(i for i, line in enumerate(item.answer) if (line.staff, line.voice) == (1, 1))
    cells = list(item.answer[place].cells)
    cells[1] = cells[1]._replace(pitches=(cells[1].pitches[0].transposed(Interval(-1, -2)),))
    marks = graded(sheet, (with_cells(item, place, *cells),))
    (changed,) = [remark for remark in marks.items[0].remarks if remark.rule == "given-changed"]
    assert changed.beat == 3 and changed.lost == 1
    assert marks.points == marks.of - 1


def test_a_harmonisation_of_ones_own_is_as_good() -> None:
    sheet = sheet_of("harmonize", 1, 1, seed=3)
    item = sheet.items[0]
    task = four_part(item)
    assert task.chords == ()
    from partimento.teaching.exercises.progressions import MAJOR, chords_in

    soprano = task.given[3]
    ways = [
        found
        for level in MAJOR[:3]
        for progression in level
        if len(chords_in(progression, task.key)) == len(task.onsets)
        and chords_in(progression, task.key)[-1].root in (task.key.tonic, task.key.tonic.up(1), task.key.tonic.up(3))
        and (found := voiced(chords_in(progression, task.key), task.key, (None, None, None, soprano))) is not None
    ]
    assert len(ways) > 1
    for way in ways:
        marks = graded(sheet, (replace(item, answer=lines_of(way)),))
        assert marks.percent == 100, marks.items[0].remarks


def test_another_counterpoint_has_full_marks_and_parallels_do_not() -> None:
    sheet = sheet_of("species1", 1, 1)
    item = sheet.items[0]
    assert isinstance(item.task, Counterpoint)
    from partimento.theory.counterpoint.problem import Problem
    from partimento.theory.counterpoint.solve import solve
    from partimento.theory.counterpoint.tones import gamut, pitch_of, tone_of

    problem = Problem(tuple(map(tone_of, item.task.cantus)), gamut(item.task.key), 1)
    solutions = solve(problem, 3).solutions
    assert len(solutions) > 1
    for solution in solutions:
        cells = [Cell(onset, length, (pitch_of(tone),)) for onset, length, tone in solution.lines[problem.line]]
        assert graded(sheet, (with_cells(item, 1, *cells),)).percent == 100
    octaves = [Cell(i * 1920, 1920, (p.transposed(Interval(7, 12)),)) for i, p in enumerate(item.task.cantus)]
    marks = graded(sheet, (with_cells(item, 1, *octaves),))
    assert marks.points <= 2
    assert "species-parallel" in {remark.rule for remark in marks.items[0].remarks}


def test_two_notes_at_once_and_a_wild_rhythm_are_no_crash() -> None:
    sheet = sheet_of("species1", 1, 1)
    item = sheet.items[0]
    cells = item.answer[1].cells
    double = [cell._replace(pitches=(*cell.pitches, cell.pitches[0].transposed(Interval(2, 4)))) for cell in cells]
    assert graded(sheet, (with_cells(item, 1, *double),)).points == 0
    short = [cell._replace(duration=240) for cell in cells]
    assert graded(sheet, (with_cells(item, 1, *short),)).points < len(cells)


@pytest.mark.parametrize(
    ("kind", "answer", "text", "share"),
    [
        ("interval", "m3", "minor third", 1), ("interval", "P5", "perf. 5th", 1), ("interval", "M3", "m3", 0),
        ("interval", "A4", "d5", 0.5), ("interval", "A4", "tritone", 1), ("interval", "m10", "m3", 0.5),
        ("interval", "m3", "kl. Terz", 1), ("interval", "m3", "banana", 0), ("interval", "m3", "3", 0),
        ("chord", "Ebm7", "E♭ minor 7", 1), ("chord", "C/E", "C", 0.5), ("chord", "F#m7b5", "F♯ø7", 1),
        ("chord", "C", "Am", 0), ("chord", "C", "c major", 1), ("chord", "D#dim", "Ebdim", 0.5),
        ("numeral", "V65", "V6/5", 1), ("numeral", "V65", "V7", 0.5), ("numeral", "viio6", "vii°6", 1),
        ("numeral", "V7/V", "V7 of V", 1), ("numeral", "ii6", "II6", 0.5), ("numeral", "N6", "♭II6", 1),
        ("numeral", "V7", "V", 0.5), ("numeral", "IV", "ii", 0),
        ("cadence", "PAC", "perfect authentic cadence", 1), ("cadence", "PAC", "authentic", 0.5),
        ("cadence", "AC", "perfect cadence", 1), ("cadence", "HC", "imperfect cadence", 1),
        ("numeral", "V65", "V⁶₅", 1), ("numeral", "Ger6", "Ger+6", 1), ("numeral", "Fr6", "Fr43", 1),
        ("numeral", "I64", "V64", 1), ("numeral", "i64", "Cad. 6/4", 1), ("numeral", "V64", "I64", 0),
        ("numeral", "N6", "Neapolitan", 1), ("chord", "C/E", "C/e", 1),
        ("cadence", "PAC", "perf. auth.", 1), ("cadence", "IAC", "PAC", 0.5), ("cadence", "DC", "deceptive (V-vi)", 1),
        ("cadence", "Phrygian", "HC (Phrygian)", 1), ("cadence", "PC", "IV-I", 1),
        ("cadence", "DC", "interrupted", 1), ("cadence", "Phrygian", "half", 0.5), ("cadence", "PC", "HC", 0),
        ("non-chord", "passing", "PT", 1), ("non-chord", "suspension", "4-3", 1), ("non-chord", "neighbour", "n", 1),
        ("non-chord", "escape", "appoggiatura", 0), ("non-chord", "escape", "échappée", 1),
        ("non-chord", "passing", "pass.", 1), ("scale", "harmonic minor", "harm. min.", 1),
        ("scale", "whole tone", "G whole-tone scale", 1), ("scale", "minor pentatonic", "pentatonic minor", 1),
        ("scale", "lydian dominant", "Lydian b7", 1), ("scale", "major", "A-flat major", 1),
        ("scale", "dorian", "D Dorian", 1), ("scale", "minor", "Aeolian", 1),
        ("meter", "6/8", "6 8", 1), ("meter", "6/8", "3/4", 0), ("meter", "4/4", "C", 1),
        ("meter", "4/4", "2/2", 1), ("meter", "3/4", "6/8", 0),
    ],
)  # fmt: skip
def test_words_are_read_generously_and_weighed_fairly(kind: str, answer: str, text: str, share: float) -> None:
    verdict = judge(Label(0, kind, answer, "C major"), text)
    assert verdict.share == share
    assert share == 1 or verdict.reason


@given(
    st.text(max_size=30), st.sampled_from(("interval", "chord", "numeral", "cadence", "non-chord", "scale", "meter"))
)
def test_no_word_breaks_a_reader(text: str, kind: str) -> None:
    answers = {"interval": "m3", "chord": "C", "numeral": "V", "cadence": "HC", "meter": "4/4"}
    assert judge(Label(0, kind, answers.get(kind, "passing"), "C major"), text).share in (0, 0.5, 1)


def test_by_ear_any_name_of_what_sounds_is_right() -> None:
    heard = Label(0, "interval", "A4", by_ear=True)
    assert [judge(heard, text).share for text in ("A4", "d5", "tritone", "P5")] == [1, 1, 1, 0]
    sheet = sheet_of("listening-intervals", 3, 8)
    assert all(label.by_ear for item in sheet.items if isinstance(item.task, Labels) for label in item.task.labels)


@pytest.mark.parametrize(("name", "share"), [("altered", 1), ("whole tone", 1), ("blues", 1), ("major", 0.5)])
def test_scales_without_a_spelling_of_their_own_may_be_spelled_anyhow(name: str, share: float) -> None:
    sheet = sheet_of("scales", 5, 1)
    item = scale_item(pitch_class(0), name, True, False, "treble")
    cells = list(item.answer[0].cells)
    second = cells[2].pitches[0]
    cells[2] = cells[2]._replace(pitches=(second.transposed(Interval(1, 0)),))
    assert isinstance(item.task, Melody)
    written = tuple(Written(0, 0, cell.onset, cell.duration, cell.pitches[0]) for cell in cells)
    lost = sum(remark.lost for remark in mark_melody(item.task, View(item, 1, written, ())))
    assert lost == 1 - share, sheet.id


def test_a_wrong_octave_and_a_wrong_spelling_have_half_a_point() -> None:
    sheet = sheet_of("intervals", 3, 12)
    place, item = next((n, item) for n, item in enumerate(sheet.items) if isinstance(item.task, Tones))
    assert isinstance(item.task, Tones)
    (wanted,), (given_note,) = item.task.wanted, item.task.given
    for pitch, share in (
        (wanted.transposed(Interval(7, 12)), 0.5),
        (wanted.transposed(Interval(1, 0)), 0.5),
        (wanted.transposed(Interval(1, 2)), 0.0),
        (wanted, 1.0),
    ):
        answer = with_cells(item, 0, Cell(0, 1920, (given_note, pitch)))
        assert graded(sheet, with_item(sheet, place, answer)).items[place].points == share


def test_a_chord_may_be_laid_out_anyhow_over_its_bass() -> None:
    sheet = sheet_of("chords", 2, 10)
    place, item = next((n, item) for n, item in enumerate(sheet.items) if isinstance(item.task, Tones))
    low, *others = item.answer[0].cells[0].pitches
    spread = (low, *(pitch.transposed(Interval(7, 12)) for pitch in others))
    assert graded(sheet, with_item(sheet, place, with_cells(item, 0, Cell(0, 1920, spread)))).percent == 100
    turned = (*others, low.transposed(Interval(14, 24)))
    marks = graded(sheet, with_item(sheet, place, with_cells(item, 0, Cell(0, 1920, turned))))
    assert marks.items[place].points == 0.5


def test_a_chord_may_be_written_note_by_note() -> None:
    sheet = sheet_of("chords", 1, 10)
    place, item = next((n, item) for n, item in enumerate(sheet.items) if isinstance(item.task, Tones))
    pitches = item.answer[0].cells[0].pitches
    broken = with_cells(item, 0, *(Cell(n * 480, 480, (pitch,)) for n, pitch in enumerate(pitches)))
    assert graded(sheet, with_item(sheet, place, broken)).percent == 100


def test_a_bar_may_be_filled_anyhow() -> None:
    sheet = sheet_of("rhythm", 1, 12)
    place, item, task = next(
        (n, item, item.task)
        for n, item in enumerate(sheet.items)
        if isinstance(item.task, Filling) and item.task.count == 2
    )
    before = [cell for cell in item.answer[0].cells if not task.start <= cell.onset < task.end]
    pitch = Pitch.parse("D4")
    uneven = [Cell(task.start, 360, (pitch,)), Cell(task.start + 360, 120, (pitch,))]
    answer = with_cells(item, 0, *sorted([*before, *uneven]))
    assert graded(sheet, with_item(sheet, place, answer)).percent == 100
    one = with_cells(item, 0, *sorted([*before, Cell(task.start, 480, (pitch,))]))
    assert graded(sheet, with_item(sheet, place, one)).items[place].points == 0


def test_a_line_with_one_note_missing_loses_that_note_alone() -> None:
    sheet = sheet_of("melodic-dictation", 1, 1)
    item = sheet.items[0]
    assert isinstance(item.task, Melody)
    cells = item.answer[0].cells
    marks = graded(sheet, (with_cells(item, 0, *cells[:2], *cells[3:]),))
    assert marks.points == marks.of - 1
