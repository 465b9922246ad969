"""ABC's chord symbols.

Convention: what stands in brackets or after a second sign is another choice ("G(Em)", "A7;D") and is left out.
"""

from __future__ import annotations

import re

from partimento.score.importing.sheet import WrittenChord
from partimento.theory.chord import Chord, parse_chord
from partimento.theory.errors import TheoryError

_NONE = frozenset({"n.c.", "nc", "n.c", "x", "tacet"})


def abc_chord(text: str, tick: int, fifths: int = 0) -> WrittenChord:
    """The chord of a quoted text at a tick of its bar, moved by `fifths` to where it sounds."""
    cleaned = text.replace(" ", "").replace("♭", "b").replace("♯", "#")
    if cleaned.casefold() in _NONE:
        return WrittenChord(tick, None)
    for candidate in (cleaned, re.split(r"[(;,]", cleaned)[0], _small_bass(cleaned), re.sub(r"/.*", "", cleaned)):
        chord = _chord(candidate)
        if chord is not None:
            return WrittenChord(tick, chord.up(fifths))
    return WrittenChord(tick, None, text)


def _small_bass(text: str) -> str:
    """The Nottingham collection writes basses small: "A/c#"."""
    above, slash, below = text.rpartition("/")
    return f"{above}/{below[:1].upper()}{below[1:]}" if slash else text


def _chord(text: str) -> Chord | None:
    try:
        return parse_chord(text) if text else None
    except TheoryError:
        return None
