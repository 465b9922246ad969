"""Explanations to be shown: small pieces out of the glossary's examples, told as foreign files are."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from partimento.score.as_piece import piece_of
from partimento.score.song import Song
from partimento.teaching.explaining import explain, explain_chords, subject_of
from partimento.teaching.glossary.entries import entries
from partimento.teaching.glossary.example import example_of
from partimento.teaching.glossary.playing import performed
from partimento.teaching.naming import Naming
from partimento.teaching.page.explained import Explained
from partimento.teaching.reading import Source


def song_of(name: str, title: str = "A small piece") -> Song:
    """The example of a term as a song."""
    return replace(performed(example_of(entries()[name].example)), title=title)


@cache
def told(
    name: str = "perfect-authentic-cadence", level: str = "advanced", title: str = "A small piece",
    naming: Naming | None = None,
) -> Explained:  # fmt: skip
    """The explanation of a term's example."""
    song = song_of(name, title)
    subject = subject_of(Source(song, piece_of(song), False))
    names = naming or Naming()
    reasons = explain_chords(subject, level, names)
    return Explained(subject, explain(subject, level, naming=names), reasons, level, names, ("Read as it stands.",))
