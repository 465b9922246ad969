"""A phrase heard before: stated again as it was, with a new tail, or with a bar sung otherwise.

Convention: the earlier pitches are goals that hold where the harmony is the same and bend where it is not.
"""

from __future__ import annotations

from collections.abc import Sequence

from partimento.arrangement.style import Style
from partimento.composer.melody_phrase import Content, Line
from partimento.composer.melody_rhythm import draw_bar, vary_bar
from partimento.composer.melody_statement import close_phrase, content_of, fit, pick_up
from partimento.composer.melody_view import SectionView, density_of
from partimento.score.song import Phrase
from partimento.score.stream import Stream
from partimento.score.timeline import Bar


def _shift_to(view: SectionView, origin: Line) -> int:
    """Semitones from an earlier statement's key to this section's, kept inside the register."""
    t = (view.section.key.tonic.number - origin.key.tonic.number) % 12
    if t > 6:
        t -= 12
    top = origin.top + t
    if top > view.traits.high:
        t -= 12
    return t


def restate(
    view: SectionView,
    origin: Line,
    how: str,
    bars: tuple[Bar, ...],
    stream: Stream,
    number: int,
    style: Style,
    phrase: Phrase,
) -> tuple[list[Content], Content, str]:
    """A phrase that was heard before: as it was, or with a new tail, or a bar sung otherwise."""
    section, traits = view.section, view.traits
    shift = _shift_to(view, origin)
    own = stream.sub(section.material, "again", number, section.variation, phrase.idea)
    contents = [
        content_of(origin.bars[i], shift, 0.98, bar.length)
        if i < len(origin.bars)
        else content_of(origin.bars[i % len(origin.bars)], shift, 0.9, bar.length)
        for i, bar in enumerate(bars)
    ]
    told = how
    n = len(bars)
    if how == "varied repeat":
        tail = 1 if n <= 2 else _tail(n, traits.fresh, own)
        for i in range(n - tail, n):
            onsets = contents[i].onsets
            if section.lead == "hook" and 0 < i < n - 1 and onsets == contents[0].onsets:
                continue  # the hook stays
            fresh = fit(
                draw_bar(bars[i].meter, traits.rhythm, own, density_of(view), "end" if i == n - 1 else "middle"),
                bars[i],
            )
            contents[i] = Content(fresh if onsets or i < n - 1 else ())
        close_phrase(contents, bars, traits, style, section.lead, True, own)
        told = f"head kept, last {tail} bars new"
    free = traits.free * (0.5 if how == "repeat" else 1.0)
    if section.lead == "hook" and how != "varied repeat":
        free *= 0.7
    for i in range(n):
        # People sing other words to the same tune: a note more or less, a turn elsewhere.
        hook = section.lead == "hook" and contents[i].onsets == contents[0].onsets
        if contents[i].goals and own.chance(free) and not hook:
            contents[i] = _altered(contents[i], bars[i], own, i == n - 1, traits.rhythm.most)
            if own.chance(free):
                contents[i] = _altered(contents[i], bars[i], own, i == n - 1, traits.rhythm.most)
            told = "a bar varied"
    kept = origin.pickup if phrase.start > 0 else ()
    pickup = content_of(kept, shift, 0.98, 1)
    if how == "return" and not kept and phrase.start > 0 and own.chance(0.12):
        pickup = pick_up(view, phrase, bars, contents, own)
    return contents, pickup, told


def fresh_from(contents: Sequence[Content]) -> int:
    """The first bar of the new tail that a restated phrase ends with, as many bars as there are where it has none."""
    first = len(contents)
    while first and not contents[first - 1].goals:
        first -= 1
    return first


def _tail(bars: int, fresh: float, stream: Stream) -> int:
    """How many bars at its end a varied repeat finds anew: one, two or all but its head, as the song likes it."""
    weights = (1 + int(14 * (1.0 - fresh)), 1 + int(5 * fresh), int(12 * fresh * fresh))
    return stream.weighted((1, 2, max(2, bars - 1)), weights)


def _altered(content: Content, bar: Bar, stream: Stream, last: bool, most: int) -> Content:
    old = dict(zip(content.onsets, zip(content.goals, content.signs, strict=True), strict=True))
    onsets = content.onsets if last or stream.chance(0.3) else vary_bar(content.onsets, bar.meter, stream, most)
    if onsets == content.onsets and len(onsets) > 2 and not last:
        # The same rhythm turns elsewhere: the second half is free again.
        half = len(onsets) // 2
        goals = tuple(g if i < half else 0 for i, g in enumerate(content.goals))
        return Content(onsets, goals, content.signs, 0.98)
    none = (0, (0, "", False))
    pairs = [old.get(t, none) for t in onsets]
    return Content(onsets, tuple(p[0] for p in pairs), tuple(p[1] for p in pairs), 0.98)
