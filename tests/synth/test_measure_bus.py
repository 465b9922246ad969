"""Measures of whole mixes made of known signals; loudness, range and true peak against pyebur128."""

from __future__ import annotations

from math import inf

import numpy as np
import pyebur128
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from partimento.synth.measure_bus import ROWS_HZ, BusMeasure, BusMeter, deviation_db, measure_bus
from partimento.synth.signal import Samples


def stereo(left: NDArray[np.float64], right: NDArray[np.float64] | None = None) -> Samples:
    return np.stack((left, left if right is None else right), axis=1).astype(np.float32)


def sine(hz: float, seconds: float, gain: float = 0.5, rate: int = 44100) -> NDArray[np.float64]:
    return gain * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)


def noise(seconds: float, gain: float = 0.1, seed: int = 0) -> NDArray[np.float64]:
    return gain * np.random.RandomState(seed).standard_normal(round(seconds * 44100))


def pink(seconds: float, seed: int = 0) -> NDArray[np.float64]:
    """Noise with the same power in every octave."""
    spectrum = np.fft.rfft(noise(seconds, 1.0, seed))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    spectrum[0] = 0
    out: NDArray[np.float64] = np.fft.irfft(spectrum)
    out *= 0.1 / out.std()
    return out


@pytest.mark.parametrize("rate", [44100, 48000])
def test_the_judge_agrees(rate: int) -> None:
    hops = np.repeat(np.array([0.05, 0.5, 0.2, 0.02, 0.3, 0.1]), 3 * rate)
    left = np.random.RandomState(1).standard_normal(len(hops)) * hops * 0.3
    samples = stereo(left, 0.5 * left + np.random.RandomState(2).standard_normal(len(hops)) * hops * 0.1)
    modes = pyebur128.MeasurementMode
    state = pyebur128.R128State(2, rate, modes.MODE_I | modes.MODE_LRA | modes.MODE_TRUE_PEAK)
    state.add_frames(samples.reshape(-1), len(samples))
    measure = measure_bus(samples, rate)
    assert measure.lufs == pytest.approx(pyebur128.get_loudness_global(state), abs=0.05)
    assert measure.lra == pytest.approx(pyebur128.get_loudness_range(state), abs=0.5)
    judged = max(pyebur128.get_true_peak(state, channel) for channel in (0, 1))
    assert measure.true_peak_db == pytest.approx(20 * np.log10(judged), abs=0.2)


def test_peaks_between_samples_are_seen() -> None:
    # A quarter of the rate, half-way between the samples: each is at 0.707 of the top.
    tone = 0.5 * np.sin(2 * np.pi * (np.arange(44100) * 0.25 + 0.125))
    measure = measure_bus(stereo(tone), 44100)
    assert measure.peak_db == pytest.approx(-9.03, abs=0.01)
    assert measure.true_peak_db == pytest.approx(-6.02, abs=0.15)


def test_image_of_middle_sides_and_strangers() -> None:
    tone = sine(440.0, 2.0)
    middle = measure_bus(stereo(tone), 44100)
    assert middle.correlation == pytest.approx(1.0) and middle.mono_loss_db == pytest.approx(0.0, abs=1e-6)
    apart = measure_bus(stereo(tone, -tone), 44100)
    assert apart.correlation == pytest.approx(-1.0) and apart.mono_loss_db > 100
    left = measure_bus(stereo(tone, tone * 0), 44100)
    assert left.correlation == 0.0 and left.mono_loss_db == pytest.approx(3.01, abs=0.01)
    strangers = measure_bus(stereo(noise(2.0), noise(2.0, seed=1)), 44100)
    assert strangers.correlation == pytest.approx(0.0, abs=0.02)
    assert strangers.mono_loss_db == pytest.approx(3.01, abs=0.1)


def test_crest_of_a_sine_and_a_square() -> None:
    assert measure_bus(stereo(sine(441.0, 2.0)), 44100).crest_db == pytest.approx(3.01, abs=0.01)
    assert measure_bus(stereo(np.sign(sine(440.5, 2.0))), 44100).crest_db == pytest.approx(0.0, abs=0.01)


def test_pink_noise_has_level_octaves() -> None:
    measure = measure_bus(stereo(pink(20.0)), 44100)
    levels = np.array(measure.octaves_db[:9])
    assert levels.max() - levels.min() < 1.0
    assert deviation_db(measure.octaves_db, (0.0,) * 10)[4] == pytest.approx(0.0, abs=0.5)


def test_a_sine_fills_its_octave_and_its_row() -> None:
    measure = measure_bus(stereo(sine(1000.0, 2.0)), 44100)
    assert measure.octaves_db[5] == pytest.approx(-9.03, abs=0.1)
    assert max(measure.octaves_db[:5] + measure.octaves_db[6:]) < -50
    row = int(measure.course.spectrum[5].argmax())
    assert ROWS_HZ[row] <= 1000 <= ROWS_HZ[row + 1]


def test_deviation_lets_a_target_float() -> None:
    target = tuple(float(level) for level in (9, 8, 7, 6, 5, 4, 3, 2, 1, 0))
    assert deviation_db(tuple(level - 30 for level in target), target) == pytest.approx((0.0,) * 10)
    one = [level - 30 for level in target]
    one[5] += 8
    off = deviation_db(tuple(one), target)
    assert off[5] == pytest.approx(7.0) and off[4] == pytest.approx(-1.0)
    assert deviation_db(target, ()) == ()
    assert deviation_db((-120.0,) * 10, target) == ()


def test_offset_and_silence_at_the_ends() -> None:
    body = sine(441.0, 1.0)
    samples = stereo(np.concatenate((np.zeros(22050), body, np.zeros(66150))))
    measure = measure_bus(samples, 44100)
    assert measure.start_s == pytest.approx(0.5, abs=0.011)
    assert measure.end_s == pytest.approx(1.5, abs=0.011)
    assert measure.dc_db < -90
    assert measure_bus(stereo(body, body + 0.1), 44100).dc_db == pytest.approx(-20.0, abs=0.01)


def test_samples_at_full_scale_are_counted() -> None:
    samples = stereo(sine(441.0, 1.0, 0.9))
    assert measure_bus(samples, 44100).clipped == 0
    samples[[5, 700], 1] = (1.0, -1.25)
    assert measure_bus(samples, 44100).clipped == 2


@pytest.mark.parametrize("length", [0, 1, 50, 4409, 60_000])
def test_silence_and_short_sounds(length: int) -> None:
    measure = measure_bus(np.zeros((length, 2), np.float32), 44100)
    assert measure.lufs == measure.true_peak_db == measure.dc_db == -inf
    assert (measure.correlation, measure.mono_loss_db, measure.crest_db, measure.lra) == (1.0, 0.0, 0.0, 0.0)
    assert measure.start_s == pytest.approx(length / 44100)
    sound = measure_bus(np.full((length, 2), 0.5, np.float32), 44100)
    assert sound.seconds == pytest.approx(length / 44100)
    assert length == 0 or sound.peak_db == pytest.approx(-6.02, abs=0.01)


def same(one: BusMeasure, two: BusMeasure) -> None:
    for name in ("lufs", "lra", "true_peak_db", "peak_db", "crest_db", "correlation", "mono_loss_db", "start_s"):
        assert getattr(one, name) == pytest.approx(getattr(two, name), abs=1e-3), name
    assert one.octaves_db == pytest.approx(two.octaves_db, abs=1e-2)
    for name in ("low", "high", "correlation", "spectrum"):
        assert np.allclose(getattr(one.course, name), getattr(two.course, name), rtol=1e-3, atol=1e-6), name


@settings(max_examples=15)
@given(st.lists(st.integers(0, 44100), max_size=5))
def test_cuts_change_nothing(cuts: list[int]) -> None:
    samples = stereo(noise(1.0), noise(1.0, seed=1))
    meter = BusMeter(44100)
    edges = [0, *sorted(cuts), len(samples)]
    for start, stop in zip(edges, edges[1:], strict=False):
        meter.feed(samples[start:stop])
    same(meter.result(), measure_bus(samples, 44100))


def test_louder_is_what_a_louder_sound_measures() -> None:
    samples = stereo(noise(4.0, 0.02), noise(4.0, 0.02, seed=1))
    same(measure_bus(samples, 44100).louder(20.0), measure_bus(samples * np.float32(10.0), 44100))


def test_a_long_mix_has_few_columns() -> None:
    meter = BusMeter(44100, 1600.0)
    for _ in range(3):
        meter.feed(stereo(noise(1.0)))
    course = meter.result().course
    assert course.frame_s == pytest.approx(0.4) and len(course.low) == len(course.spectrum) == 8
    fine = measure_bus(stereo(noise(1.0)), 44100).course
    assert course.high[0] == fine.high[:4].max() and course.low[0] == fine.low[:4].min()
    assert np.allclose(course.spectrum[0], fine.spectrum[:4].mean(axis=0), rtol=1e-4)
