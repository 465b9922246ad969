"""Learning a melody style from a user's own pieces: an adapter beside the shipped net, kept where it foresees better.

Convention: figures are nats a note (less is better) of pieces that nothing was learned from and nothing chosen by. A
run that is stopped lies hidden beside the styles, under the name and what tells its pieces from others, and goes on.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from partimento.composer.neural.melody import load
from partimento.composer.neural.melody_adapter import CONFIG, AdapterTask, adapted, adapter_task, before, save_adapter
from partimento.composer.neural.personal_data import Pieces, read_pieces
from partimento.composer.neural.shipped import style_path, styles_folder
from partimento.learning.nets.loop import train
from partimento.learning.nets.whole import Wanted
from partimento.score.files import write_whole
from partimento.theory.errors import OutputError

CPU = torch.device("cpu")


@dataclass(frozen=True, slots=True)
class Learned:
    """Nats a note of the held-out pieces before and after, where the style lies (None: not kept), and whether done."""

    before: float
    after: float
    path: Path | None
    done: bool


def learn_style(
    folder: Path, name: str, device: torch.device, wanted: Wanted, force: bool, report: Callable[[str], None]
) -> Learned:
    """Learn the style called `name` from the pieces in a folder.

    With `force` one of that name is overwritten, and one that does not foresee the held-out pieces better is kept.
    Raises TrainingError where there are too few pieces, BriefError for what can be no name, OutputError where the name
    is taken, ModelError without the shipped net.
    """
    path = style_path(name)
    if path.exists() and not force:
        raise OutputError(f"there is a style model '{name}' already", "style-name")
    load()  # without the shipped net nothing can be learned: told before the files are read
    pieces = read_pieces(folder)
    _tell(pieces, report)
    measuring = adapter_task(pieces.train, pieces.held, wanted.seed)
    earlier = before(measuring)
    report(f"before: {earlier:.4f} nats a note of the held-out pieces")
    room = styles_folder() / f".{name}-{pieces.digest}"
    task = adapter_task(pieces.train, pieces.stopping, wanted.seed)
    config = replace(CONFIG, seed=wanted.seed, steps=wanted.steps or CONFIG.steps)
    most_s = None if wanted.minutes is None else 60.0 * wanted.minutes
    trained = train(task, config, room, device, fresh=wanted.fresh, most_s=most_s, report=report)
    made = save_adapter(room / path.name, trained.state)
    later = _measured(measuring, made)
    report(f"after: {later:.4f} nats a note of the held-out pieces, {earlier - later:+.4f} better")
    kept = None
    if later < earlier or force:
        kept = write_whole(path, made.read_bytes(), force=force)
    if trained.done:
        shutil.rmtree(room, ignore_errors=True)
    return Learned(earlier, later, kept, trained.done)


def _tell(pieces: Pieces, report: Callable[[str], None]) -> None:
    for name, why in pieces.unusable:
        report(f"not used: {name}: {why}")
    held = len(pieces.held)
    report(f"{len(pieces.train)} pieces to learn from, {len(pieces.stopping)} to stop by, {held} held out")


def _measured(task: AdapterTask, path: Path) -> float:
    """Nats a note of the task's held-out pieces by the net with the adapter of a file, as composing loads it."""
    with torch.no_grad():
        return task.evaluate(adapted(load().module, path), CPU)["loss"]
