"""A lesson written out: as one HTML page with drawn and played examples, or as Markdown.

Conventions: level is one of `claim.LEVELS`; the same lesson, level and seed give the same text. The exercises are whole
sheets of their own: each names the ID from which its files are made.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from partimento.score.notation.page import Page
from partimento.score.notation.values import value_of
from partimento.score.stream import Stream
from partimento.teaching.claim import LEVELS
from partimento.teaching.exercises.documents import drawn, strand_of
from partimento.teaching.exercises.harmony import CADENCES
from partimento.teaching.exercises.identity import Identity
from partimento.teaching.exercises.page import worksheet_page
from partimento.teaching.exercises.sheets import item_names, worksheet
from partimento.teaching.exercises.topics import topic_called
from partimento.teaching.exercises.worksheet import Filling, Item, Labels, Melody, Worksheet
from partimento.teaching.glossary.entries import entries
from partimento.teaching.lessons.examples import Composed, composed
from partimento.teaching.lessons.lesson import Lesson
from partimento.teaching.naming import Naming
from partimento.teaching.page.shell import document
from partimento.teaching.page.terms import linked, term_articles
from partimento.theory.errors import RenderError
from partimento.theory.meter import TICKS


@dataclass(frozen=True, slots=True)
class Written:
    """A lesson made for a reader: its examples and exercises are drawn."""

    lesson: Lesson
    level: str
    examples: tuple[Composed, ...]
    exercises: tuple[Worksheet, ...]

    @property
    def text(self) -> tuple[str, ...]:
        """The paragraphs of the level."""
        return self.lesson.text + (self.lesson.more if self.level != "beginner" else ())


def written(lesson: Lesson, level: str = "intermediate", seed: int = 1) -> Written:
    """The lesson for a level of `claim.LEVELS`; another seed gives other examples and exercises."""
    stream = Stream(seed, "lesson", lesson.id)
    examples = tuple(composed(table, stream.sub("example", n)) for n, table in enumerate(lesson.examples))
    hard = max(1, min(5, lesson.level + LEVELS.index(level) - 1))
    sheets = tuple(
        worksheet(_fitting(Identity(topic_called(topic).number, hard, count, seed, number), lesson))
        for number, (topic, count) in enumerate(lesson.exercises)
    )
    return Written(lesson, level, examples, sheets)


_LOOKED_AT = 12
"""Sheets that are looked at for one that has the lesson's subject in it."""


def _fitting(first: Identity, lesson: Lesson) -> Identity:
    """Of the sheets after the first the one with most of what the lesson wants; a level higher where none has any."""
    if not lesson.wants:
        return first
    for level in sorted({first.level, *range(max(first.level, lesson.level), 6)}):
        best, most = first, 0
        for number in range(_LOOKED_AT):
            sheet = replace(first, level=level, sheet=first.sheet + number * len(lesson.exercises))
            fits = sum(re.search(lesson.wants, name) is not None for name in item_names(sheet))
            if fits > most:
                best, most = sheet, fits
            if most == first.count:
                break
        if most:
            return best
    return first


def lesson_html(made: Written, naming: Naming | None = None) -> str:
    """The lesson as one HTML document that needs nothing else; without verovio its examples stand in words."""
    names = naming or Naming()
    sounds: dict[str, Any] = {}
    glyphs: dict[str, str] = {}
    parts = []
    for number, example in enumerate(made.examples, 1):
        sounds[f"example-{number}"] = [strand.data() for strand in example.strands]
        parts.append(_example_html(number, example, glyphs))
    for number, sheet in enumerate(made.exercises, 1):
        parts.append(_exercise_html(number, sheet, sounds, glyphs))
    known = [term for term in made.lesson.terms if term in entries()]
    articles = term_articles((entries()[term] for term in known), made.level, names, known)
    paragraphs = _linked_paragraphs(made.text, known, names)
    count = len(made.examples)
    body = (
        f'<header><h1>{escape(made.lesson.title)}</h1><p class="facts">A lesson for {made.level} readers</p></header>\n'
        f'<main id="main">{paragraphs}<h2>Examples</h2>{_stop()}{"".join(parts[:count])}'
        f"<h2>Exercises</h2>{''.join(parts[count:])}"
        f'<section id="terms" aria-labelledby="terms-title"><h2 id="terms-title">Terms</h2><div class="terms">'
        f"{articles.html}</div></section></main>\n"
        "<footer><p>Made with Partimento. This file needs no connection.</p></footer>"
    )
    data = {
        "sounds": {**sounds, **articles.sounds}, "chords": [], "phrases": [],
        "terms": {term: names.term(term) for term in known},
    }  # fmt: skip
    return document(made.lesson.title, body, data, {**articles.glyphs, **glyphs})


def _stop() -> str:
    return (
        '<div class="tools"><button type="button" id="stop">Stop</button>'
        '<span id="status" role="status" class="hidden"></span></div>'
    )


def _linked_paragraphs(texts: Sequence[str], terms: Sequence[str], naming: Naming) -> str:
    """Paragraphs with each term linked where it is named first."""
    left, out = list(terms), []
    for text in texts:
        here = [term for term in left if naming.term(term).casefold() in text.casefold()]
        left = [term for term in left if term not in here]
        out.append(f"<p>{linked(text, here, naming)}</p>")
    return "".join(out)


def _play(name: str, label: str) -> str:
    return f'<button type="button" data-play="{name}" aria-pressed="false">{label}</button>'


def _example_html(number: int, example: Composed, glyphs: dict[str, str]) -> str:
    drawing = _drawn(example.page, glyphs)
    words = "" if drawing else f"<p>{escape(example.words)}</p>"
    return (
        f"<section><h3>{number}. {escape(example.caption)}</h3>{drawing}{words}"
        f'<div class="tools">{_play(f"example-{number}", f"Play example {number}")}</div></section>'
    )


def _exercise_html(number: int, sheet: Worksheet, sounds: dict[str, Any], glyphs: dict[str, str]) -> str:
    names = [f"exercise-{number}-{place}" for place in range(1, len(sheet.items) + 1)]
    for name, item in zip(names, sheet.items, strict=True):
        sounds[name] = [strand_of(item).data()]
    plays = "".join(_play(name, f"Play {place}") for place, name in enumerate(names, 1))
    question, key = (
        _drawn(worksheet_page(sheet, key=answers, plain_figures=True), glyphs) for answers in (False, True)
    )
    listening = f'<div class="tools">{plays}</div>' if sheet.listening else ""
    answers_ = "".join(f"<li>{escape(answer_words(item))}</li>" for item in sheet.items)
    told = "" if key else f"<ol>{answers_}</ol>"
    return (
        f'<section aria-labelledby="exercise-{number}"><h3 id="exercise-{number}">{number}. {escape(sheet.title)}</h3>'
        f'<p>{escape(sheet.instruction)} <span class="also">Exercise {sheet.id}</span></p>{listening}{question}'
        f'<details><summary>Key</summary>{key}{told}<div class="tools">{plays}</div></details></section>'
    )


def _drawn(page: Page, glyphs: dict[str, str]) -> str:
    """The page as inline SVG, its glyphs added; "" without verovio."""
    try:
        drawing, used = drawn(page)
    except RenderError:
        return ""
    glyphs.update(used)
    return f'<figure><div class="drawn">{drawing}</div></figure>'


def answer_words(item: Item) -> str:
    """An item's answer in words: its labels, the values of a rhythm, or the notes of each staff."""
    if isinstance(item.task, Labels):
        return ", ".join(
            CADENCES[label.answer] if label.kind == "cadence" else label.answer for label in item.task.labels
        )
    if isinstance(item.task, Filling) or (isinstance(item.task, Melody) and not item.task.pitched):
        return ", ".join(_value(cell.duration) for line in item.answer for cell in line.cells)
    rows = []
    for line in item.answer:
        rows.append(" ".join("+".join(map(str, cell.pitches)) for cell in line.cells))
    return "; ".join(rows)


def _value(ticks: int) -> str:
    value = value_of(ticks)
    return f"{'dotted ' * value.dots}{value.kind}" if value else f"{ticks / TICKS:g} quarters"


def lesson_markdown(made: Written, naming: Naming | None = None) -> str:
    """The lesson as Markdown: examples and answers in words, exercises by their IDs."""
    names = naming or Naming()
    lines = [f"# {made.lesson.title}", ""]
    for text in made.text:
        lines += [text, ""]
    lines += ["## Examples", ""]
    for number, example in enumerate(made.examples, 1):
        lines += [f"{number}. {example.caption}", "", f"   {example.words}", ""]
    lines += ["## Exercises", ""]
    for number, sheet in enumerate(made.exercises, 1):
        lines += [f"{number}. **{sheet.title}** ({sheet.id}). {sheet.instruction}", ""]
        lines += [f"   {place}. {item.prompt or 'Name it'}" for place, item in enumerate(sheet.items, 1)] + [""]
    lines += ["## Keys", ""]
    for number, sheet in enumerate(made.exercises, 1):
        lines += [f"{number}. {sheet.title}", ""]
        lines += [f"   {place}. {answer_words(item)}" for place, item in enumerate(sheet.items, 1)] + [""]
    lines += ["## Terms", ""]
    for term in made.lesson.terms:
        entry = entries()[term]
        lines += [f"- **{entry.named(names.dialect)}**: {entry.text(made.level)}"]
    return "\n".join(lines) + "\n"
