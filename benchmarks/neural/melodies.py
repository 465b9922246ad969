"""Nats a note of the melody net on held-out pieces, by corpus, beside uniform, unigram and trigram models.

Convention: all models answer for the same events in the same chain, onset tokens (ends of bars among them), values,
pitches; impossible places are left out for all. "bare" is the net without chords, phrase and genre, "planned" the net
told which bar goes back to which (content, so reported apart). Trigrams are counted once on the corpus in question and
once on all, by pitches and by intervals: the best of each kind stands.

    python -m partimento.benchmarks.neural.melodies --data DIR [--out FOLDER]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from math import log
from pathlib import Path

import torch

from partimento.benchmarks.neural.melody_ngrams import CLASSES, Backoff, learn, nats
from partimento.composer.neural.melody import load
from partimento.composer.neural.melody_data import Encoded
from partimento.composer.neural.melody_module import MelodyModule
from partimento.composer.neural.melody_training import PLAIN, MelodyTask, Told, per_note, task

Figures = dict[str, float]
NET = {"net": PLAIN, "net, bare": Told(phrase=False, genre=False, chords=False), "net, planned": Told(source=True)}
KINDS = ("onset", "value", "pitch")


def uniform(pieces: Sequence[Encoded]) -> Figures:
    """All possible places, values and pitches alike."""
    notes = sum(int((p.targets[:, 1] >= 0).sum()) for p in pieces)
    onset = sum(log(max(0, beyond - low) + 1) for p in pieces for low, beyond in p.targets[:, 3:].tolist())
    return {"onset": onset / notes, "value": log(CLASSES["value"]), "pitch": log(CLASSES["pitch"])}


def measure(melodies: MelodyTask, module: MelodyModule) -> dict[str, dict[str, Figures]]:
    """corpus -> model -> nats a note of each kind."""
    whole = [piece for pieces in melodies.train.values() for piece in pieces]
    pooled = {by_step: learn(whole, 2, by_step) for by_step in (False, True)}
    out = {}
    for corpus, held in melodies.held.items():
        own = melodies.train.get(corpus, [])
        tried = [nats(learn(own, 2, by), held, 2, by) for by in (False, True)] if own else []
        tried += [nats(fresh(models), held, 2, by) for by, models in pooled.items()]
        rows = {"uniform": uniform(held), "unigram": nats(learn(own or whole, 0), held, 0)}
        rows["trigram"] = {kind: min(row[kind] for row in tried) for kind in KINDS}
        with torch.inference_mode():
            for name, told in NET.items():
                rows[name] = per_note(module, held, torch.device("cpu"), told=told)
        out[corpus] = {name: {**row, "note": sum(row.values())} for name, row in rows.items()}
        print(table({corpus: out[corpus]}, head=not out or len(out) == 1), flush=True)
    return out


def fresh(models: dict[str, Backoff]) -> dict[str, Backoff]:
    """The same counts, nothing remembered of what was asked: what is remembered grows."""
    return {name: Backoff(model.classes, model.weight, model.counts) for name, model in models.items()}


def table(found: dict[str, dict[str, Figures]], head: bool = True) -> str:
    """Nats a note as a Markdown table, each model's share of the trigram's behind."""
    lines = ["| corpus | model | onset | value | pitch | a note | of the trigram's |", "|---|---|---|---|---|---|---|"]
    lines = lines if head else []
    for corpus, rows in found.items():
        for name, row in rows.items():
            figures = " | ".join(f"{row[kind]:.3f}" for kind in (*KINDS, "note"))
            lines.append(f"| {corpus} | {name} | {figures} | {row['note'] / rows['trigram']['note']:.2f} |")
    return "\n".join(lines)


def main() -> None:
    """Command line: --data folder of the open corpora, --out a folder for melodies.json and melodies.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    module = load().module
    write(measure(task(options.data), module), module, options.out)


def write(found: dict[str, dict[str, Figures]], module: MelodyModule, out: Path | None) -> None:
    """Both files, where a folder is named."""
    if out is None:
        return
    out.mkdir(parents=True, exist_ok=True)
    size = sum(parameter.numel() for parameter in module.parameters())
    text = f"# Melodies\n\n{(__doc__ or '').split('    python')[0].strip()}\n\nThe net has {size} parameters.\n\n"
    (out / "melodies.md").write_text(text + table(found) + "\n", encoding="utf-8")
    (out / "melodies.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
