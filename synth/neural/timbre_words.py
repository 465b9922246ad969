"""A person's wishes for the timbre of tracks, as text: "flute:strings=0.3", "flute:brightness=+2,noise=-6,legato".

Conventions: a track is named by its own name, its instrument, its role or a part of its name, any case, blanks as you
like; all that answer are meant. A value moves as "0@0:00,0.6@0:30": value at time, straight between. Every fault is a
BriefError of one line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite

from partimento.score.instruments import INSTRUMENTS, instrument, instrument_names
from partimento.synth.neural.timbre import BRIGHTNESS, NOISE, SHARE, Curve, Morph, Timbre
from partimento.theory.errors import BriefError, nearest

SETTINGS = {"brightness": BRIGHTNESS, "noise": NOISE}
"""What `--timbre` sets to a value, and the range of it."""
LEGATO = "legato"
_TIME = re.compile(r"(?:(\d+):(?=\d\d))?(\d+(?:\.\d*)?|\.\d+)s?")
_KITS = frozenset(name for name, each in INSTRUMENTS.items() if each.hands == "drums")


@dataclass(frozen=True, slots=True)
class Part:
    """A track that a wish may name. `instrument` is "" where only the program is known; `changeable`: it is played by
    the model's notes, and not a kit or a sound of ours."""

    name: str
    program: int
    instrument: str = ""
    role: str = ""
    changeable: bool = True


def timbres_of(parts: Sequence[Part], morphs: Sequence[str], timbres: Sequence[str]) -> dict[str, Timbre]:
    """The Timbre of each track that something is asked of, by its name. Several wishes for one track are put together;
    BriefError: what cannot be read or is out of range, names that no track or instrument has, one thing asked twice.
    """
    found: dict[str, Timbre] = {}
    for text in morphs:
        where, value = _halves(text, '"flute:strings=0.3"')
        other, equals, share = value.partition("=")
        if not equals:
            raise BriefError(f"'{text}' says no share; a morph is written TRACK:INSTRUMENT=0.3")
        morph = Morph(_program(other, text), _curve(share.split(","), SHARE, text))
        for part in _named(parts, where, text):
            known = found.get(part.name, Timbre())
            if known.morph is not None:
                raise BriefError(f"'{text}': '{part.name}' is morphed already; a track has one other instrument")
            found[part.name] = replace(known, morph=morph)
    for text in timbres:
        where, value = _halves(text, '"flute:brightness=+2"')
        settings, legato = _settings(value, text)
        for part in _named(parts, where, text):
            known = found.get(part.name, Timbre())
            for name in settings:
                if not getattr(known, name).rests:
                    raise BriefError(f"'{text}': {name} of '{part.name}' is said twice")
            brightness, noise = settings.get("brightness", known.brightness), settings.get("noise", known.noise)
            found[part.name] = replace(known, brightness=brightness, noise=noise, legato=known.legato or legato)
    return {name: timbre for name, timbre in found.items() if not timbre.plain}


def check_words(morphs: Sequence[str], timbres: Sequence[str]) -> None:
    """Raise BriefError for what cannot be read, whatever tracks there are."""
    for text in morphs:
        timbres_of((Part(_halves(text, '"flute:strings=0.3"')[0], 0),), (text,), ())
    for text in timbres:
        timbres_of((Part(_halves(text, '"flute:brightness=+2"')[0], 0),), (), (text,))


def _halves(text: str, example: str) -> tuple[str, str]:
    """The track's name and what is said of it."""
    where, colon, value = text.partition(":")
    if not colon or not where.strip() or not value.strip():
        raise BriefError(f"'{text}' does not name a track and what it is to be, such as {example}")
    return where.strip(), value


def _settings(value: str, text: str) -> tuple[dict[str, Curve], bool]:
    """The curves by name of "brightness=0@0,6@30,noise=-6,legato", and whether legato is asked."""
    words: dict[str, list[str]] = {}
    name, legato = "", False
    for word in value.split(","):
        left, equals, right = word.partition("=")
        folded = left.strip().casefold()
        if equals:
            name = folded
            if name not in SETTINGS:
                valid = (*SETTINGS, LEGATO)
                raise BriefError(f"'{text}': no setting '{name}'.{nearest(name, valid)} Valid: {', '.join(valid)}")
            if name in words:
                raise BriefError(f"'{text}': {name} is said twice")
            words[name] = [right]
        elif folded == LEGATO:
            legato = True
        elif name and "@" in word:
            words[name].append(word)
        else:
            valid = (*(f"{each}=VALUE" for each in SETTINGS), LEGATO)
            raise BriefError(f"'{text}': '{word.strip()}' is none of {', '.join(valid)}.{nearest(folded, (LEGATO,))}")
    return {name: _curve(said, SETTINGS[name], text) for name, said in words.items()}, legato


def _curve(words: Sequence[str], limits: tuple[float, float], text: str) -> Curve:
    """The curve of "0.3", or of "0@0:00", "0.6@0:30"."""
    points: list[tuple[float, float]] = []
    for word in words:
        value, at, time = word.partition("@")
        if not at and len(words) > 1:
            raise BriefError(f"'{text}': '{word.strip()}' has no time; a value that moves is written 0@0:00,0.6@0:30")
        points.append((_seconds(time, text) if at else 0.0, _number(value, limits, text)))
    for (one, _), (other, _) in zip(points, points[1:], strict=False):
        if other <= one:
            raise BriefError(f"'{text}': the times do not rise")
    return Curve(tuple(points))


def _number(word: str, limits: tuple[float, float], text: str) -> float:
    low, high = limits
    try:
        value = float(word.strip().replace("\N{MINUS SIGN}", "-"))
    except ValueError:
        value = float("nan")
    if not isfinite(value) or not low <= value <= high:
        raise BriefError(f"'{text}': '{word.strip()}' is no number from {low:g} to {high:g}")
    return value + 0.0


def _seconds(word: str, text: str) -> float:
    match = _TIME.fullmatch(word.strip())
    if match is None or (match[1] and float(match[2]) >= 60):
        raise BriefError(f"'{text}': '{word.strip()}' is no time; say minutes and seconds (1:30) or seconds (90)")
    return float(match[1] or 0) * 60 + float(match[2])


def _program(name: str, text: str) -> int:
    """The program of an instrument's name, or of its General MIDI number from 0."""
    name = name.strip()
    if re.fullmatch(r"[+-]?\d+", name):
        if not 0 <= int(name) <= 127:
            raise BriefError(f"'{text}': there is no program {name}; General MIDI has 0 to 127")
        return int(name)
    try:
        found = instrument(name)
    except BriefError:
        known = [each for each, whose in instrument_names() if whose not in _KITS]
        raise BriefError(f"'{text}': no instrument '{name}'.{nearest(name, known)}", "instruments") from None
    if found.name in _KITS:
        raise BriefError(f"'{text}': {found.name} are struck; only instruments with a pitch can be mixed in")
    return found.program


def _named(parts: Sequence[Part], name: str, text: str) -> list[Part]:
    """All tracks that answer to the name; those that are played by no model are refused."""
    for answers in (_called, _plays, _does, _holds):
        found = [part for part in parts if answers(part, name)]
        if found:
            break
    else:
        words = [each for part in parts for each in (part.name, part.instrument, part.role) if each]
        names = ", ".join(part.name for part in parts if part.changeable)
        raise BriefError(f"'{text}': no track '{name}'.{nearest(name, words)} Tracks: {names or 'none'}")
    for part in found:
        if not part.changeable:
            raise BriefError(f"'{text}': the timbre of '{part.name}' cannot be changed; it is no pitched instrument's")
    return found


def _folded(name: str) -> str:
    return "".join(name.casefold().split())


def _called(part: Part, name: str) -> bool:
    return _folded(part.name) == _folded(name)


def _plays(part: Part, name: str) -> bool:
    try:
        asked = instrument(name)
    except BriefError:
        return False
    if part.instrument:
        return asked.name == part.instrument
    return asked.program == part.program and part.changeable == (asked.name not in _KITS)


def _does(part: Part, name: str) -> bool:
    return bool(part.role) and _folded(part.role) == _folded(name)


def _holds(part: Part, name: str) -> bool:
    return _folded(name) in _folded(part.name)
