"""Errors of the drums model on held-out performances, beside flat playing and per-step means; nats a step of grooves.

Convention: the data's own validation split. Velocities are MIDI's. `delay` is ms from the swung grid, the recording's
own lag taken out, as the model plays in songs; `offset` ms from the plain grid of sixteenths or triplets, lag and swing
included. Strokes further than 120 ms from their step are counted as 120. Flat is the mean velocity and no delay; step
means (and medians, which suit absolute errors better) are the training split's, by piece, place in the bar and style.

    python -m partimento.benchmarks.neural.drums --data DIR [--out FILE]
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from partimento.composer.neural.drums import CLASSES, STYLES, DrumsModule, load
from partimento.composer.neural.drums_data import Take, excerpt, takes, together
from partimento.composer.neural.drums_training import LATEST_MS

KINDS = ("velocity", "delay", "offset")
LEAST = 10
"""Strokes of which a mean is taken; below that the broader one stands."""
Values = NDArray[np.float64]


def strokes(found: Sequence[Take], kind: str) -> tuple[Values, NDArray[np.int64]]:
    """All strokes' values of a kind, and their (style, place, piece)."""
    values, keys = [], []
    for take in found:
        steps, pieces = np.nonzero(take.hits)
        row = getattr(take, kind)[steps, pieces]
        values.append(row if kind == "velocity" else row.clip(-LATEST_MS, LATEST_MS))
        keys.append(np.stack((take.codes[steps, 2], take.codes[steps, 0], pieces), axis=1))
    return np.concatenate(values).astype(np.float64), np.concatenate(keys)


def per_step(training: Sequence[Take], held: Sequence[Take], kind: str, middle: Callable[[Values], Any]) -> Values:
    """What the training split's means (or medians) say of every held-out stroke."""
    values, keys = strokes(training, kind)
    rows: dict[tuple[int, ...], list[float]] = defaultdict(list)
    for value, key in zip(values.tolist(), keys.tolist(), strict=True):
        for known in (tuple(key), tuple(key[1:]), (key[2],)):
            rows[known].append(value)
    table = {key: float(middle(np.array(row))) for key, row in rows.items() if len(row) >= LEAST}
    whole = float(middle(values))
    ways = [(tuple(key), tuple(key[1:]), (key[2],)) for key in strokes(held, kind)[1].tolist()]
    return np.array([next((table[key] for key in way if key in table), whole) for way in ways])


def answers(module: DrumsModule, held: Sequence[Take]) -> Values:
    """The model's five figures of every held-out stroke."""
    out = []
    for take in held:
        batch = {name: torch.from_numpy(a) for name, a in together([excerpt(take, 0, len(take.hits))]).items()}
        with torch.inference_mode():
            found = module.feel(batch["codes"], batch["step_ms"], batch["hits"], batch["lengths"])
        steps, pieces = np.nonzero(take.hits)
        out.append(found[0].numpy()[steps, pieces])
    return np.concatenate(out).astype(np.float64)


def nats(module: DrumsModule, take: Take) -> float:
    """Nats of all the steps of a recording under the model."""
    batch = {name: torch.from_numpy(a) for name, a in together([excerpt(take, 0, len(take.hits))]).items()}
    hits = batch["hits"]
    with torch.inference_mode():
        before = nn.functional.pad(hits, (0, 0, 1, 0))[:, :-1]
        logits = module.groove(batch["codes"], batch["step_ms"], before)[0] + hits @ module.groove.within().T
        return float(nn.functional.binary_cross_entropy_with_logits(logits, hits, reduction="sum"))


def step_shares(training: Sequence[Take]) -> dict[tuple[int, ...], tuple[Values, int]]:
    """Sums of strokes and counts of steps by (style, place, fill) and by (place,)."""
    sums: dict[tuple[int, ...], tuple[Values, int]] = {}
    for take in training:
        for code, row in zip(take.codes.tolist(), take.hits, strict=True):
            for key in ((code[2], code[0], code[3]), (code[0],)):
                total, count = sums.get(key, (np.zeros(len(CLASSES)), 0))
                sums[key] = (total + row, count + 1)
    return sums


def baseline_nats(shares: dict[tuple[int, ...], tuple[Values, int]], take: Take) -> tuple[float, float]:
    """Nats of a recording by step means alone, and mixed with the bar before (three to one)."""
    none = (np.zeros(len(CLASSES)), 0)
    alone = repeated = 0.0
    for i, (code, row) in enumerate(zip(take.codes.tolist(), take.hits, strict=True)):
        total, count = shares.get((code[0],), none)
        broad = (total + 0.5) / (count + 1.0)
        total, count = shares.get((code[2], code[0], code[3]), none)
        share = (total + 4.0 * broad) / (count + 4.0)
        alone -= float(np.log(np.where(row > 0, share, 1.0 - share)).sum())
        if i >= take.bar:
            share = np.clip(0.75 * take.hits[i - take.bar] + 0.25 * share, 1e-3, 1.0 - 1e-3)
        repeated -= float(np.log(np.where(row > 0, share, 1.0 - share)).sum())
    return alone, repeated


def measure(found: Sequence[Take], module: DrumsModule) -> dict[str, dict[str, Any]]:
    """style -> figures, "all" first: mean absolute errors by kind and model, nats a step, standard deviations."""
    training = [take for take in found if take.split == "train"]
    held = [take for take in found if take.split != "train"]
    styles = strokes(held, "velocity")[1][:, 0]
    said = answers(module, held)
    real = {kind: strokes(held, kind)[0] for kind in KINDS}
    mean = float(strokes(training, "velocity")[0].mean())
    models: dict[str, dict[str, Values]] = {
        kind: {
            "flat": np.full(len(styles), mean if kind == "velocity" else 0.0),
            "step means": per_step(training, held, kind, np.mean),
            "step medians": per_step(training, held, kind, np.median),
            "model": said[:, i],
        }
        for i, kind in enumerate(KINDS)
    }
    drawn = _drawn(said)
    shares = step_shares(training)
    sums = [(take, (nats(module, take), *baseline_nats(shares, take))) for take in held]
    out: dict[str, dict[str, Any]] = {}
    for style in ("all", *STYLES):
        of = styles >= 0 if style == "all" else styles == STYLES.index(style)
        rows = [row for row in sums if style in ("all", STYLES[row[0].codes[0, 2]])]
        if not rows:
            continue
        steps = sum(len(row[0].hits) for row in rows)
        figures: dict[str, Any] = {"recordings": len(rows), "strokes": int(of.sum()), "steps": steps}
        for kind in KINDS:
            figures[kind] = {n: float(np.abs(v - real[kind])[of].mean()) for n, v in models[kind].items()}
        sides = zip(("model", "step means", "bar before"), zip(*(row[1] for row in rows), strict=True), strict=True)
        figures["nats"] = {name: sum(side) / steps for name, side in sides}
        figures["sd"] = {
            kind: {"human": real[kind][of].std(), "median": said[:, i][of].std(), "drawn": drawn[i][of].std()}
            for i, kind in enumerate(KINDS[:2])
        }
        out[style] = figures
    return out


def _drawn(said: Values) -> tuple[Values, Values]:
    """Velocities and delays as a draw from the model's Laplace distributions."""
    random = np.random.default_rng(0)
    size = len(said)
    return random.laplace(said[:, 0], said[:, 3], size).clip(1, 127), random.laplace(said[:, 1], said[:, 4], size)


def table(found: dict[str, dict[str, Any]]) -> str:
    """Two Markdown tables: errors and nats, and how far strokes are spread."""
    order = "flat, means, medians, model"
    lines = [
        f"| style | strokes | velocity: {order} | delay ms | offset ms | nats a step: means, bar before, model |",
        "|---|---|---|---|---|---|",
    ]
    names = ("flat", "step means", "step medians", "model")
    for style, row in found.items():
        errors = [", ".join(f"{row[kind][name]:.1f}" for name in names) for kind in KINDS]
        steps = ", ".join(f"{row['nats'][name]:.2f}" for name in ("step means", "bar before", "model"))
        lines.append(f"| {style} | {row['strokes']} | {' | '.join(errors)} | {steps} |")
    lines += ["", "| style | SD of velocity: human, median, drawn | SD of delay ms |", "|---|---|---|"]
    for style, row in found.items():
        cells = [", ".join(f"{row['sd'][kind][n]:.1f}" for n in ("human", "median", "drawn")) for kind in KINDS[:2]]
        lines.append(f"| {style} | {' | '.join(cells)} |")
    whole = found["all"]
    shares = [(kind, whole[kind]["model"] / min(whole[kind][name] for name in names[:3])) for kind in KINDS]
    told = ", ".join(f"{kind} {share:.2f}" for kind, share in shares)
    lines += ["", f"Model over the better baseline, all styles: {told}"]
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and with --out write the figures as JSON."""
    parser = argparse.ArgumentParser(description="The drums model on held-out performances.")
    parser.add_argument("--data", type=Path, required=True, help="the folder of the corpora")
    parser.add_argument("--out", type=Path, help="a JSON file to write")
    given = parser.parse_args()
    found = measure(takes(given.data), load().module)
    print(table(found))
    if given.out:
        short = json.loads(json.dumps(found), parse_float=lambda text: round(float(text), 4))
        given.out.write_text(json.dumps(short, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
