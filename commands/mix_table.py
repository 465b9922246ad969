"""A mix as a table: for people, and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from partimento.score.mix import EqBand, Fader, Mix
from partimento.score.song import Track


def table_lines(mix: Mix, tracks: Sequence[Track]) -> list[str]:
    """The whole mix's settings in a line, then a row a fader."""
    roles = {track.name: track.role for track in tracks}
    whole = (
        f"{mix.profile or 'own'}: {mix.lufs:g} LUFS, peaks to {mix.ceiling_db:g} dBTP, room {mix.room_s:g} s, "
        f"hall {mix.hall_s:g} s, echo {mix.delay.beats:g} beats, glue {mix.glue_ratio:g} : 1, width {mix.width:g}"
    )
    head = ("fader", "role", "gain", "pan", "width", "room", "hall", "delay", "duck", "EQ", "compression", "")
    rows = [head, *(_row(fader, roles) for fader in mix.faders)]
    widths = [max(len(row[k]) for row in rows) for k in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [whole, "", *lines]


def table_data(mix: Mix, tracks: Sequence[Track]) -> dict[str, Any]:
    """The mix with the role of each fader."""
    roles = {track.name: track.role for track in tracks}
    data = asdict(mix)
    for row in data["faders"]:
        row["role"] = _role(row["track"], roles)
    return data


def _role(name: str, roles: dict[str, str]) -> str:
    return roles.get(name) or name.rpartition("/")[2]


def _row(fader: Fader, roles: dict[str, str]) -> tuple[str, ...]:
    held = fader.compression
    return (
        fader.track,
        _role(fader.track, roles),
        f"{fader.gain_db:+g} dB",
        "C" if abs(fader.pan) < 0.005 else f"{'L' if fader.pan < 0 else 'R'}{abs(fader.pan) * 100:.0f}",
        f"{fader.width:g}",
        f"{fader.room:g}",
        f"{fader.hall:g}",
        f"{fader.delay:g}",
        f"{fader.duck_db:g} dB" if fader.duck_db else "",
        ", ".join(_band(band) for band in fader.eq),
        f"{held.ratio:g} : 1, {held.depth_db:g} dB deep" if held is not None else "",
        " ".join(word for word, on in (("muted", fader.mute), ("solo", fader.solo)) if on),
    )


def _band(band: EqBand) -> str:
    hz = f"{band.hz / 1000:g}k" if band.hz >= 1000 else f"{band.hz:g}"
    return f"{band.kind} {hz}" + (f" {band.gain_db:+g}" if band.gain_db else "")
