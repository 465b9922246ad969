"""Harmonic syntax: which chord follows which in Bach's chorales, as costs, and what cadence two chords make.

Conventions: numerals as `theory.roman` prints them, read in their local key; shares are percent of the changes of chord
inside a key, counted in published analyses of 268 chorales by Bach and rounded; costs are hundredths of a natural
logarithm, 0 the likeliest.
"""

from __future__ import annotations

from functools import cache
from math import log

from partimento.theory.errors import TheoryError
from partimento.theory.roman import Numeral

_MAJOR = {
    "I": "V 19 I6 17 IV 11 vi 9 V6 8 IV6 8 ii65 4 viio6 3 ii 2 V7/IV 2 V42/IV 2 V7 2 V65 2 ii6 2 ii7 1 iii 1",
    "V": "V7 38 I 31 V42 13 V6 3 IV6 3 I6 2 vi 2",
    "I6": "V 22 I 17 IV 13 ii65 11 ii 5 ii7 4 viio6 4 vi 3 V65/IV 3 I64 2 IV6 2 V65 2 V6 2 ii6 2",
    "V7": "I 78 vi 13 vi6 1 I6 1",
    "vi": "ii65 15 I6 14 V6 12 IV 9 V 6 IV6 6 ii6 5 iii 3 ii 3 V65/V 3 vi6 3 viio6/V 2 I64 2 V42 2 viio6 2 ii7 2",
    "IV": "V 15 I 13 I6 12 viio6 12 ii 11 V42 6 IV6 6 ii6 3 V6 3 I64 3 V7 2 V65 2 ii65 2",
    "V6": "I 37 V 19 V65 19 V7 6 vi 5 IV6 4 iii6 2 ii 1",
    "IV6": "V65 20 V6 13 I 11 I64 9 viiø7 8 IV 8 ii65 7 V 5 I6 4 IVmaj7 3 V7 2",
    "viio6": "I 48 I6 38 vi 3",
    "ii": "viio6 37 V6 15 V65 12 V7 9 V 7 iii 3 vi 3 ii6 2 I6 2 V42 2",
    "ii65": "V 61 ii7 29 I64 5 V7 2 V42 1",
    "V65": "I 86 V7 10",
    "V42": "I6 80 I 2 V43 3 iii 1 vi64 2",
    "ii7": "V 58 V7 17 viio6 13 I64 3 ii42 2",
    "I64": "V 50 V7 40",
    "ii6": "V 25 ii 17 V42 13 V7 9 vi 6 ii7 5 ii65 4 V65/V 3 I6 2 I64 6",
    "iii": "IV 19 vi 14 IV6 12 vi7 12 I 5 viio6 4 I6 4 V6 4 V65/ii 3 viio6/ii 3 ii6 2",
    "V65/V": "V 71 V7/V 10 V7 8 I64 4",
    "V/V": "V 53 V7/V 35 V42/V 6 V7 6",
    "V6/V": "V 75 V65/V 20",
    "V7/V": "V 92",
    "viio6/V": "V 94 V6 6",
    "vi6": "vi 26 ii42 20 ii 11 IV6 9 ii65 6 V6 6 V 3 V65 3 ii6 3 I6 3",
    "V7/IV": "IV 78 ii 6 ii6 6 ii65 5",
    "V65/IV": "IV 94 IV6 3",
    "V42/IV": "IV6 83",
    "V43": "I 55 I6 23 vi 7",
    "viiø7": "I 95 I6 3",
    "IVmaj7": "V 68 V42 9 V7 9 ii6 6 ii65 3 viio6 3",
    "vi7": "ii7 27 ii65 20 viio6/V 12 viio6 9 V6 6 ii 6 IV6 3",
    "viio": "I 86",
    "iii6": "IV6 34 ii6 14 vi7 7 ii65 3 V7 3 vi 10",
    "V6/vi": "vi 60 V65/vi 34",
    "V65/vi": "vi 88 IV6 6",
    "V7/vi": "vi 90 IV 4",
    "V6/ii": "ii 80 V65/ii 15",
    "V65/ii": "ii 90 ii6 3",
    "V7/ii": "ii 85 ii6 5",
    "V6/iii": "iii 80",
    "iv": "I 40 V 30 I6 8 V7 6",
}
_MINOR = {
    "i": "i6 19 V 18 iv6 7 iiø65 6 VI 6 V6 6 iv 5 V65 4 iiø42 3 v6 3 VI6 2 v 1 viio6 2 iio6 2 V6/III 2 III 2 V7 2",
    "V": "V7 43 i 26 V42 8 i6 5 I 4 V6 3 iv6 3 VI 2",
    "i6": "V 22 i 18 iiø65 10 viio6 10 V6 4 iv6 4 v 2 V65 3 iv 6 viio65 2 i64 2 VI 2 iio6 2",
    "V7": "i 53 I 28 VI 13 i6 1",
    "V6": "i 55 V65 28 V7 7 VI6 2",
    "iv6": "V 30 i64 17 iv 6 iiø65 5 i 4 i6 4 V7 4 iv7 4 V6 3 iio6 2",
    "iiø65": "V 64 iiø7 22 i64 5 V7 4",
    "V65": "i 87 V7 7",
    "VI": "iiø65 32 iv 10 iio6 9 iv6 6 iv7 4 i6 3 III 3 V 3 III6 3 viio7/V 2 v6 2 i64 2 VII 2 V65/III 2",
    "iv": "i 17 V 17 iv6 9 i6 6 iio6 5 V7 5 viio7/V 4 V6 4 V42 4 i64 4 viio7 3 viio6 4 VII 3 V65/III 3",
    "viio6": "i 68 i6 18 V6 3",
    "i64": "V 55 V7 35",
    "v": "VI 20 IV6 9 i6 7 i 5 III 4 iv6 6",
    "v6": "iv6 44 VI 15 i 6 iv 6",
    "V42": "i6 81 V43 3 i 2",
    "iio6": "V 33 i64 16 viio7/V 10 V42 6 V7 8 iiø65 4 V65 4",
    "viio7": "i 92 V6 3 V65 3",
    "viio65": "i6 60 V6 12 i 9 V65 9",
    "viio43": "i6 45 i 25",
    "viio": "i 85",
    "III": "iio6 11 iv 12 VI 12 i 7 viio6 5 V65 5 VII 6 V6 4 v 4 iv6 4 iiø65 5 V 5",
    "III6": "iv 30 VI 15 III 12 v6 6 iv6 8",
    "iiø7": "V 64 V7 16 viio6 7",
    "iiø42": "V65 67 V6 22 viio7 6",
    "iiø43": "i64 30 V 40 iiø65 15",
    "viio7/V": "V 86 i64 5 V7 4",
    "V65/V": "V 90",
    "V7/V": "V 92",
    "V6/V": "V 85",
    "V/V": "V 70 V7 15",
    "iv7": "V 68 iv6 5 V7 5 iio6 3 VII 6",
    "IV6": "V65 44 V6 22 viiø7 7 viio7 5",
    "IV": "viio6 41 V65 15 V6 10",
    "VI6": "V6 12 VI 12 V6/III 8 iv 10 iio6 10",
    "V43": "i 48 i6 42",
    "VII": "III 45 V6 12 i 8 V65/III 8 VI 6",
    "VII6": "III 40 i 25 VI6 10",
    "V6/III": "III 78 V65/III 17",
    "V65/III": "III 92",
    "V7/III": "III 90 VI 4",
    "V42/III": "III6 90",
    "V65/iv": "iv 96",
    "V6/iv": "iv 60 V65/iv 31",
    "V7/iv": "iv 85 iv6 5",
    "V42/iv": "iv6 90",
    "V65/VI": "VI 90",
    "N6": "V 50 i64 30 V7 15",
}
_FLOOR = 0.35
_SAME_ROOT, _UNKNOWN = 110, 330
"""Costs where the table has no row: another place of the chord's own bass, and a guess."""

CADENCE_RATES = {
    "PAC": 50.0, "HC": 20.0, "IAC": 9.0, "IAC-inverted": 5.0, "Phrygian": 3.0, "viio-I": 3.0, "PC": 2.4, "DC": 1.7,
}  # fmt: skip
"""Per cent of the fermatas of 333 chorales by Bach, by the kind of close on them."""


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
    (78.0, 0.0)
    """
    return rows(mode).get(before, {}).get(after, 0.0)


@cache
def succession_cost(before: str, after: str, mode: str) -> int:
    """What it costs that `after` follows `before` (another chord) in a "major" or "minor" key: 0 is the likeliest.

    >>> [succession_cost("V7", after, "major") for after in ("I", "vi", "IV")]
    [0, 179, 541]
    """
    row = rows(mode).get(before)
    if row is None:
        return _SAME_ROOT if _same_root(before, after) else _UNKNOWN
    likeliest = max(row.values())
    return round(100 * log(likeliest / max(_FLOOR, row.get(after, 0.0))))


def _same_root(before: str, after: str) -> bool:
    try:
        a, b = Numeral.parse(before), Numeral.parse(after)
    except TheoryError:
        return False
    return (a.degree, a.alter, a.applied) == (b.degree, b.alter, b.applied)


def cadence_of(before: str, last: str, degree: int, minor: bool) -> str:
    """The kind of close that two numerals make in one key, the soprano ending on scale degree `degree` (1-7), or "".

    One of `CADENCE_RATES`' names (Aldwell and Schachter's terms): an authentic cadence is perfect with both chords in
    root position and the tonic on top; Phrygian is iv6 to V in minor.

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
        if b.inversion == 0 and a.degree == 7 and a.applied is None and not a.alter:
            return "viio-I"
        return "PC" if b.inversion == 0 and a.degree == 4 and a.applied is None and a.inversion == 0 else ""
    if b.degree == 5 and b.inversion == 0 and b.quality == "":
        if minor and str(a) in ("iv6", "iv65"):
            return "Phrygian"
        return "HC"
    if b.degree == 6 and b.inversion == 0 and authentic and a.inversion == 0:
        return "DC"
    return ""
