"""Phrases: the way through the breaks of the leading line that closes best and keeps to usual lengths.

Conventions: phrases lie end to end from 0 to the piece's end; a pick-up belongs to the phrase that it leads into.
Fermatas and phrase ends of the source decide; elsewhere breath, voices that stand still together, cadences, sections,
a regular course, a length of about four bars and openings that are alike are weighed (grouping preferences 2, 5 and 6
of Lerdahl and Jackendoff, 1983). Letters tell which phrases
begin alike: "a", "a'" where one varies or transposes it, "b".
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from math import log2

from partimento.theory.analysis.findings import FoundCadence, FoundPhrase, FoundSection
from partimento.theory.analysis.lines import Break
from partimento.theory.analysis.piece import Piece
from partimento.theory.meter import TICKS

_EACH, _LENGTH, _CADENCE, _WRITTEN = 0.38, 1.0, 1.6, 3.0
_BREATH, _PARALLEL, _UNEVEN = 2.2, 0.1, 0.25
_WITHIN, _BEYOND = 0.1, 2.4
_SECTION, _STILL, _REGULAR = 0.8, 0.65, 0.55
"""Prices and gains, set on even-numbered chorales without their fermatas and on even phrases of POP909 together."""
_USUAL_BARS = 4
_LEAST = 0.1
_COURSES = (2, 4, 8)
_LINES = 3
_MOST_BEFORE = 60
"""Breaks that a phrase may reach over."""
_SAME, _VARIED, _TRANSPOSED = 0.8, 0.5, 0.75
_OPENING_BARS = 2
_PLACE = 120


def find_phrases(
    piece: Piece, line: Sequence[int], breaks: Sequence[Break], cadences: Sequence[FoundCadence],
    sections: Sequence[FoundSection] = (),
) -> tuple[FoundPhrase, ...]:  # fmt: skip
    """The phrases of a piece whose leading line, its breaks, cadences and sections are known; none without tones."""
    still = _standing_still(piece, line)
    places = _at_sections(_places(piece, line, breaks, still), sections, max(piece.end, 1))
    if not places:
        return ()
    bar = _usual_bar(piece)
    closing = [_closing(one, cadences, bar) for one in places]
    returns = _returning(piece, line, [one.tick for one in places])
    begun = _begun(places, sections, bar)
    values = [
        _value(one, cadences, close)
        + _PARALLEL * parallel
        + _SECTION * (one.tick in begun)
        + _STILL * (one.onset in still)
        for one, close, parallel in zip(places, closing, returns, strict=True)
    ]
    regular = _regular(places, values, bar, max(piece.end, 1))
    values = [value + _REGULAR * (one.tick in regular) for one, value in zip(places, values, strict=True)]
    chosen = _best_way(piece, places, values)
    starts = [0, *(places[k].tick for k in chosen[:-1])]
    ends = [*starts[1:], max(piece.end, starts[-1] + 1)]
    ideas = _ideas(piece, line, list(zip(starts, ends, strict=True)))
    return tuple(
        FoundPhrase(start, end, idea, closing[k])
        for start, end, idea, k in zip(starts, ends, ideas, chosen, strict=True)
    )


def _standing_still(piece: Piece, line: Sequence[int]) -> frozenset[int]:
    """Where, in music of lines, a tone of the line stands still with all voices, on a stronger place than the next."""
    if len(piece.voices) < _LINES or not all(voice.line for voice in piece.voices):
        return frozenset()
    onsets = sorted({tone.onset for tone in piece.tones if not tone.grace})
    found = []
    for before, after in pairwise(line):
        here, there = piece.tones[before].onset, piece.tones[after].onset
        together = bisect_right(onsets, here) == bisect_left(onsets, there)
        if together and there - here >= TICKS and _strength(piece, here) > _strength(piece, there):
            found.append(here)
    return frozenset(found)


def _strength(piece: Piece, tick: int) -> int:
    return piece.bar_at(tick).strength(tick) if piece.bars else 0


def _at_sections(places: list[Break], sections: Sequence[FoundSection], end: int) -> list[Break]:
    """The places, one in whose silence a section begins being there and not where the line goes on later."""
    found = {one.tick: one for one in places}
    starts = [one.onset for one in places]
    for section in sections:
        i = bisect_left(starts, section.start) - 1
        if i >= 0 and section.start < min(end, places[i].tick):
            if i + 1 < len(places):
                found.pop(places[i].tick, None)
            found[section.start] = places[i]._replace(tick=section.start)
    return [found[tick] for tick in sorted(found)]


def _begun(places: Sequence[Break], sections: Sequence[FoundSection], bar: int) -> frozenset[int]:
    """The places at which sections begin, each the nearest within half a bar, for a line may begin before the bar."""
    ticks = [one.tick for one in places]
    out = []
    for section in sections:
        near = ticks[max(0, bisect_left(ticks, section.start - bar // 2)) : bisect_right(ticks, section.start)]
        if near and section.start > 0:
            out.append(near[-1])
    return frozenset(out)


def _regular(places: Sequence[Break], values: Sequence[float], bar: int, end: int) -> frozenset[int]:
    """The places on the regular course of two, four or eight bars that the evidence speaks most for."""
    best: tuple[float, frozenset[int]] = (0.0, frozenset())
    for bars in _COURSES:
        course = bars * bar
        sums: dict[int, float] = {}
        for one, value in zip(places[:-1], values, strict=False):
            sums[one.tick % course] = sums.get(one.tick % course, 0.0) + value
        for place, total in sums.items():
            mean = total / max(1.0, end / course - 1)
            if end >= 3 * course and mean > best[0]:
                best = mean, frozenset(one.tick for one in places if one.tick % course == place)
    return best[1]


def _places(piece: Piece, line: Sequence[int], breaks: Sequence[Break], still: frozenset[int]) -> list[Break]:
    """Where phrases may end: the breaks that count, after tones that stand still, before each tone at a bar line."""
    known = {one.tick: one for one in breaks if one.weight >= _LEAST}
    starts = {bar.start for bar in piece.bars}
    for before, after in pairwise(line):
        onset = piece.tones[after].onset
        if onset in starts or piece.tones[before].onset in still:
            known.setdefault(onset, Break(piece.tones[before].onset, onset, 0.0))
    return [known[tick] for tick in sorted(known)]


def _returning(piece: Piece, line: Sequence[int], ticks: Sequence[int]) -> list[float]:
    """Of each place whether the line goes on as it does at another one, or at the beginning: 1 so, 0.5 transposed."""
    bar = _usual_bar(piece)
    onsets = [piece.tones[i].onset for i in line]
    plain: Counter[object] = Counter()
    moved: Counter[object] = Counter()
    rows = []
    for tick in [*onsets[:1], *ticks]:
        first = bisect_left(onsets, tick)
        opening = [piece.tones[i] for i in line[first : bisect_left(onsets, tick + bar)]]
        told = tuple((tone.onset - tick, tone.pitch.midi) for tone in opening)
        steps = tuple((place, midi - told[0][1]) for place, midi in told)
        enough = len({midi for _, midi in told}) >= 3
        rows.append((told, steps) if enough else None)
        if enough:
            plain[told] += 1
            moved[steps] += 1
    return [0.0 if row is None else 1.0 if plain[row[0]] > 1 else 0.5 if moved[row[1]] > 1 else 0.0 for row in rows[1:]]


def _closing(one: Break, cadences: Sequence[FoundCadence], bar: int) -> int | None:
    """The cadence that arrives within a break, or before it by less than a bar."""
    i = bisect_right(cadences, max(one.onset, one.tick - 1), key=_arrival) - 1
    return i if i >= 0 and cadences[i].arrival > one.onset - bar else None


def _arrival(cadence: FoundCadence) -> int:
    return cadence.arrival


def _value(one: Break, cadences: Sequence[FoundCadence], closing: int | None) -> float:
    close = _CADENCE * cadences[closing].sure if closing is not None else 0.0
    return _BREATH * one.weight + close + (_WRITTEN if one.written else 0.0)


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


@lru_cache(4096)
def _length_price(length: int, bar: int) -> float:
    bars = max(0.25, length / bar)
    away = abs(log2(bars / _USUAL_BARS))
    # Two to eight bars are common, and between them only a little is lost.
    uneven = _UNEVEN * min(0.5, abs(bars - round(bars)))
    return _LENGTH * (_WITHIN * min(1.0, away) + _BEYOND * max(0.0, away - 1.0)) + uneven


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
