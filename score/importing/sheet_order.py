"""The order in which written bars are played: repeats, endings, da capo, dal segno, coda and fine unfolded.

Conventions: a bar's jumps count at its end, its targets at its beginning. After a da capo or dal segno no repeat is
taken and the last ending is played (the usual rule; Gould, Behind Bars, "Repeats"). Bars count from 0, passes from 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from partimento.score.importing.sheet import Said

MOST_BARS = 20_000
_MOST_TIMES = 4
"""A piece is not unfolded where it would grow more than this: times its written bars, a hundred bars always allowed."""


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of one bar, of all parts together; `endings` are the numbers of the bracket that the bar lies in."""

    repeat_start: bool = False
    repeat_end: int = 0
    endings: tuple[int, ...] = ()
    bracket: int = -1
    segno: bool = False
    coda: bool = False
    to_coda: bool = False
    da_capo: bool = False
    dal_segno: bool = False
    fine: bool = False

    @property
    def plain(self) -> bool:
        """Whether nothing here makes the order another one."""
        return not (self.repeat_start or self.repeat_end or self.endings or self.da_capo or self.dal_segno)


def marks_of(bars: Sequence[Sequence[Said]]) -> list[Marks]:
    """The marks of each bar, `bars[i]` being what all parts say in bar i; brackets extend from start to stop."""
    out = []
    open_numbers: tuple[int, ...] = ()
    bracket = -1
    for said in bars:
        starts = next((s.endings for s in said if s.endings), ())
        if starts:
            open_numbers, bracket = starts, bracket + 1
        closes = max((s.repeat_end for s in said), default=0)
        out.append(
            Marks(
                any(s.repeat_start for s in said), closes, open_numbers, bracket if open_numbers else -1,
                any(s.segno for s in said), any(s.coda for s in said), any(s.to_coda for s in said),
                any(s.da_capo for s in said), any(s.dal_segno for s in said), any(s.fine for s in said),
            )
        )  # fmt: skip
        if closes or any(s.ending_stops for s in said):
            open_numbers = ()
    return out


def played_order(marks: Sequence[Marks]) -> tuple[list[tuple[int, int]], str]:
    """(bar, pass) in playing order, and a notice where the marks contradict each other, else ""."""
    written = [(i, 1) for i in range(len(marks))]
    if all(mark.plain for mark in marks):
        return written, ""
    most = min(MOST_BARS, max(len(marks) + 100, _MOST_TIMES * len(marks)))
    order = _Player(marks).play(most)
    if order is None:
        return written, f"Repeats are not unfolded: played out they would be more than {most} bars"
    return order, ""


class _Player:
    """Walks over the bars as a player does."""

    def __init__(self, marks: Sequence[Marks]) -> None:
        self._marks = marks
        self._start, self._pass = 0, 1
        self._jumped = False
        self._group_of = _groups(marks)
        self._targets = _targets(marks)

    def play(self, most: int) -> list[tuple[int, int]] | None:
        """The order, None where it is longer than `most`."""
        order: list[tuple[int, int]] = []
        i = 0
        while i < len(self._marks):
            mark = self._marks[i]
            if mark.repeat_start and i != self._start:
                self._start, self._pass = i, 1
            if self._skips(mark):
                i += 1
                continue
            order.append((i, self._pass))
            if len(order) > most:
                return None
            following = self._after(i, mark)
            if following is None:
                break
            i = following
        return order

    def _skips(self, mark: Marks) -> bool:
        if not mark.endings:
            return False
        lowest, highest = self._group_of[mark.bracket]
        highest = max(2, highest)
        wanted = highest if self._jumped else max(lowest, min(self._pass, highest))
        return wanted not in mark.endings

    def _after(self, i: int, mark: Marks) -> int | None:
        """The bar after bar i, None at the end."""
        if self._jumped:
            if mark.fine:
                return None
            if self._leaves(i) and self._targets["coda"] > i:
                return self._targets["coda"]
            return i + 1
        if mark.repeat_end and self._pass < self._times(mark):
            self._pass += 1
            return self._start
        if mark.repeat_end or self._ends_brackets(i):
            self._start, self._pass = i + 1, 1
        if mark.da_capo or mark.dal_segno:
            self._jumped = True
            return self._targets["segno"] if mark.dal_segno else 0
        return i + 1

    def _leaves(self, i: int) -> bool:
        return self._marks[i].to_coda or i == self._targets["leave"]

    def _times(self, mark: Marks) -> int:
        """How often the repeat that closes here is played: through all endings, or as often as it says."""
        if not mark.endings:
            return mark.repeat_end
        # A last bracket that only says "1" has its second time after it.
        return max(2, self._group_of[mark.bracket][1])

    def _ends_brackets(self, i: int) -> bool:
        here = self._marks[i]
        after = self._marks[i + 1] if i + 1 < len(self._marks) else Marks()
        return bool(here.endings) and not after.endings and self._pass > 1


def _groups(marks: Sequence[Marks]) -> dict[int, tuple[int, int]]:
    """Bracket -> the lowest and highest number among the brackets that stand side by side with it."""
    out: dict[int, tuple[int, int]] = {}
    group: list[int] = []
    numbers: list[int] = []
    for mark in (*marks, Marks()):
        if mark.endings and mark.bracket in group:
            continue
        if not mark.endings or any(number in numbers for number in mark.endings):
            # No bracket, or one that says a number again: the group is complete.
            out.update(dict.fromkeys(group, (min(numbers), max(numbers))) if numbers else {})
            group, numbers = [], []
        if mark.endings:
            group.append(mark.bracket)
            numbers += mark.endings
    return out


def _targets(marks: Sequence[Marks]) -> dict[str, int]:
    """Where segno and coda lie; two coda signs with no other word are the bar to leave and the bar to go to."""
    segno = next((i for i, mark in enumerate(marks) if mark.segno), 0)
    codas = [i for i, mark in enumerate(marks) if mark.coda]
    leave = -1
    if len(codas) > 1 and not any(mark.to_coda for mark in marks):
        leave = codas[0]
    return {"segno": segno, "coda": codas[-1] if codas else -1, "leave": leave}
