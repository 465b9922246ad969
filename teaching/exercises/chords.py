"""Chords to be named by symbol, or written from one.

Conventions: difficulty counts the quality (1-4), the root's accidental, every accidental of the chord, an inversion
(2), and writing (1). A written chord stands in close position upwards from its lowest note.
"""

from __future__ import annotations

from partimento.score.stream import Stream
from partimento.teaching.exercises.clefs import near_middle, pitches_of
from partimento.teaching.exercises.worksheet import (
    BLANK,
    WHOLE,
    Cell,
    Item,
    Label,
    Labels,
    Sketch,
    Tones,
    single,
)  # fmt: skip
from partimento.theory.chord import Chord
from partimento.theory.interval import Interval
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch, PitchClass, pitch_class

_TRIADS, _SEVENTHS = ("", "m"), ("7", "maj7", "m7")
QUALITIES: tuple[tuple[str, ...], ...] = (
    _TRIADS,
    (*_TRIADS, "dim", "aug"),
    (*_TRIADS, "dim", "7", "maj7", "m7"),
    (*_SEVENTHS, "m7b5", "dim7", "dim", "aug"),
    (*_SEVENTHS, "m7b5", "dim7", "mmaj7", "9", "m9", "maj9", "7b9", "6", "m6", "7sus4"),
)
_ROOTS = ((-1, 1), (-2, 2), (-3, 4), (-4, 6), (-5, 6))
"""By level: from which to which place on the line of fifths the roots reach, C being 0."""

_HARD = {"": 1, "m": 1, "dim": 2, "aug": 2, "7": 2, "maj7": 2, "m7": 2, "m7b5": 3, "dim7": 3, "mmaj7": 3}


def draw_chord(stream: Stream, level: int) -> Chord:
    """A chord of a level, from level 2 on inverted now and then."""
    low, high = _ROOTS[level - 1]
    while True:
        chord = Chord(
            pitch_class(stream.between(low, high + (3 if level > 1 else 2))), stream.choice(QUALITIES[level - 1])
        )
        if level >= 2 and len(chord.tones) <= 4 and chord.quality not in ("aug", "dim7", "6", "m6", "7sus4"):
            inversion = stream.weighted(range(len(chord.tones)), (2, 1, 1, 1)[: len(chord.tones)])
            chord = chord.over(chord.tones[inversion] if inversion else None)
        if all(abs(tone.alter) <= 1 and tone.name not in ("Cb", "Fb", "E#", "B#") for tone in chord.tones):
            return chord


def close_position(chord: Chord, clef: str) -> tuple[Pitch, ...]:
    """The chord stacked upwards from its bass tone, each tone the next above, as near the middle line as it goes."""
    start = chord.tones.index(chord.bass_tone) if chord.bass_tone in chord.tones else 0
    order = (*chord.tones[start:], *chord.tones[:start]) if len(chord.tones) <= 4 else chord.tones
    lowest = near_middle(order[0].letter, order[0].alter, clef, low=True)
    return stacked(lowest, order[1:])


def stacked(lowest: Pitch, above: tuple[PitchClass, ...]) -> tuple[Pitch, ...]:
    """A pitch and others above it, each the next of its name."""
    out = [lowest]
    for tone in above:
        octave = out[-1].octave
        pitch = Pitch(tone.letter, tone.alter, octave)
        out.append(pitch if pitch.diatonic > out[-1].diatonic else Pitch(tone.letter, tone.alter, octave + 1))
    return tuple(out)


def printed(chord: Chord) -> str:
    """The symbol as the sheet prints it: "E♭m7/G♭"."""
    quality = chord.quality.replace("b", "♭").replace("#", "♯")
    bass = f"/{_tone(chord.bass)}" if chord.bass else ""
    return f"{_tone(chord.root)}{quality}{bass}"


def _tone(tone: PitchClass) -> str:
    return tone.letter + ("♭" * -tone.alter if tone.alter < 0 else "♯" * tone.alter)


def draw(stream: Stream, level: int, clef: str) -> Sketch:
    """One item: a chord to be named, or one to be written."""
    chord = draw_chord(stream, level)
    writes = stream.chance(0.5)
    accidentals = sum(abs(tone.alter) for tone in chord.tones)
    difficulty = _HARD.get(chord.quality, 4) + accidentals + (2 if chord.bass else 0) + writes
    return Sketch(f"{'write' if writes else 'name'} {chord.name}", difficulty, lambda: _item(chord, writes, clef))


def _item(chord: Chord, writes: bool, clef: str) -> Item:
    pitches = fitted(close_position(chord, clef), clef)
    key, meter = Key.parse("C"), Meter(4, 4)
    if writes:
        answer = single(0, Cell(0, WHOLE, pitches))
        task = Tones(0, 0, pitches, bass=True, rule="chord")
        return Item(printed(chord), 1, meter, key, (), answer, task)
    given, answer = (single(0, Cell(0, WHOLE, pitches, text)) for text in (BLANK, chord.name))
    return Item("", 1, meter, key, given, answer, Labels((Label(0, "chord", chord.name),)))


def fitted(pitches: tuple[Pitch, ...], clef: str) -> tuple[Pitch, ...]:
    """The pitches, an octave down where they would leave the staff above."""
    highest = max(pitch.diatonic for pitch in pitches_of(clef))
    if max(pitch.diatonic for pitch in pitches) <= highest:
        return pitches
    return tuple(pitch.transposed(Interval(-7, -12)) for pitch in pitches)
