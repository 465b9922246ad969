"""A person's edits of a mix, as text: "bass.gain=-2", "drums.kick.pan=L20", "lufs=-16"; mute, solo, reset.

Conventions: pure functions from Mix to Mix; a fader is named by its track, its instrument or its role, any case, blanks
as you like; a kit's piece after it ("drums.kick", "Drums/kick"). Every fault is a BriefError of one line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

from partimento.score.instruments import instrument
from partimento.score.kit import KIT_PIECES, kit_piece, piece_name
from partimento.score.mix import EqBand, Fader, Mix
from partimento.score.mix_ranges import EQ_RANGES, FADER_RANGES, MIX_RANGES, outside
from partimento.score.song import Track
from partimento.theory.errors import BriefError, nearest

FADER_SETTINGS: dict[str, str] = {
    "gain": "gain_db", "pan": "pan", "width": "width", "room": "room", "hall": "hall", "delay": "delay",
    "duck": "duck_db", "high-pass": "high-pass",
}  # fmt: skip
MIX_SETTINGS: dict[str, str] = {
    "lufs": "lufs", "ceiling": "ceiling_db", "limiting": "limiting_db", "room": "room_s", "hall": "hall_s",
    "glue": "glue_ratio", "width": "width",
}  # fmt: skip
_SIDES = {"left": -1.0, "right": 1.0, "centre": 0.0, "center": 0.0, "c": 0.0}
_WHOLE_KIT = frozenset({"gain_db", "pan"})
"""What the kit's own fader adds to its pieces; the rest is set on every piece."""


def edit(mix: Mix, tracks: Sequence[Track], setting: str) -> Mix:
    """The mix with one setting changed: "FADER.SETTING=VALUE" (FADER_SETTINGS) or "SETTING=VALUE" (MIX_SETTINGS).

    Gain and duck in dB, sends and pan as score/mix.py (pan also L30, R30, centre), high-pass in Hz (0: none); room and
    hall of the whole in seconds. Raises BriefError: unknown or ambiguous names, values that are none or out of range.
    """
    left, equals, text = setting.partition("=")
    where, dot, last = left.strip().rpartition(".")
    if not equals or not last.strip() or (dot and not where.strip()):
        raise BriefError(f"'{setting}' is not FADER.SETTING=VALUE, such as bass.gain=-2, or SETTING=VALUE, as lufs=-16")
    if not dot:
        field = _setting(last, MIX_SETTINGS, setting)
        whole: dict[str, Any] = {field: _value(field, text, MIX_RANGES, setting)}
        return replace(mix, **whole)
    field = _setting(last, FADER_SETTINGS, setting)
    names = _targets(mix, tracks, where, pieces=field not in _WHOLE_KIT)
    if field == "high-pass":
        hz = _number(text, setting)
        out = outside("hz", hz, EQ_RANGES) if hz else None
        if out:
            raise BriefError(f"'{setting}': {out}, or 0 for none")
        return _with(mix, names, lambda fader: _cut(fader, hz))
    change: dict[str, Any] = {field: _value(field, text, FADER_RANGES, setting)}
    return _with(mix, names, lambda fader: replace(fader, **change))


def mute(mix: Mix, tracks: Sequence[Track], name: str) -> Mix:
    """The mix with that fader silent."""
    return _with(mix, _targets(mix, tracks, name), lambda fader: replace(fader, mute=True))


def unmute(mix: Mix, tracks: Sequence[Track], name: str = "") -> Mix:
    """The mix with that fader heard again; "" all."""
    return _with(mix, _targets_or_all(mix, tracks, name), lambda fader: replace(fader, mute=False))


def solo(mix: Mix, tracks: Sequence[Track], name: str) -> Mix:
    """The mix with that fader soloed: all without are silent."""
    return _with(mix, _targets(mix, tracks, name), lambda fader: replace(fader, solo=True))


def unsolo(mix: Mix, tracks: Sequence[Track], name: str = "") -> Mix:
    """The mix with that fader soloed no more; "" none."""
    return _with(mix, _targets_or_all(mix, tracks, name), lambda fader: replace(fader, solo=False))


def reset(mix: Mix, tracks: Sequence[Track], original: Mix, name: str = "") -> Mix:
    """The mix with that fader (a kit's with its pieces) as in `original`, the mix without edits; "" all of it."""
    if not name.strip():
        return original
    found = fader_named(mix, tracks, name)
    names = (found, *_pieces(mix, tracks, found))
    return _with(mix, names, lambda fader: original.fader(fader.track) or Fader(fader.track))


def fader_names(mix: Mix, tracks: Sequence[Track]) -> tuple[str, ...]:
    """Every fader that there is or may be: the mix's, and those of tracks and pieces that have none yet."""
    names = [fader.track for fader in mix.faders]
    for track in tracks:
        names.append(track.name)
        if track.role == "drums":
            found = {kit_piece(note.number) for note in track.notes}
            names += [piece_name(track.name, piece) for piece in KIT_PIECES if piece in found]
    return tuple(dict.fromkeys(names))


def fader_named(mix: Mix, tracks: Sequence[Track], name: str) -> str:
    """The fader meant by `name`: its own name first, then an instrument, a role, a part of a track's name.

    A kit's piece follows "." or "/". Raises BriefError when none or several answer to it.
    """
    valid = fader_names(mix, tracks)
    exact = [each for each in valid if _folded(each) == _folded(name)]
    if exact:
        return exact[0]
    pieces = [each for each in re.split(r"[./]", name) if each.strip()]
    if len(pieces) > 1 and _folded(pieces[-1]) in KIT_PIECES:
        kit = fader_named(mix, tracks, ".".join(pieces[:-1]))
        wanted = piece_name(kit, _folded(pieces[-1]))
        if wanted in valid:
            return wanted
        there = [each.rpartition("/")[2] for each in valid if each.startswith(kit + "/")]
        raise BriefError(f"'{kit}' has no {_folded(pieces[-1])}; it has {', '.join(there) or 'no pieces'}")
    for answers in (_instrument_is, _role_is, _name_has):
        found = [track.name for track in tracks if answers(track, name)]
        if len(found) == 1:
            return found[0]
        if found:
            raise BriefError(f"'{name}' may be any of: {', '.join(found)}. Name one of them")
    if _folded(name) in KIT_PIECES:  # "kick" alone, where there is one kit
        found = [each for each in valid if each.endswith("/" + _folded(name))]
        if len(found) == 1:
            return found[0]
    words = [*valid, *(t.instrument for t in tracks), *(t.role for t in tracks)]
    raise BriefError(f"no fader '{name}'.{nearest(name, words)} Faders: {', '.join(valid) or 'none'}")


def _folded(name: str) -> str:
    return "".join(name.casefold().split())


def _instrument_is(track: Track, name: str) -> bool:
    if _folded(track.instrument) == _folded(name):
        return True
    try:
        return instrument(name).name == track.instrument
    except BriefError:
        return False


def _role_is(track: Track, name: str) -> bool:
    return _folded(track.role) == _folded(name)


def _name_has(track: Track, name: str) -> bool:
    return bool(_folded(name)) and _folded(name) in _folded(track.name)


def _pieces(mix: Mix, tracks: Sequence[Track], name: str) -> tuple[str, ...]:
    return tuple(each for each in fader_names(mix, tracks) if each.startswith(name + "/"))


def _targets(mix: Mix, tracks: Sequence[Track], name: str, *, pieces: bool = False) -> tuple[str, ...]:
    """The fader meant, or, with `pieces`, a kit's pieces in its place."""
    found = fader_named(mix, tracks, name.strip())
    return (_pieces(mix, tracks, found) if pieces else ()) or (found,)


def _targets_or_all(mix: Mix, tracks: Sequence[Track], name: str) -> tuple[str, ...]:
    if not name.strip():
        return tuple(fader.track for fader in mix.faders)
    found = fader_named(mix, tracks, name.strip())
    return (found, *_pieces(mix, tracks, found))


def _with(mix: Mix, names: Sequence[str], change: Callable[[Fader], Fader]) -> Mix:
    """The mix with those faders changed; one that is not there yet is added, flat (a piece dry)."""
    wanted = set(names)
    faders = [change(fader) if fader.track in wanted else fader for fader in mix.faders]
    there = {fader.track for fader in mix.faders}
    faders += [change(Fader(n, hall=0.0) if "/" in n else Fader(n)) for n in names if n not in there]
    return replace(mix, faders=tuple(faders))


def _cut(fader: Fader, hz: float) -> Fader:
    rest = tuple(band for band in fader.eq if band.kind != "high-pass")
    return replace(fader, eq=(EqBand("high-pass", hz), *rest) if hz else rest)


def _setting(name: str, settings: dict[str, str], whole: str) -> str:
    folded = _folded(name).replace("_", "-")
    for key, field in settings.items():
        if folded in (key, key.replace("-", ""), field.replace("_", "-")):
            return field
    raise BriefError(f"'{whole}': no setting '{name.strip()}'.{nearest(folded, settings)} Valid: {', '.join(settings)}")


def _value(field: str, text: str, ranges: dict[str, tuple[float, float]], whole: str) -> float:
    value = _pan(text, whole) if field == "pan" else _number(text, whole)
    out = outside(field, value, ranges)
    if out:
        raise BriefError(f"'{whole}': {out}")
    return value


def _pan(text: str, whole: str) -> float:
    folded = _folded(text)
    if folded in _SIDES:
        return _SIDES[folded]
    side = re.fullmatch(r"([lr])(\d{1,3}(?:\.\d+)?)", folded)
    if side:
        return float(side[2]) / 100 * (-1.0 if side[1] == "l" else 1.0)
    return _number(text, whole)


def _number(text: str, whole: str) -> float:
    try:
        value = float(text.strip().replace("\N{MINUS SIGN}", "-"))
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise BriefError(f"'{whole}': '{text.strip()}' is not a number")
    return value + 0.0
