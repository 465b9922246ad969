"""The clave: one direction a song, which every part keeps.

Convention: two-bar patterns are written in 2-3 (their first bar is the two-side); for a song in 3-2 their bars change
places. One-bar patterns fit either way; endings stay as written, and name their direction where they need one.
"""

from __future__ import annotations

from partimento.arrangement.style import Pattern, Style
from partimento.score.stream import Stream


def clave_of(style: Style, seed: int, take: int) -> str:
    """The song's clave, "2-3" or "3-2"; "" in styles that have none."""
    return Stream(seed, "arrangement", take, "clave").pick(style.claves) if style.claves else ""


def with_clave(style: Style, clave: str) -> Style:
    """`style` with its patterns turned to `clave`; itself where that is ""."""
    if not clave:
        return style
    banks = {
        name: tuple(_turned(p, clave) for p in bank if p.clave in ("", clave)) for name, bank in style.patterns.items()
    }
    return style.model_copy(update={"patterns": banks})


def _turned(pattern: Pattern, clave: str) -> Pattern:
    rows = (*pattern.rows.values(), pattern.bars)
    length = max(len(row) for row in rows)
    if clave == "2-3" or pattern.clave or pattern.use == "ending" or length % 2:
        return pattern
    turned = {piece: row[1:] + row[:1] for piece, row in pattern.rows.items()}
    return pattern.model_copy(update={"rows": turned, "bars": pattern.bars[1:] + pattern.bars[:1]})
