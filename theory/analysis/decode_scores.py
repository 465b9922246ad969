"""Scores: how well each sound explains each stretch of frames, in which inversion, and what each key says of it.

Conventions: stretches by their end: `[t, j]` is the stretch of j + 1 frames whose last is frame t; impossible ones
score NEVER. A sound is a root and a kind of chord (`decode_states`).
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from partimento.theory.analysis.decode_frames import KINDS, Frames
from partimento.theory.analysis.decode_states import KINDS_OF_CHORD, TONICS, member_steps
from partimento.theory.analysis.decode_weights import DURATIONS, Weights

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

NEVER = np.float32(-1e9)
HEARD = 0.05
"""Eighths of sounding time from which a tone counts as heard."""
_NK = len(KINDS_OF_CHORD)


class Scores(NamedTuple):
    """`sound` (n, longest, sounds) of a stretch with its best inversion; `inversion` of the same shape which one;
    `span` (n, longest) what its place and length count; `arrives` (n, longest) whether a phrase ends in it;
    `key` (n + 1, 24) the sum of what the frames before say for each key; `enter` (n, 24) for a key that begins."""

    sound: Floats
    inversion: NDArray[np.int8]
    span: Floats
    arrives: NDArray[np.bool_]
    key: Floats
    enter: Floats


@cache
def _members() -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Of each kind: the role of each step (4 for none), the step of each role, whether it has a seventh."""
    role = np.full((_NK, 12), 4, np.int64)
    step = np.zeros((_NK, 4), np.int64)
    has = np.zeros(_NK, np.bool_)
    for kind in range(_NK):
        steps = member_steps(kind)
        for i, one in enumerate(steps):
            role[kind, one] = i
            step[kind, i] = one
        has[kind] = len(steps) > 3
    return role, step, has


@cache
def _turned() -> Ints:
    """(12 pitch classes, 12 roots): the step of the pitch class above the root."""
    return (np.arange(12)[:, None] - np.arange(TONICS)[None, :]) % 12


def note_table(weights: Weights) -> Floats:
    """(KINDS * 12, sounds): what an eighth of each tone counts for each sound."""
    role, _, _ = _members()
    by_kind = weights.note[None] + weights.line[:, (role == 4).astype(np.int64)]
    # (KINDS, kinds of chord, 12 steps) to (KINDS, 12 pitch classes, 12 roots, kinds of chord)
    table = by_kind[:, :, _turned()].transpose(0, 2, 3, 1)
    return np.ascontiguousarray(table.reshape(KINDS * 12, TONICS * _NK))


def missing_table(weights: Weights) -> Floats:
    """(12, sounds): what an unheard pitch class counts for each sound."""
    role, _, has = _members()
    padded = np.concatenate([weights.missing, np.zeros((2, 1), np.float32)], axis=1)
    by_step = padded[has.astype(np.int64)[:, None], role]
    return np.ascontiguousarray(by_step[:, _turned()].transpose(1, 2, 0).reshape(12, TONICS * _NK))


def scores_of(frames: Frames, weights: Weights, longest: int, bass_bonus: Floats | None = None) -> Scores:
    """The scores of all stretches of at most `longest` frames; `bass_bonus` (n, 12) adds to a bass, frame by frame."""
    n = len(frames.eighths)
    amount = frames.amount.reshape(n, KINDS * 12)
    summed = _before(amount @ note_table(weights))
    heard = _before(frames.amount.sum(axis=1))
    missing = missing_table(weights)
    bonus = _before(np.zeros((n, 12), np.float32) if bass_bonus is None else bass_bonus)
    ended = np.concatenate([[0], np.cumsum(frames.arrival)])
    sound = np.full((n, longest, TONICS * _NK), NEVER, np.float32)
    inversion = np.zeros((n, longest, TONICS * _NK), np.int8)
    arrives = np.zeros((n, longest), np.bool_)
    lowest = np.full(n, 128, np.int64)
    for j in range(min(longest, n)):
        t = np.arange(j, n)
        s = t - j
        lowest = np.minimum(lowest[1:] if j else lowest, frames.lowest[s])
        unheard = (heard[t + 1] - heard[s] < HEARD).astype(np.float32)
        turned, best = _basses(frames.bass[s], lowest, bonus[t + 1] - bonus[s], weights)
        sound[t, j] = summed[t + 1] - summed[s] + unheard @ missing + turned
        inversion[t, j] = best
        arrives[t, j] = ended[t + 1] > ended[s]
    return Scores(sound, inversion, _spans(frames, weights, longest), arrives, *_keys(frames, weights))


def _before(values: Floats) -> Floats:
    """Sums of all rows before each row, and of all."""
    return np.concatenate([np.zeros((1, values.shape[1]), np.float32), np.cumsum(values, axis=0, dtype=np.float32)])


def _basses(first: Ints, lowest: Ints, bonus: Floats, weights: Weights) -> tuple[Floats, NDArray[np.int8]]:
    """(n, sounds): what the best inversion counts, and which it is."""
    rows = np.arange(len(first))
    at_first = np.zeros((len(first), 13), np.float32)
    at_first[rows, first] = 1.0
    at_lowest = np.zeros((len(first), 13), np.float32)
    at_lowest[rows, np.where(lowest < 128, lowest % 12, 12)] = 1.0
    _, step, has = _members()
    found = np.full((4, len(first), TONICS, _NK), NEVER, np.float32)
    roots = np.arange(TONICS)
    for i in range(4):
        heard = weights.bass[0, i] * at_first[:, :12] + weights.bass[1, i] * at_lowest[:, :12] + bonus
        able = np.flatnonzero(has) if i == 3 else np.arange(_NK)
        places = (roots[:, None] + step[able, i][None, :]) % 12
        found[i][:, :, able] = heard[:, places] + weights.inversion[able, i]
    best = found.argmax(axis=0).astype(np.int8)
    return found.max(axis=0).reshape(len(first), -1), best.reshape(len(first), -1)


def duration_class(eighths: Floats) -> Ints:
    """The class of each duration in eighths."""
    return np.searchsorted(np.array(DURATIONS, np.float32), eighths)


def _spans(frames: Frames, weights: Weights, longest: int) -> Floats:
    n = len(frames.eighths)
    span = np.full((n, longest), NEVER, np.float32)
    ends = np.concatenate([[0.0], np.cumsum(frames.eighths)])
    for j in range(min(longest, n)):
        t = np.arange(j, n)
        s = t - j
        strong = (frames.strength[s] >= 2).astype(np.int64)
        span[t, j] = (
            weights.begin[frames.strength[s]]
            + weights.begin_arrival[0] * frames.arrival[s]
            + weights.length[strong, duration_class((ends[t + 1] - ends[s]).astype(np.float32))]
        )
    return span


def signature_distance(signature: Ints) -> Ints:
    """(n, 12): how many fifths each tonic lies above the signature's major tonic, 0-11."""
    return (np.arange(12)[None, :] * 7 - signature[:, None]) % 12


def _keys(frames: Frames, weights: Weights) -> tuple[Floats, Floats]:
    told = (frames.signature < 99).astype(np.float32)[:, None]
    distance = signature_distance(frames.signature)
    heard = frames.amount.sum(axis=1)
    by_mode, entering = [], []
    for mode in (0, 1):
        profile = weights.degree[mode][_turned()]
        by_mode.append(heard @ profile + told * frames.eighths[:, None] * weights.signature[0, mode][distance])
        entering.append(told * weights.signature[1, mode][distance])
    return _before(np.concatenate(by_mode, axis=1)), np.concatenate(entering, axis=1).astype(np.float32)
