"""Finding SoundFonts: the order of worth, damaged files, the variable that overrides."""

from __future__ import annotations

from pathlib import Path

import pytest

from partimento.soundfonts import finding
from partimento.theory.errors import OutputError, RenderError


def write_font(path: Path, promised: int = 4) -> Path:
    """A file with a SoundFont's header; whole when `promised` is 4."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"RIFF" + promised.to_bytes(4, "little") + b"sfbk")
    return path


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which SoundFonts are looked for."""
    monkeypatch.delenv(finding.VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(finding, "folders", lambda: (tmp_path / "shelf", tmp_path / "no such folder"))
    monkeypatch.setattr(finding, "_packaged", lambda: ())
    (tmp_path / "shelf").mkdir()
    return tmp_path / "shelf"


def test_the_better_known_font_comes_first(shelf: Path) -> None:
    for name in (
        "TimGM6mb.sf2", "Aaa.sf2", "MuseScore_General_Lite.sf3", "FluidR3_GS.sf2", "FluidR3_GM.sf2",
        "fluidr3mono_gm.sf3", "MuseScore_General_Full.sf3", "notes.txt",
    ):
        write_font(shelf / name)
    assert [font.name for font in finding.find_soundfonts()] == [
        "MuseScore General", "FluidR3 GM", "MuseScore General Lite", "FluidR3Mono GM", "TimGM6mb", "Aaa",
        "FluidR3 GS",
    ]
    assert finding.default_soundfont().licence == "MIT"


def test_a_link_is_the_font_it_leads_to(shelf: Path) -> None:
    small = write_font(shelf / "MuseScore_General_Lite.sf3")
    (shelf / "MuseScore_General.sf3").symlink_to(small)
    (font,) = finding.find_soundfonts()
    assert (font.name, font.path, font.size_bytes) == ("MuseScore General Lite", small, 12)


def test_damaged_files_are_passed_over(shelf: Path) -> None:
    write_font(shelf / "FluidR3_GM.sf2", promised=5)
    (shelf / "empty.sf2").touch()
    (shelf / "folder.sf2").mkdir()
    (shelf / "dangling.sf2").symlink_to(shelf / "nowhere")
    assert finding.find_soundfonts() == ()
    with pytest.raises(RenderError, match="No SoundFont found") as caught:
        finding.default_soundfont()
    assert caught.value.remedy == "no-soundfont"


@pytest.mark.parametrize("chosen", ["mine.sf2", "TimGM6mb.sf2"])
def test_the_variable_goes_before_all(shelf: Path, monkeypatch: pytest.MonkeyPatch, chosen: str) -> None:
    write_font(shelf / "FluidR3_GM.sf2")
    own = write_font(shelf.parent / chosen)
    monkeypatch.setenv(finding.VARIABLE, str(own))
    assert finding.default_soundfont().path == own
    assert [font.path.name for font in finding.find_soundfonts()] == [chosen, "FluidR3_GM.sf2"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: No such file"),
        (b"", "is not a SoundFont"),
        (b"MThd" + bytes(20), "is not a SoundFont"),
        (b"RIFF\xff\xff\xff\x00sfbk" + bytes(20), "is cut short"),
    ],
)
def test_a_bad_choice_is_an_error(
    shelf: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, said: str
) -> None:
    write_font(shelf / "FluidR3_GM.sf2")
    own = shelf.parent / "own.sf2"
    if content is not None:
        own.write_bytes(content)
    monkeypatch.setenv(finding.VARIABLE, str(own))
    with pytest.raises(RenderError, match=said):
        finding.default_soundfont()


def test_a_nul_or_unknown_home_in_the_name_is_an_error() -> None:
    for name in ("a\0b.sf2", "~nobody-of-that-name/a.sf2"):
        with pytest.raises(RenderError, match="cannot be read"):
            finding.check_soundfont(name)


def test_a_choice_is_remembered_and_forgotten(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_font(shelf / "MuseScore_General.sf3")
    own = write_font(shelf.parent / "elsewhere" / "own.sf2")
    other = write_font(shelf.parent / "other.sf2")
    finding.choose_font(own)
    assert [font.path for font in finding.find_soundfonts()] == [own, shelf / "MuseScore_General.sf3"]
    assert finding.default_soundfont().path == own
    monkeypatch.setenv(finding.VARIABLE, str(other))
    assert [font.path.name for font in finding.find_soundfonts()] == ["other.sf2", "own.sf2", "MuseScore_General.sf3"]
    assert finding.default_soundfont().path == other
    monkeypatch.delenv(finding.VARIABLE)
    own.unlink()
    with pytest.raises(RenderError, match="own.sf2") as caught:
        finding.default_soundfont()
    assert caught.value.remedy == "undo-soundfont"
    finding.choose_font(None)
    finding.choose_font(None)
    assert finding.default_soundfont().name == "MuseScore General"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"soundfont": 3}', b'{"soundfont": ""}', b"\xff"])
def test_a_choice_that_cannot_be_read_is_none(shelf: Path, content: bytes) -> None:
    write_font(shelf / "FluidR3_GM.sf2")
    place = shelf.parent / "config" / "partimento" / "soundfont.json"
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    assert finding.chosen_font() is None
    assert finding.default_soundfont().name == "FluidR3 GM"


def test_a_choice_that_cannot_be_written_is_an_error(shelf: Path) -> None:
    (shelf.parent / "config").write_bytes(b"a file where a folder should be")
    with pytest.raises(OutputError, match="cannot be written"):
        finding.choose_font(shelf)


def test_what_was_installed_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    own = write_font(tmp_path / "partimento" / "soundfonts" / "installed.sf2")
    assert own in [font.path for font in finding.find_soundfonts()]


def test_the_font_inside_pretty_midi_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(finding.VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(finding, "folders", lambda: ())
    font = finding.default_soundfont()
    assert (font.name, font.licence) == ("TimGM6mb", "GPL-2.0")
    assert font.size_bytes > 1_000_000
