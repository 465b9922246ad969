"""A small gradient-boosted discriminator: can our songs be told from people's by their features? AUC by song.

Convention: label 1 is the other set, 0 the reference; every song is scored by a model that has not seen it.
Trees of depth two on quantile bins, logistic loss (Friedman, Annals of Statistics 29, 2001).
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from partimento.benchmarks.music.overlap import COMPARED, Floats, Values

BINS = 16
Ints = NDArray[np.int64]


def auc(scores: Floats, labels: Floats) -> float:
    """Return the area under the ROC curve: the chance that a 1 scores above a 0, ties counting half."""
    ones, zeros = scores[labels == 1], scores[labels == 0]
    above = (ones[:, None] > zeros[None, :]).mean()
    return float(above + 0.5 * (ones[:, None] == zeros[None, :]).mean())


def discriminate(reference: Sequence[Values], other: Sequence[Values], seed: int = 0, folds: int = 5) -> float:
    """Return the cross-validated AUC of telling ``other`` from ``reference``; the larger set is cut to the smaller.

    Features that either set lacks altogether are left out; single missing values take the column's median, so that
    being NaN does not give a song away.
    """
    rng = random.Random(seed)
    count = min(len(reference), len(other))
    chosen = [*rng.sample(list(reference), count), *rng.sample(list(other), count)]
    table = np.array([[row[name] for name in COMPARED] for row in chosen], dtype=np.float64)
    labels = np.repeat([0.0, 1.0], count)
    kept = [
        i
        for i in range(table.shape[1])
        if min(np.isfinite(table[:count, i]).mean(), np.isfinite(table[count:, i]).mean()) >= 0.5
    ]
    table = table[:, kept]
    table = np.where(np.isnan(table), np.nanmedian(table, axis=0), table)
    fold_of = np.array([i % folds for i in range(count)] * 2)
    for half in (slice(0, count), slice(count, 2 * count)):
        order = list(range(count))
        rng.shuffle(order)
        fold_of[half] = fold_of[half][order]
    scores = np.zeros(2 * count)
    for fold in range(folds):
        train, test = fold_of != fold, fold_of == fold
        scores[test] = _fit_and_score(table[train], labels[train], table[test])
    return auc(scores, labels)


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
