"""How often a song keeps the rules that every song is held to, as a share of the times it could have broken them.

Conventions: rules and findings are those of benchmarks/rules; a *chance* is what a rule looks at: a note for ranges and
overlaps, an onset for hands, a stroke for limbs, a section for closes, a change of chord for what strict styles ask.
A *check* is one rule on one song; it is kept where nothing at all is found.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from partimento.arrangement.playability import PROGRAMMED_KITS
from partimento.arrangement.style import load_style
from partimento.benchmarks.rules import leading, playing
from partimento.benchmarks.rules.run import faults
from partimento.score.instruments import instrument
from partimento.score.song import Song

Counts = dict[str, int]
HANDED = ("guitar", "piano", "mallets", "mono")


class Kept(NamedTuple):
    """One song's findings and chances by rule, and the findings in words."""

    found: Counts
    chances: Counts
    said: tuple[str, ...]


class Share(NamedTuple):
    """A rule over many songs: songs it applies to, songs with a finding, findings, chances."""

    songs: int
    broken: int
    found: int
    chances: int

    @property
    def checks(self) -> float:
        """The share of songs that keep the rule throughout."""
        return 1 - self.broken / self.songs if self.songs else 1.0


def kept(song: Song, genre: str) -> Kept:
    """What a song of a genre keeps and breaks."""
    found = faults(song, genre)
    return Kept(
        {rule: len(said) for rule, said in found.items()},
        chances(song, genre),
        tuple(f"{rule}: {text}" for rule, said in found.items() for text in said[:2]),
    )


def chances(song: Song, genre: str) -> Counts:
    """How often a song could break each rule that applies to its genre."""
    page = sum(len(track.notes) for track in song.tracks)
    played = sum(len(track.notes) for track in song.performance.tracks)
    by_hand = {track.name: instrument(track.instrument).hands for track in song.tracks}
    out = {
        "range": page + played,
        "overlap": page + played,
        "hands": sum(sum(1 for _ in playing.sounding(t)) for t in song.tracks if by_hand[t.name] in HANDED),
        "limbs": sum(len(t.notes) for t in song.tracks if by_hand[t.name] == "drums" and _by_limbs(t.instrument)),
        "midi": played,
        "close": len(song.sections),
    }
    if leading.strict(load_style(genre)):
        pairs = leading.changes(song)
        lines = [t for t in song.tracks if t.role in leading.LINES]
        meetings = {t.name: len(leading.meetings(leading.line_of(t), pairs)) for t in lines}
        out["seventh in progression"] = len(pairs)
        out["seventh in line"] = sum(meetings.values())
        out["leading tone"] = sum(meetings[t.name] for t in lines if t.role in leading.OUTER)
    return out


def _by_limbs(name: str) -> bool:
    return instrument(name).name not in PROGRAMMED_KITS


def shares(rows: Sequence[Kept]) -> dict[str, Share]:
    """Every rule over songs."""
    rules: dict[str, None] = {rule: None for row in rows for rule in row.chances}
    out = {}
    for rule in rules:
        own = [row for row in rows if rule in row.chances]
        counts = [row.found.get(rule, 0) for row in own]
        out[rule] = Share(len(own), sum(n > 0 for n in counts), sum(counts), sum(row.chances[rule] for row in own))
    return out


def compliance(rows: Sequence[Kept]) -> float:
    """The share of checks that are kept, over all songs and rules; 1 where there is nothing to check."""
    found = shares(rows).values()
    songs = sum(share.songs for share in found)
    return 1 - sum(share.broken for share in found) / songs if songs else 1.0
