"""Loudness that is not on the page: the arch of a phrase, the energy of a section, the swell into the next one.

Conventions: levels are added to written velocities (1-127). Amounts are taste; writers have put the section's
intensity and the strokes' weight into the written velocities already.
"""

from __future__ import annotations

from bisect import bisect_right

from partimento.score.song import Song, Track
from partimento.score.timeline import Timeline

PHRASING: dict[str, float] = {
    "lead": 1.0, "harmony": 0.9, "counter": 0.9, "answer": 0.8, "pad": 0.6, "comp": 0.5, "bass": 0.4,
    "texture": 0.4, "riff": 0.3, "stab": 0.3, "drums": 0.15, "percussion": 0.15,
}  # fmt: skip
"""How much of the phrase's arch each role plays."""

_APEX = 0.62
_ARCH = 5.0
_ENERGY = 8.0
_SWELL = 8.0
_RISE = 0.15
_BUILDS = frozenset({"build", "buildup", "riser", "pre-chorus", "prechorus", "crescendo"})
_HAIRPIN = 14.0


class Dynamics:
    """The level at a tick: energy and swell for everybody, and the phrase's arch, which roles take a share of."""

    __slots__ = ("_memo", "_phrases", "_sections", "_starts", "_timeline")

    def __init__(self, song: Song, timeline: Timeline) -> None:
        self._timeline = timeline
        self._sections = song.sections
        self._starts: list[int] = []
        self._phrases: list[tuple[int, int, int]] = []  # start, length, section
        for i, section in enumerate(song.sections):
            if section.phrases:
                spans = [(phrase.start, phrase.length) for phrase in section.phrases]
            else:
                bars = timeline.section_bars(i)
                fours = [bars[k : k + 4] for k in range(0, len(bars), 4)]
                spans = [(four[0].start, four[-1].end - four[0].start) for four in fours]
            for start, length in spans:
                self._starts.append(start)
                self._phrases.append((start, max(1, length), i))
        self._memo: dict[int, tuple[float, float]] = {}

    def at(self, tick: int) -> tuple[float, float]:
        """(what all play, the arch to be scaled by the role's share) at a written tick."""
        found = self._memo.get(tick)
        if found is None:
            found = self._memo[tick] = self._find(tick)
        return found

    def _find(self, tick: int) -> tuple[float, float]:
        if not self._phrases:
            return 0.0, 0.0
        start, length, index = self._phrases[max(0, bisect_right(self._starts, tick) - 1)]
        x = min(1.0, max(0.0, (tick - start) / length))
        away = (_APEX - x) / _APEX if x < _APEX else (x - _APEX) / (1.0 - _APEX)
        arch = _ARCH * (1.0 - away * away * (1.0 if x < _APEX else 1.6)) - 2.0
        section = self._sections[index]
        common = _ENERGY * (section.energy - 0.5)
        if section.kind in _BUILDS:
            common += _SWELL * (1.5 * (tick - section.start) / max(1, section.length) - 0.5)
        elif index + 1 < len(self._sections) and self._sections[index + 1].energy - section.energy >= _RISE:
            span = min(section.length // 2, 2 * self._timeline.bar_at(section.end - 1).length)
            into = tick - (section.end - span)
            if into > 0:
                common += _SWELL * into / span
        return common, arch


def hairpins(track: Track) -> list[tuple[int, int, float]]:
    """The track's crescendi and diminuendi as (start, end, change of velocity at their end)."""
    return [
        (mark.onset, mark.onset + mark.duration, _HAIRPIN if mark.mark == "crescendo" else -_HAIRPIN)
        for mark in track.dynamics
        if mark.duration > 0 and mark.mark in ("crescendo", "diminuendo")
    ]


def hairpin_level(pins: list[tuple[int, int, float]], tick: int) -> float:
    """What the hairpins add at a tick inside them; the page's velocities go on after them."""
    return sum(change * (tick - start) / (end - start) for start, end, change in pins if start <= tick < end)
