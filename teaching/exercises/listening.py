"""Listening: intervals, chords and cadences to be named by ear, melodies and rhythms to be taken down.

Conventions: the sheet shows the first note (or the tonic) alone; what is played stands in the item's `sound`. What is
written down again is judged by pitch and time; of a rhythm by time alone.
"""

from __future__ import annotations

from dataclasses import replace

from partimento.score.stream import Stream
from partimento.teaching.exercises.chords import close_position, draw_chord, fitted
from partimento.teaching.exercises.clefs import middle, near_middle
from partimento.teaching.exercises.harmony import CADENCES, draw_cadence
from partimento.teaching.exercises.intervals import draw_pair
from partimento.teaching.exercises.rhythm import draw_bar
from partimento.teaching.exercises.scales import draw_line
from partimento.teaching.exercises.worksheet import (
    BLANK,
    HALF,
    WHOLE,
    Cell,
    Item,
    Label,
    Labels,
    Line,
    Melody,
    Sketch,
    single,
)  # fmt: skip
from partimento.theory.interval import Interval
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch, pitch_class

_COMMON = Meter(4, 4)
_PLAIN = Key.parse("C")
_BY_EAR = {
    "P8": 1,
    "P5": 1,
    "P4": 2,
    "M3": 2,
    "m3": 2,
    "M2": 1,
    "m2": 1,
    "M6": 3,
    "m6": 4,
    "m7": 4,
    "M7": 3,
    "d5": 3,
    "A4": 3,
}
_QUALITY_BY_EAR = {"": 1, "m": 1, "dim": 2, "aug": 2, "7": 2, "maj7": 3, "m7": 3, "m7b5": 4, "dim7": 3}


def draw_interval(stream: Stream, level: int, clef: str) -> Sketch:
    """An interval, played one note after the other or, from level 3 on, both at once."""
    # By ear an augmented second is a minor third: only what sounds of itself is asked.
    low, high, interval = draw_pair(stream, min(level, 3), clef)
    together = level >= 3 and stream.chance(0.5)
    down = level >= 2 and not together and stream.chance(0.5)
    difficulty = _BY_EAR.get(interval.name, 4) + together + down
    name = f"{low} {high} {together} {down}"
    return Sketch(name, difficulty, lambda: _interval(low, high, interval, together, down))


def _interval(low: Pitch, high: Pitch, interval: Interval, together: bool, down: bool) -> Item:
    first, second = (high, low) if down else (low, high)
    sound = (
        single(0, Cell(0, WHOLE, (low, high)))
        if together
        else single(0, Cell(0, HALF, (first,)), Cell(HALF, HALF, (second,)))
    )
    prompt = "together" if together else "down" if down else "up"
    given, answer = single(0, Cell(0, WHOLE, (first,), BLANK)), _named(sound, interval.name)
    task = Labels((Label(0, "interval", interval.name, by_ear=True),))
    return Item(prompt, 1, _COMMON, _PLAIN, given, answer, task, sound)


def _named(lines: tuple[Line, ...], text: str, staff: int = 0) -> tuple[Line, ...]:
    """The lines with a word under the first note of a staff's last voice."""
    last = max(index for index, line in enumerate(lines) if line.staff == staff)
    cells = lines[last].cells
    return (*lines[:last], lines[last]._replace(cells=(cells[0]._replace(text=text), *cells[1:])), *lines[last + 1 :])


def draw_chords(stream: Stream, level: int, clef: str) -> Sketch:
    """A chord in root position, its root shown."""
    while True:
        chord = draw_chord(stream, min(level, 4)).over(None)
        if chord.quality in _QUALITY_BY_EAR:
            break
    pitches = fitted(close_position(chord, clef), clef)
    broken = level <= 2 and stream.chance(0.5)
    difficulty = _QUALITY_BY_EAR[chord.quality] + (not broken)

    def make() -> Item:
        played = single(0, Cell(0, WHOLE, pitches))
        sound = single(0, *(Cell(i * HALF // 2, HALF // 2, (p,)) for i, p in enumerate(pitches))) if broken else played
        task = Labels((Label(0, "chord", chord.name),))
        shown = single(0, Cell(0, WHOLE, pitches[:1], BLANK))
        return Item("broken" if broken else "", 1, _COMMON, _PLAIN, shown, _named(played, chord.name), task, sound)

    return Sketch(f"{chord.name} {broken}", difficulty, make)


def draw_cadences(stream: Stream, level: int, clef: str) -> Sketch:
    """A phrase whose cadence is to be named; its key's tonic is shown."""
    sketch = draw_cadence(stream, level, clef)

    def make() -> Item:
        item = sketch.make()
        assert isinstance(item.task, Labels)
        label = item.task.labels[0]._replace(at=0)
        tonic = near_middle(item.key.tonic.letter, item.key.tonic.alter, "treble")
        given = single(0, Cell(0, WHOLE, (tonic,), BLANK))
        plain = tuple(line._replace(cells=tuple(cell._replace(text="") for cell in line.cells)) for line in item.answer)
        return replace(
            item, given=given, answer=_named(plain, CADENCES[label.answer], 1), task=Labels((label,)), sound=plain
        )

    return sketch._replace(make=make)


def draw_dictation(stream: Stream, level: int, clef: str) -> Sketch:
    """A melody of two bars; its first note is shown."""
    reach = (0, 1, 2, 3, 4)[level - 1]
    key = Key(pitch_class(stream.between(-reach, reach)), "minor" if level >= 3 and stream.chance(0.5) else "major")
    if key.is_minor:
        key = Key(key.tonic.up(3), "minor")
    notes = draw_line(stream, key, level, clef, 2)
    leaps = sum(abs(b[2].diatonic - a[2].diatonic) > 1 for a, b in zip(notes, notes[1:], strict=False))
    name = " ".join(f"{pitch}:{length}" for _, length, pitch in notes)
    return Sketch(name, len(notes) + 2 * leaps + abs(key.signature), lambda: _dictation(key, notes))


def _dictation(key: Key, notes: tuple[tuple[int, int, Pitch], ...]) -> Item:
    cells = [Cell(onset, length, (pitch,)) for onset, length, pitch in notes]
    line = single(0, *cells)
    task = Melody(0, notes, given=1, rule="dictation")
    name = f"{key}".replace("#", "♯").replace("b ", "♭ ")
    return Item(name, 2, _COMMON, key, single(0, cells[0]), line, task, line)


_METERS = (("4/4",), ("4/4", "3/4"), ("4/4", "3/4", "6/8"), ("3/4", "6/8", "9/8", "4/4"), ("5/4", "7/8", "6/8", "3/4"))


def draw_rhythm(stream: Stream, level: int, clef: str) -> Sketch:
    """A rhythm of two bars; its first note is shown."""
    meter = Meter.parse(stream.choice(_METERS[level - 1]))
    values = [length for _ in range(2) for beat in draw_bar(stream, meter, level) for length in beat]
    name = f"{meter} {values}"
    difficulty = len(values) + 2 * len(set(values))
    return Sketch(name, difficulty, lambda: _rhythm(meter, values, clef))


def _rhythm(meter: Meter, values: list[int], clef: str) -> Item:
    pitch, notes, tick = middle(clef), [], 0
    for length in values:
        notes.append((tick, length, pitch))
        tick += length
    cells = [Cell(onset, length, (p,)) for onset, length, p in notes]
    task = Melody(0, tuple(notes), given=1, pitched=False, rule="rhythm")
    line = single(0, *cells)
    return Item("", 2, meter, _PLAIN, single(0, cells[0]), line, task, line)
