"""Lessons as data: the table of all of them, read from the TOML files of `data`.

Conventions: an id is kebab-case; `also` are other names a lesson is asked for by; `examples` are tables that
`examples.composed` reads; `exercises` are (topic, items). A lesson's level is that of its exercises for an intermediate
reader, one lower for a beginner, one higher for an advanced one. `wants` is a regular expression for the names of items
(`sheets.item_names`) that have the lesson's subject in them, "" where all have.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from partimento.teaching.exercises.identity import ExerciseError
from partimento.theory.errors import nearest

CHAPTERS = ("basics", "harmony", "chromatic", "counterpoint", "popular")


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson: `text` paragraphs for everybody, `more` from the intermediate level on, `terms` ids of the glossary."""

    id: str
    chapter: str
    title: str
    level: int
    text: tuple[str, ...]
    terms: tuple[str, ...]
    examples: tuple[Mapping[str, Any], ...]
    exercises: tuple[tuple[str, int], ...]
    also: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    wants: str = ""


@cache
def lessons() -> Mapping[str, Lesson]:
    """All lessons by id, chapter by chapter."""
    folder = files("partimento.teaching.lessons") / "data"
    found: dict[str, Lesson] = {}
    for chapter in CHAPTERS:
        table = tomllib.loads((folder / f"{chapter}.toml").read_text(encoding="utf-8"))
        found.update((name, _lesson(name, chapter, row)) for name, row in table.items())
    return found


def _lesson(name: str, chapter: str, row: Mapping[str, Any]) -> Lesson:
    return Lesson(
        name, chapter, row["title"], row["level"], tuple(row["text"]), tuple(row["terms"]), tuple(row["examples"]),
        tuple((topic, count) for topic, count in row["exercises"]), tuple(row.get("also", ())),
        tuple(row.get("more", ())), row.get("wants", ""),
    )  # fmt: skip


def lesson_called(words: str) -> Lesson:
    """The lesson of an id, a title or another of its names; ExerciseError names the nearest and all of them."""
    asked = _folded(words)
    known = {_folded(name): lesson.id for lesson in lessons().values() for name in _names(lesson)}
    if asked in known:
        return lessons()[known[asked]]
    hint = nearest(asked, known)
    inside = [
        lesson.title for lesson in lessons().values() if asked and any(asked in _folded(n) for n in _names(lesson))
    ]
    hint = hint or (f" Did you mean '{inside[0]}'?" if inside else "")
    titles = ", ".join(lesson.title for lesson in lessons().values())
    raise ExerciseError(f"There is no lesson '{words}'.{hint} Lessons: {titles}.")


def _names(lesson: Lesson) -> tuple[str, ...]:
    return (lesson.id, lesson.title, *lesson.also)


def _folded(words: str) -> str:
    return " ".join(words.casefold().replace("-", " ").replace("–", " ").replace("_", " ").split())
