"""Keys: a tonic and a mode. Degrees of a minor key are those of natural minor; signatures count sharps as positive."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from partimento.theory.errors import TheoryError, nearest
from partimento.theory.pitch import Pitch, PitchClass, pitch_at, pitch_class
from partimento.theory.scale import SCALES

MODES: dict[str, int] = {
    "major": 0, "minor": -3, "dorian": -2, "phrygian": -4, "lydian": 1, "mixolydian": -1, "locrian": -5,
}  # fmt: skip
"""Mode name to the signature it has on the tonic C."""

_MODE_NAMES = {name: name for name in MODES} | {
    "": "major", "maj": "major", "ionian": "major", "dur": "major",
    "min": "minor", "m": "minor", "aeolian": "minor", "natural minor": "minor", "moll": "minor",
    "dor": "dorian", "phr": "phrygian", "lyd": "lydian", "mix": "mixolydian", "loc": "locrian",
}  # fmt: skip
_KEY = re.compile(r"([A-Ga-g])\s*-?\s*(flat|sharp|[b♭#♯]{0,2})[\s_-]*(.*)", re.IGNORECASE)
_SIGNS = {"flat": "b", "sharp": "#"}


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """A tonic and a mode.

    >>> key = Key.parse("c minor")
    >>> str(key), key.signature, str(key.relative), [str(tone) for tone in key.tones]
    ('C minor', -3, 'Eb major', ['C', 'D', 'Eb', 'F', 'G', 'Ab', 'Bb'])
    """

    tonic: PitchClass
    mode: str = "major"
    signature: int = field(init=False, repr=False, compare=False)
    tones: tuple[PitchClass, ...] = field(init=False, repr=False, compare=False)
    is_minor: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise TheoryError(f"Unknown mode '{self.mode}': valid are {', '.join(MODES)}.{nearest(self.mode, MODES)}")
        offsets = SCALES[self.mode]
        object.__setattr__(self, "signature", self.tonic.fifths + MODES[self.mode])
        object.__setattr__(self, "tones", tuple(self.tonic.up(offset) for offset in offsets))
        object.__setattr__(self, "is_minor", offsets[2] == -3)

    def __str__(self) -> str:
        return f"{self.tonic.name} {self.mode}"

    @staticmethod
    def parse(text: str) -> Key:
        """Read `"A minor"`, `"Bb"`, `"F# dorian"`, `"Am"`, `"E flat major"`, `"c#m"`; a bare letter is major.

        Raises `TheoryError`, naming the valid keys and the nearest one.
        """
        return _parse(text)

    @property
    def relative(self) -> Key:
        """The key of the same signature: of major its minor, of any other mode its major."""
        if self.mode == "major":
            return Key(self.tonic.up(3), "minor")
        return Key(pitch_class(self.signature), "major")

    @property
    def parallel(self) -> Key:
        """The key of the same tonic with the other third: minor for a major kind, major for a minor kind."""
        return Key(self.tonic, "major" if self.is_minor else "minor")

    def up(self, fifths: int) -> Key:
        """The key transposed along the line of fifths (1 = a fifth up, -3 = a minor third up)."""
        return Key(self.tonic.up(fifths), self.mode)

    def degree(self, n: int, alter: int = 0) -> PitchClass:
        """The tone of scale degree `n` (1 is the tonic, 8 again), raised or lowered by `alter` semitones.

        >>> str(Key.parse("A minor").degree(7, 1)), str(Key.parse("C").degree(6, -1))
        ('G#', 'Ab')
        """
        tone = self.tones[(n - 1) % 7]
        return tone.up(7 * alter) if alter else tone

    def contains(self, pc: PitchClass) -> bool:
        """Whether a spelled pitch class is diatonic in the key."""
        return pc in self.tones

    def simplified(self) -> Key:
        """This key, or where its signature exceeds seven accidentals the enharmonic one within seven.

        >>> str(Key.parse("G#").simplified())
        'Ab major'
        """
        key = self
        while key.signature > 7:
            key = key.up(-12)
        while key.signature < -7:
            key = key.up(12)
        return key

    def spell(self, midi: int) -> Pitch:
        """The usual spelling of a MIDI number in the key.

        Chromatic tones lie nearest on the line of fifths: b2, b3, b6, b7, #4 against the major scale, so that
        minor has its raised sixth and seventh (locrian takes b5 for #4).

        >>> [str(Key.parse("A minor").spell(midi)) for midi in (68, 70, 63)]
        ['G#4', 'Bb4', 'D#4']
        """
        return _spell(self, midi)


@cache
def _spell(key: Key, midi: int) -> Pitch:
    lowest = -6 if key.mode == "locrian" else -5
    # 12 neighbouring fifths hold each sounding pitch class once.
    above = ((midi * 7) - key.tonic.fifths - lowest) % 12
    return pitch_at(pitch_class(key.tonic.fifths + lowest + above), midi)


def key_names() -> tuple[str, ...]:
    """The names of all keys with at most seven accidentals, in order of mode and signature."""
    return tuple(
        str(Key(pitch_class(signature - offset), mode)) for mode, offset in MODES.items() for signature in range(-7, 8)
    )


@cache
def _parse(text: str) -> Key:
    cleaned = " ".join(text.replace("_", " ").split())
    match = _KEY.fullmatch(cleaned)
    if match is not None:
        written = match[3].strip()
        mode = "major" if written == "M" else _MODE_NAMES.get(written.lower())
        if mode is not None:
            sign = _SIGNS.get(match[2].lower(), match[2])
            return Key(PitchClass.parse(match[1].upper() + sign.lower()), mode)
    raise TheoryError(
        f"Unknown key '{text}': write a note A to G with b or #, then one of {', '.join(MODES)},"
        f" as in 'Bb major' or 'F# minor'.{nearest(cleaned, key_names())}"
    )
