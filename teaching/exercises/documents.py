"""A worksheet and its key as files: MusicXML for a notation program, PDF for paper, HTML for a screen, MIDI to hear.

Conventions: the key is a document of its own. PDF and HTML need verovio (PDF typst too): RenderError without them.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from xml.etree import ElementTree

from partimento.score.importing.complete import song_of
from partimento.score.importing.importing import read_draft
from partimento.score.midi_write import MidiOptions, midi_bytes
from partimento.score.notation.engrave import A4, Paper, pdf_of, svg_pages
from partimento.score.notation.page import Page
from partimento.teaching.exercises.page import worksheet_page, worksheet_xml
from partimento.teaching.exercises.worksheet import Cell, Item, Line, Worksheet
from partimento.teaching.page.engraved import engraved
from partimento.teaching.page.score_view import inline
from partimento.teaching.page.shell import document
from partimento.teaching.page.sound import Strand
from partimento.theory.meter import TICKS

FORMATS = ("musicxml", "pdf", "html")
QUARTER_MS = 650
"""Milliseconds of a quarter note when an item is played: slow enough to be taken down."""

SCREEN_MM = 180.0
"""How wide a sheet is drawn for a screen."""


def document_of(sheet: Worksheet, kind: str, key: bool = False, paper: Paper = A4) -> bytes:
    """The bytes of the sheet or its key in one of FORMATS."""
    if kind == "html":
        return _html(sheet, key).encode()
    xml = worksheet_xml(sheet, key)
    if kind == "musicxml":
        return xml
    return pdf_of(svg_pages(xml, paper, kind="lead sheet" if len(sheet.staves) == 1 else "score"), paper)


def _html(sheet: Worksheet, key: bool) -> str:
    """One page that needs nothing else; of a listening sheet, and of every key, the items can be played."""
    played = sheet.listening or key
    buttons = "".join(
        f'<button type="button" data-play="item-{number}" aria-pressed="false">Play {number}</button>'
        for number, _ in enumerate(sheet.items, 1)
    )
    tools = (
        f'<div class="tools">{buttons}<button type="button" id="stop">Stop</button>'
        '<span id="status" role="status" class="hidden"></span></div>'
    )
    title = f"{sheet.title}{', key' if key else ''}"
    drawing, glyphs = drawn(worksheet_page(sheet, key, plain_figures=True))
    body = (
        f'<header><h1>{escape(title)}</h1><p class="facts">Exercise {sheet.id}</p></header>\n<main id="main">'
        f"<p>{escape(sheet.instruction)}</p>{tools if played else ''}"
        f'<div class="sheet" role="img" aria-label="{escape(title)}">{drawing}</div></main>\n'
        "<footer><p>Made with Partimento. This file needs no connection.</p></footer>"
    )
    sounds = {f"item-{n}": [strand_of(item).data()] for n, item in enumerate(sheet.items, 1)} if played else {}
    data = {"sounds": sounds, "chords": [], "phrases": [], "terms": {}}
    return document(f"{title} ({sheet.id})", body, data, glyphs)


def drawn(page: Page) -> tuple[str, Mapping[str, str]]:
    """A page as inline SVG for a screen, without heading, and the glyphs that it uses; RenderError without verovio."""
    found = engraved(page, width=SCREEN_MM)
    return "".join(inline(ElementTree.fromstring(svg)) for svg in found.sheets), found.glyphs


def strand_of(item: Item) -> Strand:
    """What is heard of an item, as the page's script plays it."""
    notes = sorted(
        (_ms(cell.onset), _ms(cell.duration), pitch.midi, 84)
        for line in item.sound or item.answer
        for cell in line.cells
        for pitch in cell.pitches
    )
    return Strand("keys", 0.0, 0.9, tuple(notes))


def _ms(ticks: int) -> int:
    return ticks * QUARTER_MS // TICKS


def item_midi(sheet: Worksheet, index: int) -> bytes:
    """What is heard of one item as a MIDI file."""
    item = sheet.items[index]
    heard = tuple(_plain(line) for line in item.sound or item.answer)
    alone = Item("", item.bars, item.meter, item.key, heard, heard, item.task)
    one = Worksheet(sheet.identity, sheet.topic, f"{sheet.title}, {index + 1}", "", sheet.staves, (alone,), (0,))
    song, _ = song_of(read_draft(worksheet_xml(one), "item.musicxml"))
    return midi_bytes(song, MidiOptions())


def _plain(line: Line) -> Line:
    return line._replace(cells=tuple(Cell(cell.onset, cell.duration, cell.pitches) for cell in line.cells))
