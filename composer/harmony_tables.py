"""The learned harmony tables (composer/tables, its README tells their format), read once and folded for use.

Convention: weights are integers; states are plain triads ("I", "iio", "bVII"), inversions and sevenths folded in.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

from partimento.theory.chord_quality import family_of
from partimento.theory.errors import TheoryError
from partimento.theory.roman import Numeral

HALVES_PER_BAR = 8


@cache
def read_table(name: str) -> dict[str, Any]:
    """The table composer/tables/NAME.json, or an empty one where there is none."""
    path = resources.files("partimento.composer") / "tables" / f"{name}.json"
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return data


@cache
def fold(roman: str) -> str | None:
    """The plain triad of a numeral, or None for applied and unreadable ones.

    >>> fold("V65"), fold("iiø7"), fold("IVmaj7"), fold("V7/ii")
    ('V', 'iio', 'IV', None)
    """
    try:
        numeral = Numeral.parse(roman)
    except TheoryError:
        return None
    if numeral.applied is not None:
        return None
    family = family_of(numeral.quality) if numeral.quality[-1:] != "6" or numeral.quality in ("6", "m6") else "major"
    quality = {"minor": "m", "diminished": "dim", "half-diminished": "dim"}.get(family, "")
    return str(Numeral(numeral.degree, numeral.alter, quality))


def transition_name(table: str) -> str:
    """The file's stem for a style's table name, with or without its prefix."""
    return table if table.startswith("transitions_") else f"transitions_{table}"


@cache
def transitions(table: str, mode: str) -> dict[str, dict[str, int]]:
    """Plain triad to next plain triad to count; empty where nothing was learned. `mode` is "major" or "minor"."""
    rows: dict[str, dict[str, int]] = {}
    learned = read_table(transition_name(table)).get("modes", {}).get(mode, {}).get("order1", {}) if table else {}
    for before, nexts in sorted(learned.items()):
        a = fold(before)
        if a is None:
            continue
        row = rows.setdefault(a, {})
        for after, count in sorted(nexts.items()):
            b = fold(after)
            if b is not None and b != a:
                row[b] = row.get(b, 0) + int(count)
    return rows


@cache
def learned_loops(family: str, mode: str) -> tuple[tuple[tuple[tuple[str, ...], ...], int], ...]:
    """(bars of numerals, weight) of the learned loops of a family ("pop", "lo-fi", ...), heaviest first.

    Only loops of two or more chords on bar and half-bar places are taken; the mood families have no durations: a
    chord a bar.
    """
    data = read_table("loops")
    rows = data.get("genres", {}).get(family, {}).get(mode)
    out = []
    if rows is not None:
        for row in rows:
            bars = _in_bars(row["chords"], row["halves"])
            if bars is not None and len(row["chords"]) > 1:
                out.append((bars, int(row["weight"])))
    else:
        for row in data.get("moods", {}).get(family, {}).get(mode, ()):
            if 2 <= len(row["chords"]) <= 8:
                out.append((tuple((roman,) for roman in row["chords"]), int(row["weight"])))
    return tuple(out)


def _in_bars(chords: list[str], halves: list[int]) -> tuple[tuple[str, ...], ...] | None:
    """The loop bar by bar where each bar holds one chord or two halves, else None."""
    at: list[str] = []
    for roman, length in zip(chords, halves, strict=True):
        if length % (HALVES_PER_BAR // 2):
            return None
        at += [roman] * (length * 2 // HALVES_PER_BAR)
    if len(at) % 2 or len(at) > 16:
        return None
    return tuple((a,) if a == b else (a, b) for a, b in zip(at[::2], at[1::2], strict=True))
