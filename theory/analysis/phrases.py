"""Phrases: the way through the breaks of the leading line that closes best and keeps to usual lengths.

Conventions: phrases lie end to end from 0 to the piece's end; a pick-up belongs to the phrase that it leads into.
Fermatas and phrase ends of the source decide; elsewhere breath, cadences, a length of about four bars and openings that
are alike are weighed (grouping preferences 2, 5 and 6 of Lerdahl and Jackendoff, 1983). Letters tell which phrases
begin alike: "a", "a'" where one varies or transposes it, "b".
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from math import log2

from partimento.theory.analysis.findings import FoundCadence, FoundPhrase
from partimento.theory.analysis.lines import Break
from partimento.theory.analysis.piece import Piece
from partimento.theory.meter import TICKS

_EACH, _LENGTH, _CADENCE, _WRITTEN = 0.75, 0.45, 0.7, 3.0
_USUAL_BARS = 4
_LEAST = 0.15
_MOST_BEFORE = 60
"""Breaks that a phrase may reach over."""
_SAME, _VARIED, _TRANSPOSED = 0.8, 0.5, 0.75
_OPENING_BARS = 2
_PLACE = 120


def find_phrases(
    piece: Piece, line: Sequence[int], breaks: Sequence[Break], cadences: Sequence[FoundCadence]
) -> tuple[FoundPhrase, ...]:
    """The phrases of a piece whose leading line, its breaks and its cadences are known; none of a piece of no tones."""
    places = [one for one in breaks if one.weight >= _LEAST]
    if not places:
        return ()
    closing = [_closing(one, cadences) for one in places]
    chosen = _best_way(piece, places, [_value(one, cadences, c) for one, c in zip(places, closing, strict=True)])
    starts = [0, *(places[k].tick for k in chosen[:-1])]
    ends = [*starts[1:], max(piece.end, starts[-1] + 1)]
    ideas = _ideas(piece, line, list(zip(starts, ends, strict=True)))
    return tuple(
        FoundPhrase(start, end, idea, closing[k])
        for start, end, idea, k in zip(starts, ends, ideas, chosen, strict=True)
    )


def _closing(one: Break, cadences: Sequence[FoundCadence]) -> int | None:
    """The cadence that arrives within a break, with its first tone or a chord before."""
    i = bisect_right(cadences, max(one.onset, one.tick - 1), key=_arrival) - 1
    return i if i >= 0 and cadences[i].arrival >= one.onset - TICKS else None


def _arrival(cadence: FoundCadence) -> int:
    return cadence.arrival


def _value(one: Break, cadences: Sequence[FoundCadence], closing: int | None) -> float:
    close = _CADENCE * cadences[closing].sure if closing is not None else 0.0
    return one.weight + close + (_WRITTEN if one.written else 0.0)


def _best_way(piece: Piece, places: Sequence[Break], values: Sequence[float]) -> list[int]:
    """The breaks that end phrases, the last one always."""
    bar = _usual_bar(piece)
    best: list[float] = []
    came: list[int] = []
    for k, place in enumerate(places):
        top, origin = float("-inf"), -1
        for i in range(max(-1, k - _MOST_BEFORE), k):
            start = places[i].tick if i >= 0 else 0
            score = (best[i] if i >= 0 else 0.0) - _EACH - _length_price(place.tick - start, bar)
            if score > top:
                top, origin = score, i
        best.append(top + values[k])
        came.append(origin)
    k = len(places) - 1
    chosen = [k]
    while came[k] >= 0:
        k = came[k]
        chosen.append(k)
    return chosen[::-1]


def _length_price(length: int, bar: int) -> float:
    bars = max(0.25, length / bar)
    away = abs(log2(bars / _USUAL_BARS))
    # Two to eight bars are common, and between them only a little is lost.
    return _LENGTH * (0.35 * min(1.0, away) + 1.6 * max(0.0, away - 1.0))


def _usual_bar(piece: Piece) -> int:
    lengths = [bar.meter.bar for bar in piece.bars] or [4 * TICKS]
    return max(set(lengths), key=lambda length: (lengths.count(length), length))


def _ideas(piece: Piece, line: Sequence[int], spans: Sequence[tuple[int, int]]) -> list[str]:
    onsets = [piece.tones[i].onset for i in line]
    reach = _OPENING_BARS * _usual_bar(piece)
    seen: list[tuple[list[tuple[int, int]], str]] = []
    count: dict[str, int] = {}
    out = []
    for start, end in spans:
        first = bisect_right(onsets, start - 1)
        last = bisect_right(onsets, min(end, start + reach) - 1)
        opening = [(piece.tones[i].onset - start, piece.tones[i].pitch.midi) for i in line[first:last]]
        letter, like = "", 0.0
        for other, name in seen:
            share = _likeness(opening, other)
            if share > like:
                letter, like = name, share
        if like < _VARIED:
            letter = _letter(len({name for _, name in seen}))
        elif like < _SAME:
            count[letter] = count.get(letter, 0) + 1
        seen.append((opening, letter))
        varied = _VARIED <= like < _SAME
        out.append(letter + "'" * (min(3, count[letter]) if varied else 0))
    return out


def _likeness(one: Sequence[tuple[int, int]], other: Sequence[tuple[int, int]]) -> float:
    """How much of two openings is the same, or the same at another pitch, which counts for less."""
    if not one or not other:
        return 0.0
    plain = _share(one, other, 0)
    shift = other[0][1] - one[0][1]
    return max(plain, _TRANSPOSED * _share(one, other, shift)) if shift else plain


def _share(one: Sequence[tuple[int, int]], other: Sequence[tuple[int, int]], shift: int) -> float:
    mine = {(place // _PLACE, midi + shift) for place, midi in one}
    theirs = {(place // _PLACE, midi) for place, midi in other}
    return len(mine & theirs) / len(mine | theirs)


def _letter(number: int) -> str:
    return (_letter(number // 26 - 1) if number >= 26 else "") + chr(ord("a") + number % 26)
