"""Functional harmony: the phrase's close first, then filled backwards by function.

The chain of chords before a close is drawn exactly from a first-order model (forward sums, backward draws); its
weights mix a grammar of functions (T-S-D-T; shares after Tymoczko, A Geometry of Music, 2011, and counts on the
chorales) with learned tables. Convention: numerals; weights and sums are integers.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from partimento.arrangement.style import HarmonySpec
from partimento.composer.harmony_closes import Bars, formulas
from partimento.composer.harmony_rhythm import Slot, bars_to_slots, split_bar
from partimento.composer.harmony_tables import fold, transitions
from partimento.score.stream import Stream
from partimento.theory.chord import Chord
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import pitch_class
from partimento.theory.roman import Numeral, numeral_of

Rows = dict[str, dict[str, int]]

GRAMMAR: dict[str, Rows] = {
    "major": {
        "I": {"IV": 30, "V": 25, "vi": 18, "ii": 15, "iii": 8, "viio": 4},
        "ii": {"V": 72, "viio": 9, "IV": 4, "vi": 4, "I": 3, "iii": 4},
        "iii": {"vi": 45, "IV": 35, "ii": 12, "I": 4},
        "IV": {"V": 42, "I": 28, "ii": 14, "viio": 6, "vi": 5, "iii": 3},
        "V": {"I": 72, "vi": 18, "IV": 5, "iii": 2},
        "vi": {"ii": 32, "IV": 34, "V": 22, "iii": 6, "I": 4},
        "viio": {"I": 88, "vi": 6},
    },
    "minor": {
        "i": {"iv": 28, "V": 26, "VI": 18, "iio": 10, "III": 8, "VII": 12, "viio": 3},
        "iio": {"V": 85, "viio": 6, "i": 2},
        "III": {"VI": 40, "iv": 25, "VII": 15, "i": 8},
        "iv": {"V": 45, "i": 22, "VII": 12, "iio": 8, "VI": 4},
        "V": {"i": 76, "VI": 18, "iv": 3},
        "VI": {"iv": 22, "iio": 18, "III": 12, "V": 24, "VII": 18},
        "VII": {"III": 52, "i": 25, "VI": 15},
        "viio": {"i": 92},
    },
}

BORROWED: dict[str, tuple[str, ...]] = {"major": ("iv", "bVII", "bVI", "bIII"), "minor": ("IV", "v")}
"""States that come in only by mixture, from the learned rows."""

# Modal keys: degree to next degree.
_MODAL_ROWS = {
    1: {7: 4, 4: 4, 5: 3, 3: 2, 6: 2, 2: 2}, 7: {1: 6, 4: 2, 3: 2, 6: 1}, 4: {1: 5, 7: 3, 5: 2},
    5: {1: 5, 4: 2, 7: 2, 6: 1}, 2: {1: 3, 5: 2, 4: 2, 7: 1}, 3: {4: 3, 7: 3, 6: 2, 1: 1}, 6: {7: 3, 4: 2, 5: 2, 1: 1},
}  # fmt: skip

_STARTS = {
    "a": {1: 95, 6: 2, 4: 3},
    "b": {4: 30, 6: 28, 2: 18, 3: 10, 5: 6, 1: 10},
}
"""Degree that a phrase begins with, by idea: the first idea at home, others away."""


@cache
def modal_triads(key: Key) -> dict[int, str]:
    """Degree to the numeral of the key's own triad; the diminished one is left out (but for a diminished tonic)."""
    out = {}
    for degree in range(1, 8):
        root, third, fifth = (key.degree(degree + step) for step in (0, 2, 4))
        quality = {(4, 1): "", (-3, 1): "m", (-3, -6): "dim"}.get(
            (third.fifths - root.fifths, fifth.fifths - root.fifths), ""
        )
        if quality != "dim" or degree == 1:
            out[degree] = numeral_of(Chord(root, quality), key)
    return out


@cache
def rows_for(mode: str, table: str, borrowed: bool, strict: bool) -> Rows:
    """Transition weights (each row about 1000) of a mode: grammar and learned table in halves.

    `strict` leaves out what would not resolve a leading tone.
    """
    if mode not in GRAMMAR:
        key = Key(pitch_class(0), mode)
        names = modal_triads(key)
        return {
            names[a]: {names[b]: 100 * w for b, w in row.items() if b in names and b != a}
            for a, row in _MODAL_ROWS.items()
            if a in names
        }
    grammar, learned = GRAMMAR[mode], transitions(table, mode) if table else {}
    states = (*grammar, *(s for s in BORROWED[mode] if borrowed and s in learned))
    rows: Rows = {}
    for a in states:
        row = {b: w * 1000 // sum(grammar[a].values()) for b, w in grammar[a].items()} if a in grammar else {}
        if strict and a == "V":
            row = {b: w for b, w in row.items() if b in ("I", "i", "vi", "VI")}
        seen = {b: w for b, w in learned.get(a, {}).items() if b in states and _sound(a, b, strict)}
        total = sum(seen.values())
        for b, w in seen.items():
            row[b] = row.get(b, 0) + w * 1000 // total
        if row:
            rows[a] = row
    return rows


def _sound(a: str, b: str, strict: bool) -> bool:
    """Learned successions that the leading tone forbids in functional harmony are left to the loops."""
    if strict and a == "V":
        return b in ("I", "i", "vi", "VI")
    return not (a == "V" and b in ("ii", "iio", "bVII", "VII")) and not (a == "viio" and b not in ("I", "i", "V", "vi"))


def moves_on(before: str, after: str, spec: HarmonySpec, key: Key, strict: bool) -> bool:
    """Whether one chord may follow another by the rows of the style."""
    rows = rows_for(key.mode, spec.table, spec.mixture > 0, strict)
    a, b = _plain(before, rows), _plain(after, rows)
    return a is not None and b is not None and bool(rows[a].get(b))


class Drawn(NamedTuple):
    """A chord that was drawn: its numeral, the one after it ("" for a free end), what it was drawn from, in hundred."""

    roman: str
    following: str
    options: tuple[tuple[str, int], ...]


def _in_a_hundred(names: list[str], weights: list[int]) -> tuple[tuple[str, int], ...]:
    """The six candidates of most weight, of a hundred in all; those under one are left out."""
    total = sum(weights)
    rows = sorted(((100 * weight // total, name) for name, weight in zip(names, weights, strict=True)),
                  key=lambda row: (-row[0], row[1]))  # fmt: skip
    return tuple((name, weight) for weight, name in rows[:6] if weight)


def chain(
    rows: Rows, starts: dict[str, int], count: int, end: str | None, stream: Stream, drawn: list[Drawn] | None = None
) -> list[str]:
    """`count` numerals, no two neighbours equal, the last leading to `end` (None: free), drawn backwards.

    Forward sums tell how much weight reaches each chord at each place; the draws go from the end to the start, and are
    put into `drawn`, first chord first.
    """
    if count <= 0:
        return []
    states = sorted(rows)
    ahead: list[dict[str, int]] = [{s: starts[s] * 1000 for s in states if starts.get(s)}]
    for _ in range(count - 1):
        sums: dict[str, int] = {}
        for a, weight in ahead[-1].items():
            for b, w in rows[a].items():
                if b in rows:
                    sums[b] = sums.get(b, 0) + weight * w
        top = max(sums.values(), default=1)
        ahead.append({b: max(1, s * 1_000_000 // top) for b, s in sums.items()})
    out: list[str] = []
    following = end
    for place in reversed(range(count)):
        names = sorted(ahead[place])
        weights = [
            ahead[place][s] * (rows[s].get(following, 0) if following is not None else 1) for s in names
        ]
        if not any(weights):  # nothing in the rows leads there: any start but the goal itself
            weights = [ahead[place][s] * (s != following) for s in names]
            if not any(weights):
                weights = [1] * len(names)
        chosen = stream.weighted(names, weights)
        if drawn is not None:
            drawn.insert(0, Drawn(chosen, following or "", _in_a_hundred(names, weights)))
        following = chosen
        out.append(following)
    return out[::-1]


def start_weights(idea: str, rows: Rows, at_home: bool) -> dict[str, int]:
    """Which chords a phrase of that idea may begin with; `at_home` asks for the tonic."""
    table = {1: 1} if at_home else _STARTS["a" if idea.startswith("a") else "b"]
    out: dict[str, int] = {}
    for state in rows:
        numeral = Numeral.parse(state)
        if numeral.alter == 0:
            out[state] = max(out.get(state, 0), table.get(numeral.degree, 0))
    return out if any(out.values()) else dict.fromkeys(rows, 1)


def pick_formula(close: str, mode: str, bars: int, fast: bool, classical: bool, stream: Stream) -> Bars:
    """The last bars of a phrase of `bars` bars that closes so; empty where the end is free."""
    options = [
        (weight, end)
        for weight, speed, end in formulas(close, mode)
        if len(end) <= max(1, bars - (1 if bars > 1 else 0)) and (speed == 2) == fast
        and (classical or not any(r in ("I64", "i64") for bar in end[:1] for r in bar if len(bar) == 2))
    ]
    if not options:
        options = [(weight, end) for weight, _, end in formulas(close, mode) if len(end) <= bars]
    if not options:
        shortest = [(weight, (sum((list(bar) for bar in end), [])[-2:],)) for weight, _, end in formulas(close, mode)]
        options = [(weight, (tuple(end[0]),)) for weight, end in shortest]
    if not options:
        return ()
    return stream.weighted([end for _, end in options], [weight for weight, _ in options])


def phrase_slots(
    spec: HarmonySpec, key: Key, meter: Meter, bars: int, idea: str, close: str, rate: str, classical: bool,
    stream: Stream, drawn: list[Drawn] | None = None,
) -> list[Slot]:  # fmt: skip
    """The chords of one phrase, ticks from its start: its close first, then the chain that leads there.

    What the chain was drawn from goes into `drawn`, one row a chord from the phrase's first on.
    `rate` is the chords a bar, one of spec.rhythm; it quickens in the bar before the close now and then.
    """
    fast = rate in ("2", "4") or (rate == "1" and stream.chance(0.25))
    end = pick_formula(close, key.mode, bars, fast, classical, stream)
    open_bars = bars - len(end)
    lengths: list[int] = []
    if rate == "0.5":
        lengths = [2 * meter.bar] * (open_bars // 2) + [meter.bar] * (open_bars % 2)
    else:
        count = {"1": 1, "2": 2, "4": min(4, len(meter.beats))}.get(rate, 1)
        for i in range(open_bars):
            # The first bar rests on its chord; quick styles move from the second bar on.
            n = 1 if i == 0 and count == 2 and stream.chance(0.4) else count
            lengths += split_bar(meter, n)
    rows = rows_for(key.mode, spec.table, spec.mixture > 0, classical)
    first = end[0][0] if end else None
    goal = _plain(first, rows) if first else None
    starts = start_weights(idea, rows, classical and idea.startswith("a"))
    romans = chain(rows, starts, len(lengths), goal, stream, drawn)
    slots: list[Slot] = []
    tick = 0
    for roman, length in zip(romans, lengths, strict=True):
        slots.append(Slot(tick, length, roman))
        tick += length
    return slots + bars_to_slots(list(end), meter, tick)


def _plain(roman: str, rows: Rows) -> str | None:
    plain = fold(roman)
    if roman in ("I64", "i64", "Vsus4"):
        plain = "V"
    return plain if plain in rows else None
