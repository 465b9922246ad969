"""Loudness against an independent meter; the limiter against its peaks between samples."""

from __future__ import annotations

import numpy as np
import pyebur128
import pytest

from partimento.synth.loudness import Samples, k_weighting, limit, loudness, remove_rumble
from partimento.synth.reverb import add_reverb, room

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


def test_the_limiter_holds_true_peaks() -> None:
    time = np.arange(3 * RATE) / RATE
    # A quarter of the sampling rate, off phase: samples miss the crest by 3 dB.
    tone = (1.3 * np.sin(2 * np.pi * RATE / 4 * time + np.pi / 4)).astype(np.float32)
    samples = np.stack((tone, 0.4 * tone), axis=1)
    samples[RATE:] += noise(2.0, 0.3)
    assert limit(samples, RATE, -1.0) > 2
    assert judged(samples)[1] <= -1.0


def test_the_limiter_leaves_quiet_sound_alone() -> None:
    samples = noise(1.0, 0.02)
    before = samples.copy()
    assert limit(samples, RATE) == 0.0
    assert np.array_equal(samples, before)


def test_rumble_and_offset_are_taken_away() -> None:
    samples = noise(2.0) + np.float32(0.3)
    remove_rumble(samples, RATE)
    assert abs(float(samples[RATE:].mean())) < 1e-3


def test_the_room_dies_away_in_the_time_asked() -> None:
    for seconds in (0.8, 2.5):
        response = room(seconds, RATE)
        energy = np.cumsum((response[::-1].astype(np.float64) ** 2).sum(axis=1))[::-1]
        decay = 10 * np.log10(energy / energy[0])
        reached = int(np.argmax(decay < -35)) - int(np.argmax(decay < -5))
        assert 0.6 * seconds < 2 * reached / RATE < 1.1 * seconds  # T30: twice the time from -5 to -35 dB


def test_reverb_is_a_convolution() -> None:
    response = room(0.3, RATE)
    send = np.zeros(300000, np.float32)
    send[[0, 150000, 299999]] = (1.0, -0.5, 0.25)
    out = np.zeros((300000 + len(response), 2), np.float32)
    add_reverb(send, response, out)
    assert np.abs(out[150000 : 150000 + len(response)] + 0.5 * response).max() < 1e-5
    assert np.abs(out[299999 : 299999 + len(response)] - 0.25 * response).max() < 1e-5
