"""Learn chord loops, harmonic rhythm and song forms from chart and pop corpora: run with --data, --out, --date."""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from math import isqrt
from pathlib import Path
from typing import Any

from partimento.learning.tables import corpus
from partimento.learning.tables.chart import bar_chart, bar_index, beats_in, changes
from partimento.learning.tables.corpus import Piece
from partimento.learning.tables.moods import mood_loops
from partimento.learning.tables.output import provenance, top, write

GENRES = ("blues", "country", "pop", "rock", "soul")
LEAST_SONGS = 3
LOOPS_EACH = 150
LOOPS_OF_ALL = 320

LoopKey = tuple[str, int, tuple[str, ...]]  # mode, bars, triads


def damped(songs: int) -> int:
    """Weight of a loop used by `songs` songs: ten times the square root, so that a hit loop does not drown the rest."""
    return isqrt(100 * songs)


def cap_weights(weights: list[int], percent: int = 15) -> list[int]:
    """Weights none of which exceeds `percent` of their sum, as far as their number allows."""
    if len(weights) * percent <= 100:
        return weights
    out = list(weights)
    for _ in range(50):
        limit = sum(out) * percent // 100
        if max(out) <= limit:
            break
        out = [min(w, limit) for w in out]
    return out


def _signature(bars: list[tuple[tuple[int, str, str], ...]], spelled: bool) -> tuple[tuple[str, int], ...]:
    """Chords of 4-beat bars with their lengths in half beats, equal neighbours joined."""
    out: list[tuple[str, int]] = []
    for cells in bars:
        for i, (at, plain, full) in enumerate(cells):
            stop = cells[i + 1][0] if i + 1 < len(cells) else 8
            name = full if spelled else plain
            if out and out[-1][0] == name:
                out[-1] = (name, out[-1][1] + stop - at)
            else:
                out.append((name, stop - at))
    return tuple(out)


def _plain(bars: list[tuple[tuple[int, str, str], ...]]) -> list[tuple[tuple[int, str], ...]]:
    out = []
    for cells in bars:
        row: list[tuple[int, str]] = []
        for at, plain, _ in cells:
            if not row or row[-1][1] != plain:
                row.append((at, plain))
        out.append(tuple(row))
    return out


def find_loops(bars: list[tuple[tuple[int, str, str], ...]]) -> list[tuple[int, int, bool]]:
    """(first bar, bars, repeated at once) of the 1-, 2-, 4- and 8-bar blocks of a section, on its own bar grid.

    A block that is itself a shorter loop counts as that loop.
    """
    plain = _plain(bars)
    out = []
    for size in (4, 8, 2):
        for start in range(0, len(plain) - size + 1, size):
            block = plain[start : start + size]
            if not all(block):
                continue
            period = next(p for p in (1, 2, 4, 8) if block == block[:p] * (size // p))
            if size == 8 and period < 8 or size == 2 and (period < 2 or len(plain) >= 4):
                continue
            again = period < size or plain[start + size : start + 2 * size] == block
            out.append((start, period, again))
    return out


class LoopCount:
    """Songs, sections, rhythms and spellings of each loop, by mode and genre."""

    def __init__(self) -> None:
        self.songs: dict[LoopKey, Counter[str]] = defaultdict(Counter)
        self.repeated: Counter[LoopKey] = Counter()
        self.sections: dict[LoopKey, Counter[str]] = defaultdict(Counter)
        self.rhythms: dict[LoopKey, Counter[tuple[int, ...]]] = defaultdict(Counter)
        self.spellings: dict[LoopKey, Counter[tuple[str, ...]]] = defaultdict(Counter)

    def add(self, piece: Piece) -> None:
        """Count one song: a loop is a song's when two of its blocks hold it; each statistic counts a song once."""
        found = changes(piece)
        chart = bar_chart(piece, found)
        modes = {c.bar: c.mode for c in found}
        seen: Counter[LoopKey] = Counter()
        again: set[LoopKey] = set()
        kinds: set[tuple[LoopKey, str]] = set()
        rhythms: set[tuple[LoopKey, tuple[int, ...]]] = set()
        spellings: set[tuple[LoopKey, tuple[str, ...]]] = set()
        for section in piece.sections:
            first, last = bar_index(piece, section.onset), bar_index(piece, section.end)
            bars = chart[first:last]
            if not bars or any(beats_in(b) != 4 for b in piece.bars[first:last]):
                continue
            mode = modes.get(first, piece.key_at(section.onset)[1])
            for start, length, repeated in find_loops(bars):
                block = bars[start : start + length]
                signature = _signature(block, spelled=False)
                if len(signature) > 8 or (len(signature) == 1 and length > 1):
                    continue
                key = (mode, length, tuple(name for name, _ in signature))
                seen[key] += 1 + repeated
                if repeated:
                    again.add(key)
                kinds.add((key, section.kind))
                rhythms.add((key, tuple(halves for _, halves in signature)))
                full = tuple(name for name, _ in _signature(block, spelled=True))
                if len(full) == len(signature) and full != key[2]:
                    spellings.add((key, full))
        for key, times in seen.items():
            if times >= 2:
                self.songs[key].update(("all", *piece.genres))
                self.repeated[key] += key in again
        for key, kind in kinds:
            self.sections[key][kind] += 1
        for key, rhythm in rhythms:
            self.rhythms[key][rhythm] += 1
        for key, spelling in spellings:
            self.spellings[key][spelling] += 1

    def table(self) -> dict[str, Any]:
        """genre -> mode -> loops, heaviest first."""
        out: dict[str, Any] = {}
        for genre in ("all", *GENRES):
            out[genre] = {}
            for mode in ("major", "minor"):
                keys = [k for k, c in self.songs.items() if k[0] == mode and c["all"] >= LEAST_SONGS and c[genre]]
                keys.sort(key=lambda k: (-self.songs[k][genre], -self.songs[k]["all"], k))
                keys = keys[: LOOPS_OF_ALL if genre == "all" else LOOPS_EACH]
                weights = cap_weights([damped(self.songs[k][genre]) for k in keys])
                out[genre][mode] = [self._entry(k, genre, w) for k, w in zip(keys, weights, strict=True)]
        return out

    def _entry(self, key: LoopKey, genre: str, weight: int) -> dict[str, Any]:
        entry: dict[str, Any] = {
            "bars": key[1],
            "chords": list(key[2]),
            "halves": list(_ranked(self.rhythms[key])[0][0]),
            "songs": self.songs[key][genre],
            "weight": weight,
        }
        if genre == "all":
            entry["repeated"] = self.repeated[key]
            entry["rhythms"] = [[list(halves), n] for halves, n in _ranked(self.rhythms[key])[:4]]
            entry["sections"] = dict(sorted(self.sections[key].items()))
            entry["spellings"] = [[list(names), n] for names, n in _ranked(self.spellings[key])[:4] if n >= 2]
        return entry


def _ranked(counter: Counter[Any]) -> list[tuple[Any, int]]:
    return sorted(counter.items(), key=lambda item: (-item[1], item[0]))


def harmonic_rhythm(pieces: list[Piece]) -> dict[str, Any]:
    """genre -> section kind -> chords begun or held in a bar -> bars counted (4-beat bars), and chord lengths."""
    bars: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    lengths: dict[str, Counter[str]] = defaultdict(Counter)
    places: dict[str, Counter[str]] = defaultdict(Counter)
    for piece in pieces:
        found = changes(piece)
        chart = bar_chart(piece, found)
        for change in found:
            if beats_in(piece.bars[change.bar]) == 4:
                for genre in piece.genres:
                    lengths[genre][str(min(change.length, 64))] += 1
                    places[genre][str(change.at)] += 1
        for section in piece.sections:
            for index in range(bar_index(piece, section.onset), bar_index(piece, section.end)):
                if index < len(chart) and chart[index] and beats_in(piece.bars[index]) == 4:
                    for genre in piece.genres:
                        for kind in (section.kind, "any"):
                            bars[genre][kind][str(min(len(chart[index]), 5))] += 1
    return {
        genre: {
            "bars": {kind: dict(c) for kind, c in bars[genre].items()},
            "lengths_half_beats": top(lengths[genre], 24),
            "places_half_beats": dict(places[genre]),
        }
        for genre in sorted(bars)
    }


def forms(pieces: list[Piece]) -> dict[str, Any]:
    """genre -> frequent section sequences, section lengths by kind, what follows what."""
    patterns: dict[str, Counter[str]] = defaultdict(Counter)
    lengths: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    after: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for piece in pieces:
        rows: list[tuple[str, int]] = []
        for section in piece.sections:
            if section.kind == "other":
                continue
            bars = bar_index(piece, section.end) - bar_index(piece, section.onset)
            if bars < 1:
                continue
            if rows and rows[-1][0] == section.kind and section.kind not in ("verse", "chorus"):
                rows[-1] = (section.kind, rows[-1][1] + bars)
            else:
                rows.append((section.kind, bars))
        short: list[str] = []  # transitions of up to two bars belong to no form
        for kind, bars in rows:
            if kind == "instrumental" and bars <= 2:
                continue
            if not (short and short[-1] == kind):
                short.append(kind)
        for genre in piece.genres:
            if 3 <= len(short) <= 16:
                patterns[genre][" ".join(short)] += 1
            for kind, bars in rows:
                lengths[genre][kind][str(bars)] += 1
            for a, b in zip(["start", *short], [*short, "end"], strict=True):
                after[genre][a][b] += 1
    return {
        genre: {
            "after": {a: dict(c) for a, c in after[genre].items()},
            "lengths_bars": {kind: top(c, 16, 2) for kind, c in lengths[genre].items()},
            "patterns": top(patterns[genre], 60, 2 if genre in ("pop", "rock", "soul") else 1),
        }
        for genre in sorted(after)
    }


def main() -> None:
    """Command line: --data folder of the open corpora, --out folder, --date to stamp."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--date", required=True)
    options = parser.parse_args()
    sets = {
        "billboard": list(corpus.billboard(options.data)),
        "pop909": list(corpus.pop909(options.data)),
        "rs200": list(corpus.rs200(options.data)),
    }
    pieces = [piece for name in sorted(sets) for piece in sets[name]]
    made = provenance("harmony.py", {name: len(found) for name, found in sets.items()}, options.date)
    loops = LoopCount()
    for piece in pieces:
        loops.add(piece)
    moods, count = mood_loops(options.data)
    loop_made = provenance(
        "harmony.py", {**{name: len(found) for name, found in sets.items()}, "moods": count}, options.date
    )
    write(options.out / "loops.json", {"genres": loops.table(), "moods": moods, "provenance": loop_made})
    write(options.out / "harmonic_rhythm.json", {"genres": harmonic_rhythm(pieces), "provenance": made})
    write(options.out / "forms.json", {"genres": forms(pieces), "provenance": made})


if __name__ == "__main__":
    main()
