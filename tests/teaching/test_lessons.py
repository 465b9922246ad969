"""Lessons: every one can be made, speaks of terms and topics that there are, and its examples are what they say."""

from __future__ import annotations

import json
import re

import pytest

from partimento.score.notation.musicxml import musicxml
from partimento.score.stream import Stream
from partimento.teaching.claim import LEVELS
from partimento.teaching.exercises.identity import ExerciseError, read_identity
from partimento.teaching.exercises.sheets import item_names
from partimento.teaching.exercises.topics import topic_called
from partimento.teaching.glossary.entries import entries
from partimento.teaching.lessons.examples import composed
from partimento.teaching.lessons.lesson import lesson_called, lessons
from partimento.teaching.lessons.written import lesson_html, lesson_markdown, written


def test_there_are_lessons_enough() -> None:
    assert len(lessons()) >= 25


@pytest.mark.parametrize("name", [*lessons()])
def test_a_lesson_stands_on_what_there_is(name: str) -> None:
    lesson = lessons()[name]
    assert len(lesson.exercises) == 3
    assert 1 <= lesson.level <= 5
    assert len(lesson.text) >= 2 and lesson.terms and lesson.examples
    assert not [term for term in lesson.terms if term not in entries()]
    for topic, count in lesson.exercises:
        assert topic_called(topic).name == topic
        assert 1 <= count <= topic_called(topic).count


@pytest.mark.parametrize("name", [name for name in lessons() if "species" not in name])
def test_its_examples_are_composed_drawn_and_heard(name: str) -> None:
    for number, table in enumerate(lessons()[name].examples):
        example = composed(table, Stream(4, "test", number))
        assert example.caption == table["say"] and example.words
        assert sum(len(strand.notes) for strand in example.strands) > 2
        assert musicxml(example.page)


def test_another_seed_gives_other_examples() -> None:
    table = lessons()["cadences"].examples[0]
    words = {composed(table, Stream(seed, "test")).words for seed in range(6)}
    assert len(words) > 3
    assert all(re.search(r"V7 \(.*\) – [Ii] \(", text) for text in words)


def test_a_lesson_is_found_by_any_of_its_names() -> None:
    assert lesson_called("Secondary dominants").id == "secondary-dominants"
    assert lesson_called("applied CHORDS").id == "secondary-dominants"
    assert lesson_called("ii–V–I").id == "two-five-one"
    with pytest.raises(ExerciseError, match="Did you mean 'cadences'"):
        lesson_called("cadenzas")
    with pytest.raises(ExerciseError, match="Lessons: Intervals"):
        lesson_called("xyzzy")


def test_no_two_lessons_share_a_name() -> None:
    names = [
        name.casefold() for lesson in lessons().values() for name in {lesson.id, lesson.title.casefold(), *lesson.also}
    ]
    assert len(names) == len(set(names))


def test_levels_differ_in_depth_and_in_exercises() -> None:
    lesson = lessons()["intervals"]
    made = {level: written(lesson, level) for level in LEVELS}
    assert len(made["beginner"].text) < len(made["advanced"].text)
    levels = [made[level].exercises[0].identity.level for level in LEVELS]
    assert levels == [1, 1, 2]


@pytest.mark.parametrize("name", [name for name, lesson in lessons().items() if lesson.wants])
@pytest.mark.parametrize("level", [LEVELS[0], LEVELS[2]])
def test_exercises_have_the_subject_of_their_lesson_in_them(name: str, level: str) -> None:
    lesson = lessons()[name]
    for sheet in written(lesson, level, 2).exercises:
        assert any(re.search(lesson.wants, item) for item in item_names(sheet.identity)), (sheet.topic, sheet.id)


def test_a_page_needs_nothing_else_and_plays_all_it_shows() -> None:
    html = lesson_html(written(lessons()["ear-training"]))
    data = json.loads(html.partition('id="data">')[2].partition("</script>")[0])
    buttons = set(re.findall(r'data-play="([^"]+)"', html))
    assert buttons <= set(data["sounds"])
    assert {"example-1", "exercise-1-1", "solfege"} <= buttons
    assert html.count("<summary>Key</summary>") == 3
    assert "http" not in html.replace("http://www.w3.org", "")
    for identity in re.findall(r"Exercise (PX-[0-9A-Z-]+)", html):
        assert str(read_identity(identity)) == identity


def test_markdown_has_the_same_in_words() -> None:
    made = written(lessons()["triads"], "beginner", 3)
    text = lesson_markdown(made)
    assert text.startswith("# Triads\n")
    keys = lesson_markdown(written(lessons()["cadences"])).partition("## Keys")[2].partition("## Terms")[0]
    assert re.search("deceptive|plagal", keys) and not re.search(r"\b([DHP]C|AC)\b", keys)
    for sheet in made.exercises:
        assert sheet.id in text
    assert lesson_markdown(written(lessons()["triads"], "beginner", 3)) == text
