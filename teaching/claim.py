"""Claims: what an explanation says, before it is put into words; each can be checked again on the song.

A Kind knows three things of a sort of claim: where such claims come from, whether one holds, how it is worded. A claim
is told only if it holds at that moment, on the music as it is now; the decision that it came from is no proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from partimento.score.decision import Value
from partimento.teaching.naming import Naming
from partimento.teaching.subject import Subject

LEVELS = ("beginner", "intermediate", "advanced")
TOPICS = ("form", "harmony", "melody", "voice-leading", "rhythm", "arrangement")


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim: its `kind` (a Kind's id), the ticks and the track it speaks of ("" for all), named `values`.

    `basis` is "decided" (the composer's record), "found" (an analysis, with `sure` in 0-1) or "measured" (read off the
    notes). `second` words nothing itself: it is the values of the runner-up reading where one is close. `places` are
    all the spans that a claim about something that returns is true of, the first being [start, end); empty for one.
    """

    kind: str
    start: int
    end: int
    track: str = ""
    values: tuple[tuple[str, Value], ...] = ()
    basis: str = "measured"
    sure: float = 1.0
    second: tuple[tuple[str, Value], ...] = ()
    places: tuple[tuple[int, int], ...] = ()

    def value(self, name: str, default: Value = "") -> Value:
        """The value called `name`, or `default`."""
        return dict(self.values).get(name, default)


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of claim. `terms` are ids of the glossary; `least` the first of LEVELS at which it is told.

    `words(claim, level, naming)` are whole sentences, true at every level and different in vocabulary and depth; ""
    where a level has nothing to tell of this claim; `again` words one that follows another of its kind, so that no two
    neighbours read alike. `source` cites a book exactly or gives the measured rate; "" where neither can be named.
    `weight` orders what is said of one place: the smaller comes first. `named` are the terms of one claim, where not
    all of a kind's claims name the same.
    """

    id: str
    topic: str
    terms: tuple[str, ...]
    collect: Callable[[Subject], Iterable[Claim]]
    holds: Callable[[Claim, Subject], bool]
    words: Callable[[Claim, str, Naming], str]
    least: str = "beginner"
    source: str = ""
    weight: int = 50
    named: Callable[[Claim], tuple[str, ...]] | None = None
    again: Callable[[Claim, str, Naming], str] | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A claim that held, in words; `terms` are the glossary's ids, `place` says where ("bars 9-16")."""

    claim: Claim
    topic: str
    text: str
    place: str
    terms: tuple[str, ...]
    source: str = ""
