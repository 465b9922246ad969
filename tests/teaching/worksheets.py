"""What the tests of exercises and grading share: sheets by topic, and a student who writes into them."""

from __future__ import annotations

from dataclasses import replace

from partimento.teaching.exercises.identity import Identity
from partimento.teaching.exercises.page import worksheet_xml
from partimento.teaching.exercises.sheets import worksheet
from partimento.teaching.exercises.topics import topic_called
from partimento.teaching.exercises.worksheet import Cell, Item, Line, Worksheet
from partimento.teaching.grading.grade import grade
from partimento.teaching.grading.marks import Marks


def sheet_of(topic: str, level: int = 2, count: int = 3, seed: int = 5, sheet: int = 0, clef: str = "") -> Worksheet:
    """A small sheet."""
    return worksheet(Identity(topic_called(topic).number, level, count, seed, sheet, clef))


def graded(sheet: Worksheet, items: tuple[Item, ...] | None = None) -> Marks:
    """The marks of the sheet with the answers of `items`, or of its key."""
    filled = sheet if items is None else replace(sheet, items=items)
    return grade(worksheet_xml(filled, key=True), "sheet.musicxml")


def with_cells(item: Item, place: int, *cells: Cell) -> Item:
    """The item, the answer's line of that place holding other cells."""
    line = item.answer[place]
    return with_line(item, place, line._replace(cells=cells))


def with_line(item: Item, place: int, line: Line) -> Item:
    """The item with another line in its answer."""
    return replace(item, answer=(*item.answer[:place], line, *item.answer[place + 1 :]))


def with_item(sheet: Worksheet, place: int, item: Item) -> tuple[Item, ...]:
    """The sheet's items with another one at a place."""
    return (*sheet.items[:place], item, *sheet.items[place + 1 :])


def points(marks: Marks) -> list[float]:
    """The points of each item."""
    return [item.points for item in marks.items]
