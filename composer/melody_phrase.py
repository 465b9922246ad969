"""One phrase of a melody: bar contents (rhythm, motif goals) become notes over the chords that sound.

Convention: a Line is relative to its phrase: per bar (tick in bar, duration, MIDI), pick-up ticks are negative.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from partimento.composer.melody_critic import hook_flaw, line_flaw
from partimento.composer.melody_harmony import AVOID, Harmony, HarmonyMap
from partimento.composer.melody_mend import mend
from partimento.composer.melody_pitch import Critic, LineDrawer, Slot
from partimento.composer.melody_plan import height
from partimento.score.stream import Stream
from partimento.score.timeline import Bar
from partimento.theory.key import Key

Sign = tuple[int, str, bool]
Cell = tuple[int, int, int, Sign]
"""Tick in its bar, duration, MIDI number, and the harmony it was written over (relative to the tonic)."""


@dataclass(frozen=True, slots=True)
class Line:
    """A phrase as written: its bars' cells, its pick-up (negative ticks before the phrase), its key."""

    bars: tuple[tuple[Cell, ...], ...]
    pickup: tuple[Cell, ...]
    key: Key
    contour: str
    last: int = 0

    @property
    def top(self) -> int:
        """Its highest pitch, 0 where it has no notes."""
        return max((c[2] for bar in self.bars for c in bar), default=0)

    def moved(self, semitones: int) -> Line:
        """The line higher or lower by octaves: over the same harmonies."""
        if not semitones:
            return self
        bars = tuple(tuple((t, d, m + semitones, sign) for t, d, m, sign in cells) for cells in self.bars)
        ahead = tuple((t, d, m + semitones, sign) for t, d, m, sign in self.pickup)
        return Line(bars, ahead, self.key, self.contour, self.last + semitones if self.last else 0)


@dataclass(slots=True)
class Content:
    """What a bar is to hold: onsets in ticks, the pitch a motif or an earlier statement gives each (0: free).

    `source` is an earlier bar of the same phrase whose pitches it takes ("exact", "sequence"), -1 none.
    `signs` are the harmonies the goals were first written over: over an equal one a goal is kept untouched.
    """

    onsets: tuple[int, ...]
    goals: tuple[int, ...] = ()
    signs: tuple[Sign, ...] = ()
    hold: float = 0.0
    source: int = -1
    way: str = "new"


@dataclass(frozen=True, slots=True)
class Frame:
    """What the phrase is written into: its bars, key, register, contour, close and climax.

    Waits of at most `quick` ticks are fast; of `tries` lines the best stands; `hook` asks for one that is remembered.
    """

    start: int
    end: int
    bars: tuple[Bar, ...]
    key: Key
    centre: float
    reach: float
    contour: str
    degrees: tuple[tuple[int, int], ...]
    cap: int
    climax: int
    breath: int
    pull: float = 5.2
    quick: int = 0
    tries: int = 1
    hook: bool = False


def sign_of(harmony: Harmony) -> Sign:
    """The harmony relative to its tonic: equal signs bear the same melody."""
    return ((harmony.chord.root.number - harmony.tonic) % 12, harmony.chord.quality, harmony.minor)


def realise(
    frame: Frame,
    contents: Sequence[Content],
    pickup: Content,
    field: HarmonyMap,
    drawer: LineDrawer,
    stream: Stream,
    before: int,
) -> Line:
    """Give every onset of `contents` (one a bar) a pitch and a length; `before` is the pitch before the phrase."""
    places = places_of(frame, contents, pickup)
    if not places:
        return Line(((),) * len(contents), (), frame.key, frame.contour, before)
    lengths = lengths_of(frame, [tick for tick, _ in places])
    slots = slots_of(frame, places, lengths, field)
    if frame.climax:
        set_climax(frame, slots, [g for c in (pickup, *contents) for g in (c.goals or (0,) * len(c.onsets))])
    pitches: list[int] = []
    by_bar: dict[int, list[int]] = {}
    at = 0
    for first, last in segments_of(contents, len(pickup.onsets)):
        group = slots[at : at + (last - first)]
        spot = at
        while spot < at + len(group):
            i = places[spot][1]
            content = pickup if i < 0 else contents[i]
            count = len(content.onsets)
            set_goals(content, slots[spot : spot + count], by_bar, drawer, stream)
            spot += count
        judge: Critic = line_flaw
        if frame.hook and not pitches:
            head = len(pickup.onsets) + len(contents[0].onsets)
            judge = partial(hook_flaw, head=head)
        drawn = drawer.draw(group, stream, pitches[-8:] if pitches else (before,), judge, frame.tries)
        for offset, pitch in enumerate(drawn):
            by_bar.setdefault(places[at + offset][1], []).append(pitch)
        pitches.extend(drawn)
        at += len(group)
    pitches = mend(pitches, slots, drawer)
    return line_of(frame, places, slots, pitches)


def places_of(frame: Frame, contents: Sequence[Content], pickup: Content) -> list[tuple[int, int]]:
    """Every onset in song time and the index of its bar in the phrase, -1 for the pick-up's."""
    places = [(frame.start + t, -1) for t in pickup.onsets]
    for i, (bar, content) in enumerate(zip(frame.bars, contents, strict=True)):
        places.extend((bar.start + t, i) for t in content.onsets)
    return places


def line_of(
    frame: Frame, places: Sequence[tuple[int, int]], slots: Sequence[Slot], pitches: Sequence[int]
) -> Line:
    """The notes of a phrase as its Line; there is at least one."""
    cells: list[list[Cell]] = [[] for _ in frame.bars]
    ahead: list[Cell] = []
    for (tick, i), slot, pitch in zip(places, slots, pitches, strict=True):
        sign = sign_of(slot.harmony)
        if i < 0:
            ahead.append((tick - frame.start, slot.duration, pitch, sign))
        else:
            cells[i].append((tick - frame.bars[i].start, slot.duration, pitch, sign))
    return Line(tuple(map(tuple, cells)), tuple(ahead), frame.key, frame.contour, pitches[-1])


def lengths_of(frame: Frame, ticks: list[int]) -> list[int]:
    """Each note reaches for the next; long waits become rests, and the phrase ends with breath."""
    beat = frame.bars[0].meter.beat_lengths[0] if frame.bars else 480
    out = []
    for tick, following in zip(ticks, ticks[1:], strict=False):
        wait = following - tick
        if wait >= 3 * beat:
            wait = max(beat, wait - beat)
        out.append(wait)
    room = frame.end - ticks[-1]
    out.append(max(120, min(room - frame.breath, 3 * beat if room > 5 * beat else 2 * beat + (room > 3 * beat) * beat)))
    return out


def slots_of(frame: Frame, places: list[tuple[int, int]], lengths: list[int], field: HarmonyMap) -> list[Slot]:
    """The places with what a pitch there must know: harmony, strength, the contour's height, the close."""
    slots = []
    span = max(1, frame.end - frame.start)
    last = len(places) - 1
    for n, ((tick, i), length) in enumerate(zip(places, lengths, strict=True)):
        bar = frame.bars[max(i, 0)]
        strong = i >= 0 and (bar.meter.strength(tick - bar.start) >= 2 or length >= 480)
        y = height(frame.contour, max(0.0, (tick - frame.start) / span))
        gap = n < last and places[n + 1][0] - tick - length >= 240
        slot = Slot(
            tick,
            length,
            field.under(max(0, tick), length, frame.key),
            strong,
            frame.centre + y * frame.reach,
            frame.pull,
            cap=frame.cap,
            gap=gap,
            quick=n < last and not gap and places[n + 1][0] - tick <= frame.quick,
        )
        if n == last:
            slot.degrees = frame.degrees
            slot.strong = True
        slots.append(slot)
    return slots


def set_climax(frame: Frame, slots: list[Slot], goals: list[int]) -> None:
    """One slot, strong or long and about two thirds in, takes the peak; all others stay below.

    Where the phrase repeats an earlier one, its own highest place is the peak, and goes no more than a third higher.
    """
    n = len(slots)
    known = max(goals, default=0)
    best, score = -1, -100.0
    for i, slot in enumerate(slots[:-1]):
        place = i / n
        value = slot.duration / 480 + slot.strong - abs(place - 0.62) * 6
        value -= 3.0 * (slot.quick + (i > 0 and slots[i - 1].quick))  # nobody leaps to a peak in passing
        if known and goals[i] and goals[i] != known:
            value -= 8.0
        if 0.2 < place < 0.95 and value > score:
            best, score = i, value
    if best < 0:
        return
    top = frame.climax
    if known:
        top = min(top, (goals[best] or known) + 2)
        beside = [g for g in (*goals[max(0, best - 1) : best], *goals[best + 1 : best + 2]) if g]
        top = min(top, *(g + 7 for g in beside), top)
    for i, slot in enumerate(slots):
        if i == best:
            slot.peak, slot.height, slot.cap = top, float(top), top
        else:
            slot.cap = max(min(slot.cap, top - 1), known)
            # The line climbs to its peak and comes down from it.
            slot.height = max(slot.height, top - 1.5 - 1.7 * abs(i - best))


def segments_of(contents: Sequence[Content], pickups: int) -> list[tuple[int, int]]:
    """Note ranges drawn in one go: a bar that follows an earlier bar's pitches begins a new one."""
    out = []
    begin = 0
    n = pickups
    for content in contents:
        if content.source >= 0 and content.way in ("exact", "sequence") and n > begin:
            out.append((begin, n))
            begin = n
        n += len(content.onsets)
    if n > begin:
        out.append((begin, n))
    return out


def set_goals(
    content: Content, slots: list[Slot], by_bar: dict[int, list[int]], drawer: LineDrawer, stream: Stream
) -> None:
    """Give a bar's slots the pitches that an earlier statement or another bar of the phrase asks for."""
    if content.goals:
        for slot, goal, sign in zip(slots, content.goals, content.signs, strict=True):
            if not goal or slot.peak:
                continue
            slot.goal, slot.hold = goal, content.hold
            same = sign == sign_of(slot.harmony)
            # A last note over another chord, or under another close, finds its own degree.
            if slot.degrees and (not same or not _closes(slot, goal)):
                slot.hold = min(slot.hold, 0.5)
            elif same and content.hold >= 0.97 and drawer.low <= goal <= min(slot.cap + 12, drawer.high):
                slot.fixed = goal
        return
    source = by_bar.get(content.source)
    if content.way not in ("exact", "sequence") or not source:
        return
    shift = 0 if content.way == "exact" else _best_shift(slots, source, stream)
    for slot, pitch in zip(slots, source, strict=False):
        slot.goal = move(pitch, shift, slot.harmony)
        slot.hold = 0.985 if content.way == "exact" else 0.93
        if slot.degrees:
            slot.hold = 0.5


def _closes(slot: Slot, goal: int) -> bool:
    """Whether a pitch is among the degrees that the close really wants."""
    wanted = dict(slot.degrees)
    return 4 * wanted.get(slot.harmony.degree(goal), 0) >= max(wanted.values())


def _best_shift(slots: list[Slot], source: list[int], stream: Stream) -> int:
    """By how many scale steps a sequence moves: what fits chords and contour best, falls a little preferred."""
    shifts = (-1, 1, -2, 2, -3, 3)
    weights = []
    for shift, liking in zip(shifts, (10, 9, 6, 5, 2, 2), strict=True):
        fit = 1.0
        for slot, pitch in zip(slots, source, strict=False):
            moved = move(pitch, shift, slot.harmony)
            if slot.strong:
                grade = slot.harmony.grades[moved % 12]
                fit *= 1.0 if grade <= 1 else 0.5 if grade < AVOID else 0.1
            away = abs(moved - slot.height)
            fit *= 1.0 if away < 5 else 0.8
        weights.append(1 + int(1000 * liking * fit))
    return stream.weighted(shifts, weights)


def move(midi: int, steps: int, harmony: Harmony) -> int:
    """The pitch `steps` scale steps of the key away (chromatic tones fall into the scale)."""
    if steps == 0:
        return midi
    tones = sorted(tone.number for tone in harmony.key.tones)
    octave, pc = divmod(midi, 12)
    index = min(range(len(tones)), key=lambda i: (abs(tones[i] - pc), i))
    up, index = divmod(index + steps, len(tones))
    return 12 * (octave + up) + tones[index]
