"""Learn chord transitions, section starts and closes by genre and mode: run with --data, --out, --date."""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from partimento.learning.tables import corpus
from partimento.learning.tables.chart import bar_index, beats_in, changes
from partimento.learning.tables.corpus import Piece
from partimento.learning.tables.four_voices import read_chords
from partimento.learning.tables.numerals import QUALITIES, numeral
from partimento.learning.tables.output import provenance, top, write

SONG_CAP = 4  # a song's repeats of one transition count at most so often
MODES = ("major", "minor")

NGRAM_DEGREES = {
    "1": 0, "b2": 1, "2": 2, "b3": 3, "3": 4, "4": 5, "b5": 6, "5": 7, "b6": 8, "6": 9, "b7": 10, "7": 11,
}  # fmt: skip
NGRAM_QUALITIES = {"7alt": "7"}


class TransitionCount:
    """Counts of one genre, apart by mode."""

    def __init__(self) -> None:
        self.pieces: Counter[str] = Counter()
        self.first: dict[str, dict[str, Counter[str]]] = {m: defaultdict(Counter) for m in MODES}
        self.second: dict[str, dict[str, Counter[str]]] = {m: defaultdict(Counter) for m in MODES}
        self.starts: dict[str, dict[str, Counter[str]]] = {m: defaultdict(Counter) for m in MODES}
        self.ends: dict[str, dict[str, Counter[str]]] = {m: defaultdict(Counter) for m in MODES}
        self.cadences: dict[str, Counter[str]] = {m: Counter() for m in MODES}
        self.bars: dict[str, dict[str, list[int]]] = {m: {} for m in MODES}
        self.colours: dict[str, dict[str, Counter[str]]] = {m: defaultdict(Counter) for m in MODES}

    def add(self, piece: Piece, stable_sevenths: bool = False) -> None:
        """Count one piece."""
        found = changes(piece, stable_sevenths)
        if not found:
            return
        main = Counter(c.mode for c in found).most_common(1)[0][0]
        self.pieces[main] += 1
        first: Counter[tuple[str, str, str]] = Counter()
        second: Counter[tuple[str, str, str]] = Counter()
        for i in range(1, len(found)):
            before, now = found[i - 1], found[i]
            if before.full == now.full or before.mode != now.mode:
                continue
            first[now.mode, before.full, now.full] += 1
            if i > 1 and found[i - 2].mode == now.mode and found[i - 2].full != before.full:
                second[now.mode, f"{found[i - 2].full} {before.full}", now.full] += 1
        for (mode, a, b), n in first.items():
            self.first[mode][a][b] += min(n, SONG_CAP)
        for (mode, a, b), n in second.items():
            self.second[mode][a][b] += min(n, SONG_CAP)
        for change in found:
            self.colours[change.mode][change.full][change.colour] += 1
        self._sections(piece, found)

    def _sections(self, piece: Piece, found: list[Any]) -> None:
        starts: Counter[tuple[str, str, str]] = Counter()
        ends: Counter[tuple[str, str, str]] = Counter()
        closes: Counter[tuple[str, str]] = Counter()
        spans = [(s.onset, s.end, s.kind) for s in piece.sections]
        spans = spans or [(a, b + 1, "any") for a, b, _ in piece.phrases] or [(0, 1 << 60, "any")]
        for onset, end, kind in spans:
            inside = [c for c in found if onset <= c.onset < end]
            if not inside:
                continue
            origin = bar_index(piece, onset)
            starts[inside[0].mode, kind, inside[0].full] += 1
            ends[inside[-1].mode, kind, inside[-1].full] += 1
            for change in inside:
                if beats_in(piece.bars[change.bar]) != 4:
                    continue
                row = self.bars[change.mode].setdefault(change.full, [0, 0, 0, 0])
                row[(change.bar - origin) % 4] += 1
            after = next((c for c in found if c.onset >= end), None)
            if len(inside) > 1 and inside[-1].mode == inside[-2].mode:
                follows = after.full if after is not None and after.mode == inside[-1].mode else "-"
                closes[inside[-1].mode, f"{inside[-2].full} {inside[-1].full} > {follows}"] += 1
        for (mode, kind, name), n in starts.items():
            self.starts[mode][kind][name] += min(n, SONG_CAP)
        for (mode, kind, name), n in ends.items():
            self.ends[mode][kind][name] += min(n, SONG_CAP)
        for (mode, close), n in closes.items():
            self.cadences[mode][close] += min(n, SONG_CAP)

    def table(self) -> dict[str, Any]:
        """The modes' counts, rare ones left out."""
        out: dict[str, Any] = {}
        for mode in MODES:
            if not self.pieces[mode]:
                continue
            kept = [a for a, c in self.first[mode].items() if sum(c.values()) >= 3]
            pairs = sorted(self.second[mode].items(), key=lambda item: (-sum(item[1].values()), item[0]))[:400]
            out[mode] = {
                "bars_of_four": {a: n for a, n in self.bars[mode].items() if sum(n) >= 8},
                "cadences": top(self.cadences[mode], 120, 2),
                "colours": {a: top(c, 8, 3) for a, c in self.colours[mode].items() if sum(c.values()) >= 20},
                "ends": {kind: top(c, 20) for kind, c in self.ends[mode].items()},
                "order1": {a: top(self.first[mode][a], 30, 2) for a in kept if top(self.first[mode][a], 30, 2)},
                "order2": {a: top(c, 16, 2) for a, c in pairs if sum(c.values()) >= 4 and top(c, 16, 2)},
                "pieces": self.pieces[mode],
                "starts": {kind: top(c, 20) for kind, c in self.starts[mode].items()},
            }
        return out


def ngram_numeral(name: str, mode: str) -> str:
    """Numeral of an n-gram chord such as `b7:7`; chromatic dominants keep their own degree (VI7, not V7/ii)."""
    degree, quality = name.split(":")
    quality = NGRAM_QUALITIES.get(quality, quality)
    root = NGRAM_DEGREES[degree]
    return numeral(root, quality if quality in QUALITIES else "maj", root, mode)


def jazz_table(groups: Iterable[tuple[dict[str, Any], int]], mode: str) -> dict[str, Any]:
    """Order 1 and 2 of the jazz n-gram counts; `groups` are (counts, weight) and add up."""
    first: dict[str, Counter[str]] = defaultdict(Counter)
    second: dict[str, Counter[str]] = defaultdict(Counter)
    starts: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    colours: dict[str, Counter[str]] = defaultdict(Counter)
    bars: Counter[str] = Counter()
    shapes: Counter[str] = Counter()
    pieces = 0
    for counts, weight in groups:
        pieces += counts["n_songs"]
        for key, n in counts["bigram"].items():
            a, b = key.split()
            first[ngram_numeral(a, mode)][ngram_numeral(b, mode)] += n * weight
        for key, n in counts["trigram"].items():
            a, b, c = key.split()
            pair = f"{ngram_numeral(a, mode)} {ngram_numeral(b, mode)}"
            second[pair][ngram_numeral(c, mode)] += n * weight
        for key, n in counts["start"].items():
            starts[ngram_numeral(key, mode)] += n * weight
        for key, n in counts["end"].items():
            ends[ngram_numeral(key, mode)] += n * weight
        for key, n in counts["unigram"].items():
            colours[ngram_numeral(key, mode)][key.split(":")[1]] += n * weight
        for key, n in counts["chords_per_bar"].items():
            bars[key] += n * weight
        for key, n in counts["forms"].items():
            shapes[key] += n * weight
    return {
        "chords_per_bar": dict(bars),
        "colours": {a: top(c, 8) for a, c in colours.items() if sum(c.values()) >= 10},
        "ends": {"any": top(ends, 24)},
        "forms": {key: n for key, n in shapes.items() if "?" not in key},
        "order1": {a: top(c, 30) for a, c in first.items()},
        "order2": {a: top(c, 20) for a, c in second.items()},
        "pieces": pieces,
        "starts": {"any": top(starts, 24)},
    }


def is_twelve_bar(piece: Piece) -> bool:
    """Whether a section of the piece is a twelve-bar blues: I at 1 and 7, IV at 5, V at 9 or 10."""
    at_bar: dict[int, int] = {}
    for chord in piece.chords:
        index = bar_index(piece, chord.onset)
        while index < len(piece.bars) and piece.bars[index].onset < chord.onset + chord.duration:
            at_bar.setdefault(index, chord.root)
            index += 1
    for section in piece.sections:
        first = bar_index(piece, section.onset)
        roots = [at_bar.get(first + i, -1) for i in range(12)]
        if (roots[0], roots[4], roots[6]) == (0, 5, 0) and 7 in roots[8:10]:
            return True
    return False


def main() -> None:
    """Command line: --data folder of the open corpora, --out folder, --date to stamp."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--date", required=True)
    options = parser.parse_args()
    sets = {
        "billboard": list(corpus.billboard(options.data)),
        "openewld": list(corpus.openewld(options.data)),
        "pop909": list(corpus.pop909(options.data)),
        "rs200": list(corpus.rs200(options.data)),
    }
    for source in ("chorales", "hymns"):
        sets[source] = [read_chords(piece) for piece in corpus.four_part(options.data, source)]
    wanted = {
        "blues": ("billboard", "openewld", "rs200"),
        "classical": ("chorales",),
        "country": ("billboard", "openewld", "rs200"),
        "folk": ("hymns", "openewld"),
        "pop": ("billboard", "pop909"),
        "rock": ("billboard", "rs200"),
        "soul": ("billboard", "rs200"),
        "standards": ("openewld",),
    }
    for genre, names in wanted.items():
        count, used = TransitionCount(), Counter[str]()
        for name in names:
            for piece in sets[name]:
                if genre == "blues" and name != "openewld":
                    fits = is_twelve_bar(piece) or genre in piece.genres
                else:
                    fits = genre in piece.genres or (genre == "folk" and name == "hymns")
                if fits:
                    used[name] += 1
                    count.add(piece, stable_sevenths=genre == "blues")
        made = provenance("transitions.py", used, options.date)
        write(options.out / f"transitions_{genre}.json", {"modes": count.table(), "provenance": made})
    with gzip.open(options.data / "jazz_chord_ngram_statistics.json.gz", "rt", encoding="utf-8") as file:
        ngrams = json.load(file)
    # The bossa counts are thin, so all of jazz stands behind them at a third of their weight.
    for genre, groups in {
        "jazz": (("all", 1),), "bossa": (("bossa_latin", 3), ("all", 1)), "jazz_ballad": (("ballad", 1),),
    }.items():  # fmt: skip
        modes = {mode: jazz_table([(ngrams[f"{g}/{mode}"], w) for g, w in groups], mode) for mode in MODES}
        total = sum(ngrams[f"{groups[0][0]}/{mode}"]["n_songs"] for mode in MODES)
        made = provenance("transitions.py", {"jazz_ngrams": total}, options.date)
        write(options.out / f"transitions_{genre}.json", {"modes": modes, "provenance": made})


if __name__ == "__main__":
    main()
