"""The rules that the solver keeps, by name, each with what it asks; and what each species may do in a bar.

Conventions: ticks, 480 to the quarter note; a bar is a whole note. Sources: J. J. Fux, Gradus ad Parnassum (1725), the
five species; K. Jeppesen, Counterpoint (1931). Where the two differ the stricter is held and `RULES` says what.
"""

from __future__ import annotations

from collections.abc import Mapping

BAR, HALF, QUARTER, EIGHTH = 1920, 960, 480, 240
TENTH, TWELFTH = 9, 11
"""Diatonic steps of the widest compass of a line, and of the widest distance from the cantus that is considered."""

RULES: Mapping[str, str] = {
    "perfect-ends": "the first and the last interval are perfect; a lower voice begins on the final or at the octave",
    "clausula-vera": "both voices reach the last note by step in contrary motion, from a major sixth or a minor third",
    "parallels": "no fifth follows a fifth and no octave an octave, from note to note or from downbeat to downbeat",
    "direct": "no fifth or octave is reached by both voices moving the same way",
    "imperfect-run": "no more than three thirds, or three sixths, run in parallel",
    "leap": "only steps, thirds, fourths, fifths, minor sixths upwards and octaves are sung, none of them altered",
    "recovery": "after a leap wider than a fourth the line turns back by step",
    "climax": "the highest note comes once",
    "range": "the line stays within a tenth",
    "consonance": "what begins with the bar is consonant",
    "dissonance": "a dissonance is passing, a neighbour, half of a double neighbour or the second note of a cambiata",
    "suspension": "a dissonance that is held over the bar line is a 7-6, 4-3 or 9-8 above, a 2-3 below",
    "unison": "the voices meet in unison at the ends only, and elsewhere off the downbeat",
    "repetition": "no note is struck twice running",
    "tied-octaves": "syncopated octaves or fifths do not follow one another from bar to bar",
}
"""Rule -> what it asks. "repetition" holds from the second species on."""

RELAXABLE = tuple(RULES)


def durations(species: int, offset: int, before: int) -> tuple[int, ...]:
    """How long a note may last that begins `offset` ticks into a bar, after one of `before` ticks (0: none).

    >>> durations(2, 960, 960), durations(4, 960, 1920), durations(5, 960, 480)
    ((960,), (1920, 960), (480, 1440, 1920))
    """
    if species == 1:
        return (BAR,)
    if species == 2:
        return (HALF,)
    if species == 3:
        return (QUARTER,)
    if species == 4:
        return (HALF,) if offset == 0 else (BAR, HALF)
    return _florid(offset, before)


def _florid(offset: int, before: int) -> tuple[int, ...]:
    if offset in (720, 1680):
        return (EIGHTH,)
    if offset == 0:
        return (QUARTER, HALF, HALF + QUARTER)
    if offset == HALF:
        # A half note after quarters closes the bar only where it is tied (Jeppesen).
        return (QUARTER, HALF + QUARTER, BAR, *((HALF,) if before >= HALF else ()))
    return (QUARTER, EIGHTH)


def rests(species: int) -> tuple[int, ...]:
    """With how long a rest the line may begin, the best first (Fux: a half or a quarter rest lightens the entry)."""
    return {1: (0,), 2: (HALF, 0), 3: (QUARTER, 0), 4: (HALF,), 5: (HALF, 0)}[species]
