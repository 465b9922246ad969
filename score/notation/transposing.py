"""Written against sounding pitch: by how much an instrument's part is transposed, and its pitches, keys and chords.

Conventions: an interval is written minus sounding. Guitars and basses are not transposed here: their pitches stay as
they sound and their clefs (treble8vb, bass8vb) say the octave. The interval is spelled so that no key of the song gets
more than six accidentals where that can be had: a trumpet in concert F# major reads Ab major.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from partimento.score.instruments import Instrument
from partimento.theory.interval import Interval
from partimento.theory.key import Key
from partimento.theory.pitch import Pitch

_STEPS = {0: 0, 1: 1, 2: 1, 3: 2, 4: 2, 5: 3, 6: 4, 7: 4, 8: 5, 9: 5, 10: 6, 11: 6}
UNISON = Interval(0, 0)
_MOST_SIGNS = 6


def part_interval(instrument: Instrument, keys: Iterable[Key], concert: bool = False) -> Interval:
    """Written minus sounding of the instrument's part in a song of these keys."""
    semitones = instrument.transposes
    if concert or not semitones or instrument.clef.endswith("8vb"):
        return UNISON
    octaves, inner = divmod(semitones, 12)
    usual = Interval(7 * octaves + _STEPS[inner], semitones)
    if not inner:
        return usual
    signatures = [key.signature for key in keys]
    choices = [usual, Interval(usual.steps + 1, semitones), Interval(usual.steps - 1, semitones)]

    def signs(interval: Interval) -> int:
        return max((abs(signature + interval.fifths) for signature in signatures), default=0)

    return usual if signs(usual) <= _MOST_SIGNS else min(choices, key=signs)


@cache
def written(pitch: Pitch, interval: Interval) -> Pitch:
    """The pitch as the player reads it; one that would need three accidentals is respelled."""
    moved = pitch.transposed(interval) if interval.steps or interval.semitones else pitch
    if abs(moved.alter) <= 2:
        return moved
    return moved.transposed(Interval(1, 0) if moved.alter > 0 else Interval(-1, 0))


@cache
def sounding(pitch: Pitch, interval: Interval) -> Pitch:
    """The inverse of `written`."""
    return pitch.transposed(-interval) if interval.steps or interval.semitones else pitch


def key_of_part(key: Key, transposes: tuple[int, int]) -> Key:
    """The key that a part transposed by (letters, semitones) shows for a sounding one, of seven accidentals at most.

    >>> str(key_of_part(Key.parse("Eb major"), (1, 2))), str(key_of_part(Key.parse("B major"), (5, 9)))
    ('F major', 'Ab major')
    """
    return key.up(Interval(*transposes).fifths).simplified()
