"""Training the neural renderer: from a SoundFont, or from data made of it, to weights, facts, cards and curve.

Conventions: a folder of data holds `instruments/` (synth/neural/dataset.py) and `kits/` (kits_data.py). Instruments are
trained first, in `INSTRUMENTS_SHARE` of the time where time is limited, then kits; a run that is stopped goes on, kits
that are done from the same strokes with the same seed are kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

import torch

from partimento.learning.nets import whole
from partimento.learning.nets.card import Facts, write_card
from partimento.learning.nets.weights import load_weights
from partimento.learning.nets.whole import Wanted, train_whole
from partimento.score.files import probe
from partimento.soundfonts.catalogue import catalogue
from partimento.soundfonts.finding import check_soundfont
from partimento.synth.neural.card import ABOUT
from partimento.synth.neural.dataset import make_data
from partimento.synth.neural.dataset_shards import MANIFEST, Manifest, read_manifest
from partimento.theory.errors import TrainingError

INSTRUMENTS, KITS = "instruments", "kits"
INSTRUMENTS_SHARE = 0.8
PROGRAMS = 128


def outputs() -> tuple[str, ...]:
    """The names of the files that training makes."""
    return (*whole.outputs(INSTRUMENTS), *(f"{KITS}.{suffix}" for suffix in ("safetensors", "json", "md")))


def begun(out: Path) -> bool:
    """Whether `out` holds a run that can go on."""
    return whole.begun(INSTRUMENTS, out)


def make_renderer_data(soundfont: Path, data: Path, jobs: int, report: Callable[[str], None]) -> None:
    """Fill a folder with what a SoundFont's instruments and kits sound like, or with what it lacks of it.

    Raises RenderError for what is no SoundFont and without FluidSynth, TrainingError for a folder with other data,
    OutputError where nothing can be written.
    """
    from partimento.synth.neural.kits_data import make_kits_data

    font = check_soundfont(soundfont)
    probe(data)
    make_data(font.path, data / INSTRUMENTS, jobs=jobs, report=report)
    make_kits_data(font.path, data / KITS, report)


def train_renderer(
    data: Path, soundfont: Path | None, out: Path, device: torch.device, wanted: Wanted, command: str,
    report: Callable[[str], None],
) -> tuple[bool, tuple[Path, ...]]:  # fmt: skip
    """Train instruments and kits into `out`, or go on there; (whether all steps were done, the files written).

    `soundfont` is that of the data, sought among those installed if not said: the last part of the training listens to
    it. `command` is what the cards give as the way to make them again. Raises TrainingError for data that are missing,
    incomplete or damaged and as `learning.nets.loop.train`, OutputError for a folder that takes no file.
    """
    from partimento.synth.neural.training import CONFIG, task

    manifest = complete(data)
    rows = [licence(manifest)]
    shares = (INSTRUMENTS_SHARE, 1.0 - INSTRUMENTS_SHARE)
    first, second = (None if wanted.minutes is None else wanted.minutes * share for share in shares)
    made = task(data / INSTRUMENTS, wanted.seed, wanted.steps or CONFIG.steps, soundfont)
    trained, written = train_whole(
        made, CONFIG, out, device, replace(wanted, minutes=first), about=ABOUT[INSTRUMENTS], data=rows,
        command=command, report=report, finish=made.final,
    )  # fmt: skip
    kits = _train_kits(data / KITS, out, device, replace(wanted, minutes=second), rows, command, report)
    return trained.done, (*written, *kits)


def complete(data: Path) -> Manifest:
    """The manifest of the instruments' data; TrainingError where they or those of the kits are missing or not whole."""
    if not data.is_dir():
        what = "is a file" if data.exists() else "is not there"
        raise TrainingError(f"the folder of data '{data}' {what}", "renderer-data")
    manifest = read_manifest(data / INSTRUMENTS)
    if len(manifest.shards) < PROGRAMS:
        found = f"{len(manifest.shards)} of {PROGRAMS} programs"
        raise TrainingError(f"'{data / INSTRUMENTS}' holds only {found}", "renderer-data")
    if not (data / KITS / MANIFEST).is_file():
        raise TrainingError(f"'{data / KITS}' holds no strokes of kits, or not all", "renderer-data")
    return manifest


def licence(manifest: Manifest) -> dict[str, str]:
    """The card's row of data: the SoundFont's name and its licence, if the catalogue knows it."""
    sums = {each.sha256: font for font in catalogue() for each in font.known}
    font = sums.get(manifest.font["sha256"])
    return {"file": str(manifest.font["name"]), "licence": f"{font.licence} ({font.credit})" if font else "unknown"}


def _train_kits(
    folder: Path, out: Path, device: torch.device, wanted: Wanted, rows: list[dict[str, str]], command: str,
    report: Callable[[str], None],
) -> tuple[Path, ...]:  # fmt: skip
    """Train the kits, unless they are done; weights, facts and card."""
    from partimento.synth.neural.kits_training import train_kits

    paths = tuple(out / f"{KITS}.{suffix}" for suffix in ("safetensors", "json", "md"))
    config: dict[str, Any] = {
        "seed": wanted.seed,
        "strokes": blake2b((folder / MANIFEST).read_bytes(), digest_size=8).hexdigest(),
    }
    if wanted.minutes is not None:  # in which not all may be done that could be
        config["minutes"] = wanted.minutes
    if not wanted.fresh and _done(paths, config):
        report(f"'{paths[0]}' is done")
        return paths
    path = train_kits(folder, out, device, seed=wanted.seed, minutes=wanted.minutes, report=report)
    found = _read(paths[1])
    facts: Facts = {
        "model": KITS,
        "data": rows,
        "parameters": sum(tensor.numel() for tensor in load_weights(path, KITS)[1].values()),
        "bytes": path.stat().st_size,
        "held_out": found.get("held_out", {}),
        "baselines": {},
        "curve": [],
        "command": command,
        "date": datetime.now(UTC).date().isoformat(),
        "config": config,
    }
    return (path, *write_card(out, facts, ABOUT[KITS]))


def _done(paths: tuple[Path, ...], config: dict[str, Any]) -> bool:
    facts = _read(paths[1])
    same = all(map(Path.is_file, paths)) and facts.get("config") == config
    return same and facts.get("bytes") == paths[0].stat().st_size


def _read(path: Path) -> dict[str, Any]:
    """What a JSON file says; nothing where it is missing or damaged."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
