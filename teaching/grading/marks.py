"""Marks: points for each item, and for every point lost a remark: where, which rule, hints, the answer.

Convention: points are quarters at the finest; bars are those printed on the sheet, beats count from 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Remark(NamedTuple):
    """What is wrong (or worth saying) at one place. `hints` lead to the answer, the vaguer first; `answer` gives it.

    `voice` is "" where none is meant; `rule` is an id; `what` says what was found. `lost` points are gone with it.
    """

    bar: int
    beat: float
    voice: str
    rule: str
    what: str
    hints: tuple[str, str]
    answer: str
    lost: float = 0.0

    @property
    def place(self) -> str:
        """ "bar 3, beat 2, alto"; beats are printed without needless decimals."""
        beat = f"{self.beat:.2f}".rstrip("0").rstrip(".")
        return f"bar {self.bar}, beat {beat}" + (f", {self.voice}" if self.voice else "")


class ItemMark(NamedTuple):
    """One item's points, out of how many, and the remarks on it."""

    number: int
    prompt: str
    points: float
    of: int
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class Marks:
    """A submission's marks: the file, the exercise's ID and title, items, and notices about the file as a whole."""

    file: str
    exercise: str
    title: str
    items: tuple[ItemMark, ...]
    notices: tuple[str, ...] = ()

    @property
    def points(self) -> float:
        """All points."""
        return sum(item.points for item in self.items)

    @property
    def of(self) -> int:
        """The most points there are."""
        return sum(item.of for item in self.items)

    @property
    def percent(self) -> float:
        """Points in percent, to one decimal; 100 is full marks and nothing else."""
        share = 100 * self.points / self.of if self.of else 0.0
        return min(round(share, 1), 99.9) if self.points < self.of else 100.0


def points_text(points: float) -> str:
    """Points without needless decimals: "7", "7.5"."""
    return f"{points:g}"
