"""Claims about tunes and chords that nets chose: what a model preferred, how surely, and what the critic avoided.

Conventions: shares are the model's own, of 1, taken from the record; what is said to have been chosen or avoided is
looked for in the notes, and where they do not show it nothing is told. Topics are those of what was chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from partimento.score.decision import Value
from partimento.teaching.claim import Claim
from partimento.teaching.kinds.claiming import at_least, decisions, kind, number, share, text
from partimento.teaching.kinds.rounds import rows
from partimento.teaching.kinds.wording import count, generic, parsed
from partimento.teaching.kinds.wording import row as in_row
from partimento.teaching.music import Music
from partimento.teaching.naming import Naming
from partimento.teaching.subject import Subject

Bar = tuple[str, ...]

ALIKE = 0.75
"""The least share of a progression's bars that stand as they were drawn: the last may turn to a close."""
LIKED = 0.2
"""The least share that is called a preference: a tune's notes have 0.3 (geometric mean), at twenty pitches and more."""
LEAP = 5
"""Semitones from which on a move is a leap: a fourth."""


def _moves(line: Sequence[int]) -> list[int]:
    return [b - a for a, b in zip(line, line[1:], strict=False)]


def _leaps_again(line: Sequence[int]) -> bool:
    moves = _moves(line)
    return any(abs(a) >= LEAP and abs(b) >= LEAP for a, b in zip(moves, moves[1:], strict=False))


def _unanswered(line: Sequence[int]) -> bool:
    """A leap that goes on in its own direction."""
    moves = _moves(line)
    return any(abs(a) >= LEAP and a * b > 0 for a, b in zip(moves, moves[1:], strict=False))


def _peaks_again(line: Sequence[int]) -> bool:
    top = max(line, default=0)
    return sum(p == top and (i == 0 or line[i - 1] != p) for i, p in enumerate(line)) > 1


def _outlines(line: Sequence[int]) -> bool:
    moves = _moves(line)
    return any(a * b > 0 and abs(a + b) in (6, 10, 11) for a, b in zip(moves, moves[1:], strict=False))


def _rocks(line: Sequence[int]) -> bool:
    return any(line[i] == line[i - 2] != line[i - 1] == line[i - 3] for i in range(3, len(line)))


def _circles(line: Sequence[int]) -> bool:
    """Eight notes in a row within a third."""
    return any(max(line[i : i + 8]) - min(line[i : i + 8]) <= 4 for i in range(0, len(line) - 7, 4))


FLAWS: Mapping[Value, tuple[Callable[[Sequence[int]], bool], str, str]] = {
    "second leap": (_leaps_again, "a second leap", "leap"),
    "leap unanswered": (_unanswered, "a leap without an answer", "gap-fill"),
    "second peak": (_peaks_again, "a second peak", "climax"),
    "outline of tritone or seventh": (_outlines, "the outline of a tritone or a seventh", "tritone"),
    "rocking": (_rocks, "rocking between two notes", "melody"),
    "circling": (_circles, "circling round one place", "contour"),
}
"""What a critic names: how it is looked for in a line of MIDI numbers, how it is called, which term it goes with."""


def shown(permille: Value) -> float:
    """A share in thousandths as it is told, 0-1."""
    return round(float(permille) / 1000, 2) if isinstance(permille, (int, float)) else 0.0


def _find_phrases(subject: Subject) -> Iterator[Claim]:
    music, nth = subject.music, 0
    for told in decisions(subject, "phrase", "neural.phrase"):
        span = (told.where.start, told.where.end)
        line = [tone.pitch.midi for tone in music.sung(*span)]
        if len(line) < 4:
            continue
        facts: dict[str, Value] = {}
        move = told.value("move", 99)
        if move == line[-1] - line[-2]:
            facts |= {"move": move, "share_of_move": shown(told.value("share of move", 0))}
        flaw = told.value("avoided")
        if flaw in FLAWS and not FLAWS[flaw][0](line):
            facts["avoided"] = flaw
        if facts:
            facts |= {"of": told.value("of", 1), "share": shown(told.value("share", 0)), "nth": nth}
            nth += 1
            yield Claim("melody.preferred", *span, values=tuple(facts.items()), basis="decided")


_DEGREES = (0, 1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6, 7)


def moved(semitones: int) -> str:
    """A move in words: `"a step down"`, `"a leap of a fifth up"`, `"the same note again"`.

    >>> [moved(n) for n in (-2, 4, 7, 0, 13)]
    ['a step down', 'a third up', 'a leap of a fifth up', 'the same note again', 'a leap of more than an octave up']
    """
    size, way = abs(semitones), "up" if semitones > 0 else "down"
    if size == 0:
        return "the same note again"
    if size <= 2:
        return f"a step {way}"
    if size >= len(_DEGREES):
        return f"a leap of more than an octave {way}"
    named = "a tritone" if size == 6 else generic(_DEGREES[size])
    return f"{named} {way}" if size < LEAP else f"a leap of {named} {way}"


def _say_phrase(c: Claim, level: str, naming: Naming) -> str:
    avoided, ends = _avoided(c), "move" in dict(c.values)
    step = moved(number(c, "move"))
    if level == "beginner":
        if not ends or number(c, "nth"):
            return ""
        return f"A model that has learned from many tunes chose how this phrase goes: it ends with {step}."
    rest = f"; {avoided} was avoided" if avoided else ""
    if not at_least(level, "advanced"):
        if not ends:
            return f"Of the lines that the model drew for this phrase one without {avoided} was taken."
        liked = share(c, "share_of_move")
        if liked < LIKED:
            return f"The model ended the phrase with {step}, though it gave it only {liked:.2f}{rest}."
        return f"The model preferred {step} to end the phrase, {liked:.2f}{rest}."
    drawn = (
        f"Of {count(number(c, 'of'), 'line')} drawn by the model" if number(c, "of") > 1 else "The model drew a line"
    )
    last = f"; its last move, {step}, was given {share(c, 'share_of_move'):.2f}" if ends else ""
    taken = "this one was taken" if number(c, "of") > 1 else "and it was taken"
    rival = f"; against the likeliest other spoke {avoided}, which was avoided" if avoided else ""
    return f"{drawn} {taken}, with a share of {share(c, 'share'):.2f} a note{last}{rival}."


def _again_phrase(c: Claim, level: str, naming: Naming) -> str:
    avoided, ends = _avoided(c), "move" in dict(c.values)
    step = moved(number(c, "move"))
    if level == "beginner" or not ends:
        return ""
    if not at_least(level, "advanced"):
        return f"Here it was {step}, {share(c, 'share_of_move'):.2f}{f', and no {_bare(avoided)}' if avoided else ''}."
    rival = f" A rival fell for {avoided}." if avoided else ""
    return (
        f"Here the net ends with {step} ({share(c, 'share_of_move'):.2f}); its notes are worth"
        f" {share(c, 'share'):.2f} each on the average.{rival}"
    )


def _avoided(c: Claim) -> str:
    return FLAWS[text(c, "avoided")][1] if text(c, "avoided") in FLAWS else ""


def _bare(flaw: str) -> str:
    return flaw.removeprefix("a ").removeprefix("the ")


def _phrase_terms(c: Claim) -> tuple[str, ...]:
    flaw = text(c, "avoided")
    return tuple(dict.fromkeys(("phrase", *((FLAWS[flaw][2],) if flaw in FLAWS else ()))))


def _degree(name: str) -> int:
    read = parsed(name)
    return read.degree if read is not None and read.applied is None and not read.alter else 0


def _has_home(bars: Sequence[Bar]) -> bool:
    return any(_degree(name) == 1 for bar in bars for name in bar)


def _moves_on(bars: Sequence[Bar]) -> bool:
    """No chord for more than half of the bars, and three chords at least (two in fewer than four bars)."""
    alone = [bar[0] for bar in bars if len(bar) == 1]
    longest = max((alone.count(name) for name in alone), default=0)
    return 2 * longest <= len(bars) and len({n for bar in bars for n in bar}) >= (2 if len(bars) < 4 else 3)


def _returns(bars: Sequence[Bar]) -> bool:
    return any(bars[i] == bars[i - lag] for lag in (4, 8) for i in range(lag, len(bars)))


def _stays_near(bars: Sequence[Bar]) -> bool:
    return len({name for bar in bars for name in bar}) <= len(bars) / 2 + 4


def _goes_round(bars: Sequence[Bar]) -> bool:
    return bars[0][0] != bars[-1][-1]


AVOIDED: Mapping[str, tuple[Callable[[Sequence[Bar]], bool], str]] = {
    "no-home": (_has_home, "a round without its home chord"),
    "stands-still": (_moves_on, "standing still"),
    "no-return": (_returns, "a round in which no bar returns"),
    "wanders": (_stays_near, "wandering off"),
    "seam": (_goes_round, "a seam on one chord"),
}
"""What a critic of chords names and can be looked for in their bars: whether they are free of it, how it is called."""


def _find_chords(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    found: dict[tuple[tuple[str, Value], ...], list[tuple[int, int]]] = {}
    for told in decisions(subject, "chord", "neural.chords"):
        cycle = [tuple(dict.fromkeys(bar.split())) for bar in str(told.value("cycle")).split("|")]
        span = _round_at(music, told.where.start, len(cycle))
        bars = [tuple(dict.fromkeys(name for _, name in row)) for row in rows(music, *span)] if span else []
        alike = sum(a == b for a, b in zip(cycle, bars, strict=False))
        if not span or len(bars) < len(cycle) or alike < ALIKE * len(cycle) or not music.mostly_heard([span]):
            continue
        free = [name for name in str(told.value("avoided")).split() if name in AVOIDED and AVOIDED[name][0](bars)]
        values: dict[str, Value] = {
            "chords": " ".join(name for bar in bars for name in bar), "share": shown(told.value("share", 0)),
            "of": told.value("of", 1), "avoided": free[0] if free else "",
        }  # fmt: skip
        found.setdefault(tuple(values.items()), []).append(span)
    for nth, (facts, spans) in enumerate(found.items()):
        more = tuple(spans) if len(spans) > 1 else ()
        yield Claim("harmony.preferred", *spans[0], values=(*facts, ("nth", nth)), basis="decided", places=more)


def _round_at(music: Music, start: int, bars: int) -> tuple[int, int] | None:
    """The span of the first `bars` bars from `start`, or None where the piece has fewer."""
    first = music.bar_index(start)
    return (start, music.bars[first + bars - 1].end) if first + bars <= len(music.bars) else None


def _say_chords(c: Claim, level: str, naming: Naming) -> str:
    avoided = AVOIDED[text(c, "avoided")][1] if text(c, "avoided") in AVOIDED else ""
    if level == "beginner":
        known = "A model that has learned from many songs chose the chords: it knows what often follows what."
        return "" if number(c, "nth") else known
    names = _first(text(c, "chords").split())
    if not at_least(level, "advanced"):
        rest = f"; {avoided} was avoided" if avoided else ""
        liked = share(c, "share")
        return f"The model {'preferred' if liked >= LIKED else 'came to'} {names}, {liked:.2f} a chord{rest}."
    among = f", one of {count(number(c, 'of'), 'progression')} that it drew" if number(c, "of") > 1 else ""
    rest = f" Another was refused for {avoided}; this one is free of it." if avoided else ""
    return f"To the harmony model {names} is worth {share(c, 'share'):.2f} a chord on the average{among}.{rest}"


def _again_chords(c: Claim, level: str, naming: Naming) -> str:
    if level == "beginner":
        return ""
    return f"Here it went by {_first(text(c, 'chords').split())} ({share(c, 'share'):.2f} each)."


def _first(names: Sequence[str], most: int = 8) -> str:
    """The first of the numerals, in a row."""
    return in_row(names[:most]) + (" and so on" if len(names) > most else "")


KINDS = (
    kind("harmony.preferred", "harmony", ("chord-progression",), _find_chords, _say_chords, weight=13,
         again=_again_chords),
    kind("melody.preferred", "melody", ("phrase", *(row[2] for row in FLAWS.values())), _find_phrases, _say_phrase,
         weight=35, named=_phrase_terms, again=_again_phrase),
)  # fmt: skip
