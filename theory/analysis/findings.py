"""What an analysis says: spans in ticks, each with how sure it is (0-1) and the runner-up where one is close."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from partimento.theory.chord import Chord
from partimento.theory.key import Key
from partimento.theory.meter import Meter


class KeySpan(NamedTuple):
    """A local key from `start` to `end`; `second` is the next likeliest there, None where none is close.

    `kind` tells how it is come by: "home", "pivot", "direct", "chromatic", "enharmonic", "common-tone", "return".
    """

    start: int
    end: int
    key: Key
    sure: float = 1.0
    second: Key | None = None
    kind: str = "home"


class ChordSpan(NamedTuple):
    """A chord from `start` to `end` in its local key; `numeral` is read by `theory.roman`, "" where `chord` is None.

    `second` is the next likeliest reading as (key, numeral, chord), None where none is close. `pivot` is the numeral in
    the key before, where the chord belongs to both, else "". `role` is "" or what a six-four is: "cadential",
    "passing", "pedal", "arpeggiated".
    """

    start: int
    end: int
    key: Key
    numeral: str
    chord: Chord | None
    sure: float = 1.0
    second: tuple[Key, str, Chord] | None = None
    pivot: str = ""
    role: str = ""


CADENCES = ("PAC", "IAC", "IAC-inverted", "HC", "Phrygian", "DC", "PC", "viio-I", "evaded")
"""Perfect and imperfect authentic, the latter also from or to an inversion; half, Phrygian half, deceptive, plagal,
vii°-I, evaded."""


class FoundCadence(NamedTuple):
    """A close: `kind` of CADENCES, from the penultimate chord's `start` to its `arrival`, in `key`; `chords` its
    numerals."""

    start: int
    arrival: int
    kind: str
    key: Key
    chords: tuple[str, ...]
    sure: float = 1.0


class FoundPhrase(NamedTuple):
    """A phrase; `idea` letters as in a Song's phrases ("a", "a'", "b"); `cadence` indexes the cadences."""

    start: int
    end: int
    idea: str
    cadence: int | None = None


class FoundSection(NamedTuple):
    """A section by repetition: "A", "A'", "B" ...; `name` is the source's own label, "" where it has none."""

    start: int
    end: int
    label: str
    name: str = ""
    sure: float = 1.0


NON_CHORD = (
    "passing", "neighbour", "double-neighbour", "cambiata", "appoggiatura", "suspension", "retardation",
    "anticipation", "escape", "pedal", "free",
)  # fmt: skip


class NonChordTone(NamedTuple):
    """A tone that is not of its chord: `tone` indexes the piece's tones, `kind` is of NON_CHORD; `accented` where it
    stands on a stronger beat than its resolution; `figure` of a suspension as "4-3"."""

    tone: int
    kind: str
    accented: bool = False
    figure: str = ""


class MeterCheck(NamedTuple):
    """What the accents say of the meter: the written one, the likeliest, and whether all seems shifted by `shift`."""

    written: Meter
    found: Meter
    shift: int = 0
    sure: float = 1.0


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that was found. `key` is the whole piece's, with `key_second` where one is close; `keys` and `chords` lie end
    to end; `pattern` is "loop", "blues", "drone", "functional", "modal" or "none": how the harmony goes, so that a loop
    is called a loop; `loop` its numerals where there is one; `notices` say what the analysis could not tell."""

    key: Key
    key_sure: float
    key_second: Key | None
    keys: tuple[KeySpan, ...]
    chords: tuple[ChordSpan, ...]
    cadences: tuple[FoundCadence, ...] = ()
    phrases: tuple[FoundPhrase, ...] = ()
    sections: tuple[FoundSection, ...] = ()
    non_chord: tuple[NonChordTone, ...] = ()
    meter: MeterCheck | None = None
    pattern: str = "none"
    loop: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
