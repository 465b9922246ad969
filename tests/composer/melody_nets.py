"""Nets for tests of the melody: they draw what the guard allows, or what they were told, and load nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp, log
from typing import cast

from partimento.composer.neural.melody import Ask, Guard, Line, MelodyNet, Note
from partimento.composer.neural.muse import Muse, Taste
from partimento.score.stream import Stream

NEVER = -1e9
Liking = Callable[[Sequence[Note], int], float]
"""Nats for a pitch after some notes."""


class Chance:
    """A net that knows nothing: sixteenths and pitches alike, under the guard; `likes` may prefer pitches."""

    def __init__(self, likes: Liking | None = None) -> None:
        self.likes = likes
        self.asked: list[Ask] = []

    def write(
        self,
        ask: Ask,
        guards: Sequence[Guard | None],
        streams: Sequence[Stream],
        temperature: float = 1.0,
        floor: float = 0.0,
        rhythm: Sequence[tuple[int, int]] | None = None,
    ) -> list[Line]:
        """A line a stream, one after another."""
        self.asked.append(ask)
        lines = []
        for guard, stream in zip(guards, streams, strict=True):
            assert guard is not None
            notes = self._free(ask, guard, stream) if rhythm is None else self._given(ask, guard, stream, rhythm)
            shares = tuple(-log(25.0) for _ in notes)
            lines.append(Line(tuple(notes), shares, shares))
        return lines

    def beam(
        self, ask: Ask, guard: Guard | None, width: int, rhythm: Sequence[tuple[int, int]] | None = None
    ) -> list[Line]:
        """Lines of fixed draws."""
        return self.write(ask, [guard] * width, [Stream(k, "beam") for k in range(width)], rhythm=rhythm)

    def _free(self, ask: Ask, guard: Guard, stream: Stream) -> list[Note]:
        notes: list[Note] = []
        for start, length, _, _ in ask.bars:
            tick = start
            while True:
                sung = notes[-1][0] + notes[-1][1] if notes else start
                ticks = [t for t in range(tick, start + length, 120) if t >= sung] + [start + length]
                at = _drawn(guard.onsets(notes, ticks), stream)
                if at in (None, len(ticks) - 1):
                    break
                onset = ticks[at]
                lengths = [120, 240, 480, 960]
                how = _drawn(guard.durations(notes, onset, lengths), stream) or 0
                notes.append((onset, lengths[how], self._pitch(ask, guard, stream, notes, onset, lengths[how])))
                tick = onset + 120
        return notes

    def _given(self, ask: Ask, guard: Guard, stream: Stream, rhythm: Sequence[tuple[int, int]]) -> list[Note]:
        notes: list[Note] = []
        for onset, duration in rhythm:
            notes.append((onset, duration, self._pitch(ask, guard, stream, notes, onset, duration)))
        return notes

    def _pitch(
        self, ask: Ask, guard: Guard, stream: Stream, notes: Sequence[Note], onset: int, duration: int
    ) -> int:
        midis = list(range(ask.low, ask.high + 1))
        nats = guard.pitches(notes, onset, duration, midis)
        if self.likes is not None:
            nats = [n + self.likes([*ask.before, *notes], m) for n, m in zip(nats, midis, strict=True)]
        at = _drawn(nats, stream)
        assert at is not None, "the guard forbids every pitch"
        return midis[at]


def _drawn(nats: Sequence[float], stream: Stream) -> int | None:
    weights = [int(1e6 * exp(max(-12.0, n - max(nats)))) if n > NEVER / 2 else 0 for n in nats]
    return stream.weighted(range(len(weights)), weights) if any(weights) else None


def muse_with(net: Chance, *, hard: bool = False, candidates: int = 3, beam: bool = False) -> Muse:
    """A Muse whose melody is sung by a net of these."""
    taste = Taste(hard=hard, candidates=candidates, beam=beam)
    return Muse(engine="neural" if hard else "hybrid", taste=taste, melody=cast(MelodyNet, net))
