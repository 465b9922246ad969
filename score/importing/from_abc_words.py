"""ABC's words under its notes.

Conventions: a syllable that goes on ends in a hyphen; `*` and `_` pass a note over, `|` goes on to the next bar, `~` is
a space within a syllable.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from partimento.score.importing.sheet import RawNote

_SYLLABLE = re.compile(r"\||[*_]|-|(?:\\-|[^\s|*_-])+-?")


def lay_words(text: str, verse: str, notes: Sequence[tuple[int, RawNote]]) -> None:
    """Give the syllables of a w: line to the notes of a line of music, each with the index of its bar."""
    i = 0
    for syllable in _SYLLABLE.findall(text[:4000]):
        if i >= len(notes):
            return
        if syllable == "|":
            i = _next_bar(i, notes)
            continue
        if syllable not in "*_-":
            words = syllable.replace("\\-", "\x00").replace("~", " ").replace("\x00", "-")
            note = notes[i][1]
            note.verses = (*note.verses, (verse, words[:100]))
        i += 1


def _next_bar(i: int, notes: Sequence[tuple[int, RawNote]]) -> int:
    """The first note of the bar after that of the note before; where that is note i itself, i."""
    if i == 0 or notes[i - 1][0] != notes[i][0]:
        return i
    bar = notes[i][0]
    while i < len(notes) and notes[i][0] == bar:
        i += 1
    return i
