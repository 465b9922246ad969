"""What is said over a bar of MusicXML: tempo, dynamics, hairpins, rehearsal marks, repeats and jumps.

Conventions: ticks from the bar's start; tempo in quarters a minute; a jump counts from its bar's end, a target from its
bar's beginning, wherever in the bar it is printed.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from partimento.score.importing.from_xml_values import decimal, leading, text_in, whole
from partimento.score.importing.sheet import FASTEST, MARKS, MOST_TIMES, SLOWEST, Said

_AS_MARKS = {"pppp": "ppp", "ppppp": "ppp", "pppppp": "ppp", "ffff": "fff", "fffff": "fff", "ffffff": "fff"}
_UNITS = {"breve": 8.0, "whole": 4.0, "half": 2.0, "quarter": 1.0, "eighth": 0.5, "16th": 0.25, "32nd": 0.125}
_PEDALS = {"start": (127,), "resume": (127,), "sostenuto": (127,), "stop": (0,), "discontinue": (0,),
           "change": (0, 127)}  # fmt: skip

_DA_CAPO = re.compile(r"\b(d\.? ?c\.?\b|da capo)", re.IGNORECASE)
_DAL_SEGNO = re.compile(r"\b(d\.? ?s\.?(?= |$)|dal segno)", re.IGNORECASE)
_TO_CODA = re.compile(r"^(to|al(la)?) coda\b|^\W*to\W*$", re.IGNORECASE)
_FINE = re.compile(r"^fine\.?$", re.IGNORECASE)


def read_barline(element: Element, said: Said) -> None:
    """Take in a bar line: its repeat and its ending."""
    repeat = element.find("repeat")
    if repeat is not None and repeat.get("direction") == "forward":
        said.repeat_start = True
    elif repeat is not None and repeat.get("direction") == "backward":
        said.repeat_end = max(2, min(MOST_TIMES, whole(repeat.get("times"), 2)))
    ending = element.find("ending")
    if ending is not None and ending.get("type") == "start":
        said.endings = ending_numbers(ending.get("number", "")) or ending_numbers(text_in(ending)) or (1,)
    elif ending is not None:
        said.ending_stops = True
    said.segno = said.segno or element.find("segno") is not None
    said.coda = said.coda or element.find("coda") is not None


def ending_numbers(text: str) -> tuple[int, ...]:
    """The numbers of an ending ("1, 2", "1-3", "2."), ascending."""
    numbers: set[int] = set()
    for low, high in re.findall(r"(\d{1,3})(?:\s*-\s*(\d{1,3}))?", text[:80]):
        numbers.update(range(int(low), int(high or low) + 1))
    return tuple(sorted(n for n in numbers if 1 <= n <= MOST_TIMES))


def read_direction(element: Element, tick: int, said: Said) -> None:
    """Take in a direction; a number played (`sound`) counts before one printed."""
    sound = element.find("sound")
    played = sound is not None and read_sound(sound, tick, said)
    jumps = sound is not None and _has_jump(sound)
    target, before = said.coda, said.to_coda
    for kind in element.iterfind("direction-type/*"):
        match kind.tag:
            case "metronome":
                if not played:
                    _metronome(kind, tick, said)
            case "dynamics":
                for mark in kind:
                    name = _AS_MARKS.get(mark.tag, mark.tag)
                    if name in MARKS:
                        said.marks.append((tick, name))
            case "wedge":
                said.hairpins.append((tick, kind.get("type", ""), (kind.get("number") or "1")[:8]))
            case "pedal":
                if (pedal := _PEDALS.get(kind.get("type", ""))) is not None:
                    said.pedals += ((tick, value) for value in pedal)
            case "rehearsal":
                if text_in(kind):
                    said.rehearsals.append((tick, text_in(kind)))
            case "segno":
                said.segno = True
            case "coda":
                said.coda = said.coda or not jumps
            case "words":
                if not jumps:
                    jump_words(text_in(kind), said)
    if said.to_coda and not before:
        # "To" and the sign together are the jump, not its goal.
        said.coda = target


def read_sound(element: Element, tick: int, said: Said) -> bool:
    """Take in a `sound`; whether it gives a tempo."""
    tempo = decimal(element.get("tempo"))
    if tempo > 0:
        said.tempos.append((tick, max(SLOWEST, min(FASTEST, tempo))))
    dynamics = decimal(element.get("dynamics"), -1.0)
    if dynamics >= 0:
        said.loudness.append((tick, max(1, min(127, round(dynamics * 0.9)))))
    said.swing = said.swing or (element.find("swing") is not None and element.find("swing/straight") is None)
    said.repeat_start = said.repeat_start or element.get("forward-repeat") == "yes"
    said.da_capo = said.da_capo or element.get("dacapo") == "yes"
    said.dal_segno = said.dal_segno or bool(element.get("dalsegno"))
    said.segno = said.segno or bool(element.get("segno"))
    said.to_coda = said.to_coda or bool(element.get("tocoda"))
    said.coda = said.coda or bool(element.get("coda"))
    said.fine = said.fine or bool(element.get("fine"))
    return tempo > 0


def _has_jump(sound: Element) -> bool:
    return any(sound.get(name) for name in ("dacapo", "dalsegno", "segno", "tocoda", "coda", "fine"))


def jump_words(text: str, said: Said) -> None:
    """Take in the jump that words tell of, if any."""
    if _DA_CAPO.search(text):
        said.da_capo = True
    elif _DAL_SEGNO.search(text):
        said.dal_segno = True
    elif _TO_CODA.search(text):
        said.to_coda = True
    elif _FINE.search(text):
        said.fine = True


def _metronome(element: Element, tick: int, said: Said) -> None:
    units: list[float] = []
    dot = 0.0
    for child in element:
        if child.tag == "beat-unit":
            units.append(_UNITS.get(text_in(child), 0.0))
            dot = units[-1] / 2
        elif child.tag == "beat-unit-dot" and units:
            units[-1] += dot
            dot /= 2
    number = leading(text_in(element, "per-minute"))
    if not units or not units[0]:
        return
    if number:
        said.tempos.append((tick, max(SLOWEST, min(FASTEST, number * units[0]))))
    elif len(units) > 1 and units[1]:
        # A note of before is as long as a note of now: the quarter's tempo is scaled by their ratio.
        said.scaled.append((tick, units[1] / units[0]))
