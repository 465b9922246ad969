"""Numerals, cadences, figured bass, part-writing and harmonising: four voices on two staves.

Conventions: chords last a half note; the upper staff has soprano and alto, the lower tenor and bass, words stand under
the bass. Difficulty counts chords beyond the plain ones (inversions 1, sevenths 1, applied or altered chords 3), the
signature and the minor mode (1).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from partimento.score.stream import Stream
from partimento.teaching.exercises.progressions import chords_in, draw_key, progressions, sung
from partimento.teaching.exercises.voicing import Four
from partimento.teaching.exercises.worksheet import (
    BLANK,
    HALF,
    WHOLE,
    Cell,
    Item,
    Label,
    Labels,
    Line,
    PartWriting,
    Sketch,
)  # fmt: skip
from partimento.theory.chord import Chord
from partimento.theory.figured_bass import figures
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch
from partimento.theory.roman import Numeral

_COMMON = Meter(4, 4)
_PLACES = ((0, 0, 3), (0, 1, 2), (1, 0, 1), (1, 1, 0))
"""Staff, voice of the staff, and voice counted from the bass."""

VOICES = ("bass", "tenor", "alto", "soprano")


def onsets_of(count: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Onsets and durations of chords in half notes, the last one filling its bar."""
    onsets = tuple(i * HALF for i in range(count))
    return onsets, tuple(HALF if i < count - 1 or count % 2 == 0 else WHOLE for i in range(count))


def lines_of(ways: Sequence[Four], texts: Sequence[str] = (), marks: Sequence[str] = ()) -> tuple[Line, ...]:
    """Four voices as lines, with texts or thorough-bass figures under the bass."""
    onsets, lengths = onsets_of(len(ways))
    out = []
    for staff, voice, index in _PLACES:
        low = index == 0
        cells = tuple(
            Cell(onset, length, (four[index],), texts[i] if low and texts else "", marks[i] if low and marks else "")
            for i, (onset, length, four) in enumerate(zip(onsets, lengths, ways, strict=True))
        )
        out.append(Line(staff, voice, cells))
    return tuple(out)


def only(lines: Sequence[Line], *voices: int) -> tuple[Line, ...]:
    """The lines of some voices, counted from the bass."""
    places = {(staff, voice) for staff, voice, index in _PLACES if index in voices}
    return tuple(line for line in lines if (line.staff, line.voice) in places)


def key_name(key: Key) -> str:
    """A key as a heading: "E♭ major"."""
    tonic = key.tonic
    return tonic.letter + ("♭" * -tonic.alter if tonic.alter < 0 else "♯" * tonic.alter) + f" {key.mode}"


def numeral_text(numeral: str) -> str:
    """A numeral as it is printed: "vii°6", "♭VI"."""
    return re.sub(r"(^|/)b", r"\1♭", numeral.replace("iio", "ii°"))


def _weight(progression: str, key: Key) -> int:
    total = abs(key.signature) + key.is_minor
    for numeral, chord in zip(progression.split(), chords_in(progression, key), strict=True):
        total += bool(chord.inversion) + (chord.seventh is not None)
        total += 3 * ("/" in numeral or any(sign in numeral for sign in ("N", "Ger", "It", "Fr", "b", "iiø", "iv")))
    return total


class _Drawn:
    """A progression in a key, and how it is sung."""

    def __init__(self, stream: Stream, level: int) -> None:
        self.key = draw_key(stream, level)
        self.progression = stream.choice(progressions(level, "minor" if self.key.is_minor else "major"))
        self.start = stream.choice((67, 70, 74))

    @property
    def name(self) -> str:
        return f"{self.key} {self.progression} {self.start}"

    @property
    def numerals(self) -> tuple[str, ...]:
        return tuple(self.progression.split())

    def ways(self) -> tuple[Four, ...]:
        ways = sung(self.progression, self.key, self.start)
        assert ways is not None, f"{self.progression} cannot be sung in {self.key}"
        return ways

    def chords(self) -> tuple[Chord, ...]:
        return chords_in(self.progression, self.key)

    def bars(self) -> int:
        return (len(self.numerals) + 1) // 2


def draw_numerals(stream: Stream, level: int, clef: str) -> Sketch:
    """A progression whose numerals are to be written."""
    drawn = _Drawn(stream, level)
    return Sketch(drawn.name, 4 + _weight(drawn.progression, drawn.key), lambda: _numerals(drawn))


def _numerals(drawn: _Drawn) -> Item:
    ways, numerals = drawn.ways(), drawn.numerals
    onsets, _ = onsets_of(len(ways))
    labels = tuple(
        Label(onset, "numeral", numeral, str(drawn.key)) for onset, numeral in zip(onsets, numerals, strict=True)
    )
    given = lines_of(ways, ("........",) * len(ways))
    answer = lines_of(ways, tuple(map(numeral_text, numerals)))
    return Item(key_name(drawn.key), drawn.bars(), _COMMON, drawn.key, given, answer, Labels(labels))


CADENCES = {
    "AC": "authentic", "PAC": "PAC", "IAC": "IAC", "HC": "half", "Phrygian": "Phrygian", "PC": "plagal",
    "DC": "deceptive",
}  # fmt: skip
"""A cadence's kind as a key prints it."""

_CADENCES: tuple[tuple[tuple[str, str, str, int], ...], ...] = (
    (
        ("AC", "I IV V I", "i iv V i", 1),
        ("HC", "I vi ii6 V", "i VI iio6 V", 1),
        ("HC", "I IV I V", "i iv i V", 1),
        ("AC", "I ii6 V7 I", "i iio6 V7 i", 1),
    ),
    (
        ("AC", "I ii6 V7 I", "i iio6 V7 i", 1),
        ("HC", "I I6 IV V", "i i6 iv V", 1),
        ("PC", "I V I IV I", "i V i iv i", 2),
        ("DC", "I IV V vi", "i iv V7 VI", 2),
        ("PC", "I vi IV I", "i VI iv i", 2),
        ("DC", "I ii6 V7 vi", "i iio6 V7 VI", 2),
    ),
    (
        ("PAC", "I IV V7 I", "i iv V7 i", 2),
        ("IAC", "I ii6 V7 I", "i iio6 V7 i", 3),
        ("HC", "I vi ii65 V", "i VI iiø65 V", 2),
        ("DC", "I ii65 V7 vi", "i iiø65 V7 VI", 2),
        ("PC", "I V7 I IV I", "i V7 i iv i", 2),
        ("IAC", "I IV V65 I", "i iv V65 i", 3),
    ),
    (
        ("PAC", "I ii65 I64 V7 I", "i iiø65 i64 V7 i", 2),
        ("IAC", "I IV I64 V7 I", "i iv i64 V7 i", 3),
        ("Phrygian", "", "i VI iv6 V", 3),
        ("HC", "I vi IV I64 V", "i VI iv i64 V", 3),
        ("DC", "I ii65 I64 V7 vi", "i iiø65 i64 V7 VI", 3),
        ("IAC", "I ii6 V42 I6", "i iio6 V42 i6", 4),
    ),
    (
        ("PAC", "I V7/V I64 V7 I", "i V7/V i64 V7 i", 3),
        ("Phrygian", "", "i i6 iv6 V", 3),
        ("HC", "I vi V7/V V", "i VI V7/V V", 3),
        ("DC", "I N6 V7 vi", "i N6 V7 VI", 4),
        ("PC", "I V7/IV IV iv I", "i V7/iv iv i", 4),
        ("IAC", "I N6 V42 I6", "i N6 V42 i6", 4),
        ("DC", "I IV V7 bVI", "i iv V7 VI", 4),
    ),
)
"""By level: kind, a phrase in major and in minor ("" where there is none), how hard."""


def draw_cadence(stream: Stream, level: int, clef: str) -> Sketch:
    """A phrase whose cadence is to be named under its last chord."""
    key = draw_key(stream, level)
    fitting = [row for row in _CADENCES[level - 1] if row[2 if key.is_minor else 1]]
    kind, *phrases, hard = stream.choice(fitting)
    phrase = str(phrases[key.is_minor])
    start = stream.choice((67, 70, 74))
    name, difficulty = f"{key} {phrase} {kind} {start}", 2 * int(hard) + abs(key.signature) + key.is_minor
    return Sketch(name, difficulty, lambda: _cadence(str(kind), phrase, key, start))


def _cadence(kind: str, phrase: str, key: Key, start: int) -> Item:
    end = chords_in(phrase, key)[-1]
    last = None
    if kind in ("PAC", "AC"):
        last = key.tonic
    elif kind == "IAC" and phrase.split()[-2] in ("V", "V7") and end.bass is None:
        last = end.third
    ways = sung(phrase, key, start, last)
    assert ways is not None, f"{phrase} ({kind}) cannot be sung in {key}"
    onsets, _ = onsets_of(len(ways))
    blank = ("",) * (len(ways) - 1)
    given, answer = (lines_of(ways, (*blank, text)) for text in (BLANK, CADENCES[kind]))
    task = Labels((Label(onsets[-1], "cadence", kind),))
    return Item(key_name(key), (len(ways) + 1) // 2, _COMMON, key, given, answer, task)


def draw_part_writing(stream: Stream, level: int, clef: str) -> Sketch:
    """Numerals over a bass, the three upper voices to be written."""
    drawn = _Drawn(stream, level)
    difficulty = 6 + 2 * _weight(drawn.progression, drawn.key)
    return Sketch(drawn.name, difficulty, lambda: _four_part(drawn, (0,), drawn.numerals, ()))


def draw_figured_bass(stream: Stream, level: int, clef: str) -> Sketch:
    """A figured bass to be set for four voices."""
    drawn = _Drawn(stream, level)
    marks = tuple(figures_text(chord, drawn.key) for chord in drawn.chords())
    difficulty = 6 + 2 * _weight(drawn.progression, drawn.key)
    return Sketch(drawn.name, difficulty, lambda: _four_part(drawn, (0,), (), marks))


def figures_text(chord: Chord, key: Key) -> str:
    """Figures as a Cell has them: "6,5", "#", "" for a plain triad."""
    return ",".join(map(str, figures(chord, key)))


def draw_harmonise(stream: Stream, level: int, clef: str) -> Sketch:
    """A soprano to be harmonised with chords of the student's choice."""
    drawn = _Drawn(stream, level)
    while Numeral.parse(drawn.numerals[-1]).degree not in (1, 5, 6):
        drawn = _Drawn(stream, level)
    difficulty = 8 + 2 * _weight(drawn.progression, drawn.key)
    return Sketch(drawn.name, difficulty, lambda: _four_part(drawn, (3,), (), ()))


def _four_part(drawn: _Drawn, voices: tuple[int, ...], numerals: Sequence[str], marks: Sequence[str]) -> Item:
    ways = drawn.ways()
    onsets, lengths = onsets_of(len(ways))
    texts = tuple(map(numeral_text, numerals))
    answer = lines_of(ways, texts, marks)
    given: tuple[tuple[Pitch, ...] | None, ...] = tuple(
        tuple(four[voice] for four in ways) if voice in voices else None for voice in range(4)
    )
    chords = () if 3 in voices else drawn.chords()
    task = PartWriting(drawn.key, onsets, lengths, chords, given)
    # Free voices stand there as space, so that a notation program gives each its own voice.
    empty = tuple(Line(line.staff, line.voice, ()) for line in answer if line not in only(answer, *voices))
    shown = (*only(answer, *voices), *empty)
    return Item(key_name(drawn.key), drawn.bars(), _COMMON, drawn.key, shown, answer, task)
