"""`partimento train`: what can go wrong is one line, loses nothing, and is told before hours are spent."""

from __future__ import annotations

import gzip
import json
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
import torch
from click.testing import CliRunner, Result

from partimento.cli import main
from partimento.composer.neural import card, memory
from partimento.learning.nets.card import read_facts
from partimento.learning.nets.checkpoint import read_checkpoint
from partimento.learning.nets.weights import load_weights
from partimento.learning.tables.corpus import FILES
from partimento.learning.tables.memory import MELODIES
from partimento.learning.tables.runs import LONGEST, filter_from_bytes
from partimento.theory.errors import TrainingError
from tests.learning.tiny_task import CONFIG, TinyTask

FILE = card.FILES["drums"][0]


@dataclass
class Place:
    """A folder with a corpus, and the folder `out` that is trained into."""

    data: Path
    out: Path
    module: ModuleType

    def run(self, *words: str, model: str = "drums") -> Result:
        """`partimento train MODEL --data DATA --out OUT WORDS`."""
        line = ["train", model, "--data", str(self.data), "--out", str(self.out), "--device", "cpu", *words]
        return CliRunner().invoke(main, line, prog_name="partimento")

    def corpus(self, data: bytes) -> None:
        """Replace the corpus by other bytes."""
        (self.data / FILE).write_bytes(data)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A corpus of two lines, from which the drums model (here TinyTask) learns."""
    module = ModuleType("drums_training")

    def task(data: Path, seed: int = 0) -> TinyTask:
        rows = [json.loads(line) for line in gzip.decompress((data / FILE).read_bytes()).splitlines()]
        number = rows[0].get("number", signal.SIGINT)
        made = TinyTask(breaks=rows[0]["breaks"], stopped=rows[0]["stopped"], number=number)
        made.name = "drums"
        return made

    vars(module).update(CONFIG=CONFIG, task=task)
    monkeypatch.setitem(sys.modules, "partimento.composer.neural.drums_training", module)
    found = Place(tmp_path / "open", tmp_path / "out", module)
    found.data.mkdir()
    found.corpus(lines({"breaks": -1, "stopped": -1}))
    return found


def lines(*rows: object) -> bytes:
    """Rows as a corpus."""
    return gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode())


def refused(result: Result, *words: str, code: int = 2) -> None:
    """One line on stderr that says `words`, nothing on stdout."""
    error = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert (result.exit_code, result.stdout, len(error)) == (code, "", 1), result.output
    assert result.stderr.splitlines()[-1] == error[0]
    assert all(word in error[0] for word in words), error


def test_weights_facts_card_and_curve_are_written(place: Place) -> None:
    result = place.run("--seed", "3")
    assert result.exit_code == 0, result.output
    names = ["drums.safetensors", "drums.json", "drums.md", "drums.png"]
    assert [Path(line).name for line in result.stdout.splitlines()] == names
    assert "step 30" in result.stderr and "13 parameters" in result.stderr
    config, state = load_weights(place.out / "drums.safetensors", "drums")
    assert config == {"width": 4} and set(state) == {"0.weight", "0.bias", "3.weight", "3.bias"}
    facts = read_facts(place.out / "drums.json")
    assert facts["parameters"] == 13 and [row["step"] for row in facts["curve"]] == [10, 20, 30]
    assert facts["held_out"]["loss"] == min(row["loss"] for row in facts["curve"])
    assert facts["bytes"] == (place.out / "drums.safetensors").stat().st_size
    text = (place.out / "drums.md").read_text()
    assert FILE in text and "CC BY 4.0 (Google LLC" in text and "13 parameters" in text and "drums.png" in text
    picture = (place.out / "drums.png").read_bytes()
    assert picture.startswith(b"\x89PNG") and len(picture) < 40_000


def test_the_folder_that_holds_open_is_as_good(place: Place) -> None:
    place.data = place.data.parent
    assert place.run().exit_code == 0


def test_a_run_that_is_stopped_goes_on_with_the_same_command(place: Place) -> None:
    assert place.run().exit_code == 0
    whole = (place.out / "drums.safetensors").read_bytes()
    place.corpus(lines({"breaks": -1, "stopped": 17}))
    stopped = place.run("--fresh", "--force")
    assert (stopped.exit_code, stopped.stdout) == (130, "")
    assert "stopped at step 18 of 30" in stopped.stderr and "the same command goes on" in stopped.stderr
    place.corpus(lines({"breaks": -1, "stopped": -1}))
    went_on = place.run()
    assert went_on.exit_code == 0 and "goes on at step 18 of 30" in went_on.stderr
    assert (place.out / "drums.safetensors").read_bytes() == whole


def test_the_melody_model_comes_with_the_memory_of_what_it_learned(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = TinyTask()
    made.name = "melody"
    vars(place.module)["task"] = lambda data, seed: made
    monkeypatch.setitem(sys.modules, "partimento.composer.neural.melody_training", place.module)
    line = [[24 * i, 24, 60 + i * i % 7] for i in range(20)]
    for source, part in MELODIES:
        (place.data / FILES[source]).write_bytes(lines({"tpq": 24, "parts": {part: line}}))
    result = place.run(model="melody")
    assert result.exit_code == 0 and result.stdout.splitlines()[-1] == str(place.out / memory.FILE), result.output
    runs = filter_from_bytes((place.out / memory.FILE).read_bytes(), memory.FILE)
    assert runs.found([(onset, midi) for onset, _, midi in line], 24) == [*range(LONGEST, 20)]


def test_minutes_end_a_run_that_then_goes_on(place: Place) -> None:
    first = place.run("--minutes", "0.000001")
    assert first.exit_code == 0 and "ended at step 1, unfinished" in first.stderr
    assert (place.out / "drums.safetensors").exists()
    again = place.run("--steps", "12")
    assert again.exit_code == 0 and "step 12" in again.stderr and "unfinished" not in again.stderr


def test_finished_weights_are_not_overwritten_without_a_word(place: Place) -> None:
    place.out.mkdir()
    (place.out / "drums.safetensors").write_bytes(b"mine")
    refused(place.run(), "drums.safetensors", "--force", code=1)
    assert (place.out / "drums.safetensors").read_bytes() == b"mine"
    assert place.run("--force").exit_code == 0


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, ("is missing", FILE)),
        (b"", ("is empty", FILE)),
        (gzip.compress(b""), ("is empty", FILE)),
        (b"no gzip at all", ("cannot be read", FILE, "line 1")),
        (lines({"breaks": -1, "stopped": -1})[:-9], ("cannot be read", FILE)),
        (gzip.compress(b'{"breaks": -1, "stopped": -1}\n{"breaks":'), ("cannot be read", FILE, "line 2")),
        (lines(3), ("cannot be read", "line 1", "no record")),
        (lines({"brakes": 1}), ("other data", "breaks")),
        (lines([]), ("other data",)),
    ],
)
def test_bad_corpora_are_told_by_file_and_line(place: Place, data: bytes | None, words: tuple[str, ...]) -> None:
    if data is None:
        (place.data / FILE).unlink()
    else:
        place.corpus(data)
    refused(place.run(), *words)
    assert not (place.out / "drums.safetensors").exists()


def test_a_folder_of_data_that_is_none_is_told(place: Place, tmp_path: Path) -> None:
    place.data = tmp_path / "nowhere"
    refused(place.run(), "is not there", FILE)
    place.data = tmp_path / "open" / FILE
    refused(place.run(), "is a file")


@pytest.mark.parametrize(
    ("model", "words", "says"),
    [
        ("melodi", (), ("Did you mean 'melody'", "harmony")),
        ("drums", ("--device", "gpu"), ("unknown device 'gpu'", "auto, cpu, cuda")),
        ("drums", ("--steps", "0"), ("--steps",)),
        ("drums", ("--minutes", "0"), ("--minutes",)),
        ("drums", ("--minutes", "nan"), ("--minutes",)),
        ("drums", ("--threads", "0"), ("--threads",)),
        ("drums", ("--finetune", "x"), ("--data", "--finetune")),
    ],
)
def test_wrong_words_are_refused(place: Place, model: str, words: tuple[str, ...], says: tuple[str, ...]) -> None:
    refused(place.run(*words, model=model), *says)


@pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA device is there")
def test_a_device_that_is_not_there_is_told(place: Place) -> None:
    refused(place.run("--device", "cuda"), "no device 'cuda'", "cpu")


def test_an_out_that_takes_no_file_is_told_first(place: Place, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    place.out = tmp_path / "taken"
    refused(place.run(), "taken", code=1)


def test_a_damaged_checkpoint_or_another_one_is_told_and_stays(place: Place) -> None:
    assert place.run().exit_code == 0
    path = place.out / "drums.checkpoint.pt"
    refused(place.run("--seed", "9"), "seed 0")
    good = path.read_bytes()
    path.write_bytes(good[:-1])
    refused(place.run(), "is damaged", ".before")
    assert path.read_bytes() == good[:-1]
    assert place.run("--fresh").exit_code == 0


def test_a_loss_that_is_no_number_keeps_the_checkpoint(place: Place) -> None:
    place.corpus(lines({"breaks": 14, "stopped": -1}))
    refused(place.run(), "step 14 is no number")
    found = read_checkpoint(place.out / "drums.checkpoint.pt", "drums")
    assert found is not None and found.step == 10


def test_without_torch_it_says_what_to_do(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    refused(place.run(), "PyTorch", "partimento doctor", code=1)


def test_every_model_has_its_files_and_their_licences() -> None:
    assert {name for files in card.FILES.values() for name in files} <= set(card.LICENCES)
    assert set(card.FILES) == set(card.ABOUT)


def test_cards_show_figures_of_records_beside_their_baselines(place: Place) -> None:
    assert place.run().exit_code == 0
    facts = read_facts(place.out / "drums.json")
    facts["held_out"] = {"rock": {"nll": 1.25, "hits": 0.5}, "loss": 2.0}
    facts["baselines"] = {"means": {"rock": {"nll": 1.75}}, "note": "taken bar by bar"}
    text = card.card(facts)
    assert "| | ours | means |" in text and "| rock, nll | 1.25 | 1.75 |" in text and "| loss | 2 |  |" in text
    assert "- note: taken bar by bar" in text


@pytest.mark.parametrize("text", ["", "[]", "{", '{"model": "drums"}'])
def test_facts_that_are_none_are_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "drums.json").write_text(text)
    with pytest.raises(TrainingError, match=r"drums\.json"):
        read_facts(tmp_path / "drums.json")


def test_sigterm_keeps_the_checkpoint_and_leaves_with_143(place: Place) -> None:
    place.corpus(lines({"breaks": -1, "stopped": 12, "number": signal.SIGTERM}))
    before = signal.getsignal(signal.SIGTERM)
    try:
        result = place.run()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert result.exit_code == 128 + signal.SIGTERM and "stopped at step 13 of 30" in result.stderr
    found = read_checkpoint(place.out / "drums.checkpoint.pt", "drums")
    assert found is not None and found.step == 13
