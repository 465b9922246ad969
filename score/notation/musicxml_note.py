"""One Event of a Page as MusicXML notes: pitch or drum, time, ties, tuplets, beams, marks, lyric.

Conventions: durations are in divisions; a `dynamics` attribute is the velocity in percent of 90, so that
round(0.9 x dynamics) gives it back; `release` says how much sooner than its value a short stroke ends. What belongs to
the whole chord stands on its first note.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from partimento.score.notation.musicxml_parts import drum_id
from partimento.score.notation.musicxml_text import decimal, escaped
from partimento.score.notation.page import KINDS, Event, PageNote, Value

_ARTICULATIONS = frozenset(("staccato", "staccatissimo", "tenuto", "accent", "strong-accent"))
_TECHNICAL = frozenset(("up-bow", "down-bow", "open", "stopped"))


@dataclass(frozen=True, slots=True)
class Frame:
    """What an event's notes share with their voice: ids and staves as MusicXML prints them, ticks a division."""

    part: int
    voice: int
    staff: int | None
    ticks: int


def event_xml(event: Event, frame: Frame, shown: tuple[str, ...], normal: str, lyric: str) -> str:
    """The `<note>` elements of an event.

    `shown` holds an `<accidental>` or "" a note, `normal` the tuplet's `<normal-type>` kind or "", `lyric` the
    finished `<lyric>` element or "".
    """
    duration = "" if event.grace else f"<duration>{event.duration // frame.ticks}</duration>"
    slash = "" if event.beams else ' slash="yes"'
    grace = f"<grace{slash}/>" if event.grace else ""
    voice = f"<voice>{frame.voice}</voice>"
    value = "" if event.whole_bar else _value_xml(event.value)
    ratio = "" if event.whole_bar else _ratio_xml(event.value, normal)
    staff = f"<staff>{frame.staff}</staff>" if frame.staff else ""
    if not event.notes:
        rest = '<rest measure="yes"/>' if event.whole_bar else "<rest/>"
        hidden = ' print-object="no"' if event.hidden else ""
        notations = _notations(event, None, frame.voice)
        return f"<note{hidden}>{rest}{duration}{voice}{value}{ratio}{staff}{notations}</note>\n"
    stem = f"<stem>{event.stem}</stem>" if event.stem else ""
    beams = "".join(f'<beam number="{level}">{beam}</beam>' for level, beam in enumerate(event.beams, 1) if beam)
    out = []
    for n, note in enumerate(event.notes):
        ties = ('<tie type="stop"/>' if note.tie_stop else "") + ('<tie type="start"/>' if note.tie_start else "")
        struck = f'<instrument id="{drum_id(frame.part, note.drum)}"/>' if note.drum is not None else ""
        out.append(
            f"<note{_dynamics(note.velocity)}{_release(note, frame)}>{grace}{'<chord/>' if n else ''}{_pitch(note)}"
            f"{duration}{ties}{struck}"
            f"{voice}{value}{shown[n]}{ratio}{stem}{_head(note)}{staff}{'' if n else beams}"
            f"{_notations(event, note, frame.voice, n == 0)}{'' if n else lyric}</note>\n"
        )
    return "".join(out)


def tuplet_kinds(events: tuple[Event, ...]) -> list[str]:
    """For each event of a bar's voice the kind that its tuplet counts in ("" of no tuplet, or of an odd one)."""
    kinds = [""] * len(events)
    begun = -1
    for i, event in enumerate(events):
        if event.tuplet == "start":
            begun = i
        if event.tuplet == "stop" and begun >= 0:
            group = range(begun, i + 1)
            whole = sum(events[k].duration for k in group)
            kind = _kind_lasting(whole, event.value.normal)
            for k in group:
                kinds[k] = kind
            begun = -1
    return kinds


def _kind_lasting(ticks: int, count: int) -> str:
    return next((kind for kind, length in KINDS.items() if length * count == ticks), "")


@cache
def _value_xml(value: Value) -> str:
    return f"<type>{value.kind}</type>" + "<dot/>" * value.dots


@cache
def _ratio_xml(value: Value, normal: str) -> str:
    if value.actual == value.normal:
        return ""
    kind = f"<normal-type>{normal}</normal-type>" if normal and (normal != value.kind or value.dots) else ""
    return (
        f"<time-modification><actual-notes>{value.actual}</actual-notes>"
        f"<normal-notes>{value.normal}</normal-notes>{kind}</time-modification>"
    )


@cache
def _dynamics(velocity: int) -> str:
    return f' dynamics="{decimal(velocity / 0.9, 2)}"'


def _release(note: PageNote, frame: Frame) -> str:
    return f' release="-{note.release // frame.ticks}"' if note.release else ""


def _pitch(note: PageNote) -> str:
    pitch = note.pitch
    return _pitch_xml(pitch.letter, pitch.alter, pitch.octave, note.drum is not None)


@cache
def _pitch_xml(letter: str, alter: int, octave: int, unpitched: bool) -> str:
    if unpitched:
        return f"<unpitched><display-step>{letter}</display-step><display-octave>{octave}</display-octave></unpitched>"
    altered = f"<alter>{alter}</alter>" if alter else ""
    return f"<pitch><step>{letter}</step>{altered}<octave>{octave}</octave></pitch>"


def _head(note: PageNote) -> str:
    if note.parentheses:
        return f'<notehead parentheses="yes">{note.head}</notehead>'
    return "" if note.head == "normal" else f"<notehead>{note.head}</notehead>"


def _notations(event: Event, note: PageNote | None, voice: int, first: bool = True) -> str:
    out = []
    if note is not None:
        if note.tie_stop:
            out.append('<tied type="stop"/>')
        if note.tie_start:
            out.append('<tied type="start"/>')
    if first:
        number = (voice - 1) % 16 + 1
        if event.slur_stop:
            out.append(f'<slur type="stop" number="{number}"/>')
        if event.slur_start:
            out.append(f'<slur type="start" number="{number}"/>')
        if event.tuplet:
            out.append(f'<tuplet type="{event.tuplet}" number="1"/>')
        if event.marks:
            out.append(_marks_xml(event.marks))
    if "arpeggiate" in event.marks and note is not None:
        out.append("<arpeggiate/>")
    return f"<notations>{''.join(out)}</notations>" if any(out) else ""


@cache
def _marks_xml(marks: tuple[str, ...]) -> str:
    technical = "".join(f"<{mark}/>" for mark in marks if mark in _TECHNICAL)
    articulations = "".join(
        '<strong-accent type="up"/>' if mark == "strong-accent" else f"<{mark}/>"
        for mark in marks
        if mark in _ARTICULATIONS
    )
    out = f"<technical>{technical}</technical>" if technical else ""
    out += f"<articulations>{articulations}</articulations>" if articulations else ""
    return out + ("<fermata/>" if "fermata" in marks else "")


class Lyrics:
    """The syllables of one voice: a text that ends in a hyphen goes on in the next."""

    __slots__ = ("_open",)

    def __init__(self) -> None:
        self._open = False

    def xml(self, text: str | None) -> str:
        """The `<lyric>` of the next note, or "" where it has none."""
        plain = escaped(text or "")
        syllable = plain.strip("-")
        if not syllable:
            return ""
        goes_on = plain.endswith("-")
        going = self._open or plain.startswith("-")
        syllabic = ("middle" if going else "begin") if goes_on else ("end" if going else "single")
        self._open = goes_on
        return f'<lyric number="1"><syllabic>{syllabic}</syllabic><text>{syllable}</text></lyric>'
