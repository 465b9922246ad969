"""What a player may ask of a net: a pianist's two hands from melody and chords.

Convention: see arrangement/nets.py.
"""

from __future__ import annotations

from typing import Protocol


class Pianist(Protocol):
    """A pianist's two hands from melody and chords."""
