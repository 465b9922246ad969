"""What text and music glyphs measure: verovio's own metrics, so that text is set where verovio left room for it.

Conventions: widths are in ems (1 is the font size); glyph paths are in thousandths of an em, y upwards, as SMuFL fonts
draw them. Leipzig is verovio's music font (SIL Open Font License); its outlines come with the verovio package.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

MUSIC_FONT = "Leipzig"
ACCIDENTALS = {"♭": "E260", "♮": "E261", "♯": "E262", "𝄫": "E264", "𝄪": "E263"}
"""Accidentals that plain text holds, and the music font's glyphs for them (SMuFL, standard accidentals)."""

TEXT_ACCIDENTALS = {chr(int(code, 16)): code for code in ACCIDENTALS.values()} | {
    "\uea63": "E264", "\uea64": "E260", "\uea65": "E261", "\uea66": "E262", "\uea67": "E263",
    "\ued60": "E260", "\ued61": "E261", "\ued62": "E262", "\ued63": "E263", "\ued64": "E264",
}  # fmt: skip
"""The same in the music font's private letters: of staves, of figured bass (verovio's in chords), of chord symbols."""

TEXT_TO_MUSIC = 405 / 720
"""verovio's size of text by its size of music glyphs in text."""

ACCIDENTAL_SCALE = 1.2
"""Size of such a glyph beside text of size 1: a flat a little taller than a capital letter."""

ACCIDENTAL_RISE = {"E260": 0.2, "E264": 0.2}
"""How far above the baseline its middle line is, in ems of the text; 0.3 of the others."""

ACCIDENTAL_SPACE = 0.04
"""Room after it, in ems of itself."""

MUSIC_SPACE = 0.08
"""A space between music glyphs in text, as before an augmentation dot, in ems of the music font."""

UNKNOWN_WIDTH = 0.6
"""Width of a character that the metrics lack."""


@cache
def data_folder() -> Path:
    """Where the verovio package keeps its fonts; the caller has made sure that verovio is installed."""
    import verovio

    return Path(verovio.__file__).parent / "data"


@cache
def _widths(file: str) -> dict[str, float]:
    root = ElementTree.parse(data_folder() / file).getroot()
    em = float(root.get("units-per-em", "1000"))
    found = {}
    for glyph in root.iter("g"):
        # an advance is left out where it is near the ink's: as much room again on the right as on the left
        left, ink = float(glyph.get("x", "0")), float(glyph.get("w", "0"))
        width = glyph.get("h-a-x") or ink + 2 * left
        # verovio writes the code of a Latin letter as the hex of its UTF-8, a glyph's as the code point
        found[glyph.get("c", "").upper()] = float(width) / em
    return found


def music_width(code: str) -> float:
    """Advance of the music glyph `code` ("E260"), 0 when the font lacks it."""
    return _widths(f"{MUSIC_FONT}.xml").get(code, 0.0)


@cache
def music_path(code: str) -> str:
    """The outline of the music glyph `code` as SVG path data, "" when the font lacks it."""
    if not re.fullmatch("[0-9A-F]{4,5}", code):
        return ""
    file = data_folder() / MUSIC_FONT / f"{code}.xml"
    if not file.is_file():
        return ""
    path = next((e for e in ElementTree.parse(file).iter() if e.tag.endswith("path")), None)
    return path.get("d", "") if path is not None else ""


def text_width(text: str, *, bold: bool = False, italic: bool = False) -> float:
    """Advance of plain `text` in Times, the metrics that verovio lays out with."""
    face = {(False, False): "", (True, False): "-bold", (False, True): "-italic", (True, True): "-bold-italic"}
    widths = _widths(f"text/Times{face[bold, italic]}.xml")
    plain = _widths("text/Times.xml")
    codes = (letter.encode().hex().upper() for letter in text.replace("\xa0", " "))
    return sum(widths.get(code) or plain.get(code, UNKNOWN_WIDTH) for code in codes)
