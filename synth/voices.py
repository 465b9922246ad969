"""The voices of our own synthesiser, as data: which instruments it plays, and how each sounds.

Conventions: levels are amplitudes; times seconds to -60 dB. The numbers are taste; levels are set beside FluidR3's
synthesisers of the same kind at equal velocity.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Voice:
    """An instrument of ours.

    `kind`: "line" (one note at a time; slurred notes glide) or "chord" (detuned saws in stereo). `wave`: "sine",
    "driven" (a sine overdriven by `drive`), "saw", "square". `decay_s` and `release_s` are times to -60 dB, the decay
    going to `sustain`. `touch` is the power of velocity's share that the level follows. `drop`: semitones above the
    note at which it begins, gone in `drop_s`. `corner_hz`: the low-pass with the filter closed and open, `corner_key`
    the share in which it follows the key above 60; `open_s` the time to open, `close_s` to close again (0: stays open).
    """

    kind: str
    wave: str
    level: float
    attack_s: float
    decay_s: float
    sustain: float
    release_s: float
    touch: float = 2.0
    glide_s: float = 0.07
    drop: float = 0.0
    drop_s: float = 0.0
    drive: float = 0.0
    partials: tuple[float, ...] = (1.0,)
    corner_hz: tuple[float, float] = (400.0, 2500.0)
    corner_key: float = 0.3
    open_s: float = 0.0
    close_s: float = 0.0
    resonance: float = 0.0
    detunes: tuple[float, ...] = ()
    spread: float = 0.8


_SEVEN = (-17.0, -10.0, -4.5, 0.0, 5.0, 11.0, 18.0)
"""Cents between seven saws, uneven so that their beats never meet."""

VOICES: Mapping[str, Voice] = {
    "808 bass": Voice(
        "line", "driven", 0.30, 0.002, 3.2, 0.0, 0.12, touch=1.5, drop=26.0, drop_s=0.05, drive=3.6, glide_s=0.09
    ),
    "sub bass": Voice("line", "sine", 0.26, 0.006, 0.0, 1.0, 0.09, touch=1.5, partials=(1.0, 0.16, 0.03), glide_s=0.06),
    "synth bass": Voice(
        "line", "saw", 0.24, 0.003, 2.5, 0.55, 0.08, touch=1.6, corner_hz=(220.0, 4400.0), corner_key=0.5, close_s=0.45,
        resonance=0.35, glide_s=0.05,
    ),
    "saw pad": Voice(
        "chord", "saw", 0.085, 0.35, 0.0, 1.0, 1.4, touch=1.6, corner_hz=(500.0, 4000.0), open_s=1.4, detunes=_SEVEN
    ),
    "supersaw": Voice(
        "chord", "saw", 0.085, 0.006, 1.6, 0.7, 0.28, touch=1.6, corner_hz=(1800.0, 11000.0), close_s=0.9,
        detunes=_SEVEN,
    ),
    "synth pluck": Voice(
        "chord", "saw", 0.18, 0.002, 0.9, 0.0, 0.2, touch=1.6, corner_hz=(500.0, 8000.0), corner_key=0.5, close_s=0.22,
        detunes=(-7.0, 0.0, 8.0), spread=0.6,
    ),
}  # fmt: skip
"""Instrument (a name of score/instruments.py) to voice."""
