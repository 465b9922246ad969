"""Phrase plans: how a section falls into phrases, their ideas and their closes.

Convention: a plan is a list of (bars, idea, close); in a style it is text, "4a half + 4a' authentic".
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from partimento.score.song import CLOSES
from partimento.score.stream import Stream
from partimento.theory.errors import StyleError, nearest


class PhrasePlan(NamedTuple):
    """One phrase: its bars, its idea ("a", "a'", "b"), its close."""

    bars: int
    idea: str
    close: str


@cache
def parse_plan(text: str) -> tuple[PhrasePlan, ...]:
    """Read "4a half + 4a' authentic"; StyleError names what cannot be read."""
    out = []
    for part in text.split("+"):
        head, _, close = part.strip().partition(" ")
        digits = head[: len(head) - len(head.lstrip("0123456789"))]
        close = close.strip() or "open"
        if not digits or int(digits) < 1 or close not in CLOSES:
            raise StyleError(f"phrase '{part.strip()}' of '{text}': write bars, idea, close.{nearest(close, CLOSES)}")
        out.append(PhrasePlan(int(digits), head[len(digits) :] or "a", close))
    return tuple(out)


# Ideas and closes of the default plans. Closes other than the last: (in functional harmony, elsewhere "loop").
_PERIOD = ((4, "a", "half"), (4, "a'", ""))
_SENTENCE = ((2, "a", "open"), (2, "a'", "open"), (4, "b", ""))
_CONTRAST = ((4, "a", "half"), (4, "b", ""))
_BLUES = ((4, "a", "open"), (4, "a'", "open"), (4, "b", ""))
_EIGHTS = {
    8: (("period", 5, _PERIOD), ("sentence", 3, _SENTENCE), ("contrast", 2, _CONTRAST)),
    12: (("AAB", 1, _BLUES),),
    16: (
        ("double period", 4, ((4, "a", "open"), (4, "b", "half"), (4, "a'", "open"), (4, "c", ""))),
        ("sentence in fours", 2, ((4, "a", "open"), (4, "a'", "half"), (4, "b", "open"), (4, "c", ""))),
        ("aaba", 2, ((4, "a", "open"), (4, "a'", "half"), (4, "b", "half"), (4, "a''", ""))),
    ),
    32: (("aaba", 1, ((8, "a", "half"), (8, "a'", "authentic"), (8, "b", "half"), (8, "a''", ""))),),
}


def plan_phrases(bars: int, plans: tuple[str, ...], close: str, cadences: bool, stream: Stream) -> tuple[
    str, tuple[PhrasePlan, ...]
]:
    """(name, phrases) of a section of `bars`; the last phrase closes as the section does.

    A style's own `plans` come first where one fills or divides the section. Without `cadences` (loops, vamps,
    drones) inner phrases simply go round.
    """
    fitting = [p for p in plans if sum(x.bars for x in parse_plan(p)) == bars]
    if not fitting:
        fitting = [p for p in plans if bars % sum(x.bars for x in parse_plan(p)) == 0]
    if fitting:
        text = stream.choice(fitting)
        once = parse_plan(text)
        times = bars // sum(x.bars for x in once)
        phrases = list(once * times)
        return text, _closed(phrases, close, True)
    if bars in _EIGHTS:
        options = _EIGHTS[bars]
        name, _, rows = stream.weighted(options, [weight for _, weight, _ in options])
        return name, _closed([PhrasePlan(*row) for row in rows], close, cadences)
    return "fours", _closed(_fours(bars), close, cadences)


def _fours(bars: int) -> list[PhrasePlan]:
    ideas = ("a", "b", "a'", "c")
    lengths = [4] * (bars // 4)
    rest = bars % 4
    if rest and lengths and rest < 3:
        lengths[-1] += rest  # an extension of the last phrase
    elif rest:
        lengths.append(rest)
    out = []
    for i, length in enumerate(lengths):
        if len(lengths) == 2:
            idea = ("a", "a'")[i]
        else:
            idea = ideas[i % 4] if i < 4 or i % 4 else "a" + "'" * min(3, i // 4)
        out.append(PhrasePlan(length, idea, "half" if i % 2 else "open"))
    return out


def _closed(phrases: list[PhrasePlan], close: str, cadences: bool) -> tuple[PhrasePlan, ...]:
    inner = [p if cadences or p.close == "break" else p._replace(close="loop") for p in phrases[:-1]]
    return (*inner, phrases[-1]._replace(close=close))
