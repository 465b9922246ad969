"""What the writers of a melody share: a section as they see it, the notes written, the ideas remembered.

Convention: Written notes are in song time; ideas are kept by material (with its lead's kind) and letter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from partimento.arrangement.style import SectionSpec
from partimento.composer.melody_harmony import Harmony
from partimento.composer.melody_phrase import Line
from partimento.composer.melody_plan import SongTraits
from partimento.score.song import Phrase, Section
from partimento.score.timeline import Bar

DEGREES: dict[str, tuple[tuple[int, int], ...]] = {
    "authentic": ((0, 60), (4, 12), (3, 12), (7, 8)),
    "plagal": ((0, 50), (4, 15), (3, 15), (7, 10)),
    "modal": ((0, 40), (7, 20), (4, 12), (3, 12)),
    "half": ((2, 40), (7, 35), (11, 22)),
    "dominant pedal": ((7, 40), (2, 30), (11, 20)),
    "deceptive": ((0, 40), (4, 25), (3, 25)),
    "turnaround": ((7, 30), (2, 25), (4, 20), (3, 20), (0, 15)),
    "open": ((4, 25), (3, 25), (7, 25), (2, 20), (0, 15), (9, 8)),
    "loop": ((0, 30), (4, 22), (3, 22), (7, 25), (2, 15), (9, 6)),
    "break": ((0, 30), (7, 30), (4, 15), (3, 15)),
}
"""Scale degrees (semitones above the tonic) that a phrase may end on, by its close, with weights."""

FINAL: tuple[tuple[int, int], ...] = ((0, 96), (4, 1), (3, 1), (7, 2))


class Written(NamedTuple):
    """A note of the lead before it is finished: ticks, MIDI, the harmony it belongs to, its phrase's arch 0-1."""

    onset: int
    duration: int
    midi: int
    harmony: Harmony
    arch: float


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section as the melody sees it: its spec and bars, whether it is the last return, the climax, the final one."""

    index: int
    section: Section
    spec: SectionSpec
    bars: tuple[Bar, ...]
    traits: SongTraits
    last: bool
    climax: bool
    final: bool

    @property
    def phrases(self) -> tuple[Phrase, ...]:
        """The section's phrases; a section without any is one phrase."""
        s = self.section
        return s.phrases or (Phrase(s.start, s.length, s.close, "a"),)

    def bars_of(self, phrase: Phrase) -> tuple[Bar, ...]:
        """The bars that begin in the phrase."""
        return tuple(b for b in self.bars if phrase.start <= b.start < phrase.start + phrase.length)


@dataclass(slots=True)
class Book:
    """What the song has sung so far: `lines` by (material, idea), `rhythms` of bars that began a thought."""

    lines: dict[tuple[str, str], Line] = field(default_factory=dict)
    rhythms: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)


def density_of(view: SectionView) -> float:
    """The section's density as a factor on the song's notes a bar."""
    return view.spec.density * {"sparse": 0.5, "hook": 0.95}.get(view.section.lead, 1.0)
