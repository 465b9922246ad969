"""What older versions of song.json lacked or called otherwise: from each version a step to the next.

Convention: a step takes and gives the file's whole data, before anything is checked; an old file is a test of each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

VERSION = 4
"""The version that is written."""


def _from_1(data: dict[str, Any]) -> dict[str, Any]:
    """Version 1 knew one reverb: its time is the hall's, its sends the sends to the hall."""
    mix = dict(data.get("mix") or {})
    if "reverb_s" in mix:
        mix["hall_s"] = mix.pop("reverb_s")
    if isinstance(mix.get("faders"), list):
        mix["faders"] = [
            {"hall" if key == "reverb" else key: value for key, value in row.items()} if isinstance(row, dict) else row
            for row in mix["faders"]
        ]
    return {**data, "version": 2, "mix": mix}


def _from_2(data: dict[str, Any]) -> dict[str, Any]:
    """Version 2 knew no rules of a teacher's in the brief; a brief without them has none."""
    return {**data, "version": 3}


def _from_3(data: dict[str, Any]) -> dict[str, Any]:
    """Version 3 knew no nets: what it composed came by rules, also where its brief does not say so."""
    brief = data.get("brief")
    if isinstance(brief, dict):
        brief = {"engine": "rules", **brief}
    return {**data, "version": 4, "brief": brief}


MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {1: _from_1, 2: _from_2, 3: _from_3}
"""From version n to n + 1."""
