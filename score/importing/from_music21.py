"""Formats that music21 reads and we do not: Humdrum's **kern and MEI, to a Draft by way of MusicXML.

Conventions: music21 is imported only here and only for such a file; what it can read, our own reader of MusicXML reads
on, so that one reader is to be trusted. Bars that music21 has found are left as they are: its makeNotation would fill
short ones with rests, a pick-up among them. Text is UTF-8, else Latin-1; at most `MOST_BYTES` are read.
"""

from __future__ import annotations

import re
import warnings
from contextlib import redirect_stderr
from dataclasses import replace
from io import StringIO

from partimento.score.importing.draft import Draft
from partimento.score.importing.from_xml import xml_draft
from partimento.theory.errors import ScoreFormatError

MOST_BYTES = 200_000
"""A quartet of 80,000 bytes takes music21 5 s; with many short bars the time grows as their square."""
_TOLD = 3
"""How many unreadable events a notice names."""
_UNREAD = re.compile(r"Error in parsing event \('(.*?)'\) at line (\d+)")
_NAMES = {"humdrum": "Humdrum", "mei": "MEI"}


def music21_draft(data: bytes, where: str, kind: str, unfold: bool = True) -> Draft:
    """The music of a "humdrum" or "mei" file; ScoreFormatError where music21 cannot read it or finds no notes."""
    if len(data) > MOST_BYTES:
        raise ScoreFormatError(f"{where} has {len(data)} bytes; of {_NAMES[kind]} at most {MOST_BYTES} are read")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    said = StringIO()
    with redirect_stderr(said):
        score = _musicxml(text, where, kind)
    draft = xml_draft(score, where, unfold)
    draft = replace(draft, notices=(*draft.notices, *_unread(said.getvalue())))
    stem = where.rpartition(".")[0] or where
    return replace(draft, title=stem) if draft.title in ("", where, "Music21 Fragment") else draft


def _unread(said: str) -> list[str]:
    """What music21 wrote on stderr, as a notice: the events that it left out."""
    found = [f"'{token[:20]}' (line {line})" for token, line in _UNREAD.findall(said)]
    if not found:
        return []
    more = f" and {len(found) - _TOLD} more" if len(found) > _TOLD else ""
    return [f"Left out, since they cannot be read: {', '.join(found[:_TOLD])}{more}"]


def _musicxml(text: str, where: str, kind: str) -> bytes:
    from music21 import converter
    from music21.exceptions21 import Music21Exception
    from music21.musicxml.m21ToXml import GeneralObjectExporter

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            score = converter.parseData(text, format=kind)
            exporter = GeneralObjectExporter(score)
            exporter.makeNotation = not (score.parts and all(part.hasMeasures() for part in score.parts))
            data: bytes = exporter.parse()
    except Exception as error:
        # A parser of another house over text of anybody's: what it raises is not listed anywhere.
        meant = isinstance(error, Music21Exception) and " ".join(str(error).split())[:120]
        told = meant or f"music21 fails on it ({type(error).__name__})"
        raise ScoreFormatError(f"{where} cannot be read as {_NAMES[kind]}: {told}") from None
    return data
