"""The clef of a single staff: the instrument's own, or another where nearly all of the part lies far outside it.

Conventions: percussion instruments with pitches are written in bass clef. A part in a treble clef whose middle note
lies below the staff by more than a fourth takes the bass clef, one in bass clef as far above takes the treble clef.
"""

from __future__ import annotations

from collections.abc import Sequence

from partimento.score.instruments import Instrument
from partimento.score.notation.sounds import Sound

_TREBLE_LOWEST, _BASS_HIGHEST = 57, 64


def clef_of(kind: Instrument, sounds: Sequence[Sound]) -> str:
    """One of CLEFS for a part on one staff."""
    clef = "bass" if kind.clef == "percussion" else kind.clef
    numbers = sorted(sound.pitch.midi for sound in sounds)
    if not numbers or kind.transposes:
        return clef
    middle = numbers[len(numbers) // 2]
    if clef == "treble" and middle < _TREBLE_LOWEST:
        return "bass"
    if clef in ("bass", "alto") and middle > (_BASS_HIGHEST if clef == "bass" else 76):
        return "treble"
    return clef
