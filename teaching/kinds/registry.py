"""Every kind of claim there is, in the order in which a teacher would come to them."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from partimento.teaching.claim import TOPICS, Kind

MODULES = (
    "form", "phrases", "harmony", "cycles", "chords", "runs", "cadences", "modulation", "melody", "tones", "motif",
    "voice_leading", "voicing", "rhythm", "groove", "patterns", "playing", "arrangement", "entries", "nets",
    "net_players",
)  # fmt: skip


@cache
def kinds() -> tuple[Kind, ...]:
    """All kinds by topic and weight; the modules are loaded when this is first asked."""
    found: list[Kind] = []
    for name in MODULES:
        found += import_module(f"partimento.teaching.kinds.{name}").KINDS
    return tuple(sorted(found, key=lambda kind: (TOPICS.index(kind.topic), kind.weight, kind.id)))
