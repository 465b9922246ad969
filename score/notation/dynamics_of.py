"""Dynamics of a part: its own marks where it has them, else one where a section is really played differently.

Conventions: marks stand at the section's first note of the part. The written velocities' mean decides, by the usual
steps of 16 about mf = 80; a mark changes only when the mean has left its step by a margin, so that a part does not
waver.
"""

from __future__ import annotations

from collections.abc import Sequence

from partimento.score.notation.page import Direction
from partimento.score.notation.sounds import Sound
from partimento.score.song import Section, Track

_STEPS = (("pp", 33), ("p", 49), ("mp", 64), ("mf", 80), ("f", 96), ("ff", 112))
_HALF, _MARGIN = 8, 4
_LONG_REST = 8
"""After so many bars of rest a mark is said again."""


def dynamics(track: Track, sounds: Sequence[Sound], sections: Sequence[Section], bar: int) -> list[Direction]:
    """The part's dynamics in order; `sounds` sorted by onset, `bar` a bar's usual length."""
    if track.dynamics:
        return [
            Direction(mark.onset, mark.mark, "", mark.duration)
            if mark.mark in ("crescendo", "diminuendo")
            else Direction(mark.onset, "dynamic", mark.mark)
            for mark in track.dynamics
        ]
    out: list[Direction] = []
    now, last_end, index = "", 0, 0
    for section in sections:
        here = []
        while index < len(sounds) and sounds[index].onset < section.end:
            here.append(sounds[index])
            index += 1
        full = [s.note.velocity for s in here if s.articulation not in ("ghost", "dead")]
        if not full:
            continue
        mean = sum(full) / len(full)
        mark = _mark(mean, now)
        if mark != now or here[0].onset - last_end >= _LONG_REST * bar:
            out.append(Direction(here[0].onset, "dynamic", mark))
            now = mark
        last_end = max(sound.end for sound in here)
    return out


def _mark(mean: float, now: str) -> str:
    for name, middle in _STEPS:
        if name == now and abs(mean - middle) <= _HALF + _MARGIN:
            return now
    return min(_STEPS, key=lambda step: abs(mean - step[1]))[0]
