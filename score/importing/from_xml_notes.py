"""The notes of one MusicXML part, bar by bar as written: before ties, repeats and loudness are worked out.

Conventions: ticks count from the bar's start (a grace note may lie before it); pitches sound: transposition is undone,
and a clef changes nothing, as MusicXML's pitches are true ones. Cue notes are moved over and not played.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from xml.etree.ElementTree import Element

from partimento.score.importing.from_xml_chords import written_chord
from partimento.score.importing.from_xml_parts import drum_at, drum_named
from partimento.score.importing.from_xml_said import read_barline, read_direction, read_sound
from partimento.score.importing.from_xml_values import Cursor, decimal, text_in, whole
from partimento.score.importing.sheet import GRACE, PartBar, PartHead, RawNote, usual_interval
from partimento.score.song import Drum
from partimento.theory.interval import Interval
from partimento.theory.pitch import LETTERS, Pitch

_ARTICULATIONS = (
    ("staccato", "staccato"), ("staccatissimo", "staccato"), ("spiccato", "staccato"), ("strong-accent", "marcato"),
    ("accent", "accent"), ("tenuto", "tenuto"), ("detached-legato", "tenuto"), ("up-bow", "up"), ("down-bow", "down"),
)  # fmt: skip
"""MusicXML's element and our name; of several the first listed counts."""

_MOST_ALTER = 3
_MOST_GRACES = 12

class PartReader:
    """Reads a part's bars one after the other, keeping what holds from bar to bar."""

    def __init__(self, head: PartHead) -> None:
        self.head = head
        self.dropped: Counter[str] = Counter()
        self.unpitched = self.pitched = 0
        self._named = drum_named(head.name)
        self._cursor = Cursor()
        self._interval = Interval(0, 0)
        self._slurs: dict[str, tuple[int, tuple[int, str]]] = {}
        self._bar_index = -1
        self._chord_start = 0
        self._chord_length = 0.0
        self._last: RawNote | None = None
        self._graces: list[list[RawNote]] = []
        self._onsets: dict[tuple[int, str], int] = {}
        self._repeating = 0

    @property
    def rounded(self) -> int:
        """How many values were no whole ticks."""
        return self._cursor.rounded

    def read(self, measure: Element) -> PartBar:
        """The next bar."""
        bar = PartBar(number=_number(measure))
        self._bar_index += 1
        self._cursor.start_bar()
        self._last, self._graces, self._onsets = None, [], {}
        for element in measure:
            match element.tag:
                case "note":
                    self._note(element, bar)
                case "backup":
                    self._cursor.move(-abs(decimal(text_in(element, "duration"))))
                case "forward":
                    self._cursor.move(abs(decimal(text_in(element, "duration"))))
                case "attributes":
                    self._attributes(element, bar)
                case "direction":
                    offset = decimal(text_in(element, "offset"))
                    read_direction(element, self._cursor.at(offset), bar.said)
                case "sound":
                    read_sound(element, self._cursor.at(decimal(text_in(element, "offset"))), bar.said)
                case "harmony":
                    offset = decimal(text_in(element, "offset"))
                    bar.chords.append(written_chord(element, self._cursor.at(offset), self._interval.fifths))
                case "barline":
                    read_barline(element, bar.said)
            if self._cursor.tick > bar.length:
                bar.length = self._cursor.tick
        bar.repeats_before = self._repeating
        return bar

    def _attributes(self, element: Element, bar: PartBar) -> None:
        divisions = decimal(text_in(element, "divisions"))
        if divisions > 0:
            self._cursor.divide(divisions)
        transpose = element.find("transpose")
        if transpose is not None:
            self._interval = _sounding(transpose)
        key = element.find("key")
        if key is not None and key.find("fifths") is not None:
            fifths = max(-12, min(12, whole(text_in(key, "fifths")))) + self._interval.fifths
            bar.key = (fifths, text_in(key, "mode").casefold())
        time = element.find("time")
        if time is not None:
            beats = [text_in(e) for e in time.iterfind("beats")]
            bar.times = list(zip(beats, [text_in(e) for e in time.iterfind("beat-type")], strict=False))
        repeat = element.find("measure-style/measure-repeat")
        if repeat is not None:
            self._repeating = max(1, min(4, whole(text_in(repeat), 1))) if repeat.get("type") == "start" else 0

    def _note(self, element: Element, bar: PartBar) -> None:
        grace = element.find("grace") is not None
        chord = element.find("chord") is not None
        length = 0 if grace else abs(decimal(text_in(element, "duration")))
        start = self._chord_start if chord and not grace else self._cursor.tick
        if not chord and not grace:
            self._chord_start, self._chord_length = start, length
            ticks = self._cursor.move(length)
        else:
            ticks = 0 if grace else self._cursor.at(length - self._chord_length) - start
        if element.find("rest") is not None or (not grace and ticks <= 0):
            self._last = None if element.find("rest") is not None else self._last
            return
        if element.find("cue") is not None:
            self.dropped["cue"] += 1
            return
        if text_in(element, "notehead") == "slash":
            return  # "go on as you do": no music
        pitch = self._pitch(element)
        if pitch is None:
            self.dropped["pitch"] += 1
            return
        note = self._raw(element, start, self._held(element, ticks), pitch, grace)
        if chord and self._last is not None and self._last.grace == grace:
            if not note.articulation and self._last.articulation not in ("dead", "ghost"):
                note.articulation = self._last.articulation
            note.slurred = note.slurred or self._last.slurred
        else:
            self._last = note
        if grace:
            self._grace(note, chord)
        else:
            self._graces = []
            self._onsets[note.voice] = start
        bar.notes.append(note)
        bar.sounding = max(bar.sounding, note.onset + max(ticks, note.duration))

    def _held(self, element: Element, ticks: int) -> int:
        """How long a note of so many ticks sounds: half as long where its `release` says so, as ours of short strokes.

        Other releases are a program's way of playing.
        """
        release, length = decimal(element.get("release")), abs(decimal(text_in(element, "duration")))
        return ticks // 2 if ticks > 1 and release < 0 and 2 * release == -length else ticks

    def _grace(self, note: RawNote, chord: bool) -> None:
        """Place a run of grace notes so that the last ends where the cursor stands and none passes the note before."""
        if self._graces and self._graces[-1][0].voice != note.voice:
            self._graces = []
        if chord and self._graces and len(self._graces[-1]) < _MOST_GRACES:
            self._graces[-1].append(note)
        else:
            self._graces.append([note])
        end, count = self._cursor.tick, len(self._graces)
        before = self._onsets.get(note.voice, end - 8 * GRACE)
        unit = max(1, min(GRACE, (end - before) // (2 * count)))
        for i, together in enumerate(self._graces[-_MOST_GRACES:]):
            for grace in together:
                grace.onset, grace.duration = end - unit * (min(count, _MOST_GRACES) - i), unit

    def _raw(self, element: Element, start: int, ticks: int, pitch: Pitch | Drum, grace: bool) -> RawNote:
        ties = {e.get("type") for e in element.iterfind("tie")}
        ties = ties or {e.get("type") for e in element.iterfind("notations/tied")}
        voice = (max(1, min(8, whole(text_in(element, "staff"), 1))), text_in(element, "voice") or "1")
        percent = decimal(element.get("dynamics"), -1.0)
        velocity = max(1, min(127, round(percent * 0.9))) if percent >= 0 else 0
        if element.find("notations/ornaments") is not None:
            self.dropped["ornament"] += 1
        return RawNote(
            start, ticks, pitch, velocity, voice, self._articulation(element, pitch), self._slurred(element, voice),
            grace, "start" in ties, "stop" in ties, _verses(element),
            element.find("notations/fermata") is not None, _breathes(element),
        )  # fmt: skip

    def _articulation(self, element: Element, pitch: Pitch | Drum) -> str:
        marks = {e.tag for e in element.iterfind("notations/articulations/*")}
        marks |= {e.tag for e in element.iterfind("notations/technical/*")}
        for mark, name in _ARTICULATIONS:
            if mark in marks:
                return name
        head = element.find("notehead")
        if head is None:
            return ""
        if text_in(head) in ("x", "cross") and isinstance(pitch, Pitch):
            return "dead"
        return "ghost" if head.get("parentheses") == "yes" else ""

    def _slurred(self, element: Element, voice: tuple[int, str]) -> bool:
        for slur in element.iterfind("notations/slur"):
            number = (slur.get("number") or "1")[:8]
            if slur.get("type") == "start" and len(self._slurs) < 64:
                self._slurs[number] = (self._bar_index, voice)
            elif slur.get("type") == "stop":
                self._slurs.pop(number, None)
        # A slur that is never closed would bind the rest of the piece.
        return any(self._bar_index - begun <= 16 and of == voice for begun, of in self._slurs.values())

    def _pitch(self, element: Element) -> Pitch | Drum | None:
        unpitched = element.find("unpitched")
        if unpitched is None:
            return self._true_pitch(element.find("pitch"))
        self.unpitched += 1
        given = element.find("instrument")
        drum = self.head.drums.get(given.get("id", "")) if given is not None else None
        if drum is None and len(self.head.drums) == 1 and given is None:
            drum = next(iter(self.head.drums.values()))
        step, octave = text_in(unpitched, "display-step"), whole(text_in(unpitched, "display-octave"), 5)
        return drum or self._named or drum_at(step or "C", octave, text_in(element, "notehead"))

    def _true_pitch(self, element: Element | None) -> Pitch | None:
        if element is None:
            return None
        self.pitched += 1
        step, octave = text_in(element, "step"), whole(text_in(element, "octave"), 99)
        alter = decimal(text_in(element, "alter"))
        if alter != int(alter):
            self.dropped["quarter tone"] += 1
        return _pitch(step, round(alter), octave, self._interval)


@cache
def _pitch(step: str, alter: int, octave: int, interval: Interval) -> Pitch | None:
    """The sounding pitch; None where it is none of MIDI's 128 or no pitch."""
    if len(step) != 1 or step not in LETTERS or abs(alter) > _MOST_ALTER or not -2 <= octave <= 12:
        return None
    pitch = Pitch(step, alter, octave)
    if interval.steps or interval.semitones:
        pitch = pitch.transposed(interval)
    return pitch if 0 <= pitch.midi <= 127 and abs(pitch.alter) <= _MOST_ALTER else None


def _sounding(transpose: Element) -> Interval:
    """From written to sounding: letters by `diatonic` where it is given, else by the usual interval."""
    chromatic = max(-36, min(36, whole(text_in(transpose, "chromatic"))))
    octaves = max(-3, min(3, whole(text_in(transpose, "octave-change"))))
    usual = usual_interval(chromatic).steps
    steps = whole(text_in(transpose, "diatonic"), usual)
    if abs(steps - usual) > 1:
        steps = usual
    return Interval(steps + 7 * octaves, chromatic + 12 * octaves)


def _number(measure: Element) -> int | None:
    """The number of a bar, None where it is none, or belongs to a part of a bar."""
    text = measure.get("number", "")
    return int(text) if text.isdecimal() and len(text) < 6 else None


def _breathes(element: Element) -> bool:
    marks = element.iterfind("notations/articulations/*")
    return any(mark.tag in ("breath-mark", "caesura") for mark in marks)


def _verses(element: Element) -> tuple[tuple[str, str], ...]:
    verses = []
    for lyric in element.iterfind("lyric"):
        syllable = " ".join(text_in(e) for e in lyric.iterfind("text") if text_in(e))
        if not syllable:
            continue
        kinds = [text_in(e) for e in lyric.iterfind("syllabic")]
        if kinds and kinds[-1] in ("begin", "middle") and not syllable.endswith("-"):
            syllable += "-"
        verses.append((lyric.get("number", "1"), syllable))
    return tuple(verses)
