"""A teacher's rules in TOML: what each word does, and the one line that a mistake is answered with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from partimento.theory.analysis.findings import FoundCadence, NonChordTone
from partimento.theory.errors import RuleError
from partimento.theory.rules.checking import check
from partimento.theory.rules.rule_set import rule_set
from partimento.theory.rules.rule_toml import rule_set_from_toml
from partimento.theory.rules.table import RULES
from tests.theory.test_rules_table import BEAT, C_MAJOR, analysis, passage

CLASS = """
title = "Year one"
extends = "bach"
forbidden_parallels = ["P5", "P8", "P4"]
forbidden_leaps = ["A4", "m7"]
maximum_leap = "m6"
allowed_chords = ["I*", "V", "V7", "F"]
required_cadence = ["PAC", "HC"]
allowed_dissonances = ["passing"]
[ranges]
Soprano = "C4-G5"
[rules.overlap]
severity = "off"
[rules.crossing]
severity = "error"
[rules.leading-tone]
voices = "all"
sure = 70
"""


def found(text: str, toml: str, chords: str = "") -> set[str]:
    rules = rule_set_from_toml(toml, "class.toml")
    return {b.rule for b in check(passage(text), rules, analysis(chords) if chords else None)}


def test_every_word_is_read() -> None:
    rules = rule_set_from_toml(CLASS, "class.toml")
    assert (rules.name, rules.title) == ("class.toml", "Year one")
    assert rules.texts("parallel-perfect", "intervals") == ("P5", "P8")
    assert rules.texts("forbidden-parallel", "intervals") == ("P4",)
    assert rules.texts("forbidden-leap", "intervals") == ("A4", "m7")
    assert rules.semitones("melodic-leap", "most") == 8
    assert rules.texts("required-cadence", "cadences") == ("PAC", "HC")
    assert rules.severity("overlap") == "" and rules.severity("crossing") == "error"
    assert {rules.severity(rule) for rule in ("allowed-chords", "required-cadence", "dissonance")} == {"error"}
    assert rules.text("leading-tone", "voices") == "all" and rules.number("leading-tone", "sure") == 70
    assert rules.range_of("SOPRANO", 3, 4) == (60, 79)
    assert rules.range_of("Alto", 2, 4) == (57, 72)
    assert rules.range_of("Voice 2", 2, 4) == (57, 72)
    assert rules.range_of("Viola", 1, 4) is None and rules.range_of("Bass", 0, 12) is None


def test_a_file_that_says_nothing_is_bach() -> None:
    rules = rule_set_from_toml("", "empty.toml")
    assert [rules.severity(rule) for rule in RULES] == [rule_set("bach").severity(rule) for rule in RULES]


def test_words_do_what_they_say() -> None:
    assert "forbidden-parallel" in found("C3 F3|D3 G3", 'forbidden_parallels = ["P4"]')
    assert "parallel-perfect" in found("C3 G3|D3 A3", 'forbidden_parallels = ["P4", "P5"]')
    assert "parallel-perfect" not in found("C3 G3|D3 A3", 'forbidden_parallels = ["P4"]')
    assert "melodic-leap" in found("C3 E4|C3 B4", 'maximum_leap = "P4"')
    assert "forbidden-leap" in found("C3 E4|C3 A4", 'forbidden_leaps = ["P4"]')
    assert "range" in found("C3 C6", 'extends = "jazz"\n[ranges]\nhigh = "C4-C5"')
    assert "allowed-chords" in found("C3 E4 G4|D3 F4 A4", 'allowed_chords = ["I", "V"]', "C Dm")
    assert "allowed-chords" not in found("C3 E4 G4|G3 D4 B4", 'allowed_chords = ["I", "G"]', "C G")


@pytest.mark.parametrize(
    ("name", "chord", "is_kept"),
    [("V", "G", True), ("V", "G/B", False), ("V*", "G/B", True), ("V", "G7", False), ("G7", "G7", True)],
)
def test_allowed_chords_are_numerals_or_symbols_in_any_inversion_by_a_star(
    name: str, chord: str, is_kept: bool
) -> None:
    assert ("allowed-chords" not in found("C3 E4 G4", f'allowed_chords = ["{name}"]', chord)) == is_kept


@pytest.mark.parametrize(("kind", "arrival", "is_kept"), [("PAC", 1, True), ("HC", 1, False), ("PAC", 0, False)])
def test_the_cadence_asked_for_is_the_last(kind: str, arrival: int, is_kept: bool) -> None:
    cadence = FoundCadence(0, arrival * BEAT, kind, C_MAJOR, ("V", "I"))
    said = replace(analysis("G C"), cadences=(cadence,))
    rules = rule_set_from_toml('required_cadence = "PAC"', "x")
    breaches = check(passage("G2 D4 B4|C3 E4 C5"), rules, said)
    assert ("required-cadence" not in {breach.rule for breach in breaches}) == is_kept


@pytest.mark.parametrize(("kind", "is_kept"), [("passing", True), ("appoggiatura", False)])
def test_dissonances_allowed_are_kinds_of_non_chord_tones(kind: str, is_kept: bool) -> None:
    said = replace(analysis("C ."), non_chord=(NonChordTone(1, kind),))
    rules = rule_set_from_toml('allowed_dissonances = ["passing"]', "x")
    breaches = check(passage("C3 D4|C3 E4"), rules, said)
    assert ("dissonance" not in {breach.rule for breach in breaches}) == is_kept


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = ", "x.toml: not TOML"),
        ("maximum_leep = 'P5'", "unknown 'maximum_leep'.*Did you mean 'maximum_leap'"),
        ("maximum_leap = 'P6'", "maximum_leap: No interval 'P6'"),
        ("maximum_leap = 7", "maximum_leap: 7 is no text, as in 'P8'"),
        ("extends = 'bahc'", "extends: Unknown set of rules 'bahc'.*Did you mean 'bach'"),
        ("extends = 1", "extends: 1 is no name"),
        ("title = 1", "title: 1 is no text"),
        ("forbidden_parallels = [5]", "is no list of texts"),
        ("forbidden_parallels = ['P55x']", "Unknown interval 'P55x'"),
        ("allowed_chords = ['J7']", "allowed_chords: Unknown numeral 'J7'"),
        ("required_cadence = 'PAK'", "unknown 'PAK'.*Did you mean 'PAC'"),
        ("allowed_dissonances = ['pasing']", "Did you mean 'passing'"),
        ("rules = 3", r"\[rules\]: 3 is no table"),
        ("[rules.paralel-perfect]", "unknown rule 'paralel-perfect'.*Did you mean 'parallel-perfect'"),
        ("[rules]\noverlap = 'off'", r"\[rules.overlap\]: 'off' is no table"),
        ("[rules.overlap]\nseverity = 'of'", "severity: 'of' is none of error, warning, style, off"),
        ("[rules.overlap]\nmost = 'P8'", "unknown 'most'.*Valid: severity"),
        ("[rules.leading-tone]\nvoices = 'some'", "unknown 'some'.*Valid: all, outer"),
        ("[rules.leading-tone]\nsure = true", "True is no whole number"),
        ("[rules.low-interval]\nthirds = 'H3'", "Unknown pitch 'H3'"),
        ("[ranges]\nAlto = 'C4'", r"\[ranges\], Alto: 'C4' is no range"),
        ("[ranges]\nAlto = 'G5-C4'", "'G5-C4' begins above its end"),
        ("[ranges]\nAlto = 'C4-H5'", "Unknown pitch 'H5'"),
        ("[ranges]\nAlto = 4", "4 is no range"),
    ],
)
def test_a_mistake_is_one_line(text: str, message: str) -> None:
    with pytest.raises(RuleError, match=message) as caught:
        rule_set_from_toml(text, "x.toml")
    assert str(caught.value).startswith("x.toml") and "\n" not in str(caught.value)


def test_species_may_be_changed_too() -> None:
    rules = rule_set_from_toml('extends = "species1"\n[rules.species-climax]\nseverity = "off"', "x")
    assert rules.species == 1 and rules.severity("species-climax") == ""
    assert rules.severity("species-leap") == "error" and rules.severity("parallel-perfect") == ""
