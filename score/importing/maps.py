"""The maps of a Draft made whole: meters that change at bar lines only, tempos within bounds, the last bar line.

Conventions: ticks, 480 to the quarter; a bar that a change of meter cuts short gets a meter of its own length.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from partimento.score.song import MeterChange, TempoChange
from partimento.theory.errors import ScoreFormatError
from partimento.theory.meter import DENOMINATORS, TICKS, Meter

MOST_BARS = 5_000
LOWEST_BPM, HIGHEST_BPM = 3.58, 60_000.0
"""As song.json and a MIDI file's 24 bits of microseconds hold them."""


@dataclass(frozen=True, slots=True)
class BarSpan:
    """A bar: where it starts, and its meter."""

    start: int
    meter: Meter

    @property
    def end(self) -> int:
        """The tick after its last."""
        return self.start + self.meter.bar


class Bars:
    """The bars of a piece from tick 0 to a bar line at or after `last`."""

    __slots__ = ("_starts", "end", "spans")

    def __init__(self, meters: Sequence[MeterChange], last: int) -> None:
        spans: list[BarSpan] = []
        tick = k = 0
        meter = meters[0].meter
        while tick < last or not spans:
            while k < len(meters) and meters[k].onset <= tick:
                meter = meters[k].meter
                k += 1
            if len(spans) >= MOST_BARS:
                raise ScoreFormatError(f"the piece has more than {MOST_BARS} bars; it is not read")
            spans.append(BarSpan(tick, meter))
            tick += meter.bar
        self.spans = tuple(spans)
        self.end = tick
        self._starts = [span.start for span in spans]

    def __len__(self) -> int:
        return len(self.spans)

    def index(self, tick: int) -> int:
        """The bar that holds `tick`; the last one for what lies beyond."""
        return max(0, bisect_right(self._starts, tick) - 1)

    def nearest(self, tick: int) -> int:
        """The bar line nearest to `tick`, the earlier of two."""
        bar = self.spans[self.index(tick)]
        return bar.start if tick - bar.start <= bar.end - tick else bar.end


def whole_meters(meters: Sequence[MeterChange]) -> tuple[tuple[MeterChange, ...], int]:
    """Meters from tick 0 on, each at a bar line, and how many changes came inside a bar; no meters are 4/4.

    The bar that such a change cuts gets the meter of what is left of it; where none is so short, the change waits for
    the bar line.
    """
    latest = {change.onset: change.meter for change in sorted(meters, key=lambda change: change.onset)}
    rows = sorted(latest.items())
    if not rows or rows[0][0] > 0:
        rows.insert(0, (0, Meter(4, 4)))
    out = [MeterChange(*rows[0])]
    cut = 0
    for onset, meter in rows[1:]:
        last = out[-1]
        whole, rest = divmod(onset - last.onset, last.meter.bar)
        if onset <= last.onset:
            cut += 1
            out[-1] = MeterChange(last.onset, meter)
            continue
        if rest:
            cut += 1
            short = _meter_of(rest)
            begins = last.onset + whole * last.meter.bar
            if short is None:
                onset = begins + last.meter.bar
            elif whole:
                out.append(MeterChange(begins, short))
            else:
                out[-1] = MeterChange(begins, short)
        if meter != out[-1].meter:
            out.append(MeterChange(onset, meter))
    return tuple(out), cut


def _meter_of(length: int) -> Meter | None:
    """The meter of the longest unit whose bar has that length, None where there is none."""
    for denominator in DENOMINATORS[2:]:
        unit = 4 * TICKS // denominator
        if length % unit == 0 and 1 <= length // unit <= 32:
            return Meter(length // unit, denominator)
    return None


def whole_tempos(tempos: Sequence[TempoChange]) -> tuple[TempoChange, ...]:
    """Tempos from tick 0 on, one a tick, within what a Song may hold; the first one holds from the beginning; none
    are 120."""
    latest = {change.onset: change for change in sorted(tempos, key=lambda change: change.onset)}
    rows = [latest[onset] for onset in sorted(latest)] or [TempoChange(0, 120.0)]
    if rows[0].onset > 0:
        rows.insert(0, TempoChange(0, rows[0].tempo_bpm))
    out: list[TempoChange] = []
    for row in rows:
        bpm = max(LOWEST_BPM, min(HIGHEST_BPM, row.tempo_bpm))
        if out and not row.ramp and not out[-1].ramp and out[-1].tempo_bpm == bpm:
            continue
        out.append(TempoChange(row.onset, bpm, row.ramp))
    return tuple(out)
