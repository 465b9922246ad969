"""Checkpoints of a training run: everything that the next step depends on, written whole or not at all.

Convention: the one before stays beside it as `NAME.before`, so that a damaged disk costs one interval, not the run.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, fields
from hashlib import blake2b
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from partimento.score.files import write_whole
from partimento.theory.errors import OutputError, TrainingError

_DIGEST = 16


@dataclass(slots=True)
class Checkpoint:
    """Where a run stands: step, weights, their average, the optimiser, the best weights so far and their loss.

    `curve` has a row of figures for each time stock was taken; `waited` counts those since the best; `running` is the
    sum of the `counted` losses since the last.
    """

    task: str
    step: int
    model: dict[str, Tensor]
    averaged: dict[str, Tensor]
    optimiser: dict[str, Any]
    best: dict[str, Tensor]
    curve: list[dict[str, float]]
    least: float
    waited: int
    running: float = 0.0
    counted: int = 0
    seed: int = 0


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write it in one step, its checksum last; what was there becomes `NAME.before`. OutputError where that fails."""
    buffer = io.BytesIO()
    torch.save({field.name: getattr(checkpoint, field.name) for field in fields(checkpoint)}, buffer)
    data = buffer.getvalue()
    part = write_whole(path.with_name(path.name + ".part"), data + blake2b(data, digest_size=_DIGEST).digest(), True)
    try:
        if path.exists():
            os.replace(path, before(path))
        os.replace(part, path)
    except OSError as error:
        raise OutputError(f"'{path}' cannot be written: {error.strerror or error}") from error


def before(path: Path) -> Path:
    """Where the checkpoint before this one lies."""
    return path.with_name(path.name + ".before")


def read_checkpoint(path: Path, task: str) -> Checkpoint | None:
    """The checkpoint of a task, None where there is none; that before it where a crash left no other.

    TrainingError where it is damaged (and which one is not), cannot be read, or is another task's.
    """
    if not path.exists():
        if not before(path).exists():
            return None
        path = before(path)
    try:
        whole = path.read_bytes()
    except OSError as error:
        raise TrainingError(f"the checkpoint '{path}' cannot be read: {error.strerror or error}") from None
    data, digest = whole[:-_DIGEST], whole[-_DIGEST:]
    if blake2b(data, digest_size=_DIGEST).digest() != digest:
        older = before(path)
        way = f": '{older.name}', renamed to it, goes on one interval earlier" if older.exists() else ""
        raise TrainingError(f"the checkpoint '{path}' is damaged{way}", "fresh")
    try:
        found = Checkpoint(**torch.load(io.BytesIO(data), map_location="cpu", weights_only=True))
    except (RuntimeError, TypeError, ValueError, KeyError):  # whole, so of another version
        raise TrainingError(f"the checkpoint '{path}' is another version's", "fresh") from None
    if found.task != task:
        raise TrainingError(f"'{path}' is a checkpoint of '{found.task}', not of '{task}'")
    return found
