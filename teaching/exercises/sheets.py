"""Sheets of an exercise: items drawn so that sheets differ and are equally hard.

Conventions: an exercise's sheet depends on its Identity alone. The difficulties of a sheet's items add up to what the
level has on the average, within `TOLERANCE` of it; no item comes twice on a sheet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from statistics import mean

from partimento.score.stream import Stream
from partimento.teaching.exercises.identity import CLEFS, MOST_COUNT, MOST_SEED, MOST_SHEETS, ExerciseError, Identity
from partimento.teaching.exercises.topics import Drawer, Topic, topic_numbered
from partimento.teaching.exercises.worksheet import Sketch, Worksheet
from partimento.theory.errors import nearest

TOLERANCE = 0.1
"""How far a sheet's difficulty lies from the level's at the most, as a share of it."""

_TRIES, _MOST_TRIES, _AGAIN, _RARE = 24, 400, 12, 60
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
    sketches = _chosen(identity)
    return Worksheet(
        identity, topic.name, f"{topic.title}, level {identity.level}", topic.instruction,
        topic.staves_in(identity.clef), tuple(sketch.make() for sketch in sketches),
        tuple(sketch.difficulty for sketch in sketches), topic.bars_a_line, topic.listening, topic.name == "keys",
    )  # fmt: skip


def item_names(identity: Identity) -> tuple[str, ...]:
    """What the items of a sheet are, in the drawers' own words ("C major I V7/V V7 I 67"), without their being made."""
    check_identity(identity)
    return tuple(sketch.name for sketch in _chosen(identity))


@cache
def usual_difficulty(number: int, level: int, clef: str) -> float:
    """What an item of a topic and level has on the average, measured on items of a fixed seed."""
    draw = topic_numbered(number).drawer()
    return mean(draw(Stream(0, "usual", number, level, i), level, clef).difficulty for i in range(_SAMPLE))


@cache
def _chosen(identity: Identity) -> tuple[Sketch, ...]:
    """The items; of a topic with few different ones, others than those of the sheets before."""
    topic = topic_numbered(identity.topic)
    if not topic.few:
        return _drawn(identity, topic, 0)
    before = {_names(_chosen(replace(identity, sheet=number))) for number in range(identity.sheet)}
    for take in range(_MOST_TRIES):
        sketches = _drawn(identity, topic, take)
        if _names(sketches) not in before:
            return sketches
    raise ExerciseError(
        f"Level {identity.level} of {topic.name} has only {identity.sheet} different sheets of {identity.count} items."
    )


def _names(sketches: Sequence[Sketch]) -> frozenset[str]:
    return frozenset(sketch.name for sketch in sketches)


def _drawn(identity: Identity, topic: Topic, take: int) -> tuple[Sketch, ...]:
    """Items drawn until their sum is as near to where it should be as it mostly comes.

    Where sheets of that kind are used up (a high `take`), any within the tolerance will do.
    """
    clef = identity.clef or "treble"
    due = identity.count * usual_difficulty(identity.topic, identity.level, clef)
    stream = Stream(identity.seed, "exercise", topic.name, identity.level, clef, identity.sheet, take)
    best: tuple[float, tuple[Sketch, ...]] | None = None
    for again in range(_AGAIN):
        chosen = _row(identity, topic, clef, due, stream.sub(again))
        off = abs(sum(sketch.difficulty for sketch in chosen) - due)
        if best is None or off < best[0]:
            best = off, chosen
        # Sums are whole numbers: none may lie nearer than half a point.
        if off <= max(0.5, due * TOLERANCE / (4 if take < _RARE else 1)):
            break
    assert best is not None
    return best[1]


def _row(identity: Identity, topic: Topic, clef: str, due: float, stream: Stream) -> tuple[Sketch, ...]:
    """The first two thirds as they are drawn, so that all kinds of items come; the others make up for these."""
    draw = topic.drawer()
    chosen: list[Sketch] = []
    for place in range(identity.count):
        left = identity.count - place
        choices = _TRIES if left <= max(1, identity.count // 3) else 1
        fresh = _fresh(draw, stream.sub(place), identity.level, clef, _names(chosen), choices)
        if not fresh:
            raise ExerciseError(
                f"Level {identity.level} of {topic.name} has not {identity.count} different items; ask for {place}."
            )
        share = (due - sum(sketch.difficulty for sketch in chosen)) / left
        chosen.append(min(fresh, key=lambda sketch: abs(sketch.difficulty - share)))
    return tuple(chosen)


def _fresh(draw: Drawer, stream: Stream, level: int, clef: str, names: frozenset[str], count: int) -> list[Sketch]:
    """So many drawn items that are not on the sheet yet; fewer where they are rare."""
    fresh: list[Sketch] = []
    for take in range(_MOST_TRIES):
        sketch = draw(stream.sub(take), level, clef)
        fresh += [sketch] if sketch.name not in names else []
        if len(fresh) == count or (fresh and take >= 2 * _TRIES):
            break
    return fresh
