"""A settled mix: the intent (score/mix.py) turned into numbers for one performance in one SoundFont.

Conventions: as score/mix.py; everything here can be applied without measuring. It is what mix.json stores.
"""

from __future__ import annotations

from dataclasses import dataclass

from partimento.score.mix import EqBand


@dataclass(frozen=True, slots=True)
class Squeeze:
    """A compressor with its threshold found (dBFS of the 10 ms level after gain and EQ), and what it gives back."""

    threshold_db: float
    ratio: float
    attack_ms: float
    release_ms: float
    makeup_db: float = 0.0


@dataclass(frozen=True, slots=True)
class Channel:
    """One strip as it runs: gain, then EQ, squeeze, ducking, moves, width and pan, then the sends.

    `gain_db` brings the dry sound to its place in the mix, role and fader together (the mix's sum stands at about -20
    LUFS before the master). `silent` when muted, or when another is soloed.
    """

    name: str
    role: str
    gain_db: float
    eq: tuple[EqBand, ...] = ()
    squeeze: Squeeze | None = None
    duck_db: float = 0.0
    pan: float = 0.0
    width: float = 1.0
    room: float = 0.0
    hall: float = 0.0
    delay: float = 0.0
    silent: bool = False
    spread: float = 0.0


@dataclass(frozen=True, slots=True)
class Settled:
    """All channels, in the strips' order, and the bus: EQ (tilt included), glue, the static gain up to the
    loudness, and the factor by which its sides were narrowed.

    `measured` is False when gains are the profile's and nothing was listened to. `fits` names what it was measured on
    (performance, mix and SoundFont), so that a stored one is used only where it belongs.
    """

    channels: tuple[Channel, ...]
    bus_eq: tuple[EqBand, ...] = ()
    glue: Squeeze | None = None
    bus_gain_db: float = 0.0
    bus_width: float = 1.0
    measured: bool = True
    fits: str = ""
