"""The melody net, as the composer sees it: a stretch of bars is asked for, lines come back with what they were worth.

Convention: onsets and durations are ticks (480 a quarter) of the song, notes are (onset, duration, MIDI). Shares are
log-probabilities in nats (0 or less) by the model alone: no guard, temperature 1. torch is loaded with the weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from partimento.composer.neural.melody_features import GENRES
from partimento.composer.neural.shipped import weights_path
from partimento.score.stream import Stream

if TYPE_CHECKING:
    from partimento.composer.neural.melody_module import MelodyModule

Note = tuple[int, int, int]
Bar = tuple[int, int, int, int]


class Over(NamedTuple):
    """A chord over a stretch of ticks: root and tones as pitch classes."""

    onset: int
    end: int
    root: int
    tones: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """A stretch of whole bars to write.

    Bars are (start, length, numerator, denominator); `before_bars` end where `bars` begin. `keys` are (tonic, minor)
    for each of before_bars + bars, () where all are in `tonic` and `minor`. `sources` has for each of `bars` the number
    of the bar in before_bars + bars that it goes back to (-1: none) and the way, one of WAYS of melody_features or "".
    `after` is what is known beyond the stretch. `closes` is a phrase's close as in a Song, "" unknown; `bars_in_phrase`
    is 0 where unknown, `first_bar_in_phrase` counts from 0. `centre` is where the whole song's melody lies (MIDI).
    """

    bars: tuple[Bar, ...]
    chords: tuple[Over, ...]
    tonic: int
    minor: bool
    genre: str
    before: tuple[Note, ...] = ()
    before_bars: tuple[Bar, ...] = ()
    after: tuple[Note, ...] = ()
    sources: tuple[tuple[int, str], ...] = ()
    closes: str = ""
    first_bar_in_phrase: int = 0
    bars_in_phrase: int = 0
    centre: int = 67
    low: int = 55
    high: int = 81
    keys: tuple[tuple[int, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """What was written: notes, and a share a note: onset, duration and pitch together (`shares`), pitch (`pitches`).

    Where a rhythm was given `shares` are those of the pitches. Bars without a note count with the note after them.
    """

    notes: tuple[Note, ...]
    shares: tuple[float, ...]
    pitches: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Nats a note; 0 for a line without notes."""
        return sum(self.shares) / len(self.shares) if self.shares else 0.0


class Guard(Protocol):
    """What the rules allow, asked at each choice: nats to add to each candidate, NEVER (sampling) to forbid it.

    `notes` are those written so far in this stretch. Only candidates that the model gives some weight are asked for
    first; where all are forbidden the others are; where those are, too, the model's own choice stands: a line is to be
    looked at again when it is whole.
    """

    def onsets(self, notes: Sequence[Note], ticks: Sequence[int]) -> Sequence[float]:
        """For each tick where the next note may start; the last is the next bar (or the end): no note sooner."""
        ...

    def durations(self, notes: Sequence[Note], onset: int, durations: Sequence[int]) -> Sequence[float]:
        """For each duration in ticks."""
        ...

    def pitches(self, notes: Sequence[Note], onset: int, duration: int, midis: Sequence[int]) -> Sequence[float]:
        """For each MIDI number, all of them within the Ask's low and high."""
        ...


class MelodyNet:
    """The trained net. Safe in threads: nothing is kept between calls."""

    def __init__(self, module: MelodyModule) -> None:
        self.module = module

    def write(
        self,
        ask: Ask,
        guards: Sequence[Guard | None],
        streams: Sequence[Stream],
        temperature: float = 1.0,
        floor: float = 0.0,
        rhythm: Sequence[tuple[int, int]] | None = None,
    ) -> list[Line]:
        """A line for each stream, drawn together; `guards` one a stream. With `rhythm` (onset, duration) only pitches.

        `floor` leaves out what has less than that share of the likeliest. ValueError for bars that do not follow one
        another, and for a key, source or way that is none.
        """
        from partimento.composer.neural.melody_writing import write

        return write(self.module, ask, guards, streams, temperature, floor, rhythm)

    def beam(
        self, ask: Ask, guard: Guard | None, width: int, rhythm: Sequence[tuple[int, int]] | None = None
    ) -> list[Line]:
        """The likeliest lines that a search `width` wide finds, best first, guard's nats included in the comparison."""
        from partimento.composer.neural.melody_beam import beam

        return beam(self.module, ask, guard, width, rhythm)

    def score(self, ask: Ask, notes: Sequence[Note]) -> Line:
        """The shares of notes that lie within the asked bars, given all that the Ask tells."""
        from partimento.composer.neural.melody_writing import score

        return score(self.module, ask, notes)


def genres() -> tuple[str, ...]:
    """What the net was told of: an Ask of another genre is written without one."""
    return GENRES


def load(adapter: str = "") -> MelodyNet:
    """The shipped net, with an adapter (its file's path) where one is named. ModelError where one cannot be read."""
    return _load(str(weights_path("melody")), adapter)


@lru_cache(maxsize=4)
def _load(path: str, adapter: str) -> MelodyNet:
    from partimento.composer.neural.melody_module import Config, MelodyModule
    from partimento.learning.nets.weights import fill, load_weights

    config, state = load_weights(Path(path), "melody")
    module = MelodyModule(Config(**config))  # type: ignore[arg-type]  # the header's numbers, checked by their shapes
    fill(module, state, Path(path))
    if adapter:
        from partimento.composer.neural.melody_adapter import adapted

        module = adapted(module, Path(adapter))
    return MelodyNet(module)
