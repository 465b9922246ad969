"""Explaining a piece: claims are collected, checked against the music as it is, and told in words.

Conventions: statements come by topic, what is said of the whole piece first, then by place. `bars` are the numbers
printed in the score, both ends included.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from partimento.teaching.claim import LEVELS, TOPICS, Claim, Kind, Statement
from partimento.teaching.kinds.claiming import at_least
from partimento.teaching.kinds.each_chord import CHORD
from partimento.teaching.kinds.registry import kinds
from partimento.teaching.music import Music
from partimento.teaching.naming import Naming
from partimento.teaching.reading import Source
from partimento.teaching.subject import Subject
from partimento.theory.analysis.analyse import analyse
from partimento.theory.errors import BriefError, nearest

MOST_PLACES = 8
"""How many places a statement names; the rest are counted."""

MOST = {"beginner": 6, "intermediate": 12, "advanced": 40}
"""How much is told on one topic at a level: what weighs most and returns most often. By taste: a page a topic."""

SURE, LIKELY, LEAST_SURE = 0.7, 0.5, 0.25
"""How sure an analysis must be for its finding to be told as a fact, as what is probably so, and at all."""

_HOME = ("harmony.key",)
"""What is told however doubtful it is, with its doubt."""

WHOLE = 0.9
"""The share of the piece from which on a statement is about the whole of it."""


def subject_of(source: Source) -> Subject:
    """What is to be explained: the source with its analysis."""
    return Subject(source.song, source.piece, analyse(source.piece), source.recorded)


def explain(
    subject: Subject,
    level: str = "intermediate",
    *,
    topics: Collection[str] = TOPICS,
    bars: tuple[int, int] | None = None,
    naming: Naming | None = None,
) -> tuple[Statement, ...]:
    """The statements that hold of `subject`, for readers of `level`, on `topics`, where they touch `bars`.

    BriefError for an unknown level or topic and for bars that the piece has not.
    """
    _check(subject, level, topics, bars)
    names = naming or Naming()
    span = _ticks(subject.music, bars) if bars is not None else None
    out: list[_Told] = []
    for order, kind in enumerate(kinds()):
        if kind.topic not in topics or not at_least(level, kind.least):
            continue
        for claim, here in _holding(kind, subject, span):
            doubtful = claim.basis == "found" and claim.sure < LEAST_SURE and kind.id not in _HOME
            if not doubtful and kind.words(claim, level, names):
                place = _place(here, subject.music, names)
                out.append(_Told(_rank(kind, here, order, subject.music), _worth(kind, claim), kind, claim, place))
    kept = [told for topic in TOPICS for told in _selected([t for t in out if t.kind.topic == topic], MOST[level])]
    return tuple(_worded(sorted(kept, key=lambda told: told.rank), level, names))


def _worded(told: Sequence[_Told], level: str, naming: Naming) -> Iterator[Statement]:
    """The statements; every other in a row of one kind is worded as such, or left out where it adds nothing."""
    before, run = "", 0
    for item in told:
        run = run + 1 if item.kind.id == before else 0
        again = item.kind.again if run % 2 else None
        said = _hedged((again or item.kind.words)(item.claim, level, naming), item.claim)
        if said:
            before = item.kind.id
            yield _statement(item.kind, item.claim, said, item.place, level)


def _hedged(said: str, claim: Claim) -> str:
    """The words with a doubt before them, where the analysis has one that they do not tell themselves."""
    doubtful = claim.basis == "found" and claim.sure < SURE and "perhaps" not in said
    word = "Probably" if claim.sure >= LIKELY else "Perhaps"
    return f"{word}: {said}" if said and doubtful else said


class _Told(NamedTuple):
    """A claim that is told, with its place in the order, and what it is worth (less is more)."""

    rank: tuple[int, int, int, int]
    worth: tuple[int, int, int]
    kind: Kind
    claim: Claim
    place: str


def _worth(kind: Kind, claim: Claim) -> tuple[int, int, int]:
    return kind.weight, -max(1, len(claim.places)), claim.start


def _selected(told: list[_Told], most: int) -> list[_Told]:
    """The `most` that are worth most; the first three of each kind before the fourth of any."""
    seen: dict[str, int] = {}
    turns: list[tuple[int, _Told]] = []
    for item in sorted(told, key=lambda item: item.worth):
        turn = seen[item.kind.id] = seen.get(item.kind.id, -1) + 1
        turns.append((turn, item))
    return [item for _, item in sorted(turns, key=lambda row: (row[0] // 3, row[1].worth))[:most]]


def explain_chords(
    subject: Subject, level: str = "intermediate", naming: Naming | None = None
) -> tuple[Statement, ...]:
    """Why each chord is there, one statement a chord in order of place: for who asks about one of them.

    BriefError for an unknown level. Chords that the notes do not say have none.
    """
    _check(subject, level, TOPICS, None)
    names = naming or Naming()
    told = ((claim, _hedged(CHORD.words(claim, level, names), claim)) for claim, _ in _holding(CHORD, subject, None))
    found = [_statement(CHORD, claim, said, _place(claim, subject.music, names), level) for claim, said in told if said]
    return tuple(sorted(found, key=lambda statement: statement.claim.start))


def _check(subject: Subject, level: str, topics: Collection[str], bars: tuple[int, int] | None) -> None:
    if level not in LEVELS:
        raise BriefError(f"Unknown level '{level}': valid are {', '.join(LEVELS)}.{nearest(level, LEVELS)}")
    for topic in topics:
        if topic not in TOPICS:
            raise BriefError(f"Unknown topic '{topic}': valid are {', '.join(TOPICS)}.{nearest(topic, TOPICS)}")
    if bars is not None:
        numbers = [bar.number for bar in subject.music.bars]
        if not numbers:
            raise BriefError("The piece has no bars.")
        if bars[0] > bars[1] or bars[0] > numbers[-1] or bars[1] < numbers[0]:
            raise BriefError(f"No bars {bars[0]}-{bars[1]}: the piece has bars {numbers[0]} to {numbers[-1]}.")


def _ticks(music: Music, bars: tuple[int, int]) -> tuple[int, int]:
    inside = [bar for bar in music.bars if bars[0] <= bar.number <= bars[1]]
    return (inside[0].start, inside[-1].end) if inside else (0, 0)


def _holding(kind: Kind, subject: Subject, span: tuple[int, int] | None) -> Iterator[tuple[Claim, Claim]]:
    """The kind's claims that hold and touch the span, each with itself as it is told of its places there."""
    seen: set[Claim] = set()
    for claim in kind.collect(subject):
        if claim in seen or not kind.holds(claim, subject):
            continue
        seen.add(claim)
        if span is None:
            yield claim, claim
            continue
        places = [p for p in claim.places or ((claim.start, claim.end),) if p[0] < span[1] and p[1] > span[0]]
        if places:
            yield (
                claim,
                replace(claim, start=places[0][0], end=places[0][1], places=tuple(places) if claim.places else ()),
            )


def _is_whole(claim: Claim, music: Music) -> bool:
    spans = claim.places or ((claim.start, claim.end),)
    return sum(end - start for start, end in spans) >= WHOLE * music.end


def _rank(kind: Kind, claim: Claim, order: int, music: Music) -> tuple[int, int, int, int]:
    """By topic; what is true of the whole first, in the kinds' order; then by place."""
    topic = TOPICS.index(kind.topic)
    if _is_whole(claim, music):
        return topic, 0, order, claim.start
    return topic, 1, claim.start, order


def _statement(kind: Kind, claim: Claim, said: str, place: str, level: str) -> Statement:
    terms = kind.named(claim) if kind.named else kind.terms
    source = kind.source if at_least(level, "intermediate") else ""  # a beginner has no use for rates
    return Statement(claim, kind.topic, said, place, terms, source)


def _place(claim: Claim, music: Music, naming: Naming) -> str:
    """`"bar 5"`, `"bars 1-4, 9-12"`, `"the whole piece"`."""
    if _is_whole(claim, music) or not music.bars:
        return "the whole piece"
    spans = _bar_spans(claim.places or ((claim.start, claim.end),), music)
    shown = [str(a) if a == b else f"{a}-{b}" for a, b in spans[:MOST_PLACES]]
    more = f" and {len(spans) - MOST_PLACES} more" if len(spans) > MOST_PLACES else ""
    noun = naming.bar if len(spans) == 1 and spans[0][0] == spans[0][1] else f"{naming.bar}s"
    return f"{noun} {', '.join(shown)}{more}"


def _bar_spans(spans: Sequence[tuple[int, int]], music: Music) -> list[tuple[int, int]]:
    """The spans in printed bar numbers; neighbours and overlaps made one."""
    out: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        first, last = music.bar(start).number, music.bar(max(start, end - 1)).number
        if out and first <= out[-1][1]:
            out[-1] = (out[-1][0], max(last, out[-1][1]))
        else:
            out.append((first, last))
    return out
