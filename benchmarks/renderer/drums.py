"""How well drum strokes are played: python -m partimento.benchmarks.renderer.drums --strokes 256

Strokes of every kit, keys 35-81, at velocities that were learned from and at those that were not, held for 0.25 s, by
the trained kits and by the teacher, with the same measures as single notes (run.py; the floor of log-MSS is
STROKES_FLOOR_DB). Attack, ring (from the stroke on) and loudness as there. Results: results/drums.json, README.md.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np

from partimento.benchmarks.renderer.baselines import late, noise, silence
from partimento.benchmarks.renderer.embedding import Embedding, Points, features, frechet
from partimento.benchmarks.renderer.metrics import LONGEST_S, RATE, STROKES_FLOOR_DB, fitted
from partimento.benchmarks.renderer.notes import Case, Heard
from partimento.benchmarks.renderer.tables import FOLDER, TEACHER, write
from partimento.benchmarks.renderer.truth import Figures, Truth, rounded, summary
from partimento.score.kit import KIT_PIECES, kit_piece
from partimento.soundfonts.sf2 import read_header
from partimento.synth.fluid_font import DRUM_BANK
from partimento.synth.neural.kits_data import HELD_OUT
from partimento.synth.neural.teacher import Teacher
from partimento.synth.signal import Samples

MODEL = "neural"
SEEN, HELD = "seen velocities", "held-out velocities"
KEYS = range(35, 82)
SEEN_VELOCITIES = (40, 72, 100, 124)
HELD_S = 0.25
_BASELINES = {"silence": silence, "noise": noise, "a block late": late}


class Stroke(NamedTuple):
    """A stroke to be tried."""

    group: str
    kit: int
    key: int
    velocity: int


class Tried(NamedTuple):
    """A sound that was tried for a stroke; `name` TEACHER is the teacher's own."""

    stroke: Stroke
    name: str
    figures: Figures
    features: Points


def strokes(count: int, kits: Sequence[int], seed: int = 1) -> list[Stroke]:
    """So many strokes with held-out velocities, and half as many with seen ones, spread over the kits."""
    random = Random(f"{seed} strokes")
    every = []
    for group, velocities, wanted in ((HELD, HELD_OUT, count), (SEEN, SEEN_VELOCITIES, count // 2)):
        known = [Stroke(group, kit, key, velocity) for kit in kits for key in KEYS for velocity in velocities]
        every += random.sample(known, min(len(known), max(1, wanted)))
    return sorted(every, key=lambda stroke: stroke[1:])


def tried(soundfont: Path, chosen: Sequence[Stroke], model: bool, weights: Path | None) -> list[Tried]:
    """All strokes, by everybody."""
    import torch

    torch.set_num_threads(1)
    teacher, heard = Teacher(soundfont), Heard(soundfont)
    play = _player(weights) if model else None
    found: list[Tried] = []
    for stroke in chosen:
        own = struck(teacher, stroke, stroke.velocity)
        if not np.any(own):
            continue
        truth = Truth(own, key=None, held_s=HELD_S, release_s=0.0, floor_db=STROKES_FLOOR_DB)
        sounds = {MODEL: fitted(play(stroke), len(own))} if play is not None else {}
        if stroke.group == HELD:
            case = Case(HELD, stroke.kit, stroke.key, stroke.velocity, HELD_S)
            sounds |= {name: baseline(heard, case, own) for name, baseline in _BASELINES.items()}
            near = min(SEEN_VELOCITIES, key=lambda v: abs(v - stroke.velocity))
            other = struck(teacher, stroke, near)
            gain = np.linalg.norm(own) / max(1e-12, float(np.linalg.norm(other)))
            sounds["other velocity"] = other * np.float32(gain)
        found.append(Tried(stroke, TEACHER, {}, features(own)))
        found += [Tried(stroke, name, truth.figures(each), features(each)) for name, each in sounds.items()]
    return found


def struck(teacher: Teacher, stroke: Stroke, velocity: int) -> Samples:
    """The teacher's stroke, as long as is compared."""
    return teacher.note(stroke.kit, stroke.key, velocity, HELD_S, LONGEST_S - HELD_S, drums=True)


def _player(weights: Path | None) -> Any:
    from partimento.synth.neural.kits import load_kits

    kits = load_kits(weights)
    return lambda stroke: kits.stroke(stroke.kit, stroke.key, float(stroke.velocity), RATE, HELD_S)


def summed(found: Sequence[Tried]) -> dict[str, Any]:
    """The figures of groups, and of pieces of the kit."""
    teacher = [each for each in found if each.name == TEACHER]
    known = [each.features for each in teacher if each.stroke.group == SEEN]
    embedding = Embedding(known if len(known) > 1 else [each.features for each in teacher])
    groups: dict[str, Any] = {}
    for group in (HELD, SEEN):
        own = [each for each in found if each.stroke.group == group]
        groups[group] = {}
        for name in dict.fromkeys(each.name for each in own if each.name != TEACHER):
            rows = [each for each in own if each.name == name]
            clouds = (embedding.points([e.features for e in own if e.name == who]) for who in (TEACHER, name))
            groups[group][name] = summary([each.figures for each in rows]) | {"frechet": rounded(frechet(*clouds))}
    pieces = {piece: _rows(found, piece) for piece in KIT_PIECES}
    return {"groups": groups, "pieces": {piece: summary(rows) for piece, rows in pieces.items() if rows}}


def _rows(found: Sequence[Tried], piece: str) -> list[Figures]:
    return [
        each.figures
        for each in found
        if each.name == MODEL and each.stroke.group == HELD and kit_piece(each.stroke.key) == piece
    ]


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--soundfont", type=Path, required=True, help="the font that was learned from")
    parser.add_argument("--strokes", type=int, default=256, help="how many with held-out velocities")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--weights", type=Path, help="default: those that are shipped")
    parser.add_argument("--baselines-only", action="store_true", help="without the model")
    parser.add_argument("--out", type=Path, default=FOLDER)
    args = parser.parse_args(argv)
    began = time.perf_counter()
    kits = sorted({each.program for each in read_header(args.soundfont).presets if each.bank == DRUM_BANK})
    found = tried(args.soundfont, strokes(args.strokes, kits, args.seed), not args.baselines_only, args.weights)
    results = summed(found) | {"font": args.soundfont.name, "seed": args.seed, "kits": kits, "held_s": HELD_S}
    results["seconds"] = round(time.perf_counter() - began)
    write("drums", results, args.out)


if __name__ == "__main__":
    main()
