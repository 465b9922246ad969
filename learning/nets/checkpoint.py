"""Checkpoints of a training run: everything that the next step depends on, written whole or not at all.

Convention: the one before stays beside it as `NAME.before`, so that a damaged disk costs one interval, not the run.
"""

from __future__ import annotations

import os
import pickle
import tempfile
import zipfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from partimento.theory.errors import OutputError, TrainingError


@dataclass(slots=True)
class Checkpoint:
    """Where a run stands: step, weights, their average, the optimiser, the best weights so far and their loss.

    `curve` has a row of figures for each time stock was taken; `waited` counts those since the best.
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


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write it beside its target and rename; what was there becomes `NAME.before`. OutputError where that fails."""
    data = {field.name: getattr(checkpoint, field.name) for field in fields(checkpoint)}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                torch.save(data, file)
            if path.exists():
                os.replace(path, path.with_name(path.name + ".before"))
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputError(f"'{path}' cannot be written: {error.strerror or error}") from error


def read_checkpoint(path: Path, task: str) -> Checkpoint:
    """The checkpoint of a task; TrainingError where it is damaged (and which one is not) or another task's."""
    try:
        data = torch.load(path, map_location="cpu", weights_only=True)
        found = Checkpoint(**data)
    except (OSError, RuntimeError, ValueError, TypeError, EOFError, KeyError, pickle.UnpicklingError,
            zipfile.BadZipFile):  # fmt: skip
        before = path.with_name(path.name + ".before")
        way = f"rename '{before.name}' to it" if before.exists() else "start afresh"
        raise TrainingError(f"the checkpoint '{path}' is damaged: {way}") from None
    if found.task != task:
        raise TrainingError(f"'{path}' is a checkpoint of '{found.task}', not of '{task}'")
    return found
