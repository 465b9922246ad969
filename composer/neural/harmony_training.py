"""Training the harmony model on charts of four corpora, with sequences of jazz n-grams mixed in.

Convention: a batch is songs, each from its start or from one of its sections on; how a section closes is told half the
time. Figures are means a chord over the held-out songs, nothing told of closes.
"""

from __future__ import annotations

from math import exp
from pathlib import Path
from random import Random

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from partimento.composer.neural.harmony import HarmonyConfig, HarmonyModel
from partimento.composer.neural.harmony_data import (
    Ngrams,
    Rows,
    Song,
    held_out,
    invented,
    ngrams,
    rows_of,
    songs,
    starts_of,
)
from partimento.composer.neural.harmony_view import (
    CLOSES,
    FIELDS,
    GENRES,
    KINDS,
    NO_BASS,
    NOTHING,
    REFERENCES,
    SOURCES,
    WIDTH,
)
from partimento.learning.nets.loop import TrainConfig

SIZES = HarmonyConfig()
CONFIG = TrainConfig(steps=800, rate=2e-3, warmup=60, decay=0.03, average=0.99, every=80)
SONGS = 32
"""Songs in a batch."""
CHORDS_EACH = 96
"""Chords of a song in a batch at the most."""
NGRAM_SHARE = 0.06
"""Of a batch's songs, those invented from n-grams of standards."""
UNTOLD = {"close": 0.5, "kind": 0.15, "source": 0.25, "genre": 0.15, "bar": 0.1, "left": 0.15, "phrase_bar": 0.2}
"""How often a fact is withheld from a song; "bar" with "left", "phrase_bar" with "phrase_left"."""

_UNKNOWN = {
    "close": len(CLOSES) - 1, "kind": len(KINDS) - 1, "source": len(SOURCES) - 1, "genre": len(GENRES) - 1, "bar": 32,
    "left": 32, "phrase_bar": 9, "phrase_left": 9,
}  # fmt: skip
_WITH = {"phrase_bar": ("phrase_bar", "phrase_left")}
_CLOSE = FIELDS.index("close")


class HarmonyTask:
    """What there is to learn: see learning/nets/loop.Task."""

    name = "harmony"

    def __init__(
        self, charts: list[Song], table: Ngrams | None, seed: int = 0, config: HarmonyConfig = SIZES
    ) -> None:
        self.config = config
        self.seed = seed
        self.table = table
        self.training = [song for song in charts if not held_out(song.name)]
        self.held = [song for song in charts if held_out(song.name)]
        self.rows: dict[tuple[int, int, str | None], tuple[Rows, Rows]] = {}

    def build(self) -> nn.Module:
        """The model, its weights drawn anew."""
        return HarmonyModel(self.config)

    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        """(facts, targets) of a step, (songs, chords, ...), targets -1 where nothing is asked."""
        random = Random(f"{self.seed} harmony {step}")
        drawn = []
        for _ in range(SONGS):
            if self.table is not None and random.random() < NGRAM_SHARE:
                drawn.append(invented(self.table, random, 32))
            else:
                drawn.append(self._part(random))
        return padded(drawn)

    def _part(self, random: Random) -> tuple[Rows, Rows]:
        number = random.randrange(len(self.training))
        song = self.training[number]
        begins = starts_of(song)
        first = random.choice(begins) if random.random() < 0.5 else 0
        key = (number, first, random.choice([g for g in song.genres if g in GENRES] or [""]))
        if key not in self.rows:
            self.rows[key] = rows_of(song, first, key[2])
        seen, said = self.rows[key]
        if first == 0 and len(seen) > CHORDS_EACH:
            begin = random.randrange(0, len(seen) - CHORDS_EACH + 1, 8)
            seen, said = seen[begin : begin + CHORDS_EACH], said[begin : begin + CHORDS_EACH]
        return withheld(seen[:CHORDS_EACH], random), said[:CHORDS_EACH]

    def loss(self, model: nn.Module, batch: tuple[Tensor, Tensor], device: torch.device) -> Tensor:
        """The three heads' mean cross-entropies, added."""
        facts, targets = (tensor.to(device) for tensor in batch)
        return sum((mean for mean, _ in losses(model, facts, targets)), torch.zeros((), device=device))

    def evaluate(self, model: nn.Module, device: torch.device) -> dict[str, float]:
        """Nats a chord on held-out songs: "loss" in all, and by head."""
        found = [figures_of(model, self.held[i : i + 32], device) for i in range(0, len(self.held), 32)]
        count = sum(part["chords"] for part in found)
        heads = {head: sum(part[head] for part in found) / count for head in ("chord", "length", "bass")}
        return {"loss": sum(heads.values()), **heads, "perplexity": exp(heads["chord"] + heads["bass"])}


def task(data: Path, seed: int = 0) -> HarmonyTask:
    """What there is to learn from the folder of open corpora; TrainingError where it lacks one."""
    return HarmonyTask(songs(data), ngrams(data), seed)


def withheld(seen: Rows, random: Random) -> Rows:
    """The facts with some of them not told, the same for the whole song."""
    hidden = [name for name in sorted(UNTOLD) if random.random() < UNTOLD[name]]
    changes = [(FIELDS.index(f), _UNKNOWN[f]) for name in hidden for f in _WITH.get(name, (name,))]
    out = [list(row) for row in seen]
    for row in out:
        for at, unknown in changes:
            row[at] = unknown
    return out


def padded(rows: list[tuple[Rows, Rows]]) -> tuple[Tensor, Tensor]:
    """Songs of unequal length as two tensors; what is missing has targets of -1."""
    longest = max(len(seen) for seen, _ in rows)
    facts = torch.zeros(len(rows), longest, WIDTH, dtype=torch.int64)
    targets = torch.full((len(rows), longest, 3), -1, dtype=torch.int64)
    for i, (seen, said) in enumerate(rows):
        facts[i, : len(seen)] = torch.tensor(seen)
        targets[i, : len(said)] = torch.tensor(said)
    return facts, targets


def losses(model: nn.Module, facts: Tensor, targets: Tensor) -> list[tuple[Tensor, Tensor]]:
    """(mean, sum) in nats of each head: chord, length, bass."""
    assert isinstance(model, HarmonyModel)
    heard, _ = model.hear(facts)
    chord, length = targets[..., 0].clamp(min=0), targets[..., 1].clamp(min=0)
    logits = (
        model.chord_logits(heard, facts),
        model.length_logits(heard, facts, chord),
        model.bass_logits(heard, facts, chord, length),
    )
    out = []
    for head, scores in enumerate(logits):
        asked = targets[..., head]
        total = cross_entropy(scores.flatten(0, 1).float(), asked.flatten(), ignore_index=-1, reduction="sum")
        out.append((total / (asked >= 0).sum().clamp(min=1), total))
    return out


@torch.no_grad()
def figures_of(model: nn.Module, charts: list[Song], device: torch.device, back: bool = True) -> dict[str, float]:
    """Sums of nats by head, and how many chords, over songs in whole; how sections close is not told.

    Without `back` what stood bars ago and in the last section of a name is hidden: the state alone remembers.
    """
    facts, targets = padded([rows_of(song) for song in charts])
    facts[..., _CLOSE] = len(CLOSES) - 1
    if not back:
        facts[..., len(FIELDS) :] = torch.tensor([NOTHING, NO_BASS, 0, 0, 0] * REFERENCES)
    _, chord, length, bass = 0, *(float(total) for _, total in losses(model, facts.to(device), targets.to(device)))
    return {"chord": chord, "length": length, "bass": bass, "chords": float((targets[..., 0] >= 0).sum())}
