"""The harmony model: which chord comes next, for how long, over which bass; a small recurrent net that looks back.

Convention: a step is one chord (see harmony_view for the facts before it). Its three heads are asked in turn: chord,
length given the chord, bass given both; chord and length may also be copied from what stood 2, 4, 8 or 16 bars ago or
in the last section of that name. Asked, it writes under a Guard (harmony_guard): what is forbidden is never chosen,
what is preferred weighs more; shares are the model's own, before either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache

import torch
from torch import Tensor, nn

from partimento.composer.neural.harmony_guard import Draws, Guard, Line, Written
from partimento.composer.neural.harmony_view import (
    CHORDS,
    FIELDS,
    LENGTHS,
    NO_BASS,
    NOTHING,
    REFERENCE_FIELDS,
    REFERENCES,
    SIZES,
    WIDTH,
    length_of,
)
from partimento.composer.neural.sampling import draw, log_shares
from partimento.composer.neural.shipped import weights_path
from partimento.learning.nets.weights import fill, load_weights
from partimento.score.stream import Stream
from partimento.theory.errors import ModelError

_FIELD_WIDTHS = {
    "bass": 8, "length": 12, "source": 8, "genre": 12, "mode": 4, "kind": 12, "bar": 16, "left": 16, "phrase_bar": 8,
    "phrase_left": 12, "close": 8, "meter": 8, "place": 12, "remains": 8, "began": 2, "match": 6,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class HarmonyConfig:
    """Sizes: of a chord's embedding, of the input to the recurrent layer, of its state, of the heads' hidden layer."""

    chord: int = 32
    input: int = 160
    state: int = 256
    head: int = 128
    dropout: float = 0.25


class HarmonyModel(nn.Module):
    """The net itself: facts in, a state a chord out, logits from the state."""

    length_class: Tensor

    def __init__(self, config: HarmonyConfig = HarmonyConfig()) -> None:
        super().__init__()
        self.config = config
        self.chord = nn.Embedding(CHORDS + 1, config.chord)
        self.fields = nn.ModuleDict({name: nn.Embedding(SIZES[name], width) for name, width in _FIELD_WIDTHS.items()})
        reference = config.chord + sum(_FIELD_WIDTHS[name] for name in REFERENCE_FIELDS[1:])
        whole = config.chord + sum(_FIELD_WIDTHS[name] for name in FIELDS[1:]) + REFERENCES * reference
        self.inner = nn.Sequential(nn.Linear(whole, config.input), nn.GELU())
        self.memory = nn.GRU(config.input, config.state, batch_first=True)
        self.drop = nn.Dropout(config.dropout)
        heard = config.state + config.input
        self.to_chord = nn.Sequential(nn.Linear(heard, config.head), nn.GELU(), nn.Linear(config.head, CHORDS))
        self.copy_chord = nn.Linear(heard, REFERENCES)
        told = heard + config.chord + REFERENCES
        self.to_length = nn.Sequential(nn.Linear(told, config.head), nn.GELU(), nn.Linear(config.head, len(LENGTHS)))
        self.copy_length = nn.Linear(told, REFERENCES)
        told += _FIELD_WIDTHS["length"]
        self.to_bass = nn.Sequential(nn.Linear(told, config.head // 2), nn.GELU(), nn.Linear(config.head // 2, NO_BASS))
        self.copy_bass = nn.Linear(told, REFERENCES)
        classes = [len(LENGTHS) - 1, *(length_of(n) for n in range(1, SIZES["remains"]))]
        self.register_buffer("length_class", torch.tensor(classes), persistent=False)

    def hear(self, facts: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """(what is known before each chord, the state after): facts are (batch, chords, WIDTH), int64."""
        parts = [self.chord(facts[..., 0])]
        parts += [self.fields[name](facts[..., i]) for i, name in enumerate(FIELDS) if i]
        for r in range(REFERENCES):
            at = len(FIELDS) + r * len(REFERENCE_FIELDS)
            parts.append(self.chord(facts[..., at]))
            parts += [self.fields[name](facts[..., at + i]) for i, name in enumerate(REFERENCE_FIELDS) if i]
        inner = self.inner(self.drop(torch.cat(parts, dim=-1)))
        out, state = self.memory(inner, state)
        return self.drop(torch.cat([out, inner], dim=-1)), state

    def chord_logits(self, heard: Tensor, facts: Tensor) -> Tensor:
        """(batch, chords, CHORDS)."""
        return _copied(self.to_chord(heard), self.copy_chord(heard), _references(facts, 0), NOTHING)

    def length_logits(self, heard: Tensor, facts: Tensor, chord: Tensor) -> Tensor:
        """(batch, chords, LENGTHS), the chord being known."""
        told, same = self._told(heard, facts, chord)
        classes = self.length_class[_references(facts, 2)]
        return _copied(self.to_length(told), self.copy_length(told), torch.where(same, classes, -1), -1)

    def bass_logits(self, heard: Tensor, facts: Tensor, chord: Tensor, length: Tensor) -> Tensor:
        """(batch, chords, BASSES), chord and length class being known."""
        told, same = self._told(heard, facts, chord)
        told = torch.cat([told, self.fields["length"](length)], dim=-1)
        return _copied(self.to_bass(told), self.copy_bass(told), torch.where(same, _references(facts, 1), -1), -1)

    def _told(self, heard: Tensor, facts: Tensor, chord: Tensor) -> tuple[Tensor, Tensor]:
        same = _references(facts, 0) == chord[..., None]
        return torch.cat([heard, self.chord(chord), same.to(heard.dtype)], dim=-1), same


def _references(facts: Tensor, field: int) -> Tensor:
    """One field of every reference: (batch, chords, REFERENCES)."""
    return facts[..., len(FIELDS) + field :: len(REFERENCE_FIELDS)][..., :REFERENCES]


def _copied(logits: Tensor, weights: Tensor, classes: Tensor, none: int) -> Tensor:
    """Logits with each reference's weight added to the class it names; `none` names nothing."""
    there = classes != none
    added = torch.zeros_like(logits)
    return logits + added.scatter_add(-1, classes.where(there, 0), (weights * there).to(logits.dtype))


class HarmonyNet:
    """The model, asked. It may be asked by several threads at once."""

    def __init__(self, model: HarmonyModel) -> None:
        self.model = model.eval()

    def write(self, guards: Sequence[Guard], streams: Sequence[Stream], draws: Draws) -> list[Written]:
        """A progression for each guard, drawn from the stream beside it; all in one batch, a step a chord."""
        with torch.inference_mode():
            return self._write(guards, streams, draws)

    def score(self, guard: Guard, chords: Sequence[tuple[int, int, int]]) -> list[float]:
        """The log-probability of each chord, length and bass together, of a given progression.

        `chords` are (chord, bass, halves) as in harmony_view; masks and preferences of the guard are not asked.
        """
        line = guard.line()
        rows = []
        for chord, bass, halves in chords:
            rows.append(line.facts())
            line.add(chord, bass, halves, 0.0)
        if not rows:
            return []
        with torch.inference_mode():
            facts = torch.tensor([rows])
            said = torch.tensor([[(chord, length_of(halves), bass) for chord, bass, halves in chords]])
            heard, _ = self.model.hear(facts)
            shares = (
                log_shares(self.model.chord_logits(heard, facts)[0]),
                log_shares(self.model.length_logits(heard, facts, said[..., 0])[0]),
                log_shares(self.model.bass_logits(heard, facts, said[..., 0], said[..., 1])[0]),
            )
        chosen = said[0].tolist()
        return [a[c] + b[n] + d[e] for a, b, d, (c, n, e) in zip(*shares, chosen, strict=True)]

    def _write(self, guards: Sequence[Guard], streams: Sequence[Stream], draws: Draws) -> list[Written]:
        lines, state = self._begun(guards)
        active = [i for i, line in enumerate(lines) if not line.done]
        while active:
            facts = torch.tensor([[lines[i].facts()] for i in active])
            heard, state = self.model.hear(facts, state)
            shares = log_shares(self.model.chord_logits(heard, facts)[:, 0])
            chords = [
                _drawn(row, lines[i].chords(), streams[i], draws) for i, row in zip(active, shares, strict=True)
            ]
            said = torch.tensor(chords)[:, None]
            lengths = log_shares(self.model.length_logits(heard, facts, said)[:, 0])
            halves = [
                _drawn_length(row, lines[i].lengths(c), streams[i], draws)
                for i, c, row in zip(active, chords, lengths, strict=True)
            ]
            classes = torch.tensor([[length_of(h)] for h in halves])
            basses = log_shares(self.model.bass_logits(heard, facts, said, classes)[:, 0])
            for i, c, h, row, told in zip(active, chords, halves, basses, shares, strict=True):
                lines[i].add(c, _drawn(row, lines[i].basses(c), streams[i], draws), h, told[c])
            going = [k for k, i in enumerate(active) if not lines[i].done]
            if len(going) < len(active):
                active = [active[k] for k in going]
                state = state[:, going]
        return [line.written() for line in lines]

    def _begun(self, guards: Sequence[Guard]) -> tuple[list[Line], Tensor]:
        """Lines that have taken what their guards give, and the state after it, (1, lines, state).

        A guard that stands there several times is begun once.
        """
        size = self.model.config.state
        kinds = {id(guard): guard for guard in guards}
        begun = [guard.line() for guard in kinds.values()]
        rows = [line.begin() for line in begun]
        longest = max((len(facts) for facts in rows), default=0)
        states = [torch.zeros(size)] * len(rows)
        if longest:
            silence = [0] * WIDTH
            heard, _ = self.model.hear(torch.tensor([facts + [silence] * (longest - len(facts)) for facts in rows]))
            states = [heard[i, len(facts) - 1, :size] if facts else states[i] for i, facts in enumerate(rows)]
        place = {key: n for n, key in enumerate(kinds)}
        order = [place[id(guard)] for guard in guards]
        state = torch.stack([states[n] for n in order])[None] if order else torch.zeros(1, 0, size)
        return [begun[n].copy() for n in order], state


def _drawn(row: Sequence[float], options: dict[int, float], stream: Stream, draws: Draws) -> int:
    """One of the options, by its log-probability in `row` and what the guard adds to it."""
    names = list(options)
    return names[draw([row[n] + options[n] for n in names], stream, draws.temperature, draws.floor)]


def _drawn_length(row: Sequence[float], options: dict[int, float], stream: Stream, draws: Draws) -> int:
    """One of the lengths in halves; several of one class share its probability."""
    names = list(options)
    return names[draw([row[length_of(n)] + options[n] for n in names], stream, draws.temperature, draws.floor)]


@cache
def load() -> HarmonyNet:
    """The shipped model, read once a process. Raises ModelError where its weights are missing or damaged."""
    path = weights_path("harmony")
    sizes, state = load_weights(path, "harmony")
    known = {field.name for field in fields(HarmonyConfig)}
    if set(sizes) != known or not all(isinstance(value, int | float) for value in sizes.values()):
        raise ModelError(f"the weights '{path}' do not fit the model: sizes are {', '.join(sorted(known))}")
    model = HarmonyModel(HarmonyConfig(**sizes))  # type: ignore[arg-type]  # checked above
    fill(model, state, path)
    return HarmonyNet(model)
