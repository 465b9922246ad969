"""The voicing net on Bach's chorales: nats and accuracy a token beside baselines, and the faults of what it writes.

    python -m partimento.benchmarks.neural.chorales DATA.json.gz SPLIT [--weights FILE] [--out DIR]

Conventions: DATA is a file of the JSB benchmark's shape on the grid of sixteenths, SPLIT one of its splits; baselines
are counted on its "train". A step has five tokens, the chord's and the four voices'. Cross-entropies are
teacher-forced, in nats, averaged over the tokens of a piece and then over pieces: (a) the voices' tokens, each step's
chord being known, (b) all five. (a) leaks: the chord is a function of the pitches. "In seven keys" is the net asked in
the keys up to three semitones around and its probabilities averaged. Published are TonicNet's figures (Peracha 2019);
its chord tokens are made otherwise. Our weights have learned from hymns beside the split's "train" (voicing_training),
less those whose tune is in "valid".
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Sequence
from math import log
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from partimento.benchmarks.neural.part_writing import part_writing
from partimento.composer.neural.shipped import weights_path
from partimento.composer.neural.voicing import VoicingNet, read_model
from partimento.composer.neural.voicing_data import CHORDS, PITCHES, Piece, read_split, transposed
from partimento.composer.neural.voicing_module import ORDER, Voicing
from partimento.composer.neural.voicing_training import by_piece, token_hits, token_nats
from partimento.theory.errors import PartimentoError

RESULTS = Path(__file__).parent / "results"
TOKENS = ("chord", "soprano", "bass", "tenor", "alto")
KEYS = range(-3, 4)
PUBLISHED = {"a": 0.220, "b": 0.317}

Table = NDArray[np.float64]


def tokens(piece: Piece) -> NDArray[np.int64]:
    """The piece's tokens, (steps, 5), in the order they are chosen."""
    return np.stack([piece.chords, *(piece.pitches[:, v] for v in ORDER)], 1)


def averaged(rows: Sequence[Table]) -> dict[str, float]:
    """(a), (b) and each token's mean of tables (steps, 5), within pieces and then over them."""
    means = np.stack([row.mean(0) for row in rows]).mean(0)
    found = {"a": float(means[1:].mean()), "b": float(means.mean())}
    return found | {name: float(mean) for name, mean in zip(TOKENS, means, strict=True)}


def baseline(pieces: Sequence[Piece], share: Callable[[int, int, int], float]) -> dict[str, float]:
    """The figures of `share(column, token before or -1, token)`, a probability."""
    rows = []
    for piece in pieces:
        table = tokens(piece)
        before = np.vstack([np.full((1, 5), -1), table[:-1]])
        nats = [[-log(share(j, int(b[j]), int(t[j]))) for j in range(5)] for b, t in zip(before, table, strict=True)]
        rows.append(np.array(nats))
    return averaged(rows)


def baselines(train: Sequence[Piece], pieces: Sequence[Piece]) -> dict[str, dict[str, float]]:
    """Uniform, unigram (each count plus one) and repeat-last (the token before, else the unigram)."""
    sizes = [CHORDS, PITCHES, PITCHES, PITCHES, PITCHES]
    counts: list[Counter[int]] = [Counter() for _ in range(5)]
    repeats, steps = [0] * 5, 0
    for piece in train:
        table = tokens(piece)
        for j in range(5):
            counts[j].update(int(t) for t in table[:, j])
            repeats[j] += int((table[1:, j] == table[:-1, j]).sum())
        steps += len(table) - 1

    def unigram(j: int, _: int, token: int) -> float:
        return (counts[j][token] + 1) / (counts[j].total() + sizes[j])

    def repeat(j: int, before: int, token: int) -> float:
        if before < 0:
            return unigram(j, before, token)
        kept = repeats[j] / steps
        return kept if token == before else (1 - kept) * unigram(j, before, token) / (1 - unigram(j, -1, before))

    return {
        "uniform": baseline(pieces, lambda j, before, token: 1 / sizes[j]),
        "unigram": baseline(pieces, unigram),
        "repeat-last": baseline(pieces, repeat),
    }


def in_keys(model: Voicing, pieces: Sequence[Piece]) -> dict[str, float]:
    """The figures of the net's probabilities averaged over KEYS; a piece is asked in all of them alike."""
    device = torch.device("cpu")
    asked = [by_piece(token_nats, model, [transposed(p, by) for p in pieces], device) for by in KEYS]
    return averaged([-np.log(np.mean([np.exp(-one[i]) for one in asked], 0)) for i in range(len(pieces))])


def measure(data: Path, split: str, weights: Path) -> dict[str, object]:
    """All figures."""
    model, device = read_model(weights), torch.device("cpu")
    pieces = read_split(data, split)
    rows = baselines(read_split(data, "train"), pieces)
    with torch.inference_mode():
        rows["voicing net"] = averaged(by_piece(token_nats, model, pieces, device))
        rows["voicing net in seven keys"] = in_keys(model, pieces)
        right = averaged(by_piece(token_hits, model, pieces, device))
    return {
        "data": data.name,
        "split": split,
        "pieces": len(pieces),
        "steps": sum(len(p.chords) for p in pieces),
        "parameters": sum(p.numel() for p in model.parameters()),
        "nats": rows,
        "accuracy": right,
        "published": PUBLISHED,
        "part_writing": part_writing(VoicingNet(model), VoicingNet(model, faults={}), pieces),
    }


def report(found: dict[str, object]) -> str:
    """The tables, in Markdown."""
    rows, right, wrong = found["nats"], found["accuracy"], found["part_writing"]
    assert isinstance(rows, dict) and isinstance(right, dict) and isinstance(wrong, dict)
    lines = [
        f"{found['pieces']} chorales of the split '{found['split']}' of {found['data']}, {found['steps']} sixteenths; "
        f"{found['parameters']} parameters. Nats a token, averaged in a piece, then over pieces.",
        "",
        f"| | (a) voices, chord known | (b) all tokens | {' | '.join(TOKENS)} |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, row in rows.items():
        lines.append(f"| {name} | {row['a']:.4f} | {row['b']:.4f} | {' | '.join(f'{row[t]:.3f}' for t in TOKENS)} |")
    lines += [
        f"| TonicNet, as published | {PUBLISHED['a']:.3f} | {PUBLISHED['b']:.3f} | | | | | |",
        "",
        f"Accuracy: {right['a']:.4f} of the voices' tokens, {right['b']:.4f} of all.",
        "",
        "Set anew, a chord each quarter and the soprano given, alto, tenor and bass the net's:",
        "",
        "| for 1000 changes of sonority | parallel fifths and octaves | crossings | leaps over a fifth inside |",
        "|---|---|---|---|",
    ]
    for name, row in wrong.items():
        lines.append(f"| {name} | {row['parallels']:.1f} | {row['crossings']:.1f} | {row['leaps']:.1f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("split")
    parser.add_argument("--weights", type=Path, default=weights_path("voicing"))
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    try:
        found = measure(asked.data, asked.split, asked.weights)
    except PartimentoError as error:
        parser.exit(2, f"{error}\n")
    print(report(found))
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "chorales.json").write_text(json.dumps(found, indent=1) + "\n")
    (asked.out / "chorales.md").write_text(report(found))


if __name__ == "__main__":
    main()
