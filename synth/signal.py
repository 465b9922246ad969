"""What the rooms of the synth share: samples, sources that give them, processors that change them, strips.

Conventions: samples are float32 of shape (n, 2), C-contiguous, at `rate` Hz (one of RATES); times in seconds.
Everything works chunk by chunk and carries its state over, so that memory does not grow with a piece's length: how a
signal is cut into chunks changes nothing (within 1e-6).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Clock = Callable[[float], float]
"""Ticks to seconds."""

RATES = (44100, 48000)
CHUNK = 1 << 17
"""Samples worked off at a time where nobody waits for the first."""


class Source(Protocol):
    """A sound that is read from beginning to end, dry."""

    def read(self, count: int) -> Samples:
        """The next `count` samples; fewer when it ends in them, none after its end (its ring at -60 dB)."""

    def close(self) -> None:
        """Free what it holds; reading is over."""


class Processor(Protocol):
    """Something that changes a signal and remembers what went before."""

    def process(self, samples: Samples) -> Samples:
        """The samples changed, as many as came in; the given array may be overwritten."""


class Recording(Protocol):
    """Samples that lie somewhere and are read in any order."""

    @property
    def length(self) -> int:
        """How many samples there are."""

    def read(self, start: int, count: int) -> Samples:
        """The samples from `start` on, fewer than `count` at the end; a fresh array."""


class Scratch(Recording, Protocol):
    """A recording that is being made."""

    def write(self, samples: Samples) -> None:
        """Append the samples."""


@dataclass(frozen=True, slots=True)
class Strip:
    """One line into the mix: a track, or a piece of a kit.

    `name` is that of its fader and stem, `role` what it is levelled as: a role of score/song.py or, in a kit, one of
    score/kit.py's pieces; "" keeps its own level. `open(rate)` gives a fresh Source. `onsets` are the seconds at
    which its notes start, sorted; `end` the second of its last release.
    """

    name: str
    role: str
    open: Callable[[int], Source]
    onsets: tuple[float, ...]
    end: float
