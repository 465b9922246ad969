"""The Clock agrees with the Timeline, and tick undoes seconds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.score.daw.clock import Clock
from partimento.score.song import Song, TempoChange
from partimento.score.timeline import Timeline
from tests.score.daw.made_songs import songs


@given(songs(), st.floats(0.0, 1.2))
@settings(max_examples=40)
def test_clock_agrees_with_the_timeline_and_undoes_itself(song: Song, share: float) -> None:
    clock, tick = Clock(song.tempos), share * song.end
    assert clock.seconds(tick) == pytest.approx(Timeline(song).seconds_at(tick), rel=1e-9, abs=1e-12)
    assert clock.tick(clock.seconds(tick)) == pytest.approx(tick, rel=1e-9, abs=1e-6)


def test_a_ramp_takes_the_logarithmic_mean() -> None:
    clock = Clock((TempoChange(0, 60.0, True), TempoChange(480, 120.0)))
    assert clock.seconds(480) == pytest.approx(0.6931471805599453)  # ln 2 quarters at 60 to 120
    assert clock.seconds(960) - clock.seconds(480) == pytest.approx(0.5)
