"""The header reader: what a font says of itself, and every way in which a file can lie."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.soundfonts import sf2
from partimento.soundfonts.finding import find_soundfonts
from partimento.tests.soundfonts import small_font
from partimento.theory.errors import RenderError


def test_names_version_and_presets_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.sf2"
    path.write_bytes(small_font.header_bytes([(128, 0, "Kit"), (0, 40, "Violin"), (0, 0, "Piano")]))
    header = sf2.read_header(path)
    assert (header.version, header.name, header.compressed) == ((2, 1), "Small", False)
    assert [(p.bank, p.program, p.name) for p in header.presets] == [
        (0, 0, "Piano"), (0, 40, "Violin"), (128, 0, "Kit"),
    ]


def test_sf3_is_told_and_needs_no_padding(tmp_path: Path) -> None:
    whole = small_font.header_bytes([(0, 0, "Piano")], version=(3, 1), name=b"Odd")
    # As the writers of SF3 leave it: the odd chunk INAM closes the list, and no byte pads it.
    body = whole[8:].replace(b"Odd\0", b"Odd", 1)
    at = body.index(b"INFO") - 4
    length = int.from_bytes(body[at : at + 4], "little") - 1
    body = body[:at] + length.to_bytes(4, "little") + body[at + 4 :]
    path = tmp_path / "a.sf3"
    path.write_bytes(b"RIFF" + len(body).to_bytes(4, "little") + body)
    assert sf2.read_header(path).compressed
    assert sf2.read_header(path).name == "Odd"


def test_a_terminal_is_told_nothing_it_would_obey(tmp_path: Path) -> None:
    path = tmp_path / "a.sf2"
    path.write_bytes(small_font.header_bytes([(0, 0, "Pi\x1b[31mano")], name=b"A\x1b]0;x\x07\nB\xe9\0tail"))
    header = sf2.read_header(path)
    assert header.name == "A ]0;x BÉ".replace("É", "é")
    assert header.presets[0].name == "Pi [31mano"


def test_every_font_here_can_be_read() -> None:
    for font in find_soundfonts():
        header = sf2.read_header(font.path)
        assert {p.program for p in header.presets if p.bank == 0} >= set(range(0, 120, 8))
        assert header.compressed == (font.path.suffix == ".sf3")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no RIFF sfbk header"),
        (b"RIFF", "no RIFF sfbk header"),
        (b"MThd" + bytes(30), "no RIFF sfbk header"),
        (b"RIFF\x04\x00\x00\x00sfbk", "does not say its version"),
        (b"RIFF\xff\xff\xff\x7fsfbk", "cut short, 12 bytes of"),
        (b"RIFF\x0c\x00\x00\x00sfbkLIST\xff\xff\xff\xff", "chunk LIST claims 4294967295 bytes, 0 are there"),
    ],
)
def test_a_file_that_is_no_font(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "bad.sf2"
    path.write_bytes(content)
    with pytest.raises(RenderError, match=said) as raised:
        sf2.read_header(path)
    assert "\n" not in str(raised.value)


def test_versions_and_tables_that_cannot_be(tmp_path: Path) -> None:
    path = tmp_path / "bad.sf2"
    path.write_bytes(small_font.header_bytes([(0, 0, "x")], version=(9, 0)))
    with pytest.raises(RenderError, match=r"version is 9\.0"):
        sf2.read_header(path)
    path.write_bytes(small_font.header_bytes([]))
    with pytest.raises(RenderError, match="no presets"):
        sf2.read_header(path)
    for name in (tmp_path, tmp_path / "gone.sf2", "a\0b"):
        with pytest.raises(RenderError, match="cannot be read"):
            sf2.read_header(name)


_WHOLE = small_font.header_bytes([(0, 0, "Piano"), (128, 0, "Kit")])


@given(st.integers(0, len(_WHOLE) - 1), st.binary(max_size=8), st.integers(0, len(_WHOLE)))
def test_damage_is_an_error_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, at: int, new: bytes, end: int
) -> None:
    path = tmp_path_factory.mktemp("damaged") / "a.sf2"
    path.write_bytes((_WHOLE[:at] + new + _WHOLE[at + len(new) :])[: max(end, at)])
    try:
        assert sf2.read_header(path).presets
    except RenderError as error:
        assert str(path) in str(error)
