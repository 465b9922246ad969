"""Controls to sound: levels between times, sines against numpy's own, noise in its bands, one side or two."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from partimento.synth.neural.controls import (
    BANDS,
    FLOOR,
    PARTIALS,
    POINTS,
    RELEASE_BANDS,
    RELEASE_POINTS,
    WAVE_BANDS,
    WAVE_S,
    WAVES,
    Controls,
    band_edges,
    places,
    release_shares,
    release_times,
    times,
    wave_at,
    wave_shares,
)
from partimento.synth.neural.noise import PERIOD, noise, noise_table
from partimento.synth.neural.tones import FRAME, levels_at, tones

RATE = 44100


def silence(notes: int = 1) -> Controls:
    """Controls of notes that are silent."""
    return Controls(
        torch.full((notes, POINTS, PARTIALS), FLOOR),
        torch.zeros(notes, PARTIALS),
        torch.zeros(notes, 2, PARTIALS),
        torch.zeros(notes, PARTIALS),
        torch.full((notes, POINTS, BANDS), FLOOR),
        torch.zeros(notes, BANDS),
        torch.zeros(notes, RELEASE_POINTS, RELEASE_BANDS),
        torch.zeros(notes),
        torch.zeros(notes, WAVES),
        torch.zeros(notes, WAVES, WAVE_BANDS),
    )


def sine(hertz: float, level: float = 0.0, phase: float = 0.0) -> Controls:
    """One steady partial."""
    plain = silence()
    plain.partials[0, :, 0] = level
    plain.frequency[0, 0] = hertz
    plain.phases[0, :, 0] = phase
    return plain


@given(st.floats(30.0, 15000.0), st.floats(-6.0, 0.0), st.floats(-3.1, 3.1))
def test_a_steady_partial_is_a_cosine(hertz: float, level: float, phase: float) -> None:
    found = tones(sine(hertz, level, phase), torch.tensor([9.0]), RATE, 4 * FRAME)[0].numpy()
    at = np.arange(4 * FRAME) / RATE
    wanted = np.exp(level) * np.cos(2 * np.pi * np.float32(hertz) * at + phase)
    assert np.abs(found - wanted).max() < 2e-4


def test_a_partial_above_the_ear_is_left_out() -> None:
    assert not tones(sine(0.46 * RATE), torch.tensor([1.0]), RATE, 1000).any()
    assert tones(sine(0.44 * RATE), torch.tensor([1.0]), RATE, 1000).any()


def test_glide_moves_the_pitch_and_keeps_the_level() -> None:
    plain = replace(sine(440.0), glide=torch.full((1, WAVES), 100.0))
    found = tones(plain, torch.tensor([9.0]), RATE, 1 << 15)[0, 0].numpy()
    spectrum = np.abs(np.fft.rfft(found * np.hanning(len(found)), 1 << 18))
    assert np.argmax(spectrum) * RATE / (1 << 18) == pytest.approx(440.0 * 2 ** (1 / 12), abs=0.3)
    assert found[2000:].max() == pytest.approx(1.0, abs=0.02)


def test_after_the_release_levels_fall_as_they_are_told() -> None:
    plain = sine(1000.0)
    fall = -release_times() * 20.0
    plain = replace(plain, release=fall[None, :, None].expand(1, -1, RELEASE_BANDS))
    found = tones(plain, torch.tensor([0.1]), RATE, RATE // 2)[0, 0].numpy()
    loud = [np.abs(found[int(at * RATE) : int(at * RATE) + 441]).max() for at in (0.05, 0.2, 0.3)]
    assert loud[0] == pytest.approx(1.0, abs=0.01)
    assert loud[1] == pytest.approx(np.exp(-20 * 0.1), rel=0.1)
    assert loud[2] == pytest.approx(np.exp(-20 * 0.2), rel=0.1)


def test_pan_and_sides() -> None:
    plain = sine(500.0)
    plain.pan[:] = 0.5
    assert torch.equal(*tones(replace(plain, pan=plain.pan * 0), torch.tensor([1.0]), RATE, 256)[0])
    left, right = tones(replace(plain, wide=torch.ones(1)), torch.tensor([1.0]), RATE, 4096)[0]
    assert float(right.abs().max() / left.abs().max()) == pytest.approx(np.exp(1.0), rel=0.02)


@given(st.integers(0, 2**31 - 1))
def test_levels_lie_on_the_line_and_never_rise_after_the_last_point(seed: int) -> None:
    levels = torch.randn(2, POINTS, 3, generator=torch.Generator().manual_seed(seed))
    assert torch.allclose(levels_at(levels, times())[:, :-1], levels[:, :-1], atol=2e-3)
    late = levels_at(levels, torch.tensor([4.0, 5.0, 9.0, 60.0]))
    assert bool((late.diff(dim=1) <= 1e-5).all())


def test_places_are_the_points() -> None:
    for known, release in ((times(), False), (release_times(), True)):
        index, share = places(known, release)
        assert torch.allclose(index + share, torch.arange(len(known)).float(), atol=1e-2)


def test_a_wave_goes_to_and_fro_after_its_end() -> None:
    curve = torch.arange(WAVES).float()[None]
    last = (WAVES - 1) * WAVE_S
    found = wave_at(curve, torch.tensor([0.0, 1.0, last, last + 0.5, last + 1.0, last + 1.5, last + 2.0]))[0]
    assert torch.allclose(found, torch.tensor([0.0, 40.0, 159.0, 139.0, 119.0, 139.0, 159.0]), atol=0.02)


@given(st.lists(st.floats(1.0, 22000.0), min_size=1, max_size=8))
def test_shares_sum_to_one(hertz: list[float]) -> None:
    for shares in (release_shares, wave_shares):
        assert torch.allclose(shares(torch.tensor(hertz)).sum(-1), torch.ones(len(hertz)), atol=1e-5)


@pytest.mark.parametrize("rate", [44100, 48000])
def test_noise_has_the_power_it_is_told_in_its_band(rate: int) -> None:
    table = noise_table(rate)
    band = 20
    power = torch.zeros(1, PERIOD // FRAME + 1, BANDS)
    power[:, :, band] = 0.25
    found = noise(power, 3, table, False)[0].numpy()
    assert float((found**2).mean()) == pytest.approx(0.25, rel=1e-3)
    spectrum = np.abs(np.fft.rfft(found)) ** 2
    hertz = np.fft.rfftfreq(len(found), 1 / rate)
    inside = (hertz >= band_edges()[band]) & (hertz < band_edges()[band + 1])
    assert spectrum[inside].sum() / spectrum.sum() > 0.9999


def test_noise_in_pieces_is_the_noise() -> None:
    power = torch.rand(2, 41, BANDS)
    whole = noise(power, 5, noise_table(RATE), True)
    parts = [noise(power[:, :18], 5, noise_table(RATE), True), noise(power[:, 17:], 22, noise_table(RATE), True)]
    assert torch.allclose(whole, torch.cat(parts, dim=1), atol=1e-6)
    assert not torch.allclose(whole[0] / power[0].mean(), whole[1] / power[1].mean(), atol=1e-2)
