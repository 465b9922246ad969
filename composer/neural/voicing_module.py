"""The voicing network: four voices step by step, the chord first, then soprano, bass, tenor and alto.

Conventions: one recurrent step a sixteenth over what sounded a sixteenth before; small heads choose inside the step,
each seeing what is chosen already. A head scores a pitch by itself, by its interval from where the voice was, by its
place in the chord and by its distance from the voices already chosen, so that what is learned in one key holds in
others. Tokens as in voicing_data.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from partimento.composer.neural.voicing_data import (
    CHORDS,
    INTERVALS,
    KINDS,
    MOST_HELD,
    NO_INTERVAL,
    PITCHES,
    START,
    WIDEST,
)

ORDER = (0, 3, 2, 1)
"""The order in which voices are chosen after the chord: soprano, bass, tenor, alto (columns of S A T B)."""


@dataclass(frozen=True, slots=True)
class Config:
    """Sizes: `width` of the recurrent layers, `head` of the heads, `heads` of attention (0: none), dropout rates."""

    width: int = 192
    layers: int = 2
    head: int = 192
    heads: int = 4
    dropout: float = 0.5
    drop_input: float = 0.35


@dataclass(frozen=True, slots=True)
class Steps:
    """A batch: pitches, held and came (n, steps, 4), chords and chord_held (n, steps), first step numbers (n).

    `kind` (n) is an index of KINDS.
    """

    pitches: Tensor
    held: Tensor
    came: Tensor
    chords: Tensor
    chord_held: Tensor
    first: Tensor
    kind: Tensor


@cache
def _tables() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Where a candidate finds its score: by interval, by place in the chord; chords by chord and by bass before."""
    pitch = torch.arange(PITCHES + 1)
    silent = (pitch == 0) | (pitch == START)
    by = (pitch[None, :] - pitch[:, None]).clamp(-WIDEST, WIDEST) + WIDEST
    by = by.masked_fill(silent[None, :] | silent[:, None], NO_INTERVAL)
    chord = torch.arange(CHORDS + 1)
    plain = chord >= CHORDS - 2
    inside = (pitch[None, :] - (chord // 4)[:, None] + 8) % 12  # token 1 is MIDI 33, pitch class 9
    inside = inside.masked_fill(plain[:, None] | silent[None, :], 12)
    turn = ((chord // 4)[None, :] - (chord // 4)[:, None]) % 12 * 4 + (chord % 4)[None, :]
    turn = turn.masked_fill(plain[:, None] | plain[None, :], 48)
    over = ((chord // 4)[None, :] - pitch[:, None] - 8) % 12 * 4 + (chord % 4)[None, :]
    over = over.masked_fill(plain[None, :] | silent[:, None], 48)
    return by, inside[:, :PITCHES], turn[:, :CHORDS], over[:, :CHORDS]


def same_mask(module: nn.Module, x: Tensor, rate: float) -> Tensor:
    """Dropout of (n, steps, width) by one mask for all steps (variational dropout, Gal & Ghahramani 2016)."""
    if not module.training or not rate:
        return x
    kept = torch.rand(x.shape[0], 1, x.shape[2], device=x.device) >= rate
    return x * (kept / (1 - rate)).to(x.dtype)


@dataclass(frozen=True, slots=True)
class Memory:
    """Where a sequence stands: each layer's (h, c), and what recall holds: the last state, keys and values so far."""

    layers: tuple[tuple[Tensor, Tensor], ...]
    last: Tensor | None = None
    keys: Tensor | None = None
    values: Tensor | None = None

    def chosen(self, rows: Tensor) -> Memory:
        """The memory of those rows of the batch."""
        layers = tuple((h[:, rows], c[:, rows]) for h, c in self.layers)
        if self.last is None or self.keys is None or self.values is None:
            return Memory(layers)
        return Memory(layers, self.last[rows], self.keys[rows], self.values[rows])


class Recall(nn.Module):
    """Attention to what came after earlier moments like this one: keys are states, values what followed them."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.ask, self.key = nn.Linear(width, width), nn.Linear(width, width)
        self.value, self.out = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, states: Tensor, came: Tensor, memory: Memory | None) -> tuple[Tensor, Tensor, Tensor]:
        """States (n, steps, width), what came into each step (alike); gives what is recalled, keys, values.

        Step t sees what came into the steps up to t, each found by the state before it; the first by a key of zeros.
        """
        n, steps, width = states.shape
        if memory is None or memory.last is None or memory.keys is None or memory.values is None:
            keys, values = F.pad(self.key(states)[:, :-1], (0, 0, 1, 0)), self.value(came)
            mask = None
        else:
            new = self.key(torch.cat([memory.last, states[:, :-1]], 1))
            keys, values = torch.cat([memory.keys, new], 1), torch.cat([memory.values, self.value(came)], 1)
            mask = torch.ones(steps, keys.shape[1], dtype=torch.bool, device=keys.device).tril(keys.shape[1] - steps)
        q, k, v = [x.view(n, x.shape[1], self.heads, -1).transpose(1, 2) for x in (self.ask(states), keys, values)]
        found = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=mask is None)
        return self.out(found.transpose(1, 2).reshape(n, steps, width)), keys, values


class Head(nn.Module):
    """Scores for what one voice (or the chord) does next, from the state and what is chosen already."""

    def __init__(self, width: int, chosen: int, head: int, slots: tuple[int, ...], dropout: float) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(width + chosen, head), nn.Linear(head, head)
        self.dropout = dropout
        self.slots = slots
        self.out = nn.Linear(head, sum(slots))

    def forward(self, state: Tensor, places: list[Tensor]) -> Tensor:
        """Logits: the first slot's scores are by class, the others found at `places` (n, steps, classes)."""
        inner = same_mask(self, F.gelu(self.first(state)), self.dropout)
        inner = inner + same_mask(self, F.gelu(self.second(inner)), self.dropout / 2)
        plain, *others = self.out(inner).float().split(self.slots, dim=-1)
        logits: Tensor = plain
        for scores, place in zip(others, places, strict=True):
            logits = logits + scores.gather(-1, place)
        return logits


class Voicing(nn.Module):
    """The network; `logits` gives each step's five distributions, teacher-forced."""

    by: Tensor
    inside: Tensor
    turn: Tensor
    over: Tensor

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        by, inside, turn, over = _tables()
        self.register_buffer("by", by, persistent=False)
        self.register_buffer("inside", inside, persistent=False)
        self.register_buffer("turn", turn, persistent=False)
        self.register_buffer("over", over, persistent=False)
        self.pitch = nn.Embedding(PITCHES + 1, 32)
        self.chord = nn.Embedding(CHORDS + 1, 32)
        self.held = nn.Embedding(MOST_HELD + 1, 12)
        self.interval = nn.Embedding(INTERVALS, 16)
        self.sum_of = nn.Embedding(13, 16)
        self.place = nn.ModuleList([nn.Embedding(4, 8), nn.Embedding(16, 16), nn.Embedding(12, 12)])
        size = 4 * (32 + 12 + 16) + 3 * 16 + 32 + 12 + 36 + 4 * 16
        self.enter = nn.Linear(size, config.width)
        self.kind = nn.Embedding(len(KINDS), config.width)
        self.layers = nn.ModuleList(
            [nn.LSTM(config.width, config.width, batch_first=True) for _ in range(config.layers)]
        )
        self.recall = Recall(config.width, config.heads) if config.heads else None
        self.norm = nn.LayerNorm(config.width)
        self.chord_head = Head(config.width, 0, config.head, (CHORDS, 49, 49), config.dropout)
        sizes = [(PITCHES, INTERVALS, 13, *[INTERVALS] * j) for j in range(4)]
        self.voice_heads = nn.ModuleList(
            [Head(config.width, 32 + 64 * j, config.head, sizes[j], config.dropout) for j in range(4)]
        )

    def inputs(self, steps: Steps) -> Tensor:
        """What is known before each step, (n, steps, width): the sixteenth before, and where in the bar it may be."""
        before = Steps(
            F.pad(steps.pitches, (0, 0, 1, 0), value=START)[:, :-1],
            F.pad(steps.held, (0, 0, 1, 0))[:, :-1],
            F.pad(steps.came, (0, 0, 1, 0), value=NO_INTERVAL)[:, :-1],
            F.pad(steps.chords, (1, 0), value=CHORDS)[:, :-1],
            F.pad(steps.chord_held, (1, 0))[:, :-1],
            steps.first,
            steps.kind,
        )
        return self.enter_after(before)

    def enter_after(self, before: Steps) -> Tensor:
        """The inputs of steps `first`, `first` + 1 and so on, given what sounded one sixteenth before each."""
        pitches, chords = before.pitches, before.chords
        apart = self.by[pitches[..., 3:], pitches[..., :3]]
        apart = torch.where(apart == NO_INTERVAL, 12, (apart - WIDEST) % 12)
        at = before.first[:, None] + torch.arange(chords.shape[1], device=chords.device)
        places = [table(at % n) for table, n in zip(self.place, (4, 16, 12), strict=True)]
        inside = self.inside[chords[..., None].expand_as(pitches), pitches.clamp(max=PITCHES - 1)]
        voices = [self.pitch(pitches), self.held(before.held), self.interval(before.came), self.sum_of(inside)]
        parts = [
            self._drop(torch.cat(voices, -1)), self.sum_of(apart), self.chord(chords), self.held(before.chord_held),
            *places,
        ]  # fmt: skip
        entered: Tensor = self.enter(torch.cat([p.flatten(2) for p in parts], -1))
        kind: Tensor = self.kind(before.kind)
        return entered + kind[:, None]

    def _drop(self, voices: Tensor) -> Tensor:
        """Leaves out single voices of single steps, in training."""
        if not self.training:
            return voices
        return voices * (torch.rand(voices.shape[:-1], device=voices.device) > self.config.drop_input / 2)[..., None]

    def states(self, entered: Tensor, memory: Memory | None = None) -> tuple[Tensor, Memory]:
        """What the heads see, (n, steps, width), of a sequence's inputs or of more of them; and where it stands now."""
        x = same_mask(self, entered, self.config.drop_input)
        stand = []
        for i, layer in enumerate(self.layers):
            y, state = layer(x, memory.layers[i]) if memory is not None else layer(x)
            x = x + same_mask(self, y, self.config.dropout)
            stand.append(state)
        x = self.norm(x)
        if self.recall is None:
            return x, Memory(tuple(stand))
        recalled, keys, values = self.recall(x, entered, memory)
        now = Memory(tuple(stand), x[:, -1:], keys, values)
        return x + same_mask(self, recalled, self.config.dropout / 2), now

    def logits(self, steps: Steps) -> list[Tensor]:
        """Teacher-forced logits: the chord's (n, steps, 50), then each voice's (n, steps, 53) in ORDER."""
        state, _ = self.states(self.inputs(steps))
        before = F.pad(steps.pitches, (0, 0, 1, 0), value=START)[:, :-1]
        chord_before = F.pad(steps.chords, (1, 0), value=CHORDS)[:, :-1]
        found = [self.chord_logits(state, chord_before, before[..., 3])]
        for j, voice in enumerate(ORDER):
            chosen = [steps.pitches[..., v] for v in ORDER[:j]]
            found.append(self.voice_logits(j, state, steps.chords, before[..., voice], chosen, before))
        return found

    def chord_logits(self, state: Tensor, chord: Tensor, bass: Tensor) -> Tensor:
        """Logits of the next chord, given the chord and the bass before."""
        out: Tensor = self.chord_head(state, [self.turn[chord], self.over[bass]])
        return out

    def voice_logits(
        self, j: int, state: Tensor, chord: Tensor, own: Tensor, chosen: list[Tensor], before: Tensor
    ) -> Tensor:
        """Logits of voice ORDER[j], given the chord, where the voice was, and the voices already chosen."""
        seen = [state, self.chord(chord)]
        for v, pitch in zip(ORDER, chosen, strict=False):
            moved = self.interval(self.by[before[..., v], pitch])
            seen += [self.pitch(pitch), moved, self.sum_of(self.inside[chord, pitch])]
        places = [self.by[own][..., :PITCHES], self.inside[chord], *[self.by[p][..., :PITCHES] for p in chosen]]
        out: Tensor = self.voice_heads[j](torch.cat(seen, -1), places)
        return out
