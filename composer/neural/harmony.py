"""The harmony model."""

from __future__ import annotations


class HarmonyNet:
    """Chord sequences relative to the key."""
