"""The spaces: they die away as asked, grow dense, do not ring, stay apart left and right; the echo keeps time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, sosfiltfilt

from partimento.score.mix import Delay
from partimento.synth.impulses import BANDS_HZ, KINDS, response
from partimento.synth.loudness import loudness
from partimento.synth.signal import RATES, Samples
from partimento.synth.space import Convolver, Echo, Reverb

RATE = 44100
SPACES = [("room", 0.5), ("room", 1.0), ("hall", 1.2), ("hall", 2.0), ("hall", 6.0)]
DECAY = {"room": (1.0, 1.0, 1.0, 1.0, 0.92, 0.82, 0.68), "hall": (1.18, 1.1, 1.0, 1.0, 0.88, 0.7, 0.5)}


def noise(count: int, seed: int = 0, level: float = 0.3) -> Samples:
    """Unlike noise on both channels, the same every time."""
    return (level * np.random.RandomState(seed).standard_normal((count, 2))).astype(np.float32)


def decay_s(wave: NDArray[np.float64], hz: float, rate: int) -> float:
    """Reverberation time in the octave about `hz` by Schroeder's integral, -5 to -35 dB (ISO 3382)."""
    edges = [hz / 2**0.5, min(hz * 2**0.5, 0.49 * rate)]
    wave = sosfiltfilt(butter(3, edges, "bandpass", fs=rate, output="sos"), wave)
    left = np.cumsum(wave[::-1] ** 2)[::-1]
    db = 10 * np.log10(left / left[0] + 1e-20)
    start, stop = int(np.argmax(db < -5)), int(np.argmax(db < -35))
    return -60 / float(np.polyfit(np.arange(start, stop) / rate, db[start:stop], 1)[0])


def mono(seconds: float, kind: str, rate: int = RATE) -> NDArray[np.float64]:
    """What both ears get (2, m) from one impulse on both channels."""
    heard: NDArray[np.float64] = response(seconds, rate, kind).astype(np.float64).sum(axis=0)
    return heard


@pytest.mark.parametrize(("kind", "seconds"), SPACES)
def test_each_octave_dies_away_in_its_time(kind: str, seconds: float) -> None:
    ears = mono(seconds, kind)
    for hz, share in zip(BANDS_HZ[1:7], DECAY[kind][1:], strict=True):
        measured = np.mean([decay_s(ear, hz, RATE) for ear in ears])
        # A band's neighbours die away in other times: at the top the slower below reaches in.
        assert measured == pytest.approx(share * seconds, rel=0.1 if hz < 8000 else 0.13)


def test_both_rates_give_the_same_space() -> None:
    for kind in KINDS:
        for hz in (500.0, 2000.0):
            times = [np.mean([decay_s(ear, hz, rate) for ear in mono(1.5, kind, rate)]) for rate in RATES]
            assert times[0] == pytest.approx(times[1], rel=0.1)


@pytest.mark.parametrize(("kind", "seconds"), SPACES)
def test_left_and_right_are_unlike_and_fold_to_mono(kind: str, seconds: float) -> None:
    ears = mono(seconds, kind)
    tail = ears[:, round((0.03 if kind == "room" else 0.1) * RATE) : round(0.6 * seconds * RATE)]
    tail = tail / np.sqrt(np.square(tail).sum(axis=1, keepdims=True))
    assert abs(float(tail[0] @ tail[1])) < 0.1
    # Unlike channels lose 3 dB in the middle by themselves; no more than 1 dB beyond that.
    folded = np.square(ears.sum(axis=0) / 2).sum() / np.square(ears).sum() * 2
    assert 10 * np.log10(folded) > -4.0
    assert abs(10 * np.log10(np.square(ears[0]).sum() / np.square(ears[1]).sum())) < 0.5


@pytest.mark.parametrize(("kind", "seconds"), SPACES)
def test_the_tail_is_dense_and_does_not_ring(kind: str, seconds: float) -> None:
    ear = mono(seconds, kind)[0]
    start = round((0.03 if kind == "room" else 0.1) * RATE)
    # Echo density (Abel and Huang, AES 2006): a share of 1 of what Gaussian noise has outside its deviation.
    for at in range(start, start + RATE // 10, 882):
        part = ear[at : at + 882]
        assert np.mean(np.abs(part) > part.std()) / 0.3173 > 0.8
    tail = ear[start : start + round(0.5 * seconds * RATE)] * np.hanning(round(0.5 * seconds * RATE))
    power = np.abs(np.fft.rfft(tail)) ** 2
    hz = np.fft.rfftfreq(len(tail), 1 / RATE)
    around = np.convolve(power, np.ones(201) / 201, "same")
    heard = (hz > 250) & (hz < 9000)
    assert 10 * np.log10((power / around)[heard].max()) < 12.0
    alike = np.fft.irfft(np.abs(np.fft.rfft(tail, 2 * len(tail))) ** 2)
    assert np.abs(alike[round(0.003 * RATE) : round(0.06 * RATE)]).max() < 0.2 * alike[0]


def test_a_hall_begins_later_and_sparser_than_a_room() -> None:
    room, hall = mono(0.5, "room")[0], mono(2.0, "hall")[0]
    first = [float(np.argmax(np.abs(ear) > 0.1 * np.abs(ear).max())) / RATE for ear in (room, hall)]
    assert first[0] < 0.008
    assert 0.012 < first[1] < 0.035
    part = hall[round(0.012 * RATE) : round(0.032 * RATE)]
    assert np.mean(np.abs(part) > part.std()) / 0.3173 < 0.6


def test_lows_and_highs_stay_out() -> None:
    for kind, seconds in SPACES:
        power = np.abs(np.fft.rfft(mono(seconds, kind)[0], 1 << 19)) ** 2
        hz = np.fft.rfftfreq(1 << 19, 1 / RATE)
        middle = power[(hz > 400) & (hz < 2000)].mean()
        assert 10 * np.log10(power[(hz > 30) & (hz < 60)].mean() / middle) < -12
        assert 10 * np.log10(power[(hz > 15000) & (hz < 18000)].mean() / middle) < -9


@pytest.mark.parametrize(("kind", "seconds"), [("room", 0.5), ("hall", 2.0)])
def test_a_send_of_one_is_about_as_loud_as_the_dry(kind: str, seconds: float) -> None:
    spectrum = np.fft.rfft(noise(8 * RATE), axis=0)
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))[:, None]
    pink = np.fft.irfft(spectrum, axis=0).astype(np.float32)
    for dry in (pink, np.repeat(pink[:, :1], 2, axis=1)):
        wet = Reverb(seconds, RATE, kind).process(dry.copy())
        assert loudness(wet[2 * RATE :], RATE) == pytest.approx(loudness(dry[2 * RATE :], RATE), abs=1.0)


@given(st.integers(1, 70000), st.lists(st.integers(1, 40000), max_size=8), st.lists(st.integers(1, 700), max_size=8))
@settings(max_examples=25)
def test_convolution_in_any_chunks_is_convolution(length: int, large: list[int], small: list[int]) -> None:
    impulses = (np.random.RandomState(length).standard_normal((2, 2, length)) / np.sqrt(2 * length)).astype(np.float32)
    sound = noise(50000, 1)
    sound[10000:20000] = 0
    sound[30000:, 1] = sound[30000:, 0]
    wanted = np.stack(
        [sum(fftconvolve(sound[:, side].astype(np.float64), impulses[side, ear])[:50000] for side in (0, 1))
         for ear in (0, 1)],
        axis=1,
    )  # fmt: skip
    convolver = Convolver(impulses)
    parts, at = [], 0
    for cut in [*[one for pair in zip(large, small, strict=False) for one in pair], 3000, 4096, 4096, 50000]:
        parts.append(convolver.process(sound[at : at + cut].copy()))
        at += cut
    assert np.abs(np.concatenate(parts) - wanted).max() <= 1e-6


def test_silence_after_the_tail_is_silence() -> None:
    for wet in (Reverb(0.3, RATE, "room"), Echo(Delay(feedback=0.5), 0.1, RATE)):
        wet.process(noise(1000))
        for size in (40000, 40000, 40000):
            wet.process(np.zeros((size, 2), np.float32))
        assert not wet.process(np.zeros((5000, 2), np.float32)).any()
        assert wet.process(noise(8)[:0]).shape == (0, 2)


def test_times_out_of_reason_are_kept_within_it() -> None:
    assert Reverb(0.0, RATE).tail_s < 0.3
    assert Reverb(1e9, 8000).tail_s < 15
    assert response(1e9, 8000, "hall") is response(1e9, 8000, "hall")
    with pytest.raises(ValueError, match="cave"):
        Reverb(1.0, RATE, "cave")
    assert Echo(Delay(), 1e9, RATE).tail_s < 60
    assert np.isfinite(Echo(Delay(feedback=5.0), 0.0, RATE).process(noise(RATE))).all()


def click(count: int) -> Samples:
    """One burst of 5 ms on both channels, then silence."""
    samples = np.zeros((count, 2), np.float32)
    samples[:220] = noise(220)[:, :1]
    return samples


def test_the_echo_comes_on_the_beat_and_turns_darker() -> None:
    delay = Delay(beats=0.75, feedback=0.5, low_hz=200.0, high_hz=3000.0, ping_pong=False)
    wet = Echo(delay, 0.4, RATE).process(click(RATE * 2))
    wait = round(0.3 * RATE)
    assert not wet[:wait].any()
    repeats = [wet[at * wait : at * wait + 2000].astype(np.float64) for at in range(1, 5)]
    power = [np.square(one).sum() for one in repeats]
    assert all(0.02 < later / earlier < 0.25 for earlier, later in zip(power, power[1:], strict=False))
    brightness = []
    for one in repeats:
        spectrum = np.abs(np.fft.rfft(one[:, 0])) ** 2
        brightness.append((np.arange(len(spectrum)) * spectrum).sum() / spectrum.sum())
    assert all(later < earlier for earlier, later in zip(brightness, brightness[1:], strict=False))


def test_ping_pong_goes_from_side_to_side() -> None:
    wet = Echo(Delay(beats=0.5, feedback=0.6), 0.5, RATE).process(click(RATE * 2))
    wait = round(0.25 * RATE)
    for turn in range(1, 5):
        power = np.square(wet[turn * wait : (turn + 1) * wait].astype(np.float64)).sum(axis=0)
        near, far = power if turn % 2 else power[::-1]
        assert far < 1e-3 * near


def test_the_tails_end_where_they_say() -> None:
    for wet, seconds in ((Reverb(1.0, RATE, "hall"), 1.5), (Echo(Delay(), 0.5, RATE), 4.0)):
        assert wet.tail_s < seconds
        heard = wet.process(click(round(RATE * (seconds + 1.0))))
        loud, after = np.abs(heard).max(), np.abs(heard[round(wet.tail_s * RATE) + 220 :]).max()
        assert after < 1.1e-3 * loud


@given(st.lists(st.integers(1, 5000), max_size=10), st.booleans(), st.floats(0.01, 0.4))
@settings(max_examples=30)
def test_cutting_changes_no_echo(cuts: list[int], ping_pong: bool, beat_s: float) -> None:
    delay = Delay(feedback=0.7, ping_pong=ping_pong)
    sound = noise(15000)
    sound[4000:] = 0
    whole = Echo(delay, beat_s, 48000).process(sound.copy())
    echo = Echo(delay, beat_s, 48000)
    parts, at = [], 0
    for cut in [*cuts, 15000]:
        parts.append(echo.process(sound[at : at + cut].copy()))
        at += cut
    assert np.abs(np.concatenate(parts) - whole).max() <= 1e-6
