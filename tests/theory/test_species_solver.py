"""Counterpoint that is found keeps every rule, as another reader of the rules sees it; and none found means none."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.theory.counterpoint.as_piece import piece_of
from partimento.theory.counterpoint.ask import mode_of, problem_of
from partimento.theory.counterpoint.cantus import cantus_firmus
from partimento.theory.counterpoint.problem import Problem
from partimento.theory.counterpoint.reasons import breaches, reasons
from partimento.theory.counterpoint.rules import BAR, RULES
from partimento.theory.counterpoint.solve import Solution, solve
from partimento.theory.counterpoint.tones import SPECIES_MODES, pitch_of, tone_of
from partimento.theory.errors import TheoryError
from partimento.theory.interval import Interval
from partimento.theory.pitch import Pitch
from partimento.theory.rules.species import species_breaches

FUX = [Pitch.parse(name) for name in "D4 F4 E4 D4 G4 F4 A4 G4 F4 E4 D4".split()]
"""The Dorian cantus firmus of the Gradus ad Parnassum."""

MODES = st.sampled_from(SPECIES_MODES)


def _broken(problem: Problem, solution: Solution, severities: tuple[str, ...]) -> list[tuple[str, int]]:
    found = species_breaches(piece_of(problem, solution), problem.species, problem.cantus_voice)
    return [(breach.rule, breach.tick) for breach in found if breach.severity in severities]


@settings(max_examples=10)
@given(MODES, st.integers(5, 12), st.integers(0, 500), st.integers(1, 5), st.booleans())
def test_two_voices_pass_the_checker(mode: str, length: int, index: int, species: int, above: bool) -> None:
    problem = problem_of(cantus_firmus(mode, length, index), mode, species, above=above)
    outcome = solve(problem)
    if outcome.verdict == "found":
        assert _broken(problem, outcome.solutions[0], ("error", "warning")) == []
    else:
        assert outcome.verdict == "impossible" and outcome.conflict is not None


@settings(max_examples=4)
@given(MODES, st.integers(5, 9), st.integers(0, 500), st.integers(1, 5), st.integers(3, 4))
def test_more_voices_break_nothing_grave(mode: str, length: int, index: int, species: int, voices: int) -> None:
    problem = problem_of(cantus_firmus(mode, length, index), mode, species, voices)
    for solution in solve(problem).solutions:
        assert _broken(problem, solution, ("error",)) == []


@pytest.mark.parametrize(("species", "above"), list(product(range(1, 6), (True, False))))
def test_fux_is_answered_in_every_species(species: int, above: bool) -> None:
    problem = problem_of(FUX, species=species, above=above)
    (solution,) = solve(problem).solutions
    assert str(problem.gamut.key) == "D dorian"
    assert _broken(problem, solution, ("error", "warning")) == []
    assert breaches(problem, solution.lines) == frozenset()
    own = solution.lines[problem.line]
    assert own[-1][0] + own[-1][1] == len(FUX) * BAR
    assert all(one[0] + one[1] == other[0] for one, other in zip(own, own[1:], strict=False))


def test_solutions_differ_and_come_again() -> None:
    problem = problem_of(FUX, species=2)
    found = solve(problem, 3).solutions
    assert len(found) == 3 and len({solution.lines for solution in found}) == 3
    assert solve(problem, 3).solutions == found


def test_transposing_the_cantus_transposes_the_line() -> None:
    fifth = Interval.parse("-P4")
    here, there = solve(problem_of(FUX)), solve(problem_of([pitch.transposed(fifth) for pitch in FUX]))
    moved = [pitch_of(tone).transposed(fifth) for _, _, tone in here.solutions[0].lines[1]]
    assert moved == [pitch_of(tone) for _, _, tone in there.solutions[0].lines[1]]


def test_the_first_species_is_gone_through_to_the_end() -> None:
    """Every line of the length is tried by brute force: the solver finds one exactly where one keeps the rules."""
    for name in ("D4 E4 D4", "E4 F4 E4", "D4 C4 D4", "G4 D4 G4", "F4 C5 F4", "A3 B3 A3", "C4 D4 C4"):
        cantus = [Pitch.parse(word) for word in name.split()]
        problem = problem_of(cantus)
        choices = [problem.candidates(1, bar) for bar in range(len(cantus))]
        lower = tuple((bar * BAR, BAR, tone) for bar, tone in enumerate(problem.cantus))
        legal = {
            line
            for line in product(*choices)
            if not breaches(problem, (lower, tuple((bar * BAR, BAR, tone) for bar, tone in enumerate(line))))
        }
        outcome = solve(problem)
        assert (outcome.verdict == "found") == bool(legal), name
        if legal:
            assert tuple(tone for _, _, tone in outcome.solutions[0].lines[1]) in legal


def test_a_close_by_leap_is_named_with_its_bar() -> None:
    cantus = [Pitch.parse(name) for name in "D4 F4 E4 D4 A4 G4 A4 D4".split()]
    outcome = solve(problem_of(cantus))
    assert outcome.verdict == "impossible" and outcome.conflict is not None
    assert outcome.conflict.rules == ("clausula-vera",)
    assert (outcome.conflict.first, outcome.conflict.last) == (7, 8)
    assert solve(problem_of(cantus, without=outcome.conflict.rules)).verdict == "found"


@pytest.mark.parametrize("cantus", ["D4 E4 E4 E4 E4 D4", "C4 B4 C4", "D4 A4 D5 A4 E4 D4"])
def test_any_rule_given_up_resolves_a_conflict(cantus: str) -> None:
    notes = [Pitch.parse(name) for name in cantus.split()]
    outcome = solve(problem_of(notes))
    if outcome.conflict is None:
        assert outcome.verdict == "found"
        return
    first, last = outcome.conflict.first, outcome.conflict.last
    assert outcome.conflict.rules and 1 <= first <= last <= len(notes)
    for rule, tick in outcome.conflict.nearest:
        assert rule in outcome.conflict.rules and first <= tick // BAR + 1 <= last


def test_the_rules_of_the_line_are_found_where_they_are_broken() -> None:
    problem = problem_of(FUX)

    def faults(line: str) -> set[str]:
        tones = [tone_of(Pitch.parse(name)) for name in line.split()]
        own = tuple((bar * BAR, BAR, tone) for bar, tone in enumerate(tones))
        lower = tuple((bar * BAR, BAR, tone) for bar, tone in enumerate(problem.cantus))
        return {rule for rule, _ in breaches(problem, (lower, own))}

    # Fux's own answer.
    assert faults("A4 A4 G4 A4 B4 C5 C5 B4 D5 C#5 D5") <= {"climax"}
    assert "parallels" in faults("D5 C5 B4 A4 D5 C5 C5 B4 D5 C#5 D5")
    assert "consonance" in faults("A4 B4 G4 A4 B4 C5 C5 B4 D5 C#5 D5")
    assert "leap" in faults("A4 A4 G4 A4 B4 C5 C5 Bb4 D5 C#5 D5") | faults("A4 A4 G4 F4 B4 C5 C5 B4 D5 C#5 D5")
    assert "clausula-vera" in faults("A4 A4 G4 A4 B4 C5 C5 B4 A4 G4 D5")


def test_reasons_speak_of_every_bar() -> None:
    problem = problem_of(FUX)
    solution = solve(problem).solutions[0]
    told = list(reasons(problem, solution))
    assert [reason.bar for reason in told] == list(range(1, 12))
    for reason in told:
        index = reason.bar - 1
        for other in reason.legal:
            line = list(solution.lines[1])
            line[index] = (line[index][0], line[index][1], tone_of(other))
            assert not breaches(problem, (solution.lines[0], tuple(line)))
        assert all(rules and set(rules) <= {*RULES, "crossing"} for _, rules in reason.refused)


@given(MODES, st.integers(3, 16), st.integers(0, 2000))
def test_a_cantus_firmus_is_one(mode: str, length: int, index: int) -> None:
    cantus = cantus_firmus(mode, length, index)
    assert cantus == cantus_firmus(mode, length, index)
    steps = [pitch.diatonic for pitch in cantus]
    assert len(cantus) == length and cantus[0] == cantus[-1] and steps[-2] - steps[-1] == 1
    assert steps.count(max(steps)) == 1 and max(steps) - min(steps) <= 9
    assert all(0 < abs(b - a) <= 4 for a, b in zip(steps, steps[1:], strict=False))


def test_cantus_firmi_differ() -> None:
    for mode in SPECIES_MODES:
        assert len({cantus_firmus(mode, 11, index) for index in range(20)}) >= 18


@pytest.mark.parametrize(
    ("notes", "mode"),
    [
        ("D4 F4 E4 D4", "D dorian"), ("D4 Bb4 A4 E4 D4", "D minor"), ("E4 F4 E4", "E phrygian"),
        ("F4 Bb4 G4 F4", "F major"), ("G3 F4 B3 A3 G3", "G mixolydian"), ("A3 F4 B3 A3", "A minor"),
        ("F4 B4 G4 F4", "F lydian"), ("G4 Bb4 E4 A4 G4", "G dorian"),
    ],
)  # fmt: skip
def test_modes_are_known_by_final_and_tones(notes: str, mode: str) -> None:
    assert str(mode_of([Pitch.parse(name) for name in notes.split()])) == mode


@pytest.mark.parametrize(
    ("notes", "options", "said"),
    [
        ("D4 D4", {}, "2 notes"), ("D4 " * 65, {}, "65 notes"), ("D4 F4 G#4 Eb4 D4", {}, "chromatic"),
        ("D4 E4 D4", {"species": 6}, "species 6"), ("D4 E4 D4", {"voices": 5}, "5 voices"),
        ("D4 E4 D4", {"mode": "dorain"}, "Did you mean 'dorian'"), ("D4 E4 D4", {"mode": "locrian"}, "locrian"),
        ("D4 E4 D4", {"without": ["paralels"]}, "Did you mean 'parallels'"),
        ("D4 F#4 D4", {"mode": "dorian"}, "Bar 2"),
    ],
)  # fmt: skip
def test_what_cannot_be_set_is_told_in_a_line(notes: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(TheoryError) as caught:
        problem_of([Pitch.parse(name) for name in notes.split()], **options)
    assert said in str(caught.value) and "\n" not in str(caught.value)
