"""Rhythms of a melody: bars built of beat cells, weighted by density, syncopation and the song's own dialect.

Convention: a bar's rhythm is a tuple of onsets in ticks from its start; a cell is a string of steps, x for an onset.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import sqrt

from partimento.composer.melody_tables import BarMasks, bar_masks
from partimento.score.stream import Stream
from partimento.theory.meter import Meter

# Cells of a beat in four sixteenths, weights in thousandths as sung in POP909: strong beats, weak beats.
_STRONG = {
    "x...": 290, "x.x.": 235, "....": 150, "..x.": 85, "x.xx": 78, "x..x": 55, "xxxx": 28, "..xx": 20, "xx.x": 17,
    ".x..": 9, "...x": 8, ".xxx": 6, "xxx.": 6,
}  # fmt: skip
_WEAK = {
    "x.x.": 305, "....": 252, "..x.": 112, "x...": 84, "x.xx": 56, "..xx": 50, "...x": 25, "xx.x": 23, "xxxx": 23,
    "x..x": 14, ".x.x": 11, ".xxx": 11, ".x..": 11, "xxx.": 8,
}  # fmt: skip
# Cells of a dotted beat in three eighths, and of the same in sixteenths; by taste, after jigs and slow airs.
_DOTTED = {"x.x": 300, "xxx": 270, "x..": 220, "...": 70, ".xx": 30, "..x": 50, "xx.": 40}
_PLAIN = {"x": 60, ".": 40}


@dataclass(frozen=True, slots=True)
class RhythmTraits:
    """A song's rhythmic dialect.

    `notes` are notes a bar of 4/4; `fine` scales cells with sixteenths off the eighth grid (0: none), `offbeat`
    those that leave the beat out; `even` those that fill every eighth (running lines);
    `table` names a learned table, empty for none; `most` notes fit a bar of the song's meter.
    """

    notes: float
    fine: float = 1.0
    offbeat: float = 1.0
    even: float = 1.0
    table: str = ""
    most: int = 16


def _power(base: float, exponent: int) -> float:
    """The power by multiplication alone: the same bits on every machine, which a library's pow does not promise."""
    out = 1.0
    for _ in range(exponent):
        out *= base
    return out


@cache
def _beats(meter: Meter) -> tuple[tuple[int, int, str, bool], ...]:
    """(start, length, kind of cell, whether strong) of the beats of a bar, beats of a half note split in two."""
    out = []
    for start, length in zip(meter.beats, meter.beat_lengths, strict=True):
        parts = length // 480 if length % 480 == 0 and length > 480 else 1
        for part in range(parts):
            at, size = start + part * (length // parts), length // parts
            kind = {480: "quarter", 720: "dotted"}.get(size, "plain")
            out.append((at, size, kind, meter.strength(at) >= 3))
    return tuple(out)


@cache
def _cells(
    kind: str, strong: bool, traits: RhythmTraits, target: int
) -> tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]:
    """Cells as offsets in ticks, weighted so that their mean count is `target` hundredths, as near as may be."""
    table = {"quarter": _STRONG if strong else _WEAK, "dotted": _DOTTED}.get(kind, _PLAIN)
    step = {"quarter": 120, "dotted": 240}.get(kind, 0)
    cells, weights = [], []
    for text, weight in table.items():
        onsets = tuple(i for i, c in enumerate(text) if c == "x")
        w = float(weight)
        if kind == "quarter" and any(i % 2 for i in onsets):
            w *= traits.fine
        if onsets and onsets[0] != 0:
            w *= traits.offbeat
        if text in ("x.x.", "xxx"):
            w *= traits.even
        cells.append(tuple(i * step for i in onsets))
        weights.append(w)
    low, high = 0.02, 50.0
    for _ in range(18):
        middle = sqrt(low * high)
        tilted = [w * _power(middle, len(c)) for c, w in zip(cells, weights, strict=True)]
        mean = sum(w * len(c) for c, w in zip(cells, tilted, strict=True)) / sum(tilted)
        if mean * 100 < target:
            low = middle
        else:
            high = middle
    return tuple(cells), tuple(
        int(1000 * w * _power(middle, len(c))) + (w > 0) for c, w in zip(cells, weights, strict=True)
    )


@cache
def _weighted(
    masks: BarMasks, traits: RhythmTraits, target: int, low: int, high: int
) -> tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]:
    """Learned bars that begin before `low` and whose last onset is at most `high`, tilted to `target` / 4 notes."""
    most_notes = min(2 * traits.most, max(8, target))  # no bar twice as full as the mean
    chosen: list[tuple[tuple[int, ...], float]] = []
    sums: dict[int, float] = {}
    for onsets, weight, fine, offbeat in zip(masks.onsets, masks.weights, masks.fine, masks.offbeat, strict=True):
        if onsets[0] >= low or onsets[-1] > high or 2 * len(onsets) > most_notes:
            continue
        w = weight * (traits.fine if fine else 1.0)
        for _ in range(offbeat):
            w *= traits.offbeat
        if w > 0.0:
            chosen.append((onsets, w))
            sums[len(onsets)] = sums.get(len(onsets), 0.0) + w
    if not chosen:
        return (), ()
    least, most = 0.05, 20.0
    for _ in range(16):
        tilt = sqrt(least * most)
        total = mean = 0.0
        for count, w in sums.items():
            t = w * _power(tilt, count)
            total += t
            mean += t * count
        if mean * 4 < target * total:
            least = tilt
        else:
            most = tilt
    scale = 50.0 / _power(tilt, 5)
    return tuple(o for o, _ in chosen), tuple(1 + int(scale * w * _power(tilt, len(o))) for o, w in chosen)


def draw_bar(
    meter: Meter, traits: RhythmTraits, stream: Stream, factor: float = 1.0, place: str = "middle"
) -> tuple[int, ...]:
    """The onsets of one bar, about `traits.notes` x `factor` a bar of 4/4, more or fewer by its length.

    `place` is "start", "middle" or "end" of a phrase: bars as they were sung there, where a table knows the meter.
    """
    masks = bar_masks(traits.table, meter, place) if traits.table else None
    if masks is not None:
        mean = (
            traits.notes
            * factor
            * meter.bar
            / 1920
            * (0.62 if place == "end" and not traits.table.startswith("folk") else 1.0)
        )
        half = meter.beats[len(meter.beats) // 2] if len(meter.beats) > 1 else meter.bar
        low = half + 1 if place != "end" else meter.bar
        high = half + 240 if place == "end" else meter.bar
        bars, weights = _weighted(masks, traits, max(4, round(mean * 4)), low, high)
        if bars:
            return stream.weighted(bars, weights)
    out: list[int] = []
    for start, length, kind, strong in _beats(meter):
        target = int(traits.notes * factor * length / 19.2)  # hundredths: notes / 1920 ticks
        most = {"quarter": 390 if traits.fine > 0 else 195, "dotted": 290}.get(kind, 95)
        cells, cell_weights = _cells(kind, strong, traits, max(8, min(target, most) // 5 * 5))
        out.extend(start + tick for tick in stream.weighted(cells, cell_weights))
    if not out:
        out.append(0)
    return thin(tuple(out), meter, traits.most)


def thin(onsets: tuple[int, ...], meter: Meter, most: int) -> tuple[int, ...]:
    """A bar with at most `most` onsets: the metrically weakest go, later ones first."""
    if len(onsets) <= most:
        return onsets
    kept = sorted(onsets, key=lambda t: (-meter.strength(t), t))[:most]
    return tuple(sorted(kept))


def has_table(meter: Meter, traits: RhythmTraits) -> bool:
    """Whether bars of this meter were learned for the song's table."""
    return bool(traits.table) and bar_masks(traits.table, meter, "end") is not None


def draw_pickup(meter: Meter, traits: RhythmTraits, stream: Stream) -> tuple[int, ...]:
    """One to three onsets just before a bar line, as negative ticks."""
    fine = traits.fine > 0 and not meter.compound and stream.chance(0.25 * min(1.5, traits.fine))
    step = 120 if fine else 240
    count = stream.weighted((1, 2, 3), (35, 45, 20))
    return tuple(-step * (count - i) for i in range(count))


def vary_bar(rhythm: tuple[int, ...], meter: Meter, stream: Stream, most: int = 16) -> tuple[int, ...]:
    """The rhythm with one weak note left out or one eighth filled in (up to `most` notes); its first onset stays."""
    if len(rhythm) > 2 and (stream.chance(0.5) or len(rhythm) >= most):
        weak = [t for t in rhythm[1:] if meter.strength(t) <= 1] or list(rhythm[1:])
        gone = stream.choice(weak)
        return tuple(t for t in rhythm if t != gone)
    empty = [t for t in range(rhythm[0] if rhythm else 0, meter.bar, 240) if all(abs(t - o) >= 240 for o in rhythm)]
    if not empty:
        return rhythm
    return tuple(sorted((*rhythm, stream.choice(empty))))
