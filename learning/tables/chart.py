"""A piece's harmony as a bar chart: numerals with position in the bar, in beats."""

from __future__ import annotations

from dataclasses import dataclass

from partimento.learning.tables.corpus import Bar, Chord, Piece
from partimento.learning.tables.numerals import applied, numeral, triad


@dataclass(frozen=True, slots=True)
class Change:
    """A chord change: bar index, position and length in half beats, full numeral, plain triad, label colour."""

    bar: int
    at: int
    length: int
    full: str
    plain: str
    mode: str
    colour: str
    onset: int


def beats_in(bar: Bar) -> int:
    """Felt beats of a bar: four in 2/2, and a dotted quarter each in compound meters."""
    if bar.denominator == 8 and bar.numerator % 3 == 0:
        return max(bar.numerator // 3, 1)
    if bar.denominator == 2:
        return bar.numerator * 2
    return bar.numerator


def changes(piece: Piece, stable_sevenths: bool = False) -> list[Change]:
    """Chord changes in time order; repeats of one chord are merged, chords shorter than half a beat dropped."""
    merged: list[Chord] = []
    for chord in piece.chords:
        last = merged[-1] if merged else None
        if (
            last is not None
            and (chord.root, chord.quality, chord.bass, chord.mode) == (last.root, last.quality, last.bass, last.mode)
            and abs(last.onset + last.duration - chord.onset) <= 2
        ):
            end = chord.onset + chord.duration
            merged[-1] = Chord(last.onset, end - last.onset, last.root, last.quality, last.bass, last.mode, last.colour)
        else:
            merged.append(chord)
    out = []
    bar = 0
    for i, chord in enumerate(merged):
        while bar + 1 < len(piece.bars) and piece.bars[bar + 1].onset <= chord.onset:
            bar += 1
        if not piece.bars or chord.onset < piece.bars[bar].onset:
            continue
        here = piece.bars[bar]
        halves = beats_in(here) * 2
        length = round(chord.duration * halves / here.length)
        if length < 1:
            continue
        at = min(round((chord.onset - here.onset) * halves / here.length), halves - 1)
        following = merged[i + 1] if i + 1 < len(merged) else None
        full = None
        if following is not None and following.mode == chord.mode and chord.bass == chord.root:
            full = applied(chord.root, chord.quality, following.root, chord.mode, stable_sevenths)
        full = full or numeral(chord.root, chord.quality, chord.bass, chord.mode)
        plain = triad(chord.root, chord.quality, chord.mode)
        out.append(Change(bar, at, length, full, plain, chord.mode, chord.colour, chord.onset))
    return out


def bar_index(piece: Piece, tick: int) -> int:
    """Index of the bar whose start is nearest to a tick."""
    low, high = 0, len(piece.bars)
    while low < high:
        middle = (low + high) // 2
        if piece.bars[middle].onset + piece.bars[middle].length // 2 <= tick:
            low = middle + 1
        else:
            high = middle
    return low


def bar_chart(piece: Piece, found: list[Change]) -> list[tuple[tuple[int, str, str], ...]]:
    """For each bar the (half-beat position, triad, numeral) of its chords, the one held over the line included."""
    rows: list[list[tuple[int, str, str]]] = [[] for _ in piece.bars]
    for change in found:
        rows[change.bar].append((change.at, change.plain, change.full))
    held: tuple[str, str] | None = None
    out = []
    for row in rows:
        # two changes rounded to one place: the later stays
        unique = {at: (plain, full) for at, plain, full in row}
        if held is not None and 0 not in unique:
            unique[0] = held
        cells: list[tuple[int, str, str]] = []
        for at in sorted(unique):
            plain, full = unique[at]
            if not cells or cells[-1][2] != full:
                cells.append((at, plain, full))
        out.append(tuple(cells))
        if cells:
            held = (cells[-1][1], cells[-1][2])
    return out
