"""Which chord four notes form, and whether a key has it: for harmony of the student's own choice.

Conventions: the fewest tones win (a triad before a seventh chord); a fifth may be missing, a root or third not. A key
has its diatonic chords, applied dominants, the parallel key's, the Neapolitan and augmented sixths.
"""

from __future__ import annotations

from collections.abc import Sequence

from partimento.theory.chord import Chord
from partimento.theory.errors import TheoryError
from partimento.theory.key import Key
from partimento.theory.pitch import Pitch, PitchClass
from partimento.theory.roman import chord_of, is_diatonic, numeral_of

_QUALITIES = ("", "m", "dim", "aug", "7", "m7", "maj7", "m7b5", "dim7", "mmaj7", "9", "7b9")
_ALTERED = (
    "N6",
    "Ger6",
    "It6",
    "Fr6",
    "bVI",
    "bIII",
    "bVII",
    "iv",
    "iv6",
    "iiø7",
    "iiø65",
    "bII",
    "viio7",
    "viio65",
    "viio43",
    "i",
    "i6",
)


def chord_of_tones(sonority: Sequence[Pitch | None], key: Key) -> Chord | None:
    """The chord of sounding pitches in a key; None where they form none."""
    pitches = [pitch for pitch in sonority if pitch is not None]
    if not pitches:
        return None
    bass = min(pitches).pitch_class
    tones = {pitch.pitch_class for pitch in pitches}
    for numeral in ("Ger6", "Fr6", "It6"):
        chord = chord_of(numeral, key)
        if tones == set(chord.tones) and bass == chord.bass_tone:
            return chord
    fitting = (_fitting(root, quality, tones) for root in sorted(tones) for quality in _QUALITIES)
    found = [one for one in fitting if one is not None]
    if not found:
        return None
    best = min(found, key=lambda chord: (len(chord.tones), not is_diatonic(chord, key), chord.root))
    try:
        return best.over(bass)
    except TheoryError:
        return None


def _fitting(root: PitchClass, quality: str, tones: set[PitchClass]) -> Chord | None:
    chord = Chord(root, quality)
    needed = {tone for tone in (chord.root, chord.third, chord.seventh) if tone is not None}
    return chord if needed <= tones <= set(chord.tones) else None


def foreign_to(chord: Chord, key: Key) -> bool:
    """Whether a chord neither belongs to a key nor leads in it."""
    bare = chord.over(None)
    if is_diatonic(bare, key) or "/" in numeral_of(bare, key):
        return False
    for numeral in _ALTERED:
        known = chord_of(numeral, key)
        if (known.root, known.quality) == (bare.root, bare.quality):
            return False
    parallel = key.parallel
    return not is_diatonic(bare, parallel)
