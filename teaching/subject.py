"""The Subject of an explanation: a Song, its Piece and its Analysis, looked up together."""

from __future__ import annotations

from dataclasses import dataclass, field

from partimento.score.song import Song
from partimento.teaching.music import Music
from partimento.theory.analysis.findings import Analysis
from partimento.theory.analysis.piece import Piece


@dataclass(frozen=True, slots=True)
class Subject:
    """What is explained. `recorded`: the song's own decisions are there; without them the analysis speaks. `music` is
    all of it as lookup tables."""

    song: Song
    piece: Piece
    analysis: Analysis
    recorded: bool
    music: Music = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "music", Music(self.song, self.piece, self.analysis, self.recorded))
