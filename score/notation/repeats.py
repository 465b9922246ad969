"""Bars that return folded into repeats with endings, and the playing rules that unfold a Page again.

Conventions: a fold is exact, it never drops or changes a bar; repeats do not nest, there is no D.C. and no D.S.
`Bar.repeat_end` is the number of the pass that goes on past it: passes before that one jump back. Which fold is taken:
the one that prints fewest bars, a repeat costing a few bars more, since a reader has to find the way back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from partimento.score.notation.bars import by_bar
from partimento.score.notation.page import Bar, Event, Measure, Page, Part, Value

SHORTEST = 4
"""Bars that a repeated body holds at least, but for whole sections."""

LONGEST = 128
"""Bars that a repeated body holds at most: longer ones are not looked for."""

LONGEST_ENDING = 4
MOST_TIMES = 16
REPEAT_COST = 3
ENDING_COST = 1


@dataclass(frozen=True, slots=True)
class SongBar:
    """A bar as it is played. Bars of equal `content` (any hashable) may be printed once.

    `mark` says what kind of section begins here, "" within one. `begins` tells where a repeat may begin, `cut` that
    nothing rings from the bar before into this one. A bar that is not `whole` is shorter than its meter.
    """

    content: object
    mark: str = ""
    begins: bool = False
    cut: bool = True
    whole: bool = True


@dataclass(frozen=True, slots=True)
class SheetBar:
    """A printed bar: the numbers (from 0) of the played bars it stands for, in order, and its repeat marks.

    The marks are those of `partimento.score.notation.page.Bar`.
    """

    sources: tuple[int, ...]
    repeat_start: bool = False
    repeat_end: int = 0
    volta: tuple[int, ...] = ()
    volta_start: bool = False
    volta_stop: bool = False


@dataclass(frozen=True, slots=True)
class _Repeat:
    """`times` copies of `length` bars from `start`; of all but the last, the final `ending` bars are the first ending.

    `ending` 0 is a plain repeat; `last` is the last ending's length, which begins where the first one does.
    """

    start: int
    length: int
    times: int
    ending: int = 0
    last: int = 0

    @property
    def body(self) -> int:
        return self.length - self.ending

    @property
    def end(self) -> int:
        return self.start + self.length * self.times - self.ending + self.last

    @property
    def cost(self) -> int:
        return self.length + self.last + REPEAT_COST + (ENDING_COST if self.ending else 0)


def fold(bars: Sequence[SongBar]) -> tuple[SheetBar, ...]:
    """The printed bars of a song: every played bar is the source of exactly one of them, in an order that plays.

    A repeat keeps together what begins sections: its copies begin sections of one kind at the same bars; where none
    begins inside, copies may also go on in the section that a copy before them began. The search is bounded:
    `LONGEST` bars a body, `MOST_TIMES` passes.
    """
    finder = _Finder(bars)
    count = len(bars)
    costs = [0] * (count + 1)
    choices: list[_Repeat | None] = [None] * count
    for i in range(count - 1, -1, -1):
        costs[i] = costs[i + 1] + 1
        for repeat in finder.repeats_from(i):
            cost = repeat.cost + costs[repeat.end]
            if cost < costs[i]:
                costs[i], choices[i] = cost, repeat
    out: list[SheetBar] = []
    i = 0
    while i < count:
        choice = choices[i]
        if choice is None:
            out.append(SheetBar((i,)))
            i += 1
        else:
            out.extend(_printed(choice))
            i = choice.end
    return tuple(out)


def _printed(repeat: _Repeat) -> Iterator[SheetBar]:
    """The printed bars of one repeat."""
    for offset in range(repeat.length):
        in_ending = offset >= repeat.body
        passes = repeat.times - 1 if in_ending else repeat.times
        closes = offset == repeat.length - 1
        yield SheetBar(
            tuple(repeat.start + k * repeat.length + offset for k in range(passes)),
            repeat_start=offset == 0,
            repeat_end=repeat.times if closes else 0,
            volta=tuple(range(1, repeat.times)) if in_ending else (),
            volta_start=offset == repeat.body,
            volta_stop=in_ending and closes,
        )
    first = repeat.start + (repeat.times - 1) * repeat.length + repeat.body
    for offset in range(repeat.last):
        yield SheetBar(
            (first + offset,),
            volta=(repeat.times,),
            volta_start=offset == 0,
            volta_stop=offset == repeat.last - 1,
        )


class _Finder:
    """Finds what may be repeated from a bar on."""

    def __init__(self, bars: Sequence[SongBar]) -> None:
        numbers: dict[object, int] = {}
        self._bars = bars
        self._ids = [numbers.setdefault(bar.content, len(numbers)) for bar in bars]
        self._starts = [i for i, bar in enumerate(bars) if bar.begins and bar.cut]
        self._is_start = [bar.begins and bar.cut for bar in bars] + [True]

    def repeats_from(self, start: int) -> Iterator[_Repeat]:
        if not self._is_start[start]:
            return
        for second in self._starts:
            length = second - start
            if length > LONGEST:
                return
            if length > 0 and self._long_enough(start, length):
                yield from self._of_length(start, length)

    def _long_enough(self, start: int, length: int) -> bool:
        return length >= SHORTEST or (length >= 2 and bool(self._bars[start].mark and self._bars[start + length].mark))

    def _of_length(self, start: int, length: int) -> Iterator[_Repeat]:
        times = 1
        while times < MOST_TIMES:
            copy = start + times * length
            if copy >= len(self._bars) or not self._is_start[copy]:
                return
            same = self._common(start, copy, length)
            if same < length:
                yield from self._with_endings(start, length, times + 1, same)
                return
            if not self._marks_agree(start, copy, length):
                return
            times += 1
            if self._may_cut(copy + length):
                yield _Repeat(start, length, times)

    def _with_endings(self, start: int, length: int, times: int, same: int) -> Iterator[_Repeat]:
        """Repeats whose last copy alone ends differently, the longest body first."""
        copy = start + (times - 1) * length
        for body in range(same, max(length - LONGEST_ENDING, SHORTEST) - 1, -1):
            ending = length - body
            last = self._last_ending(copy + body, ending)
            if ending > LONGEST_ENDING or not last:
                continue
            cuts = all(self._may_cut(start + k * length + body) for k in range(times))
            whole = all(self._bars[i].whole for i in range(start + body, start + length))
            if cuts and whole and self._marks_agree(start, copy, body + min(ending, last)):
                yield _Repeat(start, length, times, ending, last)
                return

    def _last_ending(self, first: int, ending: int) -> int:
        """The last ending's bars: as many as the first has, or up to the section's end."""
        last = 0
        while last < ending and first + last < len(self._bars):
            if last and self._bars[first + last].mark:
                break
            last += 1
        return last

    def _common(self, a: int, b: int, most: int) -> int:
        ids = self._ids
        if ids[a : a + most] == ids[b : b + most]:
            return most
        most = min(most, len(ids) - b)
        return next((k for k in range(most) if ids[a + k] != ids[b + k]), most)

    def _may_cut(self, bar: int) -> bool:
        return bar >= len(self._bars) or self._bars[bar].cut

    def _marks_agree(self, first: int, copy: int, length: int) -> bool:
        """Whether two copies begin sections of the same kinds at the same places, or the later one begins none."""
        bars = self._bars
        inner = [bars[first + k].mark for k in range(1, length)]
        if inner != [bars[copy + k].mark if copy + k < len(bars) else "" for k in range(1, length)]:
            return False
        return bars[first].mark == bars[copy].mark or not (bars[copy].mark or any(inner))


def play_order(bars: Sequence[Bar]) -> tuple[int, ...]:
    """The printed bars' places (from 0) in the order in which they are played.

    A repeat end goes back to the last repeat start, or else to the last repeat's end or the beginning, as long as the
    pass is earlier than its number; bars under an ending are left out in passes that it does not name.
    """
    order: list[int] = []
    i, start, turn = 0, 0, 1
    in_volta = False
    while i < len(bars):
        bar = bars[i]
        if (bar.repeat_start or (in_volta and not bar.volta)) and i != start:
            start, turn = i, 1
        in_volta = bool(bar.volta)
        if bar.volta and turn not in bar.volta:
            i += 1
            continue
        order.append(i)
        if turn < bar.repeat_end:
            i, turn, in_volta = start, turn + 1, False
            continue
        if bar.repeat_end:
            start, turn = i + 1, 1
        i += 1
    return tuple(order)


@dataclass(frozen=True, slots=True)
class Strain:
    """Bars [start, end) played `times` times, each time followed by the ending of its pass: (passes, start, end)."""

    start: int
    end: int
    times: int = 1
    endings: tuple[tuple[tuple[int, ...], int, int], ...] = ()


def strains(bars: Sequence[Bar]) -> tuple[Strain, ...]:
    """The page's bars as plain and repeated strains, in order."""
    out: list[Strain] = []
    start = i = 0
    while i < len(bars):
        if bars[i].repeat_start and i > start:
            out.append(Strain(start, i))
            start = i
        if bars[i].volta:
            strain = _ended_strain(bars, start, i)
            out.append(strain)
            start = i = strain.endings[-1][2]
            continue
        if bars[i].repeat_end > 1:
            out.append(Strain(start, i + 1, bars[i].repeat_end))
            start = i + 1
        i += 1
    if start < len(bars):
        out.append(Strain(start, len(bars)))
    return tuple(out)


def _ended_strain(bars: Sequence[Bar], start: int, first: int) -> Strain:
    endings: list[tuple[tuple[int, ...], int, int]] = []
    i = first
    while i < len(bars) and bars[i].volta:
        stop = i + 1
        while stop < len(bars) and bars[stop].volta == bars[i].volta and not bars[stop].volta_start:
            stop += 1
        endings.append((bars[i].volta, i, stop))
        i = stop
    return Strain(start, first, max(max(numbers) for numbers, _, _ in endings), tuple(endings))


def unfolded(page: Page) -> Page:
    """The Page as it is played: repeats written out, bars numbered anew, everything at the tick where it is heard.

    Slashes become rests: they are a sign for players, not music.
    """
    order = play_order(page.bars)
    starts = [0]
    for i in order:
        starts.append(starts[-1] + page.bars[i].length)
    shifts = [start - page.bars[i].start for start, i in zip(starts, order, strict=False)]
    first = 0 if order and page.bars[order[0]].implicit else 1
    bars = tuple(
        replace(
            page.bars[i], number=first + place, start=starts[place], repeat_start=False, repeat_end=0, volta=(),
            volta_start=False, volta_stop=False,
        )
        for place, i in enumerate(order)
    )  # fmt: skip
    tempos_of = by_bar(page.bars, page.tempos)
    tempos = tuple(
        replace(tempo, onset=tempo.onset + shift)
        for i, shift in zip(order, shifts, strict=True)
        for tempo in tempos_of[i]
    )
    parts = tuple(_unfolded_part(part, page.bars, order, shifts) for part in page.parts)
    return replace(page, bars=bars, parts=parts, tempos=tempos)


def _unfolded_part(part: Part, bars: Sequence[Bar], order: Sequence[int], shifts: Sequence[int]) -> Part:
    moved = (_moved(part.measures[i], bars[i], shift) for i, shift in zip(order, shifts, strict=True))
    return replace(part, measures=tuple(moved))


def _moved(measure: Measure, bar: Bar, shift: int) -> Measure:
    return Measure(
        tuple(replace(voice, events=_moved_events(voice.events, bar, shift)) for voice in measure.voices),
        tuple(replace(item, onset=item.onset + shift) for item in measure.directions),
        tuple(replace(item, onset=item.onset + shift) for item in measure.harmonies),
    )


def _moved_events(events: tuple[Event, ...], bar: Bar, shift: int) -> tuple[Event, ...]:
    slashes = [bool(event.notes) and all(note.head == "slash" for note in event.notes) for event in events]
    if events and all(slashes):
        return (Event(bar.start + shift, bar.length, Value("whole"), whole_bar=True),)
    return tuple(
        replace(event, onset=event.onset + shift, notes=() if slash else event.notes)
        for event, slash in zip(events, slashes, strict=True)
    )
