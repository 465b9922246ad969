"""Choosing from a model's logits so that the same seed chooses the same everywhere on one kind of CPU.

Convention: log-probabilities are rounded to 1/256 nat before anything is chosen; masks and preferences are added as
nats; weights are integers, and draws come from a Stream.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

import torch
from torch import Tensor

from partimento.score.stream import Stream

GRAIN = 256
"""Steps a nat: what is finer than that may differ between machines' sums, and is not asked."""
NEVER = -1e9
"""What a mask adds to forbid a choice."""


def log_shares(logits: Tensor) -> list[list[float]]:
    """Rounded log-probabilities, (n, classes), of logits of that shape."""
    rows = torch.log_softmax(logits.float(), dim=-1)
    found: list[list[float]] = ((rows * GRAIN).round() / GRAIN).tolist()
    return found


def draw(row: Sequence[float], stream: Stream, temperature: float = 1.0, floor: float = 0.0) -> int:
    """An index drawn from log-weights; NEVER and below are not drawn.

    `floor` leaves out what has less than that share of the likeliest (min-p, 0 to 1). Raises ValueError where all are
    forbidden.
    """
    top = max(row)
    if top <= NEVER / 2:
        raise ValueError("nothing may be chosen")
    weights = [exp(max(-60.0, (v - top) / temperature)) if v > NEVER / 2 else 0.0 for v in row]
    whole = [int(w * (1 << 24) + 0.5) if w >= floor else 0 for w in weights]
    return stream.weighted(range(len(whole)), whole)


def best(row: Sequence[float]) -> int:
    """The likeliest index, the first of equals."""
    return max(range(len(row)), key=lambda i: (row[i], -i))
