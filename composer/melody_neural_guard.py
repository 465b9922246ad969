"""What the rules allow a net that sings: where notes may begin, how long they may be, which pitches they may have.

Convention: a guard answers in nats to be added to the net's own; NEVER forbids. Notes are (onset, duration, MIDI) in
song ticks. An answer depends on the notes shown alone, so that any number of lines may be asked about at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log

from partimento.composer.melody_harmony import AVOID, CHROMATIC, TRIAD, HarmonyMap
from partimento.composer.melody_leaning import Leaning
from partimento.composer.melody_mend import PLAYED_LEAP, SUNG_LEAP
from partimento.composer.melody_phrase import Content, Frame, segments_of, set_goals
from partimento.composer.melody_pitch import LineDrawer, Slot
from partimento.composer.melody_plan import SongTraits
from partimento.composer.neural.memory import known_pitches
from partimento.learning.tables.runs import RunFilter
from partimento.score.stream import Stream

Notes = Sequence[tuple[int, int, int]]

NEVER = -1e9
"""What forbids; the nets' NEVER, which is not imported lest rules alone load torch."""
WIDEST = 12
"""Semitones between neighbouring notes at the most: an octave, as in nearly every song that people sing."""
HELD, STRONG = 0.9, 0.1
"""Nats that a chord tone has more on long and on other strong notes, so that as many are consonant as POP909's."""
BELOW = 0.6
"""Nats that each semitone below the section's register costs."""
EDGE = 0.45
"""Nats that the edge of the section's register costs, so that a chorus lies above its verse."""
_LEAST_NATS = -9.0


@dataclass(frozen=True, slots=True)
class BarRule:
    """What one bar's rhythm may be: any (nothing said), given notes, an earlier bar's of the phrase, or silence.

    `given` are (tick in bar, duration); `copied` is the index of the bar that it copies, -1 for none.
    """

    given: tuple[tuple[int, int], ...] = ()
    copied: int = -1
    silent: bool = False

    @property
    def free(self) -> bool:
        """Whether the net writes the bar."""
        return not (self.given or self.silent or self.copied >= 0)


FREE = BarRule()


@dataclass(frozen=True, slots=True)
class RhythmGuard:
    """Onsets and lengths of a phrase; its pitches are a first guess.

    `wished` is notes a tick, `firmly` how many nats a note too few or too many weighs; `first` the bar of the frame
    that the stretch begins with; after `latest` no note begins.
    """

    frame: Frame
    rules: tuple[BarRule, ...]
    traits: SongTraits
    field: HarmonyMap
    before: Notes
    wished: float
    firmly: float
    first: int = 0
    latest: int = 1 << 60

    def onsets(self, notes: Notes, ticks: Sequence[int]) -> list[float]:
        """Nats for beginning the next note at each tick; the last is the next bar's, for no note sooner."""
        last = notes[-1][0] if notes else self.frame.bars[self.first].start - 1
        ends = max(last, max((n[0] + n[1] for n in (*self.before[-1:], *notes[-1:])), default=0) - 1)
        nearest, forced = self._forced(notes, last)
        missing = self._missing(notes, last)
        recent = [n[0] for n in (*self.before[-24:], *notes[-24:])]
        out = []
        for tick in ticks[:-1]:
            if tick == nearest:
                out.append(0.0)
            elif tick > nearest or not self._open(tick, ends, recent, forced):
                out.append(NEVER)
            else:
                out.append(-self.firmly * missing * min(4.0, (tick - last) * self.wished))
        onward = -self.firmly * missing * min(4.0, (ticks[-1] - last) * self.wished)
        may = nearest >= ticks[-1] and (self._may_leave(notes, ticks[-1]) or not self._room(ticks[-1], ends, recent))
        out.append(onward if may else NEVER)
        return out

    def durations(self, notes: Notes, onset: int, durations: Sequence[int]) -> list[float]:
        """Nats for each length of a note at `onset`: on the grid, out of the way, with breath at the end."""
        known = self._given_length(notes, onset)
        if known:
            return [0.0 if d == known else NEVER for d in durations]
        nearest, _ = self._forced(notes, onset)
        room = min(nearest, max(onset + 120, self.frame.end - self.frame.breath)) - onset
        grid = 120 if self.traits.rhythm.fine > 0 else 240
        pull = self.firmly * self._missing(notes, onset) * self.wished
        return [-pull * min(d, 1920) if d <= room and d % grid == 0 else NEVER for d in durations]

    def _missing(self, notes: Notes, tick: int) -> float:
        """How many notes too few there are at a tick, as far as is heeded."""
        start = self.frame.bars[self.first].start
        return max(-3.0, min(3.0, self.wished * (max(tick, start) - start) - len(notes)))

    def pitches(self, notes: Notes, onset: int, duration: int, midis: Sequence[int]) -> list[float]:
        """Nats for a first guess at the pitch: of the harmony's scale, no leap over an octave."""
        grades = self.field.under(max(0, onset), duration, self.frame.key).grades
        line = notes or self.before
        last = line[-1][2] if line else 0
        top = self.frame.cap
        return [
            0.0 if grades[m % 12] < CHROMATIC and m <= top and (not last or abs(m - last) <= WIDEST) else NEVER
            for m in midis
        ]

    def _open(self, tick: int, last: int, recent: list[int], forced: frozenset[int]) -> bool:
        """Whether a free note may begin here: in a free bar, on its grid, neither too fast nor too many."""
        i = self._bar(tick)
        if tick <= last or i < self.first or not self.rules[i].free or tick in forced:
            return False
        bar, traits = self.frame.bars[i], self.traits
        within = tick - bar.start
        if within % (120 if traits.rhythm.fine > 0 else 240):
            return False
        if tick > self.latest or tick + 120 > self.frame.end - self.frame.breath:
            return False
        if sum(1 for t in recent if t >= bar.start) >= traits.rhythm.most:
            return False
        window = tick - 2.0 * traits.second
        return sum(1 for t in recent if t > window) < traits.patter

    def _room(self, end: int, after: int, recent: list[int]) -> bool:
        """Whether any note may yet begin in the bar that ends at a tick."""
        start = next(b.start for b in self.frame.bars if b.end == end)
        return any(self._open(t, after, recent, frozenset()) for t in range(start, end, 120))

    def _bar(self, tick: int) -> int:
        for i, bar in enumerate(self.frame.bars):
            if bar.start <= tick < bar.end:
                return i
        return -1

    def _wanted(self, notes: Notes, i: int) -> tuple[tuple[int, int], ...]:
        """The (onset, duration) that bar `i` must hold, as far as it is not free."""
        rule, bar = self.rules[i], self.frame.bars[i]
        if rule.given:
            return tuple((bar.start + t, d) for t, d in rule.given)
        if rule.copied >= self.first:
            source = self.frame.bars[rule.copied]
            return tuple(
                (n[0] - source.start + bar.start, n[1])
                for n in notes
                if source.start <= n[0] < source.end and n[0] - source.start < bar.length
            )
        return ()

    def _forced(self, notes: Notes, after: int) -> tuple[int, frozenset[int]]:
        """The next onset that must come after a tick, and all of its bar."""
        for i in range(max(self.first, self._bar(after)), len(self.rules)):
            ahead = [t for t, _ in self._wanted(notes, i) if t > after]
            if ahead:
                return ahead[0], frozenset(ahead)
        return _NO_TICK, frozenset()

    def _given_length(self, notes: Notes, onset: int) -> int:
        return next((d for t, d in self._wanted(notes, self._bar(onset)) if t == onset), 0)

    def _may_leave(self, notes: Notes, tick: int) -> bool:
        """Whether the next note may wait for a bar line: the phrase's last sounding bar, or just before it, has one."""
        sounding = [i for i in range(self.first, len(self.rules)) if not self.rules[i].silent]
        if not sounding:
            return True
        bar = self.frame.bars[sounding[-1]]
        if tick != bar.end:
            return True
        return bool(notes) and notes[-1][0] >= bar.start - bar.meter.beat_lengths[-1] // 2


_NO_TICK = 1 << 60


class PitchGuard:
    """Pitches for a known rhythm, by the slots' rules.

    The rules' own weights count by `share` against the net's 1 - `share`; what they forbid is forbidden anyway. Notes
    that were sung before (`led`) lead in; `beyond` is a note after the last that must be reached. The section lies
    `half` semitones round `centre`.
    """

    def __init__(
        self,
        contents: Sequence[Content],
        pickup: Content,
        slots: Sequence[Slot],
        drawer: LineDrawer,
        stream: Stream,
        before: Notes,
        led: Notes,
        runs: RunFilter,
        share: float,
        lean: Leaning,
        centre: float,
        half: float,
        beyond: Slot | None = None,
    ) -> None:
        self._beyond = beyond
        self._lean = lean
        self._centre, self._half = centre, half
        self._contents = (pickup, *contents)
        self._slots = slots
        self._drawer = drawer
        self._stream = stream
        self._before = before
        self._led = led
        self._runs = runs
        self._share = share / (1.0 - share)
        self._segments = segments_of(contents, len(pickup.onsets))
        self._opened: dict[tuple[int, ...], _Segment] = {}

    def onsets(self, notes: Notes, ticks: Sequence[int]) -> list[float]:
        """Nothing to say: the rhythm is known."""
        return [0.0] * len(ticks)

    def durations(self, notes: Notes, onset: int, durations: Sequence[int]) -> list[float]:
        """Nothing to say: the rhythm is known."""
        return [0.0] * len(durations)

    def pitches(self, notes: Notes, onset: int, duration: int, midis: Sequence[int]) -> list[float]:
        """Nats for each pitch of the next note; `notes` begin with those that were sung before and only led in."""
        i = len(notes) - len(self._led)
        if i < 0:
            held = self._led[len(notes)][2]
            return [0.0 if m == held else NEVER for m in midis]
        head = tuple(n[2] for n in notes[len(self._led) :])
        segment = self._segment(head)
        k = i - segment.first
        ladder, ahead, slot = segment.ladders[k], segment.ahead[k], segment.slots[k]
        sung = [n[2] for n in (*self._before[-8:], *notes)][-8:]
        if sung:
            weights = self._drawer.weights(segment.slots, k, ladder, ahead, sung)
        else:
            weights = list(ahead)
        if slot.fixed:
            return [0.0 if m == slot.fixed else NEVER for m in midis]
        nats = self._allowed(notes, head, segment, k, onset, dict(zip(ladder, weights, strict=True)))
        return [nats.get(m, NEVER) for m in midis]

    def _allowed(
        self, notes: Notes, head: tuple[int, ...], segment: _Segment, k: int, onset: int, weights: dict[int, float]
    ) -> dict[int, float]:
        """Nats by pitch, at least one: all rules kept, or else all but the wish for a close, or else what is new."""
        slot = segment.slots[k]
        last, quick, grade = self._joined(head, segment, k)
        agile = self._drawer.traits.agile
        full = slot.harmony.ladder(self._drawer.low, min(slot.cap, self._drawer.high)) or tuple(weights)
        fresh = [m for m, known in zip(full, self._known(notes, onset, full), strict=True) if not known] or list(full)
        near = [m for m in fresh if not last or _singable(m - last, quick, agile, grade)]
        standing = [m for m in near if _stands(slot, m)]
        liked = [m for m in standing if weights.get(m, 0.0) > 0.0]
        chosen = liked or standing or near or fresh
        top = max(weights.get(m, 0.0) for m in chosen) or 1.0
        least = 1e-12 * top
        return {
            m: self._share * max(_LEAST_NATS, log(max(weights.get(m, 0.0), least) / top)) + self._liked(slot, m, last)
            for m in chosen
        }

    def slots_for(self, head: Sequence[int]) -> list[Slot]:
        """The slots as they are for a whole line of pitches, its own goals set."""
        out: list[Slot] = []
        for first, end in self._segments:
            out.extend(self._segment(tuple(head[:first])).slots[: end - first])
        return out

    def _segment(self, head: tuple[int, ...]) -> _Segment:
        """The segment that the note after `head` lies in, opened for what was sung before it."""
        first, end = next((a, b) for a, b in self._segments if a <= len(head) < b)
        key = (first, *head[:first])
        found = self._opened.get(key)
        if found is None:
            slots = [replace(s) for s in self._slots[first:end]]
            by_bar: dict[int, list[int]] = {}
            at = 0
            for index, content in enumerate(self._contents):
                count = len(content.onsets)
                if at < first:
                    by_bar[index - 1] = list(head[at : at + count])
                elif at < end:
                    own = slots[at - first : at - first + count]
                    set_goals(content, own, by_bar, self._drawer, self._stream.sub("goals", index))
                at += count
            if self._beyond is not None and end == self._segments[-1][1]:
                slots.append(self._beyond)
            ladders, ahead = self._drawer.opened(slots)
            found = _Segment(first, slots, ladders, ahead)
            self._opened[key] = found
        return found

    def _liked(self, slot: Slot, midi: int, last: int) -> float:
        """What the song's own leaning adds."""
        harmony, lean = slot.harmony, self._lean
        away = midi - self._centre
        nats = lean.degrees[harmony.degree(midi)] - BELOW * max(0.0, -away - self._half)
        nats -= EDGE * (away / self._half) ** 2
        if harmony.grades[midi % 12] == TRIAD:
            nats += lean.triad + (HELD if slot.duration >= 480 else STRONG if slot.strong else 0.0)
        return nats + lean.intervals[min(WIDEST, abs(midi - last))] if last else nats

    def _known(self, notes: Notes, onset: int, ladder: Sequence[int]) -> list[bool]:
        line = [(n[0], n[2]) for n in (*self._before[-12:], *notes)]
        return known_pitches(self._runs, line, onset, list(ladder))

    def _joined(self, head: tuple[int, ...], segment: _Segment, k: int) -> tuple[int, bool, int]:
        """The pitch before, whether it is left quickly, and its grade; 0 for a pitch where nothing was sung."""
        if not head:
            line = self._led or self._before
            return (line[-1][2] if line else 0), False, TRIAD
        slot = segment.slots[k - 1] if k else self._slots[len(head) - 1]
        return head[-1], slot.quick, slot.harmony.grades[head[-1] % 12]


@dataclass(frozen=True, slots=True)
class _Segment:
    first: int
    slots: list[Slot]
    ladders: list[tuple[int, ...]]
    ahead: list[list[float]]


def _singable(leap: int, quick: bool, agile: bool, grade: int) -> bool:
    """Whether an interval may be sung: within an octave, narrower in haste; a chromatic tone resolves by semitone."""
    size = abs(leap)
    if grade == CHROMATIC and size != 1:
        return False
    return size <= (WIDEST if not quick else PLAYED_LEAP if agile else SUNG_LEAP)


def _stands(slot: Slot, midi: int) -> bool:
    """Whether a tone may stand there: foreign ones in passing only, none that grates held, closes on their degrees."""
    grade = slot.harmony.grades[midi % 12]
    if grade >= CHROMATIC:
        return not slot.strong and slot.duration < 480 and not slot.gap
    if grade == AVOID and slot.duration >= 480 and slot.strong:
        return False
    if slot.degrees:
        wanted = dict(slot.degrees)
        return 8 * wanted.get(slot.harmony.degree(midi), 0) >= max(wanted.values())
    return True
