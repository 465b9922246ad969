"""Cadences at fermatas against the analyst's last two numerals, mapped by RULE.

Conventions: the last numeral is the one that holds at the fermata's tick, the one before it the last with another root
or bass. Fermatas where the rule names nothing are not counted.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence

from partimento.benchmarks.analysis.human_numerals import HumanChord
from partimento.benchmarks.analysis.pieces import Analysed
from partimento.theory.analysis.findings import FoundCadence
from partimento.theory.meter import TICKS

RULE = (
    "V-I both in root position: PAC with the tonic on top, else IAC; with an inversion: IAC-inverted; vii°-I: viio-I;"
    " IV-I: PC; V-vi: DC; any to V (applied V too) in root position or inverted: HC; iv6-V in minor: Phrygian"
)
_MAJOR_LIKE = ("", "7", "aug", "7#5")


def cadence_row(source: Analysed, cadences: Sequence[FoundCadence]) -> Counter[str]:
    """How many fermatas the rule names, and how many of them are named alike."""
    counts: Counter[str] = Counter()
    for tick in source.piece.fermatas:
        meant = reference(source, tick)
        if meant is None:
            continue
        counts["fermatas"] += 1
        near = [one.kind for one in cadences if tick - TICKS <= one.arrival <= tick + TICKS]
        counts["right"] += meant in near
        counts[f"meant {meant}"] += 1
        counts[f"right {meant}"] += meant in near
    return counts


def reference(source: Analysed, tick: int) -> str | None:
    """The analyst's cadence at a fermata's tick, None where the rule names none."""
    ticks = [row.tick for row in source.human]
    i = bisect_right(ticks, tick) - 1
    last = source.human[i].chord if i >= 0 else None
    if last is None:
        return None
    chords = [row.chord for row in source.human[:i] if row.chord is not None]
    before = next((one for one in reversed(chords) if (one.root, one.bass) != (last.root, last.bass)), None)
    top = max((tone.pitch.midi for tone in source.piece.tones if tone.onset <= tick < tone.end), default=None)
    return _kind(before, last, None if top is None else top % 12)


def _kind(before: HumanChord | None, last: HumanChord, top: int | None) -> str | None:
    home = last.tonic if last.target is None else last.target
    degree = (last.root - home) % 12
    if degree == 7 and last.quality in _MAJOR_LIKE:
        fourth = before is not None and before.quality == "m" and (before.root - home) % 12 == 5
        sixth = before is not None and (before.bass - before.root) % 12 == 3
        return "Phrygian" if last.minor and fourth and sixth and last.bass == last.root else "HC"
    if before is None:
        return None
    came = (before.root - last.tonic) % 12
    dominant = came == 7 and before.quality in _MAJOR_LIKE and before.target is None
    if last.root == last.tonic and last.target is None:
        if dominant:
            if before.bass != before.root or last.bass != last.root:
                return "IAC-inverted"
            return "PAC" if top == last.tonic else "IAC"
        if came == 11 and before.quality in ("dim", "dim7", "m7b5"):
            return "viio-I"
        return "PC" if came == 5 and last.bass == last.root else None
    sixth_degree = (last.root - last.tonic) % 12 == (8 if last.minor else 9)
    return "DC" if dominant and sixth_degree else None
