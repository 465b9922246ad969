"""Adding one note to a state of the search: every rule that it can break is asked here.

Conventions: `extensions` answers with all states that come of one tone; a rule that is held and broken makes it none.
A dissonance is answered with one state for each way in which it may go on.
"""

from __future__ import annotations

from collections.abc import Iterator

from partimento.theory.counterpoint.node import REMEMBERED, Node, Obligation, with_item
from partimento.theory.counterpoint.problem import Problem, Window
from partimento.theory.counterpoint.rules import BAR, EIGHTH, HALF, QUARTER
from partimento.theory.counterpoint.taste import climax_cost, cost_of
from partimento.theory.counterpoint.tones import PERFECT, SINGABLE, within_octave
from partimento.theory.counterpoint.vertical import (
    RESOLVE,
    clausula,
    crosses,
    dissonant,
    ending,
    from_downbeat,
    from_half_bar,
    opening,
    pair_index,
    parallel_runs,
    sounding,
    suspended,
    together,
)

BROKEN_COST = 100_000
"""What a rule costs that is not held and is broken: more than all taste together."""

Obligations = tuple[Obligation, ...]


def extensions(
    problem: Problem, node: Node, voice: int, tick: int, tone: int, length: int, window: Window | None
) -> Iterator[Node]:
    """The states after `voice` sings `tone` at `tick` for `length` ticks."""
    line = problem.line
    before = node.now[voice]
    others = sounding(node, voice, tick)
    if crosses(node, voice, tone, others) or _too_wide(problem, node, voice, tone, others):
        return
    if voice == line and not _eighths_step(node, voice, tone, length):
        return
    broken: list[str] = []
    forced: Obligations = ()
    if before and voice != problem.cantus_voice:
        forced = _sung(problem, node, voice, tone, broken)
        if broken and not problem.held.isdisjoint(broken):
            return
    seen, late = node.seen, 0
    if window is not None and window.once and tone >> 7 == window.peak and (before != tone or problem.species > 1):
        if seen[voice]:
            return
        seen = (*seen[:voice], True, *seen[voice + 1 :])
        late = climax_cost(problem, tick)
    elif window is not None and window.once and tone >> 7 == window.peak:
        return
    held = _against(problem, node, voice, tick, tone, others, broken)
    if broken and not problem.held.isdisjoint(broken):
        return
    at_bar = tick % BAR == 0
    run = node.run
    if at_bar and others:
        run = parallel_runs(problem, node, voice, tick, tone, others)
        if any(count > 3 for _, count in run):
            broken.append("imperfect-run")
            if "imperfect-run" in problem.held:
                return
    ways: list[Obligations] = [forced]
    if held is None:
        ways = _dissonance(problem, node, voice, tick, tone, length, others, forced, broken)
        if broken and not problem.held.isdisjoint(broken):
            return
    base = node.cost + late + BROKEN_COST * len(broken) + problem.avoid.get((voice, tick, tone), 0)
    faults = node.broken + tuple((rule, tick) for rule in broken)
    down, weak = node.down, node.weak
    if voice == line and not at_bar and node.onsets[line] <= tick - tick % BAR:
        # Only what a rule may ask about is kept, so that more states are alike.
        down = before if _runs(problem, node) or _perfect_with(before, node, others) else 0
    if voice == line and tick % BAR == HALF and problem.species >= 4:
        weak = (tick // BAR, tone) if _perfect_with(tone, node, others) else (-1, 0)
    now, last = with_item(node.now, voice, tone), with_item(node.last, voice, before)
    path = ((tone, length, tick), *node.path[: REMEMBERED - 1]) if voice == line else node.path
    onsets, ends = with_item(node.onsets, voice, tick), with_item(node.ends, voice, tick + length)
    for way in ways:
        owed = (*node.forced[:voice], way, *node.forced[voice + 1 :])
        if held:
            owed = (*owed[:line], held, *owed[line + 1 :])
        cost = base + cost_of(problem, node, voice, tick, tone, length, others, way, held)
        yield Node(cost, node, voice, tick, length, tone, now, last, onsets, ends, owed, down, weak, run, seen, faults,
                   path)  # fmt: skip


def _too_wide(problem: Problem, node: Node, voice: int, tone: int, others: list[int]) -> bool:
    """Whether neighbours of three or four voices lie over a twelfth apart, or two octaves over the lowest."""
    if problem.voices == 2:
        return False
    for u in others:
        if abs(u - voice) == 1:
            distance = abs((tone >> 7) - (node.now[u] >> 7))
            if distance > (14 if min(u, voice) == 0 else 11):
                return True
    return False


def _eighths_step(node: Node, voice: int, tone: int, length: int) -> bool:
    """Eighths come and go by step; an ornate resolution is in eighths."""
    before = node.now[voice]
    if not before:
        return length != EIGHTH
    own = node.ends[voice] - node.onsets[voice]
    if EIGHTH in (own, length) and abs((tone >> 7) - (before >> 7)) != 1:
        return False
    owed = node.forced[voice]
    if owed and owed[0][1] == "free" and length > QUARTER:
        return False
    return len(owed) != 3 or owed[1][1] != "free" or length == EIGHTH


def _sung(problem: Problem, node: Node, voice: int, tone: int, broken: list[str]) -> Obligations:
    """What the line still owes after it moves to `tone`; appends the rules of melody that it breaks."""
    before = node.now[voice]
    steps, semitones = (tone >> 7) - (before >> 7), (tone & 127) - (before & 127)
    owed = node.forced[voice]
    if (steps, semitones) not in SINGABLE:
        broken.append("leap")
    if owed:
        need, kind = owed[0]
        owed = owed[1:]
        if steps != need:
            broken.append("dissonance" if kind == "free" else kind)
            owed = ()
    if steps == 0 and problem.species > 1 and voice == problem.line:
        broken.append("repetition")
    if abs(steps) > 3:
        return ((-1 if steps > 0 else 1, "recovery"),)
    return owed


def _against(
    problem: Problem, node: Node, voice: int, tick: int, tone: int, others: list[int], broken: list[str]
) -> Obligations | None:
    """What a suspension obliges the line to (nothing: ()), None where the line's own note is a dissonance to be
    explained; appends the rules of harmony and motion that are broken."""
    line, at_bar = problem.line, tick % BAR == 0
    harsh = dissonant(node, voice, tone, others)
    held: Obligations = ()
    if harsh and (at_bar or voice != line):
        for u in harsh:
            way = None
            if u == line and node.onsets[line] < tick:
                way = suspended(node, line, voice, tone, node.ends[line] - tick)
                if way is None:
                    broken.append("suspension")
                else:
                    held = way
            else:
                broken.append("consonance")
        harsh = []
    if at_bar:
        broken += together(problem, node, voice, tick, tone, others)
        broken += from_downbeat(problem, node, voice, tick, tone, others)
    elif tick % BAR == HALF and voice == line:
        broken += from_half_bar(problem, node, tick, tone, others)
    _ends(problem, node, voice, tick, tone, others, broken)
    return None if harsh else held


def _ends(problem: Problem, node: Node, voice: int, tick: int, tone: int, others: list[int], broken: list[str]) -> None:
    """Appends what a tone breaks of the rules for the first and the last bar, and for unisons between them."""
    first, last = problem.opens and tick < BAR, problem.closes and tick == problem.last
    if problem.voices == 2 and tone in (node.now[u] for u in others):
        if (tick % BAR == 0 or problem.species == 1) and not first and not last:
            broken.append("unison")
    if first and not node.now[voice] and voice != problem.cantus_voice and not opening(
        problem, node, voice, tone, others):  # fmt: skip
        broken.append("perfect-ends")
    if not last:
        return
    added = voice != problem.cantus_voice
    if added and not ending(problem, voice, tone):
        broken.append("perfect-ends")
    if problem.voices == 2:
        if added and not clausula(problem, node, voice, tone):
            broken.append("clausula-vera")
    elif len(others) == problem.voices - 1 and not _closes(problem, node, voice, tone):
        broken.append("clausula-vera")


def _closes(problem: Problem, node: Node, voice: int, tone: int) -> bool:
    """Whether any voice makes the clausula with the cantus, `voice` being the last to reach its last tone."""
    if clausula(problem, node, voice, tone):
        return True
    # The others stand on their last tones already: what they left is in `last`.
    for u in problem.added:
        if u != voice and node.last[u]:
            back = Node(0, None, u, 0, 0, 0, with_item(node.now, u, node.last[u]), node.last, node.onsets, node.ends,
                        node.forced, 0, node.weak, node.run, node.seen, (), ())  # fmt: skip
            if clausula(problem, back, u, node.now[u]):
                return True
    return False


def _dissonance(
    problem: Problem, node: Node, voice: int, tick: int, tone: int, length: int, others: list[int],
    forced: Obligations, broken: list[str],
) -> list[Obligations]:  # fmt: skip
    """The ways on from the line's own dissonance inside a bar; appends "dissonance" where there is none."""
    before, offset = node.now[voice], tick % BAR
    if not before:
        # Cut out of a longer piece, where what came before is not known.
        if problem.opens:
            broken.append("dissonance")
        return [forced]
    owed = node.forced[voice]
    if owed and owed[0][1] == "free":
        return [forced]
    steps = (tone >> 7) - (before >> 7)
    ways: list[Obligations] = []
    if abs(steps) == 1 and offset + length <= BAR and not (owed and owed[0][1] == RESOLVE):
        ways.append(((steps, "dissonance"),))
        if problem.species in (3, 5) and length < HALF and offset != HALF:
            ways.append(((-steps, "dissonance"),))
        if length == QUARTER and node.ends[voice] - node.onsets[voice] == QUARTER:
            if offset == QUARTER:
                ways.append(((-2 * steps, "free"), (steps, "dissonance")))
            if offset in (QUARTER, HALF + QUARTER) and steps == -1:
                ways.append(((-2, "dissonance"), (1, "dissonance"), (1, "dissonance")))
    ways = [way for way in ways if not forced or way[: len(forced)] == forced]
    if not ways:
        broken.append("dissonance")
        return [()]
    return ways


def _runs(problem: Problem, node: Node) -> bool:
    """Whether the line is in thirds or sixths with any voice, that may run on."""
    return any(node.run[pair_index(problem.voices, problem.line, u)][0] in (2, 5) for u in range(problem.voices))


def _perfect_with(tone: int, node: Node, others: list[int]) -> bool:
    """Whether a tone makes a unison, a fifth or an octave with another voice."""
    return any(within_octave(tone, node.now[u]) in PERFECT for u in others)
