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
from math import cos, inf, isfinite, pi
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from partimento.learning.nets.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from partimento.learning.nets.stopping import heeding
from partimento.score.files import probe
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


TRIAL = 10
"""After how many steps it is told how long the rest will take."""


class Task(Protocol):
    """What there is to learn, under a name."""

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

    `most_s` seconds at the most are spent, then stock is taken and the checkpoint tells how to go on. Asked to stop
    (Ctrl-C, SIGTERM) it ends the step it is at, keeps it and lets the signal act: going on from there gives what an
    uninterrupted run gives (on the CPU to the last bit). Raises TrainingError for a checkpoint that is damaged or
    another run's, and for a loss that is no number, OutputError for a folder that takes no file; the checkpoint that
    was there stays.
    """
    path = folder / f"{task.name}.checkpoint.pt"
    probe(folder)
    run = _begun(task, config, path, device, fresh)
    if run.now.step:
        report(f"goes on at step {run.now.step} of {config.steps}")
    started = time.monotonic()
    now = run.now
    first = now.step
    try:
        with heeding() as wish:
            while not _ended(now, config) and not wish.number:
                loss = _step(task, config, run, device)
                _average(run, min(config.average, (1 + now.step) / (10 + now.step)))
                now.step, now.running, now.counted = now.step + 1, now.running + loss, now.counted + 1
                spent = time.monotonic() - started
                over = most_s is not None and spent > most_s
                if now.step == first + TRIAL:
                    report(f"about {spent / TRIAL * (config.steps - now.step) / 60:.0f} minutes to go, figures apart")
                if now.step % config.every == 0 or now.step >= config.steps or over:
                    _take_stock(task, run, device)
                    report(_told(now.curve[-1]))
                    _store(run, path)
                if over:
                    break
            if wish.number and now.counted:
                _store(run, path)
            if wish.number:
                report(f"stopped at step {now.step} of {config.steps}; '{path}' is kept, and the same command goes on")
    except torch.cuda.OutOfMemoryError:
        raise TrainingError(f"{device} has too little memory for a batch", "device") from None
    return Trained(now.best or run.averaged, tuple(now.curve), now.step, _ended(now, config))


def rate_at(step: int, config: TrainConfig) -> float:
    """The learning rate of a step: a linear rise, then half a cosine down to a fiftieth."""
    if step < config.warmup:
        return config.rate * (step + 1) / config.warmup
    share = min(1.0, (step - config.warmup) / max(1, config.steps - config.warmup))
    return config.rate * (0.02 + 0.98 * 0.5 * (1 + cos(pi * share)))


@dataclass(slots=True)
class _Run:
    """What a step changes."""

    model: nn.Module
    averaged: dict[str, Tensor]
    optimiser: torch.optim.Optimizer
    now: Checkpoint


def _begun(task: Task, config: TrainConfig, path: Path, device: torch.device, fresh: bool) -> _Run:
    """The run at its start, or where its checkpoint stands."""
    torch.manual_seed(config.seed)
    model = task.build().to(device)
    averaged = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
    optimiser = torch.optim.AdamW(model.parameters(), lr=config.rate, weight_decay=config.decay, betas=(0.9, 0.98))
    now = None if fresh else read_checkpoint(path, task.name)
    if now is None:
        return _Run(model, averaged, optimiser, Checkpoint(task.name, 0, {}, {}, {}, {}, [], inf, 0, seed=config.seed))
    if now.seed != config.seed:
        raise TrainingError(f"'{path}' is the checkpoint of seed {now.seed}, not of {config.seed}", "fresh")
    try:
        model.load_state_dict(now.model)
        optimiser.load_state_dict(now.optimiser)
        for name, tensor in now.averaged.items():
            averaged[name].copy_(tensor)
    except (RuntimeError, KeyError, ValueError):
        raise TrainingError(f"'{path}' is the checkpoint of other sizes", "fresh") from None
    return _Run(model, averaged, optimiser, now)


def _ended(now: Checkpoint, config: TrainConfig) -> bool:
    return now.step >= config.steps or bool(config.patience and now.waited >= config.patience)


def _step(task: Task, config: TrainConfig, run: _Run, device: torch.device) -> float:
    step = run.now.step
    torch.manual_seed(config.seed * 1_000_003 + step)  # dropout, too, is a function of the step
    for group in run.optimiser.param_groups:
        group["lr"] = rate_at(step, config)
    run.model.train()
    with torch.autocast(device.type, torch.bfloat16) if config.bf16 else nullcontext():
        loss = task.loss(run.model, task.batch(step), device)
    run.optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]  # torch's own stub has no types here
    norm = nn.utils.clip_grad_norm_(run.model.parameters(), config.clip)
    value = float(loss.detach())
    # Before the weights are touched: no checkpoint shall hold weights that are no numbers.
    if not isfinite(value) or not isfinite(float(norm)):
        what = "loss" if not isfinite(value) else "gradient"
        raise TrainingError(f"the {what} of step {step} is no number: take a lower rate than {config.rate:g}")
    run.optimiser.step()
    return value


def _average(run: _Run, share: float) -> None:
    for name, tensor in run.model.state_dict().items():
        if tensor.is_floating_point():
            run.averaged[name].lerp_(tensor.detach(), 1.0 - share)
        else:
            run.averaged[name].copy_(tensor)


def _take_stock(task: Task, run: _Run, device: torch.device) -> None:
    """The held-out figures of the averaged weights become a row of the curve; the best are kept."""
    now = run.now
    own = {name: tensor.detach().clone() for name, tensor in run.model.state_dict().items()}
    run.model.load_state_dict(run.averaged)
    run.model.eval()
    with torch.no_grad():
        figures = task.evaluate(run.model, device)
    run.model.load_state_dict(own)
    if not isfinite(figures["loss"]):
        raise TrainingError(f"the held-out loss at step {now.step} is no number")
    now.curve.append({"step": now.step, "train": now.running / max(1, now.counted), **figures})
    now.running, now.counted = 0.0, 0
    if figures["loss"] < now.least:
        now.least, now.waited = figures["loss"], 0
        now.best = {name: tensor.detach().cpu().clone() for name, tensor in run.averaged.items()}
    else:
        now.waited += 1


def _store(run: _Run, path: Path) -> None:
    run.now.model = run.model.state_dict()
    run.now.averaged = run.averaged
    run.now.optimiser = run.optimiser.state_dict()
    write_checkpoint(path, run.now)


def _told(row: dict[str, float]) -> str:
    """A row of the curve as a line."""
    return "  ".join([f"step {row['step']:.0f}", *(f"{k} {v:.4f}" for k, v in row.items() if k != "step")])
