"""The clefs of a staff: the instrument's own, and another where the part stays far outside it for long.

Conventions: percussion instruments with pitches are written in bass clef. Clefs change at bar lines; the changes of
the whole part that cost least are found (Viterbi): each note costs what it lies beyond a ledger line and a half, a
change as much as a long passage does. An orchestra's players of bass clefs read tenor and treble, of alto treble, and
a cellist everywhere; a band's stay in bass clef. Hands of a keyboard read both.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from partimento.score.instruments import Instrument
from partimento.score.notation.page import Bar, Direction
from partimento.score.notation.sounds import Sound

_LOWEST_LINE = {"treble": 30, "bass": 18, "alto": 24, "tenor": 22}
"""The diatonic place (7 an octave, C0 = 0) of each clef's lowest line; the highest is 8 steps above."""
_READS = {"bass": ("bass", "tenor", "treble"), "alto": ("alto", "treble"), "treble": ("treble",)}
_HANDS = ("treble", "bass")
_STAFF_SPAN, _MIDDLE = 24, 58
"""Semitones; Bb3, from which on a tune is easier to read in treble clef."""
_FREE, _CHANGE = 3, 16
"""Steps outside the staff that cost nothing, and what a change of clef costs in steps beyond. Taste."""


def clef_of(kind: Instrument) -> str:
    """The usual clef of an instrument on one staff."""
    return "bass" if kind.clef == "percussion" else kind.clef


def is_line(sounds: Sequence[Sound]) -> bool:
    """Whether one note sounds at a time, all of them within what a staff can show: two octaves."""
    places = [sound.pitch.midi for sound in sounds]
    if not places:
        return False
    alone = all(sound.end <= after.onset for sound, after in pairwise(sounds))
    return alone and max(places) - min(places) <= _STAFF_SPAN


def line_clef(sounds: Sequence[Sound]) -> str:
    """Treble or bass, as most notes of a line lie."""
    return "treble" if median(sound.pitch.midi for sound in sounds) >= _MIDDLE else "bass"


def clefs_read(kind: Instrument, clef: str, hand: bool, orchestral: bool) -> tuple[str, ...]:
    """The clefs that a staff may have, `clef` first; `hand` is a staff of a grand staff."""
    choices = _HANDS if hand else _READS.get(clef, (clef,))
    if clef == "bass" and not hand and not orchestral and kind.family != "strings":
        return (clef,)
    return (clef, *(other for other in choices if other != clef))


def with_changes(
    choices: Sequence[str], sounds: Sequence[Sound], bars: Sequence[Bar], staff: int
) -> tuple[str, list[Direction]]:
    """The clef of `choices` that a staff begins with, the first being its own, and its changes."""
    clef = choices[0]
    if len(choices) < 2 or not sounds:
        return clef, []
    onsets = [sound.onset for sound in sounds]
    cost = {c: 0 if c == clef else _CHANGE for c in choices}
    came_from: list[dict[str, str]] = []
    for bar in bars:
        here = sounds[bisect_left(onsets, bar.start) : bisect_left(onsets, bar.end)]
        cheapest = min(choices, key=lambda c: cost[c])
        before = {c: c if cost[c] <= cost[cheapest] + _CHANGE else cheapest for c in choices}
        cost = {
            c: cost[before[c]] + _CHANGE * (before[c] != c) + sum(_outside(sound, c) for sound in here) for c in choices
        }
        came_from.append(before)
    path = [min(choices, key=lambda c: cost[c])]
    for before in reversed(came_from[1:]):
        path.append(before[path[-1]])
    path.reverse()
    changes = [
        Direction(bar.start, "clef", now, 0, staff)
        for bar, last, now in zip(bars[1:], path, path[1:], strict=False)
        if now != last
    ]
    return path[0], changes


def _outside(sound: Sound, clef: str) -> int:
    """Steps beyond the free ones above or below the staff."""
    low = _LOWEST_LINE[clef]
    place = sound.pitch.diatonic
    return max(0, low - place - _FREE, place - low - 8 - _FREE)
