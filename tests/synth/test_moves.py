"""Courses of moves: corners go in octaves, a jump and what begins with it both happen."""

from __future__ import annotations

import numpy as np
import pytest

from partimento.score.mix import Move
from partimento.synth.moves import JUMP_S, Course

RATE = 44100


def clock(tick: float) -> float:
    return tick / 960


def at(course: Course, *seconds: float) -> list[float]:
    return [float(value) for value in course.at(np.array([round(s * RATE) for s in seconds]))]


def test_a_corner_goes_in_octaves() -> None:
    course = Course(
        (Move("A", "low_pass_hz", 0, 0, 500.0), Move("A", "low_pass_hz", 960, 1920, 2000.0)), "low_pass_hz", clock, RATE
    )
    assert at(course, 0.5, 2.0, 3.0, 9.0) == pytest.approx([500.0, 1000.0, 2000.0, 2000.0], rel=1e-4)
    assert course.constant(RATE * 4, RATE * 5) == 2000.0
    assert Course((), "low_pass_hz", clock, RATE).constant(0, RATE) == 20000.0


@pytest.mark.parametrize("turned", [False, True])
def test_a_ramp_starts_from_the_jump_that_begins_with_it(turned: bool) -> None:
    moves = (Move("A", "gain_db", 960, 0, -12.0), Move("A", "gain_db", 960, 1920, 0.0))
    course = Course(moves[::-1] if turned else moves, "gain_db", clock, RATE)
    assert at(course, 0.9, 1.0 + JUMP_S, 2.0, 3.0) == pytest.approx([0.0, -12.0, -6.0, 0.0], abs=0.1)


def test_the_last_of_two_jumps_at_once_stays() -> None:
    moves = (Move("A", "low_pass_hz", 0, 0, 300.0), Move("A", "low_pass_hz", 0, 0, 900.0))
    assert at(Course(moves, "low_pass_hz", clock, RATE), 1.0) == pytest.approx([900.0])


def test_what_comes_back_to_twenty_thousand_is_open() -> None:
    moves = (Move("A", "low_pass_hz", 0, 0, 437.0), Move("A", "low_pass_hz", 960, 960, 20000.0))
    assert Course(moves, "low_pass_hz", clock, RATE).constant(RATE * 3, RATE * 4) == 20000.0
