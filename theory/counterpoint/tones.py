"""The tones of a mode as the solver counts them, with musica ficta.

Conventions: a tone is an int, 128 x diatonic number + MIDI number, so that equal ints are equal spellings and order is
order of height. Ficta (Jeppesen, Counterpoint, on the modes): the leading tone is raised before the last note, save
in the Phrygian mode, whose second degree leads instead, and with it the sixth where minor has it low; B flat (in
transposed modes what stands there) may replace B in the Dorian and Lydian modes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from partimento.theory.errors import TheoryError, nearest
from partimento.theory.key import Key
from partimento.theory.pitch import LETTERS, Pitch, PitchClass, pitch_class

SPECIES_MODES = ("major", "minor", "dorian", "phrygian", "lydian", "mixolydian")
"""Modes with a perfect fifth on the final; "major" is Ionian and "minor" Aeolian."""

_CALLED = {"ionian": "major", "aeolian": "minor"}
_SEMITONES = (0, 2, 4, 5, 7, 9, 11)
_WIDTH = 128

CONSONANT = frozenset({(0, 0), (2, 3), (2, 4), (4, 7), (5, 8), (5, 9)})
"""(steps, semitones) within the octave that are consonant above the lowest voice: the fourth is none."""

CONSONANT_ABOVE = CONSONANT | {(3, 5), (3, 6), (4, 6)}
"""What two voices may make over a third: fourths and the tritone too, as in the chords of the sixth."""

PERFECT = frozenset({(0, 0), (4, 7)})

SINGABLE = frozenset(
    (sign * steps, sign * semitones)
    for sign in (1, -1)
    for steps, semitones in ((1, 1), (1, 2), (2, 3), (2, 4), (3, 5), (4, 7), (7, 12))
) | {(0, 0), (5, 8)}
"""Melodic intervals as signed (steps, semitones): to the fifth, the octave, and the minor sixth upwards."""


def mode_called(name: str) -> str:
    """The mode of a name ("Dorian", "ionian"); TheoryError for one in which no counterpoint is written."""
    folded = name.strip().casefold()
    folded = _CALLED.get(folded, folded)
    if folded in SPECIES_MODES:
        return folded
    valid = (*SPECIES_MODES, *_CALLED)
    raise TheoryError(f"Unknown mode '{name}': valid are {', '.join(valid)}.{nearest(folded, valid)}")


def tone_of(pitch: Pitch) -> int:
    """The solver's number of a pitch."""
    return pitch.diatonic * _WIDTH + pitch.midi


@cache
def pitch_of(tone: int) -> Pitch:
    """The pitch of a solver's number."""
    diatonic, midi = divmod(tone, _WIDTH)
    octave, index = divmod(diatonic, 7)
    return Pitch(LETTERS[index], midi - 12 * (octave + 1) - _SEMITONES[index], octave)


def steps_of(tone: int) -> int:
    """The diatonic number of a tone."""
    return tone >> 7


@cache
def within_octave(low: int, high: int) -> tuple[int, int]:
    """The interval of two tones, in either order, within the octave: (0-6 steps, 0-11 semitones)."""
    if low > high:
        low, high = high, low
    return ((high >> 7) - (low >> 7)) % 7, ((high & 127) - (low & 127)) % 12


@dataclass(frozen=True, slots=True)
class Gamut:
    """What tones a mode has. `flat` is the tone that may stand for its scale's sharpest, `leading` and `sixth` the
    raised ones before the close; None where the mode has no need of them."""

    key: Key
    flat: PitchClass | None
    leading: PitchClass | None
    sixth: PitchClass | None

    @property
    def final(self) -> PitchClass:
        """The last note's pitch class."""
        return self.key.tonic

    def tones(self, low: int, high: int, close: bool = False) -> tuple[int, ...]:
        """All tones whose diatonic number lies in `low`-`high`; those of the bar before the last where `close`."""
        classes = list(self.key.tones) + ([self.flat] if self.flat else [])
        if close and self.leading:
            classes = [tone for tone in classes if tone != self.key.degree(7)] + [self.leading]
            classes += [self.sixth] if self.sixth else []
        found = [_at(tone, step) for step in range(low, high + 1) for tone in classes if _index(tone) == step % 7]
        return tuple(sorted(found))

    def sung(self, midi: int) -> int | None:
        """The tone that a MIDI number of a cantus stands for, or None where the mode has none."""
        usual = [*self.key.tones, *(tone for tone in (self.flat, self.leading, self.sixth) if tone is not None)]
        for tone in usual:
            if tone.number == midi % 12:
                octave = (midi - tone.alter) // 12 - 1
                return _at(tone, octave * 7 + _index(tone))
        return None


def _index(tone: PitchClass) -> int:
    return LETTERS.index(tone.letter)


def _at(tone: PitchClass, step: int) -> int:
    midi = 12 * (step // 7 + 1) + _SEMITONES[step % 7] + tone.alter
    return step * _WIDTH + midi


@cache
def two_signed(modal: Gamut) -> frozenset[int]:
    """The letters, by index, that a mode may write with two different signs."""
    return frozenset(_index(tone) for tone in (modal.flat, modal.leading, modal.sixth) if tone is not None)


@cache
def gamut(key: Key) -> Gamut:
    """The Gamut of a key; TheoryError for a mode in which no counterpoint is written."""
    mode_called(key.mode)
    # The sharpest tone of a scale lies five fifths above the one its signature names.
    sharpest = key.signature + 5
    flat = pitch_class(sharpest - 7) if key.mode in ("dorian", "lydian") else None
    leading = key.degree(7, 1) if key.mode in ("dorian", "mixolydian", "minor") else None
    return Gamut(key, flat, leading, key.degree(6, 1) if key.mode == "minor" else None)
