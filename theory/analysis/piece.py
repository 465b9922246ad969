"""What an analysis and a check read: a Piece, tones in voices over bars, apart from any file or Song.

Conventions: ticks, 480 to the quarter note; tick 0 starts the first written bar. A pick-up is a short first bar of
number 0 that has the meter of the bar after it and lies at that meter's end.
Voices are numbered from 0 at the bottom, as everywhere in theory; drums and other unpitched sounds are left out.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import NamedTuple

from partimento.theory.chord import Chord
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch


class Tone(NamedTuple):
    """A pitched note in a voice; tied notes are one Tone, grace notes have the short duration that they are played."""

    onset: int
    duration: int
    pitch: Pitch
    voice: int = 0
    grace: bool = False

    @property
    def end(self) -> int:
        """The tick after its last."""
        return self.onset + self.duration


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice: its name in the score ("Soprano", "Piano, left hand"), and whether it is a line (never two tones at
    once) or a texture of chords."""

    name: str
    line: bool = True


class BarSpan(NamedTuple):
    """A bar: the number printed in the score (0 for a pick-up), its ticks and its meter."""

    number: int
    start: int
    end: int
    meter: Meter

    @property
    def offset(self) -> int:
        """How many ticks of its meter's bar are missing before it: of a pick-up, which ends as a whole bar does."""
        return max(0, self.meter.bar - (self.end - self.start)) if self.number == 0 else 0

    def strength(self, tick: int) -> int:
        """The metrical weight of a tick of this bar, 4 at a whole bar's start, as `Meter.strength`."""
        return self.meter.strength(tick - self.start + self.offset)

    def beat(self, tick: int) -> float:
        """The felt beat at a tick of this bar, from 1.0, as a number with its fraction: 2.5 is half a beat after 2."""
        place = tick - self.start + self.offset
        index = self.meter.beat_at(place)
        within = place % self.meter.bar - self.meter.beats[index]
        return round(index + 1 + within / self.meter.beat_lengths[index], 3)


@dataclass(frozen=True, slots=True)
class Piece:
    """Music to be analysed or checked.

    `tones` are sorted by (onset, MIDI number, voice); `voices` lowest first; `bars` lie end to end from 0 to `end`.
    `spelled` says whether the spelling is the source's own (False for MIDI). `keys` are the written signatures as
    (tick, key), the mode that of the file where it says so; empty where the file is silent. `chords` are written chord
    symbols as (onset, duration, Chord or None for N.C.); `fermatas` ticks of the tones that carry one; `phrase_ends`
    ticks where slurs, breath marks or lines of text end a phrase; `sections` (tick, label) as the source labels them;
    `melody` the voice that leads, None where none does.
    """

    title: str
    tones: tuple[Tone, ...]
    voices: tuple[Voice, ...]
    bars: tuple[BarSpan, ...]
    end: int
    spelled: bool = True
    keys: tuple[tuple[int, Key], ...] = ()
    chords: tuple[tuple[int, int, Chord | None], ...] = ()
    fermatas: tuple[int, ...] = ()
    phrase_ends: tuple[int, ...] = ()
    sections: tuple[tuple[int, str], ...] = ()
    melody: int | None = None

    def bar_at(self, tick: int) -> BarSpan:
        """The bar that holds a tick, the first or last one beyond the ends; IndexError for a piece without bars."""
        return self.bars[max(0, bisect_right(self.bars, tick, key=_start) - 1)]


def _start(bar: BarSpan) -> int:
    return bar.start
