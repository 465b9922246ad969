"""Faults planted in real chorales are found, and the chorales themselves pass nearly unscathed."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from partimento.benchmarks.rules.chorales import readable
from partimento.benchmarks.rules.planting import PLANTERS, plant
from partimento.score.stream import Stream
from partimento.teaching.reading import read_source
from partimento.theory.analysis.analyse import analyse
from partimento.theory.analysis.findings import Analysis
from partimento.theory.analysis.piece import Piece
from partimento.theory.key import Key
from partimento.theory.roman import chord_of
from partimento.theory.rules.checking import check
from partimento.theory.rules.rule_set import rule_set
from partimento.theory.rules.table import RULES

CHORALES = ("bwv144.6", "bwv18.5-lz", "bwv245.28", "bwv278", "bwv299", "bwv353", "bwv66.6")
PLANTED = 3


@cache
def chorale(name: str) -> tuple[Piece, Analysis]:
    """A chorale of music21's corpus and our reading of it, taken as certain: what is planted is told by it."""
    spec = find_spec("music21")
    assert spec is not None and spec.origin is not None
    piece = read_source(Path(spec.origin).parent / "corpus" / "bach" / f"{name}.mxl").piece
    found = analyse(piece)
    return piece, replace(found, chords=tuple(span._replace(sure=1.0) for span in found.chords))


@pytest.mark.parametrize("rule", list(PLANTERS))
def test_planted_faults_are_found(rule: str) -> None:
    planted = seen = 0
    for name in CHORALES:
        piece, reading = chorale(name)
        for fault, tick in plant(rule, piece, reading, Stream(1, "planted faults", name, rule), PLANTED):
            planted += 1
            found = check(fault, rule_set("bach"), reading)
            seen += any(breach.rule == rule and breach.tick == tick for breach in found)
    assert planted >= 5
    assert seen >= 0.95 * planted - 0.5, (seen, planted)


def test_every_rule_of_bach_has_its_planter_but_the_doubling_of_style() -> None:
    assert set(PLANTERS) == set(rule_set("bach").rules) - {"doubling"}


def test_bach_keeps_the_rules() -> None:
    counts = dict.fromkeys(("error", "warning", "style"), 0)
    for name in CHORALES:
        piece, _ = chorale(name)
        assert sum(voice.line for voice in piece.voices) == 4
        for breach in check(piece, rule_set("bach"), analyse(piece)):
            counts[breach.severity] += 1
    assert counts["error"] <= len(CHORALES) / 2
    assert counts["style"] > counts["error"], "overlaps and direct octaves are everywhere in Bach"


@pytest.mark.parametrize(
    ("numeral", "minor", "key", "chord"),
    [("ii/o6/5", True, "A minor", "Bm7b5/D"), ("V6/5/V", False, "C", "D7/F#"), ("vi/o7", True, "A minor", "F#m7b5")],
)
def test_numerals_of_the_data_are_read(numeral: str, minor: bool, key: str, chord: str) -> None:
    assert chord_of(readable(numeral, minor), Key.parse(key)).name == chord


def test_rates_are_of_rules_that_hold() -> None:
    assert all((rule.bach_rate is not None) == bool(rule.tier) for rule in RULES.values())
