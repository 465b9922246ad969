"""Streams of bars in LilyPond: one text a bar, joined with bar checks and within the page's repeats.

Conventions: every stream of a score (voices, timing, chords, lyrics) has the same repeats, so that each unfolds alike.
"""

from __future__ import annotations

from collections.abc import Sequence

from partimento.score.notation.lilypond_notes import spaced
from partimento.score.notation.page import Bar
from partimento.score.notation.repeats import strains

WHOLE_REST = "R"
"""The text of a bar that rests throughout: runs of them become one multi-measure rest."""


def stream(bars: Sequence[Bar], texts: Sequence[str]) -> str:
    """A whole stream: `texts` holds one a bar, without the bar check."""
    lines: list[str] = []
    for strain in strains(bars):
        body = _run(bars, texts, strain.start, strain.end)
        if strain.times == 1:
            lines += body
            continue
        lines += [f"\\repeat volta {strain.times} {{", *_indented(body), "}"]
        if strain.endings:
            lines.append("\\alternative {")
            for numbers, start, end in strain.endings:
                inner = _indented(_run(bars, texts, start, end))
                lines += _indented([f"\\volta {','.join(map(str, numbers))} {{", *inner, "}"])
            lines.append("}")
    return "\n".join(lines)


def _indented(lines: Sequence[str]) -> list[str]:
    return ["  " + line for line in lines]


def _run(bars: Sequence[Bar], texts: Sequence[str], start: int, end: int) -> list[str]:
    """Bars in a row, a line each; whole rests counted together where nothing is printed between them."""
    lines = []
    i = start
    while i < end:
        if texts[i] != WHOLE_REST:
            lines.append(f"{texts[i]} |")
            i += 1
            continue
        stop = i + 1
        while stop < end and texts[stop] == WHOLE_REST and _joins(bars[stop - 1], bars[stop]):
            stop += 1
        count = f"*{stop - i}" if stop - i > 1 else ""
        lines.append(f"R{spaced(bars[i].length)}{count} |")
        i = stop
    return lines


def _joins(before: Bar, bar: Bar) -> bool:
    shown = bar.section or bar.shows_key or bar.shows_meter or bar.new_system or before.barline
    return not shown and before.length == bar.length
