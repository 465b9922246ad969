"""Compression and ducking: the static curve, the times, the depth, no steps, any chunks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.synth.dynamics import STEP, Compressor, Ducker, gain_reduction_db
from partimento.synth.settled import Squeeze
from partimento.synth.signal import Samples

RATE = 44100


def tone(seconds: float, level_db: float, hz: float = 1000.0) -> Samples:
    """A sine of the given RMS level (dBFS) on both channels."""
    time = np.arange(round(RATE * seconds)) / RATE
    wave = 10 ** (level_db / 20) * 2**0.5 * np.sin(2 * np.pi * hz * time)
    return np.repeat(wave[:, None], 2, axis=1).astype(np.float32)


def level_db(samples: Samples) -> float:
    return float(10 * np.log10(np.mean(samples.astype(np.float64) ** 2)))


def kicks(beats: int, gain: float = 1.0, beat_s: float = 0.5) -> Samples:
    """A falling sine that dies away in a tenth of a second, on every beat."""
    time = np.arange(round(RATE * beat_s)) / RATE
    one = gain * np.exp(-time / 0.06) * np.sin(2 * np.pi * (50 * time + 4 * (1 - np.exp(-time / 0.02))))
    return np.repeat(np.tile(one, beats)[:, None], 2, axis=1).astype(np.float32)


squeezes = st.builds(
    Squeeze,
    threshold_db=st.floats(-40.0, -6.0),
    ratio=st.floats(1.0, 8.0),
    attack_ms=st.floats(1.0, 60.0),
    release_ms=st.floats(40.0, 400.0),
    makeup_db=st.floats(0.0, 6.0),
)


@given(squeezes, st.floats(-45.0, -6.0), st.booleans())
@settings(max_examples=40)
def test_steady_tones_reach_the_static_curve(squeeze: Squeeze, level: float, follows: bool) -> None:
    heard = Compressor(squeeze, RATE, follows).process(tone(1.0, level))
    wanted = level + squeeze.makeup_db - float(gain_reduction_db(np.array([level]), squeeze)[0])
    assert level_db(heard[-RATE // 5 :]) == pytest.approx(wanted, abs=0.3)


@given(squeezes)
def test_the_static_curve_rises_by_one_over_the_ratio(squeeze: Squeeze) -> None:
    levels = np.linspace(-60.0, 0.0, 601)
    out = levels - gain_reduction_db(levels, squeeze)
    slope = np.diff(out) / 0.1
    assert (slope > 1 / squeeze.ratio - 1e-6).all()
    assert (slope < 1 + 1e-6).all()
    assert (np.diff(slope) < 1e-6).all()
    far = squeeze.threshold_db + 10.0
    wanted = 10.0 * (1 - 1 / squeeze.ratio)
    assert float(gain_reduction_db(np.array([far]), squeeze)[0]) == pytest.approx(wanted, abs=1e-9)


@given(squeezes, st.lists(st.integers(1, 2000), max_size=20), st.booleans())
@settings(max_examples=40)
def test_cutting_changes_nothing(squeeze: Squeeze, cuts: list[int], follows: bool) -> None:
    sound = (0.3 * np.random.RandomState(1).standard_normal((8000, 2))).astype(np.float32)
    sound[3000:5000] *= 0.01
    whole = Compressor(squeeze, RATE, follows).process(sound.copy())
    compressor = Compressor(squeeze, RATE, follows)
    ducked = Ducker(6.0, RATE).process(sound.copy(), sound[::-1])
    ducker = Ducker(6.0, RATE)
    parts, pieces, at = [], [], 0
    for cut in [*cuts, 8000]:
        parts.append(compressor.process(sound[at : at + cut].copy()))
        pieces.append(ducker.process(sound[at : at + cut].copy(), sound[::-1][at : at + cut]))
        at += cut
    assert np.abs(np.concatenate(parts) - whole).max() <= 1e-6
    assert np.abs(np.concatenate(pieces) - ducked).max() <= 1e-6


def gain_curve(heard: Samples, dry: Samples, at: int) -> float:
    """The gain in dB about a sample, over 5 ms."""
    part = slice(at, at + 220)
    return level_db(heard[part]) - level_db(dry[part])


@pytest.mark.parametrize(("attack_ms", "release_ms"), [(20.0, 120.0), (60.0, 300.0)])
def test_attack_and_release_take_their_time(attack_ms: float, release_ms: float) -> None:
    squeeze = Squeeze(-30.0, 4.0, attack_ms, release_ms)
    dry = tone(3.0, -40.0)
    dry[RATE : 2 * RATE] *= 10.0  # 20 dB up, to 10 dB over the threshold: 15 dB over, 7.5 dB down at 4 : 1 with -20
    full = float(gain_reduction_db(np.array([-20.0]), squeeze)[0])
    heard = Compressor(squeeze, RATE).process(dry.copy())
    # A one-pole has gone 63 % of its way after its time constant; the level's window and the step add up to 12 ms.
    attacked = [-gain_curve(heard, dry, RATE + round(RATE * ms / 1000)) for ms in range(0, 400, 1)]
    reached = next(ms for ms, now in enumerate(attacked) if now >= 0.632 * full)
    assert attack_ms * 0.8 <= reached <= attack_ms * 1.2 + 12
    released = [-gain_curve(heard, dry, 2 * RATE + round(RATE * ms / 1000)) for ms in range(0, 900, 2)]
    left = 2 * next(index for index, now in enumerate(released) if now <= 0.368 * full)
    assert release_ms * 0.8 <= left <= release_ms * 1.2 + 14


def test_a_bus_lets_go_slowly_after_long_loudness_and_soon_after_a_peak() -> None:
    squeeze = Squeeze(-30.0, 2.0, 30.0, 100.0)
    left = []
    for loud_s in (0.06, 3.0):
        dry = tone(5.0, -45.0)
        end = round(RATE * (1 + loud_s))
        dry[RATE:end] *= 10.0
        heard = Compressor(squeeze, RATE, follows_programme=True).process(dry.copy())
        at = end + round(0.35 * RATE)
        left.append(gain_curve(heard, dry, at) / gain_curve(heard, dry, end - 400))
    assert left[0] < 0.35
    assert left[1] > 0.4


def test_what_is_soft_or_not_squeezed_is_left_as_it_is() -> None:
    dry = tone(0.5, -50.0)
    assert np.array_equal(Compressor(Squeeze(-20.0, 4.0, 10.0, 100.0), RATE).process(dry.copy()), dry)
    loud = tone(0.5, -6.0)
    assert np.array_equal(Compressor(Squeeze(-20.0, 1.0, 10.0, 100.0), RATE).process(loud.copy()), loud)


def test_the_louder_channel_moves_both() -> None:
    dry = tone(1.0, -10.0)
    dry[:, 1] *= 0.01
    heard = Compressor(Squeeze(-30.0, 4.0, 5.0, 100.0), RATE).process(dry.copy())
    part = slice(RATE // 2, None)
    assert np.allclose(heard[part, 1], 0.01 * heard[part, 0], atol=1e-7)
    assert np.abs(heard[part]).max() < 0.3 * np.abs(dry).max()


@pytest.mark.parametrize("gain", [1.0, 0.05])
@pytest.mark.parametrize("depth_db", [2.0, 6.0, 12.0])
def test_a_kick_ducks_by_the_depth_asked(depth_db: float, gain: float) -> None:
    key = kicks(8, gain)
    dry = np.full_like(key, 0.5)
    heard = Ducker(depth_db, RATE).process(dry.copy(), key)
    db = 20 * np.log10(heard[:, 0] / 0.5)
    beat = round(RATE * 0.5)
    for at in range(1, 7):
        stretch = db[at * beat : (at + 1) * beat]
        assert stretch.min() == pytest.approx(-depth_db, abs=0.05 * depth_db)
        assert np.argmin(stretch) < 0.1 * RATE
        # Down within 15 ms of the kick, all but back before the next.
        assert stretch[round(0.015 * RATE)] < -0.85 * depth_db
        assert stretch[-100] > -0.25 * depth_db


def test_ducking_does_not_click() -> None:
    key = kicks(6)
    time = np.arange(len(key)) / RATE
    pad = np.repeat(0.4 * np.sin(2 * np.pi * 330 * time)[:, None], 2, axis=1).astype(np.float32)
    smooth = float(np.abs(np.diff(pad[:, 0], 2)).max())
    heard = Ducker(8.0, RATE).process(pad, key)
    assert np.abs(np.diff(heard[:, 0], 2)).max() < 3 * smooth


def test_compression_does_not_click() -> None:
    dry = tone(2.0, -40.0, 220.0)
    dry *= 1 + 19 * np.square(np.sin(np.pi * np.arange(len(dry)) / len(dry) * 9))[:, None].astype(np.float32)
    smooth = float(np.abs(np.diff(dry[:, 0], 2)).max())
    heard = Compressor(Squeeze(-34.0, 6.0, 1.0, 30.0), RATE).process(dry)
    assert np.abs(np.diff(heard[:, 0], 2)).max() < 3 * smooth


def test_without_a_kick_nothing_ducks() -> None:
    dry = tone(0.3, -20.0)
    assert np.array_equal(Ducker(8.0, RATE).process(dry.copy(), np.zeros_like(dry)), dry)
    assert np.array_equal(Ducker(0.0, RATE).process(dry.copy(), kicks(1)[: len(dry)]), dry)
    assert Ducker(8.0, RATE).process(dry[:0], dry[:0]).shape == (0, 2)


def test_a_compressor_takes_chunks_of_nothing() -> None:
    compressor = Compressor(Squeeze(-30.0, 2.0, 10.0, 100.0, 2.0), RATE)
    assert compressor.process(np.zeros((0, 2), np.float32)).shape == (0, 2)
    heard = compressor.process(tone(STEP / RATE, -50.0))
    assert level_db(heard) == pytest.approx(level_db(tone(STEP / RATE, -50.0)) + 2.0, abs=0.01)
