"""How long the song is: bars and tempo that meet a duration, and the tempo map with its ritardando.

Convention: `tempo` is the felt beat a minute, `quarter` quarter notes a minute; at 480 ticks a quarter, ticks / (8 x
quarter) are seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log

from partimento.arrangement.style import Style
from partimento.arrangement.transitions import SHORT_ENDINGS
from partimento.score.song import TempoChange
from partimento.theory.errors import BriefError
from partimento.theory.meter import Meter

TOLERANCE = 0.03
"""How far a duration may be missed, as a share."""

STRETCHED = 1.15
"""How far a tempo may leave the style's range where no number of bars meets a duration inside it."""


def pace_bpm(pace: float, style: Style) -> int:
    """The felt tempo at `pace` (0-1): through the style's bounds and the ends of its usual range at 1/4 and 3/4."""
    bounds = style.tempo
    points = ((0.0, bounds.low), (0.25, bounds.usual[0]), (0.75, bounds.usual[1]), (1.0, bounds.high))
    for (x0, y0), (x1, y1) in zip(points, points[1:], strict=False):
        if pace <= x1:
            return round(y0 + (y1 - y0) * (pace - x0) / (x1 - x0))
    return bounds.high


def felt_factor(meter: Meter) -> float:
    """Quarter notes in a felt beat: 1.5 in compound meters, 2 where the half note is counted, else 1."""
    return 1.5 if meter.compound else 2.0 if meter.denominator == 2 else 1.0


@dataclass(frozen=True, slots=True)
class Slowing:
    """A ritardando over the `bars` before the last bar, down to `depth` of the tempo, which the last bar keeps."""

    bars: int
    depth: float


def tempo_map(quarter: float, total: int, meter: Meter, slowing: Slowing | None) -> tuple[TempoChange, ...]:
    """The song's tempo: steady, or with the ritardando as a ramp into its last bar."""
    start = TempoChange(0, round(quarter, 4))
    if slowing is None or total <= slowing.bars + 1:
        return (start,)
    last = (total - 1) * meter.bar
    ramp = TempoChange(last - slowing.bars * meter.bar, start.tempo_bpm, True)
    slow = TempoChange(last, round(quarter * slowing.depth, 4))
    return (ramp, slow) if ramp.onset == 0 else (start, ramp, slow)


def spare_ticks(kind: str, last: list[tuple[str, ...]], meter: Meter) -> int:
    """Ticks between the last release and the end, for an ending of that kind and those bars of numerals."""
    if kind not in SHORT_ENDINGS:
        return 0
    held = 1
    while kind != "vamp-out" and held < len(last) and last[-held - 1] == last[-1] and len(last[-1]) == 1:
        held += 1
    return held * meter.bar - min(meter.beat_lengths)


def weighed_ticks(bars: int, meter: Meter, spare: int, slowing: Slowing | None) -> float:
    """Ticks from the start to the last release, those of the ritardando counted as much longer as they take.

    `spare` are the ticks after the last release; endings that slow down have none.
    """
    if slowing is None or bars <= slowing.bars + 1:
        return bars * meter.bar - spare
    ramp = slowing.bars * meter.bar
    depth = slowing.depth
    slow = ramp * log(depth) / (depth - 1.0) if depth != 1.0 else ramp
    return (bars - 1 - slowing.bars) * meter.bar + slow + meter.bar / depth


def tempo_for(duration_s: float, ticks: float, meter: Meter) -> float:
    """The felt tempo at which weighed `ticks` last `duration_s`."""
    return ticks / (8.0 * duration_s) / felt_factor(meter)


def seconds_for(tempo: float, ticks: float, meter: Meter) -> float:
    """The seconds that weighed `ticks` last at a felt tempo."""
    return ticks / (8.0 * tempo * felt_factor(meter))


@dataclass(frozen=True, slots=True)
class Size:
    """What was settled: bars, felt tempo."""

    bars: int
    tempo: float


def settle(
    *, style: Style, meter: Meter, spare: int, slowing: Slowing | None, natural: tuple[int, ...], least: int,
    bars: int | None, tempo: float | None, duration_s: float | None, wish_bpm: float, wish_s: float | None,
) -> Size:  # fmt: skip
    """Bars and tempo for what is asked; what is open comes as near to the wishes as it can.

    `natural` are the totals the form makes by itself, `least` the fewest bars it can have; `wish_s` None keeps the
    form's own length. Raises BriefError where tempo, bars and duration contradict each other or the style's range.
    """
    def ticks(n: int) -> float:
        return weighed_ticks(n, meter, spare, slowing)

    if bars is not None:
        if duration_s is None:
            return Size(bars, tempo or wish_bpm)
        if tempo is not None:
            lasts = seconds_for(tempo, ticks(bars), meter)
            if abs(lasts - duration_s) > TOLERANCE * duration_s:
                raise BriefError(
                    f"{bars} bars of {meter} at {tempo:g} bpm last {lasts:.1f} s, not {duration_s:g} s:"
                    " leave tempo, bars or duration open"
                )
            return Size(bars, tempo)
        needed = tempo_for(duration_s, ticks(bars), meter)
        if not style.tempo.low <= needed <= style.tempo.high:
            low, high = (seconds_for(t, ticks(bars), meter) for t in (style.tempo.high, style.tempo.low))
            raise BriefError(
                f"{bars} bars in {duration_s:g} s need {needed:.0f} bpm, but {style.name} goes from {style.tempo.low}"
                f" to {style.tempo.high}: ask for {low:.0f} to {high:.0f} s, for other bars, or for the tempo"
            )
        return Size(bars, round(needed, 3))
    if duration_s is None:
        if wish_s is None:
            return Size(max(natural, key=lambda n: n), tempo or wish_bpm)
        chosen = tempo or wish_bpm
        around = max(least, round(wish_s / (seconds_for(chosen, meter.bar, meter))))
        fitting = [n for n in natural if n >= least] or [around]
        return Size(min(fitting, key=lambda n: (abs(n - around), n)), chosen)
    if tempo is not None:
        n = _nearest_bars(duration_s, tempo, ticks, meter, least)
        off = abs(seconds_for(tempo, ticks(n), meter) - duration_s)
        if off > max(TOLERANCE * duration_s, 0.45 * seconds_for(tempo, meter.bar, meter)):
            lasts = seconds_for(tempo, ticks(n), meter)
            raise BriefError(f"at {tempo:g} bpm the shortest such song lasts {lasts:.1f} s, not {duration_s:g} s")
        return Size(n, tempo)
    return _free(duration_s, style, meter, ticks, natural, least, wish_bpm)


def _nearest_bars(duration_s: float, tempo: float, ticks: Callable[[int], float], meter: Meter, least: int) -> int:
    guess = max(least, int(duration_s / seconds_for(tempo, meter.bar, meter)))
    around = range(max(least, guess - 3), guess + 4)
    return min(around, key=lambda n: (abs(seconds_for(tempo, ticks(n), meter) - duration_s), n))


def _free(
    duration_s: float, style: Style, meter: Meter, ticks: Callable[[int], float], natural: tuple[int, ...],
    least: int, wish_bpm: float,
) -> Size:  # fmt: skip
    bar_s = seconds_for(wish_bpm, meter.bar, meter)
    low = max(least, int(duration_s / bar_s * style.tempo.low / wish_bpm) - 3)
    high = max(low, int(duration_s / bar_s * style.tempo.high / wish_bpm) + 3)
    own = set(natural)
    best: tuple[float, int, float] | None = None
    for n in range(low, high + 1):
        tempo = tempo_for(duration_s, ticks(n), meter)
        if not style.tempo.low <= tempo <= style.tempo.high:
            continue
        cost = abs(log(tempo / wish_bpm)) * 100 + (0 if n in own else 4 if n % 4 == 0 else 9 if n % 2 == 0 else 16)
        if best is None or (cost, n) < best[:2]:
            best = (cost, n, tempo)
    if best is None:
        # Between two numbers of bars: the style's range is left by as little as meets the time, and that is told.
        near = [(tempo_for(duration_s, ticks(n), meter), n) for n in range(least, high + 2)]
        away = [(max(style.tempo.low / t, t / style.tempo.high), n, t) for t, n in near]
        off, n, tempo = min(away)
        if off <= STRETCHED:
            return Size(n, round(tempo, 3))
        shortest = seconds_for(style.tempo.high, ticks(least), meter)
        raise BriefError(
            f"{style.name} at {style.tempo.low}-{style.tempo.high} bpm cannot last {duration_s:g} s with {least} bars"
            f" or more: ask for at least {shortest:.1f} s, or for fewer sections"
        )
    return Size(best[1], round(best[2], 3))
