"""What values a mix may hold, by field name; asked by song.json and by a person's edits alike.

Conventions: as score/mix.py; both ends belong to a range.
"""

from __future__ import annotations

from math import isfinite

from partimento.score.mix import EFFECT_KINDS, EQ_KINDS, MOVE_PARAMETERS, OCTAVES_HZ, Mix
from partimento.theory.errors import nearest

FADER_RANGES: dict[str, tuple[float, float]] = {
    "gain_db": (-60.0, 24.0), "pan": (-1.0, 1.0), "width": (0.0, 2.0), "room": (0.0, 1.0), "hall": (0.0, 1.0),
    "delay": (0.0, 1.0), "duck_db": (0.0, 24.0),
}  # fmt: skip
MIX_RANGES: dict[str, tuple[float, float]] = {
    "lufs": (-40.0, -5.0), "ceiling_db": (-20.0, 0.0), "limiting_db": (0.0, 24.0), "room_s": (0.1, 5.0),
    "hall_s": (0.1, 20.0), "glue_ratio": (1.0, 10.0), "width": (0.0, 2.0),
}  # fmt: skip
EQ_RANGES = {"hz": (10.0, 22000.0), "gain_db": (-24.0, 24.0), "q": (0.1, 20.0)}
COMPRESSION_RANGES = {
    "ratio": (1.0, 20.0), "depth_db": (0.0, 40.0), "attack_ms": (0.1, 500.0), "release_ms": (1.0, 5000.0),
}  # fmt: skip
DELAY_RANGES = {"beats": (0.05, 8.0), "feedback": (0.0, 0.95), "low_hz": (10.0, 20000.0), "high_hz": (10.0, 20000.0)}
MOVE_RANGES = {"gain_db": (-60.0, 24.0), "width": (0.0, 4.0), "hall": (-1.0, 1.0), "low_pass_hz": (20.0, 22000.0)}
EFFECT_RANGES = {"gain_db": (-90.0, 0.0)}


def fault(mix: Mix) -> str | None:
    """One line that says where the mix holds what it must not; None when all is well."""
    for where, what in _held(mix):
        return f"{where}: {what}"
    return None


def outside(name: str, value: float, ranges: dict[str, tuple[float, float]]) -> str | None:
    """`"NAME VALUE is not LOW to HIGH"` when the value lies outside its range; None when it does not."""
    low, high = ranges[name]
    if isfinite(value) and low <= value <= high:
        return None
    return f"{name} {value:g} is not {low:g} to {high:g}"


def _held(mix: Mix) -> list[tuple[str, str]]:
    faults = _each("mix", mix, MIX_RANGES) + _each("mix.delay", mix.delay, DELAY_RANGES)
    for band in mix.eq:
        faults += _band("mix.eq", band.kind) + _each("mix.eq", band, EQ_RANGES)
    if mix.spectrum and len(mix.spectrum) != len(OCTAVES_HZ):
        faults.append(("mix.spectrum", f"{len(mix.spectrum)} levels, not {len(OCTAVES_HZ)}"))
    faults += [("mix.spectrum", f"{level:g} is not -120 to 120") for level in mix.spectrum if not abs(level) <= 120]
    names: set[str] = set()
    for fader in mix.faders:
        where = f"mix.faders '{fader.track}'"
        if fader.track in names:
            faults.append((where, "is there twice"))
        names.add(fader.track)
        faults += _each(where, fader, FADER_RANGES)
        for band in fader.eq:
            faults += _band(f"{where} eq", band.kind) + _each(f"{where} eq", band, EQ_RANGES)
        if fader.compression is not None:
            faults += _each(f"{where} compression", fader.compression, COMPRESSION_RANGES)
    for k, move in enumerate(mix.moves):
        where = f"mix.moves {k}"
        if move.parameter not in MOVE_PARAMETERS:
            faults.append((where, _unknown(move.parameter, MOVE_PARAMETERS)))
            continue
        out = outside(move.parameter, move.value, MOVE_RANGES)
        faults += [(where, out)] if out else []
        if move.onset < 0 or move.duration < 0:
            faults.append((where, f"onset {move.onset}, duration {move.duration}: neither may be negative"))
    for k, effect in enumerate(mix.effects):
        where = f"mix.effects {k}"
        if effect.kind not in EFFECT_KINDS:
            faults.append((where, _unknown(effect.kind, EFFECT_KINDS)))
        faults += _each(where, effect, EFFECT_RANGES)
        if effect.onset < 0 or effect.duration < 0:
            faults.append((where, f"onset {effect.onset}, duration {effect.duration}: neither may be negative"))
    return faults


def _each(where: str, holder: object, ranges: dict[str, tuple[float, float]]) -> list[tuple[str, str]]:
    told = [outside(name, getattr(holder, name), ranges) for name in ranges]
    return [(where, text) for text in told if text]


def _band(where: str, kind: str) -> list[tuple[str, str]]:
    return [] if kind in EQ_KINDS else [(where, _unknown(kind, EQ_KINDS))]


def _unknown(value: str, valid: tuple[str, ...]) -> str:
    return f"'{value}' is none of {', '.join(valid)}.{nearest(value, valid)}"
