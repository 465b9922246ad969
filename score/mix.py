"""The mix's intent: what each track and the whole should sound like, as a plain object that a person can edit.

Conventions: levels in dB, times in seconds or ms as said, frequencies in Hz, pan -1 (left) to 1 (right), sends 0-1
after the fader. Onsets and durations are ticks. What is measured (gains found, thresholds) goes to mix.json, never in
here.
"""

from __future__ import annotations

from dataclasses import dataclass

EQ_KINDS = ("high-pass", "low-pass", "low-shelf", "high-shelf", "peak")
MOVE_PARAMETERS = ("gain_db", "width", "hall", "low_pass_hz")
EFFECT_KINDS = ("riser", "sweep", "impact", "vinyl noise")
OCTAVES_HZ = (31.5, 63.0, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16000.0)
"""Centres of the octave bands in which `Mix.spectrum` speaks (IEC 61260)."""


@dataclass(frozen=True, slots=True)
class EqBand:
    """One band of an equaliser: `kind` one of EQ_KINDS; `gain_db` of shelves and peaks; passes fall 12 dB an octave."""

    kind: str
    hz: float
    gain_db: float = 0.0
    q: float = 0.71


@dataclass(frozen=True, slots=True)
class Compression:
    """A compressor. Its threshold lies `depth_db` under the level that the loudest tenth of the track's sounding 10 ms
    frames exceeds, so that it works alike whatever the SoundFont's level."""

    ratio: float = 2.0
    depth_db: float = 6.0
    attack_ms: float = 20.0
    release_ms: float = 120.0


@dataclass(frozen=True, slots=True)
class Fader:
    """One track in the mix, or one piece of a kit ("Drums/kick"; pieces: score/kit.py).

    `gain_db` counts from the loudness that its role has by itself; `width` scales the sides of a stereo sound (0
    mono, 1 as it is); `room`, `hall`, `delay` are sends; `duck_db` is how far a kick pushes it down; `solo` silences
    all without. The fader of a whole kit moves all its pieces.
    """

    track: str
    gain_db: float = 0.0
    pan: float = 0.0
    width: float = 1.0
    room: float = 0.0
    hall: float = 0.2
    delay: float = 0.0
    duck_db: float = 0.0
    eq: tuple[EqBand, ...] = ()
    compression: Compression | None = None
    mute: bool = False
    solo: bool = False


@dataclass(frozen=True, slots=True)
class Delay:
    """The tempo delay: an echo every `beats` quarter notes, each `feedback` as strong and within `low_hz`-`high_hz`."""

    beats: float = 0.75
    feedback: float = 0.35
    low_hz: float = 250.0
    high_hz: float = 4000.0
    ping_pong: bool = True


@dataclass(frozen=True, slots=True)
class Move:
    """Automation: from `onset` on, `parameter` of `target` (a fader; "" the whole mix) goes to `value` in `duration`
    ticks.

    "gain_db" and "hall" are added to what stands there (0 at the beginning), "width" multiplies it (1), "low_pass_hz"
    is a low-pass's corner (20000).
    """

    target: str
    parameter: str
    onset: int
    duration: int
    value: float


@dataclass(frozen=True, slots=True)
class Effect:
    """A sound that no instrument makes: one of EFFECT_KINDS over `duration` ticks, `gain_db` against the full mix."""

    kind: str
    onset: int
    duration: int
    gain_db: float = -18.0


@dataclass(frozen=True, slots=True)
class Mix:
    """What the mix should be.

    `lufs` is the loudness to reach, `ceiling_db` the true peak not to pass, `limiting_db` how deep the limiter may cut;
    `room_s` and `hall_s` the two spaces' reverberation times; `glue_ratio` the bus compressor's; `spectrum` the
    octave bands' wanted levels in dB against each other (OCTAVES_HZ; empty: left as they are); `eq` and `width` act
    on the whole.
    """

    profile: str = ""
    lufs: float = -14.0
    ceiling_db: float = -1.0
    limiting_db: float = 3.0
    room_s: float = 0.5
    hall_s: float = 1.6
    delay: Delay = Delay()
    glue_ratio: float = 1.5
    spectrum: tuple[float, ...] = ()
    eq: tuple[EqBand, ...] = ()
    width: float = 1.0
    faders: tuple[Fader, ...] = ()
    moves: tuple[Move, ...] = ()
    effects: tuple[Effect, ...] = ()

    def fader(self, name: str) -> Fader | None:
        """The fader of that name; None when there is none."""
        return next((fader for fader in self.faders if fader.track == name), None)


ROLE_LEVELS_DB: dict[str, float] = {
    "lead": -7.5, "harmony": -12.0, "counter": -12.0, "answer": -10.5, "comp": -11.0, "pad": -14.0, "riff": -10.0,
    "stab": -11.5, "bass": -9.5, "texture": -16.0, "percussion": -14.0, "effects": -18.0, "drums": -8.0,
    "kick": -11.5, "snare": -10.5, "hats": -14.5, "toms": -12.0, "cymbals": -14.5,
}  # fmt: skip
"""Loudness of a role, while it sounds, against the full mix in dB, with its fader at 0: the middles of the ranges in
Koo et al., Diff-MST (2024); the quieter roles behind a band by taste. "drums" is a kit that is not split."""
