"""How the instruments are learned: first what analysis found of each note, then by ear.

Conventions: rows are those of synth/neural/instruments.py. Held-out keys (synth/neural/split.py) are in no batch. In
the first `CONFIG.steps` × `REGRESSION` steps the loss is the distance from the analysed numbers, weighted by how much
of them is heard; in the rest notes of the teacher are played again and compared by `listening.distances`. The held-out
figures are always taken by ear, on held-out keys. The SoundFont that the data were made from is sought on this machine
by its sum.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from partimento.learning.nets.loop import TrainConfig
from partimento.score.instruments import INSTRUMENTS
from partimento.soundfonts.finding import find_soundfonts
from partimento.synth.neural.analysis import ratios_of
from partimento.synth.neural.controls import FLOOR, Controls
from partimento.synth.neural.dataset_shards import Data, font_facts
from partimento.synth.neural.instruments import (
    KEYS,
    LOW,
    SHAPES,
    SIZES,
    Config,
    InstrumentsNet,
    controls_of,
    filled,
    sound,
    unpacked,
)
from partimento.synth.neural.listening import WINDOWS, Heard, cached_sounds, distances, teacher_sounds
from partimento.synth.neural.split import SEEN_LENGTHS, held_out_key
from partimento.synth.neural.teacher import RATE, Teacher
from partimento.theory.errors import TrainingError

CONFIG = TrainConfig(steps=12500, rate=2e-3, warmup=200, decay=1e-3, average=0.998, every=500, bf16=True)
REGRESSION = 0.6
"""The share of the steps that learn from analysed numbers."""
_BATCH, _HEARD, _HEARD_S = 192, 16, 1.0
_PROGRAMS = 4
_USUAL = 0.75
"""How many of the notes heard are of keys that the program's instruments play."""
_JUDGED = 80
_DROPPED = 0.5
"""How often a key's code is replaced by what lies midway between its neighbours', as held-out keys' are."""
_LEVELS = 8
LEVELLED = 0.5
"""What the loss likes best is a little soft (0.6 dB in the middle). Each program is made louder by half of what it
lacks: by all of it spectra would be a little further off again."""
_DEEP = 11.0
"""Levels further below a note's loudest (96 dB) are all the same."""


class Rows(NamedTuple):
    """All analysed notes: program, key, velocity (M,), rows (M, sum of SIZES) in half precision."""

    program: Tensor
    key: Tensor
    velocity: Tensor
    rows: Tensor


class InstrumentsTask:
    """What the training loop asks (learning/nets/loop.py)."""

    name = "instruments"

    def __init__(self, data: Data, teacher: Teacher, seed: int, config: Config, steps: int) -> None:
        self.config = config
        self._teacher, self._seed, self._turn = teacher, seed, int(steps * REGRESSION)
        self._heard = _heard(data)
        self._seen, self._held = _read(data)
        below, above, share = _neighbours(self._heard)
        self._below, self._above, self._share = below, above, share
        self._wide, self._sounding = _facts(data)
        self._ratios = torch.stack([ratios_of(program) for program in range(128)])
        self._spans = {
            program: torch.nonzero(self._seen.program == program)[:, 0].tolist() for program in data.programs
        }
        self._usual = {program: _within(self._seen, places, program) for program, places in self._spans.items()}
        chance = random.Random(7)
        held = self._held
        self._judged = tuple(_note(held, chance.randrange(len(held.rows)), chance) for _ in range(_JUDGED))

    def build(self) -> nn.Module:
        """The net, its outputs centred on the notes' mean and in units of their spread."""
        net = InstrumentsNet(self.config)
        rows = self._seen.rows[:: max(1, len(self._seen.rows) // 6000)].float()
        net.middle.copy_(rows.mean(0))
        net.scale.copy_(rows.std(0).clamp(min=0.05))
        nn.init.normal_(net.outward.weight, std=0.02)
        nn.init.zeros_(net.outward.bias)
        net.wide.copy_(self._wide)
        net.ratios.copy_(self._ratios)
        net.sounding.copy_(self._sounding)
        return net

    def batch(self, step: int) -> tuple[Tensor, ...]:
        """Analysed notes, or notes of the teacher's with their sound."""
        chance = random.Random(self._seed * 1_000_003 + step)
        if step < self._turn:
            index = torch.tensor([chance.randrange(len(self._seen.rows)) for _ in range(_BATCH)])
            found = self._seen
            return found.program[index], found.key[index], found.velocity[index], found.rows[index].float()
        places = self._drawn(chance)
        notes = tuple(_note(self._seen, at, chance) for at in places)
        windows = torch.tensor(WINDOWS[step % 2 :: 2])  # every other one, in turn: half the work
        analysed = self._seen.rows[torch.tensor(places)].float()
        return *_columns(notes), windows, analysed, teacher_sounds(self._teacher, notes, _HEARD_S)

    def loss(self, model: nn.Module, batch: tuple[Tensor, ...], device: torch.device) -> Tensor:
        """As far as the batch goes: from numbers or by ear."""
        assert isinstance(model, InstrumentsNet)
        program, key, velocity, *rest = (each.to(device) for each in batch)
        rows = model.rows(self._codes(model, program, key), key, velocity)
        if len(rest) == 1:
            return regression(rows, rest[0], model.wide[program])
        length, windows, analysed, wanted = rest
        wide = model.wide[program]
        with torch.autocast(device.type, enabled=False):  # sines in bfloat16 would be noise
            controls = controls_of(rows, key, velocity, length, model.ratios[program], wide)
            ours = sound(controls, length, RATE, wanted.shape[-1])
            if not bool((wide > 0.5).any()):
                wanted, ours = wanted[:, :1], ours[:, :1]
            logs, shares = distances(wanted, ours, overlap=2, windows=windows.tolist())
        loud = wanted.abs().amax(dim=(1, 2)) > 1e-4
        heard = (logs / 4.0 + 3.0 * shares)[loud].mean() if bool(loud.any()) else 0.0 * rows.sum()
        return heard + pitch_and_place(rows.float(), analysed, wide)

    def evaluate(self, model: nn.Module, device: torch.device) -> dict[str, float]:
        """By ear, on held-out keys: medians of log-MSS (dB) and spectral convergence over the notes."""
        assert isinstance(model, InstrumentsNet)
        net = InstrumentsNet(self.config).to(device)
        net.load_state_dict(filled(dict(model.state_dict()), self._heard))
        net.eval()
        wanted = cached_sounds(self._teacher, self._judged, _HEARD_S)
        logs, shares = [], []
        for start in range(0, _JUDGED, 16):
            program, key, velocity, length = (each.to(device) for each in _columns(self._judged[start : start + 16]))
            controls = _asked(net, program, key, velocity, length)
            part = wanted[start : start + 16].to(device)
            log, share = distances(part, sound(controls, length, RATE, part.shape[-1]), overlap=2)
            logs += log.tolist()
            shares += share.tolist()
        held = self._held
        index = torch.arange(0, len(held.rows), max(1, len(held.rows) // 512))
        rows = net(held.program[index].to(device), held.key[index].to(device), held.velocity[index].to(device))
        away = regression(rows, held.rows[index].float().to(device), net.wide[held.program[index].to(device)])
        middle, gap = float(np.median(logs)), float(np.median(shares))
        return {"loss": middle / 4.0 + 2.0 * gap, "log_mss_db": middle, "sc": gap, "numbers": float(away)}

    def final(self, state: dict[str, Tensor]) -> dict[str, Tensor]:
        """The state that is kept: held-out keys have their codes, programs their levels."""
        net = InstrumentsNet(self.config)
        net.load_state_dict(filled(state, self._heard))
        net.level.zero_()
        net.eval()
        with torch.no_grad():
            for program, places in self._usual.items():
                if places:
                    net.level[program] = LEVELLED * self._lacking(net, random.Random(f"level {program}"), places)
        return dict(net.state_dict())

    def _lacking(self, net: InstrumentsNet, chance: random.Random, places: list[int]) -> float:
        """By how much, as a level, some notes of a program that were learned are softer than the teacher's."""
        notes = tuple(_note(self._seen, places[chance.randrange(len(places))], chance) for _ in range(_LEVELS))
        wanted = teacher_sounds(self._teacher, notes, _HEARD_S)
        columns = _columns(notes)
        ours = sound(_asked(net, *columns), columns[3], RATE, wanted.shape[-1])
        powers = [each.square().sum((1, 2)).clamp(min=1e-9) for each in (wanted, ours)]
        return float(0.5 * torch.log(powers[0] / powers[1]).median())

    def _codes(self, model: InstrumentsNet, program: Tensor, key: Tensor) -> Tensor:
        """The notes' codes, some of them those between their neighbours'."""
        place = (program * KEYS + (key - LOW).clamp(0, KEYS - 1)).cpu()
        share = self._share[place].to(key.device)
        drop = (torch.rand(len(place)).to(key.device) < _DROPPED) & (share >= 0)
        below = model.keys(self._below[place].to(key.device))
        above = model.keys(self._above[place].to(key.device))
        between = below + (above - below) * share.clamp(min=0.0)[:, None]
        codes = torch.where(drop[:, None], between, model.keys(place.to(key.device)))
        return model.coded(program, codes)

    def _drawn(self, chance: random.Random) -> list[int]:
        """Places of notes to learn from, of a few programs (a SoundFont decodes each when it is played), all mono or
        all stereo: mono is half the work."""
        rows = self._seen
        programs = [int(rows.program[chance.randrange(len(rows.rows))])]
        while len(programs) < _PROGRAMS:
            program = int(rows.program[chance.randrange(len(rows.rows))])
            if self._wide[program] == self._wide[programs[0]]:
                programs.append(program)
        drawn = []
        for i in range(_HEARD):
            program = programs[i % _PROGRAMS]
            usual = self._usual[program]
            places = usual if usual and chance.random() < _USUAL else self._spans[program]
            drawn.append(places[chance.randrange(len(places))])
        return drawn


def task(data: Path, seed: int = 0, steps: int = CONFIG.steps, soundfont: Path | None = None) -> InstrumentsTask:
    """The task of a folder of data; `soundfont` is theirs, sought on this machine if not said. Raises TrainingError for
    damaged data, and where their SoundFont is not here."""
    found = Data(data)
    return InstrumentsTask(found, Teacher(soundfont or _soundfont(found)), seed, Config(), steps)


def regression(rows: Tensor, wanted: Tensor, wide: Tensor) -> Tensor:
    """The distance of rows from analysed ones (N, sum of SIZES), a scalar: levels by how far they lie below the note's
    loudest, all else by its partials' strength."""
    ours, theirs = unpacked(rows), unpacked(wanted)
    top = torch.maximum(theirs["partials"].amax((1, 2)), theirs["noise"].amax((1, 2)))[:, None, None]
    total = rows.new_zeros(())
    for name in ("partials", "noise"):
        depth = theirs[name] - top
        goal = torch.maximum(depth, depth.new_tensor(-_DEEP))
        said = ours[name] - top
        said = torch.where(depth <= -_DEEP, said.clamp(min=-_DEEP), said)
        away = nn.functional.smooth_l1_loss(said, goal, reduction="none", beta=0.1)
        heard = torch.sigmoid((depth + 8.0) / 1.2) + 0.05
        strong = torch.exp(depth / 2.0)
        total = total + (away * heard).mean() + (away * strong).sum() / strong.sum().clamp(min=1e-3)
    return total + pitch_and_place(rows, wanted, wide) + 0.15 * (ours["release"] - theirs["release"]).abs().mean()


def pitch_and_place(rows: Tensor, wanted: Tensor, wide: Tensor) -> Tensor:
    """The part of `regression` that is about neither levels nor release: phases, pitch, sides, tremolo. Spectra say
    next to nothing of these, and left to them the pitch drifts."""
    ours, theirs = unpacked(rows), unpacked(wanted)
    top = theirs["partials"].amax((1, 2))[:, None]
    strength = torch.exp((theirs["partials"].amax(1) - top) / 2.0)
    strength = strength / strength.sum(1, keepdim=True).clamp(min=1e-6)
    turn = (ours["turns"] - theirs["turns"]).square().sum(1)
    both = (wide > 0.5).float()
    total = 0.4 * ((turn[:, 0] + both[:, None] * turn[:, 1]) * strength).sum(1).mean()
    total = total + 0.1 * ((ours["cents"] - theirs["cents"]).abs() * strength).sum(1).mean()
    pan = ((ours["pan"] - theirs["pan"]).abs() * strength).sum(1)
    hiss_pan = (ours["noise_pan"] - theirs["noise_pan"]).abs().mean(1)
    total = total + 0.3 * (both * (pan + hiss_pan)).mean()
    total = total + 0.05 * (ours["glide"] - theirs["glide"]).abs().mean()
    return total + 0.3 * (ours["wave"] - theirs["wave"]).abs().mean()


def _within(rows: Rows, places: list[int], program: int) -> list[int]:
    """Those of the places whose keys the program's instruments play, all where the table has none of them."""
    found = [each for each in INSTRUMENTS.values() if each.hands != "drums" and each.program == program]
    if not found:
        return places
    low, high = min(each.low for each in found), max(each.high for each in found)
    return [at for at in places if low <= int(rows.key[at]) <= high]


def _note(rows: Rows, at: int, chance: random.Random) -> Heard:
    """An analysed note, to be heard with a length that was seen."""
    return Heard(
        int(rows.program[at]), int(rows.key[at]), int(rows.velocity[at]), chance.choice(SEEN_LENGTHS)
    )  # fmt: skip


def _asked(net: InstrumentsNet, program: Tensor, key: Tensor, velocity: Tensor, length: Tensor) -> Controls:
    rows = net(program, key, velocity)
    return controls_of(rows, key, velocity, length, net.ratios[program], net.wide[program])


def _columns(notes: tuple[Heard, ...]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    return (
        torch.tensor([note.program for note in notes]),
        torch.tensor([note.key for note in notes]),
        torch.tensor([float(note.velocity) for note in notes]),
        torch.tensor([note.length_s for note in notes]),
    )


def _soundfont(data: Data) -> Path:
    """The SoundFont that the data were made from."""
    wanted = data.manifest.font
    for font in find_soundfonts():
        if font.size_bytes == wanted["bytes"] and font_facts(font.path)["sha256"] == wanted["sha256"]:
            return font.path
    raise TrainingError(
        f"'{data.folder}' was made from '{wanted['name']}', which is needed to listen and is not among the SoundFonts"
        " here", "soundfont"
    )  # fmt: skip


def _inside(keys: tuple[int, ...]) -> list[int]:
    return [key for key in keys if LOW <= key < LOW + KEYS]


def _heard(data: Data) -> Tensor:
    """Which keys are learned from, (128, KEYS)."""
    heard = torch.zeros(128, KEYS, dtype=torch.bool)
    for program in data.programs:
        keys = data.keys(program)
        for key in _inside(keys):
            heard[program, key - LOW] = not held_out_key(program, key, keys[0], keys[-1])
    return heard


def _neighbours(heard: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """For each place of a code: the places of the nearest heard keys on both sides of it, and how far it lies between
    them; -1 where a side has none."""
    places = torch.arange(128 * KEYS)
    below, above, share = places.clone(), places.clone(), torch.full((128 * KEYS,), -1.0)
    for program in range(128):
        known = torch.nonzero(heard[program])[:, 0].tolist()
        for before, key, after in zip(known, known[1:], known[2:], strict=False):
            at = program * KEYS + key
            below[at], above[at] = program * KEYS + before, program * KEYS + after
            share[at] = (key - before) / (after - before)
    return below, above, share


def _facts(data: Data) -> tuple[Tensor, Tensor]:
    """Which programs are stereo (128,), and which keys sound (128, KEYS)."""
    wide, sounding = torch.zeros(128), torch.zeros(128, KEYS)
    for program in data.programs:
        wide[program] = float(data.shard(program)["wide"].mean() > 0.5)
        for key in _inside(data.keys(program)):
            sounding[program, key - LOW] = 1.0
    return wide, sounding


def _read(data: Data) -> tuple[Rows, Rows]:
    """All analysed notes: learned from, and held out."""
    sides: tuple[list[tuple[Tensor, ...]], list[tuple[Tensor, ...]]] = ([], [])
    for program in data.programs:
        shard = data.shard(program)
        keys = data.keys(program)
        rows = packed(shard)
        for i, key in enumerate(keys):
            if not LOW <= key < LOW + KEYS:
                continue
            velocity = torch.from_numpy(shard["velocity"][i].astype(np.float32))
            count = len(velocity)
            row = (torch.full((count,), program), torch.full((count,), key), velocity, rows[i])
            sides[held_out_key(program, key, keys[0], keys[-1])].append(row)
    if not sides[0] or not sides[1]:
        raise TrainingError(f"'{data.folder}' has too few keys to learn from", "renderer-data")
    seen, held = (Rows(*(torch.cat(column) for column in zip(*side, strict=True))) for side in sides)
    return seen, held


def packed(shard: dict[str, np.ndarray]) -> Tensor:
    """A shard's arrays (keys, velocities, ...) as rows (keys, velocities, sum of SIZES) in half precision."""
    keys, count = shard["velocity"].shape
    gain = 2.0 * np.log(shard["velocity"].astype(np.float32) / 127.0)[:, :, None, None]
    phases = shard["phases"].astype(np.float32)
    parts = {name: shard[name].astype(np.float32) for name in SHAPES if name != "turns"}
    for name in ("partials", "noise"):
        parts[name] = np.maximum(parts[name] - gain, FLOOR)
    parts["glide"] = sharpened(parts["glide"])
    parts["turns"] = np.stack((np.cos(phases), np.sin(phases)), axis=2)
    flat = [parts[name].reshape(keys, count, SIZES[name]) for name in SHAPES]
    return torch.from_numpy(np.concatenate(flat, axis=2)).half()


def sharpened(glide: np.ndarray) -> np.ndarray:
    """Pitch curves (..., WAVES) as they were before analysis took the mean of every three steps, as near as two rounds
    of van Cittert's method come: a vibrato of 5.5 Hz has 98 % of its depth again instead of 75 %."""
    found = glide
    for _ in range(2):
        padded = np.concatenate((found[..., :1], found, found[..., -1:]), axis=-1)
        found = found + glide - (padded[..., :-2] + padded[..., 1:-1] + padded[..., 2:]) / 3.0
    return np.asarray(found, np.float32)
