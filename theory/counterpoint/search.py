"""The search: note by note through time, states that no rule can tell apart being one.

Conventions: a layer holds the states of one moment before one voice sings. With a `width` only the best of a layer are
kept (quick, and good lines are found); with none all are, so that an empty end proves that there is no line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from heapq import heappop, heappush

from partimento.theory.counterpoint.node import Node, first_node
from partimento.theory.counterpoint.place import extensions
from partimento.theory.counterpoint.problem import Problem, Window
from partimento.theory.counterpoint.rules import BAR, EIGHTH, HALF, durations, rests
from partimento.theory.counterpoint.tones import SINGABLE

Key = tuple[object, ...]
_ANYWHERE = (0, 240, 480, 720, 960, 1200, 1440, 1680)
"""Where a line that was cut out of a longer one may have its first onset."""


MOST = 60_000
"""States in three and four voices beyond which all are not gone through."""


CLOSING = 16
"""How many times as many states are kept from the bar before the last on, in three and four voices (in two: 3)."""

PEAK_DUE = 8
"""What it costs a state in the ranking for each bar of the last third that its peak is still to come."""


class TooMany(Exception):
    """There are too many states for all to be gone through."""


def search(problem: Problem, seen_by: Sequence[Window | None], width: int | None) -> list[Node]:
    """The end states, the best first: each a whole solution. `seen_by` are the voices' windows, None for the cantus.

    TooMany where all states were to be gone through and that cannot be done.
    """
    order = [problem.cantus_voice, *problem.added]
    rank = {voice: i for i, voice in enumerate(order)}
    layers: dict[tuple[int, int], dict[Key, Node]] = {}
    agenda: list[tuple[int, int]] = []
    for rest in rests(problem.species) if problem.opens else _ANYWHERE:
        node = first_node(problem.voices, rest, problem.line)
        _keep(problem, node, rank, layers, agenda)
    ends: list[Node] = []
    tones = [_within(problem, voice, window) for voice, window in enumerate(seen_by)]
    gone = 0
    while agenda:
        where = heappop(agenda)
        nodes = layers.pop(where)
        tick, place = where
        if tick > problem.last:
            ends = list(nodes.values())
            break
        voice = order[place]
        gone += len(nodes)
        if width is None and problem.voices > 2 and gone > MOST:
            raise TooMany
        chosen = list(nodes.values()) if width is None else _best(problem, nodes, width, tick, seen_by)
        for node in chosen:
            for after in _after(problem, node, voice, tick, tones[voice], seen_by[voice]):
                _keep(problem, after, rank, layers, agenda)
    whole = [node for node in ends if _peaked(node, seen_by)]
    return sorted(whole, key=lambda node: (node.cost, node.now))


def _within(problem: Problem, voice: int, window: Window | None) -> list[tuple[int, ...]]:
    """The tones of an added voice in every bar that lie in its window."""
    if window is None:
        return []
    return [
        tuple(tone for tone in problem.candidates(voice, bar) if window.floor <= tone >> 7 <= window.peak)
        for bar in range(len(problem.cantus))
    ]


def _after(
    problem: Problem, node: Node, voice: int, tick: int, tones: Sequence[tuple[int, ...]], window: Window | None
) -> Iterator[Node]:
    """All states in which `voice` sings its next note."""
    bar = tick // BAR
    if voice == problem.cantus_voice:
        yield from extensions(problem, node, voice, tick, problem.cantus[bar], BAR, None)
        return
    before = node.now[voice]
    found: Sequence[int] = tones[bar]
    if before and "leap" in problem.held:
        found = _singable(before, tones[bar])
    owed = node.forced[voice]
    if owed and owed[0][1] in problem.held:
        found = tuple(tone for tone in found if (tone >> 7) - (before >> 7) == owed[0][0])
    own = node.ends[voice] - node.onsets[voice]
    for length in _lengths(problem, node, voice, tick):
        if before and voice == problem.line and EIGHTH in (own, length):
            near: Sequence[int] = [tone for tone in found if abs((tone >> 7) - (before >> 7)) == 1]
        else:
            near = found
        for tone in near:
            yield from extensions(problem, node, voice, tick, tone, length, window)


@cache
def _singable(before: int, tones: tuple[int, ...]) -> tuple[int, ...]:
    """Those of `tones` that can be sung after `before`."""
    return tuple(t for t in tones if ((t >> 7) - (before >> 7), (t & 127) - (before & 127)) in SINGABLE)


def _lengths(problem: Problem, node: Node, voice: int, tick: int) -> Sequence[int]:
    if voice != problem.line or (tick == problem.last and problem.closes):
        return (BAR,)
    before = node.ends[voice] - node.onsets[voice] if node.now[voice] else 0
    found = durations(problem.species, tick % BAR, before)
    last = problem.last if problem.closes else problem.last + BAR
    return [length for length in found if tick + length <= last or (not problem.closes and tick < last)]


def _keep(
    problem: Problem, node: Node, rank: dict[int, int], layers: dict[tuple[int, int], dict[Key, Node]],
    agenda: list[tuple[int, int]],
) -> None:  # fmt: skip
    """Put a state into the layer of its next note, unless a better one is there that no rule can tell from it."""
    tick = min(node.ends)
    place = min(rank[voice] for voice, end in enumerate(node.ends) if end == tick)
    where = (tick, place)
    layer = layers.get(where)
    if layer is None:
        layer = layers[where] = {}
        heappush(agenda, where)
    key = _key(problem, node, tick, place > 0 and tick % BAR == 0)
    there = layer.get(key)
    if there is None or node.cost < there.cost:
        layer[key] = node


def _key(problem: Problem, node: Node, tick: int, partial: bool) -> Key:
    """All of a state that a rule may still ask about."""
    line = problem.line
    length = min(node.ends[line] - node.onsets[line], HALF)
    last: tuple[int, ...] = ()
    if partial:
        last = node.last
    elif problem.species >= 4 and problem.voices > 2:
        last = tuple(tone for voice, tone in enumerate(node.last) if voice != line)
    return node.now, last, node.forced, node.ends, length, node.down, node.weak, node.run, node.seen


def _best(
    problem: Problem, nodes: dict[Key, Node], width: int, tick: int, seen_by: Sequence[Window | None]
) -> list[Node]:
    """At most `width` states, more in the last bars, where all voices must meet; a share of them at most on one tone
    of the line and with its peak still to come, and a few on the same chord."""
    line, late = problem.line, tick >= problem.last - BAR
    if late:
        width *= CLOSING if problem.voices > 2 else 3
    share, alike = max(3, width // 12), max(2, width // 24)
    window = seen_by[line]
    awaited = window is not None and window.once
    # A peak that is still to come is the harder to reach the later it is.
    overdue = PEAK_DUE * max(0, tick - problem.last * 2 // 3) // BAR if awaited else 0
    count: dict[tuple[object, ...], int] = {}
    kept = []
    ranked = sorted(nodes.values(), key=lambda node: (node.cost + (0 if node.seen[line] else overdue), node.now))
    for node in ranked:
        group = (node.now[line], node.seen, node.ends[line])
        chord = (node.now, node.seen, node.ends[line])
        if count.get(group, 0) < share and (problem.voices == 2 or count.get(chord, 0) < alike):
            count[group] = count.get(group, 0) + 1
            count[chord] = count.get(chord, 0) + 1
            kept.append(node)
            if len(kept) == width:
                break
    return kept


def _peaked(node: Node, seen_by: Sequence[Window | None]) -> bool:
    """Whether every line whose peak is to be had has had it."""
    return all(window is None or not window.once or node.seen[voice] for voice, window in enumerate(seen_by))
