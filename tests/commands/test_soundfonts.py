"""`partimento soundfonts`: what is listed, shown, checked, chosen and fetched; every mistake is one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from partimento.commands import soundfonts
from partimento.soundfonts import finding
from partimento.synth.font_probe import fluidsynth_version
from partimento.tests.soundfonts import small_font
from partimento.theory.errors import BriefError, OutputError, PartimentoError, RenderError

try:
    fluidsynth_version()
    _missing = ""
except RenderError as error:
    _missing = str(error)

ZONES = {(0, 0): (21, 108), (0, 43): (20, 57), (128, 0): (35, 81)}


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder with fonts; nothing of this user's is touched."""
    monkeypatch.delenv(finding.VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(finding, "folders", lambda: (tmp_path / "shelf",))
    monkeypatch.setattr(finding, "_packaged", lambda: ())
    small_font.write_font(tmp_path / "shelf" / "FluidR3_GM.sf2", ZONES)
    return tmp_path / "shelf"


def run(*words: str) -> Result:
    return CliRunner().invoke(soundfonts.command, list(words))


def failed(kind: type[PartimentoError], *words: str) -> str:
    result = run(*words)
    assert isinstance(result.exception, kind), result.exception
    said = str(result.exception)
    assert "\n" not in said and "Traceback" not in said
    return said


def test_list_marks_the_font_in_use_and_names_what_can_be_had(shelf: Path) -> None:
    small_font.write_font(shelf / "own.sf2", ZONES)
    result = run("list")
    lines = result.stdout.splitlines()
    assert lines[0].startswith("* FluidR3 GM") and lines[0].endswith("FluidR3_GM.sf2")
    assert lines[1].startswith("  own") and "unknown" in lines[1]
    assert any("MuseScore General Lite" in line and "soundfonts install" in line for line in lines)
    assert run().stdout == result.stdout
    rows = json.loads(run("list", "--json").stdout)
    assert [row["name"] for row in rows if row["path"]] == ["FluidR3 GM", "own"]
    assert [row["name"] for row in rows if row["in_use"]] == ["FluidR3 GM"]


def test_list_without_a_font_lists_what_can_be_had(shelf: Path) -> None:
    (shelf / "FluidR3_GM.sf2").unlink()
    result = run("list")
    assert result.exit_code == 0
    assert "FluidR3 GM" in result.stdout and "No SoundFont found" in result.stderr


def test_show_tells_what_is_known_and_what_the_file_says(shelf: Path) -> None:
    said = run("show", "fluidr3").stdout
    for part in ("Licence   MIT", "SF2, version 2.01", "Bank 0 (General MIDI): 2", "44  P0-43", "Bank 128 (drum kits)"):
        assert part in said
    facts = json.loads(run("show", str(shelf / "FluidR3_GM.sf2"), "--json").stdout)
    assert facts["banks"]["128"] == [{"program": 0, "name": "P128-0"}]
    said = run("show", "musescore general lite").stdout
    assert "not on this machine; to get it: partimento soundfonts install 'MuseScore General Lite'" in said
    assert json.loads(run("show", "generaluser", "--json").stdout)["path"] is None


@pytest.mark.skipif(bool(_missing), reason=_missing or "there")
def test_check_lists_gaps_and_levels(shelf: Path) -> None:
    result = run("check")
    assert result.exit_code == 0
    assert "silent: Bb3-C4" in result.stdout
    assert "2 programs, 126 of General MIDI's lacking, 1 with gaps; levels span" in result.stdout
    data = json.loads(run("check", "fluidr3", "--json").stdout)
    contrabass = next(row for row in data["programs"] if row["program"] == 43)
    assert (contrabass["sounds"], contrabass["gaps"]) == ([[20, 57]], [58, 59, 60])
    assert "Silent in P0-43: Bb3-C4" in run("show", "fluidr3").stdout


def test_use_and_use_default(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = small_font.write_font(shelf.parent / "own.sf2", ZONES)
    assert str(own) in run("use", str(own)).stdout
    assert finding.default_soundfont().path == own
    monkeypatch.setenv(finding.VARIABLE, str(shelf / "FluidR3_GM.sf2"))
    assert "is set and goes before it" in run("use", "FluidR3 GM").stderr
    monkeypatch.delenv(finding.VARIABLE)
    run("use", str(own))
    assert "In use: FluidR3 GM" in run("use", "--default").stdout


def test_install_tells_licence_and_size_first(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def fetched(font: object, progress: object) -> Path:
        asked.append(getattr(font, "name", ""))
        return shelf / "x.sf2"

    monkeypatch.setattr("partimento.soundfonts.install.install", fetched)
    result = run("install", "musescore general lite")
    assert asked == ["MuseScore General Lite"]
    assert result.stdout == f"{shelf / 'x.sf2'}\n"
    assert "40 MB to fetch" in result.stderr and "Licence: MIT" in result.stderr


def test_mistakes_are_one_line(shelf: Path, tmp_path: Path) -> None:
    for word in ("show", "check", "use", "install"):
        assert "Did you mean 'TimGM6mb'" in failed(BriefError, word, "timgm7mb")
    assert "soundfonts install 'MuseScore General Lite'" in failed(RenderError, "use", "musescore general lite")
    assert "By hand" not in failed(RenderError, "check", "generaluser")
    assert "licence that is not known here" in failed(RenderError, "install", "generaluser")
    for name, content in (("a.sf2", b""), ("b.sf2", b"RIFF\xff\xff\xff\x0fsfbk"), ("c.sf2", b"RIFF\x04\0\0\0sfbk")):
        (tmp_path / name).write_bytes(content)
        for word in ("show", "check", "use"):
            failed(RenderError, word, str(tmp_path / name))
    for word in ("show", "check", "use"):
        failed(RenderError, word, str(tmp_path / "gone.sf2"))
        failed(RenderError, word, f"{tmp_path}/")
    (tmp_path / "drums.sf2").write_bytes(small_font.header_bytes([(128, 0, "Kit")]))
    assert "no General MIDI programs" in failed(RenderError, "use", str(tmp_path / "drums.sf2"))
    assert run("use").exit_code == 2 and run("use", "--default", "x").exit_code == 2


def test_a_choice_that_cannot_be_written(shelf: Path) -> None:
    (shelf.parent / "config").write_bytes(b"")
    assert "cannot be written" in failed(OutputError, "use", "fluidr3")
