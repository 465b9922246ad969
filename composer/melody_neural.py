"""The tune by a net that knows music and rules that know their trade: new phrases are drawn, weighed and told.

Convention: rhythm comes first, in half as many lines as `candidates` says, pitches after; of the lines a critic with
named flaws takes the best. What comes back is the rules' business: a net writes only what nobody has sung yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from partimento.arrangement.style import Style
from partimento.composer.melody_harmony import HarmonyMap
from partimento.composer.melody_leaning import Leaning
from partimento.composer.melody_mend import mend
from partimento.composer.melody_neural_choice import Candidate, best_rhythm, told_of
from partimento.composer.melody_neural_guard import Notes, PitchGuard, RhythmGuard
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
from partimento.composer.melody_pitch import LineDrawer, Slot
from partimento.composer.melody_plan import SongTraits
from partimento.composer.melody_statement import pick_up
from partimento.composer.melody_view import Book, SectionView, Written, density_of
from partimento.composer.neural.memory import load as load_memory
from partimento.composer.neural.muse import Muse, Taste
from partimento.learning.tables.runs import RunFilter
from partimento.score.decision import Decision
from partimento.score.song import Phrase, Song
from partimento.score.stream import Stream
from partimento.score.timeline import Bar, Timeline

if TYPE_CHECKING:
    from partimento.composer.neural.melody import Ask, Guard, MelodyNet
    from partimento.composer.neural.melody import Line as Drawn

CONTEXT = 32
"""Bars before a phrase that the net is shown."""
STEPS = 440
"""Steps of the net, one after another, after which the rules write what is still to be sung: nobody waits for ever."""
LEADS = ("tune", "hook")
"""Leads whose new phrases the net writes; fragments, riffs and solos are the rules'."""
SHARE = 0.3
"""How much the rules' own weights count in the choice of a pitch, where they are asked at all (engine "hybrid")."""
FIRMNESS = 0.5
"""Nats that a note too few or too many weighs in the choice of an onset, a wished wait long."""
FULLEST = 6 * 480
"""Ticks of the longest bar that the net knows."""
FULLNESS = 0.87
"""Notes that the net's bars shall hold, of those that a song's traits name (which count the bars of a cadence less)."""
USUAL = 0.08
"""The share of the likeliest choice below which nothing is drawn at creativity 0; at 1 none is left out."""

LATE = 0.16
"""Share of phrases that end well after the middle of their last bar (POP909: 2650 of 16993, melody_rhythm_pop.json)."""


class Sung(NamedTuple):
    """A phrase by the net: its line, how its bars go back to one another, why this one (None: it is silent)."""

    line: Line
    plan: str
    told: Decision | None


Heard = dict[tuple[str, int], tuple[Sung, float]]
"""Phrases that nets wrote for a song, by how and tick, with the centre they lay round: all who play them agree."""


class _Work(NamedTuple):
    """A stretch to be written: the phrase's bars from `first` on, after `head` where those before are known."""

    view: SectionView
    phrase: Phrase
    frame: Frame
    outline: Outline
    stream: Stream
    earlier: list[tuple[int, int, int]]
    first: int = 0
    head: Line | None = None
    after: Notes = ()


@dataclass(slots=True)
class Singer:
    """A net that sings a song's new phrases; it is shown all that was sung before (`sung`: onset, duration, MIDI)."""

    net: MelodyNet
    taste: Taste
    song: Song
    timeline: Timeline
    harmony: HarmonyMap
    drawer: LineDrawer
    traits: SongTraits
    lean: Leaning
    runs: RunFilter
    centre: int
    heard: Heard
    sung: list[tuple[int, int, int]] = field(default_factory=list)
    steps: int = 0
    """Steps of the net so far, one after another."""

    def sings(self, view: SectionView, bars: Sequence[Bar], style: Style) -> bool:
        """Whether a phrase is the net's: a tune or hook in a meter it knows; a blues's calls are the rules'."""
        if self.steps >= STEPS:
            return False
        return view.section.lead in LEADS and style.melody.table != "blues" and all(b.length <= FULLEST for b in bars)

    def new_phrase(
        self, view: SectionView, phrase: Phrase, frame: Frame, stream: Stream, book: Book, material: str, notes: Notes
    ) -> Sung:
        """A phrase nobody has heard; `notes` are those of its section so far."""
        known = self._heard("new", frame)
        if known is not None:
            return known
        outline = outline_of(view, phrase, frame, stream, book, material, self.lean.pulse)
        sung = self._write(_Work(view, phrase, frame, outline, stream, self._earlier(frame, notes)))
        self.heard["new", frame.start] = sung, frame.centre
        return sung

    def new_tail(
        self, view: SectionView, phrase: Phrase, frame: Frame, line: Line, first: int, stream: Stream, notes: Notes
    ) -> Sung:
        """A phrase that was heard before, with its bars from `first` on found anew."""
        known = self._heard("tail", frame)
        if known is not None:
            bars = (*line.bars[:first], *known.line.bars[first:])
            return known._replace(line=replace(line, bars=bars, last=known.line.last))
        earlier = self._earlier(frame, notes) + sung_cells(frame, line, first)
        sung = self._write(_Work(view, phrase, frame, blank(len(frame.bars)), stream, earlier, first, line))
        self.heard["tail", frame.start] = sung, frame.centre
        return sung

    def fill(
        self, view: SectionView, phrase: Phrase, frame: Frame, outline: Outline, stream: Stream, after: Notes
    ) -> Sung:
        """The bars of a frame anew between what was `sung` before them and what comes `after`."""
        return self._write(_Work(view, phrase, frame, outline, stream, self._earlier(frame, ()), after=after))

    def _heard(self, how: str, frame: Frame) -> Sung | None:
        """What was written for this phrase already, for another chair: moved by octaves, where it fits its register."""
        found = self.heard.get((how, frame.start))
        if found is None:
            return None
        sung, centre = found
        shift = 12 * round((frame.centre - centre) / 12)
        line = sung.line.moved(shift)
        pitches = [c[2] for cells in (*line.bars, line.pickup) for c in cells]
        fits = all(self.drawer.low <= m <= self.drawer.high for m in pitches)
        return sung._replace(line=line) if fits else None

    def _earlier(self, frame: Frame, notes: Notes) -> list[tuple[int, int, int]]:
        return [n for n in (*self.sung, *notes) if n[0] < frame.start]

    def _write(self, work: _Work) -> Sung:
        """Rhythm, then pitches, then the choice."""
        frame, stream = work.frame, work.stream
        rhythm = self._rhythm(work)
        contents = contents_of(frame, work.outline, rhythm, work.first)
        pickup = Content(())
        if work.head is None and not work.after:
            pickup = pick_up(work.view, work.phrase, frame.bars, contents, stream)
        led, pickup = self._led(frame, pickup, work.earlier)
        places = places_of(frame, contents, pickup)
        plan = " ".join("new" if p.source < 0 else f"{p.way}:{p.source}" for p in work.outline.plan)
        if not places:
            empty = work.head or Line(((),) * len(frame.bars), (), frame.key, frame.contour)
            return Sung(empty, plan, None)
        lengths = lengths_of(frame, places, rhythm)
        slots = slots_of(frame, places, lengths, self.harmony)
        if frame.climax:
            set_climax(frame, slots, [g for c in (pickup, *contents) for g in (c.goals or (0,) * len(c.onsets))])
        share = 0.0 if self.taste.hard else SHARE
        before = [n for n in work.earlier if not led or n[0] < led[0][0]]
        guard = PitchGuard(
            contents, pickup, slots, self.drawer, stream.sub("sing"), before, led, self.runs, share, self.lean,
            centre=frame.centre, half=self.traits.inner / 2, beyond=self._beyond(work),
        )  # fmt: skip
        row = [(t, d) for t, d, _ in led] + [(t, d) for (t, _), d in zip(places, lengths, strict=True)]
        drawn = self._drawn(self._ask(work, bool(led or pickup.onsets)), guard, stream.sub("pitches"), row, share)
        hook = len(pickup.onsets) + len(contents[0].onsets) if frame.hook and work.first == 0 else 0
        found = [Candidate(d, len(led), guard, self.taste, hook) for d in drawn]
        chosen = min(range(len(found)), key=lambda i: (found[i].cost, i))
        best = found[chosen]
        line = line_of(frame, places, best.slots, mend(best.pitches, best.slots, self.drawer))
        if work.head is not None:
            bars = (*work.head.bars[: work.first], *line.bars[work.first :])
            line = Line(bars, work.head.pickup, frame.key, frame.contour, line.last)
        span = (places[0][0] if work.head is None else frame.start, places[-1][0] + lengths[-1])
        told = told_of(work.view.index, span, frame.key.tonic.number, found, chosen)
        return Sung(line, plan, told)

    def _drawn(
        self, ask: Ask, guard: Guard, stream: Stream, rhythm: list[tuple[int, int]] | None, share: float
    ) -> list[Drawn]:
        """The candidates, drawn at once, or the beam's likeliest; the net's voice counts 1 - `share`."""
        taste = self.taste
        count = taste.candidates if rhythm is not None else (taste.candidates + 1) // 2
        if taste.beam:
            found = self.net.beam(ask, guard, count, rhythm)
        else:
            streams = [stream.sub("line", k) for k in range(count)]
            floor = USUAL * (1.0 - taste.creativity) ** 2
            heat = taste.temperature / (1.0 - share)
            found = self.net.write(ask, [guard] * len(streams), streams, heat, floor, rhythm)
        self.steps += max((len(line.notes) for line in found), default=0) + len(ask.bars)
        return found

    def _rhythm(self, work: _Work) -> list[tuple[int, int]]:
        """The best of the rhythms drawn, as (onset, duration)."""
        frame, first, rules = work.frame, work.first, work.outline.rules
        if not any(rule.free for rule in rules[first:]):
            return given_rhythm(frame, rules, first)
        sounding = sum(b.length for b, r in zip(frame.bars[first:], rules[first:], strict=True) if not r.silent)
        wished = FULLNESS * self.traits.rhythm.notes * density_of(work.view) / 1920
        firmly = FIRMNESS * (0.4 if self.taste.hard else 1.0)
        guard = RhythmGuard(frame, rules, self.traits, self.harmony, tuple(work.earlier), wished, firmly, first)
        drawn = self._drawn(self._ask(work, False), guard, work.stream.sub("rhythm"), None, 0.0)
        lines = [line for line in drawn if line.notes]
        if not lines:
            bar = frame.bars[first]
            return [(bar.start, bar.length // 2)]
        return best_rhythm(lines, frame, self.traits, wished * sounding, self.taste, frame.hook and first == 0)

    def _beyond(self, work: _Work) -> Slot | None:
        """The first note after the stretch as a slot that must be reached."""
        if not work.after:
            return None
        onset, duration, midi = work.after[0]
        harmony = self.harmony.under(onset, duration, work.frame.key)
        return Slot(onset, duration, harmony, True, float(midi), fixed=midi)

    def _led(self, frame: Frame, pickup: Content, earlier: Notes) -> tuple[list[tuple[int, int, int]], Content]:
        """What was sung in the bar that a pick-up falls in, and the pick-up as far as it leaves that its breath."""
        onsets = list(pickup.onsets)
        while onsets:
            bar = self.timeline.bar_at(frame.start - 1)
            start = frame.start + onsets[0]
            led = [n for n in earlier if bar.start <= n[0] < start]
            if not led or start - led[-1][0] > max(240, frame.quick):
                return [(t, min(d, start - t), m) for t, d, m in led], Content(tuple(onsets))
            onsets.pop(0)
        return [], Content(())

    def _ask(self, work: _Work, with_pickup: bool) -> Ask:
        """What the net is asked: the phrase's bars, the one that a pick-up falls in before them."""
        frame, plan = work.frame, work.outline.plan
        bars = list(frame.bars[work.first :])
        if with_pickup:
            bars.insert(0, self.timeline.bar_at(frame.start - 1))
        start = bars[0].start
        shown = [b for b in self.timeline.bars if b.start < start][-CONTEXT:]
        begins = shown[0].start if shown else start
        offset = len(shown) + len(bars) - len(frame.bars)
        sources = [(offset + p.source if p.source >= 0 else -1, p.way) for p in plan[work.first :]]
        return ask_of(
            self.song,
            bars,
            frame.key,
            genre_of(self.traits),
            shown,
            [n for n in work.earlier if begins <= n[0] < start],
            after=work.after,
            sources=[(-1, "new")] * with_pickup + sources,
            closes=work.phrase.close,
            first_bar=len(frame.bars) - len(bars),
            bars_in_phrase=len(frame.bars),
            centre=self.centre,
            low=self.drawer.low,
            high=self.drawer.high,
        )


def _latest(work: _Work) -> int:
    """Up to where the phrase's last note may begin: mostly by the middle of its last sounding bar, so that it rests."""
    frame, rules = work.frame, work.outline.rules
    end = max((i for i, rule in enumerate(rules) if not rule.silent), default=0)
    bar = frame.bars[end]
    places = [b for b in bar.meter.beats if b < bar.length]
    late = work.after or work.stream.sub("late").chance(LATE)
    return bar.end if late else bar.start + places[len(places) // 2] + 240 * (len(places) > 2)


def singer_of(
    muse: Muse,
    song: Song,
    timeline: Timeline,
    harmony: HarmonyMap,
    drawer: LineDrawer,
    traits: SongTraits,
    lean: Leaning,
    heard: Heard,
) -> Singer | None:
    """The song's singer, None where the rules sing alone."""
    if muse.melody is None:
        return None
    middle = _centre(song, traits)
    return Singer(muse.melody, muse.taste, song, timeline, harmony, drawer, traits, lean, load_memory(), middle, heard)


def _centre(song: Song, traits: SongTraits) -> int:
    """Where the song's melody lies: the mean of its sections' centres, by their lengths."""
    rows = [(c, s.length) for c, s in zip(traits.centres, song.sections, strict=True) if s.lead not in ("none", "")]
    return round(sum(c * n for c, n in rows) / sum(n for _, n in rows)) if rows else 67


def plain(notes: Sequence[Written]) -> list[tuple[int, int, int]]:
    """(onset, duration, MIDI) of each, as a net sees notes."""
    return [(n.onset, n.duration, n.midi) for n in notes]
