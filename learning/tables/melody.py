"""Learn melody rhythm and pitch statistics by genre: run with --data, --out, --date."""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from partimento.learning.tables import corpus
from partimento.learning.tables.chart import bar_index
from partimento.learning.tables.corpus import Piece
from partimento.learning.tables.lines import (
    Tone,
    bar_masks,
    breath_phrases,
    contour_of,
    entropy_millibits,
    grid_of,
    is_syncopated,
    nonchord_kind,
    square_phrases,
    tones,
)
from partimento.learning.tables.output import provenance, top, write

LAGS = (1, 2, 4, 8, 16)
SONG_CAP = 8  # a song's uses of one rhythm cell count at most so often
CELLS = 300
MIN_BARS = 150  # a meter with fewer bars is left out


def _table() -> dict[str, Counter[str]]:
    return defaultdict(Counter)


@dataclass(slots=True)
class MelodyCount:
    """Counts of one set of melodies."""

    square: bool = False
    pieces: Counter[str] = field(default_factory=Counter)
    cells: dict[tuple[str, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    pairs: dict[str, Counter[str]] = field(default_factory=_table)
    sung: dict[str, Counter[str]] = field(default_factory=_table)
    loose: dict[str, Counter[str]] = field(default_factory=_table)
    lags: dict[int, Counter[str]] = field(default_factory=lambda: {lag: Counter() for lag in LAGS})
    first: dict[str, dict[str, Counter[str]]] = field(default_factory=lambda: defaultdict(_table))
    second: dict[str, Counter[str]] = field(default_factory=_table)
    onto: dict[str, Counter[str]] = field(default_factory=_table)
    over: dict[str, dict[str, Counter[str]]] = field(default_factory=lambda: defaultdict(_table))
    nonchord: dict[str, Counter[str]] = field(default_factory=_table)
    leaps: dict[str, Counter[str]] = field(default_factory=_table)
    shape: list[list[int]] = field(default_factory=lambda: [[0, 0] for _ in range(8)])

    def add(self, piece: Piece) -> None:
        """Count one melody of at least 16 notes."""
        line = tones(piece)
        if len(line) < 16:
            return
        self.pieces[piece.source] += 1
        masks = bar_masks(line, piece)
        phrases = square_phrases(line) if self.square else breath_phrases(line, piece)
        self._rhythm(piece, line, masks, phrases)
        self._repeats(piece, line, masks)
        self._pitch(line, phrases, piece)
        self._register(piece, line)

    def _rhythm(self, piece: Piece, line: list[Tone], masks: dict[int, str], phrases: list[list[Tone]]) -> None:
        place: dict[int, str] = {}
        for phrase in phrases:
            a, b = phrase[0].bar, phrase[-1].bar
            for index in range(a, b + 1):
                place[index] = "whole" if a == b else "start" if index == a else "end" if index == b else "middle"
        used: Counter[tuple[str, str, str]] = Counter()
        for index, where in place.items():
            if index in masks:
                bar = piece.bars[index]
                meter = f"{bar.numerator}/{bar.denominator}"
                used[meter, where, masks[index]] += 1
                nxt = masks.get(index + 1)
                if nxt is not None and where != "end" and len(nxt) == len(masks[index]):
                    self.pairs[meter][f"{masks[index]} {nxt}"] += 1
                self.loose["notes_a_bar"][str(masks[index].count("x"))] += 1
        for (meter, where, mask), n in used.items():
            self.cells[meter, where][mask] += min(n, SONG_CAP)
        for section in piece.sections:
            if section.kind in ("verse", "prechorus", "chorus", "bridge"):
                for index in range(bar_index(piece, section.onset), bar_index(piece, section.end)):
                    if index in masks and len(masks[index]) == 16:
                        self.sung[section.kind][masks[index]] += 1
        for i, tone in enumerate(line[:-1]):
            bar = piece.bars[tone.bar]
            late = is_syncopated(tone, line[i + 1], bar)
            self.loose["syncopation"]["syncopated" if late else "plain"] += 1
            between = line[i + 1].onset - tone.onset
            cells = (between * grid_of(bar) + bar.length // 2) // bar.length
            self.loose["onset_to_onset_cells"][str(min(cells, 32))] += 1
            if between > 0 and cells <= 8:
                self.loose["sounding_tenths"][str(min(10 * tone.duration // between, 10))] += 1
        for i, phrase in enumerate(phrases):
            head, tail = phrase[0], phrase[-1]
            bar = piece.bars[head.bar]
            meter = f"{bar.numerator}/{bar.denominator}"
            self.loose[f"phrase_start_cell {meter}"][str(head.cell)] += 1
            self.loose[f"phrase_end_cell {meter}"][str(tail.cell)] += 1
            halves = (2 * (tail.onset + tail.duration - head.onset) + bar.length // 2) // bar.length
            self.loose["phrase_half_bars"][str(min(halves, 32))] += 1
            self.loose["phrase_notes"][str(min(len(phrase), 40))] += 1
            last = (tail.duration * grid_of(bar) + bar.length // 2) // bar.length
            self.loose["last_note_cells"][str(min(last, 32))] += 1
            if i + 1 < len(phrases):
                rest = phrases[i + 1][0].onset - tail.onset - tail.duration
                cells = (rest * grid_of(bar) + bar.length // 2) // bar.length
                self.loose["breath_cells"][str(min(max(cells, 0), 32))] += 1

    def _repeats(self, piece: Piece, line: list[Tone], masks: dict[int, str]) -> None:
        by_bar: dict[int, list[Tone]] = defaultdict(list)
        for tone in line:
            by_bar[tone.bar].append(tone)
        for index, here in by_bar.items():
            for lag in LAGS:
                if index - lag < by_bar[line[0].bar][0].bar:
                    continue
                there = by_bar.get(index - lag)
                count = self.lags[lag]
                count["bars"] += 1
                if not there or [t.cell for t in here] != [t.cell for t in there]:
                    continue
                count["rhythm"] += 1
                shifts = {a.step - b.step for a, b in zip(here, there, strict=True)}
                if [t.pitch for t in here] == [t.pitch for t in there]:
                    count["exact"] += 1
                elif len(shifts) == 1:
                    count["sequence"] += 1
                elif [_sign(b.pitch - a.pitch) for a, b in zip(here, here[1:], strict=False)] == [
                    _sign(b.pitch - a.pitch) for a, b in zip(there, there[1:], strict=False)
                ]:
                    count["same_contour"] += 1

    def _pitch(self, line: list[Tone], phrases: list[list[Tone]], piece: Piece) -> None:
        for phrase in phrases:
            steps = [max(-9, min(9, b.step - a.step)) for a, b in zip(phrase, phrase[1:], strict=False)]
            for i, step in enumerate(steps):
                tone = phrase[i + 1]
                before = str(steps[i - 1]) if i else "start"
                self.first[tone.strength][before][str(step)] += 1
                if i > 1:
                    self.second[f"{steps[i - 2]} {steps[i - 1]}"][str(step)] += 1
                if tone.chord:
                    self.onto[f"{tone.strength} {'chord' if tone.fits else 'other'}"][str(step)] += 1
                if i and abs(steps[i - 1]) >= 3:
                    back = _sign(step) == -_sign(steps[i - 1])
                    how = "repeat" if step == 0 else "step" if abs(step) == 1 else "third" if abs(step) == 2 else "leap"
                    size = str(min(abs(steps[i - 1]), 7))
                    name = how if step == 0 else f"{how}_{'back' if back else 'on'}"
                    self.leaps[f"{'up' if steps[i - 1] > 0 else 'down'} {size}"][name] += 1
            self.loose["interval_semitones"].update(
                str(max(-13, min(13, b.pitch - a.pitch))) for a, b in zip(phrase, phrase[1:], strict=False)
            )
            head, tail = phrase[0], phrase[-1]
            mode = piece.key_at(head.onset)[1]
            self.loose[f"start_degree {mode}"][_degree(head)] += 1
            close = "end" if tail is line[-1] else tail.chord if tail.chord in ("I", "i", "V", "IV", "vi", "VI") else ""
            self.loose[f"end_degree {mode} {close or 'other'}"][_degree(tail)] += 1
            if len(phrase) >= 5:
                self.loose["contour"][contour_of(phrase)] += 1
                mean = sum(t.pitch for t in phrase) / len(phrase)
                span = max(tail.onset - head.onset, 1)
                for tone in phrase:
                    slot = self.shape[min(8 * (tone.onset - head.onset) // span, 7)]
                    slot[0] += round(100 * (tone.pitch - mean))
                    slot[1] += 1
        for previous, tone, following in zip([line[0], *line], line, [*line[1:], line[-1]], strict=False):
            mode = piece.key_at(tone.onset)[1]
            self.loose[f"degree {mode}"][_degree(tone)] += 1
            if tone.chord:
                kind = "chord" if tone.fits else nonchord_kind(previous, tone, following)
                self.nonchord[tone.strength][kind] += 1
                self.over[f"{mode} {tone.chord}"][tone.strength][_degree(tone)] += 1

    def _register(self, piece: Piece, line: list[Tone]) -> None:
        pitches = [tone.pitch for tone in line]
        self.loose["range_semitones"][str(max(pitches) - min(pitches))] += 1
        top_note = max(line, key=lambda tone: (tone.pitch, -tone.onset))
        self.loose["first_peak_tenth"][str(10 * line.index(top_note) // len(line))] += 1
        low, high = sorted(pitches)[len(pitches) // 20], sorted(pitches)[-1 - len(pitches) // 20]
        self.loose["tessitura_p5_p95"][str(high - low)] += 1
        by_kind: dict[str, list[Tone]] = defaultdict(list)
        for section in piece.sections:
            by_kind[section.kind] += [tone for tone in line if section.onset <= tone.onset < section.end]
        verse, chorus = by_kind["verse"], by_kind["chorus"]
        if len(verse) >= 16 and len(chorus) >= 16:
            lift = sum(t.pitch for t in chorus) / len(chorus) - sum(t.pitch for t in verse) / len(verse)
            self.loose["chorus_above_verse_mean"][str(round(lift))] += 1
            peak = max(t.pitch for t in chorus) - max(t.pitch for t in verse)
            self.loose["chorus_above_verse_peak"][str(peak)] += 1
            for name, notes in (("verse", verse), ("chorus", chorus)):
                bars = len({bar_index(piece, t.onset) for t in notes})
                self.loose[f"density_tenths {name}"][str(10 * len(notes) // max(bars, 1))] += 1

    def rhythm_table(self) -> dict[str, Any]:
        """The `melody_rhythm_*` table."""
        meters: dict[str, Any] = {}
        for meter in sorted({m for m, _ in self.cells}):
            by_place = {where: c for (m, where), c in self.cells.items() if m == meter}
            total = sum(sum(c.values()) for c in by_place.values())
            if total < MIN_BARS:
                continue
            meters[meter] = {
                "bars": total,
                "cells": {where: top(c, CELLS, 2) for where, c in by_place.items()},
                "grid": len(next(iter(by_place.values())).most_common(1)[0][0]),
                "pairs": top(self.pairs[meter], 150, 3),
            }
        names = [n for n in self.loose if n.startswith(("phrase", "notes", "sync", "onset", "sound", "last", "breath"))]
        both: Counter[str] = Counter()
        for counter in self.cells.values():
            both.update(counter)
        return {
            "cell_entropy_millibits": entropy_millibits(both),
            "meters": meters,
            "repeats": {str(lag): {k: c[k] for k in ("bars", "exact", "rhythm", "same_contour", "sequence")}
                        for lag, c in self.lags.items()},
            "section_cells": {kind: top(c, 80, 3) for kind, c in self.sung.items()},
            **{name: dict(self.loose[name]) for name in names},
        }  # fmt: skip

    def pitch_table(self) -> dict[str, Any]:
        """The `melody_pitch_*` table."""
        ends = [n for n in self.loose if n.startswith(("start_degree", "end_degree", "degree"))]
        others = ("contour", "interval_semitones", "range_semitones", "first_peak_tenth", "tessitura_p5_p95",
                  "chorus_above_verse_mean", "chorus_above_verse_peak", "density_tenths verse",
                  "density_tenths chorus")  # fmt: skip
        weights = {name: sum(sum(c.values()) for c in rows.values()) for name, rows in self.over.items()}
        loudest = sorted(weights, key=lambda name: (-weights[name], name))[:24]
        return {
            "approach": {k: dict(c) for k, c in self.onto.items()},
            "chord_degrees": {k: {s: top(c, 10) for s, c in self.over[k].items()} for k in loudest},
            "contour_cents": [total // n if n else 0 for total, n in self.shape],
            "intervals1": {s: {k: dict(c) for k, c in rows.items()} for s, rows in self.first.items()},
            "intervals2": {k: top(c, 15) for k, c in self.second.items() if sum(c.values()) >= 8},
            "leaps": {k: dict(c) for k, c in self.leaps.items()},
            "nonchord": {k: dict(c) for k, c in self.nonchord.items()},
            **{name: top(self.loose[name], 12) for name in ends},
            **{name: dict(self.loose[name]) for name in others if name in self.loose},
        }


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)


def _degree(tone: Tone) -> str:
    return f"{'b' if tone.alter < 0 else '#' if tone.alter > 0 else ''}{tone.step % 7 + 1}"


def count(pieces: Iterable[Piece], square: bool = False) -> MelodyCount:
    """Count all the melodies of a set; `square` phrases every four bars."""
    found = MelodyCount(square)
    for piece in pieces:
        found.add(piece)
    return found


def melody_sets(data: Path) -> dict[str, tuple[list[Piece], bool]]:
    """Set name -> (pieces, square phrases)."""
    rs200 = [p for p in corpus.rs200(data) if p.melody]
    sheets = list(corpus.openewld(data))
    tunes = list(corpus.folk(data))
    dances = ("air", "hornpipe", "jig", "reel", "slipjig", "strathspey", "waltz")
    return {
        "blues": ([p for p in rs200 + sheets if "blues" in p.genres], False),
        "classical": (list(corpus.lieder(data)), False),
        "country": ([p for p in rs200 + sheets if "country" in p.genres], False),
        **{f"folk_{name}": ([p for p in tunes if p.rhythm == name], True) for name in dances},
        "hymn": (list(corpus.four_part(data, "hymns")), False),
        "jazz": ([p for p in sheets if "jazz" in p.genres], False),
        "pop": (list(corpus.pop909(data)), False),
        "rock": ([p for p in rs200 if "rock" in p.genres], False),
        "soul": ([p for p in rs200 if "soul" in p.genres], False),
        "standards": (sheets, False),
    }


def main() -> None:
    """Command line: --data folder of the open corpora, --out folder, --date to stamp."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--date", required=True)
    options = parser.parse_args()
    for name, (pieces, square) in melody_sets(options.data).items():
        found = count(pieces, square)
        made = provenance("melody.py", found.pieces, options.date)
        write(options.out / f"melody_rhythm_{name}.json", {**found.rhythm_table(), "provenance": made})
        write(options.out / f"melody_pitch_{name}.json", {**found.pitch_table(), "provenance": made})


if __name__ == "__main__":
    main()
