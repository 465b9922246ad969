"""What of a track the neural player hears: releases, pedals, gains, bends and vibrato, as FluidSynth has them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.score.performance import PlayedControl, PlayedNote, PlayedTrack
from partimento.synth.neural.events import BLOCK, LONGEST_NOTE_S, Played, led_into, played, vibrato_shape

RATE = 44100


def blocks(tick: float) -> float:
    """A tick a block."""
    return tick * BLOCK / RATE


def events(
    notes: Sequence[tuple[int, int, int, int]], controls: Sequence[tuple[int, int, int]] = (), volume: bool = False
) -> Played:
    rows = tuple(PlayedControl(*row) for row in controls)
    return played(PlayedTrack("t", 0, 0, tuple(PlayedNote(*n) for n in notes), rows), blocks, RATE, volume)


def releases(notes: Sequence[tuple[int, int, int, int]], *controls: tuple[int, int, int]) -> list[int]:
    """Blocks in which the notes are let go."""
    return [int(each) // BLOCK for each in events(notes, controls).releases]


# What FluidSynth 2.3 does in each of these was heard in the envelopes of an organ's notes.
@pytest.mark.parametrize(
    ("controls", "end"),
    [
        ([], 50),
        ([(0, 64, 127), (80, 64, 0)], 80),
        ([(0, 64, 63)], 50),
        ([(60, 64, 127), (80, 64, 0)], 50),
        ([(20, 66, 127), (80, 66, 0)], 80),
        ([(-5, 66, 127), (80, 66, 0)], 50),
        ([(20, 66, 127), (30, 64, 127), (80, 66, 0), (90, 64, 0)], 80),
        ([(0, 64, 127), (55, 66, 127), (60, 64, 0), (90, 66, 0)], 60),
        ([(0, 64, 127), (80, 121, 0)], 80),
        ([(30, 123, 0)], 30),
        ([(0, 64, 127), (70, 120, 0), (80, 64, 0)], 70),
        ([(0, 64, 127)], 99),
    ],
)
def test_pedals_hold(controls: list[tuple[int, int, int]], end: int) -> None:
    notes = [(0, 50, 60, 100), (98, 1, 20, 100)]
    assert releases(notes, *((max(0, tick), number, value) for tick, number, value in controls))[0] == end


def test_a_pedal_within_the_releases_block_goes_by_its_tick() -> None:
    def halves(tick: float) -> float:
        return blocks(tick / 2)

    def end(pedal: int) -> int:
        rows = (PlayedControl(pedal, 64, 127), PlayedControl(180, 64, 0))
        notes = (PlayedNote(0, 100, 60, 90), PlayedNote(190, 10, 20, 90))
        return int(played(PlayedTrack("t", 0, 0, notes, rows), halves, RATE, False).releases[0]) // BLOCK

    assert (end(99), end(101)) == (90, 50)


def test_a_key_struck_again_lets_go_and_goes_up_with_the_last() -> None:
    assert releases([(0, 100, 60, 90), (40, 20, 60, 90)]) == [40, 100]
    assert releases([(0, 50, 60, 90), (40, 90, 60, 90)]) == [40, 130]
    assert releases([(0, 50, 60, 90), (40, 90, 61, 90)]) == [50, 130]
    assert releases([(0, 30, 60, 90), (40, 30, 60, 90), (99, 1, 20, 90)], (0, 64, 127), (90, 64, 0)) == [90, 90, 100]


def test_notes_last_a_block_at_least_and_two_minutes_at_most() -> None:
    assert releases([(7, 0, 60, 90)]) == [8]
    assert releases([(0, 10**8, 60, 90)])[0] == round(LONGEST_NOTE_S * RATE / BLOCK)


_NOTES = st.lists(
    st.tuples(st.integers(0, 300), st.integers(0, 200), st.integers(58, 62), st.integers(1, 127)),
    min_size=1, max_size=20,
)  # fmt: skip
_CONTROLS = st.lists(
    st.tuples(st.integers(0, 500), st.sampled_from([64, 66, 121, 123]), st.integers(0, 127)), max_size=20
)


@given(_NOTES, _CONTROLS)
def test_every_note_ends_after_it_begins_and_by_the_last_release(
    notes: list[tuple[int, int, int, int]], controls: list[tuple[int, int, int]]
) -> None:
    found = events(sorted(notes), sorted(controls))
    assert np.all(found.releases > found.onsets) and np.all(np.diff(found.onsets) >= 0)
    assert np.all(found.releases <= np.maximum(found.last, found.onsets + BLOCK))


def test_gain_follows_expression_and_volume_where_asked() -> None:
    moves = [(10, 11, 64), (20, 7, 50)]
    alone, both = events([(0, 40, 60, 90)], moves), events([(0, 40, 60, 90)], moves, volume=True)
    assert alone.gains(0, 10 * BLOCK) == 1.0
    found = alone.gains(10 * BLOCK, 20 * BLOCK)
    assert not isinstance(found, float)
    assert found[0] == 1.0 and np.all(np.diff(found[: BLOCK + 1]) < 0)
    assert found[BLOCK:] == pytest.approx((64 / 127) ** 2)
    late = both.gains(25 * BLOCK, BLOCK)
    assert late == pytest.approx((64 / 127) ** 2 * (50 / 127) ** 2)
    assert both.gains(0, BLOCK) == pytest.approx((100 / 127) ** 2)


@pytest.mark.parametrize(
    ("controls", "cents"),
    [
        ([(0, -1, 8191)], 199.98),
        ([(0, -1, -8192)], -200.0),
        ([(0, 101, 0), (0, 100, 0), (0, 6, 12), (1, -1, 4096)], 600.0),
        ([(0, 101, 0), (0, 100, 0), (0, 6, 1), (0, 38, 50), (1, -1, 4096)], 75.0),
        ([(0, 101, 0), (0, 100, 1), (0, 6, 96)], 50.0),
        ([(0, 101, 0), (0, 100, 2), (0, 6, 62)], -200.0),
        ([(0, 101, 0), (0, 100, 0), (0, 98, 1), (0, 6, 12), (1, -1, 4096)], 100.0),
        ([(0, -1, 8191), (1, 121, 0)], 0.0),
    ],
)
def test_bends_and_tunings_in_cents(controls: list[tuple[int, int, int]], cents: float) -> None:
    found = events([(0, 40, 60, 90)], controls).bend
    assert found.at(np.array([5 * BLOCK]))[0] == pytest.approx(cents, abs=0.01)


def test_the_wheel_is_worth_fifty_cents_of_a_triangle() -> None:
    found = events([(0, 40, 60, 90)], [(3, 1, 127)]).vibrato
    assert found.at(np.array([0, 3 * BLOCK])).tolist() == [0.0, 50.0]
    quarter = 0.25 / 8.176
    shape = vibrato_shape(73, np.array([0.0, quarter, 2 * quarter, 3 * quarter]))
    assert shape == pytest.approx([0.0, 1.0, 0.0, -1.0], abs=1e-6)
    assert not vibrato_shape(80, np.linspace(0, 0.09, 10)).any()


def test_lines_lead_on_and_chords_do_not() -> None:
    assert led_into(events([(0, 100, 60, 90), (100, 100, 62, 90)]), RATE).tolist() == [False, True]
    assert led_into(events([(0, 100, 60, 90), (200, 100, 62, 90)]), RATE).tolist() == [False, False]
    assert not led_into(events([(0, 100, 60, 90), (100, 50, 62, 90), (100, 50, 65, 90)]), RATE).any()
    assert not led_into(events([(0, 300, 50, 90), (0, 100, 60, 90), (100, 50, 62, 90)]), RATE).any()
