"""What is held out is a function of program and key, stands apart, and lies between what was heard."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from partimento.synth.neural import split
from partimento.synth.neural.split import has_gaps, held_out_key

PROGRAMS = st.integers(0, 127)
KEYS = range(21, 109)


def held(program: int, low: int = 21, high: int = 108) -> list[int]:
    return [key for key in range(128) if held_out_key(program, key, low, high)]


@given(PROGRAMS, st.integers(0, 127), st.integers(0, 127))
def test_neither_the_lowest_nor_the_highest_key_nor_what_lies_beyond_is_held_out(program: int, a: int, b: int) -> None:
    low, high = min(a, b), max(a, b)
    assert all(low < key < high for key in held(program, low, high))


@given(PROGRAMS)
def test_held_out_keys_stand_apart_but_for_gaps_of_three(program: int) -> None:
    found = held(program)
    runs: list[list[int]] = []
    for key in found:
        if runs and key == runs[-1][-1] + 1:
            runs[-1].append(key)
        else:
            runs.append([key])
    inner = [run for run in runs if run[0] > 23 and run[-1] < 106]
    assert {len(run) for run in inner} <= ({1, 3} if has_gaps(program) else {1})
    assert any(len(run) == 3 for run in inner) == has_gaps(program)
    middles = {run[len(run) // 2] % 6 for run in inner}
    assert len(middles) == 1


def test_one_key_in_six_and_one_program_in_eight() -> None:
    plain = [len(held(program)) for program in range(128) if not has_gaps(program)]
    assert set(plain) <= {14, 15} and [has_gaps(program) for program in range(8)].count(True) == 1
    assert {key % 6 for program in range(128) for key in held(program)} == set(range(6))


def test_the_split_stays_what_it_was() -> None:
    assert held(0)[:4] == [25, 31, 37, 43] and held(4)[:6] == [23, 24, 25, 30, 36, 42]


def test_nothing_is_both_seen_and_held_out() -> None:
    assert not set(split.SEEN_VELOCITIES) & set(split.HELD_VELOCITIES)
    assert not set(split.SEEN_LENGTHS) & set(split.HELD_LENGTHS)
    assert (
        min(split.SEEN_VELOCITIES)
        < min(split.HELD_VELOCITIES)
        <= max(split.HELD_VELOCITIES)
        < max(split.SEEN_VELOCITIES)
    )
