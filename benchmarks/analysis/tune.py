"""Tune the decoder's weights on human analyses: a structured perceptron with margin, averaged, steps after AdaGrad.

    python -m partimento.benchmarks.analysis.tune DATA [--rounds 12] [--write FILE]

Only pieces that `pieces` does not set apart for testing are looked at; every fifth of them is held back to choose among
settings (`--held`). Where the analyst's chord is not in the vocabulary, the nearest way counts as right. (Collins 2002;
Taskar, Guestrin and Koller 2003; Duchi, Hazan and Singer 2011.)
"""

from __future__ import annotations

import argparse
import random
import textwrap
import time
from bisect import bisect_right
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from partimento.benchmarks.analysis.agreement import Read, compare, shares
from partimento.benchmarks.analysis.human_numerals import HumanChord
from partimento.benchmarks.analysis.pieces import FLOOR, Analysed, analysed
from partimento.theory.analysis.decode_frames import Frames, frames_of
from partimento.theory.analysis.decode_keys import keys_to_try
from partimento.theory.analysis.decode_path import Forward, Stretch
from partimento.theory.analysis.decode_scores import HEARD, duration_class, scores_of, signature_distance
from partimento.theory.analysis.decode_states import KINDS_OF_CHORD, SIX_FOURS, member_steps, vocabulary
from partimento.theory.analysis.decode_weights import Weights, plain_weights
from partimento.theory.analysis.decoding import LONGEST

Floats = NDArray[np.float32]
SURE = 100.0
PROVENANCE = "The decoder's weights in hundredths, tuned on analyses (When in Rome) that no measurement uses."
_NEAREST = {"7#5": "aug", "maj7#5": "aug"}


class Case(NamedTuple):
    """A piece as the tuner sees it: per frame and state the eighths in which it would be wrong, per bass too."""

    source: Analysed
    frames: Frames
    keys: NDArray[np.int64]
    wrong: Floats
    wrong_bass: Floats


def sound_of(chord: HumanChord) -> int:
    """The decoder's sound for a human chord."""
    quality = _NEAREST.get(chord.quality, chord.quality)
    if chord.root == chord.tonic and quality in ("", "m") and (chord.bass - chord.root) % 12 == 7:
        quality += "64"
    return chord.root * len(KINDS_OF_CHORD) + KINDS_OF_CHORD.index(quality)


def case_of(source: Analysed) -> Case:
    """The case of a piece."""
    frames = frames_of(source.piece)
    words = vocabulary()
    n = len(frames.eighths)
    wrong = np.zeros((n, 24, words.sound.shape[1]), np.float32)
    wrong_bass = np.zeros((n, 12), np.float32)
    starts = [row.tick for row in source.human]
    bounds = [*starts[1:], source.piece.end]
    for f in range(n):
        first, last = int(frames.ticks[f]), int(frames.ticks[f + 1])
        i = max(0, bisect_right(starts, first) - 1)
        while i < len(starts) and starts[i] < last:
            chord = source.human[i].chord
            overlap = (min(bounds[i], last) - max(starts[i], first)) / 240
            if chord is not None and overlap > 0:
                sound = sound_of(chord)
                wrong[f, np.arange(24) != chord.tonic + 12 * chord.minor] += overlap
                wrong[f] += overlap * np.where(words.sound != sound, 1.0, 0.0)
                wrong_bass[f, np.arange(12) != chord.bass] += overlap / 2
            i += 1
    return Case(source, frames, keys_to_try(frames), wrong, wrong_bass)


def decoded(case: Case, weights: Weights, sign: float) -> tuple[list[Stretch], float]:
    """The best way where being wrong counts `sign` an eighth: SURE below 0 for the analyst's own way."""
    weights = weights.of(case.frames.texture)
    bass = case.wrong_bass * sign if sign else None
    scores = scores_of(case.frames, weights, LONGEST, bass)
    return Forward(case.frames, scores, weights, case.keys, case.wrong * sign if sign else None).path()


def observe(case: Case, path: list[Stretch], weights: Weights, sign: float, out: Weights) -> None:
    """Add what a way observes, times `sign`, to `out`."""
    words, frames = vocabulary(), case.frames
    weights, out = weights.of(frames.texture), out.of(frames.texture)
    before: Stretch | None = None
    for part in path:
        mode, tonic = divmod(part.key, 12)
        state = words.states[mode][part.state]
        root, kind, group = (state.root + tonic) % 12, state.kind, state.group
        s, e = part.start, part.end
        _observe_sound(frames, part, root, kind, sign, out)
        out.degree[mode] += sign * np.roll(frames.amount[s:e].sum(axis=(0, 1)), -tonic)
        told = frames.signature[s:e] < 99
        distance = signature_distance(frames.signature[s:e])[:, tonic]
        np.add.at(out.signature[0, mode], distance[told], sign * frames.eighths[s:e][told])
        out.state[mode, part.state] += sign
        strength = int(frames.strength[s])
        out.begin[strength] += sign
        out.begin_arrival[0] += sign * bool(frames.arrival[s])
        length = np.array([frames.eighths[s:e].sum()], np.float32)
        out.length[int(strength >= 2), duration_class(length)[0]] += sign
        if frames.arrival[s:e].any():
            out.arrival[mode, group] += sign
        entered = before is None or before.key != part.key
        if entered and told[0]:
            out.signature[1, mode, distance[0]] += sign
        if before is None or frames.opening[s]:
            out.opening[mode, group] += sign
        else:
            _observe_step(before, part, strength, weights, sign, out)
        if before is not None and entered:
            out.change[before.key // 12, mode, (part.key - before.key) % 12] += sign
            out.place[1 if frames.opening[s] else 2 if frames.arrival[s] else 0] += sign
        before = part
    out.final[mode, group] += sign
    if told[-1]:
        out.signature[2, mode, distance[-1]] += sign


def _observe_sound(frames: Frames, part: Stretch, root: int, kind: int, sign: float, out: Weights) -> None:
    s, e = part.start, part.end
    steps = member_steps(kind)
    amount = np.roll(frames.amount[s:e].sum(axis=0), -root, axis=1)
    members = np.isin(np.arange(12), steps)
    out.note[kind] += sign * amount.sum(axis=0)
    out.line[:, 0] += sign * amount[:, members].sum(axis=1)
    out.line[:, 1] += sign * amount[:, ~members].sum(axis=1)
    for role, step in enumerate(steps):
        out.missing[int(len(steps) > 3), role] += sign * bool(amount[:, step].sum() < HEARD)
    bass = (root + steps[part.inversion]) % 12
    out.inversion[kind, part.inversion] += sign
    out.bass[0, part.inversion] += sign * bool(frames.bass[s] == bass)
    lowest = int(frames.lowest[s:e].min())
    out.bass[1, part.inversion] += sign * bool(lowest < 128 and lowest % 12 == bass)


def _observe_step(before: Stretch, part: Stretch, strength: int, weights: Weights, sign: float, out: Weights) -> None:
    words = vocabulary()
    mode = part.key // 12
    group = words.states[mode][part.state].group
    read = int(words.group_of_sound[part.key, words.sound[before.key, before.state]])
    again = int(strength >= 3)
    if (before.key, before.state) == (part.key, part.state) and (
        weights.same[again] >= weights.follow[mode, read, group]
    ):
        out.same[again] += sign
    else:
        out.follow[mode, read, group] += sign


def tune(cases: list[Case], start: Weights, rounds: int, margin: float, rate: float) -> Weights:
    """The averaged weights after some rounds."""
    weights = Weights(*(array.copy() for array in start))
    squares = Weights(*(np.full_like(array, 1.0) for array in start))
    mean = Weights(*(np.zeros_like(array) for array in start))
    count = 0
    order = list(range(len(cases)))
    for number in range(rounds):
        random.Random(number).shuffle(order)
        gap, began = 0.0, time.time()
        for i in order:
            gap += _step(cases[i], weights, squares, margin, rate)
            if number * 3 >= rounds:
                count += 1
                for kept, now in zip(mean, weights, strict=True):
                    kept += (now - kept) / count
        print(f"round {number}: gap {gap / len(cases):.2f}, {time.time() - began:.0f} s", flush=True)
    return mean


def _step(case: Case, weights: Weights, squares: Weights, margin: float, rate: float) -> float:
    right, _ = decoded(case, weights, -SURE)
    found, _ = decoded(case, weights, margin)
    change = Weights(*(np.zeros_like(array) for array in weights))
    observe(case, right, weights, 1.0, change)
    observe(case, found, weights, -1.0, change)
    size = 1.0 / max(1.0, float(case.frames.eighths.sum())) ** 0.5
    for weight, square, step in zip(weights, squares, change, strict=True):
        step *= size
        square += step * step
        weight += rate * step / np.sqrt(square)
    return float(sum((abs(step)).sum() for step in change))


def measure(cases: list[Case], weights: Weights) -> Counter[str]:
    """The agreement of the decoder's own way with the analyses."""
    total: Counter[str] = Counter()
    for case in cases:
        path, _ = decoded(case, weights, 0.0)
        total += compare(case.source.human, *reads_of(case.frames, path), case.source.piece.end)
    return total


def reads_of(frames: Frames, path: list[Stretch]) -> tuple[list[int], list[Read | None]]:
    """A way as readings to compare."""
    ticks: list[int] = []
    reads: list[Read | None] = []
    for part in path:
        mode, tonic = divmod(part.key, 12)
        state = vocabulary().states[mode][part.state]
        quality = KINDS_OF_CHORD[state.kind]
        root = (state.root + tonic) % 12
        bass = (root + member_steps(state.kind)[part.inversion]) % 12
        ticks.append(int(frames.ticks[part.start]))
        reads.append(Read(tonic, bool(mode), root, SIX_FOURS.get(quality, quality), bass, None))
    return ticks, reads


def write_tables(weights: Weights, path: Path, provenance: str) -> None:
    """The weights as a module of whole hundredths."""
    lines = [
        f'"""{provenance}',
        "",
        "Written by `benchmarks/analysis/tune.py`; see `decode_weights` for what each means.",
        '"""',
        "",
    ]
    lines += ["TABLES = {"]
    for name, array in zip(Weights._fields, weights, strict=True):
        numbers = " ".join(str(round(100 * float(value))) for value in array.ravel())
        rows = textwrap.wrap(numbers, 104)
        lines += [f'    "{name}": (', *(f'        "{row} "' for row in rows), "    ),"]
    path.write_text("\n".join([*lines, "}", ""]), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--margin", type=float, default=0.5, help="what a wrong eighth counts while tuning")
    parser.add_argument("--rate", type=float, default=0.1)
    parser.add_argument("--held", action="store_true", help="hold every fifth piece back and print the agreement on it")
    parser.add_argument("--write", type=Path, help="write the weights to this module")
    arguments = parser.parse_args()
    cases = [
        case_of(piece)
        for collection in ("chorales", "lieder")
        for piece in analysed(arguments.data, collection)
        if not piece.tested and piece.agreement >= FLOOR
    ]
    held = cases[::5] if arguments.held else []
    tuned = [case for i, case in enumerate(cases) if i % 5 or not arguments.held]
    weights = tune(tuned, plain_weights(), arguments.rounds, arguments.margin, arguments.rate)
    for collection in ("chorales", "lieder") if held else ():
        chosen = [case for case in held if case.source.collection == collection]
        print(collection, shares(measure(chosen, weights)))
    if arguments.write:
        write_tables(weights, arguments.write, PROVENANCE)


if __name__ == "__main__":
    main()
