"""The harmony of a chorale: for every slot the chords that its melody allows, and the likeliest ways through them.

Conventions: costs are integers, hundredths of a natural logarithm where they come from counted rates, lower is better.
Chords are entries of a key's vocabulary; the search is Viterbi's, forwards and backwards, so that every entry knows the
cost of the best whole way that passes through it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import log
from typing import NamedTuple

from partimento.composer.chorale_line import Slot, SlotTone
from partimento.theory.chord import Chord
from partimento.theory.key import Key
from partimento.theory.roman import Numeral, applied_key, chord_of
from partimento.theory.syntax import CADENCE_RATES, cadence_of, succession_cost

_MAJOR = (
    "I", "I6", "I64", "ii", "ii6", "ii7", "ii65", "iii", "IV", "IV6", "V", "V6", "V7", "V65", "V43", "V42", "vi", "vi6",
    "viio6", "V/V", "V6/V", "V7/V", "V65/V", "viio6/V", "V7/IV", "V65/IV", "V42/IV", "V6/vi", "V65/vi", "V7/vi",
    "V6/ii", "V65/ii", "V7/ii",
)  # fmt: skip
_MINOR = (
    "i", "i6", "i64", "iio6", "iiø7", "iiø65", "III", "III6", "iv", "iv6", "V", "V6", "V7", "V65", "V43", "V42", "v6",
    "VI", "VI6", "VII", "VII6", "viio6", "viio7", "IV6", "V/V", "V65/V", "viio7/V", "V6/III", "V65/III", "V7/III",
    "V6/iv", "V65/iv", "V7/iv",
)  # fmt: skip
_RARE = {
    "I": 35, "I6": 40, "I64": 65, "III": 100, "III6": 75, "IV": 35, "IV6": 40, "V": 110, "V/V": 110, "V42": 100,
    "V42/IV": 150, "V43": 80, "V6": 80, "V6/III": 110, "V6/V": 60, "V6/ii": 120, "V6/iv": 115, "V6/vi": 90,
    "V65": 100, "V65/III": 110, "V65/IV": 160, "V65/V": 65, "V65/ii": 130, "V65/iv": 145, "V65/vi": 115, "V7": 70,
    "V7/III": 130, "V7/IV": 135, "V7/V": 110, "V7/ii": 120, "V7/iv": 130, "V7/vi": 115, "VI": 0, "VI6": 110,
    "VII": 100, "VII6": 80, "i": 40, "i6": 35, "i64": 90, "ii": 10, "ii6": 40, "ii65": 90, "ii7": 50, "iii": 40,
    "iio6": 35, "iiø65": 85, "iiø7": 30, "iv": 30, "iv6": 20, "v6": 120, "vi": 40, "vi6": 30, "viio6": 60,
    "viio6/V": 100, "viio7": 55, "viio7/V": 85,
}  # fmt: skip
"""What a chord costs by itself, set so that on 42 chorales by Bach the chords come as often as in his own settings."""
_OPENINGS = {"I": 0, "i": 0, "V": 50, "I6": 160, "i6": 160, "vi": 150, "V6": 200, "IV": 180}
_OPENING, _ON_THE_BEAT = 400, 160
"""What any other chord costs at the beginning, and a dominant there that is no pick-up."""
_FITS_NOT = 900
_WIDTH = 64
_HOLD_WEAK, _HOLD_STRONG, _HOLD_PICKUP, _HELD = 140, 245, 130, 60
_BEGINS_SIX_FOUR = 350
_SAME_BASS_STRONG = 70
_OUTER_PARALLEL = 260
_UNRESOLVED = 500
_PIVOT, _DIRECT = 240, 700
_CLOSE_SHARE = 60
"""How much of the logarithm of a close's rate counts, in per cent: the melody has its say first."""
_NO_CLOSE, _NOT_HOME = 700, 1500
_MINOR_END = 160
"""Of 111 chorales by Bach in minor 102 end on the major tonic."""
_KEY_COSTS = {"major": {1: 35, -1: 110, 0: 0, 3: 50, 2: 110, 4: 130}, "minor": {-3: 30, 1: 60, -1: 80, -2: 90, -4: 110}}
"""What it costs to close in another key, by fifths from home to its tonic."""
_MODAL = {"dorian": ("IV", "v"), "mixolydian": ("bVII", "v")}
"""What a mode has besides the chords of the major or minor key that it is harmonised in."""
_FOREIGN_SIXTH = 90
"""What a chord with the minor sixth costs in a Dorian tune."""


class Entry(NamedTuple):
    """A chord of the vocabulary: its key's place in the list of keys, its numeral there, and what the search asks."""

    place: int
    key: Key
    numeral: str
    chord: Chord
    numbers: frozenset[int]
    bass: int
    leading: int
    """Sounding number of its leading tone where it is a dominant or applied dominant, else -1."""
    seventh: int
    rare: int


class Fit(NamedTuple):
    """How a slot's melody sits on a chord: its cost, and the index of the tone that belongs to the chord."""

    cost: int
    tone: int


class Way(NamedTuple):
    """A slot's surviving entries with the cost of the best whole way through each, over the best of all."""

    entries: tuple[Entry, ...]
    fits: tuple[Fit, ...]
    through: tuple[int, ...]


def mode_of(key: Key) -> str:
    """ "major" or "minor": the modes are harmonised as the one whose third they have."""
    return "minor" if key.is_minor else "major"


def plain_home(home: Key) -> Key:
    """The major or minor key in which a tune is harmonised: on a mode's own tonic, but in Phrygian on the fourth
    degree: those tunes close on that key's dominant, as Bach's settings of them do (BWV 38.6)."""
    if home.mode == "phrygian":
        return Key(home.tonic.up(-1), "minor")
    return Key(home.tonic, mode_of(home))


@cache
def related_keys(home: Key) -> tuple[Key, ...]:
    """The home key and the five keys a step away on the circle of fifths, each as major or minor."""
    plain = plain_home(home)
    other = plain.relative
    return (plain, plain.up(1), other, plain.up(-1), other.up(-1), other.up(1))


@cache
def vocabulary(key: Key, place: int) -> tuple[Entry, ...]:
    """The entries of one key."""
    return tuple(entry(key, place, numeral) for numeral in (_MINOR if key.is_minor else _MAJOR))


@cache
def entry(key: Key, place: int, numeral: str) -> Entry:
    """One entry; its leading tone is that of the key it is applied to."""
    chord = chord_of(numeral, key)
    parsed = Numeral.parse(numeral)
    dominant = parsed.degree in (5, 7) and not parsed.is_minor or parsed.quality in ("dim", "dim7", "m7b5")
    leading = applied_key(parsed, key).tonic.up(5)
    has = dominant and leading in chord.tones
    return Entry(
        place, key, numeral, chord, chord.numbers, chord.bass_tone.number, leading.number if has else -1,
        chord.seventh.number if chord.seventh is not None else -1, _RARE.get(numeral, 0),
    )  # fmt: skip


def _step(a: int, b: int) -> bool:
    return b >= 0 and a >= 0 and 0 < abs(a - b) <= 2


def fit(slot: Slot, numbers: frozenset[int]) -> Fit:
    """How the slot's melody sits on a chord of these pitch classes."""
    return _fit(slot.tones, slot.end - slot.start, slot.strength, numbers)


@cache
def _fit(tones: tuple[SlotTone, ...], length: int, strength: int, numbers: frozenset[int]) -> Fit:
    cost = 0
    structural = -1
    for i, tone in enumerate(tones):
        if tone.midi % 12 in numbers:
            structural = i if structural < 0 else structural
            continue
        after = tones[i + 1].midi if i + 1 < len(tones) else tone.after
        resolves = i + 1 < len(tones) and after % 12 in numbers
        if i == 0:
            cost += _accented(tone, after, resolves, strength)
        else:
            cost += _unaccented(tones[i - 1].midi, tone.midi, after)
            cost += 25 if 2 * (tone.end - tone.onset) > length else 0
    if structural < 0:
        return Fit(cost + 60, 0) if cost < _FITS_NOT else Fit(cost, 0)
    return Fit(cost, structural)


def _accented(tone: SlotTone, after: int, resolves: bool, strength: int) -> int:
    prepared = not tone.attacked or tone.before == tone.midi
    if prepared and tone.midi - after in (1, 2):
        return 45 if resolves else 120
    if not resolves or not _step(tone.midi, after):
        return _FITS_NOT
    return 110 + 10 * strength if _step(tone.before, tone.midi) else 200


def _unaccented(before: int, midi: int, after: int) -> int:
    if _step(before, midi) and _step(midi, after):
        return 12
    if after == midi:
        return 20
    return 120 if _step(before, midi) or _step(midi, after) else 400


def _top_cost(slot: Slot, found: Fit, one: Entry) -> int:
    """Doublings that the outer voices alone make: of a leading tone or seventh never, of a major third seldom."""
    top = slot.tones[found.tone].midi % 12
    if top != one.bass:
        return 0
    if top in (one.leading, one.seventh):
        return 1000
    third = one.chord.third
    return 40 if third is not None and third.number == top and one.chord.family in ("major", "dominant") else 0


def _local(slots: Sequence[Slot], home: Key, picardy: bool) -> list[list[tuple[Entry, Fit, int]]]:
    keys = related_keys(home)
    everything = [one for place, key in enumerate(keys) for one in vocabulary(key, place)]
    everything += [entry(keys[0], 0, numeral) for numeral in _MODAL.get(home.mode, ())]
    foreign = keys[0].degree(6).number if home.mode == "dorian" else -1
    out = []
    for i, slot in enumerate(slots):
        options = everything
        if i + 1 == len(slots) and picardy and keys[0].is_minor and home.mode != "phrygian":
            options = [entry(keys[0], 0, "I"), *everything]
        rows = []
        for one in options:
            found = fit(slot, one.numbers)
            mode = _FOREIGN_SIXTH if one.place == 0 and foreign in one.numbers else 0
            rows.append((one, found, found.cost + one.rare + mode + _top_cost(slot, found, one)))
        rows.sort(key=lambda row: (row[2], row[0].place, row[0].numeral))
        near = [row for row in rows if row[2] <= rows[0][2] + 450]
        # The last close needs the home key's dominant, however many chords of other keys fit as well.
        closing = [row for row in near[_WIDTH:] if row[0].place == 0] if i + 3 > len(slots) else []
        out.append(near[:_WIDTH] + closing)
    return out


def step_cost(a: Entry, b: Entry, before: Slot, after: Slot, fits: tuple[Fit, Fit]) -> int:
    """What it costs to go from a chord to the next: syntax, harmonic rhythm, keys, and the outer voices' ways."""
    if a is b or (a.numeral == b.numeral and a.place == b.place):
        return _hold_cost(before, after)
    cost = _syntax(a, b, before) + _outer_cost(a, b, before, after, fits)
    if a.bass == b.bass and after.strength > before.strength and not before.ends:
        cost += _SAME_BASS_STRONG
    if a.numeral in ("I64", "i64") and (before.strength < after.strength or b.bass != a.bass):
        cost += 400
    if b.numeral in ("I64", "i64"):
        cost += _BEGINS_SIX_FOUR if before.ends or before.begins and before.phrase == 0 else 0
        cost += 200 if after.strength < 2 else 0
    return cost


def _hold_cost(before: Slot, after: Slot) -> int:
    if before.ends:
        return 30
    if not after.attacked:
        return _HELD
    if before.begins and before.phrase == 0 and after.strength > before.strength:
        return _HOLD_PICKUP
    return _HOLD_STRONG if after.strength > before.strength else _HOLD_WEAK


def _syntax(a: Entry, b: Entry, before: Slot) -> int:
    mode = mode_of(a.key)
    if before.ends:  # a new phrase begins anew, at home for choice
        start = 100 if b.place == 0 else 150 if b.place == a.place else 300
        return start + (0 if b.numeral in ("I", "i", "V", "I6", "i6", "vi", "V6") else 60)
    if a.place == b.place:
        return succession_cost(a.numeral, b.numeral, mode)
    as_old = _in_vocabulary(b.chord, a.key)
    if as_old:
        return _PIVOT + succession_cost(a.numeral, as_old, mode)
    return _DIRECT


@cache
def _in_vocabulary(chord: Chord, key: Key) -> str:
    """The numeral of a chord in another key's vocabulary without applied ones, or ""."""
    return next((one.numeral for one in vocabulary(key, 0) if one.chord == chord and "/" not in one.numeral), "")


def _outer_cost(a: Entry, b: Entry, before: Slot, after: Slot, fits: tuple[Fit, Fit]) -> int:
    top, next_top = before.tones[-1].midi, after.tones[0].midi
    cost = 0
    if top != next_top and a.bass != b.bass:
        gap, next_gap = (top - a.bass) % 12, (next_top - b.bass) % 12
        if gap == next_gap and gap in (0, 7):
            cost += _OUTER_PARALLEL
    if before.ends:
        return cost
    held = before.tones[fits[0].tone].midi
    if held % 12 == a.seventh and not (0 <= held - next_top <= 2) and held == top:
        cost += _UNRESOLVED
    if held % 12 == a.leading and held == top and next_top not in (held, held + 1) and b.leading != a.leading:
        falls = before.tones[0].before == held + 1 and held - next_top in (1, 2)
        cost += 0 if falls else _UNRESOLVED
    return cost


def cadence_at(before: Entry, last: Entry, top: int) -> str:
    """The kind of close that two entries make under a soprano of MIDI number `top`, "" where they make none."""
    if before.place != last.place:
        return ""
    degree = next((n for n in range(1, 8) if last.key.degree(n).number == top % 12), 3)
    return cadence_of(before.numeral, last.numeral, degree, last.key.is_minor)


def _close_cost(a: Entry, b: Entry, slot: Slot, home: Key, final: bool) -> int:
    if final and home.mode == "phrygian":
        closes = b.place == 0 and cadence_at(a, b, slot.tones[-1].midi)
        return {"Phrygian": 0, "HC": 60}.get(closes or "", _NO_CLOSE + _NOT_HOME)
    held = a.place == b.place and a.numeral == b.numeral and b.numeral in ("I", "i")
    # A tonic that came a beat sooner closes as well; whether perfectly is not seen from here.
    kind = "IAC" if held else cadence_at(a, b, slot.tones[-1].midi)
    rate = CADENCE_RATES.get(kind)
    if rate is None:
        return _NO_CLOSE + (_NOT_HOME if final else 0)
    cost = round(_CLOSE_SHARE * log(CADENCE_RATES["PAC"] / rate))
    if final and (b.place or kind not in ("PAC", "IAC")):
        if kind != "modal" or home.mode not in _MODAL:
            cost += 400 if kind in ("PC", "viio-I", "IAC-inverted", "modal") and b.place == 0 else _NOT_HOME
    if final and home.is_minor and b.numeral == "i":
        cost += _MINOR_END
    plain = plain_home(home)
    return cost + _KEY_COSTS[mode_of(plain)].get(b.key.tonic.fifths - plain.tonic.fifths, 130) * (b.place > 0)


def ways(
    slots: Sequence[Slot], home: Key, picardy: bool = True, avoided: dict[int, dict[int, int]] | None = None,
    margin: int = 260, most: int = 9,
) -> tuple[Way, ...]:  # fmt: skip
    """For every slot the entries that lie on a way at most `margin` worse than the best, at most `most` of them.

    `avoided` maps slot -> sounding number of a root -> what using it costs: so are other harmonisations found.
    """
    local = _local(slots, home, picardy)
    for i, roots in (avoided or {}).items():
        local[i] = [(one, found, cost + roots.get(one.chord.root.number, 0)) for one, found, cost in local[i]]
    steps = [_steps(local, slots, i, home) for i in range(1, len(slots))]
    ahead = [[cost + opening_cost(one, slots[0]) for one, _, cost in local[0]]]
    for i, table in enumerate(steps, start=1):
        ahead.append(
            [min(a + t for a, t in zip(ahead[-1], column, strict=True)) + row[2]
             for column, row in zip(table, local[i], strict=True)]
        )  # fmt: skip
    behind = [[0] * len(local[-1])]
    for i in range(len(slots) - 1, 0, -1):
        table = steps[i - 1]
        nexts = [cost + row[2] for cost, row in zip(behind[0], local[i], strict=True)]
        behind.insert(0, [min(table[b][a] + nexts[b] for b in range(len(nexts))) for a in range(len(local[i - 1]))])
    best = min(ahead[-1])
    out = []
    for row, forward, backward in zip(local, ahead, behind, strict=True):
        ranked = sorted(
            (f + b - best, one.place, one.numeral, one, found)
            for (one, found, _), f, b in zip(row, forward, backward, strict=True)
        )
        kept = [item for item in ranked if item[0] <= margin][:most]
        out.append(
            Way(tuple(item[3] for item in kept), tuple(item[4] for item in kept), tuple(item[0] for item in kept))
        )
    return tuple(out)


def opening_cost(one: Entry, slot: Slot) -> int:
    """What a chord costs as the first of all: tunes open on the tonic, or on the dominant as a pick-up."""
    cost = _OPENINGS.get(one.numeral, _OPENING) + (200 if one.place else 0)
    return cost + (_ON_THE_BEAT if slot.strength > 1 and one.numeral in ("V", "V6") else 0)


def _steps(local: list[list[tuple[Entry, Fit, int]]], slots: Sequence[Slot], i: int, home: Key) -> list[list[int]]:
    """Cost of every step into slot `i`, by next entry, then by entry before."""
    before, after = slots[i - 1], slots[i]
    final = i + 1 == len(slots)
    out = []
    for b, fit_b, _ in local[i]:
        column = []
        for a, fit_a, _ in local[i - 1]:
            cost = step_cost(a, b, before, after, (fit_a, fit_b))
            if after.ends:
                cost += _close_cost(a, b, after, home, final)
            column.append(cost)
        out.append(column)
    return out


def whole_step(a: Entry, b: Entry, slots: Sequence[Slot], i: int, fits: tuple[Fit, Fit], home: Key) -> int:
    """The cost of the step into slot `i` with its close, and of the chord there."""
    after = slots[i]
    cost = step_cost(a, b, slots[i - 1], after, fits) + fits[1].cost + b.rare + _top_cost(after, fits[1], b)
    return cost + (_close_cost(a, b, after, home, i + 1 == len(slots)) if after.ends else 0)
