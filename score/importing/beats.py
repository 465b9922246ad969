"""The beats of a piece as quantising sees them, and whether they swing.

Conventions: ticks, 480 to the quarter; a beat is a quarter, or the dotted quarter of a compound meter, or what is
shorter in its bar. Swung time is bent straight piece by piece: the long and the short part of a pair each to its half.
"""

from __future__ import annotations

from bisect import bisect_right
from cmath import exp
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import pi
from statistics import median

from partimento.score.importing.maps import Bars
from partimento.theory.meter import TICKS

FINE = (60, 80)
"""The steps that the page knows: thirty-seconds, and sixths of a quarter."""


@dataclass(frozen=True, slots=True)
class Beat:
    """A beat: `bar` is the tick its bar starts at."""

    start: int
    length: int
    bar: int
    compound: bool


class Beats:
    """All beats of a piece, looked up by tick."""

    __slots__ = ("_starts", "beats")

    def __init__(self, bars: Bars) -> None:
        beats: list[Beat] = []
        for span in bars.spans:
            for place, length in zip(span.meter.beats, span.meter.beat_lengths, strict=True):
                step = TICKS if length > TICKS and length % TICKS == 0 else length
                for inner in range(0, length, step):
                    beats.append(Beat(span.start + place + inner, step, span.start, step == 720))
        self.beats = tuple(beats)
        self._starts = [beat.start for beat in beats]

    def index(self, tick: float) -> int:
        """The beat that holds `tick`, the first or last one beyond the ends."""
        return max(0, bisect_right(self._starts, tick) - 1)

    def exact(self, tick: int) -> bool:
        """Whether `tick` lies on one of the page's steps from the beginning of its bar."""
        place = tick - self.beats[self.index(tick)].bar
        return any(place % step == 0 for step in FINE)


@dataclass(frozen=True, slots=True)
class Swing:
    """Where the second of a pair falls: `long` ticks into `unit` (480: eighths swing, 240: sixteenths)."""

    unit: int
    long: float

    @property
    def ratio(self) -> float:
        """The long part by the short one; 2 is a triplet's."""
        return self.long / (self.unit - self.long)

    def straight(self, tick: float, beat: Beat) -> float:
        """`tick` with the pair made even; compound beats do not swing."""
        if beat.compound or beat.length % self.unit:
            return tick
        whole, place = divmod(tick - beat.start, self.unit)
        half = self.unit / 2
        bent = place * half / self.long if place < self.long else half + (place - self.long) * half / (
            self.unit - self.long
        )
        return beat.start + whole * self.unit + bent


_AT_BEAT, _LAGGING, _MOST_LAG = 80, 0.2, 60


def lag_of(onsets: Sequence[int], beats: Beats) -> float:
    """How late a whole part plays, in ticks, negative where it is early: by its onsets near a beat.

    0 where that is under 4 or over 60, or where few onsets are near one.
    Drummers are often 10 to 30 ms early of a click, and soloists late.
    """
    near = []
    for tick in onsets:
        beat = beats.beats[beats.index(tick)]
        place = tick - beat.start
        place = place if 2 * place <= beat.length else place - beat.length
        if abs(place) <= _AT_BEAT:
            near.append(place)
    if len(near) < _LEAST or len(near) < _LAGGING * len(onsets):
        return 0.0
    lag = median(near)
    return lag if 4 <= abs(lag) <= _MOST_LAG else 0.0


def steadiness(onsets: Sequence[int], beats: Beats) -> float:
    """0-1: how closely onsets keep to halves, thirds or quarters of the file's beats, or to the beats themselves.

    The longest of four resultant vectors of their places in the beat. Played music has 0.4 and more, even by drummers
    who rush; free time, or music that was recorded to no click, hardly 0.2.
    """
    spun = [0j] * 4
    for tick in onsets:
        beat = beats.beats[beats.index(tick)]
        turn = exp(2j * pi * (tick - beat.start) / beat.length)
        spun = [one + turn**k for k, one in enumerate(spun, start=1)]
    return max(abs(one) for one in spun) / max(1, len(onsets))


_LEAST, _SHARE, _HALVED = 8, 0.62, 0.3
_RATIOS = (1.25, 2.6)


def find_swing(onsets: Iterable[float], beats: Beats) -> Swing | None:
    """The swing of a performance: of its eighths, else of its sixteenths; None where pairs are even.

    Eighths swing where most onsets between the beats lie at 1.25 to 2.6 to 1, and hardly any where a triplet's second
    or a sixteenth would be, but for halves of the swung ones (ratios as measured in jazz: Friberg and Sundström, 2002).
    """
    inside = [
        (tick - beat.start, beat)
        for tick in onsets
        for beat in (beats.beats[beats.index(tick)],)
        if not beat.compound and beat.length == TICKS
    ]
    for unit in (TICKS, TICKS // 2):
        found = _swing([place % unit for place, _ in inside], unit)
        if found is not None:
            return found
    return None


def _swing(places: Sequence[float], unit: int) -> Swing | None:
    edge = unit * 0.12
    between = [place for place in places if edge < place < unit - edge]
    low, high = (unit * ratio / (1 + ratio) for ratio in _RATIOS)
    late = [place for place in between if low <= place <= high]
    if len(late) < _LEAST:
        return None
    long = median(late)
    if len(late) < _SHARE * (len(between) - _halves(between, long, unit)):
        return None
    return Swing(unit, long)


def _halves(places: Sequence[float], long: float, unit: int) -> int:
    """How many lie at the halves of a swung pair's two parts. A triplet's second is the half of its long part alone, so
    without some in the short part there are none."""
    near = unit * 0.06
    first = sum(abs(place - long / 2) < near for place in places)
    second = sum(abs(place - (long + unit) / 2) < near for place in places)
    return first + second if second >= _HALVED * first else 0
