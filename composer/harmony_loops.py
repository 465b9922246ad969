"""Loops, vamps, written choruses and drones: harmony that goes round.

Convention: a cycle is a tuple of bars, each a tuple of numerals; it is laid out from the section's start.
"""

from __future__ import annotations

from typing import NamedTuple

from partimento.arrangement.style import HarmonySpec
from partimento.composer.harmony_closes import LEADS_ON, formulas, is_dominant, meets_close
from partimento.composer.harmony_colour import Draft, half_of
from partimento.composer.harmony_rhythm import Slot, bars_to_slots, cut, merged, parse_bars
from partimento.composer.harmony_tables import learned_loops
from partimento.score.stream import Stream
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.roman import Numeral, chord_of

Cycle = tuple[tuple[str, ...], ...]

MODAL_LOOPS: dict[str, tuple[str, ...]] = {
    "dorian": ("i | IV = 4", "i | VII | IV | i = 3", "i | ii | III | IV = 2", "i | v | IV | i = 2",
               "i | III | IV | VII = 2"),
    "phrygian": ("i | bII = 4", "i | bII | III | bII = 3", "i | VII | VI | bII = 2", "i | iv | bII | i = 2"),
    "lydian": ("I | II = 4", "I | II | vii | I = 2", "I | V | II | I = 2", "I | iii | II | I = 2"),
    "mixolydian": ("I | bVII | IV | I = 4", "I | v | IV | I = 3", "I | IV | bVII | I = 3", "I | bVII = 2"),
    "locrian": ("io | bII = 2", "io | iv | bII | io = 2", "io | VI | bII | io = 1"),
}  # fmt: skip
"""Loops for modes that a style has none for."""


class Choice(NamedTuple):
    """A cycle that was drawn: its bars, where it is from, and the other candidates with their weights."""

    cycle: Cycle
    source: str
    alternatives: tuple[tuple[str, int], ...]


def spell(cycle: Cycle) -> str:
    """The cycle as text, "I V | vi IV"."""
    return " | ".join(" ".join(bar) for bar in cycle)


def _options(spec: HarmonySpec, key: Key) -> list[tuple[Cycle, int]]:
    own = spec.modal.get(key.mode, ())
    texts = own or (spec.minor if key.is_minor else spec.major)
    options = [parse_bars(text) for text in texts]
    if key.mode not in ("major", "minor") and not own:
        options = [option for option in options if _in_mode(option[0], key)]
        if not options:
            options = [parse_bars(text) for text in MODAL_LOOPS[key.mode]]
    return options or [parse_bars(text) for text in (("i | VI | III | VII",) if key.is_minor else ("I | V | vi | IV",))]


def _in_mode(cycle: Cycle, key: Key) -> bool:
    return all(tone in key.tones for bar in cycle for roman in bar for tone in chord_of(roman, key).tones)


def choose_cycle(spec: HarmonySpec, key: Key, stream: Stream, taken: frozenset[str]) -> Choice:
    """Draws a loop, vamp or drone; loops already `taken` by another material are left out while there are others."""
    options, source = _options(spec, key), "style"
    if spec.kind == "loop" and spec.table and stream.chance(spec.table_share):
        family = spec.table.removeprefix("loops_")
        mode = "minor" if key.is_minor else "major"
        learned = list(learned_loops(family, mode) or learned_loops("all", mode))
        if key.mode not in ("major", "minor"):
            learned = [row for row in learned if _in_mode(row[0], key)]
        if learned:
            options, source = learned, f"loops.json {family}"
    free = [row for row in options if spell(row[0]) not in taken and row[1] > 0] or options
    weights = [max(1, weight) for _, weight in free]
    chosen = stream.weighted([cycle for cycle, _ in free], weights)
    others = sorted(zip(weights, (spell(c) for c, _ in free), strict=True), key=lambda row: (-row[0], row[1]))[:8]
    return Choice(chosen, source, tuple((name, weight) for weight, name in others))


def choose_chorus(spec: HarmonySpec, key: Key, bars: int, stream: Stream) -> Choice:
    """Draws a written chorus whose length divides `bars` (else the longest that fits, else any)."""
    options = _options(spec, key)
    fitting = [row for row in options if bars % len(row[0]) == 0]
    if fitting:
        longest = max(len(row[0]) for row in fitting)
        fitting = [row for row in fitting if len(row[0]) == longest]
    fitting = fitting or [row for row in options if len(row[0]) <= bars] or options
    weights = [max(1, weight) for _, weight in fitting]
    chosen = stream.weighted([cycle for cycle, _ in fitting], weights)
    return Choice(chosen, "style", tuple((spell(c), w) for (c, _), w in zip(fitting, weights, strict=True)))


def lay_cycle(cycle: Cycle, bars: int, meter: Meter) -> list[Slot]:
    """The cycle going round over `bars` bars; neighbours of one numeral become one chord."""
    rows = [cycle[i % len(cycle)] for i in range(bars)]
    return merged(bars_to_slots(rows, meter))


def lay_chorus(passes: list[Cycle], bars: int, meter: Meter) -> list[Slot]:
    """The choruses one after the other; a rest too short for one repeats the last line (its last bars), as a tag."""
    rows: list[tuple[str, ...]] = []
    for cycle in passes:
        rows += cycle
    if len(rows) < bars and rows:
        missing = bars - len(rows)
        line = rows[-4:]
        rows += (line * (missing // len(line) + 1))[-missing:]
    return merged(bars_to_slots(rows[:bars], meter))


def lay_drone(cycle: Cycle, bars: int, meter: Meter) -> list[Slot]:
    """Each bar of the cycle held long: the section shared out evenly, at the most eight bars a chord."""
    each = max(1, min(8, bars // len(cycle) if bars >= len(cycle) else 1))
    slots: list[Slot] = []
    for i in range((bars + each - 1) // each):
        row = cycle[i % len(cycle)]
        span = min(each, bars - i * each) * meter.bar
        lengths = [span // len(row)] * len(row)
        lengths[-1] += span - sum(lengths)
        tick = i * each * meter.bar
        for roman, length in zip(row, lengths, strict=True):
            slots.append(Slot(tick, length, roman))
            tick += length
    return merged(slots)


def close_cycle(draft: Draft, close: str, key: Key, meter: Meter, bars: int, stream: Stream) -> None:
    """Bends the end of a cycle so that the planned close is met; left alone where it is already."""
    end = bars * meter.bar
    if close in ("loop", "open", "break") or not draft.slots:
        return
    if close != "dominant pedal" and meets_close(close, [chord_of(s.roman, key) for s in draft.slots], key):
        return
    options = [row for row in formulas(close, key.mode) if row[1] == 1]
    bar_rows = stream.weighted([row[2] for row in options], [row[0] for row in options])
    last, before = bar_rows[-1][-1], (bar_rows[-2][-1] if len(bar_rows) > 1 else "")
    slots = draft.slots
    if close == "dominant pedal":
        length = min(2, max(1, bars // 4))
        tail = bars_to_slots(list(bar_rows[-length:]), meter, end - length * meter.bar)
        slots = cut(slots, 0, end - length * meter.bar) + tail
    elif close in LEADS_ON:
        bar = cut(slots, end - meter.bar, end)
        already = bar and is_dominant(chord_of(bar[-1].roman, key), key)
        at = end - meter.bar + (half_of(Slot(0, meter.bar, ""), meter) if close == "turnaround" else 0)
        if at > end - meter.bar and bar and Numeral.parse(bar[0].roman).applied is not None:
            at = end - meter.bar  # half a bar of an applied dominant would lead nowhere
        slots = slots if already else [*cut(slots, 0, at), Slot(at, end - at, last)]
    else:
        start = end - meter.bar if bars > 1 else half_of(Slot(0, meter.bar, ""), meter) or meter.bar // 2
        head = cut(slots, 0, start)
        if before and (not head or head[-1].roman != before):
            bar_start = (start - 1) // meter.bar * meter.bar
            at = bar_start + (half_of(Slot(0, meter.bar, ""), meter) or 0) if bars > 1 else start // 2
            head = [*cut(head, 0, at), Slot(at, start - at, before)]
        slots = [*head, Slot(start, end - start, last)]
    rule = f"harmony.cadence.{close.replace(' ', '-')}"
    draft.changes.append((slots[-1].start, rule, draft.slots[-1].roman, slots[-1].roman))
    draft.slots = merged(slots)
    draft.fixed = {len(draft.slots) - 1, max(0, len(draft.slots) - 2)}
