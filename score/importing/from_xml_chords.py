"""MusicXML's `harmony` as a Chord: its kind and degrees, where these are ours, else its printed text.

Conventions: a kind's tones are those of our quality (a thirteenth has no eleventh); an added degree counts against the
dominant scale (7 is minor, as MusicXML has it), an altered one against what the kind holds.
"""

from __future__ import annotations

from functools import cache
from xml.etree.ElementTree import Element

from partimento.score.importing.from_xml_values import text_in, whole
from partimento.score.importing.sheet import WrittenChord
from partimento.theory.chord import Chord, parse_chord
from partimento.theory.chord_quality import QUALITIES, find_quality
from partimento.theory.errors import TheoryError
from partimento.theory.pitch import LETTERS, PitchClass, spelled

KINDS: dict[str, str] = {
    "major": "", "minor": "m", "augmented": "aug", "diminished": "dim", "dominant": "7", "major-seventh": "maj7",
    "minor-seventh": "m7", "diminished-seventh": "dim7", "augmented-seventh": "7#5", "half-diminished": "m7b5",
    "major-minor": "mmaj7", "major-sixth": "6", "minor-sixth": "m6", "dominant-ninth": "9", "major-ninth": "maj9",
    "minor-ninth": "m9", "dominant-11th": "11", "major-11th": "maj11", "minor-11th": "m11", "dominant-13th": "13",
    "major-13th": "maj13", "minor-13th": "m13", "suspended-second": "sus2", "suspended-fourth": "sus4", "power": "5",
    "Neapolitan": "", "Italian": "It6", "French": "Fr6", "German": "Ger6", "Tristan": "m7b5",
}  # fmt: skip
"""MusicXML's kinds as our qualities ("pedal" and "other" say no tones)."""

_ADDED = {1: 0, 2: 2, 3: 4, 4: -1, 5: 1, 6: 3, 7: -2, 8: 0, 9: 2, 10: 4, 11: -1, 13: 3}
"""Degree to fifths above the root, in the dominant scale."""


def written_chord(element: Element, tick: int, fifths: int = 0) -> WrittenChord:
    """The chord of a `harmony`, moved by `fifths` to where it sounds."""
    kind = element.find("kind")
    name = text_in(kind)
    text = kind.get("text", "") if kind is not None else ""
    if name == "none":
        return WrittenChord(tick, None)
    root = _tone(element, "root")
    if root is None:
        return WrittenChord(tick, None, text or name or "a chord without a root")
    quality = _quality(name, _degrees(element), text[:40])
    if quality is None:
        return WrittenChord(tick, None, f"{root.name}{text or name}")
    chord = Chord(root, quality, _tone(element, "bass"))
    if chord.bass is None:
        inversion = whole(text_in(element, "inversion"))
        stack = [tone for degree, tone in chord.members.items() if degree <= 7]
        if 1 <= inversion < len(stack):
            chord = chord.over(stack[inversion])
    return WrittenChord(tick, chord.up(fifths))


def _tone(element: Element, name: str) -> PitchClass | None:
    step = text_in(element, f"{name}/{name}-step")
    alter = whole(text_in(element, f"{name}/{name}-alter"))
    return spelled(step, alter) if len(step) == 1 and step in LETTERS and abs(alter) <= 2 else None


def _degrees(element: Element) -> tuple[tuple[str, int, int], ...]:
    found = []
    for degree in list(element.iterfind("degree"))[:12]:
        value, alter = whole(text_in(degree, "degree-value")), whole(text_in(degree, "degree-alter"))
        found.append((text_in(degree, "degree-type"), value, max(-2, min(2, alter))))
    return tuple(found)


@cache
def _quality(kind: str, degrees: tuple[tuple[str, int, int], ...], text: str) -> str | None:
    """The quality whose tones these are; else what the printed text says; else the kind alone."""
    base = KINDS.get(kind)
    if base is not None:
        tones = _altered(QUALITIES[base], degrees)
        exact = _with_tones(tones, base)
        if exact is not None:
            return exact
    return _of_text(text) or base


def _of_text(text: str) -> str | None:
    if text and find_quality(text) is not None:
        return find_quality(text)
    try:
        return parse_chord(text).quality if text else None
    except TheoryError:
        return None


def _altered(tones: dict[int, int], degrees: tuple[tuple[str, int, int], ...]) -> dict[int, int]:
    out = dict(tones)
    for what, degree, alter in degrees:
        if what == "subtract":
            out.pop(degree, None)
        elif what == "alter" and degree in out:
            out[degree] += 7 * alter
        elif degree in _ADDED:
            out[degree] = _ADDED[degree] + 7 * alter
    return out


def _with_tones(tones: dict[int, int], base: str) -> str | None:
    """The quality of these degrees, the kind's own first; a fourth or second beside a third is an eleventh or ninth."""
    if tones == QUALITIES[base]:
        return base
    candidates = [tones]
    if 3 in tones:
        candidates.append({{2: 9, 4: 11}.get(degree, degree): place for degree, place in tones.items()})
    if 3 not in tones and 11 in tones:
        candidates.append({(4 if degree == 11 else degree): place for degree, place in tones.items()})
    if 11 not in tones and 13 in tones and 9 not in tones:
        candidates.append(tones | {9: 2})
    for wanted in candidates:
        for quality, known in QUALITIES.items():
            if known == wanted:
                return quality
    return None
