"""Roman numerals and the chords they mean in a key.

Case gives the third. Degrees are counted against the major scale in keys with a major third, against natural minor
in keys with a minor third: there VI, III and VII are diatonic, a flat before them is a courtesy (bVI is VI), and a
diminished vii stands on the raised seventh (bviio on the natural one). `7` on capitals is a dominant seventh,
`maj7` a major one. `6 64 65 43 42` are inversions, `add6` the added sixth. `V7/ii` is applied; `@` puts a scale
degree of the key in the bass: `V7@1`, `I@b7`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from partimento.theory.chord import Chord
from partimento.theory.chord_quality import QUALITIES, family_of, find_quality
from partimento.theory.errors import TheoryError, nearest
from partimento.theory.key import Key
from partimento.theory.pitch import PitchClass, accidental
from partimento.theory.scale import SCALES

_ROMANS = ("I", "II", "III", "IV", "V", "VI", "VII")
_NUMERAL = re.compile(r"([b#]*)(VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)(?!t6)(.*)")
_BASS = re.compile(r"([b#]*)([1-7])")
_SIGNS = str.maketrans({"♭": "b", "♯": "#", "°": "o", "Δ": "^", "−": "-"})

_TRIAD_FIGURES = {"6": 1, "63": 1, "64": 2}
_SEVENTH_FIGURES = {"65": 1, "43": 2, "42": 3, "2": 3}
_SEVENTH_STEMS = {"7": "", "m7": "", "maj7": "maj", "mmaj7": "maj", "dim7": "o", "m7b5": "ø", "7#5": "+"}
_TRIAD_STEMS = {"": "", "m": "", "dim": "o", "aug": "+"}
_TRIADS = {"": ("", "m"), "o": ("dim", "dim"), "+": ("aug", "aug")}
_SEVENTHS = {
    "": ("7", "m7"), "o": ("dim7", "dim7"), "ø": ("m7b5", "m7b5"), "+": ("7#5", "7#5"), "maj": ("maj7", "mmaj7"),
}  # fmt: skip
_SUFFIXES = {
    "o": "dim", "o7": "dim7", "omaj7": "dimmaj7", "ø": "m7b5", "ø7": "m7b5", "h7": "m7b5", "h": "m7b5",
    "ø9": "m9b5", "ø11": "m11b5", "+": "aug", "+7": "7#5", "+maj7": "maj7#5", "Ger6": "Ger6", "Fr6": "Fr6",
    "It6": "It6",
}  # fmt: skip
_PRINTED = {
    "": "", "dim": "o", "dim7": "o7", "dimmaj7": "omaj7", "m7b5": "ø7", "m9b5": "ø9", "m11b5": "ø11", "aug": "+",
    "6": "add6", "m6": "add6",
}  # fmt: skip
_AUGMENTED_SIXTHS = ("It6", "Fr6", "Ger6")
_COMMON = (
    "I", "ii", "iii", "IV", "V", "vi", "viio", "i", "iio", "III", "iv", "v", "VI", "VII", "Imaj7", "ii7", "IVmaj7",
    "V7", "vi7", "iiø7", "viio7", "bVII", "bVI", "bIII", "V7/V", "subV7", "N6", "Ger6",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Numeral:
    """A numeral apart from any key: degree 1-7, its written alteration, canonical quality, inversion 0-3,
    the numeral it is applied to, and a bass as (degree, alteration) of the key.

    >>> str(Numeral.parse("viio43/V")), str(Numeral.parse("subV7/ii")), str(Numeral.parse("bII6"))
    ('viio43/V', 'subV7/ii', 'N6')
    """

    degree: int
    alter: int = 0
    quality: str = ""
    inversion: int = 0
    applied: Numeral | None = None
    bass: tuple[int, int] | None = None

    @staticmethod
    def parse(text: str) -> Numeral:
        """Read a numeral; raises `TheoryError` that names the part it cannot read."""
        return _parse(text)

    @property
    def is_minor(self) -> bool:
        """Whether the chord has a minor third."""
        return QUALITIES[self.quality].get(3) == -3

    def __str__(self) -> str:
        text = self._head()
        if self.applied is not None:
            text += f"/{self.applied}"
        if self.bass is not None:
            text += f"@{accidental(self.bass[1])}{self.bass[0]}"
        return text

    def _head(self) -> str:
        quality = self.quality
        if quality in _AUGMENTED_SIXTHS and (self.degree, self.alter) == (6, -1):
            return quality
        roman = accidental(self.alter) + (
            _ROMANS[self.degree - 1].lower() if self.is_minor else _ROMANS[self.degree - 1]
        )
        if (self.degree, self.alter) == (2, -1):
            if quality == "" and self.inversion == 1:
                return "N6"
            if family_of(quality) == "dominant":
                roman = "subV"
        if self.inversion:
            stem = _TRIAD_STEMS.get(quality)
            if stem is not None:
                return roman + stem + ("6", "64")[self.inversion - 1]
            return roman + _SEVENTH_STEMS[quality] + ("65", "43", "42")[self.inversion - 1]
        printed = _PRINTED.get(quality)
        return roman + (printed if printed is not None else quality.removeprefix("m") if self.is_minor else quality)


def _unknown(text: str, reason: str) -> TheoryError:
    return TheoryError(f"Unknown numeral '{text}': {reason}.{nearest(text, _COMMON)}")


def _alteration(signs: str) -> int:
    return signs.count("#") - signs.count("b")


@cache
def _parse(text: str) -> Numeral:
    written, at, below = text.strip().translate(_SIGNS).partition("@")
    bass: tuple[int, int] | None = None
    if at:
        match = _BASS.fullmatch(below)
        if match is None:
            raise _unknown(text, f"'{below}' after @ is no scale degree such as 5 or b7")
        bass = int(match[2]), _alteration(match[1])
    head, slash, rest = written.partition("/")
    applied = _parse(rest) if slash else None
    if head in _AUGMENTED_SIXTHS or head == "Gr6":
        return Numeral(6, -1, "Ger6" if head == "Gr6" else head, 0, applied, bass)
    if head.startswith("sub"):
        head = "bII" + head.removeprefix("sub").removeprefix("V")
        head += "7" if head == "bII" else ""
    elif head.startswith("N"):
        head = "bII" + head[1:]
    match = _NUMERAL.fullmatch(head)
    if match is None:
        raise _unknown(text, f"'{head}' is no numeral I to VII or i to vii with b or # before it")
    found = _quality_and_inversion(match[3], match[2].islower())
    if found is None:
        raise _unknown(text, f"'{match[3]}' is no quality or figure such as 7, maj7, o7, ø7, 6, 65 or sus4")
    degree = _ROMANS.index(match[2].upper()) + 1
    return Numeral(degree, _alteration(match[1]), *found, applied, bass)


def _quality_and_inversion(suffix: str, lower: bool) -> tuple[str, int] | None:
    for stem in ("", "o", "ø", "+", "maj"):
        figure = suffix.removeprefix(stem)
        if not suffix.startswith(stem):
            continue
        if figure in _TRIAD_FIGURES and stem in _TRIADS:
            return _TRIADS[stem][lower], _TRIAD_FIGURES[figure]
        if figure in _SEVENTH_FIGURES:
            return _SEVENTHS[stem][lower], _SEVENTH_FIGURES[figure]
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix], 0
    if suffix == "add6":
        return ("m6" if lower else "6"), 0
    quality = find_quality("m" + suffix) if lower else find_quality(suffix)
    if quality is None and lower:
        quality = find_quality(suffix)
    if quality is None or (lower and QUALITIES[quality].get(3) == 4):
        return None
    return quality, 0


@cache
def _scale(key: Key) -> tuple[int, ...]:
    return SCALES["minor" if key.is_minor else "major"]


def _effective_alteration(numeral: Numeral, key: Key) -> int:
    """The alteration against the counting scale: a courtesy flat counts for nothing, diminished vii is raised."""
    alter = numeral.alter
    if not key.is_minor or numeral.degree not in (3, 6, 7):
        return alter
    if alter < 0:
        return alter + 1
    if numeral.degree == 7 and alter == 0 and family_of(numeral.quality) in ("diminished", "half-diminished"):
        return 1
    return alter


def _written_alteration(alter: int, degree: int, quality: str, key: Key) -> int:
    """The inverse of `_effective_alteration`."""
    if not key.is_minor or degree not in (3, 6, 7):
        return alter
    if degree == 7 and family_of(quality) in ("diminished", "half-diminished"):
        return alter - 1 if alter <= 0 else 0 if alter == 1 else alter
    if degree == 6 and alter == 0 and quality in _AUGMENTED_SIXTHS:
        return -1
    return alter - 1 if alter < 0 else alter


def _place(pc: PitchClass, key: Key) -> tuple[int, int]:
    """The degree of a tone in the counting scale and its alteration against it."""
    scale = _scale(key)
    distance = pc.fifths - key.tonic.fifths
    degree = next(index for index, offset in enumerate(scale) if (distance - offset) % 7 == 0)
    return degree + 1, (distance - scale[degree]) // 7


def degree_name(pc: PitchClass, key: Key) -> str:
    """The scale degree of a tone in a key, as after `@`: `"5"`, `"b7"`, `"#4"`.

    >>> degree_name(PitchClass.parse("Bb"), Key.parse("C")), degree_name(PitchClass.parse("G#"), Key.parse("A minor"))
    ('b7', '#7')
    """
    degree, alter = _place(pc, key)
    return f"{accidental(alter)}{degree}"


def applied_key(numeral: Numeral, key: Key) -> Key:
    """The key in which an applied numeral's head is read: that of the numeral after the slash."""
    if numeral.applied is None:
        return key
    target = _chord(numeral.applied, key)
    minor = target.third is not None and target.third.fifths - target.root.fifths == -3
    return Key(target.root, "minor" if minor else "major")


@cache
def _chord(numeral: Numeral, key: Key) -> Chord:
    home = applied_key(numeral, key)
    alter = _effective_alteration(numeral, home)
    chord = Chord(home.tonic.up(_scale(home)[numeral.degree - 1] + 7 * alter), numeral.quality)
    if numeral.bass is not None:
        degree, bass_alter = numeral.bass
        if key.is_minor and degree in (3, 6, 7) and bass_alter < 0:
            bass_alter += 1
        return chord.over(key.tonic.up(_scale(key)[degree - 1] + 7 * bass_alter))
    if numeral.inversion:
        return chord.over(chord.members[(3, 5, 7)[numeral.inversion - 1]])
    return chord


@cache
def chord_of(numeral: str, key: Key) -> Chord:
    """The chord that a numeral means in a key; raises `TheoryError` for what cannot be read.

    >>> minor = Key.parse("A minor")
    >>> [chord_of(text, minor).name for text in ("iiø7", "V7b9", "VI", "bVI", "viio7", "V65/iv", "Ger6", "i@7")]
    ['Bm7b5', 'E7b9', 'F', 'F', 'G#dim7', 'A7/C#', 'FGer6', 'Am/G']
    """
    return _chord(_parse(numeral), key)


@cache
def _targets(key: Key) -> dict[PitchClass, Numeral]:
    """The diatonic roots that a dominant may be applied to (not the tonic), and their triads' numerals."""
    targets: dict[PitchClass, Numeral] = {}
    for index in range(1, 7):
        root, third, fifth = (key.tones[(index + step) % 7] for step in (0, 2, 4))
        if fifth.fifths - root.fifths == 1:
            degree, alter = _place(root, key)
            minor = third.fifths - root.fifths == -3 and not (key.is_minor and degree == 5)
            quality = "m" if minor else ""
            targets[root] = Numeral(degree, _written_alteration(alter, degree, quality, key), quality)
    return targets


@cache
def is_diatonic(chord: Chord, key: Key) -> bool:
    """Whether all the chord's tones lie in the key; a minor key has its raised sixth and seventh too."""
    tones = key.tones
    if key.mode == "minor":
        tones += (key.degree(6, 1), key.degree(7, 1))
    return all(tone in tones for tone in chord.tones)


def _bare_numeral(chord: Chord, key: Key) -> Numeral:
    if not is_diatonic(chord, key):
        target = _targets(key).get(chord.root.up(-1))
        dominant = chord.family == "dominant" or (chord.quality == "" and chord.root != key.tonic)
        if target is not None and dominant:
            return Numeral(5, 0, chord.quality, 0, target)
        target = _targets(key).get(chord.root.up(-5))
        if target is not None and chord.quality in ("dim", "dim7"):
            return Numeral(7, 0, chord.quality, 0, target)
    degree, alter = _place(chord.root, key)
    return Numeral(degree, _written_alteration(alter, degree, chord.quality, key), chord.quality)


@cache
def numeral_of(chord: Chord, key: Key) -> str:
    """The usual numeral of a chord in a key: diatonic, else an applied dominant, else an altered degree.

    `chord_of(numeral_of(chord, key), key)` is the chord again.

    >>> [numeral_of(Chord(PitchClass.parse(root), quality), Key.parse("C"))
    ...  for root, quality in (("D", "m7"), ("A", "7b9"), ("F#", "dim7"), ("Db", "7"), ("Bb", ""), ("F", "6"))]
    ['ii7', 'V7b9/ii', 'viio7/V', 'subV7', 'bVII', 'IVadd6']
    """
    bare = _bare_numeral(chord, key)
    if chord.bass is None:
        return str(bare)
    degree = chord.degree_of(chord.bass)
    if degree in (3, 5, 7) and (chord.quality in _SEVENTH_STEMS or (chord.quality in _TRIAD_STEMS and degree < 7)):
        return str(Numeral(bare.degree, bare.alter, bare.quality, (3, 5, 7).index(degree) + 1, bare.applied))
    place, alter = _place(chord.bass, key)
    if key.is_minor and place in (3, 6, 7) and alter < 0:
        alter -= 1
    return str(Numeral(bare.degree, bare.alter, bare.quality, 0, bare.applied, (place, alter)))


@cache
def function_of(numeral: str) -> str:
    """The harmonic function: `"T"` tonic, `"S"` predominant, `"D"` dominant, after Riemann's three functions.

    Applied V and vii are dominants, the cadential I64 too; borrowed chords go with their degree, bVI and bVII of
    major with the minor subdominant.

    >>> [function_of(text) for text in ("I", "vi7", "ii65", "N6", "V7/V", "I64", "viio7", "bVII", "VII", "subV7", "i")]
    ['T', 'T', 'S', 'S', 'D', 'D', 'D', 'S', 'D', 'D', 'T']
    """
    parsed = _parse(numeral)
    degree, alter = parsed.degree, parsed.alter
    if degree in (5, 7):
        return "S" if degree == 7 and alter < 0 else "D"
    if degree == 1:
        return "D" if parsed.inversion == 2 else "T"
    if (degree, alter) == (2, -1) and family_of(parsed.quality) == "dominant":
        return "D"
    if degree in (2, 4):
        return "S"
    return "S" if degree == 6 and alter < 0 else "T"
