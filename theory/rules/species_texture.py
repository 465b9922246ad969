"""Lines over bars, as the species checker looks at them: which tone sounds where, and what two tones make."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from itertools import combinations

from partimento.theory.analysis.piece import Tone
from partimento.theory.pitch import Pitch

_CONSONANT = {(0, 0), (2, 3), (2, 4), (4, 7), (5, 8), (5, 9)}
"""Consonances within the octave as (steps, semitones): unison, thirds, fifth, sixths."""
_MILD = {(3, 5), (3, 6), (4, 6)}
"""What two upper voices may make where each is consonant with the bass: a fourth, a tritone."""


def _interval(first: Pitch, second: Pitch) -> tuple[int, int]:
    low, high = sorted((first, second), key=lambda pitch: (pitch.midi, pitch.diatonic))
    return (high.diatonic - low.diatonic) % 7, (high.midi - low.midi) % 12


def is_consonant(first: Pitch, second: Pitch, *, with_bass: bool = True) -> bool:
    """Whether two pitches are consonant; of two upper voices (`with_bass` False) fourths and tritones pass as well."""
    interval = _interval(first, second)
    return interval in _CONSONANT or (not with_bass and interval in _MILD)


def perfect_of(low: Pitch, high: Pitch) -> int:
    """1 for a unison or octave, 5 for a perfect fifth, else 0, whichever of the two is lower."""
    return {(0, 0): 1, (4, 7): 5}.get(_interval(low, high), 0)


def is_perfect(low: Pitch, high: Pitch) -> bool:
    """Whether the two make a unison, fifth or octave."""
    return perfect_of(low, high) != 0


@dataclass(frozen=True, slots=True)
class Line:
    """A voice's tones in order; `given` marks the cantus."""

    voice: int
    tones: tuple[Tone, ...]
    given: bool
    onsets: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "onsets", tuple(tone.onset for tone in self.tones))

    def at(self, tick: int) -> Tone | None:
        """The tone that sounds at `tick`."""
        index = bisect_right(self.onsets, tick) - 1
        return self.tones[index] if index >= 0 and tick < self.tones[index].end else None

    def before(self, tick: int) -> Tone | None:
        """The tone that sounded just before `tick`: the one held into it, or the last that ended there."""
        index = bisect_left(self.onsets, tick) - 1
        return self.tones[index] if index >= 0 and self.tones[index].end >= tick else None


@dataclass(frozen=True, slots=True)
class Texture:
    """Lines, lowest first, over bars as (start, end); the music begins and ends with the cantus."""

    lines: tuple[Line, ...]
    bars: tuple[tuple[int, int], ...]

    @property
    def cantus(self) -> Line:
        """The given line."""
        return next(line for line in self.lines if line.given)

    @property
    def counterpoints(self) -> tuple[Line, ...]:
        """All other lines."""
        return tuple(line for line in self.lines if not line.given)

    @property
    def start(self) -> int:
        """The first tick of the cantus."""
        return self.cantus.tones[0].onset

    @property
    def last_bar(self) -> tuple[int, int]:
        """The bar of the final."""
        return self.bar_of(self.cantus.tones[-1].onset)

    @property
    def penultimate_bar(self) -> tuple[int, int]:
        """The bar before the final."""
        return self.bar_of(max(self.start, self.cantus.tones[-1].onset - 1))

    def bar_of(self, tick: int) -> tuple[int, int]:
        """The bar that holds `tick`; the last beyond the end."""
        index = bisect_right(self.bars, (tick, 1 << 60)) - 1
        return self.bars[max(0, index)]

    def on_downbeat(self, tick: int) -> bool:
        """Whether `tick` begins a bar."""
        return self.bar_of(tick)[0] == tick

    def is_whole(self, line: Line) -> bool:
        """Whether the line moves in whole bars alone."""
        return all(self.on_downbeat(tone.onset) and tone.duration >= self._length(tone) for tone in line.tones)

    def _length(self, tone: Tone) -> int:
        start, end = self.bar_of(tone.onset)
        return end - start

    def is_tied(self, tick: int) -> bool:
        """Whether some line holds a tone over `tick`."""
        return any(tone is not None and tone.onset < tick for tone in (line.at(tick) for line in self.counterpoints))

    def sounding(self, tick: int) -> list[tuple[int, Tone]]:
        """What sounds at `tick` as (voice, tone), lowest pitch first."""
        tones = [(line.voice, tone) for line in self.lines if (tone := line.at(tick)) is not None]
        return sorted(tones, key=lambda item: (item[1].pitch.midi, item[0]))

    def triadic_at(self, tick: int) -> bool:
        """Whether all that sounds at `tick` is consonant and stands in root position: no sixth above the bass."""
        tones = [tone.pitch for _, tone in self.sounding(tick)]
        bass = tones[0]
        return all((pitch.diatonic - bass.diatonic) % 7 in (0, 2, 4) for pitch in tones) and all(
            is_consonant(low, high, with_bass=low == bass) for low, high in combinations(tones, 2)
        )
