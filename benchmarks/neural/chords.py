"""Perplexities a chord of the harmony model on held-out songs, beside uniform, unigram, bigram and trigram models.

Convention: all models answer for the same events. A chord's event is its root, quality and bass; its length is counted
apart, then both together. The n-grams are interpolated Kneser-Ney (discount 0.75) down to the uniform model, and are
counted once on the training songs of all corpora and once on those of the corpus in question: the better one stands.
Lengths' n-grams know the lengths before; the model is not told how sections close, but where they begin and end. "Not
looking back": the facts about 2, 4, 8 and 16 bars ago and the last section of the name are hidden from it, for which it
was not trained.

    python -m partimento.benchmarks.neural.chords --data DIR [--out FILE]
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from math import exp, log
from pathlib import Path

import torch

from partimento.composer.neural.harmony import HarmonyNet, load
from partimento.composer.neural.harmony_data import Song, held_out, songs
from partimento.composer.neural.harmony_training import figures_of
from partimento.composer.neural.harmony_view import BASSES, CHORDS, LENGTHS, length_of

DISCOUNT = 0.75
KINDS = ("chord", "length", "both")
Model = dict[str, float]


class Ngram:
    """An interpolated Kneser-Ney model over whole numbers below `classes`; order 1 is the unigram."""

    def __init__(self, lines: Sequence[Sequence[int]], order: int, classes: int) -> None:
        self.order = order
        self.classes = classes
        self.counts: list[dict[tuple[int, ...], Counter[int]]] = [defaultdict(Counter) for _ in range(order)]
        for line in lines:
            whole = [-1] * (order - 1) + list(line)
            for i in range(order - 1, len(whole)):
                self.counts[order - 1][tuple(whole[i - order + 1 : i])][whole[i]] += 1
        for n in range(order - 1, 0, -1):  # below the highest order, in how many contexts a number was seen
            for context, row in self.counts[n].items():
                for symbol in row:
                    self.counts[n - 1][context[1:]][symbol] += 1

    def share(self, context: tuple[int, ...], symbol: int) -> float:
        """The probability of a number after the last ones."""
        found = 1.0 / self.classes
        for n in range(self.order):
            row = self.counts[n].get(context[len(context) - n :])
            if row:
                total = sum(row.values())
                found = max(row[symbol] - DISCOUNT, 0.0) / total + DISCOUNT * len(row) / total * found
        return found

    def nats(self, lines: Sequence[Sequence[int]]) -> float:
        """The sum over lines."""
        out = 0.0
        for line in lines:
            whole = [-1] * (self.order - 1) + list(line)
            for i in range(self.order - 1, len(whole)):
                out -= log(self.share(tuple(whole[i - self.order + 1 : i]), whole[i]))
        return out


def chords_of(song: Song) -> list[int]:
    """Chord and bass as one number."""
    return [event.chord * len(BASSES) + event.bass for event in song.events]


def lengths_of(song: Song) -> list[int]:
    """Length classes."""
    return [length_of(event.halves) for event in song.events]


def ngram_figures(training: Sequence[Song], held: Sequence[Song], order: int) -> Model:
    """Nats a chord, a length and of both together."""
    count = sum(len(song.events) for song in held)
    chord = Ngram([chords_of(s) for s in training], order, CHORDS * len(BASSES)).nats([chords_of(s) for s in held])
    length = Ngram([lengths_of(s) for s in training], order, len(LENGTHS)).nats([lengths_of(s) for s in held])
    return {"chord": chord / count, "length": length / count, "both": (chord + length) / count}


def net_figures(net: HarmonyNet, held: Sequence[Song], back: bool = True) -> Model:
    """The same of the model."""
    cpu = torch.device("cpu")
    sums = [figures_of(net.model, list(held[i : i + 32]), cpu, back) for i in range(0, len(held), 32)]
    total = {key: sum(part[key] for part in sums) for key in ("chord", "length", "bass", "chords")}
    chord, length = total["chord"] + total["bass"], total["length"]
    count = total["chords"]
    return {"chord": chord / count, "length": length / count, "both": (chord + length) / count}


def measure(charts: Sequence[Song], net: HarmonyNet | None) -> dict[str, dict[str, Model]]:
    """corpus -> model -> nats; without a net the baselines alone."""
    uniform = {"chord": log(CHORDS * len(BASSES)), "length": log(len(LENGTHS))}
    uniform["both"] = uniform["chord"] + uniform["length"]
    out: dict[str, dict[str, Model]] = {}
    for corpus in (*sorted({song.source for song in charts}), "all"):
        held = [s for s in charts if held_out(s.name) and corpus in (s.source, "all")]
        if not held:
            continue
        whole = [s for s in charts if not held_out(s.name)]
        own = [s for s in whole if corpus in (s.source, "all")]
        rows = {"uniform": uniform}
        for order, name in ((1, "unigram"), (2, "bigram"), (3, "trigram")):
            tried = [ngram_figures(training, held, order) for training in (whole, own)]
            rows[name] = {kind: min(figures[kind] for figures in tried) for kind in KINDS}
        if net is not None:
            rows["the model, not looking back"] = net_figures(net, held, back=False)
            rows["harmony model"] = net_figures(net, held)
        out[corpus] = rows
    return out


def table(found: dict[str, dict[str, Model]]) -> str:
    """Perplexities as a Markdown table, the model's share of the trigram's behind."""
    lines = ["| corpus | model | chord and bass | length | both | of the trigram's |", "|---|---|---|---|---|---|"]
    for corpus, rows in found.items():
        for name, nats in rows.items():
            figures = " | ".join(f"{exp(nats[kind]):.2f}" for kind in KINDS)
            shares = " / ".join(f"{exp(nats[kind] - rows['trigram'][kind]):.2f}" for kind in KINDS)
            lines.append(f"| {corpus} | {name} | {figures} | {shares if 'model' in name else ''} |")
    return "\n".join(lines)


def main() -> None:
    """Command line: --data folder of the open corpora, --out a JSON file for the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    found = measure(songs(options.data), load())
    print(table(found))
    if options.out:
        options.out.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
