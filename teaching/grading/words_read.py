"""What a student writes under a note, read as generously as it can be without guessing.

Conventions: each reader gives a canonical answer or None for what means nothing; signs in Unicode, spaces, dots,
abbreviations and either case count alike where no meaning hangs on them. Names are English; the interval's German and
the British names of cadences are read too.
"""

from __future__ import annotations

import re
from functools import cache

from partimento.theory.chord import Chord, parse_chord
from partimento.theory.errors import TheoryError
from partimento.theory.interval import Interval
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.roman import chord_of
from partimento.theory.scale import SCALES

_SIGNS = str.maketrans({"♭": "b", "♯": "#", "°": "o", "º": "o", "˚": "o", "Ø": "ø", "Δ": "maj7", "△": "maj7", "–": "-",
                        "−": "-", "\N{NO-BREAK SPACE}": " ", "𝄪": "##", "𝄫": "bb", "♮": "",
                        **dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", "01234567890123456789", strict=True))})  # fmt: skip
_NUMBERS = {
    "unison": 1, "prime": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "octave": 8,
    "8ve": 8, "8va": 8,
    "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15,
    "sekunde": 2, "terz": 3, "quarte": 4, "quart": 4, "quinte": 5, "quint": 5, "sexte": 6, "sext": 6, "septime": 7,
    "septe": 7, "sept": 7, "oktave": 8, "none": 9, "dezime": 10,
}  # fmt: skip
_QUALITIES = {
    "p": "P", "perf": "P", "perfect": "P", "pure": "P", "rein": "P", "reine": "P", "r": "P",
    "maj": "M", "major": "M", "ma": "M", "gr": "M", "gross": "M", "groß": "M", "grosse": "M", "große": "M",
    "min": "m", "minor": "m", "mi": "m", "kl": "m", "klein": "m", "kleine": "m",
    "a": "A", "aug": "A", "augmented": "A", "+": "A", "überm": "A", "übermäßig": "A", "übermäßige": "A", "ü": "A",
    "d": "d", "dim": "d", "diminished": "d", "o": "d", "verm": "d", "vermindert": "d", "verminderte": "d", "v": "d",
}  # fmt: skip
_STEPS = {
    "tritone": "A4", "tt": "A4", "tritonus": "A4", "semitone": "m2", "half step": "m2", "whole tone": "M2",
    "whole step": "M2", "pu": "P1",
}  # fmt: skip


def is_blank(text: str) -> bool:
    """Whether a text is no answer: empty, or the sheet's own dots and lines."""
    return not text.strip(" ._…-‿?\N{NO-BREAK SPACE}")


def plain(text: str) -> str:
    """The text with signs as plain letters and single spaces."""
    return " ".join(text.translate(_SIGNS).split())


@cache
def interval_of(text: str) -> Interval | None:
    """The interval that a text names.

    >>> [str(interval_of(text)) for text in ("m3", "perfect 5th", "Maj. 6th", "aug 4", "tritone", "kl. Terz", "dim5")]
    ['m3', 'P5', 'M6', 'A4', 'A4', 'm3', 'd5']
    """
    written = plain(text).replace(".", " ").strip()
    if written.casefold() in _STEPS:
        return Interval.parse(_STEPS[written.casefold()])
    words = written.split()
    number = 0
    if words and words[-1].casefold() in _NUMBERS:
        number, quality = _NUMBERS[words[-1].casefold()], " ".join(words[:-1])
    else:
        match = re.fullmatch(r"(.*?)\s*(\d{1,2})(?:st|nd|rd|th)?", " ".join(words))
        if match is None:
            return None
        number, quality = int(match[2]), match[1]
    if "compound" in quality.casefold():
        quality, number = re.sub("compound", "", quality, flags=re.IGNORECASE).strip(), number + 7
    sign = quality if quality in ("M", "m") else _quality(quality, number)
    if sign is None:
        return None
    try:
        return Interval.parse(f"{sign}{number}")
    except TheoryError:
        return None


def _quality(text: str, number: int) -> str | None:
    """The sign of a quality; an octave or unison needs none."""
    folded = text.casefold().strip()
    doubly = folded.startswith("doubly ") or folded in ("aa", "dd")
    found = _QUALITIES.get(folded.removeprefix("doubly ").strip() if folded not in ("aa", "dd") else folded[0])
    if not folded and number in (1, 8, 15):
        return "P"
    return found * 2 if found and doubly else found


@cache
def chord_in(text: str) -> Chord | None:
    """The chord that a symbol or its words mean: "Ebm7", "e♭ minor 7", "C major", "F#ø", "B dim. 7"."""
    written = re.sub(r"/\s*([a-g])", lambda match: f"/{match[1].upper()}", plain(text).replace(".", ""))
    words = written.split()
    if words and words[0][:1] in "abcdefg" and len(words) > 1:
        words[0] = words[0][0].upper() + words[0][1:]
    candidates = [written.replace(" ", ""), _worded(words), written[:1].upper() + written[1:].replace(" ", "")]
    for candidate in candidates:
        try:
            return parse_chord(candidate)
        except TheoryError:
            continue
    return None


_CHORD_WORDS = (
    ("half-diminished", "m7b5"), ("half diminished", "m7b5"), ("half dim", "m7b5"), ("diminished", "dim"),
    ("augmented", "aug"), ("dominant", ""), ("dom", ""), ("major", "maj"), ("minor", "m"), ("min", "m"),
    ("seventh", "7"), ("7th", "7"), ("sixth", "6"), ("ninth", "9"), ("triad", ""), ("chord", ""),
)  # fmt: skip


def _worded(words: list[str]) -> str:
    tail = " ".join(words[1:]).casefold()
    for word, sign in _CHORD_WORDS:
        tail = tail.replace(word, sign)
    tail = tail.replace(" ", "").replace("m7b57", "m7b5").replace("m7b5maj", "m7b5")
    return (words[0] if words else "") + ("" if tail == "maj" else tail)


_FIGURES = re.compile(r"(6)\s*[/-]?\s*(5|4)(?!\d)|(4)\s*[/-]?\s*(3|2)(?!\d)")


@cache
def numeral_chord(text: str, key: Key) -> Chord | None:
    """The chord that a numeral means in the key; figures may be written 65, 6/5, 6-5, applied ones V7/V or V7 of V.

    >>> key = Key.parse("C")
    >>> [numeral_chord(text, key).name for text in ("V6/5", "vii°6", "V7 / V", "V of ii", "iv", "bVI", "N6")]
    ['G7/B', 'Bdim/D', 'D7', 'A', 'Fm', 'Ab', 'Db/F']
    """
    written = plain(text).replace(" of ", "/").replace(" ", "").replace("(", "").replace(")", "")
    written = _FIGURES.sub(lambda match: (match[1] or match[3]) + (match[2] or match[4]), written)
    written = re.sub(r"dim", "o", written)
    if match := re.fullmatch(r"(?i:(it)|(fr)|(ger|gr))\.?\+?(?:6|43|65)(/.*)?", written):
        # The sixth of its kind, however its figures are written: Ger+6, Fr43, Ger65.
        written = ("It6" if match[1] else "Fr6" if match[2] else "Ger6") + (match[4] or "")
    if written.casefold() in ("neapolitan", "nap", "neap", "neap6", "nap6"):
        written = "N6"
    for candidate in (written, written.replace("53", ""), written.replace("o7", "ø7")):
        try:
            return chord_of(candidate, key)
        except TheoryError:
            continue
    return None


def is_cadential(text: str) -> bool:
    """Whether a text names a six-four by the dominant that it delays: "V64", "Cad. 6/4", "V6/4-5/3"."""
    written = re.sub(r"[\s./()-]", "", plain(text).casefold())
    return re.fullmatch(r"(v|cad|cadv|c|k)64(53)?", written) is not None


_CADENCES: tuple[tuple[str, str], ...] = (
    (r"(im)?perfect authentic( cadence)?|pac|iac", ""),
    (r"phryg(ian)?( half| hc)?|ph ?(hc)?|(half|hc) \(?phrygian\)?|iv6-v", "Phrygian"),
    (r"half|hc|imperfect|semi-?|demi-?|halbschluss|1/2", "HC"),
    (r"dec|deceptive|dc|interrupted|false|trugschluss|evaded|v7?-vi", "DC"),
    (r"plag|plagal|pc|amen|iv-i", "PC"),
    (r"auth|authentic|perfect|full|ac|v7?-?i|ganzschluss", "AC"),
)


@cache
def cadence_of(text: str) -> str | None:
    """ "PAC", "IAC", "AC" (authentic, perfect or not), "HC", "Phrygian", "DC" or "PC"."""
    folded = re.sub(r"\s*(cadence|close|cad\.?)$", "", plain(text).casefold().replace(".", "")).strip()
    folded = re.sub(r"^(\w.*?) \([iv7]+-[iv6]+\)$", r"\1", folded)
    if re.fullmatch(r"pac|perf(ect)? auth(entic)?", folded):
        return "PAC"
    if re.fullmatch(r"iac|imp(erf)?(ect)? auth(entic)?", folded):
        return "IAC"
    return next((kind for pattern, kind in _CADENCES[1:] if re.fullmatch(pattern, folded)), None)


_NON_CHORD = {
    "passing": "p|pt|pass|passing|passing ?(tone|note)|durchgang",
    "neighbour": "n|nt|un|ln|aux|nb|neigh?b?|(upper |lower )?(neighbou?r|auxiliary)(ing)?( ?tone| ?note)?|wechselnote",
    "suspension": "s|vorhalt|sus|susp|suspension|[2-9]-[1-8]( sus(pension)?)?",
    "retardation": "r|ret|retardation",
    "appoggiatura": "app|appog|appoggiatura|incomplete neighbou?r|in|inc",
    "anticipation": "a|ant|antic|anticip|anticipation",
    "escape": "e|et|esc|escape|escape ?(tone|note)|[ée]chapp[ée]e",
    "pedal": "ped|pedal|pedal ?(point|tone)",
    "cambiata": "c|cam|cambiata|changing ?tones?",
    "chord": "ct|chord|chord ?tone|harmony|harmonic|h",
}


@cache
def non_chord_of(text: str) -> str | None:
    """A kind of non-chord tone, as `theory.figuration` names them, "chord" for a chord tone."""
    folded = plain(text).casefold().replace(".", "").strip()
    folded = re.sub(r"^(accented|unaccented|acc) ", "", folded)
    return next((kind for kind, pattern in _NON_CHORD.items() if re.fullmatch(pattern, folded)), None)


_SCALE_NAMES = {
    "natural minor": "minor", "minor natural": "minor", "aeolian": "minor", "ionian": "major", "dur": "major",
    "pentatonic": "major pentatonic", "pentatonic major": "major pentatonic", "pentatonic minor": "minor pentatonic",
    "minor harmonic": "harmonic minor", "minor melodic": "melodic minor", "wholetone": "whole tone",
    "lydian b7": "lydian dominant", "acoustic": "lydian dominant", "super locrian": "altered",
    "superlocrian": "altered", "half whole": "diminished half-whole", "half whole diminished": "diminished half-whole",
    "diminished half whole": "diminished half-whole", "octatonic": "diminished half-whole",
    "whole half diminished": "diminished whole-half", "diminished whole half": "diminished whole-half",
}  # fmt: skip
"""Other names than those of `theory.scale`."""


@cache
def scale_of(text: str) -> str | None:
    """The name of a scale or mode, with or without its tonic before it: "D dorian" is dorian."""
    folded = plain(text).casefold().replace(".", "").replace("-", " ").strip()
    folded = re.sub(r"( (scale|mode|ascending|asc|\(ascending\)))+$", "", folded)
    folded = re.sub(r"^[a-g](b|#| ?flat| ?sharp)?\s+", "", folded)
    folded = re.sub(r"\bharm\b", "harmonic", re.sub(r"\bmel\b", "melodic", re.sub(r"\bmin\b", "minor", folded)))
    folded = _SCALE_NAMES.get(folded, folded)
    return folded if folded in SCALES else None


@cache
def meter_of(text: str) -> Meter | None:
    """The meter of "6/8", "C", "3 4"."""
    written = re.sub(r"^(\d+)[\s-]+(\d+)$", r"\1/\2", plain(text))
    try:
        return Meter.parse(written)
    except TheoryError:
        return None
