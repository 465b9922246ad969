"""Part-writing rules, each on the smallest passage that breaks it and on one that does not."""

from __future__ import annotations

import pytest

from partimento.theory.chord import parse_chord
from partimento.theory.key import Key
from partimento.theory.part_writing import RULES, Sonority, check, motion_faults, parallels, spacing
from partimento.theory.pitch import Pitch

C_MAJOR = Key.parse("C")


def sonority(text: str) -> Sonority:
    return tuple(None if name == "-" else Pitch.parse(name) for name in text.split())


def rules_of(passage: str, chords: str, key: Key = C_MAJOR) -> set[str]:
    sonorities = [sonority(part) for part in passage.split("|")]
    return {finding.rule for finding in check(sonorities, [parse_chord(name) for name in chords.split()], key)}


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        ("C3 G4", "D3 A4", "parallel-perfect"),
        ("C3 C4", "D3 D4", "parallel-perfect"),
        ("C4 G4", "G3 D5", "contrary-perfect"),
        ("B3 F4", "C4 G4", "unequal-fifths"),
        ("C3 E4", "G3 D5", "direct-leap"),
        ("F3 F4", "C4 G4", "direct"),
        ("C4 E4", "F4 A4", "overlap"),
        ("C3 F4", "C3 G#4", "melodic-augmented"),
        ("C3 F4", "C3 B4", "melodic-augmented"),
        ("C3 F4", "C3 Eb5", "melodic-leap"),
    ],
)
def test_motion_that_breaks_a_rule(before: str, after: str, rule: str) -> None:
    found = {name for name, _ in motion_faults(sonority(before), sonority(after))}
    assert rule in found


@pytest.mark.parametrize(
    ("before", "after"),
    [("C3 G4", "C3 G4"), ("C3 E4", "D3 F4"), ("C4 G4", "D4 G#4"), ("C3 -", "D3 A4"), ("B3 F4", "C4 E4")],
)
def test_motion_without_parallels(before: str, after: str) -> None:
    assert parallels([sonority(before), sonority(after)]) == ()


def test_a_good_cadence_has_no_findings() -> None:
    assert rules_of("F3 A3 D4 F4|G3 G3 B3 F4|C3 G3 C4 E4", "Dm/F G7 C") <= {"overlap"}


@pytest.mark.parametrize(
    ("passage", "chords", "rule"),
    [
        ("G2 D4 F4 B4|C3 C4 E4 G4", "G7 C", "leading-tone"),
        ("G2 D4 F4 B4|C3 C4 A4 C5", "G7 C", "seventh-leaps"),
        ("G2 B3 D4 B4", "G", "doubled-leading-tone"),
        ("G2 F3 B3 F4", "G7", "doubled-seventh"),
        ("C3 G3 C4 G4", "C", "missing-tone"),
        ("C3 C4 B3 G4", "C", "crossing"),
        ("C3 G3 C4 E5", "C", "spacing-upper"),
        ("C3 A4 A4 E5", "Am/C", "spacing-bass"),
        ("C2 G3 C4 E4", "C", "range"),
    ],
)
def test_chords_that_break_a_rule(passage: str, chords: str, rule: str) -> None:
    assert rule in rules_of(passage, chords)


def test_the_minor_dominant_wants_its_raised_third() -> None:
    minor = Key.parse("A minor")
    assert "unraised-leading-tone" in rules_of("E3 G3 B3 E4", "Em", minor)
    assert "unraised-leading-tone" not in rules_of("E3 G#3 B3 E4", "E", minor)


def test_the_leading_tone_may_fall_in_a_descending_line() -> None:
    assert "leading-tone" not in rules_of("C3 G3 E4 C5|G2 G3 D4 B4|F2 A3 C4 A4", "C G F")


def test_spacing_leaves_good_chords_alone() -> None:
    assert spacing([sonority("C3 G3 C4 E4"), sonority("C3 E4 C5 G5")]) == ()


def test_every_finding_names_a_rule_with_a_tier() -> None:
    assert {rule.tier for rule in RULES.values()} == {"error", "warning", "style"}
    passage = "C3 G3 C4 E4|D3 A3 D4 F4|B2 B3 B4 F5"
    found = rules_of(passage, "C Dm G7")
    assert found
    assert found <= set(RULES)
