"""MusicXML (.musicxml, .xml, .mxl; partwise and timewise) to a Draft.

Conventions: read by our own walk over the elements, since music21 drops what a Song needs (drum pieces by instrument
id, velocities, played tempo) and reads chord symbols otherwise; music21 is the witness in the tests. Repeats are
unfolded; pitches sound; a part of several staves is one part. What is left out is told in the notices.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

from partimento.score.importing.draft import Draft
from partimento.score.importing.from_xml_notes import PartReader
from partimento.score.importing.from_xml_parts import part_heads
from partimento.score.importing.from_xml_values import text_in
from partimento.score.importing.sheet import PartHead, SheetPart
from partimento.score.importing.sheet_draft import sheet_draft
from partimento.score.importing.sheet_order import MOST_BARS
from partimento.score.importing.xml_safety import MOST_NOTES, MOST_PARTS, score_root
from partimento.theory.errors import ScoreFormatError


def xml_draft(data: bytes, where: str, unfold: bool = True) -> Draft:
    """The music of a MusicXML file or .mxl archive, repeats unfolded or as written.

    ScoreFormatError where it is damaged, unsafe or empty.
    """
    root = score_root(data, where)
    if root.tag not in ("score-partwise", "score-timewise"):
        raise ScoreFormatError(f"{where} is XML but no score (its root is '{root.tag[:40]}', not score-partwise)")
    heads = part_heads(root)
    if len(heads) > MOST_PARTS:
        raise ScoreFormatError(f"{where} has {len(heads)} parts; at most {MOST_PARTS} are read")
    sheet = []
    for head, measures in _measures(root, heads):
        if len(measures) > MOST_BARS:
            raise ScoreFormatError(f"{where} has {len(measures)} bars; at most {MOST_BARS} are read")
        sheet.append(_part(head, measures))
    return sheet_draft(_title(root, where), sheet, where, unfold)


def _part(head: PartHead, measures: Sequence[Element]) -> SheetPart:
    reader = PartReader(head)
    bars = [reader.read(measure) for measure in measures]
    copied = 0
    for i, bar in enumerate(bars):
        if bar.repeats_before and not bar.notes and i >= bar.repeats_before and copied < MOST_NOTES:
            bar.notes = bars[i - bar.repeats_before].notes
            copied += len(bar.notes)
    return SheetPart(head, bars, reader.dropped, reader.rounded)


def _measures(root: Element, heads: Sequence[PartHead]) -> Iterator[tuple[PartHead, list[Element]]]:
    """Each part's measures, of a timewise score too; a part with none is left out."""
    found: dict[str, list[Element]] = {}
    if root.tag == "score-partwise":
        for part in root.iterfind("part"):
            found.setdefault(part.get("id", ""), list(part.iterfind("measure")))
    else:
        for i, measure in enumerate(root.iterfind("measure")):
            for part in measure.iterfind("part"):
                bars = found.setdefault(part.get("id", ""), [])
                bars += [Element("measure")] * (i - len(bars)) + [part]
    for head in heads:
        if head.id in found:
            yield head, found.pop(head.id)


def _title(root: Element, where: str) -> str:
    work, movement = text_in(root, "work/work-title"), text_in(root, "movement-title")
    if work or movement:
        return work or movement
    for credit in root.iterfind("credit"):
        if text_in(credit, "credit-type") == "title" and text_in(credit, "credit-words"):
            return text_in(credit, "credit-words")
    stem, dot, suffix = where.rpartition(".")
    return stem if dot and suffix.casefold() in ("musicxml", "xml", "mxl") else where
