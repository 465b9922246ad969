"""What a player may ask of a net: fills, variations, velocities and timing of drums.

Convention: see arrangement/nets.py.
"""

from __future__ import annotations

from typing import Protocol


class Drummer(Protocol):
    """Fills, variations, velocities and timing of drums."""
