"""Words that a player needs at the first note, where the Song's instrument is a way of playing.

Conventions: the usual Italian and English terms over the top staff.
"""

from __future__ import annotations

from collections.abc import Sequence

from partimento.score.notation.page import Direction
from partimento.score.notation.sounds import Sound

_WORDS = {
    "pizzicato strings": "pizz.",
    "tremolo strings": "trem.",
    "muted trumpet": "con sord.",
    "muted guitar": "P.M.",
    "brush kit": "brushes",
}


def playing_words(instrument: str, sounds: Sequence[Sound]) -> list[Direction]:
    """One direction at the part's first note, or none; `sounds` sorted by onset."""
    word = _WORDS.get(instrument)
    return [Direction(sounds[0].onset, "words", word)] if word and sounds else []
