"""Four single lines on two staves, as choirs and students read them: soprano and alto above, tenor and bass below.

Conventions: upper lines of a staff have stems up, lower ones down; rests of lower lines are not printed, since their
neighbour's say it. Figures and words (numerals) stand under the bass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from partimento.score.notation.bars import by_bar
from partimento.score.notation.page import Event, Figures, Measure, Page, Part, Voice
from partimento.theory.errors import OutputError

_SEATS = ((1, 1, "up"), (2, 1, "down"), (5, 2, "up"), (6, 2, "down"))
"""Voice number, staff and stems, from the soprano down."""


def closed_score(
    page: Page, figures: Sequence[Figures] = (), words: Mapping[int, str] | None = None,
    fermatas: frozenset[int] = frozenset(),
) -> Page:  # fmt: skip
    """A page of four parts of one line each as one part on two staves.

    `figures` and `words` (by tick) go under the bass; `fermatas` are ticks whose notes carry one. OutputError where the
    page has not four parts.
    """
    if len(page.parts) != len(_SEATS):
        raise OutputError(f"a closed score needs four parts, and '{page.title}' has {len(page.parts)}")
    under = by_bar(page.bars, figures)
    measures = tuple(
        Measure(
            tuple(
                _voice(part.measures[i], seat, words or {} if seat[0] == 6 else {}, fermatas)
                for part, seat in zip(page.parts, _SEATS, strict=True)
            ),
            figures=under[i],
        )
        for i in range(len(page.bars))
    )
    top = page.parts[0]
    part = Part(
        "Choir", "", "", top.instrument, top.role, ("treble", "bass"), measures, (0, 0), top.channel, top.program
    )
    return replace(page, parts=(part,), kind="part")


def _voice(measure: Measure, seat: tuple[int, int, str], words: Mapping[int, str], fermatas: frozenset[int]) -> Voice:
    number, staff, stem = seat
    events = tuple(_event(event, number, stem, words, fermatas) for event in measure.voices[0].events)
    return Voice(number, staff, events)


def _event(event: Event, number: int, stem: str, words: Mapping[int, str], fermatas: frozenset[int]) -> Event:
    if not event.notes:
        return replace(event, hidden=number in (2, 6))
    struck = not event.notes[0].tie_stop
    marks = (*event.marks, "fermata") if struck and event.onset in fermatas and number in (1, 6) else event.marks
    return replace(event, stem=stem, marks=marks, lyric=words.get(event.onset) if struck else None)
