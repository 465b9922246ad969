"""Loudness and its range against an independent meter."""

from __future__ import annotations

import numpy as np
import pyebur128
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import sosfilt

from partimento.synth.loudness import KWeighting, LoudnessMeter, k_weighting, loudness
from partimento.synth.signal import Samples

RATE = 44100


def noise(seconds: float, level: float = 0.1, seed: int = 1) -> Samples:
    """White noise, the same every time."""
    return (level * np.random.RandomState(seed).standard_normal((round(RATE * seconds), 2))).astype(np.float32)


def judged(samples: Samples) -> tuple[float, float]:
    """(LUFS, highest true peak in dB) by pyebur128."""
    mode = pyebur128.MeasurementMode.MODE_I | pyebur128.MeasurementMode.MODE_TRUE_PEAK
    state = pyebur128.R128State(2, RATE, mode)
    state.add_frames(np.ascontiguousarray(samples).reshape(-1), len(samples))
    peak = max(pyebur128.get_true_peak(state, channel) for channel in (0, 1))
    return pyebur128.get_loudness_global(state), 20 * float(np.log10(peak))


@pytest.mark.parametrize("seed", range(3))
def test_loudness_agrees_with_the_judge(seed: int) -> None:
    samples = noise(6.0, 0.05 * (seed + 1), seed)
    samples[RATE : 3 * RATE] *= 0.001  # a pause, which the gate leaves out
    samples[:, 1] *= 0.5
    assert loudness(samples, RATE) == pytest.approx(judged(samples)[0], abs=0.05)


def test_a_full_scale_tone_reads_as_the_standard_says() -> None:
    tone = np.sin(2 * np.pi * 997 * np.arange(5 * RATE) / RATE).astype(np.float32)
    left = np.stack((tone, np.zeros_like(tone)), axis=1)
    assert loudness(left, RATE) == pytest.approx(-3.01, abs=0.05)  # BS.1770-4, table 1 and what follows it


def test_k_weighting_is_that_of_the_standard_at_48_khz() -> None:
    shelf, high_pass = k_weighting(48000)
    assert shelf == pytest.approx(
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1, -1.69065929318241, 0.73248077421585], abs=1e-6
    )
    assert high_pass == pytest.approx([1, -2, 1, 1, -1.99004745483398, 0.99007225036621], abs=1e-6)


def test_silence_and_next_to_nothing() -> None:
    assert loudness(np.zeros((RATE, 2), np.float32), RATE) == float("-inf")
    assert loudness(np.zeros((0, 2), np.float32), RATE) == float("-inf")
    assert loudness(noise(0.05), RATE) < 0


@settings(max_examples=20)
@given(st.lists(st.integers(0, 5 * RATE), max_size=6), st.floats(-50, 0))
def test_chunks_do_not_show(cuts: list[int], gain_db: float) -> None:
    samples = noise(5.0) * np.float32(10 ** (gain_db / 20))
    meter = LoudnessMeter(RATE)
    for part in np.split(samples, sorted(cuts)):
        meter.feed(part)
    assert meter.integrated() == pytest.approx(loudness(samples, RATE), abs=1e-3)


@pytest.mark.parametrize("rate", [44100, 48000])
def test_the_range_agrees_with_the_judge(rate: int) -> None:
    random = np.random.RandomState(6)
    levels = np.interp(np.arange(80 * rate), np.arange(21) * 4 * rate, random.uniform(-40, 0, 21))
    samples = (0.3 * 10 ** (levels[:, None] / 20) * random.standard_normal((80 * rate, 2))).astype(np.float32)
    meter = LoudnessMeter(rate)
    meter.feed(samples)
    state = pyebur128.R128State(2, rate, pyebur128.MeasurementMode.MODE_I | pyebur128.MeasurementMode.MODE_LRA)
    state.add_frames(samples.reshape(-1), len(samples))
    # The judge listens once a second, we ten times.
    assert meter.range() == pytest.approx(pyebur128.get_loudness_range(state), abs=0.6)
    assert meter.integrated() == pytest.approx(pyebur128.get_loudness_global(state), abs=0.02)


@pytest.mark.parametrize("level_db", [-60.0, -20.0])
def test_a_low_tone_keeps_its_loudness_in_single_precision(level_db: float) -> None:
    tone = (10 ** (level_db / 20) * np.sin(2 * np.pi * 41.2 * np.arange(4 * RATE) / RATE)).astype(np.float32)
    samples = np.stack((tone, tone), axis=1)
    assert loudness(samples, RATE) == pytest.approx(judged(samples)[0], abs=0.02)


def test_the_range_of_little_is_none() -> None:
    meter = LoudnessMeter(RATE)
    assert (meter.integrated(), meter.range()) == (float("-inf"), 0.0)
    meter.feed(noise(1.0))
    assert meter.range() == 0.0


@pytest.mark.parametrize("sizes", [(1 << 17,), (10_000,), (64, 5000)])
def test_a_ring_into_silence_ends_before_it_gets_denormal(sizes: tuple[int, ...]) -> None:
    weighting = KWeighting(RATE)
    pause = np.zeros((RATE, 2), np.float32)
    samples = np.concatenate((noise(0.5), pause, noise(0.1, seed=2), pause))
    parts, at, turn = [], 0, 0
    while at < len(samples):
        parts.append(weighting.feed(samples[at : at + sizes[turn % len(sizes)]]))
        at, turn = at + parts[-1].shape[1], turn + 1
    weighted = np.concatenate(parts, axis=1)
    expected = sosfilt(k_weighting(RATE), samples, axis=0).T
    assert weighted == pytest.approx(expected, abs=1e-4)
    low = np.abs(weighted[weighted != 0])
    assert low.min() >= np.finfo(np.float32).tiny
    assert not weighted[:, -RATE // 2 :].any() and not weighting._state.any()
