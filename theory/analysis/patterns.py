"""How the harmony of a piece goes: round a loop, by the blues, over a drone, by functions, or by a mode.

Conventions: harmony is looked at a beat at a time. A loop is the shortest run of one to eight whole bars that a section
goes round in; it is called a loop, whatever functions its chords would have elsewhere, and where a piece is made of
loops, blues choruses or a drone it has one key.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

from partimento.theory.analysis.blues import Bar, is_blues
from partimento.theory.analysis.findings import ChordSpan, FoundCadence, FoundSection
from partimento.theory.analysis.piece import Piece
from partimento.theory.key import Key
from partimento.theory.roman import Numeral

_LOOP_BARS = (1, 2, 4, 8)
_LOOP_SHARE, _LOOP_TIMES = 0.8, 2
_LOOPING = 0.6
"""The share of the bars that lie in sections which go round a loop, of a piece that is called one."""
_DRONE_SHARE = 0.85
_CHURCH = ("dorian", "phrygian", "lydian", "mixolydian", "locrian")

Found = tuple[str, tuple[str, ...]]


def find_pattern(
    piece: Piece, key: Key, chords: Sequence[ChordSpan], cadences: Sequence[FoundCadence],
    sections: Sequence[FoundSection],
) -> Found:  # fmt: skip
    """The pattern's name ("loop", "blues", "drone", "functional", "modal" or "none") and the numerals of a loop."""
    named = [span for span in chords if span.chord is not None]
    bars = _bars(piece, chords)
    if not named or not bars:
        return "none", ()
    if is_blues(bars, key):
        return "blues", ()
    if _is_drone(piece, named):
        return "drone", ()
    loop = _loop(bars, _parts(piece, sections, len(bars)))
    if loop:
        return "loop", tuple(loop)
    if key.mode in _CHURCH:
        return "modal", ()
    return ("functional" if _leads(named, cadences) else "none"), ()


def _bars(piece: Piece, chords: Sequence[ChordSpan]) -> list[Bar]:
    """The chords of each whole bar's beats; a pick-up is left out."""
    out = []
    k = 0
    for bar in piece.bars:
        row = []
        for beat in bar.meter.beats:
            tick = bar.start + beat
            while k < len(chords) and chords[k].end <= tick:
                k += 1
            inside = k < len(chords) and chords[k].start <= tick < bar.end
            row.append(chords[k] if inside and chords[k].chord is not None else None)
        if bar.number or bar.end - bar.start == bar.meter.bar:
            out.append(tuple(row))
    return out


def _parts(piece: Piece, sections: Sequence[FoundSection], count: int) -> list[tuple[int, int]]:
    """The sections as ranges of whole bars, the whole piece where it has none."""
    whole = [bar.start for bar in piece.bars][len(piece.bars) - count :]
    parts = [(bisect_left(whole, row.start), bisect_left(whole, row.end)) for row in sections]
    return [(start, end) for start, end in parts if end > start] or [(0, count)]


def _root(span: ChordSpan | None) -> int:
    return span.chord.root.number if span is not None and span.chord is not None else -1


def _loop(bars: Sequence[Bar], parts: Sequence[tuple[int, int]]) -> list[str]:
    """The numerals of the loop that most bars go round in, [] where too few bars are of loops, or it is one chord."""
    rounds: dict[tuple[str, ...], int] = {}
    for start, end in parts:
        numerals = _loop_of(bars[start:end])
        if len(set(numerals)) > 1:
            rounds[tuple(numerals)] = rounds.get(tuple(numerals), 0) + end - start
    if sum(rounds.values()) >= _LOOPING * len(bars):
        longest = max(sorted(rounds), key=lambda numerals: rounds[numerals])
        return list(longest)
    return []


def _loop_of(bars: Sequence[Bar]) -> list[str]:
    """The numerals of the shortest loop of a stretch of bars."""
    roots = [tuple(_root(span) for span in bar) for bar in bars]
    for length in _LOOP_BARS:
        if len(bars) < length * (_LOOP_TIMES + (length > 4)):
            break
        pairs = [
            a == b
            for one, other in zip(roots, roots[length:], strict=False)
            for a, b in zip(one, other, strict=False)
            if a >= 0 or b >= 0
        ]
        if pairs and sum(pairs) >= _LOOP_SHARE * len(pairs):
            numerals = _usual_round(bars, length)
            # Eight bars of as many chords are a strophe, not a loop.
            return numerals if length <= 4 or len(numerals) <= 4 else []
    return []


def _usual_round(bars: Sequence[Bar], length: int) -> list[str]:
    """What most rounds have, a numeral for each stretch of one root."""
    stretches: list[tuple[int, Counter[str]]] = []
    for place in range(length):
        rows = bars[place::length]
        for beat in range(max((len(row) for row in rows), default=0)):
            heard = [span for row in rows if beat < len(row) and (span := row[beat]) is not None]
            roots = Counter(_root(span) for span in heard)
            if not roots:
                continue
            root = min(roots, key=lambda number: (-roots[number], number))
            if not stretches or stretches[-1][0] != root:
                stretches.append((root, Counter()))
            stretches[-1][1].update(span.numeral for span in heard if _root(span) == root)
    if len(stretches) > 1 and stretches[0][0] == stretches[-1][0]:
        stretches[0][1].update(stretches.pop()[1])
    return [min(names, key=lambda name: (-names[name], name)) for _, names in stretches]


def _is_drone(piece: Piece, chords: Sequence[ChordSpan]) -> bool:
    """Whether one bass tone lies under nearly everything, or one chord holds nearly throughout."""
    total = sum(span.end - span.start for span in chords)
    if len(piece.bars) < 4 or total <= 0:
        return False
    roots: Counter[int] = Counter()
    for span in chords:
        if span.chord is not None:
            roots[span.chord.root.number] += span.end - span.start
    if roots.most_common(1)[0][1] >= _DRONE_SHARE * total:
        return True
    held: Counter[int] = Counter()
    for tone in piece.tones:
        if tone.voice == 0:
            held[tone.pitch.midi] += tone.duration
    longest = held.most_common(1)[0][1] if held else 0
    return longest >= _DRONE_SHARE * piece.end and sum(held.values()) - longest < (1 - _DRONE_SHARE) * piece.end


def _leads(chords: Sequence[ChordSpan], cadences: Sequence[FoundCadence]) -> bool:
    """Whether dominants lead home: an authentic close, or two such steps."""
    if any(cadence.kind in ("PAC", "IAC", "IAC-inverted", "viio-I") for cadence in cadences):
        return True
    steps = 0
    for before, after in zip(chords, chords[1:], strict=False):
        goes, comes = Numeral.parse(before.numeral), Numeral.parse(after.numeral)
        dominant = goes.degree in (5, 7) and not goes.alter and not goes.is_minor
        steps += dominant and comes.degree == 1 and before.key == after.key
    return steps >= 2
