"""`partimento train renderer`: data, instruments and kits in one command; what lacks is one line before any step."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import pytest
import torch
from click.testing import CliRunner, Result

from partimento.cli import main
from partimento.learning.nets.card import read_facts, rewrite_cards
from partimento.learning.nets.weights import load_weights, save_weights
from partimento.soundfonts.catalogue import catalogue
from partimento.soundfonts.finding import find_soundfonts
from partimento.synth.neural import renderer_training
from partimento.synth.neural.card import ABOUT
from partimento.synth.neural.dataset_shards import Manifest, Shard, write_manifest
from partimento.theory.errors import RenderError
from tests.learning.tiny_task import CONFIG, TinyTask

INSTRUMENTS = ["instruments.safetensors", "instruments.json", "instruments.md", "instruments.png"]
KITS = ["kits.safetensors", "kits.json", "kits.md"]


@dataclass
class Place:
    """A folder of data, the folder `out` that is trained into, and what was asked for."""

    data: Path
    out: Path
    asked: list[str] = field(default_factory=list)
    breaks: int = -1

    def run(self, *words: str) -> Result:
        """`partimento train renderer --data DATA --out OUT WORDS`."""
        line = ["train", "renderer", "--data", str(self.data), "--out", str(self.out), "--device", "cpu", *words]
        return CliRunner().invoke(main, line, prog_name="partimento")

    def fill(self, programs: int = 128, font: str = "mine.sf2", size: int = 9, sum256: str = "0") -> None:
        """Data as the makers leave them, without shards."""
        facts = {"name": font, "bytes": size, "sha256": sum256}
        shards = tuple(Shard(program, (), 0, "") for program in range(programs))
        write_manifest(self.data / "instruments", Manifest(facts, "2.3.1", {}, shards))
        (self.data / "kits").mkdir(exist_ok=True)
        (self.data / "kits" / "manifest.json").write_text("{}")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Complete data, from which TinyTask and kits of two numbers are learned."""
    found = Place(tmp_path / "sounds", tmp_path / "out")

    class Finished(TinyTask):
        def final(self, state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
            return {name: tensor * 0 for name, tensor in state.items()}

    def task(data: Path, seed: int, steps: int, soundfont: Path | None) -> TinyTask:
        found.asked.append(f"instruments {data.name} {seed} {steps} {soundfont and soundfont.name}")
        made = Finished(breaks=found.breaks)
        made.name = "instruments"
        return made

    def train_kits(
        folder: Path, out: Path, device: torch.device, *, seed: int, minutes: float | None,
        report: Callable[[str], None],
    ) -> Path:  # fmt: skip
        found.asked.append(f"kits {folder.name} {seed} {'' if minutes is None else round(minutes, 3)}")
        (out / "kits.json").write_text('{"held_out": {"sc": 0.25}}')
        return save_weights(out / "kits.safetensors", "kits", {}, {"a": torch.tensor([float(seed), 1.0])})

    def make_kits_data(soundfont: Path, folder: Path, report: Callable[[str], None]) -> None:
        found.asked.append(f"kits of {soundfont.name}")

    def make_data(soundfont: Path, folder: Path, *, jobs: int, report: Callable[[str], None]) -> None:
        found.asked.append(f"data of {soundfont.name} by {jobs}")
        found.fill()

    for name, held in (
        ("training", {"CONFIG": CONFIG, "task": task}),
        ("kits_training", {"train_kits": train_kits}),
        ("kits_data", {"make_kits_data": make_kits_data}),
    ):
        module = ModuleType(name)
        vars(module).update(held)
        monkeypatch.setitem(sys.modules, f"partimento.synth.neural.{name}", module)
    monkeypatch.setattr(renderer_training, "make_data", make_data)
    found.fill()
    return found


def refused(result: Result, *words: str, code: int = 2) -> None:
    """One line on stderr that says `words`, nothing on stdout."""
    error = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert (result.exit_code, result.stdout, len(error)) == (code, "", 1), result.output
    assert all(word in error[0] for word in words), error


def names(result: Result) -> list[str]:
    assert result.exit_code == 0, result.output
    return [Path(line).name for line in result.stdout.splitlines()]


def test_instruments_and_kits_are_trained_with_cards(place: Place) -> None:
    result = place.run("--seed", "3")
    assert names(result) == INSTRUMENTS + KITS
    assert place.asked == ["instruments instruments 3 30 None", "kits kits 3 "]
    assert not any(map(torch.any, load_weights(place.out / "instruments.safetensors", "instruments")[1].values()))
    facts = read_facts(place.out / "instruments.json")
    assert facts["data"] == [{"file": "mine.sf2", "licence": "unknown"}] and facts["parameters"] == 13
    kits = read_facts(place.out / "kits.json")
    assert kits["held_out"] == {"sc": 0.25} and kits["parameters"] == 2 and kits["config"]["seed"] == 3
    assert "| sc | 0.25 |" in (place.out / "kits.md").read_text()
    assert load_weights(place.out / "kits.safetensors", "kits")[1]["a"].tolist() == [3.0, 1.0]


def test_the_licence_is_that_of_the_very_file(place: Place) -> None:
    real = next(font for font in catalogue() if font.name == "MuseScore General").known[0]
    place.fill(font=real.file, size=real.size_bytes, sum256=real.sha256)
    assert place.run().exit_code == 0
    assert read_facts(place.out / "kits.json")["data"][0]["licence"].startswith("MIT (")
    place.fill(font=real.file, size=real.size_bytes, sum256="another")
    assert place.run("--fresh", "--force").exit_code == 0
    assert read_facts(place.out / "kits.json")["data"][0]["licence"] == "unknown"


def test_kits_that_are_done_are_kept_unless_asked_for_or_other(place: Place) -> None:
    assert place.run().exit_code == 0
    again = place.run()
    assert names(again) == INSTRUMENTS + KITS and "is done" in again.stderr
    assert [line for line in place.asked if line.startswith("kits")] == ["kits kits 0 "]
    assert place.run("--fresh", "--force").exit_code == 0
    (place.data / "kits" / "manifest.json").write_text("[]")
    assert place.run().exit_code == 0
    (place.out / "kits.safetensors").write_bytes(b"")
    assert place.run().exit_code == 0
    assert len([line for line in place.asked if line.startswith("kits")]) == 4


def test_minutes_are_shared_and_the_same_command_goes_on(place: Place) -> None:
    first = place.run("--minutes", "0.00001")
    assert names(first) == INSTRUMENTS + KITS and "unfinished; the same command goes on" in first.stderr
    again = place.run()
    assert again.exit_code == 0 and "goes on at step 1 of 30" in again.stderr and "unfinished" not in again.stderr
    assert place.asked[1] == "kits kits 0 0.0"


def test_a_soundfont_fills_the_folder_first(place: Place) -> None:
    font = min(find_soundfonts(), key=lambda each: each.size_bytes).path.resolve()
    place.data = place.data.parent / "new"
    assert place.run("--soundfont", str(font), "--threads", "3", "--steps", "12").exit_code == 0
    assert place.asked[:2] == [f"data of {font.name} by 3", f"kits of {font.name}"]
    assert place.asked[2] == f"instruments instruments 0 12 {font.name}"


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda data: data.rename(data.parent / "away"), ("is not there", "--soundfont FILE")),
        (lambda data: (data / "instruments" / "manifest.json").unlink(), ("has no manifest.json", "--soundfont")),
        (lambda data: (data / "instruments" / "manifest.json").write_text("{}"), ("another kind",)),
        (lambda data: (data / "kits" / "manifest.json").unlink(), ("strokes of kits", "--soundfont")),
    ],
)
def test_data_that_lack_are_told_before_anything_is_trained(
    place: Place, spoil: Callable[[Path], object], words: tuple[str, ...]
) -> None:
    spoil(place.data)
    refused(place.run(), *words)
    assert place.asked == [] and not place.out.exists()


def test_data_of_some_programs_are_not_enough(place: Place) -> None:
    place.fill(127)
    refused(place.run(), "127 of 128 programs", "--soundfont")


def test_a_file_is_no_folder_of_data(place: Place, tmp_path: Path) -> None:
    place.data = tmp_path / "file"
    place.data.write_text("")
    refused(place.run(), "is a file")
    font = str(find_soundfonts()[0].path)
    refused(place.run("--soundfont", font), "file", code=1)


@pytest.mark.parametrize(("bytes_of", "words"), [(None, "cannot be read"), (b"RIFF", "not a SoundFont")])
def test_what_is_no_soundfont_is_told(place: Place, tmp_path: Path, bytes_of: bytes | None, words: str) -> None:
    if bytes_of is not None:
        (tmp_path / "x.sf2").write_bytes(bytes_of)
    refused(place.run("--soundfont", str(tmp_path / "x.sf2")), words, code=1)
    assert place.asked == []


def test_without_fluidsynth_the_way_to_it_is_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(*_: object, **__: object) -> None:
        raise RenderError("no sound without the FluidSynth library. To get it: apt-get install libfluidsynth3")

    monkeypatch.setattr(renderer_training, "make_data", lacking)
    font = str(find_soundfonts()[0].path)
    refused(place.run("--soundfont", font), "FluidSynth library", code=1)
    assert place.run().exit_code == 0


def test_finished_weights_are_not_overwritten_without_a_word(place: Place) -> None:
    place.out.mkdir()
    (place.out / "kits.safetensors").write_bytes(b"mine")
    refused(place.run(), "kits.safetensors", "--force", code=1)
    assert place.asked == []
    assert place.run("--force").exit_code == 0


def test_a_loss_that_is_no_number_trains_no_kits(place: Place) -> None:
    place.breaks = 4
    refused(place.run(), "step 4 is no number")
    assert not (place.out / "kits.safetensors").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["rendrer", "--data", "x"], ("Did you mean 'renderer'", "melody")),
        (["melody", "--data", "x", "--soundfont", "y"], ("--soundfont", "renderer")),
        (["renderer", "--finetune", "x"], ("--finetune", "melody")),
        (["renderer", "--soundfont", "x"], ("--data",)),
    ],
)
def test_wrong_words_are_refused(words: list[str], says: tuple[str, ...]) -> None:
    refused(CliRunner().invoke(main, ["train", *words], prog_name="partimento"), *says)


def test_a_damaged_record_of_kits_is_written_anew(place: Place) -> None:
    assert place.run().exit_code == 0
    (place.out / "kits.json").write_text("[")
    assert place.run().exit_code == 0
    assert json.loads((place.out / "kits.json").read_text())["model"] == "kits"


def test_cards_can_be_made_anew_from_the_facts(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert place.run().exit_code == 0
    cards = {path: path.read_bytes() for path in place.out.glob("*.md")}
    for path in cards:
        path.unlink()
    rewrite_cards([str(place.out / "kits.json"), str(place.out / "instruments.json")], ABOUT)
    assert {path: path.read_bytes() for path in place.out.glob("*.md")} == cards and len(cards) == 2
    assert capsys.readouterr().out.splitlines()[1] == str(place.out / "kits.md")
    assert all(ABOUT[path.stem] in data.decode() for path, data in cards.items())
