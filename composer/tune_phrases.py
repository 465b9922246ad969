"""Where a tune's phrases end, and how: by breath, by long notes, by the usual lengths, and by its last degree.

Conventions: bars counted from the tune's first bar line; closes are those of score.song.CLOSES; ideas are letters,
equal where the phrase's rhythm and contour are nearly equal.
"""

from __future__ import annotations

from dataclasses import dataclass

from partimento.score.tune_read import TuneNote
from partimento.theory.key import Key
from partimento.theory.meter import Meter

_LENGTH_COST = {1: 9, 2: 4, 3: 6, 4: 0, 5: 5, 6: 4, 7: 7, 8: 3}


@dataclass(frozen=True, slots=True)
class TunePhrase:
    """A phrase: first bar, bars, close and idea."""

    bar: int
    bars: int
    close: str
    idea: str


def find_phrases(notes: tuple[TuneNote, ...], meter: Meter, bars: int, key: Key) -> tuple[TunePhrase, ...]:
    """The tune cut into phrases of one to eight bars, four by preference, at its breaths."""
    rest = [_breath(notes, bar * meter.bar, meter) for bar in range(bars + 1)]
    best: list[tuple[int, int]] = [(0, 0)]
    for bar in range(1, bars + 1):
        options = [
            (best[bar - length][0] + cost - (rest[bar] if bar < bars else 0), length)
            for length, cost in _LENGTH_COST.items()
            if length <= bar
        ]
        best.append(min(options))
    cuts = []
    at = bars
    while at > 0:
        cuts.append((at - best[at][1], best[at][1]))
        at -= best[at][1]
    cuts.reverse()
    out: list[TunePhrase] = []
    shapes: list[tuple[tuple[int, int], ...]] = []
    for i, (start, length) in enumerate(cuts):
        shape = _shape(notes, start * meter.bar, (start + length) * meter.bar)
        idea = _idea(shape, shapes, out)
        last = i == len(cuts) - 1
        out.append(TunePhrase(start, length, _close(notes, (start + length) * meter.bar, key, last), idea))
        shapes.append(shape)
    return tuple(out)


def _breath(notes: tuple[TuneNote, ...], tick: int, meter: Meter) -> int:
    """0-6: how much of a breath lies about a bar line (a pick-up may come between the breath and the line)."""
    beat = meter.beat_lengths[0]
    window = [n for n in notes if tick - meter.bar <= n[0] < tick]
    if not window:
        return 3
    longest = 0
    for onset, length, _ in window:
        following = next((n[0] for n in notes if n[0] > onset), onset + length)
        silence = following - onset - length
        longest = max(longest, min(4, 2 * length // beat) + (2 if silence >= beat // 2 else 0))
    return min(6, longest)


def _close(notes: tuple[TuneNote, ...], end: int, key: Key, last: bool) -> str:
    """The cadence that the phrase's last note asks for."""
    final = [n for n in notes if n[0] < end][-1][2] % 12 if any(n[0] < end for n in notes) else -1
    if final == key.tonic.number or last:
        return "authentic"
    if final in {key.degree(d).number for d in (2, 5, 7)} | {key.degree(7, 1).number if key.is_minor else -2}:
        return "half"
    return "open"


def _shape(notes: tuple[TuneNote, ...], start: int, end: int) -> tuple[tuple[int, int], ...]:
    inside = [n for n in notes if start <= n[0] < end]
    return tuple((onset - start, number - inside[0][2]) for onset, _, number in inside)


def _idea(
    shape: tuple[tuple[int, int], ...], shapes: list[tuple[tuple[int, int], ...]], phrases: list[TunePhrase]
) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    for earlier, phrase in zip(shapes, phrases, strict=True):
        same = len(set(shape) & set(earlier)) * 2
        size = len(shape) + len(earlier)
        if size and same == size:
            return phrase.idea
        if size and same * 10 >= size * 6:
            return phrase.idea.rstrip("'") + "'"
    used = {phrase.idea[0] for phrase in phrases}
    return next((letter for letter in letters if letter not in used), "z")
