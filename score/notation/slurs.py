"""Slurs: a run of notes marked "legato" becomes one slur to the note it leads to.

Conventions: only lines are slurred, never chords or comping, nor singers, to whom a slur says one syllable; a slur ends
at a rest, at a phrase's end, and where a pitch is repeated. It runs from the run's first note to the first note that is
not "legato". What is longer than a breath or a bow is cut at bar lines; a keyboard's slurs show the phrase.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from partimento.score.instruments import Instrument
from partimento.score.notation.page import Bar
from partimento.score.notation.sounds import Sound
from partimento.score.song import Section

MOST = 12
"""Notes under one slur that may go on over a bar line. Taste."""

_LINES = ("lead", "harmony", "counter", "answer", "riff", "bass", "texture")


def with_slurs(
    sounds: Sequence[Sound], role: str, kind: Instrument, sections: Sequence[Section], bars: Sequence[Bar]
) -> list[Sound]:
    """The sounds of one voice, sorted by onset, with slurs where they are a line."""
    out = list(sounds)
    if role not in _LINES or kind.family == "voices":
        return out
    for first, last in _runs(out, sections):
        for start, stop in [(first, last)] if kind.hands == "piano" else _cut(out, first, last, bars):
            out[start] = replace(out[start], slur_start=True)
            out[stop] = replace(out[stop], slur_stop=True)
    return out


def _runs(sounds: Sequence[Sound], sections: Sequence[Section]) -> list[tuple[int, int]]:
    """The first and last sound (index) of each run."""
    out: list[tuple[int, int]] = []
    seams = sorted({phrase.start for section in sections for phrase in section.phrases} | {s.start for s in sections})
    first = -1
    for i, sound in enumerate(sounds):
        joined = i + 1 < len(sounds) and sound.articulation == "legato" and _joined(sound, sounds[i + 1], seams)
        if joined and first < 0:
            first = i
        elif not joined and first >= 0:
            out.append((first, i))
            first = -1
    return out


def _cut(sounds: Sequence[Sound], first: int, last: int, bars: Sequence[Bar]) -> list[tuple[int, int]]:
    """The slurs of a run: one, or one a bar where it would have more notes than a breath or crosses two bar lines."""
    starts = [bar.start for bar in bars]
    homes = [bisect_right(starts, sounds[i].onset) for i in range(first, last + 1)]
    if last - first < MOST and homes[-1] - homes[0] < 2:
        return [(first, last)]
    firsts = [i for i in range(first, last + 1) if i == first or homes[i - first] != homes[i - first - 1]]
    if firsts[-1] == last and len(firsts) > 1:
        firsts.pop()
    ends = [i - 1 for i in firsts[1:]] + [last]
    return [(start, stop) for start, stop in zip(firsts, ends, strict=True) if start < stop]


def _joined(sound: Sound, following: Sound, seams: Sequence[int]) -> bool:
    if following.onset != sound.end or following.pitch.midi == sound.pitch.midi:
        return False
    return bisect_right(seams, sound.onset) == bisect_right(seams, following.onset)
