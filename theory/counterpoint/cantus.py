"""Cantus firmi: good ones in any mode, made by rule.

Conventions: `index` chooses among them; equal arguments give equal notes. Rules (Jeppesen; Schachter and Salzer on the
cantus firmus): 3 to 16 notes, begun and ended on the final, the last reached by step from above; steps outnumber
leaps; leaps of a third to a fifth, the larger filled in; one climax, not at the ends, at most a tenth over the lowest
note; no tone three times among six, no figure twice, no turning points a tritone apart.
"""

from __future__ import annotations

from partimento.theory.counterpoint.tones import SINGABLE, gamut, mode_called, pitch_of, within_octave
from partimento.theory.errors import TheoryError
from partimento.theory.key import Key
from partimento.theory.pitch import Pitch, PitchClass

FINALS = {"major": "C", "minor": "A", "dorian": "D", "phrygian": "E", "lydian": "F", "mixolydian": "G"}
"""The usual final of each mode."""

LONGEST = 16
_SHORT = 8
"""Below this a cantus has no room for a shape of its own: fewer things are asked."""


def cantus_firmus(mode: str, length: int, index: int = 0, final: PitchClass | None = None) -> tuple[Pitch, ...]:
    """A cantus firmus of `length` notes (3-16) between E3 and E5; TheoryError for another length or an unknown mode.

    >>> " ".join(str(pitch) for pitch in cantus_firmus("dorian", 3))
    'D4 E4 D4'
    """
    name = mode_called(mode)
    if not 3 <= length <= LONGEST:
        raise TheoryError(f"A cantus firmus of {length} notes: 3 to {LONGEST} are made.")
    key = Key(final if final is not None else PitchClass.parse(FINALS[name]), name)
    # The final lies between A3 and G4, so that a tenth above and a fourth below can be sung.
    own = [t for t in gamut(key).tones(26, 32) if pitch_of(t).pitch_class == key.tonic]
    usual = set(key.tones)
    tones = tuple(t for t in gamut(key).tones((own[0] >> 7) - 3, (own[0] >> 7) + 8) if pitch_of(t).pitch_class in usual)
    for attempt in range(200):
        found = _grown(own[0], tones, length, index * 200 + attempt)
        if found is not None:
            return tuple(pitch_of(tone) for tone in found)
    raise TheoryError(f"No cantus firmus of {length} notes was found in {key}.")


def _grown(final: int, tones: tuple[int, ...], length: int, number: int) -> list[int] | None:
    """The first line of a walk in the order that `number` gives, or None when it takes too long."""
    line = [final]
    left = [4000]

    def grow() -> bool:
        left[0] -= 1
        if left[0] < 0:
            return False
        if len(line) == length:
            return _shaped(line)
        for tone in _ordered(line, tones, final, length, number):
            line.append(tone)
            if _sound(line, length) and grow():
                return True
            line.pop()
        return False

    return line if grow() else None


def _ordered(line: list[int], tones: tuple[int, ...], final: int, length: int, number: int) -> list[int]:
    """What may come next, steps mostly first, in an order that depends on `number` and the place."""
    place = len(line)
    if place == length - 1:
        return [final]
    if place == length - 2:
        return [tone for tone in tones if (tone >> 7) - (final >> 7) == 1]

    def rank(tone: int) -> tuple[int, int]:
        size = abs((tone >> 7) - (line[-1] >> 7))
        return _mixed(_mixed(number * 64 + place) + (tone >> 7)) % 100 + (0, 0, 30, 45, 50)[min(size, 4)], tone

    return sorted((tone for tone in tones if tone != line[-1]), key=rank)


def _mixed(number: int) -> int:
    """A whole number's bits well mixed, the same on every machine (the finaliser of SplitMix64, Steele et al. 2014)."""
    number = (number + 0x9E3779B97F4A7C15) % (1 << 64)
    number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9 % (1 << 64)
    number = (number ^ (number >> 27)) * 0x94D049BB133111EB % (1 << 64)
    return number ^ (number >> 31)


def _sound(line: list[int], length: int) -> bool:
    """Whether the last note may follow those before it."""
    moves = [(b >> 7) - (a >> 7) for a, b in zip(line, line[1:], strict=False)]
    move = moves[-1]
    semitones = (line[-1] & 127) - (line[-2] & 127)
    if (move, semitones) not in SINGABLE or not 0 < abs(move) <= 4 or (len(line) == length and abs(move) != 1):
        return False
    before = moves[-2] if len(moves) > 1 else 0
    if abs(before) > 2 and (abs(move) != 1 or move * before > 0):
        return False
    if abs(move) > 1 and abs(before) > 1 and (move * before > 0 or abs(move) + abs(before) > 4):
        return False
    if len(line) > 3 and line[-1] == line[-3] and line[-2] == line[-4]:
        return False
    if line[-6:].count(line[-1]) > 2 or sum(abs(m) > 1 for m in moves) > max(1, length // 3):
        return False
    if len(moves) >= 5 and all(m * move > 0 for m in moves[-5:]):
        return False
    return not _repeated(moves) and _smooth(line, moves)


def _repeated(moves: list[int]) -> bool:
    """Whether the last three moves were there before, or the last two just before."""
    if len(moves) >= 4 and moves[-2:] == moves[-4:-2]:
        return True
    return any(moves[-3:] == moves[i : i + 3] for i in range(len(moves) - 3)) and len(moves) > 3


def _smooth(line: list[int], moves: list[int]) -> bool:
    """Whether the last turn lies no tritone or seventh from the turn before it."""
    if len(moves) < 2 or moves[-1] * moves[-2] > 0:
        return True
    start = len(moves) - 2
    while start > 0 and moves[start - 1] * moves[-2] > 0:
        start -= 1
    return within_octave(line[start], line[-2]) not in {(3, 6), (4, 6), (6, 10), (6, 11)}


def _shaped(line: list[int]) -> bool:
    """Whether the whole has one climax inside it and a fair compass."""
    top, low = max(line), min(line)
    if line.count(top) > 1 or top == line[0] or (top >> 7) - (low >> 7) > 9:
        return False
    return len(line) < _SHORT or ((top >> 7) - (low >> 7) >= 4 and len(line) // 3 <= line.index(top) < len(line) - 2)
