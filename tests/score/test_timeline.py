"""Bars, chords and seconds of a song."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.score.timeline import Timeline
from tests.score.small_song import BAR, small_song


def test_bars_know_their_section() -> None:
    bars = Timeline(small_song()).bars
    found = [(b.start, b.section, b.in_section) for b in bars[3:6]]
    assert found == [(3 * BAR, 0, 3), (4 * BAR, 1, 0), (5 * BAR, 1, 1)]


def test_a_pushed_chord_is_heard_early() -> None:
    timeline = Timeline(small_song())
    at = 4 * BAR - 240
    heard, written = timeline.sounding_at(at), timeline.chord_at(at)
    assert heard is not None and written is not None
    assert (heard.chord.name, written.chord.name) == ("Cm7", "Bb/D")
    assert timeline.sounding_at(at - 1) == written


def test_seconds_at_a_constant_tempo_and_over_a_ramp() -> None:
    timeline = Timeline(small_song())
    assert timeline.seconds_at(BAR) == 2.4
    # A tempo linear in ticks: the mean of 1/bpm over the ramp, summed finely, agrees with the closed form.
    start, end = 7 * BAR, 8 * BAR - 480
    summed = sum(1 / (8 * (100 - 40 * (i + 0.5) / (end - start))) for i in range(end - start))
    assert abs(timeline.seconds_at(end) - timeline.seconds_at(start) - summed) < 1e-6
    assert timeline.tempo_at(start) == 100 and timeline.tempo_at(end) == 60


@given(st.integers(0, 8 * BAR), st.integers(1, BAR))
def test_time_always_goes_forward(tick: int, more: int) -> None:
    timeline = Timeline(small_song())
    assert timeline.seconds_at(tick + more) > timeline.seconds_at(tick)


@pytest.mark.parametrize(("beyond", "bars"), [(-5 * BAR, 0), (0, 0), (1, 1), (BAR, 1), (BAR + 1, 2)])
def test_the_last_meter_goes_on_beyond_the_end(beyond: int, bars: int) -> None:
    song = small_song()
    assert Timeline(song).bar_line_from(song.end + beyond) == song.end + bars * BAR
