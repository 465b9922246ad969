"""Sheets of an exercise: items drawn so that sheets differ and are equally hard.

Conventions: an exercise's sheet depends on its Identity alone. The difficulties of a sheet's items add up to what the
level has on the average, within `TOLERANCE` of it; no item comes twice on a sheet.
"""

from __future__ import annotations

from functools import cache
from statistics import mean

from partimento.score.stream import Stream
from partimento.teaching.exercises.identity import CLEFS, MOST_COUNT, MOST_SEED, MOST_SHEETS, ExerciseError, Identity
from partimento.teaching.exercises.topics import Topic, topic_numbered
from partimento.teaching.exercises.worksheet import Sketch, Worksheet
from partimento.theory.errors import nearest

TOLERANCE = 0.1
"""How far a sheet's difficulty may lie from the level's, as a share of it."""

_TRIES, _MOST_TRIES = 24, 400
_SAMPLE = 80


def check_identity(identity: Identity) -> Topic:
    """The topic of an Identity whose fields are in range; ExerciseError names what is not."""
    topic = topic_numbered(identity.topic)
    for what, value, low, high in (
        ("level", identity.level, 1, 5), ("number of items", identity.count, 1, MOST_COUNT),
        ("sheet", identity.sheet + 1, 1, MOST_SHEETS), ("seed", identity.seed, 0, MOST_SEED),
    ):  # fmt: skip
        if not low <= value <= high:
            raise ExerciseError(f"The {what} of an exercise is {low} to {high}, not {value}.")
    if identity.clef not in CLEFS:
        raise ExerciseError(
            f"Unknown clef '{identity.clef}': valid are {', '.join(CLEFS[1:])}.{nearest(identity.clef, CLEFS[1:])}"
        )
    if identity.clef and not topic.clefs:
        raise ExerciseError(f"The topic {topic.name} has clefs of its own; leave the clef out.")
    return topic


@cache
def worksheet(identity: Identity) -> Worksheet:
    """The one sheet of an Identity; ExerciseError where it is out of range."""
    topic = check_identity(identity)
    sketches = _chosen(identity, topic)
    return Worksheet(
        identity, topic.name, f"{topic.title}, level {identity.level}", topic.instruction,
        topic.staves_in(identity.clef), tuple(sketch.make() for sketch in sketches),
        tuple(sketch.difficulty for sketch in sketches), topic.bars_a_line, topic.listening,
    )  # fmt: skip


@cache
def usual_difficulty(number: int, level: int, clef: str) -> float:
    """What an item of a topic and level has on the average, measured on items of a fixed seed."""
    draw = topic_numbered(number).drawer()
    return mean(draw(Stream(0, "usual", number, level, i), level, clef).difficulty for i in range(_SAMPLE))


def _chosen(identity: Identity, topic: Topic) -> list[Sketch]:
    """The items: of several drawn for a place the one that brings the sum nearest to where it should be."""
    draw, usual = topic.drawer(), usual_difficulty(identity.topic, identity.level, identity.clef or "treble")
    clef = identity.clef or "treble"
    stream = Stream(identity.seed, "exercise", topic.name, identity.level, clef, identity.sheet)
    chosen: list[Sketch] = []
    names: set[str] = set()
    for place in range(identity.count):
        fresh: list[Sketch] = []
        for take in range(_MOST_TRIES):
            sketch = draw(stream.sub(place, take), identity.level, clef)
            fresh += [sketch] if sketch.name not in names else []
            if len(fresh) == _TRIES or (fresh and take >= _TRIES):
                break
        if not fresh:
            raise ExerciseError(
                f"Level {identity.level} of {topic.name} has not {identity.count} different items; ask for {place}."
            )
        due = usual * (place + 1) - sum(sketch.difficulty for sketch in chosen)
        # The first places are free, so that sheets differ; the last ones make up for them.
        free = fresh[:1] if place < identity.count // 2 else fresh
        best = min(free, key=lambda sketch: abs(sketch.difficulty - due))
        chosen.append(best)
        names.add(best.name)
    return chosen
