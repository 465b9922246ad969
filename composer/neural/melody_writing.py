"""Writing with the melody net: lines are drawn note by note, all candidates of a step in one batch.

Convention: a step is an event, a bar that begins or a note; each line goes its own pace until all are done. What was
sung before is run through the net once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from partimento.composer.neural.melody import Ask, Guard, Line, Note
from partimento.composer.neural.melody_desk import TICKS, Desk, given_by_bar
from partimento.composer.neural.melody_features import END, REACH, VALUES, Course, Row, tell, within_reach
from partimento.composer.neural.melody_module import MelodyModule, forbidden
from partimento.composer.neural.sampling import NEVER, draw, log_shares
from partimento.score.stream import Stream

LEAST = -30.0
"""What an onset that cannot be counts, nats: a given rhythm may be finer than the grid."""
LIKELY = 8.0
"""Nats below the likeliest up to which the guard is asked about a candidate at first."""


@dataclass(slots=True)
class Pen:
    """A line being written: its course, notes in ticks, shares; `waiting` is the share of bars that brought no note."""

    course: Course
    notes: list[Note] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    pitches: list[float] = field(default_factory=list)
    waiting: float = 0.0
    place: int = 0
    value: int = 0
    duration: int = 0
    onset: int = -1

    def copy(self) -> Pen:
        """A pen that goes on by itself."""
        return Pen(
            self.course.copy(), [*self.notes], [*self.shares], [*self.pitches], self.waiting, self.place, self.value,
            self.duration, self.onset,
        )  # fmt: skip

    def take_value(self, value: int) -> None:
        """Take a class of value for the next note."""
        self.value, self.duration = value, VALUES[value] * TICKS

    def line(self) -> Line:
        """What is written so far; bars at the end without a note count with the last note."""
        shares = [*self.shares]
        if shares:
            shares[-1] += self.waiting
        return Line(tuple(self.notes), tuple(shares), tuple(self.pitches))


def write(
    module: MelodyModule,
    ask: Ask,
    guards: Sequence[Guard | None],
    streams: Sequence[Stream],
    temperature: float,
    floor: float,
    rhythm: Sequence[tuple[int, int]] | None,
) -> list[Line]:
    """See MelodyNet.write."""
    if len(guards) != len(streams):
        raise ValueError(f"{len(guards)} guards for {len(streams)} streams: one each")
    with torch.inference_mode():
        desk = Desk(module, ask)
        pens = [Pen(desk.course.copy()) for _ in streams]
        for pen in pens:
            pen.course.open_bar(desk.first)
        given = None if rhythm is None else given_by_bar(desk, rhythm)
        active = list(range(len(pens)))
        state = desk.states(len(pens))
        while active:
            hidden, state = desk.step([pens[i].course.event() for i in active], state)
            choices = [Choice(guards[i], streams[i], temperature, floor) for i in active]
            here = [pens[i] for i in active]
            if given is None:
                going, noted = _rhythm(desk, hidden, here, choices)
            else:
                going, noted = _given(desk, here, given)
            _pitches(desk, hidden, here, choices, noted, given is not None)
            if not all(going):
                kept = torch.tensor([n for n, goes in enumerate(going) if goes], dtype=torch.long)
                state = (state[0][:, kept], state[1][:, kept])
                active = [i for i, goes in zip(active, going, strict=True) if goes]
        return [pen.line() for pen in pens]


Weigh = Callable[[Sequence[int]], Sequence[float]]
"""The guard's nats for some classes of a row."""


@dataclass(frozen=True, slots=True)
class Choice:
    """How one line chooses: the guard's nats on the model's, then a draw."""

    guard: Guard | None
    stream: Stream
    temperature: float
    floor: float

    def of(self, row: Sequence[float], classes: Sequence[int], weigh: Weigh | None) -> int:
        """One of the classes of a row of log-shares."""
        return draw(guarded(row, classes, weigh), self.stream, self.temperature, self.floor)


def guarded(row: Sequence[float], classes: Sequence[int], weigh: Weigh | None) -> list[float]:
    """The row with all but some classes forbidden, the guard's nats added; the model's own where the guard leaves none.

    The last class is always among those asked for: it is the bar's end where onsets are chosen.
    """
    out = [NEVER] * len(row)
    if weigh is not None:
        least = max(row[i] for i in classes) - LIKELY
        likely = [i for i in classes if row[i] >= least or i == classes[-1]]
        for group in (likely, [i for i in classes if i not in likely or i == classes[-1]]):
            for i, nats in zip(group, weigh(group), strict=True):
                out[i] = row[i] + nats
            if any(out[i] > NEVER / 2 for i in group):
                return out
    for i in classes:
        out[i] = row[i]
    return out


def onset_rows(desk: Desk, hidden: Tensor, pens: Sequence[Pen]) -> list[list[float]]:
    """Log-shares of places and END for each pen."""
    logits = desk.module.onset(hidden, torch.tensor([pen.course.onset() for pen in pens]))
    bars = [desk.sheet.bars[pen.course.bar] for pen in pens]
    earliest = torch.tensor([pen.course.earliest for pen in pens])
    beyond = torch.tensor([bar.lead + bar.length for bar in bars])
    return log_shares(logits.masked_fill(forbidden(earliest, beyond), float("-inf")))


def places_of(desk: Desk, pen: Pen) -> list[int]:
    """The places where a pen's next note may start, and END."""
    bar = desk.sheet.bars[pen.course.bar]
    return [*range(min(pen.course.earliest, END), min(END, bar.lead + bar.length)), END]


def weigh_onset(guard: Guard | None, desk: Desk, pen: Pen) -> Weigh | None:
    """The guard's nats for places where a pen's next note may start; END is the tick of the next bar."""
    if guard is None:
        return None
    bar, notes = pen.course.bar, tuple(pen.notes)
    start, length = desk.bars[bar][:2]

    def weigh(places: Sequence[int]) -> Sequence[float]:
        return guard.onsets(notes, [start + length if p == END else desk.tick(bar, p) for p in places])

    return weigh


def weigh_value(guard: Guard | None, desk: Desk, pen: Pen) -> Weigh | None:
    """The guard's nats for values of the note at a pen's place."""
    if guard is None:
        return None
    notes, onset = tuple(pen.notes), onset_of(desk, pen)
    return lambda values: guard.durations(notes, onset, [VALUES[v] * TICKS for v in values])


def weigh_pitch(guard: Guard | None, desk: Desk, pen: Pen) -> Weigh | None:
    """The guard's nats for pitches of the note at a pen's place, of its value."""
    if guard is None:
        return None
    notes, onset, duration = tuple(pen.notes), onset_of(desk, pen), pen.duration
    lowest = desk.sheet.bars[pen.course.bar].anchor - REACH
    return lambda classes: guard.pitches(notes, onset, duration, [lowest + c for c in classes])


def _rhythm(desk: Desk, hidden: Tensor, pens: Sequence[Pen], choices: Sequence[Choice]) -> tuple[list[bool], list[int]]:
    """Draw onset and value of each pen's next note; (which pens go on, which of them have a note to pitch)."""
    rows = onset_rows(desk, hidden, pens)
    going, noted = [], []
    for i, (pen, row, choice) in enumerate(zip(pens, rows, choices, strict=True)):
        place = choice.of(row, places_of(desk, pen), weigh_onset(choice.guard, desk, pen))
        pen.waiting += row[place]
        going.append(place != END or turn_page(desk, pen))
        if place != END:
            pen.place = place
            noted.append(i)
    if noted:
        for i, row in zip(noted, value_rows(desk, hidden[noted], [pens[i] for i in noted]), strict=True):
            pen, choice = pens[i], choices[i]
            pen.take_value(choice.of(row, range(len(VALUES)), weigh_value(choice.guard, desk, pen)))
            pen.waiting += row[pen.value]
    return going, noted


def turn_page(desk: Desk, pen: Pen) -> bool:
    """Begin the next bar; False where there is none."""
    if pen.course.bar + 1 == len(desk.sheet.bars):
        return False
    pen.course.open_bar(pen.course.bar + 1)
    return True


def _pitches(
    desk: Desk, hidden: Tensor, pens: Sequence[Pen], choices: Sequence[Choice], noted: Sequence[int], alone: bool
) -> None:
    """Draw the pitches of the pens that have a note to come, and sing them."""
    if not noted:
        return
    for i, row in zip(noted, pitch_rows(desk, hidden[list(noted)], [pens[i] for i in noted]), strict=True):
        pen, choice = pens[i], choices[i]
        pitch = choice.of(row, classes_of(desk, pen), weigh_pitch(choice.guard, desk, pen))
        sing(desk, pen, pitch, row[pitch], alone)


def value_rows(desk: Desk, hidden: Tensor, pens: Sequence[Pen]) -> list[list[float]]:
    """Log-shares of values for each pen's next note."""
    return log_shares(desk.module.value(hidden, torch.tensor([p.course.value(p.place) for p in pens])))


def pitch_rows(desk: Desk, hidden: Tensor, pens: Sequence[Pen]) -> list[list[float]]:
    """Log-shares of relative pitches for each pen's next note."""
    return log_shares(desk.module.pitch(hidden, torch.tensor([p.course.pitch(p.place, p.value) for p in pens])))


def classes_of(desk: Desk, pen: Pen) -> list[int]:
    """The classes of pitch within the Ask's range, or the nearest to it."""
    anchor = desk.sheet.bars[pen.course.bar].anchor
    low, high = desk.ask.low - anchor + REACH, desk.ask.high - anchor + REACH
    found = list(range(max(0, low), min(2 * REACH, high) + 1))
    return found or [0 if high < 0 else 2 * REACH]


def onset_of(desk: Desk, pen: Pen) -> int:
    """The tick of a pen's next note."""
    return desk.tick(pen.course.bar, pen.place) if pen.onset < 0 else pen.onset


def sing(desk: Desk, pen: Pen, pitch: int, share: float, alone: bool) -> None:
    """Add a pen's next note with its class of pitch; where pitches are written alone, the shares are theirs."""
    midi = desk.sheet.bars[pen.course.bar].anchor + pitch - REACH
    pen.notes.append((onset_of(desk, pen), pen.duration, midi))
    pen.course.sing(pen.place, pen.value, midi)
    pen.shares.append(share if alone else share + pen.waiting)
    pen.pitches.append(share)
    pen.waiting = 0.0


def take_given(pen: Pen, given: Mapping[int, Sequence[tuple[int, int, int, int]]]) -> bool:
    """Take onset and value of a pen's next note from a given rhythm; False where its bar has no more."""
    rest = given.get(pen.course.bar, ())[len(pen.course.bars[-1]) :]
    if rest:
        pen.place, pen.value, pen.onset, pen.duration = rest[0]
    return bool(rest)


def _given(
    desk: Desk, pens: Sequence[Pen], given: Mapping[int, Sequence[tuple[int, int, int, int]]]
) -> tuple[list[bool], list[int]]:
    """Onset and value of each pen's next note from the rhythm; as _rhythm."""
    noted = [i for i, pen in enumerate(pens) if take_given(pen, given)]
    return [i in noted or turn_page(desk, pen) for i, pen in enumerate(pens)], noted


def score(module: MelodyModule, ask: Ask, notes: Sequence[Note]) -> Line:
    """See MelodyNet.score."""
    with torch.inference_mode():
        desk = Desk(module, ask)
        rhythm = given_by_bar(desk, [note[:2] for note in notes])
        midis = iter([note[2] for note in sorted(notes)])
        rows: list[Row] = []
        for bar in range(desk.first, len(desk.sheet.bars)):
            anchor = desk.sheet.bars[bar].anchor
            sung = [(r[0], r[1], anchor + within_reach(next(midis) - anchor)) for r in rhythm.get(bar, ())]
            rows += tell(desk.course, sung)
        hidden = module.follow(torch.tensor([[row.event for row in rows]]), desk.states(1))[0][0]
        targets = torch.tensor([row.target for row in rows])
        logits = module.onset(hidden, torch.tensor([row.onset for row in rows]))
        onsets = log_shares(logits.masked_fill(forbidden(*targets[:, 3:].unbind(1)), float("-inf")))
        values = log_shares(module.value(hidden, torch.tensor([row.value for row in rows])))
        pitches = log_shares(module.pitch(hidden, torch.tensor([row.pitch for row in rows])))
    shares, alone, waiting = [], [], 0.0
    for n, row in enumerate(rows):
        place, value, pitch = row.target[:3]
        waiting += max(LEAST, onsets[n][place])
        if place != END:
            shares.append(waiting + values[n][value] + pitches[n][pitch])
            alone.append(pitches[n][pitch])
            waiting = 0.0
    if shares:
        shares[-1] += waiting
    return Line(tuple(sorted(notes)), tuple(shares), tuple(alone))
