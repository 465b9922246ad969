"""Separating the sounds of one staff into at most two voices, and each voice into slabs in which nothing changes.

Conventions: voice 0 is the upper one. Sounds of equal onset and end are one chord. Where chords overlap, what lies
higher goes up and what lies lower goes down; three at a time share a voice, its longer notes being tied over the
others' onsets.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from partimento.score.notation.sounds import Sound

_LOOK = 64
"""So many neighbours of a chord are looked at: no more sound at once but in hostile files."""


@dataclass(frozen=True, slots=True)
class Slab:
    """A stretch of one voice in which the same sounds go on."""

    onset: int
    end: int
    sounds: tuple[Sound, ...]


@dataclass(slots=True)
class _Chord:
    onset: int
    end: int
    sounds: list[Sound]
    voice: int = 0

    @property
    def height(self) -> float:
        return sum(sound.pitch.midi for sound in self.sounds) / len(self.sounds)


def two_voices(sounds: Sequence[Sound]) -> tuple[list[Sound], list[Sound]]:
    """The staff's upper and lower voice; the lower is empty where one is enough."""
    given = sorted({sound.note.voice for sound in sounds})
    if len(given) > 1:
        upper = [sound for sound in sounds if sound.note.voice == given[0]]
        return upper, [sound for sound in sounds if sound.note.voice != given[0]]
    chords = _chords(sounds)
    for cluster in _clusters(chords):
        _divide(cluster)
    return (
        [sound for chord in chords if chord.voice == 0 for sound in chord.sounds],
        [sound for chord in chords if chord.voice == 1 for sound in chord.sounds],
    )


def _chords(sounds: Sequence[Sound]) -> list[_Chord]:
    found: dict[tuple[int, int], _Chord] = {}
    for sound in sounds:
        found.setdefault((sound.onset, sound.end), _Chord(sound.onset, sound.end, [])).sounds.append(sound)
    return [found[place] for place in sorted(found)]


def _clusters(chords: list[_Chord]) -> list[list[_Chord]]:
    """Runs of chords that overlap, one with the next, longer than one."""
    out: list[list[_Chord]] = []
    end = -1
    for chord in chords:
        if chord.onset < end:
            out[-1].append(chord)
        else:
            out.append([chord])
        end = max(end, chord.end)
    return [cluster for cluster in out if len(cluster) > 1]


def _divide(cluster: list[_Chord]) -> None:
    """Gives each chord of a cluster its voice, by height against what sounds with it, then by who is free."""
    active: list[_Chord] = []
    for i, chord in enumerate(cluster):
        active = [c for c in active if c.end > chord.onset][-_LOOK:]
        after = [c for c in cluster[i + 1 : i + 1 + _LOOK] if c.onset < chord.end]
        heights = [other.height for other in active + after]
        below, above = sum(h > chord.height for h in heights), sum(h < chord.height for h in heights)
        wanted = 1 if below > above else 0
        busy = {c.voice for c in active}
        if wanted in busy and 1 - wanted not in busy:
            # A free voice spares ties, unless what is there lies on the wrong side of it.
            there = [c.height for c in active]
            fits = all(h < chord.height for h in there) if wanted else all(h > chord.height for h in there)
            wanted = 1 - wanted if fits else wanted
        chord.voice = wanted
        active.append(chord)


def slabs(sounds: Sequence[Sound]) -> list[Slab]:
    """A voice's stretches of equal sound, in order; none where it is silent."""
    edges = sorted({edge for sound in sounds for edge in (sound.onset, sound.end)})
    held: list[list[Sound]] = [[] for _ in edges]
    for sound in sounds:
        for i in range(bisect_left(edges, sound.onset), bisect_left(edges, sound.end)):
            held[i].append(sound)
    return [
        Slab(edges[i], edges[i + 1], tuple(sorted(here, key=lambda s: s.pitch))) for i, here in enumerate(held) if here
    ]
