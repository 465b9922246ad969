"""Reading a played track: to its last release, and then for as long as it rings.

Conventions: samples are float32 of shape (n, 2); places are samples of the piece. A track has rung out when a window of
`WINDOW` samples lies 60 dB below the peak of what came before, or `TAIL_S` seconds after its last release; the last
window fades out.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from partimento.synth.signal import Samples

TAIL_S = 10.0
"""The longest ring after the last release."""
WINDOW = 32 * 64
QUIET = 10 ** (-60 / 20)


class Ringing(ABC):
    """A Source (synth/signal.py) that plays on by `_fill` from sample `at`, the first `unheard` of which are dropped;
    `last` is the last release. `_over` when nothing more comes."""

    def __init__(self, rate: int, at: int, unheard: int, last: int, over: bool) -> None:
        self._rate, self._at, self._unheard, self._last, self._over = rate, at, unheard, last, over
        self._window: Samples = np.zeros((0, 2), np.float32)
        self._peak = 0.0

    def read(self, count: int) -> Samples:
        """The next `count` samples; fewer when it ends in them, none after its end."""
        while self._unheard and not self._over:
            self._unheard -= len(self._take(min(self._unheard, 2 * WINDOW)))
        return self._take(count)

    @abstractmethod
    def close(self) -> None:
        """Free what it holds; nothing more is given."""

    @abstractmethod
    def _fill(self, out: Samples) -> None:
        """Play on for len(out) samples; `out` holds zeros, `_at` and `_peak` go with it."""

    @abstractmethod
    def _spent(self) -> bool:
        """Whether nothing sounds any more and nothing is due."""

    def _take(self, count: int) -> Samples:
        out = np.zeros((count, 2), np.float32)
        done = 0
        while done < count and not self._over:
            if self._at < self._last:
                part = out[done : done + self._last - self._at]
                self._fill(part)
            else:
                if not len(self._window):
                    self._ring()
                part = out[done : done + len(self._window)]
                part[:] = self._window[: len(part)]
                self._window = self._window[len(part) :]
            done += len(part)
        return out[:done]

    def _ring(self) -> None:
        """Play one window after the last release; fade it out if it is the last."""
        end = self._last + round(TAIL_S * self._rate) // WINDOW * WINDOW
        if self._at >= end or not self._peak or self._spent():
            self.close()
            return
        self._window = np.zeros((WINDOW, 2), np.float32)
        self._fill(self._window)
        if self._at >= end or peak(self._window) <= self._peak * QUIET:
            self._window *= np.linspace(1.0, 0.0, WINDOW, dtype=np.float32)[:, None]
            self._at = end  # nothing is played after it


def peak(samples: Samples) -> float:
    """The largest magnitude; 0 of nothing."""
    return max(float(samples.max(initial=0.0)), -float(samples.min(initial=0.0)))
