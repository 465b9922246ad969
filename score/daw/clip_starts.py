"""Where a track's clips begin: near their sections' lines, where the fewest notes are cut.

Conventions: ticks. Workstations stop a note where its clip ends, so a clip that begins before the line takes along what
anticipates it, and one that begins after it lets the section before ring out. A place is as strong as its beat: the
line itself, beats, eighths, sixteenths, and at last the sixty-fourth before, for a stroke that was moved by feel.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from partimento.score.performance import PlayedNote
from partimento.score.song import Song
from partimento.score.timeline import Timeline
from partimento.theory.meter import TICKS

EARLY = TICKS // 8
"""A note that is struck at most so long before a section's line belongs to the line: it was moved by feel."""
_REACH = 2 * TICKS
"""How far before the line a clip may begin."""
_REST = TICKS * 3 // 4
"""A silence, as played, after which notes that lead into the line are its pick-up."""
_TUNES = ("lead", "harmony", "counter", "answer")
_STEPS = ((TICKS // 2, 2), (TICKS // 4, 3), (TICKS // 3, 3), (TICKS // 8, 4), (TICKS // 6, 4), (TICKS // 16, 5))
"""Grids counted back from the line, with how weak their places are."""
_STRAY = 0.25
"""The price of a note of the section before in the next one's clip; 1 is that of a note that is lost whole."""
_GRAIN = 20
"""Prices are compared by twentieths of a note."""


def clip_starts(song: Song, timeline: Timeline, notes: Sequence[PlayedNote], role: str) -> list[int]:
    """A place for each section, ascending, for `notes` in order of onset; one place, 0, for a song of no sections."""
    starts = [0]
    onsets = [note.onset for note in notes]
    for section in song.sections[1:]:
        line = section.start
        at = bisect_left(onsets, line)
        reach = line - _REACH - _REST
        before = [n for n in notes[bisect_left(onsets, starts[-1]) : at] if n.onset + n.duration > reach]
        following = onsets[at] if at < len(onsets) and onsets[at] < section.end else line
        pick_up = _pick_up(before, line, following) if role in _TUNES else line
        starts.append(_best(timeline, line, before, following, pick_up, starts[-1]))
    return starts


def _best(
    timeline: Timeline, line: int, before: Sequence[PlayedNote], following: int, pick_up: int, floor: int
) -> int:  # fmt: skip
    if _grains(_price(line, before, line, pick_up)) == 0:
        return line
    found = ((place, weak) for place, weak in _places(timeline, line, before, following) if place > floor)
    return min(
        found, key=lambda row: (_grains(_price(row[0], before, line, pick_up)), row[1], abs(row[0] - line)),
        default=(line, 0),
    )[0]  # fmt: skip


def _places(timeline: Timeline, line: int, before: Sequence[PlayedNote], following: int) -> Iterator[tuple[int, int]]:
    """Where a clip may begin, and how weak the place is."""
    yield line, 0
    bar = timeline.bar_at(line - 1)
    while bar.end > line - _REACH:
        yield from ((bar.start + beat, 1) for beat in bar.meter.beats if line - _REACH <= bar.start + beat < line)
        if bar.index == 0:
            break
        bar = timeline.bars[bar.index - 1]
    for step, weak in _STEPS:
        yield from ((place, weak) for place in range(line - step, line - _REACH, -step))
    release = max((note.onset + note.duration for note in before), default=line)
    if line < release and line < following:
        yield from ((beat, 1) for beat in (_beat_before(timeline, following), _beat_after(timeline, release))
                    if line < beat <= following)  # fmt: skip


def _price(place: int, before: Sequence[PlayedNote], line: int, pick_up: int) -> float:
    """What it costs that a clip begins at `place`: how much is cut of how many notes, and how many go astray."""
    price = 0.0
    for onset, duration, _, _ in before:
        end = onset + duration
        if onset >= place:
            astray = onset < pick_up and onset < line - EARLY and end - line <= line - onset
            price += _STRAY if astray else 0.0
        elif onset >= min(pick_up, line - EARLY):
            price += 1.0
        elif end > place:
            price += (end - place) / duration
    return price


def _grains(price: float) -> int:
    return round(price * _GRAIN)


def _pick_up(before: Sequence[PlayedNote], line: int, following: int) -> int:
    """The first onset of a run that follows a rest and leads to a note on the line; the line where there is none."""
    if following - line > EARLY:
        return line
    first = line
    for note in reversed(before):
        if first - (note.onset + note.duration) >= _REST:
            break
        if note.onset < line - _REACH:
            return line
        first = note.onset
    return first


def _beat_before(timeline: Timeline, tick: int) -> int:
    """The beat at or before `tick`."""
    bar = timeline.bar_at(tick)
    return bar.start + max(beat for beat in bar.meter.beats if bar.start + beat <= tick)


def _beat_after(timeline: Timeline, tick: int) -> int:
    """The beat at or after `tick`."""
    bar = timeline.bar_at(tick)
    at = bisect_right(bar.meter.beats, tick - 1 - bar.start)
    return bar.start + bar.meter.beats[at] if at < len(bar.meter.beats) else bar.end
