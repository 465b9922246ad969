"""Spelling a part that is known by MIDI numbers: the chord's own tones, lines that lead, else the key's usual ones.

Conventions: rows are (onset, duration, MIDI number) sorted by onset.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from partimento.score.song import ChordSymbol, KeyChange
from partimento.theory.key import Key
from partimento.theory.pitch import Pitch
from partimento.theory.spelling import spell_line, spell_over


def spelled(
    rows: Sequence[tuple[int, int, int]], keys: Sequence[KeyChange], chords: Sequence[ChordSymbol]
) -> list[Pitch]:
    """The pitch of each row. A tone that neither key nor chord has is spelled by where the top line leads from it."""
    starts = [chord.onset for chord in chords]
    key_starts = [row.onset for row in keys]
    tops: dict[int, int] = {}
    for i, (onset, _, _) in enumerate(rows):
        tops[onset] = i
    line = _line([rows[i] for i in tops.values()], keys, key_starts)
    led = dict(zip(tops.values(), line, strict=True))
    out = []
    for i, (onset, _, number) in enumerate(rows):
        key = keys[max(0, bisect_right(key_starts, onset) - 1)].key
        k = bisect_right(starts, onset) - 1
        over = chords[k] if k >= 0 and onset < chords[k].onset + chords[k].duration else None
        if over is not None and over.chord.tone_at(number) is not None:
            out.append(spell_over(number, over.chord, key))
        else:
            out.append(led.get(i) or key.spell(number))
    return out


def _line(
    tops: Sequence[tuple[int, int, int]], keys: Sequence[KeyChange], key_starts: Sequence[int]
) -> list[Pitch]:
    """The top line spelled, key by key."""
    out: list[Pitch] = []
    stretch: list[int] = []
    now: Key | None = None
    for onset, _, number in tops:
        key = keys[max(0, bisect_right(key_starts, onset) - 1)].key
        if now is not None and key != now:
            out += spell_line(stretch, now)
            stretch = []
        now = key
        stretch.append(number)
    return out + list(spell_line(stretch, now)) if now is not None else out
