"""What a player may ask of a net: fills, variations, velocities and timing of drums.

Conventions: see arrangement/nets.py. A grid has four steps a quarter (sixteenths) or three (swung eighths), 4/4; a
step's strokes are names of PIECES.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from partimento.arrangement.style import Style
from partimento.score.song import Drum
from partimento.score.stream import Stream
from partimento.theory.meter import Meter

PIECES: Mapping[str, Drum] = {
    "kick": Drum.KICK, "snare": Drum.SNARE, "rim": Drum.RIM, "hat": Drum.HAT, "hat_open": Drum.HAT_OPEN,
    "hat_pedal": Drum.HAT_PEDAL, "ride": Drum.RIDE, "bell": Drum.BELL, "crash": Drum.CRASH, "tom1": Drum.TOM1,
    "tom2": Drum.TOM2, "tom3": Drum.TOM3,
}  # fmt: skip
"""The pieces a net knows; others stand for the nearest of them (`piece_of`)."""
_NEAREST = {
    Drum.KICK2: "kick", Drum.SNARE2: "snare", Drum.CLAP: "snare", Drum.RIDE2: "ride", Drum.CRASH2: "crash",
    Drum.SPLASH: "crash", Drum.CHINA: "crash", Drum.TOM_HIGH: "tom1", Drum.TOM4: "tom3", Drum.TOM_FLOOR: "tom3",
}  # fmt: skip
_NAMES = {drum: name for name, drum in PIECES.items()} | _NEAREST

LEARNED: Mapping[str, str] = {"rock": "rock", "pop": "pop", "funk": "funk", "jazz": "jazz", "rnb": "soul"}
"""A style's feel table to the learned style it is played in: those of which the Groove MIDI Dataset has ten grooves and
250 bars or more. Genres with less to learn from, and those of drum machines, keep what their styles say."""
GRID_METER = Meter(4, 4)
"""What all but a few of the learned recordings are in."""


class Touch(NamedTuple):
    """How one stroke is played: MIDI velocity, ms late on the swung grid, mean absolute spreads of both."""

    velocity: float
    delay_ms: float
    velocity_spread: float
    delay_spread_ms: float


@dataclass(frozen=True, slots=True)
class Lead:
    """What is to go on: `before`, the strokes of every step from a bar line on, then `steps` more.

    `bar` is the number of the first bar in its section; `pieces` may be struck; `fill` says whether it is to be a fill
    or the groove, varied.
    """

    before: tuple[frozenset[str], ...]
    steps: int
    bar: int
    fill: bool
    pieces: frozenset[str]


class Going(NamedTuple):
    """A way to go on: every step's strokes, and the log-probability of them all in nats."""

    strokes: tuple[tuple[str, ...], ...]
    nats: float


class Drummer(Protocol):
    """Fills, variations, velocities and timing of drums."""

    def touches(
        self, style: str, bpm: float, division: int, strokes: Sequence[Collection[str]], fills: Sequence[bool]
    ) -> list[dict[str, Touch]]:
        """How every stroke of a grid is played, a step at a time; `strokes` begin at a bar line."""
        ...

    def goes_on(
        self,
        style: str,
        bpm: float,
        division: int,
        leads: Sequence[Lead],
        streams: Sequence[Stream],
        count: int,
        temperature: float,
    ) -> list[list[Going]]:
        """`count` ways to go on for every lead, drawn from its stream; two hands and a foot a side a step."""
        ...


def piece_of(drum: Drum) -> str:
    """The name of PIECES that a drum goes by, or "" for what no kit of the net's has."""
    return _NAMES.get(drum, "")


def learned_style(style: Style) -> str:
    """The learned style of a style, or "" where its drummers are not the net's."""
    return "" if style.references.get("programmed") else LEARNED.get(style.feel.table, "")


def division_of(style: Style) -> int:
    """Steps a quarter: three where eighths swing, else four."""
    swing = style.swing
    return 3 if swing.unit == "eighth" and (swing.ratio == 0 or swing.ratio >= 1.25) else 4


def step_of(tick: int, division: int) -> int:
    """The step nearest to a tick from a bar line; where eighths swing the written off-beat is the last triplet."""
    if division == 4:
        return (tick + 60) // 120
    beat, inside = divmod(tick, 480)
    return 3 * beat + (0 if inside < 80 else 1 if inside < 200 else 2 if inside < 400 else 3)


def tick_of(step: int, division: int) -> int:
    """The tick at which a step is written: see `step_of`."""
    if division == 4:
        return 120 * step
    return 480 * (step // 3) + (0, 160, 240)[step % 3]
