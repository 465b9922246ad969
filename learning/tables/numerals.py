"""Chord labels to key-relative numerals: case is the third, accidentals count from the major or natural minor scale."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII")

# Chromatic step above the tonic -> (accidental, scale step). Minor counts from natural minor.
_MAJOR = (
    ("", 0), ("b", 1), ("", 1), ("b", 2), ("", 2), ("", 3), ("#", 3), ("", 4), ("b", 5), ("", 5), ("b", 6), ("", 6),
)  # fmt: skip
_MINOR = (
    ("", 0), ("b", 1), ("", 1), ("", 2), ("#", 2), ("", 3), ("#", 3), ("", 4), ("", 5), ("#", 5), ("", 6), ("#", 6),
)  # fmt: skip

# Canonical quality -> (third is minor, suffix, intervals above the root).
QUALITIES: dict[str, tuple[bool, str, tuple[int, ...]]] = {
    "maj": (False, "", (0, 4, 7)),
    "min": (True, "", (0, 3, 7)),
    "dim": (True, "o", (0, 3, 6)),
    "aug": (False, "+", (0, 4, 8)),
    "7": (False, "7", (0, 4, 7, 10)),
    "maj7": (False, "maj7", (0, 4, 7, 11)),
    "min7": (True, "7", (0, 3, 7, 10)),
    "minmaj7": (True, "maj7", (0, 3, 7, 11)),
    "dim7": (True, "o7", (0, 3, 6, 9)),
    "hdim7": (True, "ø7", (0, 3, 6, 10)),
    "sus4": (False, "sus4", (0, 5, 7)),
    "sus2": (False, "sus2", (0, 2, 7)),
    "7sus4": (False, "7sus4", (0, 5, 7, 10)),
    "add9": (False, "add9", (0, 4, 7, 2)),
    "minadd9": (True, "add9", (0, 3, 7, 2)),
    "maj6": (False, "add6", (0, 4, 7, 9)),
    "min6": (True, "add6", (0, 3, 7, 9)),
    "69": (False, "69", (0, 4, 7, 9, 2)),
}

# Harte qualities that are a colour of one of the above.
_REDUCED = {
    "9": "7", "11": "7sus4", "13": "7", "7alt": "7", "7(b9)": "7", "7(#9)": "7", "7(#11)": "7", "7(13)": "7",
    "maj9": "maj7", "maj13": "maj7", "maj7(#11)": "maj7", "min9": "min7", "min11": "min7", "min13": "min7",
    "min7(11)": "min7", "maj(9)": "add9", "min(9)": "minadd9", "maj6(9)": "69", "sus4(b7)": "7sus4",
    "sus4(b7,9)": "7sus4", "sus4(b7,9,13)": "7sus4", "7sus4": "7sus4", "sus2(b7)": "7sus4", "sus4(9)": "sus4",
    "5(b7)": "7", "min(11)": "min", "maj(11)": "maj", "min7b5": "hdim7", "hdim": "hdim7", "": "maj", "1(11)": "sus4",
}  # fmt: skip

_DEGREE = {"1": 0, "2": 2, "3": 4, "4": 5, "5": 7, "6": 9, "7": 11, "9": 14, "11": 17, "13": 21}


@dataclass(frozen=True, slots=True)
class Symbol:
    """A chord label read apart: root and bass as pitch classes; `quality` is a key of QUALITIES, or "5"."""

    root: int
    quality: str
    bass: int
    colour: str


def pitch_class(name: str) -> int:
    """Pitch class of a note name such as `Bb` or `F#`. Raises KeyError on another letter."""
    return (LETTERS[name[0]] + name.count("#") - name.count("b")) % 12


@cache
def read_label(label: str) -> Symbol | None:
    """A Harte-style label (`Ab:min7/b3`, bass a note name or a degree above the root); None for N, X, unknown."""
    if ":" not in label:
        return None
    root_name, rest = label.split(":", 1)
    quality, _, bass_name = rest.partition("/")
    root = pitch_class(root_name)
    if not bass_name:
        bass = root
    elif bass_name[0] in LETTERS:
        bass = pitch_class(bass_name)
    else:
        digits = bass_name.lstrip("b#")
        if digits not in _DEGREE:
            return None
        bass = (root + _DEGREE[digits] + bass_name.count("#") - bass_name.count("b")) % 12
    if quality in ("5", "1"):
        return Symbol(root, "5", bass, quality)
    reduced = quality if quality in QUALITIES else _REDUCED.get(quality)
    if reduced is None:
        head = quality.split("(", 1)[0]
        reduced = head if head in QUALITIES else _REDUCED.get(head)
    if reduced is None:
        return None
    return Symbol(root, reduced, bass, quality)


def degree_name(step: int, mode: str) -> str:
    """Scale degree of a chromatic step above the tonic, as `b7`; mode is "major" or "minor"."""
    accidental, place = (_MAJOR if mode == "major" else _MINOR)[step % 12]
    return f"{accidental}{place + 1}"


@cache
def numeral(root: int, quality: str, bass: int, mode: str, inversions: bool = True) -> str:
    """Numeral of a chord whose `root` and `bass` are chromatic steps above the tonic.

    A power chord ("5") takes the third of the scale, so that power chords and triads count together.
    """
    accidental, place = (_MAJOR if mode == "major" else _MINOR)[root % 12]
    if quality == "5":
        scale = (0, 2, 4, 5, 7, 9, 11) if mode == "major" else (0, 2, 3, 5, 7, 8, 10)
        diatonic_minor = (root + 3) % 12 in scale and (root + 4) % 12 not in scale and root % 12 in scale
        quality = "min" if diatonic_minor and (root + 7) % 12 in scale else "maj"
    minor_third, suffix, tones = QUALITIES[quality]
    if mode == "minor" and root % 12 in (10, 11) and tones[2] == 6:
        accidental = "b" if root % 12 == 10 else ""  # a diminished vii stands on the raised seventh
    base = accidental + (ROMAN[place].lower() if minor_third else ROMAN[place])
    if not inversions or bass % 12 == root % 12:
        return base + suffix
    interval = (bass - root) % 12
    where = tones.index(interval) if interval in tones else -1
    if quality in ("maj", "min", "dim") and where in (1, 2):
        return base + suffix + ("6" if where == 1 else "64")
    if quality in ("7", "min7", "dim7", "hdim7") and where in (1, 2, 3):
        return base + suffix[:-1] + ("65", "43", "42")[where - 1]
    if quality in ("maj", "min") and interval in (10,):
        return base + "42"  # a triad over its minor seventh is heard as the seventh chord in third inversion
    return f"{base}{suffix}@{degree_name(bass, mode)}"


@cache
def triad(root: int, quality: str, mode: str) -> str:
    """The numeral without sevenths, colours or inversion: what a loop is compared by."""
    plain = {
        "maj7": "maj", "7": "maj", "add9": "maj", "maj6": "maj", "69": "maj", "sus4": "maj", "sus2": "maj",
        "7sus4": "maj", "min7": "min", "minmaj7": "min", "minadd9": "min", "min6": "min", "dim7": "dim",
        "hdim7": "dim",
    }  # fmt: skip
    return numeral(root, plain.get(quality, quality), root, mode)


def applied(root: int, quality: str, following: int | None, mode: str, stable_sevenths: bool = False) -> str | None:
    """`V/x` or `V7/x` when a chromatic major or dominant chord falls a fifth to a diatonic one, else None.

    `root` and `following` are chromatic steps above the tonic. With `stable_sevenths` (blues) I7 and IV7 are at rest.
    """
    if following is None or quality not in ("maj", "7") or (root + 5) % 12 != following % 12:
        return None
    scale = (0, 2, 4, 5, 7, 9, 11) if mode == "major" else (0, 2, 3, 5, 7, 8, 10)
    target = following % 12
    if target == 0 or target not in scale:
        return None
    tones = [(root + t) % 12 for t in QUALITIES[quality][2]]
    if all(t in scale for t in tones) or (stable_sevenths and root % 12 in (0, 5)):
        return None
    if mode == "minor" and target == 0:
        return None
    minor_target = (target + 3) % 12 in scale
    accidental, place = (_MAJOR if mode == "major" else _MINOR)[target]
    name = accidental + (ROMAN[place].lower() if minor_target else ROMAN[place])
    if mode == "major" and target == 11:
        return None
    return f"V{'7' if quality == '7' else ''}/{name}"
