"""Streams: the same purpose draws the same on every machine, another purpose draws alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from partimento.score.stream import Stream


def test_draws_are_fixed_for_ever() -> None:
    stream = Stream(7, "melody", "A", 3)
    assert [stream.below(1000) for _ in range(5)] == [318, 598, 822, 392, 142]


@given(st.integers(), st.text(max_size=5), st.integers(1, 50))
def test_draws_stay_in_their_range(seed: int, purpose: str, n: int) -> None:
    stream = Stream(seed, purpose)
    assert all(0 <= stream.below(n) < n for _ in range(20))
    assert sorted(stream.shuffled(range(n))) == list(range(n))
    assert abs(stream.gauss(2.0)) <= 3 * 2.0 * 1.4142135623730951


def test_a_sub_stream_does_not_depend_on_earlier_draws() -> None:
    one, other = Stream(1, "a"), Stream(1, "a")
    one.random()
    assert one.sub("b", 2).random() == other.sub("b", 2).random()


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 5), min_size=1).filter(lambda d: sum(d.values()) > 0))
def test_weights_of_zero_are_never_drawn(table: dict[str, int]) -> None:
    stream = Stream(5, "pick")
    assert all(table[stream.pick(table)] > 0 for _ in range(20))
