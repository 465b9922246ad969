"""The renderer's measures, held to laws: spectral distances, pitch, attack, ring, clouds of points."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.benchmarks.renderer import embedding, metrics, pitch, shape
from partimento.benchmarks.renderer.truth import FAR, TITLES, Truth, by_program, quartiles, summary
from partimento.synth.signal import Samples

RATE = metrics.RATE


def _tone(hertz: float, seconds: float, *, partials: int = 8, fall: float = 0.0, right: float = 1.0) -> Samples:
    at = np.arange(round(seconds * RATE)) / RATE
    wave = sum(np.sin(2 * np.pi * hertz * h * at + h * h) / h for h in range(1, partials + 1) if h * hertz < 16000)
    wave = 0.2 * wave * np.exp(-fall * at)
    return np.stack((wave, right * wave), axis=1).astype(np.float32)


def _noise(seconds: float, seed: int = 1) -> Samples:
    return np.random.default_rng(seed).normal(0, 0.1, (round(seconds * RATE), 2)).astype(np.float32)


def test_a_sound_is_no_way_off_itself() -> None:
    sound = _tone(300.0, 0.5, fall=3.0)
    assert metrics.Reference(sound).distance(sound) == (0.0, 0.0)


def test_silence_is_as_far_as_the_reference_stands_above_the_floor() -> None:
    sound = _noise(0.4)
    far = metrics.Reference(sound).distance(np.zeros_like(sound))
    assert far.sc == pytest.approx(1.0)
    # White noise lies about as high everywhere: some 10 dB below its largest magnitude.
    assert metrics.NOTES_FLOOR_DB - 30 < far.log_mss < metrics.NOTES_FLOOR_DB


@settings(max_examples=12)
@given(st.floats(0.3, 3.0))
def test_a_louder_sound_is_as_far_as_it_is_louder(gain: float) -> None:
    sound = _noise(0.3)
    far = metrics.Reference(sound).distance(sound * np.float32(gain))
    assert far.sc == pytest.approx(abs(1 - gain), abs=1e-4)
    assert far.log_mss == pytest.approx(abs(20 * math.log10(gain)), abs=0.05)


def test_distances_do_not_depend_on_how_loud_both_are() -> None:
    sound, other = _tone(440.0, 0.4), _tone(450.0, 0.4)
    plain = metrics.Reference(sound).distance(other)
    softer = metrics.Reference(sound * np.float32(0.01)).distance(other * np.float32(0.01))
    assert plain.log_mss > 0.5 and plain == pytest.approx(softer, rel=1e-3)


def test_what_lies_below_the_floor_is_not_heard() -> None:
    sound = _tone(440.0, 0.4, partials=1)
    hiss = _noise(0.4) * np.float32(1e-4)
    assert metrics.Reference(sound, 60.0).distance(sound + hiss).log_mss < 0.01
    assert metrics.Reference(sound, 140.0).distance(sound + hiss).log_mss > 1.0


@pytest.mark.parametrize(("seconds", "fall", "expected"), [(0.1, 0.0, 0.25), (5.0, 0.0, 3.0), (3.0, 10.0, 0.69)])
def test_a_reference_is_compared_until_it_is_over(seconds: float, fall: float, expected: float) -> None:
    assert metrics.span(_tone(500.0, seconds, partials=1, fall=fall)) / RATE == pytest.approx(expected, abs=0.02)


def test_what_is_missing_is_silence() -> None:
    sound = _tone(440.0, 0.5)
    reference = metrics.Reference(sound)
    cut = sound.copy()
    cut[9000:] = 0
    assert reference.distance(sound[:9000]) == pytest.approx(reference.distance(cut))


@settings(max_examples=25)
@given(st.integers(28, 100), st.floats(-60, 60), st.sampled_from((0.3, 1.0)))
def test_pitch_of_tones(key: int, cents: float, seconds: float) -> None:
    hertz = 440 * 2 ** ((key - 69 + cents / 100) / 12)
    found = pitch.pitch(_tone(hertz, seconds, partials=10, fall=2.0), key, seconds)
    assert found.cents == pytest.approx(cents, abs=0.1 if seconds == 1.0 else 0.5)
    assert found.salience > 0.9


def test_what_has_a_pitch() -> None:
    assert pitch.pitched(_tone(440.0, 1.0), 69, 1.0)
    assert not pitch.pitched(_noise(1.0), 69, 1.0)
    assert not pitch.pitched(np.zeros((RATE, 2), np.float32), 69, 1.0)
    gliding = np.sin(2 * np.pi * 440 * np.cumsum(2 ** (np.linspace(-60, 60, RATE) / 1200)) / RATE)
    assert not pitch.pitched(np.stack((gliding, gliding), axis=1).astype(np.float32), 69, 1.0)


def test_pitch_is_heard_in_the_louder_channel() -> None:
    assert pitch.channel_of(_tone(440.0, 0.3, right=2.0)) == 1
    assert pitch.channel_of(_tone(440.0, 0.3, right=0.5)) == 0


@settings(max_examples=12)
@given(st.floats(0.005, 0.3), st.floats(0.01, 0.15))
def test_attack_of_a_straight_rise(rise: float, wait: float) -> None:
    at = np.arange(RATE) / RATE
    sound = (_noise(1.0) * 0 + 0.5) * np.clip((at - wait) / rise, 0, 1)[:, None].astype(np.float32)
    found = shape.attack(sound.astype(np.float32))
    assert found is not None
    assert found.onset_s == pytest.approx(wait + 0.1 * rise, abs=0.002)
    assert found.rise_s == pytest.approx(0.8 * rise, abs=0.002)


def test_silence_has_no_attack_no_ring_and_no_loudness() -> None:
    silence = np.zeros((RATE, 2), np.float32)
    assert shape.attack(silence) is None and shape.t60(silence, 0.0) is None
    assert shape.lufs(silence) == -math.inf


@settings(max_examples=12)
@given(st.floats(0.1, 3.0), st.sampled_from((0.0, 0.5)))
def test_ring_of_an_exponential(seconds: float, held_s: float) -> None:
    at = np.arange(4 * RATE) / RATE
    fall = 10 ** (-3.0 * np.maximum(0, at - held_s) / seconds)
    sound = (_noise(4.0) / 0.1 * 0.1 * fall[:, None]).astype(np.float32)
    assert shape.t60(sound, held_s) == pytest.approx(seconds, rel=0.08)


def test_what_does_not_fall_has_no_ring() -> None:
    assert shape.t60(_noise(1.0), 0.0) is None


def test_figures_of_the_same_sound_are_none() -> None:
    sound = _tone(440.0, 1.5, fall=8.0)
    truth = Truth(sound, key=69, held_s=0.3, release_s=0.3)
    assert truth.figures(sound) == {name: pytest.approx(0.0, abs=1e-9) for name in TITLES}


def test_figures_of_silence_are_far() -> None:
    found = Truth(_tone(440.0, 1.5, fall=8.0), key=69, held_s=0.3, release_s=0.3).figures(
        np.zeros((RATE, 2), np.float32)
    )
    assert {name: found[name] for name in ("onset_ms", "attack_ms", "lufs", "t60")} == {
        name: FAR[name] for name in ("onset_ms", "attack_ms", "lufs", "t60")
    }
    assert found["sc"] == pytest.approx(1.0)


def test_figures_are_those_of_what_was_changed() -> None:
    sound = _tone(440.0, 1.5, fall=8.0)
    truth = Truth(sound, key=69, held_s=0.3, release_s=0.3)
    softer = truth.figures(sound * np.float32(0.5))
    assert softer["lufs"] == pytest.approx(6.02, abs=0.05) and softer["cents"] == pytest.approx(0, abs=1e-6)
    sharper = truth.figures(_tone(440.0 * 2 ** (10 / 1200), 1.5, fall=8.0))
    assert sharper["cents"] == pytest.approx(10.0, abs=0.5)
    later = truth.figures(np.pad(sound, ((441, 0), (0, 0))))
    assert later["onset_ms"] == pytest.approx(10.0, abs=0.3)
    longer = truth.figures(_tone(440.0, 1.5, fall=4.0))
    assert longer["t60"] == pytest.approx(1.0, abs=0.05)


def test_what_the_reference_lacks_counts_nowhere() -> None:
    hiss = _noise(1.0)
    found = Truth(hiss, key=69, held_s=0.3, release_s=0.3).figures(hiss)
    assert math.isnan(found["cents"]) and math.isnan(found["t60"])
    told = summary([found, found])
    assert told["cents"] == [0, None, None, None] and told["log_mss"][0] == 2 and told["within_5_cents"] is None


def test_quartiles_leave_out_what_is_no_number() -> None:
    assert quartiles([1.0, math.nan, 2.0, 3.0, 4.0, 5.0]) == (5, 2.0, 3.0, 4.0)


def test_programs_count_alike_however_many_notes_they_have() -> None:
    rows = [(0, {"log_mss": 1.0, "sc": 0.1})] * 10 + [
        (1, {"log_mss": 2.0, "sc": 0.2}),
        (2, {"log_mss": 3.0, "sc": 0.3}),
    ]
    assert by_program(rows) == {"log_mss": 2.0, "sc": 0.2}


def test_mel_bands_are_means() -> None:
    for size in (512, 2048):
        assert embedding.mel_bands(size).sum(axis=1) == pytest.approx(np.ones(embedding.BANDS))


def test_mel_levels_are_those_of_the_sine() -> None:
    low, high = (
        embedding.mel_levels(_tone(3000.0, 0.5, partials=1)),
        embedding.mel_levels(_tone(9000.0, 0.5, partials=1)),
    )
    assert 0 < low[:, 40].argmax() < high[:, 40].argmax() < embedding.BANDS


def test_frechet_distance_of_known_clouds() -> None:
    random = np.random.default_rng(3)
    cloud = random.normal(size=(5000, 3))
    assert embedding.frechet(cloud, cloud) == pytest.approx(0.0, abs=1e-9)
    assert embedding.frechet(cloud, cloud + [3, 4, 0]) == pytest.approx(25.0, abs=1e-6)
    # Spreads 1 and s along an axis are (1 - s)^2 apart.
    assert embedding.frechet(cloud, cloud * [3, 1, 1]) == pytest.approx(4.0, rel=0.1)


def test_an_embedding_spreads_what_it_was_learned_from_by_one() -> None:
    rows = list(np.random.default_rng(5).normal(size=(60, 120)) * np.linspace(0.1, 30, 120))
    points = embedding.Embedding(rows).points(rows)
    assert points.shape == (60, embedding.COMPONENTS)
    assert points.std(axis=0) == pytest.approx(np.ones(embedding.COMPONENTS))
    with pytest.raises(ValueError, match="two sounds"):
        embedding.Embedding(rows[:1])


def test_features_tell_sounds_apart() -> None:
    one, same, other = (embedding.features(each) for each in (_tone(440.0, 0.5), _tone(440.0, 0.5), _noise(0.5)))
    assert np.array_equal(one, same) and np.linalg.norm(one - other) > 10 and one.shape == (120,)


def test_only_fast_attacks_count_as_such() -> None:
    fast = _tone(440.0, 1.5, fall=8.0)
    rise = np.minimum(1, np.arange(len(fast)) / (0.2 * RATE))[:, None].astype(np.float32)
    slow = _tone(440.0, 1.5) * rise
    found = [Truth(own, key=69, held_s=0.3, release_s=0.3).figures(slow) for own in (fast, slow)]
    assert found[0]["fast_ms"] == found[0]["attack_ms"] > 100 and math.isnan(found[1]["fast_ms"])
