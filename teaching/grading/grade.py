"""A submission marked: its exercise made again from the ID, each item held against the student's bars.

Conventions: an item's points never fall below 0; what is lost in one item touches no other. Answers are marked against
the sheet as it was given out, whatever became of its given notes.
"""

from __future__ import annotations

from partimento.teaching.exercises.identity import ExerciseError, read_identity
from partimento.teaching.exercises.sheets import worksheet
from partimento.teaching.exercises.worksheet import (
    Counterpoint,
    Filling,
    Item,
    Labels,
    Melody,
    PartWriting,
    Task,
    Tones,
    Worksheet,
)  # fmt: skip
from partimento.teaching.grading.counterpoint import mark_counterpoint
from partimento.teaching.grading.labels import mark_labels
from partimento.teaching.grading.marks import ItemMark, Marks, Remark
from partimento.teaching.grading.parts import mark_part_writing
from partimento.teaching.grading.submission import Submission, identities_of, read_submission, refuse_foreign
from partimento.teaching.grading.tones import mark_filling, mark_melody, mark_tones
from partimento.teaching.grading.view import View
from partimento.theory.errors import ScoreFormatError


def grade(data: bytes, where: str, exercise: str = "") -> Marks:
    """The marks of a file's bytes, called `where`; `exercise` is the ID where the file has lost it.

    ScoreFormatError for a file that cannot be read, ExerciseError where no ID, or more than one, is known.
    """
    refuse_foreign(where)
    notices: list[str] = []
    sheet = worksheet(read_identity(_identity(data, where, exercise, notices)))
    starts = _starts(sheet)
    if not data.strip():
        raise ScoreFormatError(f"{where} is empty")
    keys = [(starts[first], item.key) for first, item in zip(sheet.starts(), sheet.items, strict=True)]
    submission = read_submission(data, where, starts, len(sheet.staves), keys)
    notices += _notices(sheet, submission, len(starts) - 1)
    views = [_view(sheet, n, first, starts, submission) for n, first in enumerate(sheet.starts())]
    notices += _foreign_notices(sheet, views)
    items = tuple(
        _mark_item(number, item, view) for number, (item, view) in enumerate(zip(sheet.items, views, strict=True), 1)
    )
    return Marks(where, sheet.id, sheet.title, items, tuple(notices))


def _identity(data: bytes, where: str, exercise: str, notices: list[str]) -> str:
    found = identities_of(data, where)
    if exercise:
        asked = str(read_identity(exercise))
        if found and asked not in found:
            notices.append(f"The file carries the ID {found[0]}; it was graded as {asked}, as asked.")
        return asked
    if not found:
        raise ExerciseError(f"{where} does not carry an exercise's ID.", "exercise")
    if len(found) > 1:
        raise ExerciseError(f"{where} carries several IDs ({', '.join(found)}).", "exercise")
    return found[0]


def _starts(sheet: Worksheet) -> tuple[int, ...]:
    ticks = [0]
    for item in sheet.items:
        for _ in range(item.bars):
            ticks.append(ticks[-1] + item.meter.bar)
    return tuple(ticks)


def _notices(sheet: Worksheet, submission: Submission, bars: int) -> list[str]:
    out = []
    if not submission.spelled:
        out.append("The file is MIDI: it has no words and no spelling, so these cannot earn points; hand in MusicXML.")
    if submission.bars and submission.bars != bars:
        out.append(f"The sheet has {bars} bars, the file {submission.bars}: bars were added or deleted.")
    return out


def _foreign_notices(sheet: Worksheet, views: list[View]) -> list[str]:
    """A notice where most of what the sheet gives is not in the file: another exercise, or another version's."""
    given = sum(len(view.givens()) for view in views)
    missing = sum(len(view.missing_givens()) for view in views)
    if 2 * missing <= given or not given:
        return []
    return [f"Most given notes of {sheet.id} are not in the file: it is another exercise's, or was emptied."]


def _view(sheet: Worksheet, index: int, first: int, starts: tuple[int, ...], submission: Submission) -> View:
    item = sheet.items[index]
    low, high = starts[first], starts[first + item.bars]
    prompts = {f"{number}. {one.prompt}".rstrip() for number, one in enumerate(sheet.items, 1)}
    shown = {(line.staff, cell.onset, cell.text) for line in item.given for cell in line.cells if cell.text}
    notes = tuple(note._replace(onset=note.onset - low) for note in submission.notes if low <= note.onset < high)
    texts = tuple(
        said._replace(onset=said.onset - low)
        for said in submission.texts
        if low <= said.onset < high
        and said.text not in prompts
        and (said.staff, said.onset - low, said.text) not in shown
    )
    return View(item, first + 1, notes, texts, submission.spelled)


def points_of(task: Task) -> int:
    """The most points of a task."""
    match task:
        case Labels():
            return len(task.labels)
        case Tones() | Filling():
            return 1
        case Melody():
            return len(task.notes) - task.given
        case PartWriting():
            return len(task.onsets)
        case Counterpoint():
            return len(task.cantus)


def _mark_item(number: int, item: Item, view: View) -> ItemMark:
    remarks = _remarks(item.task, view)
    if isinstance(item.task, Labels | Melody | Filling):
        remarks = (*_changed(view), *remarks)
    most = points_of(item.task)
    lost = sum(remark.lost for remark in remarks)
    return ItemMark(number, item.prompt, max(0.0, most - lost), most, remarks)


def _changed(view: View) -> tuple[Remark, ...]:
    """A remark that costs nothing where given notes were changed; of a bar that was emptied its answers tell."""
    missing = view.missing_givens()
    if not missing or not view.notes:
        return ()
    _, onset, pitch = missing[0]
    many = f"{len(missing)} given notes were changed or deleted, {pitch} the first."
    what = many if len(missing) > 1 else f"The given note {pitch} was changed or deleted."
    hints = ("What is given is to stay as it is.", f"Put {pitch} back.")
    return (view.remark(onset, "given-changed", what, hints, str(pitch), 0.0),)


def _remarks(task: Task, view: View) -> tuple[Remark, ...]:
    match task:
        case Labels():
            return mark_labels(task, view)
        case Tones():
            return mark_tones(task, view)
        case Melody():
            return mark_melody(task, view)
        case Filling():
            return mark_filling(task, view)
        case PartWriting():
            return mark_part_writing(task, view)
        case Counterpoint():
            return mark_counterpoint(task, view)
