"""How a reader names things: notes in English, German or solfège, values in British or American, do fixed or movable.

Conventions: names are for prose, with ♯ and ♭; scale degrees of a minor key are counted against natural minor, as in
`theory.roman`. Sentences stay English whatever the notes are called ("H minor", "Sol7").
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from partimento.theory.chord import Chord
from partimento.theory.errors import BriefError, TheoryError, nearest
from partimento.theory.key import Key
from partimento.theory.pitch import Pitch, PitchClass
from partimento.theory.roman import degree_name

CHOICES: dict[str, tuple[str, ...]] = {
    "notes": ("english", "german", "solfege"),
    "do": ("movable", "fixed"),
    "minor": ("la", "do"),
    "dialect": ("american", "british"),
}
"""Setting to its values, the usual one first."""

_WHAT = {"notes": "note names", "do": "do", "minor": "syllable of a minor tonic", "dialect": "dialect"}
_SIGNS = {-2: "♭♭", -1: "♭", 0: "", 1: "♯", 2: "♯♯"}
_LATIN = {"C": "do", "D": "re", "E": "mi", "F": "fa", "G": "sol", "A": "la", "B": "si"}
_SYLLABLES = {
    0: "do", 1: "sol", 2: "re", 3: "la", 4: "mi", 5: "ti", 6: "fi", 7: "di", 8: "si", 9: "ri", 10: "li",
    -1: "fa", -2: "te", -3: "me", -4: "le", -5: "ra", -6: "se", -7: "de", -8: "fe",
}  # fmt: skip
"""Fifths above do to the syllable that is sung in English-speaking countries (raised to -i, lowered to -e, ra)."""

_VALUES: dict[int, tuple[str, str]] = {
    3840: ("double whole note", "breve"), 1920: ("whole note", "semibreve"), 960: ("half note", "minim"),
    480: ("quarter note", "crotchet"), 240: ("eighth note", "quaver"), 120: ("sixteenth note", "semiquaver"),
    60: ("thirty-second note", "demisemiquaver"), 30: ("sixty-fourth note", "hemidemisemiquaver"),
}  # fmt: skip
"""Ticks to the American and the British name, longest first."""

_SIXTHS = {"It6": "Italian sixth", "Fr6": "French sixth", "Ger6": "German sixth"}


@dataclass(frozen=True, slots=True)
class Naming:
    """Settings: `notes` "english", "german" (H, B, -is, -es) or "solfege"; `do` "movable" or "fixed"; `minor` "la" or
    "do" (the syllable of a minor tonic under movable do); `dialect` "american" (quarter note, measure) or "british"
    (crotchet, bar). BriefError for any other value.

    >>> german = Naming(notes="german", dialect="british")
    >>> german.note(Pitch.parse("Bb4")), german.key(Key.parse("B minor")), german.value(720), german.bar
    ('B4', 'H minor', 'dotted crotchet', 'bar')
    """

    notes: str = "english"
    do: str = "movable"
    minor: str = "la"
    dialect: str = "american"

    def __post_init__(self) -> None:
        for name, valid in CHOICES.items():
            value = getattr(self, name)
            if value not in valid:
                raise BriefError(
                    f"Unknown {_WHAT[name]} '{value}': valid are {', '.join(valid)}.{nearest(value, valid)}"
                )

    def note(self, note: Pitch | PitchClass) -> str:
        """The note's name, a pitch's with its octave (4 begins at middle C): "F♯4", "Fis4", "fa♯4".

        >>> [Naming(notes="german").note(PitchClass.parse(name)) for name in ("B", "Bb", "Bbb", "Eb", "Ab", "F##")]
        ['H', 'B', 'Heses', 'Es', 'As', 'Fisis']
        """
        octave = str(note.octave) if isinstance(note, Pitch) else ""
        return self._letter(note.letter, note.alter) + octave

    def chord(self, chord: Chord) -> str:
        """The chord's symbol, or in words where it is an augmented sixth, which has none.

        >>> from partimento.theory.chord import parse_chord
        >>> Naming().chord(parse_chord("F#m7b5/A")), Naming(notes="solfege").chord(parse_chord("Bb7"))
        ('F♯m7♭5/A', 'Si♭7')
        """
        if chord.quality in _SIXTHS:
            return f"{_SIXTHS[chord.quality]} on {self.note(chord.root)}"
        quality = re.sub(r"b(?=\d)", "♭", chord.quality).replace("#", "♯")
        bass = f"/{self._capital(chord.bass)}" if chord.bass else ""
        return self._capital(chord.root) + quality + bass

    def key(self, key: Key) -> str:
        """The key's name: "E♭ major", "Es major", "Mi♭ major"."""
        return f"{self._capital(key.tonic)} {key.mode}"

    def degree(self, tone: PitchClass, key: Key) -> str:
        """The scale degree with its syllable: "5 (sol)", "♯4 (fi)".

        >>> key = Key.parse("C")
        >>> Naming().degree(PitchClass.parse("F#"), key), Naming(do="fixed").degree(PitchClass.parse("B"), key)
        ('♯4 (fi)', '7 (si)')
        """
        number = degree_name(tone, key).replace("b", "♭").replace("#", "♯")
        return f"{number} ({self.syllable(tone, key)})"

    def syllable(self, tone: PitchClass, key: Key) -> str:
        """What is sung for a tone: under fixed do its own name, under movable do its place in the key.

        With `minor` "la" every mode is sung on the syllables of its relative major, with "do" on those of its tonic.

        >>> key, tones = Key.parse("A minor"), [PitchClass.parse(name) for name in ("A", "C", "G#")]
        >>> [[Naming(minor=minor).syllable(tone, key) for tone in tones] for minor in ("la", "do")]
        [['la', 'do', 'si'], ['do', 'me', 'ti']]
        """
        if self.do == "fixed":
            return _LATIN[tone.letter] + _signs(tone.alter)
        home = key.signature if self.minor == "la" else key.tonic.fifths
        above = tone.fifths - home
        if above in _SYLLABLES:
            return _SYLLABLES[above]
        alter, plain = divmod(above + 1, 7)
        return _SYLLABLES[plain - 1] + _signs(alter)

    def value(self, ticks: int, *, plural: bool = False) -> str:
        """A note value of so many ticks: "dotted quarter note", "triplet quaver", longer odd ones as tied values.

        What no few values write is counted in quarters. TheoryError for less than a tick.

        >>> Naming().value(160), Naming().value(600), Naming(dialect="british").value(240, plural=True)
        ('triplet eighth note', 'quarter note tied to a sixteenth note', 'quavers')
        """
        if ticks < 1:
            raise TheoryError(f"No note lasts {ticks} ticks: a value has at least one.")
        parts = self._values(ticks)
        if not parts:
            quarters = f"{ticks / 480:.3g}"
            return f"{quarters} {'crotchets' if self.dialect == 'british' else 'quarter notes'}"
        ending = "s" if plural else ""
        return " tied to a ".join(part + ending * (not place) for place, part in enumerate(parts)).replace(
            "a eighth", "an eighth"
        )

    @property
    def bar(self) -> str:
        """ "measure" or "bar"."""
        return "bar" if self.dialect == "british" else "measure"

    def term(self, term: str) -> str:
        """The name of a glossary entry in the dialect: "leading-tone" is "leading tone" or "leading note".

        TheoryError for an id that the glossary has not.
        """
        from partimento.teaching.glossary.entries import entry

        return entry(term).named(self.dialect)

    def _letter(self, letter: str, alter: int) -> str:
        if self.notes == "solfege":
            return _LATIN[letter] + _signs(alter)
        if self.notes == "english":
            return letter + _signs(alter)
        if letter == "B":
            return "B" if alter == -1 else "H" + _german(alter)
        if alter < 0 and letter in "AE":
            return letter + _german(alter).removeprefix("e")
        return letter + _german(alter)

    def _capital(self, tone: PitchClass) -> str:
        name = self.note(tone)
        return name[:1].upper() + name[1:]

    def _values(self, ticks: int) -> tuple[str, ...]:
        """The values tied to make so many ticks, none where more than three are needed."""
        british = self.dialect == "british"
        parts: list[str] = []
        left = ticks
        for length, names in _VALUES.items():
            name = names[british]
            for dots, told in ((7, f"double-dotted {name}"), (6, f"dotted {name}"), (4, name)):
                if left * 4 == length * dots:
                    return (*parts, told)
            if left > length:
                parts.append(name)
                left -= length
            if len(parts) > 2:
                break
        triplet = _VALUES.get(ticks * 3 // 2) if ticks * 3 % 2 == 0 else None
        return (f"triplet {triplet[british]}",) if triplet else ()


def _signs(alter: int) -> str:
    return _SIGNS.get(alter) or ("♯" if alter > 0 else "♭") * abs(alter)


def _german(alter: int) -> str:
    return "is" * alter if alter > 0 else "es" * -alter
