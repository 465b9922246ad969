"""What to expect of a GPU: a song's partials and noise counted, in operations and bytes.

Conventions: every SAMPLED-th note of a song stands for the others. A column is an audible partial or noise band
(synth/neural/voices.py); it costs while it sounds. By frames a partial is 4 rows of a matrix product (cosine and sine,
for a frame's beginning and end), 8 operations for each sample and side; a noise band is 2 rows for each side. What a
product is made of is built frame by frame: about OPERATIONS element-wise steps for each column and frame, each of which
reads two numbers and writes one. The model itself is two operations for each of its weights and note.
"""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import torch

from partimento.learning.nets.weights import load_weights
from partimento.score.song import Song
from partimento.score.timeline import Timeline
from partimento.synth.fluid_font import DRUM_CHANNEL
from partimento.synth.neural.controls import NeuralNote
from partimento.synth.neural.events import played
from partimento.synth.neural.instruments import Instruments, load_instruments
from partimento.synth.neural.shipped import weights_path
from partimento.synth.neural.tones import FRAME
from partimento.synth.neural.voices import Placed, voices
from partimento.synth.signal import RATES

RATE = RATES[0]
SAMPLED, BATCH = 16, 64
OPERATIONS = 24
TAIL_S = 10.0


class Gpu(NamedTuple):
    """A GPU's peaks by its maker's data sheet: single precision without tensor cores, in 10^12 operations a second;
    memory in 10^9 bytes a second; and what may go over its bus in 10^9 bytes a second."""

    name: str
    teraflops: float
    memory: float
    bus: float


GPUS = (Gpu("T4", 8.1, 320.0, 12.0), Gpu("A100", 19.5, 1555.0, 25.0), Gpu("H200", 67.0, 4800.0, 50.0))
SHARE = 0.25
"""Of its peaks that such code reaches, by experience: batches of small products, many short kernels."""


class Counted(NamedTuple):
    """A song's melodic notes, the seconds for which their columns sound, sides counted, and seconds that the processor
    took for the model and for making voices of what it says."""

    notes: int
    note_s: float
    partial_s: float
    band_s: float
    model_s: float
    voices_s: float


def counted(song: Song, instruments: Instruments) -> Counted:
    """Count a song."""
    clock = Timeline(song).seconds_at
    notes, total = [], 0
    for track in song.performance.tracks:
        if track.channel == DRUM_CHANNEL:
            continue
        events = played(track, clock, RATE, False)
        total += len(events.onsets)
        lengths = (events.releases - events.onsets) / RATE
        notes += [
            NeuralNote(track.program, int(events.keys[i]), float(events.velocities[i]), float(lengths[i]))
            for i in range(0, len(lengths), SAMPLED)
        ]
    sums = [0.0] * 5
    for start in range(0, len(notes), BATCH):
        for i, value in enumerate(_batch(notes[start : start + BATCH], instruments)):
            sums[i] += value
    scale = total / max(1, len(notes))
    return Counted(total, *(value * scale for value in sums))


def _batch(notes: list[NeuralNote], instruments: Instruments) -> tuple[float, ...]:
    began = time.process_time()
    with torch.inference_mode():
        controls = instruments.controls(notes)
        told = time.process_time()
        lengths = torch.tensor([note.length_s for note in notes])
        zeros = torch.zeros(len(notes), dtype=torch.long)
        placed = Placed(zeros, (lengths * RATE).long(), zeros, zeros > 0)
        made = voices(controls, placed, RATE, round(TAIL_S * RATE))
        done = time.process_time()
        sides = 1.0 + made.notes.stereo.float()
        partial_s = float((made.tones.end / RATE * sides[made.tones.note]).sum())
        band_s = 2 * float((made.noise.end / RATE).sum())
    return float(made.notes.end.sum()) / RATE, partial_s, band_s, told - began, done - told


def reckoned(song: Song) -> dict[str, Any]:
    """The arithmetic, as figures and as lines of Markdown."""
    instruments = load_instruments()
    found = counted(song, instruments)
    seconds = Timeline(song).seconds_at(song.performance.end)
    _, state = load_weights(weights_path("instruments"), "instruments")
    weights = sum(each.numel() for name, each in state.items() if name.split(".")[0] in ("inward", "layers", "outward"))
    product = RATE * (8 * found.partial_s + 4 * found.band_s)
    model = 2.0 * weights * found.notes
    bytes_ = RATE / FRAME * (found.partial_s + found.band_s) * OPERATIONS * 12
    out = len(song.performance.tracks) * seconds * RATE * 8
    rows: list[dict[str, Any]] = []
    for gpu in GPUS:
        taken = {
            "products": (product + model) / (gpu.teraflops * 1e12 * SHARE),
            "memory": bytes_ / (gpu.memory * 1e9 * SHARE),
            "bus": out / (gpu.bus * 1e9 * SHARE),
        }
        rows.append({"gpu": gpu.name, "times": seconds / sum(taken.values()), **taken})
    per, once = found.note_s, 1e-9
    lines = [
        f"Reckoned, not measured: a song of {seconds:.0f} s has {found.notes} melodic notes, {per:.0f} note-seconds"
        f" with {found.partial_s / per:.0f} partials and {found.band_s / per:.0f} noise bands heard at a time, sides"
        f" counted: {product * once:.0f} GFLOP of products ({product / per / 1e6:.0f} MFLOP a note-second),"
        f" {model * once:.0f} GFLOP of the model, {bytes_ * once:.0f} GB through memory, {out / 1e6:.0f} MB of stems.",
        "",
        *(
            f"- {row['gpu']} at {100 * SHARE:.0f} % of its peaks: products {1000 * row['products']:.0f} ms, memory"
            f" {1000 * row['memory']:.0f} ms, stems over the bus {1000 * row['bus']:.0f} ms: {row['times']:.0f} times"
            " real time."
            for row in rows
        ),
        "",
        f"The model runs on the processor: {found.model_s:.2f} s of one core a song, {seconds / found.model_s:.0f}"
        " times real time a core; a GPU can be no faster than all cores together. What voices are made of"
        f" ({found.voices_s:.2f} s here) is made on the device.",
    ]
    return {"counted": found._asdict(), "gpus": rows, "lines": lines}
