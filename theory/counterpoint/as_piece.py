"""A solution as the Piece that analysis and rules read.

Conventions: ticks, 480 to the quarter note; bars of four quarters from bar 1; voices lowest first, named by compass.
"""

from __future__ import annotations

from partimento.theory.analysis.piece import BarSpan, Piece, Tone, Voice
from partimento.theory.counterpoint.ask import voice_names
from partimento.theory.counterpoint.problem import Problem
from partimento.theory.counterpoint.rules import BAR
from partimento.theory.counterpoint.solve import Solution, compass
from partimento.theory.counterpoint.tones import pitch_of
from partimento.theory.meter import Meter


def names_of(problem: Problem, solution: Solution) -> tuple[str, ...]:
    """The voices' names, lowest first: by compass, the cantus said to be one."""
    middles = [sum(compass(solution, voice)) / 2 for voice in range(problem.voices)]
    names = voice_names(problem, middles)
    cantus = problem.cantus_voice
    return tuple(f"{name} (cantus firmus)" if voice == cantus else name for voice, name in enumerate(names))


def piece_of(problem: Problem, solution: Solution, title: str = "") -> Piece:
    """The Piece of one solution."""
    tones = [
        Tone(onset, length, pitch_of(tone), voice)
        for voice, line in enumerate(solution.lines)
        for onset, length, tone in line
    ]
    meter = Meter(4, 4)
    bars = tuple(BarSpan(i + 1, i * BAR, (i + 1) * BAR, meter) for i in range(len(problem.cantus)))
    return Piece(
        title,
        tuple(sorted(tones, key=lambda tone: (tone.onset, tone.pitch.midi, tone.voice))),
        tuple(Voice(name) for name in names_of(problem, solution)),
        bars,
        bars[-1].end,
        keys=((0, problem.gamut.key),),
    )
