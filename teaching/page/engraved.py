"""A Page engraved for a screen: tall SVG sheets whose notes, bars and signs can be found again by tick.

Conventions: ticks as in the Page; a sheet is `SHEET_MM` wide, its height follows from the music. What stands under the
staves (numerals, closes) is set by verovio, so that it runs into nothing. RenderError without verovio.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from partimento.score.notation.engrave import VEROVIO_STAFF, common_options, toolkit_of, verovio_module
from partimento.score.notation.engrave_mei import NS, XML, Mei
from partimento.score.notation.engrave_sheet import sheet_of
from partimento.score.notation.engrave_svg import PageSize, clean_page
from partimento.score.notation.musicxml import musicxml
from partimento.score.notation.page import Page
from partimento.teaching.naming import Naming
from partimento.theory.meter import TICKS
from partimento.theory.pitch import Pitch

SHEET_MM = 190.0
MARGIN_MM = 3.0
LAST_MM = 7.0
"""Room under the last staff's signs, for the name of a close."""

STAFF_MM = 6.0
CLOSE_SIZE, CLOSE_DROP = 330, 400
"""Letters of a close's name, and how far under the numeral it stands, in verovio's inner units."""

MOST_MM = 125.0
"""A sheet's greatest height; longer music goes on over several sheets. A printer parts paper between sheets alone, so
that a sheet is to be less than half of one."""

_ALTERS = {"s": 1, "f": -1, "ss": 2, "x": 2, "ff": -2, "n": 0}
"""MEI's accidentals, in half steps."""

_OPEN = re.compile(r'<g id="([^"]+)" class="([^"]*)"')
_DEFS = re.compile(r"<defs>(.*?)</defs>", re.DOTALL)
_GLYPH = re.compile(r'<g id="([0-9A-F]+)">.*?</g>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Below:
    """A numeral under the lowest staff at a tick, and the name of a close on the line under it, "" for none."""

    tick: int
    numeral: str
    close: str = ""


@dataclass(frozen=True, slots=True)
class Engraved:
    """`sheets` are SVG texts without the glyphs that they use: `glyphs` holds these by id, as SVG groups.

    In the sheets an element's class holds `id-X`; `notes` maps X of a note to its tick and MIDI number, `below` X of a
    sign to its place in the list that was given.
    """

    sheets: tuple[str, ...]
    glyphs: Mapping[str, str]
    notes: Mapping[str, tuple[int, int]]
    below: Mapping[str, int]


def engraved(
    page: Page, below: Sequence[Below] = (), *, width: float = SHEET_MM, staff: float = STAFF_MM,
    naming: Naming | None = None,
) -> Engraved:  # fmt: skip
    """The page set for a screen, `width` mm wide with staves `staff` mm high, without title; chords called as `naming`
    does."""
    verovio = verovio_module()
    sheet, text = sheet_of(musicxml(page))
    mei = Mei(toolkit_of(verovio, text, "xml", common_options()).getMEI())
    mei.set_keys(sheet)
    mei.brace_staves()
    mei.join_swing()
    mei.keep_spaces()
    mei.place_marks()
    mei.place_symbols(sheet)
    if naming is not None and naming.notes != "english":
        _name_symbols(mei, page, naming)
    if len(page.parts) == 1:
        mei.drop_names()
    if page.bars[0].number > 1:  # verovio numbers each line's first bar, but not the first line's
        first = SubElement(
            mei.measures()[0][1], f"{NS}dir", {"staff": "1", "tstamp": "0", "place": "above", "ho": "-14"}
        )
        SubElement(first, f"{NS}rend", {"fontsize": "small", "fontstyle": "italic"}).text = str(page.bars[0].number)
    mei.drop_breaks()
    mei.set_headings("", "", "", "")
    _set_below(mei, page, below, sheet.staves)
    toolkit = toolkit_of(
        verovio, mei.text(), "mei", _options(width, staff, LAST_MM if any(sign.close for sign in below) else MARGIN_MM)
    )
    notes = _notes(toolkit.renderToTimemap(), mei, page.bars[0].start)
    sheets, glyphs = [], dict[str, str]()
    for number in range(1, toolkit.getPageCount() + 1):
        svg = _with_closes(_clean(toolkit.renderToSVG(number), width, page.title), below)
        glyphs.update((found[1], found[0]) for found in _GLYPH.finditer(svg))
        sheets.append(_DEFS.sub("", svg, count=1))
    return Engraved(tuple(sheets), glyphs, notes, {f"below-{place}": place for place in range(len(below))})


def _options(width: float, staff: float, bottom: float) -> dict[str, object]:
    scale = VEROVIO_STAFF / staff
    margin = round(MARGIN_MM * scale)
    return {
        **common_options(), "breaks": "auto", "header": "none", "adjustPageHeight": True,
        "pageWidth": round(width * scale), "pageHeight": round(MOST_MM * scale), "pageMarginTop": margin,
        "pageMarginBottom": round(bottom * scale), "pageMarginLeft": margin, "pageMarginRight": margin,
        "justifyVertically": False, "minLastJustification": 0.7, "lyricTopMinMargin": 3.5,
    }  # fmt: skip


def _set_below(mei: Mei, page: Page, below: Sequence[Below], staves: int) -> None:
    measures = mei.measures()
    starts = [bar.start for bar in page.bars]
    for place, sign in enumerate(below):
        index = bisect_right(starts, sign.tick) - 1
        if not 0 <= index < len(measures):
            continue
        bar = page.bars[index]
        beat = 1 + (sign.tick - bar.start) / (4 * TICKS / bar.meter.denominator)
        element = SubElement(measures[index][1], f"{NS}harm", {
            "place": "below", "staff": str(staves), "tstamp": f"{beat:g}", f"{XML}id": f"below-{place}",
        })  # fmt: skip
        element.text = sign.numeral


def _name_symbols(mei: Mei, page: Page, naming: Naming) -> None:
    """The chord symbols in the reader's own names of notes."""
    for index, (_, measure) in enumerate(mei.measures()[: len(page.bars)]):
        written = [symbol for part in page.parts for symbol in part.measures[index].harmonies]
        drawn = [harm for harm in measure.findall(f"{NS}harm") if harm.find(f"{NS}fb") is None]
        drawn.sort(key=lambda harm: float(harm.get("tstamp", "0")))
        if len(drawn) != len(written):
            continue
        for harm, symbol in zip(drawn, sorted(written, key=lambda symbol: symbol.onset), strict=True):
            if symbol.chord is not None:
                for child in list(harm):
                    harm.remove(child)
                harm.text = naming.chord(symbol.chord)


def _notes(timemap: Sequence[Mapping[str, Any]], mei: Mei, begins: int) -> dict[str, tuple[int, int]]:
    """The notes by name, with tick and MIDI number; of tied ones the first."""
    numbers = {note.get(f"{XML}id", ""): _number(note) for note in mei.root.iter(f"{NS}note")}
    return {
        name: (begins + round(float(moment["qstamp"]) * TICKS), numbers[name])
        for moment in timemap
        for name in moment.get("on", ())
        if name in numbers
    }


def _number(note: Element) -> int:
    """The MIDI number of MEI's note, written or understood accidentals included; -1 of an unpitched one."""
    letter, octave = note.get("pname", ""), note.get("oct", "")
    if not letter or not octave:
        return -1
    sign = next((child for child in note.iter(f"{NS}accid")), note)
    alter = sign.get("accid.ges") or sign.get("accid") or ""
    return Pitch(letter.upper(), _ALTERS.get(alter, 0), int(octave)).midi


def _clean(svg: str, width: float, title: str) -> str:
    """The page as ours, the ids of its parts kept as classes."""
    kept = _OPEN.sub(r'<g class="\2 id-\1"', svg)
    view = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', kept)
    height = width * float(view[2]) / float(view[1]) if view else MOST_MM
    return clean_page(kept, PageSize(width, height, MARGIN_MM), title, 1)


def _with_closes(svg: str, below: Sequence[Below]) -> str:
    """With the names of closes under their numerals: verovio would set them nearer to the staff."""
    for place, sign in enumerate(below):
        if sign.close:
            found = re.search(rf'<g class="[^"]*\bid-below-{place}\b[^"]*">.*?</g>', svg, re.DOTALL)
            at = re.search(r'x="(-?\d+)" y="(-?\d+)"', found[0]) if found else None
            if found and at:
                drawn = (
                    f'<text class="close" x="{at[1]}" y="{int(at[2]) + CLOSE_DROP}" font-size="{CLOSE_SIZE}px" '
                    f'font-weight="bold">{escape(sign.close)}</text></g>'
                )
                svg = svg[: found.end() - 4] + drawn + svg[found.end() :]
    return svg


def element_of(svg: Element, name: str) -> Element | None:
    """The element that verovio called `name`."""
    wanted = f"id-{name}"
    return next((element for element in svg.iter() if wanted in element.get("class", "").split()), None)
