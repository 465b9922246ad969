"""The drums model: how loud and how late each stroke of a plain grid is played, and what a drummer strikes next.

Conventions: a grid is a row a step, four steps a quarter (sixteenths) or three (triplet eighths), 4/4 in the main; its
columns are CLASSES. Velocities are MIDI's, times milliseconds, late positive.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

CLASSES = (
    "kick", "snare", "rim", "hat", "hat_open", "hat_pedal", "ride", "bell", "crash", "tom1", "tom2", "tom3",
)  # fmt: skip
"""Pieces in the order in which one step's strokes are decided: kick, snare, then what keeps time, then the rest."""
STYLES = (
    "other", "rock", "pop", "punk", "funk", "soul", "hiphop", "jazz", "jazzfunk", "neworleans", "afrocuban", "latin",
    "brazilian", "samba", "afrobeat", "reggae", "country", "gospel", "blues", "shuffle",
)  # fmt: skip
"""Learned styles; "other" stands for the rare rest."""
SLOTS = 7
"""Places in a beat: 0 to 3 sixteenths, 4 to 6 triplets."""
BEATS = 6
BARS = 8
"""Bars are counted round by eights: grooves turn by fours and eights."""
VELOCITY = 40.0
DELAY = 20.0
"""Units of the outputs: about the spread of velocities, and of times in ms."""


@dataclass(frozen=True, slots=True)
class DrumsConfig:
    """Sizes: width of inputs, of each direction of the feel's GRU (two layers) and of the groove's (two layers)."""

    width: int = 48
    feel: int = 72
    groove: int = 128
    dropout: float = 0.25


class Places(nn.Module):
    """What is known of every step before its strokes: place in beat and bar, tempo, style, whether a fill."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.place = nn.Embedding(SLOTS * BEATS, width)
        self.bar = nn.Embedding(BARS, width)
        self.style = nn.Embedding(len(STYLES), width)
        self.fill = nn.Embedding(2, width)
        self.pace = nn.Linear(2, width)

    def forward(self, codes: Tensor, step_ms: Tensor) -> Tensor:
        """(n, steps, width) of `codes` (n, steps, 4: slot + 7 beat, bar, style, fill) and `step_ms` (n,)."""
        pace = torch.log2(step_ms / 125.0)
        tables = (self.place, self.bar, self.style, self.fill)
        known = torch.stack([table(codes[..., i]) for i, table in enumerate(tables)]).sum(0)
        found: Tensor = known + self.pace(torch.stack((pace, pace * pace), dim=-1)).unsqueeze(1)
        return found


class FeelNet(nn.Module):
    """A grid to five figures a stroke: velocity, lateness on the swung and on the plain grid, and two spreads."""

    def __init__(self, config: DrumsConfig) -> None:
        super().__init__()
        self.places = Places(config.width)
        self.strokes = nn.Linear(len(CLASSES), config.width)
        self.gru = nn.GRU(config.width, config.feel, 2, batch_first=True, bidirectional=True, dropout=config.dropout)
        self.drop = nn.Dropout(config.dropout)
        self.out = nn.Linear(2 * config.feel, 5 * len(CLASSES))

    def forward(self, codes: Tensor, step_ms: Tensor, hits: Tensor, lengths: Tensor) -> Tensor:
        """(n, steps, 12, 5) for `hits` (n, steps, 12) of 0 and 1, `lengths` (n,) of them being there.

        The five: velocity and two delays (medians), spreads (mean absolute residuals) of velocity and delay.
        """
        known = torch.relu(self.places(codes, step_ms) + self.strokes(hits))
        packed = nn.utils.rnn.pack_padded_sequence(known, lengths, batch_first=True, enforce_sorted=False)
        state, _ = nn.utils.rnn.pad_packed_sequence(self.gru(packed)[0], batch_first=True, total_length=hits.shape[1])
        raw = self.out(self.drop(state)).unflatten(-1, (len(CLASSES), 5))
        velocity = 60.0 + VELOCITY * raw[..., 0]
        spreads = nn.functional.softplus(raw[..., 3:]) * torch.tensor((VELOCITY / 2, DELAY))
        return torch.cat((velocity.unsqueeze(-1), DELAY * raw[..., 1:3], spreads), dim=-1)


class GrooveNet(nn.Module):
    """What is struck at a step, given all steps before it: a Bernoulli for each piece, each knowing those before it."""

    def __init__(self, config: DrumsConfig) -> None:
        super().__init__()
        self.places = Places(config.width)
        self.strokes = nn.Linear(len(CLASSES), config.width, bias=False)
        self.gru = nn.GRU(config.width, config.groove, 2, batch_first=True, dropout=config.dropout)
        self.drop = nn.Dropout(config.dropout)
        self.out = nn.Linear(config.groove + config.width, len(CLASSES))
        self.among = nn.Parameter(torch.zeros(len(CLASSES), len(CLASSES)))

    def forward(
        self, codes: Tensor, step_ms: Tensor, before: Tensor, state: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """(logits before the step's own strokes count, (n, steps, 12), and the GRU's state).

        `before` (n, steps, 12): what was struck a step earlier. `within` adds what the step's own strokes change.
        """
        known = torch.relu(self.places(codes, step_ms) + self.strokes(before))
        found, state = self.gru(known, state)
        return self.out(torch.cat((self.drop(found), known), dim=-1)), state

    def within(self) -> Tensor:
        """(12, 12): what a stroke on piece j adds to the logit of piece i; nonzero where j comes before i."""
        return torch.tril(self.among, -1)


class DrumsModule(nn.Module):
    """Both nets, stored as one."""

    def __init__(self, config: DrumsConfig) -> None:
        super().__init__()
        self.config = config
        self.feel = FeelNet(config)
        self.groove = GrooveNet(config)

    def sizes(self) -> dict[str, object]:
        """The configuration, as it is stored beside the weights."""
        return asdict(self.config)
