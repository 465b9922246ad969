"""Anchors: human pieces spoilt in known ways, and music made without thought, to read an overlap against.

Conventions: each anchor takes a Piece and a `random.Random` and returns a new Piece with the same bars.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from partimento.benchmarks.music.piece import Harmony, Piece, Tone

MAJOR = (0, 2, 4, 5, 7, 9, 11)
Table = dict[tuple[tuple[int, int], ...], list[tuple[int, int]]]


def bars_shuffled(piece: Piece, rng: random.Random, block: int = 1) -> Piece:
    """Return the piece with its bars (in blocks of ``block``) in random order, all parts and chords together.

    Bars of another length than the first, and a last block that is not full, stay where they are.
    """
    length = piece.bars[1] - piece.bars[0]
    count = 0
    while count + 1 < len(piece.bars) and piece.bars[count + 1] - piece.bars[count] == length:
        count += 1
    blocks = list(range(count // block))
    rng.shuffle(blocks)
    shift = [0] * (len(piece.bars) - 1)
    for place, old in enumerate(blocks):
        for bar in range(block):
            shift[old * block + bar] = (place - old) * block * length

    def moved(tones: Sequence[Tone]) -> tuple[Tone, ...]:
        return tuple(sorted(t._replace(onset=t.onset + shift[_bar(piece, t.onset)]) for t in tones))

    chords = [c._replace(onset=c.onset + shift[_bar(piece, c.onset)]) for c in _cut(piece)]
    return replace(
        piece,
        melody=moved(piece.melody),
        accompaniment=moved(piece.accompaniment),
        counter=moved(piece.counter),
        chords=tuple(sorted(chords)),
    )


def blocks_shuffled(piece: Piece, rng: random.Random) -> Piece:
    """Return the piece with its blocks of four bars in random order."""
    return bars_shuffled(piece, rng, 4)


def notes_moved(piece: Piece, rng: random.Random, share: float = 0.1) -> Piece:
    """Return the piece with ``share`` of its melody notes moved by one to three steps of its best diatonic scale."""
    scale = [p for p in range(128) if p % 12 in _best_scale(piece)]
    melody = []
    for tone in piece.melody:
        if rng.random() < share:
            near = min(range(len(scale)), key=lambda i: (abs(scale[i] - tone.midi), i))
            tone = tone._replace(midi=scale[near + rng.choice((-3, -2, -1, 1, 2, 3))])
        melody.append(tone)
    return replace(piece, melody=tuple(melody))


def markov_table(pieces: Sequence[Piece]) -> Table:
    """Learn which (pitch above the scale's root, sixteenths to the next note) follows each two such, in melodies."""
    table: Table = defaultdict(list)
    for piece in pieces:
        line = _relative(piece)
        for first, second, third in zip(line, line[1:], line[2:], strict=False):
            table[first, second].append(third)
    return dict(table)


def markov_melody(piece: Piece, rng: random.Random, table: Table) -> Piece:
    """Return the piece with its melody replaced, over the same stretch, by an order-2 Markov chain's."""
    sixteenth = piece.tpq // 4
    start, stop = piece.melody[0].onset, piece.melody[-1].onset
    states = sorted(table)
    state = rng.choice(states)
    base = _home(piece)
    tick = start
    melody = []
    while tick <= stop:
        if state not in table:
            state = rng.choice(states)
        above, steps = rng.choice(table[state])
        state = (state[1], (above, steps))
        duration = max(min(steps, 8) * sixteenth, 1)
        melody.append(Tone(tick, duration, min(max(base + above, 0), 127), 90))
        tick += steps * sixteenth
    return replace(piece, melody=tuple(melody))


def random_in_key(piece: Piece, rng: random.Random) -> Piece:
    """Return random notes of the major key over I-V-vi-IV in whole notes, as many bars as the piece has."""
    tonic = piece.tonic or 0
    scale = [p for p in range(60, 85) if (p - tonic) % 12 in MAJOR]
    melody: list[Tone] = []
    backing: list[Tone] = []
    chords: list[Harmony] = []
    for index, (start, end) in enumerate(zip(piece.bars, piece.bars[1:], strict=False)):
        root, shape = ((0, (0, 4, 7)), (7, (0, 4, 7)), (9, (0, 3, 7)), (5, (0, 4, 7)))[index % 4]
        root = (root + tonic) % 12
        classes = tuple(sorted((root + s) % 12 for s in shape))
        chords.append(Harmony(start, end - start, root, classes, f"{root}:{shape[1]}"))
        backing.extend(Tone(start, end - start, 48 + root + s, 80) for s in shape)
        tick = start
        while tick < end:
            duration = min(rng.choice((1, 2, 4)) * piece.tpq // 2, end - tick)
            melody.append(Tone(tick, duration, rng.choice(scale), 80))
            tick += duration
    return replace(piece, melody=tuple(melody), accompaniment=tuple(backing), counter=(), chords=tuple(chords))


def _bar(piece: Piece, tick: int) -> int:
    return min(max(bisect_right(piece.bars, tick) - 1, 0), len(piece.bars) - 2)


def _cut(piece: Piece) -> list[Harmony]:
    cut = []
    for chord in piece.chords:
        start, end = chord.onset, chord.onset + chord.duration
        while start < end:
            stop = piece.bars[_bar(piece, start) + 1]
            stop = end if stop <= start else min(stop, end)
            cut.append(chord._replace(onset=start, duration=stop - start))
            start = stop
    return cut


def _scale_root(piece: Piece) -> int:
    counts = [0] * 12
    for tone in piece.melody:
        counts[tone.midi % 12] += 1
    return max(range(12), key=lambda r: sum(counts[(r + s) % 12] for s in MAJOR))


def _best_scale(piece: Piece) -> frozenset[int]:
    root = _scale_root(piece)
    return frozenset((root + s) % 12 for s in MAJOR)


def _home(piece: Piece) -> int:
    """Return the root of the melody's diatonic scale nearest its mean pitch, so that major and minor share a table."""
    root = _scale_root(piece)
    return root + 12 * round((sum(t.midi for t in piece.melody) / len(piece.melody) - root) / 12)


def _relative(piece: Piece) -> list[tuple[int, int]]:
    line = sorted(piece.melody)
    if len(line) < 3:
        return []
    base = _home(piece)
    return [
        (a.midi - base, min(max(round((b.onset - a.onset) * 4 / piece.tpq), 1), 32))
        for a, b in zip(line, line[1:], strict=False)
    ]
