"""Training the voicing net on Bach's chorales: examples in all keys that the voices can sing, drawn anew each batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from partimento.composer.neural.voicing_data import (
    FILE,
    HYMNS,
    KINDS,
    Piece,
    keys_in_range,
    ranges_of,
    read_hymns,
    read_split,
    transposed,
)
from partimento.composer.neural.voicing_module import ORDER, Config, Steps, Voicing
from partimento.learning.nets.loop import TrainConfig

CONFIG = TrainConfig(steps=700, rate=4e-3, warmup=50, decay=0.2, average=0.985, every=50, patience=5, bf16=True)
BATCH = 48
CROP = 128
HYMNS_SHARE = 0.35
"""How many of a batch are hymns: they keep the net from learning the chorales by heart (0.308 nats; without, 0.315)."""


class VoicingTask:
    """Chorales of the standard split and hymns; the loss is the mean over the five tokens of a step."""

    name = "voicing"

    def __init__(self, train: Sequence[Piece], valid: Sequence[Piece], config: Config, seed: int = 0) -> None:
        self.valid, self.config, self.seed = list(valid), config, seed
        ranges = ranges_of(list(train))
        keyed = [(piece, keys_in_range(piece, ranges)) for piece in train]
        self.corpora = [[one for one in keyed if one[0].kind == kind] for kind in range(len(KINDS))]

    def build(self) -> nn.Module:
        """The network of the config's sizes."""
        return Voicing(self.config)

    def batch(self, step: int) -> tuple[Steps, Tensor]:
        """BATCH pieces in keys of their own, cut to CROP sixteenths; the second is True where there is a step."""
        rng = np.random.Generator(np.random.PCG64([self.seed, step]))
        chosen = []
        for _ in range(BATCH):
            corpus = self.corpora[rng.random() < HYMNS_SHARE] or self.corpora[0]
            piece, keys = corpus[int(rng.random() * len(corpus))]
            piece = transposed(piece, keys[int(rng.random() * len(keys))])
            room = max(0, len(piece.chords) - CROP)
            first = int(rng.random() * (room // 16 + 2)) * 16 if rng.random() < 0.6 else 0
            chosen.append((piece, min(first, room - room % 16)))
        return collate(chosen, CROP)

    def loss(self, model: nn.Module, batch: tuple[Steps, Tensor], device: torch.device) -> Tensor:
        """Mean nats a token over the steps there are."""
        assert isinstance(model, Voicing)
        steps, there = batch
        found = token_nats(model, on(steps, device))
        return found[there.to(device)].mean()

    def evaluate(self, model: nn.Module, device: torch.device) -> dict[str, float]:
        """Nats a token as the benchmark counts them: (b) all tokens as "loss", (a) the four voices' as "voices"."""
        assert isinstance(model, Voicing)
        rows = by_piece(token_nats, model, self.valid, device)
        means = np.stack([row.mean(0) for row in rows]).mean(0)
        return {"loss": float(means.mean()), "voices": float(means[1:].mean()), "chord": float(means[0])}


def collate(chosen: Sequence[tuple[Piece, int]], most: int) -> tuple[Steps, Tensor]:
    """Pieces from their first steps on, padded to the longest or cut to `most`; and where there is a step."""
    length = min(most, max(len(piece.chords) - first for piece, first in chosen))
    blocks: list[list[Tensor]] = [[] for _ in range(6)]
    for piece, first in chosen:
        rows = (piece.pitches, piece.held, piece.came, piece.chords, piece.chord_held)
        for block, row in zip(blocks, rows, strict=False):
            cut = torch.from_numpy(row[first : first + length])
            block.append(F.pad(cut, (0, 0, 0, length - len(cut)) if cut.ndim == 2 else (0, length - len(cut))))
        blocks[5].append(torch.arange(length) < len(piece.chords) - first)
    pitches, held, came, chords, chord_held, there = [torch.stack(block) for block in blocks]
    starts = torch.tensor([first for _, first in chosen])
    kinds = torch.tensor([piece.kind for piece, _ in chosen])
    return Steps(pitches, held, came, chords, chord_held, starts, kinds), there


def on(steps: Steps, device: torch.device) -> Steps:
    """The batch on a device."""
    parts = (steps.pitches, steps.held, steps.came, steps.chords, steps.chord_held, steps.first, steps.kind)
    return Steps(*(part.to(device) for part in parts))


def token_nats(model: Voicing, steps: Steps) -> Tensor:
    """Cross-entropy of each token, (n, steps, 5): chord, then the voices in ORDER."""
    rows = [
        F.cross_entropy(logits.flatten(0, 1), target.flatten(), reduction="none").view_as(target)
        for logits, target in zip(model.logits(steps), _targets(steps), strict=True)
    ]
    return torch.stack(rows, -1)


def token_hits(model: Voicing, steps: Steps) -> Tensor:
    """1 where a token is the likeliest of its distribution, else 0: (n, steps, 5)."""
    rows = [
        (logits.argmax(-1) == target).double()
        for logits, target in zip(model.logits(steps), _targets(steps), strict=True)
    ]
    return torch.stack(rows, -1)


def _targets(steps: Steps) -> list[Tensor]:
    return [steps.chords, *[steps.pitches[..., v] for v in ORDER]]


def by_piece(
    count: Callable[[Voicing, Steps], Tensor], model: Voicing, pieces: Sequence[Piece], device: torch.device
) -> list[NDArray[np.float64]]:
    """Each piece's `token_nats` or `token_hits`, (steps, 5), counted in batches of pieces of like length."""
    order = sorted(range(len(pieces)), key=lambda i: len(pieces[i].chords))
    found: dict[int, NDArray[np.float64]] = {}
    for at in range(0, len(order), 16):
        some = order[at : at + 16]
        steps, there = collate([(pieces[i], 0) for i in some], 1 << 20)
        with torch.no_grad():
            counted = count(model, on(steps, device)).cpu()
        found |= {i: counted[k][there[k]].double().numpy() for k, i in enumerate(some)}
    return [found[i] for i in range(len(pieces))]


def task(data: Path, seed: int = 0) -> VoicingTask:
    """The task of the folder of music data, or of its `open/`."""
    inside = (data / "open").is_dir()
    chorales, hymns = (data / name if inside else data / Path(name).name for name in (FILE, HYMNS))
    train, valid = read_split(chorales, "train"), read_split(chorales, "valid")
    return VoicingTask([*train, *read_hymns(hymns, valid)], valid, Config(), seed)
