"""The data maker: every program's sounding keys, played by the teacher at some velocities and lengths, and analysed.

Conventions: which notes, and which of them are held out, says synth/neural/split.py; nothing of the audio is kept, only
what `analysis.analyse_key` makes of it. A run that was stopped goes on with the next missing program. A key sounds when
every note of it that is held long has something above -80 dBFS, as in synth/font_probe.py.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from importlib import import_module
from multiprocessing import get_context, parent_process
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
from partimento.synth.neural.split import HELD_VELOCITIES, RING_S, SEED, SEEN_LENGTHS, SEEN_VELOCITIES
from partimento.synth.neural.teacher import RATE, Teacher
from partimento.synth.signal import Samples
from partimento.theory.errors import TrainingError

LOW, HIGH = 21, 108
"""The piano's keys, of which all are played; instruments that go beyond get theirs too."""
Notes = dict[tuple[int, float], Samples]
Analyse = Callable[[Notes, int, int], Mapping[str, NDArray[Any]]]


def velocities() -> tuple[int, ...]:
    """The velocities played, ascending."""
    return tuple(sorted((*SEEN_VELOCITIES, *HELD_VELOCITIES)))


def asked_keys(program: int) -> tuple[int, ...]:
    """The keys of a program that are tried."""
    ranges = [(LOW, HIGH)]
    ranges += [
        (each.low, each.high) for each in INSTRUMENTS.values() if each.hands != "drums" and each.program == program
    ]
    return tuple(range(min(low for low, _ in ranges), max(high for _, high in ranges) + 1))


def make_data(
    soundfont: Path,
    folder: Path,
    *,
    programs: Iterable[int] = range(128),
    jobs: int = 2,
    report: Callable[[str], None] = lambda line: None,
    analyse: Analyse | None = None,
    keys: Sequence[int] | None = None,
) -> Manifest:
    """Fill a folder with the programs' shards, those that it lacks or that are damaged, in `jobs` processes.

    `analyse(notes, program, key)` gets the sound of each (velocity, seconds held) and gives arrays of the same names,
    shapes and types for every key; `analysis.analyse_key` if not said. `keys` are tried instead of `asked_keys`.
    Raises TrainingError for a folder whose data are another font's, version's or plan's, RenderError as FluidSynth
    does, OutputError where nothing can be written.
    """
    wanted = tuple(dict.fromkeys(programs))
    if wrong := [program for program in wanted if not 0 <= program <= 127]:
        raise TrainingError(f"there is no program {wrong[0]}: programs go from 0 to 127")
    manifest = _begun(soundfont, folder, plan(keys, 0 if analyse is not None else _analysis().VERSION))
    missing = []
    for program in wanted:
        found = manifest.find(program)
        if found is None or not shard_whole(folder, found):
            missing.append(program)
            if found is not None:
                report(f"'{folder / found.name}' is missing or damaged: made anew")
    if len(missing) < len(wanted):
        report(f"{len(wanted) - len(missing)} of {len(wanted)} programs are there")
    for done, shard in enumerate(_shards(soundfont, folder, missing, jobs, analyse, keys), 1):
        manifest = manifest.with_shard(shard)
        write_manifest(folder, manifest)
        report(
            f"program {shard.program}: {len(shard.keys)} keys, {shard.bytes / 1e6:.1f} MB ({done} of {len(missing)})"
        )
    return manifest


def plan(keys: Sequence[int] | None, analysis: int) -> dict[str, Any]:
    """What is played, as the manifest says it; `analysis` is the version of what is made of it."""
    return {
        "rate": RATE,
        "velocities": list(SEEN_VELOCITIES),
        "held_out_velocities": list(HELD_VELOCITIES),
        "held_s": list(SEEN_LENGTHS),
        "ring_s": RING_S,
        "keys": "the piano's and the instruments' ranges" if keys is None else list(keys),
        "held_out_keys": "synth/neural/split.py",
        "seed": SEED,
        "analysis": analysis,
    }


def _begun(soundfont: Path, folder: Path, played: Mapping[str, Any]) -> Manifest:
    """The folder's manifest, or a new one in it."""
    wanted = Manifest(font_facts(soundfont), fluidsynth_version(), played)
    probe(folder)
    if not (folder / MANIFEST).exists():
        write_manifest(folder, wanted)
        return wanted
    found = read_manifest(folder)
    if found.font.get("sha256") != wanted.font["sha256"]:
        raise TrainingError(
            f"'{folder}' holds data of '{found.font.get('name')}', not of '{soundfont.name}'", "elsewhere"
        )
    if found.fluidsynth != wanted.fluidsynth:
        raise TrainingError(
            f"'{folder}' was made by FluidSynth {found.fluidsynth}, not by {wanted.fluidsynth}", "elsewhere"
        )
    other = [name for name in wanted.plan if found.plan.get(name) != wanted.plan[name]]
    if other:
        raise TrainingError(
            f"'{folder}' was made otherwise: {other[0]} {found.plan.get(other[0])}, not {wanted.plan[other[0]]}",
            "elsewhere",
        )
    return found


def _shards(
    soundfont: Path, folder: Path, programs: Sequence[int], jobs: int, analyse: Analyse | None,
    keys: Sequence[int] | None,
) -> Iterator[Shard]:  # fmt: skip
    """Make the programs' shards, each told as it is done."""
    if jobs <= 1 or len(programs) < 2:
        for program in programs:
            yield make_shard(soundfont, folder, program, analyse, keys)
        return
    pool = ProcessPoolExecutor(min(jobs, len(programs)), get_context("spawn"), _end_with_parent)
    try:
        running = [pool.submit(make_shard, soundfont, folder, program, analyse, keys) for program in programs]
        for each in as_completed(running):
            yield each.result()
    except BrokenProcessPool:
        raise TrainingError("a process that made data was ended, perhaps for want of memory: take fewer jobs") from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _analysis() -> ModuleType:
    """The module of the analysis, which loads torch."""
    return import_module("partimento.synth.neural.analysis")


def _end_with_parent() -> None:
    """In a worker: end when whoever began it has, however that came about."""
    import signal

    import torch

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all of the group; the parent decides
    torch.set_num_threads(1)
    parent = parent_process()
    if parent is not None:

        def wait() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=wait, daemon=True).start()


def make_shard(
    soundfont: Path, folder: Path, program: int, analyse: Analyse | None = None, keys: Sequence[int] | None = None
) -> Shard:
    """Play and analyse one program's keys and write its shard."""
    if analyse is None:
        analyse = _analysis().analyse_key
    teacher = Teacher(soundfont)
    rows = {}
    for key in asked_keys(program) if keys is None else sorted(set(keys)):
        notes = play_key(teacher, program, key)
        if notes:
            rows[key] = analyse(notes, program, key)
    return write_shard(folder, program, rows)


def play_key(teacher: Teacher, program: int, key: int) -> Notes:
    """The notes of a key by (velocity, seconds held); none where it does not sound."""
    notes: Notes = {}
    for velocity in velocities():
        notes[velocity, SEEN_LENGTHS[0]] = teacher.note(program, key, velocity, SEEN_LENGTHS[0], RING_S)
        if np.abs(notes[velocity, SEEN_LENGTHS[0]]).max() <= SILENT:
            return {}
        for held_s in SEEN_LENGTHS[1:]:
            notes[velocity, held_s] = teacher.note(program, key, velocity, held_s, RING_S)
    return notes
