"""The mix's intent: profile, faders, a person's edits. Measured values go to mix.json, not here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fader:
    """One track in the mix: gain in dB, pan -1 (left) to 1 (right), reverb send 0-1, muted or not."""

    track: str
    gain_db: float = 0.0
    pan: float = 0.0
    reverb: float = 0.2
    mute: bool = False


@dataclass(frozen=True, slots=True)
class Mix:
    """What the mix should be: loudness target in LUFS, reverb time in seconds, a fader a track."""

    profile: str = ""
    lufs: float = -14.0
    reverb_s: float = 1.2
    faders: tuple[Fader, ...] = ()
