"""A discriminator: can our songs be told from people's by their features and their melodies' tokens? AUC by song.

Convention: label 1 is the other set, 0 the reference; every song is scored by a model that has not seen it. Trees of
depth two on quantile bins, logistic loss (Friedman, Annals of Statistics 29, 2001), over the features and, for each
view of the tokens, the score of a ridge classifier on square roots of counts. What the trees learn of that score was
given by classifiers that had not seen the song either (stacking: Wolpert, Neural Networks 5, 1992).

It counts as a judge only where it hears what it should, in the mean over splits: people against people 0.42-0.55,
people against people with a tenth of the melody's notes moved at least 0.95. A hundred songs a side leave a single
split uncertain by 0.04; below 0.5 is cross-validation's own bias, for what is held out is always the rarer kind.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from partimento.benchmarks.music.overlap import COMPARED, Floats, Values
from partimento.benchmarks.music.tokens import SIZE, VIEWS, Bag

BINS = 16
RIDGE = 0.3
"""The ridge's weight beside songs of length 1; 1.0 tells moved notes a little less well."""
INNER = 5
Ints = NDArray[np.int64]


class Described(NamedTuple):
    """A piece as its features and its melody's bags of tokens by view."""

    values: Values
    bags: dict[str, Bag]


def is_judge(people: float, moved: float) -> bool:
    """Whether mean AUCs of people against people and against people with moved notes let it judge anybody else."""
    return 0.42 <= people <= 0.55 and moved >= 0.95


def auc(scores: Floats, labels: Floats) -> float:
    """Return the area under the ROC curve: the chance that a 1 scores above a 0, ties counting half."""
    ones, zeros = scores[labels == 1], scores[labels == 0]
    above = (ones[:, None] > zeros[None, :]).mean()
    return float(above + 0.5 * (ones[:, None] == zeros[None, :]).mean())


def discriminate(
    reference: Sequence[Described], other: Sequence[Described], seed: int = 0, folds: int = 5, tokens: bool = True
) -> float:
    """Return the cross-validated AUC of telling ``other`` from ``reference``; the larger set is cut to the smaller.

    Features that either set lacks altogether are left out, and so are views of the tokens; single missing values take
    the column's median, so that being NaN does not give a song away. Without ``tokens`` the features judge alone.
    """
    rng = random.Random(seed)
    count = min(len(reference), len(other))
    chosen = [*rng.sample(list(reference), count), *rng.sample(list(other), count)]
    labels = np.repeat([0.0, 1.0], count)
    table = _table([row.values for row in chosen], count)
    views = _views([row.bags for row in chosen], count) if tokens else []
    fold_of = _dealt(count, folds, rng)
    inner_of = _dealt(count, INNER, rng)
    scores = np.zeros(2 * count)
    for fold in range(folds):
        train, test = fold_of != fold, fold_of == fold
        heard, unheard = table[train], table[test]
        for view in views:
            known, new = _stacked(view[train], labels[train], inner_of[train], view[test])
            heard, unheard = np.column_stack([heard, known]), np.column_stack([unheard, new])
        scores[test] = _fit_and_score(heard, labels[train], unheard)
    return auc(scores, labels)


def _dealt(count: int, folds: int, rng: random.Random) -> Ints:
    """A fold for each of ``count`` songs of either set, as evenly as may be, in random order."""
    dealt = np.array([i % folds for i in range(count)] * 2)
    for half in (slice(0, count), slice(count, 2 * count)):
        order = list(range(count))
        rng.shuffle(order)
        dealt[half] = dealt[half][order]
    return dealt


def _table(rows: Sequence[Values], count: int) -> Floats:
    table = np.array([[row[name] for name in COMPARED] for row in rows], dtype=np.float64)
    sure = np.isfinite(table).astype(np.float64)
    table = table[:, np.minimum(sure[:count].mean(axis=0), sure[count:].mean(axis=0)) >= 0.5]
    return np.where(np.isnan(table), np.nanmedian(table, axis=0), table)


def _views(rows: Sequence[dict[str, Bag]], count: int) -> list[Floats]:
    """Each view as square roots of counts, a row a song, of length 1: songs are then near by Hellinger's distance."""
    found = []
    for view in VIEWS:
        table = np.zeros((len(rows), SIZE))
        for row, bags in zip(table, rows, strict=True):
            bag = bags.get(view, {})
            row[list(bag)] = list(bag.values())
        some = table.sum(axis=1) > 0
        if min(some[:count].mean(), some[count:].mean()) >= 0.5:
            table = np.sqrt(table)
            found.append(table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-9))
    return found


def _stacked(train: Floats, labels: Floats, inner: Ints, test: Floats) -> tuple[Floats, Floats]:
    """A ridge classifier's scores of the training songs, each by one that has not seen it, and of the test songs."""
    known = np.zeros(len(train))
    for fold in range(INNER):
        here = inner == fold
        if here.any() and not here.all():
            known[here] = _ridge(train[~here], labels[~here], train[here])
    return known, _ridge(train, labels, test)


def _ridge(train: Floats, labels: Floats, test: Floats) -> Floats:
    """Scores by ridge regression on the labels, solved among songs, which are fewer than tokens."""
    weights = np.linalg.solve(train @ train.T + RIDGE * np.eye(len(train)), labels - labels.mean())
    scores: Floats = test @ (train.T @ weights)
    return scores


def _fit_and_score(train: Floats, labels: Floats, test: Floats, rounds: int = 120, rate: float = 0.1) -> Floats:
    """Boost ``rounds`` trees on ``train`` and return the log odds of ``test``'s rows."""
    edges = np.quantile(train, np.linspace(0, 1, BINS + 1)[1:-1], axis=0)
    binned = np.stack([np.searchsorted(edges[:, j], train[:, j], side="right") for j in range(train.shape[1])], axis=1)
    unseen = np.stack([np.searchsorted(edges[:, j], test[:, j], side="right") for j in range(test.shape[1])], axis=1)
    odds, score = np.zeros(len(train)), np.zeros(len(test))
    for _ in range(rounds):
        share = 1 / (1 + np.exp(-odds))
        gradient, weight = labels - share, share * (1 - share)
        feature, cut = _best_split(binned, gradient, weight)
        for left in (True, False):
            here = (binned[:, feature] <= cut) == left
            there = (unseen[:, feature] <= cut) == left
            if here.sum() < 8:
                continue
            second, low = _best_split(binned[here], gradient[here], weight[here])
            for below in (True, False):
                leaf = here & ((binned[:, second] <= low) == below)
                if not leaf.any():
                    continue
                step = rate * gradient[leaf].sum() / (weight[leaf].sum() + 1.0)
                odds[leaf] += step
                score[there & ((unseen[:, second] <= low) == below)] += step
    return score


def _best_split(binned: Ints, gradient: Floats, weight: Floats) -> tuple[int, int]:
    """Return (feature, highest bin of the left side) of the split that gains most."""
    rows, columns = binned.shape
    flat = (binned + np.arange(columns) * BINS).ravel()
    left_g = np.bincount(flat, np.repeat(gradient, columns), columns * BINS).reshape(columns, BINS).cumsum(axis=1)
    left_w = np.bincount(flat, np.repeat(weight, columns), columns * BINS).reshape(columns, BINS).cumsum(axis=1)
    right_g, right_w = left_g[:, -1:] - left_g, left_w[:, -1:] - left_w
    gain = left_g**2 / (left_w + 1.0) + right_g**2 / (right_w + 1.0)
    feature, cut = divmod(int(np.argmax(gain)), BINS)
    return feature, cut
