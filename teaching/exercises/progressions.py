"""Progressions by level: numerals in major and minor that a class of that level reads and writes.

Conventions: numerals as `theory.roman` reads them; every one goes by the usual syntax (Aldwell and Schachter, Harmony
and Voice Leading, chapters 6-30) and closes as its cadence says. All can be sung in four voices without a fault in
every key, which the tests hold them to.
"""

from __future__ import annotations

from functools import cache

from partimento.score.stream import Stream
from partimento.teaching.exercises.voicing import Four, voiced
from partimento.theory.chord import Chord
from partimento.theory.key import Key
from partimento.theory.pitch import PitchClass, pitch_class
from partimento.theory.roman import chord_of

MAJOR: tuple[tuple[str, ...], ...] = (
    ("I IV V I", "I V I V", "I ii V I", "I IV I V", "I vi ii V", "I vi IV V", "I V vi IV", "I IV ii V",
     "I ii V vi", "I vi V I", "I IV V vi", "I V I IV"),
    ("I V6 I V7", "I I6 IV V", "I viio6 I6 V", "I ii6 V I", "I V6 I ii6", "I I6 ii6 V7", "I IV6 V6 I",
     "I6 IV V7 I", "I V7 vi IV", "I viio6 I6 IV", "I I6 V7 I", "vi ii6 V7 I"),
    ("I V65 I V43", "I ii65 V7 I", "I IV I64 V7", "I V42 I6 V", "I ii6 I64 V", "I V43 I6 ii6", "I6 ii65 V7 I",
     "I V42 I6 IV", "I vi ii65 V7", "I ii42 V65 I", "I ii65 V7 vi", "I V65 I ii65"),
    ("I V7/V V7 I", "I V65/IV IV V", "I V7/vi vi ii6", "I V65/V V I", "I V7/ii ii V7", "I iv6 V I", "I6 V65/V V V42",
     "I V42/IV IV6 V65", "I V7/vi vi IV", "I iv I64 V7", "I V7/IV IV V7", "I V43/ii ii V7"),
    ("I N6 V7 I", "I viio7/V V I", "I iv Ger6 I64", "I bVI iv6 V", "I V65/ii ii N6", "I iv6 Fr6 V", "I iiø65 V7 I",
     "I bVI Ger6 I64", "I iv N6 V7", "I Fr6 V I", "I bVI N6 V7", "I viio7/ii ii V7"),
)  # fmt: skip
MINOR: tuple[tuple[str, ...], ...] = (
    ("i iv V i", "i V i V", "i VI iv V", "i iv i V", "i VI iv i", "i VI V i", "i V i VI", "i V i iv"),
    ("i V6 i V7", "i i6 iv V", "i viio6 i6 V", "i iio6 V i", "i V6 i iio6", "i i6 iio6 V7", "i V7 VI iv",
     "i6 iv V7 i", "i viio6 i6 iv", "i VI iio6 V7"),
    ("i V65 i V43", "i iiø65 V7 i", "i iv i64 V7", "i V42 i6 V", "i iio6 i64 V", "i V43 i6 iio6", "i6 iiø65 V7 i",
     "i VI iiø65 V7", "i viio7 i V7", "i iiø65 V7 VI"),
    ("i V7/iv iv V", "i V65/V V i", "i V43/iv iv6 V", "i V7/V V7 i", "i V7/iv iv V7", "i V65/VI VI iio6",
     "i V7/III III iv", "i V65/VI VI iv"),
    ("i N6 V7 i", "i viio7/V V i", "i iv6 Ger6 V", "i VI N6 V7", "i iv6 It6 V", "i Fr6 V i", "i iv N6 V7",
     "i iv Ger6 i64"),
)  # fmt: skip
_SIGNS = (1, 2, 3, 4, 5)


def progressions(level: int, mode: str) -> tuple[str, ...]:
    """The progressions of a level in a mode, "major" or "minor"."""
    return (MAJOR if mode == "major" else MINOR)[level - 1]


def draw_key(stream: Stream, level: int) -> Key:
    """A key of a level: major, or minor as often from level 2 on."""
    mode = "minor" if level >= 2 and stream.chance(0.5) else "major"
    signature = stream.between(-_SIGNS[level - 1], _SIGNS[level - 1])
    return Key(pitch_class(signature + (3 if mode == "minor" else 0)), mode)


@cache
def chords_in(progression: str, key: Key) -> tuple[Chord, ...]:
    """The chords of a progression in a key, augmented sixths over their own bass."""
    return tuple(chord_of(numeral, key) for numeral in progression.split())


_STARTS = (70, 67, 74, 64)


@cache
def sung(progression: str, key: Key, start: int, last: PitchClass | None = None) -> tuple[Four, ...] | None:
    """The progression for four voices, the soprano beginning near a MIDI number; None where it cannot be sung."""
    chords = chords_in(progression, key)
    tries = (voiced(chords, key, last=last, start=near) for near in (start, *_STARTS))
    return next((ways for ways in tries if ways is not None), None)
