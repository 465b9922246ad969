"""Kits from made-up strokes: what the weights hold is what is played, at each velocity, length, rate and choke."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.learning.nets.weights import load_weights, save_weights
from partimento.synth.neural.kits import CHOKE, Kits, load_kits
from partimento.synth.neural.kits_data import FORMAT, Drum, Layer, read_kits_data
from partimento.synth.neural.kits_training import train_kits
from partimento.synth.signal import Samples
from partimento.theory.errors import ModelError, RenderError, TrainingError

RATE = 44100
SNARE, HAT, OPEN, WIDE, ROLL, FILTERED = 38, 42, 46, 49, 60, 61
SECONDS = 0.4


def tone(hertz: float, seconds: float = SECONDS, fall: float = 8.0) -> Samples:
    """A decaying tone on the left, softer on the right."""
    at = np.arange(round(seconds * RATE)) / RATE
    wave = np.sin(2 * np.pi * hertz * at) * np.exp(-fall * at)
    return np.stack((wave, 0.5 * wave), axis=1).astype(np.float32)


def sounds() -> dict[str, Samples]:
    wide = tone(500.0)
    wide[:, 1] = tone(800.0)[:, 0]
    return {
        "soft": tone(200.0), "loud": tone(400.0), "hat": tone(6000.0), "wide": wide,
        "roll": tone(1000.0, seconds=8.1, fall=0.0), "low": tone(300.0), "high": tone(300.0) * np.float32(1.0),
    }  # fmt: skip


def drums() -> dict[int, Drum]:
    one = (Layer(8, 124, "hat", 124, 0.5, 2.0),)
    return {
        SNARE: Drum((Layer(8, 80, "soft", 80, 0.2, 2.0), Layer(81, 124, "loud", 81, 0.4, 1.5, 0.6)), 0, 0.0),
        HAT: Drum(one, 1, 60.0),
        OPEN: Drum((Layer(8, 124, "hat", 124, 0.4, 2.0),), 1, 0.0),
        WIDE: Drum((Layer(8, 124, "wide", 124, 0.5, 2.0),), 0, 0.0),
        ROLL: Drum((Layer(8, 124, "roll", 124, 0.5, 2.0),), 0, 200.0),
        FILTERED: Drum((Layer(8, 40, "low", 40, 0.1, 2.0), Layer(100, 124, "high", 124, 0.8, 2.0)), 0, 0.0),
    }


def fill(folder: Path) -> Path:
    """A folder as the data maker leaves it."""
    for kind in ("strokes", "held-out"):
        (folder / kind).mkdir(parents=True)
    for name, sound in sounds().items():
        np.save(folder / "strokes" / f"{name}.npy", np.round(sound / np.abs(sound).max() * 32767).astype(np.int16))
    np.save(folder / "held-out" / "000-042-075.npy", (sounds()["hat"] * 0.5 * (75 / 124) ** 2).astype(np.float16))
    for kit, keys in ((0, set(drums())), (8, {SNARE})):
        rows = {str(key): asdict(drum) for key, drum in drums().items() if key in keys}
        (folder / f"kit-{kit:03}.json").write_text(json.dumps(rows))
    manifest = {"format": FORMAT, "soundfont": "made-up", "sum": "", "kits": [0, 8]}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("kits") / "data")


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_kits(data, tmp_path_factory.mktemp("trained"), torch.device("cpu"), seed=0)


@pytest.fixture(scope="module")
def kits(trained: Path) -> Kits:
    return load_kits(trained)


def off(found: Samples, wanted: Samples) -> float:
    """The share of energy by which a sound is not the wanted one."""
    count = min(len(found), len(wanted))
    return float(((found[:count] - wanted[:count]) ** 2).sum() / (wanted[:count] ** 2).sum())


def test_keys_are_those_of_the_kit_and_of_the_standard_kit_where_there_is_none(kits: Kits) -> None:
    assert kits.kits() == (0, 8)
    assert kits.keys(0) == kits.keys(77) == set(drums())
    assert kits.keys(8) == {SNARE}
    assert not len(kits.stroke(8, HAT, 100, RATE)) and not len(kits.stroke(0, 5, 100, RATE))
    assert np.array_equal(kits.stroke(77, SNARE, 100, RATE), kits.stroke(0, SNARE, 100, RATE))


def test_chokes_are_those_of_one_class(kits: Kits) -> None:
    assert kits.chokes(0, HAT) == kits.chokes(0, OPEN) == {HAT, OPEN}
    assert not kits.chokes(0, SNARE) and not kits.chokes(8, HAT) and not kits.chokes(0, 5)
    assert kits.fade(0, HAT) == 60.0 and kits.fade(0, SNARE) == kits.fade(0, 5) == 0.0


@pytest.mark.parametrize(("key", "stroke", "velocity", "level"), [
    (SNARE, "soft", 80, 0.2), (SNARE, "soft", 40, 0.05), (SNARE, "soft", 4, 0.0005), (SNARE, "loud", 124, 0.6),
    (SNARE, "loud", 81, 0.4), (SNARE, "loud", 90, 0.4 * (90 / 81) ** 1.5), (SNARE, "loud", 127, 0.6),
    (HAT, "hat", 100.5, 0.5 * (100.5 / 124) ** 2), (WIDE, "wide", 124, 0.5),
])  # fmt: skip
def test_a_stroke_is_its_layer_at_its_level(kits: Kits, key: int, stroke: str, velocity: float, level: float) -> None:
    wanted = sounds()[stroke]
    found = kits.stroke(0, key, velocity, RATE)
    assert found.dtype == np.float32 and found.shape[1] == 2 and found.flags.c_contiguous
    assert off(found, wanted / np.abs(wanted).max() * np.float32(level)) < 0.05


@settings(max_examples=15)
@given(st.floats(41.0, 99.0))
def test_between_two_timbres_both_are_mixed(kits: Kits, velocity: float) -> None:
    share = (velocity - 40) / 60
    level = 0.1 * (velocity / 40) ** 2 * (1 - share) + 0.8 * (velocity / 124) ** 2 * share
    wanted = sounds()["low"]
    assert off(kits.stroke(0, FILTERED, velocity, RATE), wanted / np.abs(wanted).max() * np.float32(level)) < 0.05


@settings(max_examples=15)
@given(st.floats(0.02, 0.3), st.floats(0.02, 0.3))
def test_what_is_released_or_silenced_fades_from_then_on(kits: Kits, released: float, choked: float) -> None:
    held = kits.stroke(0, HAT, 100, RATE)
    at = np.arange(len(held)) / RATE
    for length, choke in ((released, None), (released, choked), (None, choked)):
        until = np.inf if choke is None else choke
        fall = 0.0 if length is None else 60.0 * np.clip(np.minimum(at, until) - length, 0, None)
        fall = fall + CHOKE * np.clip(at - until, 0, None)
        found = kits.stroke(0, HAT, 100, RATE, length, choke)
        assert np.allclose(found, held[: len(found)] * 10 ** (-fall[: len(found), None] / 20), atol=1e-6)


def test_a_stroke_ends_when_it_has_faded_and_is_the_same_each_time(kits: Kits) -> None:
    found = kits.stroke(0, ROLL, 100, RATE, 0.1)
    assert len(found) == round((0.1 + 90 / 200) * RATE)
    found[:] = 0.0  # what is given is the caller's
    again = kits.stroke(0, ROLL, 100, RATE, 0.1)
    assert again.any() and np.array_equal(again, kits.stroke(0, ROLL, 100, RATE, 0.1))


def test_a_release_at_once_is_that_after_ten_milliseconds(kits: Kits) -> None:
    assert np.array_equal(kits.stroke(0, ROLL, 100, RATE, 0.0), kits.stroke(0, ROLL, 100, RATE, 0.010))


def test_what_does_not_ring_out_goes_on_until_it_is_released(kits: Kits) -> None:
    found = kits.stroke(0, ROLL, 124, RATE, 5.0)[: 5 * RATE]
    assert len(found) == 5 * RATE
    wanted = sounds()["roll"][: 5 * RATE]
    assert off(found, wanted * np.float32(0.5)) < 0.05
    assert np.abs(np.diff(found[:, 0])).max() < 1.5 * np.abs(np.diff(wanted[:, 0] * 0.5)).max()  # no click


def test_at_48_khz_it_is_the_same_sound(kits: Kits) -> None:
    found = kits.stroke(0, SNARE, 124, 48000)
    assert abs(len(found) / 48000 - SECONDS) < 0.01
    at = np.arange(len(found)) / 48000
    wanted = 0.6 * np.sin(2 * np.pi * 400 * at) * np.exp(-8 * at)
    assert off(found[:, :1], wanted[:, None].astype(np.float32)) < 0.05


@pytest.mark.parametrize(("velocity", "rate", "message"), [
    (0.0, RATE, "velocity 0"), (128, RATE, "velocity 128"), (float("nan"), RATE, "velocity nan"),
    (100, 22050, "22050 Hz"),
])  # fmt: skip
def test_what_cannot_be_struck_is_told(kits: Kits, velocity: float, rate: int, message: str) -> None:
    with pytest.raises(RenderError, match=message):
        kits.stroke(0, SNARE, velocity, rate)


def test_training_is_the_same_each_time_and_tells_its_figures(data: Path, trained: Path, tmp_path: Path) -> None:
    lines: list[str] = []
    again = train_kits(data, tmp_path, torch.device("cpu"), seed=5, report=lines.append)
    assert again.read_bytes() == trained.read_bytes()
    figures = json.loads((tmp_path / "kits.json").read_text())["held_out"]
    assert figures["n"] == 1 and figures["log_mss"] < 0.8 and figures["level"] < 0.1
    assert any("held-out" in line for line in lines)


def test_without_time_steps_are_not_measured(data: Path, trained: Path, tmp_path: Path) -> None:
    found = train_kits(data, tmp_path, torch.device("cpu"), seed=0, minutes=0.0)
    assert found.read_bytes() != trained.read_bytes()
    assert off(load_kits(found).stroke(0, SNARE, 124, RATE), sounds()["loud"] * np.float32(0.6)) < 0.1


def test_strokes_that_are_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="holds no strokes"):
        read_kits_data(tmp_path)
    folder = fill(tmp_path / "data")
    (folder / "strokes" / "hat.npy").write_bytes(b"none")
    with pytest.raises(TrainingError, match="hat.npy"):
        train_kits(folder, tmp_path / "out", torch.device("cpu"), seed=0)
    (folder / "kit-008.json").unlink()
    with pytest.raises(TrainingError, match="kit-008"):
        read_kits_data(folder)
    (folder / "manifest.json").write_text('{"format": "older", "kits": [], "soundfont": ""}')
    with pytest.raises(TrainingError, match="another version: 'older'"):
        read_kits_data(folder)


def test_whole_numbers_are_stored_as_they_are(trained: Path) -> None:
    state = load_weights(trained, "kits")[1]
    assert state["numbers"].dtype == state["exponents"].dtype == torch.uint8
    assert state["layers"].dtype == torch.int32 and state["levels"].dtype == torch.float32
    assert int(state["waves"][-1, 3]) == len(state["numbers"])


def test_damaged_weights_are_told(trained: Path, tmp_path: Path) -> None:
    path = tmp_path / "kits.safetensors"
    with pytest.raises(ModelError, match="there are no weights"):
        load_kits(path)
    whole = trained.read_bytes()
    path.write_bytes(whole[:-9])
    with pytest.raises(ModelError, match="cannot be read"):
        load_kits(path)
    path.write_bytes(whole[:-9] + b"other one")
    with pytest.raises(ModelError, match="damaged"):
        load_kits(path)


@pytest.mark.parametrize("spoil", ["missing", "shape", "values"])
@pytest.mark.parametrize("name", ["waves", "sides", "loops", "kits", "drums", "layers", "fades", "numbers"])
def test_weights_that_do_not_fit_are_told(trained: Path, tmp_path: Path, name: str, spoil: str) -> None:
    state = load_weights(trained, "kits")[1]
    if spoil == "missing":
        del state[name]
    elif spoil == "shape":
        # One row too few; keys may be missing, so there one column.
        state[name] = (state[name][:, :-1] if name == "kits" else state[name][:-1]).clone()
    elif name in ("sides", "fades", "numbers", "loops"):
        state[name] = state[name][None].clone()
    else:
        state[name] = torch.full_like(state[name], 9999)
    path = save_weights(tmp_path / "kits.safetensors", "kits", {}, state)
    with pytest.raises(ModelError, match="do not fit the kits"):
        made = load_kits(path)
        for key in sorted(made.keys(0)):
            for velocity in (50, 127):
                made.stroke(0, key, velocity, RATE)
