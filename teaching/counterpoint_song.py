"""A solved counterpoint as a Song: to be written, heard and engraved."""

from __future__ import annotations

from dataclasses import replace

from partimento.score.importing.complete import song_of
from partimento.score.importing.draft import Draft, DraftPart
from partimento.score.song import KeyChange, MeterChange, Note, Song, TempoChange
from partimento.theory.counterpoint.as_piece import names_of
from partimento.theory.counterpoint.problem import Problem
from partimento.theory.counterpoint.rules import BAR
from partimento.theory.counterpoint.solve import Solution
from partimento.theory.counterpoint.tones import pitch_of
from partimento.theory.meter import Meter

_SPECIES = ("First", "Second", "Third", "Fourth", "Fifth")
_TEMPO = 120.0


def song_of_counterpoint(problem: Problem, solution: Solution) -> Song:
    """The Song of a solution: a track of voices for each line, the highest first, without chord symbols."""
    names = names_of(problem, solution)
    parts = tuple(
        DraftPart(
            name, instrument="choir", role="lead" if voice == problem.voices - 1 else "harmony",
            notes=tuple(Note(onset, length, pitch_of(tone)) for onset, length, tone in line),
        )
        for voice, (name, line) in reversed(list(enumerate(zip(names, solution.lines, strict=True))))
    )  # fmt: skip
    title = f"{_SPECIES[problem.species - 1]} species in {problem.gamut.key}"
    draft = Draft(
        title, parts, (MeterChange(0, Meter(4, 4)),), (TempoChange(0, _TEMPO),), (KeyChange(0, problem.gamut.key),),
        end=len(problem.cantus) * BAR,
    )  # fmt: skip
    song = song_of(draft)[0]
    # One section without a name: there is no form to be marked in an exercise.
    whole = replace(song.sections[0], name="", length=song.end)
    return replace(song, chords=(), sections=(whole,))
