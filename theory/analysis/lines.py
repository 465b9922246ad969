"""Lines in a Piece: the leading one, what sounds at a tick, and where the leading line takes breath.

Conventions: tones are told by their index in `piece.tones`; grace notes are no part of a line. A Break lies between two
tones of the leading line; its weight is 0-1.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import log2
from typing import NamedTuple

from partimento.theory.analysis.piece import Piece, Tone
from partimento.theory.meter import TICKS

_LEADS = 0.4
"""A voice that sounds less than this share of the time leads nothing."""
_WINDOW = 8
_REST_WEIGHT, _LENGTH_WEIGHT, _WRITTEN, _FERMATA = 0.55, 0.5, 0.9, 1.0


class Break(NamedTuple):
    """A place to breathe: from the `onset` of the tone before it to the `tick` at which the line goes on (or ends)."""

    onset: int
    tick: int
    weight: float
    written: bool = False


class Sounding:
    """What sounds when: looked up by tick. `longest` bounds how far back a look must go."""

    __slots__ = ("_longest", "_onsets", "_tones")

    def __init__(self, piece: Piece) -> None:
        self._tones = piece.tones
        self._onsets = [tone.onset for tone in piece.tones]
        lengths = sorted(tone.duration for tone in piece.tones)
        # A drone of the whole piece would make every look as long as the piece: it is cut to 16 bars of 4/4.
        self._longest = min(lengths[-1], 64 * TICKS) if lengths else 0

    def within(self, start: int, end: int) -> list[int]:
        """The tones that sound in [start, end), in their order."""
        first = bisect_left(self._onsets, start - self._longest)
        last = bisect_left(self._onsets, end)
        return [i for i in range(first, last) if self._tones[i].end > start]

    def starting(self, start: int, end: int) -> range:
        """The tones that begin in [start, end)."""
        return range(bisect_left(self._onsets, start), bisect_left(self._onsets, end))

    def at(self, tick: int) -> list[int]:
        """The tones that sound at a tick."""
        return self.within(tick, tick + 1)

    def top(self, tick: int) -> Tone | None:
        """The highest tone at a tick, None in silence."""
        found = self.at(tick)
        return max((self._tones[i] for i in found), key=lambda tone: tone.pitch.midi) if found else None

    def bass(self, tick: int) -> Tone | None:
        """The lowest tone at a tick, None in silence."""
        found = self.at(tick)
        return min((self._tones[i] for i in found), key=lambda tone: tone.pitch.midi) if found else None


def leading_line(piece: Piece) -> tuple[int, ...]:
    """The tones of the voice that leads, one at a time: the piece's melody, else its top line, else all that is top."""
    chosen = [] if piece.melody is None else _of_voice(piece, piece.melody)
    if not chosen and piece.voices and piece.voices[-1].line:
        top = _of_voice(piece, len(piece.voices) - 1)
        if sum(piece.tones[i].duration for i in top) >= _LEADS * max(1, piece.end):
            chosen = top
    return _skyline(piece.tones, chosen or [i for i, tone in enumerate(piece.tones) if not tone.grace])


def _of_voice(piece: Piece, voice: int) -> list[int]:
    return [i for i, tone in enumerate(piece.tones) if tone.voice == voice and not tone.grace]


def _skyline(tones: Sequence[Tone], indices: Iterable[int]) -> tuple[int, ...]:
    """The highest tone of each onset, unless a higher one is still held well beyond it."""
    out: list[int] = []
    for i in indices:
        if out and tones[out[-1]].onset == tones[i].onset:
            if tones[i].pitch.midi >= tones[out[-1]].pitch.midi:
                out[-1] = i
            continue
        last = tones[out[-1]] if out else None
        if last is not None and last.end > tones[i].onset and last.pitch.midi > tones[i].pitch.midi:
            continue
        out.append(i)
    return tuple(out)


def breaks(piece: Piece, line: Sequence[int]) -> tuple[Break, ...]:
    """The places where the leading line may end a phrase, in order; the end of the piece is the last.

    A rest or a long tone among its neighbours weighs (proximity, as in Cambouropoulos's boundary detection, 2001);
    fermatas and what the source marks decide.
    """
    tones = [piece.tones[i] for i in line]
    fermatas = sorted(piece.fermatas)
    ends = sorted(piece.phrase_ends)
    steps = [after.onset - tone.onset for tone, after in pairwise(tones)]
    out = []
    for k, tone in enumerate(tones):
        goes_on = tones[k + 1].onset if k + 1 < len(tones) else max(piece.end, tone.end)
        held = _any_in(fermatas, tone.onset, max(tone.end, tone.onset + 1))
        marked = _any_in(ends, tone.onset + 1, goes_on + 1)
        if k + 1 == len(tones):
            out.append(Break(tone.onset, goes_on, 1.0, True))
        else:
            weight = _FERMATA if held else _WRITTEN if marked else _breath(tone, goes_on, steps, k)
            if weight > 0:
                out.append(Break(tone.onset, goes_on, weight, held or marked))
    return tuple(out)


def _any_in(ticks: Sequence[int], start: int, end: int) -> bool:
    return bisect_left(ticks, start) < bisect_left(ticks, end)


def _breath(tone: Tone, goes_on: int, steps: Sequence[int], k: int) -> float:
    near = sorted([*steps[max(0, k - _WINDOW) : k], *steps[k + 1 : k + 1 + _WINDOW]])
    usual = near[len(near) // 2] if near else TICKS
    longer = log2(max(1.0, (goes_on - tone.onset) / max(1, usual))) / 2
    rest = (goes_on - tone.end) / TICKS
    rest = rest if rest >= 0.24 else 0.0
    return round(min(1.0, _LENGTH_WEIGHT * min(1.0, longer) + _REST_WEIGHT * min(1.0, rest)), 4)


def fermatas_in(piece: Piece, start: int, end: int) -> bool:
    """Whether a tone that begins in [start, end) carries a fermata."""
    ticks = piece.fermatas
    return bisect_right(ticks, start - 1) < bisect_left(ticks, end)
