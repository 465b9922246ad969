"""What is liked: the cost of a note among those that the rules allow, so that the best line costs least.

Conventions: costs are small ints, below 0 for what is sought; they are taste, in the order in which Fux and
Jeppesen recommend: steps before leaps, contrary motion before oblique and similar, thirds and sixths before fifths and
octaves, full triads, lines that turn and do not come back to the same tones.
"""

from __future__ import annotations

from partimento.theory.counterpoint.node import Node, Obligation, Sung
from partimento.theory.counterpoint.problem import Problem
from partimento.theory.counterpoint.rules import BAR, EIGHTH, HALF, QUARTER
from partimento.theory.counterpoint.tones import CONSONANT, PERFECT, pitch_of, two_signed, within_octave

_MOVES = {0: 14, 1: 0, 2: 4, 3: 8, 4: 12, 5: 18, 7: 16}
"""Cost of a melodic interval by its steps, at the pace of whole and half notes."""

_QUICK = {0: 14, 1: 0, 2: 7, 3: 14, 4: 22, 5: 30, 7: 26}
"""The same at the pace of quarters."""

_INTERVALS = {(0, 0): 11, (4, 7): 6}
_ALTERED, _CROSS_RELATION, _OUTLINED, _WOBBLE, _NO_SYNCOPE, _DOUBLED = 8, 40, 24, 20, 60, 60


def cost_of(
    problem: Problem, node: Node, voice: int, tick: int, tone: int, length: int, others: list[int],
    way: tuple[Obligation, ...], held: tuple[Obligation, ...] | None,
) -> int:  # fmt: skip
    """The cost of `voice` singing `tone` at `tick`; `way` is how a dissonance goes on, `held` how a suspension must."""
    if voice == problem.cantus_voice:
        return _suspension(problem, held) + _upright(problem, node, voice, tick, tone, others)
    cost = _melody(problem, node, voice, tick, tone, length)
    cost += _upright(problem, node, voice, tick, tone, others)
    cost += _chromatic(problem, node, voice, tone, others)
    if voice == problem.line:
        cost += _rhythm(problem, node, voice, tick, length)
        if way and way[0][1] in ("dissonance", "free"):
            cost += 3 if len(way) > 1 else 0 if node.now[voice] and _on(node, voice, tone, way) else 4
    return cost + _suspension(problem, held)


def climax_cost(problem: Problem, tick: int) -> int:
    """The highest note is best between the middle of a line and its last quarter."""
    if not (problem.opens and problem.closes):
        return 0
    early, late = problem.last * 2 // 5 - tick, tick - problem.last * 4 // 5
    return 4 * max(0, early, late) // BAR + (24 if tick >= problem.last else 0)


def _on(node: Node, voice: int, tone: int, way: tuple[Obligation, ...]) -> bool:
    """Whether a dissonance passes on the way it came."""
    return ((tone >> 7) - (node.now[voice] >> 7)) == way[0][0]


def _suspension(problem: Problem, held: tuple[Obligation, ...] | None) -> int:
    if not held:
        return 0
    return -12 if problem.species == 4 else -6


def _melody(problem: Problem, node: Node, voice: int, tick: int, tone: int, length: int) -> int:
    """Steps, turns, leaps and returns."""
    before, earlier = node.now[voice], node.last[voice]
    if not before:
        return 6 if voice == problem.line and problem.species > 1 and tick == 0 else 0
    line = voice == problem.line
    steps = (tone >> 7) - (before >> 7)
    quick = line and problem.species in (3, 5) and length <= QUARTER
    cost = (_QUICK if quick else _MOVES).get(abs(steps), 30)
    if not line and steps == 0:
        # Held once a tone binds the chords; held on, the voice is dead.
        cost = 4 if earlier != before else 22
    if quick and tick % BAR == 0 and abs(steps) > 1:
        cost += 3
    if not earlier:
        return cost
    come = (before >> 7) - (earlier >> 7)
    if abs(come) > 1 and abs(steps) > 1:
        cost += 10 if come * steps > 0 else 4
    if come * steps > 0 and (abs(come) > 1 or abs(steps) > 1):
        if not _plain(earlier, tone):
            cost += _OUTLINED
    if tone == earlier:
        cost += 4 if line else 7
    if steps and abs(steps) != 1 and (before & 127) % 12 == _leading(problem):
        cost += 30
    if tick == problem.last and not line:
        cost += 5 * abs(steps)
    return cost + (_recurrence(node, tone) if line else 0)


def _plain(first: int, last: int) -> bool:
    """Whether two moves the same way span a consonance or a fourth."""
    span = within_octave(first, last)
    return span in CONSONANT or span == (3, 5)


def _recurrence(node: Node, tone: int) -> int:
    """What figures cost that come back at once, and scales and circlings that do not end."""
    tones = [tone, *(sung[0] for sung in node.path[:8])]
    moves = [(a >> 7) - (b >> 7) for a, b in zip(tones, tones[1:], strict=False)]
    cost = 0
    if len(moves) >= 4 and moves[:2] == moves[2:4]:
        cost += 10
    if len(moves) >= 6 and moves[:3] == moves[3:6]:
        cost += 10
    if len(tones) >= 4 and tones[0] == tones[2] and tones[1] == tones[3]:
        cost += 18
    # The same four notes again within the last few.
    for back in range(3, len(tones) - 3):
        if tones[back] == tone and tones[back : back + 4] == tones[:4]:
            cost += 22
            break
    if len(moves) >= 4 and moves[0] * moves[1] < 0 and moves[1] * moves[2] < 0 and moves[2] * moves[3] < 0:
        # A zigzag has no direction.
        cost += 3 * sum(abs(move) > 1 for move in moves[:4])
    if len(tones) >= 9:
        cost += 5 * max(0, tones.count(tone) - 2)
    return cost + _turning(tones, moves)


def _turning(tones: list[int], moves: list[int]) -> int:
    """Scales of more than five notes, and turning points a tritone or a seventh apart; moves newest first."""
    one_way = _one_way(moves)
    if one_way > 1 or len(moves) < 2 or not moves[0]:
        return 6 * (one_way - 4) if one_way > 4 else 0
    back = _one_way(moves[1:])
    return 0 if not back or _plain(tones[1], tones[1 + back]) or back == 1 else _OUTLINED


def _one_way(moves: list[int]) -> int:
    count = 0
    for move in moves:
        if move * moves[0] <= 0:
            break
        count += 1
    return count


def _upright(problem: Problem, node: Node, voice: int, tick: int, tone: int, others: list[int]) -> int:
    """Intervals and motion at the downbeat, spacing, and the triad once all voices are there."""
    if tick % BAR:
        return 5 if any(node.now[u] == tone for u in others) else 0
    inner = 0 < tick < problem.last
    cost = 0
    before = node.now[voice]
    for u in others:
        if inner and problem.voices == 2:
            interval = within_octave(tone, node.now[u])
            cost += _INTERVALS.get(interval, 0)
            if interval in PERFECT and before and within_octave(before, node.last[u] or node.now[u]) in PERFECT:
                cost += 6
        if before and node.onsets[u] == tick and node.last[u]:
            cost += _motion(tone - before, node.now[u] - node.last[u])
        if problem.voices == 2:
            cost += 4 * max(0, abs((tone >> 7) - (node.now[u] >> 7)) - 9)
        elif inner and (node.now[u] & 127) % 12 == (tone & 127) % 12 == _leading(problem):
            cost += _DOUBLED
        if problem.voices > 2 and abs(u - voice) == 1:
            wide = 11 if 0 in (u, voice) else 7
            cost += 4 * max(0, abs((tone >> 7) - (node.now[u] >> 7)) - wide)
            cost += 12 if tone == node.now[u] and inner else 0
    if problem.voices > 2 and len(others) == problem.voices - 1:
        cost += _triad(problem, node, tone, inner)
    return cost


def _motion(own: int, other: int) -> int:
    """Contrary motion costs nothing, oblique little, similar more."""
    if own == 0 or other == 0:
        return 2
    return 0 if (own > 0) != (other > 0) else 4


def _triad(problem: Problem, node: Node, tone: int, inner: bool) -> int:
    """A triad that lacks its third or fifth."""
    if not inner:
        return 0
    classes = {(sung & 127) % 12 for sung in (*(t for t in node.now if t), tone)}
    return 9 * max(0, 3 - len(classes))


def _leading(problem: Problem) -> int:
    """The pitch class under the final, a semitone from it; -1 where the mode has none."""
    return -1 if problem.gamut.key.mode == "phrygian" else (problem.gamut.final.number - 1) % 12


def _chromatic(problem: Problem, node: Node, voice: int, tone: int, others: list[int]) -> int:
    """Ficta where it is not needed, and the same letter with another sign nearby in another voice."""
    if (tone >> 7) % 7 not in two_signed(problem.gamut):
        return 0
    cost = 0
    pitch = pitch_of(tone)
    if pitch.pitch_class == problem.gamut.flat:
        cost += _ALTERED
    if voice == problem.line and any(
        (sung[0] >> 7) % 7 == (tone >> 7) % 7 and ((sung[0] & 127) - (tone & 127)) % 12 for sung in node.path
    ):
        cost += _WOBBLE
    for u in range(problem.voices):
        for near in (node.now[u], node.last[u]):
            if near and u != voice and (near >> 7) % 7 == (tone >> 7) % 7 and (near & 127) % 12 != pitch.midi % 12:
                cost += _CROSS_RELATION
    return cost


def _rhythm(problem: Problem, node: Node, voice: int, tick: int, length: int) -> int:
    """Untied half notes in the fourth species; in the fifth, bars that are all alike, too quick or not tied."""
    offset = tick % BAR
    if (
        tick == problem.last - BAR + HALF
        and problem.species >= 4
        and problem.closes
        and node.onsets[voice] > tick - BAR
    ):
        return _NO_SYNCOPE
    if problem.species == 4:
        return 22 if offset == HALF and length == HALF and tick + length < problem.last else 0
    if problem.species != 5 or tick == problem.last:
        return 0
    return _florid(node.path, tick, length)


def _florid(path: tuple[Sung, ...], tick: int, length: int) -> int:
    """What a length costs after those before it, the newest first: neither all long nor all short, no bar like
    the last, halves tied over, eighths seldom."""
    offset = tick % BAR
    lengths = [sung[1] for sung in path]
    if offset + length >= BAR:
        return _figure(path, tick) + _florid_note(path, lengths, tick, length)
    return _florid_note(path, lengths, tick, length)


def _figure(path: tuple[Sung, ...], tick: int) -> int:
    """What a bar costs, at its last note, that has the rhythm of the bar before it, or of the one before that."""
    start = tick - tick % BAR
    bars: list[list[int]] = [[tick - start], [], []]
    for _, _, onset in path:
        back = (start - onset + BAR - 1) // BAR
        if back > 2:
            break
        bars[back].append(onset - start + back * BAR)
    return (14 if bars[0] == bars[1] else 0) + (7 if bars[0] == bars[2] else 0)


def _florid_note(path: tuple[Sung, ...], lengths: list[int], tick: int, length: int) -> int:
    offset = tick % BAR
    if length == EIGHTH:
        if offset % QUARTER:
            return -2
        lately = any(tick - onset < 3 * BAR and sung == EIGHTH for _, sung, onset in path)
        return 24 if lately else -3
    if offset == HALF and length > HALF:
        chain = lengths[:3].count(length)
        return 8 * chain - (2 if length == HALF + QUARTER else 4)
    if offset == HALF and length == HALF:
        return 10
    if length == QUARTER:
        quarters = 0
        for sung in lengths:
            if sung > QUARTER:
                break
            quarters += 1
        return 8 if quarters >= 6 else -4
    return 4 if offset == 0 and lengths[:1] == [length] else 0
