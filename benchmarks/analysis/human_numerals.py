"""The Roman numerals of human analysts as chords that can be compared: key, root, quality, bass.

Conventions: pitch classes are numbers (C = 0). The rule of the mapping, here in one place:

- `Cad64` is the tonic's six-four; ninths, elevenths and thirteenths are sevenths; `[no5]`, `[add9]` and suspensions
  (`54`, `4`) are left out of the quality.
- A bare 7 on a capital is the seventh of the scale (IV7 of major is a major seventh), as RomanText has it; `maj7`, `b7`
  say otherwise. o7 is fully diminished, /o7 or ø7 half diminished.
- In minor, VI and VII stand on the natural degrees, vi, vio, viø and vii, viio, viiø on the raised ones.
- Augmented sixths have their root on the lowered sixth degree, whatever their figures; the figures give the bass.
- A numeral that cannot be read is None and its frames are not counted.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MAJOR_STEPS = (0, 2, 4, 5, 7, 9, 11)
MINOR_STEPS = (0, 2, 3, 5, 7, 8, 10)
_ROMANS = ("I", "II", "III", "IV", "V", "VI", "VII")
_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_HEAD = re.compile(r"([b#]*)(VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)(\+|o|ø|%|)(maj|M|b|)([\d/#b-]*)(\+|)")
_MEMBERS = {
    "": (0, 4, 7), "m": (0, 3, 7), "dim": (0, 3, 6), "aug": (0, 4, 8), "7": (0, 4, 7, 10), "maj7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10), "mmaj7": (0, 3, 7, 11), "m7b5": (0, 3, 6, 10), "dim7": (0, 3, 6, 9), "7#5": (0, 4, 8, 10),
    "maj7#5": (0, 4, 8, 11), "It6": (0, 4, 10), "Fr6": (0, 4, 6, 10), "Ger6": (0, 4, 7, 10),
}  # fmt: skip
_AUGMENTED = {
    "It": {"": 0, "6": 0, "53": 10, "64": 4},
    "Fr": {"": 0, "43": 0, "6": 0, "42": 4, "2": 4, "7": 6, "65": 10},
    "Ger": {"": 0, "65": 0, "6": 0, "7": 10, "43": 4, "42": 7, "2": 7},
}
_TRIAD_BASS = {"": 0, "53": 0, "5": 0, "6": 1, "63": 1, "64": 2, "54": 0, "4": 0}
_SEVENTH_BASS = {"7": 0, "75": 0, "753": 0, "65": 1, "643": 2, "43": 2, "42": 3, "2": 3, "642": 3,
                 "9": 0, "97": 0, "11": 0, "13": 0, "74": 0}  # fmt: skip


class HumanChord(NamedTuple):
    """A chord in a key: tonic and root numbers, quality, bass number, and the tonic of an applied chord's key."""

    tonic: int
    minor: bool
    root: int
    quality: str
    bass: int
    target: int | None = None

    @property
    def numbers(self) -> frozenset[int]:
        """The chord's pitch classes."""
        return frozenset((self.root + step) % 12 for step in _MEMBERS[self.quality])


def read_key(text: str) -> tuple[int, bool] | None:
    """Tonic number and whether minor of `"Bb"`, `"f#"`."""
    match = re.fullmatch(r"([A-Ga-g])([b#-]*)", text)
    if match is None:
        return None
    alter = match[2].count("#") - match[2].count("b") - match[2].count("-")
    return (_LETTERS[match[1].upper()] + alter) % 12, match[1].islower()


def read_numeral(key: str, numeral: str) -> HumanChord | None:
    """The chord of a human numeral, None where it cannot be read."""
    home = read_key(key)
    if home is None:
        return None
    text = re.sub(r"\[[^\]]*\]", "", numeral).replace("/o", "ø").replace("°", "o").replace("−", "-")
    text = re.sub(r"(?<=\d)/(?=\d)", "", text)
    head, *targets = text.split("/")
    tonic, minor = home
    for target in reversed(targets):
        place = _degree(target, tonic, minor)
        if place is None:
            return None
        tonic, minor = place
    found = _chord(head, tonic, minor)
    if found is None:
        return None
    root, quality, bass = found
    return HumanChord(*home, root, quality, bass, tonic if targets else None)


def _degree(target: str, tonic: int, minor: bool) -> tuple[int, bool] | None:
    found = _chord(target, tonic, minor)
    return None if found is None else (found[0], found[1] in ("m", "dim", "m7", "m7b5", "dim7"))


def _chord(head: str, tonic: int, minor: bool) -> tuple[int, str, int] | None:
    if head.startswith("Cad"):
        return tonic, "m" if minor else "", (tonic + 7) % 12
    for name, figures in _AUGMENTED.items():
        if head.startswith(name):
            step = figures.get(head.removeprefix(name).replace("/", ""))
            root = (tonic + 8) % 12
            return None if step is None else (root, name + "6", (root + step) % 12)
    if re.fullmatch(r"N6?", head):
        head = "bII" + head[1:]
    match = _HEAD.fullmatch(head)
    if match is None:
        return None
    signs, roman, kind, seventh, written, plus = match.groups()
    digits = re.sub(r"[^\d]", "", written)
    index = _ROMANS.index(roman.upper())
    root = tonic + _root_step(index, signs, roman, kind, minor)
    has_seventh = digits in _SEVENTH_BASS
    if not has_seventh and digits not in _TRIAD_BASS:
        return None
    lower = roman.islower()
    quality = _quality(lower, kind or plus, seventh, written, has_seventh, (root - tonic) % 12, index, minor)
    place = _SEVENTH_BASS[digits] if has_seventh else _TRIAD_BASS[digits]
    return root % 12, quality, (root + _MEMBERS[quality][place]) % 12


def _root_step(index: int, signs: str, roman: str, kind: str, minor: bool) -> int:
    alter = signs.count("#") - signs.count("b")
    if not minor:
        return MAJOR_STEPS[index] + alter
    if index in (5, 6):
        raised = roman.islower()
        if alter > 0 and raised:
            return MAJOR_STEPS[index]
        if alter < 0:
            return MINOR_STEPS[index] + alter + 1
        return (MAJOR_STEPS if raised else MINOR_STEPS)[index] + alter
    if index == 2 and alter < 0:
        alter += 1
    return MINOR_STEPS[index] + alter


def _quality(
    lower: bool, kind: str, seventh: str, figures: str, has_seventh: bool, step: int, index: int, minor: bool
) -> str:
    if kind == "+":
        return ("maj7#5" if seventh in ("maj", "M") else "7#5") if has_seventh else "aug"
    if kind in ("ø", "%"):
        return "m7b5" if has_seventh else "dim"
    if kind == "o":
        return "dim7" if has_seventh else "dim"
    if not has_seventh:
        return "m" if lower else ""
    if seventh in ("maj", "M"):
        return "mmaj7" if lower else "maj7"
    if lower:
        return "m7"
    if seventh == "b" or "b7" in figures:
        return "7"
    scale = MINOR_STEPS if minor else MAJOR_STEPS
    return "maj7" if (scale[(index + 6) % 7] - step) % 12 == 11 else "7"
