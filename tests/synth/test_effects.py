"""Risers, sweeps, impacts and vinyl noise: their time, loudness, movement, mono and stereo, softness."""

from __future__ import annotations

import numpy as np
import pyebur128
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from partimento.score.mix import EFFECT_KINDS, Effect
from partimento.synth.effects import EffectsSource
from partimento.synth.signal import RATES, Samples

RATE = 44100


def clock(tick: float) -> float:
    """Half a second to the quarter note."""
    return tick / 960


def heard(*effects: Effect, rate: int = RATE, cuts: tuple[int, ...] = (1 << 17,), seed: int = 5) -> Samples:
    source = EffectsSource(effects, clock, rate, seed)
    pieces, k = [], 0
    while len(piece := source.read(cuts[k % len(cuts)])):
        pieces.append(piece)
        k += 1
    source.close()
    return np.concatenate(pieces) if pieces else np.zeros((0, 2), np.float32)


def loudness(samples: Samples, rate: int) -> float:
    state = pyebur128.R128State(2, rate, pyebur128.MeasurementMode.MODE_I)
    state.add_frames(np.ascontiguousarray(samples).reshape(-1), len(samples))
    return float(pyebur128.get_loudness_global(state))


def centroid(samples: NDArray[np.float32]) -> float:
    power = np.abs(np.fft.rfft(samples.mean(axis=1) * np.hanning(len(samples)))) ** 2
    return float((power * np.fft.rfftfreq(len(samples), 1 / RATE)).sum() / power.sum())


effects = st.lists(
    st.builds(Effect, st.sampled_from(EFFECT_KINDS), st.integers(0, 2000), st.integers(0, 3000), st.just(-10.0)),
    max_size=4,
)


@settings(max_examples=10)
@given(effects, st.lists(st.integers(1, 20_000), min_size=1, max_size=4))
def test_how_it_is_read_changes_nothing(rows: list[Effect], cuts: list[int]) -> None:
    whole, pieces = heard(*rows), heard(*rows, cuts=tuple(cuts))
    assert whole.shape == pieces.shape and whole.dtype == np.float32
    assert len(whole) == 0 or np.abs(whole - pieces).max() <= 1e-6
    last = max((round(clock(e.onset + e.duration) * RATE) for e in rows if e.duration), default=0)
    assert len(whole) == last
    assert np.array_equal(whole, heard(*reversed(rows)))


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("kind", EFFECT_KINDS)
def test_as_loud_as_asked(kind: str, rate: int) -> None:
    """-20 LUFS and the effect's gain: over all it lasts, an impact's over its first 400 ms."""
    x = heard(Effect(kind, 0, 960 * 8, -12.0), rate=rate)
    part = x[: int(0.401 * rate)] if kind == "impact" else x
    assert loudness(part, rate) == pytest.approx(-32.0, abs=1.0)
    louder = heard(Effect(kind, 0, 960 * 8, -6.0), rate=rate)
    assert np.allclose(louder, x * np.float32(10 ** (6 / 20)), atol=1e-5)


@pytest.mark.parametrize("kind", EFFECT_KINDS)
def test_edges_are_soft_and_there_is_no_dc(kind: str) -> None:
    x = heard(Effect(kind, 0, 960 * 4, 0.0))
    peak = np.abs(x).max()
    assert np.abs(x[:20]).max() < 0.2 * peak and np.abs(x[-3:]).max() < 0.05 * peak
    assert np.abs(x.mean(axis=0)).max() < 2e-3 * peak


@pytest.mark.parametrize("kind", EFFECT_KINDS)
def test_wide_and_safe_in_mono(kind: str) -> None:
    x = heard(Effect(kind, 0, 960 * 8, 0.0)).astype(np.float64)
    assert np.corrcoef(x[:, 0], x[:, 1])[0, 1] > 0.1
    assert 10 * np.log10(np.mean(x**2) / np.mean(x.mean(axis=1) ** 2)) < 3.0
    assert not np.array_equal(x[:, 0], x[:, 1])


def test_a_riser_rises_grows_and_ends_at_its_peak() -> None:
    x = heard(Effect("riser", 960, 960 * 8, 0.0))
    assert len(x) == 9 * RATE and not x[:RATE].any()
    seconds = [x[k * RATE : (k + 1) * RATE] for k in range(1, 9)]
    levels = [float(np.sqrt(np.mean(part**2))) for part in seconds]
    assert levels == sorted(levels) and levels[-1] > 10 * levels[0]
    heights = [centroid(part) for part in seconds]
    assert heights == sorted(heights) and heights[-1] > 8 * heights[0]
    assert np.abs(x[-RATE // 20 : -300]).max() > 0.5 * np.abs(x).max()


def test_a_sweep_falls_and_fades() -> None:
    x = heard(Effect("sweep", 0, 960 * 8, 0.0))
    seconds = [x[k * RATE : (k + 1) * RATE] for k in range(8)]
    levels = [float(np.sqrt(np.mean(part**2))) for part in seconds]
    assert levels == sorted(levels, reverse=True) and levels[-1] < 0.05 * levels[0]
    assert centroid(seconds[0]) > 3 * centroid(seconds[5])


def test_an_impact_is_low_and_dies_away() -> None:
    x = heard(Effect("impact", 0, 960 * 8, 0.0))
    power = np.abs(np.fft.rfft(x[:RATE].mean(axis=1))) ** 2
    hz = np.fft.rfftfreq(RATE, 1 / RATE)
    assert power[hz < 150].sum() > 0.7 * power.sum()
    assert np.abs(x[6 * RATE :]).max() < 1e-2 * np.abs(x).max()


def test_vinyl_breathes_with_the_turning_and_crackles_softly() -> None:
    x = heard(Effect("vinyl noise", 0, 960 * 40, 0.0))[RATE : 38 * RATE]
    frames = np.sqrt(np.mean(x[: len(x) // 441 * 441].reshape(-1, 441, 2) ** 2, axis=(1, 2)))
    lines = np.abs(np.fft.rfft(frames - frames.mean()))
    hz = np.fft.rfftfreq(len(frames), 0.01)
    turning = lines[np.abs(hz - 100 / 180) < 0.05].max()
    assert turning > 4 * np.median(lines[hz < 3])
    # Ticks stand out, a few a second; none is an edge beside its surroundings.
    ticks = frames > 1.6 * np.median(frames)
    starts = np.flatnonzero(ticks[1:] & ~ticks[:-1])
    assert 0.3 < len(starts) / 37 < 8.0
    edges = np.abs(np.diff(x[:, 0], 2))
    assert edges.max() < 12 * np.median(edges)


def test_the_seed_alone_decides() -> None:
    effect = Effect("vinyl noise", 0, 4000, 0.0)
    assert np.array_equal(heard(effect), heard(effect))
    assert not np.array_equal(heard(effect), heard(effect, seed=6))


def test_nothing_and_unknown_kinds() -> None:
    assert heard().shape == (0, 2)
    assert heard(Effect("riser", 100, 0)).shape == (0, 2)
    with pytest.raises(KeyError):
        heard(Effect("whoosh", 0, 960))
