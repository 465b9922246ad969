"""Where the sections of unmarked music begin and which return: the way through its bars that repeats most.

Conventions: bars count from 0; likeness lies in 0-1. A section costs, odd lengths cost more; it gains by how like it
is to another stretch of the piece, and by beginning where the tune takes breath, enters or leaves (repetition, novelty
and regularity, as structure analysis sums them: Paulus, Müller and Klapuri, 2010).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Things = frozenset[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class BarLook:
    """A bar's tune (place, pitch class), its chords (place, root), whether the tune begins notes in its first part and
    in its last, and whether it sounds at all."""

    tune: Things
    roots: Things
    begins: bool
    ends: bool
    sounds: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bars `start` to `end`; stretches of one `letter` are alike. `silent`: without tune, though the piece has one.

    `like` is how like it is to the likest of its letter before it, 1.0 of the first.
    """

    start: int
    end: int
    letter: int
    silent: bool
    like: float = 1.0


MOST_BARS = 400
_LENGTHS = {8: 0.0, 4: 0.1, 16: 1.6, 6: 0.55, 10: 0.65, 12: 0.55, 9: 0.65, 7: 0.75, 5: 0.75, 3: 1.0, 2: 0.9, 11: 1.0,
            1: 1.4, 13: 1.2, 14: 1.1, 15: 1.3}  # fmt: skip
"""What a section of so many bars costs more than one of eight; found with the other prices on POP909's even pieces by
`benchmarks/form_finding/measure.py`, which states how well the odd ones come out."""
_PRICE, _GAIN = 1.0, 0.87
_BREATH, _ENTERS = 0.34, 2.0
_SAME = 0.43
_SILENT, _RETURNING = 0.75, 0.3


def find_form(looks: Sequence[BarLook]) -> list[Stretch]:
    """The sections of at most 400 bars, end to end; one for under eight bars."""
    count = len(looks)
    if count < 8:
        return [Stretch(0, count, 0, False)]
    like = _Likeness(looks)
    starts = _best_way(count, like, _bonuses(looks))
    ends = [*starts[1:], count]
    sung = any(look.tune for look in looks)
    letters: list[int] = []
    silent: list[bool] = []
    likes: list[float] = []
    for i, (start, end) in enumerate(zip(starts, ends, strict=True)):
        rests = sum(not look.sounds for look in looks[start:end])
        silent.append(sung and rests >= _SILENT * (end - start))
        best, letter = _SAME, max(letters, default=-1) + 1
        for k in range(i):
            share = like.of(start, end, starts[k], ends[k])
            if silent[k] == silent[i] and share > best:
                best, letter = share, letters[k]
        letters.append(letter)
        likes.append(round(best, 4) if letter in letters[:-1] else 1.0)
    return _joined([Stretch(*row) for row in zip(starts, ends, letters, silent, likes, strict=True)])


def _joined(form: Sequence[Stretch]) -> list[Stretch]:
    """Neighbours without tune are one; where hardly anything returns, those that do not return are one too."""
    often = {one.letter for i, one in enumerate(form) for k in range(i) if form[k].letter == one.letter}
    returning = sum(one.end - one.start for one in form if one.letter in often)
    through = returning < _RETURNING * sum(one.end - one.start for one in form)
    out: list[Stretch] = []
    for one in form:
        before = out[-1] if out else None
        both = before is not None and before.silent == one.silent
        if before is not None and both and (one.silent or (through and not {before.letter, one.letter} & often)):
            out[-1] = Stretch(before.start, one.end, before.letter, one.silent)
        else:
            out.append(one)
    return out


class _Likeness:
    """How alike bars are, and stretches of them."""

    def __init__(self, looks: Sequence[BarLook]) -> None:
        self.count = len(looks)
        known: dict[tuple[Things, Things], int] = {}
        kinds = [known.setdefault((look.tune, look.roots), len(known)) for look in looks]
        pairs: dict[tuple[int, int], float] = {}
        models = list(known)
        for i, one in enumerate(models):
            for k in range(i, len(models)):
                pairs[i, k] = pairs[k, i] = _alike(one, models[k])
        self.rows = [[pairs[one, other] for other in kinds] for one in kinds]
        # Sums along each diagonal: of bars and those `lag` later.
        self.sums: list[list[float]] = []
        for lag in range(self.count):
            sums = [0.0]
            for i in range(self.count - lag):
                sums.append(sums[-1] + self.rows[i][i + lag])
            self.sums.append(sums)

    def along(self, one: int, other: int, length: int) -> float:
        """The mean likeness of `length` bars from `one` on and from `other` on."""
        first, lag = min(one, other), abs(other - one)
        sums = self.sums[lag]
        return (sums[first + length] - sums[first]) / length

    def best(self, start: int, length: int) -> float:
        """How like the bars are to the stretch that is likest and does not overlap them."""
        before = range(start - length + 1)
        after = range(start + length, self.count - length + 1)
        return max((self.along(start, k, length) for rows in (before, after) for k in rows), default=0.0)

    def of(self, start: int, end: int, other: int, other_end: int) -> float:
        """The likeness of two sections, of which one may be longer by a bar or a quarter; 0 where it is more."""
        one, two = end - start, other_end - other
        short, long = min(one, two), max(one, two)
        return self.along(start, other, short) if long - short <= max(1, long // 4) else 0.0


def _alike(one: tuple[Things, Things], other: tuple[Things, Things]) -> float:
    total = weight = 0.0
    for mine, theirs, share in zip(one, other, (2.0, 1.0), strict=True):
        if mine or theirs:
            total += share * len(mine & theirs) / len(mine | theirs)
            weight += share
    return total / weight if weight else 0.5


def likeness(one: Sequence[BarLook], other: Sequence[BarLook]) -> float:
    """The likeness of two stretches of bars from their beginnings on, of which one may be longer by a bar or a quarter.

    0 where one is longer still.
    """
    short, long = sorted((len(one), len(other)))
    if not short or long - short > max(1, long // 4):
        return 0.0
    pairs = zip(one[:short], other[:short], strict=True)
    return sum(_alike((mine.tune, mine.roots), (theirs.tune, theirs.roots)) for mine, theirs in pairs) / short


def _bonuses(looks: Sequence[BarLook]) -> list[float]:
    """What speaks for a section's beginning at each bar."""
    out = [0.0]
    for i in range(1, len(looks)):
        before, here = looks[i - 1], looks[i]
        bonus = 0.0 if before.ends else _BREATH
        later = [bool(look.tune) for look in looks[i : i + 2]]
        earlier = [bool(look.begins) for look in looks[max(0, i - 2) : i]]
        if (all(later) and not any(earlier)) or (not any(later) and all(earlier)):
            bonus += _ENTERS
        out.append(bonus if here.tune or before.tune else 0.0)
    return out


def _best_way(count: int, like: _Likeness, bonuses: Sequence[float]) -> list[int]:
    best = [0.0] + [float("-inf")] * count
    came = [0] * (count + 1)
    for start in range(count):
        for length, price in _LENGTHS.items():
            end = start + length
            if end > count:
                continue
            # What is left over at the beginning and at the end may have any length but one.
            price = min(price, 0.5) if length > 1 and (start == 0 or end == count) else price
            score = best[start] + bonuses[start] - _PRICE - price + _GAIN * length * like.best(start, length)
            # Of equal ways the one whose rest comes last.
            if score >= best[end]:
                best[end], came[end] = score, start
    starts = [count]
    while starts[-1] > 0:
        starts.append(came[starts[-1]])
    return starts[:0:-1]
