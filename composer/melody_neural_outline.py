"""What is settled of a phrase before a net writes it, and how the net is asked for the rest.

Convention: bars are counted in the phrase, from 0; a plan's source is an earlier bar of the phrase, -1 for none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from partimento.composer.melody_neural_guard import FREE, BarRule
from partimento.composer.melody_phrase import Cell, Content, Frame, Line
from partimento.composer.melody_plan import BarPlan, SongTraits
from partimento.composer.melody_statement import content_of, plan_of, rhyme_of
from partimento.composer.melody_view import Book, SectionView
from partimento.score.song import Phrase, Song
from partimento.score.stream import Stream
from partimento.score.timeline import Bar
from partimento.theory.key import Key

if TYPE_CHECKING:
    from partimento.composer.neural.melody import Ask

Notes = Sequence[tuple[int, int, int]]

_GENRES = {
    "pop": "pop", "rock": "rock", "soul": "soul", "country": "country", "standards": "standards", "jazz": "jazz",
    "classical": "lied", "hymn": "folksong", "folk_air": "air", "folk_reel": "reel", "folk_jig": "jig",
    "folk_hornpipe": "hornpipe", "folk_waltz": "waltz", "folk_slipjig": "slipjig", "folk_strathspey": "strathspey",
}  # fmt: skip


class Outline(NamedTuple):
    """What is known of a phrase before its notes: rules of its bars, contents that are given, where bars go back to."""

    rules: tuple[BarRule, ...]
    given: dict[int, Content]
    plan: tuple[BarPlan, ...]


def blank(bars: int) -> Outline:
    """An outline that says nothing."""
    return Outline((FREE,) * bars, {}, (BarPlan(-1, "new"),) * bars)


def outline_of(
    view: SectionView, phrase: Phrase, frame: Frame, stream: Stream, book: Book, material: str, pulse: float
) -> Outline:
    """A new phrase's outline: what it takes from the motif, from the phrase before, from its own bars; its silence."""
    traits, lead, bars = view.traits, view.section.lead, frame.bars
    n = len(bars)
    head = book.lines.get((material, "a"))
    plan = list(plan_of(lead, n, head is None, traits, stream))
    rhyme = rhyme_of(phrase, n, book, material, traits, stream)
    rules: list[BarRule] = []
    given: dict[int, Content] = {}
    for i, (bar, way) in enumerate(zip(bars, plan, strict=True)):
        cells: tuple[Cell, ...] = ()
        if i < len(rhyme):
            cells, given[i] = rhyme[i], content_of(rhyme[i], 0, 0.98, bar.length)
        elif way.source >= 0 and bars[way.source].length == bar.length:
            # What is not to come back exactly the net may vary, knowing what it goes back to.
            kept = (lead != "hook" and way.way == "exact") or not stream.chance(0.35)
            rules.append(BarRule(copied=way.source) if kept else FREE)
            continue
        elif i == 0 and head is not None and head.bars and (lead == "hook" or stream.chance(0.45 * traits.likeness)):
            # A new phrase that begins with the motif's rhythm belongs to the same tune.
            cells = head.bars[0]
            known = content_of(cells, 0, 0.9, bar.length)
            given[i] = known if lead == "hook" else Content(known.onsets)
        elif way.source < 0 and i and bars[i - 1].length == bar.length and stream.chance(pulse):
            plan[i] = BarPlan(i - 1, "rhythm")
            rules.append(BarRule(copied=i - 1))
            continue
        plan[i] = BarPlan(-1, "new") if way.source < 0 or cells else way
        rules.append(BarRule(given=tuple((c[0], c[1]) for c in cells if c[0] < bar.length)))
        if not rules[-1].given:
            given.pop(i, None)
    _open_end(rules, given, lead, traits, stream)
    return Outline(tuple(rules), given, tuple(plan))


def _open_end(rules: list[BarRule], given: dict[int, Content], lead: str, traits: SongTraits, stream: Stream) -> None:
    """The phrase's last bar is the net's, so that it can close; perhaps a bar of silence follows it."""
    end = len(rules) - 1
    hooked = lead == "hook" and end > 0 and not rules[end - 1].free
    if end >= 2 and not hooked and stream.chance(traits.rest):
        rules[end] = BarRule(silent=True)
        given.pop(end, None)
        end -= 1
    rules[end] = FREE
    given.pop(end, None)


def contents_of(frame: Frame, outline: Outline, rhythm: Sequence[tuple[int, int]], first: int) -> list[Content]:
    """A content a bar from the rhythm that was drawn; bars before `first` are empty."""
    out: list[Content] = []
    for i, (bar, rule, way) in enumerate(zip(frame.bars, outline.rules, outline.plan, strict=True)):
        onsets = tuple(t - bar.start for t, _ in rhythm if bar.start <= t < bar.end)
        if i < first:
            out.append(Content(()))
        elif i in outline.given and outline.given[i].onsets == onsets:
            out.append(outline.given[i])
        elif rule.copied >= 0 and len(out[rule.copied].onsets) == len(onsets):
            out.append(Content(onsets, source=rule.copied, way=way.way))
        else:
            out.append(Content(onsets))
    return out


def given_rhythm(frame: Frame, rules: Sequence[BarRule], first: int) -> list[tuple[int, int]]:
    """The rhythm of a phrase that has no bar to be written."""
    return [
        (bar.start + t, d) for bar, rule in list(zip(frame.bars, rules, strict=True))[first:] for t, d in rule.given
    ]


def lengths_of(frame: Frame, places: Sequence[tuple[int, int]], rhythm: Sequence[tuple[int, int]]) -> list[int]:
    """A length a place: as drawn, but tied over a sixteenth's gap; a pick-up's to the next; the last is held."""
    drawn = dict(rhythm)
    out = []
    for (tick, _), (following, _) in zip(places, places[1:], strict=False):
        wait = following - tick
        length = min(drawn.get(tick, wait), wait)
        out.append(wait if wait - length <= 120 else length)
    last = places[-1][0]
    beat = frame.bars[0].meter.beat_lengths[0]
    room = max(120, frame.end - frame.breath - last)
    out.append(min(room, max(drawn.get(last, 240), 2 * beat if frame.degrees else 0)))
    return out


def sung_cells(frame: Frame, line: Line, until: int) -> list[tuple[int, int, int]]:
    """The notes of a line in song time, its bars from `until` on left out."""
    out = [(frame.start + t, d, m) for t, d, m, _ in line.pickup]
    for bar, cells in list(zip(frame.bars, line.bars, strict=True))[:until]:
        out.extend((bar.start + t, d, m) for t, d, m, _ in cells)
    return out


def genre_of(traits: SongTraits) -> str:
    """The net's name for the kind of tune that a song's tables were learned from."""
    return _GENRES.get(traits.pitch.table, "pop")


def ask_of(
    song: Song,
    bars: Sequence[Bar],
    key: Key,
    genre: str,
    shown: Sequence[Bar],
    before: Notes,
    *,
    after: Notes = (),
    sources: Sequence[tuple[int, str]] = (),
    closes: str = "",
    first_bar: int = 0,
    bars_in_phrase: int = 0,
    centre: int = 67,
    low: int = 0,
    high: int = 127,
) -> Ask:
    """The question for a stretch of bars; `shown` are the bars before it that the net may look at."""
    from partimento.composer.neural.melody import Ask, Over

    begins = shown[0].start if shown else bars[0].start
    near = [c for c in song.chords if c.onset + c.duration > begins and c.onset < bars[-1].end + bars[-1].length]
    starts = [c.onset - c.push for c in near]
    chords = tuple(
        Over(start, min(c.onset + c.duration, following), c.chord.root.number, tuple(t.number for t in c.chord.tones))
        for c, start, following in zip(near, starts, [*starts[1:], song.end], strict=True)
    )
    return Ask(
        bars=tuple(_row(b) for b in bars),
        chords=chords,
        tonic=key.tonic.number,
        minor=key.is_minor,
        genre=genre,
        before=tuple(before),
        before_bars=tuple(_row(b) for b in shown),
        after=tuple(after),
        sources=tuple(sources),
        closes=closes,
        first_bar_in_phrase=first_bar,
        bars_in_phrase=bars_in_phrase,
        centre=centre,
        low=low,
        high=high,
    )


def _row(bar: Bar) -> tuple[int, int, int, int]:
    return bar.start, bar.length, bar.meter.numerator, bar.meter.denominator
