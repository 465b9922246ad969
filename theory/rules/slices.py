"""A Piece as a row of Slices: what every line sounds at each attack, which is what voice-leading rules compare.

Conventions: only lines count (`Voice.line`), lowest first; textures of chords have no voices to lead. Where no part is
one, a part that sounds two tones at once now and then is the line of its outer ones. Grace notes are left out.
Neighbouring slices are what sounds just before an attack, and at it; where a phrase ends at a fermata the next slice
`opens` anew, and nothing is compared across.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from partimento.theory.analysis.piece import Piece, Tone
from partimento.theory.pitch import Pitch

SELDOM = 0.15
"""Share of its attacks at which a part may sound two tones at once and still be a line, as strings do."""
CHAMBER = 3
"""Least parts of a piece in which all are lines, or nearly: chamber music, where no part is there for its chords."""


class Slice(NamedTuple):
    """What sounds at `tick`: a tone or None for each line; `opens` where nothing before it is compared with it."""

    tick: int
    tones: tuple[Tone | None, ...]
    opens: bool

    def pitch(self, line: int) -> Pitch | None:
        """The pitch of a line, None where it rests."""
        tone = self.tones[line]
        return None if tone is None else tone.pitch

    def attacks(self, line: int) -> bool:
        """Whether the line's tone begins here."""
        tone = self.tones[line]
        return tone is not None and tone.onset == self.tick


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a piece: their voices' numbers in the piece, lowest first, each line's tones, and the slices.

    `breaks` are the ticks at which a phrase that ended with a fermata goes on.
    """

    voices: tuple[int, ...]
    lines: tuple[tuple[Tone, ...], ...]
    slices: tuple[Slice, ...]
    breaks: frozenset[int]

    @property
    def outer(self) -> tuple[int, ...]:
        """The lowest and the highest line, as indices; one or none where there are fewer."""
        return (0, len(self.lines) - 1) if len(self.lines) > 1 else tuple(range(len(self.lines)))


def lines_of(piece: Piece) -> Lines:
    """The lines of a piece and its slices, one at each tick where some line attacks or falls silent."""
    by_voice: dict[int, list[Tone]] = {voice: [] for voice in range(len(piece.voices))}
    for tone in piece.tones:
        if tone.voice in by_voice and not tone.grace:
            by_voice[tone.voice].append(tone)
    found = {voice: tuple(by_voice[voice]) for voice in by_voice if piece.voices[voice].line}
    nearly = {voice: _outer_line(tones, lowest=voice == 0) for voice, tones in by_voice.items() if voice not in found}
    if len(by_voice) >= CHAMBER and all(nearly.values()):
        found |= nearly
    voices = tuple(sorted(found))
    lines = tuple(found[voice] for voice in voices)
    breaks = _breaks(piece, lines)
    return Lines(voices, lines, _slices(lines, breaks), breaks)


def _outer_line(tones: Sequence[Tone], lowest: bool) -> tuple[Tone, ...]:
    """The outer tones of a part that strikes or holds two at once now and then; nothing of a part of chords."""
    attacks = [tuple(group) for _, group in groupby(tones, key=lambda tone: tone.onset)]
    if not attacks:
        return ()
    nexts = [group[0].onset for group in attacks[1:]]
    held = sum(max(t.end for t in group) > after for group, after in zip(attacks, nexts, strict=False))
    struck = sum(len(group) > 1 for group in attacks)
    if held + struck > SELDOM * len(attacks):
        return ()
    line = [min(group, key=_height) if lowest else max(group, key=_height) for group in attacks]
    ends = [*nexts, line[-1].end]
    return tuple(tone._replace(duration=min(tone.end, end) - tone.onset) for tone, end in zip(line, ends, strict=True))


def _height(tone: Tone) -> Pitch:
    return tone.pitch


def _breaks(piece: Piece, lines: tuple[tuple[Tone, ...], ...]) -> frozenset[int]:
    """Where the highest tone that sounds under each fermata ends."""
    found: set[int] = set()
    for tick in piece.fermatas:
        under = [tone for line in lines for tone in line if tone.onset <= tick < tone.end]
        if under:
            found.add(max(under, key=lambda tone: tone.pitch).end)
    return frozenset(found)


def _slices(lines: tuple[tuple[Tone, ...], ...], breaks: frozenset[int]) -> tuple[Slice, ...]:
    ticks = sorted({tick for line in lines for tone in line for tick in (tone.onset, tone.end)})
    places = [0] * len(lines)
    slices: list[Slice] = []
    for tick in ticks:
        tones: list[Tone | None] = []
        for number, line in enumerate(lines):
            while places[number] < len(line) and line[places[number]].end <= tick:
                places[number] += 1
            here = line[places[number]] if places[number] < len(line) else None
            tones.append(here if here is not None and here.onset <= tick else None)
        slices.append(Slice(tick, tuple(tones), tick in breaks))
    return tuple(slices)
