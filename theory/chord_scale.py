"""Chord-scale theory: what a melody may play over a chord in a key, which of it jars, which of it colours.

The scales are the usual ones of jazz pedagogy (Nettles and Graf, The Chord Scale Theory, 1997): the key's own tones
with the chord's alterations where the chord belongs to the key or leads to one of its chords, else a scale by quality.
"""

from __future__ import annotations

from functools import cache

from partimento.theory.chord import Chord
from partimento.theory.key import Key
from partimento.theory.pitch import PitchClass
from partimento.theory.roman import is_diatonic
from partimento.theory.scale import scale_tones

_BY_QUALITY = {
    "7alt": "altered", "7#5#9": "altered", "7#5b9": "altered", "7b5b9": "altered", "7b5#9": "altered",
    "7#9b13": "altered", "7#9": "diminished half-whole", "13b9": "diminished half-whole",
    "13#9": "diminished half-whole", "7b9#11": "diminished half-whole", "7#11": "lydian dominant",
    "9#11": "lydian dominant", "13#11": "lydian dominant", "7b13": "mixolydian b6", "9b13": "mixolydian b6",
    "7b9b13": "phrygian dominant", "7#5": "whole tone", "9#5": "whole tone", "7b5": "whole tone", "9b5": "whole tone",
    "mmaj7": "melodic minor", "mmaj9": "melodic minor", "maj7#5": "lydian augmented", "7b9sus4": "phrygian",
    "maj7#11": "lydian", "maj9#11": "lydian", "maj13#11": "lydian",
}  # fmt: skip
_BY_FAMILY = {
    "major": "lydian", "minor": "dorian", "dominant": "lydian dominant", "half-diminished": "locrian natural 2",
    "diminished": "diminished whole-half", "augmented": "whole tone", "suspended": "mixolydian", "power": "mixolydian",
}  # fmt: skip


def _leads_into(chord: Chord, key: Key) -> bool:
    """Whether a dominant's root lies a fifth above a tone of the key that carries a perfect fifth."""
    target = chord.root.up(-1)
    return chord.family == "dominant" and chord.root in key.tones and target in key.tones and target.up(1) in key.tones


def _with_chord(tones: tuple[PitchClass, ...], chord: Chord) -> tuple[PitchClass, ...]:
    """Scale tones give way to chord tones of the same letter or the same sound."""
    letters = {tone.letter for tone in chord.tones}
    kept = [tone for tone in tones if tone.letter not in letters and tone.number not in chord.numbers]
    return _from_root([*kept, *chord.tones], chord.root)


def _from_root(tones: list[PitchClass], root: PitchClass) -> tuple[PitchClass, ...]:
    return tuple(sorted(tones, key=lambda tone: ((tone.number - root.number) % 12, tone.fifths)))


def _scale_with_chord(name: str, chord: Chord) -> tuple[PitchClass, ...]:
    tones = [tone for tone in scale_tones(chord.root, name) if tone.number not in chord.numbers]
    return _from_root([*tones, *chord.tones], chord.root)


@cache
def chord_scale(chord: Chord, key: Key) -> tuple[PitchClass, ...]:
    """The melodically available tones over a chord, ascending from its root; all chord tones are among them.

    >>> from partimento.theory.chord import parse_chord
    >>> major = Key.parse("C")
    >>> [" ".join(tone.name for tone in chord_scale(parse_chord(name), major)) for name in ("E7", "Db7", "Fmaj7")]
    ['E F G# A B C D', 'Db Eb F G Ab Bb Cb', 'F G A B C D E']
    """
    name = _BY_QUALITY.get(chord.quality)
    if name is not None:
        return _scale_with_chord(name, chord)
    if is_diatonic(chord, key) or _leads_into(chord, key) or chord.quality in ("It6", "Fr6", "Ger6"):
        return _with_chord(key.tones, chord)
    return _scale_with_chord(_BY_FAMILY[chord.family], chord)


@cache
def avoid_tones(chord: Chord, key: Key) -> tuple[PitchClass, ...]:
    """Scale tones a semitone above a chord tone, which clash when they last; over a dominant only the fourth does.

    >>> from partimento.theory.chord import parse_chord
    >>> [tone.name for tone in avoid_tones(parse_chord("Cmaj7"), Key.parse("C"))]
    ['F']
    """
    clashing = chord.tones
    if chord.family == "dominant":
        clashing = (chord.third,) if chord.third is not None else ()
    above = {(tone.number + 1) % 12 for tone in clashing}
    return tuple(tone for tone in chord_scale(chord, key) if tone.number in above and tone.number not in chord.numbers)


@cache
def tensions(chord: Chord, key: Key) -> tuple[PitchClass, ...]:
    """The colour tones: those of the chord scale that are neither chord tones nor to be avoided.

    >>> from partimento.theory.chord import parse_chord
    >>> [tone.name for tone in tensions(parse_chord("Dm7"), Key.parse("C"))]
    ['E', 'G', 'B']
    """
    avoided = avoid_tones(chord, key)
    return tuple(tone for tone in chord_scale(chord, key) if tone.number not in chord.numbers and tone not in avoided)
