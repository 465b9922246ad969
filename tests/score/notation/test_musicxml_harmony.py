"""Chord symbols in MusicXML: each quality's kind and degrees spell its tones, and the printed text reads back."""

from __future__ import annotations

import doctest
import importlib
from xml.etree import ElementTree

import pytest

from partimento.score.notation.musicxml_harmony import KINDS, harmony_body, kind_of, printed_quality
from partimento.theory.chord import Chord, parse_chord
from partimento.theory.chord_quality import QUALITIES, find_quality
from partimento.theory.pitch import PitchClass, spelled

# Degrees of a dominant scale on C, as the reference counts added degrees from; the law below reads by letters alone.
_ADDED = {2: "D", 4: "F", 5: "G", 6: "A", 7: "Bb", 9: "D", 11: "F", 13: "A"}
_TONES = {
    "major": "C E G", "minor": "C Eb G", "augmented": "C E G#", "diminished": "C Eb Gb", "dominant": "C E G Bb",
    "major-seventh": "C E G B", "minor-seventh": "C Eb G Bb", "diminished-seventh": "C Eb Gb Bbb",
    "augmented-seventh": "C E G# Bb", "half-diminished": "C Eb Gb Bb", "major-minor": "C Eb G B",
    "major-sixth": "C E G A", "minor-sixth": "C Eb G A", "dominant-ninth": "C E G Bb D", "major-ninth": "C E G B D",
    "minor-ninth": "C Eb G Bb D", "dominant-11th": "C E G Bb D F", "major-11th": "C E G B D F",
    "minor-11th": "C Eb G Bb D F", "dominant-13th": "C E G Bb D A", "major-13th": "C E G B D A",
    "minor-13th": "C Eb G Bb D F A", "suspended-second": "C D G", "suspended-fourth": "C F G", "power": "C G",
}  # fmt: skip
_LETTERS = {1: "C", 2: "D", 3: "E", 4: "F", 5: "G", 6: "A", 7: "B", 9: "D", 11: "F", 13: "A"}


def spell(kind: str, degrees: tuple[tuple[int, int, str], ...]) -> list[str]:
    """The tones on C that a kind and its degrees mean, sorted."""
    tones = _TONES[kind].split()
    for value, alter, way in degrees:
        letter = _LETTERS[value]
        if way != "add":
            # A sixth and a thirteenth, a second and a ninth are never in one kind, so a letter finds its degree.
            (old,) = (tone for tone in tones if tone[0] == letter)
            tones.remove(old)
        if way != "subtract":
            base = PitchClass.parse(_ADDED[value] if way == "add" else old)
            tones.append(spelled(base.letter, base.alter + alter).name)
    return sorted(tones)


@pytest.mark.parametrize("quality", QUALITIES)
def test_kind_and_degrees_spell_the_quality(quality: str) -> None:
    kind, degrees = kind_of(quality)
    assert spell(kind, degrees) == sorted(tone.name for tone in Chord(PitchClass(0), quality).tones)
    assert kind in KINDS


@pytest.mark.parametrize("quality", QUALITIES)
def test_what_is_printed_reads_back(quality: str) -> None:
    assert find_quality(printed_quality(quality).replace("♭", "b")) == quality


@pytest.mark.parametrize("quality", QUALITIES)
def test_what_is_printed_of_the_element_is_the_symbol_once(quality: str) -> None:
    root = ElementTree.fromstring(f"<harmony>{harmony_body(Chord(PitchClass(0), quality))}</harmony>")
    kind = root.find("kind")
    assert kind is not None
    text = ""
    for degree in root.iter("degree"):
        if degree.get("print-object") != "no":
            way = degree.find("degree-type")
            assert way is not None
            alter = int(degree.findtext("degree-alter", "0"))
            text += way.get("text", "") + ("♭" * -alter + "♯" * alter) + degree.findtext("degree-value", "")
    if kind.get("parentheses-degrees") == "yes":
        text = f"({text})"
    assert find_quality((kind.get("text", "") + text).replace("♭", "b")) == quality


def test_plain_chords_need_no_degrees() -> None:
    plain = [quality for quality in QUALITIES if not kind_of(quality)[1]]
    assert plain == [
        "", "m", "5", "dim", "aug", "sus2", "sus4", "6", "m6", "7", "maj7", "m7", "mmaj7", "m7b5", "dim7", "7#5",
        "9", "maj9", "m9", "11", "m11", "maj11", "13", "maj13", "m13",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("symbol", "body"),
    [
        ("Bbm7/F", "<root><root-step>B</root-step><root-alter>-1</root-alter></root>"
                   '<kind text="m7">minor-seventh</kind>'
                   "<bass><bass-step>F</bass-step></bass>"),
        ("F#7b9", '<root><root-step>F</root-step><root-alter>1</root-alter></root><kind text="7">dominant</kind>'
                  "<degree><degree-value>9</degree-value><degree-alter>-1</degree-alter>"
                  '<degree-type text="">add</degree-type></degree>'),
        ("G7sus4", '<root><root-step>G</root-step></root><kind text="7sus4">suspended-fourth</kind>'
                   '<degree print-object="no"><degree-value>7</degree-value><degree-alter>0</degree-alter>'
                   '<degree-type text="add">add</degree-type></degree>'),
    ],
)  # fmt: skip
def test_harmony_elements(symbol: str, body: str) -> None:
    assert harmony_body(parse_chord(symbol)) == body


def test_no_chord() -> None:
    body = '<numeral><numeral-root text="">1</numeral-root></numeral><kind text="N.C.">none</kind>'
    assert harmony_body(None) == body


@pytest.mark.parametrize("module", ["musicxml_harmony", "transposing"])
def test_examples_in_the_documentation(module: str) -> None:
    result = doctest.testmod(importlib.import_module(f"partimento.score.notation.{module}"))
    assert (result.failed, result.attempted > 0) == (0, True)
