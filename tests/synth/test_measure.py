"""Measures of known signals; the loudness against pyebur128's."""

from __future__ import annotations

from math import inf, isfinite

import numpy as np
import pyebur128
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from partimento.synth.measure import BARK_HZ, StripMeasure, StripMeter, masking_db
from partimento.synth.signal import Samples


def stereo(*channels: NDArray[np.float64]) -> Samples:
    return np.ascontiguousarray(np.stack(channels if len(channels) == 2 else channels * 2, axis=1), dtype=np.float32)


def sine(hz: float, seconds: float, gain: float = 0.5, rate: int = 44100) -> NDArray[np.float64]:
    return gain * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)


def noise(seconds: float, gain: float = 0.1, seed: int = 0, rate: int = 44100) -> NDArray[np.float64]:
    return gain * np.random.RandomState(seed).standard_normal(round(seconds * rate))


def measured(samples: Samples, rate: int = 44100, cuts: tuple[int, ...] = (), expected_s: float = 0.0) -> StripMeasure:
    meter = StripMeter(rate, expected_s)
    edges = [0, *sorted(cut % (len(samples) + 1) for cut in cuts), len(samples)]
    for start, stop in zip(edges, edges[1:], strict=False):
        meter.feed(samples[start:stop])
    return meter.result()


def judged(samples: Samples, rate: int) -> float:
    state = pyebur128.R128State(2, rate, pyebur128.MeasurementMode.MODE_I)
    state.add_frames(samples.reshape(-1), len(samples))
    return float(pyebur128.get_loudness_global(state))


@pytest.mark.parametrize("rate", [44100, 48000])
@pytest.mark.parametrize("hz", [110.0, 440.0, 997.0, 5000.0])
def test_a_sine_is_as_loud_as_the_judge_says(hz: float, rate: int) -> None:
    samples = stereo(sine(hz, 6.0, rate=rate))
    assert measured(samples, rate).loudness == pytest.approx(judged(samples, rate), abs=0.12)


def test_gated_noise_is_as_loud_as_the_judge_says() -> None:
    beat = np.where(np.arange(8 * 44100) % 44100 < 15000, 1.0, 0.001)
    samples = stereo(noise(8.0) * beat, noise(8.0, seed=1) * beat)
    assert measured(samples).loudness == pytest.approx(judged(samples, 44100), abs=0.1)


def test_level_peak_and_bands_of_a_sine() -> None:
    measure = measured(stereo(sine(440.0, 3.0)))
    assert measure.peak_db == pytest.approx(-6.02, abs=0.01)
    assert measure.loud_db == pytest.approx(-9.03, abs=0.1)
    assert measure.bands.shape == (30, 24) and measure.frame_s == pytest.approx(0.1)
    band = next(i for i, top in enumerate(BARK_HZ[1:]) if 440 < top)
    assert np.all(measure.bands.argmax(axis=1) == band)
    assert measure.bands.sum(axis=1) == pytest.approx(np.full(30, 0.125), rel=0.01)
    far = np.delete(measure.bands[0], [band - 1, band, band + 1])
    assert far.max() < 0.125 * 1e-5
    assert measure.sounding.all()


def test_the_sides_count_like_the_middle() -> None:
    tone = sine(300.0, 2.0)
    middle, apart = measured(stereo(tone)), measured(stereo(tone, -tone))
    assert apart.loudness == pytest.approx(middle.loudness, abs=0.01)
    assert np.allclose(apart.bands, middle.bands, rtol=1e-4, atol=1e-12)


def test_silence_measures_nothing() -> None:
    for samples in (np.zeros((0, 2), np.float32), np.zeros((100_000, 2), np.float32)):
        measure = measured(samples)
        assert measure.loudness == measure.loud_db == measure.peak_db == -inf
        assert not measure.sounding.any() and not measure.bands.any()


@pytest.mark.parametrize("length", [1, 100, 4409, 4410, 4411])
def test_a_short_sound_measures_something(length: int) -> None:
    tone = np.where(np.arange(length) // 22 % 2, -0.5, 0.5)
    measure = measured(stereo(tone))
    assert measure.peak_db == pytest.approx(-6.02, abs=0.01)
    assert isfinite(measure.loudness)
    assert len(measure.bands) == len(measure.sounding) == -(-length // 4410)


def test_loud_level_is_that_of_the_loudest_tenth() -> None:
    envelope = np.where(np.arange(20 * 44100) < 3 * 44100, 0.5, 0.05)
    envelope[10 * 44100 :] = 0.0
    measure = measured(stereo(np.ones(20 * 44100) * envelope))
    # 3 of the 10 sounding seconds are loud: more than a tenth; the silence counts for nothing.
    assert measure.loud_db == pytest.approx(-6.02, abs=0.1)
    envelope[: 5 * 44100 // 2] = 0.05
    assert measured(stereo(envelope)).loud_db == pytest.approx(-26.02, abs=0.1)


def test_only_what_is_heard_beside_the_loudest_sounds() -> None:
    tone = sine(440.0, 3.0)
    tone[44100:88200] *= 10 ** (-64 / 20)
    assert measured(stereo(tone)).sounding.tolist() == [True] * 10 + [False] * 10 + [True] * 10
    assert not measured(stereo(sine(440.0, 1.0, 10 ** (-76 / 20)))).sounding.any()


@settings(max_examples=20)
@given(st.lists(st.integers(0, 1 << 30), max_size=6).map(tuple), st.integers(0, 20_000))
def test_cuts_change_nothing(cuts: tuple[int, ...], silent: int) -> None:
    samples = stereo(noise(0.7), noise(0.7, seed=1))
    samples[9000 : 9000 + silent] = 0.0
    whole, cut = measured(samples), measured(samples, cuts=cuts)
    assert cut.loudness == pytest.approx(whole.loudness, abs=1e-4)
    assert (cut.loud_db, cut.peak_db) == (whole.loud_db, whole.peak_db)
    assert np.allclose(cut.bands, whole.bands, rtol=1e-3, atol=1e-9)
    assert np.array_equal(cut.sounding, whole.sounding)


def test_frames_of_a_long_piece_are_averaged() -> None:
    samples = stereo(noise(2.5))
    fine, coarse = measured(samples), measured(samples, expected_s=3 * 3600.0, cuts=(7, 50_000, 90_001))
    assert coarse.frame_s == pytest.approx(0.8)
    assert coarse.bands.shape == (4, 24)
    assert np.allclose(coarse.bands[0], fine.bands[:8].mean(axis=0), rtol=1e-4)
    assert coarse.loudness == fine.loudness


def rows(*levels_db: float) -> NDArray[np.float32]:
    """Frames whose bands all have one level."""
    return np.repeat((10 ** (np.array(levels_db) / 10))[:, None], 24, axis=1).astype(np.float32)


def test_masking_counts_what_lies_over_the_lead_where_it_sounds() -> None:
    lead, rest = rows(-20, -20, -90), rows(-14, -30, -10)
    assert masking_db(lead, rest, np.array([True, True, False])) == pytest.approx(3.0, abs=0.01)
    one_band = rest.copy()
    one_band[:, 1:] = 0.0
    assert masking_db(lead, one_band, np.array([True, False, False])) == pytest.approx(6 / 24, abs=0.01)


def test_masking_is_bounded_and_knows_its_ends() -> None:
    heard = np.array([True, True])
    assert masking_db(rows(-200, -200), rows(0, 0), heard) == pytest.approx(60.0)
    assert masking_db(rows(-20, -20), rows(-14), heard) == pytest.approx(3.0, abs=0.01)  # the rest has ended
    assert masking_db(rows(-20, -20), rows(0, 0), np.array([False, False])) == 0.0
    assert masking_db(rows(), rows(0.0), np.zeros(0, bool)) == 0.0
