"""What the texture model learns, and how long: stretches of pianists' parts, some with their earlier bars unseen.

Convention: a batch is a function of its step and the seed; wishes are left unsaid now and then, so that the net plays
with or without them.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from partimento.composer.neural.texture import Config, Texture
from partimento.composer.neural.texture_data import Example, examples, held_out
from partimento.composer.neural.texture_view import BEFORE, LAGS, REST, STEP, STEPS, WHAT, WISHED_WHAT, WISHED_WHEN
from partimento.learning.nets.loop import TrainConfig

CONFIG = TrainConfig(steps=1500, rate=2.5e-3, warmup=100, every=150, average=0.998, bf16=True)
_ROWS, _NOTES = 32, 112
_HIDE, _UNSAID = 0.5, 0.25
"""Shares of stretches that see nothing before them, and whose wishes are not said."""


class Batch(NamedTuple):
    """Rows (n, t, k), answers (n, t, 3) and which of them count (n, t)."""

    when: Tensor
    what: Tensor
    answers: Tensor
    counts: Tensor


class TextureTask:
    """The Task of the training loop over encoded pieces."""

    name = "texture"

    def __init__(self, pieces: list[Example], config: Config, seed: int = 0) -> None:
        self.config, self.seed = config, seed
        self.train = [piece for piece in pieces if not held_out(piece.name)]
        self.held = [piece for piece in pieces if held_out(piece.name)]
        sizes = np.array([len(piece.bars) for piece in self.train], float)
        self._chances = sizes / max(1.0, sizes.sum())

    def build(self) -> nn.Module:
        """The model with weights drawn anew."""
        return Texture(self.config)

    def batch(self, step: int) -> Batch:
        """Stretches drawn for a step."""
        draw = np.random.default_rng((self.seed, step))
        chosen = draw.choice(len(self.train), _ROWS, p=self._chances)
        rows = []
        for index in chosen:
            piece = self.train[index]
            begins = [int(s) for s, f in zip(piece.starts, piece.fresh_steps, strict=True) if f < STEPS]
            start = begins[int(draw.integers(len(begins)))]
            hidden, unsaid = draw.random() < _HIDE, draw.random() < _UNSAID
            rows.append(stretch(piece, start, _NOTES, hidden, unsaid))
        return together(rows, _NOTES)

    def loss(self, model: nn.Module, batch: Batch, device: torch.device) -> Tensor:
        """Nats a note: time, pitch and length together."""
        return torch.stack([part.sum() for part in losses(model, batch, device)]).sum() / batch.counts.sum()

    def evaluate(self, model: nn.Module, device: torch.device) -> dict[str, float]:
        """Nats a note on held-out pieces, wishes said and not: the first eight bars or so of up to 96 stretches."""
        return {
            "loss": self._held_loss(model, device, unsaid=True),
            "wished": self._held_loss(model, device, unsaid=False),
        }

    def _held_loss(self, model: nn.Module, device: torch.device, unsaid: bool) -> float:
        rows = []
        for piece in self.held[:: max(1, len(self.held) // 96)]:
            begins = [int(s) for s, f in zip(piece.starts, piece.fresh_steps, strict=True) if f < STEPS]
            rows.append(stretch(piece, begins[len(begins) // 3], _NOTES, False, unsaid))
        batch = together(rows, _NOTES)
        found = torch.stack([part.sum() for part in losses(model, batch, device)]).sum() / batch.counts.sum()
        return float(found)


def losses(model: nn.Module, batch: Batch, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Nats of each time, pitch and length, (n, t) each, 0 where nothing counts."""
    assert isinstance(model, Texture)
    when, what, answers, counts = (part.to(device) for part in batch)
    step, code, length = answers.unbind(-1)
    seen, timed = model.see(model.what, what), model.see(model.when, when)
    hidden, _ = model.advance(seen[:, :-1], code[:, :-1], length[:, :-1], model.begin(len(code)))
    hidden = torch.cat((hidden.new_zeros(hidden.shape[0], 1, hidden.shape[2]), hidden), 1)
    of_time = _nats(model.time(hidden, timed), step) * counts
    of_pitch = _nats(model.note(hidden, seen), code) * counts
    of_length = _nats(model.lasting(hidden, seen, code), length) * counts * (code != REST)
    return of_time, of_pitch, of_length


def _nats(logits: Tensor, answer: Tensor) -> Tensor:
    flat = F.cross_entropy(logits.float().reshape(-1, logits.shape[-1]), answer.reshape(-1), reduction="none")
    return flat.view(answer.shape)


class Stretch(NamedTuple):
    """Some notes' rows and answers."""

    when: NDArray[np.int64]
    what: NDArray[np.int64]
    answers: NDArray[np.int64]


def stretch(piece: Example, start: int, notes: int, hidden: bool, unsaid: bool) -> Stretch:
    """Up to `notes` notes from number `start`, one that is its bar's first, on.

    With `hidden` the bars before cannot be referred to; with `unsaid` the wishes are left out.
    """
    stop = min(len(piece.bars), start + notes)
    when, what = piece.when[start:stop].astype(np.int64), piece.what[start:stop].astype(np.int64)
    answers = piece.answers[start:stop].astype(np.int64)
    which = int(np.searchsorted(piece.starts, start))
    when[0], answers[0, 0] = piece.fresh[which], piece.fresh_steps[which]
    first = piece.onsets[start:stop] == piece.onsets[start]
    what[first, slice(*BEFORE)] = 0
    what[0, STEP] = WHAT.base["step"] + piece.fresh_steps[which]
    if hidden:
        # A time row refers to bars before the one it stands in, which is that of the note before.
        at = np.concatenate((piece.bars[start : start + 1], piece.bars[start : stop - 1]))
        for i, lag in enumerate(LAGS):
            when[at - lag < piece.bars[start], i] = 0
            unseen = piece.bars[start:stop] - lag < piece.bars[start]
            what[unseen, i] = 0
            what[unseen, i + len(LAGS)] = 0
    if unsaid:
        when[:, WISHED_WHEN] = 0
        what[:, WISHED_WHAT] = 0
    return Stretch(when, what, answers)


def together(rows: list[Stretch], notes: int) -> Batch:
    """Stretches side by side, filled up to `notes`."""
    n = len(rows)
    when = np.zeros((n, notes, rows[0].when.shape[1]), np.int64)
    what = np.zeros((n, notes, rows[0].what.shape[1]), np.int64)
    answers = np.zeros((n, notes, 3), np.int64)
    counts = np.zeros((n, notes), np.float32)
    for i, row in enumerate(rows):
        size = len(row.answers)
        when[i, :size], what[i, :size], answers[i, :size], counts[i, :size] = row.when, row.what, row.answers, 1.0
    return Batch(*(torch.from_numpy(part) for part in (when, what, answers, counts)))


def task(data: Path, seed: int = 0) -> TextureTask:
    """The task over the corpora under `data`."""
    return TextureTask(list(examples(data)), Config(), seed)
