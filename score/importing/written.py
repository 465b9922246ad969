"""The page of a performance: onsets and lengths brought to thirty-seconds and triplets, each beat to its own grid.

Conventions: ticks; what lies on the page's steps already (multiples of 60 or 80 from the bar line) stays where it is.
A beat's grid is the cheapest way through all beats of a part: squared errors in units of a player's inaccuracy, and a
price for every finer grid and for changing between twos and threes (after the minimum description length quantisers of
Cemgil, Desain and Kappen, 2000).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from partimento.score.importing.beats import FINE, Beat, Beats, Swing, lag_of
from partimento.score.performance import PlayedNote

_SPREAD = 18.0
"""A player's inaccuracy in ticks: 19 ms at 120 quarters a minute (about what is measured in ensembles)."""
_STRUM = 36
_SIMPLE = {480: 0.0, 240: 0.4, 120: 1.2, 160: 2.2, 60: 5.0, 80: 6.0}
_COMPOUND = {720: 0.0, 240: 0.3, 120: 1.5, 60: 5.0, 80: 6.0}
_SWUNG_SIXTEENTHS = 3.0
_CHANGE = 0.8
_COLLISION = 2.5
_CLOSED, _CLOSED_QUICK, _BEAT = 0.15, 0.3, 480
_SHORTEST = 60
_EIGHTH, _DETACHED, _DOTTED, _FEW = 240, 138, 138, 0.05
_LONG = 420
"""Longer notes end on eighths: nobody writes a whole note's release as a sixteenth rest."""
_EXACT_SHARE = 0.9
_MOST_LAG = 20
_GATED, _MANY = 180, 8


@dataclass(frozen=True, slots=True)
class Written:
    """A part's page: `places` are (onset, duration) of its notes, in their order, None of one that another hides, and
    `short` the indices of those that are played staccato. `moved` notes begin elsewhere than they are played, at the
    most by `furthest` ticks."""

    places: tuple[tuple[int, int] | None, ...]
    moved: int
    furthest: int
    short: frozenset[int] = frozenset()


def on_page(notes: Sequence[PlayedNote], beats: Beats, drums: bool, swing: Swing | None) -> Written:
    """Where the notes stand on the page; `notes` sorted by onset. Two of one number and place become one note."""
    if not notes:
        return Written((), 0, 0)
    steps = _Steps(notes, beats, swing)
    onsets = [steps.onset(note.onset) for note in notes]
    onsets = _apart(notes, onsets)
    ends = [steps.end(note, onset) for note, onset in zip(notes, onsets, strict=True)]
    lengths = _closed(notes, onsets, ends, drums, steps.kept_ends)
    short = frozenset() if drums or steps.kept_ends else _staccato(notes, onsets, lengths, beats)
    places = _one_a_place(notes, onsets, lengths)
    moves = [abs(note.onset - onset) for note, onset in zip(notes, onsets, strict=True)]
    return Written(places, sum(move > 0 for move in moves), max(moves), short)


class _Steps:
    """The step of each beat of one part, and time brought to it."""

    def __init__(self, notes: Sequence[PlayedNote], beats: Beats, swing: Swing | None) -> None:
        self.beats = beats
        onsets = sorted({note.onset for note in notes})
        self.heads = _heads(onsets)
        self.kept = sum(map(beats.exact, onsets)) >= _EXACT_SHARE * len(onsets)
        ends = [note.onset + note.duration for note in notes]
        # Many programs quantise onsets and leave the releases as they were played.
        self.kept_ends = self.kept and sum(map(beats.exact, ends)) >= _EXACT_SHARE * len(ends)
        self.kept_ends = self.kept_ends and not _gated(notes, beats)
        self.swing = None if self.kept else swing
        self.lag = 0.0
        self.steps: dict[int, int] = {}
        if self.kept and not self.kept_ends:
            self.steps = self._choose(onsets)
        elif not self.kept:
            self.lag = lag_of(onsets, beats)
            self.steps = self._choose(onsets)
            more = self._late(onsets)
            if more:
                self.lag += more
                self.steps = self._choose(onsets)

    def onset(self, tick: int) -> int:
        """Where an onset stands."""
        if self.kept and self.beats.exact(tick):
            return tick
        at = max(0.0, self.heads[tick] - self.lag)
        i = self.beats.index(at)
        beat = self.beats.beats[i]
        step = self.steps.get(i)
        if step is None:
            return self._fine(tick, beat)
        return beat.start + _snapped(self._time(at, beat, step) - beat.start, step, beat.length)

    def end(self, note: PlayedNote, onset: int) -> int:
        """Where a note that begins at `onset` ends, its next one not yet looked at."""
        release = note.onset + note.duration
        if self.kept_ends:
            if self.beats.exact(release) and release - onset >= _SHORTEST:
                return release
            beat = self.beats.beats[self.beats.index(release)]
            return max(onset + _SHORTEST, self._fine(release, beat))
        at = max(0.0, release - self.lag)
        i = self.beats.index(at)
        beat = self.beats.beats[i]
        step = self.steps.get(i, self.steps.get(self.beats.index(onset), 120))
        step = step if step in (60, 80, 160) else 120
        if beat.compound and step == 160:
            step = 120
        if step == 120 and release - onset >= _LONG and beat.length % _EIGHTH == 0:
            step = _EIGHTH
        end = beat.start + _snapped(self._time(at, beat, step) - beat.start, step, beat.length)
        return end if end > onset else onset + step

    def _fine(self, tick: int, beat: Beat) -> int:
        """The nearest of the page's steps."""
        place = tick - beat.bar
        return beat.bar + min((round(place / step) * step for step in FINE), key=lambda at: abs(at - place))

    def _time(self, tick: float, beat: Beat, step: int) -> float:
        """Twos are read with the swing made even, threes as they are."""
        return tick if self.swing is None or step in (160, 80) else self.swing.straight(tick, beat)

    def _choose(self, onsets: Sequence[int]) -> dict[int, int]:
        heard: dict[int, list[float]] = {}
        for tick in dict.fromkeys(self.heads[onset] for onset in onsets):
            at = max(0.0, tick - self.lag)
            heard.setdefault(self.beats.index(at), []).append(at)
        rows: list[tuple[int, dict[int, int | None]]] = []
        before: dict[int, float] = {}
        for i, times in heard.items():
            beat = self.beats.beats[i]
            costs: dict[int, float] = {}
            back: dict[int, int | None] = {}
            for step, price in (_COMPOUND if beat.compound else _SIMPLE).items():
                if beat.length % step:
                    continue
                if self.swing is not None and step == 120 and self.swing.unit == 480:
                    price = _SWUNG_SIXTEENTHS
                cost = price + self._misfit(times, beat, step)
                came, since = _cheapest(before, step)
                costs[step], back[step] = cost + since, came
            if not costs:
                costs, back = {60: min(before.values(), default=0.0)}, {60: _cheapest(before, 60)[0]}
            rows.append((i, back))
            before = costs
        return _walked_back(rows, before)

    def _misfit(self, times: Sequence[float], beat: Beat, step: int) -> float:
        cost = 0.0
        taken: set[int] = set()
        for tick in times:
            place = self._time(tick, beat, step) - beat.start
            at = _snapped(place, step, beat.length)
            error = (place - at) / _SPREAD
            cost += error * error / 2 + (_COLLISION if at in taken else 0.0)
            taken.add(at)
        return cost

    def _late(self, onsets: Sequence[int]) -> float:
        """How much later the whole part plays than is known yet, where that is more than a little."""
        errors = []
        for onset in onsets:
            tick = max(0.0, onset - self.lag)
            i = self.beats.index(tick)
            beat = self.beats.beats[i]
            at = self._time(tick, beat, self.steps.get(i, 120))
            errors.append(at - beat.start - _snapped(at - beat.start, self.steps.get(i, 120), beat.length))
        lag = median(errors)
        return lag if 4 <= abs(lag) <= _MOST_LAG else 0.0


def _cheapest(before: dict[int, float], step: int) -> tuple[int | None, float]:
    if not before:
        return None, 0.0
    three = step in (160, 80)
    came = min(before, key=lambda s: before[s] + (_CHANGE if (s in (160, 80)) != three else 0.0))
    return came, before[came] + (_CHANGE if (came in (160, 80)) != three else 0.0)


def _walked_back(rows: Sequence[tuple[int, dict[int, int | None]]], last: dict[int, float]) -> dict[int, int]:
    chosen: dict[int, int] = {}
    step: int | None = min(last, key=lambda s: last[s]) if last else None
    for i, back in reversed(rows):
        if step is None:
            break
        chosen[i] = step
        step = back[step]
    return chosen


def _gated(notes: Sequence[PlayedNote], beats: Beats) -> bool:
    """Whether the long notes all end a thirty-second early, as programs keep the notes of a line apart."""
    long = [note for note in notes if note.duration >= _GATED]
    places = [note.onset + note.duration - beats.beats[beats.index(note.onset)].bar for note in long]
    return len(long) >= _MANY and sum(place % 120 == 60 for place in places) >= _EXACT_SHARE * len(long)


def _snapped(place: float, step: int, length: int) -> int:
    """The step nearest to a place in a beat, its end included."""
    return min(length, max(0, int(place / step + 0.5) * step))


def _heads(onsets: Sequence[int]) -> dict[int, int]:
    """Of each onset the first one of its chord or strum."""
    out: dict[int, int] = {}
    head = -_STRUM - 1
    for tick in onsets:
        if tick - head > _STRUM:
            head = tick
        out[tick] = head
    return out


def _apart(notes: Sequence[PlayedNote], onsets: list[int]) -> list[int]:
    """Repeated notes that fell on one place are set a thirty-second apart where there is room."""
    taken = {(note.number, onset) for note, onset in zip(notes, onsets, strict=True)}
    seen: set[tuple[int, int]] = set()
    out = list(onsets)
    for i, note in enumerate(notes):
        onset = onsets[i]
        if (note.number, onset) in seen:
            free = [at for at in (onset + _SHORTEST, onset - _SHORTEST) if at >= 0 and (note.number, at) not in taken]
            near = [at for at in free if abs(at - note.onset) <= 2 * _SHORTEST]
            if near:
                out[i] = min(near, key=lambda at: abs(at - note.onset))
                taken.add((note.number, out[i]))
        seen.add((note.number, out[i]))
    return out


def _closed(
    notes: Sequence[PlayedNote], onsets: Sequence[int], ends: Sequence[int], drums: bool, kept: bool
) -> list[int]:
    """Lengths: small gaps and overlaps at the next onset are closed; a drum's note is a sixteenth at the most."""
    order = sorted(set(onsets))
    after = dict(zip(order, order[1:], strict=False))
    lengths = []
    for note, onset, end in zip(notes, onsets, ends, strict=True):
        following = after.get(onset)
        length = end - onset
        if drums and not (kept and length in (60, 120)):
            length = min(120, following - onset) if following is not None else 120
        elif following is not None and not kept:
            gap = following - end
            share = _CLOSED_QUICK if following - onset <= _BEAT else _CLOSED
            if 0 < gap <= max(_SHORTEST, share * (following - onset)):
                length = following - onset
            elif -120 <= gap < 0 and -gap <= max(_SHORTEST, _CLOSED * note.duration):
                length = following - onset
        lengths.append(max(1, length))
    return lengths


def _staccato(
    notes: Sequence[PlayedNote], onsets: Sequence[int], lengths: list[int], beats: Beats
) -> frozenset[int]:
    """Notes on eighths that end before the next one are written as eighths, as players read them, and the short ones
    with dots. Where the part moves in sixteenths those alone that are longer than one."""
    order = sorted(set(onsets))
    finer = sum((onset - beats.beats[beats.index(onset)].start) % _EIGHTH > 0 for onset in order)
    quick = finer > _FEW * len(order)
    after = dict(zip(order, order[1:], strict=False))
    short = set()
    for i, (note, onset) in enumerate(zip(notes, onsets, strict=True)):
        beat = beats.beats[beats.index(onset)]
        room = after.get(onset, onset + _EIGHTH) - onset
        if (onset - beat.start) % _EIGHTH or not lengths[i] < _EIGHTH <= room or (quick and note.duration < _DETACHED):
            continue
        lengths[i] = _EIGHTH
        if note.duration < _DOTTED and not quick:
            short.add(i)
    return frozenset(short)


def _one_a_place(
    notes: Sequence[PlayedNote], onsets: Sequence[int], lengths: list[int]
) -> tuple[tuple[int, int] | None, ...]:
    """No two notes of one number at one place, and none sounding into the next of its number."""
    order = sorted(range(len(notes)), key=lambda i: (onsets[i], notes[i].number, -lengths[i]))
    places: list[tuple[int, int] | None] = [None] * len(notes)
    last: dict[int, int] = {}
    for i in order:
        before = last.get(notes[i].number)
        if before is not None:
            if onsets[before] == onsets[i]:
                continue
            start, length = onsets[before], lengths[before]
            places[before] = (start, min(length, onsets[i] - start))
        places[i] = (onsets[i], lengths[i])
        last[notes[i].number] = i
    return tuple(places)
