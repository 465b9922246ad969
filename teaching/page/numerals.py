"""Numerals for the eye and for the ear: "V⁶₅/V", and "five six five of five" for a screen reader.

Convention: what `theory.roman` reads; anything else is given back as it stands.
"""

from __future__ import annotations

import re

from partimento.theory.chord_quality import QUALITIES
from partimento.theory.errors import TheoryError
from partimento.theory.roman import Numeral

_FIGURES = {"65": "⁶₅", "64": "⁶₄", "43": "⁴₃", "42": "⁴₂", "63": "⁶₃"}
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_HEAD = re.compile(r"([b#]*)(sub)?(VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i|N|It|Fr|Ger)(.*)")
_DEGREES = ("one", "two", "three", "four", "five", "six", "seven")
_DIGITS = dict(zip("0123456789", ("zero", *_DEGREES, "eight", "nine"), strict=True))
_SIXTHS = {"It6": "Italian sixth", "Fr6": "French sixth", "Ger6": "German sixth"}
_TOLD = {
    "dim": "diminished", "dim7": "diminished seven", "m7b5": "half-diminished seven", "aug": "augmented",
    "maj7": "major seven", "m7": "seven", "mmaj7": "major seven", "6": "added sixth", "m6": "added sixth",
    "5": "power chord", "7alt": "seven altered",
}  # fmt: skip
_INVERTED = {"maj7": "major", "mmaj7": "major", "dim": "diminished", "dim7": "diminished", "m7b5": "half-diminished"}


def pretty(numeral: str) -> str:
    """The numeral as it is printed, figures raised.

    >>> pretty("V65/V"), pretty("viio7"), pretty("bVI"), pretty("iiø65"), pretty("V7b9"), pretty("N6"), pretty("Ger6")
    ('V⁶₅/V', 'vii°⁷', '♭VI', 'iiø⁶₅', 'V⁷♭⁹', 'N⁶', 'Ger⁶')
    """
    head, slash, below = numeral.partition("/")
    head, at, bass = head.partition("@")
    match = _HEAD.fullmatch(head)
    if match is None:
        return numeral
    signs, sub, roman, rest = match.groups()
    stem = rest.rstrip("0123456789")
    figure = _FIGURES.get(rest[len(stem) :]) if not stem or stem in ("o", "ø", "+", "maj") else None
    tail = (stem + figure if figure else rest.translate(_RAISED)).replace("o", "°", 1)
    tail = tail.replace("add", " add")
    text = _signs(signs) + (sub or "") + roman + _signs(tail)
    if at:
        text += f" over {_signs(bass)}"
    return text + (f"/{pretty(below)}" if slash else "")


def spoken(numeral: str) -> str:
    """The numeral in words.

    >>> spoken("V7/V"), spoken("ii65"), spoken("viio7"), spoken("bVI"), spoken("N6")
    ('five seven of five', 'minor two six five', 'diminished seven on seven', 'flat six', 'Neapolitan sixth')
    """
    try:
        parsed = Numeral.parse(numeral)
    except TheoryError:
        return numeral
    told = _spoken(parsed)
    if parsed.bass is not None:
        told += f" over {_alteration(parsed.bass[1])}{_DEGREES[parsed.bass[0] - 1]}"
    return told + (f" of {spoken(str(parsed.applied))}" if parsed.applied is not None else "")


def _spoken(numeral: Numeral) -> str:
    quality = numeral.quality
    if quality in _SIXTHS:
        return _SIXTHS[quality]
    if (numeral.degree, numeral.alter, quality) == (2, -1, ""):
        return "Neapolitan sixth" if numeral.inversion == 1 else "flat two"
    degree = _alteration(numeral.alter) + _DEGREES[numeral.degree - 1]
    figures = _digits(_figures(numeral))
    if quality in ("dim", "dim7", "m7b5"):
        return f"{_INVERTED[quality]} {figures} on {degree}" if figures else f"{_TOLD[quality]} on {degree}"
    minor = "minor " if numeral.is_minor else ""
    if figures:
        return f"{minor}{degree}{' major' if quality in ('maj7', 'mmaj7') else ''} {figures}"
    plain = quality.removeprefix("m") if numeral.is_minor else quality
    return f"{minor}{degree} {_TOLD.get(quality) or _digits(plain)}".rstrip()


def _figures(numeral: Numeral) -> str:
    seventh = 7 in QUALITIES[numeral.quality]
    return ("", *(("65", "43", "42") if seventh else ("6", "64", "")))[numeral.inversion]


def _digits(text: str) -> str:
    """A quality or a figure letter by letter: "7b9" is "seven flat nine"; thirteens and elevens stay numbers."""
    words = re.findall(r"1[13]|[0-9]|[b#]|[a-z]+", text)
    return " ".join({"b": "flat", "#": "sharp", "sus": "suspended", "11": "eleven", "13": "thirteen"}.get(word)
                    or _DIGITS.get(word, word) for word in words)  # fmt: skip


def _alteration(alter: int) -> str:
    return "flat " * -alter if alter < 0 else "sharp " * alter


def _signs(text: str) -> str:
    return text.replace("b", "♭").replace("#", "♯") if not text.startswith("sub") else text
