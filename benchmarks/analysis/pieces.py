"""Human-analysed pieces: notes as a Piece, the analysis by ticks, and which of them are for tuning, which for testing.

Conventions: ticks, 480 to the quarter note. The two sources count bars in their own ways (pick-ups, bars split at a
repeat, the beat of 6/8), so all likely ways are tried and the one is kept under which most of the sounding time belongs
to the analyst's chords. A piece is left out where that share is under FLOOR: there the two are not of the same music.
Pieces are split by tune: chorales whose sopranos begin alike (in any key) and analyses of one score lie on one side.
"""

from __future__ import annotations

import gzip
import json
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from hashlib import blake2b
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from partimento.benchmarks.analysis.human_numerals import HumanChord, read_numeral
from partimento.theory.analysis.piece import BarSpan, Piece, Tone, Voice
from partimento.theory.errors import TheoryError
from partimento.theory.key import Key
from partimento.theory.meter import TICKS, Meter
from partimento.theory.pitch import Pitch, pitch_class

FLOOR = 0.7
"""The share of the sounding time that must lie in the analyst's chords: of aligned chorales it is 0.85-0.95."""

NUMERALS = "copyleft/classical_roman_numerals_ccbysa.jsonl.gz"
SCORES = {"chorales": "open/chorales_bach_satb.jsonl.gz", "lieder": "open/classical_openscore_lieder_cc0.jsonl.gz"}
_TESTED_OF_TEN = 4
_HEAD = 9


class Human(NamedTuple):
    """What an analyst wrote at a tick; None for a numeral that cannot be read."""

    tick: int
    chord: HumanChord | None


class Analysed(NamedTuple):
    """A piece with one analysis; `agreement` is the share that alignment is judged by."""

    name: str
    collection: str
    piece: Piece
    human: tuple[Human, ...]
    agreement: float
    tested: bool


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a data file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def analysed(data: Path, collection: str) -> list[Analysed]:
    """The pieces of "chorales" or "lieder" that have an analysis, one analysis a score, badly aligned ones included."""
    scores = {row["id"]: row for row in rows(data / SCORES[collection])}
    found: dict[str, Analysed] = {}
    for row in rows(data / NUMERALS):
        score = scores.get(row["linked_score"])
        if score is None:
            continue
        piece = piece_of_row(score)
        human, agreement = _aligned(row, score, piece)
        before = found.get(score["id"])
        if before is None or agreement > before.agreement:
            tune = _tune(score) if collection == "chorales" else score["id"]
            found[score["id"]] = Analysed(score["id"], collection, piece, human, agreement, _is_tested(tune))
    return [found[name] for name in sorted(found)]


def _is_tested(tune: str) -> bool:
    return blake2b(tune.encode(), digest_size=4).digest()[0] % 10 < _TESTED_OF_TEN


def _tune(score: dict[str, Any]) -> str:
    line = [note[2] for note in sorted(score["parts"]["soprano"])]
    steps = [after - before for before, after in zip(line, line[1:], strict=False) if after != before]
    return " ".join(map(str, steps[:_HEAD]))


@cache
def _pitch(midi: int) -> Pitch:
    return Key.parse("C").spell(midi)


def piece_of_row(score: dict[str, Any]) -> Piece:
    """A record of notes as a Piece without spelling, parts ordered by mean pitch."""
    scale = TICKS / score["tpq"]
    parts = sorted(
        ((name, notes) for name, notes in score["parts"].items() if notes),
        key=lambda part: sum(note[2] for note in part[1]) / len(part[1]),
    )
    tones = [
        Tone(round(note[0] * scale), max(1, round(note[1] * scale)), _pitch(note[2]), voice)
        for voice, (_, notes) in enumerate(parts)
        for note in {tuple(note[:3]) for note in notes}
    ]
    tones.sort(key=lambda tone: (tone.onset, tone.pitch.midi, tone.voice))
    end = max([round(score.get("end", 0) * scale), *(tone.end for tone in tones)])
    return Piece(
        score["title"] or "",
        tuple(tones),
        tuple(Voice(name, not name.startswith("piano")) for name, _ in parts),
        _bars(score, scale, end),
        end,
        spelled=False,
        keys=_signatures(score, scale),
        fermatas=tuple(sorted({round(tick * scale) for tick in score.get("fermatas", ())})),
        melody=next((voice for voice, (name, _) in enumerate(parts) if name in ("soprano", "voice", "melody")), None),
    )


def _signatures(score: dict[str, Any], scale: float) -> tuple[tuple[int, Key], ...]:
    """The written signatures as major keys: what mode they mean is not told."""
    return tuple((round(row[0] * scale), Key(pitch_class(row[1]), "major")) for row in score["keys"] if len(row) == 3)


def _meters(score: dict[str, Any], scale: float) -> list[tuple[int, Meter]]:
    found = []
    for tick, upper, lower in score["meters"]:
        try:
            found.append((round(tick * scale), Meter(upper, lower)))
        except TheoryError:
            continue
    return found or [(0, Meter(4, 4))]


def _bars(score: dict[str, Any], scale: float, end: int) -> tuple[BarSpan, ...]:
    """Whole bars: fragments of a bar that is split at a repeat or a double bar are put together again."""
    meters = _meters(score, scale)
    starts = _bar_starts(score, meters, scale, end)
    joined: list[tuple[int, int, Meter]] = []
    for start, until in zip(starts, [*starts[1:], end], strict=True):
        meter = meters[max(0, bisect_right(meters, start, key=lambda row: row[0]) - 1)][1]
        if len(joined) > 1 and until - joined[-1][0] <= meter.bar and joined[-1][1] - joined[-1][0] < meter.bar:
            joined[-1] = (joined[-1][0], until, meter)
        elif until > start:
            joined.append((start, until, meter))
    first = 0 if joined and joined[0][1] - joined[0][0] < joined[0][2].bar else 1
    return tuple(BarSpan(first + i, *bar) for i, bar in enumerate(joined))


def _bar_starts(score: dict[str, Any], meters: list[tuple[int, Meter]], scale: float, end: int) -> list[int]:
    """The bars as written, or where the source has none, bars of the meters."""
    if score.get("bars"):
        return [round(tick * scale) for tick in score["bars"]]
    starts, tick = [], 0
    while tick < end:
        starts.append(tick)
        tick += meters[max(0, bisect_right(meters, tick, key=lambda row: row[0]) - 1)][1].bar
    return starts


def _aligned(row: dict[str, Any], score: dict[str, Any], piece: Piece) -> tuple[tuple[Human, ...], float]:
    scale = TICKS / score["tpq"]
    starts = [round(tick * scale) for tick in score["bars"]]
    split = tuple(
        BarSpan(piece.bars[0].number + i, start, until, piece.bar_at(start).meter)
        for i, (start, until) in enumerate(zip(starts, [*starts[1:], piece.end], strict=True))
    )
    read = [(bar, beat, read_numeral(key, numeral)) for bar, beat, key, numeral in row["chords"]]
    best: tuple[tuple[Human, ...], float] = ((), -1.0)
    sounding = _sounding(piece)
    for bars, shift, units in product((piece.bars, split), (0, -1, 1), (0, 1, 3)):
        human = _placed(read, {bar.number + shift: bar for bar in bars}, units, piece.end)
        agreement = _agreement(human, sounding)
        if agreement > best[1] + 1e-9:
            best = human, agreement
    return best


def _placed(
    read: list[tuple[int, float, HumanChord | None]], bars: dict[int, BarSpan], units: int, end: int
) -> tuple[Human, ...]:
    """The chords at their ticks, a beat being `units` of the meter, or a felt beat for 0; the last at a tick holds."""
    placed: dict[int, HumanChord | None] = {}
    for number, beat, chord in read:
        bar = bars.get(number)
        if bar is None:
            continue
        unit = units * bar.meter.unit or bar.meter.beat_lengths[0]
        missing = max(0, bar.meter.bar - (bar.end - bar.start)) if number == min(bars) else 0
        tick = bar.start + round(((beat - 1) * unit - missing) / 40) * 40
        if 0 <= tick < end:
            placed[tick] = chord
    return tuple(Human(tick, placed[tick]) for tick in sorted(placed))


def _sounding(piece: Piece) -> list[tuple[int, tuple[int, ...]]]:
    """Every eighth's sounding pitch classes."""
    step = TICKS // 2
    frames: list[list[int]] = [[] for _ in range(0, piece.end, step)]
    for tone in piece.tones:
        for i in range(-(-tone.onset // step), min(len(frames), -(-tone.end // step))):
            frames[i].append(tone.pitch.midi % 12)
    return [(i * step, tuple(frame)) for i, frame in enumerate(frames)]


def _agreement(human: tuple[Human, ...], sounding: list[tuple[int, tuple[int, ...]]]) -> float:
    if not human:
        return 0.0
    inside = total = 0
    ticks = [row.tick for row in human]
    for tick, numbers in sounding:
        i = bisect_right(ticks, tick) - 1
        chord = human[i].chord if i >= 0 else None
        total += len(numbers)
        if chord is not None:
            members = chord.numbers
            inside += sum(number in members for number in numbers)
    return inside / total if total else 0.0
