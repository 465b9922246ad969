"""A phrase nobody has heard yet: its bars' rhythms, how they go back to one another, its entry, end and pick-up.

Convention: contents are one a bar (melody_phrase.Content); pitches are drawn later, over the chords.
"""

from __future__ import annotations

from collections.abc import Sequence

from partimento.arrangement.style import Style
from partimento.composer.melody_critic import figure_flaw, rhythm_flaw
from partimento.composer.melody_phrase import Cell, Content
from partimento.composer.melody_plan import BarPlan, SongTraits, plan_bars
from partimento.composer.melody_rhythm import draw_bar, draw_pickup, has_table, vary_bar
from partimento.composer.melody_view import Book, SectionView, density_of
from partimento.score.song import Phrase
from partimento.score.stream import Stream
from partimento.score.timeline import Bar

SKETCHES = 6
"""How many rhythms are tried for a new phrase."""


def state(
    view: SectionView,
    style: Style,
    phrase: Phrase,
    bars: tuple[Bar, ...],
    stream: Stream,
    book: Book,
    material: str,
    last: bool,
) -> tuple[list[Content], Content, str]:
    """A phrase nobody has heard: a motif and what becomes of it; of several sketches the one that speaks best."""
    traits = view.traits
    beat = bars[0].meter.beat_lengths[0]
    least = 1e9
    for _ in range(SKETCHES):
        sketch, way, rhythms = _sketch(view, style, phrase, bars, stream, book, material, last)
        ticks = [b.start + t for b, c in zip(bars, sketch, strict=True) for t in c.onsets]
        flaw = rhythm_flaw(ticks, bars[-1].end, beat, traits.quick, traits.patter, traits.second)
        if traits.agile and flaw < 1.0:
            flaw = 0.0  # what runs on in eighths is a dance's or a line's good right
        if flaw < least - 1e-9:
            contents, plan, fresh, least = sketch, way, rhythms, flaw
        if least < 0.1:
            break
    book.rhythms.extend(fresh)
    pickup = pick_up(view, phrase, bars, contents, stream)
    return contents, pickup, " ".join("new" if p.source < 0 else f"{p.way}:{p.source}" for p in plan)


def _sketch(
    view: SectionView,
    style: Style,
    phrase: Phrase,
    bars: tuple[Bar, ...],
    stream: Stream,
    book: Book,
    material: str,
    last: bool,
) -> tuple[list[Content], tuple[BarPlan, ...], list[tuple[int, tuple[int, ...]]]]:
    """The phrase's contents, its plan, and the new rhythms in it."""
    traits, lead = view.traits, view.section.lead
    n = len(bars)
    head = book.lines.get((material, "a"))
    plan = plan_of(lead, n, head is None, traits, stream)
    contents: list[Content] = []
    rhythms: list[tuple[int, tuple[int, ...]]] = []
    rhyme = rhyme_of(phrase, n, book, material, traits, stream)
    for i, (bar, way) in enumerate(zip(bars, plan, strict=True)):
        if i < len(rhyme):
            contents.append(content_of(rhyme[i], 0, 0.98, bar.length))
            continue
        if way.source >= 0 and bars[way.source].length == bar.length:
            source = contents[way.source]
            onsets = source.onsets
            if way.way != "exact" and lead != "hook" and stream.chance(0.2):
                onsets = vary_bar(onsets, bar.meter, stream, traits.rhythm.most)
            same = len(onsets) == len(source.onsets)
            contents.append(Content(onsets, source=way.source if same else -1, way=way.way if same else "rhythm"))
        elif i == 0 and head is not None and head.bars and (lead == "hook" or stream.chance(0.45 * traits.likeness)):
            # A new phrase that begins with the motif's rhythm belongs to the same tune.
            onsets = tuple(c[0] for c in head.bars[0] if c[0] < bar.length) or (0,)
            if lead == "hook":
                contents.append(content_of(head.bars[0], 0, 0.9, bar.length))
            else:
                contents.append(Content(onsets))
        else:
            onsets = _fresh(view, bar, i, n, book, stream)
            if i < n - 1:
                rhythms.append((bar.length, onsets))
            contents.append(Content(onsets))
    if lead == "sparse":
        _thin(contents, stream)
    _enter(contents, bars, traits, stream)
    close_phrase(contents, bars, traits, style, lead, last, stream)
    return contents, plan, rhythms


def _fresh(view: SectionView, bar: Bar, i: int, n: int, book: Book, stream: Stream) -> tuple[int, ...]:
    """A new bar's rhythm: as bars of its place in a phrase are sung, or one that the song knows already."""
    traits = view.traits
    known = [r for length, r in book.rhythms if length == bar.length]
    figure = view.section.lead in ("hook", "riff") and i == 0
    if known and i < n - 1 and not figure and stream.chance(traits.stock):
        return stream.choice(known)
    half = n - n // 2
    ends = i == n - 1 and n > 1 or (n > 5 and i == half - 1)
    begins = i == 0 or (n > 5 and i == half)
    # A dance begins on the beat: its pick-up is written apart.
    where = "end" if ends else "start" if begins and not traits.rhythm.table.startswith("folk") else "middle"
    onsets = fit(draw_bar(bar.meter, traits.rhythm, stream, density_of(view) * _breadth(traits, stream), where), bar)
    if figure:
        # A hook is a figure, neither a single note nor a run: the best of several.
        beat = bar.meter.beat_lengths[0]
        least = figure_flaw(onsets, bar.length, beat)
        for _ in range(8):
            if least < 0.3:
                break
            other = fit(draw_bar(bar.meter, traits.rhythm, stream, 0.95, where), bar)
            flaw = figure_flaw(other, bar.length, beat)
            if flaw < least - 1e-9:
                onsets, least = other, flaw
        if len(onsets) < 3:
            # Sparse songs have figures too: two notes after the first, short and long.
            first = onsets[0] if onsets[0] < bar.length // 2 else 0
            added = {first, first + beat // 2, first + beat} if beat % 240 == 0 else {first, first + beat}
            onsets = tuple(sorted({*onsets, *(t for t in added if t < bar.length)}))
    return onsets


def rhyme_of(
    phrase: Phrase, n: int, book: Book, material: str, traits: SongTraits, stream: Stream
) -> tuple[tuple[Cell, ...], ...]:
    """Bars with which a third or fourth idea answers the second: a b a' c is often a b a' and b's head again."""
    letter = phrase.idea[:1]
    if letter < "c" or not stream.chance(traits.likeness):
        return ()
    before = book.lines.get((material, chr(ord(letter) - 1)))
    if before is None or len(before.bars) != n or n < 4:
        return ()
    return before.bars[: max(1, n // 2 if stream.chance(0.5) else n - 1)]


def _breadth(traits: SongTraits, stream: Stream) -> float:
    """How much a single bar strays from the density: bars of a song differ widely, those of a dance little."""
    if traits.rhythm.table.startswith("folk"):
        return 1.0 + stream.gauss(0.08)
    return max(0.5, 1.12 + stream.gauss(0.22))


def plan_of(lead: str, n: int, first: bool, traits: SongTraits, stream: Stream) -> tuple[BarPlan, ...]:
    """How a new phrase's `n` bars go back to one another; `first` says that nothing of its material was sung yet."""
    new = BarPlan(-1, "new")
    if lead == "hook" and n == 4 and not first:
        return (new,) * 4  # its first bar is the hook's
    if lead == "hook" and n >= 3:
        # The hook's bar comes back at once or in the third bar, as it was or moved.
        if n == 4 and stream.chance(0.35):
            return (new, BarPlan(0, "exact"), new, new)
        way = "sequence" if n == 4 and stream.chance(0.6) else "exact"
        return tuple(BarPlan(0, way) if i and i % 2 == 0 and i < n - 1 else new for i in range(n))
    if lead == "riff":
        size = 2 if stream.chance(0.5) and n >= 4 else 1
        return tuple(BarPlan(i % size, "exact") if i >= size else new for i in range(n))
    return plan_bars(n, traits.likeness, traits.exact, stream)


def fit(onsets: tuple[int, ...], bar: Bar) -> tuple[int, ...]:
    return tuple(t for t in onsets if t < bar.length) or (0,)


def _thin(contents: list[Content], stream: Stream) -> None:
    """Sparse lines are fragments: every other bar is silent but for a last long note."""
    for i, content in enumerate(contents):
        if i % 2 == 1 and i < len(contents) - 1 or (i == len(contents) - 1 and len(contents) > 2):
            contents[i] = Content(())
        elif len(content.onsets) > 4:
            contents[i] = Content(content.onsets[:4])


def _enter(contents: list[Content], bars: tuple[Bar, ...], traits: SongTraits, stream: Stream) -> None:
    """Where in its first bar the phrase starts: on the beat, after a breath, on a later beat."""
    first = contents[0]
    if len(first.onsets) < 3 or first.goals:
        return
    if has_table(bars[0].meter, traits.rhythm):
        return  # learned bars know where phrases begin
    late = stream.weighted((0, 240, 480, 720), (60, 22, 10, 8))
    if late and late < bars[0].length // 2:
        kept = tuple(t for t in first.onsets if t >= late)
        if late not in kept and len(kept) < 3:
            kept = tuple(sorted({late, *kept}))
        contents[0] = Content(kept, source=first.source, way=first.way)
        for i, other in enumerate(contents):
            if other.source == 0 and other.onsets == first.onsets and other.onsets != kept:
                contents[i] = Content(kept, source=0, way=other.way)


def close_phrase(
    contents: list[Content],
    bars: tuple[Bar, ...],
    traits: SongTraits,
    style: Style,
    lead: str,
    last: bool,
    stream: Stream,
) -> None:
    """The phrase's end: few notes, the last one long, breath after it; perhaps a silent bar."""
    n = len(contents)
    if lead == "riff":
        return
    blues = style.melody.table == "blues" and n == 4 and lead in ("tune", "hook")
    if blues:
        # The call takes two bars and a beat; the guitar has the rest (AAB blues).
        contents[2] = Content((0,) if stream.chance(0.6) else ())
        contents[3] = Content(())
        if not contents[2].onsets and not contents[1].onsets:
            contents[1] = Content((0, 480))
        return
    end = n - 1
    hooked = lead == "hook" and contents[end - 1].source >= 0
    if n >= 3 and not hooked and stream.chance(traits.rest):
        contents[end] = Content(())
        end -= 1
    bar = bars[end]
    meter = bar.meter
    if (
        contents[end].onsets
        and contents[end].source < 0
        and not contents[end].goals
        and has_table(meter, traits.rhythm)
    ):
        if end < n - 1:
            contents[end] = Content(fit(draw_bar(meter, traits.rhythm, stream, 1.0, "end"), bar))
        return
    places = [b for b in meter.beats if b < bar.length]
    half = places[len(places) // 2] if len(places) > 1 else 0
    if n <= 2 and not last:
        target = half if stream.chance(0.6) else places[-1]
    else:
        target = stream.weighted((0, half, places[min(1, len(places) - 1)], -1), (50, 26, 12, 12))
    if target < 0:
        # Anticipated: the last note comes an eighth before the bar and is held over it.
        if end and bars[end - 1].length == meter.bar and contents[end - 1].onsets:
            ahead = contents[end - 1]
            tick = meter.bar - 240
            kept = tuple(t for t in ahead.onsets if t < tick)
            contents[end - 1] = Content((*kept, tick), source=-1, way="rhythm")
            contents[end] = Content(())
            return
        target = 0
    before = tuple(t for t in contents[end].onsets if t < target)
    if target and not before:
        before = tuple(t for t in (0, 240) if t < target)[: 1 + stream.below(2)]
    content = contents[end]
    same = content.source >= 0 and len(before) + 1 == len(content.onsets)
    contents[end] = Content(
        (*before, target), source=content.source if same else -1, way=content.way if same else "rhythm"
    )


def pick_up(
    view: SectionView, phrase: Phrase, bars: tuple[Bar, ...], contents: Sequence[Content], stream: Stream
) -> Content:
    """One to three short notes before the bar, where the phrase begins on it."""
    if view.section.lead in ("riff", "sparse") or not contents[0].onsets or contents[0].onsets[0] != 0:
        return Content(())
    if not stream.chance(view.traits.anacrusis * 1.2) or phrase.start == 0:
        return Content(())
    return Content(draw_pickup(bars[0].meter, view.traits.rhythm, stream))


def content_of(cells: Sequence[Cell], shift: int, hold: float, length: int) -> Content:
    kept = [c for c in cells if c[0] < length]
    return Content(
        tuple(c[0] for c in kept),
        tuple(c[2] + shift for c in kept),
        tuple(c[3] for c in kept),
        hold,
    )
