"""The band's common time: swing and the slow wander that all players share, as played ticks for written ones.

Conventions: written ticks in, played ticks out; milliseconds become ticks by the tempo of the bar. The wander
depends on the seed, the take and the bar alone, so a rewritten bar moves nobody else.
"""

from __future__ import annotations

from bisect import bisect_right
from math import sqrt

from partimento.arrangement.feel import Feel, jazz_time
from partimento.arrangement.style import Style
from partimento.score.song import Song
from partimento.score.stream import Stream
from partimento.score.timeline import Bar, Timeline

_SLOT = 120
"""A sixteenth: the wander's step."""
_WIDEST_MS = 10.0
"""No band wanders further (SD); measured values hold the pads' trigger errors as well. Taste."""
_USUAL_JITTER_MS = 4.0
"""The `jitter_ms` of a style that takes its table's wander as it is."""


class BandTime:
    """Played ticks of written ones. `place(tick, share)` swings by a role's share and adds the band's wander.

    `per_ms[i]` is the number of ticks in a millisecond in bar i, `ratios[i]` its full swing ratio.
    """

    __slots__ = ("_memo", "_pair", "_shifts", "_starts", "bars", "end", "per_ms", "ratios")

    def __init__(self, song: Song, style: Style, timeline: Timeline, feel: Feel, humanize: bool = True) -> None:
        self.bars: tuple[Bar, ...] = timeline.bars
        self.end = timeline.end
        self._starts = [bar.start for bar in self.bars]
        tempos = [timeline.tempo_at(bar.start) for bar in self.bars]
        self.per_ms = [bpm * 0.008 for bpm in tempos]
        swing = style.swing
        self._pair = 480 if swing.unit == "eighth" else 240
        self.ratios = [
            1.0 if _straight(bar, self._pair) else swing.ratio if swing.ratio > 0 else jazz_time(bpm).ratio
            for bar, bpm in zip(self.bars, tempos, strict=True)
        ]
        scale = style.feel.jitter_ms / _USUAL_JITTER_MS if humanize else 0.0
        spread = min(_WIDEST_MS, feel.slot_sd_ms) * scale
        self._shifts = _wander(song, self.bars, self.per_ms, spread, feel.slot_correlation)
        self._memo: dict[float, dict[int, int]] = {}

    def bar_index(self, tick: int) -> int:
        """The index of the bar that holds `tick`, the first or last one beyond the ends."""
        return max(0, bisect_right(self._starts, tick) - 1)

    def table(self, share: float) -> dict[int, int]:
        """The places found so far for a swing share; look here first, then call `place`."""
        return self._memo.setdefault(share, {})

    def place(self, tick: int, share: float = 1.0) -> int:
        """The played tick of a written one, at least 0; `share` scales the swing (0 straight, 1 full)."""
        memo = self._memo.setdefault(share, {})
        found = memo.get(tick)
        if found is not None:
            return found
        i = max(0, bisect_right(self._starts, tick) - 1)
        bar = self.bars[i]
        inside = tick - bar.start
        played = bar.start + self.swung(i, inside, share)
        shifts = self._shifts[i]
        if shifts:
            slot = min(inside / _SLOT, len(shifts) - 1.000001)
            k = int(slot)
            played += shifts[k] + (shifts[k + 1] - shifts[k]) * (slot - k)
        memo[tick] = out = max(0, round(played))
        return out

    def swung(self, index: int, inside: int, share: float) -> float:
        """Ticks from the start of bar `index`, swung: off-beats move late, the triplet grid stays where it is."""
        ratio = 1.0 + (self.ratios[index] - 1.0) * share
        if ratio == 1.0:
            return inside
        bar, pair = self.bars[index], self._pair
        # A pick-up bar is counted from its end.
        lead = (bar.meter.bar - bar.length) % pair if index == 0 else 0
        q = (inside + lead) % pair
        half = pair // 2
        if q == 0 or (q % (pair // 6) == 0 and q != half):
            return inside
        off = pair * ratio / (ratio + 1.0)
        return inside - q + (q * off / half if q <= half else off + (q - half) * (pair - off) / half)


def _straight(bar: Bar, pair: int) -> bool:
    """Compound meters are the swung grid already; eighths can swing only where quarters are beats."""
    return bar.meter.compound or (pair == 480 and bar.meter.denominator > 4)


def _wander(
    song: Song, bars: tuple[Bar, ...], per_ms: list[float], spread: float, correlation: float
) -> list[list[float]]:
    """Per bar the band's offset in ticks at each sixteenth and at the bar's end; empty lists without wander.

    An AR(1) walk, drawn bar by bar: its values at the bar lines come from each bar's own stream, and between them
    it is conditioned on both (Matheron's rule), so that it is continuous and yet no bar depends on another's draws.
    """
    if spread <= 0.0:
        return [[] for _ in bars]
    streams = [Stream(song.brief.seed, "perform", song.brief.take, "band", bar.index) for bar in bars]
    anchors = [stream.gauss(spread) for stream in streams]
    anchors[:1] = [abs(anchors[0])] if anchors else []
    anchors.append(0.0)
    fresh = spread * sqrt(1.0 - correlation * correlation)
    out: list[list[float]] = []
    for i, bar in enumerate(bars):
        n = max(1, -(-bar.length // _SLOT))
        walk = [anchors[i]]
        for _ in range(n):
            walk.append(correlation * walk[-1] + streams[i].gauss(fresh))
        miss = anchors[i + 1] - walk[n]
        scale = miss / (1.0 - correlation ** (2 * n))
        limit = 3.0 * spread
        out.append(
            [
                max(-limit, min(limit, value + scale * (correlation ** (n - k) - correlation ** (n + k)))) * per_ms[i]
                for k, value in enumerate(walk)
            ]
        )
    return out
