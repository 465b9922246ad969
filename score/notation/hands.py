"""Two hands on a grand staff: which hand plays what, as a player would divide it.

Conventions: hand 0 is the right. At each onset the notes are divided at one place, the higher ones to the right hand;
the division of the whole part that costs least is found (Viterbi). It costs to leave the staff by ledger lines, to
spread a hand beyond a tenth, to hold more than five notes, and to leap or to change hands within a line. Where one hand
plays alone for long, it is the one whose staff needs fewer ledger lines.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from partimento.score.notation.sounds import Sound
from partimento.theory.meter import TICKS

_TENTH, _OCTAVE, _CLOSE = 16, 11, 5
_APART, _CHANGE, _LEAP, _HELD, _LEDGER = 1.5, 1.5, 0.15, 3.0, 0.35
"""What it costs to divide what one hand could grasp, to bring the other hand in or take it away, to leap a semitone, to
strike while holding, and to lie a semitone off the staff. Taste, tried on printed piano music."""
_RIGHT_LOWEST, _LEFT_HIGHEST = 57, 62
_MOST = 10
ALONE = 8
"""Onsets. Taste."""

_E4, _A3 = 30, 26
"""Diatonic places (7 an octave, C0 = 0) of the right staff's lowest line and the left one's highest."""

_RIGHT_HOME, _LEFT_HOME = 69.0, 50.0


@dataclass(frozen=True, slots=True)
class _State:
    """Where the hands lie; `last` is the hand that played alone or -1, `cut` how many notes the left one took."""

    cost: float
    right: float
    left: float
    right_end: int
    left_end: int
    last: int
    cut: int
    before: _State | None


def two_hands(sounds: Sequence[Sound]) -> tuple[list[Sound], list[Sound]]:
    """The right hand's sounds and the left's; `sounds` sorted by onset."""
    groups: list[list[Sound]] = []
    for sound in sounds:
        if groups and groups[-1][0].onset == sound.onset:
            groups[-1].append(sound)
        else:
            groups.append([sound])
    for group in groups:
        group.sort(key=lambda s: s.pitch)
    right: list[Sound] = []
    left: list[Sound] = []
    for group, cut in zip(groups, _settled(groups, _cuts(groups)), strict=True):
        left += group[:cut]
        right += group[cut:]
    return right, left


def _settled(groups: list[list[Sound]], cuts: list[int]) -> list[int]:
    """The divisions, a hand alone for at least ALONE onsets being the one that needs fewer ledger lines."""
    out = list(cuts)
    hands = [0 if cut == 0 else 1 if cut == len(group) else -1 for group, cut in zip(groups, cuts, strict=True)]
    first = 0
    for hand, run in groupby(hands):
        size = len(list(run))
        here = range(first, first + size)
        first += size
        if hand < 0 or size < ALONE:
            continue
        places = [sound.pitch.diatonic for i in here for sound in groups[i]]
        right, left = sum(max(0, _E4 - d) // 2 for d in places), sum(max(0, d - _A3) // 2 for d in places)
        if (right, left)[hand] > (right, left)[1 - hand]:
            for i in here:
                out[i] = len(groups[i]) if hand == 0 else 0
    return out


def _cuts(groups: list[list[Sound]]) -> list[int]:
    states = {(-1, -1): _State(0.0, _RIGHT_HOME, _LEFT_HOME, 0, 0, -1, 0, None)}
    before = 0
    for group in groups:
        numbers = [sound.pitch.midi for sound in group]
        rested = group[0].onset - before >= 4 * TICKS
        following: dict[tuple[int, int], _State] = {}
        for cut in _choices(numbers):
            here = _cost(numbers, cut)
            hand = 0 if cut == 0 else 1 if cut == len(numbers) else -1
            for state in states.values():
                found = _step(state, group, cut, hand, here, rested)
                place = (cut, hand)
                if place not in following or found.cost < following[place].cost:
                    following[place] = found
        states = following
        before = max(sound.end for sound in group)
    best = min(states.values(), key=lambda state: state.cost)
    out: list[int] = []
    while best.before is not None:
        out.append(best.cut)
        best = best.before
    return out[::-1]


def _choices(numbers: list[int]) -> list[int]:
    """The divisions to weigh: all, or of more notes than hands can play those about middle C."""
    if len(numbers) <= _MOST:
        return list(range(len(numbers) + 1))
    return sorted({bisect_left(numbers, n) for n in (0, *range(_RIGHT_LOWEST - 2, _LEFT_HIGHEST + 2), 128)})


def _cost(numbers: list[int], cut: int) -> float:
    """What a division costs by itself: ledger lines, spans, too many notes."""
    low, high = numbers[:cut], numbers[cut:]
    cost = 0.0
    cost += sum(_LEDGER * (_RIGHT_LOWEST - n) for n in high if n < _RIGHT_LOWEST)
    cost += sum(_LEDGER * (n - _LEFT_HIGHEST) for n in low if n > _LEFT_HIGHEST)
    if low and high:
        cost += _APART * (numbers[-1] - numbers[0] <= _OCTAVE) + 0.5 * (high[0] - low[-1] < _CLOSE)
    for hand in (low, high):
        if hand:
            span = hand[-1] - hand[0]
            cost += 2.0 * max(0, span - _TENTH) + 3.0 * max(0, len(hand) - 5)
            cost += 0.8 * max(0, len(hand) - 3) + 0.5 * max(0, span - 12) * (len(hand) > 2)
    return cost


def _step(state: _State, group: list[Sound], cut: int, hand: int, here: float, rested: bool) -> _State:
    low, high = group[:cut], group[cut:]
    right, right_end = _moved(high, state.right, state.right_end)
    left, left_end = _moved(low, state.left, state.left_end)
    cost = state.cost + here
    onset = group[0].onset
    cost += _HELD * (bool(high and state.right_end > onset) + bool(low and state.left_end > onset))
    if not rested:
        cost += _LEAP * (abs(right - state.right) + abs(left - state.left))
        if hand != state.last:
            cost += _CHANGE
    return _State(cost, right, left, right_end, left_end, hand, cut, state)


def _moved(sounds: list[Sound], place: float, end: int) -> tuple[float, int]:
    """A hand's place and until when it holds, after these notes."""
    if not sounds:
        return place, end
    return sum(sound.pitch.midi for sound in sounds) / len(sounds), max(sound.end for sound in sounds)
