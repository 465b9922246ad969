"""Claims about drum patterns: which sections share one, how strongly it is played, what else could have been drawn.

Conventions: two sections share a pattern where the same pieces are struck at the same places in most of their bars.
"""

from __future__ import annotations

from collections.abc import Iterator

from partimento.score.decision import Decision
from partimento.score.song import Drum, Track
from partimento.teaching.claim import Claim
from partimento.teaching.kinds.claiming import at_least, claim, decisions, kind, number, odds, text
from partimento.teaching.kinds.wording import does, listed
from partimento.teaching.music import Music, Part
from partimento.teaching.naming import Naming
from partimento.teaching.subject import Subject

ALIKE = 0.6
"""The least share of strokes that two bars of one pattern have in common, variants and fills included."""

Bar = frozenset[tuple[int, Drum]]


def _bars(music: Music, track: Track, part: Part) -> list[Bar]:
    """The strokes of each bar of a section but its last, where fills are."""
    first, last = music.bar_index(part.start), music.bar_index(part.end - 1)
    struck: list[set[tuple[int, Drum]]] = [set() for _ in range(max(1, last - first))]
    for note in track.notes:
        index = music.bar_index(note.onset) - first
        if 0 <= index < len(struck) and isinstance(note.pitch, Drum) and note.articulation != "ghost":
            struck[index].add((note.onset - music.bars[first + index].start, note.pitch))
    return [frozenset(bar) for bar in struck]


def _alike(first: list[Bar], second: list[Bar]) -> bool:
    both = [(a, b) for a, b in zip(first, second, strict=False) if a or b]
    shared = [len(a & b) / len(a | b) for a, b in both]
    return len(shared) >= 2 and sum(shared) >= ALIKE * len(shared)


def _find(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    groups: dict[tuple[str, str, int], list[Decision]] = {}
    for told in decisions(subject, "pattern", "draw.weight"):
        level = told.value("intensity", 0)
        if told.value("use") == "main" and isinstance(level, int):
            groups.setdefault((told.where.track, str(told.value("pattern")), level), []).append(told)
    for (name, pattern, level), found in groups.items():
        track = next((t for t in music.song.tracks if t.name == name and t.role == "drums"), None)
        parts = [part for part in (music.part_at(d.where.start) for d in found) if part is not None]
        if track is None or len(parts) < 2:
            continue
        first = _bars(music, track, parts[0])
        same = [part for part in parts if _alike(first, _bars(music, track, part))]
        if len(same) >= 2 and same[0] == parts[0]:
            yield claim(
                "rhythm.pattern",
                [(part.start, part.end) for part in same],
                track=name,
                basis="decided",
                pattern=pattern,
                level=level,
                parts="|".join(part.name for part in same),
                drawn=odds(found[0], pattern),
            )


def _say(c: Claim, level: str, naming: Naming) -> str:
    said = f"{does(c.track, 'plays')} one pattern in {listed(text(c, 'parts').split('|'))}, “{text(c, 'pattern')}”"
    if not at_least(level, "advanced"):
        return f"{said}."
    said += f", at strength {number(c, 'level')} of 4"
    return f"{said}, drawn by weight ({text(c, 'drawn')})." if text(c, "drawn") else f"{said}."


def _again(c: Claim, level: str, naming: Naming) -> str:
    drawn = f" ({text(c, 'drawn')})" if text(c, "drawn") and at_least(level, "advanced") else ""
    return f"“{text(c, 'pattern')}” is the pattern of {listed(text(c, 'parts').split('|'))}{drawn}."


KINDS = (
    kind("rhythm.pattern", "rhythm", ("groove",), _find, _say, "intermediate", weight=16, again=_again),
)  # fmt: skip
