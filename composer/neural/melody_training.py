"""Training of the melody net: windows of melodies, corpora drawn by share, conditions left out at random.

Convention: the loss is nats a note: onset tokens (the ends of bars among them), values and pitches. Held-out pieces are
measured whole, without planned sources, closes and notes beyond a gap: what those would tell is content.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from partimento.composer.neural.melody_data import Encoded, encode, held_out, read_tunes
from partimento.composer.neural.melody_features import EVENT, ONSET, PITCH, VALUE, WIDE, Layout
from partimento.composer.neural.melody_module import Config, MelodyModule, forbidden
from partimento.learning.nets.loop import TrainConfig
from partimento.score.stream import Stream
from partimento.theory.errors import TrainingError

CONFIG = TrainConfig(steps=2200, rate=2e-3, warmup=100, average=0.995, every=100, bf16=True)
SHARES = {"pop909": 45, "folk": 20, "lieder": 15, "openewld": 10, "rs200": 10}
"""Percent of the windows from each corpus: songs are what is mostly asked for."""
PLANNED, AHEAD, PHRASED, CLOSED, NAMED, CHORDED = 50, 50, 70, 50, 90, 95
"""Percent of the windows that are told of sources, of a note beyond a gap, of the phrase, close, genre and chords."""
_CHORD = {
    "event": ("root", "degree"), "onset": ("change", "root"), "value": ("change",),
    "pitch": ("root", "tones", "next root", "next tones", "next", "degree"),
}  # fmt: skip
_SOURCE = {
    "event": ("way",), "onset": ("source", "way", "by way", "source match"), "value": ("source", "way", "by way"),
    "pitch": ("source", "way", "by way", "source match", "moved"),
}  # fmt: skip
_PHRASE = dict.fromkeys(("event", "onset", "value", "pitch"), ("since", "left"))
_CLOSE = dict.fromkeys(_PHRASE, ("close",))
_GENRE = dict.fromkeys(_PHRASE, ("genre",))
LAYOUTS = {"event": EVENT, "onset": ONSET, "value": VALUE, "pitch": PITCH}


class Batch(NamedTuple):
    """Ids of the four bags, (lines, events, columns), and targets (lines, events, 5); beyond a window's end -1."""

    event: Tensor
    onset: Tensor
    value: Tensor
    pitch: Tensor
    targets: Tensor


class Told(NamedTuple):
    """What a window is told of: see PLANNED and its like."""

    source: bool = False
    ahead: bool = False
    phrase: bool = True
    close: bool = False
    genre: bool = True
    chords: bool = True


PLAIN = Told()
"""How held-out pieces are measured."""


def window(piece: Encoded, start: int, events: int, told: Told, stream: Stream | None = None) -> list[NDArray[Any]]:
    """The four bags' ids and the targets of `events` events from one on, what is not told set to 0."""
    stop = min(len(piece.bars), start + events)
    out = {name: getattr(piece, name)[start:stop].copy() for name in LAYOUTS}
    for wanted, fields in (
        (told.source, _SOURCE), (told.phrase, _PHRASE), (told.close, _CLOSE), (told.genre, _GENRE),
        (told.chords, _CHORD),
    ):  # fmt: skip
        if not wanted:
            for name, names in fields.items():
                out[name][:, LAYOUTS[name].columns(*names)] = 0
    if told.ahead and stream is not None:
        _look_ahead(piece, start, stop, out, stream)
    return [*out.values(), piece.targets[start:stop]]


def _look_ahead(piece: Encoded, start: int, stop: int, out: dict[str, NDArray[Any]], stream: Stream) -> None:
    """Tile the window by gaps of 1 to 8 bars; each event is told of the first note beyond its gap."""
    bars = piece.bars[start:stop]
    ends = np.zeros(len(bars), np.int64)
    at = int(bars[0])
    while at <= bars[-1]:
        end = at + stream.between(1, 8)
        ends[(bars >= at) & (bars < end)] = end
        at = end
    inside = ends < len(piece.first)
    first = piece.first[np.minimum(ends, len(piece.first) - 1)]
    known = inside & (first[:, 0] >= 0)
    for name in ("onset", "value", "pitch"):
        layout: Layout = LAYOUTS[name]
        rows = out[name]
        far = np.minimum(8, first[:, 0] - bars)
        rows[:, layout.column["ahead bars"]] = np.where(known, layout.base["ahead bars"] + far, 0)
        rows[:, layout.column["ahead place"]] = np.where(known, layout.base["ahead place"] + first[:, 1], 0)
    pitch = np.clip(first[:, 2] - piece.anchors[bars], -WIDE, WIDE) + WIDE
    out["pitch"][:, PITCH.column["ahead pitch"]] = np.where(known, PITCH.base["ahead pitch"] + pitch, 0)


def batch_of(windows: Sequence[Sequence[NDArray[Any]]]) -> Batch:
    """Windows of any lengths side by side."""
    longest = max(len(w[0]) for w in windows)
    tables = []
    for k in range(5):
        table = np.full((len(windows), longest, windows[0][k].shape[1]), -1 if k == 4 else 0, np.int64)
        for row, w in zip(table, windows, strict=True):
            row[: len(w[k])] = w[k]
        tables.append(torch.from_numpy(table))
    return Batch(*tables)


def nats(model: MelodyModule, batch: Batch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """-log p of (onset tokens, values, pitches), flat, and which events are notes; places that cannot be are masked."""
    states, _ = model.follow(batch.event)
    states = states.flatten(0, 1)
    targets = batch.targets.flatten(0, 1)
    there = targets[:, 0] >= 0
    notes = targets[:, 1] >= 0
    ids = batch.onset.flatten(0, 1)[there]
    logits = model.onset(states[there], ids).masked_fill(forbidden(*targets[there, 3:].unbind(1)), float("-inf"))
    onset = cross_entropy(logits, targets[there, 0], reduction="none")
    value = cross_entropy(
        model.value(states[notes], batch.value.flatten(0, 1)[notes]), targets[notes, 1], reduction="none"
    )
    pitch = cross_entropy(
        model.pitch(states[notes], batch.pitch.flatten(0, 1)[notes]), targets[notes, 2], reduction="none"
    )
    return onset, value, pitch, notes[there]


@dataclass(slots=True)
class MelodyTask:
    """The melodies to learn from (`train`) and those kept for measuring (`held`), by corpus.

    A batch is `lines` windows of `events` events.
    """

    train: dict[str, list[Encoded]]
    held: dict[str, list[Encoded]]
    seed: int = 0
    config: Config = Config()
    lines: int = 48
    events: int = 192
    name: str = "melody"

    def build(self) -> nn.Module:
        """The module with weights drawn anew."""
        return MelodyModule(self.config)

    def batch(self, step: int) -> Batch:
        """The windows of a step: corpora by SHARES, pieces by length, a start at a bar's beginning."""
        stream = Stream(self.seed, "melody", "batch", step)
        names = [name for name in SHARES if self.train.get(name)]
        shares = [SHARES[name] for name in names]
        return batch_of([self._window(stream.weighted(names, shares), stream) for _ in range(self.lines)])

    def _window(self, source: str, stream: Stream) -> list[NDArray[Any]]:
        pieces = self.train[source]
        piece = pieces[stream.weighted(range(len(pieces)), [len(p.bars) for p in pieces])]
        bar = stream.below(int(piece.bars[max(0, len(piece.bars) - self.events // 2)]) + 1)
        start = 0 if stream.chance(0.25) else int(np.searchsorted(piece.bars, bar))
        shares = (PLANNED, AHEAD, PHRASED, CLOSED, NAMED, CHORDED)
        return window(piece, start, self.events, Told(*(stream.below(100) < share for share in shares)), stream)

    def loss(self, model: nn.Module, batch: Batch, device: torch.device) -> Tensor:
        """Nats a note."""
        assert isinstance(model, MelodyModule)
        onset, value, pitch, _ = nats(model, Batch(*(table.to(device) for table in batch)))
        return (onset.sum() + value.sum() + pitch.sum()) / max(1, len(pitch))

    def evaluate(self, model: nn.Module, device: torch.device) -> dict[str, float]:
        """Nats a note of held-out pieces, their first 400 events, by corpus; "loss" weighs corpora by SHARES."""
        assert isinstance(model, MelodyModule)
        out: dict[str, float] = {}
        for source, pieces in self.held.items():
            out[source] = sum(per_note(model, pieces[:24], device, 400).values())
        total = sum(SHARES[s] for s in out)
        return {"loss": sum(SHARES[s] * v for s, v in out.items()) / max(1, total), **out}


def per_note(
    model: MelodyModule, pieces: Sequence[Encoded], device: torch.device, events: int = 100_000, told: Told = PLAIN
) -> dict[str, float]:
    """Nats a note of pieces, split in onset (ends of bars included), value and pitch."""
    sums = {"onset": 0.0, "value": 0.0, "pitch": 0.0}
    notes = 0
    for at in range(0, len(pieces), 12):
        group = sorted(pieces, key=lambda p: len(p.bars))[at : at + 12]
        windows = [window(piece, 0, events, told, Stream(0, piece.name)) for piece in group]
        onset, value, pitch, _ = nats(model, Batch(*(table.to(device) for table in batch_of(windows))))
        for name, found in zip(sums, (onset, value, pitch), strict=True):
            sums[name] += float(found.detach().sum())
        notes += len(pitch)
    return {name: value / max(1, notes) for name, value in sums.items()}


def task(data: Path, seed: int = 0) -> MelodyTask:
    """The corpora of `data` (a folder with `open/`, or that folder); TrainingError where there is nothing to learn."""
    folder = data / "open" if (data / "open").is_dir() else data
    return task_of((encode(tune) for tune in read_tunes(folder)), seed)


def task_of(pieces: Any, seed: int = 0) -> MelodyTask:
    """A task of encoded pieces, one in ten held out."""
    train: dict[str, list[Encoded]] = defaultdict(list)
    held: dict[str, list[Encoded]] = defaultdict(list)
    for piece in pieces:
        (held if held_out(piece.name) else train)[piece.source].append(piece)
    if not train or not held:
        raise TrainingError("there are too few melodies to learn from: each corpus needs ten or more pieces")
    return MelodyTask(dict(train), dict(held), seed)


def config_of(config: Config) -> dict[str, object]:
    """What the weights' header says of the sizes."""
    return asdict(config)
