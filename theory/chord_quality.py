"""Chord qualities: symbols, their aliases and their degrees on the line of fifths, counted from the root."""

from __future__ import annotations

import re
from functools import cache

from partimento.theory.errors import TheoryError, nearest
from partimento.theory.scale import degree_fifths

_FORMULAS = {
    "": "1 3 5",
    "m": "1 b3 5",
    "5": "1 5",
    "dim": "1 b3 b5",
    "aug": "1 3 #5",
    "(b5)": "1 3 b5",
    "sus2": "1 2 5",
    "sus4": "1 4 5",
    "7sus4": "1 4 5 b7",
    "7sus2": "1 2 5 b7",
    "maj7sus4": "1 4 5 7",
    "9sus4": "1 4 5 b7 9",
    "13sus4": "1 4 5 b7 9 13",
    "7b9sus4": "1 4 5 b7 b9",
    "6": "1 3 5 6",
    "m6": "1 b3 5 6",
    "69": "1 3 5 6 9",
    "m69": "1 b3 5 6 9",
    "add9": "1 3 5 9",
    "madd9": "1 b3 5 9",
    "add11": "1 3 5 11",
    "madd11": "1 b3 5 11",
    "7": "1 3 5 b7",
    "maj7": "1 3 5 7",
    "m7": "1 b3 5 b7",
    "mmaj7": "1 b3 5 7",
    "m7b5": "1 b3 b5 b7",
    "dim7": "1 b3 b5 bb7",
    "dimmaj7": "1 b3 b5 7",
    "7#5": "1 3 #5 b7",
    "7b5": "1 3 b5 b7",
    "maj7#5": "1 3 #5 7",
    "maj7b5": "1 3 b5 7",
    "m7#5": "1 b3 #5 b7",
    "9": "1 3 5 b7 9",
    "maj9": "1 3 5 7 9",
    "m9": "1 b3 5 b7 9",
    "mmaj9": "1 b3 5 7 9",
    "m9b5": "1 b3 b5 b7 9",
    "11": "1 3 5 b7 9 11",
    "m11": "1 b3 5 b7 9 11",
    "m11b5": "1 b3 b5 b7 9 11",
    "maj11": "1 3 5 7 9 11",
    "13": "1 3 5 b7 9 13",
    "maj13": "1 3 5 7 9 13",
    "m13": "1 b3 5 b7 9 11 13",
    "7b9": "1 3 5 b7 b9",
    "7#9": "1 3 5 b7 #9",
    "7#11": "1 3 5 b7 #11",
    "7b13": "1 3 5 b7 b13",
    "7b9b13": "1 3 5 b7 b9 b13",
    "7#9b13": "1 3 5 b7 #9 b13",
    "7b9#11": "1 3 5 b7 b9 #11",
    "7#5#9": "1 3 #5 b7 #9",
    "7#5b9": "1 3 #5 b7 b9",
    "7b5b9": "1 3 b5 b7 b9",
    "7b5#9": "1 3 b5 b7 #9",
    "7alt": "1 3 b7 #9 b13",
    "9#5": "1 3 #5 b7 9",
    "9b5": "1 3 b5 b7 9",
    "9#11": "1 3 5 b7 9 #11",
    "9b13": "1 3 5 b7 9 b13",
    "maj7#11": "1 3 5 7 #11",
    "maj9#11": "1 3 5 7 9 #11",
    "13b9": "1 3 5 b7 b9 13",
    "13#9": "1 3 5 b7 #9 13",
    "13#11": "1 3 5 b7 9 #11 13",
    "maj13#11": "1 3 5 7 9 #11 13",
    "It6": "1 3 #6",
    "Fr6": "1 3 #4 #6",
    "Ger6": "1 3 5 #6",
}

_NATURAL = re.compile(r"[b#]+")


def _degrees(formula: str) -> dict[int, int]:
    return {int(_NATURAL.sub("", degree)): degree_fifths(degree) for degree in formula.split()}


QUALITIES: dict[str, dict[int, int]] = {symbol: _degrees(formula) for symbol, formula in _FORMULAS.items()}
"""Canonical symbol to its degrees (1, 3 or 2 or 4, 5, 6 or 7, 9, 11, 13), each in fifths above the root.

The augmented sixths (It6, Fr6, Ger6) are named from their bass. A 13 leaves its eleventh out and an altered
dominant its fifth, as players do.
"""

ALIASES: dict[str, str] = {
    "M": "", "maj": "", "ma": "", "major": "", "Δ": "maj7", "△": "maj7", "^": "maj7", "min": "m",
    "mi": "m", "-": "m", "minor": "m", "no3": "5", "(no3)": "5", "o": "dim", "°": "dim", "dim5": "dim",
    "mb5": "dim", "m(b5)": "dim", "+": "aug", "(#5)": "aug", "+5": "aug", "sus": "sus4", "4": "sus4",
    "2": "sus2", "7sus": "7sus4", "9sus": "9sus4", "13sus": "13sus4", "sus9": "9sus4", "sus7": "7sus4",
    "7b9sus": "7b9sus4", "7susb9": "7b9sus4", "11sus": "9sus4", "M6": "6", "-6": "m6", "6/9": "69",
    "6add9": "69", "m6/9": "m69", "-69": "m69", "add2": "add9", "2add": "add9", "madd2": "madd9",
    "-add9": "madd9", "add4": "add11", "dom7": "7", "M7": "maj7", "ma7": "maj7", "Maj7": "maj7",
    "Δ7": "maj7", "△7": "maj7", "^7": "maj7", "j7": "maj7", "7M": "maj7", "-7": "m7", "min7": "m7",
    "mi7": "m7", "mM7": "mmaj7", "m(maj7)": "mmaj7", "-maj7": "mmaj7", "mΔ7": "mmaj7",
    "minmaj7": "mmaj7", "-Δ7": "mmaj7", "-M7": "mmaj7", "mΔ": "mmaj7", "-Δ": "mmaj7", "-^7": "mmaj7",
    "m(M7)": "mmaj7", "ø": "m7b5", "ø7": "m7b5", "h7": "m7b5", "h": "m7b5", "-7b5": "m7b5",
    "min7b5": "m7b5", "mi7b5": "m7b5", "m7-5": "m7b5", "halfdim": "m7b5", "hdim7": "m7b5", "o7": "dim7",
    "°7": "dim7", "oM7": "dimmaj7", "°M7": "dimmaj7", "dim-maj7": "dimmaj7", "dimM7": "dimmaj7",
    "aug7": "7#5", "+7": "7#5", "7+": "7#5", "7+5": "7#5", "7-5": "7b5", "augmaj7": "maj7#5",
    "+maj7": "maj7#5", "+M7": "maj7#5", "M7#5": "maj7#5", "M9": "maj9", "ma9": "maj9", "Maj9": "maj9",
    "Δ9": "maj9", "^9": "maj9", "-9": "m9", "min9": "m9", "mi9": "m9", "mM9": "mmaj9",
    "m(maj9)": "mmaj9", "-maj9": "mmaj9", "ø9": "m9b5", "h9": "m9b5", "-11": "m11", "min11": "m11",
    "mi11": "m11", "M11": "maj11", "ø11": "m11b5", "h11": "m11b5", "M13": "maj13", "Δ13": "maj13",
    "^13": "maj13", "-13": "m13", "min13": "m13", "7-9": "7b9", "7+9": "7#9", "7+11": "7#11",
    "9+11": "9#11", "9+5": "9#5", "aug9": "9#5", "+9": "9#5", "alt": "7alt", "alt7": "7alt",
    "7#9#5": "7#5#9", "7b9#5": "7#5b9", "7b9b5": "7b5b9", "7#9b5": "7b5#9", "7b13b9": "7b9b13",
    "7b13#9": "7#9b13", "7#11b9": "7b9#11", "M7#11": "maj7#11", "Δ#11": "maj7#11", "Δ7#11": "maj7#11",
    "maj#11": "maj7#11", "M9#11": "maj9#11", "lyd": "maj7#11", "majb5": "(b5)", "7b9,13": "13b9",
    "13-9": "13b9",
}  # fmt: skip
"""Other ways to write a quality, to its canonical symbol."""

_BRACKETS = str.maketrans({"(": None, ")": None, " ": None, ",": None, "♭": "b", "♯": "#"})


@cache
def find_quality(text: str) -> str | None:
    """The canonical symbol of a written quality, or None.

    >>> find_quality("-7"), find_quality("(maj7)"), find_quality("7(b9)"), find_quality("m77")
    ('m7', 'maj7', '7b9', None)
    """
    for candidate in (text, text.translate(_BRACKETS)):
        if candidate in QUALITIES:
            return candidate
        if candidate in ALIASES:
            return ALIASES[candidate]
    return None


@cache
def canonical_quality(text: str) -> str:
    """The canonical symbol of a written quality; raises `TheoryError` with the nearest one."""
    quality = find_quality(text)
    if quality is None:
        hint = nearest(text, QUALITIES) or nearest(text, ALIASES)
        raise TheoryError(
            f"Unknown chord quality '{text}': common ones are m, 7, maj7, m7, dim7, m7b5, sus4, 6, 9.{hint}"
        )
    return quality


@cache
def family_of(quality: str) -> str:
    """What a canonical quality is at heart.

    One of major, minor, dominant, diminished, half-diminished, augmented, suspended and power.
    """
    degrees = QUALITIES[quality]
    third, fifth, seventh = degrees.get(3), degrees.get(5), degrees.get(7)
    if third is None:
        return "suspended" if 2 in degrees or 4 in degrees else "power"
    if third == -3:
        if fifth == -6:
            return "half-diminished" if seventh == -2 else "diminished"
        return "minor"
    if seventh == -2:
        return "dominant"
    return "augmented" if fifth == 8 else "major"
