"""The likeliest way through a piece: stretches of frames, each a state of a key (semi-Markov Viterbi).

Conventions: keys 0-11 are major, 12-23 minor by tonic; only the keys given are considered. States follow one another by
class; at a change of key the chord before is read in the new key, as a pivot is. After Sarawagi and Cohen,
"Semi-Markov conditional random fields" (2004), for the search.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from partimento.theory.analysis.decode_frames import Frames
from partimento.theory.analysis.decode_scores import NEVER, Scores, signature_distance
from partimento.theory.analysis.decode_states import vocabulary
from partimento.theory.analysis.decode_weights import Weights

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

WRITTEN_MINOR = np.float32(6.0)
"""What closing in the minor key that the source writes counts: as much as makes of a major triad its Picardy third and
no dominant. Not tuned: no analysed piece tells the mode it is written in."""


class Stretch(NamedTuple):
    """Frames `start` to `end`, a key 0-23, a state of its mode, an inversion 0-3."""

    start: int
    end: int
    key: int
    state: int
    inversion: int


class Steps(NamedTuple):
    """Tables of the chosen keys: `keys`, how many are `major`, what a `change` counts (to, from), the `order` of the
    sounds by class, each state's `sound`, its `slot` (the same; one past the last for padding), what it counts, its
    class. `order`, `slot` and `place` (of the class) count through rows of all keys, one sound more than there is."""

    keys: Ints
    major: int
    change: Floats
    order: Ints
    sound: Ints
    slot: Ints
    state: Floats
    group: Ints
    place: Ints


def steps_of(weights: Weights, keys: Ints) -> Steps:
    """The tables of the chosen keys, which are sorted."""
    words = vocabulary()
    modes = keys // 12
    interval = (keys[:, None] - keys[None, :]) % 12
    change = weights.change[modes[None, :], modes[:, None], interval]
    change[np.arange(len(keys)), np.arange(len(keys))] = NEVER
    sounds = words.group_of_sound.shape[1]
    rows = np.arange(len(keys))[:, None]
    order = np.argsort(words.group_of_sound[keys], axis=1, kind="stable") + rows * (sounds + 1)
    real = words.real[modes]
    state = np.where(real, weights.state[modes], NEVER)
    sound = words.sound[keys]
    slot = np.where(real, sound, sounds) + rows * (sounds + 1)
    group = words.group[modes]
    major = int((modes == 0).sum())
    return Steps(keys, major, change, order, sound, slot, state, group, group + rows * words.groups)


def _group_starts(mode: int) -> Ints:
    words = vocabulary()
    states = words.group[mode][words.real[mode]]
    return np.searchsorted(states, np.arange(states.max() + 1))


def _sound_starts(mode: int) -> Ints:
    """Where each class begins among the sounds sorted by class, the foreign ones last."""
    found = np.sort(vocabulary().group_of_sound[12 * mode])
    return np.searchsorted(found, [*range(_group_count(mode)), vocabulary().groups])


def _group_count(mode: int) -> int:
    return int(vocabulary().group[mode].max()) + 1


class Forward:
    """The best score of every state at every end, first to last."""

    def __init__(
        self, frames: Frames, scores: Scores, weights: Weights, keys: Ints, bonus: Floats | None = None
    ) -> None:
        self.frames, self.scores, self.weights = frames, scores, weights
        self.steps = steps_of(weights, keys)
        self.modes = keys // 12
        n, self.longest = scores.span.shape
        most = self.steps.sound.shape[1]
        self.bonus = None if bonus is None else np.concatenate(
            [np.zeros((1, len(keys), most), np.float32), np.cumsum(bonus[:, keys], axis=0)]
        )  # fmt: skip
        self.ended = np.full((n + 1, len(keys), most), NEVER, np.float32)
        self.begun = np.full((n, len(keys), most), NEVER, np.float32)
        self.arriving = self.weights.arrival[self.modes[:, None], self.steps.group]
        self.follow = [weights.follow[mode][:, : _group_count(mode)] for mode in (0, 1)]
        self.groups = [_group_starts(mode) for mode in (0, 1)]
        self.sounds = [_sound_starts(mode) for mode in (0, 1)]
        for t in range(n):
            self._begin(t)
            self._end(t)

    def _begin(self, s: int) -> None:
        """What every state has when it begins at frame s."""
        steps, weights = self.steps, self.weights
        opening = weights.opening[self.modes[:, None], steps.group] + steps.state
        enter = self.scores.enter[s][steps.keys]
        if s == 0:
            self.begun[0] = opening + enter[:, None]
            return
        if self.frames.opening[s]:
            best = self.ended[s].max(axis=1)
            moved = (best[None, :] + steps.change).max(axis=1) + enter + weights.place[1]
            self.begun[s] = np.maximum(best, moved)[:, None] + opening
            return
        stay = self._by_class(s)
        moved_by_class = self._changed(s) + (enter + weights.place[2 if self.frames.arrival[s] else 0])[:, None]
        best_by_class = np.maximum(stay, moved_by_class)
        entered = best_by_class.take(steps.place)
        same = self.ended[s] + weights.same[int(self.frames.strength[s] >= 3)]
        self.begun[s] = np.maximum(entered, same) + steps.state

    def _by_class(self, s: int) -> Floats:
        """(keys, classes): the best way into each class within the key."""
        out = np.full((len(self.modes), vocabulary().groups), NEVER, np.float32)
        for mode, rows in self.blocks():
            real = int(vocabulary().real[mode].sum())
            best = np.maximum.reduceat(self.ended[s, rows, :real], self.groups[mode], axis=1)
            follow = self.follow[mode]
            out[rows, : follow.shape[1]] = (best[:, :, None] + follow[None, : follow.shape[1]]).max(axis=1)
        return out

    def _changed(self, s: int) -> Floats:
        """(keys, classes): the best way into each class from another key, the chord before read in this one."""
        steps = self.steps
        sounds = vocabulary().group_of_sound.shape[1]
        heard = np.full((len(self.modes), sounds + 1), NEVER, np.float32)
        heard.reshape(-1)[steps.slot] = self.ended[s]
        out = np.full((len(self.modes), vocabulary().groups), NEVER, np.float32)
        come = (heard[None] + steps.change[:, :, None]).max(axis=1)
        come = come.take(steps.order)
        for mode, rows in self.blocks():
            best = np.maximum.reduceat(come[rows], self.sounds[mode], axis=1)
            follow = self.follow[mode]
            count = follow.shape[1]
            known = np.concatenate([follow[:count], follow[-1:]])
            out[rows, :count] = (best[:, :, None] + known[None]).max(axis=1)
        return out

    def blocks(self) -> list[tuple[int, slice]]:
        """The modes that are there, each with the rows of its keys."""
        major = self.steps.major
        blocks = [(0, slice(0, major)), (1, slice(major, len(self.modes)))]
        return [(mode, rows) for mode, rows in blocks if rows.stop > rows.start]

    def _end(self, t: int) -> None:
        """The best of all stretches whose last frame is t."""
        reach = min(self.longest, t + 1)
        starts = t - np.arange(reach)
        scores, steps = self.scores, self.steps
        tried = scores.sound[t, :reach][:, steps.sound] + self.begun[starts]
        key = scores.key[t + 1][steps.keys] - scores.key[starts][:, steps.keys]
        tried += (key + scores.span[t, :reach, None])[:, :, None]
        arrives = scores.arrives[t, :reach]
        if arrives.any():
            tried[arrives] += self.arriving
        if self.bonus is not None:
            tried += self.bonus[t + 1] - self.bonus[starts]
        self.ended[t + 1] = tried.max(axis=0)

    def _length(self, end: int, key: int, state: int) -> int:
        """How many frames the best stretch of a state has that ends before frame `end`."""
        reach = min(self.longest, end)
        starts = end - 1 - np.arange(reach)
        scores, number = self.scores, self.steps.keys[key]
        tried = scores.sound[end - 1, :reach, self.steps.sound[key, state]] + self.begun[starts, key, state]
        tried += scores.key[end, number] - scores.key[starts, number] + scores.span[end - 1, :reach]
        tried += scores.arrives[end - 1, :reach] * self.arriving[key, state]
        if self.bonus is not None:
            tried += self.bonus[end, key, state] - self.bonus[starts, key, state]
        return int(tried.argmax()) + 1

    def closing(self) -> Floats:
        """(keys, states): what closing in a key and class counts."""
        told = self.frames.signature[-1:]
        out: Floats = self.weights.final[self.modes[:, None], self.steps.group]
        if told[0] < 99:
            distance = signature_distance(told)[0][self.steps.keys % 12]
            out = out + self.weights.signature[2][self.modes, distance][:, None]
        if self.frames.minor >= 0:
            out = out + np.where(self.steps.keys == 12 + self.frames.minor, WRITTEN_MINOR, np.float32(0))[:, None]
        return out

    def path(self) -> tuple[list[Stretch], float]:
        """The best way, first to last, and its score."""
        scores = self.ended[-1] + self.closing()
        key, state = (int(i) for i in np.unravel_index(scores.argmax(), scores.shape))
        total = float(scores[key, state])
        out: list[Stretch] = []
        end = len(self.frames.eighths)
        while True:
            length = self._length(end, key, state)
            start = end - length
            inversion = int(self.scores.inversion[end - 1, length - 1, self.steps.sound[key, state]])
            out.append(Stretch(start, end, int(self.steps.keys[key]), state, inversion))
            if start == 0:
                return out[::-1], total
            key, state = self._came_from(start, key, state)
            end = start

    def _came_from(self, s: int, key: int, state: int) -> tuple[int, int]:
        steps, weights = self.steps, self.weights
        ended = self.ended[s]
        enter = self.scores.enter[s][steps.keys[key]]
        if self.frames.opening[s]:
            tried = ended + (steps.change[key] + enter + weights.place[1])[:, None]
            tried[key] = ended[key]
        else:
            mode = int(self.modes[key])
            group = int(steps.group[key, state])
            read = vocabulary().group_of_sound[steps.keys[key]][steps.sound]
            follow = weights.follow[mode][read, group]
            moved = steps.change[key] + enter + weights.place[2 if self.frames.arrival[s] else 0]
            tried = ended + follow + moved[:, None]
            tried[key] = ended[key] + weights.follow[mode][steps.group[key], group]
            again = ended[key, state] + weights.same[int(self.frames.strength[s] >= 3)]
            tried[key, state] = max(again, tried[key, state])
        found = np.unravel_index(tried.argmax(), tried.shape)
        return int(found[0]), int(found[1])
