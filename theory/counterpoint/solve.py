"""Solving: the best lines against a cantus firmus, several different ones, or the proof that there are none.

Conventions: an Outcome is "found", "impossible" (every line was gone through) or "undecided" (more than two voices
alone: no search found a setting, and not all could be gone through).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice, product

from partimento.theory.counterpoint.conflict import Conflict, conflict_of, local_conflict
from partimento.theory.counterpoint.node import Node
from partimento.theory.counterpoint.problem import Problem, Window, windows
from partimento.theory.counterpoint.search import TooMany, search
from partimento.theory.counterpoint.tones import steps_of

WIDTHS = {2: ((40, 99),), 3: ((48, 8), (160, 4), (480, 1)), 4: ((48, 8), (160, 4), (480, 1))}
"""(states kept a layer, searches at the most) by the number of voices, tried in turn."""

ENOUGH = {1: 3, 2: 3, 3: 2, 4: 3, 5: 1}
"""Searches that find a line, by the species, of which the best is taken; at most two in three and four voices."""

AGAIN = 12
"""What a tone costs that another solution has in the same place."""


@dataclass(frozen=True, slots=True)
class Solution:
    """One solution: `lines` by voice, of (onset, length, tone), the cantus among them; `cost`, by taste, best low."""

    lines: tuple[tuple[tuple[int, int, int], ...], ...]
    cost: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: `verdict` "found", "impossible" or "undecided", and where impossible what conflicts."""

    verdict: str
    solutions: tuple[Solution, ...] = ()
    conflict: Conflict | None = None


def solve(problem: Problem, count: int = 1) -> Outcome:
    """Up to `count` different solutions, the best first, or why there is none."""
    first = _best(problem)
    if first is None:
        return _without(problem)
    found = [first]
    avoid: dict[tuple[int, int, int], int] = {}
    while len(found) < count:
        for voice in problem.added:
            for onset, _, tone in found[-1].lines[voice][1:-1]:
                place = (voice, onset, tone)
                avoid[place] = avoid.get(place, 0) + AGAIN
        other = _best(replace(problem, avoid=dict(avoid)))
        if other is None or any(other.lines == solution.lines for solution in found):
            break
        found.append(other)
    return Outcome("found", tuple(found))


def _without(problem: Problem) -> Outcome:
    """What is to be said when the quick search found nothing."""
    local = local_conflict(problem)
    if local is not None:
        return Outcome("impossible", conflict=local)
    if problem.voices == 2:
        for window in windows(problem, problem.line):
            ends = search(problem, _seats(problem, {problem.line: window}), None)
            if ends:
                return Outcome("found", (solution_of(problem, ends[0]),))
        return Outcome("impossible", conflict=conflict_of(problem))
    wide = {voice: Window(*problem.reach(voice), False) for voice in problem.added}
    try:
        ends = search(problem, _seats(problem, wide), None)
    except TooMany:
        return Outcome("undecided")
    return Outcome("undecided" if ends else "impossible", conflict=None if ends else conflict_of(problem))


def _best(problem: Problem) -> Solution | None:
    """The best line of the likeliest windows, searched narrowly; None is no proof."""
    two = problem.voices == 2
    enough = min(ENOUGH[problem.species], 3 if two else 2)
    for width, tries in WIDTHS[problem.voices]:
        found: list[Node] = []
        for seats in islice(_seatings(problem), tries):
            found += search(problem, seats, width)[:1]
            if len(found) == enough:
                break
        if found:
            return solution_of(problem, min(found, key=lambda node: (node.cost, node.now)))
    return None


def _seatings(problem: Problem) -> Iterator[list[Window | None]]:
    """The windows of all voices together, the likeliest first."""
    added = problem.added
    choices = [windows(problem, voice) for voice in added]
    # The line's windows differ most: the others' change last.
    line = added.index(problem.line)
    ranked = sorted(
        product(*(range(len(some)) for some in choices)), key=lambda picks: (3 * sum(picks) - 2 * picks[line], picks)
    )
    for picks in ranked:
        yield _seats(problem, {voice: some[i] for voice, some, i in zip(added, choices, picks, strict=True)})


def _seats(problem: Problem, chosen: dict[int, Window]) -> list[Window | None]:
    return [chosen.get(voice) for voice in range(problem.voices)]


def solution_of(problem: Problem, node: Node) -> Solution:
    """The Solution that ends in a state."""
    lines = tuple(
        tuple((sung.onset, sung.length, sung.tone) for sung in reversed(list(node.line(voice))))
        for voice in range(problem.voices)
    )
    return Solution(lines, node.cost)


def compass(solution: Solution, voice: int) -> tuple[int, int]:
    """The lowest and the highest diatonic number of a voice."""
    steps = [steps_of(tone) for _, _, tone in solution.lines[voice]]
    return min(steps), max(steps)
