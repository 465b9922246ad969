"""Which keys are worth trying in a piece: those that explain some passage nearly as well as the best key there.

Conventions: keys 0-11 are major, 12-23 minor, by tonic. Passages are WINDOW eighths long. On pieces set apart for
tuning the keys tried hold all of the analysts' keys in chorales and 98 % (by time) in songs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from partimento.theory.analysis.decode_frames import Floats, Frames

WINDOW = 10.0
_FEWEST, _MOST, _EIGHTHS_A_KEY = 8, 16, 60
_MAJOR = (1.0, -2.0, 0.6, -1.2, 0.9, 0.6, -1.0, 0.9, -1.5, 0.6, -0.9, 0.6)
_MINOR = (1.0, -1.5, 0.6, 0.9, -2.0, 0.6, -1.2, 0.9, 0.6, -0.6, 0.3, 0.5)
_DISTANCE = 0.15
_TWICE = 0.25


def keys_to_try(frames: Frames) -> NDArray[np.int64]:
    """The keys, sorted: 8 for a short piece, more for a longer one, 16 at most."""
    loss = _best_loss(frames)
    count = min(_MOST, _FEWEST + int(frames.eighths.sum()) // _EIGHTHS_A_KEY)
    return np.sort(np.argsort(loss, kind="stable")[:count])


def _best_loss(frames: Frames) -> Floats:
    """(24): how far each key lies behind the best one where it does best, and in its best twentieth of passages."""
    n = len(frames.eighths)
    turned = (np.arange(12)[:, None] - np.arange(12)[None, :]) % 12
    heard = frames.amount.sum(axis=1)
    fits = np.concatenate([heard @ np.array(profile)[turned] for profile in (_MAJOR, _MINOR)], axis=1)
    before = np.concatenate([np.zeros((1, 24)), np.cumsum(fits, axis=0)])
    ends = np.concatenate([[0.0], np.cumsum(frames.eighths)])
    until = np.minimum(np.searchsorted(ends, ends[:-1] + WINDOW), n)
    value = (before[until] - before[:-1]) / (ends[until] - ends[:-1])[:, None]
    told = frames.signature < 99
    for mode in (0, 1):
        fifths = (np.arange(12)[None, :] * 7 - frames.signature[:, None] - 3 * mode) % 12
        value[:, 12 * mode : 12 * mode + 12] -= _DISTANCE * told[:, None] * np.minimum(fifths, 12 - fifths)
    behind = np.sort(value.max(axis=1, keepdims=True) - value, axis=0)
    out: Floats = behind[0] + _TWICE * behind[: max(1, n // 20)].mean(axis=0)
    return out
