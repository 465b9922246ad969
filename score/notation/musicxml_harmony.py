"""Chord symbols as MusicXML's `<harmony>`: a kind of the official list, and degrees for what the kind lacks.

Conventions: a kind means the tones that the MusicXML 4.0 reference gives it, but that a dominant or major 13th leaves
its 11th out, as players and programs do. A degree that is altered counts from the kind's own; an added one from the
major scale, its seventh being minor. Where the kind's symbol and its degrees in a row read as our symbol does ("7",
"♭9"), both are printed; else the kind's `text` is the whole symbol and the degrees are marked as not printed. Not every
program heeds that mark, which is why the first way is taken where it can be.
"""

from __future__ import annotations

import re
from functools import cache

from partimento.score.notation.musicxml_text import escaped
from partimento.theory.chord import Chord
from partimento.theory.chord_quality import QUALITIES
from partimento.theory.pitch import PitchClass
from partimento.theory.scale import degree_fifths

_FORMULAS = {
    "major": "1 3 5",
    "minor": "1 b3 5",
    "augmented": "1 3 #5",
    "diminished": "1 b3 b5",
    "dominant": "1 3 5 b7",
    "major-seventh": "1 3 5 7",
    "minor-seventh": "1 b3 5 b7",
    "diminished-seventh": "1 b3 b5 bb7",
    "augmented-seventh": "1 3 #5 b7",
    "half-diminished": "1 b3 b5 b7",
    "major-minor": "1 b3 5 7",
    "major-sixth": "1 3 5 6",
    "minor-sixth": "1 b3 5 6",
    "dominant-ninth": "1 3 5 b7 9",
    "major-ninth": "1 3 5 7 9",
    "minor-ninth": "1 b3 5 b7 9",
    "dominant-11th": "1 3 5 b7 9 11",
    "major-11th": "1 3 5 7 9 11",
    "minor-11th": "1 b3 5 b7 9 11",
    "dominant-13th": "1 3 5 b7 9 13",
    "major-13th": "1 3 5 7 9 13",
    "minor-13th": "1 b3 5 b7 9 11 13",
    "suspended-second": "1 2 5",
    "suspended-fourth": "1 4 5",
    "power": "1 5",
}


def _fifths(formula: str) -> dict[int, int]:
    return {int(degree.lstrip("b#")): degree_fifths(degree) for degree in formula.split()}


KINDS: dict[str, dict[int, int]] = {kind: _fifths(formula) for kind, formula in _FORMULAS.items()}
"""MusicXML kind to its degrees, each in fifths above the root (the official list without the functional ones)."""

_ALTERED = re.compile(r"[b#](?=\d)")
_NO_BRACKETS = str.maketrans("", "", "()")
_WAYS = {
    ("add", False): "add",
    ("add", True): "",
    ("alter", False): "",
    ("alter", True): "",
    ("subtract", False): "no",
}
"""What is printed before a degree, by its type and whether it is altered."""

_MAJOR_SEVENTH = re.compile(r"^(m|dim)(maj\d+)$")

Degree = tuple[int, int, str]


def kind_of(quality: str) -> tuple[str, tuple[Degree, ...]]:
    """The MusicXML kind of a canonical quality and the degrees (value, alteration, type) that make it exact.

    Of several ways one that reads like the symbol is taken, then the one that changes least. Augmented sixths, which
    MusicXML names by function alone, come out as the chord that they look like.

    >>> kind_of("m7b5"), kind_of("7sus4"), kind_of("7b9")
    (('half-diminished', ()), ('suspended-fourth', ((7, 0, 'add'),)), ('dominant', ((9, -1, 'add'),)))
    """
    return _kind_of(quality)


@cache
def _kind_of(quality: str) -> tuple[str, tuple[Degree, ...]]:
    wanted = QUALITIES[quality]
    ways = (
        (not _reads_as(quality, kind, degrees), _cost(degrees), -len(tones), order, kind, degrees)
        for order, (kind, tones) in enumerate(KINDS.items())
        # A third is never altered, added or taken away: a "minor" with its third raised would be read as minor.
        if tones.get(3) == wanted.get(3)
        for degrees in (_difference(wanted, tones),)
    )
    best = min(ways)
    return best[4], best[5]


def _cost(degrees: tuple[Degree, ...]) -> int:
    """How far a kind is from the chord: best is a tone more, then one altered by a semitone, then one less."""
    return sum(
        4 if way == "subtract" else 2 if way == "add" else 3 if abs(alter) == 1 else 9 for _, alter, way in degrees
    )


def _reads_as(quality: str, kind: str, degrees: tuple[Degree, ...]) -> bool:
    """Whether the kind's own symbol with the degrees after it is the quality's symbol, brackets aside."""
    text = _symbol_of(kind) + "".join(_WAYS[way, bool(alter)] + _altered(value, alter) for value, alter, way in degrees)
    return text.translate(_NO_BRACKETS) == printed_quality(quality).translate(_NO_BRACKETS)


@cache
def _symbol_of(kind: str) -> str:
    """The symbol of a kind by itself: of "dominant" it is 7."""
    return next(printed_quality(quality) for quality, tones in QUALITIES.items() if tones == KINDS[kind])


def _altered(value: int, alter: int) -> str:
    return ("♭" * -alter if alter < 0 else "♯" * alter) + str(value)


def _difference(wanted: dict[int, int], tones: dict[int, int]) -> tuple[Degree, ...]:
    degrees: list[Degree] = []
    for degree in sorted(wanted.keys() | tones.keys()):
        if degree not in wanted:
            degrees.append((degree, 0, "subtract"))
        elif degree not in tones:
            plain = degree_fifths("b7" if degree == 7 else str(degree))
            degrees.append((degree, (wanted[degree] - plain) // 7, "add"))
        elif wanted[degree] != tones[degree]:
            degrees.append((degree, (wanted[degree] - tones[degree]) // 7, "alter"))
    return tuple(degrees)


def printed_quality(quality: str) -> str:
    """A canonical quality as it is printed after the root; `find_quality` reads it back.

    >>> [printed_quality(quality) for quality in ("m7b5", "mmaj7", "69", "7#5b9", "dim")]
    ['m7♭5', 'm(maj7)', '6/9', '7♯5♭9', 'dim']
    """
    text = _MAJOR_SEVENTH.sub(r"\1(\2)", quality).replace("69", "6/9")
    return _ALTERED.sub(lambda match: "♭" if match[0] == "b" else "♯", text)


@cache
def harmony_body(chord: Chord | None) -> str:
    """What stands in `<harmony>` for a chord, or for None, which prints N.C."""
    if chord is None:
        # As the reference has it, by a numeral without a text; of a root MuseScore 3 prints the letter all the same.
        return '<numeral><numeral-root text="">1</numeral-root></numeral><kind text="N.C.">none</kind>'
    kind, degrees = kind_of(chord.quality)
    shown = _reads_as(chord.quality, kind, degrees)
    text = _symbol_of(kind) if shown else printed_quality(chord.quality)
    # "C♭5" would be a C flat.
    brackets = ' parentheses-degrees="yes"' if shown and "(" in chord.quality else ""
    out = [_tone("root", chord.root), f'<kind text="{escaped(text)}"{brackets}>{kind}</kind>']
    if chord.bass is not None:
        out.append(_tone("bass", chord.bass))
    hidden = "" if shown else ' print-object="no"'
    out += [
        f"<degree{hidden}><degree-value>{value}</degree-value><degree-alter>{alter}</degree-alter>"
        f'<degree-type text="{_WAYS[way, bool(alter)]}">{way}</degree-type></degree>'
        for value, alter, way in degrees
    ]
    return "".join(out)


def _tone(name: str, tone: PitchClass) -> str:
    alter = f"<{name}-alter>{tone.alter}</{name}-alter>" if tone.alter else ""
    return f"<{name}><{name}-step>{tone.letter}</{name}-step>{alter}</{name}>"
