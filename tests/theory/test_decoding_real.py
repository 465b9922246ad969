"""Decoding of real chorales, from music21's installed corpus: their keys, closes, and what does not change them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import music21
import pytest

from partimento.teaching.reading import read_source
from partimento.theory.analysis.analyse import analyse
from partimento.theory.analysis.decoding import decode
from partimento.theory.analysis.piece import Piece
from partimento.theory.interval import Interval
from partimento.theory.key import Key
from tests.theory.small_pieces import transposed

BACH = Path(music21.__file__).parent / "corpus" / "bach"


@cache
def chorale(name: str) -> Piece:
    return read_source(BACH / f"{name}.mxl").piece


@pytest.mark.parametrize(
    ("name", "key"),
    [("bwv269", "G major"), ("bwv281", "F major"), ("bwv347", "A major"), ("bwv153.1", "A minor"),
     ("bwv244.17", "Eb major")],
)  # fmt: skip
def test_keys_of_chorales(name: str, key: str) -> None:
    found = decode(chorale(name))
    assert str(found.key) == key
    assert found.key_sure >= 0.5
    assert found.chords[-1].numeral == "I" if not found.key.is_minor else found.chords[-1].numeral in ("I", "i", "V")


def test_a_first_phrase() -> None:
    """BWV 347 begins in A, goes to E by a pivot and comes home."""
    found = decode(chorale("bwv347"))
    assert [str(span.key) for span in found.keys][:3] == ["A major", "E major", "A major"]
    assert [span.numeral for span in found.chords[:4]] == ["I", "vi", "I6", "IV"]


@pytest.mark.parametrize("interval", ["M2", "m3", "P4"])
def test_transposed_chorales_are_read_alike(interval: str) -> None:
    source = chorale("bwv281")
    here = decode(source)
    there = decode(transposed(source, Interval.parse(interval)))
    assert [(span.start, span.numeral) for span in there.chords] == [(span.start, span.numeral) for span in here.chords]


def test_a_signature_that_the_tones_belie_changes_nothing() -> None:
    source = chorale("bwv244.17")
    silent = decode(replace(source, keys=()))
    wrong = decode(replace(source, keys=((0, Key.parse("B")),)))
    # The signature still chooses among spellings, so what sounds is compared.
    assert [(span.start, span.key.tonic.number, span.key.mode) for span in wrong.keys] == [
        (span.start, span.key.tonic.number, span.key.mode) for span in silent.keys
    ]


def test_a_picardy_third_ends_in_the_minor_key_that_is_written() -> None:
    piece = chorale("bwv66.6")
    found = decode(piece)
    assert str(found.key) == str(found.keys[-1].key) == "F# minor" and found.chords[-1].numeral == "I"
    untold = decode(replace(piece, keys=()))
    assert untold.chords[-1].chord == found.chords[-1].chord


@pytest.mark.parametrize("name", ["bwv269", "bwv347", "bwv281"])
def test_phrases_of_chorales_are_found_without_their_fermatas(name: str) -> None:
    piece = chorale(name)
    meant = {row.start for row in analyse(piece).phrases}
    found = {row.start for row in analyse(replace(piece, fermatas=(), phrase_ends=())).phrases}
    assert len(meant) >= 4 and len(meant & found) >= 0.6 * max(len(meant), len(found))
