"""The trained renderer's single notes, and what the analysis of the note itself gives: its oracle.

Conventions: sounds are (n, 2) at metrics.RATE from the onset, as long as the teacher's.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from partimento.benchmarks.renderer.metrics import RATE, fitted
from partimento.benchmarks.renderer.notes import Case, Heard
from partimento.synth.neural.analysis import held, key_hz, ratios_of, released
from partimento.synth.neural.controls import Controls, NeuralNote
from partimento.synth.neural.instruments import load_instruments, sound
from partimento.synth.neural.split import RING_S, SEEN_LENGTHS
from partimento.synth.signal import Samples


def sounded(controls: Controls, lengths_s: Sequence[float]) -> list[Samples]:
    """Controls as sound, a note each."""
    samples = round((max(lengths_s) + RING_S) * RATE)
    with torch.inference_mode():
        heard = sound(controls, torch.tensor(lengths_s), RATE, samples).numpy()
    return [
        np.ascontiguousarray(fitted(each.T, round((length_s + RING_S) * RATE)))
        for each, length_s in zip(heard, lengths_s, strict=True)
    ]


class Player:
    """The model. Raises ModelError when its weights are missing or damaged."""

    def __init__(self, weights: Path | None = None) -> None:
        self._instruments = load_instruments(weights)

    def notes(self, cases: Sequence[Case]) -> list[Samples]:
        """The cases as the model plays them."""
        notes = [NeuralNote(case.program, case.key, float(case.velocity), case.held_s) for case in cases]
        return sounded(self._instruments.controls(notes), [case.held_s for case in cases])


def oracle(heard: Heard, case: Case, own: Samples) -> Samples:
    """The note from its own analysis; what is held is analysed on a note held for long, the release on the note."""
    long_s = max(SEEN_LENGTHS)
    long = own if case.held_s == long_s else heard.note(case, held_s=long_s)
    ratios = ratios_of(case.program)
    found = held(long[: round(long_s * RATE)], case.key, ratios)
    release = released(own, None if case.held_s == long_s else long, case.held_s)
    hertz = ratios * key_hz(case.key) * torch.exp2(found.cents / 1200.0)
    rows = (
        found.partials, hertz, found.phases, found.pan, found.noise, found.noise_pan, release,
        torch.tensor(float(found.wide)), found.glide, found.wave,
    )  # fmt: skip
    return sounded(Controls(*(row[None] for row in rows)), [case.held_s])[0]
