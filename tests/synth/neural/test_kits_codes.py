"""Strokes in few bits: the transform loses nothing, finer steps come nearer, and what is damaged is told."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.synth.neural.kits_codes import Wave, cut, decode, encode
from partimento.synth.neural.kits_likeness import likeness
from partimento.synth.neural.kits_transform import PATTERNS, Floats, band_edges, blocks, forward, inverse, widths

RATE = 44100


def noise(samples: int, seed: int = 0) -> Floats:
    return np.asarray(np.random.default_rng(seed).standard_normal(samples))


def drum(samples: int = 9000, hertz: float = 180.0) -> Floats:
    """A decaying tone with a burst of noise at its beginning."""
    at = np.arange(samples) / RATE
    sound = np.sin(2 * np.pi * hertz * at) * np.exp(-at * 20) + 0.5 * noise(samples) * np.exp(-at * 200)
    return np.asarray(sound / np.abs(sound).max())


@settings(max_examples=30)
@given(st.integers(0, len(PATTERNS) - 1), st.integers(1, 9000), st.integers(0, 9))
def test_the_transform_turns_back_and_keeps_the_energy(pattern: int, samples: int, seed: int) -> None:
    sound = noise(samples, seed)
    sizes = blocks(pattern, samples)
    found = forward(sound, sizes)
    assert len(found) == sum(sizes) >= samples
    assert np.allclose(inverse(found, sizes)[:samples], sound, atol=1e-9)
    assert np.isclose((found**2).sum(), (sound**2).sum())


@pytest.mark.parametrize("size", [64, 128, 256, 512, 1024, 2048])
def test_bands_cover_a_block(size: int) -> None:
    edges = band_edges(size)
    assert edges[0] == 0 and edges[-1] == size and min(np.diff(edges)) >= 1
    assert widths((size, size)).sum() == 2 * size


def test_nothing_sounds_before_a_late_stroke() -> None:
    late = np.concatenate((np.zeros(4096), drum()))
    found = decode(encode(cut(late), 1.0))
    assert np.abs(found[:3900]).max() < 1e-3 * np.abs(found).max()


@settings(max_examples=20)
@given(st.integers(1, 6000), st.integers(0, 9))
def test_what_is_packed_has_its_length_and_its_error_follows_the_step(samples: int, seed: int) -> None:
    sound = noise(samples, seed)
    pieces = cut(sound)
    errors = []
    for step in (0.1, 0.8):
        found = decode(encode(pieces, step))
        assert len(found) == samples
        errors.append(float(((found - sound) ** 2).sum() / (sound**2).sum()))
    # Rounding to a step of 0.1 of the magnitude leaves 0.1² / 12 of the energy; the root of two lies between steps.
    assert errors[0] < 0.004 and errors[1] < 0.2 and (errors[0] < errors[1] or samples < 100)


def test_finer_steps_are_more_alike_and_take_more_bytes() -> None:
    pieces, reference = cut(drum()), torch.from_numpy(drum()).float()[:, None]
    sizes, distances = [], []
    for step in (1.4, 0.7, 0.35):
        wave = encode(pieces, step)
        sizes.append(len(wave.numbers) + len(wave.exponents))
        distances.append(likeness(reference, torch.from_numpy(decode(wave)).float()[:, None], RATE).log_mss)
    assert sizes == sorted(sizes) and distances == sorted(distances, reverse=True)
    assert distances[-1] < 0.4


def test_a_stroke_takes_less_than_two_bits_a_sample() -> None:
    wave = encode(cut(drum()), 0.8)
    assert len(wave.numbers) + len(wave.exponents) < 9000 * 2 / 8


@pytest.mark.parametrize("change", [{"samples": 3000}, {"numbers": b"\xff\xff"}, {"exponents": b""}, {"pattern": 5}])
def test_numbers_that_do_not_fit_are_told(change: dict[str, int | bytes]) -> None:
    wave = encode(cut(drum()), 0.8)
    assert wave.pattern != 5
    with pytest.raises(ValueError, match="a stroke's numbers"):
        decode(Wave(**(wave._asdict() | change)))


def test_likeness_of_the_same_is_nothing_and_of_silence_all() -> None:
    sound = torch.from_numpy(drum()).float()[:, None].expand(-1, 2).contiguous()
    assert likeness(sound, sound, RATE) == (0.0, 0.0, 0.0, 0.0)
    silence = likeness(sound, torch.zeros_like(sound), RATE)
    assert silence.log_mss > 4 and abs(silence.convergence - 1) < 1e-5
    louder = likeness(sound, sound * 2, RATE)
    assert abs(louder.level - 6.02) < 0.01
    late = torch.cat((torch.zeros(441, 2), sound))
    assert abs(likeness(sound, late, RATE).attack_ms - 10) < 0.1
