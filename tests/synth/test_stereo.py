"""The place and the width of a sound: constant power, nothing lost, smooth moves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from partimento.synth.signal import RATES, Samples
from partimento.synth.stereo import Panner, Widener, matrix


def noise(count: int, seed: int = 0) -> Samples:
    """Unlike noise on both channels, the same every time."""
    return (0.3 * np.random.RandomState(seed).standard_normal((count, 2))).astype(np.float32)


pans, widths = st.floats(-1.0, 1.0), st.floats(0.0, 1.5)


@given(pans, widths)
def test_a_mono_sound_keeps_its_power_wherever_it_stands(pan: float, width: float) -> None:
    left, right = matrix(pan, width) @ np.ones(2)
    assert left**2 + right**2 == pytest.approx(2.0, abs=1e-5)
    assert (right >= left - 1e-6) if pan >= 0 else (left >= right - 1e-6)


@given(pans, widths)
def test_left_and_right_mirror_each_other(pan: float, width: float) -> None:
    assert np.allclose(matrix(pan, width)[::-1, ::-1], matrix(-pan, width), atol=1e-6)


def test_the_centre_at_full_width_changes_nothing() -> None:
    sound = noise(1000)
    assert np.array_equal(Panner(0.0, 1.0, 44100).process(sound.copy()), sound)
    assert Panner(0.3, 1.0, 44100).process(sound[:0]).shape == (0, 2)


def test_width_scales_the_sides_alone() -> None:
    sound = noise(1000)
    for width in (0.0, 0.5, 1.4):
        heard = Panner(0.0, width, 44100).process(sound.copy())
        assert np.allclose(heard.sum(axis=1), sound.sum(axis=1), atol=1e-6)
        assert np.allclose(heard[:, 0] - heard[:, 1], width * (sound[:, 0] - sound[:, 1]), atol=1e-6)


def test_a_stereo_sound_panned_hard_is_wholly_there() -> None:
    sound = np.zeros((1000, 2), np.float32)
    sound[:, 0] = 0.5  # all on the left
    heard = Panner(1.0, 1.0, 44100).process(sound)
    assert np.abs(heard[:, 0]).max() < 1e-6
    assert heard[0, 1] == pytest.approx(0.5 / 2**0.5, abs=1e-5)


@given(pans, widths, st.sampled_from([0.0, 120.0]), st.lists(st.integers(1, 900), max_size=8))
def test_cutting_changes_nothing(pan: float, width: float, mono_below_hz: float, cuts: list[int]) -> None:
    sound = noise(3000)
    whole = Panner(pan, width, 48000, mono_below_hz).process(sound.copy())
    panner = Panner(pan, width, 48000, mono_below_hz)
    parts, at = [], 0
    for cut in [*cuts, 3000]:
        parts.append(panner.process(sound[at : at + cut].copy()))
        at += cut
    assert np.abs(np.concatenate(parts) - whole).max() <= 1e-6


def test_the_bass_stands_in_the_middle() -> None:
    time = np.arange(44100) / 44100
    for hz, most in ((30.0, 0.07), (1000.0, 1.01)):
        sound = np.zeros((44100, 2), np.float32)
        sound[:, 0] = np.sin(2 * np.pi * hz * time)
        heard = Panner(0.0, 1.0, 44100, 120.0).process(sound.copy())[22050:]
        sides = np.abs(heard[:, 0] - heard[:, 1]).max()
        assert most * 0.5 < sides < most
        assert np.allclose(heard.sum(axis=1), sound[22050:, 0], atol=1e-6)


def test_a_move_is_a_ramp_over_one_chunk() -> None:
    panner = Panner(-1.0, 1.0, 44100)
    panner.set(1.0, 1.0)
    heard = panner.process(np.full((1000, 2), 0.5, np.float32))
    assert heard[0, 0] == pytest.approx(0.5 * 2**0.5, abs=2e-3)
    assert heard[-1, 1] == pytest.approx(0.5 * 2**0.5, abs=1e-6)
    assert np.abs(np.diff(heard, axis=0)).max() < 2e-3
    after = panner.process(np.full((10, 2), 0.5, np.float32))
    assert np.allclose(after, heard[-1], atol=1e-6)


@given(st.lists(st.integers(1, 3000), min_size=1, max_size=6), st.sampled_from(RATES))
def test_sides_made_do_not_depend_on_chunks_and_leave_the_middle(sizes: list[int], rate: int) -> None:
    sound = np.random.RandomState(3).standard_normal((sum(sizes), 1)).astype(np.float32).repeat(2, axis=1) * 0.1
    whole = Widener(0.5, rate).process(sound.copy())
    widener = Widener(0.5, rate)
    parts = [widener.process(part.copy()) for part in np.split(sound, np.cumsum(sizes)[:-1])]
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=1e-6)
    np.testing.assert_allclose(whole.sum(axis=1), sound.sum(axis=1), atol=1e-6)


@pytest.mark.parametrize("spread", [0.3, 0.7])
def test_sides_made_are_as_strong_as_asked_and_keep_the_spectrum(spread: float) -> None:
    sound = np.random.RandomState(4).standard_normal((88200, 1)).astype(np.float32).repeat(2, axis=1) * 0.1
    wide = Widener(spread, 44100).process(sound.copy())
    side, middle = (wide[:, 0] - wide[:, 1]) / 2, sound[:, 0]
    assert np.std(side) / np.std(middle) == pytest.approx(spread, rel=0.05)
    assert abs(np.corrcoef(side, middle)[0, 1]) < 0.2
    for low, high in ((500, 2000), (2000, 8000), (8000, 16000)):
        shares = [_between(part, low, high) for part in (side, middle)]
        assert 20 * np.log10(shares[0] / shares[1] / spread) == pytest.approx(0.0, abs=1.0)


def _between(samples: NDArray[Any], low: float, high: float) -> float:
    hz = np.fft.rfftfreq(len(samples), 1 / 44100)
    return float(np.linalg.norm(np.fft.rfft(samples)[(hz >= low) & (hz < high)]))
