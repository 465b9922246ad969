"""The texture model: a causal net that writes a pianist's part from chords and melody, note by note.

Conventions: what it sees is in texture_view.py: a bag of indices before each choice. One step of the net takes the note
just written and yields the time to the next; given that, its pitch; given that, its length. What was written before is
taken in by blocks that each look back twice as far as the last, 64 notes in all; older bars are in the bag.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn

from partimento.composer.neural.sampling import log_shares
from partimento.composer.neural.shipped import weights_path
from partimento.composer.neural.texture_view import CODES, DURATIONS, STEPS, WHAT, WHEN
from partimento.learning.nets.weights import fill, load_weights
from partimento.theory.errors import ModelError

if TYPE_CHECKING:
    from partimento.arrangement.net_texture import Sheet, Struck, Taken
    from partimento.score.stream import Stream

State = tuple[Tensor, ...]
"""What each block has taken in, as far back as it looks: (n, dilation, width)."""


@dataclass(frozen=True, slots=True)
class Config:
    """Sizes: of bags and blocks, of the blocks' and heads' middle layers; how far back each block looks."""

    width: int = 160
    middle: int = 288
    head: int = 224
    blocks: tuple[int, ...] = (1, 2, 4, 8, 16, 32)
    dropout: float = 0.0


class Block(nn.Module):
    """A residual layer over the present note and the one `back` notes ago."""

    def __init__(self, config: Config, back: int) -> None:
        super().__init__()
        self.back = back
        self.norm = nn.LayerNorm(config.width)
        self.inner = nn.Linear(2 * config.width, config.middle)
        self.outer = nn.Linear(config.middle, config.width)
        self.drop = nn.Dropout(config.dropout)

    def forward(self, rows: Tensor, before: Tensor) -> tuple[Tensor, Tensor]:
        """(n, t, width) and what came before (n, back, width) to the next rows and what comes before the next."""
        if rows.shape[1] == 1:  # a step while composing: the same, with less to copy
            now = self.norm(rows)
            inner = self.inner(torch.cat((before[:, :1], now), -1))
            return rows + self.outer(nn.functional.gelu(inner)), torch.cat((before[:, 1:], now), 1)
        known = torch.cat((before, self.norm(rows)), 1)
        pair = torch.cat((known[:, : rows.shape[1]], known[:, self.back :]), -1)
        out = rows + self.drop(self.outer(nn.functional.gelu(self.inner(pair))))
        return out, known[:, rows.shape[1] :]


class Texture(nn.Module):
    """Bags of features, causal blocks over notes, and heads for time, pitch and length."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.when = nn.EmbeddingBag(WHEN.size, width, mode="sum", padding_idx=0)
        self.what = nn.EmbeddingBag(WHAT.size, width, mode="sum", padding_idx=0)
        self.pitch = nn.Embedding(CODES + 1, width)
        self.length = nn.Embedding(len(DURATIONS), width)
        self.blocks = nn.ModuleList(Block(config, back) for back in config.blocks)
        self.last = nn.LayerNorm(width)
        self.heads = nn.ModuleList(_head(2 * width, config.head, n) for n in (STEPS, CODES + 1, len(DURATIONS)))
        for table in (self.when, self.what, self.pitch, self.length):
            nn.init.normal_(table.weight, std=0.15)
        with torch.no_grad():
            self.when.weight[0].zero_()
            self.what.weight[0].zero_()

    def see(self, table: nn.EmbeddingBag, rows: Tensor) -> Tensor:
        """The summed embeddings of rows of indices into `when` or `what`: (..., k) to (..., width)."""
        found: Tensor = table(rows.reshape(-1, rows.shape[-1]))
        return found.view(*rows.shape[:-1], -1)

    def begin(self, n: int) -> State:
        """The state before anything is written, for n parts at once."""
        return tuple(torch.zeros(n, back, self.config.width) for back in self.config.blocks)

    def nothing(self, n: int) -> Tensor:
        """The hidden rows (n, width) before the first note."""
        return torch.zeros(n, self.config.width)

    def advance(self, what: Tensor, code: Tensor, length: Tensor, state: State) -> tuple[Tensor, State]:
        """Hidden rows (n, t, width) after written notes, and the state; `what` is seen already."""
        rows = what + self.pitch(code) + self.length(length)
        after = []
        for block, before in zip(self.blocks, state, strict=True):
            rows, known = block(rows, before.to(rows.device))
            after.append(known)
        return self.last(rows), tuple(after)

    def time(self, hidden: Tensor, when: Tensor) -> Tensor:
        """Logits of the step to the next note, (..., STEPS); `when` is seen already."""
        return self._ask(0, hidden, when)

    def note(self, hidden: Tensor, what: Tensor) -> Tensor:
        """Logits of its code, (..., CODES + 1)."""
        return self._ask(1, hidden, what)

    def lasting(self, hidden: Tensor, what: Tensor, code: Tensor) -> Tensor:
        """Logits of its length, (..., len(DURATIONS))."""
        return self._ask(2, hidden, what + self.pitch(code))

    def _ask(self, head: int, hidden: Tensor, bag: Tensor) -> Tensor:
        found: Tensor = self.heads[head](torch.cat((hidden, bag), -1))
        return found


def _head(wide: int, middle: int, classes: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(wide, middle), nn.GELU(), nn.Linear(middle, classes))


class TextureNet:
    """The pianist of arrangement/net_texture.py, over a trained model; it keeps nothing between two songs."""

    def __init__(self, model: Texture) -> None:
        self.model = model

    @torch.inference_mode()
    def begin(self, n: int) -> tuple[Tensor, State]:
        """Hidden rows and state of n parts of which nothing is written."""
        return self.model.nothing(n), self.model.begin(n)

    @torch.inference_mode()
    def steps(self, hidden: Tensor, rows: Sequence[Sequence[int]]) -> list[list[float]]:
        """Log-shares of the time to the next note, a row of STEPS a part."""
        model = self.model
        return log_shares(model.time(hidden, model.see(model.when, torch.tensor(rows))))

    @torch.inference_mode()
    def codes(self, hidden: Tensor, rows: Sequence[Sequence[int]]) -> tuple[list[list[float]], Tensor]:
        """Log-shares of the note's code, and what was seen, for `lengths` and `advance`."""
        model = self.model
        seen = model.see(model.what, torch.tensor(rows))
        return log_shares(model.note(hidden, seen)), seen

    @torch.inference_mode()
    def lengths(self, hidden: Tensor, seen: Tensor, codes: Sequence[int]) -> list[list[float]]:
        """Log-shares of its length, a row of len(DURATIONS) a part."""
        return log_shares(self.model.lasting(hidden, seen, torch.tensor(codes)))

    @torch.inference_mode()
    def advance(self, seen: Tensor, codes: Sequence[int], lengths: Sequence[int], state: State) -> tuple[Tensor, State]:
        """Hidden rows and state after the chosen notes."""
        note = torch.tensor(codes)[:, None], torch.tensor(lengths)[:, None]
        hidden, state = self.model.advance(seen[:, None], *note, state)
        return hidden[:, 0], state

    def write(
        self, sheet: Sheet, stream: Stream, count: int, temperature: float
    ) -> tuple[tuple[Struck, ...], tuple[Taken, ...]]:
        """The Pianist's answer: composer/neural/texture_writing.py."""
        from partimento.composer.neural.texture_writing import written

        return written(self, sheet, stream, count, temperature)


@cache
def load() -> TextureNet:
    """The net with the shipped weights, read once; ModelError where they are missing or damaged."""
    path = weights_path("texture")
    sizes, state = load_weights(path, "texture")
    try:
        model = Texture(config_of(sizes))
    except (TypeError, KeyError, ValueError, RuntimeError) as error:
        raise ModelError(f"the weights '{path}' have a config of another version: {error}") from None
    fill(model, state, path)
    return TextureNet(model)


def config_of(sizes: dict[str, object]) -> Config:
    """The Config that a file's header tells."""
    known = cast(dict[str, Any], sizes)
    return Config(**{**known, "blocks": tuple(known["blocks"])})
