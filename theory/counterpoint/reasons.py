"""Why a line goes as it goes: what each downbeat is, how it is reached, and what every other tone would have broken.

Conventions: bars count from 1. The other tones are tried in the finished lines, one at a time, everything else as it
is; what they break is what the solver's own rules say, none of them held.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from partimento.theory.counterpoint.node import Broken, Node, first_node
from partimento.theory.counterpoint.place import extensions
from partimento.theory.counterpoint.problem import Problem
from partimento.theory.counterpoint.rules import BAR, RULES, TENTH
from partimento.theory.counterpoint.solve import Solution
from partimento.theory.counterpoint.tones import CONSONANT, pitch_of, within_octave
from partimento.theory.interval import Interval
from partimento.theory.pitch import Pitch

Line = tuple[tuple[int, int, int], ...]

_FIRST = ("consonance", "parallels", "direct", "crossing")
_TOLD = (*_FIRST, *(rule for rule in RULES if rule not in _FIRST))
"""Rules in the order in which they are told: what the two voices make before what the line does."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One bar of an added voice.

    `tone` is what sounds with the bar's beginning (or first in it), `interval` its interval with the cantus,
    `suspension` whether it is a dissonance held over; `motion` "contrary", "oblique", "similar" or "" where it is not
    reached with the bar; `legal` the other tones that break nothing there, `refused` (tone, rules) the others.
    """

    voice: int
    bar: int
    tone: Pitch
    interval: Interval
    suspension: bool
    motion: str
    legal: tuple[Pitch, ...]
    refused: tuple[tuple[Pitch, tuple[str, ...]], ...]


def reasons(problem: Problem, solution: Solution) -> Iterator[Reason]:
    """The Reasons of every bar of every added voice, bar by bar, the upper voices first."""
    for bar in range(len(problem.cantus)):
        for voice in reversed(problem.added):
            yield _reason(problem, solution.lines, voice, bar)


def breaches(problem: Problem, lines: tuple[Line, ...]) -> frozenset[Broken]:
    """(rule, tick) of everything that finished lines break, the fewest where a dissonance can be heard two ways."""
    free = replace(problem, held=frozenset(), avoid={})
    line = problem.line
    nodes = [first_node(problem.voices, lines[line][0][0], line)]
    order = {voice: i for i, voice in enumerate((problem.cantus_voice, *problem.added))}
    events = sorted(
        (onset, order[voice], voice, length, tone) for voice, sung in enumerate(lines) for onset, length, tone in sung
    )
    for onset, _, voice, length, tone in events:
        after: list[Node] = []
        for node in nodes:
            after += extensions(free, node, voice, onset, tone, length, None)
        if not after:
            return frozenset({("crossing", onset)})
        nodes = sorted(after, key=lambda node: len(node.broken))[:8]
    found = set(nodes[0].broken)
    found |= {("range", onset) for onset in _beyond(problem, lines)}
    return frozenset(found | {("climax", onset) for onset in _again(lines[line])})


def _beyond(problem: Problem, lines: tuple[Line, ...]) -> Iterator[int]:
    for voice in problem.added:
        steps = [tone >> 7 for _, _, tone in lines[voice]]
        if max(steps) - min(steps) > TENTH:
            yield lines[voice][steps.index(max(steps))][0]


def _again(line: Line) -> Iterator[int]:
    top = max(tone for _, _, tone in line)
    places = [onset for onset, _, tone in line if tone >> 7 == top >> 7]
    yield from places[1:]


def _reason(problem: Problem, lines: tuple[Line, ...], voice: int, bar: int) -> Reason:
    start, cantus = bar * BAR, problem.cantus[bar]
    index = next(i for i, (onset, length, _) in enumerate(lines[voice]) if onset + length > start)
    onset, length, tone = lines[voice][index]
    here = breaches(problem, lines)
    legal, refused = [], []
    for other in problem.candidates(voice, onset // BAR):
        if other == tone:
            continue
        changed = (*lines[voice][:index], (onset, length, other), *lines[voice][index + 1 :])
        new = breaches(problem, (*lines[:voice], changed, *lines[voice + 1 :])) - here
        if new:
            refused.append((pitch_of(other), tuple(rule for rule in _TOLD if rule in {broken for broken, _ in new})))
        else:
            legal.append(pitch_of(other))
    low, high = sorted((pitch_of(tone), pitch_of(cantus)), key=lambda pitch: pitch.diatonic)
    held = onset < start
    return Reason(
        voice, bar + 1, pitch_of(tone), Interval.between(low, high),
        held and within_octave(tone, cantus) not in CONSONANT, _motion(problem, lines[voice], index, bar, held),
        tuple(legal), tuple(refused),
    )  # fmt: skip


def _motion(problem: Problem, line: Line, index: int, bar: int, held: bool) -> str:
    if bar == 0 or index == 0 or line[index][0] > bar * BAR:
        return ""
    own = 0 if held else line[index][2] - line[index - 1][2]
    other = problem.cantus[bar] - problem.cantus[bar - 1]
    if not own or not other:
        return "oblique"
    return "contrary" if (own > 0) != (other > 0) else "similar"
