"""A breach as it is worded: its facts looked up by name, in the reader's names for notes and the score's for voices."""

from __future__ import annotations

from partimento.teaching.naming import Naming
from partimento.theory.analysis.piece import Piece
from partimento.theory.errors import TheoryError
from partimento.theory.interval import Interval
from partimento.theory.pitch import Pitch, PitchClass, pitch_class
from partimento.theory.rules.breach import Breach

_QUALITIES = {"P": "perfect", "M": "major", "m": "minor", "A": "augmented", "d": "diminished"}
_SIZES = (
    "unison", "second", "third", "fourth", "fifth", "sixth", "seventh", "octave", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth", "fifteenth",
)  # fmt: skip

_SINGERS = ("soprano", "alto", "tenor", "bass")


def voice_name(piece: Piece, voice: int) -> str:
    """A voice's name inside a sentence: "soprano", "Violin 2" as the score has it."""
    name = piece.voices[voice].name if 0 <= voice < len(piece.voices) else ""
    return name.casefold() if name.casefold() in _SINGERS else name or f"voice {voice + 1}"


def the_voice(piece: Piece, voice: int) -> str:
    """A voice's name with its article, "the soprano"; a name that is a proper one has none: "Violin 2"."""
    name = voice_name(piece, voice)
    return f"the {name}" if name in _SINGERS else name


class Telling:
    """A breach of a piece, for a level and a reader's names."""

    def __init__(self, breach: Breach, piece: Piece, level: str, naming: Naming) -> None:
        self.breach, self.piece, self.level, self.naming = breach, piece, level, naming

    def who(self) -> str:
        """The voice in question with its article, as inside a sentence; "a voice" where none is named."""
        return the_voice(self.piece, self.breach.voices[0]) if self.breach.voices else "a voice"

    def voices(self) -> str:
        """The names of the voices in question, "bass and tenor"."""
        names = [voice_name(self.piece, voice) for voice in self.breach.voices]
        return names[0] if len(names) == 1 else " and ".join(names)

    def note(self, name: str) -> str:
        """The pitch or tone that a fact names, as the reader calls it."""
        text = str(self.breach.value(name))
        try:
            return self.naming.note(Pitch.parse(text) if text[-1:].isdigit() else PitchClass.parse(text))
        except TheoryError:
            return text

    def midi(self, name: str) -> str:
        """A MIDI number among the facts, as a note spelled without alterations where it can be."""
        number = int(self.breach.value(name, 0))
        fifths = next(f for f in (0, 1, 2, 3, 4, 5, -1, 6, -2, -3, 7, -4) if f * 7 % 12 == number % 12)
        tone = pitch_class(fifths)
        return self.naming.note(Pitch(tone.letter, tone.alter, (number - tone.alter) // 12 - 1))

    def interval(self, simple: bool = False) -> str:
        """The interval among the facts, in words."""
        return interval_name(str(self.breach.value("interval")), simple)

    def pair(self) -> str:
        """The two voices' moves: "G3–D4 to A3–E4"."""
        low, high = self.note("low from"), self.note("high from")
        return f"{low}–{high} to {self.note('low to')}–{self.note('high to')}"


def interval_name(name: str, simple: bool = False) -> str:
    """An interval in words, "perfect fifth"; with `simple` a twelfth is a fifth, without its quality where perfect."""
    interval = Interval.parse(name.removeprefix("-"))
    if simple and interval.steps >= 7:
        interval = Interval(interval.steps % 7 or 7, interval.semitones % 12 or 12)
    size = _SIZES[interval.steps] if interval.steps < len(_SIZES) else f"{interval.steps + 1}th"
    quality = interval.name[0]
    if quality == "P" and interval.steps % 7 in (0, 4):
        return size
    return f"{_QUALITIES[quality]} {size}"


def capital(text: str) -> str:
    """The text with a capital letter in front, the rest as it is."""
    return text[:1].upper() + text[1:]


def an(text: str) -> str:
    return f"{'an' if text[:1] in 'aeio' else 'a'} {text}"
