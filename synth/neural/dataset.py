"""The data maker: every program's sounding keys, played by the teacher at some velocities and lengths, and analysed.

Conventions: which notes, and which of them are held out, says synth/neural/split.py; nothing of the audio is kept, only
what `analysis.analyse_key` makes of it. A run that was stopped goes on with the next missing program. A key sounds when
every note of it that is held long has something above -80 dBFS, as in synth/font_probe.py.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partimento.score.files import probe
from partimento.score.instruments import INSTRUMENTS
from partimento.synth.font_probe import SILENT, fluidsynth_version
from partimento.synth.neural.dataset_shards import (
    MANIFEST,
    Manifest,
    Shard,
    font_facts,
    read_manifest,
    shard_whole,
    write_manifest,
    write_shard,
)
from partimento.synth.neural.split import RING_S, SEED, SEEN_LENGTHS, SEEN_VELOCITIES
from partimento.synth.neural.teacher import RATE, Teacher
from partimento.synth.signal import Samples
from partimento.theory.errors import TrainingError

LOW, HIGH = 21, 108
"""The piano's keys, of which all are played; instruments that go beyond get theirs too."""
Notes = dict[tuple[int, float], Samples]
Analyse = Callable[[Notes, int, int], Mapping[str, NDArray[Any]]]


def asked_keys(program: int) -> tuple[int, ...]:
    """The keys of a program that are tried."""
    ranges = [(LOW, HIGH)]
    ranges += [
        (each.low, each.high) for each in INSTRUMENTS.values() if each.hands != "drums" and each.program == program
    ]
    return tuple(range(min(low for low, _ in ranges), max(high for _, high in ranges) + 1))


@dataclass(frozen=True, slots=True)
class Making:
    """What is made of which font, and where it goes. `keys` None: `asked_keys`; `analyse` None: `analyse_key`."""

    soundfont: Path
    folder: Path
    keys: tuple[int, ...] | None = None
    velocities: tuple[int, ...] = SEEN_VELOCITIES
    analyse: Analyse | None = None

    def plan(self) -> dict[str, Any]:
        """What is played, as the manifest says it."""
        return {
            "rate": RATE,
            "velocities": list(self.velocities),
            "held_s": list(SEEN_LENGTHS),
            "ring_s": RING_S,
            "keys": "the piano's and the instruments' ranges" if self.keys is None else list(self.keys),
            "held_out_keys": "synth/neural/split.py",
            "seed": SEED,
            "analysis": _analysis().VERSION if self.analyse is None else 0,
        }


def make_data(
    soundfont: Path,
    folder: Path,
    *,
    programs: Iterable[int] = range(128),
    jobs: int = 2,
    report: Callable[[str], None] = lambda line: None,
    keys: Iterable[int] | None = None,
    velocities: Iterable[int] = SEEN_VELOCITIES,
    analyse: Analyse | None = None,
) -> Manifest:
    """Fill a folder with the programs' shards, those that it lacks or that are damaged, in `jobs` processes.

    `analyse(notes, program, key)` gets the sound of each (velocity, seconds held), and gives arrays of the same names,
    shapes and types for every key; `analysis.analyse_key` if not said. `keys` are tried instead of `asked_keys`.
    Raises TrainingError for a folder whose data are another font's, version's or plan's, RenderError as FluidSynth
    does, OutputError where nothing can be written.
    """
    wanted = tuple(dict.fromkeys(programs))
    if wrong := [program for program in wanted if not 0 <= program <= 127]:
        raise TrainingError(f"there is no program {wrong[0]}: programs go from 0 to 127")
    tried = None if keys is None else tuple(sorted(set(keys)))
    making = Making(soundfont, folder, tried, tuple(sorted(set(velocities))), analyse)
    manifest = _begun(making)
    missing = []
    for program in wanted:
        found = manifest.find(program)
        if found is None or not shard_whole(folder, found):
            missing.append(program)
            if found is not None:
                report(f"'{folder / found.name}' is missing or damaged: made anew")
    if len(missing) < len(wanted):
        report(f"{len(wanted) - len(missing)} of {len(wanted)} programs are there")
    for done, shard in enumerate(_shards(making, missing, jobs), 1):
        manifest = manifest.with_shard(shard)
        write_manifest(folder, manifest)
        size = f"{shard.bytes / 1e6:.1f} MB" if shard.keys else "it does not sound"
        report(f"program {shard.program}: {len(shard.keys)} keys, {size} ({done} of {len(missing)})")
    return manifest


def make_shard(making: Making, program: int) -> Shard:
    """Play and analyse one program's keys and write its shard."""
    analyse = making.analyse or _analysis().analyse_key
    teacher = Teacher(making.soundfont)
    rows = {}
    for key in asked_keys(program) if making.keys is None else making.keys:
        notes = play_key(teacher, program, key, making.velocities)
        if notes:
            rows[key] = analyse(notes, program, key)
    return write_shard(making.folder, program, rows)


def play_key(teacher: Teacher, program: int, key: int, velocities: Iterable[int] = SEEN_VELOCITIES) -> Notes:
    """The notes of a key by (velocity, seconds held); none where it does not sound."""
    notes: Notes = {}
    for velocity in velocities:
        for held_s in SEEN_LENGTHS:
            notes[velocity, held_s] = teacher.note(program, key, velocity, held_s, RING_S)
        if np.abs(notes[velocity, SEEN_LENGTHS[0]]).max() <= SILENT:
            return {}
    return notes


def _begun(making: Making) -> Manifest:
    """The folder's manifest, or a new one in it."""
    folder = making.folder
    wanted = Manifest(font_facts(making.soundfont), fluidsynth_version(), making.plan())
    probe(folder)
    if not (folder / MANIFEST).exists():
        write_manifest(folder, wanted)
        return wanted
    found = read_manifest(folder)
    if found.font.get("sha256") != wanted.font["sha256"]:
        which = f"'{found.font.get('name')}', not of '{making.soundfont.name}'"
        raise TrainingError(f"'{folder}' holds data of another SoundFont: of {which}")
    if found.fluidsynth != wanted.fluidsynth:
        raise TrainingError(f"'{folder}' was made by FluidSynth {found.fluidsynth}, not by {wanted.fluidsynth}")
    for name, value in wanted.plan.items():
        if found.plan.get(name) != value:
            raise TrainingError(f"'{folder}' was made otherwise: its {name} is {found.plan.get(name)}, not {value}")
    return found


def _shards(making: Making, programs: Sequence[int], jobs: int) -> Iterator[Shard]:
    """Make the programs' shards, each told as it is done."""
    if jobs <= 1 or len(programs) < 2:
        for program in programs:
            yield make_shard(making, program)
        return
    pool = ProcessPoolExecutor(min(jobs, len(programs)), get_context("spawn"), _end_with_parent)
    try:
        running = [pool.submit(make_shard, making, program) for program in programs]
        for each in as_completed(running):
            yield each.result()
    except BrokenProcessPool:
        raise TrainingError("a process that made data was ended, perhaps for want of memory: take fewer jobs") from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _end_with_parent() -> None:
    """In a worker: compute with one thread, and end when whoever began it has, however that came about."""
    import torch

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    torch.set_num_threads(1)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_wait_for, args=(parent,), daemon=True).start()


def _wait_for(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _analysis() -> ModuleType:
    """The module of the analysis, which loads torch."""
    return import_module("partimento.synth.neural.analysis")
