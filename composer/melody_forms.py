"""Sections of a melody: phrases by their ideas, their frames, the climax and what is told of them.

Convention: an idea letter names a Line of its material; a prime keeps its head and finds a new tail.
"""

from __future__ import annotations

from collections.abc import Sequence

from partimento.arrangement.style import Style
from partimento.composer.melody_figure import figured
from partimento.composer.melody_harmony import HarmonyMap
from partimento.composer.melody_leaning import LEVEL, Leaning
from partimento.composer.melody_neural import Singer, Sung, plain
from partimento.composer.melody_phrase import Content, Frame, Line, realise
from partimento.composer.melody_pitch import LineDrawer
from partimento.composer.melody_plan import draw_contour
from partimento.composer.melody_return import fresh_from, restate
from partimento.composer.melody_statement import state
from partimento.composer.melody_view import DEGREES, FINAL, Book, SectionView, Written
from partimento.score.decision import Decision, Where
from partimento.score.song import Phrase
from partimento.score.stream import Stream
from partimento.score.timeline import Bar

TRIES = 5
"""How many lines are drawn for a new phrase; the one with least wrong stands."""


def write_section(
    view: SectionView,
    style: Style,
    field: HarmonyMap,
    drawer: LineDrawer,
    stream: Stream,
    book: Book,
    before: int,
    singer: Singer | None = None,
) -> tuple[list[Written], list[Decision]]:
    """One section's line and the decisions behind it; `book` keeps each material's ideas for their return.

    What is new in it a `singer` writes, where there is one.
    """
    section, traits = view.section, view.traits
    material = f"{section.material}/{'tune' if section.lead == 'figured' else section.lead}"
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
        own = stream.sub(material, phrase.idea, number if (material, phrase.idea) not in book.lines else -1)
        last = number == len(phrases) - 1
        by_net = singer if singer is not None and singer.sings(view, bars, style) else None
        lean = by_net.lean if by_net is not None else LEVEL
        how, origin = _origin(view, phrase, number, last, book, material, lean, own)
        climax = top if number == peak_phrase and how != "return" and section.lead != "riff" else 0
        frame = _frame(view, phrase, bars, own, centre, top, climax, last, origin, style)
        drawn = own.sub(section.variation if how == "return" else 0)
        sung: Sung | None = None
        if origin is None and by_net is not None:
            sung = by_net.new_phrase(view, phrase, frame, own, book, material, plain(notes))
            line, plan = sung.line, sung.plan
        elif origin is None:
            contents, pickup, plan = state(view, style, phrase, bars, own, book, material, last)
            line = realise(frame, contents, pickup, field, drawer, drawn, before)
        else:
            contents, pickup, plan = restate(view, origin, how, bars, stream, number, style, phrase)
            line = realise(frame, contents, pickup, field, drawer, drawn, before)
            first = _anew(view, how, contents, lean, drawn)
            if by_net is not None and 0 < first < len(bars):
                sung = by_net.new_tail(view, phrase, frame, line, first, drawn, plain(notes))
                line = sung.line
        if how == "motif":
            book.lines[material, phrase.idea.rstrip("'")] = line
        book.lines.setdefault((material, phrase.idea), line)
        book.lines.setdefault((material, f"{phrase.idea}#{number}"), line)
        notes.extend(place(line, frame, field, notes))
        before = line.last or before
        told.append(_tell(view, phrase, how, line, plan))
        if sung is not None and sung.told is not None:
            told.append(sung.told)
    if section.lead == "figured":
        notes = figured(notes, view, stream.sub(material, "figured", section.variation))
    return notes, told


def _origin(
    view: SectionView,
    phrase: Phrase,
    number: int,
    last: bool,
    book: Book,
    material: str,
    lean: Leaning,
    stream: Stream,
) -> tuple[str, Line | None]:
    """What a phrase goes back to, and how: "return", "repeat", "varied repeat"; "motif" and None for a new one."""
    lines, lead = book.lines, view.section.lead
    known = lines.get((material, f"{phrase.idea}#{number}")) if view.section.variation else None
    if known is not None:
        return "return", known
    how, origin = "repeat", lines.get((material, phrase.idea))
    if origin is None:
        how, origin = "varied repeat", lines.get((material, phrase.idea.rstrip("'")))
    if origin is None and lead == "tune" and stream.sub("reuse").chance(lean.reuse):
        origin = lines.get((material, "a"))
    steady = {"tune": lean.reuse, "hook": 0.5 * lean.reuse}.get(lead, 0.0)
    if how == "varied repeat" and not last and stream.sub("steady").chance(steady):
        how = "repeat"
    if lead == "riff" and origin is None:
        # One riff carries the section; its last phrase may turn.
        how, origin = "varied repeat" if last else "repeat", lines.get((material, "a"))
    return how if origin is not None else "motif", origin


def _anew(view: SectionView, how: str, contents: Sequence[Content], lean: Leaning, stream: Stream) -> int:
    """The bar from which a phrase that comes back goes on otherwise; as many as it has where it does not."""
    first = fresh_from(contents) if how == "varied repeat" else len(contents)
    hook, back = view.section.lead == "hook", how == "return"
    again = lean.renew * (0.5 if hook and back else 1.0)
    if len(contents) > 1 and stream.sub("renew").chance(again):
        return min(first, stream.sub("from").between(1, len(contents) - 1))
    return first


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
        # Verses keep to a few tones, choruses open out.
        reach=max(3.0, traits.inner * (0.29 + 0.14 * view.section.energy)),
        contour=contour,
        degrees=degrees,
        cap=top if climax or view.climax else top - 1,
        climax=climax,
        breath=max(240, beat // 2),
        pull=4.4,
        quick=traits.quick,
        tries=TRIES if origin is None else 2,
        hook=view.section.lead == "hook" and origin is None,
    )


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
    return join(earlier, out, frame.start, frame.quick)


def join(earlier: list[Written], out: list[Written], start: int, quick: int) -> list[Written]:
    """A phrase's notes after those before it, which give way; its pick-up waits for the breath after what ended."""
    while earlier and out and earlier[-1].onset >= out[0].onset:
        earlier.pop()
    while earlier and len(out) > 1 and out[0].onset < start and out[0].onset - earlier[-1].onset <= max(240, quick):
        out.pop(0)
    return out


def raise_peak(
    view: SectionView, notes: list[Written], so_far: int, until: int
) -> tuple[list[Written], list[Decision]]:
    """The song's climax: a high note of its highest section, last time round, goes above all that came before.

    `so_far` is the highest pitch until now; notes from tick `until` on, the ending's, stay.
    """
    section, quick = view.section, view.traits.quick
    inside = [i for i, n in enumerate(notes) if section.start <= n.onset < until]
    if section.variation and inside:
        middle = section.start + section.length * 0.62
        order = sorted(inside, key=lambda i: (-notes[i].midi, -notes[i].duration, abs(notes[i].onset - middle), i))
        top = max(n.midi for n in notes)
        found = _higher(view, notes, order, max(so_far, top) + 1, quick)
        if found is None and so_far > top:
            found = _higher(view, notes, order, so_far, quick)
        if found is not None:
            at, pitch = found
            notes[at] = notes[at]._replace(midi=pitch)
    return notes, [_tell_climax(view, notes)]


def _higher(
    view: SectionView, notes: list[Written], order: list[int], least: int, quick: int
) -> tuple[int, int] | None:
    """The first note of `order` that may go to a chord tone from `least` up, and that tone; none that is passed by."""
    for at in order:
        note = notes[at]
        around = [notes[i] for i in (at - 1, at + 1) if 0 <= i < len(notes)]
        if any(abs(n.onset - note.onset) <= quick for n in around):
            continue
        for higher in note.harmony.ladder(least, min(view.traits.high, note.midi + 7)):
            if note.harmony.grades[higher % 12] <= 1 and all(abs(n.midi - higher) <= 12 for n in around):
                return at, higher
    return None


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
