"""LilyPond's words for pitches, values and the events of one voice in one bar.

Conventions: English note names (`cs`, `ef`), absolute octaves (c' is C4). Every string that comes from the music is
quoted by `quoted`: inside quotes LilyPond reads neither commands nor Scheme.
"""

from __future__ import annotations

from collections.abc import Iterable

from partimento.score.notation.lilypond_drums import drum_name
from partimento.score.notation.page import KINDS, Event, PageNote, Value
from partimento.theory.key import Key
from partimento.theory.meter import TICKS
from partimento.theory.pitch import Pitch, PitchClass

_LETTERS = {"breve": "\\breve", "whole": "1", "half": "2", "quarter": "4", "eighth": "8", "16th": "16", "32nd": "32",
            "64th": "64", "128th": "128"}  # fmt: skip
_MARKS = {
    "staccato": "-.", "staccatissimo": "-!", "tenuto": "--", "accent": "->", "strong-accent": "-^",
    "up-bow": "\\upbow", "down-bow": "\\downbow", "fermata": "\\fermata", "open": "\\open", "stopped": "\\stopped",
    "arpeggiate": "\\arpeggio",
}  # fmt: skip
HEADS = {"normal": "default", "x": "cross", "circle-x": "xcircle", "diamond": "diamond", "triangle": "triangle",
         "slash": "slash"}  # fmt: skip
_SLASHES = (
    "\\once \\override Rest.stencil = #ly:percent-repeat-interface::beat-slash \\once \\override Rest.thickness = #0.48"
    " \\once \\override Rest.slope = #1.7 "
)
"""A beat's slash drawn in place of a rest: it looks as a slash and sounds as nothing."""


def quoted(text: str) -> str:
    """A string literal that prints `text`: control characters become spaces, quotes and backslashes are escaped."""
    plain = "".join(char if char.isprintable() else " " for char in text)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def class_name(pc: PitchClass) -> str:
    """A pitch class in English: `PitchClass.parse("Eb")` is `ef`; past double signs the plain name of its sound."""
    if abs(pc.alter) > 2:
        pc = Key.parse("C").spell(60 + pc.number).pitch_class
    return pc.letter.lower() + ("s" * pc.alter if pc.alter > 0 else "f" * -pc.alter)


def pitch_name(pitch: Pitch) -> str:
    """A pitch with its octave: `Pitch.parse("Bb3")` is `bf`, C5 `c''`."""
    if abs(pitch.alter) > 2:
        pitch = Key.parse("C").spell(pitch.midi)
    marks = pitch.octave - 3
    return class_name(pitch.pitch_class) + ("'" * marks if marks > 0 else "," * -marks)


def value_name(value: Value) -> str:
    """A value's kind and dots, without its tuplet: `4.`, `\\breve`."""
    return _LETTERS[value.kind] + "." * value.dots


def spaced(ticks: int) -> str:
    """A duration of any number of ticks, as a share of a whole note: 1440 is `1*3/4`."""
    whole = 4 * TICKS
    return f"1*{ticks}/{whole}" if ticks % whole else f"1*{ticks // whole}"


def rests(ticks: int) -> str:
    """Rests that fill so many ticks, long ones first."""
    out: list[str] = []
    for kind, length in KINDS.items():
        while ticks >= length:
            out.append("r" + _LETTERS[kind])
            ticks -= length
    return " ".join([*out, f"s{spaced(ticks)}"] if ticks else out)


def voice_text(events: Iterable[Event], *, drums: bool, beamed: bool) -> str:
    """The events of one voice in one bar; `beamed` writes the beams that the page has."""
    out: list[str] = []
    in_tuplet = in_grace = False
    for event in events:
        if event.grace != in_grace:
            out.append("\\grace {" if event.grace else "}")
            in_grace = event.grace
        if event.tuplet == "start" and not in_tuplet:
            out.append(f"\\tuplet {event.value.actual}/{event.value.normal} {{")
            in_tuplet = True
        out.append(_event(event, drums, beamed, in_tuplet))
        if event.tuplet == "stop" and in_tuplet:
            out.append("}")
            in_tuplet = False
    out.extend("}" for open_group in (in_grace, in_tuplet) if open_group)
    return " ".join(out)


def _event(event: Event, drums: bool, beamed: bool, in_tuplet: bool) -> str:
    length = value_name(event.value)
    if event.value.actual != event.value.normal and not in_tuplet:
        length += f"*{event.value.normal}/{event.value.actual}"
    if not event.notes:
        return ("s" if event.hidden else "r") + length
    if all(note.head == "slash" for note in event.notes):
        return _SLASHES + "r" + length
    return _heads(event.notes, drums) + length + _after(event, beamed)


def _after(event: Event, beamed: bool) -> str:
    """What follows a note: beams, slurs, marks."""
    out = ""
    if beamed and event.beams:
        out += {"begin": "[", "end": "]"}.get(event.beams[0], "")
    out += ")" if event.slur_stop else ""
    out += "(" if event.slur_start else ""
    return out + "".join(_MARKS[mark] for mark in event.marks)


def _heads(notes: tuple[PageNote, ...], drums: bool) -> str:
    heads = [_head(note, drums) for note in notes]
    if len(heads) == 1 and " " not in heads[0] and "~" not in heads[0]:
        return heads[0]
    return "<" + " ".join(heads) + ">"


def _head(note: PageNote, drums: bool) -> str:
    name = drum_name(note.drum) if drums and note.drum is not None else pitch_name(note.pitch)
    before = "\\parenthesize " if note.parentheses else ""
    if not drums and note.head != "normal":
        before += f"\\tweak style #'{HEADS[note.head]} "
    return before + name + ("~" if note.tie_start else "")
