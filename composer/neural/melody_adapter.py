"""A style of one's own: a small adapter that turns the melody net towards a user's pieces, all else frozen.

Convention: an adapter holds deltas of the net's biases (Zaken and others 2022, "BitFit"): the LSTM's and the heads' do
what a genre's vector would. Of a dozen pieces, low-rank deltas of the matrices learned single notes by heart instead.
It is kept beside the net and added when loaded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from partimento.composer.neural.melody import load
from partimento.composer.neural.melody_data import Encoded, Tune, encode
from partimento.composer.neural.melody_module import MelodyModule
from partimento.composer.neural.melody_training import Batch, Told, batch_of, nats, per_note, window
from partimento.learning.nets.loop import TrainConfig
from partimento.learning.nets.weights import load_weights, save_weights
from partimento.score.stream import Stream
from partimento.theory.errors import ModelError, TrainingError

MODEL = "melody-style"
CONFIG = TrainConfig(steps=120, rate=4e-3, warmup=10, decay=0.02, average=0.9, every=10, patience=4)
"""A dozen pieces are learned in 40 to 100 steps (measured on dance tunes and hymns)."""
LINES, EVENTS = 12, 128


@dataclass(slots=True)
class AdapterTask:
    """The net with an adapter to learn from a user's pieces; `held` are those the figures are of."""

    train: list[Encoded]
    held: list[Encoded]
    seed: int = 0
    name: str = MODEL

    def build(self) -> nn.Module:
        """The shipped net, frozen, with an adapter that changes nothing yet."""
        module = unshared(load().module)
        for parameter in module.parameters():
            parameter.requires_grad_(False)
        for name in _biases(module):
            module.get_parameter(name).requires_grad_(True)
        return module

    def batch(self, step: int) -> Batch:
        """Windows of the user's pieces, longer ones more often, told what pieces are told when they are measured."""
        stream = Stream(self.seed, MODEL, "batch", step)
        windows = []
        for _ in range(LINES):
            piece = self.train[stream.weighted(range(len(self.train)), [len(p.bars) for p in self.train])]
            start = int((piece.bars < stream.below(max(1, int(piece.bars[-1]) - 3))).sum())
            windows.append(window(piece, start, EVENTS, Told(genre=stream.chance(0.8))))
        return batch_of(windows)

    def loss(self, model: nn.Module, batch: Any, device: torch.device) -> Tensor:
        """Nats a note."""
        assert isinstance(model, MelodyModule)
        onset, value, pitch, _ = nats(model, Batch(*(table.to(device) for table in batch)))
        return (onset.sum() + value.sum() + pitch.sum()) / max(1, len(pitch))

    def evaluate(self, model: nn.Module, device: torch.device) -> dict[str, float]:
        """Nats a note of the user's held-out pieces."""
        assert isinstance(model, MelodyModule)
        return {"loss": sum(per_note(model, self.held, device).values())}


def adapter_task(train: Sequence[Tune], held: Sequence[Tune], seed: int = 0) -> AdapterTask:
    """A task of a user's melodies; TrainingError where there are none to learn from or none to measure by."""
    if not train or not held:
        raise TrainingError(
            f"{len(train)} pieces to learn a style from, {len(held)} held out: one of each is the least"
        )
    return AdapterTask([encode(tune) for tune in train], [encode(tune) for tune in held], seed)


def before(task: AdapterTask) -> float:
    """Nats a note of the held-out pieces by the shipped net, without an adapter."""
    with torch.no_grad():
        return task.evaluate(load().module, torch.device("cpu"))["loss"]


def adapter_of(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What of a trained state is the adapter: its biases less those of the shipped net."""
    module = load().module
    base = module.state_dict()
    return {name: state[name] - base[name] for name in _biases(module)}


def save_adapter(path: Path, state: Mapping[str, Tensor]) -> Path:
    """Write the adapter of a trained state; returns the path."""
    return save_weights(path, MODEL, {}, adapter_of(state))


def adapted(module: MelodyModule, path: Path) -> MelodyModule:
    """The module with the adapter of a file added; ModelError where it cannot be read or was made for another net."""
    _, deltas = load_weights(path, MODEL)
    out = unshared(module)
    state = out.state_dict()
    for name, delta in deltas.items():
        if name not in state or state[name].shape != delta.shape:
            raise ModelError(f"the style '{path}' was made for another net: it has no '{name}' of that size")
        state[name] = state[name] + delta
    out.load_state_dict(state)
    return out


def unshared(module: MelodyModule) -> MelodyModule:
    """A module of the same weights that may be changed."""
    out = MelodyModule(module.config)
    out.load_state_dict(module.state_dict())
    out.eval()
    return out


def _biases(module: MelodyModule) -> list[str]:
    """The biases that an adapter changes; of the LSTM's two, which are added, one."""
    return [name for name, _ in module.named_parameters() if "bias" in name and "bias_hh" not in name]
