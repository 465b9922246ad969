"""What is to come: the best score of every state from every place to the end, and so how likely each reading is.

Conventions: as in `decode_path`, whose mirror image this is. A reading's likelihood is that of the best way that has it
(a max-marginal), made a share by a softmax whose temperature is set so that of the readings called 70 % sure seven in
ten are the analyst's, on pieces held back from tuning.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from partimento.theory.analysis.decode_path import Forward, Stretch
from partimento.theory.analysis.decode_scores import NEVER
from partimento.theory.analysis.decode_states import vocabulary

Floats = NDArray[np.float32]

CHORD_TEMPERATURE = (0.55, 0.95)
KEY_TEMPERATURE = (1.0, 2.2)
"""By texture (`Frames.texture`): of a chord in its key, of a key whatever its chords."""


class Backward:
    """`after` (n + 1, keys, states): what the best continuation of a stretch that ends there counts."""

    def __init__(self, forward: Forward) -> None:
        self.forward = forward
        self.after = np.full_like(forward.ended, NEVER)
        self.after[-1] = forward.closing()
        n = len(forward.frames.eighths)
        for s in range(n - 1, 0, -1):
            self.after[s] = self._into(s, self._go(s))

    def _go(self, s: int) -> Floats:
        """(keys, states): the best of all stretches that begin at frame s, and what follows them."""
        forward = self.forward
        scores, steps = forward.scores, forward.steps
        reach = min(forward.longest, len(forward.frames.eighths) - s)
        j = np.arange(reach)
        tried = scores.sound[s + j, j][:, steps.sound] + self.after[s + j + 1]
        key = scores.key[s + j + 1][:, steps.keys] - scores.key[s][steps.keys]
        tried += (key + scores.span[s + j, j][:, None])[:, :, None]
        arrives = scores.arrives[s + j, j]
        if arrives.any():
            tried[arrives] += forward.arriving
        if forward.bonus is not None:
            tried += forward.bonus[s + j + 1] - forward.bonus[s]
        best: Floats = tried.max(axis=0)
        return best

    def _into(self, s: int, go: Floats) -> Floats:
        """(keys, states): what a stretch that ends before frame s has from the best step onward."""
        forward = self.forward
        steps, weights = forward.steps, forward.weights
        enter = forward.scores.enter[s][steps.keys]
        go = go + steps.state
        if forward.frames.opening[s]:
            best = (go + weights.opening[forward.modes[:, None], steps.group]).max(axis=1)
            moved = ((best + enter + weights.place[1])[:, None] + steps.change).max(axis=0)
            either: Floats = np.maximum(best, moved)
            return np.repeat(either[:, None], go.shape[1], axis=1)
        groups = vocabulary().groups
        most = vocabulary().group_of_sound.shape[1]
        stay = np.full((len(steps.keys), groups), NEVER, np.float32)
        heard = np.full((len(steps.keys), most + 1), NEVER, np.float32)
        place = weights.place[2 if forward.frames.arrival[s] else 0]
        for mode, rows in forward.blocks():
            real = int(vocabulary().real[mode].sum())
            follow = forward.follow[mode]
            count = follow.shape[1]
            best = np.maximum.reduceat(go[rows, :real], forward.groups[mode], axis=1)
            by_class = (best[:, None, :] + follow[None]).max(axis=2)
            stay[rows, :count] = by_class[:, :count]
            read = vocabulary().group_of_sound[steps.keys[rows]]
            heard[rows, :most] = np.take_along_axis(by_class, read, axis=1) + (enter[rows] + place)[:, None]
        come = (heard[:, None, :] + steps.change[:, :, None]).max(axis=0)
        out = np.maximum(stay.take(steps.place), come.take(steps.slot))
        again: Floats = np.maximum(out, go + weights.same[int(forward.frames.strength[s] >= 3)])
        return again

    def readings(self, part: Stretch) -> Floats:
        """(keys, states): the score of the best way that has each reading for a stretch's frames."""
        forward = self.forward
        s, t = part.start, part.end
        j = t - 1 - s
        scores, steps = forward.scores, forward.steps
        key = scores.key[t][steps.keys] - scores.key[s][steps.keys]
        total = forward.begun[s] + self.after[t] + scores.sound[t - 1, j][steps.sound]
        total = total + (key + scores.span[t - 1, j])[:, None]
        if scores.arrives[t - 1, j]:
            total = total + forward.arriving
        if forward.bonus is not None:
            total = total + forward.bonus[t] - forward.bonus[s]
        out: Floats = np.where(vocabulary().real[forward.modes], total, NEVER)
        return out


def likelihoods(readings: Floats, temperature: float) -> Floats:
    """The readings as shares of 1."""
    raised = np.exp((readings - readings.max()) / temperature)
    out: Floats = raised / raised.sum()
    return out
