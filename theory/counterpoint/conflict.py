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
from partimento.theory.counterpoint.search import search

LONGEST = 4
"""Bars of the longest stretch that is tried apart."""

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
    for length in range(1, min(LONGEST, bars) + 1):
        # Where conflicts are likeliest, at the close, first.
        for start in range(bars - length, -1, -1):
            piece = _stretch(problem, start, length)
            if not _possible(piece):
                rules = _smallest(piece)
                broken = tuple((rule, tick + start * BAR) for rule, tick in _least(piece, rules))
                return Conflict(rules, start + 1, start + length, broken)
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
    for window in windows(problem, problem.line)[:_WINDOWS]:
        ends = search(problem, [window if voice == problem.line else None for voice in range(2)], _WIDTH)
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
    return _any(problem) is not None


def _any(problem: Problem) -> Node | None:
    """The best line of all, or None where there is none; every line is gone through."""
    best: Node | None = None
    for window in windows(problem, problem.line):
        seats: list[Window | None] = [
            None if voice == problem.cantus_voice else Window(*problem.reach(voice), False)
            for voice in range(problem.voices)
        ]
        seats[problem.line] = window
        ends = search(problem, seats, None)
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


def _least(problem: Problem, rules: tuple[str, ...]) -> tuple[Broken, ...]:
    """What the best line breaks that keeps every rule but those of `rules`, as few as can be."""
    node = _any(replace(problem, held=problem.held - set(rules)))
    return () if node is None else node.broken
