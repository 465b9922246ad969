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
from partimento.theory.errors import RenderError


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
    assert "To mend SoundFont: apt-get install fluid-soundfont-gm" in result.stdout


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
