"""A bar of ABC: notes, rests, tuplets, ties, slurs, graces, marks, chord symbols and syllables.

Conventions: `L:1/8`; notes that are beamed stand together, others apart. Page ticks, the bar's own accidentals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from partimento.score.notation.page import KINDS, Bar, Event, Harmony, PageNote, Part, Value, Voice
from partimento.theory.chord_quality import QUALITIES
from partimento.theory.key import Key
from partimento.theory.meter import TICKS
from partimento.theory.pitch import Pitch, PitchClass

UNIT = TICKS // 2
_SIGNS = {-2: "__", -1: "_", 0: "=", 1: "^", 2: "^^"}
_MARKS = {
    "staccato": ".", "staccatissimo": "!wedge!", "tenuto": "!tenuto!", "accent": "!accent!", "strong-accent": "!>!",
    "up-bow": "!upbow!", "down-bow": "!downbow!", "fermata": "!fermata!", "open": "!open!", "stopped": "!plus!",
    "arpeggiate": "!arpeggio!",
}  # fmt: skip
_LONGEST_NAME = 7
"""Letters of a chord's name that abc2midi takes."""

_LENGTHS = tuple(sorted({t for k in KINDS.values() for t in (k, k * 3 // 2)}, reverse=True))
"""Ticks that one note with at most a dot lasts."""


@dataclass(slots=True)
class Spelling:
    """Which accidentals hold in a bar, by both readings of the standard: of this octave alone, of the letter."""

    key: Key
    _here: dict[int, int] = field(default_factory=dict)
    _letters: dict[str, int] = field(default_factory=dict)

    def note(self, pitch: Pitch) -> str:
        """The note's sign, letter and octave; C5 is `c`."""
        if abs(pitch.alter) > 2:
            pitch = self.key.spell(pitch.midi)
        signature = next((tone.alter for tone in _signature(self.key) if tone.letter == pitch.letter), 0)
        heard = {self._here.get(pitch.diatonic, signature), self._letters.get(pitch.letter, signature)}
        sign = "" if heard == {pitch.alter} else _SIGNS[pitch.alter]
        if sign:
            self._here[pitch.diatonic] = self._letters[pitch.letter] = pitch.alter
        letter = pitch.letter.lower() if pitch.octave >= 5 else pitch.letter
        return sign + letter + ("'" * (pitch.octave - 5) if pitch.octave >= 5 else "," * (4 - pitch.octave))


def _signature(key: Key) -> tuple[PitchClass, ...]:
    return key.simplified().tones


def bar_music(bar: Bar, voice: Voice | None, harmonies: Sequence[Harmony], spelling: Spelling) -> tuple[str, list[str]]:
    """A bar without its bar lines, and a syllable or `*` for each of its notes."""
    if voice is None or all(event.notes and not _sounds(event) for event in voice.events):
        voice = Voice(1, 1, (_rest(bar),))
    out: list[str] = []
    words: list[str] = []
    graces: list[str] = []
    in_tuplet = False
    for place, event in enumerate(voice.events):
        if event.grace:
            graces.append(_heads(event.notes, spelling, _length(event.value.ticks)))
            continue
        if event.tuplet == "start" and not in_tuplet:
            out.append(_tuplet(voice.events[place:]))
            in_tuplet = True
        if graces:
            out.append("{" + "".join(graces) + "}")
            graces.clear()
        pieces = _pieces(bar, event, harmonies, in_tuplet)
        out.append(_event(event, pieces, spelling, in_tuplet))
        if _sounds(event):
            words += [_syllable(event.lyric), *["*"] * (len(pieces) - 1)]
        in_tuplet = in_tuplet and event.tuplet != "stop"
        out.append("" if event.beams and event.beams[0] in ("begin", "continue") else " ")
    return "".join(out).rstrip(), words


def _rest(bar: Bar) -> Event:
    return Event(bar.start, bar.length, Value("whole"), whole_bar=True)


def chord_names(part: Part) -> list[str]:
    """The chords' tones for programs that play them, a line a quality: semitones above the root."""
    used = {h.chord.quality for measure in part.measures for h in measure.harmonies if h.chord} - {""}
    lines = []
    for quality in sorted(quality for quality in used if len(quality) <= _LONGEST_NAME):
        tones = " ".join(str(_semitones(degree, fifths)) for degree, fifths in QUALITIES[quality].items())
        lines.append(f"%%MIDI chordname {quality} {tones}")
    return lines


def _semitones(degree: int, fifths: int) -> int:
    return fifths * 7 % 12 + (12 if degree > 7 else 0)


def _sounds(event: Event) -> bool:
    return any(note.head != "slash" for note in event.notes)


def _tuplet(events: Sequence[Event]) -> str:
    """The sign before the tuplet that begins with these events: how many in the time of how many, for how many."""
    count = 0
    for event in events:
        count += 0 if event.grace else 1
        if event.tuplet == "stop":
            break
    return f"({events[0].value.actual}:{events[0].value.normal}:{count}"


def _pieces(bar: Bar, event: Event, harmonies: Sequence[Harmony], in_tuplet: bool) -> list[tuple[int, list[Harmony]]]:
    """An event's ticks, parted where chords change in it, each piece one that can be written."""
    start, length = event.onset, bar.length if event.whole_bar else event.duration
    inside = [harmony for harmony in harmonies if start <= harmony.onset < start + length]
    cuts = sorted({harmony.onset for harmony in inside} - {start})
    if in_tuplet or not cuts:
        return [(length, inside)]
    pieces: list[tuple[int, list[Harmony]]] = []
    for a, b in zip([start, *cuts], [*cuts, start + length], strict=True):
        here = [harmony for harmony in inside if harmony.onset == a]
        for ticks in _lengths(b - a):
            pieces.append((ticks, here))
            here = []
    return pieces


def _lengths(ticks: int) -> list[int]:
    out = []
    while ticks:
        most = next((length for length in _LENGTHS if length <= ticks), ticks)
        out.append(most)
        ticks -= most
    return out


def _event(event: Event, pieces: list[tuple[int, list[Harmony]]], spelling: Spelling, in_tuplet: bool) -> str:
    out = []
    for i, (ticks, harmonies) in enumerate(pieces):
        last = i == len(pieces) - 1
        if in_tuplet:
            ticks = ticks * event.value.actual // event.value.normal
        out.append("".join(_symbol(harmony) for harmony in harmonies))
        if not _sounds(event):
            out.append("z" + _length(ticks))
            continue
        if i == 0:
            out.append(("(" if event.slur_start else "") + "".join(_MARKS[mark] for mark in event.marks))
        out.append(_heads(event.notes, spelling, _length(ticks), all_tied=not last))
        out.append(")" if last and event.slur_stop else "")
    return "".join(out)


def _symbol(harmony: Harmony) -> str:
    return '"^N.C."' if harmony.chord is None else f'"{harmony.chord.name}"'


def _length(ticks: int) -> str:
    share = Fraction(ticks, UNIT)
    if share.denominator == 1:
        return "" if share == 1 else str(share)
    return f"{share.numerator if share.numerator > 1 else ''}/{share.denominator}"


def _heads(notes: Sequence[PageNote], spelling: Spelling, length: str = "", all_tied: bool = False) -> str:
    ties = ["-" if all_tied or note.tie_start else "" for note in notes]
    if len(notes) == 1:
        return spelling.note(notes[0].pitch) + length + ties[0]
    if all(ties):
        return "[" + "".join(spelling.note(note.pitch) for note in notes) + "]" + length + "-"
    return "[" + "".join(spelling.note(note.pitch) + tie for note, tie in zip(notes, ties, strict=True)) + "]" + length


def _syllable(lyric: str | None) -> str:
    """A syllable without what `w:` would read as something else; a hyphen at its end stays one."""
    if not lyric:
        return "*"
    kept = (char for char in lyric if char not in "*_|\\%&")
    plain = "".join(char if char.isprintable() else " " for char in kept).strip()
    stem = plain.strip("-").replace("-", "\\-").replace(" ", "~")
    return (stem or "*") + ("-" if plain.endswith("-") and stem else "")
