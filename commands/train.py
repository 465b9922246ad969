"""`partimento train`: the neural models, learned anew from the open corpora, a melody style of the user's own, or the
renderer, from a SoundFont.

Convention: progress goes to stderr, the names of the files written to stdout. A run that is stopped goes on with the
same command.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable
from importlib import import_module
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from partimento.composer.neural.shipped import MODELS
from partimento.score.files import refuse_existing
from partimento.theory.errors import ModelError, TrainingError, nearest

if TYPE_CHECKING:
    import torch

    from partimento.learning.nets.whole import Wanted

OUT = "trained"
RENDERER = "renderer"
_MOST_JOBS = 16
"""Processes that make data at once, each of some 600 MB, where --threads does not say."""


@click.command("train")
@click.argument("model")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder of the open corpora; of renderer, its own.",
)
@click.option("--finetune", type=click.Path(path_type=Path), metavar="DIR", help="Ten or more files of yours instead.")
@click.option("--soundfont", type=click.Path(path_type=Path), metavar="FILE", help="Fill --data from it: renderer.")
@click.option("--name", default="", metavar="NAME", help="What the style is to be called, with --finetune.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Where weights go (trained).")
@click.option("--device", default="auto", metavar="NAME", help="auto, cpu, cuda or cuda:N.")
@click.option("--steps", type=click.IntRange(1), metavar="N", help="How many steps, if not the model's own number.")
@click.option("--minutes", type=click.FloatRange(0, min_open=True), metavar="M", help="End after M minutes.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, metavar="N", help="Where chance begins.")
@click.option("--threads", type=click.IntRange(1, 1024), metavar="N", help="How many threads torch computes with.")
@click.option("--fresh", is_flag=True, help="Begin again, though there is a checkpoint.")
@click.option("--force", is_flag=True, help="Overwrite weights that are there; keep a style that did not improve.")
@click.option("--quiet", is_flag=True, help="Print nothing but the files' names.")
def command(
    model: str, data: Path | None, finetune: Path | None, soundfont: Path | None, name: str, out: Path | None,
    device: str, steps: int | None, minutes: float | None, seed: int, threads: int | None, fresh: bool, force: bool,
    quiet: bool,
) -> None:  # fmt: skip
    """Train MODEL (harmony, melody, voicing, drums or texture) from the open corpora, or a style from your files; or
    renderer, the sound of instruments and kits, from a SoundFont.

    The run's checkpoint, weights, model card and learning curve go to --out. Stopped by Ctrl-C, by --minutes or by a
    crash, it goes on with the same command. PARTIMENTO_WEIGHTS names a folder of weights to compose with.

    \b
    partimento train drums --data data/open --out trained/
    partimento train melody --finetune my_midis/ --name mine
    partimento compose --genre folk --style-model mine
    partimento train renderer --data sounds/ --soundfont MuseScore_General.sf3
    """
    if (data is None) == (finetune is None):
        raise click.UsageError("name one of --data (the open corpora) and --finetune (your own files)")
    if minutes is not None and not isfinite(minutes):
        raise click.UsageError(f"--minutes {minutes} is no time")
    if finetune is None and name:
        raise click.UsageError("--name is a style's: it goes with --finetune")
    if finetune is not None and (model != "melody" or out is not None):
        raise click.UsageError("--finetune is for the melody model, and needs no --out: a style is kept under its name")
    if soundfont is not None and model != RENDERER:
        raise click.UsageError(f"--soundfont is for the {RENDERER}: the other models learn from notes")
    say: Callable[[str], None] = (lambda line: None) if quiet else (lambda line: click.echo(line, err=True))
    computing = _torch()
    from partimento.composer.neural.training import outputs, train_model
    from partimento.learning.nets.device import choose_device
    from partimento.learning.nets.whole import Wanted, begun

    _check_model(model)
    place = choose_device(device)
    if threads is not None:
        computing.set_num_threads(threads)
    wanted = Wanted(steps, minutes, seed, fresh)
    if finetune is not None:
        _learn(finetune, name or finetune.resolve().name, place, wanted, force, say)
        return
    assert data is not None
    target = Path(OUT) if out is None else out
    line = shlex.join(["partimento", *sys.argv[1:]])
    if model == RENDERER:
        _learn_sound(data, soundfont, target, place, wanted, force, threads, line, say)
        return
    refuse_existing(target, outputs(model), force or begun(model, target))
    trained, written = train_model(model, data, target, place, wanted, line, say)
    if not trained.done:
        say(f"ended at step {trained.step}, unfinished; the same command goes on from there")
    for path in written:
        click.echo(str(path))


def _learn(
    folder: Path, name: str, device: torch.device, wanted: Wanted, force: bool, say: Callable[[str], None]
) -> None:
    """Learn a style and tell how well; a TrainingError where it is not kept."""
    from partimento.composer.neural.personal import learn_style

    learned = learn_style(folder, name, device, wanted, force, say)
    if learned.path is None:
        raise ModelError(
            f"the style foresees the held-out pieces no better ({learned.before:.4f} nats a note before,"
            f" {learned.after:.4f} after) and is not kept: take more pieces, or --force"
        )
    say(f"to compose with it: partimento compose --style-model {shlex.quote(name)}")
    click.echo(str(learned.path))


def _learn_sound(
    data: Path, soundfont: Path | None, out: Path, device: torch.device, wanted: Wanted, force: bool,
    threads: int | None, line: str, say: Callable[[str], None],
) -> None:  # fmt: skip
    """Train the renderer, from a SoundFont of which data are made first where one is named."""
    from partimento.synth.neural.renderer_training import begun, make_renderer_data, outputs, train_renderer

    refuse_existing(out, outputs(), force or begun(out))
    if soundfont is not None:
        make_renderer_data(soundfont, data, threads or min(_MOST_JOBS, os.cpu_count() or 1), say)
    done, written = train_renderer(data, soundfont, out, device, wanted, line, say)
    if not done:
        say("ended before its last step, unfinished; the same command goes on from there")
    for path in written:
        click.echo(str(path))


def _check_model(model: str) -> None:
    """Raises TrainingError for a model that there is not."""
    models = (*MODELS, RENDERER)
    if model not in models:
        raise TrainingError(f"unknown model '{model}'.{nearest(model, models)} Models: {', '.join(models)}")


def _torch() -> Any:
    """PyTorch, which is loaded here first: a ModelError where it cannot be."""
    try:
        return import_module("torch")
    except (ImportError, OSError) as error:
        raise ModelError(f"training needs PyTorch, which cannot be loaded ({error}).", "doctor") from None
