"""What was learned about melodies, by genre: rhythms of a bar, tones over a chord, sizes of intervals.

Convention: the files are composer/tables/melody_rhythm_X.json and melody_pitch_X.json (format: the README beside
them); a genre without a file has None, and the rules' own figures stand in.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from partimento.theory.meter import Meter
from partimento.theory.scale import degree_fifths

PLACES = ("start", "middle", "end")
_NUMERALS = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7}
_SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
# Meters that are felt alike and share bars of one length.
_KIN = {"4/4": "2/2", "2/2": "4/4"}


@dataclass(frozen=True, slots=True, eq=False)
class BarMasks:
    """Bars by place: onsets in ticks, their count, whether they leave the plain grid, start off the beat."""

    onsets: tuple[tuple[int, ...], ...]
    weights: tuple[int, ...]
    fine: tuple[bool, ...]
    offbeat: tuple[int, ...]


@cache
def _file(kind: str, name: str) -> dict[str, Any] | None:
    path = resources.files("partimento.composer") / "tables" / f"melody_{kind}_{name}.json"
    if not path.is_file():
        return None
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


@cache
def bar_masks(table: str, meter: Meter, place: str) -> BarMasks | None:
    """The learned bars of a table in a meter at a place of the phrase (PLACES), None where too few were seen."""
    data = _file("rhythm", table)
    if data is None or str(meter) != f"{meter.numerator}/{meter.denominator}":
        return None
    name = str(meter)
    found = data["meters"].get(name)
    if found is None or len(found["cells"].get("middle", {})) < 12:
        found = data["meters"].get(_KIN.get(name, ""))
    if found is None or len(found["cells"].get("middle", {})) < 12:
        return None
    step = meter.bar // int(found["grid"])
    plain = 240 if step < 240 else step
    rows = []
    for mask, count in found["cells"].get(place, {}).items():
        onsets = tuple(i * step for i, sign in enumerate(mask) if sign == "x")
        if onsets and count > 1:
            rows.append((onsets, int(count)))
    merged: dict[tuple[int, ...], int] = {}
    for onsets, count in sorted(rows):
        merged[onsets] = merged.get(onsets, 0) + count
    if len(merged) < 8:
        return None
    return BarMasks(
        tuple(merged),
        tuple(merged.values()),
        tuple(any(t % plain for t in onsets) for onsets in merged),
        tuple(_offbeats(onsets, meter) for onsets in merged),
    )


def _offbeats(onsets: tuple[int, ...], meter: Meter) -> int:
    """Syncopations of a bar: onsets off the beat that sound on through the next felt beat."""
    count = 0
    for onset, following in zip(onsets, (*onsets[1:], meter.bar + 1), strict=True):
        if meter.strength(onset) >= 2:
            continue
        later = min((b for b in (*meter.beats, meter.bar) if b > onset), default=meter.bar)
        count += following > later
    return count


@cache
def chord_degrees(table: str, minor: bool, root: int, quality: str) -> dict[str, tuple[float, ...]] | None:
    """Weights (0-1, the commonest 1) of the twelve steps above the tonic, over the triad on `root` semitones.

    By strength ("strong", "beat", "weak"); `quality` is "", "m", "o" or "+". None where it was too seldom seen.
    """
    data = _file("pitch", table)
    if data is None:
        return None
    return _degrees(table).get((minor, root, quality))


@cache
def _degrees(table: str) -> dict[tuple[bool, int, str], dict[str, tuple[float, ...]]]:
    data = _file("pitch", table)
    out: dict[tuple[bool, int, str], dict[str, tuple[float, ...]]] = {}
    for name, strengths in (data or {}).get("chord_degrees", {}).items():
        mode, numeral = name.split()
        root, quality = _numeral(mode, numeral)
        if sum(sum(degrees.values()) for degrees in strengths.values()) < 150:
            continue
        rows = {}
        for strength, degrees in strengths.items():
            counts = [0] * 12
            for degree, count in degrees.items():
                fifths = _degree(mode, degree)
                counts[fifths * 7 % 12] += count
            top = max(counts)
            rows[strength] = tuple(c / top for c in counts)
        if len(rows) == 3:
            out[mode == "minor", root, quality] = rows
    return out


def _degree(mode: str, degree: str) -> int:
    """Fifths above the tonic of a degree; minor counts from natural minor."""
    fifths = degree_fifths(degree)
    if mode == "minor" and degree[-1] in "367":
        fifths -= 7
    return fifths


def _numeral(mode: str, numeral: str) -> tuple[int, str]:
    """(semitones above the tonic, quality) of a triad's numeral in a table."""
    quality = numeral[-1] if numeral[-1] in "o+" else ""
    bare = numeral.rstrip("o+")
    signs = bare.count("#") - bare.count("b")
    letters = bare.lstrip("#b")
    root = (_SCALES[mode][_NUMERALS[letters.lower()] - 1] + signs) % 12
    if not quality and letters.islower():
        quality = "m"
    return root, quality


@cache
def interval_shares(table: str) -> tuple[float, ...] | None:
    """Shares of melodic intervals of 0-12 semitones, both directions together; None without a table."""
    data = _file("pitch", table)
    if data is None:
        return None
    counts = [0] * 13
    for size, count in data["interval_semitones"].items():
        if abs(int(size)) <= 12:
            counts[abs(int(size))] += count
    total = sum(counts)
    return tuple(c / total for c in counts)
