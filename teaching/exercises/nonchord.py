"""Non-chord tones: a melody over block chords, some of whose notes are to be named.

Conventions: a chord every half note, two bars an item; a mark stands under each tone that is asked for. Kinds and their
definitions are those of `theory.figuration` (after Aldwell and Schachter). Difficulty counts the kinds and the key.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from partimento.score.stream import Stream
from partimento.teaching.exercises.chords import stacked
from partimento.teaching.exercises.progressions import chords_in, draw_key
from partimento.teaching.exercises.worksheet import (
    HALF,
    QUARTER,
    Cell,
    Item,
    Label,
    Labels,
    Line,
    Sketch,
)  # fmt: skip
from partimento.theory.chord import Chord
from partimento.theory.interval import Interval
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import LETTERS, Pitch

_KINDS = (
    ("passing", "neighbour"), ("passing", "neighbour", "suspension"),
    ("passing", "neighbour", "suspension", "anticipation"),
    ("passing", "neighbour", "suspension", "anticipation", "appoggiatura"),
    ("passing", "neighbour", "suspension", "anticipation", "appoggiatura", "escape"),
)  # fmt: skip
_HARD = {"passing": 1, "neighbour": 1, "suspension": 2, "anticipation": 2, "appoggiatura": 3, "escape": 3}
_MAJOR = ("I IV V I", "I vi IV V", "I V vi IV", "I ii V I", "vi IV V I", "I V6 I V", "I IV I V")
_MINOR = ("i iv V i", "i VI iv V", "i V VI iv", "i iv i V", "i VI III V", "i V i V")
_MARK = "........"


class Figure(NamedTuple):
    """Two quarters over one chord: their pitches, and what the first or the second is ("" for a chord tone)."""

    first: Pitch
    second: Pitch
    kinds: tuple[str, str]


def draw(stream: Stream, level: int, clef: str) -> Sketch:
    """Four chords with a melody; two or three of its notes are to be named."""
    return draw_of(stream, level, _KINDS[level - 1])


def draw_of(stream: Stream, level: int, kinds: Sequence[str]) -> Sketch:
    """The same with tones of some kinds alone, in a key of the level."""
    while True:
        key = draw_key(stream, level)
        progression = stream.choice(_MINOR if key.is_minor else _MAJOR)
        figures = _melody(stream, chords_in(progression, key), key, kinds)
        if figures is not None:
            break
    asked = [kind for figure in figures for kind in figure.kinds if kind]
    difficulty = sum(_HARD[kind] for kind in asked) + abs(key.signature) // 2 + key.is_minor
    name = f"{key} {' '.join(f'{figure.first} {figure.second}' for figure in figures)}"
    return Sketch(name, difficulty, lambda: _item(key, progression, figures))


def _melody(stream: Stream, chords: Sequence[Chord], key: Key, kinds: Sequence[str]) -> tuple[Figure, ...] | None:
    """A melody of figures, one a chord, with two or three tones of the kinds; None where the draw leads nowhere."""
    figures: list[Figure] = []
    for index, chord in enumerate(chords):
        after = chords[index + 1] if index + 1 < len(chords) else None
        before = figures[-1] if figures else None
        options = list(_figures(chord, after, before.second if before else None, key))
        if before is not None:
            options = [figure for figure in options if _follows(before, figure, chords[index - 1], chord)]
        wanted = [figure for figure in options if any(figure.kinds) and set(figure.kinds) <= {"", *kinds}]
        plain = [figure for figure in options if not any(figure.kinds)]
        pool = wanted if wanted and (not plain or stream.chance(0.75)) else plain
        if not pool:
            return None
        kinds_here = sorted({max(figure.kinds) for figure in pool})
        kind = stream.choice(kinds_here)
        figures.append(stream.choice([figure for figure in pool if max(figure.kinds) == kind]))
    asked = [kind for figure in figures for kind in figure.kinds if kind]
    return tuple(figures) if 2 <= len(asked) <= 3 and _settled(figures, chords) else None


def _settled(figures: Sequence[Figure], chords: Sequence[Chord]) -> bool:
    """Whether every tone that waits for the next chord got what it waits for."""
    return all(
        _kept(figure, figures[index + 1] if index + 1 < len(figures) else None) for index, figure in enumerate(figures)
    )


def _kept(figure: Figure, after: Figure | None) -> bool:
    kind = figure.kinds[1]
    if not kind:
        return True
    if after is None or after.kinds[0] in ("suspension", "appoggiatura"):
        return False
    step = after.first.diatonic - figure.second.diatonic
    came = figure.second.diatonic - figure.first.diatonic
    match kind:
        case "passing":
            return step == came
        case "neighbour":
            return after.first == figure.first
        case "anticipation":
            return after.first == figure.second
        case _:
            return abs(step) >= 2 and step * came < 0


def _scale_steps(key: Key, low: int = 34, high: int = 41) -> list[Pitch]:
    out = []
    for diatonic in range(low - 2, high + 2):
        octave, index = divmod(diatonic, 7)
        tone = next(tone for tone in key.tones if tone.letter == LETTERS[index])
        out.append(Pitch(tone.letter, tone.alter, octave))
    return out


def _is_tone(pitch: Pitch, chord: Chord) -> bool:
    return pitch.pitch_class in chord.tones


@cache
def _figures(chord: Chord, after: Chord | None, before: Pitch | None, key: Key) -> tuple[Figure, ...]:
    """Every figure of two quarters over a chord, after a pitch; what comes next decides on some (see _kept)."""
    return tuple(_all_figures(chord, after, before, key))


def _all_figures(chord: Chord, after: Chord | None, before: Pitch | None, key: Key) -> Iterator[Figure]:
    steps = [*_scale_steps(key)]
    raised = key.degree(7, 1) if key.is_minor else None
    if raised is not None and raised in chord.tones:
        steps = [Pitch(p.letter, raised.alter, p.octave) if p.letter == raised.letter else p for p in steps]
    tones = [pitch for pitch in steps if _is_tone(pitch, chord)]
    for first in steps:
        for second in steps:
            move = second.diatonic - first.diatonic
            if abs(move) > 4 or not _sings(first, second):
                continue
            if first in tones and second in tones and move:
                yield Figure(first, second, ("", ""))
            elif first in tones and second not in tones and after is not None:
                if abs(move) == 1:
                    yield Figure(first, second, ("", "passing"))
                    yield Figure(first, second, ("", "neighbour"))
                    yield Figure(first, second, ("", "escape"))
                if move and _is_tone(second, after):
                    yield Figure(first, second, ("", "anticipation"))
            elif first not in tones and second in tones and abs(move) == 1 and before is not None:
                if before == first and move == -1:
                    yield Figure(first, second, ("suspension", ""))
                elif abs(before.diatonic - first.diatonic) >= 2:
                    yield Figure(first, second, ("appoggiatura", ""))


@cache
def _sings(one: Pitch, other: Pitch) -> bool:
    return Interval.between(one, other).name.lstrip("-")[0] not in "Ad"


def _follows(before: Figure, figure: Figure, old: Chord, chord: Chord) -> bool:
    """Whether the line goes on: no leap over a fifth, what waits is answered, nothing but a suspension repeats."""
    move = figure.first.diatonic - before.second.diatonic
    if abs(move) > 4 or not _sings(before.second, figure.first) or not _kept(before, figure):
        return False
    if figure.kinds[0] == "suspension":
        return before.kinds == ("", "")
    if not move and before.kinds[1] != "anticipation":
        return False
    # An anticipation must not also be a passing or neighbour tone, nor a neighbour an anticipation.
    return figure.kinds[0] != "appoggiatura" or abs(move) >= 2


def _item(key: Key, progression: str, figures: tuple[Figure, ...]) -> Item:
    chords = chords_in(progression, key)
    labels, given, answer = [], [], []
    for index, figure in enumerate(figures):
        for place, (pitch, kind) in enumerate(zip(figure[:2], figure.kinds, strict=True)):
            onset = index * HALF + place * QUARTER
            given.append(Cell(onset, QUARTER, (pitch,), _MARK if kind else ""))
            answer.append(Cell(onset, QUARTER, (pitch,), kind))
            if kind:
                labels.append(Label(onset, "non-chord", kind))
    low = Line(1, 0, tuple(Cell(i * HALF, HALF, _block(chord)) for i, chord in enumerate(chords)))
    name = f"{key}".replace("#", "♯").replace("b ", "♭ ")
    lines = (Line(0, 0, tuple(given)), low), (Line(0, 0, tuple(answer)), low)
    return Item(name, 2, Meter(4, 4), key, *lines, Labels(tuple(labels)))


def _block(chord: Chord) -> tuple[Pitch, ...]:
    """A chord in close position about the C below middle C."""
    bass = chord.bass_tone
    octave = 3 if LETTERS.index(bass.letter) < 4 else 2
    start = chord.tones.index(bass)
    return stacked(Pitch(bass.letter, bass.alter, octave), (*chord.tones[start + 1 :], *chord.tones[:start]))
