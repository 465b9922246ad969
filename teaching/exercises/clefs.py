"""The notes that a student reads on a staff: two ledger lines either way at the most.

Convention: pitches are sorted by letter and octave, with at most one sharp or flat.
"""

from __future__ import annotations

from functools import cache

from partimento.theory.pitch import LETTERS, Pitch

_MIDDLES = {"treble": 34, "bass": 22, "alto": 28, "tenor": 26}
"""The diatonic number of a staff's middle line: B4, D3, C4, A3."""

_REACH = 8


def middle(clef: str) -> Pitch:
    """The natural note on the middle line."""
    return _natural(_MIDDLES[clef])


def _natural(diatonic: int) -> Pitch:
    octave, index = divmod(diatonic, 7)
    return Pitch(LETTERS[index], 0, octave)


@cache
def pitches_of(clef: str, reach: int = _REACH) -> tuple[Pitch, ...]:
    """All notes within `reach` steps of the middle line, natural, sharp and flat; no E sharp or C flat."""
    found = []
    for step in range(_MIDDLES[clef] - reach, _MIDDLES[clef] + reach + 1):
        natural = _natural(step)
        found += [Pitch(natural.letter, alter, natural.octave) for alter in (-1, 0, 1)]
    return tuple(pitch for pitch in found if (pitch.letter, pitch.alter) not in _RARE)


_RARE = {("E", 1), ("B", 1), ("C", -1), ("F", -1)}


def near_middle(letter: str, alter: int, clef: str, low: bool = False) -> Pitch:
    """The pitch of that name nearest below or on the middle line, `low` at least a fourth below it."""
    for step in range(_MIDDLES[clef] - (3 if low else 0), _MIDDLES[clef] - 12, -1):
        natural = _natural(step)
        if natural.letter == letter:
            return Pitch(letter, alter, natural.octave)
    raise ValueError(letter)
