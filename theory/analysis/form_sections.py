"""The sections of a Piece: its own where the source labels them, else by what returns; labelled A, A', B by likeness.

Conventions: ticks, sections end to end from 0 to the piece's end. Of a piece over 240 bars several bars at a time are
looked at as one, so that its sections are as much longer.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from partimento.theory.analysis.findings import ChordSpan, FoundSection
from partimento.theory.analysis.form import BarLook, Stretch, Things, find_form, likeness
from partimento.theory.analysis.piece import BarSpan, Piece

_PLACE = 240
_PICK_UP = 480
_MOST_LOOKS = 240
_VARIED = 0.85
"""A return less like its model than this has a prime."""
_SAME = 0.43


def find_sections(piece: Piece, line: Sequence[int], chords: Sequence[ChordSpan]) -> tuple[FoundSection, ...]:
    """The sections of a piece whose leading `line` (tones by index) and chords are known; none without bars."""
    if not piece.bars or not piece.tones:
        return ()
    looks = _looks(piece, line, chords)
    if piece.sections:
        return _labelled(piece, looks)
    first = int(piece.bars[0].number == 0)
    size = -(-(len(looks) - first) // _MOST_LOOKS)
    pooled = [_pooled(looks[i : i + size]) for i in range(first, len(looks), size)]
    return _found(piece, find_form(pooled), first, size)


def _found(piece: Piece, form: Sequence[Stretch], first: int, size: int) -> tuple[FoundSection, ...]:
    labels = _Labels()
    out = []
    for stretch in form:
        start = piece.bars[first + stretch.start * size].start if stretch.start else 0
        after = first + stretch.end * size
        end = piece.bars[after].start if after < len(piece.bars) else piece.end
        label = labels.next(stretch.letter, stretch.like)
        out.append(FoundSection(start, end, label, "", round(stretch.like if len(form) > 1 else 0.5, 3)))
    return tuple(out)


def _labelled(piece: Piece, looks: Sequence[BarLook]) -> tuple[FoundSection, ...]:
    """The source's sections under their names, with letters by likeness."""
    starts: dict[int, str] = {}
    for tick, name in piece.sections:
        if tick < piece.end:
            starts[max(0, tick)] = name
    ticks = sorted(starts)
    if ticks[:1] != [0]:
        ticks.insert(0, 0)
    ends = [*ticks[1:], piece.end]
    bar_starts = [bar.start for bar in piece.bars]
    inside = [
        looks[max(0, bisect_right(bar_starts, start) - 1) : bisect_right(bar_starts, max(start, end - 1))]
        for start, end in zip(ticks, ends, strict=True)
    ]
    labels = _Labels()
    letters: list[int] = []
    out = []
    for i, (start, end) in enumerate(zip(ticks, ends, strict=True)):
        best, letter = _SAME, max(letters, default=-1) + 1
        for k in range(i):
            share = likeness(inside[i], inside[k])
            if share > best:
                best, letter = share, letters[k]
        like = best if letter in letters else 1.0
        letters.append(letter)
        out.append(FoundSection(start, end, labels.next(letter, like), starts.get(start, ""), round(like, 3)))
    return tuple(out)


class _Labels:
    """Hands out A, B, and primes for varied returns."""

    def __init__(self) -> None:
        self._letters: dict[int, str] = {}
        self._primes: dict[int, int] = {}

    def next(self, letter: int, like: float) -> str:
        """The label of the next section of a kind."""
        if letter not in self._letters:
            self._letters[letter] = letters_of(len(self._letters))
            return self._letters[letter]
        if like >= _VARIED:
            return self._letters[letter]
        self._primes[letter] = self._primes.get(letter, 0) + 1
        return self._letters[letter] + "'" * min(3, self._primes[letter])


def letters_of(number: int) -> str:
    """A to Z, AA to ZZ.

    >>> letters_of(0), letters_of(27)
    ('A', 'AB')
    """
    return (letters_of(number // 26 - 1) if number >= 26 else "") + chr(ord("A") + number % 26)


def _looks(piece: Piece, line: Sequence[int], chords: Sequence[ChordSpan]) -> list[BarLook]:
    starts = [bar.start for bar in piece.bars]
    tunes: list[set[tuple[int, int]]] = [set() for _ in starts]
    sounds = [False] * len(starts)
    for i in line:
        tone = piece.tones[i]
        at = max(0, bisect_right(starts, tone.onset) - 1)
        tunes[at].add(((tone.onset - starts[at]) // _PLACE, tone.pitch.midi % 12))
        for held in range(at, max(at + 1, bisect_right(starts, tone.end - 1))):
            sounds[held] = True
    roots = _roots(piece, chords)
    return [
        _look(tune, root, bar, heard) for tune, root, bar, heard in zip(tunes, roots, piece.bars, sounds, strict=True)
    ]


def _roots(piece: Piece, chords: Sequence[ChordSpan]) -> list[set[tuple[int, int]]]:
    out: list[set[tuple[int, int]]] = []
    k = 0
    for bar in piece.bars:
        here = set()
        for beat in bar.meter.beats:
            tick = bar.start + beat
            if tick >= bar.end:
                break
            while k < len(chords) and chords[k].end <= tick:
                k += 1
            chord = chords[k].chord if k < len(chords) and chords[k].start <= tick else None
            if chord is not None:
                here.add((beat, chord.root.number))
        out.append(here)
    return out


def _look(tune: set[tuple[int, int]], roots: set[tuple[int, int]], bar: BarSpan, sounds: bool) -> BarLook:
    middle = bar.meter.bar // 2
    begins = any(place * _PLACE < middle for place, _ in tune)
    ends = any(middle <= place * _PLACE < bar.meter.bar - _PICK_UP for place, _ in tune)
    return BarLook(frozenset(tune), frozenset(roots), begins, ends, sounds)


def _pooled(looks: Sequence[BarLook]) -> BarLook:
    """Several bars as one."""
    if len(looks) == 1:
        return looks[0]
    return BarLook(
        _shifted([look.tune for look in looks]),
        _shifted([look.roots for look in looks]),
        looks[0].begins,
        looks[-1].ends,
        any(look.sounds for look in looks),
    )


def _shifted(rows: Sequence[Things]) -> Things:
    return frozenset((place + 100_000 * i, what) for i, row in enumerate(rows) for place, what in row)
