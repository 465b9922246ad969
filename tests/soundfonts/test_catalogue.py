"""The catalogue: its schema holds, names lead to fonts, hashes are those of the files at hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from partimento.soundfonts.catalogue import CatalogueFont, Source, catalogue, font_called, known_font
from partimento.soundfonts.download import file_hash
from partimento.soundfonts.finding import find_soundfonts
from partimento.soundfonts.measured import identity, known_report
from partimento.theory.errors import BriefError


def test_the_order_is_that_of_worth() -> None:
    assert [font.name for font in catalogue()][:5] == [
        "MuseScore General", "FluidR3 GM", "MuseScore General Lite", "FluidR3Mono GM", "TimGM6mb",
    ]
    assert len({font.name for font in catalogue()}) == len(catalogue())


def test_hashes_and_reports_belong_to_the_files_at_hand() -> None:
    checked = 0
    for font in find_soundfonts():
        known = known_font(font.path, font.size_bytes)
        for each in known.known if known else ():
            if each.size_bytes == font.size_bytes:
                # A hash of the largest takes half a second; its two ends are enough of it here.
                if font.size_bytes < 50_000_000:
                    assert file_hash(font.path) == each.sha256
                assert known_report(identity(font.path)) is not None
                checked += 1
    assert checked, "the font inside pretty_midi is always there"


def test_what_is_fetched_is_a_known_file() -> None:
    sources = [(font, source) for font in catalogue() for source in font.source]
    assert sources
    for font, source in sources:
        assert (source.file, source.size_bytes, source.sha256) in {
            (each.file, each.size_bytes, each.sha256) for each in font.known
        }


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("MuseScore General", "MuseScore General"),
        ("musescore-general", "MuseScore General"),
        ("musescore_general_lite.sf3", "MuseScore General Lite"),
        ("fluidr3", "FluidR3 GM"),
        ("TIMGM6MB", "TimGM6mb"),
        ("fluid-soundfont-gm", "FluidR3 GM"),
    ],
)
def test_a_name_may_be_written_freely(asked: str, name: str) -> None:
    assert font_called(asked).name == name


@pytest.mark.parametrize("asked", ["", "   ", "nonsense", "\x1b"])
def test_an_unknown_name_is_an_error(asked: str) -> None:
    with pytest.raises(BriefError, match="no SoundFont is called"):
        font_called(asked)
    with pytest.raises(BriefError, match="Did you mean 'TimGM6mb'"):
        font_called("timgm7mb")


def test_a_known_size_goes_before_the_name() -> None:
    for name, size, found in (
        ("MuseScore_General.sf3", 39900972, "MuseScore General Lite"),
        ("MuseScore_General.sf3", 12345, "MuseScore General"),
        ("FluidR3Mono_GM.sf3", 5, "FluidR3Mono GM"),
    ):
        known = known_font(Path(name), size)
        assert known is not None and known.name == found
    assert known_font(Path("mine.sf2"), 39900972) is None


def test_a_slip_in_the_file_is_an_error() -> None:
    good = catalogue()[0].model_dump()
    CatalogueFont.model_validate(good)
    for slip, wrong in (("licens", "MIT"), ("files", ()), ("rank", 10)):
        with pytest.raises(ValidationError):
            CatalogueFont.model_validate({**good, slip: wrong})
    for key, value in (("address", "http://x/y"), ("sha256", "abc"), ("size_bytes", 0)):
        with pytest.raises(ValidationError):
            Source.model_validate({**font_called("MuseScore General Lite").source[0].model_dump(), key: value})
