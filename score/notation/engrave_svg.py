"""Clean pages: verovio's SVG made self-contained, so that a browser, a converter and a printer show the same.

Conventions: text set in the music font becomes outlines (♩ of a tempo, ♭ of a chord), placed by verovio's own text
metrics; what remains is plain text in a serif font. The page's size is in millimetres. Nothing outside the file is
named, elements other than drawing ones are dropped, and equal input gives equal bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from partimento.score.notation.engrave_glyphs import (
    ACCIDENTAL_RISE,
    ACCIDENTAL_SCALE,
    ACCIDENTAL_SPACE,
    ACCIDENTALS,
    MUSIC_FONT,
    MUSIC_SPACE,
    TEXT_ACCIDENTALS,
    TEXT_TO_MUSIC,
    music_path,
    music_width,
    text_width,
)

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
TEXT_FONT = "'Times New Roman', Times, 'Nimbus Roman', 'Liberation Serif', STIXGeneral, serif"
"""Times and fonts as wide as it: a browser, a converter and typst find at least one of them."""

STYLE = ".engraved path,.engraved rect,.engraved ellipse,.engraved polygon,.engraved polyline{stroke:currentColor}"
KEPT = frozenset(
    ("svg", "defs", "g", "path", "use", "rect", "line", "ellipse", "circle", "polygon", "polyline", "text")
)
HEAD_SIZE = 3.6
"""Letters of the running head, in mm."""

BOLD = frozenset(("ending", "fing", "reh", "tempo"))
ITALIC = frozenset(("dir", "dynam", "mNum"))


@dataclass(frozen=True, slots=True)
class _Look:
    """How text is set: `size` in the page's units, `anchor` start, middle or end."""

    size: float = 0.0
    bold: bool = False
    italic: bool = False
    music: bool = False
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class _Run:
    """A stretch of one look; `at` is where it begins a line of its own."""

    text: str
    look: _Look
    at: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class _Piece:
    """`value` is words (kind "text") or a glyph's code (kind "glyph"); `rise` lifts a glyph over the baseline."""

    kind: str
    value: str
    width: float
    look: _Look
    rise: float = 0.0


@dataclass(frozen=True, slots=True)
class PageSize:
    """Paper in millimetres with its margin."""

    width: float
    height: float
    margin: float


def clean_page(svg: str, size: PageSize, title: str, number: int) -> str:
    """A verovio page as a self-contained SVG of that size; from the second on with title and number over the music."""
    source = ElementTree.fromstring(svg)
    view = source.get("viewBox", "0 0 2100 2970")
    page = Element("svg", {
        "xmlns": SVG, "xmlns:xlink": XLINK, "class": "engraved", "width": f"{size.width:g}mm",
        "height": f"{size.height:g}mm", "viewBox": view, "color": "black",
    })  # fmt: skip
    SubElement(page, "title").text = title
    SubElement(page, "style").text = STYLE
    defs = SubElement(page, "defs")
    used: dict[str, None] = {}
    drawn = [element for element in source if _tag(element) == "svg"]
    for inner in drawn:
        inside = {"class": "definition-scale", "viewBox": inner.get("viewBox", view), "font-family": TEXT_FONT}
        target = SubElement(page, "svg", inside)
        _copy(inner, target, _Look(), used)
        if number > 1:
            _page_head(target, size, title, str(number), used)
    for code in used:
        glyph = SubElement(defs, "g", {"id": code})
        SubElement(glyph, "path", {"transform": "scale(1,-1)", "d": music_path(code)})
    return ElementTree.tostring(page, encoding="unicode") + "\n"


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _copy(source: Element, target: Element, look: _Look, used: dict[str, None]) -> None:
    """The drawing below `source` written under `target`, without ids, texts laid out anew."""
    for child in source:
        tag, name = _tag(child), child.get("class", "")
        words = name.split()
        if tag not in KEPT or "placeholder" in words:
            continue
        if tag == "use":
            _copy_use(child, target, used)
        elif tag == "text":
            _set_text(child, target, look, used)
        else:
            kept = {key: value for key, value in child.attrib.items() if key in _ATTRIBUTES}
            element = SubElement(target, tag, kept)
            inner = replace(look, bold=look.bold or not BOLD.isdisjoint(words),
                            italic=look.italic or not ITALIC.isdisjoint(words))  # fmt: skip
            _copy(child, element, inner, used)
            if tag == "g" and not len(element) and not name:
                target.remove(element)


_ATTRIBUTES = frozenset((
    "class", "transform", "d", "points", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "width",
    "height",
    "fill", "fill-opacity", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin", "stroke-dasharray",
    "stroke-opacity", "opacity", "visibility", "color",
))  # fmt: skip


def _copy_use(child: Element, target: Element, used: dict[str, None]) -> None:
    code = child.get(f"{{{XLINK}}}href", child.get("href", "")).lstrip("#").partition("-")[0].upper()
    if music_path(code):
        used[code] = None
        SubElement(target, "use", {"xlink:href": f"#{code}", "transform": child.get("transform", "")})


def _set_text(text: Element, target: Element, look: _Look, used: dict[str, None]) -> None:
    place = (float(text.get("x", "0")), float(text.get("y", "0")))
    line: list[_Run] = []
    for run in _runs(text, _looked(text, look), place):
        if run.at is not None and line:
            _set_line(line, target, used)
            line = []
        line.append(run if line or run.at else replace(run, at=place))
    if line:
        _set_line(line, target, used)


def _looked(element: Element, look: _Look) -> _Look:
    size = element.get("font-size")
    weight, style = element.get("font-weight"), element.get("font-style")
    return _Look(
        size=float(size.removesuffix("px")) if size else look.size,
        bold=weight == "bold" if weight else look.bold,
        italic=style in ("italic", "oblique") if style else look.italic,
        music=MUSIC_FONT in element.get("font-family", "") or look.music,
        anchor=element.get("text-anchor", look.anchor),
    )


def _runs(element: Element, look: _Look, place: tuple[float, float]) -> Iterator[_Run]:
    """The text below `element`; a run with `at` begins a new line. Text between tspans is verovio's own spacing."""
    for child in element:
        if _tag(child) != "tspan":
            continue
        inner = _looked(child, look)
        at = (float(child.get("x", place[0])), float(child.get("y", place[1])))
        moved = "x" in child.attrib or "y" in child.attrib
        if child.text:
            yield _Run(child.text, inner, at if moved else None)
            moved = False
        for run in _runs(child, inner, at):
            yield replace(run, at=at) if moved and run.at is None else run
            moved = False


def _pieces(run: _Run) -> Iterator[_Piece]:
    """A run cut into words and single glyphs; the music font's accidentals are set as text's are."""
    look = run.look
    if look.music:
        for letter in run.text:
            code = TEXT_ACCIDENTALS.get(letter, f"{ord(letter):04X}")
            if code in TEXT_ACCIDENTALS.values():
                yield _accidental(code, replace(look, size=look.size * TEXT_TO_MUSIC))
            else:
                width = music_width(code) if music_path(code) else MUSIC_SPACE
                yield _Piece("glyph", code, width * look.size, look)
        return
    for part in re.split(f"([{''.join(ACCIDENTALS)}])", run.text.replace("\xa0", " ")):
        if part in ACCIDENTALS:
            yield _accidental(ACCIDENTALS[part], look)
        elif part:
            yield _Piece("text", part, text_width(part, bold=look.bold, italic=look.italic) * look.size, look)


def _accidental(code: str, look: _Look) -> _Piece:
    scaled = replace(look, size=look.size * ACCIDENTAL_SCALE)
    width = (music_width(code) + ACCIDENTAL_SPACE) * scaled.size
    return _Piece("glyph", code, width, scaled, ACCIDENTAL_RISE.get(code, 0.3) * look.size)


def _set_line(line: list[_Run], target: Element, used: dict[str, None]) -> None:
    pieces = [piece for run in line for piece in _pieces(run)]
    if not pieces or line[0].at is None:
        return
    x, y = line[0].at
    anchor = line[0].look.anchor
    if all(piece.kind == "text" for piece in pieces):
        _plain_line(pieces, x, y, anchor, target)
        return
    total = sum(piece.width for piece in pieces)
    x -= {"middle": total / 2, "end": total}.get(anchor, 0.0)
    for piece in pieces:
        _set_piece(piece, x, y, target, used)
        x += piece.width


def _set_piece(piece: _Piece, x: float, y: float, target: Element, used: dict[str, None]) -> None:
    if piece.kind == "text":
        words = piece.value.lstrip(" ")
        shift = text_width(piece.value[: len(piece.value) - len(words)]) * piece.look.size
        if words.strip():
            SubElement(target, "text", _text_attributes(x + shift, y, piece.look, "start")).text = words.rstrip(" ")
    elif music_path(piece.value):
        used[piece.value] = None
        scale = f"{piece.look.size / 1000:.4g}"
        where = f"translate({x:.0f}, {y - piece.rise:.0f}) scale({scale}, {scale})"
        SubElement(target, "use", {"xlink:href": f"#{piece.value}", "transform": where})


def _plain_line(pieces: list[_Piece], x: float, y: float, anchor: str, target: Element) -> None:
    looks = {piece.look: None for piece in pieces}
    text = SubElement(target, "text", _text_attributes(x, y, pieces[0].look, anchor))
    if len(looks) == 1:
        text.text = "".join(piece.value for piece in pieces)
        return
    for piece in pieces:
        attributes = _text_attributes(0, 0, piece.look, "start")
        span = {key: value for key, value in attributes.items() if key.startswith("font-")}
        SubElement(text, "tspan", span).text = piece.value


def _text_attributes(x: float, y: float, look: _Look, anchor: str) -> dict[str, str]:
    found = {"x": f"{x:.0f}", "y": f"{y:.0f}", "font-size": f"{look.size:g}px"}
    if anchor in ("middle", "end"):
        found["text-anchor"] = anchor
    if look.bold:
        found["font-weight"] = "bold"
    if look.italic:
        found["font-style"] = "italic"
    return found


def _page_head(target: Element, paper: PageSize, head: str, number: str, used: dict[str, None]) -> None:
    """The running head in the middle and the page number at the right, inside the upper margin."""
    width = float(target.get("viewBox", "0 0 21000 29700").split()[2])
    mm = width / paper.width
    group = SubElement(target, "g", {"class": "pageHead"})
    for text, x, anchor in ((head, width / 2, "middle"), (number, width - paper.margin * mm, "end")):
        if text:
            look = _Look(size=HEAD_SIZE * mm, italic=anchor == "middle", anchor=anchor)
            _set_line([_Run(text, look, (x, 0.7 * paper.margin * mm))], group, used)
