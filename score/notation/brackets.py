"""Brackets of a score: staves of one family that stand together.

Conventions: woodwinds, brass and strings are bracketed from two parts on, as printed scores have it; saxophones go with
the brass, a band's horns. Keys, guitars, voices and the rhythm section stand free.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from partimento.score.instruments import instrument
from partimento.score.notation.page import Part
from partimento.theory.errors import BriefError

_FAMILIES = ("woodwind", "brass", "strings")


def brackets(parts: Sequence[Part]) -> list[tuple[int, int]]:
    """The first and last part (index) of each bracket, top first."""
    out = []
    for family, run in groupby(enumerate(parts), key=lambda row: _family(row[1])):
        places = [index for index, _ in run]
        if family and len(places) > 1:
            out.append((places[0], places[-1]))
    return out


def _family(part: Part) -> str:
    try:
        kind = instrument(part.instrument)
    except BriefError:
        return ""
    if kind.name.endswith(" sax"):
        return "brass"
    # A harp is no bowed string, and a combo's bass stands in its rhythm section.
    return kind.family if kind.family in _FAMILIES and kind.name != "harp" else ""
