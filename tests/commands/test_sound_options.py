"""The options that say who plays: every command that renders takes them, tells who played, refuses what contradicts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from partimento.cli import main
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.midi_write import midi_bytes
from partimento.score.song_json import song_to_json
from partimento.synth import renderers
from partimento.synth.mix_json import settled_from_json
from partimento.synth.neural import shipped
from partimento.synth.neural.timbre import Timbre
from partimento.tests.synth.test_renderers import Beeper
from partimento.theory.errors import ModelError, RenderError


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Beeper]:
    """The neural renderers that were made; none of them plays anything but beeps."""
    found: list[Beeper] = []

    def loaded(timbres: Mapping[str, Timbre], device: str) -> Beeper:
        found.append(Beeper(timbres, device))
        return found[-1]

    monkeypatch.setattr(renderers, "_loaded", loaded)
    for module in (shipped, renderers):
        monkeypatch.setattr(module, "lack", lambda: ("", ""))
    return found


@pytest.fixture
def song(tmp_path: Path) -> Path:
    piece = compose(Brief(genre="pop", bars=4, seed=3, tempo_bpm=120.0))
    (tmp_path / "song.mid").write_bytes(midi_bytes(piece))
    path = tmp_path / "song.json"
    path.write_text(song_to_json(piece), encoding="utf-8")
    return path


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], prog_name="partimento")


def done(*words: str | Path) -> Result:
    result = run(*words)
    assert result.exit_code == 0, result.output
    return result


def refused(*words: str | Path, code: int = 2) -> str:
    """The one error line of a call that is refused."""
    result = run(*words)
    assert result.exit_code == code, result.output
    assert result.stdout == "" and "internal error" not in result.stderr
    return result.stderr.splitlines()[-1]


def test_every_command_that_renders_takes_them(made: list[Beeper], song: Path, tmp_path: Path) -> None:
    ways: list[tuple[str | Path, ...]] = [
        ("render", song, "-o", tmp_path / "a.wav"),
        ("render", tmp_path / "song.mid", "-o", tmp_path / "b.wav"),
        ("render", song, "--stems", "--out", tmp_path / "stems"),
        ("render", song, "--stream", tmp_path / "c.wav"),
        ("mix", song, "--set", "lufs=-16", "--out", tmp_path / "mixed"),
        ("export", song, "--to", "stems", "--out", tmp_path / "exported"),
        (
            "compose",
            "--genre",
            "pop",
            "--bars",
            "4",
            "--seed",
            "3",
            "--engine",
            "rules",
            "--out",
            tmp_path / "composed",
        ),
    ]
    for number, words in enumerate(ways, 1):
        result = done(*words, "--renderer", "neural", "--device", "cpu")
        assert "Played by the neural renderer." in result.stderr, words
        assert len(made) == number and made[-1].device == "cpu"


def test_programs_are_told_who_played(made: list[Beeper], song: Path, tmp_path: Path) -> None:
    def told(*words: str | Path) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(done(*words, "--renderer", "neural", "--json").stdout)
        return data

    assert told("render", song, "-o", tmp_path / "a.wav")["renderer"] == "neural"
    assert told("mix", song, "--report", tmp_path / "r", "--out", tmp_path / "mixed")["renderer"] == "neural"
    assert json.loads((tmp_path / "r" / "mix-report.json").read_text(encoding="utf-8"))["renderer"] == "neural"
    assert "Played by the neural renderer." in (tmp_path / "r" / "mix-report.md").read_text(encoding="utf-8")
    composed = told("compose", "--genre", "pop", "--bars", "4", "--engine", "rules", "--out", tmp_path / "s")
    assert composed["renderer"] == "neural" and composed["no_sound"] is None
    for folder in ("mixed", "s"):
        text = (tmp_path / folder / "mix.json").read_text(encoding="utf-8")
        assert json.loads(text)["measured"]["renderer"] == "neural" and settled_from_json(text).fits


def test_a_stored_mix_of_another_sound_is_not_used(made: list[Beeper], song: Path, tmp_path: Path) -> None:
    done("mix", song, "--renderer", "neural", "--set", "lufs=-16")
    line = "Streaming with the stored mix"
    assert line in done("render", song, "--stream", tmp_path / "a.wav", "--renderer", "neural").stderr
    bright = done("render", song, "--stream", tmp_path / "b.wav", "--timbre", "lead:brightness=2")
    assert line not in bright.stderr and made[-1].timbres


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--renderer", "nueral"), "Did you mean 'neural'"),
        (("--renderer", "fluidsynth", "--morph", "lead:flute=0.5"), "a morph and FluidSynth contradict"),
        (("--morph", "lead:flut=0.5"), "Did you mean 'flute'"),
        (("--timbre", "lead:brightness=99"), "from -12 to 12"),
        (("--device", "gpu"), "unknown device 'gpu'"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_made(
    made: list[Beeper], song: Path, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    for command in (("render", song), ("mix", song, "--set", "lufs=-16"), ("export", song, "--to", "stems")):
        assert said in refused(*command, "--out", tmp_path / "out.wav", *words)
    assert said in refused("compose", "--genre", "pop", "--out", tmp_path / "out", *words)
    assert not made and not (tmp_path / "out").exists()


def test_names_that_the_song_does_not_have_are_one_line(made: list[Beeper], song: Path, tmp_path: Path) -> None:
    assert "no track 'bagpipe'" in refused("render", song, "-o", tmp_path / "a.wav", "--timbre", "bagpipe:legato")
    words = ("compose", "--genre", "pop", "--bars", "4", "--engine", "rules", "--out", tmp_path / "s")
    assert "no track 'bagpipe'" in refused(*words, "--timbre", "bagpipe:legato")
    assert not (tmp_path / "s").exists()


def test_sound_options_need_sound(tmp_path: Path, song: Path) -> None:
    for words in (("--renderer", "neural"), ("--morph", "lead:flute=1"), ("--device", "cpu")):
        assert f"{words[0]} contradicts --no-audio" in refused("compose", "--genre", "pop", "--no-audio", *words)
        assert f"it contradicts {words[0]}" in refused("compose", "--genre", "pop", "--out", "-", *words)
        assert f"{words[0]} speaks of stems" in refused("export", song, "--to", "mid", *words)
    (tmp_path / "a.wav").write_bytes(b"")
    assert "--renderer is for songs" in refused("mix", tmp_path / "a.wav", "--renderer", "neural")


def test_what_was_asked_for_and_is_not_there_is_an_error(
    monkeypatch: pytest.MonkeyPatch, song: Path, tmp_path: Path
) -> None:
    monkeypatch.setattr(shipped, "find_spec", lambda name: None)
    line = refused("render", song, "-o", tmp_path / "a.wav", "--renderer", "neural", code=1)
    assert "PyTorch is missing" in line and "pip install torch" in line
    line = refused("compose", "--genre", "pop", "--bars", "4", "--out", tmp_path / "s", "--renderer", "neural", code=1)
    assert "PyTorch is missing" in line and not (tmp_path / "s").exists()


def test_damaged_weights_are_one_line(
    made: list[Beeper], monkeypatch: pytest.MonkeyPatch, song: Path, tmp_path: Path
) -> None:
    def damaged(timbres: object, device: str) -> object:
        raise ModelError("the weights 'x' are damaged: their checksum is another one")

    monkeypatch.setattr(renderers, "_loaded", damaged)
    monkeypatch.setenv(renderers.VARIABLE, "neural")
    assert "damaged" in refused("render", song, "-o", tmp_path / "a.wav", code=1)
    result = done("compose", "--genre", "pop", "--bars", "4", "--engine", "rules", "--out", tmp_path / "s")
    assert "No sound: the weights 'x' are damaged" in result.stderr and (tmp_path / "s" / "song.mid").is_file()
    assert "No sound: the weights" in done("mix", song, "--set", "lufs=-16").stderr


def test_where_nothing_can_play_all_but_the_sound_is_written(
    monkeypatch: pytest.MonkeyPatch, song: Path, tmp_path: Path
) -> None:
    def missing() -> None:
        raise RenderError("no sound without the FluidSynth library. To get it: apt-get install libfluidsynth3")

    monkeypatch.delenv(renderers.VARIABLE)
    monkeypatch.setattr(renderers, "library", missing)
    monkeypatch.setattr(renderers, "lack", lambda: ("PyTorch is missing", "torch"))
    words = ("compose", "--genre", "pop", "--bars", "4", "--engine", "rules", "--out", tmp_path / "s", "--json")
    told = json.loads(done(*words).stdout)
    assert told["renderer"] is None and "PyTorch is missing" in told["no_sound"]
    assert (tmp_path / "s" / "song.mid").is_file() and not (tmp_path / "s" / "mix.wav").exists()
    assert "PyTorch is missing" in refused("render", song, "-o", tmp_path / "a.wav", code=1)
