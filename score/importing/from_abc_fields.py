"""ABC's fields: tunes of a file, and what K:, M:, L:, Q: and V: say.

Conventions: after the ABC standard 2.1; a key is (fifths, mode, the letters' alterations); times are MusicXML's beats
and beat-type; tempo in quarters a minute; lengths are Fractions of a whole note.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction

from partimento.score.importing.from_xml_values import decimal, whole
from partimento.score.importing.sheet import FASTEST, SLOWEST
from partimento.theory.key import MODES, Key
from partimento.theory.pitch import PitchClass, pitch_class

FIELD = re.compile(r"^([A-Za-z+]):\s*(.*)$")
_MODES = {"": "major", "maj": "major", "ion": "major", "m": "minor", "min": "minor", "aeo": "minor"} | {
    mode[:3]: mode for mode in ("dorian", "phrygian", "lydian", "mixolydian", "locrian")
}  # fmt: skip
_KEY = re.compile(r"([A-G])([#b]?)\s*(?!clef|exp|octave|transpose|middle)([A-Za-z]*)")
_SIGN = re.compile(r"(\^\^|\^|__|_|=)([A-Ga-g])\b")
SIGNS = {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}
"""Accidentals to semitones."""
# Patterns have one way to match and bounded repetitions, so that a hostile line takes time by its length alone.
_SETTING = re.compile(r'\b([A-Za-z]+)\s*=\s*(?:"([^"]*)"|(\S+))')
_TEMPO = re.compile(r"((?:\d{1,3}/\d{1,3}(?!\d)\s*){1,8})=\s*(\d{1,5}(?:\.\d{1,3})?)")
_MOST_LENGTH = 1024


@dataclass(frozen=True, slots=True)
class Tune:
    """One tune: the fields of its `header` in order, first those before the file's first tune, and the lines after."""

    number: str
    title: str
    header: tuple[tuple[str, str], ...]
    body: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AbcKey:
    """A key; `mode` is "" where none is said, `none` where the music has no key at all."""

    fifths: int = 0
    mode: str = ""
    alters: dict[str, int] = field(default_factory=dict)
    none: bool = False


def tunes_of(text: str) -> list[Tune]:
    """The tunes of a file; lines before the first X: hold for all. Text after an empty line is no music."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    starts = [i for i, line in enumerate(lines) if re.match(r"X:\s*\d", line)]
    if not starts:
        starts = [next((i for i, line in enumerate(lines) if FIELD.match(line)), 0)]
    common = [row for line in lines[: starts[0]] if (row := _field(line)) is not None and row[0] in "MLQCRIO%"]
    return [_tune(lines[a:b], common) for a, b in zip(starts, [*starts[1:], len(lines)], strict=True)]


def _field(line: str) -> tuple[str, str] | None:
    if line.startswith("%%"):
        return "%", line[2:].strip()
    match = FIELD.match(uncommented(line))
    return (match[1], match[2].strip()) if match else None


def uncommented(line: str) -> str:
    """A line without its comment."""
    return re.sub(r"(?<!\\)%.*", "", line).rstrip()


def _tune(lines: list[str], common: list[tuple[str, str]]) -> Tune:
    header = list(common)
    i = 0
    while i < len(lines):
        row = _field(lines[i])
        if row is None and lines[i].strip() and not lines[i].startswith("%"):
            break
        i += 1
        if row is not None:
            header.append(row)
            if row[0] == "K":
                break
    said = dict(reversed(header))
    title = " ".join(said.get("T", "").replace("\\", "").split())[:200]
    return Tune(said.get("X", ""), title, tuple(header), _body(lines[i:]))


def _body(lines: list[str]) -> tuple[str, ...]:
    """The lines to the first empty one after music; a line of music that ends in a backslash goes on in the next."""
    body: list[list[str]] = []
    music = goes_on = False
    for line in lines:
        if music and not line.strip():
            break
        is_field = _field(line) is not None
        text = line if is_field else uncommented(line)
        if goes_on and not is_field:
            body[-1][-1] = body[-1][-1][:-1]
            body[-1].append(text)
        else:
            body.append([text])
        music = music or not is_field
        goes_on = not is_field and text.endswith("\\")
    return tuple("".join(pieces) for pieces in body)


def key_of(text: str) -> AbcKey:
    """The key of a K: field: "G", "Am", "D mix", "Bb", "HP", "none", with further signs ("D phr ^f")."""
    text = text.strip()
    if text[:2].casefold() == "hp":
        return AbcKey(2, "mixolydian" if text[:2] == "HP" else "", {"F": 1, "C": 1})
    match = _KEY.match(text)
    signs = {letter.upper(): SIGNS[sign] for sign, letter in _SIGN.findall(text)}
    if match is None or re.search(r"\bexp\b", text):
        return AbcKey(sum(signs.values()), "", signs, none=not signs)
    mode = _MODES.get(match[3].casefold()[:3] if match[3] != "m" else "m", "")
    key = Key(PitchClass.parse(match[1] + match[2]), mode or "major")
    alters = {tone.letter: tone.alter for tone in key.tones} | signs
    return AbcKey(key.signature, mode, alters)


def signature(fifths: int) -> dict[str, int]:
    """The letters' alterations of a signature."""
    return {tone.letter: tone.alter for tone in Key(pitch_class(fifths - MODES["major"])).tones}


def times_of(text: str) -> list[tuple[str, str]]:
    """The beats and beat-type of a M: field, none for free meter."""
    cleaned = text.replace(" ", "").replace("(", "").replace(")", "")
    cleaned = {"C": "4/4", "C|": "2/2", "c": "4/4", "c|": "2/2"}.get(cleaned, cleaned)
    match = re.fullmatch(r"(\d{1,3}(?:\+\d{1,3})*)/(\d{1,3})", cleaned)
    return [(match[1], match[2])] if match else []


def length_of(text: str) -> Fraction | None:
    """The unit of a L: field."""
    match = re.match(r"(\d{1,3})(?:/(\d{1,3}))?", text.strip())
    if match is None or not int(match[1]) or not int(match[2] or 1):
        return None
    length = Fraction(int(match[1]), int(match[2] or 1))
    return length if Fraction(1, 512) <= length <= 8 else None


def usual_length(times: list[tuple[str, str]]) -> Fraction:
    """The unit where no L: says one: a sixteenth in meters shorter than three quarters, else an eighth."""
    if not times:
        return Fraction(1, 8)
    beats = sum(int(n) for n in times[0][0].split("+"))
    return Fraction(1, 16) if Fraction(beats, max(1, int(times[0][1]))) < Fraction(3, 4) else Fraction(1, 8)


def tempo_of(text: str, unit: Fraction) -> float:
    """Quarters a minute of a Q: field ("1/4=120", '"Slow" 3/8=50', "120" of the unit), 0 where it says none."""
    bare = re.sub(r'"[^"]*"', " ", text)
    match = _TEMPO.search(bare)
    if match is not None:
        pairs = [part.split("/") for part in match[1].split()]
        beat = sum(int(a) / max(1, int(b)) for a, b in pairs)
        bpm = decimal(match[2]) * beat * 4
    else:
        number = re.search(r"(?:^|=)\s*(\d{1,5})\s*$", bare.strip())
        bpm = int(number[1]) * float(unit) * 4 if number else 0.0
    return max(SLOWEST, min(FASTEST, bpm)) if bpm > 0 else 0.0


@dataclass(slots=True)
class VoiceSettings:
    """What K: or V: say of a voice beyond its key: `semitones` it sounds away from what is written, its name."""

    semitones: int = 0
    octaves: int = 0
    clef_octaves: int = 0
    name: str = ""
    drums: bool = False
    program: int | None = None

    @property
    def shift(self) -> int:
        """Semitones from written to sounding."""
        return max(-48, min(48, self.semitones + 12 * (self.octaves + self.clef_octaves)))

    def take(self, text: str) -> None:
        """Take in settings such as `clef=treble-8 transpose=-2 name="Alto"`."""
        settings = {name.casefold(): a or b for name, a, b in _SETTING.findall(text)}
        self.semitones = whole(settings.get("transpose"), self.semitones)
        self.octaves = whole(settings.get("octave"), self.octaves)
        self.name = settings.get("name", settings.get("nm", self.name))[:100]
        clef = settings.get("clef", "") or next(iter(re.findall(r"\b(?:treble|bass|alto|tenor|perc)\S*", text)), "")
        if clef:
            self.clef_octaves = 1 if clef.endswith("+8") else -1 if clef.endswith("-8") else 0
            self.drums = clef.startswith("perc")

    def directive(self, text: str) -> None:
        """Take in `MIDI program 24` and its like."""
        words = text.split()
        if len(words) < 3 or words[0] != "MIDI" or not words[-1].lstrip("-").isdecimal():
            return
        number = whole(words[-1])
        if words[1] == "program" and 0 <= number <= 127:
            self.program = number
        elif words[1] == "channel":
            self.drums = number == 10
        elif words[1] == "transpose":
            self.semitones = number


def note_length(number: str, slashes: str, below: str) -> Fraction:
    """A note's factor: "3/2", "/", "//", "/4", "2"."""
    above = int(number) if number else 1
    if not slashes:
        return Fraction(min(above, _MOST_LENGTH))
    divisor = int(below) if below else 1 << min(len(slashes), 8)
    return Fraction(min(above, _MOST_LENGTH), max(1, min(divisor, _MOST_LENGTH)))
