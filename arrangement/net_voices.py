"""What a player may ask of a net: four voices, or those that are missing, from what is given.

Convention: see arrangement/nets.py.
"""

from __future__ import annotations

from typing import Protocol


class Chorister(Protocol):
    """Four voices, or those that are missing, from what is given."""
