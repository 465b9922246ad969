"""A soloist's line between targets: cells of scale, arpeggio, approach, enclosure and turn, joined without bad leaps.

Convention: pitches are MIDI numbers; a cell is what lies strictly between two targets, the first of which has sounded.
The cells are the textbook's ways of reaching a chord tone, written as rules, not taken from anybody's solos.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from partimento.composer.melody_harmony import AVOID, COLOUR, TENSION, TRIAD, Harmony
from partimento.score.stream import Stream

# Cells by name with their likings, for lines over changes and for scales of five tones.
_LINE = (("walk", 10), ("enclosure", 9), ("chromatic", 7), ("arpeggio", 10), ("turn", 4), ("pivot", 5))
_LICK = (("walk", 12), ("turn", 5), ("arpeggio", 4), ("repeat", 5), ("pivot", 2))


def targets_of(harmony: Harmony, low: int, high: int, five: bool) -> tuple[int, ...]:
    """The tones a line may aim at: the chord's, seventh included; with `five` also the scale's own."""
    most = TENSION if five else COLOUR
    return tuple(m for m in range(low, high + 1) if harmony.grades[m % 12] <= most)


def draw_target(
    harmony: Harmony,
    before: int,
    height: float,
    low: int,
    high: int,
    five: bool,
    fresh: bool,
    most: int,
    stream: Stream,
) -> int:
    """The next target: near the last and the contour; on a `fresh` chord its third or seventh rather than its root.

    No farther than `most` semitones from the tone before, where there is such a tone.
    """
    full = targets_of(harmony, low, high, five)
    found = tuple(m for m in full if abs(m - before) <= most) or full
    if not found:
        return min(max(before, low), high)
    members = harmony.chord.members
    guides = {members[d].number for d in (3, 7) if d in members}
    weights = []
    for m in found:
        w = 1000.0 / (1.0 + 0.09 * (m - height) * (m - height))
        reach = abs(m - before)
        w *= 0.45 if reach == 0 else 1.0 if reach <= 5 else 0.5 if reach <= 7 else 0.08 if reach <= 9 else 0.01
        if m % 12 in guides:
            w *= 2.2 if fresh else 1.4
        if harmony.grades[m % 12] != TRIAD:
            w *= 0.8 if not five else 0.6
        weights.append(1 + int(w))
    return stream.weighted(found, weights)


def fill(
    start: int,
    target: int,
    count: int,
    harmony: Harmony,
    low: int,
    high: int,
    five: bool,
    chromatic: float,
    last_cell: str,
    stream: Stream,
) -> tuple[tuple[int, ...], str]:
    """`count` tones between `start` and `target`, and the cell's name; `last_cell` is rather not used again."""
    if count <= 0:
        return (), last_cell
    options: list[tuple[tuple[int, ...], str]] = []
    weights: list[int] = []
    for tones, name, liking in _ways(start, target, count, harmony.grades, low, high, five):
        w = liking
        if name in ("chromatic", "enclosure"):
            w *= 0.3 + 6.0 * chromatic
        if name == last_cell:
            w *= 0.4
        options.append((tones, name))
        weights.append(1 + int(w))
    if not options:
        return _direct(start, target, count, harmony), "walk"
    return stream.weighted(options, weights)


@lru_cache(maxsize=1 << 16)
def _ways(
    start: int, target: int, count: int, grades: tuple[int, ...], low: int, high: int, five: bool
) -> tuple[tuple[tuple[int, ...], str, float], ...]:
    """(tones, cell, liking) of all cells that join start and target without bad leaps."""
    out = []
    for name, liking in _LICK if five else _LINE:
        for tones in _cell(name, start, target, count, grades, low, high, five):
            cost = _cost((start, *tones, target))
            if cost <= 9.0:
                out.append((tones, name, liking * 100.0 / (1.0 + cost * cost)))
    return tuple(out)


def _ladder(grades: tuple[int, ...], low: int, high: int, most: int) -> list[int]:
    return [m for m in range(low, high + 1) if grades[m % 12] <= most]


def _cell(
    name: str, start: int, target: int, count: int, grades: tuple[int, ...], low: int, high: int, five: bool
) -> list[tuple[int, ...]]:
    """The cell's shapes that fit between start and target, inside the register."""
    scale = _ladder(grades, low, high, TENSION if five else AVOID)
    chord = _ladder(grades, low, high, COLOUR)
    above = next((m for m in scale if m > target), 0)
    below = next((m for m in reversed(scale) if m < target), 0)
    out: list[tuple[int, ...]] = []
    if name == "walk":
        for up in (True, False):
            side = [m for m in scale if m > target] if up else [m for m in reversed(scale) if m < target]
            if len(side) >= count:
                out.append(tuple(reversed(side[:count])))
    elif name == "arpeggio":
        for ladder in (
            [m for m in chord if m > start],
            [m for m in reversed(chord) if m < start],
        ):
            if len(ladder) >= count:
                out.append(tuple(ladder[:count]))
            for lean in (above, below):
                if lean and 1 < count <= len(ladder) + 1:
                    out.append((*ladder[: count - 1], lean))
    elif name == "chromatic":
        for step in (1, -1):
            near = tuple(target + step * k for k in range(min(count, 2), 0, -1))
            rest = _lead_in(start, near[0], count - len(near), scale)
            if rest is not None:
                out.append((*rest, *near))
    elif name == "enclosure" and count >= 2 and above:
        for pair in ((above, target - 1), (target - 1, above)):
            rest = _lead_in(start, pair[0], count - 2, scale)
            if rest is not None:
                out.append((*rest, *pair))
    elif name == "turn" and count >= 2:
        over = next((m for m in scale if m > start), 0)
        under = next((m for m in reversed(scale) if m < start), 0)
        if over and under:
            out.append((over, start, under)[:count] if count <= 3 else (over, start, under, start, over)[:count])
            out.append((under, start, over)[:count] if count <= 3 else (under, start, over, start, under)[:count])
    elif name == "pivot" and count >= 2:
        # A leap to the other side of the target, then steps back towards it.
        for up in (True, False):
            side = [m for m in scale if m > target] if up else [m for m in reversed(scale) if m < target]
            if len(side) > count:
                out.append(tuple(reversed(side[1 : count + 1])))
    elif name == "repeat" and count <= 3:
        out.append((start,) * (count - 1) + ((below or above or start),))
    return [tones for tones in out if len(tones) == count and all(low <= m <= high for m in tones)]


def _lead_in(start: int, goal: int, count: int, scale: Sequence[int]) -> tuple[int, ...] | None:
    """`count` scale tones on the way from start to goal, or None where there are too few."""
    if count <= 0:
        return ()
    way = [m for m in scale if start < m < goal] if goal > start else [m for m in reversed(scale) if goal < m < start]
    if len(way) < count:
        beyond = [m for m in scale if m > start and m != goal] if goal >= start else [m for m in scale if m < start]
        way = (beyond if goal >= start else beyond[::-1])[:count]
    return tuple(way[-count:]) if len(way) >= count else None


def _direct(start: int, target: int, count: int, harmony: Harmony) -> tuple[int, ...]:
    """Tones evenly on the way, each moved into the scale."""
    out = []
    for i in range(1, count + 1):
        raw = start + (target - start) * i // (count + 1)
        out.append(min(range(raw - 2, raw + 3), key=lambda m: (harmony.grades[m % 12] > AVOID, abs(m - raw), m)))
    return tuple(out)


def _cost(tones: Sequence[int]) -> float:
    """How badly tones follow one another when they go by fast."""
    cost = 0.0
    moves = [b - a for a, b in zip(tones, tones[1:], strict=False)]
    for i, move in enumerate(moves):
        size = abs(move)
        cost += 1.0 if size == 0 else 0.0 if size <= 4 else 0.8 if size <= 5 else 2.0 if size <= 7 else 20.0
        if i:
            prior = moves[i - 1]
            if size > 4 and abs(prior) > 4:
                cost += 20.0  # two leaps running
            elif size > 4 and move * prior > 0:
                cost += 1.5
            elif abs(prior) > 4 and move * prior > 0:
                cost += 1.5
    return cost
