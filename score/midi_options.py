"""How a MIDI file is to be written."""

from __future__ import annotations

from dataclasses import dataclass

from partimento.score.drum_maps import GENERAL_MIDI, DrumMap
from partimento.theory.errors import BriefError

RESOLUTIONS = (480, 960)
"""Ticks a quarter note that are written: what every sequencer takes (Cubase's range ends at 960)."""
MOST_COUNT_IN = 8


@dataclass(frozen=True, slots=True)
class MidiOptions:
    """`utf8` keeps names as they are (else they are folded to ASCII); `program` False leaves bank and program out;
    `quantized` writes the page and not the performance; `count_in` is bars of clicks before the music (0-8); `ppq` one
    of RESOLUTIONS; `drum_map` what drums are written by; `part_keys` False leaves keys to the conductor. Raises
    BriefError out of range."""

    utf8: bool = False
    program: bool = True
    quantized: bool = False
    count_in: int = 0
    ppq: int = 480
    drum_map: DrumMap = GENERAL_MIDI
    part_keys: bool = True

    def __post_init__(self) -> None:
        if self.ppq not in RESOLUTIONS:
            valid = " or ".join(map(str, RESOLUTIONS))
            raise BriefError(f"{self.ppq} ticks a quarter note are not written: it is {valid}.")
        if not 0 <= self.count_in <= MOST_COUNT_IN:
            raise BriefError(f"a count-in of {self.count_in} bars is not written: 0 (none) to {MOST_COUNT_IN}.")
