"""Pianists' parts of the corpora as examples: POP909's piano under its tune, the Lieder's two hands under the voice.

Conventions: units and rows as in texture_view.py. About a tenth of the pieces, by the hash of their names, is held out.
The Lieder bear no chords: they are found beat by beat from all that sounds (`found_chords`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partimento.composer.neural.texture_view import (
    GRID,
    METERS,
    NO_WISH,
    REST,
    STEPS,
    Bar,
    Harmony,
    Key,
    Page,
    Sung,
    View,
    code_of,
    duration_class,
    wish_of,
)
from partimento.learning.tables.corpus import Piece, lieder, pop909, read_rows
from partimento.learning.tables.numerals import QUALITIES

_PLACES = (0, 2, 3, 4, 6, 8, 9, 10, 12)
"""Where in a quarter a note may begin: sixteenths and triplets of both sizes."""


@dataclass(frozen=True, slots=True)
class Example:
    """A piece's notes as rows: (n, WHEN_WIDTH), (n, WHAT_WIDTH), and the answers (step, code, length) with their bars.

    `fresh` and `first_step` are the time row and step of a note that is the first of a stretch from its bar on.
    """

    name: str
    style: int
    when: NDArray[np.int16]
    what: NDArray[np.int16]
    answers: NDArray[np.int16]
    bars: NDArray[np.int32]
    onsets: NDArray[np.int32]
    starts: NDArray[np.int32]
    fresh: NDArray[np.int16]
    fresh_steps: NDArray[np.int16]


def held_out(name: str) -> bool:
    """Whether a piece is kept from training: about one in ten."""
    return int.from_bytes(blake2b(f"texture {name}".encode(), digest_size=4).digest(), "big") % 10 == 0


def examples(data: Path, most: int = 0) -> Iterator[Example]:
    """All pieces of the corpora under `data` as examples (`most` a corpus, 0: all)."""
    for source in (_pop, _lied):
        for count, (name, page, notes) in enumerate(source(data)):
            if most and count >= most:
                break
            if len(notes) >= 32:
                yield encoded(name, page, notes)


def encoded(name: str, page: Page, notes: Sequence[Key]) -> Example:
    """The rows of a part on its page (whose wishes are filled here from the notes)."""
    page = Page(page.bars, page.chords, page.melody, wishes(page, notes), page.style)
    view, other = View(page), View(page)
    when, what, answers, bars, onsets, starts, fresh, steps = [], [], [], [], [], [], [], []
    for note in notes:
        while note.onset - view.at >= STEPS:
            when.append(view.when())
            what.append(view.what(STEPS - 1))
            answers.append((STEPS - 1, REST, 0))
            view.rest()
            bars.append(view.bar)
            onsets.append(view.at)
        bar = page.bar_at(note.onset)
        if not bars or bar > bars[-1]:
            other.written = view.written
            other.turn(bar)
            starts.append(len(bars))
            fresh.append(other.when())
            steps.append(note.onset - other.at)
        step = note.onset - view.at
        when.append(view.when())
        what.append(view.what(step))
        code = code_of(note.pitch, page.chord_at(note.onset).root)
        answers.append((step, code, duration_class(note.duration)))
        view.write(step, note.pitch, note.duration)
        bars.append(view.bar)
        onsets.append(view.at)
    return Example(
        name, page.style, np.array(when, np.int16), np.array(what, np.int16), np.array(answers, np.int16),
        np.array(bars, np.int32), np.array(onsets, np.int32), np.array(starts, np.int32),
        np.array(fresh, np.int16), np.array(steps, np.int16),
    )  # fmt: skip


def wishes(page: Page, notes: Sequence[Key]) -> tuple[Any, ...]:
    """What each bar is like, measured."""
    inside: list[list[Key]] = [[] for _ in page.bars]
    for note in notes:
        inside[page.bar_at(note.onset)].append(note)
    return tuple(wish_of(found, bar.length) for found, bar in zip(inside, page.bars, strict=True))


def _pop(data: Path) -> Iterator[tuple[str, Page, list[Key]]]:
    rows = {row["id"]: row for row in read_rows(data, "pop909")}
    for piece in pop909(data):
        quarter = piece.ticks_per_quarter
        parts = rows[piece.name]["parts"]
        chords = tuple(
            Harmony(
                _units(c.onset, quarter), (c.root + piece.key_at(c.onset)[0]) % 12, _tones(c.quality),
                (c.bass - c.root) % 12, -c.root % 12, c.mode == "minor",
            )
            for c in piece.chords
        )  # fmt: skip
        page = _page(piece, parts["melody"], chords, 0)
        if page is not None:
            yield piece.name, page, _keys(parts["piano"], quarter, page)


def _lied(data: Path) -> Iterator[tuple[str, Page, list[Key]]]:
    rows = {row["id"]: row for row in read_rows(data, "lieder")}
    for piece in lieder(data):
        parts, quarter = rows[piece.name]["parts"], piece.ticks_per_quarter
        hands = parts.get("piano_rh", []) + parts.get("piano_lh", [])
        if len(hands) < 32:
            continue
        chords = found_chords(piece, hands + parts["voice"])
        page = _page(piece, parts["voice"], chords, 1)
        if page is not None:
            yield piece.name, page, _keys(hands, quarter, page)


def _page(piece: Piece, sung: list[list[int]], chords: tuple[Harmony, ...], style: int) -> Page | None:
    quarter = piece.ticks_per_quarter
    bars = []
    for bar in piece.bars:
        length = bar.length * GRID // quarter
        compound = bar.denominator == 8 and bar.numerator in (6, 9, 12)
        bars.append(Bar(bar.onset * GRID // quarter, length, METERS.get((length, compound), 0)))
    if not bars or not chords or any(bar.length <= 0 for bar in bars):
        return None
    melody = []
    line = sorted((_units(n[0], quarter), n[2], n[1]) for n in sung)
    for i, (start, pitch, duration) in enumerate(line):
        end = start + max(1, duration * GRID // quarter)
        if i + 1 < len(line):
            end = min(end, line[i + 1][0])
        if end > start:
            melody.append(Sung(start, end, pitch))
    return Page(tuple(bars), chords, tuple(melody), (NO_WISH,) * len(bars), style)


def _keys(notes: list[list[int]], quarter: int, page: Page) -> list[Key]:
    """The part on the grid: one note a pitch and onset, inside the bars."""
    found: dict[tuple[int, int], int] = {}
    for onset, duration, pitch, *_ in notes:
        at = _units(onset, quarter)
        if at >= page.bars[0].start and at < page.bars[-1].start + page.bars[-1].length and 21 <= pitch <= 98:
            units = max(1, round(duration * GRID / quarter))
            found[at, pitch] = max(found.get((at, pitch), 0), units)
    return [Key(onset, pitch, duration) for (onset, pitch), duration in sorted(found.items())]


def _units(tick: int, quarter: int) -> int:
    whole, rest = divmod(tick, quarter)
    exact = rest * GRID / quarter
    return whole * GRID + min(_PLACES, key=lambda p: (abs(p - exact), p % 3, p))


def _tones(quality: str) -> tuple[int, ...]:
    return (0, 7) if quality == "5" else QUALITIES[quality][2]


_SHAPES = ("maj", "min", "7", "min7", "dim", "hdim7", "dim7", "maj7", "aug")
_SHAPE_COSTS = (0.0, 0.0, 0.08, 0.12, 0.1, 0.14, 0.12, 0.16, 0.2)


def found_chords(piece: Piece, notes: list[list[int]]) -> tuple[Harmony, ...]:
    """The likeliest chords of a piece, a beat at the finest: templates over what sounds, and a price for a change.

    A note counts by how long it sounds in the beat; one outside the chord counts against it, the lowest speaks for the
    root. Prices are set by eye on a few songs.
    """
    quarter = piece.ticks_per_quarter
    beats: list[int] = []
    for bar in piece.bars:
        beat = _beat(bar.numerator, bar.denominator, quarter)
        beats += [bar.onset + i * beat for i in range(max(1, bar.length // beat))]
    edges = [*beats, piece.bars[-1].onset + piece.bars[-1].length]
    weights, lowest = _frames(edges, notes)
    scores = _fits(weights, lowest)
    path = _likeliest(scores, 0.35)
    out: list[Harmony] = []
    known = -1
    for at, state, bass in zip(beats, path, lowest, strict=True):
        root, shape = divmod(int(state), len(_SHAPES))
        tones = QUALITIES[_SHAPES[shape]][2]
        over = (bass - root) % 12 if bass >= 0 and (bass - root) % 12 in tones else 0
        if state == known:
            continue
        known = int(state)
        tonic, mode = piece.key_at(at)
        start = _units(at, quarter)
        out.append(Harmony(start, root, tones, over, (tonic - root) % 12, mode == "minor"))
    return tuple(out)


def _beat(numerator: int, denominator: int, quarter: int) -> int:
    if denominator == 8 and numerator % 3 == 0:
        return quarter * 3 // 2
    return quarter * 2 if denominator == 2 else quarter


def _frames(edges: list[int], notes: list[list[int]]) -> tuple[NDArray[np.float64], list[int]]:
    weights = np.zeros((len(edges) - 1, 12))
    lowest = [200] * (len(edges) - 1)
    starts = np.array(edges)
    for onset, duration, pitch, *_ in notes:
        first = max(0, int(np.searchsorted(starts, onset, "right")) - 1)
        for frame in range(first, len(edges) - 1):
            shared = min(onset + duration, edges[frame + 1]) - max(onset, edges[frame])
            if edges[frame] >= onset + duration:
                break
            if shared > 0:
                weights[frame, pitch % 12] += shared / (edges[frame + 1] - edges[frame])
                lowest[frame] = min(lowest[frame], pitch)
    return weights, [low % 12 if low < 200 else -1 for low in lowest]


def _fits(weights: NDArray[np.float64], lowest: list[int]) -> NDArray[np.float64]:
    shares = weights / np.maximum(weights.sum(1, keepdims=True), 1e-9)
    masks = np.zeros((12, len(_SHAPES), 12))
    for root in range(12):
        for s, shape in enumerate(_SHAPES):
            masks[root, s] = -1.0
            masks[root, s, [(root + tone) % 12 for tone in QUALITIES[shape][2]]] = 1.0
            masks[root, s, root] = 1.15
    scores: NDArray[np.float64] = (shares @ masks.reshape(-1, 12).T).reshape(-1, 12, len(_SHAPES))
    scores -= np.array(_SHAPE_COSTS)
    for frame, low in enumerate(lowest):
        if low >= 0:
            scores[frame, low] += 0.15
    return scores.reshape(len(lowest), -1)


def _likeliest(scores: NDArray[np.float64], price: float) -> NDArray[np.int64]:
    back = np.zeros(scores.shape, np.int64)
    best = scores[0].copy()
    states = np.arange(scores.shape[1])
    for t in range(1, len(scores)):
        top = int(best.argmax())
        moved = best[top] - price > best
        back[t] = np.where(moved, top, states)
        best = np.where(moved, best[top] - price, best) + scores[t]
    path = np.zeros(len(scores), np.int64)
    path[-1] = best.argmax()
    for t in range(len(scores) - 1, 0, -1):
        path[t - 1] = back[t, path[t]]
    return path
