"""The doctor: what lacks is told with its remedy; only what is essential makes it fail."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
from click.testing import CliRunner

from partimento.cli import main
from partimento.commands import doctor
from partimento.soundfonts import finding
from partimento.synth import renderers
from partimento.synth.neural import shipped
from partimento.tests.soundfonts import small_font
from partimento.theory.errors import RenderError


@pytest.fixture(autouse=True)
def own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of this user's is read or written."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def finding_of(name: str) -> doctor.Finding:
    return next(each for each in doctor.examine() if each.name == name)


def test_everything_in_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(finding.VARIABLE, raising=False)
    monkeypatch.setattr(doctor, "find_library", lambda name: f"lib{name}.so.3")
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 0
    assert "libfluidsynth.so.3" in result.stdout
    assert str(tmp_path) in result.stdout
    assert "Everything is in place." in result.stdout


def test_a_missing_package_is_essential(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_torch(name: str) -> str:
        if name == "torch":
            raise PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(doctor, "version", no_torch)
    result = CliRunner().invoke(main, ["doctor", "--json"])
    report = json.loads(result.stdout)
    assert (result.exit_code, report["ok"]) == (1, False)
    (lacking,) = (each for each in report["findings"] if not each["ok"] and each["essential"])
    assert lacking["name"] == "torch"
    assert lacking["fix"].endswith("-m pip install torch")


def test_models_without_weights_are_told_but_no_failure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PARTIMENTO_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    for model in ("melody", "drums"):
        (tmp_path / f"{model}.safetensors").write_bytes(b"")
    found = finding_of("neural models")
    assert not found.ok and not found.essential
    assert "weights of melody, drums" in found.state and "none of harmony, voicing, texture" in found.state
    for model in ("harmony", "voicing", "texture", "partimento/style-models/mine"):
        path = tmp_path / f"{model}.safetensors"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    assert finding_of("neural models").ok and finding_of("neural models").state.endswith("of your own: mine")


def test_missing_engravers_are_told_but_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_typst(name: str) -> str:
        if name == "typst":
            raise PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(doctor, "version", no_typst)
    found = finding_of("engraving")
    assert not found.ok and not found.essential
    assert "typst is missing" in found.state and found.fix.endswith("-m pip install verovio typst")


def test_no_library_and_no_font_are_told_but_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_there() -> finding.SoundFont:
        raise RenderError("none")

    monkeypatch.delenv(finding.VARIABLE, raising=False)
    monkeypatch.delenv("HOMEBREW_PREFIX", raising=False)
    monkeypatch.setattr(doctor, "find_library", lambda name: None)
    monkeypatch.setattr(doctor, "default_soundfont", none_there)
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 0
    assert "To mend libfluidsynth: " in result.stdout
    assert "To mend SoundFont: apt-get install musescore-general-soundfont" in result.stdout


def test_a_bad_variable_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(finding.VARIABLE, str(tmp_path / "gone.sf2"))
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 0
    assert "gone.sf2" in result.stdout
    assert f"To mend SoundFont: unset {finding.VARIABLE}" in result.stdout


def test_a_folder_that_takes_no_file_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(dir: str) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 0
    assert "not writable: Read-only file system" in result.stdout


def test_an_old_library_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "find_library", lambda name: "libfluidsynth.so.1")
    monkeypatch.setattr(doctor, "library_version", lambda library: (1, 1, 11))
    found = finding_of("libfluidsynth")
    assert (found.ok, found.essential) == (False, False)
    assert "1.1.11: older than 2.0.0" in found.state and found.fix


def test_a_version_that_cannot_be_asked_is_no_harm() -> None:
    assert doctor.library_version("/no/such/library.so") is None


@pytest.mark.parametrize(
    ("system", "said"), [("linux", "apt-get"), ("darwin", "brew install"), ("win32", "choco"), ("sunos5", "install")]
)
def test_the_cure_is_that_of_the_system(monkeypatch: pytest.MonkeyPatch, system: str, said: str) -> None:
    monkeypatch.setattr(doctor, "find_libfluidsynth", lambda: None)
    monkeypatch.setattr("sys.platform", system)
    assert said in doctor._library().fix
    assert "soundfonts install" in doctor._how("font")


def test_a_font_that_is_damaged_inside_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "bad.sf2").write_bytes(b"RIFF\x04\0\0\0sfbk")
    monkeypatch.setenv(finding.VARIABLE, str(tmp_path / "bad.sf2"))
    trouble = [each for each in doctor.examine() if each.name == "SoundFont" and not each.ok]
    assert len(trouble) == 1 and "is not a whole SoundFont" in trouble[0].state


def test_sf3_without_vorbis_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "a.sf3"
    path.write_bytes(small_font.header_bytes([(0, 0, "Piano")], version=(3, 1)))
    monkeypatch.setenv(finding.VARIABLE, str(path))
    monkeypatch.setattr(doctor, "sf3_support", lambda: False)
    trouble = [each for each in doctor.examine() if each.name == "SoundFont" and not each.ok]
    assert len(trouble) == 1 and "built without libsndfile" in trouble[0].state


def test_a_gone_choice_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(finding.VARIABLE, raising=False)
    finding.choose_font(tmp_path / "gone.sf2")
    assert finding_of("SoundFont").fix == "partimento soundfonts use --default"


def test_a_better_font_is_one_command_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(finding.VARIABLE, raising=False)
    monkeypatch.setattr(finding, "folders", lambda: ())
    better = finding_of("better sound")
    assert better.ok and "partimento soundfonts install 'MuseScore General Lite'" in better.state


def test_formats_that_lack_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert finding_of("audio formats").ok
    monkeypatch.setattr("soundfile.available_formats", lambda: {"WAV": "", "FLAC": "", "OGG": ""})
    found = finding_of("audio formats")
    assert "mp3 cannot be written" in found.state and found.fix.endswith("install -U soundfile")


def test_a_cache_that_takes_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / "cache").write_bytes(b"")
    found = finding_of("cache")
    assert (found.ok, found.essential, found.fix) == (False, False, "set XDG_CACHE_HOME to a folder of yours")


def test_who_plays_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    font = finding.SoundFont("Good", Path("/good.sf2"), "MIT", 9)
    monkeypatch.delenv(renderers.VARIABLE, raising=False)
    monkeypatch.setattr(renderers, "library", lambda: None)
    monkeypatch.setattr(renderers, "good_soundfont", lambda: font)
    monkeypatch.setattr(shipped, "lack", lambda: ("", ""))
    found = finding_of("renderer")
    assert found.ok and found.state.startswith("auto is FluidSynth with Good; nets from ") and not found.fix
    monkeypatch.setattr(renderers, "good_soundfont", lambda: None)
    monkeypatch.setattr(renderers, "lack", lambda: ("", ""))
    assert finding_of("renderer").state.startswith("auto is neural (since ")


def test_nets_that_cannot_play_are_told_but_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(renderers.VARIABLE, raising=False)
    monkeypatch.setattr(shipped, "lack", lambda: ("PyTorch is missing", "torch"))
    monkeypatch.setattr(renderers, "lack", lambda: ("PyTorch is missing", "torch"))
    monkeypatch.setattr(renderers, "library", lambda: None)
    monkeypatch.setattr(renderers, "good_soundfont", lambda: finding.SoundFont("Good", Path("/g.sf2"), "MIT", 9))
    found = finding_of("renderer")
    assert (found.ok, found.essential) == (False, False) and "the neural one cannot: PyTorch is missing" in found.state
    assert found.fix.endswith("-m pip install torch")

    def none_there() -> None:
        raise RenderError("no sound without the FluidSynth library")

    monkeypatch.setattr(renderers, "library", none_there)
    assert finding_of("renderer").state.startswith("none can play: no sound without the FluidSynth library; nor")
