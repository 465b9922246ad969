"""States: the chords of a major and of a minor key as numerals, and the classes in which they follow one another.

Conventions: a sound is a root (0-11) and a kind of KINDS_OF_CHORD, numbered root * len(KINDS_OF_CHORD) + kind. The
tonic six-four is a kind of its own, since it goes its own ways. Of numerals that sound alike the list has one.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from partimento.theory.chord_quality import QUALITIES
from partimento.theory.key import Key
from partimento.theory.roman import chord_of

Ints = NDArray[np.int64]

KINDS_OF_CHORD = (
    "", "m", "dim", "aug", "7", "maj7", "m7", "mmaj7", "m7b5", "dim7", "It6", "Fr6", "Ger6", "64", "m64",
)  # fmt: skip
"""Qualities, then the tonic six-four of major and minor."""

SIX_FOURS = {"64": "", "m64": "m"}

MAJOR = {
    "I": "I Imaj7 I+ I7", "I64": "I64", "ii": "ii ii7", "iii": "iii iii7", "IV": "IV IVmaj7 IV7", "V": "V V+ v v7",
    "V7": "V7", "vi": "vi vi7", "vii": "viio viiø7 viio7", "/ii": "V/ii V7/ii viio/ii viio7/ii",
    "/iii": "V/iii V7/iii viio/iii viio7/iii viiø7/iii", "/IV": "viio/IV viio7/IV",
    "/V": "V/V V7/V viio/V viio7/V viiø7/V", "/vi": "V/vi V7/vi viio7/vi V+/vi", "+6": "It6 Fr6 Ger6", "bII": "bII",
    "mixed": "iv iv7 iio iiø7 i i64", "flat": "bVI bIII bVII bVII7 bVImaj7 viio/vi",
}  # fmt: skip
MINOR = {
    "I": "i i7 immaj7", "I64": "i64", "ii": "iio iiø7 ii ii7", "III": "III IIImaj7", "IV": "iv iv7", "IVmaj": "IV IV7",
    "V": "V V+ III+", "V7": "V7", "v": "v v7", "VI": "VI VImaj7", "VII": "VII VII7", "vii": "viio viio7 viiø7",
    "/IV": "I7 viio/iv viio7/iv", "/V": "V/V V7/V viio/V viio7/V viiø7/V", "/VI": "V7/VI viio/VI viio7/VI",
    "+6": "It6 Fr6 Ger6", "bII": "bII bIImaj7", "picardy": "I I64", "vi": "#viø7 #vio VI7",
}  # fmt: skip
TONICS = 12


class State(NamedTuple):
    """A chord of a mode: its numeral in root position, root above the tonic, kind, class."""

    numeral: str
    root: int
    kind: int
    group: int


class Vocabulary(NamedTuple):
    """All states, for keys 0-11 major and 12-23 minor by tonic, padded to one length with state 0 of the mode.

    `states` a list a mode; `sound` (24, most) each state's sound; `group` (2, most); `real` (2, most) which are not
    padding; `groups` their number; `group_of_sound` (24, sounds) the class that a sound has in a key, `groups` where
    it has none.
    """

    states: tuple[tuple[State, ...], tuple[State, ...]]
    sound: Ints
    group: Ints
    real: NDArray[np.bool_]
    groups: int
    group_of_sound: Ints


@cache
def vocabulary() -> Vocabulary:
    """The one vocabulary."""
    modes = (_states(MAJOR, Key.parse("C major")), _states(MINOR, Key.parse("C minor")))
    most = max(map(len, modes))
    groups = max(len(MAJOR), len(MINOR))
    kinds = len(KINDS_OF_CHORD)
    sound = np.zeros((24, most), np.int64)
    group = np.zeros((2, most), np.int64)
    real = np.zeros((2, most), np.bool_)
    of_sound = np.full((24, TONICS * kinds), groups, np.int64)
    for mode, states in enumerate(modes):
        for i, state in enumerate(states):
            group[mode, i] = state.group
            real[mode, i] = True
            for tonic in range(TONICS):
                number = (state.root + tonic) % 12 * kinds + state.kind
                sound[mode * 12 + tonic, i] = number
                of_sound[mode * 12 + tonic, number] = state.group
        for i in range(len(states), most):
            sound[mode * 12 : mode * 12 + 12, i] = sound[mode * 12 : mode * 12 + 12, 0]
    return Vocabulary(modes, sound, group, real, groups, of_sound)


def _states(groups: dict[str, str], key: Key) -> tuple[State, ...]:
    out: list[State] = []
    seen: set[tuple[int, int]] = set()
    for group, numerals in enumerate(groups.values()):
        for numeral in numerals.split():
            chord = chord_of(numeral, key)
            six_four = numeral in ("I64", "i64")
            kind = chord.quality + "64" if six_four else chord.quality
            place = chord.root.number, KINDS_OF_CHORD.index(kind)
            if place in seen:
                raise ValueError(f"{numeral} is in the list already")
            seen.add(place)
            out.append(State("I" if numeral == "I64" else "i" if numeral == "i64" else numeral, *place, group))
    return tuple(out)


@cache
def member_steps(kind: int) -> tuple[int, ...]:
    """The semitones above the root of a kind's root, third, fifth and seventh (or augmented sixth), as it has them."""
    quality = KINDS_OF_CHORD[kind]
    return tuple(fifths * 7 % 12 for fifths in QUALITIES[SIX_FOURS.get(quality, quality)].values())
