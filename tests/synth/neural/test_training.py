"""What the instruments learn from: rows and back, what is held out, the two losses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from partimento.synth.neural.analysis import analyse_key, key_hz
from partimento.synth.neural.dataset_shards import Data, Manifest, write_manifest, write_shard
from partimento.synth.neural.instruments import KEYS, LOW, SIZES, Config, InstrumentsNet, unpacked
from partimento.synth.neural.listening import Heard, distances, teacher_sounds
from partimento.synth.neural.split import held_out_key
from partimento.synth.neural.teacher import RATE, Teacher
from partimento.synth.neural.training import LEVELLED, InstrumentsTask, packed, regression, task
from partimento.synth.signal import Samples
from partimento.theory.errors import TrainingError

CPU = torch.device("cpu")
STEPS = 30


class Whistle(Teacher):
    """A teacher whose programs are all one decaying tone with an octave above it."""

    def __init__(self) -> None:
        self.soundfont = Path("whistle.sf2")

    def note(
        self, program: int, key: int, velocity: int, held_s: float, ring_s: float, *, drums: bool = False
    ) -> Samples:
        """A note."""
        at = np.arange(round((held_s + ring_s) * RATE)) / RATE
        hertz = key_hz(key)
        wave = (np.cos(2 * np.pi * hertz * at) + 0.3 * np.cos(4 * np.pi * hertz * at)) * np.exp(-at)
        wave = wave * np.where(at < held_s, 1.0, np.exp(-20 * (at - held_s))) * (velocity / 127) ** 2 / 3
        return np.repeat(wave[:, None], 2, axis=1).astype(np.float32)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """Eighteen keys of one program."""
    folder = tmp_path_factory.mktemp("instruments")
    teacher = Whistle()
    rows = {}
    for key in range(55, 73):
        notes = {(v, s): teacher.note(5, key, v, s, 0.3) for v in (32, 120) for s in (0.3, 0.6)}
        rows[key] = analyse_key(notes, 5, key)
    shard = write_shard(folder, 5, rows)
    font = {"name": "whistle.sf2", "bytes": 1, "sha256": "none"}
    write_manifest(folder, Manifest(font, "2.3.1", {}, (shard,)))
    return Data(folder)


@pytest.fixture(scope="module")
def learning(data: Data) -> InstrumentsTask:
    return InstrumentsTask(data, Whistle(), 0, Config(4, 4, 32, 1), STEPS)


def test_no_batch_holds_a_held_out_key(data: Data, learning: InstrumentsTask) -> None:
    held = {key for key in data.keys(5) if held_out_key(5, key, 55, 72)}
    assert held
    for step in (*range(20), *range(20, STEPS)):
        assert not held & set(learning.batch(step)[1].tolist())
    assert len(learning.batch(0)) == 4 and len(learning.batch(STEPS - 1)) == 7


def test_a_batch_is_a_function_of_its_step(learning: InstrumentsTask) -> None:
    for step in (3, STEPS - 2):
        for one, other in zip(learning.batch(step), learning.batch(step), strict=True):
            assert torch.equal(one, other)
    assert not torch.equal(learning.batch(3)[1], learning.batch(4)[1])


def test_rows_hold_what_was_analysed(data: Data) -> None:
    shard = data.shard(5)
    rows = packed(shard)
    parts = unpacked(rows[0].float())
    gain = 2 * np.log(shard["velocity"][0] / 127.0)
    loud = shard["partials"][0, :, :, 0].astype(np.float32)
    assert np.abs(parts["partials"][:, :, 0].numpy() + gain[:, None] - loud).max() < 0.02
    assert torch.allclose(parts["turns"].square().sum(1), torch.ones(2, 2, 96), atol=1e-2)


def test_numbers_are_nearest_to_themselves(data: Data) -> None:
    rows = packed(data.shard(5))[:, 0].float()
    wide = torch.zeros(len(rows))
    none = float(regression(rows, rows, wide))
    assert none < 1e-3
    for scale in (0.01, 0.1):
        away = float(regression(rows + scale * torch.randn(rows.shape), rows, wide))
        assert away > none
        none = away


def test_both_losses_fall(learning: InstrumentsTask) -> None:
    torch.manual_seed(0)
    net = learning.build()
    optimiser = torch.optim.AdamW(net.parameters(), 3e-3)
    for steps in (range(15), [STEPS - 1] * 5):
        losses = []
        for step in steps:
            loss = learning.loss(net, learning.batch(step), CPU)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch's own stub has no types here
            optimiser.step()
            losses.append(float(loss.detach()))
        assert losses[-1] < 0.95 * losses[0], losses


def test_held_out_figures(learning: InstrumentsTask) -> None:
    with torch.no_grad():
        found = learning.evaluate(learning.build(), CPU)
    assert set(found) == {"loss", "log_mss_db", "sc", "numbers"}
    assert 0 < found["sc"] < 5 and 0 < found["log_mss_db"] < 60


def test_heard_keys_alone_have_codes_of_their_own(data: Data, learning: InstrumentsTask) -> None:
    state = {name: tensor.clone() for name, tensor in learning.build().state_dict().items()}
    own = state["keys.weight"].reshape(128, KEYS, -1)
    kept = learning.final(state)["keys.weight"].reshape(128, KEYS, -1)
    for key in data.keys(5):
        moved = not torch.equal(kept[5, key - LOW], own[5, key - LOW])
        assert moved == held_out_key(5, key, 55, 72), key


def test_programs_get_half_of_the_level_that_they_lack(learning: InstrumentsTask) -> None:
    state = {name: tensor.clone() for name, tensor in learning.build().state_dict().items()}
    level = learning.final(state)["level"]
    louder = learning.final({**state, "middle": state["middle"] + 0.2 * is_level()})["level"]
    assert float(louder[5] - level[5]) == pytest.approx(-LEVELLED * 0.2, abs=0.01)
    assert not level[:5].any() and not level[6:].any()


def is_level() -> torch.Tensor:
    """1 where a row holds levels."""
    levels = SIZES["partials"] + SIZES["noise"]
    return (torch.arange(sum(SIZES.values())) < levels).float()


def test_distances_are_none_to_itself_and_whole_to_silence() -> None:
    heard = teacher_sounds(Whistle(), [Heard(5, 60, 100, 0.3), Heard(5, 65, 32, 0.3)], 0.5)
    logs, shares = distances(heard, heard)
    assert float(logs.max()) == 0.0 and float(shares.max()) < 1e-5
    logs, shares = distances(heard, torch.zeros_like(heard))
    assert float(logs.min()) > 1.0 and torch.allclose(shares, torch.ones(2), atol=1e-3)


def test_without_its_soundfont_nothing_is_learned(data: Data) -> None:
    with pytest.raises(TrainingError, match="was made from 'whistle.sf2', which is needed to listen"):
        task(data.folder)


def test_a_net_is_centred_on_the_notes(learning: InstrumentsTask) -> None:
    net = learning.build()
    assert isinstance(net, InstrumentsNet)
    assert float(net.sounding.sum()) == 18 and float(net.wide.sum()) == 0
    assert float(net.middle.abs().max()) > 1.0
