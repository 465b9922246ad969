"""The melody model."""

from __future__ import annotations


class MelodyNet:
    """Notes, given chords, meter, genre and phrase form."""
