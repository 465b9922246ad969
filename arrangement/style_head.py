"""The head of each style file, read cheaply: what a list of genres or a prompt needs, without checking the whole.

Convention: the head is everything before the first table that is not `[tempo]`; a full check is `load_style`'s work.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache

from partimento.arrangement.style import style_folders, style_names


@dataclass(frozen=True, slots=True)
class StyleHead:
    """A style in brief: `low`-`high` are its bounds in felt beats a minute, `usual` the range drawn from."""

    name: str
    title: str
    about: str
    aliases: tuple[str, ...]
    low: int
    high: int
    usual: tuple[int, int]
    duration_s: tuple[int, int]


@cache
def style_heads() -> dict[str, StyleHead]:
    """The heads of all styles found, by name; a file that cannot be read is left out (`load_style` tells why)."""
    heads = (style_head(name) for name in style_names())
    return {head.name: head for head in heads if head is not None}


@cache
def style_head(name: str) -> StyleHead | None:
    """The head of the style whose file is called `name`, or None when it lacks or cannot be read."""
    for folder in style_folders():
        path = folder / f"{name}.toml"
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, ValueError):
            continue
        try:
            data = tomllib.loads(_head(text))
        except tomllib.TOMLDecodeError:
            return None
        base = style_head(str(data["extends"])) if data.get("extends", name) != name else None
        try:
            tempo = data.get("tempo") or {}
            usual = tempo.get("usual") or base and base.usual or (90, 120)
            length = data.get("duration_s") or base and base.duration_s or (90, 180)
            return StyleHead(
                name, str(data.get("title", name)), str(data.get("about", "")),
                tuple(str(alias) for alias in data.get("aliases", ())),
                int(tempo.get("low") or (base.low if base else usual[0])),
                int(tempo.get("high") or (base.high if base else usual[1])),
                (int(usual[0]), int(usual[1])), (int(length[0]), int(length[1])),
            )  # fmt: skip
        except (TypeError, ValueError, KeyError, IndexError, AttributeError):
            return None
    return None


def _head(text: str) -> str:
    lines, wanted = [], True
    for line in text.splitlines():
        if line.startswith("["):
            wanted = line.strip() == "[tempo]"
        if wanted:
            lines.append(line)
    return "\n".join(lines)
