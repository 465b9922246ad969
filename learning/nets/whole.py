"""A model trained from its task to what is shipped of it: weights, facts, card and curve in one folder.

Convention: NAME.checkpoint.pt, NAME.safetensors, NAME.json, NAME.md and NAME.png, NAME being the task's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from partimento.learning.nets.card import Facts, write_card
from partimento.learning.nets.checkpoint import before
from partimento.learning.nets.loop import Task, TrainConfig, Trained, train
from partimento.learning.nets.weights import save_weights


class ModelTask(Task, Protocol):
    """The task of a whole model; `config`, a dataclass, are the sizes that the weights' header tells."""

    config: Any


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a model is to be trained; None takes what the model's own CONFIG says."""

    steps: int | None = None
    minutes: float | None = None
    seed: int = 0
    fresh: bool = False


def outputs(name: str) -> tuple[str, ...]:
    """The names of the files that training a model makes."""
    return tuple(f"{name}.{suffix}" for suffix in ("safetensors", "json", "md", "png"))


def begun(name: str, out: Path) -> bool:
    """Whether `out` holds a run that can go on."""
    path = out / f"{name}.checkpoint.pt"
    return path.exists() or before(path).exists()


def train_whole(
    task: ModelTask,
    config: TrainConfig,
    out: Path,
    device: torch.device,
    wanted: Wanted,
    *,
    about: str,
    data: Sequence[dict[str, str]],
    command: str,
    report: Callable[[str], None],
    finish: Callable[[dict[str, Tensor]], dict[str, Tensor]] = lambda state: state,
) -> tuple[Trained, tuple[Path, ...]]:
    """Train into `out`, or go on there; returns what came of it and the files written.

    `about` and `data` (a file and its licence a row) are for the card, as is `command`, the way to make it again;
    `finish` makes of the trained state the one that is kept.
    Raises as `loop.train`, OutputError for a folder that takes no file.
    """
    config = replace(config, seed=wanted.seed, steps=config.steps if wanted.steps is None else wanted.steps)
    parameters = sum(tensor.numel() for tensor in task.build().parameters())
    report(f"{task.name}: {parameters:,} parameters, {config.steps} steps on {device}")
    most_s = None if wanted.minutes is None else 60.0 * wanted.minutes
    trained = train(task, config, out, device, fresh=wanted.fresh, most_s=most_s, report=report)
    sizes = asdict(task.config)
    path = save_weights(out / f"{task.name}.safetensors", task.name, sizes, finish(trained.state))
    best = min(trained.curve, key=lambda row: row["loss"])
    facts: Facts = {
        "model": task.name,
        "data": list(data),
        "parameters": parameters,
        "bytes": path.stat().st_size,
        "held_out": {key: value for key, value in best.items() if key != "train"},
        "baselines": {},
        "curve": list(trained.curve),
        "command": command,
        "date": datetime.now(UTC).date().isoformat(),
        "config": sizes,
    }
    return trained, (path, *write_card(out, facts, about))
