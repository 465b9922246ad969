"""Analysis on tones that were made: levels, pitch, vibrato, noise and release come out as they went in."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from partimento.synth.neural.analysis import analyse_key, held, key_hz, ratios_of, released
from partimento.synth.neural.controls import RELEASE_BANDS, release_times, times
from partimento.synth.neural.teacher import RATE
from partimento.synth.neural.training import sharpened

KEY = 57  # A3, 220 Hz
AT = np.arange(2 * RATE) / RATE


def stereo(x: np.ndarray) -> np.ndarray:
    return np.repeat(x[:, None], 2, axis=1).astype(np.float32)


def tone(cents: float = 0.0, levels: tuple[float, ...] = (0.3, 0.1, 0.03)) -> np.ndarray:
    hertz = key_hz(KEY) * 2 ** (cents / 1200)
    parts = [level * np.cos(2 * np.pi * hertz * (i + 1) * AT + i) for i, level in enumerate(levels)]
    return np.asarray(np.sum(parts, axis=0))


@pytest.mark.parametrize("cents", [-40.0, -3.0, 0.0, 17.0])
def test_levels_and_pitch_of_a_steady_tone(cents: float) -> None:
    found = held(stereo(tone(cents)), KEY, ratios_of(0))
    middle = (times() > 0.1) & (times() < 1.8)
    for i, level in enumerate((0.3, 0.1, 0.03)):
        assert float((found.partials[middle, i] - np.log(level)).abs().max()) < 0.05
        assert float(found.cents[i]) == pytest.approx(cents, abs=0.5)
    assert float(found.partials[middle, 3:].max()) < np.log(0.03) - 4
    assert float(found.noise[middle].max()) < np.log(0.3) - 4
    assert not found.wide and float(found.glide.abs().max()) < 2.0


def test_phases_are_those_at_the_onset() -> None:
    found = held(stereo(tone()), KEY, ratios_of(0))
    for i in range(3):
        assert float(torch.cos(found.phases[0, i] - i)) > 0.99


def test_vibrato_is_in_the_glide_and_not_in_the_noise() -> None:
    cents = 30.0 * np.sin(2 * np.pi * 5.5 * AT)
    phase = 2 * np.pi * np.cumsum(key_hz(KEY) * 2 ** (cents / 1200)) / RATE
    found = held(stereo(0.3 * np.cos(phase) + 0.1 * np.cos(4 * phase)), KEY, ratios_of(0))
    part = found.glide[8:72]
    assert 20.0 < float(part.max()) < 31.0 and -31.0 < float(part.min()) < -20.0
    deep = sharpened(found.glide.numpy()[None])[0, 8:72]
    assert 26.0 < float(deep.max()) < 33.0 and -33.0 < float(deep.min()) < -26.0
    middle = (times() > 0.15) & (times() < 1.7)
    assert float((found.partials[middle, 3] - np.log(0.1)).abs().max()) < 0.4


def test_noise_is_found_in_its_band() -> None:
    rng = np.random.default_rng(1)
    white = 0.02 * rng.standard_normal(len(AT))
    found = held(stereo(tone(levels=(0.3,)) + white), KEY, ratios_of(0))
    middle = (times() > 0.2) & (times() < 1.8)
    power = torch.exp(2 * found.noise[middle]).mean(0)
    # White noise: its power between 20 Hz and 20 kHz is nine tenths of all.
    assert float(power.sum()) == pytest.approx(0.0004 * 0.9, rel=0.25)


def test_left_and_right() -> None:
    sound = stereo(tone())
    sound[:, 1] *= 0.5
    sound[:, 0] += 0.001 * np.cos(2 * np.pi * 440 * AT)
    found = held(sound, KEY, ratios_of(0))
    assert found.wide
    assert float(found.pan[0]) == pytest.approx(np.log(0.5) / 2, abs=0.02)


def test_a_release_is_told_from_the_note_held_on() -> None:
    on = tone()
    off = np.where(AT < 0.5, on, on * np.exp(-10 * (AT - 0.5)))
    fall = released(stereo(off), stereo(on), 0.5)
    assert fall.shape == (len(release_times()), RELEASE_BANDS)
    early = (release_times() > 0.05) & (release_times() < 0.5)
    assert float((fall[early, 1] + 10 * release_times()[early]).abs().max()) < 0.4
    assert float(fall[0].abs().max()) == 0.0 and float(fall.max()) <= 0.0


def test_a_key_with_one_gain_a_velocity_is_analysed_once() -> None:
    sound = stereo(tone())
    notes = {
        (velocity, held_s): sound * gain
        for velocity, gain in ((32, 0.1), (80, 0.5), (120, 1.0))
        for held_s in (0.3, 1.0)
    }
    found = analyse_key(notes, 0, KEY)
    assert int(found["same"]) == 2
    assert found["velocity"].tolist() == [32, 80, 120]
    assert float(found["partials"][2, 20, 0] - found["partials"][0, 20, 0]) == pytest.approx(np.log(10), abs=0.02)
    assert found["release"].shape[:2] == (3, 2)


@pytest.mark.parametrize("samples", [np.zeros((RATE, 2), np.float32), np.ones((RATE // 8, 2), np.float32)])
def test_what_has_no_pitch_is_analysed_without_complaint(samples: np.ndarray) -> None:
    for program in (0, 14):
        found = held(samples, 100, ratios_of(program))
        for name in ("partials", "noise", "phases", "glide", "cents", "pan"):
            assert bool(torch.isfinite(getattr(found, name)).all()), name
