"""The Timeline: bars, beats, chords and seconds of a Song, looked up fast.

Convention: built once from a Song's maps and handed on; ticks in, ticks or seconds (`_s`) out.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from math import log

from partimento.score.song import ChordSymbol, MeterChange, Section, Song, TempoChange
from partimento.theory.meter import TICKS, Meter


@dataclass(frozen=True, slots=True)
class Bar:
    """A written bar: `index` counts from 0 in the song, `in_section` from 0 in its section."""

    index: int
    start: int
    length: int
    meter: Meter
    section: int
    in_section: int

    @property
    def end(self) -> int:
        """The tick after its last."""
        return self.start + self.length


class Timeline:
    """Lookup tables over one Song. `chords` are as written; `sounding_*` follow the pushes."""

    __slots__ = (
        "_bar_starts",
        "_chord_starts",
        "_sounding_starts",
        "_tempo",
        "bars",
        "chords",
        "end",
        "sections",
    )

    def __init__(self, song: Song) -> None:
        self.sections: tuple[Section, ...] = song.sections
        self.chords: tuple[ChordSymbol, ...] = song.chords
        self.end = song.end
        self.bars: tuple[Bar, ...] = _bars(song.meters, song.sections)
        self._bar_starts = [bar.start for bar in self.bars]
        self._chord_starts = [chord.onset for chord in song.chords]
        self._sounding_starts = [chord.onset - chord.push for chord in song.chords]
        self._tempo = _TempoMap(song.tempos, song.end)

    def bar_at(self, tick: int) -> Bar:
        """The bar that holds `tick` (the first or last one beyond the ends)."""
        return self.bars[max(0, bisect_right(self._bar_starts, tick) - 1)]

    def bar_line_from(self, tick: int) -> int:
        """The first bar line at or after `tick`, the song's end at the earliest; its last meter goes on beyond it."""
        bar = self.bars[-1].meter.bar if self.bars else 4 * TICKS
        return self.end + -(-max(0, tick - self.end) // bar) * bar

    def section_bars(self, index: int) -> list[Bar]:
        """The bars of section `index`."""
        first = bisect_left(self._bar_starts, self.sections[index].start)
        return list(self.bars[first : bisect_left(self._bar_starts, self.sections[index].end)])

    def chord_at(self, tick: int) -> ChordSymbol | None:
        """The chord written at `tick`, or None where none is."""
        i = bisect_right(self._chord_starts, tick) - 1
        if i < 0 or tick >= self.chords[i].onset + self.chords[i].duration:
            return None
        return self.chords[i]

    def sounding_at(self, tick: int) -> ChordSymbol | None:
        """The chord really heard at `tick`, pushes included."""
        i = bisect_right(self._sounding_starts, tick) - 1
        if i < 0:
            return None
        chord = self.chords[i]
        return chord if tick < chord.onset + chord.duration else None

    def next_chord(self, tick: int) -> ChordSymbol | None:
        """The first chord written after `tick`, or None."""
        i = bisect_right(self._chord_starts, tick)
        return self.chords[i] if i < len(self.chords) else None

    def chords_in(self, start: int, end: int) -> tuple[ChordSymbol, ...]:
        """The chords that are written in [start, end), one already sounding at `start` included."""
        i = max(0, bisect_right(self._chord_starts, start) - 1)
        out = []
        for chord in self.chords[i:]:
            if chord.onset >= end:
                break
            if chord.onset + chord.duration > start:
                out.append(chord)
        return tuple(out)

    def seconds_at(self, tick: float) -> float:
        """Seconds from tick 0, by the tempo map."""
        return self._tempo.seconds_at(tick)

    def tempo_at(self, tick: int) -> float:
        """Quarter notes a minute at `tick`."""
        return self._tempo.bpm_at(tick)


def _bars(meters: tuple[MeterChange, ...], sections: tuple[Section, ...]) -> tuple[Bar, ...]:
    bars: list[Bar] = []
    changes = list(meters)
    meter = changes[0].meter
    k = 0
    for index, section in enumerate(sections):
        tick, inside = section.start, 0
        while tick < section.end:
            while k < len(changes) and changes[k].onset <= tick:
                meter = changes[k].meter
                k += 1
            length = min(meter.bar, section.end - tick)
            bars.append(Bar(len(bars), tick, length, meter, index, inside))
            tick += length
            inside += 1
    return tuple(bars)


class _TempoMap:
    """Piecewise constant or linear tempo, integrated in closed form at 480 ticks a quarter."""

    __slots__ = ("_bpms", "_ends", "_seconds", "_ticks")

    def __init__(self, tempos: tuple[TempoChange, ...], end: int) -> None:
        self._ticks = [t.onset for t in tempos]
        self._bpms = [t.tempo_bpm for t in tempos]
        self._ends = []  # the bpm reached at the end of each stretch
        self._seconds = [0.0]
        for i, tempo in enumerate(tempos):
            last = i + 1 >= len(tempos)
            self._ends.append(tempos[i + 1].tempo_bpm if tempo.ramp and not last else tempo.tempo_bpm)
            if not last:
                self._seconds.append(self._seconds[-1] + self._span(i, self._ticks[i + 1]))

    def _span(self, i: int, tick: float) -> float:
        """Seconds from the start of stretch i to `tick` inside it (mean tempo over a short ramp's steps)."""
        ticks = tick - self._ticks[i]
        a, b = self._bpms[i], self._ends[i]
        if a == b:
            return ticks / 8.0 / a  # 60 / 480 = 1 / 8
        whole = self._ticks[i + 1] - self._ticks[i]
        at = a + (b - a) * ticks / whole
        # d seconds = d ticks / (8 bpm), bpm linear in ticks: a logarithm.
        return whole / (8.0 * (b - a)) * log(at / a)

    def seconds_at(self, tick: float) -> float:
        i = max(0, bisect_right(self._ticks, tick) - 1)
        return self._seconds[i] + self._span(i, tick)

    def bpm_at(self, tick: int) -> float:
        i = max(0, bisect_right(self._ticks, tick) - 1)
        a, b = self._bpms[i], self._ends[i]
        if a == b:
            return a
        return a + (b - a) * (tick - self._ticks[i]) / (self._ticks[i + 1] - self._ticks[i])
