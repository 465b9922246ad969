"""Species counterpoint: a cantus firmus, and an empty staff over or under it.

Conventions: cantus firmi have one whole note a bar; those of Fux's Gradus ad Parnassum (1725) are named so, the others
are ours and keep his rules. Difficulty counts the bars, the signature and a counterpoint below (2).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from partimento.score.stream import Stream
from partimento.teaching.exercises.worksheet import WHOLE, Cell, Counterpoint, Item, Line, Sketch
from partimento.theory.analysis.piece import BarSpan, Piece, Tone, Voice
from partimento.theory.counterpoint.problem import Problem
from partimento.theory.counterpoint.solve import solve
from partimento.theory.counterpoint.tones import gamut, pitch_of, tone_of
from partimento.theory.interval import Interval
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch
from partimento.theory.rules.species import species_breaches

_CANTUS: tuple[tuple[str, str], ...] = (
    ("D dorian", "D4 F4 E4 D4 G4 F4 A4 G4 F4 E4 D4"),  # Fux
    ("A minor", "A3 C4 B3 D4 C4 E4 F4 E4 D4 C4 B3 A3"),  # Fux
    ("C major", "C4 E4 F4 G4 E4 A4 G4 E4 F4 E4 D4 C4"),  # Fux
    ("G mixolydian", "G3 C4 B3 G3 C4 E4 D4 G4 E4 C4 D4 B3 A3 G3"),  # Fux
    ("C major", "C4 D4 F4 E4 A4 G4 E4 D4 C4"),
    ("C major", "C4 G4 F4 E4 D4 F4 E4 D4 C4"),
    ("D dorian", "D4 E4 F4 A4 G4 F4 E4 D4"),
    ("D dorian", "D4 A4 G4 F4 E4 G4 F4 E4 D4"),
    ("A minor", "A3 B3 C4 E4 D4 C4 B3 A3"),
    ("A minor", "A3 E4 D4 C4 F4 E4 C4 B3 A3"),
    ("C major", "C4 E4 D4 G4 F4 E4 D4 C4"),
)
_MOVES = (
    ("P1", "M2", "P4"),
    ("P1", "M2", "P4"),
    ("P1", "M2", "m3", "P4"),
    ("M2", "m3", "M3", "P4"),
    ("m2", "M2", "m3", "M3", "P4"),
)


_MORE = 5
"""Solutions that are looked at where the best does not pass."""


def draw1(stream: Stream, level: int, clef: str) -> Sketch:
    """First species: note against note."""
    return draw(stream, level, 1)


def draw2(stream: Stream, level: int, clef: str) -> Sketch:
    """Second species: two notes against one."""
    return draw(stream, level, 2)


def draw3(stream: Stream, level: int, clef: str) -> Sketch:
    """Third species: four notes against one."""
    return draw(stream, level, 3)


def draw4(stream: Stream, level: int, clef: str) -> Sketch:
    """Fourth species: syncopations."""
    return draw(stream, level, 4)


def draw5(stream: Stream, level: int, clef: str) -> Sketch:
    """Fifth species: florid."""
    return draw(stream, level, 5)


def draw(stream: Stream, level: int, species: int) -> Sketch:
    """A cantus firmus in a key of the level, to be answered in a species."""
    while True:
        above = level == 1 or stream.chance(0.5)
        mode, text = stream.choice(_CANTUS)
        interval = Interval.parse(stream.choice(_MOVES[level - 1]))
        home = Key.parse(mode)
        key = Key(home.tonic.up(interval.fifths), home.mode)
        if abs(key.signature) <= level:
            break
    cantus = _on_its_staff(tuple(Pitch.parse(name).transposed(interval) for name in text.split()), above)
    difficulty = len(cantus) + abs(key.signature) + (0 if above else 2)
    return Sketch(f"{key} {above} {text}", difficulty, lambda: _item(species, key, cantus, above))


def _on_its_staff(cantus: tuple[Pitch, ...], above: bool) -> tuple[Pitch, ...]:
    """The cantus in the octave that suits the bass staff, under a counterpoint, or the treble staff, over one."""
    middle = sum(pitch.midi for pitch in cantus) / len(cantus)
    low, high = (46, 58) if above else (60, 72)
    octaves = -1 if middle > high else 1 if middle < low else 0
    return tuple(pitch.transposed(Interval(7 * octaves, 12 * octaves)) for pitch in cantus)


Sung = tuple[tuple[int, int, Pitch], ...]
"""A line as (onset, duration, pitch)."""


def piece_with(task: Counterpoint, line: Sequence[tuple[int, int, Pitch]]) -> tuple[Piece, int]:
    """A counterpoint with its cantus as a Piece to be checked, and the voice of the cantus."""
    count, end = len(task.cantus), len(task.cantus) * WHOLE
    cantus, own = (0, 1) if task.above else (1, 0)
    tones = [Tone(number * WHOLE, WHOLE, pitch, cantus) for number, pitch in enumerate(task.cantus)]
    tones += [Tone(onset, min(duration, end - onset), pitch, own) for onset, duration, pitch in line]
    names = ("Cantus firmus", "Counterpoint") if task.above else ("Counterpoint", "Cantus firmus")
    bars = tuple(BarSpan(number + 1, number * WHOLE, (number + 1) * WHOLE, Meter(4, 4)) for number in range(count))
    ordered = tuple(sorted(tones, key=lambda tone: (tone.onset, tone.pitch.midi, tone.voice)))
    return Piece("", ordered, tuple(map(Voice, names)), bars, end), cantus


@cache
def solution(task: Counterpoint) -> Sung | None:
    """The best counterpoint in which the checker of the species finds no error; None where none was found.

    The solver and the checker are independent: where they disagree the next solution is asked for.
    """
    problem = Problem(tuple(map(tone_of, task.cantus)), gamut(task.key), task.species, above=task.above)
    for count in (1, _MORE):
        for found in solve(problem, count).solutions[count > 1 :]:
            line = tuple((onset, length, pitch_of(tone)) for onset, length, tone in found.lines[problem.line])
            piece, cantus = piece_with(task, line)
            breaches = species_breaches(piece, task.species, cantus)
            if not any(breach.severity == "error" for breach in breaches):
                return line
    return None


def _item(species: int, key: Key, cantus: tuple[Pitch, ...], above: bool) -> Item:
    task = Counterpoint(species, key, cantus, above)
    found = solution(task)
    assert found is not None, f"no counterpoint of species {species} to {' '.join(map(str, cantus))}"
    low = tuple(Cell(i * WHOLE, WHOLE, (pitch,)) for i, pitch in enumerate(cantus))
    given = Line(1 if above else 0, 0, low)
    line = Line(0 if above else 1, 0, tuple(Cell(onset, length, (pitch,)) for onset, length, pitch in found))
    prompt = f"{key}, {'above' if above else 'below'}".replace("#", "♯").replace("b ", "♭ ")
    return Item(prompt, len(cantus), Meter(4, 4), key, (given,), (given, line), task)
