"""Slurs: a run of notes marked "legato" becomes one slur to the note it leads to.

Conventions: only lines are slurred, never chords or comping; a slur ends at a rest, at a phrase's end, and where a
pitch is repeated. It runs from the run's first note to the first note that is not "legato".
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from partimento.score.notation.sounds import Sound
from partimento.score.song import Section

_LINES = ("lead", "harmony", "counter", "answer", "riff", "bass", "texture")


def with_slurs(sounds: Sequence[Sound], role: str, sections: Sequence[Section]) -> list[Sound]:
    """The sounds of one voice, sorted by onset, with slurs where they are a line."""
    out = list(sounds)
    if role not in _LINES:
        return out
    seams = sorted({phrase.start for section in sections for phrase in section.phrases} | {s.start for s in sections})
    first = -1
    for i, sound in enumerate(out):
        joined = i + 1 < len(out) and sound.articulation == "legato" and _joined(sound, out[i + 1], seams)
        if joined and first < 0:
            first = i
        elif not joined and first >= 0:
            out[first] = replace(out[first], slur_start=True)
            out[i] = replace(out[i], slur_stop=True)
            first = -1
    return out


def _joined(sound: Sound, following: Sound, seams: Sequence[int]) -> bool:
    if following.onset != sound.end or following.pitch.midi == sound.pitch.midi:
        return False
    return bisect_right(seams, sound.onset) == bisect_right(seams, following.onset)
