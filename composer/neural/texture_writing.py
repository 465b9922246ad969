"""A pianist's part for a whole song: four bars drawn for each texture, four that go on from them, the rest re-fitted.

Conventions: blocks of BLOCK bars, counted from a stretch's first. Block 0 is drawn once for a material and intensity;
blocks 1 to 3 are drawn for each stretch, side by side, seeing block 0; those after take up the one four blocks before.
Every drawn block is drawn in several ways, of which a critic keeps one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from partimento.arrangement.net_texture import Sheet, Stretch, Struck, Taken
from partimento.composer.neural.sampling import draw
from partimento.composer.neural.texture_critic import Verdict, judged
from partimento.composer.neural.texture_fitting import fitted
from partimento.composer.neural.texture_hands import longest, pitches
from partimento.composer.neural.texture_sheet import page_of, struck_of, triplets_fit
from partimento.composer.neural.texture_view import DURATIONS, GRID, STEPS, Key, Page, View, code_of, pitch_of
from partimento.score.stream import Stream

if TYPE_CHECKING:
    from partimento.composer.neural.texture import State, TextureNet

BLOCK = 4
MOST_NOTES = 100
"""Notes a block at the most: as blocks are drawn one after the other twice, a song takes 200 steps of the net."""
LONG = 36
"""After so many units of silence a block begins afresh."""
FLOOR = 0.06
"""What has less than this share of the likeliest is not drawn (min-p)."""


@dataclass(slots=True)
class Lane:
    """One way to write a block, as far as it is written.

    `above` is what may be struck with the last note; `fine` the part of a beat it keeps to: 3 units, a sixteenth, or 4,
    a triplet's eighth (0: whole beats alone).
    """

    view: View
    stretch: int
    block: int
    start: int
    end: int
    stream: Stream
    nats: float = 0.0
    choices: int = 0
    first: int = 0
    above: list[int] = field(default_factory=list)
    fine: int = 0
    hidden: Tensor | None = None
    state: State = field(default_factory=tuple)

    @property
    def notes(self) -> list[Key]:
        """The block's own notes."""
        return self.view.notes[self.first :]


@dataclass(slots=True)
class Part:
    """A stretch's blocks, and the lane that goes on."""

    blocks: dict[int, list[Key]] = field(default_factory=dict)
    lane: Lane | None = None


def written(
    net: TextureNet, sheet: Sheet, stream: Stream, count: int, temperature: float
) -> tuple[tuple[Struck, ...], tuple[Taken, ...]]:
    """All stretches' notes in ticks, and how each drawn block was chosen."""
    page = page_of(sheet, stream)
    writer = _Writer(net, sheet, page, max(1, count), temperature)
    parts = [Part() for _ in sheet.stretches]
    taken = writer.textures(parts, stream)
    taken += writer.goes_on(parts, stream)
    for block in range(4, max((_blocks(s) for s in sheet.stretches), default=0)):
        writer.again(parts, block)
    keys = [key for part in parts for block in part.blocks.values() for key in block]
    return struck_of(page, keys, sheet.one_hand), tuple(taken)


def _blocks(stretch: Stretch) -> int:
    return -(-(stretch.end - stretch.first) // BLOCK)


class _Writer:
    def __init__(self, net: TextureNet, sheet: Sheet, page: Page, count: int, temperature: float) -> None:
        self.net, self.sheet, self.page = net, sheet, page
        self.count, self.temperature = count, temperature
        self.triplets = [triplets_fit(page, stretch, sheet.swung) for stretch in sheet.stretches]

    def textures(self, parts: list[Part], stream: Stream) -> list[Taken]:
        """Block 0 of every stretch: drawn where its texture is new, re-fitted where it returns."""
        first: dict[tuple[str, int], int] = {}
        lanes = []
        for i, stretch in enumerate(self.sheet.stretches):
            name = (stretch.material, stretch.intensity)
            if name not in first:
                first[name] = i
                for way in range(self.count):
                    at = stream.sub("texture", *name, way)
                    lanes.append(Lane(View(self.page, stretch.first), i, 0, *self._span(i, 0), at))
        taken = self._drawn(lanes, parts)
        for i, stretch in enumerate(self.sheet.stretches):
            model = first[stretch.material, stretch.intensity]
            if model != i:
                source = parts[model].lane
                assert source is not None
                view = View(self.page, stretch.first)
                notes = self._fit(i, 0, parts[model].blocks[0], self.sheet.stretches[model].first, view)
                parts[i].blocks[0] = notes
                lane = Lane(view, i, 0, *self._span(i, 0), source.stream)
                lane.hidden, lane.state = source.hidden, source.state
                parts[i].lane = lane
        return taken

    def goes_on(self, parts: list[Part], stream: Stream) -> list[Taken]:
        """Blocks 1 to 3 of every stretch that is long enough, drawn after block 0."""
        return self._drawn([lane for block in (1, 2, 3) for lane in self._ways(parts, block, stream)], parts)

    def _ways(self, parts: list[Part], block: int, stream: Stream) -> list[Lane]:
        lanes = []
        for i, stretch in enumerate(self.sheet.stretches):
            before = parts[i].lane
            if block >= _blocks(stretch) or before is None:
                continue
            for way in range(max(1, (self.count + 1) // 2)):
                at = stream.sub("goes on", stretch.material, stretch.intensity, stretch.first, block, way)
                view = before.view.copy()
                lane = Lane(view, i, block, *self._span(i, block), at, hidden=before.hidden, state=before.state)
                lane.first = len(view.notes)
                if lane.start - view.at > LONG:
                    view.turn(self.page.bar_at(lane.start))
                lanes.append(lane)
        return lanes

    def again(self, parts: list[Part], block: int) -> None:
        """A block that takes up the one four blocks before."""
        source = block - 4
        for i, stretch in enumerate(self.sheet.stretches):
            part = parts[i]
            if block < _blocks(stretch) and part.lane is not None:
                from_bar = stretch.first + source * BLOCK
                part.blocks[block] = self._fit(i, block, part.blocks[source], from_bar, part.lane.view)

    def _span(self, index: int, block: int) -> tuple[int, int]:
        stretch, bars = self.sheet.stretches[index], self.page.bars
        first = stretch.first + block * BLOCK
        last = min(first + BLOCK, stretch.end) - 1
        return bars[first].start, bars[last].start + bars[last].length

    def _fit(self, index: int, block: int, notes: Sequence[Key], from_bar: int, view: View) -> list[Key]:
        stretch = self.sheet.stretches[index]
        first = stretch.first + block * BLOCK
        last = min(first + BLOCK, stretch.end)
        found = fitted(self.page, notes, from_bar, first, last, stretch.low, stretch.high, self.sheet)
        for key in found:
            if view.at > key.onset or key.onset - view.at >= STEPS:
                view.turn(self.page.bar_at(key.onset))
            view.write(key.onset - view.at, key.pitch, key.duration)
        return found

    def _drawn(self, lanes: list[Lane], parts: list[Part]) -> list[Taken]:
        """Every lane written to its end, the best way of each block kept."""
        self._write(lanes)
        ways: dict[tuple[int, int], list[Lane]] = {}
        for lane in lanes:
            ways.setdefault((lane.stretch, lane.block), []).append(lane)
        taken = []
        for (index, block), found in ways.items():
            verdicts = [self._verdict(lane) for lane in found]
            best = max(range(len(found)), key=lambda i: (verdicts[i].score, -i))
            if block == 0:
                parts[index].lane = found[best]
            parts[index].blocks[block] = found[best].notes
            bar = self.sheet.stretches[index].first + block * BLOCK
            taken.append(_taken(index, bar, verdicts, best))
        return taken

    def _verdict(self, lane: Lane) -> Verdict:
        share = exp(lane.nats / max(1, lane.choices))
        return judged(self.page, lane.notes, lane.start, lane.end, share, self.sheet.bass)

    def _write(self, lanes: list[Lane]) -> None:
        live = [lane for lane in lanes if lane.end > lane.start]
        if not live:
            return
        hidden, state = self._together(live)
        for _ in range(MOST_NOTES):
            steps = self._steps(live, hidden)
            going = [i for i, step in enumerate(steps) if step >= 0]
            if len(going) < len(live):
                for i, lane in enumerate(live):
                    if steps[i] < 0:
                        lane.hidden, lane.state = hidden[i : i + 1], tuple(s[i : i + 1] for s in state)
                live, steps = [live[i] for i in going], [steps[i] for i in going]
                kept = torch.tensor(going, dtype=torch.long)
                hidden, state = hidden[kept], tuple(s[kept] for s in state)
            if not live:
                return
            hidden, state = self._notes(live, steps, hidden, state)
        for i, lane in enumerate(live):
            lane.hidden, lane.state = hidden[i : i + 1], tuple(s[i : i + 1] for s in state)

    def _together(self, lanes: list[Lane]) -> tuple[Tensor, State]:
        begun = [lane for lane in lanes if lane.hidden is not None]
        if not begun:
            return self.net.begin(len(lanes))
        assert len(begun) == len(lanes), "lanes of one block begin alike"
        hidden = torch.cat([lane.hidden for lane in lanes if lane.hidden is not None])
        return hidden, tuple(torch.cat(parts) for parts in zip(*(lane.state for lane in lanes), strict=True))

    def _steps(self, lanes: list[Lane], hidden: Tensor) -> list[int]:
        """The time to each lane's next note, -1 where it lies beyond the lane's end."""
        rows = self.net.steps(hidden, [lane.view.when() for lane in lanes])
        return [self._step(lane, row) for lane, row in zip(lanes, rows, strict=True)]

    def _step(self, lane: Lane, row: list[float]) -> int:
        view, page = lane.view, self.page
        if not view.fresh and view.at < lane.start:
            least = lane.start - view.at
        else:
            lane.above = self._pitches(lane, 0)
            least = 0 if view.fresh or lane.above else 1
        bar = page.bars[view.bar]
        at, left = view.at - bar.start, lane.end - view.at
        fine = (lane.fine,) if lane.fine else (3, 4) if self.triplets[lane.stretch] else (3,)
        places = [s for s in range(least, STEPS) if s >= left or any((at + s) % unit == 0 for unit in fine)]
        chosen = self._chosen(lane, places, row)
        if (at + chosen) % GRID and not lane.fine:
            lane.fine = 4 if (at + chosen) % 4 == 0 else 3
        return chosen if chosen < left else -1

    def _chosen(self, lane: Lane, options: Sequence[int], row: list[float]) -> int:
        """One of the options, drawn by the row's log-shares."""
        option = options[draw([row[i] for i in options], lane.stream, self.temperature, FLOOR)]
        lane.nats, lane.choices = lane.nats + row[option], lane.choices + 1
        return option

    def _pitches(self, lane: Lane, step: int) -> list[int]:
        stretch, sheet = self.sheet.stretches[lane.stretch], self.sheet
        return pitches(lane.view, step, stretch.low, stretch.high, sheet.one_hand, sheet.bass)

    def _notes(self, lanes: list[Lane], steps: list[int], hidden: Tensor, state: State) -> tuple[Tensor, State]:
        """Pitch and length of every lane's next note; what follows from them."""
        shares, seen = self.net.codes(hidden, [lane.view.what(s) for lane, s in zip(lanes, steps, strict=True)])
        codes = [self._code(lane, step, row) for lane, step, row in zip(lanes, steps, shares, strict=True)]
        rows = self.net.lengths(hidden, seen, codes)
        asked = zip(lanes, steps, codes, rows, strict=True)
        lengths = [self._length(lane, step, code, row) for lane, step, code, row in asked]
        return self.net.advance(seen, codes, lengths, state)

    def _code(self, lane: Lane, step: int, row: list[float]) -> int:
        root = self.page.chord_at(lane.view.at + step).root
        free = (self._pitches(lane, step) if step else lane.above) or self._any(lane, step)
        return self._chosen(lane, [code_of(pitch, root) for pitch in free], row)

    def _any(self, lane: Lane, step: int) -> list[int]:
        """Where every rule together forbids all: the chord's root, at the place nearest to the register's middle."""
        stretch, root = self.sheet.stretches[lane.stretch], self.page.chord_at(lane.view.at + step).root
        middle = (stretch.low + stretch.high) // 2
        return [min((p for p in range(21, 97) if p % 12 == root), key=lambda p: abs(p - middle))]

    def _length(self, lane: Lane, step: int, code: int, row: list[float]) -> int:
        view = lane.view
        pitch = pitch_of(code, self.page.chord_at(view.at + step).root)
        most = longest(self.page, view.at + step, pitch)
        length = self._chosen(lane, range(bisect_right(DURATIONS, most)), row)
        view.write(step, pitch, DURATIONS[length])
        return length


def _taken(index: int, bar: int, verdicts: list[Verdict], best: int) -> Taken:
    others = [verdict for i, verdict in enumerate(verdicts) if i != best]
    flaws = sorted({verdict.flaw for verdict in others if verdict.flaw and verdict.cost > verdicts[best].cost})
    flaw = max(flaws, key=lambda name: sum(v.flaw == name for v in others), default="")
    names = tuple(
        (f"{i + 1}: {verdict.flaw}" if verdict.flaw else str(i + 1), round(1000 * verdict.share))
        for i, verdict in enumerate(verdicts)
        if i != best
    )
    return Taken(index, bar, round(1000 * verdicts[best].share), len(verdicts), flaw, names)
