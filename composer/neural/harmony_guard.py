"""What a progression must keep to while it is written: the bar grid, the chords there are, where each goes, the close.

Convention: time is in halves from the stretch's start; a table of options is class to nats added to its
log-probability, and what is not in it is forbidden. A Line is one progression on its way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log2
from typing import NamedTuple

from partimento.composer.neural.harmony_view import (
    LENGTHS,
    NO_BASS,
    NOTHING,
    QUALITIES,
    TONES,
    Setting,
    Sounding,
    Span,
    facts,
    length_of,
)

LONGEST_BARS = 2
"""Bars that one chord may last; four of them would stand still."""
_BASS_STEPS = {"maj": (0, 4, 7), "7": (0, 4, 7, 10), "maj7": (0, 4, 7, 11), "min": (0, 3, 7), "min7": (0, 3, 7, 10)}


class Placed(NamedTuple):
    """A chord of a written progression: see harmony_view for the numbers."""

    at: int
    halves: int
    chord: int
    bass: int


class Written(NamedTuple):
    """A progression and the model's log-probability of each of its chords (root and quality)."""

    chords: tuple[Placed, ...]
    shares: tuple[float, ...]


class Draws(NamedTuple):
    """How freely choices are drawn: `temperature` divides log-probabilities; below `floor` of the likeliest none is."""

    temperature: float = 1.0
    floor: float = 0.0


@dataclass(frozen=True, slots=True)
class Guard:
    """What holds for one stretch of `bars` bars of `width` halves each.

    `chords` are those there are, with nats for or against; `follow` gives for some of them the roots they may go to
    (chromatic steps above the tonic), `begin` the chords that may come first, `end` the roots that may come last (None:
    any). `quick` is
    the shortest length in halves, `slow` the nats that each doubling of a length is worth, `inverted` those of a bass
    other than the root (None: roots only); `given` are chords that stand already and are gone on from.
    """

    source: int
    genre: int
    mode: int
    kind: int
    close: int
    bars: int
    width: int
    phrase: int
    chords: dict[int, float]
    follow: dict[int, frozenset[int]] = field(default_factory=dict)
    begin: frozenset[int] | None = None
    end: frozenset[int] | None = None
    quick: int = 2
    slow: float = 0.0
    inverted: float | None = None
    given: tuple[Placed, ...] = ()

    def line(self) -> Line:
        """An empty progression under this guard."""
        return Line(self)


class Line:
    """A progression on its way."""

    __slots__ = ("at", "guard", "_bars", "_chords", "_grid", "_last", "_setting", "_shares")

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self.at = 0
        self._bars = tuple(range(0, (guard.bars + 1) * guard.width, guard.width))
        self._setting = Setting(guard.source, guard.genre, self._bars)
        self._grid: list[Sounding] = []
        self._chords: list[Placed] = []
        self._shares: list[float] = []
        self._last = (NOTHING, NO_BASS, len(LENGTHS))

    def copy(self) -> Line:
        """A progression of its own that begins with what this one has."""
        other = Line(self.guard)
        other.at, other._last = self.at, self._last
        other._grid, other._chords, other._shares = [*self._grid], [*self._chords], [*self._shares]
        return other

    @property
    def done(self) -> bool:
        """Whether it fills its bars."""
        return self.at >= self._bars[-1]

    def begin(self) -> list[list[int]]:
        """Takes the chords that were given; the model's rows before each of them."""
        rows = []
        for placed in self.guard.given:
            rows.append(self.facts())
            self.add(placed.chord, placed.bass, placed.halves, 0.0)
        return rows

    def facts(self) -> list[int]:
        """The model's row before the next chord."""
        guard = self.guard
        section = Span(0, self._bars[-1], guard.kind, guard.close)
        start = self.at // (guard.phrase * guard.width) * guard.phrase * guard.width
        phrase = Span(start, min(start + guard.phrase * guard.width, self._bars[-1]))
        return facts(self._setting, self._grid, self.at, self._last, guard.mode, section, phrase)

    def chords(self) -> dict[int, float]:
        """The chords that may come next."""
        guard = self.guard
        options = guard.chords
        rest = self._bars[-1] - self.at
        if rest < 2 * guard.quick or rest <= guard.width // 2:
            options = _on_roots(options, guard.end)
        if not self._chords:
            begin = guard.begin
            return {c: nats for c, nats in options.items() if begin is None or c in begin} or options
        before = self._chords[-1]
        options = _on_roots(options, guard.follow.get(before.chord))
        if guard.inverted is None or len(self._basses_free(before.chord)) < 2:
            options = {c: nats for c, nats in options.items() if c != before.chord} or options
        return options

    def lengths(self, chord: int) -> dict[int, float]:
        """How long a chord that begins here may last: to a beat of this bar, or to a bar line."""
        guard = self.guard
        rest = self._bars[-1] - self.at
        to_line = guard.width - self.at % guard.width
        ends = self._may_end(chord)
        out: dict[int, float] = {}
        for halves in range(2, min(rest, LONGEST_BARS * guard.width) + 1, 2):
            inside = halves < to_line and halves >= guard.quick and to_line - halves >= guard.quick
            across = halves >= to_line and (halves - to_line) % guard.width == 0
            if (inside or across) and (halves < rest or ends):
                out[halves] = guard.slow * log2(halves / guard.width)
        return out or {min(rest, to_line): 0.0}

    def basses(self, chord: int) -> dict[int, float]:
        """The basses that it may have: the root; others where the bass moves by step, or under a chord that stays."""
        guard = self.guard
        before = self._chords[-1] if self._chords else None
        free = dict.fromkeys(self._basses_free(chord), guard.inverted or 0.0) if guard.inverted is not None else {}
        out = {0: 0.0, **{bass: nats for bass, nats in free.items() if bass}}
        if before is not None and before.chord == chord:
            out.pop(before.bass, None)
        if before is None:
            return {0: 0.0}
        came = _bass_tone(before.chord, before.bass)
        for bass in (2, 3):
            if bass in out and before.chord != chord and (_bass_tone(chord, bass) - came) % 12 not in (0, 1, 2, 10, 11):
                del out[bass]
        return out or {0: 0.0}

    def add(self, chord: int, bass: int, halves: int, share: float) -> None:
        """The next chord is this one."""
        self._chords.append(Placed(self.at, halves, chord, bass))
        self._shares.append(share)
        self._grid += [Sounding(chord, bass)] * halves
        self._last = (chord, bass, length_of(halves))
        self.at += halves

    def written(self) -> Written:
        """What has been written, without what was given."""
        count = len(self.guard.given)
        return Written(tuple(self._chords[count:]), tuple(self._shares[count:]))

    def _may_end(self, chord: int) -> bool:
        """Whether it may be the last: as planned, and what it leads to is the first chord; a dominant always may."""
        root, wanted = chord // len(QUALITIES), self.guard.follow.get(chord)
        if self.guard.end is not None and root not in self.guard.end:
            return False
        first = self._chords[0].chord // len(QUALITIES) if self._chords else root
        return wanted is None or root == 7 or first in wanted

    def _basses_free(self, chord: int) -> range:
        return range(len(_BASS_STEPS.get(QUALITIES[chord % len(QUALITIES)], (0,))))


def _bass_tone(chord: int, bass: int) -> int:
    root, quality = divmod(chord, len(QUALITIES))
    steps = _BASS_STEPS.get(QUALITIES[quality], (0,))
    return root + (steps[bass] if bass < len(steps) else 0)


def _on_roots(options: dict[int, float], roots: frozenset[int] | None) -> dict[int, float]:
    """The options on those roots; all of them where none is."""
    if roots is None:
        return options
    return {chord: nats for chord, nats in options.items() if chord // len(QUALITIES) in roots} or options


def tones_of(chord: int) -> frozenset[int]:
    """The pitch classes of a chord, in chromatic steps above the tonic."""
    root, quality = divmod(chord, len(QUALITIES))
    return frozenset((root + step) % 12 for step in (0, *TONES[QUALITIES[quality]]))

