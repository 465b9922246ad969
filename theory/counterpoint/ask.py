"""From a cantus firmus in pitches to a Problem, its mode found, its octave chosen; and what cannot be a cantus.

Conventions: a cantus is one pitch a bar, 3 to 64 of them, its last note the final. Voices lie within E2-A5 where the
cantus does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from partimento.theory.counterpoint.problem import HIGH, LOW, Problem
from partimento.theory.counterpoint.rules import RULES
from partimento.theory.counterpoint.tones import SPECIES_MODES, gamut, mode_called
from partimento.theory.errors import TheoryError, nearest
from partimento.theory.key import Key
from partimento.theory.pitch import Pitch

SHORTEST, LONGEST = 3, 64
VOICE_NAMES = ("Bass", "Tenor", "Alto", "Soprano")
_MIDDLES = (21, 25, 29, 33)
"""The middles of the four voices' compasses as diatonic numbers: C3, G3, D4, A4."""


def problem_of(
    cantus: Sequence[Pitch], mode: str = "", species: int = 1, voices: int = 2, above: bool = True,
    without: Sequence[str] = (),
) -> Problem:  # fmt: skip
    """The Problem of a cantus firmus; TheoryError says what is wrong with it, in one line.

    `mode` is one of `tones.SPECIES_MODES` ("" finds it: by the final and the tones); `without` names rules that are
    not held. A cantus is moved by octaves where the added voices would leave E2-A5.
    """
    if species not in range(1, 6):
        raise TheoryError(f"No species {species}: there are 1 to 5.")
    if voices not in range(2, 5):
        raise TheoryError(f"No counterpoint in {voices} voices: 2 to 4 are written.")
    for rule in without:
        if rule not in RULES:
            raise TheoryError(f"Unknown rule '{rule}': rules are {', '.join(RULES)}.{nearest(rule, RULES)}")
    if not SHORTEST <= len(cantus) <= LONGEST:
        raise TheoryError(f"A cantus firmus of {len(cantus)} notes: {SHORTEST} to {LONGEST} can be set.")
    for bar, (before, after) in enumerate(pairwise(cantus), 2):
        if abs(after.midi - before.midi) > 12:
            raise TheoryError(f"Bar {bar} of the cantus leaps from {before} to {after}, more than an octave.")
    key = Key(cantus[-1].pitch_class, mode_called(mode)) if mode else mode_of(cantus)
    modal = gamut(key)
    tones = []
    for bar, pitch in enumerate(cantus, 1):
        tone = modal.sung(pitch.midi)
        if tone is None:
            raise TheoryError(f"Bar {bar} of the cantus, {pitch}, is chromatic in {key}; its mode's tones are sung.")
        tones.append(tone)
    problem = Problem(tuple(tones), modal, species, voices, above, frozenset(RULES) - set(without))
    return _in_range(problem)


def mode_of(cantus: Sequence[Pitch]) -> Key:
    """The mode of a cantus: its last note the final, its tones those of the mode, the fewest signs in the signature.

    TheoryError where no mode has them all.
    """
    final = cantus[-1].pitch_class
    numbers = {pitch.midi % 12 for pitch in cantus}
    fitting = []
    for mode in SPECIES_MODES:
        modal = gamut(Key(final, mode))
        own = {tone.number for tone in modal.key.tones}
        # Ficta in the cantus speaks against a mode, and a signature of many signs is seldom meant.
        if all(modal.sung(pitch.midi) is not None for pitch in cantus):
            fitting.append((len(numbers - own), abs(modal.key.signature), SPECIES_MODES.index(mode), modal.key))
    if not fitting:
        odd = sorted({str(pitch) for pitch in cantus if not _in_some_mode(pitch, numbers, final.number)})
        hint = f" ({', '.join(odd)})" if odd else ""
        raise TheoryError(f"The cantus is chromatic: no mode on {final} has all of its tones{hint}.")
    return min(fitting)[3]


def _in_some_mode(pitch: Pitch, numbers: set[int], final: int) -> bool:
    """Whether the other tones of a cantus lie in one mode with this one."""
    return (pitch.midi - final) % 12 not in (6, 1)


def _in_range(problem: Problem) -> Problem:
    """The problem with its cantus in the octave, of its own and its neighbours', in which all voices lie best."""
    lowest, highest = min(problem.cantus) >> 7, max(problem.cantus) >> 7
    if lowest < LOW or highest > HIGH:
        return problem

    def outside(octaves: int) -> tuple[int, int]:
        moved = shifted(problem, octaves)
        low = min(min(moved.cantus) >> 7, *(moved.compass(voice)[0] for voice in moved.added))
        high = max(max(moved.cantus) >> 7, *(moved.compass(voice)[1] for voice in moved.added))
        # Of two voices the reach is wider than any line; of more, each compass may lose a fourth.
        slack = 2 if problem.voices == 2 else 3
        return max(0, LOW - low - slack) + max(0, high - HIGH - slack), abs(octaves)

    return shifted(problem, min((0, -1, 1, -2, 2), key=outside))


def shifted(problem: Problem, octaves: int) -> Problem:
    """The problem with its cantus some octaves higher."""
    return replace(problem, cantus=tuple(tone + octaves * (7 * 128 + 12) for tone in problem.cantus))


def voice_names(problem: Problem, middles: Sequence[float]) -> tuple[str, ...]:
    """Names for voices by the middles of their compasses (diatonic numbers), lowest first, no two alike."""
    from itertools import combinations

    seats = combinations(range(len(VOICE_NAMES)), problem.voices)
    best = min(seats, key=lambda seat: sum(abs(_MIDDLES[s] - m) for s, m in zip(seat, middles, strict=True)))
    return tuple(VOICE_NAMES[seat] for seat in best)
