"""MusicXML 4.0: a Page as one partwise file, plain or compressed.

Conventions: UTF-8; divisions are as few as the page's times allow; no date, so that equal pages give equal bytes.
Accidentals, beams and stems are written out, since programs differ in what they make up.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import gcd

from partimento.score.notation.musicxml_direction import RAMP_STEP
from partimento.score.notation.musicxml_measure import part_xml
from partimento.score.notation.musicxml_parts import part_list
from partimento.score.notation.musicxml_text import decimal, escaped
from partimento.score.notation.page import Page
from partimento.theory.errors import OutputError
from partimento.theory.meter import TICKS

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN"'
    ' "http://www.musicxml.org/dtds/partwise.dtd">\n'
    '<score-partwise version="4.0">\n'
)
_CONTAINER = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<container><rootfiles><rootfile full-path="score.musicxml"'
    ' media-type="application/vnd.recordare.musicxml+xml"/></rootfiles></container>\n'
)
_HEIGHTS = ((4, 7.0), (7, 6.0), (11, 5.0), (10_000, 4.5))
"""Staves in a system at the most, and how many millimetres high a staff then is."""

_FULL_PAGE = 92.0
"""Staves times their height in millimetres, where one system fills the page as MuseScore sets them: measured."""

_WELL_FILLED, _LEAST, _GREATEST = 0.75, 4.1, 6.0

_PAPER, _MARGIN = (210.0, 297.0), 15.0
"""A4, in millimetres."""

_EPOCH = (1980, 1, 1, 0, 0, 0)


def musicxml(page: Page) -> bytes:
    """The page as the bytes of a `.musicxml` file; OutputError where it has no part or no bar."""
    if not page.parts or not page.bars:
        what = "parts" if not page.parts else "bars"
        raise OutputError(f"MusicXML cannot be written: '{page.title}' has no {what}, and one is needed at least.")
    ticks = _ticks_a_division(page)
    parts = "".join(part_xml(page, index, ticks) for index in range(len(page.parts)))
    return (_HEAD + _header(page) + part_list(page) + parts + "</score-partwise>\n").encode("utf-8")


def mxl(xml: bytes) -> bytes:
    """A MusicXML file compressed as `.mxl`: its bytes depend on `xml` alone."""
    import io
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data, stored in (
            ("mimetype", b"application/vnd.recordare.musicxml", True),
            ("META-INF/container.xml", _CONTAINER.encode(), False),
            ("score.musicxml", xml, False),
        ):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return out.getvalue()


def _header(page: Page) -> str:
    composer = escaped(page.composer)
    creator = f'<creator type="composer">{composer}</creator>\n' if composer else ""
    supports = "".join(f'<supports element="{element}" type="yes"/>\n' for element in ("accidental", "beam"))
    return (
        f"<work><work-title>{escaped(page.title)}</work-title></work>\n"
        f"<identification>\n{creator}<encoding>\n<software>Partimento</software>\n{supports}"
        '<supports element="print" attribute="new-system" type="yes" value="yes"/>\n'
        f"</encoding>\n</identification>\n{_scaling(page)}{_credits(page)}"
    )


def _scaling(page: Page) -> str:
    """The paper, and the height of a staff: what a player reads from a stand for a part or a lead sheet.

    A full score's staves are smaller, so that a system fits the page.
    """
    staves = max(1, sum(len(part.clefs) for part in page.parts)) if page.kind == "score" else 1
    height = _staff_height(staves)
    tenths = 40 / height
    margin = decimal(_MARGIN * tenths, 2)
    margins = "".join(f"<{side}-margin>{margin}</{side}-margin>" for side in ("left", "right", "top", "bottom"))
    return (
        f"<defaults><scaling><millimeters>{decimal(height, 4)}</millimeters><tenths>40</tenths></scaling>"
        f"<page-layout><page-height>{decimal(_PAPER[1] * tenths, 2)}</page-height>"
        f"<page-width>{decimal(_PAPER[0] * tenths, 2)}</page-width>"
        f'<page-margins type="both">{margins}</page-margins></page-layout></defaults>\n'
    )


def _staff_height(staves: int) -> float:
    """Millimetres: the usual height, smaller or larger where systems of so many staves would leave much of a page."""
    alone = _FULL_PAGE / staves
    height = min(alone, next(height for most, height in _HEIGHTS if staves <= most))
    systems = int(alone / height)
    if systems * height < _WELL_FILLED * alone:
        closer = alone / (systems + 1)
        height = closer if closer >= _LEAST else min(_GREATEST, alone / systems)
    return height


def _credits(page: Page) -> str:
    rows = (("title", page.title), ("subtitle", page.subtitle), ("composer", page.composer))
    if not escaped(page.subtitle):
        return ""
    return "".join(
        f'<credit page="1"><credit-type>{kind}</credit-type><credit-words>{escaped(text)}</credit-words></credit>\n'
        for kind, text in rows
        if escaped(text)
    )


def _ticks_a_division(page: Page) -> int:
    ticks = TICKS
    for time in _times(page):
        ticks = gcd(ticks, time)
        if ticks == 1:
            break
    return ticks


def _times(page: Page) -> Iterable[int]:
    for bar in page.bars:
        yield bar.start
        yield bar.length
    for mark in page.tempos:
        yield mark.onset
        yield mark.duration
        if mark.ramp_to > 0:
            yield RAMP_STEP
    for part in page.parts:
        for measure in part.measures:
            for harmony in measure.harmonies:
                yield harmony.onset
            for row in measure.figures:
                yield row.onset
            for direction in measure.directions:
                yield direction.onset
                yield direction.duration
            for voice in measure.voices:
                for event in voice.events:
                    yield event.onset
                    yield event.duration
                    for note in event.notes:
                        yield note.release
