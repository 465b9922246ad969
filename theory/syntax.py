"""Harmonic syntax: which chord follows which in Bach's chorales, as costs, and what cadence two chords make.

Conventions: numerals as `theory.roman` prints them, read in their local key; shares are percent of the changes of chord
from beat to beat inside a key, counted in published analyses of 264 chorales by Bach, rounded, and mended where a chord
between the beats would go unseen (ii to I); costs are hundredths of a natural
logarithm, 0 a certainty.
"""

from __future__ import annotations

from functools import cache
from math import log

from partimento.theory.errors import TheoryError
from partimento.theory.roman import Numeral

_MAJOR = {
    "I": "V 21 I6 15 IV 10 IV6 9 vi 9 V6 9 ii65 7 viio6 3 ii 3 V7 2 V65 2 ii6 2 V42/IV 2 V65/IV 1 iii 2 ii7 1 V65/V 1",
    "V": "I 59 I6 11 vi 8 V7 5 IV6 4 V6 3 V42 3",
    "I6": "V 29 IV 20 I 10 ii65 8 ii7 5 viio6 5 ii 5 I64 3 V65 2 IV6 2 V6 2 vi 2 ii6 3 V65/IV 1 V65/V 1",
    "vi": "ii65 16 I6 14 V6 12 V 10 IV 9 ii6 5 iii 4 ii 4 IV6 4 V65/V 3 viio6 2 V42 2 ii7 2 V7 2 vi6 2 I64 2 viio6/V 2",
    "IV": "I 14 I6 14 V 17 viio6 13 ii 9 IV6 6 V42 7 V6 3 ii6 4 V7 3 I64 3 ii7 2 vi 2 V65/V 2 ii65 1",
    "V6": "I 63 V 13 IV6 4 V65 4 ii 2 V7 3 vi 4 iii6 2 V42/IV 1",
    "IV6": "I 18 V6 18 V 12 V65 18 I64 8 ii65 10 I6 5 IVmaj7 2 IV 3 viio6 1",
    "ii": "V6 20 V65 16 viio6 12 V7 12 V 12 vi 7 I6 8 iii 3 V42 3 ii6 3 I 3",
    "ii65": "V 84 ii7 6 I64 4 V7 3",
    "V7": "I 82 vi 9 I6 2 V 2",
    "viio6": "I 50 I6 40 vi 4",
    "V65": "I 90 V7 4",
    "ii7": "V 46 V7 30 viio6 8 I64 6 V65 3",
    "V42": "I6 82 I 6 V43 2 vi64 2",
    "I64": "V 62 V7 28",
    "ii6": "V 34 V42 14 V7 14 vi 6 ii7 6 I64 8 V65/V 4 ii 4 I6 4",
    "iii": "IV 24 vi 22 IV6 13 vi7 8 I 6 viio6 5 V6 5 ii6 4 V65/ii 3 ii 3",
    "V65/V": "V 80 V7 12 I64 2",
    "V/V": "V 82 V7 8",
    "V6/V": "V 78 V65 6",
    "V7/V": "V 90 V7 4",
    "viio6/V": "V 89 V6 11",
    "vi6": "V6 18 ii42 10 IV6 14 V 10 ii6 12 vi 12 ii65 8",
    "V7/IV": "IV 83 ii6 5",
    "V65/IV": "IV 90",
    "V42/IV": "IV6 87",
    "V43": "I 57 I6 28",
    "viiø7": "I 95 I6 3",
    "IVmaj7": "V 50 V7 27 ii6 6 ii65 3 viio6 3",
    "vi7": "ii7 29 ii65 15 viio6 7 V 7 viio6/V 7 ii 7",
    "viio": "I 89",
    "iii6": "IV6 50 ii6 19 vi 10",
    "V6/vi": "vi 75 IV6 8 V7/vi 7",
    "V65/vi": "vi 88 IV6 6",
    "V7/vi": "vi 88 IV 6",
    "V6/ii": "ii 80 V65/ii 8",
    "V65/ii": "ii 90 ii6 3",
    "V7/ii": "ii 85 ii6 5",
    "iv": "I 40 V 30 I6 8 V7 6",
}
_MINOR = {
    "i": "V 23 i6 17 iiø65 11 iv6 8 V6 6 VI 5 iv 4 V65 4 iiø42 2 viio6 2 v6 2 V6/III 2 iio6 2 III 2 VII 1 V7 2",
    "V": "i 46 I 17 i6 10 VI 9 V6 4 V7 3 iv6 3 V42 3",
    "i6": "V 28 i 15 viio6 7 V6 5 iiø65 7 iv6 4 V65 4 i64 3 iv 8 viio65 2 iio6 3 VI 2",
    "V6": "i 88 V65 4 V7 3 V 1",
    "iv6": "V 34 i64 17 iiø65 7 i 4 iv 4 i6 4 V6 4 V7 5 iio6 3 iv7 2 viio6 2",
    "iiø65": "V 74 V7 7 iiø7 4 i64 5",
    "iv": "i 16 V 22 iv6 13 viio7/V 5 i6 6 V6 5 i64 5 V42 4 V7 6 viio7 3 V65/V 2 viio6 3 VII 3 V65/III 2",
    "VI": "iiø65 25 iio6 11 iv 12 V 10 iv6 6 i6 4 i64 4 iv7 3 viio7/V 3 VII 4 III6 3 v6 3 III 3 V65/III 1",
    "viio6": "i 60 i6 28 V6 6",
    "V7": "i 50 I 28 VI 12",
    "V65": "i 92 V7 2",
    "i64": "V 65 V7 26",
    "v": "i6 28 IV6 11 VI 14 iv 6 iv6 6 i 4",
    "iio6": "V 44 viio7/V 9 i64 12 V42 7 V7 12 V65 4 VI 2",
    "III": "iv 14 VI 14 iio6 10 i 10 viio6 6 V6 6 VII 6 iv6 6 V65 4 iiø65 6 V 6",
    "viio7": "i 93 V6 5",
    "viio65": "i6 60 V6 14 i 9 V65 9",
    "viio43": "i6 60 i 20",
    "V42": "i6 84 i 5",
    "IV65": "V65 40 V6 30",
    "viio7/V": "V 88 i64 6",
    "V65/V": "V 90 i64 3",
    "V7/V": "V 92",
    "V6/V": "V 85",
    "V/V": "V 80 V7 8",
    "IV6": "V6 40 V65 38 i 6",
    "iiø42": "V6 42 V65 42 i 8",
    "V6/III": "III 92",
    "V65/III": "III 92",
    "V7/III": "III 90 VI 4",
    "V42/III": "III6 90",
    "IV": "viio6 41 V65 15 V6 10",
    "iv7": "V 60 V7 12 iv6 10 VII 6",
    "v6": "iv6 60 V6 8 VI 8 iv 6",
    "iiø7": "V 45 V7 38 viio6 6",
    "iiø43": "i64 30 V 40",
    "VII": "III 42 i 14 V6 10 iv6 6 VI 8",
    "VII6": "III 40 i 25 VI6 10",
    "VI6": "III 12 V6 14 V6/III 10 v6 8 iv 10 iio6 10",
    "III6": "iv 24 VI 20 IV65 6 v6 6 iv6 8",
    "V6/iv": "iv 92",
    "V65/iv": "iv 97",
    "V7/iv": "iv 88 iv6 5",
    "V42/iv": "iv6 90",
    "V65/VI": "VI 90",
    "V43": "i 60 i6 28",
    "viio": "i 85",
    "N6": "V 50 i64 30 V7 15",
}
_FLOOR = 0.4
_SAME_ROOT, _UNKNOWN = 180, 400
"""Costs where the table has no row: another place of the chord's own bass, and a guess."""

CADENCE_RATES = {
    "PAC": 50.0, "HC": 20.0, "IAC": 9.0, "IAC-inverted": 5.0, "Phrygian": 3.0, "viio-I": 3.0, "PC": 2.4, "DC": 1.7,
    "modal": 1.0,
}  # fmt: skip
"""Per cent of the fermatas of 333 chorales by Bach, by the kind of close on them; "modal" (a minor v, or the seventh
degree without its sharp, to the tonic) is a guess, for tunes that leave no other way."""


@cache
def rows(mode: str) -> dict[str, dict[str, float]]:
    """Numeral -> next numeral -> percent, in "major" or "minor"; rows do not sum to 100: the rest is rare."""
    out: dict[str, dict[str, float]] = {}
    for before, text in (_MINOR if mode == "minor" else _MAJOR).items():
        words = text.split()
        out[before] = {after: float(share) for after, share in zip(words[::2], words[1::2], strict=True)}
    return out


@cache
def share(before: str, after: str, mode: str) -> float:
    """Per cent of `before`'s successors that are `after`; 0.0 where the table does not say.

    >>> share("V7", "I", "major"), share("V7", "ii", "major")
    (82.0, 0.0)
    """
    return rows(mode).get(before, {}).get(after, 0.0)


@cache
def succession_cost(before: str, after: str, mode: str) -> int:
    """What it costs that `after` follows `before` (another chord) in a "major" or "minor" key: 0 for a certainty.

    >>> [succession_cost("V7", after, "major") for after in ("I", "vi", "IV")]
    [20, 241, 552]
    """
    row = rows(mode).get(before)
    if row is None:
        return _SAME_ROOT if _same_root(before, after) else _UNKNOWN
    return round(100 * log(100 / max(_FLOOR, row.get(after, 0.0))))


def _same_root(before: str, after: str) -> bool:
    try:
        a, b = Numeral.parse(before), Numeral.parse(after)
    except TheoryError:
        return False
    return (a.degree, a.alter, a.applied) == (b.degree, b.alter, b.applied)


def cadence_of(before: str, last: str, degree: int, minor: bool) -> str:
    """The kind of close that two numerals make in one key, the soprano ending on scale degree `degree` (1-7), or "".

    One of `CADENCE_RATES`' names (Aldwell and Schachter's terms): an authentic cadence is perfect with both chords in
    root position and the tonic on top; Phrygian is iv6 to V in minor, modal a close without leading tone.

    >>> cadence_of("V7", "I", 1, False), cadence_of("ii65", "V", 2, False), cadence_of("iv6", "V", 5, True)
    ('PAC', 'HC', 'Phrygian')
    """
    a, b = Numeral.parse(before), Numeral.parse(last)
    if b.applied is not None or b.alter:
        return ""
    authentic = a.degree == 5 and a.applied is None and not a.is_minor
    if b.degree == 1 and b.quality in ("", "m"):
        if authentic:
            if a.inversion or b.inversion:
                return "IAC-inverted" if b.inversion < 2 else ""
            return "PAC" if degree == 1 else "IAC"
        if b.inversion == 0 and a.applied is None and a.degree in (5, 7) and b.is_minor == minor:
            if a.quality in ("dim", "dim7", "m7b5"):
                return "viio-I" if a.degree == 7 and not a.alter else ""
            return "modal" if a.degree == 5 or a.alter == (0 if minor else -1) else ""
        return "PC" if b.inversion == 0 and a.degree == 4 and a.applied is None and a.inversion == 0 else ""
    if b.degree == 5 and b.inversion == 0 and b.quality == "":
        if minor and str(a) in ("iv6", "iv65"):
            return "Phrygian"
        return "HC"
    if b.degree == 6 and b.inversion == 0 and authentic and a.inversion == 0:
        return "DC"
    return ""
