"""Formats that music21 reads and we do not: Humdrum's **kern and MEI, to a Draft by way of MusicXML.

Conventions: music21 is imported only here and only for such a file; what it can read, our own reader of MusicXML reads
on, so that one reader is to be trusted. Text is UTF-8, else Latin-1; at most 1,000,000 bytes are read.
"""

from __future__ import annotations

import warnings
from dataclasses import replace

from partimento.score.importing.draft import Draft
from partimento.score.importing.from_xml import xml_draft
from partimento.theory.errors import ScoreFormatError

MOST_BYTES = 1_000_000
_NAMES = {"humdrum": "Humdrum", "mei": "MEI"}


def music21_draft(data: bytes, where: str, kind: str, unfold: bool = True) -> Draft:
    """The music of a "humdrum" or "mei" file; ScoreFormatError where music21 cannot read it or finds no notes."""
    if len(data) > MOST_BYTES:
        raise ScoreFormatError(f"{where} has {len(data)} bytes; of {_NAMES[kind]} at most {MOST_BYTES} are read")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    draft = xml_draft(_musicxml(text, where, kind), where, unfold)
    stem = where.rpartition(".")[0] or where
    return replace(draft, title=stem) if draft.title in ("", where, "Music21 Fragment") else draft


def _musicxml(text: str, where: str, kind: str) -> bytes:
    from music21 import converter
    from music21.musicxml.m21ToXml import GeneralObjectExporter

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            score = converter.parseData(text, format=kind)
            data: bytes = GeneralObjectExporter(score).parse()
    except Exception as error:
        # A parser of another house over text of anybody's: what it raises is not listed anywhere.
        told = " ".join(str(error).split())[:120] or type(error).__name__
        raise ScoreFormatError(f"{where} cannot be read as {_NAMES[kind]}: {told}") from None
    return data
