"""Sections of a melody: phrases by their ideas, hooks, riffs and sparse lines; statement, return and variation.

Convention: an idea letter names a Line of its material; a prime keeps its head and finds a new tail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from partimento.arrangement.style import SectionSpec, Style
from partimento.composer.melody_harmony import Harmony, HarmonyMap
from partimento.composer.melody_phrase import Content, Frame, Line, realise
from partimento.composer.melody_pitch import LineDrawer
from partimento.composer.melody_plan import BarPlan, SongTraits, draw_contour, plan_bars
from partimento.composer.melody_rhythm import draw_bar, vary_bar
from partimento.score.decision import Decision, Where
from partimento.score.song import Phrase, Section
from partimento.score.stream import Stream
from partimento.score.timeline import Bar

DEGREES: dict[str, tuple[tuple[int, int], ...]] = {
    "authentic": ((0, 60), (4, 12), (3, 12), (7, 8)),
    "plagal": ((0, 50), (4, 15), (3, 15), (7, 10)),
    "modal": ((0, 40), (7, 20), (4, 12), (3, 12)),
    "half": ((2, 40), (7, 35), (11, 22)),
    "dominant pedal": ((7, 40), (2, 30), (11, 20)),
    "deceptive": ((0, 40), (4, 25), (3, 25)),
    "turnaround": ((7, 30), (2, 25), (4, 20), (3, 20), (0, 15)),
    "open": ((4, 25), (3, 25), (7, 25), (2, 20), (0, 15), (9, 8)),
    "loop": ((0, 30), (4, 22), (3, 22), (7, 25), (2, 15), (9, 6)),
    "break": ((0, 30), (7, 30), (4, 15), (3, 15)),
}
"""Scale degrees (semitones above the tonic) that a phrase may end on, by its close, with weights."""

FINAL: tuple[tuple[int, int], ...] = ((0, 96), (4, 1), (3, 1), (7, 2))


class Written(NamedTuple):
    """A note of the lead before it is finished: ticks, MIDI, the harmony it belongs to, its phrase's arch 0-1."""

    onset: int
    duration: int
    midi: int
    harmony: Harmony
    arch: float


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section as the melody sees it: its spec and bars, whether it is the last return, the climax, the final one."""

    index: int
    section: Section
    spec: SectionSpec
    bars: tuple[Bar, ...]
    traits: SongTraits
    last: bool
    climax: bool
    final: bool

    @property
    def phrases(self) -> tuple[Phrase, ...]:
        """The section's phrases; a section without any is one phrase."""
        s = self.section
        return s.phrases or (Phrase(s.start, s.length, s.close, "a"),)

    def bars_of(self, phrase: Phrase) -> tuple[Bar, ...]:
        """The bars that begin in the phrase."""
        return tuple(b for b in self.bars if phrase.start <= b.start < phrase.start + phrase.length)


def write_section(
    view: SectionView,
    style: Style,
    field: HarmonyMap,
    drawer: LineDrawer,
    stream: Stream,
    memory: dict[tuple[str, str], Line],
    before: int,
) -> tuple[list[Written], list[Decision]]:
    """One section's line and the decisions behind it; `memory` keeps each material's ideas for their return."""
    section, traits = view.section, view.traits
    material = f"{section.material}/{section.lead}"
    phrases = view.phrases
    peak_phrase = _peak_phrase(len(phrases), stream.sub(material, "peak"))
    centre = traits.centres[view.index]
    top = min(traits.high, centre + traits.inner - traits.inner // 2)
    notes: list[Written] = []
    told: list[Decision] = []
    for number, phrase in enumerate(phrases):
        bars = view.bars_of(phrase)
        if not bars:
            continue
        base = phrase.idea.rstrip("'")
        own = stream.sub(material, phrase.idea, number if (material, phrase.idea) not in memory else -1)
        known = memory.get((material, f"{phrase.idea}#{number}")) if section.variation else None
        how, origin = "return", known
        if origin is None:
            origin = memory.get((material, phrase.idea))
            how = "repeat"
        if origin is None:
            origin = memory.get((material, base))
            how = "varied repeat"
        last = number == len(phrases) - 1
        climax = top if number == peak_phrase and how != "return" else 0
        frame = _frame(view, phrase, bars, own, centre, top, climax, last, origin, style)
        if origin is None:
            how = "motif"
            contents, pickup, plan = _new(view, style, phrase, bars, own, memory, material, last)
        else:
            contents, pickup, plan = _again(view, origin, how, bars, frame, field, stream, number, style, phrase)
        line = realise(
            frame, contents, pickup, field, drawer, own.sub(section.variation if how == "return" else 0), before
        )
        if how == "motif":
            memory[material, base] = line
        memory.setdefault((material, phrase.idea), line)
        memory.setdefault((material, f"{phrase.idea}#{number}"), line)
        notes.extend(place(line, frame, field, notes))
        before = line.last or before
        told.append(_tell(view, phrase, how, line, plan))
    if view.climax and notes:
        notes = _raise_peak(view, notes, field)
        told.append(_tell_climax(view, notes))
    return notes, told


def _peak_phrase(count: int, stream: Stream) -> int:
    """Which phrase holds the section's climax: late, but seldom the very last bars of a long section."""
    if count <= 2:
        return count - 1
    return stream.weighted(range(count), [1 if i < count // 2 else 6 if i < count - 1 else 4 for i in range(count)])


def _frame(
    view: SectionView,
    phrase: Phrase,
    bars: tuple[Bar, ...],
    stream: Stream,
    centre: int,
    top: int,
    climax: int,
    last: bool,
    origin: Line | None,
    style: Style,
) -> Frame:
    traits = view.traits
    degrees = DEGREES.get(phrase.close, DEGREES["open"])
    if view.final and last:
        degrees = FINAL
    elif last and phrase.close == "authentic":
        degrees = ((0, 80), (4, 6), (3, 6), (7, 4))
    closing = last or phrase.close in ("authentic", "plagal")
    contour = origin.contour if origin is not None else draw_contour(closing, stream)
    beat = bars[0].meter.beat_lengths[0]
    return Frame(
        start=phrase.start,
        end=phrase.start + phrase.length,
        bars=bars,
        key=view.section.key,
        centre=centre,
        reach=traits.inner * 0.36,
        contour=contour,
        degrees=degrees,
        cap=top if climax or view.climax else top - 1,
        climax=climax,
        breath=max(240, beat // 2),
        legato=traits.legato,
    )


def _factor(view: SectionView, style: Style) -> float:
    return view.spec.density * {"sparse": 0.5, "riff": 1.0, "hook": 0.95}.get(view.section.lead, 1.0)


def _new(
    view: SectionView,
    style: Style,
    phrase: Phrase,
    bars: tuple[Bar, ...],
    stream: Stream,
    memory: dict[tuple[str, str], Line],
    material: str,
    last: bool,
) -> tuple[list[Content], Content, str]:
    """A phrase nobody has heard: a motif and what becomes of it."""
    traits, lead = view.traits, view.section.lead
    n = len(bars)
    factor = _factor(view, style)
    plan = _plan(lead, n, traits, stream)
    head = memory.get((material, "a"))
    contents: list[Content] = []
    for i, (bar, way) in enumerate(zip(bars, plan, strict=True)):
        if way.source >= 0 and bars[way.source].length == bar.length:
            source = contents[way.source]
            onsets = source.onsets
            if way.way != "exact" and stream.chance(0.2):
                onsets = vary_bar(onsets, bar.meter, stream)
            same = len(onsets) == len(source.onsets)
            contents.append(Content(onsets, source=way.source if same else -1, way=way.way if same else "rhythm"))
        elif i == 0 and head is not None and head.bars and (lead == "hook" or stream.chance(0.45 * traits.likeness)):
            # A new phrase that begins with the motif's rhythm belongs to the same tune.
            onsets = tuple(c[0] for c in head.bars[0] if c[0] < bar.length) or (0,)
            if lead == "hook":
                contents.append(_content_of(head.bars[0], 0, 0.9, bar.length))
            else:
                contents.append(Content(onsets))
        else:
            contents.append(
                Content(_fit(draw_bar(bar.meter, traits.rhythm, stream, factor * stream_breadth(stream)), bar))
            )
    if lead == "sparse":
        _thin(contents, stream)
    _enter(contents, bars, stream)
    _close(contents, bars, traits, style, lead, last, stream)
    pickup = _pickup(view, phrase, bars, contents, stream)
    return contents, pickup, " ".join("new" if p.source < 0 else f"{p.way}:{p.source}" for p in plan)


def stream_breadth(stream: Stream) -> float:
    """How much a single bar strays from the density: bars of one song differ widely."""
    return max(0.5, 1.12 + stream.gauss(0.22))


def _plan(lead: str, n: int, traits: SongTraits, stream: Stream) -> tuple[BarPlan, ...]:
    new = BarPlan(-1, "new")
    if lead == "hook" and n >= 3:
        # The hook's bar comes back at once or in the third bar.
        if n == 4 and stream.chance(0.35):
            return (new, BarPlan(0, "exact"), new, new)
        return tuple(BarPlan(0, "exact") if i and i % 2 == 0 and i < n - 1 else new for i in range(n))
    if lead == "riff":
        size = 2 if stream.chance(0.5) and n >= 4 else 1
        return tuple(BarPlan(i % size, "exact") if i >= size else new for i in range(n))
    return plan_bars(n, traits.likeness, traits.exact, stream)


def _fit(onsets: tuple[int, ...], bar: Bar) -> tuple[int, ...]:
    return tuple(t for t in onsets if t < bar.length) or (0,)


def _thin(contents: list[Content], stream: Stream) -> None:
    """Sparse lines are fragments: every other bar is silent but for a last long note."""
    for i, content in enumerate(contents):
        if i % 2 == 1 and i < len(contents) - 1 or (i == len(contents) - 1 and len(contents) > 2):
            contents[i] = Content(())
        elif len(content.onsets) > 4:
            contents[i] = Content(content.onsets[:4])


def _enter(contents: list[Content], bars: tuple[Bar, ...], stream: Stream) -> None:
    """Where in its first bar the phrase starts: on the beat, after a breath, on a later beat."""
    first = contents[0]
    if len(first.onsets) < 3 or first.goals:
        return
    late = stream.weighted((0, 240, 480, 720), (60, 22, 10, 8))
    if late and late < bars[0].length // 2:
        kept = tuple(t for t in first.onsets if t >= late)
        if late not in kept and len(kept) < 3:
            kept = tuple(sorted({late, *kept}))
        contents[0] = Content(kept, source=first.source, way=first.way)
        for i, other in enumerate(contents):
            if other.source == 0 and other.way == "exact" and len(other.onsets) != len(kept):
                contents[i] = Content(kept, source=0, way="exact")


def _close(
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
    blues = style.melody.scale == "blues" and n == 4 and lead in ("tune", "hook")
    if blues:
        # The call takes two bars and a beat; the guitar has the rest (AAB blues).
        contents[2] = Content((0,) if stream.chance(0.6) else ())
        contents[3] = Content(())
        if not contents[2].onsets and not contents[1].onsets:
            contents[1] = Content((0, 480))
        return
    end = n - 1
    if n >= 3 and stream.chance(traits.rest):
        contents[end] = Content(())
        end -= 1
    bar = bars[end]
    meter = bar.meter
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


def _pickup(
    view: SectionView, phrase: Phrase, bars: tuple[Bar, ...], contents: Sequence[Content], stream: Stream
) -> Content:
    """One to three short notes before the bar, where the phrase begins on it."""
    if view.section.lead in ("riff", "sparse") or not contents[0].onsets or contents[0].onsets[0] != 0:
        return Content(())
    if not stream.chance(view.traits.anacrusis * 1.2) or phrase.start == 0:
        return Content(())
    fine = view.traits.rhythm.fine > 0 and stream.chance(0.25)
    step = 120 if fine else 240
    count = stream.weighted((1, 2, 3), (35, 45, 20))
    return Content(tuple(-step * (count - i) for i in range(count)))


def _content_of(
    cells: Sequence[tuple[int, int, int, tuple[int, str, bool]]], shift: int, hold: float, length: int
) -> Content:
    kept = [c for c in cells if c[0] < length]
    return Content(
        tuple(c[0] for c in kept),
        tuple(c[2] + shift for c in kept),
        tuple(c[3] for c in kept),
        hold,
    )


def _shift_to(view: SectionView, origin: Line) -> int:
    """Semitones from an earlier statement's key to this section's, kept inside the register."""
    t = (view.section.key.tonic.number - origin.key.tonic.number) % 12
    if t > 6:
        t -= 12
    top = origin.top + t
    if top > view.traits.high:
        t -= 12
    return t


def _again(
    view: SectionView,
    origin: Line,
    how: str,
    bars: tuple[Bar, ...],
    frame: Frame,
    field: HarmonyMap,
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
        _content_of(origin.bars[i], shift, 0.98, bar.length)
        if i < len(origin.bars)
        else _content_of(origin.bars[i % len(origin.bars)], shift, 0.9, bar.length)
        for i, bar in enumerate(bars)
    ]
    told = how
    n = len(bars)
    if how == "varied repeat":
        tail = 1 if n <= 2 else stream_tail(n, own)
        for i in range(n - tail, n):
            onsets = contents[i].onsets
            fresh = _fit(draw_bar(bars[i].meter, traits.rhythm, own, _factor(view, style)), bars[i])
            contents[i] = Content(fresh if onsets or i < n - 1 else ())
        _close(contents, bars, traits, style, section.lead, True, own)
        told = f"head kept, last {tail} bars new"
    free = traits.free * (0.5 if how == "repeat" else 1.0)
    if section.lead == "hook" and how != "varied repeat":
        free *= 0.5
    for i in range(n):
        # People sing other words to the same tune: a note more or less, a turn elsewhere.
        if contents[i].goals and own.chance(free):
            contents[i] = _altered(contents[i], bars[i], own, i == n - 1)
            told = "a bar varied"
    kept = origin.pickup if phrase.start > 0 else ()
    pickup = _content_of(kept, shift, 0.98, 1)
    if how == "return" and not kept and phrase.start > 0 and own.chance(0.12):
        pickup = _pickup(view, phrase, bars, contents, own)
    return contents, pickup, told


def stream_tail(bars: int, stream: Stream) -> int:
    """How many bars at its end a varied repeat finds anew."""
    return stream.weighted((1, 2, max(2, bars // 2)), (4, 4, 2))


def _altered(content: Content, bar: Bar, stream: Stream, last: bool) -> Content:
    old = dict(zip(content.onsets, zip(content.goals, content.signs, strict=True), strict=True))
    onsets = content.onsets if last or stream.chance(0.35) else vary_bar(content.onsets, bar.meter, stream)
    if onsets == content.onsets and len(onsets) > 2 and not last:
        # The same rhythm turns elsewhere: the second half is free again.
        half = len(onsets) // 2
        goals = tuple(g if i < half else 0 for i, g in enumerate(content.goals))
        return Content(onsets, goals, content.signs, 0.98)
    none = (0, (0, "", False))
    pairs = [old.get(t, none) for t in onsets]
    return Content(onsets, tuple(p[0] for p in pairs), tuple(p[1] for p in pairs), 0.98)


def place(line: Line, frame: Frame, field: HarmonyMap, earlier: list[Written]) -> list[Written]:
    """The line's notes in song time; a pick-up cuts short whatever still sounds before it."""
    span = max(1, frame.end - frame.start)
    out: list[Written] = []
    rows = [(frame.start + t, d, m) for t, d, m, _ in line.pickup]
    for bar, cells in zip(frame.bars, line.bars, strict=True):
        rows.extend((bar.start + t, d, m) for t, d, m, _ in cells)
    for tick, duration, midi in rows:
        if tick < 0:
            continue
        arch = max(0.0, min(1.0, (tick - frame.start) / span))
        out.append(Written(tick, duration, midi, field.under(tick, duration, frame.key), arch))
    if out:
        while earlier and earlier[-1].onset >= out[0].onset:
            earlier.pop()
    return out


def _raise_peak(view: SectionView, notes: list[Written], field: HarmonyMap) -> list[Written]:
    """The song's climax: the highest note of its highest section, last time round, goes one chord tone higher."""
    section = view.section
    inside = [i for i, n in enumerate(notes) if n.onset >= section.start]
    if not inside:
        return notes
    middle = section.start + section.length * 0.62
    best = max(inside, key=lambda i: (notes[i].midi, notes[i].duration, -abs(notes[i].onset - middle)))
    note = notes[best]
    for higher in note.harmony.ladder(note.midi + 1, min(view.traits.high, note.midi + 4)):
        if note.harmony.grades[higher % 12] <= 1 and section.variation:
            notes[best] = note._replace(midi=higher)
            break
    return notes


def _tell(view: SectionView, phrase: Phrase, how: str, line: Line, plan: str) -> Decision:
    tonic = line.key.tonic.number
    first = next((bar for bar in line.bars if bar), ())
    motif = " ".join(str((c[2] - tonic) % 12) for c in first)
    rule = {"motif": "melody.motif", "return": "melody.return", "repeat": "melody.repeat"}.get(how, "melody.variation")
    last = next((bar[-1] for bar in reversed(line.bars) if bar), None)
    return Decision(
        Where(view.index, "lead", phrase.start, phrase.start + phrase.length),
        "phrase",
        rule,
        (
            ("idea", phrase.idea),
            ("close", phrase.close),
            ("contour", line.contour),
            ("plan", plan),
            ("motif", motif),
            ("rhythm", " ".join(str(c[0]) for c in first)),
            ("ends on", (last[2] - tonic) % 12 if last else -1),
        ),
    )


def _tell_climax(view: SectionView, notes: list[Written]) -> Decision:
    top = max(notes, key=lambda n: (n.midi, n.duration))
    return Decision(
        Where(view.index, "lead", top.onset, top.onset + top.duration),
        "climax",
        "melody.climax",
        (("pitch", top.midi), ("variation", view.section.variation)),
    )
