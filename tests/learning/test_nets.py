"""The training loop: going on is as if nothing had been; no end of any kind loses a checkpoint."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from partimento.learning.nets import checkpoint as checkpoints
from partimento.learning.nets.checkpoint import read_checkpoint
from partimento.learning.nets.device import choose_device
from partimento.learning.nets.loop import Trained, rate_at, train
from partimento.learning.nets.weights import fill, load_weights, save_weights
from partimento.theory.errors import ModelError, OutputError, TrainingError
from tests.learning.tiny_task import CONFIG, TinyTask

CPU = torch.device("cpu")


def same(a: Trained, b: Trained) -> bool:
    """Whether weights and curves are equal to the last bit."""
    return a.curve == b.curve and all(torch.equal(a.state[name], b.state[name]) for name in a.state | b.state)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """What an uninterrupted run gives."""
    return train(TinyTask(), CONFIG, tmp_path_factory.mktemp("whole"), CPU)


def test_training_learns_and_keeps_the_best(whole: Trained) -> None:
    assert whole.done and whole.step == CONFIG.steps
    assert [row["step"] for row in whole.curve] == [10, 20, 30]
    assert whole.curve[-1]["loss"] < 0.7 * whole.curve[0]["loss"]


@pytest.mark.parametrize("at", [0, 7, 10, 19, 29])
def test_stopped_anywhere_and_resumed_is_as_if_never_stopped(whole: Trained, tmp_path: Path, at: int) -> None:
    lines: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        train(TinyTask(stopped=at), CONFIG, tmp_path, CPU, report=lines.append)
    assert f"stopped at step {at + 1} of 30" in lines[-1]
    assert same(train(TinyTask(), CONFIG, tmp_path, CPU), whole)


def test_sigterm_stops_as_ctrl_c_does(whole: Trained, tmp_path: Path) -> None:
    def leave(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        with pytest.raises(SystemExit) as ended:
            train(TinyTask(stopped=4, number=signal.SIGTERM), CONFIG, tmp_path, CPU)
        assert signal.getsignal(signal.SIGTERM) is leave
    finally:
        signal.signal(signal.SIGTERM, before)
    assert ended.value.code == 143
    assert same(train(TinyTask(), CONFIG, tmp_path, CPU), whole)


def test_asked_twice_it_ends_at_once_and_what_was_written_stays(whole: Trained, tmp_path: Path) -> None:
    class Deaf(TinyTask):
        def batch(self, step: int) -> object:
            if step == 15:
                signal.raise_signal(signal.SIGINT)
                signal.raise_signal(signal.SIGINT)
            return super().batch(step)

    with pytest.raises(KeyboardInterrupt):
        train(Deaf(), CONFIG, tmp_path, CPU)
    found = read_checkpoint(tmp_path / "tiny.checkpoint.pt", "tiny")
    assert found is not None and found.step == 10
    assert same(train(TinyTask(), CONFIG, tmp_path, CPU), whole)


def test_what_ends_without_a_word_goes_on_from_its_last_checkpoint(whole: Trained, tmp_path: Path) -> None:
    class Killed(BaseException):
        pass

    class Doomed(TinyTask):
        def batch(self, step: int) -> object:
            if step == 25:
                raise Killed
            return super().batch(step)

    with pytest.raises(Killed):
        train(Doomed(), CONFIG, tmp_path, CPU)
    found = read_checkpoint(tmp_path / "tiny.checkpoint.pt", "tiny")
    assert found is not None and found.step == 20
    assert same(train(TinyTask(), CONFIG, tmp_path, CPU), whole)


@pytest.mark.parametrize("moment", ["write_whole", "replace"])
def test_failing_in_the_middle_of_writing_loses_one_interval(
    whole: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """The second checkpoint fails: while its bytes are written, then between its two renamings."""
    calls = {"write_whole": 0, "replace": 0}
    place = checkpoints if moment == "write_whole" else os
    own: Callable[..., object] = getattr(place, moment)

    def failing(*words: object) -> object:
        calls[moment] += 1
        if calls[moment] == {"write_whole": 2, "replace": 3}[moment]:
            raise OSError(28, "No space left on device") if moment == "replace" else OutputError("no space left")
        return own(*words)

    with monkeypatch.context() as patch:
        patch.setattr(place, moment, failing)
        with pytest.raises(OutputError, match="o space left"):
            train(TinyTask(), CONFIG, tmp_path, CPU)
    assert same(train(TinyTask(), CONFIG, tmp_path, CPU), whole)


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "text"])
def test_a_damaged_checkpoint_is_told_and_the_one_before_serves(whole: Trained, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "tiny.checkpoint.pt"
    train(TinyTask(), CONFIG, tmp_path, CPU)
    data = path.read_bytes()
    middle = len(data) // 2
    path.write_bytes({
        "cut": data[:middle], "flipped": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
        "empty": b"", "text": b"step 30 of 30\n",
    }[damage])  # fmt: skip
    with pytest.raises(TrainingError, match=r"is damaged: 'tiny\.checkpoint\.pt\.before', renamed to it,"):
        train(TinyTask(), CONFIG, tmp_path, CPU)
    path.with_name(path.name + ".before").rename(path)
    assert same(train(TinyTask(), CONFIG, tmp_path, CPU), whole)


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    train(TinyTask(), CONFIG, tmp_path, CPU)
    kept = (tmp_path / "tiny.checkpoint.pt").read_bytes()
    with pytest.raises(TrainingError, match="other sizes"):
        train(TinyTask(width=5), CONFIG, tmp_path, CPU)
    with pytest.raises(TrainingError, match="seed 0"):
        train(TinyTask(), replace(CONFIG, seed=3), tmp_path, CPU)
    with pytest.raises(TrainingError, match="of 'tiny', not of 'other'"):
        read_checkpoint(tmp_path / "tiny.checkpoint.pt", "other")
    assert (tmp_path / "tiny.checkpoint.pt").read_bytes() == kept
    assert train(TinyTask(width=5), CONFIG, tmp_path, CPU, fresh=True).done


def test_a_loss_that_is_no_number_ends_the_run_and_keeps_the_checkpoint(whole: Trained, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="the loss of step 13 is no number"):
        train(TinyTask(breaks=13), CONFIG, tmp_path, CPU)
    found = read_checkpoint(tmp_path / "tiny.checkpoint.pt", "tiny")
    assert found is not None and found.step == 10
    assert all(bool(tensor.isfinite().all()) for tensor in found.model.values())
    assert same(train(TinyTask(), CONFIG, tmp_path, CPU), whole)


def test_a_folder_that_takes_no_file_is_told_before_the_first_step(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="cannot be written"):
        train(TinyTask(breaks=0), CONFIG, tmp_path / "file" / "run", CPU)


def test_a_time_limit_takes_stock_and_goes_on_later(tmp_path: Path) -> None:
    short = train(TinyTask(), CONFIG, tmp_path, CPU, most_s=0.0)
    assert not short.done and (short.step, len(short.curve)) == (1, 1)
    assert train(TinyTask(), CONFIG, tmp_path, CPU).done


def test_patience_ends_a_run_that_no_longer_learns(tmp_path: Path) -> None:
    class Flat(TinyTask):
        def evaluate(self, model: nn.Module, device: torch.device) -> dict[str, float]:
            return {"loss": 1.0}

    trained = train(Flat(), replace(CONFIG, steps=300, patience=2), tmp_path, CPU)
    assert trained.done and trained.step == 30


def test_the_rate_rises_and_falls() -> None:
    rates = [rate_at(step, CONFIG) for step in range(31)]
    assert rates[:3] == sorted(rates[:3]) and rates[2] == pytest.approx(CONFIG.rate)
    assert rates[3:] == sorted(rates[3:], reverse=True) and rates[-1] == pytest.approx(CONFIG.rate / 50)


@pytest.mark.parametrize(
    ("name", "says"), [("gpu", "auto, cpu, cuda"), ("cuda:x", "unknown"), ("cpu:1", "unknown"), ("cuda:99", "99")]
)
def test_wrong_devices_are_told(name: str, says: str) -> None:
    with pytest.raises(TrainingError, match=says):
        choose_device(name)
    assert choose_device("cpu") == CPU


def weights(folder: Path) -> Path:
    """A small file of weights."""
    return save_weights(folder / "tiny.safetensors", "tiny", {"width": 4}, TinyTask().build().state_dict())


def test_weights_come_back_as_halves(tmp_path: Path) -> None:
    module = TinyTask().build()
    save_weights(tmp_path / "w.safetensors", "tiny", {"width": 4}, module.state_dict())
    config, state = load_weights(tmp_path / "w.safetensors", "tiny")
    assert config == {"width": 4}
    assert all(torch.equal(state[name], tensor.half().float()) for name, tensor in module.state_dict().items())
    fill(module, state, tmp_path / "w.safetensors")
    assert not module.training
    bytes_before = (tmp_path / "w.safetensors").read_bytes()
    for _ in range(5):
        save_weights(tmp_path / "w.safetensors", "tiny", {"width": 4}, module.state_dict())
        assert (tmp_path / "w.safetensors").read_bytes() == bytes_before


def test_every_damage_of_weights_is_a_model_error(tmp_path: Path) -> None:
    path = weights(tmp_path)
    data = path.read_bytes()
    for at in range(0, len(data), 3):
        for damaged in (data[:at], data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :]):
            path.write_bytes(damaged)
            with pytest.raises(ModelError) as caught:
                load_weights(path, "tiny")
            assert "\n" not in str(caught.value)


def test_other_weights_are_told(tmp_path: Path) -> None:
    path = weights(tmp_path)
    with pytest.raises(ModelError, match="holds weights of 'tiny', not of 'melody'"):
        load_weights(path, "melody")
    with pytest.raises(ModelError, match=r"no weights 'none\.safetensors'"):
        load_weights(tmp_path / "none.safetensors", "tiny")
    with pytest.raises(ModelError, match="do not fit the model"):
        fill(TinyTask(width=5).build(), load_weights(path, "tiny")[1], path)
