"""A task of a few parameters: points near a line, learned by two layers with dropout."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from partimento.learning.nets.loop import TrainConfig

CONFIG = TrainConfig(steps=30, rate=5e-2, warmup=3, every=10)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many units lie between the two layers."""

    width: int = 4


class TinyTask:
    """Learns y = 2x - 1; at step `breaks` its loss is no number, at step `stopped` it is sent the signal `number`."""

    name = "tiny"

    def __init__(self, width: int = 4, breaks: int = -1, stopped: int = -1, number: int = signal.SIGINT) -> None:
        self.config = Sizes(width)
        self.breaks, self.stopped, self.number = breaks, stopped, number

    def build(self) -> nn.Module:
        width = self.config.width
        return nn.Sequential(nn.Linear(1, width), nn.Dropout(0.5), nn.Tanh(), nn.Linear(width, 1))

    def batch(self, step: int) -> Any:
        if step == self.stopped:
            os.kill(os.getpid(), self.number)
        draw = torch.Generator().manual_seed(step)
        points = torch.rand(8, 1, generator=draw)
        return points, 2 * points - 1 + (float("nan") if step == self.breaks else 0.0)

    def loss(self, model: nn.Module, batch: Any, device: torch.device) -> Tensor:
        points, wanted = batch
        return nn.functional.mse_loss(model(points.to(device)), wanted.to(device))

    def evaluate(self, model: nn.Module, device: torch.device) -> dict[str, float]:
        points = torch.linspace(0, 1, 9, device=device)[:, None]
        return {"loss": float(nn.functional.mse_loss(model(points), 2 * points - 1))}


def task(data: Path, seed: int = 0) -> TinyTask:
    """The task, as a model's own module makes it."""
    return TinyTask()
