"""A rendered stem, as a project file refers to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class StemAudio:
    """The audio of one track, from the song's tick 0: `track` is its name in the Song; `frames` samples a channel."""

    track: str
    path: Path
    rate: int
    frames: int
    channels: int = 2

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.frames / self.rate
