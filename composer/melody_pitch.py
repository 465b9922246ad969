"""Pitches for a given rhythm: lines drawn from a chain of candidates, looked ahead so that they arrive.

Convention: a Slot is one note to be; weights multiply. The chain is summed backwards (so that every choice knows what
must follow) and drawn forwards, where longer memory (leap recovery, outlines, repeated notes) joins in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

from partimento.composer.melody_harmony import AVOID, CHROMATIC, COLOUR, FOREIGN, TENSION, TRIAD, Harmony
from partimento.composer.melody_motion import AGAIN, memory, state_of
from partimento.composer.melody_tables import chord_degrees, interval_shares
from partimento.score.stream import Stream

_SIZE = 128
_NEAR = 9
# Shares of melodic intervals by semitones in POP909 (repeat .24, step .44, third .18, fourth .065, fifth .041),
# spread over both directions and tuned so that lines drawn with all other weights measure so.
_INTERVALS = (0.112, 0.19, 0.23, 0.092, 0.090, 0.072, 0.003, 0.115, 0.120, 0.140, 0.045, 0.001, 0.210)

# The same shares as counted in POP909: what a genre's table says is taken in proportion to them.
_POP = (0.2250, 0.0820, 0.3624, 0.1357, 0.0342, 0.0576, 0.0005, 0.0352, 0.0085, 0.0110, 0.0040, 0.0003, 0.0062)
# What is left of each interval between quick notes: voices run by step (POP909: 8 % of sixteenths move by more than a
# third, two such in a row 0.3 %); fingers also break chords.
_SUNG = (1.0, 1.15, 1.15, 0.6, 0.5, 0.06, 0.0, 0.03, 0.005, 0.005, 0.0, 0.0, 0.01)
_AGILE = (0.5, 1.0, 1.0, 1.0, 1.0, 0.6, 0.05, 0.35, 0.1, 0.1, 0.0, 0.0, 0.05)
_TRIADS = {"minor": "m", "diminished": "o", "half-diminished": "o", "augmented": "+"}


@dataclass(slots=True)
class Slot:
    """One note to be given a pitch.

    `height` is where the contour wants it (MIDI), `pull` how strongly (semitones of tolerance); `goal` the pitch
    a motif gives it (0 none), `hold` how exactly (0-1); `fixed` a pitch it must take (0 none); `degrees`
    scale steps in semitones above the tonic that it should end on, most wanted first; `cap` a ceiling;
    `quick` that the next note follows too fast for a leap.
    """

    tick: int
    duration: int
    harmony: Harmony
    strong: bool
    height: float
    pull: float = 5.2
    goal: int = 0
    hold: float = 0.0
    fixed: int = 0
    degrees: tuple[tuple[int, int], ...] = ()
    cap: int = 127
    gap: bool = False
    peak: int = 0
    quick: bool = False


@dataclass(frozen=True, slots=True)
class PitchTraits:
    """How a song's lines move.

    `repeat`, `step`, `third`, `leap` scale the interval classes; `strong` and `weak` are the weights of the grades
    on strong and weak places; `loose` the weight of leaving a dissonance by leap; `run` how many steps one way
    are enough; `table` names a learned table, empty for none; `strict` lines resolve sevenths and leading tones;
    `agile` ones are a player's, whose quick notes may skip; `same` is the longest run of one pitch;
    `focus` how strongly a song keeps to its favourite degrees: the the exponent of the weights in halves.
    """

    repeat: float = 1.0
    step: float = 1.0
    third: float = 1.0
    leap: float = 1.0
    strong: tuple[float, ...] = (1.0, 0.6, 0.32, 0.05, 0.0, 0.0)
    weak: tuple[float, ...] = (1.0, 0.85, 0.75, 0.5, 0.02, 0.0)
    loose: float = 0.25
    run: int = 5
    table: str = ""
    strict: bool = False
    agile: bool = False
    same: int = 5
    focus: int = 2


Critic = Callable[[Sequence[int], Sequence[Slot]], float]
"""What is wrong with a line, 0 nothing."""


class LineDrawer:
    """Draws lines under one set of traits; keeps the tables of interval weights."""

    __slots__ = ("_gap", "_learned", "_quick", "_tables", "high", "low", "traits")

    def __init__(self, traits: PitchTraits, low: int, high: int) -> None:
        self.traits = traits
        self.low = low
        self.high = high
        scale = [traits.repeat, *[traits.step] * 2, *[traits.third] * 2, *[traits.leap] * 8]
        shares = interval_shares(traits.table) if traits.table else None
        sizes = _INTERVALS if shares is None else [w * s / p for w, s, p in zip(_INTERVALS, shares, _POP, strict=True)]
        base = [w * s for w, s in zip(sizes, scale, strict=True)]
        self._learned: dict[Harmony, tuple[tuple[float, ...], ...]] = {}
        loose = traits.loose
        self._tables = [_table(base, grade, loose) for grade in range(6)]
        slowed = [w * f for w, f in zip(base, _AGILE if traits.agile else _SUNG, strict=True)]
        self._quick = [_table(slowed, grade, loose) for grade in range(6)]
        # After a rest the ear lets go: leaps are free there.
        open_ = [
            w * f for w, f in zip(base, (0.6, 0.6, 0.7, 1.1, 1.2, 1.6, 1.0, 2.2, 2.6, 2.6, 2, 1, 3.0), strict=True)
        ]
        self._gap = _table(open_, TRIAD, 1.0)

    def draw(
        self,
        slots: Sequence[Slot],
        stream: Stream,
        tail: Sequence[int] = (),
        critic: Critic | None = None,
        tries: int = 1,
    ) -> list[int]:
        """One MIDI number a slot; `tail` holds the pitches before the first, as many as are known.

        With a `critic` the best of `tries` lines is taken: the one it finds least wrong with.
        """
        if not slots:
            return []
        ladders, beyond = self.opened(slots)
        best = self._one(slots, ladders, beyond, stream, tail)
        if critic is None or all(len(ladder) == 1 for ladder in ladders):
            return best
        least = critic(best, slots)
        for _ in range(tries - 1):
            line = self._one(slots, ladders, beyond, stream, tail)
            flaw = critic(line, slots)
            if flaw < least - 1e-9:
                best, least = line, flaw
        return best

    def opened(self, slots: Sequence[Slot]) -> tuple[list[tuple[int, ...]], list[list[float]]]:
        """Each slot's candidates, and their weights times the summed weight of all that may follow them."""
        ladders: list[tuple[int, ...]] = []
        emits: list[list[float]] = []
        for slot in slots:
            ladder, emit = self._candidates(slot)
            ladders.append(ladder)
            emits.append(emit)
        return ladders, self._sum_backwards(slots, ladders, emits)

    def weights(
        self, slots: Sequence[Slot], i: int, ladder: Sequence[int], ahead: Sequence[float], tail: Sequence[int]
    ) -> list[float]:
        """How well each candidate of slot `i` follows the pitches of `tail`, the last of them just before it."""
        last, moved, runs, same, turns = state_of(tail)
        return self._weighed(slots, i, ladder, ahead, last, moved, runs, same, turns)

    def _one(
        self,
        slots: Sequence[Slot],
        ladders: list[tuple[int, ...]],
        beyond: list[list[float]],
        stream: Stream,
        tail: Sequence[int],
    ) -> list[int]:
        random = stream.random
        line: list[int] = []
        last, moved, runs, same, turns = state_of(tail)
        for i, slot in enumerate(slots):
            ladder, ahead = ladders[i], beyond[i]
            if last:
                weights = self._weighed(slots, i, ladder, ahead, last, moved, runs, same, turns)
            else:
                weights = ahead
            total = sum(weights)
            if total <= 0.0:
                weights = ahead
                total = sum(weights)
            if total <= 0.0:
                pick = min(ladder, key=lambda m: (abs(m - slot.height), m))
            else:
                mark = random() * total
                pick = ladder[-1]
                for q, w in zip(ladder, weights, strict=True):
                    mark -= w
                    if mark < 0.0:
                        pick = q
                        break
            if last:
                leap = pick - last
                same = same + 1 if leap == 0 else 0
                runs = runs + 1 if leap * moved > 0 else 0
                turns = turns + 1 if leap and leap == -moved else 0
                moved = leap or moved
            last = pick
            line.append(pick)
        return line

    def _weighed(
        self,
        slots: Sequence[Slot],
        i: int,
        ladder: Sequence[int],
        ahead: Sequence[float],
        last: int,
        moved: int,
        runs: int,
        same: int,
        turns: int,
    ) -> list[float]:
        """`ahead` times what the interval from the last pitch and the longer memory make of each candidate."""
        slot = slots[i]
        limit = self.traits.same - 2
        quick = False
        if i == 0 or slots[i - 1].gap:
            table = self._gap
        else:
            quick = slots[i - 1].quick
            table = (self._quick if quick else self._tables)[slots[i - 1].harmony.grades[last % 12]]
        double = quick and i > 1 and slots[i - 2].quick
        minor = slot.harmony.minor
        owes = _debt(slots[i - 1].harmony, slot.harmony, last) if self.traits.strict and i else 0
        weights = []
        for q, e in zip(ladder, ahead, strict=True):
            leap = q - last
            w = e * table[leap]
            if moved and w:
                w *= memory(moved, leap, runs, turns, self.traits.run)
                if double and (leap > 2 or leap < -2) and (moved > 2 or moved < -2):
                    w *= 0.3 if -5 < leap < 5 and -5 < moved < 5 else 0.002
            if leap == 0 and same:
                w *= 0.0001 if same > limit else AGAIN[min(same, 5)]
            if (
                minor
                and (leap == 3 or leap == -3)
                and {slot.harmony.degree(q), slot.harmony.degree(last)} == {8, 11}
            ):
                w *= 0.001
            if owes and leap and not 0 < leap * owes <= 2:
                w *= 0.02
            weights.append(w)
        return weights

    def _candidates(self, slot: Slot) -> tuple[tuple[int, ...], list[float]]:
        if slot.fixed:
            return (slot.fixed,), [1.0]
        harmony = slot.harmony
        full = harmony.ladder(self.low, self.high)
        centre = slot.goal if slot.hold > 0.5 and slot.goal else slot.height
        cap = min(slot.cap, self.high)
        ladder = tuple(m for m in full if -_NEAR <= m - centre <= _NEAR and m <= cap)
        if not ladder:
            ladder = (
                (min(full, key=lambda m: (abs(m - min(centre, cap)), m)),)
                if full
                else (min(max(int(centre), self.low), self.high),)
            )
        grades = harmony.grades
        table = self._weights(harmony)[2 if slot.duration >= 480 else 0 if slot.strong else 1]
        wide = slot.pull * slot.pull
        emit = []
        goal, hold, peak = slot.goal, slot.hold, slot.peak
        for m in ladder:
            away = m - slot.height
            near = wide / (wide + away * away)
            w = table[m % 12] * near * near
            if goal:
                off = m - goal
                if off:
                    w *= (1.0 - hold) if -2 <= off <= 2 else (1.0 - hold) * 0.3
            if peak:
                w *= 1.0 / (1.0 + (m - peak) * (m - peak))
            emit.append(w)
        if slot.degrees:
            # A close asks for its degree; tones outside the chord never end a phrase.
            wanted = dict(slot.degrees)
            emit = [
                e * (wanted.get(harmony.degree(m), 0) + (0.02 if grades[m % 12] == TRIAD else 0.0))
                for m, e in zip(ladder, emit, strict=True)
            ]
        return ladder, emit

    def _weights(self, harmony: Harmony) -> tuple[tuple[float, ...], ...]:
        """Weights by pitch class on strong places, weak ones and for long notes, shaped by what was sung there."""
        found = self._learned.get(harmony)
        if found is None:
            traits, grades, tonic = self.traits, harmony.grades, harmony.tonic
            root = (harmony.chord.root.number - tonic) % 12
            learned = chord_degrees(traits.table, harmony.minor, root, _TRIADS.get(harmony.chord.family, ""))
            rows = []
            for name, by_grade in (("strong", traits.strong), ("weak", traits.weak)):
                row = [by_grade[g] for g in grades]
                if learned is not None:
                    seen = learned[name]
                    for pc, grade in enumerate(grades):
                        share = seen[(pc - tonic) % 12]
                        if grade == TRIAD:
                            row[pc] = max(0.2, share)
                        elif grade < CHROMATIC:
                            row[pc] = sqrt(row[pc] * max(0.02, share)) * (0.45 + share)
                for _ in range(traits.focus - 2):
                    row = [w * sqrt(w) for w in row] if name == "weak" else [w * sqrt(sqrt(w)) for w in row]
                rows.append(tuple(row))
            held = tuple(w * 0.05 if g == AVOID else w for w, g in zip(rows[0], grades, strict=True))
            found = (rows[0], rows[1], held)
            self._learned[harmony] = found
        return found

    def _sum_backwards(
        self, slots: Sequence[Slot], ladders: list[tuple[int, ...]], emits: list[list[float]]
    ) -> list[list[float]]:
        """Each candidate's own weight times the summed weight of all that may follow it."""
        n = len(slots)
        out: list[list[float]] = [[]] * n
        ahead = emits[-1]
        out[-1] = ahead
        for i in range(n - 2, -1, -1):
            nexts = ladders[i + 1]
            slot = slots[i]
            grades = slot.harmony.grades
            row = []
            for p, e in zip(ladders[i], emits[i], strict=True):
                if e == 0.0:
                    row.append(0.0)
                    continue
                table = self._gap if slot.gap else (self._quick if slot.quick else self._tables)[grades[p % 12]]
                s = 0.0
                for q, g in zip(nexts, ahead, strict=True):
                    s += table[q - p] * g
                row.append(e * s)
            top = max(row)
            ahead = [r / top for r in row] if top > 0.0 else [1.0] * len(row)
            out[i] = ahead
        return out


def _debt(before: Harmony, now: Harmony, midi: int) -> int:
    """Which way a note must move when its chord gives way: a leading tone up (1), a seventh down (-1), else 0."""
    if before is now:
        return 0
    if before.degree(midi) == 11 and before.grades[midi % 12] == TRIAD and now.grades[midi % 12] > COLOUR:
        return 1
    seventh = before.chord.seventh
    return -1 if seventh is not None and midi % 12 == seventh.number else 0


def _table(base: Sequence[float], grade: int, loose: float) -> list[float]:
    """Weights by signed interval (negative ones by Python's negative index) of leaving a tone of that grade."""
    table = [0.00001] * _SIZE
    for size, weight in enumerate(base):
        w = weight
        if grade == TENSION:
            w *= 1.0 if 0 < size <= 2 else 0.6 if size == 0 else loose
        elif grade == AVOID:
            w *= 1.2 if 0 < size <= 2 else 0.3 if size == 0 else loose * 0.15
        elif grade == CHROMATIC:
            w = w * 3.0 if size == 1 else 0.00001
        elif grade == COLOUR:
            w *= 1.1 if 0 < size <= 2 else 0.8
        elif grade == FOREIGN:
            w *= 0.01 if size > 2 else 1.0
        # Small intervals fall a little more often, leaps rise (Vos and Troost 1989).
        up, down = (1.12, 0.9) if size >= 5 else (0.94, 1.06) if size else (1.0, 1.0)
        table[size] = w * up
        if size:
            table[-size] = w * down
    return table
