"""Randomness: streams that depend on what they are for, and on nothing else.

Every stream derives from (seed, purpose...) by blake2b, so drawing more in one place changes nothing in
another, and every machine draws the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Stream:
    """A source of draws for one purpose: `Stream(seed, "melody", material, bar, take)`."""

    __slots__ = ("_key", "_random", "random")

    def __init__(self, seed: int, *purpose: str | int) -> None:
        key = "\x1f".join((str(seed), *map(str, purpose)))
        self._key = key
        self._random = Random(int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big"))
        self.random = self._random.random  # uniform in [0, 1)

    def sub(self, *purpose: str | int) -> Stream:
        """A stream of its own below this one; it does not depend on what has been drawn here."""
        return Stream(0, self._key, *purpose)

    def below(self, n: int) -> int:
        """A uniform integer in [0, n)."""
        return int(self.random() * n)

    def between(self, low: int, high: int) -> int:
        """A uniform integer in [low, high]."""
        return low + int(self.random() * (high - low + 1))

    def chance(self, probability: float) -> bool:
        """True with `probability`."""
        return self.random() < probability

    def choice(self, items: Sequence[T]) -> T:
        """One of `items`, all alike likely; `items` must not be empty."""
        return items[int(self.random() * len(items))]

    def weighted(self, items: Sequence[T], weights: Sequence[int]) -> T:
        """One of `items` by integer `weights` (at least one above zero)."""
        mark = int(self.random() * sum(weights))
        for item, weight in zip(items, weights, strict=True):
            mark -= weight
            if mark < 0:
                return item
        raise ValueError("no weight above zero")

    def pick(self, table: Mapping[str, int]) -> str:
        """One key of a name-to-weight table, taken in the order of the names."""
        names = sorted(table)
        return self.weighted(names, [table[name] for name in names])

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """`items` in a drawn order (Fisher-Yates)."""
        out = list(items)
        for i in range(len(out) - 1, 0, -1):
            j = int(self.random() * (i + 1))
            out[i], out[j] = out[j], out[i]
        return out

    def gauss(self, spread: float) -> float:
        """About normal with standard deviation `spread`, within 3 `spread` (six uniforms summed)."""
        r = self.random
        return (r() + r() + r() + r() + r() + r() - 3.0) * 1.4142135623730951 * spread
