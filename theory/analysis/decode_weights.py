"""Weights: what the decoder counts each observation for; log-linear, tuned by `benchmarks/analysis/tune.py`.

Conventions: natural logarithms, up to a common factor. Arrays are indexed by mode (0 major, 1 minor), by class and kind
of chord as `decode_states` has them, by role (0 root, 1 third, 2 fifth, 3 seventh).
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from partimento.theory.analysis.decode_states import KINDS_OF_CHORD, SIX_FOURS, member_steps, vocabulary
from partimento.theory.analysis.decode_tables import TABLES

Floats = NDArray[np.float32]

DURATIONS = (1.5, 2.5, 3.5, 4.5, 6.5, 8.5)
"""Bounds, in eighths, of the classes of a chord's duration."""


_BLUES_SEVENTH, _BLUES_STAYS = 5.0, 8.0
"""How much more a seventh on I or IV counts in the blues, how much less another key; by hand."""

BY_TEXTURE = ("line", "missing", "bass", "place", "same", "begin", "length")


class Weights(NamedTuple):
    """By texture (2) first: `line` (KINDS, 2) more for a tone of that line, of the chord or foreign; `missing` (2, 4)
    a role unheard in triads and sevenths; `bass` (2, 4) the inversion of the first, the lowest bass; `place`
    (3) a change of key within, opening, arriving; `same` (2) the same chord again on a weak, a strong place;
    `begin` (5) by strength; `length` (2, classes of duration) of chords begun on a weak, a strong place. The
    same for all: `note` (kinds, 12) an eighth of a tone so far above the root; `inversion` (kinds, 4); `degree`
    (2, 12) an eighth of a tone above the tonic; `signature` (3, 2, 12) a key by its distance from the signature
    along the fifths: an eighth of it, entering it, ending in it; `state` (2, states); `arrival`, `opening`,
    `final` (2, classes); `follow` (2, classes + 1, classes), the last row after a chord foreign to the key;
    `change` (2, 2, 12) from mode to mode by interval; `begin_arrival` (1) where a phrase ends."""

    note: Floats
    line: Floats
    missing: Floats
    inversion: Floats
    bass: Floats
    degree: Floats
    signature: Floats
    state: Floats
    arrival: Floats
    opening: Floats
    final: Floats
    follow: Floats
    change: Floats
    place: Floats
    same: Floats
    begin: Floats
    begin_arrival: Floats
    length: Floats

    def of(self, texture: int) -> Weights:
        """The weights for one texture, without that index; parts of the same arrays."""
        return self._replace(**{name: getattr(self, name)[texture] for name in BY_TEXTURE})


@cache
def tuned_weights() -> Weights:
    """The weights as tuned, from `decode_tables`."""
    plain = plain_weights()
    return Weights(
        *(
            np.asarray(np.array(TABLES[name].split(), np.float32) / 100, np.float32).reshape(array.shape)
            for name, array in zip(Weights._fields, plain, strict=True)
        )
    )


def blues_weights(weights: Weights) -> Weights:
    """The weights for music of dominant sevenths: those of I and IV are chords of rest there, that of II is none; it
    begins and ends at home, and one key lasts."""
    state, opening, final = weights.state.copy(), weights.opening.copy(), weights.final.copy()
    names = [one.numeral for one in vocabulary().states[0]]
    for seventh, more in (("I7", _BLUES_SEVENTH), ("IV7", _BLUES_SEVENTH), ("V7/V", -_BLUES_SEVENTH)):
        state[0, names.index(seventh)] += more
    home = vocabulary().states[0][names.index("I7")].group
    opening[0, home] += _BLUES_SEVENTH
    final[0, home] += _BLUES_SEVENTH
    return weights._replace(state=state, opening=opening, final=final, change=weights.change - _BLUES_STAYS)


def plain_weights() -> Weights:
    """Weights by hand, from which tuning starts."""
    words = vocabulary()
    groups = words.groups
    kinds = len(KINDS_OF_CHORD)
    note = np.full((kinds, 12), -1.5)
    for kind in range(kinds):
        for step in member_steps(kind):
            note[kind, step] = 0.5
    inversion = np.tile(np.array([0.0, -0.5, -1.5, -1.0]), (kinds, 1))
    for name in SIX_FOURS:
        inversion[KINDS_OF_CHORD.index(name)] = (-1e3, -1e3, 0.0, -1e3)
    degree = np.full((2, 12), -0.5)
    for mode, steps in enumerate(((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10, 11))):
        degree[mode, list(steps)] = 0.1
    distance = np.minimum(np.arange(12), 12 - np.arange(12))
    signature = np.zeros((3, 2, 12))
    signature[:, 0] = -0.1 * distance
    signature[:, 1] = np.roll(-0.1 * distance, 3)
    change = np.full((2, 2, 12), -6.0)
    lines = np.array([[0.0, 0.0], [-0.2, 0.9], [-0.2, 0.9], [-0.2, 0.6], [-0.2, 0.6]])
    missing = np.array([[-1.0, -1.5, -0.2, 0.0], [-1.0, -1.0, 0.0, -1.5]])
    bass = np.array([[1.0] * 4, [0.5] * 4])
    return Weights(
        *(
            array.astype(np.float32)
            for array in (
                note, np.tile(lines, (2, 1, 1)), np.tile(missing, (2, 1, 1)), inversion, np.tile(bass, (2, 1, 1)),
                degree, signature, np.where(words.real, 0.0, -1e3), np.zeros((2, groups)), np.zeros((2, groups)),
                np.zeros((2, groups)), np.zeros((2, groups + 1, groups)), change, np.tile([0.0, 3.0, 0.0], (2, 1)),
                np.tile([0.0, 0.5], (2, 1)), np.tile([-2.5, -1.5, 0.0, 0.3, 0.5], (2, 1)), np.zeros(1),
                np.zeros((2, 2, len(DURATIONS) + 1)),
            )
        )
    )  # fmt: skip
