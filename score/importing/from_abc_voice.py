"""One ABC voice: what its signs say, gathered into bars.

Conventions: places in a bar are whole numbers of 1/5040 tick, in which tuplets up to ten and dotted values are exact;
they become ticks when the bar is closed. An accidental holds to the bar's end in all octaves, as the standard 2.1 has
it and abc2midi plays it; a tied note keeps its own over the bar line.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

from partimento.score.importing.from_abc_chords import abc_chord
from partimento.score.importing.from_abc_fields import (
    SIGNS,
    AbcKey,
    VoiceSettings,
    key_of,
    length_of,
    note_length,
    tempo_of,
    times_of,
)
from partimento.score.importing.from_abc_words import lay_words
from partimento.score.importing.from_xml_said import ending_numbers, jump_words
from partimento.score.importing.naming import drum_of_key
from partimento.score.importing.sheet import GRACE, MARKS, MOST_BAR, MOST_TIMES, PartBar, RawNote, Said, usual_interval
from partimento.score.song import Drum
from partimento.theory.errors import ScoreFormatError
from partimento.theory.interval import Interval
from partimento.theory.meter import TICKS
from partimento.theory.pitch import Pitch

MOST_BARS = 5_000
MOST_NOTES = 50_000
"""Of one voice of a tune; either is many times what any tune has."""
_FINE = 5040
_WHOLE = 4 * TICKS * _FINE
_LENGTH = r"(\d{0,4})(/*)(\d{0,4})"
_NOTE = re.compile(r"(\^\^|\^|__|_|=)?([A-Ga-g])([,']*)" + _LENGTH + r"\s*(-?)")
_ARTICULATIONS = {"staccato": "staccato", "wedge": "staccato", "accent": "accent", "emphasis": "accent",
                  "tenuto": "tenuto", ">": "marcato", "marcato": "marcato", "^": "marcato", "upbow": "up",
                  "downbow": "down"}  # fmt: skip
_ORNAMENTS = ("roll", "trill", "mordent", "lowermordent", "uppermordent", "pralltriller", "turn", "trill(")
_HAIRPINS = {"crescendo(": "crescendo", "<(": "crescendo", "diminuendo(": "diminuendo", ">(": "diminuendo",
             "crescendo)": "stop", "<)": "stop", "diminuendo)": "stop", ">)": "stop"}  # fmt: skip
_JUMPS = {"dacapo": "D.C.", "dalsegno": "D.S.", "dacoda": "To Coda", "fine": "Fine"}
_NORMAL = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}


@dataclass(slots=True)
class _Event:
    """A note, chord or rest (no notes) from `start` for `length`, in fine units."""

    start: int
    length: int
    notes: list[RawNote] = field(default_factory=list)
    bar: int = 0


class Voice:
    """A voice that is told its signs one after the other; `bars` hold all of them once `finish` was called."""

    def __init__(self, key: AbcKey, times: list[tuple[str, str]], unit: Fraction, settings: VoiceSettings) -> None:
        self.bars: list[PartBar] = []
        self.settings = settings
        self.dropped: Counter[str] = Counter()
        self.unknown = self.rounded = self._sounded = 0
        self._key, self._unit, self._times = key, unit, times
        self._bar = PartBar(times=list(times), key=self._sounding_key())
        self._events: list[_Event] = []
        self._chords: list[tuple[int, str]] = []
        self._at = self._longest = 0
        self._overlay = 1
        self._signs: dict[str, int] = {}
        self._tied: dict[tuple[str, int], int] = {}
        self._tuplet: tuple[int, Fraction] = (0, Fraction(1))
        self._broken = Fraction(1)
        self._marks: list[str] = []
        self._graces: list[list[RawNote]] = []
        self._slurs = 0
        self._line: list[_Event] = []
        self._verse = 0
        self._plain_start = 0

    @property
    def _interval(self) -> Interval:
        return usual_interval(self.settings.shift)

    def configure(self, text: str) -> None:
        """Take in the settings of a V: field."""
        self.settings.take(text)
        if not self.bars and not self._events:
            self._bar.key = self._sounding_key()

    def _sounding_key(self) -> tuple[int, str] | None:
        return None if self._key.none else (self._key.fifths + self._interval.fifths, self._key.mode)

    def take(self, name: str, value: str) -> None:
        """Take in a field that stands within the tune."""
        if name == "K":
            self.settings.take(value)
            self._key = key_of(value) if key_of(value).alters or not value.strip().startswith("clef") else self._key
            self._target().key = self._sounding_key()
        elif name == "M":
            self._times = times_of(value)
            self._target().times = list(self._times)
        elif name == "L":
            self._unit = length_of(value) or self._unit
        elif name == "Q":
            bpm = tempo_of(value, self._unit)
            if bpm:
                self._bar.said.tempos.append((self._tick, bpm))
        elif name == "P" and value:
            self._bar.said.rehearsals.append((self._tick, " ".join(value.split())[:100]))

    def _target(self) -> PartBar:
        """The bar that a key or meter here belongs to: this one where nothing sounded in it yet."""
        if self._events:
            self._close_bar()
        return self._bar

    @property
    def _tick(self) -> int:
        return min(MOST_BAR, (self._at + _FINE // 2) // _FINE)

    def finish(self) -> None:
        """Close the last bar; what is said after it (a da capo) belongs to it."""
        if self._events:
            self._close_bar()
        elif self.bars:
            last, after = self.bars[-1].said, self._bar.said
            last.da_capo, last.dal_segno = last.da_capo or after.da_capo, last.dal_segno or after.dal_segno
            last.fine, last.to_coda = last.fine or after.fine, last.to_coda or after.to_coda

    def start_line(self) -> None:
        """A line of music begins: the words that follow belong to it."""
        self._line, self._verse = [], 0

    def sound(self, text: str, factor: Fraction, tied: bool) -> None:
        """A note or a chord; its place moves by the first note's length."""
        slurred = self._slurs > 0
        event = _Event(self._at, 0, [], len(self.bars))
        held: dict[tuple[str, int], int] = {}
        for match in _NOTE.finditer(text[:400]):
            length = note_length(match[4], match[5], match[6]) * factor
            letter, octave = _place(match[2], match[3])
            alter = self._alter(match[1], letter, octave)
            tie = tied or bool(match[7])
            if tie:
                held[letter, octave] = alter
            units = self._units(length)
            event.length = event.length or units
            pitch = self._pitch(letter, alter, octave)
            if pitch is None:
                self.dropped["pitch"] += 1
                continue
            event.notes.append(RawNote(0, units, pitch, 0, (1, str(self._overlay)), "", slurred, False, tie, False, ()))
        if not event.length:
            return
        self._sounded += len(event.notes)
        if self._sounded > MOST_NOTES:
            raise ScoreFormatError(f"the tune has more than {MOST_NOTES} notes in a voice; it is not read")
        self._tied = held
        self._adorn(event)
        self._place_graces(event)
        self._add(event)

    def rest(self, kind: str, factor: Fraction) -> None:
        """A rest, or of "Z" and "X" so many whole bars."""
        if kind in "ZX":
            self._whole_bars(int(factor))
            return
        self._marks = []
        event = _Event(self._at, self._units(factor))
        if event.length:
            self._add(event)

    def _whole_bars(self, count: int) -> None:
        beats = self._times[0] if self._times else ("4", "4")
        length = Fraction(sum(int(n) for n in beats[0].split("+")), max(1, int(beats[1])))
        for i in range(max(1, min(count, 200))):
            if i:
                self._close_bar()
            self._add(_Event(self._at, int(length * _WHOLE)))

    def _units(self, factor: Fraction) -> int:
        """Fine units of a length factor here: unit, tuplet and broken rhythm taken into account."""
        exact = factor * self._unit * self._broken * _WHOLE
        if self._tuplet[0]:
            exact *= self._tuplet[1]
        return min(MOST_BAR * _FINE, round(exact))

    def _add(self, event: _Event) -> None:
        self._events.append(event)
        self._at = min(MOST_BAR * _FINE, self._at + event.length)
        self._broken = Fraction(1)
        if self._tuplet[0]:
            self._tuplet = (self._tuplet[0] - 1, self._tuplet[1])
        if event.notes:
            self._line.append(event)

    def broken(self, signs: str) -> None:
        """A dotted pair: the event before grows or shrinks, the next one does the other thing."""
        if not self._events:
            return
        short = Fraction(1, 2 ** len(signs))
        before, self._broken = (2 - short, short) if signs[0] == ">" else (short, 2 - short)
        last = self._events[-1]
        self._at += round(last.length * before) - last.length
        last.length = round(last.length * before)
        for note in last.notes:
            note.duration = round(note.duration * before)

    def tuplet(self, p: int, q: str | None, r: str | None) -> None:
        """The next `r` events are a tuplet: `p` in the time of `q`, the usual ones where they are not said."""
        compound = bool(self._times) and self._times[0][0] in ("6", "9", "12")
        normal = int(q) if q else _NORMAL.get(p, 3 if compound else 2)
        self._tuplet = (int(r) if r else p, Fraction(normal, p))

    def _alter(self, sign: str | None, letter: str, octave: int) -> int:
        if sign:
            self._signs[letter] = SIGNS[sign]
            return self._signs[letter]
        if (letter, octave) in self._tied:
            return self._tied[letter, octave]
        return self._signs.get(letter, self._key.alters.get(letter, 0))

    def _pitch(self, letter: str, alter: int, octave: int) -> Pitch | Drum | None:
        if not -1 <= octave <= 10:
            return None
        pitch = Pitch(letter, alter, octave)
        if self.settings.shift:
            pitch = pitch.transposed(self._interval)
        if not 0 <= pitch.midi <= 127:
            return None
        return drum_of_key(pitch.midi) if self.settings.drums else pitch

    def _adorn(self, event: _Event) -> None:
        """Give the marks that stand before a note to it."""
        name = next((_ARTICULATIONS[mark] for mark in self._marks if mark in _ARTICULATIONS), "")
        if any(mark in _ORNAMENTS for mark in self._marks):
            self.dropped["ornament"] += 1
        for note in event.notes:
            note.articulation = name
            note.fermata, note.breath = "fermata" in self._marks, "breath" in self._marks
        self._marks = []

    def mark(self, mark: str) -> None:
        """A decoration: of the bar where it says how the piece goes, else of the next note."""
        said = self._bar.said
        if mark in MARKS:
            said.marks.append((self._tick, mark))
        elif mark in _HAIRPINS:
            said.hairpins.append((self._tick, _HAIRPINS[mark], "1"))
        elif mark == "segno":
            said.segno = True
        elif mark == "coda":
            said.coda = True
        elif mark in _JUMPS or mark[:3] in ("D.C", "D.S"):
            jump_words(_JUMPS.get(mark, mark[:4] + " " + mark[4:]), said)
        else:
            self._marks.append(mark)

    def quoted(self, text: str) -> None:
        """A quoted text: a chord symbol, or words that may tell a jump."""
        text = text.strip()
        if re.match(r"[A-G](?!\.[CS])|[Nn]\.?[Cc]\.?$", text):
            self._chords.append((self._at, text[:60]))
        else:
            jump_words(text.lstrip("^_<>@ ")[:60], self._bar.said)

    def open_slur(self) -> None:
        """A slur begins at the next note."""
        self._slurs = min(8, self._slurs + 1)

    def overlay(self) -> None:
        """Another voice begins at the bar's start (`&`)."""
        self._longest, self._at = max(self._longest, self._at), 0
        self._overlay += 1

    def close_slur(self) -> None:
        """A slur ends at the note before."""
        self._slurs = max(0, self._slurs - 1)
        if self._events and not self._slurs:
            for note in self._events[-1].notes:
                note.slurred = False

    def tie(self) -> None:
        """The note before is tied to the next of its pitch."""
        for note in self._events[-1].notes if self._events else ():
            note.tie_start = True

    def grace(self, text: str) -> None:
        """Grace notes of the note that comes."""
        for group in re.findall(r"\[[^\]]*\]|[\^_=]*[A-Ga-g][,']*", text[:200])[:32]:
            notes = []
            for match in _NOTE.finditer(group):
                letter, octave = _place(match[2], match[3])
                pitch = self._pitch(letter, self._alter(match[1], letter, octave), octave)
                if pitch is not None:
                    notes.append(RawNote(0, 0, pitch, 0, (1, str(self._overlay)), "", False, True, False, False, ()))
            self._graces.append(notes)

    def _place_graces(self, event: _Event) -> None:
        """Put the grace notes before an event, taking at most half of the one before."""
        if not self._graces:
            return
        before = self._events[-1].length if self._events else TICKS * _FINE
        unit = max(_FINE, min(GRACE * _FINE, before // (2 * len(self._graces))))
        for i, notes in enumerate(self._graces):
            start = event.start - unit * (len(self._graces) - i)
            for note in notes:
                note.duration = unit
            if notes:
                self._events.append(_Event(start, unit, notes))
        self._graces = []

    def bar_line(self, text: str, ending: str | None) -> None:
        """A bar line: closes the bar, and says where repeats begin and end."""
        closes = text.startswith(":")
        double = "||" in text or "]" in text or text.startswith("[|")
        if self._events:
            self._close_bar()
        if self.bars and (closes or double or text.endswith(":")):
            self._end_section(self.bars[-1].said, text if closes else "")
        if text.endswith(":"):
            self._bar.said.repeat_start = True
            self._plain_start = -1
        elif closes or (double and self._plain_start >= 0):
            self._plain_start = len(self.bars)
        if ending:
            self.ending(ending)

    def _end_section(self, said: Said, closing: str) -> None:
        said.ending_stops = True
        if not closing:
            return
        colons = len(closing) - len(closing.lstrip(":"))
        said.repeat_end = 2 if closing == "::" else max(2, min(MOST_TIMES, colons + 1))
        # A repeat that was never opened begins after the last double bar line (ABC 2.1, 4.8).
        if self._plain_start >= 0:
            first = self.bars[self._plain_start] if self._plain_start < len(self.bars) else None
            if first is not None and not first.said.endings:
                first.said.repeat_start = True

    def ending(self, text: str) -> None:
        """A bracket of endings begins here."""
        if self._events:
            self._close_bar()
        self._bar.said.endings = ending_numbers(text.strip(" [")) or (1,)

    def _close_bar(self) -> None:
        bar = self._bar
        end = max(self._longest, self._at)
        bar.length = min(MOST_BAR, _ticks(end))
        for event in self._events:
            start = _ticks(event.start)
            self.rounded += event.start % _FINE != 0
            for note in event.notes:
                note.onset, note.duration = start, max(1, _ticks(event.start + note.duration) - start)
                bar.sounding = max(bar.sounding, start + note.duration)
                bar.notes.append(note)
        bar.chords += [abc_chord(text, min(_ticks(at), bar.length), self._interval.fifths) for at, text in self._chords]
        self.bars.append(bar)
        if len(self.bars) > MOST_BARS:
            raise ScoreFormatError(f"the tune has more than {MOST_BARS} bars; it is not read")
        self._bar, self._events, self._chords = PartBar(), [], []
        self._hand_on(bar)
        self._at = self._longest = 0
        self._overlay = 1
        self._signs = {}

    def _hand_on(self, bar: PartBar) -> None:
        """Give what was said at a bar's very end, before its bar line was written, to the next one."""
        said, after = bar.said, self._bar.said
        after.rehearsals = [(0, name) for tick, name in said.rehearsals if tick >= bar.length]
        after.tempos = [(0, bpm) for tick, bpm in said.tempos if tick >= bar.length]
        said.rehearsals = [row for row in said.rehearsals if row[0] < bar.length]
        said.tempos = [row for row in said.tempos if row[0] < bar.length]

    def words(self, text: str) -> None:
        """Lay a w: line under the last line of music."""
        self._verse += 1
        lay_words(text, str(self._verse), [(event.bar, event.notes[0]) for event in self._line])


def _ticks(units: int) -> int:
    return (2 * units + _FINE) // (2 * _FINE)


def _place(letter: str, marks: str) -> tuple[str, int]:
    """Letter and octave: C is C4, c is C5."""
    return letter.upper(), (5 if letter.islower() else 4) + marks.count("'") - marks.count(",")
