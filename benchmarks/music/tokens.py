"""A melody as tokens: what its notes do one after another, counted, for a discriminator that reads more than averages.

Conventions: pitches count from the closing key's tonic, distances of onsets are in sixteenths, at most a bar of 4/4;
durations are left out, since people's are performed and ours written. A view is one way of reading; an n-gram is one
hashed number, the same in every process. A view that a piece cannot have (no chords, no key) is empty.
"""

from __future__ import annotations

import zlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from partimento.benchmarks.music.piece import Piece, Tone, place

SIZE = 1 << 12
"""Hash buckets a view: fewer than one in ten of the n-grams of a hundred pop melodies meet another there."""
VIEWS = ("interval", "rhythm", "step", "bar", "degree", "chord")
WIDEST = 13
"""Semitones from which on intervals are one."""
Bag = dict[int, int]


def bags(piece: Piece) -> dict[str, Bag]:
    """Return, by view, how often each hashed n-gram comes in the melody; empty ones for fewer than two notes."""
    line = sorted(piece.melody)
    moves = [
        (max(-WIDEST, min(WIDEST, b.midi - a.midi)), min(max(round((b.onset - a.onset) * 4 / piece.tpq), 0), 16))
        for a, b in pairwise(line)
    ]
    return {
        "interval": _counted(_grams([(i,) for i, _ in moves], (1, 2, 3))),
        "rhythm": _counted(_grams([(s,) for _, s in moves], (1, 2, 3, 4))),
        "step": _counted(_grams(moves, (1, 2, 3))),
        "bar": _counted(_bars(piece)),
        "degree": _counted(_degrees(piece)),
        "chord": _counted(_chords(piece)),
    }


def _grams(tokens: Sequence[tuple[int, ...]], lengths: Sequence[int]) -> Iterator[tuple[int, ...]]:
    for length in lengths:
        for first in range(len(tokens) - length + 1):
            yield (length, *(n for token in tokens[first : first + length] for n in token))


def _bars(piece: Piece) -> Iterator[tuple[int, ...]]:
    """Each bar's onsets as a bit mask, alone and with the next bar's."""
    masks: Counter[int] = Counter()
    for bar, step in {place(piece, tone.onset, 4) for tone in piece.melody}:
        masks[bar] |= 1 << step
    for bar in sorted(masks):
        yield (1, masks[bar])
        yield (2, masks[bar], masks.get(bar + 1, 0))


def _degrees(piece: Piece) -> Iterator[tuple[int, ...]]:
    """What each note is above the tonic, by its place in the bar and by how it is left."""
    if piece.tonic is None:
        return
    for tone, left in _left(piece):
        degree = (tone.midi - piece.tonic) % 12
        yield (1, degree, left)
        yield (2, degree, place(piece, tone.onset, 4)[1])


def _chords(piece: Piece) -> Iterator[tuple[int, ...]]:
    """What each note is above its chord's root, by its place in the beat and by how it is left."""
    onsets = [chord.onset for chord in piece.chords]
    for tone, left in _left(piece):
        at = bisect_right(onsets, tone.onset) - 1
        if at < 0:
            continue
        chord = piece.chords[at]
        above = (tone.midi - chord.root) % 12
        inside = int(tone.midi % 12 in chord.classes)
        yield (1, above, inside, place(piece, tone.onset, 4)[1] % 4)
        yield (2, above, inside, left)
        if piece.tonic is not None:
            yield (3, (chord.root - piece.tonic) % 12, (tone.midi - piece.tonic) % 12)


def _left(piece: Piece) -> Iterator[tuple[Tone, int]]:
    """Each note with the interval by which it is left, at most WIDEST; one more for the last."""
    line = sorted(piece.melody)
    for index, tone in enumerate(line):
        last = index + 1 == len(line)
        yield tone, WIDEST + 1 if last else max(-WIDEST, min(WIDEST, line[index + 1].midi - tone.midi))


def _counted(grams: Iterator[tuple[int, ...]]) -> Bag:
    # CRC-32, since Python's own hash of text and of numbers is no promise from one version to the next.
    return dict(Counter(zlib.crc32(repr(gram).encode()) % SIZE for gram in grams))
