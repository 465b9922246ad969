"""Training a model of ours from the open corpora: from a folder of data to weights, facts, card and curve.

Convention: MODEL_training has CONFIG and `task(data, seed)`; the task's `config`, a dataclass, are the sizes that the
weights' header tells. Data are in the folder of the corpora, or in one that has it as `open/`.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any
from zlib import error as DeflateError

import torch

from partimento.composer.neural import memory
from partimento.composer.neural.card import ABOUT, FILES, LICENCES
from partimento.learning.nets import whole
from partimento.learning.nets.loop import Trained
from partimento.learning.nets.whole import ModelTask, Wanted, train_whole
from partimento.learning.tables.memory import melodies
from partimento.learning.tables.runs import filter_of
from partimento.score.files import write_whole
from partimento.theory.errors import TrainingError


def outputs(model: str) -> tuple[str, ...]:
    """The names of the files that training a model makes."""
    names = whole.outputs(model)
    return (*names, memory.FILE) if model == "melody" else names


def train_model(
    model: str, data: Path, out: Path, device: torch.device, wanted: Wanted, command: str,
    report: Callable[[str], None],
) -> tuple[Trained, tuple[Path, ...]]:  # fmt: skip
    """Train a model into `out`, or go on there; returns what came of it and the files written.

    `command` is what the card gives as the way to make it again. Raises TrainingError for data that cannot be learned
    from and as `learning.nets.loop.train`, OutputError for a folder that takes no file.
    """
    folder = corpora(data, FILES[model])
    report(f"reading {', '.join(FILES[model])}")
    module = import_module(f"partimento.composer.neural.{model}_training")
    task = _task(module, folder, FILES[model], wanted.seed)
    rows = [{"file": name, "licence": LICENCES[name]} for name in FILES[model]]
    trained, written = train_whole(
        task, module.CONFIG, out, device, wanted, about=ABOUT[model], data=rows, command=command, report=report
    )
    if model == "melody":  # which sings nothing that it learned from, and so needs to know it
        written = (*written, write_whole(out / memory.FILE, filter_of(melodies(folder)).to_bytes(), force=True))
    return trained, written


def corpora(data: Path, files: tuple[str, ...]) -> Path:
    """The folder in which the corpora lie; TrainingError where it, or a file of those needed, is missing."""
    if not data.is_dir():
        what = "is a file" if data.exists() else "is not there"
        raise TrainingError(f"the folder of data '{data}' {what}: name one with {files[0]}")
    folder = data / "open" if (data / "open").is_dir() else data
    for name in files:
        if not (folder / name).is_file():
            raise TrainingError(f"'{folder / name}' is missing: the model learns from it ({LICENCES[name]})")
    return folder


def _task(module: Any, folder: Path, files: tuple[str, ...], seed: int) -> ModelTask:
    """The module's task; whatever its readers stumble over becomes a TrainingError that names file and line."""
    try:
        task: ModelTask = module.task(folder, seed)
    except TrainingError:
        raise
    except (OSError, EOFError, DeflateError, ValueError, LookupError, TypeError, AttributeError) as error:
        for name in files:
            _check_readable(folder / name)
        raise TrainingError(f"'{folder}' holds other data than is read here: {type(error).__name__} {error}") from None
    return task


def _check_readable(path: Path) -> None:
    """Raises TrainingError where a corpus is no gzipped JSON, a record a line, or is empty."""
    number = 1
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                if not isinstance(json.loads(line), dict | list):
                    raise ValueError("no record")
                number += 1
    except (OSError, EOFError, DeflateError, ValueError) as error:
        raise TrainingError(f"'{path}' cannot be read: line {number}: {error}") from None
    if number == 1:
        raise TrainingError(f"'{path}' is empty")
