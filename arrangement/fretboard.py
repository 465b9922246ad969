"""The guitar's fretboard: which chords a left hand can hold.

Conventions: strings from low to high as open MIDI numbers; a shape is one fret a string, -1 for a string not
played. A hand covers four frets (open strings are free), as guitar methods teach; six notes at the most.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations, pairwise

GUITAR = (40, 45, 50, 55, 59, 64)
TUNINGS: dict[str, tuple[int, ...]] = {
    "banjo": (50, 55, 59, 62),
    "mandolin": (55, 62, 69, 76),
    "sitar": (48, 55, 60, 67),
    "koto": (55, 57, 59, 62, 64, 67, 69, 71, 74, 76),
}
"""Open strings of the other plucked instruments that chords are given to (the banjo without its drone string)."""

REACH = 4
"""Frets one hand position covers: the lowest and highest fretted finger at most REACH - 1 frets apart."""

Shape = tuple[int, ...]


def strings_of(instrument: str) -> tuple[int, ...]:
    """The open strings of an instrument of the guitar family (a guitar's unless it has its own)."""
    return TUNINGS.get(instrument, GUITAR)


@cache
def shapes(
    bass: int, needed: frozenset[int], allowed: frozenset[int], strings: tuple[int, ...], open_strings: bool,
    low: int, high: int,
) -> tuple[tuple[int, ...], ...]:  # fmt: skip
    """Every chord a hand can hold: pitches low to high, the lowest of pitch class `bass` (-1: any), all of `needed`
    sounding, none outside `allowed`, within `low`-`high`. Strings inside the shape are not skipped more than once.
    """
    found: dict[tuple[int, ...], None] = {}
    for position in range(1, 11):
        options = []
        for open_pitch in strings:
            frets = [f for f in range(position, position + REACH) if (open_pitch + f) % 12 in allowed]
            if open_strings and open_pitch % 12 in allowed:
                frets.append(0)
            options.append([-1, *(f for f in frets if low <= open_pitch + f <= high)])
        _search(options, strings, bass, needed, [], found)
    return tuple(sorted(found))


def _search(
    options: list[list[int]], strings: tuple[int, ...], bass: int, needed: frozenset[int], frets: list[int],
    found: dict[tuple[int, ...], None],
) -> None:  # fmt: skip
    at = len(frets)
    if at == len(options):
        pitches = tuple(strings[i] + f for i, f in enumerate(frets) if f >= 0)
        rising = all(a < b for a, b in pairwise(pitches))
        if len(pitches) >= 3 and rising and needed <= {p % 12 for p in pitches} and _fingers(frets) <= 4:
            found[pitches] = None
        return
    started = any(f >= 0 for f in frets)
    for fret in options[at]:
        if fret >= 0 and not started and bass >= 0 and (strings[at] + fret) % 12 != bass:
            continue
        if fret < 0 and started and frets[-1] < 0 and any(f >= 0 for f in frets):
            return  # two silent strings inside a shape: nobody strums that
        frets.append(fret)
        _search(options, strings, bass, needed, frets, found)
        frets.pop()


def _fingers(frets: list[int]) -> int:
    """Fingers needed: one a fretted string, but the first finger may lay a barre across its fret."""
    fretted = [f for f in frets if f > 0]
    if not fretted:
        return 0
    lowest = min(fretted)
    barred = [i for i, f in enumerate(frets) if f == lowest]
    blocked = any(f == 0 for f in frets[barred[0] :]) and len(barred) > 1
    above = sum(1 for f in fretted if f > lowest)
    return above + (len(barred) if blocked else 1)


@cache
def playable(pitches: tuple[int, ...], strings: tuple[int, ...] = GUITAR) -> bool:
    """Whether one hand can hold `pitches` (any order) at once, each on a string of its own, within the reach."""
    ordered = sorted(pitches)
    if len(ordered) > len(strings) or len(set(ordered)) != len(ordered):
        return False
    return _place(ordered, strings, 0, ())


def _place(pitches: list[int], strings: tuple[int, ...], string: int, frets: tuple[int, ...]) -> bool:
    if not pitches:
        return True
    if len(strings) - string < len(pitches):
        return False
    fret = pitches[0] - strings[string]
    if 0 <= fret <= 22:
        fretted = [f for f in (*frets, fret) if f > 0]
        if (not fretted or max(fretted) - min(fretted) < REACH) and _place(
            pitches[1:], strings, string + 1, (*frets, fret)
        ):
            return True
    return _place(pitches, strings, string + 1, frets)


@cache
def holdable(pitches: tuple[int, ...], strings: tuple[int, ...] = GUITAR) -> tuple[int, ...]:
    """As many of `pitches` (low to high) as one hand can hold; of equally many the widest, then the highest."""
    for count in range(len(pitches), 1, -1):
        found = [p for p in combinations(pitches, count) if playable(p, strings)]
        if found:
            return max(found, key=lambda p: (p[-1] - p[0], p))
    return pitches[-1:]
