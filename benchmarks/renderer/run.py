"""How well single notes are played: python -m partimento.benchmarks.renderer.run --notes 256

Notes of every program, seen and held out (notes.py), are played by the trained model and by the teacher, dry
FluidSynth with the font that was learned from; every measure (metrics.py, pitch.py, shape.py, embedding.py) stands
beside baselines (baselines.py) on the same notes, held-out keys. `--notes` is how many keys are tried, the other groups
have a quarter of it each. Results: results/notes.json, and the tables of README.md.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from partimento.benchmarks.renderer.embedding import Embedding, Points, features, frechet
from partimento.benchmarks.renderer.notes import FAMILIES, GROUPS, Case, Heard, cases, grouped
from partimento.benchmarks.renderer.tables import FOLDER, TEACHER, write
from partimento.benchmarks.renderer.truth import UNPITCHED, Figures, Truth, by_program, rounded, summary

MODEL, ORACLE = "neural", "oracle"
HEADLINE = "keys"
_BATCH = 16


class Task(NamedTuple):
    """What one process tries."""

    soundfont: Path
    programs: tuple[int, ...]
    notes: int
    seed: int
    groups: tuple[str, ...]
    model: bool
    weights: Path | None


class Tried(NamedTuple):
    """A sound that was tried for a case; `name` TEACHER is the teacher's own."""

    case: Case
    name: str
    figures: Figures
    features: Points


def chosen(heard: Heard, task: Task) -> list[Case]:
    """The cases of a task, by programs: of those of all programs its own, however many tasks there are."""
    every: list[Case] = []
    for group in task.groups:
        every += cases(task.notes if group == HEADLINE else max(1, task.notes // 4), group, heard.edges, task.seed)
    return sorted((each for each in every if each.program in task.programs), key=lambda c: (c.program, c.key, c))


def tried(task: Task) -> list[Tried]:
    """All of a task's notes, by everybody."""
    import torch

    from partimento.benchmarks.renderer.baselines import BASELINES

    torch.set_num_threads(1)
    heard = Heard(task.soundfont)
    player = None
    if task.model:
        from partimento.benchmarks.renderer.model import Player

        player = Player(task.weights)
    found: list[Tried] = []
    for batch in grouped(chosen(heard, task), _BATCH):
        played = player.notes(batch) if player is not None else [None] * len(batch)
        for case, sound in zip(batch, played, strict=True):
            own = heard.note(case)
            if not np.any(own):
                continue
            key = case.key if case.program < UNPITCHED else None
            truth = Truth(own, key=key, held_s=case.held_s, release_s=case.held_s)
            sounds = {MODEL: sound} if sound is not None else {}
            if case.group == HEADLINE:
                sounds |= {name: baseline(heard, case, own) for name, baseline in BASELINES.items()}
            found.append(Tried(case, TEACHER, {}, features(own)))
            found += [Tried(case, name, truth.figures(each), features(each)) for name, each in sounds.items()]
    return found


def measure(tasks: Sequence[Task]) -> list[Tried]:
    """Every task's notes, a process each."""
    if len(tasks) == 1:
        return tried(tasks[0])
    with ProcessPoolExecutor(len(tasks), get_context("spawn")) as pool:
        return [each for found in pool.map(tried, tasks) for each in found]


def summed(found: Sequence[Tried]) -> dict[str, Any]:
    """The figures of groups and of families."""
    known = [each.features for each in found if each.name == TEACHER and each.case.group == "seen"]
    embedding = Embedding(known or [each.features for each in found if each.name == TEACHER])
    groups: dict[str, Any] = {}
    for group in GROUPS:
        own = [each for each in found if each.case.group == group]
        names = dict.fromkeys(each.name for each in own if each.name != TEACHER)
        if own:
            groups[group] = {name: _summed(own, name, embedding) for name in names}
    both = [name for name in (MODEL, ORACLE) if any(each.name == name for each in found)]
    families = {
        family: {
            name: summary(
                [e.figures for e in found if (e.case.family, e.case.group, e.name) == (family, HEADLINE, name)]
            )
            for name in both
        }
        for family in FAMILIES
    }
    return {"groups": groups, "families": families, "worst": _worst(found)}


def _summed(own: Sequence[Tried], name: str, embedding: Embedding) -> dict[str, Any]:
    rows = [each for each in own if each.name == name]
    found = summary([each.figures for each in rows])
    found["programs"] = by_program([(each.case.program, each.figures) for each in rows])
    teacher, its = (embedding.points([each.features for each in own if each.name == who]) for who in (TEACHER, name))
    found["frechet"] = rounded(frechet(teacher, its))
    return found


def _worst(found: Sequence[Tried]) -> list[dict[str, Any]]:
    """The programs with the largest mean distances of held-out keys."""
    rows: dict[int, list[Figures]] = {}
    for each in found:
        if each.name == MODEL and each.case.group == HEADLINE:
            rows.setdefault(each.case.program, []).append(each.figures)
    means: list[dict[str, Any]] = [
        {
            "program": program,
            "notes": len(own),
            **{name: rounded(float(np.mean([row[name] for row in own]))) for name in ("log_mss", "sc")},
        }
        for program, own in rows.items()
    ]
    return sorted(means, key=lambda row: -float(row["log_mss"]))[:16]


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--soundfont", type=Path, required=True, help="the font that was learned from")
    parser.add_argument("--notes", type=int, default=256, help="how many notes of held-out keys")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--group", action="append", choices=GROUPS, help="default: all")
    parser.add_argument("--weights", type=Path, help="default: those that are shipped")
    parser.add_argument("--baselines-only", action="store_true", help="without the model")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", type=Path, default=FOLDER)
    args = parser.parse_args(argv)
    began = time.perf_counter()
    tasks = [
        Task(args.soundfont, tuple(range(start, 128, args.jobs)), args.notes, args.seed, tuple(args.group or GROUPS),
             not args.baselines_only, args.weights)
        for start in range(args.jobs)
    ]  # fmt: skip
    results = summed(measure(tasks)) | {"font": args.soundfont.name, "seed": args.seed, "notes": args.notes}
    results["seconds"] = round(time.perf_counter() - began)
    write("notes", results, args.out)


if __name__ == "__main__":
    main()
