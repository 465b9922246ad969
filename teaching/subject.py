"""The Subject of an explanation: a Song, its Piece and its Analysis, looked up together."""

from __future__ import annotations

from dataclasses import dataclass

from partimento.score.song import Song
from partimento.theory.analysis.findings import Analysis
from partimento.theory.analysis.piece import Piece


@dataclass(frozen=True, slots=True)
class Subject:
    """What is explained. `recorded`: the song's own decisions are there; without them the analysis speaks."""

    song: Song
    piece: Piece
    analysis: Analysis
    recorded: bool
