"""The master: loudness reached, true peak held, odd signals survived, the same for the stream."""

from __future__ import annotations

import numpy as np
import pyebur128
import pytest

from partimento.score.mix import OCTAVES_HZ, EqBand, Mix
from partimento.synth.master import Mastered, StreamMaster, master
from partimento.synth.settled import Settled, Squeeze
from partimento.synth.signal import Samples

RATE = 44100


class Tape:
    """Samples in memory, as a Scratch."""

    def __init__(self, samples: Samples | None = None) -> None:
        self._parts = [] if samples is None else [samples]

    @property
    def length(self) -> int:
        return sum(len(part) for part in self._parts)

    def read(self, start: int, count: int) -> Samples:
        if len(self._parts) > 1:
            self._parts = [np.concatenate(self._parts)]
        return self._parts[0][start : start + count].copy() if self._parts else np.zeros((0, 2), np.float32)

    def write(self, samples: Samples) -> None:
        self._parts.append(samples.copy())


def mastered(samples: Samples, mix: Mix, rate: int = RATE) -> tuple[Mastered, Samples]:
    out: list[Samples] = []
    bus = Tape(samples.astype(np.float32))
    found = master(bus, Tape(), mix, Settled(()), rate, lambda part: out.append(part.copy()))
    return found, np.concatenate(out) if out else np.zeros((0, 2), np.float32)


def judged(samples: Samples, rate: int = RATE) -> tuple[float, float]:
    """(LUFS, true peak in dB) by pyebur128."""
    mode = pyebur128.MeasurementMode.MODE_I | pyebur128.MeasurementMode.MODE_TRUE_PEAK
    state = pyebur128.R128State(2, rate, mode)
    state.add_frames(np.ascontiguousarray(samples).reshape(-1), len(samples))
    peak = max(pyebur128.get_true_peak(state, channel) for channel in (0, 1))
    return pyebur128.get_loudness_global(state), 20 * float(np.log10(peak)) if peak > 0 else float("-inf")


def band(seconds: float = 8.0, crest: float = 1.0, seed: int = 1, side: float = 0.4) -> Samples:
    """Something like a band: pink noise under a tune, with a beat `crest` strong; `side` how wide."""
    random = np.random.RandomState(seed)
    count = round(RATE * seconds)
    mid, sides = random.standard_normal((2, count))
    slope = np.array([0.05, 0.1, 0.2, 0.3, 0.2, 0.1, 0.05])
    mid, sides = (np.convolve(part, slope, "same") for part in (mid, sides))
    time = np.arange(count) / RATE
    beat = np.exp(-(time % 0.5) / 0.04) * crest
    mid = 0.06 * mid + 0.08 * np.sin(2 * np.pi * 220 * time) + 0.5 * beat * np.sin(2 * np.pi * 55 * time)
    return np.stack((mid + 0.06 * side * sides, mid - 0.06 * side * sides), axis=1).astype(np.float32)


@pytest.mark.parametrize(("lufs", "crest", "rate"), [(-14.0, 1.0, 44100), (-14.0, 1.8, 48000), (-18.0, 0.5, 44100)])
def test_the_loudness_is_reached_and_the_peak_held(lufs: float, crest: float, rate: int) -> None:
    found, out = mastered(band(crest=crest), Mix(lufs=lufs), rate)
    loud, peak = judged(out, rate)
    assert loud == pytest.approx(lufs, abs=0.1)
    assert peak <= -1.0
    assert found.lufs == pytest.approx(loud, abs=0.05)
    assert found.true_peak_db == pytest.approx(peak, abs=0.05)
    assert found.limited_db <= 3.0 + 0.01
    assert np.abs(out.mean(axis=0)).max() < 1e-3


def test_what_the_limiter_may_not_cut_is_squeezed() -> None:
    found, out = mastered(band(crest=2.5), Mix(lufs=-12.0, limiting_db=1.0))
    assert found.limited_db <= 1.01
    assert found.squeezed_db > 1.0
    assert judged(out)[0] == pytest.approx(-12.0, abs=0.3)
    assert judged(out)[1] <= -1.0


def test_the_spectrum_is_approached_and_not_forced() -> None:
    sound = band()
    flat, _ = mastered(sound, Mix())
    assert flat.settled.bus_eq == ()
    wanted = tuple(-3.0 * i for i in range(len(OCTAVES_HZ)))
    tilted, out = mastered(sound, Mix(spectrum=wanted))
    assert 0 < len(tilted.settled.bus_eq) <= 5
    assert all(abs(each.gain_db) <= 4.0 for each in tilted.settled.bus_eq)

    def far(samples: Samples) -> float:
        power = (np.abs(np.fft.rfft(samples[: 4 * RATE], axis=0)) ** 2).sum(axis=1)
        hz = np.fft.rfftfreq(4 * RATE, 1 / RATE)
        levels = [10 * np.log10(power[(hz > c / 2**0.5) & (hz < c * 2**0.5)].sum()) for c in OCTAVES_HZ[1:9]]
        off = np.array(levels) - np.array(wanted[1:9])
        return float(np.abs(off - off.mean()).mean())

    assert far(out) < far(sound) - 0.5


def test_a_persons_eq_comes_after_the_tilt() -> None:
    own = EqBand("peak", 3000.0, -3.0)
    found, _ = mastered(band(2.0), Mix(eq=(own,)))
    assert found.settled.bus_eq == (own,)


def test_the_glue_holds_a_little() -> None:
    found, _ = mastered(band(), Mix(glue_ratio=2.0))
    assert found.settled.glue is not None
    assert found.settled.glue.ratio == 2.0
    assert mastered(band(2.0), Mix(glue_ratio=1.0))[0].settled.glue is None


def test_too_wide_a_mix_is_narrowed() -> None:
    sound = band(side=6.0)
    found, out = mastered(sound, Mix())
    assert correlation(sound) < 0.1
    assert found.settled.bus_width < 1
    assert correlation(out) >= 0.1
    mono = out.mean(axis=1)
    assert 10 * np.log10((out**2).mean() / (mono**2).mean()) <= 3.0
    assert mastered(band(2.0), Mix())[0].settled.bus_width == 1.0


def test_the_end_is_trimmed_and_the_beginning_is_not() -> None:
    sound = np.concatenate((np.zeros((RATE, 2), np.float32), band(2.0), np.zeros((5 * RATE, 2), np.float32)))
    _, out = mastered(sound, Mix())
    assert 3 * RATE <= len(out) < 3.5 * RATE
    assert not out[: RATE // 2].any()
    assert np.abs(out[-20:]).max() < 1e-3


def test_an_end_that_is_cut_off_fades() -> None:
    _, out = mastered(band(2.0), Mix())
    assert len(out) == 2 * RATE
    assert np.abs(out[-1]).max() < 1e-3


@pytest.mark.parametrize("length", [0, 1, 100, RATE])
def test_silence_stays_silence_of_its_length(length: int) -> None:
    found, out = mastered(np.zeros((length, 2), np.float32), Mix(spectrum=(0.0,) * 10))
    assert len(out) == length
    assert not out.any()
    assert found.lufs == found.true_peak_db == float("-inf")
    assert found.settled.bus_gain_db == 0.0


ODD = {
    "one sample": np.ones((1, 2)),
    "half a full-scale sample": np.full((1, 2), 0.5),
    "very short": band(0.2),
    "a click": np.eye(1, RATE, RATE // 2).T * np.ones(2),
    "clicks at both ends": np.concatenate((np.ones((1, 2)), np.zeros((RATE, 2)), -np.ones((1, 2)))),
    "a huge offset": 50.0 + band(3.0),
    "far too loud": 1e4 * band(3.0),
    "faint": 0.03 * band(3.0),
    "opposite sides": band(3.0) * np.array([1.0, -1.0]),
    "one side": band(3.0) * np.array([1.0, 0.0]),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_signals_come_out_whole(name: str) -> None:
    sound = ODD[name].astype(np.float32)
    found, out = mastered(sound, Mix(spectrum=(0.0,) * 10))
    assert 0 < len(out) <= len(sound)
    assert np.isfinite(out).all()
    assert judged(out)[1] <= -1.0
    assert found.lufs <= -13.7
    if name in ("far too loud", "faint", "one side", "a huge offset"):
        assert judged(out)[0] == pytest.approx(-14.0, abs=0.3)


def correlation(samples: Samples) -> float:
    left, right = samples.T.astype(np.float64)
    return float((left * right).sum() / np.sqrt((left * left).sum() * (right * right).sum()))


def streamed(sound: Samples, mix: Mix, settled: Settled, size: int) -> Samples:
    live = StreamMaster(mix, settled, RATE)
    parts = [live.process(sound[at : at + size].copy()) for at in range(0, len(sound), size)]
    return np.concatenate((*parts, live.flush()))


def test_the_stream_sounds_like_the_render() -> None:
    sound, mix = band(6.0), Mix(limiting_db=12.0)
    found, out = mastered(sound, mix)
    live = streamed(sound, mix, found.settled, 4096)
    assert len(live) == len(sound)
    assert judged(live)[1] <= -1.0
    assert judged(live)[0] == pytest.approx(judged(out)[0], abs=0.3)
    assert np.abs(live - streamed(sound, mix, found.settled, 640)).max() < 1e-4


def test_an_unmeasured_stream_takes_the_profiles_gain() -> None:
    sound = band(4.0, crest=0.3)
    level = judged(sound)[0]
    sound *= np.float32(10 ** ((-20 - level) / 20))
    settled = Settled((), (EqBand("peak", 100.0, 12.0),), Squeeze(-60, 20, 1, 1), 40.0, measured=False)
    out = streamed(sound, Mix(lufs=-16.0, glue_ratio=1.0), settled, 4096)
    assert judged(out)[0] == pytest.approx(-16.0, abs=0.5)


def test_the_same_comes_out_twice() -> None:
    sound = band(2.0)
    assert np.array_equal(mastered(sound, Mix())[1], mastered(sound, Mix())[1])
