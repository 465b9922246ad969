"""The melody net's module: an LSTM over events and three heads in a chain, onset, then value, then pitch.

Convention: ids are rows of melody_features' layouts, (..., columns) integers, 0 not known; a head's logits add gates
for what was sung at the same place before (copying), and for pitches the interval from the last note and the degree of
the chord, so that a step or a third is learnt once and not for each pitch.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from partimento.composer.neural.melody_features import (
    EVENT,
    LAGS,
    ONSET,
    PITCH,
    PITCHES,
    PLACES,
    REACH,
    VALUE,
    VALUES,
    WIDE,
    Layout,
)

State = tuple[Tensor, Tensor]


def forbidden(earliest: Tensor, beyond: Tensor) -> Tensor:
    """(rows, places + 1): True before the earliest place and from the first beyond the bar; END may always be."""
    places = torch.arange(PLACES + 1, device=earliest.device)[None]
    return (places < PLACES) & ((places < earliest[:, None]) | (places >= beyond[:, None]))


@dataclass(frozen=True, slots=True)
class Config:
    """Sizes: `inner` of an event, `hidden` and `layers` of the LSTM, `head` of each head."""

    inner: int = 192
    hidden: int = 288
    layers: int = 2
    head: int = 192
    dropout: float = 0.1


class Head(nn.Module):
    """Logits from the LSTM's state and a row of ids; `copied` are fields whose value is a class that may be copied."""

    def __init__(self, config: Config, layout: Layout, classes: int, copied: tuple[str, ...], shift: int = 0) -> None:
        super().__init__()
        self.classes, self.shift = classes, shift
        self.columns = [layout.column[name] for name in copied]
        self.bases = [layout.base[name] for name in copied]
        self.bag = nn.EmbeddingBag(layout.size, config.head, mode="sum", padding_idx=0)
        nn.init.normal_(self.bag.weight, std=0.15)
        self.state = nn.Linear(config.hidden, config.head)
        self.inner = nn.Linear(config.head, config.head)
        self.out = nn.Linear(config.head, classes + len(copied))
        self.drop = nn.Dropout(config.dropout)

    def deep(self, state: Tensor, ids: Tensor) -> Tensor:
        """The head's hidden layer, (rows, head), of states (rows, hidden) and ids (rows, columns)."""
        first = torch.relu(self.bag(ids) + self.state(state))
        return first + torch.relu(self.inner(self.drop(first)))

    def forward(self, state: Tensor, ids: Tensor) -> Tensor:
        """(rows, classes)."""
        return self.scored(self.out(self.drop(self.deep(state, ids))).float(), ids)

    def scored(self, found: Tensor, ids: Tensor) -> Tensor:
        """The plain logits with the gates of what may be copied added."""
        logits, gates = found[:, : self.classes], found[:, self.classes :]
        told = ids[:, self.columns]
        which = told - torch.tensor(self.bases, device=ids.device) + self.shift
        there = (told > 0) & (which >= 0) & (which < self.classes)
        copied: Tensor = logits.scatter_add(1, which.clamp(0, self.classes - 1), gates * there)
        return copied


class PitchHead(Head):
    """A Head whose logits are of pitches: by height, by interval from the last note, by degree of the chord."""

    def __init__(self, config: Config) -> None:
        copied = (*(f"lag{k}" for k in LAGS), "source", "moved")
        super().__init__(config, PITCH, PITCHES, copied, REACH - WIDE)
        self.interval = nn.Linear(config.head, 2 * WIDE + 1)
        self.degree = nn.Linear(config.head, 12)
        self.register_buffer("heights", torch.arange(PITCHES) - REACH, persistent=False)
        self.heights: Tensor

    def forward(self, state: Tensor, ids: Tensor) -> Tensor:
        """(rows, PITCHES)."""
        deep = self.drop(self.deep(state, ids))
        logits = self.scored(self.out(deep).float(), ids)
        last, root = ids[:, PITCH.column["pitch"]], ids[:, PITCH.column["root"]]
        steps = self.heights[None] - (last - PITCH.base["pitch"] - WIDE)[:, None]
        far = self.interval(deep).float().gather(1, (steps + WIDE).clamp(0, 2 * WIDE))
        degrees = (self.heights[None] - (root - PITCH.base["root"])[:, None]) % 12
        above = self.degree(deep).float().gather(1, degrees)
        found: Tensor = logits + far * (last > 0)[:, None] + above * (root > 0)[:, None]
        return found


class MelodyModule(nn.Module):
    """p(onset), p(value | onset), p(pitch | onset, value) after each event."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.bag = nn.EmbeddingBag(EVENT.size, config.inner, mode="sum", padding_idx=0)
        nn.init.normal_(self.bag.weight, std=0.3)
        self.line = nn.LSTM(config.inner, config.hidden, config.layers, batch_first=True, dropout=config.dropout)
        refs = (*(f"lag{k}" for k in LAGS), "source")
        self.onset = Head(config, ONSET, PLACES + 1, refs)
        self.value = Head(config, VALUE, len(VALUES), refs)
        self.pitch = PitchHead(config)
        self.drop = nn.Dropout(config.dropout)

    def follow(self, ids: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """States (lines, events, hidden) after events' ids (lines, events, columns), going on from `state`."""
        lines, events, columns = ids.shape
        told = self.bag(ids.reshape(-1, columns)).reshape(lines, events, -1)
        if events == 1 and not self.training:
            return self._one_step(told[:, 0], state)
        found: tuple[Tensor, State] = self.line(told, state)
        return self.drop(found[0]), found[1]

    def _one_step(self, told: Tensor, state: State | None) -> tuple[Tensor, State]:
        """`follow` for one event: torch's LSTM orders its weights anew at every call, three times as long as this."""
        layers = self.line.num_layers
        if state is None:
            none = told.new_zeros(layers, len(told), self.line.hidden_size)
            state = none, none
        outs, cells = [], []
        for k in range(layers):
            w_in, w_on, b_in, b_on = (
                getattr(self.line, f"{name}_l{k}") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            )
            gates = nn.functional.linear(told, w_in, b_in) + nn.functional.linear(state[0][k], w_on, b_on)
            enter, forget, new, out = gates.chunk(4, 1)
            cell = torch.sigmoid(forget) * state[1][k] + torch.sigmoid(enter) * torch.tanh(new)
            told = torch.sigmoid(out) * torch.tanh(cell)
            outs.append(told)
            cells.append(cell)
        return told[:, None], (torch.stack(outs), torch.stack(cells))
