"""Claims about phrases: how long they are, which state the same idea, which shapes they make together.

Conventions: two phrases state one idea where half of the bars of their openings have the same rhythm or the same tune.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from partimento.teaching.claim import Claim
from partimento.teaching.kinds.cadences import closes_at
from partimento.teaching.kinds.claiming import claim, kind, text
from partimento.teaching.kinds.form import tune_rows
from partimento.teaching.kinds.wording import capital, count, listed
from partimento.teaching.music import Music
from partimento.teaching.naming import Naming
from partimento.teaching.subject import Subject

Span = tuple[int, int]

_SHAPES = {
    "period": "a period: a question and its answer, which begin alike",
    "contrast": "a contrasting period: a question and an answer that begins otherwise",
    "aaba": "the song form AABA",
    "aab": "the blues’s way of speaking: a line, the line again, an answer",
    "sentence": "a sentence: an idea, the idea again, then a longer way to the close",
}


def phrase_groups(subject: Subject) -> list[tuple[str, Span, list[Span]]]:
    """The phrases of each section with at least two: (the section's letter, its span, its phrases)."""
    music = subject.music
    if subject.recorded:
        groups = [
            (part.letter, (s.start, s.end), [(p.start, p.start + p.length) for p in s.phrases])
            for part, s in zip(music.parts, subject.song.sections, strict=True)
        ]
    else:
        spans = [(p.start, p.end) for p in subject.analysis.phrases]
        parts = [(p.letter, (p.start, p.end)) for p in music.parts] or [("A", (0, music.end))]
        groups = [(letter, span, [s for s in spans if span[0] <= s[0] < span[1]]) for letter, span in parts]
    return [group for group in groups if len(group[2]) >= 2 and all(music.sung(*span) for span in group[2])]


def _bars(music: Music, phrase: Span) -> int:
    """A phrase's length in bars; what is begun with a pickup and ended before the next counts as whole."""
    return max(1, round((phrase[1] - phrase[0]) / music.bar(phrase[0]).meter.bar))


def opens_alike(music: Music, first: Span, second: Span) -> bool:
    """Whether the second phrase begins with the first one's idea: the rhythm of one of its first two bars."""
    a, b = tune_rows(music, *first)[:2], tune_rows(music, *second)[:2]
    both = [(x, y) for x, y in zip(a, b, strict=False) if x or y]
    rhythm = sum([t for t, _ in x] == [t for t, _ in y] for x, y in both)
    return bool(both) and 2 * rhythm >= len(both)


def ideas(music: Music, phrases: Sequence[Span]) -> str:
    """A letter a phrase by the idea it begins with: "aab"."""
    letters: list[str] = []
    for i, phrase in enumerate(phrases):
        same = next((letters[j] for j in range(i) if opens_alike(music, phrases[j], phrase)), "")
        letters.append(same or chr(ord("a") + len(set(letters)) % 26))
    return "".join(letters)


def _shape(subject: Subject, phrases: Sequence[Span], letters: str) -> str:
    music = subject.music
    bars = [_bars(music, phrase) for phrase in phrases]
    closes = [closes_at(subject, phrase) for phrase in phrases]
    if len(phrases) == 2 and closes[0] == "half" and closes[1] == "full":
        return "period" if letters == "aa" else "contrast"
    if letters == "aab" and bars == [4, 4, 4]:
        return "aab"
    if letters == "aaba" and len(set(bars)) == 1:
        return "aaba"
    if letters == "aab" and bars[0] == bars[1] and bars[2] == 2 * bars[0]:
        return "sentence"
    return ""


def _find(subject: Subject) -> Iterator[Claim]:
    spans: dict[tuple[str, str, str], list[Span]] = {}
    for _, span, phrases in phrase_groups(subject):
        sizes = [_bars(subject.music, phrase) for phrase in phrases]
        if not subject.recorded and (len(sizes) > 6 or min(sizes) < 2 or max(sizes) > 16):
            continue  # no list of numbers that an analysis is not sure of
        letters = ideas(subject.music, phrases)
        bars = " ".join(str(_bars(subject.music, phrase)) for phrase in phrases)
        spans.setdefault((bars, letters, _shape(subject, phrases, letters)), []).append(span)
    for nth, ((bars, letters, shape), places) in enumerate(spans.items()):
        yield claim("form.phrases", places, basis="measured", bars=bars, ideas=letters, shape=shape, nth=nth)


def _say(c: Claim, level: str, naming: Naming) -> str:
    bars, shape = [int(n) for n in text(c, "bars").split()], text(c, "shape")
    letters = text(c, "ideas")
    if level == "beginner":
        return f"The phrases make {_SHAPES[shape]}." if shape else ""
    lengths = (
        f"{count(len(bars), 'phrase')} of {count(bars[0], naming.bar)}"
        if len(set(bars)) == 1
        else (f"phrases of {listed([str(n) for n in bars])} {naming.bar}s")
    )
    said = capital(lengths)
    if shape:
        return f"{said} make {_SHAPES[shape]}" + "."
    if len(set(letters)) == 1 and len(bars) > 1:
        return f"{said} {'both' if len(bars) == 2 else 'all'} begin with the same rhythm."
    if len(set(letters)) == len(letters):
        return f"{said} each begin with an idea of their own."
    return f"{said} state their ideas in the order {' '.join(letters)}."


_TERMS = {"period": "period", "contrast": "period", "aaba": "aaba-form", "sentence": "sentence"}


def _terms(c: Claim) -> tuple[str, ...]:
    return (_TERMS.get(text(c, "shape"), "phrase"),)


KINDS = (kind("form.phrases", "form", ("phrase", *_TERMS.values()), _find, _say, weight=11, named=_terms),)
