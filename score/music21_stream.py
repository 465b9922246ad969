"""Songs to music21 streams and back, by way of MusicXML, so that one writer and one reader are to be trusted.

Convention: music21 is imported only here; files are read and written without it.
"""

from __future__ import annotations

from typing import Any

from partimento.score.song import Song
from partimento.theory.errors import ScoreFormatError


def to_music21(song: Song) -> Any:
    """The full score as a `music21.stream.Score`: parts, measures, chord symbols, marks, at written pitch."""
    from music21 import converter

    return converter.parse(song.to_musicxml().decode("utf-8"), format="musicxml")


def song_of_music21(score: Any) -> Song:
    """The song of a Score, Part or other stream; ScoreFormatError when music21 cannot write it, or it has no notes."""
    from music21.exceptions21 import Music21Exception
    from music21.musicxml.m21ToXml import GeneralObjectExporter

    from partimento.score.importing.complete import song_of
    from partimento.score.importing.from_xml import xml_draft

    try:
        data = GeneralObjectExporter(score).parse()
    except (Music21Exception, AttributeError, TypeError, ValueError) as error:
        raise ScoreFormatError(f"the music21 stream cannot be written as MusicXML: {error}") from None
    return song_of(xml_draft(data, "music21 stream"))[0]
