"""The training loop that all models share: AdamW, warm-up and cosine decay, averaged weights, checkpoints that resume.

Convention: a Task brings the model, the batch of a step (a function of the step alone, so that a resumed run goes on as
an uninterrupted one) and the held-out figures, of which "loss" is the one that decides. What is kept is the average of
the weights over the last steps (exponential, `average`) at the best "loss".
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from math import cos, isfinite, pi
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from partimento.learning.nets.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from partimento.theory.errors import TrainingError


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """How long and how fast: `steps` in all, of which `warmup` rise to `rate` and the rest fall to `rate` / 50.

    Every `every` steps the held-out figures are taken and a checkpoint is written; after `patience` of them without a
    better loss training ends (0: never). `bf16` computes in bfloat16 where torch offers it, weights stay fp32.
    """

    steps: int
    rate: float = 1e-3
    warmup: int = 200
    decay: float = 0.01
    clip: float = 1.0
    average: float = 0.999
    every: int = 250
    patience: int = 0
    bf16: bool = False
    seed: int = 0


class Task(Protocol):
    """What there is to learn."""

    name: str

    def build(self) -> nn.Module:
        """The model, its weights drawn anew."""
        ...

    def batch(self, step: int) -> Any:
        """The batch of a step: a function of the step alone; tensors on the CPU, in any nest `loss` understands."""
        ...

    def loss(self, model: nn.Module, batch: Any, device: torch.device) -> Tensor:
        """The mean loss of a batch, a scalar on the device."""
        ...

    def evaluate(self, model: nn.Module, device: torch.device) -> dict[str, float]:
        """Held-out figures; "loss" is the one that is to fall."""
        ...


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of it: the best averaged weights, the curve's rows, whether all steps were done."""

    state: dict[str, Tensor]
    curve: tuple[dict[str, float], ...]
    step: int
    done: bool


def train(
    task: Task,
    config: TrainConfig,
    folder: Path,
    device: torch.device,
    *,
    fresh: bool = False,
    most_s: float | None = None,
    report: Callable[[str], None] = lambda line: None,
) -> Trained:
    """Train from where `folder`'s checkpoint stands, or from the start (`fresh`, or where there is none).

    `most_s` seconds at the most are spent; then, as after an interruption, the checkpoint tells how to go on.
    Raises TrainingError for a checkpoint that is damaged or another run's, and for a loss that is no number; the
    checkpoint before it stays.
    """
    torch.manual_seed(config.seed)
    model = task.build().to(device)
    averaged = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
    optimiser = torch.optim.AdamW(model.parameters(), lr=config.rate, weight_decay=config.decay, betas=(0.9, 0.98))
    now = Checkpoint(task.name, 0, {}, {}, {}, {}, [], float("inf"), 0)
    path = folder / f"{task.name}.checkpoint.pt"
    if not fresh and path.exists():
        now = read_checkpoint(path, task.name)
        _restore(now, model, optimiser, averaged, path)
        report(f"goes on at step {now.step} of {config.steps}")
    started = time.monotonic()
    running, counted = 0.0, 0
    ended = now.step >= config.steps
    try:
        while not ended:
            loss = _step(task, config, model, optimiser, device, now.step)
            _average(averaged, model, min(config.average, (1 + now.step) / (10 + now.step)))
            now.step += 1
            running, counted = running + loss, counted + 1
            over = most_s is not None and time.monotonic() - started > most_s
            if now.step % config.every and now.step < config.steps and not over:
                continue
            _take_stock(task, model, averaged, device, now, running / counted)
            running, counted = 0.0, 0
            row = now.curve[-1]
            report("  ".join([f"step {now.step}", *(f"{k} {v:.4f}" for k, v in row.items() if k != "step")]))
            tired = config.patience and now.waited >= config.patience
            ended = now.step >= config.steps or bool(tired)
            _store(now, model, optimiser, averaged, path)
            if over:
                break
    except KeyboardInterrupt:
        _store(now, model, optimiser, averaged, path)
        raise
    return Trained(now.best or averaged, tuple(now.curve), now.step, ended)


def rate_at(step: int, config: TrainConfig) -> float:
    """The learning rate of a step: a linear rise, then half a cosine down to a fiftieth."""
    if step < config.warmup:
        return config.rate * (step + 1) / config.warmup
    share = min(1.0, (step - config.warmup) / max(1, config.steps - config.warmup))
    return config.rate * (0.02 + 0.98 * 0.5 * (1 + cos(pi * share)))


def _step(
    task: Task, config: TrainConfig, model: nn.Module, optimiser: torch.optim.Optimizer, device: torch.device, step: int
) -> float:
    torch.manual_seed(config.seed * 1_000_003 + step)  # dropout, too, is a function of the step
    for group in optimiser.param_groups:
        group["lr"] = rate_at(step, config)
    model.train()
    with torch.autocast(device.type, torch.bfloat16) if config.bf16 else nullcontext():
        loss = task.loss(model, task.batch(step), device)
    value = float(loss.detach())
    if not isfinite(value):
        raise TrainingError(f"the loss of step {step} is no number: take a lower rate than {config.rate:g}")
    optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]  # torch's own stub has no types here
    nn.utils.clip_grad_norm_(model.parameters(), config.clip)
    optimiser.step()
    return value


def _average(averaged: dict[str, Tensor], model: nn.Module, share: float) -> None:
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point():
            averaged[name].lerp_(tensor.detach(), 1.0 - share)
        else:
            averaged[name].copy_(tensor)


def _take_stock(
    task: Task, model: nn.Module, averaged: dict[str, Tensor], device: torch.device, now: Checkpoint, running: float
) -> None:
    """The held-out figures of the averaged weights become a row of the curve; the best are kept."""
    own = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
    model.load_state_dict(averaged)
    model.eval()
    with torch.no_grad():
        figures = task.evaluate(model, device)
    model.load_state_dict(own)
    now.curve.append({"step": now.step, "train": running, **figures})
    if figures["loss"] < now.least:
        now.least, now.waited = figures["loss"], 0
        now.best = {name: tensor.detach().cpu().clone() for name, tensor in averaged.items()}
    else:
        now.waited += 1


def _store(
    now: Checkpoint, model: nn.Module, optimiser: torch.optim.Optimizer, averaged: dict[str, Tensor], path: Path
) -> None:
    now.model = model.state_dict()
    now.averaged = averaged
    now.optimiser = optimiser.state_dict()
    write_checkpoint(path, now)


def _restore(
    now: Checkpoint, model: nn.Module, optimiser: torch.optim.Optimizer, averaged: dict[str, Tensor], path: Path
) -> None:
    try:
        model.load_state_dict(now.model)
        optimiser.load_state_dict(now.optimiser)
        for name, tensor in now.averaged.items():
            averaged[name].copy_(tensor)
    except (RuntimeError, KeyError, ValueError):
        raise TrainingError(f"'{path}' is the checkpoint of other sizes: start afresh or elsewhere") from None
