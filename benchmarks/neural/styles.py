"""How much a style of one's own helps: pieces of one kind that the melody net never saw, a dozen to learn from.

    python -m partimento.benchmarks.neural.styles DATA [--kinds waltzes,ashover,...] [--out DIR]

DATA is the folder of the corpora that holds copyleft/folk_nottingham_gpl.jsonl.gz: nothing of it was learned from, and
nothing learned from it is kept. For each kind of tunes: nats a note of up to 24 further tunes of the kind by the
shipped net, and by the same with an adapter learned from twelve; four others tell when to stop.
"""

from __future__ import annotations

import argparse
import gzip
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from partimento.composer.neural.melody import load
from partimento.composer.neural.melody_adapter import CONFIG, adapted, adapter_task, before, save_adapter
from partimento.composer.neural.melody_data import Tune, tune_of
from partimento.learning.nets.loop import train
from partimento.learning.tables.corpus import Piece, make_bars, read_key, relative_chords
from partimento.theory.errors import TrainingError

FILE = "copyleft/folk_nottingham_gpl.jsonl.gz"
KINDS = ("waltzes", "ashover", "morris", "hpps")
LEARNED, STOPPING, HELD = 12, 4, 24


def tunes(data: Path, kind: str) -> Iterator[Tune]:
    """The tunes of a kind that fit the net's grid, no genre told; TrainingError where the file is missing."""
    path = data / FILE
    if not path.is_file():
        raise TrainingError(f"there is no file '{path}'")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["kind"] == kind and row["chords"]:
                tune = tune_of(piece_of(row))
                if tune is not None:
                    yield replace(tune, sheet=replace(tune.sheet, genre=0))


def piece_of(row: dict[str, Any]) -> Piece:
    """A record as a piece; its bars begin with the first chord, since a pick-up has none."""
    numerator, denominator = row["meters"][0][1:3]
    bar = row["tpq"] * 4 * numerator // denominator
    notes = sorted((on, length, midi) for on, length, midi, *_ in row["parts"]["melody"])
    keys = tuple((tick, *read_key(name)) for tick, name in row["keys"])
    bars = make_bars(row["meters"], max(on + length for on, length, _ in notes), row["tpq"], row["chords"][0][0] % bar)
    return Piece(row["id"], "own", (), row["tpq"], bars, keys, relative_chords(row["chords"], keys), tuple(notes))


def measured(found: Sequence[Tune]) -> dict[str, float]:
    """Nats a note before and after, seconds and bytes that it took."""
    learned, stopping = found[:LEARNED], found[LEARNED : LEARNED + STOPPING]
    task = adapter_task(learned, stopping)
    held = adapter_task(learned, found[LEARNED + STOPPING :][:HELD])
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as room:
        trained = train(task, CONFIG, Path(room), torch.device("cpu"))
        path = save_adapter(Path(room) / "style.safetensors", trained.state)
        seconds = time.monotonic() - begun
        with torch.no_grad():
            after = held.evaluate(adapted(load().module, path), torch.device("cpu"))["loss"]
        size = path.stat().st_size
    return {"held out": len(held.held), "before": before(held), "after": after, "seconds": seconds, "bytes": size}


def main() -> None:
    """Measure each kind and print, and write where --out says, a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    lines = ["| tunes | learned from | held out | before | after | better | seconds | adapter, kB |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    print(*lines, sep="\n")
    for kind in args.kinds.split(","):
        row = measured(list(tunes(args.data, kind)))
        better = row["before"] - row["after"]
        lines.append(
            f"| {kind} | {LEARNED} | {row['held out']} | {row['before']:.3f} | {row['after']:.3f} | {better:+.3f} |"
            f" {row['seconds']:.0f} | {row['bytes'] / 1000:.0f} |"
        )
        print(lines[-1], flush=True)
    if args.out is not None:
        args.out.mkdir(parents=True, exist_ok=True)
        head = "# A style of one's own: nats a note of held-out Nottingham tunes (benchmarks/neural/styles.py)"
        (args.out / "styles.md").write_text("\n".join([head, "", *lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
