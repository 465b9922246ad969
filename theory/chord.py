"""Chords: a spelled root, a quality and perhaps another bass tone; symbols are read in all the common dialects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from partimento.theory.chord_quality import ALIASES, QUALITIES, canonical_quality, family_of, find_quality
from partimento.theory.errors import TheoryError, nearest
from partimento.theory.pitch import PitchClass

_ROOT = re.compile(r"[A-G](?:bb|##|[b♭#♯x𝄪𝄫])?")
_NO_CHORD = frozenset({"N.C.", "NC", "N.C", "N"})


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord; `quality` may be any known alias and is stored canonically, a bass equal to the root as None.

    `members` maps degrees (1, 3 or 2 or 4, 5, 6 or 7, 9, 11, 13) to tones; `tones` holds the same, stacked;
    `numbers` the sounding pitch-class numbers, without a foreign bass. Raises `TheoryError` for an unknown quality.

    >>> chord = parse_chord("A-7b5/Eb")
    >>> chord.name, [str(tone) for tone in chord.tones], chord.family, str(chord.bass_tone)
    ('Am7b5/Eb', ['A', 'C', 'Eb', 'G'], 'half-diminished', 'Eb')
    >>> chord.up(1).name
    'Em7b5/Bb'
    """

    root: PitchClass
    quality: str = ""
    bass: PitchClass | None = None
    members: Mapping[int, PitchClass] = field(init=False, repr=False, compare=False)
    tones: tuple[PitchClass, ...] = field(init=False, repr=False, compare=False)
    numbers: frozenset[int] = field(init=False, repr=False, compare=False)
    bass_tone: PitchClass = field(init=False, repr=False, compare=False)
    third: PitchClass | None = field(init=False, repr=False, compare=False)
    fifth: PitchClass | None = field(init=False, repr=False, compare=False)
    seventh: PitchClass | None = field(init=False, repr=False, compare=False)
    family: str = field(init=False, repr=False, compare=False)
    name: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        quality = canonical_quality(self.quality)
        bass = None if self.bass == self.root else self.bass
        members = {degree: self.root.up(fifths) for degree, fifths in QUALITIES[quality].items()}
        derived = {
            "quality": quality,
            "bass": bass,
            "members": members,
            "tones": tuple(members.values()),
            "numbers": frozenset(tone.number for tone in members.values()),
            "bass_tone": bass or self.root,
            "third": members.get(3),
            "fifth": members.get(5),
            "seventh": members.get(7),
            "family": family_of(quality),
            "name": f"{self.root.name}{quality}" + (f"/{bass.name}" if bass else ""),
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)

    def __hash__(self) -> int:
        return hash((self.root.fifths, self.quality, self.bass.fifths if self.bass else None))

    def __str__(self) -> str:
        return self.name

    @property
    def inversion(self) -> int | None:
        """0 to 3 where root, third (or suspended tone), fifth or seventh (or sixth) is the bass, None for others."""
        return _inversion(self)

    def up(self, fifths: int) -> Chord:
        """The chord transposed along the line of fifths."""
        return _up(self, fifths)

    def over(self, bass: PitchClass | None) -> Chord:
        """The chord over another bass tone, or in root position for None."""
        return Chord(self.root, self.quality, bass)

    def degree_of(self, pc: PitchClass) -> int | None:
        """The degree of a spelled tone in the chord, or None."""
        return next((degree for degree, tone in self.members.items() if tone == pc), None)

    def tone_at(self, number: int) -> PitchClass | None:
        """The chord's spelling of a pitch-class number (0-11), its bass included, or None where it has none."""
        return _tone_at(self).get(number % 12)


@cache
def _inversion(chord: Chord) -> int | None:
    stack = {1: 0, 2: 1, 3: 1, 4: 1, 5: 2, 6: 3, 7: 3}
    degree = chord.degree_of(chord.bass_tone)
    return stack.get(degree) if degree is not None else None


@cache
def _up(chord: Chord, fifths: int) -> Chord:
    return Chord(chord.root.up(fifths), chord.quality, chord.bass.up(fifths) if chord.bass else None)


@cache
def _tone_at(chord: Chord) -> dict[int, PitchClass]:
    return {chord.bass_tone.number: chord.bass_tone} | {tone.number: tone for tone in chord.tones}


@cache
def parse_chord(text: str) -> Chord:
    """Read a chord symbol: `"F#m7b5"`, `"Bbmaj9"`, `"C/E"`, `"Fø7"`, `"G°7"`, `"CΔ7"`, `"Bb6/9"`, `"Gm(maj7)"`.

    Raises `TheoryError`, naming what is wrong and the nearest quality; `N.C.` is no chord here (see
    `parse_progression`).

    >>> [parse_chord(text).name for text in ("Bb6/9", "Gm(maj7)", "Dsus", "C6/9/E", "F♯o7")]
    ['Bb69', 'Gmmaj7', 'Dsus4', 'C69/E', 'F#dim7']
    """
    symbol = text.strip()
    match = _ROOT.match(symbol)
    if match is None:
        if symbol in _NO_CHORD:
            raise TheoryError(f"'{text}' means that no chord sounds: write it in a progression only.")
        hint = f" Did you mean '{symbol[0].upper()}{symbol[1:]}'?" if symbol[:1] in "abcdefg" and symbol else ""
        raise TheoryError(f"Unknown chord '{text}': a chord begins with a root A to G, as in 'F#m7'.{hint}")
    root = PitchClass.parse(match[0])
    written = symbol[match.end() :]
    quality = find_quality(written)
    if quality is not None:
        return Chord(root, quality)
    above, slash, below = written.rpartition("/")
    if not slash:
        above, below = written, ""
    quality = find_quality(above)
    if quality is None:
        hint = nearest(above, QUALITIES) or nearest(above, ALIASES)
        raise TheoryError(
            f"Unknown quality '{above}' of chord '{text}':"
            f" common ones are m, 7, maj7, m7, dim7, m7b5, sus4, 6, 9.{hint}"
        )
    if _ROOT.fullmatch(below) is None:
        raise TheoryError(
            f"Unknown bass '{below}' of chord '{text}': write a note A to G after the slash, as in 'C/E'."
        )
    return Chord(root, quality, PitchClass.parse(below))


def parse_progression(text: str) -> tuple[tuple[Chord | None, ...], ...]:
    """Read bars of chords, `"Am7 | Bm7b5 E7b9 | % | N.C."`; `%` repeats the bar before, `N.C.` gives None.

    Raises `TheoryError`, naming the bar and the place of what cannot be read.

    >>> [[chord.name for chord in bar if chord] for bar in parse_progression("| Dm7 G7 | C^7 | % |")]
    [['Dm7', 'G7'], ['Cmaj7'], ['Cmaj7']]
    """
    bars: list[tuple[Chord | None, ...]] = []
    written = text.replace("||", "|").replace("\n", " ").strip()
    for number, bar in enumerate(written.removeprefix("|").removesuffix("|").split("|"), start=1):
        symbols = bar.split()
        if not symbols:
            raise TheoryError(f"Bar {number} of the progression is empty: write a chord, '%' or 'N.C.'.")
        if symbols == ["%"]:
            if not bars:
                raise TheoryError("Bar 1 of the progression is '%', but there is no bar before it to repeat.")
            bars.append(bars[-1])
            continue
        chords: list[Chord | None] = []
        for place, symbol in enumerate(symbols, start=1):
            try:
                chords.append(None if symbol in _NO_CHORD else parse_chord(symbol))
            except TheoryError as error:
                raise TheoryError(f"Bar {number}, chord {place}: {error}") from None
        bars.append(tuple(chords))
    return tuple(bars)
