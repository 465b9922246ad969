"""Numbers and texts out of foreign XML: always bounded, never an error, a default where nonsense stands.

Conventions: "text" is stripped and of one line; a cursor's place is exact within one value of divisions.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from partimento.score.importing.sheet import MOST_BAR
from partimento.theory.meter import TICKS

_NUMBER = re.compile(r"[+-]?\d{1,9}(?:\.\d{1,9})?|[+-]?\.\d{1,9}")
_LEADING = re.compile(r"\d{1,6}(?:\.\d{1,6})?")
_MOST_TEXT = 200
_FINE = 1000
_TRIPLET = TICKS // 24


def text_in(element: Element | None, path: str = "") -> str:
    """The text of the element at `path`, of one line and bounded, or ""."""
    found = element.find(path) if element is not None and path else element
    if found is None or not found.text:
        return ""
    return " ".join(found.text[:_MOST_TEXT].split())


def decimal(text: str | None, default: float = 0.0) -> float:
    """A decimal number of at most nine digits, else `default`."""
    cleaned = text.strip() if text else ""
    return float(cleaned) if _NUMBER.fullmatch(cleaned) else default


def leading(text: str) -> float:
    """The first number in a text ("c. 120-126" is 120), 0 where there is none."""
    match = _LEADING.search(text)
    return float(match[0]) if match else 0.0


def whole(text: str | None, default: int = 0) -> int:
    """A whole number (a decimal one rounded), else `default`."""
    return round(decimal(text, default))


class Cursor:
    """A place in a bar, moved by durations in divisions of the quarter; `tick` is its rounded place."""

    __slots__ = ("_base", "_divisions", "_steps", "rounded")

    def __init__(self, divisions: float = 1.0) -> None:
        self._divisions = max(1, round(divisions * _FINE))
        self._base = self._steps = 0
        self.rounded = 0

    @property
    def tick(self) -> int:
        """Ticks from the bar's start."""
        return self._tick(self._steps)

    def _tick(self, steps: int) -> int:
        """The tick of a place; where divisions are a power of two, which no triplet is whole in, the one meant."""
        ticks = steps * TICKS
        if ticks % self._divisions and self._coarse:
            meant = _rounded(ticks, self._divisions * _TRIPLET) * _TRIPLET
            if abs(meant * self._divisions - ticks) < TICKS * _FINE:
                return self._base + meant
        return self._base + _rounded(ticks, self._divisions)

    @property
    def _coarse(self) -> bool:
        divisions, rest = divmod(self._divisions, _FINE)
        return not rest and divisions & (divisions - 1) == 0

    def start_bar(self) -> None:
        """Back to 0, with the divisions that hold."""
        self._base = self._steps = 0

    def divide(self, divisions: float) -> None:
        """From here on a quarter has so many divisions."""
        fine = round(divisions * _FINE)
        if fine > 0 and fine != self._divisions:
            self._base, self._steps, self._divisions = self.tick, 0, fine

    def move(self, duration: float) -> int:
        """Move by a duration (negative is back, never before the bar's start); the ticks between."""
        before = self.tick
        self._steps += round(duration * _FINE)
        if self.tick < 0:
            self._base = self._steps = 0
        elif self.tick > MOST_BAR:
            self._base, self._steps = MOST_BAR, 0
        if self._steps * TICKS % self._divisions and self._tick(self._steps) % _TRIPLET:
            self.rounded += 1
        return self.tick - before

    def at(self, offset: float) -> int:
        """The tick an offset in divisions away, not before the bar's start."""
        return max(0, min(MOST_BAR, self._tick(self._steps + round(offset * _FINE))))


def _rounded(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)
