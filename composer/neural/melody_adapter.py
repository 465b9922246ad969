"""A style of one's own: a small adapter that turns the melody net towards a user's pieces, all else frozen.

Convention: an adapter holds low-rank deltas of the heads' matrices (Hu and others 2021, "LoRA") and deltas of biases,
the LSTM's first among them, which do what a genre's vector would. It is kept beside the net and added when loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from partimento.composer.neural.melody import load
from partimento.composer.neural.melody_data import Encoded, Tune, encode
from partimento.composer.neural.melody_module import MelodyModule
from partimento.composer.neural.melody_training import Batch, Told, batch_of, nats, per_note, window
from partimento.learning.nets.loop import TrainConfig
from partimento.learning.nets.weights import load_weights, save_weights
from partimento.score.stream import Stream
from partimento.theory.errors import ModelError, TrainingError

MODEL = "melody-style"
RANK = 4
CONFIG = TrainConfig(steps=120, rate=2e-3, warmup=10, decay=0.02, average=0.9, every=10, patience=4)
"""A dozen pieces are learned in 20 to 40 steps, after which the held-out loss rises (measured on dance tunes)."""
LINES, EVENTS = 12, 128
_HEADS = ("onset", "value", "pitch")
_PARAMETRIZED = "parametrizations.weight"


class LowRank(nn.Module):
    """A matrix with a low-rank delta: W + up @ down; `up` begins at zero, so that nothing is changed at first."""

    def __init__(self, weight: Tensor, rank: int) -> None:
        super().__init__()
        rows, columns = weight.shape
        self.up = nn.Parameter(torch.zeros(rows, rank))
        self.down = nn.Parameter(torch.randn(rank, columns) / columns**0.5)

    def forward(self, weight: Tensor) -> Tensor:
        """The matrix as it is used."""
        return weight + self.up @ self.down


@dataclass(slots=True)
class AdapterTask:
    """The net with an adapter to learn from a user's pieces; `held` are those the figures are of."""

    train: list[Encoded]
    held: list[Encoded]
    seed: int = 0
    rank: int = RANK
    name: str = MODEL

    def build(self) -> nn.Module:
        """The shipped net, frozen, with an adapter that changes nothing yet."""
        module = unshared(load().module)
        for parameter in module.parameters():
            parameter.requires_grad_(False)
        for linear in _matrices(module):
            parametrize.register_parametrization(linear, "weight", LowRank(linear.weight, self.rank))
            linear.bias.requires_grad_(True)
        for layer in range(module.line.num_layers):
            getattr(module.line, f"bias_ih_l{layer}").requires_grad_(True)
        return module

    def batch(self, step: int) -> Batch:
        """Windows of the user's pieces, longer ones more often; half of them are told of sources and of the genre."""
        stream = Stream(self.seed, MODEL, "batch", step)
        windows = []
        for _ in range(LINES):
            piece = self.train[stream.weighted(range(len(self.train)), [len(p.bars) for p in self.train])]
            start = int((piece.bars < stream.below(max(1, int(piece.bars[-1]) - 3))).sum())
            told = Told(stream.chance(0.5), False, stream.chance(0.7), stream.chance(0.5), stream.chance(0.5))
            windows.append(window(piece, start, EVENTS, told))
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
    """What of a trained state is the adapter: low-rank factors, and biases less those of the shipped net."""
    base = load().module.state_dict()
    out: dict[str, Tensor] = {}
    for name, tensor in state.items():
        if f".{_PARAMETRIZED}.0." in name:
            out[name.replace(f".{_PARAMETRIZED}.0.", ".")] = tensor
        elif name in base and "bias" in name and not torch.equal(tensor, base[name]):
            out[name] = tensor - base[name]
    return out


def save_adapter(path: Path, state: Mapping[str, Tensor]) -> Path:
    """Write the adapter of a trained state; returns the path."""
    return save_weights(path, MODEL, {"rank": RANK}, adapter_of(state))


def adapted(module: MelodyModule, path: Path) -> MelodyModule:
    """The module with the adapter of a file added; ModelError where it cannot be read or was made for another net."""
    _, deltas = load_weights(path, MODEL)
    out = unshared(module)
    state = out.state_dict()
    for name, delta in deltas.items():
        stem, _, part = name.rpartition(".")
        target = f"{stem}.weight" if part in ("up", "down") else name
        if part == "down":
            continue
        change = delta @ deltas[f"{stem}.down"] if part == "up" and f"{stem}.down" in deltas else delta
        if target not in state or state[target].shape != change.shape:
            raise ModelError(f"the style '{path}' was made for another net: it has no '{target}' of that size")
        state[target] = state[target] + change
    out.load_state_dict(state)
    return out


def unshared(module: MelodyModule) -> MelodyModule:
    """A module of the same weights that may be changed."""
    out = MelodyModule(module.config)
    out.load_state_dict(module.state_dict())
    out.eval()
    return out


def _matrices(module: MelodyModule) -> Iterator[nn.Linear]:
    for head in _HEADS:
        for part in list(getattr(module, head).modules()):
            if isinstance(part, nn.Linear):
                yield part
