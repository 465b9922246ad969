"""A melody to be set for four voices: its notes, bars and phrases, cut into the slots that carry a chord each.

Conventions: ticks as in a Piece (tick 0 starts the first written bar, a pick-up being a short first bar). A slot is a
felt beat; the last note of a phrase is one slot however long; where the melody rests, nothing sounds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from partimento.theory.analysis.piece import BarSpan
from partimento.theory.errors import BriefError
from partimento.theory.key import Key
from partimento.theory.pitch import Pitch

LEAST_NOTES, MOST_NOTES = 2, 1000
_PHRASE_BARS = {1: 100, 2: 0, 3: 30, 4: 10, 5: 70, 6: 90, 7: 120, 8: 120}
_BREATH, _REST, _BROKEN, _TOO_SHORT = 70, 60, 130, 200


class LineNote(NamedTuple):
    """A note of the melody; notes never overlap."""

    onset: int
    duration: int
    pitch: Pitch

    @property
    def end(self) -> int:
        """The tick after its last."""
        return self.onset + self.duration


@dataclass(frozen=True, slots=True)
class Line:
    """A melody. `fermatas` are onsets of notes that end a phrase, where the source marks them; else they are found."""

    title: str
    notes: tuple[LineNote, ...]
    bars: tuple[BarSpan, ...]
    key: Key
    fermatas: tuple[int, ...] = ()
    tempo_bpm: float | None = None


class SlotTone(NamedTuple):
    """A melody tone in a slot: MIDI numbers; `before` and `after` are its neighbours in the melody (-1: none near)."""

    onset: int
    end: int
    midi: int
    attacked: bool
    before: int
    after: int


class Slot(NamedTuple):
    """A stretch that carries one chord; `strength` as in Meter.strength; `ends` and `begins` a phrase."""

    start: int
    end: int
    strength: int
    tones: tuple[SlotTone, ...]
    phrase: int
    begins: bool = False
    ends: bool = False

    @property
    def attacked(self) -> bool:
        """Whether the melody strikes a note as the slot begins."""
        return self.tones[0].attacked


def checked(line: Line) -> Line:
    """The line, or BriefError where it has too few or too many notes, or its notes overlap."""
    count = len(line.notes)
    if not LEAST_NOTES <= count <= MOST_NOTES:
        has = "one note" if count == 1 else f"{count} notes"
        raise BriefError(f"'{line.title}' has {has}: a melody to be harmonised has {LEAST_NOTES} to {MOST_NOTES}")
    for before, after in zip(line.notes, line.notes[1:], strict=False):
        if before.end > after.onset:
            raise BriefError(f"'{line.title}': two notes sound at once at tick {after.onset}; give a single line")
    if any(note.duration <= 0 for note in line.notes):
        raise BriefError(f"'{line.title}' has a note without length")
    return line


def beats_of(line: Line) -> list[int]:
    """The ticks of the felt beats, or of their halves in x/2 meters whose melody goes in quarters."""
    out: list[int] = []
    halved = _goes_in_halves(line)
    for bar in line.bars:
        first = bar.start - bar.offset
        for beat, length in zip(bar.meter.beats, bar.meter.beat_lengths, strict=True):
            places = (beat, beat + length // 2) if halved and bar.meter.denominator == 2 else (beat,)
            out += [first + place for place in places if bar.start <= first + place < bar.end]
    return out


def _goes_in_halves(line: Line) -> bool:
    lengths = sorted(note.duration for note in line.notes)
    beat = line.bars[0].meter.beat_lengths[0] if line.bars else 480
    return lengths[len(lengths) // 2] <= beat // 2


def _goes_slowly(line: Line) -> bool:
    """Whether the melody's usual note lasts two beats: then a chord does too."""
    lengths = sorted(note.duration for note in line.notes)
    return bool(line.bars) and lengths[len(lengths) // 2] >= 2 * line.bars[-1].meter.beat_lengths[0]


def phrase_ends(line: Line) -> tuple[int, ...]:
    """Indices of the notes that end a phrase, the last one always among them: the source's own, or by breath.

    Long notes, rests and the usual lengths (two bars, then four) speak for an end (Lerdahl and Jackendoff's grouping
    preference rules 2 and 5).
    """
    last = len(line.notes) - 1
    if line.fermatas:
        marked = set(line.fermatas)
        found = [i for i, note in enumerate(line.notes) if note.onset in marked]
        return tuple(sorted({*found, last}))
    bar = max(span.meter.bar for span in line.bars)
    beat = line.bars[-1].meter.beat_lengths[0]
    usual = sorted(note.duration for note in line.notes)[len(line.notes) // 2]
    best: list[tuple[int, int]] = []
    starts = [note.onset for note in line.notes]
    for i, note in enumerate(line.notes):
        options = []
        for j in range(max(-1, i - 64), i):
            length = note.end - starts[j + 1]
            bars = max(1, round(length / bar))
            cost = _PHRASE_BARS.get(bars, 40 * bars) + 15 * abs(length - bars * bar) // beat
            cost += _TOO_SHORT if length < bar else 0
            options.append(((best[j][0] if j >= 0 else 0) + cost, j))
        cost, came = min(options)
        best.append((cost - _breath(line, i, usual, beat), came))
    ends = []
    i = last
    while i >= 0:
        ends.append(i)
        i = best[i][1]
    return tuple(reversed(ends))


def _breath(line: Line, i: int, usual: int, beat: int) -> int:
    """How much a note sounds like an end: longer than usual, followed by a rest, not left on a short value."""
    note = line.notes[i]
    if i + 1 == len(line.notes):
        return 0
    following = line.notes[i + 1]
    rest = following.onset - note.end
    score = _BREATH * min(2, max(0, note.duration - usual) // max(1, usual)) + (_REST if rest >= beat // 2 else 0)
    if note.duration < beat and rest < beat // 2:
        score -= _BROKEN
    return score if score else -40


def slots_of(line: Line) -> tuple[Slot, ...]:
    """The slots of a line, in order; those without melody are left out."""
    ends = phrase_ends(line)
    finals = [line.notes[i] for i in ends]
    edges = set(beats_of(line))
    if _goes_slowly(line):
        edges &= {note.onset for note in line.notes}
    edges |= {line.notes[i + 1].onset for i in ends[:-1]}
    inside = [(note.onset, note.end) for note in finals]
    firsts = [onset for onset, _ in inside]
    final_starts = set(firsts)
    edges = {tick for tick in edges if not _within(inside, firsts, tick)} | {tick for span in inside for tick in span}
    stop = line.notes[-1].end
    ticks = sorted(tick for tick in edges | {line.notes[0].onset, stop} if line.notes[0].onset <= tick <= stop)
    out: list[Slot] = []
    starts = [bar.start for bar in line.bars]
    phrase, begins = 0, True
    first = 0
    for start, end in zip(ticks, ticks[1:], strict=False):
        while first < len(line.notes) and line.notes[first].end <= start:
            first += 1
        tones = _tones(line, first, start, end)
        if not tones:
            continue
        ending = start in final_starts
        out.append(Slot(start, end, _strength(line.bars, starts, start), tones, phrase, begins, ending))
        begins = ending
        phrase += ending
    return tuple(out)


def _within(spans: Sequence[tuple[int, int]], firsts: Sequence[int], tick: int) -> bool:
    """Whether a tick lies inside a span, after its beginning."""
    found = bisect_right(firsts, tick) - 1
    return found >= 0 and spans[found][0] < tick < spans[found][1]


def _strength(bars: Sequence[BarSpan], starts: Sequence[int], tick: int) -> int:
    return bars[max(0, bisect_right(starts, tick) - 1)].strength(tick)


def _tones(line: Line, first: int, start: int, end: int) -> tuple[SlotTone, ...]:
    out = []
    for i in range(first, len(line.notes)):
        note = line.notes[i]
        if note.onset >= end:
            break
        before = line.notes[i - 1].pitch.midi if i else -1
        after = line.notes[i + 1].pitch.midi if i + 1 < len(line.notes) else -1
        out.append(
            SlotTone(
                max(start, note.onset), min(end, note.end), note.pitch.midi, note.onset >= start, before, after
            )
        )  # fmt: skip
    return tuple(out)
