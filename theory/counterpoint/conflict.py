"""Why there is no line: the rules that cannot be kept together, and the bars in which they meet.

Conventions: bars count from 1. A stretch of bars in which no line can be is sought first, with both of its ends free:
if none fits there, none fits the whole. From its rules those are dropped one by one without which there is still none;
what is left is a smallest set: give up any one of it, and these bars have a line.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from partimento.theory.counterpoint.node import Broken, Node
from partimento.theory.counterpoint.problem import Problem, Window, windows
from partimento.theory.counterpoint.rules import BAR, RELAXABLE
from partimento.theory.counterpoint.search import TooMany, search

LONGEST = 4
"""Bars of the longest stretch that is tried apart; one less where there are more than two voices."""

_WINDOWS, _WIDTH = 6, 60

_GLOBAL = frozenset({"climax", "range"})


@dataclass(frozen=True, slots=True)
class Conflict:
    """`rules` cannot be kept together in bars `first`-`last`. `nearest` are the breaches (rule, tick) of the line that
    breaks the fewest of them, () where that was not sought."""

    rules: tuple[str, ...]
    first: int
    last: int
    nearest: tuple[Broken, ...] = ()


def local_conflict(problem: Problem) -> Conflict | None:
    """The conflict of the shortest stretch in which no line can be, or None where all of up to four bars have one."""
    bars = len(problem.cantus)
    for length in range(1, min(LONGEST if problem.voices == 2 else LONGEST - 1, bars) + 1):
        # Where conflicts are likeliest, at the close, first.
        for start in range(bars - length, -1, -1):
            piece = _stretch(problem, start, length)
            if not _possible(piece):
                found = conflict_of(piece) if problem.voices > 2 else _least(piece, _smallest(piece))
                broken = tuple((rule, tick + start * BAR) for rule, tick in found.nearest)
                return Conflict(found.rules, start + 1, start + length, broken)
    return None


def conflict_of(problem: Problem) -> Conflict:
    """The conflict of the whole, which no shorter stretch shows: every rule that, given up alone, allows a line.

    The lines that then appear are sought narrowly, so a rule may be missing; none that is named is wrong.
    """
    helping: list[str] = []
    nearest: tuple[Broken, ...] = ()
    for rule in RELAXABLE:
        node = _quick(replace(problem, held=problem.held - {rule})) if rule in problem.held else None
        if node is not None:
            helping.append(rule)
            nearest = nearest or node.broken
    return Conflict(tuple(helping), 1, len(problem.cantus), nearest)


def _quick(problem: Problem) -> Node | None:
    """A line of the likeliest windows, found narrowly."""
    for window in windows(problem, problem.line)[: _WINDOWS if problem.voices == 2 else 2]:
        ends = search(problem, _seats(problem, window), _WIDTH)
        if ends:
            return ends[0]
    return None


def _stretch(problem: Problem, start: int, length: int) -> Problem:
    """Some bars of a problem, their ends free where they are not its own, its range and climax left open."""
    bars = len(problem.cantus)
    held = problem.held - _GLOBAL if length < bars else problem.held
    return replace(
        problem, cantus=problem.cantus[start : start + length], held=held,
        opens=problem.opens and start == 0, closes=problem.closes and start + length == bars, avoid={},
    )  # fmt: skip


def _possible(problem: Problem) -> bool:
    """Whether there is a line, or so many states that it cannot be said."""
    try:
        return _any(problem) is not None
    except TooMany:
        return True


def _seats(problem: Problem, window: Window) -> list[Window | None]:
    """The windows of all voices: the line's own, for the others all that they reach."""
    seats = [None if voice == problem.cantus_voice else Window(*problem.reach(voice), False)
             for voice in range(problem.voices)]  # fmt: skip
    seats[problem.line] = window
    return seats


def _any(problem: Problem) -> Node | None:
    """The best line of all, or None where there is none; every line is gone through."""
    best: Node | None = None
    for window in windows(problem, problem.line):
        ends = search(problem, _seats(problem, window), None)
        if ends and (best is None or ends[0].cost < best.cost):
            best = ends[0]
        if best is not None and not best.broken:
            break
    return best


def _smallest(problem: Problem) -> tuple[str, ...]:
    """A smallest set of the held rules that no line keeps (deletion, rule by rule)."""
    held = problem.held
    for rule in RELAXABLE:
        if rule in held and not _possible(replace(problem, held=held - {rule})):
            held = held - {rule}
    return tuple(rule for rule in RELAXABLE if rule in held)


def _least(problem: Problem, rules: tuple[str, ...]) -> Conflict:
    """The conflict of some rules, with what the best line breaks that keeps all others, as few as can be."""
    node = _any(replace(problem, held=problem.held - set(rules)))
    return Conflict(rules, 1, len(problem.cantus), () if node is None else node.broken)
