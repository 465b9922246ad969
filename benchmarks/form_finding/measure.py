"""Measure how well `partimento.score.importing.sections` finds the form of POP909, beside bars counted off.

    python benchmarks/form_finding/measure.py DATA_FOLDER [--pieces 60] [--write]

DATA_FOLDER holds `pop_pop909cl.jsonl.gz`, whose `sections` are people's form letters. Its even pieces were looked at
when the finder was made (`--even` measures those), its odd ones are measured here: those of one meter whose bar lines
are known from the form. Told are precision, recall and F of the beginnings of sections, the first bar's left out,
exactly and within a bar; and how many pairs of bars that people put into sections of one letter, or of two, are put so
(the pairwise F of Levy and Sandler, 2008). A line each for the finder and for blocks of eight and of four bars from the
first bar on. `--write` writes `results.json` beside this script.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from partimento.score.importing.complete import song_of
from partimento.score.importing.draft import Draft, DraftPart
from partimento.score.performance import PlayedNote
from partimento.score.song import MeterChange
from partimento.theory.meter import TICKS, Meter

Form = list[tuple[int, str]]
"""Beginnings of sections, in bars, and what returning ones share."""


def _said(row: dict[str, Any], bar: int) -> Form:
    return [(round(tick / bar), label) for tick, label, *_ in row["sections"]]


def _found(row: dict[str, Any]) -> tuple[Form, int]:
    """The finder's form, and how many bars the piece has."""
    step = TICKS // row["tpq"]
    parts = tuple(
        DraftPart(name, played=tuple(PlayedNote(on * step, long * step, pitch, 80) for on, long, pitch, *_ in notes))
        for name, notes in row["parts"].items()
        if notes
    )
    meters = tuple(MeterChange(tick * step, Meter(top, bottom)) for tick, top, bottom in row["meters"])
    song, _ = song_of(Draft("", parts, meters))
    bar = meters[0].meter.bar
    return [(section.start // bar, section.material) for section in song.sections], -(-song.end // bar)


def _hits(meant: Sequence[int], found: Sequence[int], near: int) -> tuple[int, int]:
    return (
        sum(any(abs(a - b) <= near for b in found) for a in meant),
        sum(any(abs(a - b) <= near for a in meant) for b in found),
    )


def _pairs(form: Form, bars: int) -> set[tuple[int, int]]:
    labels = [label for i, (start, label) in enumerate(form)
              for _ in range(start, form[i + 1][0] if i + 1 < len(form) else bars)]  # fmt: skip
    return {(a, b) for b in range(len(labels)) for a in range(b) if labels[a] == labels[b]}


class _Tally:
    """Sums over pieces."""

    def __init__(self) -> None:
        self.counts = {near: [0, 0, 0, 0] for near in (0, 1)}
        self.pairs = [0, 0, 0]

    def add(self, meant: Form, found: Form, bars: int) -> None:
        starts, guesses = ([start for start, _ in form if start > 0] for form in (meant, found))
        for near, row in self.counts.items():
            for i, one in enumerate((*_hits(starts, guesses, near), len(starts), len(guesses))):
                row[i] += one
        said, told = _pairs(meant, bars), _pairs(found, bars)
        for i, one in enumerate((len(said & told), len(said), len(told))):
            self.pairs[i] += one

    def told(self) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for near, (back, right, meant, found) in self.counts.items():
            recall, precision = back / max(1, meant), right / max(1, found)
            share = 2 * recall * precision / max(1e-9, recall + precision)
            out["within a bar" if near else "exactly"] = {
                "precision": round(precision, 3), "recall": round(recall, 3), "F": round(share, 3)
            }  # fmt: skip
        both, said, told = self.pairs
        out["pairs of bars, F"] = round(2 * both / max(1, said + told), 3)
        return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pieces", type=int, default=60)
    parser.add_argument("--even", action="store_true", help="The pieces to look at instead of those to measure.")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    with gzip.open(arguments.folder / "pop_pop909cl.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for i, line in enumerate(lines) if i % 2 != arguments.even]
    rows = [row for row in rows if row.get("downbeat_from") == "form_annotation" and len(row["meters"]) == 1]
    tallies = {"found": _Tally(), "blocks of eight": _Tally(), "blocks of four": _Tally()}
    for row in rows[: arguments.pieces]:
        bar = Meter(*row["meters"][0][1:]).bar * row["tpq"] // TICKS
        meant = _said(row, bar)
        found, bars = _found(row)
        tallies["found"].add(meant, found, bars)
        for size, name in ((8, "blocks of eight"), (4, "blocks of four")):
            tallies[name].add(meant, [(start, str(start)) for start in range(0, bars, size)], bars)
    results = {name: tally.told() for name, tally in tallies.items()}
    print(json.dumps(results, indent=2))
    if arguments.write:
        path = Path(__file__).with_name("results.json")
        path.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
