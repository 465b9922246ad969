"""Tables of a music benchmark as Markdown. Convention: NaN prints as a dash; means and quantiles are over pieces."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from partimento.benchmarks.music.features import FEATURES, GROUP_OF, GROUPS, NAMES
from partimento.benchmarks.music.overlap import Values, column


class Spread(NamedTuple):
    """A feature over a set: how many pieces have it, 10th percentile, mean, 90th percentile, standard deviation."""

    size: int
    p10: float
    mean: float
    p90: float
    sd: float

    def holds(self, value: float) -> bool:
        """Whether ``value`` lies in p10 to p90."""
        return self.p10 <= value <= self.p90


def spreads(rows: Sequence[Values]) -> dict[str, Spread]:
    """Return every feature's spread over a set, those that no piece has left out."""
    found = {}
    for name in NAMES:
        values = column(rows, name)
        if len(values):
            low, high = np.quantile(values, [0.1, 0.9])
            found[name] = Spread(len(values), float(low), float(values.mean()), float(high), float(values.std()))
    return found


def figure(value: float, places: int = 3) -> str:
    """Return a number as printed; a dash for NaN."""
    return "–" if math.isnan(value) else f"{value:.{places}f}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table, the first column left-aligned and the others right-aligned."""
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def group_means(values: Values) -> Values:
    """Return each group's mean overlap; NaN for a group without figures."""
    means = {}
    for group in GROUPS:
        found = [v for n, v in values.items() if GROUP_OF[n] == group and not math.isnan(v)]
        means[group] = math.fsum(found) / len(found) if found else math.nan
    return means


def human_table(human: dict[str, Spread]) -> str:
    """Return the table of human spreads, with each feature's group and definition."""
    rows = [
        (f"`{f.name}`", f.group, figure(s.p10), figure(s.mean), figure(s.p90), figure(s.sd), f.definition)
        for f in FEATURES
        if (s := human.get(f.name))
    ]
    return table(("feature", "group", "p10", "mean", "p90", "SD", "what"), rows)


def genre_table(ours: dict[str, Spread], human: dict[str, Spread], shared: Values, distance: Values) -> str:
    """Return our features beside the human ones, marked ``out`` where our mean leaves the human p10-p90."""
    rows = []
    for feature in FEATURES:
        own, other = ours.get(feature.name), human.get(feature.name)
        if own is None:
            continue
        if other is None:
            rows.append(
                (f"`{feature.name}`", feature.group, figure(own.mean), figure(own.sd), "–", "–", "–", "", "–", "–")
            )
            continue
        rows.append(
            (
                f"`{feature.name}`",
                feature.group,
                figure(own.mean),
                figure(own.sd),
                figure(other.p10),
                figure(other.mean),
                figure(other.p90),
                "in" if other.holds(own.mean) else "**out**",
                figure(shared.get(feature.name, math.nan), 2),
                figure(distance.get(feature.name, math.nan), 2),
            )
        )
    head = ("feature", "group", "ours", "SD", "human p10", "mean", "p90", "", "overlap", "KL")
    return table(head, rows)
