"""The likeliest lines that a search as wide as asked finds: no draws.

Convention: lines are compared by nats a choice (onset, value, pitch), the guard's included: they differ in
length.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from partimento.composer.neural.melody import Ask, Guard, Line
from partimento.composer.neural.melody_desk import Desk, given_by_bar
from partimento.composer.neural.melody_features import END, VALUES
from partimento.composer.neural.melody_module import MelodyModule
from partimento.composer.neural.melody_writing import (
    Pen,
    Weigh,
    classes_of,
    guarded,
    onset_rows,
    pitch_rows,
    places_of,
    sing,
    take_given,
    turn_page,
    value_rows,
    weigh_onset,
    weigh_pitch,
    weigh_value,
)
from partimento.composer.neural.sampling import NEVER


@dataclass(frozen=True, slots=True)
class Branch:
    """A line of the search: its pen, nats and choices so far, the row of the batch it came from."""

    pen: Pen
    total: float
    choices: int
    parent: int

    @property
    def worth(self) -> float:
        """Nats a choice."""
        return self.total / max(1, self.choices)


Option = tuple[Branch, int, float, float]


def beam(
    module: MelodyModule, ask: Ask, guard: Guard | None, width: int, rhythm: Sequence[tuple[int, int]] | None
) -> list[Line]:
    """See MelodyNet.beam."""
    if width < 1:
        raise ValueError(f"a search {width} wide: 1 is the least")
    with torch.inference_mode():
        desk = Desk(module, ask)
        pen = Pen(desk.course.copy())
        pen.course.open_bar(desk.first)
        given = None if rhythm is None else given_by_bar(desk, rhythm)
        branches, state, done = [Branch(pen, 0.0, 0, 0)], desk.states(1), list[Branch]()
        while branches:
            hidden, state = desk.step([b.pen.course.event() for b in branches], state)
            branches = [Branch(b.pen, b.total, b.choices, i) for i, b in enumerate(branches)]
            if given is None:
                turned, noted = _onsets(desk, hidden, branches, guard, width)
                noted = _values(desk, hidden, noted, guard, width) if noted else []
            else:
                turned, noted = [], []
                for b in branches:
                    (noted if take_given(b.pen, given) else turned).append(b)
            if noted:
                noted = _pitches(desk, hidden, noted, guard, width, given is not None)
            going = [b for b in turned if turn_page(desk, b.pen)]
            done += [b for b in turned if not any(b is g for g in going)]
            branches = _kept([*going, *noted], width)
            kept = torch.tensor([b.parent for b in branches], dtype=torch.long)
            state = (state[0][:, kept], state[1][:, kept])
        return [b.pen.line() for b in _kept(done, width)]


def _kept(branches: Sequence[Branch], width: int) -> list[Branch]:
    return sorted(branches, key=lambda b: -b.worth)[:width]


def _options(
    branch: Branch, row: Sequence[float], classes: Sequence[int], weigh: Weigh | None, width: int
) -> list[Option]:
    """The best classes of a row: (branch, class, its share, its nats with the guard's)."""
    weighed = guarded(row, classes, weigh)
    best = sorted((i for i in classes if weighed[i] > NEVER / 2), key=lambda i: (-weighed[i], i))[:width]
    return [(branch, i, row[i], weighed[i]) for i in best]


def _chosen(options: Sequence[Option], width: int) -> list[tuple[Branch, int, float]]:
    """The best options as branches of their own, with class and share."""
    ranked = sorted(options, key=lambda o: -(o[0].total + o[3]) / (o[0].choices + 1))[:width]
    return [(Branch(b.pen.copy(), b.total + n, b.choices + 1, b.parent), i, s) for b, i, s, n in ranked]


def _onsets(
    desk: Desk, hidden: Tensor, branches: Sequence[Branch], guard: Guard | None, width: int
) -> tuple[list[Branch], list[Branch]]:
    """(branches whose bar is over, branches with a place for a note)."""
    options: list[Option] = []
    for b, row in zip(branches, onset_rows(desk, hidden, [b.pen for b in branches]), strict=True):
        options += _options(b, row, places_of(desk, b.pen), weigh_onset(guard, desk, b.pen), width)
    turned: list[Branch] = []
    noted: list[Branch] = []
    for b, place, share in _chosen(options, width):
        b.pen.waiting += share
        b.pen.place = place
        (turned if place == END else noted).append(b)
    return turned, noted


def _values(desk: Desk, hidden: Tensor, branches: Sequence[Branch], guard: Guard | None, width: int) -> list[Branch]:
    options: list[Option] = []
    rows = value_rows(desk, hidden[[b.parent for b in branches]], [b.pen for b in branches])
    for b, row in zip(branches, rows, strict=True):
        options += _options(b, row, range(len(VALUES)), weigh_value(guard, desk, b.pen), width)
    out = []
    for b, value, share in _chosen(options, width):
        b.pen.waiting += share
        b.pen.take_value(value)
        out.append(b)
    return out


def _pitches(
    desk: Desk, hidden: Tensor, branches: Sequence[Branch], guard: Guard | None, width: int, alone: bool
) -> list[Branch]:
    options: list[Option] = []
    rows = pitch_rows(desk, hidden[[b.parent for b in branches]], [b.pen for b in branches])
    for b, row in zip(branches, rows, strict=True):
        options += _options(b, row, classes_of(desk, b.pen), weigh_pitch(guard, desk, b.pen), width)
    out = []
    for b, pitch, share in _chosen(options, width):
        sing(desk, b.pen, pitch, share, alone)
        out.append(b)
    return out
