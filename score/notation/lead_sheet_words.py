"""The words of a lead sheet: the style over the first bar, and the names of sections that are printed once.

Conventions: style words are those that charts for bands use; `bpm` counts felt beats.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from partimento.score.notation.tempo_marks import opening_word

_STYLES = {
    "ambient": "", "blues": "Blues", "cinematic": "", "country": "Country", "folk": "Folk", "funk": "Funk",
    "hip-hop": "Hip-Hop", "house": "House", "jazz": "Jazz", "lo-fi": "Lo-Fi", "pop": "Pop", "reggae": "Reggae",
    "rnb": "R&B", "rock": "Rock", "salsa": "Salsa",
}  # fmt: skip
_GRADED = frozenset({"blues", "country", "folk", "funk", "jazz", "pop", "rnb", "rock"})
"""Styles that are played at such different tempos that the word alone says too little."""

_PACES = ((76.0, "Slow"), (132.0, "Medium"))
_NUMBERED = re.compile(r"(.*\S)\s+(\d+)")


def style_words(genre: str, swing: str, bpm: float, compound: bool) -> str:
    """What stands over the first bar: "Medium Swing", "Bossa Nova", "Slow Blues", "Bright Rock"."""
    style = _STYLES.get(genre)
    if style is None or (swing == "eighth" and genre in ("jazz", "blues", "country")):
        word = opening_word(genre, swing, bpm)
        return f"{_pace(bpm)} {word}" if word == "Shuffle" else word
    if not style:
        return opening_word(genre, swing, bpm)
    words = f"{_pace(bpm)} {style}" if genre in _GRADED else style
    if genre == "jazz" and not swing and not compound:
        words += ", straight eighths"
    return words


def _pace(bpm: float) -> str:
    return next((word for limit, word in _PACES if bpm < limit), "Bright")


def joined_names(names: Sequence[str]) -> str:
    """One name for sections that are printed once: "Verse 1/2", "Verse 1\N{EN DASH}4", "A"."""
    distinct = list(dict.fromkeys(names))
    if len(distinct) < 2:
        return distinct[0] if distinct else ""
    found = [_NUMBERED.fullmatch(name) for name in distinct]
    stems = {match[1] if match else "" for match in found}
    if len(stems) > 1 or "" in stems:
        return " / ".join(distinct)
    numbers = [int(match[2]) for match in found if match]
    if len(numbers) > 2 and numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"{stems.pop()} {numbers[0]}\N{EN DASH}{numbers[-1]}"
    return f"{stems.pop()} {'/'.join(map(str, numbers))}"
