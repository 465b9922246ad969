"""How a reader names things: notes in English, German or solfège, values in British or American, do fixed or movable."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Naming:
    """Settings: `notes` "english", "german" (H, B, -is, -es) or "solfege"; `do` "movable" or "fixed"; `minor` "la" or
    "do" (the syllable of a minor tonic under movable do); `dialect` "american" (quarter note, measure) or "british"
    (crotchet, bar)."""

    notes: str = "english"
    do: str = "movable"
    minor: str = "la"
    dialect: str = "american"
