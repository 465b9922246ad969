"""Engraving: MusicXML into pages that a player can read, as SVG, PDF and PNG.

verovio lays the music out and typst makes PDF and PNG; both are optional (the extra "engraving"). Conventions: lengths
are millimetres; pages are self-contained SVG texts. Equal input gives equal bytes with equal versions of both.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from partimento.score.notation.engrave_breaks import best_lines, page_shares
from partimento.score.notation.engrave_chords import raised_chords
from partimento.score.notation.engrave_glyphs import text_width
from partimento.score.notation.engrave_measure import Measured, lines_a_page, measured, overflows
from partimento.score.notation.engrave_mei import Mei, bar_length, has_mark
from partimento.score.notation.engrave_sheet import Sheet, sheet_of
from partimento.score.notation.engrave_svg import PageSize, clean_page
from partimento.theory.errors import RenderError, ScoreFormatError, nearest

KINDS = ("score", "part", "lead sheet")
STAFF_MM = {"part": 7.2, "lead sheet": 7.4}
"""Height of a staff that is read from a stand; printed parts have about 7 mm."""

SCORE_STAFF_MM = (4.5, 5.2, 6.2)
"""Least, wished and greatest height of a score's staff."""

LEAST_STAFF_MM = 1.5
"""Below this nothing can be read: so many staves are refused."""

LEAST_PART_MM = 7.0
SMALLER = (0.97, 0.946, 0.92, 0.895, 0.87)
"""Smaller staves that are tried for better lines."""

SQUEEZE = 0.93
"""How much smaller staves may become to save a page."""

VEROVIO_STAFF = 72
"""A staff's height in verovio's units when its unit is 9."""

HEADING = 3.4
"""Room of the first page's heading, in staff heights."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A sheet of paper with equal margins all round, in millimetres."""

    name: str
    width: float
    height: float
    margin: float = 15.0


A4 = Paper("a4", 210.0, 297.0)
LETTER = Paper("letter", 215.9, 279.4)


@dataclass(frozen=True, slots=True)
class Setting:
    """How music is set: staves `staff` mm high, not below `least`; `hints` are bars where the file breaks lines."""

    paper: Paper
    staff: float
    least: float
    line: Measured
    hints: tuple[int, ...]


def svg_pages(xml: bytes, paper: Paper = A4, *, kind: str = "score") -> tuple[str, ...]:
    """MusicXML as one self-contained SVG a page; `kind` is "score", "part" or "lead sheet".

    A staff of a part or lead sheet is at least 7 mm high; a score's is 4.5 to 6.2 mm, and smaller only where a system
    would not fit the page. Raises ScoreFormatError for what is no MusicXML, RenderError without verovio.
    """
    if kind not in KINDS:
        raise ScoreFormatError(f"kind {kind!r} is not one of {', '.join(KINDS)}.{nearest(kind, KINDS)}")
    verovio = verovio_module()
    sheet, text = sheet_of(xml)
    mei = Mei(toolkit_of(verovio, text, "xml", common_options()).getMEI())
    mei.set_keys(sheet)
    mei.brace_staves()
    mei.join_swing()
    mei.keep_spaces()
    mei.place_marks()
    mei.place_symbols(sheet)
    if kind != "score":
        mei.drop_names()
    if kind == "part":
        mei.join_rests()
    part = sheet.parts[0] if kind == "part" else ""
    subtitle = sheet.subtitle if sheet.subtitle != part else ""
    mei.set_headings(sheet.title, subtitle, part, sheet.composer)
    hints = mei.drop_breaks()
    line = _measured(verovio, mei)
    staff = STAFF_MM.get(kind) or score_staff(line.height, sheet, paper)
    least = LEAST_PART_MM if kind in STAFF_MM else min(staff, SCORE_STAFF_MM[0])
    pages = _laid_out(verovio, mei, Setting(paper, staff, least, line, tuple(hints)))
    size = PageSize(paper.width, paper.height, paper.margin)
    head = " – ".join(text for text in (sheet.title, part) if text)
    return tuple(clean_page(page, size, head, number) for number, page in enumerate(pages, 1))


def engrave_options(paper: Paper, staff_mm: float) -> dict[str, Any]:
    """verovio's options for staves `staff_mm` high on `paper`, lines broken where the file says."""
    scale = VEROVIO_STAFF / staff_mm
    margin = min(500, round(paper.margin * scale))
    return {
        **common_options(),
        "breaks": "line",
        "pageWidth": round(paper.width * scale),
        "pageHeight": round(paper.height * scale),
        "pageMarginTop": margin, "pageMarginBottom": margin, "pageMarginLeft": margin, "pageMarginRight": margin,
        "header": "encoded",
        "justifyVertically": True,
        "justificationMaxVertical": 0.3,
        "minLastJustification": 0.6,
    }  # fmt: skip


def score_staff(system_height: float, sheet: Sheet, paper: Paper) -> float:
    """Height in mm of a score's staves: as near to the wished one as systems that fill the page allow.

    `system_height` is a system's, in staff heights. Raises ScoreFormatError when the staves would be unreadably small.
    """
    least, wished, greatest = SCORE_STAFF_MM
    room = paper.height - 2 * paper.margin
    fitting = [room / (count * system_height + HEADING) for count in range(1, 13)]
    best = min((min(size, greatest) for size in fitting), key=lambda size: abs(size - wished))
    if best < least and fitting[0] >= least:
        best = least
    best = min(best, fitting[0])
    if best < LEAST_STAFF_MM:
        raise ScoreFormatError(
            f"{sheet.staves} staves do not fit a page of {paper.name}: engrave the parts, or on larger paper."
        )
    return best


def check_engraving() -> None:
    """RenderError when verovio or typst is not installed; neither is loaded."""
    for name in ("verovio", "typst"):
        if find_spec(name) is None:
            raise RenderError(f"engraving needs {name}: pip install 'partimento[engraving]'")


def pdf_of(svgs: Sequence[str], paper: Paper = A4) -> bytes:
    """One PDF of the pages, fonts embedded, text selectable. Raises RenderError without typst."""
    made = _typeset(svgs, paper, format="pdf")
    return bytes(made)


def png_of(svg: str, paper: Paper = A4, dpi: int = 150) -> bytes:
    """One page as a PNG on white, `dpi` (20-1200) dots an inch. Raises RenderError without typst."""
    if not 20 <= dpi <= 1200:
        raise ScoreFormatError(f"dpi {dpi} is out of range: 20-1200.")
    made = _typeset((svg,), paper, format="png", ppi=float(dpi))
    return bytes(made[0] if isinstance(made, list) else made)


def verovio_module() -> Any:
    """verovio, silent; RenderError where it is not installed."""
    try:
        import verovio
    except ImportError as error:
        raise RenderError("engraving needs verovio: pip install 'partimento[engraving]'") from error
    verovio.enableLog(verovio.LOG_OFF)
    return verovio


def common_options() -> dict[str, Any]:
    """The options that hold for everything engraved here."""
    return {
        "xmlIdSeed": 1, "svgViewBox": True, "svgFormatRaw": True, "smuflTextFont": "none", "footer": "none",
        "condense": "none", "lyricSize": 4.5, "spacingStaff": 10, "spacingSystem": 8, "mnumInterval": 0,
        "tieMinLength": 3.0, "slurCurveFactor": 0.5,
    }  # fmt: skip


def toolkit_of(verovio: Any, text: str, source: str, options: dict[str, Any]) -> Any:
    """A toolkit that has read `text`, "xml" or "mei"; ScoreFormatError where verovio cannot."""
    toolkit = verovio.toolkit()
    toolkit.setOptions({**options, "inputFrom": source})
    if not toolkit.loadData(text):
        raise ScoreFormatError("the MusicXML cannot be engraved: verovio does not read it.")
    return toolkit


def _measured(verovio: Any, mei: Mei) -> Measured:
    """The music on one endless line: how wide each bar is, how high the system."""
    options = {**common_options(), "breaks": "none", "header": "none", "noJustification": True,
               "pageWidth": 100000, "adjustPageWidth": True, "adjustPageHeight": True,
               "pageMarginTop": 0, "pageMarginBottom": 0}  # fmt: skip
    return measured(toolkit_of(verovio, mei.text(), "mei", options).renderToSVG(1))


def _lines(mei: Mei, setting: Setting, options: dict[str, Any]) -> tuple[list[int], float]:
    """The bars that begin lines, and what these lines cost."""
    line = setting.line
    measures = [measure for _, measure in mei.measures()]
    if len(line.widths) != len(measures):
        return list(setting.hints), 0.0
    room = 10.0 * (options["pageWidth"] - options["pageMarginLeft"] - options["pageMarginRight"])
    names = [label.text or "" for label in mei.root.iter() if label.tag.endswith("}labelAbbr")]
    indent = max((text_width(name) * 405 + 200 for name in names), default=0.0) + (240 if line.braced else 0)
    widths = [line.widths[0] - line.prefix, *line.widths[1:]]
    lengths = [bar_length(measure) for measure in measures]
    starts = sorted({*setting.hints, *(bar for bar, measure in enumerate(measures) if has_mark(measure))})
    return best_lines(widths, lengths, starts, room - indent - line.prefix, room - line.indent - line.prefix)


def _laid_out(verovio: Any, mei: Mei, setting: Setting) -> list[str]:
    """The pages; further layouts share the lines evenly and lift chord symbols over slurs, where that fits."""
    pages, options = _filled(verovio, mei, setting)
    pages = _shared(verovio, mei, options, pages)
    rises = raised_chords(pages)
    if not rises:
        return pages
    firsts = lines_a_page(pages)
    mei.drop_breaks()
    mei.set_breaks([bar for page in firsts for bar in page], [page[0] for page in firsts if page])
    mei.raise_chords(rises)
    clear = _rendered(verovio, mei, {**options, "breaks": "encoded"})
    return clear if len(clear) == len(pages) else pages


def _filled(verovio: Any, mei: Mei, setting: Setting) -> tuple[list[str], dict[str, Any]]:
    """The pages and their options; closer and a little smaller where that saves a last page of few lines."""
    staff = _best_staff(mei, setting)
    pages, options = _set(verovio, mei, setting, engrave_options(setting.paper, staff))
    counts = [len(page) for page in lines_a_page(pages)]
    if len(counts) > 1 and counts[-1] <= max(1, max(counts) // 4):
        smaller = max(setting.least, staff * SQUEEZE)
        closer = {**engrave_options(setting.paper, smaller), "spacingSystem": 4}
        fewer, closer = _set(verovio, mei, setting, closer)
        if len(fewer) < len(pages):
            return fewer, closer
    return pages, options


def _best_staff(mei: Mei, setting: Setting) -> float:
    """The staff's height, a little smaller where its lines come out clearly fuller and squarer."""
    sizes = [setting.staff, *(setting.staff * share for share in SMALLER if setting.staff * share >= setting.least)]

    def cost(size: float) -> float:
        return _lines(mei, setting, engrave_options(setting.paper, size))[1] * (1 + 3 * (1 - size / setting.staff))

    return min(sizes, key=cost)


def _set(verovio: Any, mei: Mei, setting: Setting, options: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    mei.drop_breaks()
    mei.set_breaks(_lines(mei, setting, options)[0], ())
    return _rendered(verovio, mei, options), options


def _shared(verovio: Any, mei: Mei, options: dict[str, Any], pages: list[str]) -> list[str]:
    """Pages that hold like numbers of lines, where that fits."""
    lines = lines_a_page(pages)
    shares = page_shares([len(page) for page in lines])
    if shares == [len(page) for page in lines] or sum(shares) != sum(len(page) for page in lines):
        return pages
    firsts = [bar for page in lines for bar in page]
    turns = [firsts[sum(shares[: page + 1])] for page in range(len(shares) - 1)]
    mei.drop_breaks()
    mei.set_breaks(firsts, turns)
    even = _rendered(verovio, mei, {**options, "breaks": "encoded"})
    return even if len(even) == len(pages) and not any(map(overflows, even)) else pages


def _rendered(verovio: Any, mei: Mei, options: dict[str, Any]) -> list[str]:
    toolkit = toolkit_of(verovio, mei.text(), "mei", options)
    return [toolkit.renderToSVG(page) for page in range(1, toolkit.getPageCount() + 1)]


def _text_fonts() -> list[Path]:
    """Where STIXGeneral lies, a Times with matplotlib: found without importing it. typst has no font so narrow."""
    found = find_spec("matplotlib")
    places = found.submodule_search_locations if found is not None else None
    fonts = [Path(place, "mpl-data", "fonts", "ttf") for place in places or ()]
    return [folder for folder in fonts if folder.is_dir()]


def _typeset(svgs: Sequence[str], paper: Paper, **how: Any) -> Any:
    try:
        import typst
    except ImportError as error:
        raise RenderError("PDF and PNG need verovio and typst: pip install 'partimento[engraving]'") from error
    named = re.search("<title>(.*?)</title>", svgs[0]) if svgs else None
    title = unescape(named[1]) if named else ""
    with tempfile.TemporaryDirectory(prefix="partimento-") as folder:
        lines = [
            f"#set page(width: {paper.width}mm, height: {paper.height}mm, margin: 0mm)",
            f"#set document(title: {json.dumps(title, ensure_ascii=False)}, date: none)",
        ]
        for number, svg in enumerate(svgs, 1):
            Path(folder, f"{number}.svg").write_text(svg, encoding="utf-8")
            break_before = "#pagebreak()\n" if number > 1 else ""
            lines.append(f'{break_before}#image("{number}.svg", width: 100%, height: 100%)')
        source = Path(folder, "pages.typ")
        source.write_text("\n".join(lines), encoding="utf-8")
        try:
            return typst.compile(
                str(source), root=folder, font_paths=_text_fonts(), ignore_system_fonts=True, timestamp=0, **how
            )
        except RuntimeError as error:
            raise RenderError(f"the pages cannot be typeset: {str(error).splitlines()[0]}") from error
