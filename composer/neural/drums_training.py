"""How the drums model is trained: both its nets at once, on random excerpts of whole bars.

Conventions: see learning/nets/loop. Velocities and delays are learned as medians (absolute errors), their spreads as
those of a Laplace distribution round them; strokes as Bernoulli events, a piece at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from partimento.composer.neural.drums import DELAY, VELOCITY, DrumsConfig, DrumsModule
from partimento.composer.neural.drums_data import Excerpt, Take, excerpt, spliced, takes, together
from partimento.learning.nets.loop import TrainConfig

CONFIG = TrainConfig(steps=2400, rate=3e-3, warmup=60, decay=0.02, average=0.997, every=200, bf16=True)
BATCH = 32
STEPS = 128
"""Steps of an excerpt: eight bars of sixteenths."""
SPLICED = 0.3
"""Share of the groove net's excerpts that are a groove and a recorded fill."""
LATEST_MS = 120.0
"""Delays beyond this are another stroke's: the rare miss of the click would drown the rest."""


class DrumsTask:
    """Both nets: see learning/nets/loop.Task. Held-out figures are per stroke (MAE) and per step (NLL)."""

    name = "drums"

    def __init__(self, data: list[Take], config: DrumsConfig, seed: int = 0) -> None:
        self.config = config
        self.seed = seed
        self.train = [take for take in data if take.split == "train"]
        self.held_out = [take for take in data if take.split == "validation"]
        # A long recording is drawn more often, but not in proportion: few drummers played most of the bars.
        sizes = np.array([max(16.0, len(take.hits)) for take in self.train]) ** 0.75
        self._weights = sizes / sizes.sum()
        self._fills: dict[tuple[str, int], list[Take]] = {}
        for take in self.train:
            if take.fill:
                self._fills.setdefault((take.style, take.division), []).append(take)
        self._pieces = [together(part) for part in _portions(self.held_out)]

    def build(self) -> DrumsModule:
        """A module with new weights."""
        return DrumsModule(self.config)

    def batch(self, step: int) -> dict[str, dict[str, Tensor]]:
        """The excerpts of a step, for each of the two nets."""
        random = np.random.default_rng((self.seed, step))
        feel = [self._excerpt(random) for _ in range(BATCH)]
        groove = [self._spliced(random) if random.random() < SPLICED else self._excerpt(random) for _ in range(BATCH)]
        return {"feel": _tensors(together(feel)), "groove": _tensors(together(groove))}

    def _excerpt(self, random: np.random.Generator) -> Excerpt:
        take = self.train[random.choice(len(self.train), p=self._weights)]
        bars = max(1, len(take.hits) // take.bar)
        most = max(1, bars - STEPS // take.bar + 1)
        return excerpt(take, int(random.integers(most)) * take.bar, STEPS)

    def _spliced(self, random: np.random.Generator) -> Excerpt:
        for _ in range(20):
            take = self.train[random.choice(len(self.train), p=self._weights)]
            fills = self._fills.get((take.style, take.division), [])
            bars = len(take.hits) // take.bar
            if fills and not take.fill and bars >= 4 and take.codes[:, 0].max() < 28:
                lead = int(random.integers(1, 4))
                start = int(random.integers(bars - lead)) * take.bar
                return spliced(take, start, fills[int(random.integers(len(fills)))], lead)
        return self._excerpt(random)

    def loss(self, model: nn.Module, batch: Any, device: torch.device) -> Tensor:
        """The sum of both nets' losses."""
        assert isinstance(model, DrumsModule)
        feel = {name: tensor.to(device) for name, tensor in batch["feel"].items()}
        groove = {name: tensor.to(device) for name, tensor in batch["groove"].items()}
        velocity, delay, offset, spread = feel_losses(model, feel)
        return velocity + delay + 0.5 * offset + 0.25 * spread + 0.25 * groove_loss(model, groove)

    def evaluate(self, model: nn.Module, device: torch.device) -> dict[str, float]:
        """MAE of velocity, delay and offset a stroke, and NLL a step in nats, over the held-out recordings."""
        assert isinstance(model, DrumsModule)
        sums = {"velocity": 0.0, "delay": 0.0, "offset": 0.0, "nll": 0.0}
        strokes = steps = 0.0
        for piece in self._pieces:
            batch = {name: tensor.to(device) for name, tensor in _tensors(piece).items()}
            count, size = float(batch["hits"].sum()), float(batch["lengths"].sum())
            found = feel_losses(model, batch)
            sums["velocity"] += float(found[0]) * VELOCITY * count
            sums["delay"] += float(found[1]) * DELAY * count
            sums["offset"] += float(found[2]) * DELAY * count
            sums["nll"] += float(groove_loss(model, batch)) * size
            strokes, steps = strokes + count, steps + size
        figures = {name: value / (steps if name == "nll" else strokes) for name, value in sums.items()}
        loss = figures["velocity"] / VELOCITY + figures["delay"] / DELAY + 0.25 * figures["nll"]
        return {"loss": loss, **figures}


def task(data: Path, seed: int = 0) -> DrumsTask:
    """The task of training the drums model from the corpora in the folder `data`."""
    return DrumsTask(takes(data), DrumsConfig(), seed)


def feel_losses(model: DrumsModule, batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Mean absolute errors of velocity (by VELOCITY), delay and offset (by DELAY) a stroke; the spreads' loss."""
    found = model.feel(batch["codes"], batch["step_ms"], batch["hits"], batch["lengths"]).float()
    struck = batch["hits"] > 0
    miss = (found[..., 0] - batch["velocity"]).abs()[struck] / VELOCITY
    late = (found[..., 1] - batch["delay"].clamp(-LATEST_MS, LATEST_MS)).abs()[struck] / DELAY
    plain = (found[..., 2] - batch["offset"].clamp(-LATEST_MS, LATEST_MS)).abs()[struck] / DELAY
    wide = [found[..., 3][struck] / VELOCITY + 0.02, found[..., 4][struck] / DELAY + 0.02]
    # What is left over tells the spread, but the spread does not weigh the strokes: all count alike.
    spread = sum(((m.detach() / w + w.log()).mean() for m, w in zip((miss, late), wide, strict=True)), torch.zeros(()))
    return miss.mean(), late.mean(), plain.mean(), spread


def groove_loss(model: DrumsModule, batch: Mapping[str, Tensor]) -> Tensor:
    """Nats a step: the mean over steps of the sum over pieces."""
    hits = batch["hits"]
    before = nn.functional.pad(hits, (0, 0, 1, 0))[:, :-1]
    logits = model.groove(batch["codes"], batch["step_ms"], before)[0] + hits @ model.groove.within().T
    losses = nn.functional.binary_cross_entropy_with_logits(logits.float(), hits, reduction="none").sum(-1)
    there = torch.arange(hits.shape[1], device=hits.device) < batch["lengths"].unsqueeze(1)
    return losses[there].mean()


def _tensors(arrays: Mapping[str, Any]) -> dict[str, Tensor]:
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


def _portions(found: list[Take]) -> list[list[Excerpt]]:
    """Whole recordings, those of about one length together, 16 at a time."""
    ordered = sorted(found, key=lambda take: len(take.hits))
    return [[excerpt(t, 0, len(t.hits)) for t in ordered[i : i + 16]] for i in range(0, len(ordered), 16)]
