"""Filters: what they do is what they say, in chunks of any size, into silence, and while the corner moves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import welch

from partimento.score.mix import EQ_KINDS, EqBand
from partimento.synth.filters import OPEN_HZ, STEP, Equaliser, SweptLowPass, response_db, section, sections
from partimento.synth.signal import RATES, Samples

HZ = np.geomspace(20.0, 20000.0, 200)


def noise(count: int, seed: int = 0, level: float = 0.3) -> Samples:
    """White noise, the same every time."""
    return (level * np.random.RandomState(seed).standard_normal((count, 2))).astype(np.float32)


bands = st.lists(
    st.builds(
        EqBand,
        kind=st.sampled_from(EQ_KINDS),
        hz=st.floats(20.0, 30000.0),
        gain_db=st.floats(-12.0, 12.0),
        q=st.floats(0.3, 6.0),
    ),
    max_size=5,
).map(tuple)


@given(bands, st.sampled_from(RATES))
def test_measured_response_is_the_computed_one(wanted: tuple[EqBand, ...], rate: int) -> None:
    count = 1 << 16
    impulse = np.zeros((count, 2), np.float32)
    impulse[0] = 1.0
    heard = Equaliser(wanted, rate).process(impulse)[:, 0].astype(np.float64)
    at = np.arange(4, count // 2, 97)
    measured = np.abs(np.fft.rfft(heard))[at]
    computed = 10 ** (response_db(wanted, at * rate / count, rate) / 20)
    assert np.abs(measured - computed).max() < 1e-4 * max(1.0, computed.max())


@given(bands, st.sampled_from(RATES))
def test_every_band_is_stable(wanted: tuple[EqBand, ...], rate: int) -> None:
    for row in sections(wanted, rate):
        assert np.abs(np.roots(row[3:])).max() < 1.0


@given(bands, st.lists(st.integers(1, 3000), max_size=20))
@settings(max_examples=40)
def test_cutting_changes_nothing(wanted: tuple[EqBand, ...], cuts: list[int]) -> None:
    sound = noise(9000)
    sound[2000:6000] = 0
    whole = Equaliser(wanted, 44100).process(sound.copy())
    filters = Equaliser(wanted, 44100)
    parts, at = [], 0
    for cut in [*cuts, 9000]:
        parts.append(filters.process(sound[at : at + cut].copy()))
        at += cut
    assert np.abs(np.concatenate(parts) - whole).max() <= 1e-6 * max(1.0, float(np.abs(whole).max()))


@given(st.floats(20.0, 10000.0), st.floats(-15.0, 15.0), st.floats(0.3, 4.0))
def test_a_band_and_its_opposite_cancel(hz: float, gain_db: float, q: float) -> None:
    for kind in ("peak", "low-shelf", "high-shelf"):
        pair = (EqBand(kind, hz, gain_db, q), EqBand(kind, hz, -gain_db, q))
        assert np.abs(response_db(pair, HZ, 48000)).max() < 1e-6


def test_the_cookbook_s_landmarks() -> None:
    def at(band: EqBand, hz: float) -> float:
        return float(response_db((band,), np.array([hz]), 44100)[0])

    assert at(EqBand("high-pass", 100.0, q=0.5**0.5), 100.0) == pytest.approx(-3.01, abs=0.01)
    assert at(EqBand("low-pass", 5000.0, q=0.5**0.5), 5000.0) == pytest.approx(-3.01, abs=0.01)
    assert at(EqBand("high-pass", 400.0), 50.0) - at(EqBand("high-pass", 400.0), 25.0) == pytest.approx(12.0, abs=0.1)
    assert at(EqBand("peak", 1000.0, -4.5, 2.0), 1000.0) == pytest.approx(-4.5, abs=1e-6)
    assert at(EqBand("low-shelf", 200.0, 6.0), 200.0) == pytest.approx(3.0, abs=1e-6)
    assert at(EqBand("low-shelf", 200.0, 6.0), 1.0) == pytest.approx(6.0, abs=0.01)
    assert at(EqBand("high-shelf", 4000.0, -6.0), 22000.0) == pytest.approx(-6.0, abs=0.01)


def test_what_does_nothing_is_left_out() -> None:
    idle = (EqBand("peak", 1000.0, 0.0), EqBand("low-pass", 22050.0), EqBand("high-pass", 0.0))
    assert len(sections(idle, 44100)) == 0
    sound = noise(1000)
    assert np.array_equal(Equaliser(idle, 44100).process(sound.copy()), sound)
    assert len(sections((EqBand("low-pass", 22050.0),), 48000)) == 1
    with pytest.raises(ValueError, match="notch"):
        section(EqBand("notch", 1000.0), 44100)


def test_a_ring_dies_into_true_silence() -> None:
    filters = Equaliser((EqBand("high-pass", 30.0), EqBand("peak", 60.0, 6.0, 3.0)), 44100)
    filters.process(noise(5000))
    after = filters.process(np.zeros((131072, 2), np.float32))
    assert after[:100].any()
    assert not after[-50000:].any()


def test_low_corners_are_as_clean_as_high_ones() -> None:
    tone = np.repeat(0.5 * np.sin(2 * np.pi * 1000 * np.arange(88200) / 44100)[:, None], 2, axis=1).astype(np.float32)
    heard = Equaliser((EqBand("high-pass", 20.0),), 44100).process(tone)[44100:, 0]
    hz, power = welch(heard, 44100, "blackmanharris", 8192)
    assert 10 * np.log10(power[hz > 2000].max() / power.max()) < -130


@pytest.mark.parametrize("corner", [300.0, 2500.0, 9000.0])
def test_a_still_sweep_is_a_low_pass(corner: float) -> None:
    filters = SweptLowPass(44100)
    filters.process(np.zeros((STEP * 4, 2), np.float32), np.full(4, corner))
    impulse = np.zeros((1 << 14, 2), np.float32)
    impulse[0] = 1.0
    heard = filters.process(impulse, np.full(len(impulse) // STEP, corner))
    spectrum = np.fft.rfft(heard[:, 1].astype(np.float64))
    at = np.arange(20, 6000, 31)
    wanted = response_db((EqBand("low-pass", corner, q=0.5**0.5),), at * 44100 / (1 << 14), 44100)
    assert np.abs(np.abs(spectrum[at]) - 10 ** (wanted / 20)).max() < 1e-4


def test_an_open_sweep_changes_nothing() -> None:
    sound = noise(5000)
    blocks = -(-5000 // STEP)
    assert np.array_equal(SweptLowPass(44100).process(sound.copy(), np.full(blocks, OPEN_HZ)), sound)
    with pytest.raises(ValueError, match="79"):
        SweptLowPass(44100).process(sound, np.full(3, 500.0))


@given(st.lists(st.integers(1, 40), max_size=12), st.integers(0, 9))
@settings(max_examples=30)
def test_sweeping_is_the_same_in_any_blocks(cuts: list[int], seed: int) -> None:
    corner = 10 ** np.random.RandomState(seed).uniform(1.8, 4.4, 100)
    corner[20:70] = corner[20]  # it stands for a while
    sound = noise(100 * STEP, seed)
    whole = SweptLowPass(48000).process(sound.copy(), corner)
    filters = SweptLowPass(48000)
    parts, at = [], 0
    for cut in [*cuts, 100]:
        stop = min(100, at + cut)
        parts.append(filters.process(sound[at * STEP : stop * STEP].copy(), corner[at:stop]))
        at = stop
    assert np.abs(np.concatenate(parts) - whole).max() <= 1e-6


def test_a_sweep_does_not_click() -> None:
    count = 44100 // STEP * STEP
    tone = np.repeat(0.5 * np.sin(2 * np.pi * 220 * np.arange(count) / 44100)[:, None], 2, axis=1).astype(np.float32)
    still = float(np.abs(np.diff(tone[:, 0], 2)).max())
    blocks = count // STEP
    corner = np.full(blocks, OPEN_HZ)
    corner[blocks // 4 :] = np.geomspace(OPEN_HZ, 150.0, blocks - blocks // 4)
    corner[-blocks // 4 :] = 20000.0
    heard = SweptLowPass(44100).process(tone, corner)
    assert np.abs(np.diff(heard[:, 0], 2)).max() < 12 * still
