"""Clicks are found where they are made, and told from a sound's own edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.synth.clicks import ClickMeter, clicks, edges, made_by_processing
from partimento.synth.signal import Samples

RATE = 44100


def tone(seconds: float = 1.0, hz: float = 220.0, gain: float = 0.3) -> Samples:
    """It ends softly: a sound that is cut off clicks."""
    line = gain * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)
    line[-2000:] *= np.linspace(1, 0, 2000) ** 2
    return np.repeat(line[:, None], 2, axis=1).astype(np.float32)


def test_clean_sounds_have_none() -> None:
    assert len(clicks(tone()[:20_011], RATE)) == 1  # cut off
    assert clicks(tone(), RATE) == ()
    assert clicks(np.zeros((5000, 2), np.float32), RATE) == ()
    assert clicks(np.zeros((0, 2), np.float32), RATE) == ()
    noise = np.random.RandomState(0).standard_normal((RATE, 2)).astype(np.float32) * np.float32(0.1)
    noise *= np.hanning(RATE)[:, None].astype(np.float32)
    assert clicks(noise, RATE) == ()


@pytest.mark.parametrize("channel", [0, 1])
@pytest.mark.parametrize("place", [1, 3000, 20_000, 41_000])
def test_a_step_is_one_click(place: int, channel: int) -> None:
    samples = tone()
    samples[place:, channel] += np.float32(0.1) * np.linspace(1, 0, len(samples) - place, dtype=np.float32)
    found = clicks(samples, RATE)
    assert len(found) == 1 and found[0] == pytest.approx(place / RATE, abs=3 / RATE)


def test_a_cut_is_a_click_and_a_soft_one_is_not() -> None:
    samples = tone()
    samples[10_011:10_041] = 0.0
    # Both ends of the gap, less than a millisecond apart.
    assert clicks(samples, RATE) == pytest.approx((10_010 / RATE,), abs=0.0005)
    assert clicks(samples * np.float32(0.01), RATE) == ()


def test_attacks_are_no_clicks() -> None:
    samples = tone()
    samples[:22_050] = 0.0
    samples[22_050:] += np.linspace(0.2, 0, 22_050, dtype=np.float32)[:, None]
    at = 22_050 / RATE
    assert len(clicks(samples, RATE)) == 1
    assert clicks(samples, RATE, (0.1, at + 0.004)) == ()
    assert len(clicks(samples, RATE, (0.1, at + 0.006))) == 1


@settings(max_examples=15)
@given(st.lists(st.integers(0, RATE), max_size=6))
def test_cuts_change_nothing(cuts: list[int]) -> None:
    samples = tone()
    for place in (17, 5000, 5030, 30_000):
        samples[place] += np.float32(0.2)
    meter = ClickMeter(RATE)
    ends = [0, *sorted(cuts), len(samples)]
    for start, stop in zip(ends, ends[1:], strict=False):
        meter.feed(samples[start:stop])
    assert meter.result() == clicks(samples, RATE)
    assert len(clicks(samples, RATE)) == 3


def test_a_saw_has_edges_of_its_own() -> None:
    phase = (np.arange(RATE) * 110.0 / RATE) % 1.0
    saw = np.repeat((phase - 0.5)[:, None], 2, axis=1).astype(np.float32) * np.float32(0.3)
    mixed = saw.copy()
    mixed[30_150] += np.float32(0.4)
    found, own = clicks(mixed, RATE), edges(RATE, (saw * np.float32(0.01),))
    assert len(found) > 100
    made = made_by_processing(found, own)
    assert len(made) == 1 and made[0] == pytest.approx(30_150 / RATE, abs=0.001)
