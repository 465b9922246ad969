"""The four voices of a chorale: of all layouts of all likely chords the cheapest way, by the rules of part-writing.

Conventions: MIDI numbers, voices named from the bass up; the soprano is given. Costs are integers on the scale of
`chorale_harmony`; what the rules call an error costs so much that it is only chosen where there is no other way.
Doublings follow Bach's chorales: in major triads in root position the root (83 %), in vii°6 the third (78 %), in
six-fours the bass (79 %), leading tones hardly ever (1.8 %).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from partimento.composer.chorale_harmony import Entry, Fit, Way, opening_cost, whole_step
from partimento.composer.chorale_line import Slot
from partimento.theory.chord import Chord
from partimento.theory.key import Key

RANGES = ((40, 60), (50, 67), (55, 72))
"""Bass, tenor and alto: where Bach's singers mostly are."""
_WIDE = ((36, 62), (45, 69), (48, 76))
_COMFORT = ((43, 57), (53, 64), (58, 69))
_ERROR = 3000
_LAYOUTS, _STATES = 16, 130
_LEAPS = (
    (10, 0, 0, 12, 14, 22, 200, 26, 70, 80, 900, 900, 36),
    (0, 0, 0, 8, 10, 26, 200, 45, 100, 110, 900, 900, 140),
    (0, 0, 0, 8, 10, 26, 200, 45, 100, 110, 900, 900, 140),
)
"""Cost of a voice's way by semitones, for bass, tenor and alto; diminished fifths and tritones are told by spelling."""
_DIMINISHED_FIFTH = 60
_SWING = 35


class Layout(NamedTuple):
    """Bass, tenor and alto on one chord: their numbers, their places on the line of fifths, what the layout costs."""

    numbers: tuple[int, int, int]
    fifths: tuple[int, int, int]
    cost: int


class Voiced(NamedTuple):
    """A slot's chord as it is sung."""

    entry: Entry
    fit: Fit
    layout: Layout


def _needed(chord: Chord) -> frozenset[int]:
    return frozenset(tone.number for tone in (chord.root, chord.third, chord.seventh) if tone is not None)


@cache
def layouts(entry: Entry, top: int, low: int, high: int) -> tuple[Layout, ...]:
    """The cheapest layouts of a chord under a soprano that moves between `low` and `high`; `top` is its chord tone's
    number, or -1 where it sings none."""
    for complete in (True, False):
        for ranges in (RANGES, _WIDE):
            found = _found(entry, top, low, high, ranges, complete)
            if found:
                return tuple(found[:_LAYOUTS])
    bass = 36 + (entry.bass - 36) % 12
    return (Layout((bass, bass, bass), (entry.chord.bass_tone.fifths,) * 3, 9 * _ERROR),)


def _found(
    entry: Entry, top: int, low: int, high: int, ranges: Sequence[tuple[int, int]], complete: bool
) -> list[Layout]:
    chord = entry.chord
    spelled = {tone.number: tone.fifths for tone in (*chord.tones, chord.bass_tone)}
    altos = [n for n in range(ranges[2][0], min(ranges[2][1], low) + 1) if n % 12 in spelled]
    tenors = [n for n in range(ranges[1][0], ranges[1][1] + 1) if n % 12 in spelled]
    basses = [n for n in range(ranges[0][0], ranges[0][1] + 1) if n % 12 == entry.bass]
    out = []
    for alto in altos:
        if high - alto > 16:
            continue
        for tenor in tenors:
            if tenor > alto or alto - tenor > 14:
                continue
            for bass in basses:
                if bass > tenor:
                    break
                sung = [bass % 12, tenor % 12, alto % 12] + ([top] if top >= 0 else [])
                if complete and not _needed(chord) <= set(sung):
                    continue
                cost = _doubling(entry, tuple(sung)) + _spacing(bass, tenor, alto, low, high)
                cost += sum(_comfort(n, *span) for n, span in zip((bass, tenor, alto), _COMFORT, strict=True))
                cost += 0 if complete else _ERROR
                fifths = (spelled[bass % 12], spelled[tenor % 12], spelled[alto % 12])
                out.append(Layout((bass, tenor, alto), fifths, cost))
    out.sort(key=lambda layout: (layout.cost, layout.numbers))
    return out


def _comfort(number: int, low: int, high: int) -> int:
    return 5 * max(0, low - number, number - high)


def _spacing(bass: int, tenor: int, alto: int, low: int, high: int) -> int:
    cost = 90 + 30 * (high - alto - 12) if high - alto > 12 else 0
    cost += 150 if alto - tenor > 12 else 0
    cost += 70 if tenor - bass > 19 else 8 * max(0, tenor - bass - 14)
    cost += 30 * ((bass == tenor) + (tenor == alto) + (alto == low))
    cost += 25 if bass < 48 and 0 < tenor - bass < 5 else 0
    return cost + 2 * max(0, alto - tenor - 7)


@cache
def _doubling(entry: Entry, sung: tuple[int, ...]) -> int:
    """What the tones that sound twice, thrice or not at all cost."""
    chord = entry.chord
    cost = 0
    for degree, tone in chord.members.items():
        times = sung.count(tone.number)
        if times == 0:
            cost += _omitted(chord, degree)
        if times > 1:
            if tone.number in (entry.leading, entry.seventh):
                cost += _ERROR
            elif tone not in entry.key.tones:  # an altered tone wants to go on, both ways at once
                cost += 120
            cost += _twice(chord, degree) * (times - 1) + (20 if times > 2 and degree != 1 else 0)
    return cost


def _omitted(chord: Chord, degree: int) -> int:
    if degree != 5:
        return _ERROR
    if chord.seventh is not None:
        return 12 if chord.bass is None else 90
    return 30 if chord.bass is None and chord.family in ("major", "minor") else 70


def _twice(chord: Chord, degree: int) -> int:
    inversion = chord.inversion or 0
    if chord.seventh is not None:
        return 0 if degree == 1 else 30
    if chord.quality == "dim":
        return {3: 0, 5: 25}.get(degree, 60)
    if inversion == 2:
        return {5: 0}.get(degree, 60)
    if inversion == 1:
        if chord.family == "minor":
            return {3: 0, 1: 6, 5: 22}[degree]
        return {1: 0, 5: 6, 3: 38}.get(degree, 30)
    if chord.family == "minor":
        return {1: 0, 3: 20, 5: 40}[degree]
    return {1: 0, 3: 48, 5: 36}.get(degree, 40)


def motion_cost(before: Voiced, after: Voiced, top: tuple[int, int], ends: bool) -> int:
    """What it costs to go from one sounding chord to the next.

    `top` is the soprano's last tone before and its first after; `ends` tells that a phrase ends between the two, where
    little is owed.
    """
    old = (*before.layout.numbers, top[0])
    new = (*after.layout.numbers, top[1])
    if old == new:
        return 0
    cost = _melodic(before.layout, after.layout)
    pairs = _pairs(old, new)
    if ends:
        return (cost + min(pairs, 300)) // 3
    return cost + pairs + _together(old, new) + _tendencies(before, after, old, new)


def _melodic(old: Layout, new: Layout) -> int:
    cost = 0
    for voice in range(3):
        start, goal = old.numbers[voice], new.numbers[voice]
        way = abs(goal - start)
        if not way:
            cost += _LEAPS[voice][0]
            continue
        if way > 12:
            cost += 1500
            continue
        fifths = abs(new.fifths[voice] - old.fifths[voice])
        if fifths >= 6:
            up = (goal > start) == (new.fifths[voice] > old.fifths[voice])
            diminished = not up
            if fifths == 7 and way == 1:  # a chromatic step
                cost += 10
            elif diminished and way in (6, 4, 9):
                cost += _DIMINISHED_FIFTH + (0 if voice == 0 else 60)
            else:
                cost += _ERROR
            continue
        cost += _LEAPS[voice][way]
    return cost


def _pairs(old: tuple[int, ...], new: tuple[int, ...]) -> int:
    """Parallels, contrary fifths and octaves, unequal fifths, direct ones of the outer voices, and overlaps."""
    cost = 0
    for low in range(3):
        below = new[low] - old[low]
        for high in range(low + 1, 4):
            above = new[high] - old[high]
            if high == low + 1:
                if new[low] > old[high] or new[high] < old[low]:
                    cost += 45
            if not below or not above:
                continue
            gap = (new[high] - new[low]) % 12
            if gap not in (0, 7):
                continue
            was = (old[high] - old[low]) % 12
            if was == gap:
                cost += _ERROR if below * above > 0 else 150
            elif below * above > 0:
                if was == 6 and gap == 7:
                    cost += 200 if low == 0 else 90
                if low == 0 and high == 3:
                    cost += 130 if abs(above) > 2 else 12
    return cost


def _together(old: tuple[int, ...], new: tuple[int, ...]) -> int:
    """All voices one way is clumsy; the outer ones going apart or together is a line."""
    ways = [new[voice] - old[voice] for voice in range(4)]
    if all(way > 0 for way in ways) or all(way < 0 for way in ways):
        return 60
    return 8 if ways[0] * ways[3] > 0 else 0


def _tendencies(before: Voiced, after: Voiced, old: tuple[int, ...], new: tuple[int, ...]) -> int:
    """Leading tones that do not rise, sevenths that do not fall, dissonances that are not prepared."""
    a, b = before.entry, after.entry
    cost = 0
    for voice in range(4):
        way = new[voice] - old[voice]
        tone = old[voice] % 12
        if tone == a.seventh and way not in (0, -1, -2):
            cost += 80 if way in (1, 2) else 0 if voice == 3 and before.fit.tone != 0 else 1500
        if tone == a.leading and b.leading != a.leading and way not in (0, 1) and voice < 3:
            cost += _left_leading(voice, way)
        seventh = b.seventh
        if seventh >= 0 and b.leading < 0 and new[voice] % 12 == seventh and voice < 3 and way:
            cost += 30 if way in (-1, -2) else 110
    return cost


def _left_leading(voice: int, way: int) -> int:
    if way == -1:  # a chromatic step down, from one dominant to the next
        return 20
    if voice == 0:
        return 1500
    return 25 if way in (-3, -4) else 120


def sung(slots: Sequence[Slot], ways: Sequence[Way], home: Key) -> tuple[Voiced, ...]:
    """The cheapest way through all layouts of the ways' entries, a Voiced a slot."""
    rows = [_states(slot, way) for slot, way in zip(slots, ways, strict=True)]
    costs = [[state.layout.cost + state.entry.rare + state.fit.cost + opening_cost(state.entry, slots[0])
              for state, _ in rows[0]]]  # fmt: skip
    came: list[list[int]] = [[0] * len(rows[0])]
    for i in range(1, len(slots)):
        grand = [rows[i - 2][k][0] for k in came[-1]] if i > 1 else []
        found = [_best(slots, i, rows[i - 1], costs[-1], grand, state, home) for state, _ in rows[i]]
        costs.append([cost for cost, _ in found])
        came.append([where for _, where in found])
    at = min(range(len(costs[-1])), key=lambda k: (costs[-1][k], k))
    out = []
    for i in range(len(slots) - 1, -1, -1):
        out.append(rows[i][at][0])
        at = came[i][at]
    return tuple(reversed(out))


def _best(
    slots: Sequence[Slot], i: int, befores: list[tuple[Voiced, int]], costs: list[int], grand: list[Voiced],
    state: Voiced, home: Key,
) -> tuple[int, int]:  # fmt: skip
    """The least cost of arriving at `state`, and from which state before; `grand` are the states before those."""
    before, slot = slots[i - 1], slots[i]
    top = (before.tones[-1].midi, slot.tones[0].midi)
    steps: dict[str, int] = {}
    best, where = 1 << 40, 0
    for k in sorted(range(len(costs)), key=costs.__getitem__):
        if costs[k] >= best:
            break
        old = befores[k][0]
        name = f"{old.entry.place} {old.entry.numeral}"
        if name not in steps:
            steps[name] = whole_step(old.entry, state.entry, slots, i, (old.fit, state.fit), home)
        cost = costs[k] + steps[name]
        if cost >= best:
            continue
        cost += motion_cost(old, state, top, before.ends)
        if cost < best and i > 1 and not before.ends and not slot.ends:
            cost += _returning(grand[k], state)
        if cost < best:
            best, where = cost, k
    return best + state.layout.cost, where


def _returning(grand: Voiced, state: Voiced) -> int:
    """A chord that swings back to the one before the last makes no way; with the same bass note less still."""
    if grand.entry.chord.root != state.entry.chord.root:
        return 0
    return _SWING + (_SWING if grand.layout.numbers[0] == state.layout.numbers[0] else 0)


def _states(slot: Slot, way: Way) -> list[tuple[Voiced, int]]:
    low, high = min(tone.midi for tone in slot.tones), max(tone.midi for tone in slot.tones)
    out = []
    for entry, fit, through in zip(way.entries, way.fits, way.through, strict=True):
        tone = slot.tones[fit.tone]
        number = tone.midi % 12
        if number not in entry.numbers:  # a suspension that resolves in the next slot
            number = tone.after % 12 if tone.after >= 0 and tone.after % 12 in entry.numbers else -1
        out += [(Voiced(entry, fit, layout), through) for layout in layouts(entry, number, low, high)]
    out.sort(key=lambda row: row[0].layout.cost + row[1])
    return out[:_STATES]
