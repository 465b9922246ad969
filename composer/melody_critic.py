"""What a listener would object to in a phrase: lines and rhythms are drawn more than once and the least faulty stands.

Convention: a flaw is a number of 0 or more, about 1 for what everybody would hear; weights are by taste, the
limits after POP909 (noted where they stand).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

from partimento.composer.melody_pitch import Slot


def line_flaw(line: Sequence[int], slots: Sequence[Slot]) -> float:
    """How much is wrong with a line of pitches: no shape, no peak of its own, leaps unanswered, circling."""
    flaw = 0.0
    for _, amount in line_flaws(line, slots):
        flaw += amount
    return flaw


def line_flaws(line: Sequence[int], slots: Sequence[Slot]) -> Iterator[tuple[str, float]]:
    """What is wrong with a line of pitches, by name, a name as often as it happens."""
    n = len(line)
    if n < 4:
        return
    distinct = len(set(line))
    if n >= 7:
        yield "few pitches", 0.4 * max(0, min(4 + (n >= 14), n // 2) - distinct)
    top = max(line)
    # One peak: the highest note comes once, or stays where it is.
    peaks = sum(1 for i, p in enumerate(line) if p == top and (i == 0 or line[i - 1] != p))
    yield "second peak", 0.35 * min(3, peaks - 1)
    if n >= 7:
        yield "narrow", 0.15 * max(0, 5 - (top - min(line)))
    # Circling: any eight notes inside a third say nothing.
    if n >= 8:
        for i in range(0, n - 7, 4):
            part = line[i : i + 8]
            if max(part) - min(part) <= 4:
                yield "circling", 0.5
    moves = [b - a for a, b in zip(line, line[1:], strict=False)]
    held = sum(m == 0 for m in moves)
    yield "one pitch repeated", 3.0 * max(0.0, held / len(moves) - 0.45)
    rocking = sum(1 for i in range(3, n) if line[i] == line[i - 2] and line[i - 1] == line[i - 3] != line[i])
    yield "rocking", 0.3 * rocking
    for i, (first, then) in enumerate(zip(moves, moves[1:], strict=False)):
        if abs(first) >= 5 and (then * first > 0 or abs(then) >= 5) and not slots[i + 1].gap:
            yield "leap unanswered" if abs(then) < 5 else "second leap", 0.35
        if first * then > 0 and abs(first + then) in (6, 10, 11):
            yield "outline of tritone or seventh", 0.3
    yield "far from its contour", 0.18 * (sum(abs(p - s.height) for p, s in zip(line, slots, strict=True)) / n)


def hook_flaw(line: Sequence[int], slots: Sequence[Slot], head: int) -> float:
    """A hook's line: its first `head` notes hold one skip or leap that is remembered, and few pitches."""
    flaw = line_flaw(line, slots)
    figure = line[:head]
    moves = [abs(b - a) for a, b in zip(figure, figure[1:], strict=False)]
    if moves and max(moves) < 3:
        flaw += 0.8
    if sum(m >= 5 for m in moves) > 2:
        flaw += 0.5
    if len(set(figure)) < 3 <= len(figure):
        flaw += 0.6
    return flaw


def rhythm_flaw(ticks: Sequence[int], end: int, beat: int, quick: int, most_in_two: int, second: float) -> float:
    """How much is wrong with a phrase's onsets: no long note among short ones, one value for ever, no air.

    `quick` is the longest wait that counts as fast, `second` a second in ticks; more than `most_in_two` notes in two
    seconds is patter, not a tune.
    """
    flaw = 0.0
    for _, amount in rhythm_flaws(ticks, end, beat, quick, most_in_two, second):
        flaw += amount
    return flaw


def rhythm_flaws(
    ticks: Sequence[int], end: int, beat: int, quick: int, most_in_two: int, second: float
) -> Iterator[tuple[str, float]]:
    """What is wrong with a phrase's onsets, by name; the arguments are `rhythm_flaw`'s."""
    n = len(ticks)
    if n < 4:
        return
    waits = [b - a for a, b in zip(ticks, ticks[1:], strict=False)]
    same = streak = longest = 1
    fast = 0
    for a, b in zip(waits, waits[1:], strict=False):
        same = same + 1 if a == b else 1
        streak = max(streak, same)
    for wait in waits:
        fast = fast + 1 if wait <= quick else 0
        longest = max(longest, fast)
    yield "one value or quick notes without end", 0.2 * max(0, streak - 7) + 0.2 * max(0, longest - 6)
    if len(set(waits)) == 1:
        yield "one value for ever", 1.0
    usual = median(waits)
    if not any(w >= 2 * usual and w >= beat for w in waits[:-1]):
        yield "no long note", 0.7
    window = 2.0 * second
    first = 0
    for last, tick in enumerate(ticks):
        while tick - ticks[first] >= window:
            first += 1
        yield "patter", 0.3 * max(0, last - first + 1 - most_in_two)
    # A phrase runs towards its end: what is quick lies rather in its first half.
    middle = (ticks[0] + end) // 2
    late = sum(1 for t in ticks if t >= middle)
    yield "busy at its end", 0.08 * max(0, 2 * late - n - 2)


def figure_flaw(onsets: Sequence[int], length: int, beat: int) -> float:
    """A hook's bar: four to seven notes of two values or more, one of them held, one off the beat."""
    n = len(onsets)
    waits = [b - a for a, b in zip(onsets, (*onsets[1:], length), strict=True)]
    flaw = 0.6 * max(0, 4 - n) + 0.5 * max(0, n - 7)
    if len(set(waits)) < 2:
        flaw += 1.2
    if not any(w >= beat for w in waits):
        flaw += 0.8
    if all(t % beat == 0 for t in onsets):
        flaw += 0.4
    if not onsets or onsets[0] >= 2 * beat:
        flaw += 0.3
    return flaw
