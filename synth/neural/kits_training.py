"""The kits' training: each stroke's waveform in the fewest bits that keep it alike, and the tables that find it.

Conventions: as kits_data.py and kits_codes.py. What is chosen for each stroke by measuring is how it is cut and how
fine its steps are; nothing is drawn by chance.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from partimento.learning.nets.weights import save_weights
from partimento.score.files import write_whole
from partimento.synth.neural.kits import MODEL, Kits
from partimento.synth.neural.kits_codes import Wave, cut, decode, encode
from partimento.synth.neural.kits_data import HELD_S, LONGEST_S, Drum, KitsData, read_kits_data
from partimento.synth.neural.kits_likeness import likeness
from partimento.synth.neural.teacher import RATE
from partimento.synth.signal import Samples

STEPS = (2.4, 1.9, 1.5, 1.2, 0.95, 0.75, 0.6, 0.45, 0.33)
"""From coarse to fine; what is not measured for want of time takes the middle one."""
ALIKE_DB, ALIKE_SHARE = 0.35, 0.1
"""The coarsest step is taken with which a stroke's spectra differ by no more than this."""
_SIDE = 1e-4
"""A second waveform, for what differs between left and right, is kept from this share of the energy on (-40 dB)."""
_UNENDING_S = 1.6
_STILL = 10 ** (-50 / 20)
_LOOP_S = (0.3, 1.1)

Floats = NDArray[np.float64]


def train_kits(
    folder: Path,
    out: Path,
    device: torch.device,
    *,
    seed: int = 0,
    minutes: float | None = None,
    report: Callable[[str], None] = lambda line: None,
) -> Path:
    """Make `kits.safetensors` in `out` from the strokes in `folder`, and `kits.json`: figures at held-out velocities.

    After `minutes` steps are no longer measured. `seed` is what all trainings take: it changes nothing here. Returns
    the weights' path. Raises TrainingError for strokes that are missing or damaged, OutputError for a folder that takes
    no file.
    """
    del seed
    data = read_kits_data(folder)
    end = float("inf") if minutes is None else time.monotonic() + 60 * minutes
    drums = tuple(dict.fromkeys(drum for kit in data.kits.values() for drum in kit.values() if _sounding(drum).layers))
    names = tuple(dict.fromkeys(layer.stroke for drum in drums for layer in _sounding(drum).layers))
    strokes: list[tuple[list[tuple[Wave, float, float]], int]] = []
    for i, name in enumerate(names):
        measure = device if time.monotonic() < end else None
        strokes.append(_stroke(data.stroke(name), measure))
        if (i + 1) % 100 == 0 or i + 1 == len(names):
            size = sum(len(wave.numbers) + len(wave.exponents) for waves, _ in strokes for wave, _, _ in waves)
            report(f"stroke {i + 1} of {len(names)}: {size / 1e6:.2f} MB")
    state = _wave_tables(strokes) | _drum_tables(data, drums, {name: i for i, name in enumerate(names)})
    path = save_weights(out / f"{MODEL}.safetensors", MODEL, {"soundfont": data.soundfont}, state)
    figures = held_out(Kits(state, path), data, device)
    report(f"held-out velocities: {figures['log_mss']:.2f} dB, {figures['convergence']:.2f}, N {figures['n']:.0f}")
    write_whole(out / f"{MODEL}.json", json.dumps({"held_out": figures}, indent=1).encode(), force=True)
    return path


def held_out(kits: Kits, data: KitsData, device: torch.device) -> dict[str, float]:
    """Medians of the likeness to what was struck at held-out velocities, and how many strokes that were."""
    rows = []
    for kit, key, velocity, sound in data.held_out():
        if len(sound):
            ours = kits.stroke(kit, key, velocity, RATE, HELD_S)
            reference, other = (torch.from_numpy(each).to(device) for each in (_long(sound), ours))
            rows.append(likeness(reference, other, RATE))
    columns = ("log_mss", "convergence", "level", "attack_ms")
    found = np.abs(np.array(rows, np.float64).reshape(-1, len(columns)))
    return {name: float(np.median(found[:, i])) if len(rows) else 0.0 for i, name in enumerate(columns)} | {
        "n": float(len(rows))
    }


def _long(sound: Samples) -> Samples:
    """As long as a stroke is listened to at the least."""
    return np.pad(sound, ((0, max(0, round(HELD_S * RATE) - len(sound))), (0, 0)))


def _sounding(drum: Drum) -> Drum:
    """Without layers too soft to be heard."""
    return Drum(tuple(layer for layer in drum.layers if layer.stroke), drum.exclusive, drum.fade)


def _stroke(sound: Samples, device: torch.device | None) -> tuple[list[tuple[Wave, float, float]], int]:
    """(waves with their shares of left and right, samples that loop) of a stroke."""
    loop = 0
    if len(sound) >= LONGEST_S * RATE and float(np.abs(sound[-RATE // 2 :]).max()) > _STILL:
        sound = sound[: round(_UNENDING_S * RATE)]
        loop = _loop(sound.sum(axis=1))
    whole = sound.astype(np.float64)
    # The direction in which most of the energy lies, and the one across it.
    _, sides = np.linalg.eigh(whole.T @ whole)
    found: list[tuple[Wave, float, float]] = []
    for side in sides.T[::-1]:
        wave = whole @ side
        if not found or float((wave**2).sum()) > _SIDE * float((whole**2).sum()):
            peak = float(np.abs(wave).max())
            left, right = (side * peak).tolist()
            found.append((_finest(wave / peak, device), left, right))
    return found, loop


def _finest(samples: Floats, device: torch.device | None) -> Wave:
    """The waveform with the coarsest steps that keep it alike."""
    blocks = cut(samples)
    if device is None:
        return encode(blocks, STEPS[len(STEPS) // 2])
    reference = torch.from_numpy(samples.astype(np.float32))[:, None].to(device)
    wave = encode(blocks, STEPS[0])
    for step in STEPS[1:]:
        ours = torch.from_numpy(decode(wave).astype(np.float32))[:, None].to(device)
        found = likeness(reference, ours, RATE)
        if found.log_mss <= ALIKE_DB and found.convergence <= ALIKE_SHARE:
            break
        wave = encode(blocks, step)
    return wave


def _loop(sound: Samples) -> int:
    """The lag at which the end of a sound that goes on is most like what was before."""
    low, high = (round(seconds * RATE) for seconds in _LOOP_S)
    last = sound[-low:].astype(np.float64)
    before = sound[-low - high :].astype(np.float64)
    spectrum = np.fft.rfft(before, 2 * len(before)) * np.conj(np.fft.rfft(last, 2 * len(before)))
    match = np.fft.irfft(spectrum)[: high + 1]
    energy = np.convolve(before**2, np.ones(low), "valid")
    likely = match[: high + 1 - low] / np.sqrt(np.maximum(energy[: high + 1 - low], 1e-12))
    return high - int(np.argmax(likely))


def _wave_tables(strokes: Iterable[tuple[list[tuple[Wave, float, float]], int]]) -> dict[str, Tensor]:
    rows, sides, loops = [], [], []
    numbers, exponents = bytearray(), bytearray()
    for i, (waves, loop) in enumerate(strokes):
        loops.append(loop)
        for wave, left, right in waves:
            numbers += wave.numbers
            exponents += wave.exponents
            rows.append((i, wave.pattern, wave.samples, len(numbers), len(exponents)))
            sides.append((left, right))
    return {
        "waves": torch.tensor(rows, dtype=torch.int32),
        "sides": torch.tensor(sides),
        "loops": torch.tensor(loops, dtype=torch.int32),
        "numbers": torch.frombuffer(numbers, dtype=torch.uint8),
        "exponents": torch.frombuffer(exponents, dtype=torch.uint8),
    }


def _drum_tables(data: KitsData, drums: tuple[Drum, ...], strokes: dict[str, int]) -> dict[str, Tensor]:
    places = {drum: i for i, drum in enumerate(drums)}
    keys = [
        (kit, key, places[drum])
        for kit, each in sorted(data.kits.items())
        for key, drum in sorted(each.items())
        if drum in places
    ]
    rows: list[tuple[int, int, int]] = []
    layers: list[tuple[int, int, int, int]] = []
    levels: list[tuple[float, float, float]] = []
    for drum in drums:
        first = len(layers)
        for layer in _sounding(drum).layers:
            layers.append((layer.low, layer.high, strokes[layer.stroke], layer.velocity))
            levels.append((layer.gain, layer.power, layer.most))
        rows.append((first, len(layers), drum.exclusive))
    return {
        "kits": torch.tensor(keys, dtype=torch.int32),
        "drums": torch.tensor(rows, dtype=torch.int32),
        "fades": torch.tensor([drum.fade for drum in drums]),
        "layers": torch.tensor(layers, dtype=torch.int32),
        "levels": torch.tensor(levels),
    }
