"""Examples: a few bars in a small notation, read into a Song that can be drawn and played.

Conventions: an example is a table. `music` holds a line for each voice, `LABEL: tokens`; bars are divided by `|` and
checked. Labels S, A (upper staff), T, B (lower staff) and R, L (right and left hand) share one grand staff; M and N are
tunes on a staff of their own, C chords of a keyboard, W a bass. A token is a pitch or a chord (`C4+E4+G4`) or `r`, a
value (w h q e s, dots, `3` for a triplet, `g` a grace note, `&` ties; the one before when left out), a mark (`'`
staccato, `_` tenuto, `>` accent, `^` marcato, `~` slurred to the next, `!` fermata, `x` damped), a loudness `*40` and a
syllable `=do`. A drum's line is its name and a pattern of sixteenths (`step` ticks each): `x`, `X` loud, `o` soft, `-`
none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from partimento.score.brief import Brief
from partimento.score.song import (
    DRUMS,
    ChordSymbol,
    FinalBars,
    KeyChange,
    MeterChange,
    Note,
    Section,
    Song,
    TempoChange,
    Track,
)
from partimento.theory.chord import Chord, parse_progression
from partimento.theory.errors import TheoryError
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch
from partimento.theory.roman import chord_of, numeral_of

TEMPO = 92.0
LOUDNESS = {"pp": 40, "p": 54, "mp": 66, "mf": 80, "f": 98, "ff": 114}
_LENGTHS = {"w": 1920, "h": 960, "q": 480, "e": 240, "s": 120, "t": 60}
_TOKEN = re.compile(
    r"(?P<pitches>r|[A-G][b#]*\d(?:\+[A-G][b#]*\d)*)(?P<value>g|[whqest]\.{0,2}3?(?:&[whqest]\.{0,2}3?)*)?"
    r"(?P<mark>['_>^~!x]?)(?:\*(?P<loud>\d+))?(?:=(?P<lyric>\S+))?"
)
_MARKS = {"'": "staccato", "_": "tenuto", ">": "accent", "^": "marcato", "~": "legato", "x": "dead"}
_GRACE = 60
_PLACES: dict[str, tuple[str, int]] = {
    "S": ("Upper", 0), "A": ("Upper", 1), "R": ("Upper", 0), "T": ("Lower", 0), "B": ("Lower", 1), "L": ("Lower", 0),
    "M": ("Melody", 0), "N": ("Second melody", 0), "C": ("Chords", 0), "W": ("Bass", 0),
}  # fmt: skip
"""Label to its track and its voice there."""

_TRACKS = {
    "Upper": ("harmony", "violin"), "Lower": ("harmony", "cello"), "Melody": ("lead", "flute"),
    "Second melody": ("counter", "flute"), "Chords": ("comp", "piano"), "Bass": ("bass", "bassoon"),
    "Drums": ("drums", "drums"),
}  # fmt: skip
FIELDS = frozenset((
    "music", "key", "keys", "meter", "tempo", "tempos", "swing", "chords", "numerals", "caption", "step", "words",
    "dynamics", "sections", "repeat", "pickup", "pan",
    "late",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Example:
    """A read example: `song` as written; `numerals` (tick, key, numeral) as the example names its chords.

    `caption` says what to look and listen for; `swing` plays eighths long and short; `words` are (bar, text) over the
    staff, `marks` (bar, "mf" or "crescendo", bars), `repeat` bars (first, last) that are repeated, `fermatas` ticks,
    `pan` track names with their place from -1 (left) to 1; `late` drums' names with the ticks by which their strokes
    are played after what is written; all bars count from 1.
    """

    song: Song
    numerals: tuple[tuple[int, Key, str], ...] = ()
    caption: str = ""
    swing: bool = False
    words: tuple[tuple[int, str], ...] = ()
    marks: tuple[tuple[int, str, int], ...] = ()
    repeat: tuple[int, int] | None = None
    fermatas: tuple[int, ...] = ()
    pan: Mapping[str, float] = field(default_factory=dict)
    late: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Line:
    label: str
    notes: tuple[Note, ...]
    end: int
    fermatas: tuple[int, ...] = ()


def example_of(table: Mapping[str, Any], title: str = "") -> Example:
    """The example that a table describes; TheoryError names the line and the bar of what cannot be read."""
    for name in table:
        if name not in FIELDS:
            raise TheoryError(f"Unknown field '{name}' in the example '{title}'.")
    meter = Meter.parse(str(table.get("meter", "4/4")))
    marks = tuple(_mark(text) for text in table.get("dynamics", ()))
    pickup = int(table.get("pickup", 0))
    bars = _Bars(meter, pickup)
    lines = [_line(row, bars, int(table.get("step", 120))) for row in _rows(str(table.get("music", "")))]
    chords = str(table.get("chords", "")), str(table.get("numerals", ""))
    end = max([line.end for line in lines] + [bars.start(_count(text) + 1) for text in chords if text], default=0)
    if not end:
        raise TheoryError(f"The example '{title}' is empty: it has neither music nor chords.")
    for line in lines:
        if line.end != end:
            raise TheoryError(
                f"Line {line.label} of the example '{title}' ends at tick {line.end}, the others at {end}."
            )
    keys = [(0, Key.parse(str(table.get("key", "C"))))]
    keys += [(bars.start(int(bar)), Key.parse(str(name))) for bar, name in table.get("keys", ())]
    symbols, numerals = _symbols(chords, keys, bars)
    tracks = _tracks(lines, lambda tick: _loudness(marks, bars, tick))
    tempos = [(bars.start(row[0]), float(row[1]), len(row) > 2) for row in table.get("tempos", ())]
    tempos = tempos or [(0, float(table.get("tempo", TEMPO)), False)]
    meters = (MeterChange(0, _short(meter, pickup)), MeterChange(pickup, meter)) if pickup else (MeterChange(0, meter),)
    repeat = table.get("repeat")
    return Example(
        Song(
            title, Brief(title=title), meters, tuple(TempoChange(*row) for row in tempos),
            tuple(KeyChange(*row) for row in keys), _sections(table.get("sections", ()), keys[0][1], bars, end),
            FinalBars(end, "held", "end"), symbols, tracks,
        ),
        numerals, str(table.get("caption", "")), bool(table.get("swing", False)),
        tuple((int(bar), str(text)) for bar, text in table.get("words", ())), marks,
        (int(repeat[0]), int(repeat[1])) if repeat else None,
        tuple(sorted({tick for line in lines for tick in line.fermatas})), dict(table.get("pan", {})),
        dict(table.get("late", {})),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Bars:
    meter: Meter
    pickup: int

    def start(self, number: int) -> int:
        """The first tick of a bar counted from 1, a pick-up being bar 0."""
        return self.pickup + (number - 1) * self.meter.bar if number > 0 else 0

    def is_line(self, tick: int) -> bool:
        return tick == 0 or (tick - self.pickup) % self.meter.bar == 0


def _short(meter: Meter, ticks: int) -> Meter:
    return Meter(ticks // meter.unit, meter.denominator)


def _rows(music: str) -> list[tuple[str, str]]:
    rows = []
    for line in music.strip().splitlines():
        label, colon, text = line.partition(":")
        if not colon:
            raise TheoryError(f"'{line.strip()}' is no line of an example: write a label and a colon first.")
        rows.append((label.strip(), text.strip()))
    return rows


def _line(row: tuple[str, str], bars: _Bars, step: int) -> _Line:
    label, text = row
    if label in DRUMS:
        return _drum_line(label, text, bars, step)
    if label not in _PLACES:
        raise TheoryError(f"Unknown label '{label}' in an example: valid are {', '.join(_PLACES)} and names of drums.")
    notes: list[Note] = []
    fermatas: list[int] = []
    tick, length, graces = 0, 480, 0
    for token in text.split():
        if token == "|":
            if not bars.is_line(tick):
                raise TheoryError(f"Line {label}: '|' at tick {tick}, where no bar ends.")
            continue
        match = _TOKEN.fullmatch(token)
        if match is None:
            raise TheoryError(f"Line {label}: '{token}' cannot be read.")
        grace = match["value"] == "g"
        if not grace:
            length = sum(_length(value) for value in match["value"].split("&")) if match["value"] else length
        if match["mark"] == "!":
            fermatas.append(tick)
        if match["pitches"] != "r":
            notes += _notes(match, tick, length, _PLACES[label][1], grace)
        graces = graces + 1 if grace else 0
        tick += 0 if grace else length
    if not bars.is_line(tick):
        raise TheoryError(f"Line {label} ends at tick {tick}, where no bar ends.")
    return _Line(label, _timed(notes), tick, tuple(fermatas))


def _notes(match: re.Match[str], tick: int, length: int, voice: int, grace: bool) -> list[Note]:
    pitches = [Pitch.parse(name) for name in match["pitches"].split("+")]
    loud = int(match["loud"] or 0)
    lyric = (match["lyric"] or "").replace("_", " ") or None
    return [
        Note(tick, length, pitch, loud, voice, _MARKS.get(match["mark"] or "", ""), grace, None if place else lyric)
        for place, pitch in enumerate(pitches)
    ]


def _timed(notes: Sequence[Note]) -> tuple[Note, ...]:
    """Grace notes take their short time from before the note they lead to."""
    out: list[Note] = []
    waiting: list[Note] = []
    for note in notes:
        if note.grace:
            waiting.append(note)
            continue
        for place, grace in enumerate(waiting):
            onset = max(0, note.onset - _GRACE * (len(waiting) - place))
            out.append(Note(onset, _GRACE, grace.pitch, grace.velocity, grace.voice, grace=True))
        waiting = []
        out.append(note)
    return tuple(out)


def _length(value: str) -> int:
    plain = _LENGTHS[value[0]]
    dots = value.count(".")
    ticks = 2 * plain - (plain >> dots)
    return ticks * 2 // 3 if value.endswith("3") else ticks


def _drum_line(label: str, text: str, bars: _Bars, step: int) -> _Line:
    notes = []
    tick = 0
    for sign in text.replace(" ", ""):
        if sign == "|":
            if not bars.is_line(tick):
                raise TheoryError(f"Line {label}: '|' at tick {tick}, where no bar ends.")
            continue
        if sign not in "xXo-":
            raise TheoryError(f"Line {label}: '{sign}' is no stroke; x, X, o and - are.")
        if sign != "-":
            articulation = "ghost" if sign == "o" else "accent" if sign == "X" else ""
            notes.append(Note(tick, step, DRUMS[label], {"o": 38, "X": 112}.get(sign, 84), 0, articulation))
        tick += step
    return _Line(label, tuple(notes), tick)


def _count(progression: str) -> int:
    return len(progression.strip().strip("|").split("|"))


def _symbols(
    given: tuple[str, str], keys: Sequence[tuple[int, Key]], bars: _Bars
) -> tuple[tuple[ChordSymbol, ...], tuple[tuple[int, Key, str], ...]]:
    """The chords of the example, from symbols or from numerals, and the numerals that it names itself."""
    symbols, named = given
    rows: list[tuple[int, int, str | Chord | None]] = []
    if symbols:
        for number, bar in enumerate(parse_progression(symbols), start=1):
            rows += _spread(bar, bars, number)
    elif named:
        for number, text in enumerate(named.strip().strip("|").split("|"), start=1):
            rows += _spread(tuple(text.split()), bars, number)
    found: list[ChordSymbol] = []
    for onset, length, item in rows:
        key = next(key for tick, key in reversed(keys) if tick <= onset)
        if item is None or item in ("%", "-"):
            continue
        chord = chord_of(item, key) if isinstance(item, str) else item
        found.append(ChordSymbol(onset, length, chord, key, item if isinstance(item, str) else numeral_of(chord, key)))
    told = tuple((symbol.onset, symbol.key, symbol.roman) for symbol in found) if named and not symbols else ()
    if symbols and named:
        told = _told(named, keys, bars)
    return tuple(found), told


def _told(named: str, keys: Sequence[tuple[int, Key]], bars: _Bars) -> tuple[tuple[int, Key, str], ...]:
    """Numerals beside given chord symbols."""
    out = []
    for number, text in enumerate(named.strip().strip("|").split("|"), start=1):
        for onset, _, item in _spread(tuple(text.split()), bars, number):
            key = next(key for tick, key in reversed(keys) if tick <= onset)
            if isinstance(item, str) and item not in ("%", "-"):
                out.append((onset, key, item))
    return tuple(out)


def _spread(items: Sequence[str | Chord | None], bars: _Bars, number: int) -> list[tuple[int, int, str | Chord | None]]:
    """The items of one bar shared out over it, by beats where their number allows: three in 4/4 are 1, 1 and 2."""
    beats = bars.meter.beats
    count = len(items)
    length = bars.meter.bar
    if count and len(beats) % count == 0:
        places = [beats[place * len(beats) // count] for place in range(count)]
    elif count <= len(beats):
        places = list(beats[:count])
    else:
        places = [length * place // count for place in range(count)]
    ends = [*places[1:], length]
    start = bars.start(number)
    return [(start + at, to - at, item) for at, to, item in zip(places, ends, items, strict=True)]


def _mark(row: Sequence[Any]) -> tuple[int, str, int]:
    return int(row[0]), str(row[1]), int(row[2]) if len(row) > 2 else 0


def _loudness(marks: Sequence[tuple[int, str, int]], bars: _Bars, tick: int) -> int:
    """How loud a note is to be, by the marks before it; within a hairpin on the way to the mark after it."""
    now = LOUDNESS["mf"]
    for place, (bar, mark, length) in enumerate(marks):
        if bars.start(bar) > tick:
            break
        if mark in LOUDNESS:
            now = LOUDNESS[mark]
        else:
            goal = next((LOUDNESS[text] for _, text, _ in marks[place + 1 :] if text in LOUDNESS), now)
            share = min(1.0, (tick - bars.start(bar)) / (length * bars.meter.bar))
            now = round(now + (goal - now) * share)
    return now


def _tracks(lines: Sequence[_Line], loudness: Any) -> tuple[Track, ...]:
    found: dict[str, list[Note]] = {}
    for line in lines:
        name = "Drums" if line.label in DRUMS else _PLACES[line.label][0]
        for note in line.notes:
            loud = note.velocity or loudness(note.onset)
            found.setdefault(name, []).append(
                Note(note.onset, note.duration, note.pitch, loud, note.voice, note.articulation, note.grace, note.lyric)
            )
        found.setdefault(name, [])
    order = [name for name in _TRACKS if name in found]
    return tuple(
        Track(name, *_TRACKS[name], tuple(sorted(found[name], key=lambda note: (note.onset, note.number))))
        for name in order
    )


def _sections(rows: Sequence[Sequence[Any]], key: Key, bars: _Bars, end: int) -> tuple[Section, ...]:
    marks = [(bars.start(int(bar)) if int(bar) > 1 else 0, str(name)) for bar, name in rows] or [(0, "")]
    ends = [tick for tick, _ in marks[1:]] + [end]
    return tuple(
        Section(name, "verse", start, to - start, 0.5, name or "A", 0, key, "open", "tune")
        for (start, name), to in zip(marks, ends, strict=True)
    )
