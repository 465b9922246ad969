"""How kinds are made: each finds its claims in the music as it is, and a claim holds where it is found again.

A finder may look up decisions for what they alone know (weights, alternatives), but claims only what the notes, chords
and sections show; so a claim whose music has been changed is not found again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from partimento.score.decision import Decision, Value
from partimento.teaching.claim import Claim, Kind
from partimento.teaching.kinds.wording import listed, percent
from partimento.teaching.naming import Naming
from partimento.teaching.subject import Subject

Finder = Callable[[Subject], Iterable[Claim]]
Words = Callable[[Claim, str, Naming], str]
Spans = Sequence[tuple[int, int]]

LEVEL = {"beginner": 0, "intermediate": 1, "advanced": 2}


def kind(
    name: str, topic: str, terms: Sequence[str], find: Finder, words: Words, least: str = "beginner", source: str = "",
    weight: int = 50, named: Callable[[Claim], tuple[str, ...]] | None = None,
    again: Words | None = None,
) -> Kind:  # fmt: skip
    """A Kind whose claims hold where `find` finds them again."""

    def collect(subject: Subject) -> Iterable[Claim]:
        return found(find, subject)

    def holds(claim: Claim, subject: Subject) -> bool:
        return claim in found(find, subject)

    return Kind(name, topic, tuple(terms), collect, holds, words, least, source, weight, named, again)


def found(find: Finder, subject: Subject) -> dict[Claim, None]:
    """What `find` finds in the subject, in its order; looked for once."""
    memo = subject.music.memo
    known = memo.get(find)
    if not isinstance(known, dict):
        known = memo[find] = dict.fromkeys(find(subject))
    return known


def claim(
    kind: str, places: Spans, *, track: str = "", basis: str = "measured", sure: float = 1.0, **values: Value
) -> Claim:
    """The claim that `values` are so in all `places` (at least one)."""
    start, end = places[0]
    more = tuple(places) if len(places) > 1 else ()
    return Claim(kind, start, end, track, tuple(values.items()), basis, round(sure, 3), (), more)


def text(claim: Claim, name: str) -> str:
    """The claim's value as text."""
    return str(claim.value(name))


def number(claim: Claim, name: str) -> int:
    """The claim's value as a whole number, 0 where it has none."""
    value = claim.value(name, 0)
    return int(value) if isinstance(value, (int, float)) else 0


def share(claim: Claim, name: str) -> float:
    """The claim's value as a share."""
    value = claim.value(name, 0.0)
    return float(value) if isinstance(value, (int, float)) else 0.0


def by(name: str, table: Mapping[Value, str]) -> Callable[[Claim], tuple[str, ...]]:
    """The terms of a claim by one of its values; a value that the table has not names none."""

    def named(claim: Claim) -> tuple[str, ...]:
        return tuple(table.get(claim.value(name), "").split())

    return named


def at_least(level: str, least: str) -> bool:
    """Whether `level` is `least` or above."""
    return LEVEL[level] >= LEVEL[least]


def decisions(subject: Subject, what: str, rule: str = "") -> list[Decision]:
    """The recorded decisions of that sort; none for a song that was not composed here."""
    if not subject.recorded:
        return []
    return [d for d in subject.song.decisions if d.what == what and (not rule or d.rule == rule)]


def odds(decision: Decision, chosen: str, most: int = 3) -> str:
    """What a draw held: "21 %, against A 28 %, B 21 % and 3 more", the heaviest others first; "against A, B and 3 more"
    where the record leaves out its own weight; "" where there was no other."""
    weights = dict(decision.alternatives)
    others = sorted(((w, n) for n, w in weights.items() if n != chosen and w > 0), key=lambda row: (-row[0], row[1]))
    if not others:
        return ""
    left = [f"{len(others) - most} more"] if len(others) > most else []
    own = weights.get(chosen)
    if not own:
        return f"against {listed([name for _, name in others[:most]] + left)}"
    whole = own + sum(weight for weight, _ in others)
    shown = [f"{name} {percent(weight / whole)}" for weight, name in others[:most]]
    return f"{percent(own / whole)}, against {listed(shown + left)}"
