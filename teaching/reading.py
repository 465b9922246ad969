"""Any file as what teaching speaks of: the Song, its Piece, and whether it carries its composer's decisions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from partimento.score.as_piece import piece_of
from partimento.score.importing.importing import import_song
from partimento.score.song import Song
from partimento.theory.analysis.piece import Piece


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read. `recorded` says that the song was composed here and its decisions tell why."""

    song: Song
    piece: Piece
    recorded: bool
    notices: tuple[str, ...] = ()


def read_source(path: Path, tune: int = 1) -> Source:
    """The Source of a MIDI, MusicXML, ABC, Humdrum, DAWproject or song.json file; ScoreFormatError as `import_song`."""
    song, notices = import_song(path, tune=tune)
    return Source(song, piece_of(song), bool(song.decisions), notices)
