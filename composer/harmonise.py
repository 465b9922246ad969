"""Chords for a given tune: the likeliest way through the learned harmony of a genre that the notes allow.

Conventions: ticks with bar lines at multiples of the bar from 0 (a pick-up lies before 0 and gets no chord of its
own); costs are integers, lower is better. The search is Viterbi's over one chord a slot; slots are half bars in four,
whole bars in short meters, beat groups in odd ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import log

from partimento.composer.harmony_tables import transitions
from partimento.score.tune_read import TuneNote
from partimento.theory.chord import Chord
from partimento.theory.key import Key
from partimento.theory.meter import TICKS, Meter
from partimento.theory.roman import chord_of

_SCALE = 100
_MAJOR = ("I", "ii", "iii", "IV", "V", "vi", "V/V", "V/ii", "V/vi", "bVII", "iv")
_MINOR = ("i", "III", "iv", "V", "v", "VI", "VII", "iio", "V/III")
_MODAL = {
    "dorian": ("i", "IV", "VII", "v", "III", "ii", "iv"),
    "mixolydian": ("I", "bVII", "IV", "v", "ii", "vi"),
    "phrygian": ("i", "bII", "VII", "iv", "VI"),
    "lydian": ("I", "II", "V", "vi", "iii"),
    "locrian": ("i", "III", "VI"),
}
_RARE = {"V/V": 60, "V/ii": 90, "V/vi": 90, "bVII": 80, "iv": 90, "iii": 40, "iio": 40, "V/III": 40, "v": 30, "ii": 0}
_FLOOR = 0.004
_HOLD = 150
"""Cost of keeping a chord over a bar line; less than a change, so that quiet tunes are not fidgeted under."""
_WEAK_CHANGE = 130
"""Cost of a change inside the bar."""
_CLOSE = 260
_OPEN_CLOSE = 120


@dataclass(frozen=True, slots=True)
class HarmonySlot:
    """A chord's stretch: ticks from the tune's first bar line, and its numeral."""

    onset: int
    duration: int
    roman: str


def slot_edges(meter: Meter, bars: int, busy: bool = True) -> list[int]:
    """The ticks where a chord may begin; with `busy` False only at bar lines."""
    if not busy or meter.bar <= 2 * TICKS or meter.numerator == 3:
        inside: tuple[int, ...] = (0,)
    elif meter.numerator % 2 == 0 and len(meter.beats) % 2 == 0:
        inside = (0, meter.bar // 2) if meter.bar >= 3 * TICKS else (0,)
    else:
        groups = [sum(meter.groups[:i]) * meter.unit for i in range(len(meter.groups))]
        inside = (0, groups[len(groups) // 2]) if len(groups) > 1 and len(meter.groups) != meter.numerator else (0,)
    return [bar * meter.bar + place for bar in range(bars) for place in inside]


def harmonise(
    notes: tuple[TuneNote, ...], meter: Meter, bars: int, key: Key, table: str, phrase_ends: dict[int, str],
    busy: bool = True,
) -> tuple[HarmonySlot, ...]:  # fmt: skip
    """Chords for `bars` bars of a tune in `key`.

    `phrase_ends` maps the tick of a phrase's end to its close ("authentic", "half", ...): authentic ends sit on the
    tonic after a dominant, half closes on a dominant. Equal neighbours are merged within a bar and over bar lines.
    """
    edges = slot_edges(meter, bars, busy)
    ends = [*edges[1:], bars * meter.bar]
    names = _MODAL.get(key.mode, _MINOR if key.is_minor else _MAJOR)
    chords = {name: chord_of(name, key) for name in names}
    step = _steps(table, key.mode if key.mode in ("major", "minor") else "", names)
    weights = [_sounding(notes, start, end, meter) for start, end in zip(edges, ends, strict=True)]
    costs: list[dict[str, int]] = []
    back: list[dict[str, str]] = []
    for i, (start, end) in enumerate(zip(edges, ends, strict=True)):
        close = phrase_ends.get(end, "")
        row: dict[str, int] = {}
        came: dict[str, str] = {}
        for name in names:
            cost = _misfit(weights[i], chords[name], key) + _RARE.get(name, 0) // 2
            cost += _closing(name, close)
            if i == 0:
                cost += 0 if name in ("I", "i") else 120
                row[name], came[name] = cost, ""
                continue
            at_bar = start % meter.bar == 0
            best, best_cost = "", 1 << 40
            for before in names:
                if before == name:
                    move = _HOLD if at_bar else 0
                else:
                    move = step[before, name] + (0 if at_bar else _WEAK_CHANGE)
                    if close == "authentic" and before in ("V", "bVII") and name in ("I", "i"):
                        move -= 120
                total = costs[i - 1][before] + move
                if total < best_cost:
                    best, best_cost = before, total
            row[name], came[name] = best_cost + cost, best
        costs.append(row)
        back.append(came)
    name = min(names, key=lambda n: (costs[-1][n], n))
    path = [name]
    for came in reversed(back[1:]):
        name = came[name]
        path.append(name)
    path.reverse()
    return _merged(edges, ends, path, meter)


def _closing(name: str, close: str) -> int:
    """What a phrase's last slot costs on this chord."""
    if close == "authentic":
        return 0 if name in ("I", "i") else _CLOSE
    if close == "half":
        return 0 if name in ("V", "v", "bVII", "VII") else _OPEN_CLOSE if name in ("I", "i") else _CLOSE // 2
    return 0


def _sounding(notes: tuple[TuneNote, ...], start: int, end: int, meter: Meter) -> dict[int, int]:
    """Pitch class to weight in the slot: time sounding, more on strong beats and for long notes."""
    weights: dict[int, int] = {}
    for onset, length, number in notes:
        a, b = max(onset, start), min(onset + length, end)
        if a >= b:
            continue
        strength = meter.strength(onset) if onset >= start else 1
        weight = (b - a) * (2 + strength) // 2
        weights[number % 12] = weights.get(number % 12, 0) + weight
    total = sum(weights.values())
    return {pc: weight * _SCALE * 4 // total for pc, weight in weights.items()} if total else {}


@cache
def _clash(chord: Chord, key: Key) -> tuple[int, ...]:
    """Cost of each pitch class against the chord, 0-14: chord tones 0, a semitone over one 12, sixth and ninth 6."""
    out = []
    for pc in range(12):
        if pc in chord.numbers:
            out.append(0)
        elif (pc - 1) % 12 in chord.numbers:
            out.append(12)
        elif (pc - chord.root.number) % 12 in (2, 9, 10):
            out.append(6)
        else:
            out.append(9)
        if out[-1] and pc not in {tone.number for tone in key.tones}:
            out[-1] += 2
    return tuple(out)


def _misfit(weights: dict[int, int], chord: Chord, key: Key) -> int:
    table = _clash(chord, key)
    return sum(weight * table[pc] for pc, weight in sorted(weights.items())) // 9


def misfit_of(notes: tuple[TuneNote, ...], start: int, end: int, meter: Meter, chord: Chord, key: Key) -> int:
    """How badly `chord` suits the notes sounding in [start, end), 0 for all chord tones; as the search weighs it."""
    return _misfit(_sounding(notes, start, end, meter), chord, key)


@cache
def _steps(table: str, mode: str, names: tuple[str, ...]) -> dict[tuple[str, str], int]:
    """Cost of each change: minus the log of its learned share, applied dominants falling to their targets."""
    learned = transitions(table, mode) if mode else {}
    out = {}
    for a in names:
        row = {b: learned.get(a, {}).get(b, 0) for b in names if b != a}
        total = sum(row.values())
        for b in names:
            if a == b:
                continue
            if "/" in a:
                target = a.split("/")[1]
                out[a, b] = 10 if b == target or (target == "V" and b == "V") else 600
                continue
            share = row[b] / total if total >= 8 else 1 / (len(names) - 1)
            out[a, b] = round(-_SCALE * log(max(_FLOOR, share))) * 2 // 3 + _RARE.get(b, 0)
    return out


def _merged(edges: list[int], ends: list[int], path: list[str], meter: Meter) -> tuple[HarmonySlot, ...]:
    out: list[HarmonySlot] = []
    for start, end, name in zip(edges, ends, path, strict=True):
        if out and out[-1].roman == name and out[-1].onset + out[-1].duration == start:
            last = out[-1]
            out[-1] = HarmonySlot(last.onset, end - last.onset, name)
        else:
            out.append(HarmonySlot(start, end - start, name))
    return tuple(out)
