"""Drum patterns as strokes: what a bar of a pattern strikes, and when.

Conventions: ticks count from the bar's start; tokens are those of the pattern language (arrangement/pattern).
"""

from __future__ import annotations

from functools import cache

from partimento.arrangement.pattern import parse_bar
from partimento.arrangement.style import Pattern
from partimento.score.song import DRUMS, Drum

Stroke = tuple[int, Drum, str]
"""Tick, piece, token (g o x X ?)."""


@cache
def bar_strokes(rows: tuple[tuple[str, str], ...], bar: int) -> tuple[Stroke, ...]:
    """The strokes of one pattern bar, `rows` of (piece, bar string), sorted by tick from the bar's start."""
    out: list[Stroke] = []
    for piece, text in rows:
        drum = DRUMS[piece]
        out.extend((s.start * bar // s.steps, drum, s.symbol) for s in parse_bar(text, "drums") if s.symbol != "-")
    out.sort(key=lambda s: (s[0], s[1].value))
    return tuple(out)


def pattern_strokes(pattern: Pattern, index: int, bar: int) -> tuple[Stroke, ...]:
    """Bar `index` (going round) of a drum pattern, in ticks from the bar's start; `bar` is the bar's full length."""
    return bar_strokes(tuple((piece, texts[index % len(texts)]) for piece, texts in pattern.rows.items()), bar)
