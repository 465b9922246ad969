"""The net's answers: what they are made of, morphs, codes of keys it never heard, damaged weights."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from partimento.learning.nets.weights import save_weights
from partimento.synth.neural.analysis import ratios_of
from partimento.synth.neural.controls import FLOOR, PARTIALS, Controls, NeuralNote
from partimento.synth.neural.instruments import (
    KEYS,
    LOW,
    MODEL,
    Config,
    Instruments,
    InstrumentsNet,
    blended,
    filled,
    read_instruments,
    sound,
)
from partimento.theory.errors import ModelError, RenderError

SMALL = Config(4, 4, 16, 1)


def made_up(seed: int = 0) -> InstrumentsNet:
    """A small net with weights drawn by chance, whose sounds are as loud as notes."""
    torch.manual_seed(seed)
    net = InstrumentsNet(SMALL)
    net.ratios.copy_(torch.stack([ratios_of(program) for program in range(128)]))
    net.sounding.fill_(1.0)
    net.middle.fill_(-6.0)
    return net


def same(one: Controls, other: Controls, atol: float = 0.0) -> bool:
    """Whether all that they hold is the same."""
    return all(
        torch.allclose(getattr(one, each.name), getattr(other, each.name), atol=atol) for each in fields(Controls)
    )


NOTES = (NeuralNote(0, 60, 80.0, 0.5), NeuralNote(40, 72, 33.5, 2.0), NeuralNote(127, 21, 127.0, 0.05))


def test_a_note_is_the_same_in_any_company() -> None:
    instruments = Instruments(made_up())
    together = instruments.controls(NOTES)
    for i, note in enumerate(NOTES):
        assert same(instruments.controls([note]), together.take(torch.tensor([i])), 1e-4)


def test_a_harder_stroke_is_louder_by_the_law() -> None:
    net = made_up()
    torch.nn.init.zeros_(net.outward.weight)  # what velocity changes beside the level is gone
    soft, loud = (Instruments(net).controls([NeuralNote(0, 60, velocity, 1.0)]) for velocity in (32.0, 64.0))
    away = (loud.partials - soft.partials)[0, 0, 0]
    assert float(away) == pytest.approx(2 * torch.log(torch.tensor(2.0)).item(), abs=1e-4)  # 40 log10(2) dB


@given(st.floats(0.0, 1.0))
def test_morphs_begin_and_end_where_they_should(share: float) -> None:
    instruments = Instruments(made_up())
    one, other = instruments.controls(NOTES[:1]), instruments.controls([NOTES[0]._replace(program=73)])
    between = blended(one, other, torch.tensor([share]))
    low, high = torch.minimum(one.partials, other.partials), torch.maximum(one.partials, other.partials)
    assert bool(((between.partials >= low - 1e-4) & (between.partials <= high + 1e-4)).all())
    assert same(blended(one, other, torch.zeros(1)), one)
    assert same(blended(one, other, torch.ones(1)), other)
    assert same(instruments.controls(NOTES[:1], [(73, share)]), between, 1e-5)


def test_morphing_one_note_leaves_the_others() -> None:
    instruments = Instruments(made_up())
    plain, found = instruments.controls(NOTES), instruments.controls(NOTES, [None, (73, 0.5), None])
    kept = torch.tensor([0, 2])
    assert same(plain.take(kept), found.take(kept))
    assert not torch.allclose(plain.partials[1], found.partials[1])


@pytest.mark.parametrize("program", [-1, 128])
def test_there_are_128_programs(program: int) -> None:
    with pytest.raises(RenderError, match=f"no program {program}: programs go from 0 to 127"):
        Instruments(made_up()).controls([NeuralNote(program, 60, 80.0, 1.0)])
    with pytest.raises(RenderError, match="no program"):
        Instruments(made_up()).controls(NOTES[:1], [(program, 0.5)])


def test_keys_without_sound_are_silent() -> None:
    net = made_up()
    net.sounding[5, 60 - LOW] = 0.0
    instruments = Instruments(net)
    silent = instruments.controls([NeuralNote(5, 60, 100.0, 1.0), NeuralNote(5, 61, 100.0, 1.0)])
    assert not instruments.sounds(5, 60) and instruments.sounds(5, 61)
    assert float(silent.partials[0].max()) == FLOOR < float(silent.partials[1].max())
    assert float(sound(silent, torch.ones(2), 44100, 4410)[0].abs().max()) < 1e-5


def test_stereo_differs_and_mono_does_not() -> None:
    net = made_up()
    net.wide[40] = 1.0
    controls = Instruments(net).controls(NOTES[:2])
    heard = sound(controls, torch.tensor([0.5, 2.0]), 44100, 4410)
    assert torch.equal(heard[0, 0], heard[0, 1])
    assert not torch.allclose(heard[1, 0], heard[1, 1])


def test_codes_of_unheard_keys_lie_between_their_neighbours() -> None:
    state = dict(made_up().state_dict())
    heard = torch.ones(128, KEYS, dtype=torch.bool)
    heard[3, 10] = heard[3, 20] = heard[3, 21] = heard[3, 22] = heard[3, 0] = False
    found = filled(state, heard)["keys.weight"].reshape(128, KEYS, -1)
    own = state["keys.weight"].reshape(128, KEYS, -1)
    assert torch.allclose(found[3, 10], (own[3, 9] + own[3, 11]) / 2)
    assert torch.allclose(found[3, 20], own[3, 19] * 0.75 + own[3, 23] * 0.25)
    assert torch.equal(found[3, 0], own[3, 1])
    assert torch.equal(found[4], own[4])


def test_weights_are_read_again(tmp_path: Path) -> None:
    net = made_up()
    path = save_weights(tmp_path / "instruments.safetensors", MODEL, {"program": 4, "key": 4, "width": 16, "layers": 1},
                        net.state_dict())  # fmt: skip
    assert same(read_instruments(path).controls(NOTES), Instruments(net).controls(NOTES), 0.1)


def test_bad_weights_end_in_one_line(tmp_path: Path) -> None:
    state = made_up().state_dict()
    sizes = {"program": 4, "key": 4, "width": 16, "layers": 1}
    path = tmp_path / "instruments.safetensors"
    with pytest.raises(ModelError, match="there are no weights"):
        read_instruments(path)
    save_weights(path, MODEL, sizes, state)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelError, match="damaged"):
        read_instruments(path)
    path.write_bytes(bytes(data[: len(data) // 2]))
    with pytest.raises(ModelError, match="cannot be read"):
        read_instruments(path)
    for wrong in ({**sizes, "width": 8}, {**sizes, "depth": 1}, {**sizes, "width": "wide"}):
        save_weights(path, MODEL, wrong, state)
        with pytest.raises(ModelError, match="fit|sizes"):
            read_instruments(path)
    save_weights(path, "kits", sizes, state)
    with pytest.raises(ModelError, match="not of 'instruments'"):
        read_instruments(path)


def test_partials_above_the_others_ratios_are_harmonics() -> None:
    assert ratios_of(0).tolist() == list(range(1, PARTIALS + 1))
    assert ratios_of(17)[0] == 0.5
    assert bool((ratios_of(14).diff() > 0).all())
