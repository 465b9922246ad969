"""What two voices make together, and whether a rule forbids it: consonance, suspensions, parallels, ends.

Conventions: functions answer with the rules that are broken, or with what a dissonance obliges the line to.
"""

from __future__ import annotations

from partimento.theory.counterpoint.node import Node, Obligation
from partimento.theory.counterpoint.problem import Problem
from partimento.theory.counterpoint.rules import BAR, HALF, QUARTER
from partimento.theory.counterpoint.tones import CONSONANT, CONSONANT_ABOVE, PERFECT, pitch_of, within_octave

RESOLVE = "suspension"
_BY_STEP = ((-1, RESOLVE),)
_ORNATE = ((-1, RESOLVE), (-1, "free"), (1, RESOLVE))
"""A resolution that comes a quarter early, dips to the tone below in eighths and returns (Jeppesen)."""


def sounding(node: Node, voice: int, tick: int) -> list[int]:
    """The other voices that sound at a tick: those that hold on and those that have begun there."""
    return [u for u, tone in enumerate(node.now) if u != voice and tone and node.ends[u] > tick]


def dissonant(node: Node, voice: int, tone: int, others: list[int]) -> list[int]:
    """The voices among `others` with which a tone is dissonant."""
    found = []
    for u in others:
        allowed = CONSONANT if u == 0 or voice == 0 else CONSONANT_ABOVE
        if within_octave(tone, node.now[u]) not in allowed:
            found.append(u)
    return found


def crosses(node: Node, voice: int, tone: int, others: list[int]) -> bool:
    """Whether a tone lies beyond another voice."""
    for u in others:
        low, high = (node.now[u], tone) if u < voice else (tone, node.now[u])
        if high < low or (high & 127) < (low & 127):
            return True
    return False


def suspended(node: Node, line: int, voice: int, tone: int, left: int) -> tuple[Obligation, ...] | None:
    """How the line must go on that is held for `left` ticks into a dissonance with `tone`; None where it may not.

    Above: 7-6, 4-3 and 9-8; below: 2-3 (and 9-10).
    """
    held = node.now[line]
    steps, _ = within_octave(held, tone)
    if line > voice:
        ninth = steps == 1 and (held >> 7) - (tone >> 7) > 1
        fits = steps == 6 or within_octave(held, tone) == (3, 5) or ninth
    else:
        fits = steps == 1
    before = node.forced[line]
    if not fits or (before and before[0][0] != -1) or left not in (QUARTER, HALF):
        return None
    return _BY_STEP if left == HALF else _ORNATE


def together(problem: Problem, node: Node, voice: int, tick: int, tone: int, others: list[int]) -> list[str]:
    """The rules of motion that a tone breaks against the voices that move with it at `tick`."""
    before = node.now[voice]
    found: list[str] = []
    two = problem.voices == 2
    for u in others:
        if node.onsets[u] != tick or not before or not node.last[u] or before == tone or node.last[u] == node.now[u]:
            continue
        new = within_octave(tone, node.now[u])
        if new not in PERFECT:
            continue
        same_way = (tone > before) == (node.now[u] > node.last[u])
        if within_octave(before, node.last[u]) == new:
            found.append("parallels")
        elif same_way and (two or {u, voice} == {0, problem.voices - 1}):
            found.append("direct")
    return found


def from_downbeat(problem: Problem, node: Node, voice: int, tick: int, tone: int, others: list[int]) -> list[str]:
    """The rules that a tone at a downbeat breaks against the downbeat before, the line being one of the two voices."""
    line = problem.line
    if not node.down or problem.species == 1:
        return []
    found = []
    for u in others if voice == line else [line] if line in others else []:
        other = u if voice == line else voice
        own, fixed = (tone, node.now[u]) if voice == line else (node.now[line], tone)
        before = node.last[other] if voice == line else node.now[voice]
        if not before or own == node.down or before == fixed:
            continue
        new = within_octave(own, fixed)
        if new in PERFECT and within_octave(node.down, before) == new:
            if voice == line or node.onsets[line] == tick:
                found.append("parallels")
            elif new == (0, 0):
                found.append("tied-octaves")
    return found


def from_half_bar(problem: Problem, node: Node, tick: int, tone: int, others: list[int]) -> list[str]:
    """The rules that the line's tone on a half bar breaks against the half bar before it (fourth and fifth species)."""
    bar, weak = node.weak
    if problem.species < 4 or not weak or bar != tick // BAR - 1:
        return []
    for u in others:
        new = within_octave(tone, node.now[u])
        if tone == weak or node.last[u] == node.now[u] or not node.last[u]:
            continue
        if new in PERFECT and within_octave(weak, node.last[u]) == new and (problem.species == 4 or new == (0, 0)):
            return ["tied-octaves"]
    return []


def parallel_runs(
    problem: Problem, node: Node, voice: int, tick: int, tone: int, others: list[int]
) -> tuple[tuple[int, int], ...]:
    """(kind, how many) by pair of voices, of the thirds or sixths that run in parallel from downbeat to downbeat.

    A kind is the simple interval in steps; of suspensions in a chain 10 more.
    """
    runs = list(node.run)
    for u in others:
        pair = pair_index(problem.voices, u, voice)
        runs[pair] = _run(problem, node, voice, tick, tone, u, runs[pair])
    return tuple(runs)


def pair_index(voices: int, one: int, other: int) -> int:
    """The place of a pair of voices in `Node.run`."""
    return min(one, other) * voices + max(one, other)


def _run(
    problem: Problem, node: Node, voice: int, tick: int, tone: int, u: int, run: tuple[int, int]
) -> tuple[int, int]:
    held, line = node.now[u], problem.line
    interval = within_octave(tone, held)
    steps, (kind, count) = interval[0], run
    if interval not in CONSONANT and line in (u, voice):
        return (10 + steps, count + 1 if kind == 10 + steps else 1)
    if steps not in (2, 5):
        return (0, 0)
    if kind != steps:
        return (steps, 1)
    own = _moved(problem, node, voice, node.now[voice], tone)
    other = _moved(problem, node, u, node.last[u], held)
    return (steps, count + 1 if own == other != 0 else 1)


def _moved(problem: Problem, node: Node, voice: int, before: int, tone: int) -> int:
    """The steps from a voice's last downbeat to this one."""
    if voice == problem.line and problem.species > 1:
        before = node.down
    return (tone >> 7) - (before >> 7) if before else 0


def opening(problem: Problem, node: Node, voice: int, tone: int, others: list[int]) -> bool:
    """Whether a voice's first tone is perfect with the lowest; the lowest itself the final or at the octave."""
    if not others:
        return True
    if voice == 0:
        with_cantus = within_octave(tone, node.now[problem.cantus_voice])
        return with_cantus == (0, 0) or (with_cantus in PERFECT and is_final(problem, tone))
    return within_octave(tone, node.now[min(others)]) in PERFECT


def is_final(problem: Problem, tone: int) -> bool:
    """Whether a tone is the mode's final."""
    return pitch_of(tone).pitch_class == problem.gamut.final


def ending(problem: Problem, voice: int, tone: int) -> bool:
    """Whether a voice's last tone is the final, or its fifth in an upper voice of three or four."""
    final = problem.gamut.final
    allowed = {final, final.up(1)} if problem.voices > 2 and voice > 0 else {final}
    return pitch_of(tone).pitch_class in allowed


def clausula(problem: Problem, node: Node, voice: int, tone: int) -> bool:
    """Whether a voice and the cantus close by step in contrary motion, a sixth opening or a third closing.

    The sixth must be major and the third minor, save where the cantus itself sings the unraised seventh degree.
    """
    cantus = problem.cantus_voice
    before, cantus_before = node.now[voice], node.last[cantus]
    if not before or not cantus_before:
        return False
    move, against = (tone >> 7) - (before >> 7), (node.now[cantus] >> 7) - (cantus_before >> 7)
    if abs(move) != 1 or move != -against:
        return False
    rises = move if voice > cantus else against
    interval = within_octave(before, cantus_before)
    own = against == 1 and within_octave(cantus_before, node.now[cantus]) == (1, 2)
    if rises == 1:
        return interval == (5, 9) or (own and interval == (5, 8))
    return interval == (2, 3) or (own and interval == (2, 4))
