"""A pianist's figure taken to other chords: the same rhythm and contour, the hands where they are.

Conventions: units as in texture_view.py. The chord's bass stays its bass; every other tone goes to the nearest tone of
the new chord above the one below it, so that voices lead smoothly.
"""

from __future__ import annotations

from collections.abc import Sequence

from partimento.arrangement.net_texture import Sheet
from partimento.composer.neural.texture_hands import clashes, is_tone, longest, muddy, reaches, tones_between
from partimento.composer.neural.texture_view import Harmony, Key, Page


def fitted(
    page: Page, notes: Sequence[Key], from_bar: int, first: int, last: int, low: int, high: int, sheet: Sheet
) -> list[Key]:
    """The notes of bars from `from_bar` on as they go in bars [first, last); a bar of another length stays empty."""
    out: list[Key] = []
    for bar in range(first, last):
        source, target = page.bars[from_bar + bar - first], page.bars[bar]
        if source.length != target.length:
            continue
        inside = [note for note in notes if source.start <= note.onset < source.start + source.length]
        for onset in sorted({note.onset for note in inside}):
            group = [note for note in inside if note.onset == onset]
            at = onset - source.start + target.start
            old, new = page.chord_at(onset), page.chord_at(at)
            out += _stroke(page, group, at, old, new, low, high, sheet.one_hand)
    return out


def _stroke(
    page: Page, group: Sequence[Key], at: int, old: Harmony, new: Harmony, low: int, high: int, one_hand: bool
) -> list[Key]:
    sung = page.sung_at(at)
    free = [p for p in tones_between(new, low, high) if not clashes(p, sung) and (sung is None or sung.pitch != p)]
    out: list[Key] = []
    for note in group:
        above = [p for p in free if not out or p > out[-1].pitch]
        if not is_tone(note.pitch, old):
            if old[1:] != new[1:] or not low <= note.pitch <= high or clashes(note.pitch, sung):
                continue  # a passing tone belongs to its chord
            above = [note.pitch]
        elif (note.pitch - old.root) % 12 == old.bass and note.pitch < 55:
            above = [p for p in above if (p - new.root) % 12 == new.bass] or above
        if not above:
            break
        above = [p for p in above if not out or not muddy(out[-1].pitch, p)] or above[-1:]
        pitch = min(above, key=lambda p: (abs(p - note.pitch), p))
        if reaches((*(key.pitch for key in out), pitch), one_hand):
            out.append(Key(at, pitch, min(note.duration, longest(page, at, pitch))))
    return out
