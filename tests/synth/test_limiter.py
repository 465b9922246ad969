"""The limiter: never a true peak over the ceiling by an independent meter; smooth; the same in any chunks."""

from __future__ import annotations

import numpy as np
import pyebur128
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.synth.limiter import STEP, Envelopes, Hold, PeakMeter, StreamLimiter, apply, limited, limiting
from partimento.synth.loudness import loudness
from partimento.synth.signal import Samples

RATE = 44100


def true_peak_db(samples: Samples, rate: int = RATE) -> float:
    """By pyebur128; -inf for silence."""
    state = pyebur128.R128State(2, rate, pyebur128.MeasurementMode.MODE_TRUE_PEAK)
    state.add_frames(np.ascontiguousarray(samples).reshape(-1), len(samples))
    peak = max(pyebur128.get_true_peak(state, channel) for channel in (0, 1))
    return 20 * float(np.log10(peak)) if peak > 0 else float("-inf")


def tone(hz: float, seconds: float = 0.5, phase: float = 0.0) -> Samples:
    wave = np.sin(2 * np.pi * hz * np.arange(round(RATE * seconds)) / RATE + phase)
    return np.stack((wave, -0.3 * wave), axis=1).astype(np.float32)


def clicks() -> Samples:
    out = np.zeros((20000, 2), np.float32)
    out[::1777] = (1.0, -1.0)
    out[1::1777] = (-1.0, 1.0)
    return out


SIGNALS = {
    "a quarter of the rate, off phase": tone(RATE / 4, phase=np.pi / 4),
    "low": tone(41.0),
    "near the top": tone(20900.0),
    "square": np.sign(tone(997.0)),
    "clicks": clicks(),
    "one click": np.eye(1, 9000, 4500, dtype=np.float32).T * np.ones(2, np.float32),
    "loud at the very first sample": np.ones((3000, 2), np.float32),
    "one sample": np.ones((1, 2), np.float32),
}


@pytest.mark.parametrize("gain_db", [0.0, 6.0, 24.0])
@pytest.mark.parametrize("name", SIGNALS)
def test_no_true_peak_passes_the_ceiling(name: str, gain_db: float) -> None:
    out, cut = limited(SIGNALS[name], RATE, -1.0, gain_db)
    assert true_peak_db(out) <= -1.0
    assert cut >= gain_db - 0.1


@settings(max_examples=40)
@given(
    st.integers(0, 2**31), st.floats(-10, 40), st.integers(1, 6000), st.sampled_from((44100, 48000)),
    st.sampled_from((-0.1, -1.0, -3.0)),
)  # fmt: skip
def test_whatever_comes_stays_under(seed: int, gain_db: float, length: int, rate: int, ceiling_db: float) -> None:
    random = np.random.RandomState(seed % 2**31)
    course = np.exp(np.cumsum(random.standard_normal((length, 1)) * 0.1, axis=0).clip(-8, 2))
    samples = (0.3 * course * random.standard_normal((length, 2))).astype(np.float32)
    out, _ = limited(samples, rate, ceiling_db, gain_db)
    assert true_peak_db(out, rate) <= ceiling_db
    assert len(out) == length


def test_quiet_sound_is_left_alone() -> None:
    samples = 0.05 * tone(440.0)
    out, cut = limited(samples, RATE)
    assert cut == 0.0
    assert np.array_equal(out, samples)
    silent, _ = limited(np.zeros((500, 2), np.float32), RATE, gain_db=40.0)
    assert not silent.any()
    assert len(limited(np.zeros((0, 2), np.float32), RATE)[0]) == 0


def test_the_gain_moves_smoothly_and_comes_back() -> None:
    samples = np.full((RATE, 2), 0.1, np.float32)
    samples[20000:20010] = 2.0
    out, cut = limited(samples, RATE)
    gains = out[:, 0] / samples[:, 0]
    assert gains[0] == pytest.approx(1.0)
    assert gains[-1] == pytest.approx(1.0, abs=0.01)
    assert 20 * np.log10(gains.min()) == pytest.approx(-cut, abs=0.01)
    # 5 ms for the way down: no step is larger than that way shared among its samples, with a little to spare.
    assert np.abs(np.diff(gains)).max() < 1.3 * (1 - gains.min()) / (0.005 * RATE)
    after = gains[20100:]
    assert (np.diff(after) >= -1e-6).all()


def in_chunks(samples: Samples, cuts: list[int]) -> Envelopes:
    envelopes = Envelopes(RATE, len(samples))
    for part in np.split(samples, sorted(cut % (len(samples) + 1) for cut in cuts)):
        envelopes.feed(part)
    envelopes.finish()
    return envelopes


@settings(max_examples=25)
@given(st.lists(st.integers(0, 20000), max_size=6))
def test_chunks_do_not_show(cuts: list[int]) -> None:
    samples = clicks() + (0.5 * np.random.RandomState(4).standard_normal((20000, 2))).astype(np.float32)
    whole, parts = in_chunks(samples, []), in_chunks(samples, cuts)
    assert np.allclose(whole.peaks, parts.peaks, atol=1e-6)
    assert np.allclose(whole.powers, parts.powers, rtol=1e-3, atol=1e-6)
    gains, _, _ = limiting(whole, 3.0, -1.0)
    once = samples.copy()
    apply(once, gains, 0)
    at = 0
    for part in np.split(samples.copy(), sorted(cuts)):
        apply(part, gains, at)
        assert np.abs(part - once[at : at + len(part)]).max(initial=0.0) < 1e-6
        at += len(part)


@settings(max_examples=25)
@given(st.lists(st.integers(0, 3000), min_size=1, max_size=8), st.floats(0, 20))
def test_the_stream_loses_nothing_and_holds_the_ceiling(sizes: list[int], gain_db: float) -> None:
    samples = (0.4 * np.random.RandomState(9).standard_normal((sum(sizes), 2))).astype(np.float32)
    samples *= np.float32(10 ** (gain_db / 20))
    limiter = StreamLimiter(RATE, -1.0)
    out, given_up, at = [], 0, 0
    for size in sizes:
        out.append(limiter.process(samples[at : at + size].copy()))
        at += size
        given_up += len(out[-1])
        assert at - given_up <= round(0.0066 * RATE)
    out.append(limiter.flush())
    whole = np.concatenate(out)
    assert len(whole) == len(samples)
    if len(whole):
        assert true_peak_db(whole) <= -1.0
    again = StreamLimiter(RATE, -1.0)
    other = np.concatenate((again.process(samples.copy()), again.flush()))
    assert np.abs(whole - other).max(initial=0.0) < 1e-5


def test_the_stream_leaves_quiet_sound_alone() -> None:
    samples = 0.2 * tone(300.0)
    limiter = StreamLimiter(48000, -1.0)
    out = np.concatenate((limiter.process(samples.copy()), limiter.flush()))
    assert np.array_equal(out, samples)
    assert limiter.cut_db == 0.0


@settings(max_examples=60)
@given(st.lists(st.floats(0, 1), max_size=60), st.integers(1, 9), st.floats(1, 100))
def test_held_reductions_are_never_too_small(wanted: list[float], ahead: int, release: float) -> None:
    asked = np.array(wanted)
    hold = Hold(ahead, release)
    half = len(asked) // 2
    held = np.concatenate((hold.feed(asked[:half]), hold.feed(asked[half:]), hold.finish()))
    assert len(held) == len(asked)
    for shift in (-1, 0, 1):
        moved = asked[max(0, shift) : len(asked) + min(0, shift)]
        beside = held[max(0, -shift) : len(asked) + min(0, -shift)]
        assert (beside >= moved - 1e-6).all()
    assert held.max(initial=0.0) <= asked.max(initial=0.0) + 1e-9


def test_the_release_takes_its_time() -> None:
    hold = Hold(1, 10.0)
    held = np.concatenate((hold.feed(np.array([0.5] + [0.0] * 30)), hold.finish()))
    assert held[12] / held[2] == pytest.approx(np.exp(-1), rel=1e-6)


def test_loudness_is_foreseen() -> None:
    random = np.random.RandomState(2)
    beat = np.exp(-np.arange(4 * RATE) % 11025 / 2500)[:, None]
    samples = (0.4 * beat * random.standard_normal((4 * RATE, 2))).astype(np.float32)
    envelopes = in_chunks(samples, [100, 99999])
    assert envelopes.loudness() == pytest.approx(loudness(samples, RATE), abs=0.02)
    for gain_db in (3.0, 9.0):
        gains, cut, squeezed = limiting(envelopes, gain_db, -1.0, 3.0)
        assert cut <= 3.0 + 1e-6
        assert squeezed > 0
        out = samples.copy()
        apply(out, gains, 0)
        assert envelopes.loudness(gains) == pytest.approx(loudness(out, RATE), abs=0.05)
        assert true_peak_db(out) <= -1.0


def test_peaks_are_those_of_the_judge() -> None:
    samples = (0.2 * np.random.RandomState(3).standard_normal((1000, 2))).astype(np.float32)
    samples[-100:] = 0  # the judge's filter has no tail of its own
    meter = PeakMeter()
    found = np.concatenate((meter.feed(samples), meter.finish()))
    assert len(found) == -(-1000 // STEP)
    assert 20 * np.log10(found.max()) == pytest.approx(true_peak_db(samples), abs=0.01)
