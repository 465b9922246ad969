"""What is to be solved: a cantus firmus, the voices about it, the species, and the rules that are held.

Conventions: voices count from 0 at the bottom; the line in the species is the outermost added voice, any other added
voice moves in whole notes. Tones are the ints of `tones`, compasses diatonic numbers, both ends included.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from partimento.theory.counterpoint.rules import BAR, RULES, TENTH, TWELFTH
from partimento.theory.counterpoint.tones import Gamut, steps_of

APART = 4
"""Diatonic steps between the middles of neighbouring compasses of three and four voices: about a fifth."""

LOW, HIGH = 16, 40
"""E2 and A5 as diatonic numbers: the bass's lowest note and the soprano's highest."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A cantus (one tone a bar) and what is asked for. `above` sets the added voices over the cantus, else under it.

    Where `opens` or `closes` is False the bars are cut out of a longer piece, whose first or last rules are not asked.
    `avoid` are costs of tones at places, by which another solution is found.
    """

    cantus: tuple[int, ...]
    gamut: Gamut
    species: int
    voices: int = 2
    above: bool = True
    held: frozenset[str] = frozenset(RULES)
    opens: bool = True
    closes: bool = True
    avoid: Mapping[tuple[int, int, int], int] = field(default_factory=dict)

    @property
    def cantus_voice(self) -> int:
        """The voice that sings the cantus."""
        return 0 if self.above else self.voices - 1

    @property
    def line(self) -> int:
        """The voice in the species."""
        return self.voices - 1 if self.above else 0

    @property
    def added(self) -> tuple[int, ...]:
        """The voices to be found."""
        return tuple(voice for voice in range(self.voices) if voice != self.cantus_voice)

    @property
    def last(self) -> int:
        """The tick of the last bar."""
        return (len(self.cantus) - 1) * BAR

    def compass(self, voice: int) -> tuple[int, int]:
        """The diatonic numbers in which an added voice would lie if all could be sung.

        Of two voices: from the cantus' own lowest note to an octave over its highest (above), or the reverse (below).
        Of more: the cantus' compass moved by a fifth for each voice between, and a third more to either side.
        """
        low, high = min(map(steps_of, self.cantus)), max(map(steps_of, self.cantus))
        if self.voices == 2:
            return (low, high + TENTH) if self.above else (low - TENTH, high)
        away = abs(voice - self.cantus_voice)
        middle = (low + high) // 2 + (APART if self.above else -APART) * away
        half = max((high - low) // 2, 4) + 2
        return middle - half, middle + half

    def reach(self, voice: int) -> tuple[int, int]:
        """The diatonic numbers that are considered for an added voice: its compass, within E2-A5 if the cantus is."""
        low, high = self.compass(voice)
        if LOW <= min(self.cantus) >> 7 and max(self.cantus) >> 7 <= HIGH:
            return max(low, LOW), min(high, HIGH)
        return low, high

    def candidates(self, voice: int, bar: int) -> tuple[int, ...]:
        """The tones that an added voice may have in a bar, by mode, reach and distance from the cantus."""
        low, high = self.reach(voice)
        cantus = steps_of(self.cantus[bar])
        widest = TWELFTH + (2 * APART) * (abs(voice - self.cantus_voice) - 1)
        low, high = (max(low, cantus), min(high, cantus + widest)) if self.above else (
            max(low, cantus - widest), min(high, cantus))  # fmt: skip
        return self.gamut.tones(low, high, close=self.closes and bar == len(self.cantus) - 2)


@dataclass(frozen=True, slots=True)
class Window:
    """What a voice may reach in one search: no tone over `peak` or under `floor`, and `peak` once where it is asked."""

    floor: int
    peak: int
    once: bool = True


def windows(problem: Problem, voice: int) -> tuple[Window, ...]:
    """All windows of a voice that together hold every line that keeps "climax" and "range", the likeliest first.

    One climax is asked of the line in the species alone.

    One whose peak lies a sixth to a tenth over the middle of a tenth's compass leaves room on both sides.
    """
    low, high = problem.reach(voice)
    once = "climax" in problem.held and voice == problem.line
    ranged = "range" in problem.held
    if not once:
        peaks = range(min(high, low + TENTH), high + 1) if ranged else range(high, high + 1)
    else:
        peaks = range(low, high + 1)
    steps = [steps_of(tone) for tone in problem.cantus]
    middle = sum(steps) / len(steps) + (6 if problem.above else -2) * (problem.voices == 2)
    if problem.voices > 2:
        middle = (low + high) / 2 + 3
    found = [Window(peak - TENTH if ranged else low, peak, once) for peak in peaks]
    found = [window for window in found if _can_close(problem, window)]

    def rank(window: Window) -> tuple[float, int]:
        # A line whose last note alone is its highest has no climax worth the name.
        at_close = window.once and not _can_close(problem, Window(window.floor, window.peak - 1))
        return abs(window.peak - middle) + (4 if at_close else 0), window.peak

    return tuple(sorted(found, key=rank))


def _can_close(problem: Problem, window: Window) -> bool:
    """Whether a window has room for the close by step that two voices must make."""
    if problem.voices != 2 or not problem.closes or not {"clausula-vera", "perfect-ends"} <= problem.held:
        return True
    final, before = steps_of(problem.cantus[-1]), steps_of(problem.cantus[-2:][0])
    if abs(before - final) != 1:
        return True
    falls = before > final
    for octaves in range(4):
        last = final + 7 * (octaves if problem.above else -octaves)
        near = last - 1 if falls else last + 1
        uncrossed = near >= before if problem.above else near <= before
        if uncrossed and window.floor <= min(last, near) and max(last, near) <= window.peak:
            return True
    return False
