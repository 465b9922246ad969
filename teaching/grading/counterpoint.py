"""A species counterpoint marked by its rules: any legal line has full marks.

Conventions: a bar loses its point where it is empty, where it sounds two notes at once, or where an error of the
species is complete; warnings are told and cost nothing. A cantus note that was changed loses its bar's point, and the
line is judged against the cantus as it was given.
"""

from __future__ import annotations

from partimento.teaching import rule_words
from partimento.teaching.exercises.species import piece_with
from partimento.teaching.exercises.worksheet import Counterpoint
from partimento.teaching.grading.marks import Remark
from partimento.teaching.grading.submission import Written
from partimento.teaching.grading.view import View
from partimento.theory.analysis.piece import Piece
from partimento.theory.errors import TheoryError
from partimento.theory.rules.breach import Breach
from partimento.theory.rules.species import species_breaches

_EMPTY = ("Every bar of the cantus has its counterpoint.", "Find a consonance that the bar before can go to.")


def mark_counterpoint(task: Counterpoint, view: View) -> tuple[Remark, ...]:
    """The remarks on a line; the first error of a bar takes its point."""
    staff = 0 if task.above else 1
    bar = view.item.meter.bar
    mine = sorted((note for note in view.on_staff(staff)), key=lambda note: (note.onset, note.pitch))
    found: list[tuple[int, str, str, tuple[str, str], bool]] = []
    for _, onset, pitch in view.missing_givens():
        hints = ("The cantus is to stay as it is.", f"Put {pitch} back.")
        found.append((onset, "given-changed", f"The cantus note {pitch} was changed or deleted.", hints, True))
    for number in range(len(task.cantus)):
        if not any(note.onset < (number + 1) * bar and note.onset + note.duration > number * bar for note in mine):
            found.append((number * bar, "bar-empty", "Nothing is written here.", _EMPTY, True))
    for before, after in zip(mine, mine[1:], strict=False):
        if after.onset < before.onset + before.duration:
            hints = ("A counterpoint is one line.", f"Keep {before.pitch} or {after.pitch}, not both.")
            what = f"{before.pitch} and {after.pitch} sound at once."
            found.append((after.onset, "two-notes", what, hints, True))
    line = _one_line(mine)
    if line:
        found += _judged(task, line)
    return _remarks(found, task, view)


def _one_line(notes: list[Written]) -> list[Written]:
    """The notes, those that begin while another sounds left out."""
    line: list[Written] = []
    for note in notes:
        if not line or note.onset >= line[-1].onset + line[-1].duration:
            line.append(note)
    return line


def _judged(task: Counterpoint, line: list[Written]) -> list[tuple[int, str, str, tuple[str, str], bool]]:
    piece, cantus = piece_with(task, [(note.onset, note.duration, note.pitch) for note in line])
    try:
        breaches = species_breaches(piece, task.species, cantus)
    except TheoryError as error:
        return [(line[0].onset, "no-counterpoint", f"{error}.", ("Look at the rhythm of the line.", str(error)), True)]
    return [_told(breach, piece) for breach in breaches]


def _told(breach: Breach, piece: Piece) -> tuple[int, str, str, tuple[str, str], bool]:
    hints = (rule_words.reason(breach.rule), rule_words.remedy(breach.rule) or rule_words.title(breach.rule))
    return breach.tick, breach.rule, rule_words.told(breach, piece), hints, breach.severity == "error"


def _remarks(
    found: list[tuple[int, str, str, tuple[str, str], bool]], task: Counterpoint, view: View
) -> tuple[Remark, ...]:
    paid: set[int] = set()
    remarks = []
    bar = view.item.meter.bar
    for tick, rule, what, hints, costs in sorted(found, key=lambda row: (row[0], not row[4])):
        number = min(tick // bar, len(task.cantus) - 1)
        lost = 1.0 if costs and number not in paid else 0.0
        if costs:
            paid.add(number)
        remarks.append(view.remark(tick, rule, what, hints, _key_at(view, number * bar, task), lost))
    return tuple(remarks)


def _key_at(view: View, start: int, task: Counterpoint) -> str:
    """The key's notes in a bar: "one way: A4 B4"."""
    staff = 0 if task.above else 1
    pitches = [
        str(pitch)
        for line in view.item.answer
        if line.staff == staff
        for cell in line.cells
        if start <= cell.onset < start + view.item.meter.bar
        for pitch in cell.pitches
    ]
    return "one way: " + (" ".join(pitches) or "the note of the bar before goes on")
