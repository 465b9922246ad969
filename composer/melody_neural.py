"""The tune by a net that knows music and rules that know their trade: new phrases are drawn, weighed and told.

Convention: rhythm comes first, pitches after, each drawn `candidates` times at once; of the lines a critic with named
flaws takes the best. What comes back is the rules' business: a net writes only what nobody has sung yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import exp
from typing import TYPE_CHECKING, NamedTuple

from partimento.arrangement.style import Style
from partimento.composer.melody_critic import figure_flaw, hook_flaw, line_flaw, line_flaws, rhythm_flaws
from partimento.composer.melody_harmony import HarmonyMap
from partimento.composer.melody_mend import mend
from partimento.composer.melody_neural_guard import PitchGuard, RhythmGuard
from partimento.composer.melody_neural_outline import (
    Outline,
    ask_of,
    blank,
    contents_of,
    genre_of,
    given_rhythm,
    lengths_of,
    outline_of,
    sung_cells,
)
from partimento.composer.melody_phrase import Content, Frame, Line, line_of, places_of, set_climax, slots_of
from partimento.composer.melody_pitch import LineDrawer
from partimento.composer.melody_plan import SongTraits
from partimento.composer.melody_statement import pick_up
from partimento.composer.melody_view import Book, SectionView, Written, density_of
from partimento.composer.neural.memory import load as load_memory
from partimento.composer.neural.muse import Muse, Taste
from partimento.learning.tables.runs import RunFilter
from partimento.score.decision import Decision, Value, Where
from partimento.score.song import Phrase, Song
from partimento.score.stream import Stream
from partimento.score.timeline import Bar, Timeline

if TYPE_CHECKING:
    from partimento.composer.neural.melody import Ask, MelodyNet
    from partimento.composer.neural.melody import Line as Drawn

CONTEXT = 32
"""Bars before a phrase that the net is shown."""
LEADS = ("tune", "hook")
"""Leads whose new phrases the net writes; fragments, riffs and solos are the rules'."""
SHARE = 0.3
"""How much the rules' own weights count in the choice of a pitch, where they are asked at all (engine "hybrid")."""
FIRMNESS = 0.25
"""Nats that a note too few or too many weighs in the choice of an onset, a wished wait long."""
FULLEST = 6 * 480
"""Ticks of the longest bar that the net knows."""
FULLNESS = 0.92
"""Notes that the net's bars shall hold, of those that a song's traits name (which count the bars of a cadence less)."""
AVOIDABLE = ("second peak", "second leap", "leap unanswered", "outline of tritone or seventh", "rocking", "circling")
"""Flaws that can be looked for in the written notes."""


class Sung(NamedTuple):
    """A phrase by the net: its line, how its bars go back to one another, and why this one."""

    line: Line
    plan: str
    told: Decision | None


@dataclass(slots=True)
class Singer:
    """A net that sings a song's new phrases; it is shown all that was sung before (`sung`)."""

    net: MelodyNet
    taste: Taste
    song: Song
    timeline: Timeline
    harmony: HarmonyMap
    drawer: LineDrawer
    traits: SongTraits
    runs: RunFilter
    centre: int
    sung: list[Written] = field(default_factory=list)
    steps: int = 0
    """Steps of the net so far, one after another."""

    def sings(self, view: SectionView, bars: Sequence[Bar], style: Style) -> bool:
        """Whether a phrase is the net's: a tune or hook in a meter it knows; a blues's calls are the rules'."""
        return view.section.lead in LEADS and style.melody.table != "blues" and all(b.length <= FULLEST for b in bars)

    def new_phrase(
        self,
        view: SectionView,
        phrase: Phrase,
        frame: Frame,
        stream: Stream,
        book: Book,
        material: str,
        notes: Sequence[Written],
    ) -> Sung:
        """A phrase nobody has heard; `notes` are those of its section so far."""
        outline = outline_of(view, phrase, frame, stream, book, material)
        return self._stretch(view, phrase, frame, outline, 0, None, stream, notes)

    def new_tail(
        self,
        view: SectionView,
        phrase: Phrase,
        frame: Frame,
        line: Line,
        first: int,
        stream: Stream,
        notes: Sequence[Written],
    ) -> Sung:
        """A phrase that was heard before, with its bars from `first` on found anew."""
        outline = blank(len(frame.bars))
        return self._stretch(view, phrase, frame, outline, first, line, stream, notes)

    def _stretch(
        self,
        view: SectionView,
        phrase: Phrase,
        frame: Frame,
        outline: Outline,
        first: int,
        head: Line | None,
        stream: Stream,
        notes: Sequence[Written],
    ) -> Sung:
        """The bars of a phrase from `first` on: rhythm, then pitches; `head` holds the bars before."""
        earlier = [(n.onset, n.duration, n.midi) for n in (*self.sung, *notes) if n.onset < frame.start]
        if head is not None:
            earlier += sung_cells(frame, head, first)
        rhythm = self._rhythm(view, phrase, frame, outline, first, earlier, stream)
        contents = contents_of(frame, outline, rhythm, first)
        pickup = Content(())
        if head is None:
            pickup = pick_up(view, phrase, frame.bars, contents, stream)
        led, pickup = self._led(frame, pickup, earlier)
        places = places_of(frame, contents, pickup)
        if not places:
            return Sung(Line(((),) * len(frame.bars), (), frame.key, frame.contour), "", None)
        lengths = lengths_of(places, rhythm)
        slots = slots_of(frame, places, lengths, self.harmony)
        if frame.climax:
            set_climax(frame, slots, [g for c in (pickup, *contents) for g in (c.goals or (0,) * len(c.onsets))])
        share = 0.0 if self.taste.hard else SHARE
        guard = PitchGuard(
            frame,
            contents,
            pickup,
            slots,
            self.drawer,
            stream.sub("sing"),
            _before(earlier, led),
            led,
            self.runs,
            share,
        )
        row = [
            *((n[0], n[1]) for n in led),
            *((tick, length) for (tick, _), length in zip(places, lengths, strict=True)),
        ]
        ask = self._ask(view, phrase, frame, outline, first, earlier, bool(led or pickup.onsets))
        drawn = self._drawn(ask, guard, stream.sub("pitches"), row, 1.0 / (1.0 - share))
        hook = len(pickup.onsets) + len(contents[0].onsets) if frame.hook and first == 0 else 0
        lines = [_Candidate(d, len(led), guard, self.taste, hook) for d in drawn]
        chosen = min(range(len(lines)), key=lambda i: (lines[i].cost, i))
        best = lines[chosen]
        pitches = mend(best.pitches, best.slots, self.drawer)
        line = line_of(frame, places, best.slots, pitches)
        if head is not None:
            line = Line((*head.bars[:first], *line.bars[first:]), head.pickup, frame.key, frame.contour, line.last)
        plan = " ".join("new" if p.source < 0 else f"{p.way}:{p.source}" for p in outline.plan)
        return Sung(line, plan, _tell(view, phrase, lines, chosen))

    def _drawn(
        self,
        ask: Ask,
        guard: PitchGuard | RhythmGuard,
        stream: Stream,
        rhythm: list[tuple[int, int]] | None,
        heat: float,
    ) -> list[Drawn]:
        """The candidates: drawn at once, or the beam's likeliest."""
        taste = self.taste
        floor = 0.08 * (1.0 - taste.creativity) ** 2
        if taste.beam:
            found = self.net.beam(ask, guard, taste.candidates, rhythm)
        else:
            streams = [stream.sub("line", k) for k in range(taste.candidates)]
            found = self.net.write(ask, [guard] * len(streams), streams, taste.temperature * heat, floor, rhythm)
        self.steps += max((len(line.notes) for line in found), default=0)
        return found

    def _rhythm(
        self,
        view: SectionView,
        phrase: Phrase,
        frame: Frame,
        outline: Outline,
        first: int,
        earlier: Sequence[tuple[int, int, int]],
        stream: Stream,
    ) -> list[tuple[int, int]]:
        """The best of the rhythms drawn, as (onset, duration)."""
        if not any(rule.free for rule in outline.rules[first:]):
            return given_rhythm(frame, outline.rules, first)
        sounding = sum(b.length for b, r in zip(frame.bars[first:], outline.rules[first:], strict=True) if not r.silent)
        wished = FULLNESS * self.traits.rhythm.notes * density_of(view) / 1920
        firmly = FIRMNESS * (0.4 if self.taste.hard else 1.0)
        guard = RhythmGuard(frame, outline.rules, self.traits, self.harmony, tuple(earlier), wished, firmly, first)
        ask = self._ask(view, phrase, frame, outline, first, earlier, False)
        drawn = [d for d in self._drawn(ask, guard, stream.sub("rhythm"), None, 1.0) if d.notes]
        if not drawn:
            bar = frame.bars[first]
            return [(bar.start, bar.length // 2)]
        beat = frame.bars[0].meter.beat_lengths[0]
        costs = []
        for line in drawn:
            ticks = [n[0] for n in line.notes]
            traits = self.traits
            flaws = rhythm_flaws(ticks, frame.end, beat, traits.quick, traits.patter, traits.second)
            cost = 0.0 if traits.agile else sum(amount for _, amount in flaws)
            cost += 1.5 * abs(len(ticks) / (wished * sounding) - 1.0) if sounding else 0.0
            if frame.hook and first == 0:
                bar = frame.bars[0]
                cost += figure_flaw([t - bar.start for t in ticks if t < bar.end], bar.length, beat)
            costs.append(cost + _liking(self.taste) * _nats(line.shares))
        best = min(range(len(drawn)), key=lambda i: (costs[i], i))
        return [(n[0], n[1]) for n in drawn[best].notes]

    def _led(
        self, frame: Frame, pickup: Content, earlier: Sequence[tuple[int, int, int]]
    ) -> tuple[list[tuple[int, int, int]], Content]:
        """What was sung in the bar that a pick-up falls in, and the pick-up as far as it leaves that its breath."""
        if not pickup.onsets:
            return [], pickup
        bar = self.timeline.bar_at(frame.start - 1)
        onsets = list(pickup.onsets)
        while onsets:
            start = frame.start + onsets[0]
            led = [n for n in earlier if bar.start <= n[0] < start]
            if not led or start - led[-1][0] > max(240, frame.quick):
                cut = [(t, min(d, start - t), m) for t, d, m in led]
                return cut, Content(tuple(onsets))
            onsets.pop(0)
        return [], Content(())

    def _ask(
        self,
        view: SectionView,
        phrase: Phrase,
        frame: Frame,
        outline: Outline,
        first: int,
        earlier: Sequence[tuple[int, int, int]],
        with_pickup: bool,
    ) -> Ask:
        """What the net is asked: the phrase's bars, the one that a pick-up falls in before them."""
        bars = list(frame.bars[first:])
        if with_pickup:
            bars.insert(0, self.timeline.bar_at(frame.start - 1))
        start = bars[0].start
        shown = [b for b in self.timeline.bars if b.start < start][-CONTEXT:]
        begins = shown[0].start if shown else start
        offset = len(shown) + len(bars) - len(frame.bars)
        sources = tuple((offset + p.source if p.source >= 0 else -1, p.way) for p in outline.plan[first:])
        if with_pickup:
            sources = ((-1, "new"), *sources)
        return ask_of(
            self.song,
            bars,
            frame.key,
            genre_of(self.traits),
            shown,
            [n for n in earlier if begins <= n[0] < start],
            sources=sources,
            closes=phrase.close,
            first_bar=len(frame.bars) - len(bars),
            bars_in_phrase=len(frame.bars),
            centre=self.centre,
            low=self.drawer.low,
            high=self.drawer.high,
        )


class _Candidate:
    """A line that was drawn, with its faults."""

    def __init__(self, drawn: Drawn, led: int, guard: PitchGuard, taste: Taste, hook: int) -> None:
        self.pitches = [n[2] for n in drawn.notes[led:]]
        self.slots = guard.slots_for(self.pitches)
        self.nats = list(drawn.pitches[led:])
        self.flaws: dict[str, float] = {}
        for name, amount in line_flaws(self.pitches, self.slots):
            if amount > 0.0 and not (taste.hard and name == "far from its contour"):
                self.flaws[name] = self.flaws.get(name, 0.0) + amount
        if hook:
            none = hook_flaw(self.pitches, self.slots, hook) - line_flaw(self.pitches, self.slots)
            self.flaws["no figure in the hook"] = none
        free = [n for n, s in zip(self.nats, self.slots, strict=True) if not s.fixed]
        self.mean = _nats(free)
        self.cost = sum(self.flaws.values()) + _liking(taste) * self.mean


def _before(earlier: Sequence[tuple[int, int, int]], led: Sequence[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """What was sung before the first of the notes that lead in."""
    return [n for n in earlier if not led or n[0] < led[0][0]]


def _liking(taste: Taste) -> float:
    """How much a nat a note weighs with the critic: who is to be creative is not asked to be usual."""
    return 0.8 * (1.0 - taste.creativity)


def _nats(shares: Sequence[float]) -> float:
    """Mean surprise in nats."""
    return -sum(shares) / len(shares) if shares else 0.0


def singer_of(
    muse: Muse, song: Song, timeline: Timeline, harmony: HarmonyMap, drawer: LineDrawer, traits: SongTraits
) -> Singer | None:
    """The song's singer, None where the rules sing alone."""
    if muse.melody is None:
        return None
    middle = _centre(song, traits)
    return Singer(muse.melody, muse.taste, song, timeline, harmony, drawer, traits, load_memory(), middle)


def _centre(song: Song, traits: SongTraits) -> int:
    """Where the song's melody lies: the mean of its sections' centres, by their lengths."""
    rows = [(c, s.length) for c, s in zip(traits.centres, song.sections, strict=True) if s.lead not in ("none", "")]
    return round(sum(c * n for c, n in rows) / sum(n for _, n in rows)) if rows else 67


def _tell(view: SectionView, phrase: Phrase, lines: Sequence[_Candidate], chosen: int) -> Decision:
    """Why this line: how likely the model found its pitches, of how many, what the likeliest other one had wrong."""
    best = lines[chosen]
    values: list[tuple[str, Value]] = [("share", round(1000 * exp(-best.mean))), ("of", len(lines))]
    others = [line for i, line in enumerate(lines) if i != chosen and line.pitches != best.pitches]
    rival = min(others, key=lambda line: line.mean, default=None)
    if rival is not None and rival.cost > best.cost:
        worse = {n: rival.flaws[n] for n in AVOIDABLE if n in rival.flaws and n not in best.flaws}
        if worse:
            values.append(("avoided", max(worse, key=lambda name: (worse[name], name))))
    if len(best.pitches) > 1:
        values.append(("move", best.pitches[-1] - best.pitches[-2]))
        values.append(("share of move", round(1000 * exp(best.nats[-1]))))
    others.sort(key=lambda line: line.mean)
    tonic = view.section.key.tonic.number
    told = tuple((_degrees(line.pitches, tonic), round(1000 * exp(-line.mean))) for line in others[:3])
    where = Where(view.index, "lead", phrase.start, phrase.start + phrase.length)
    return Decision(where, "phrase", "neural.phrase", tuple(values), told)


def _degrees(pitches: Sequence[int], tonic: int) -> str:
    """A line by its first eight notes, in semitones above the tonic."""
    return " ".join(str((p - tonic) % 12) for p in pitches[:8])


def true_of(decisions: Iterable[Decision], notes: Sequence[Written]) -> list[Decision]:
    """The decisions with what later stages undid left out: a last move that is not the one that was chosen."""
    out = []
    for told in decisions:
        if told.rule == "neural.phrase":
            line = [n.midi for n in notes if told.where.start <= n.onset < told.where.end]
            move = line[-1] - line[-2] if len(line) > 1 else None
            if told.value("move", 99) != move:
                kept = tuple(v for v in told.values if v[0] not in ("move", "share of move"))
                told = Decision(told.where, told.what, told.rule, kept, told.alternatives)
        out.append(told)
    return out
