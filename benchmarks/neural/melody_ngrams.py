"""What the melody net is held against: the same events, told by counts of the two before.

Convention: events are `Encoded.targets` of the melody net's data. Onset tokens (places, ends of bars), values and
pitches are predicted in the net's chain; impossible places are left out and the rest is shared anew, as there.
Smoothing is Witten-Bell's, its weight tuned on every tenth piece of the training set.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partimento.composer.neural.melody_data import Encoded
from partimento.composer.neural.melody_features import END, PITCHES, PLACES, VALUES

Contexts = tuple[Hashable, ...]
Seen = tuple[Contexts, int]
CLASSES = {"onset": PLACES + 1, "value": len(VALUES), "pitch": PITCHES}
WEIGHTS = (0.3, 0.6, 1.0, 1.5, 2.5, 4.0, 6.0)


@dataclass(slots=True)
class Backoff:
    """Counts by contexts, longest first; each is smoothed by the next, the last by all classes alike."""

    classes: int
    weight: float = 1.0
    counts: list[dict[Hashable, NDArray[Any]]] = field(default_factory=list)
    known: dict[Contexts, NDArray[Any]] = field(default_factory=dict)

    def count(self, seen: Iterable[Seen]) -> None:
        """Count what came after which contexts."""
        for contexts, found in seen:
            while len(self.counts) < len(contexts):
                self.counts.append({})
            for table, context in zip(self.counts, contexts, strict=True):
                if context not in table:
                    table[context] = np.zeros(self.classes, np.float32)
                table[context][found] += 1

    def shares(self, contexts: Contexts) -> NDArray[Any]:
        """Probabilities of all classes after contexts, longest first."""
        if contexts in self.known:
            return self.known[contexts]
        level = len(self.counts) - len(contexts)
        below = self.shares(contexts[1:]) if len(contexts) > 1 else np.full(self.classes, 1 / self.classes)
        seen = self.counts[level].get(contexts[0])
        if seen is not None:
            kinds = self.weight * np.count_nonzero(seen)
            below = (seen + kinds * below) / (seen.sum() + kinds)
        self.known[contexts] = below
        return below

    def tuned(self, seen: Sequence[Seen]) -> Backoff:
        """The same counts with the weight under which `seen` is likeliest."""
        tried = []
        for weight in WEIGHTS:
            other = Backoff(self.classes, weight, self.counts)
            tried.append((sum(-float(np.log(other.shares(c)[x])) for c, x in seen), weight))
        return Backoff(self.classes, min(tried)[1], self.counts)


def events(piece: Encoded, order: int, by_step: bool = False) -> dict[str, list[Seen]]:
    """Each kind's contexts, longest first, and what came; `order` events before are told (0, 1 or 2).

    `by_step` tells pitches by the intervals before, else by the pitches themselves, above the tonic.
    """
    out: dict[str, list[Seen]] = {"onset": [], "value": [], "pitch": []}
    tokens: list[Hashable] = [-1, -1]
    values, pitches = [-1, -1], [-1, -1, -1]
    for place, value, pitch in piece.targets[:, :3].tolist():
        timed = (tokens[-1], values[-1])
        out["onset"].append((_chain(order, (*timed, tokens[-2]), timed), place))
        tokens = [tokens[-1], place]
        if place == END:
            continue
        out["value"].append((_chain(order, (place, values[-1], values[-2]), (place, values[-1])), value))
        if by_step:
            steps = tuple(b - a for a, b in zip(pitches, pitches[1:], strict=False))
            out["pitch"].append((_chain(order, (pitches[-1], *steps), (pitches[-1], steps[-1])), pitch))
        else:
            out["pitch"].append((_chain(order, (pitches[-1], pitches[-2]), (pitches[-1],)), pitch))
        values, pitches = [values[-1], value], [*pitches[1:], pitch]
    return out


def _chain(order: int, longest: Hashable, shorter: Hashable) -> Contexts:
    return ((longest, 2), (shorter, 1), "all")[2 - order :]


def learn(pieces: Sequence[Encoded], order: int, by_step: bool = False) -> dict[str, Backoff]:
    """Counts of pieces, their smoothing tuned on every tenth piece, which is then counted, too."""
    tuning: dict[str, list[Seen]] = defaultdict(list)
    models = {name: Backoff(classes) for name, classes in CLASSES.items()}
    for i, piece in enumerate(pieces):
        for name, seen in events(piece, order, by_step).items():
            if i % 10:
                models[name].count(seen)
            else:
                tuning[name] += seen
    out = {}
    for name, model in models.items():
        out[name] = model.tuned(tuning[name][:40_000])
        out[name].count(tuning[name])
    return out


def nats(models: dict[str, Backoff], pieces: Sequence[Encoded], order: int, by_step: bool = False) -> dict[str, float]:
    """Nats a note of onset tokens, values and pitches."""
    sums = dict.fromkeys(CLASSES, 0.0)
    notes = 0
    for piece in pieces:
        found = events(piece, order, by_step)
        notes += len(found["pitch"])
        for (contexts, place), (low, beyond) in zip(found["onset"], piece.targets[:, 3:].tolist(), strict=True):
            shares = models["onset"].shares(contexts)
            sums["onset"] -= float(np.log(shares[place] / (shares[low:beyond].sum() + shares[END])))
        for name in ("value", "pitch"):
            sums[name] -= sum(float(np.log(models[name].shares(contexts)[x])) for contexts, x in found[name])
    return {name: value / max(1, notes) for name, value in sums.items()}
