"""One track through FluidSynth, dry, chunk by chunk: a fresh synth a track, events on the 64-sample grid.

Conventions: samples are float32 of shape (n, 2) at `rate`; times in seconds; FluidSynth's own reverb and chorus are
off, and pan, reverb and (unless asked) volume are not followed, since these belong to the mix. Dry FluidSynth is
additive, and shift-invariant on its grid of `BLOCK` samples (counted from the piece's beginning).
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from partimento.score.performance import PlayedTrack
from partimento.synth.fluid_font import BEND, CONTROL, DRUM_CHANNEL, OFF, ON, RANGE, Synth, library, warm
from partimento.synth.ringing import TAIL_S, Ringing, peak
from partimento.synth.signal import RATES, Clock, Samples
from partimento.theory.errors import RenderError

__all__ = [
    "BLOCK", "LONGEST_NOTE_S", "RATE", "RUN_IN_S", "TAIL_S", "Clock", "FluidSource", "Samples", "library",
    "render_track", "warm",
]  # fmt: skip

RATE = RATES[0]
BLOCK = 64
"""FluidSynth computes in blocks of 64 samples; an event takes effect at a block's start."""
LONGEST_NOTE_S = 120.0
"""A note that is never released is let go after this time (seconds)."""
RUN_IN_S = 10.0
"""How long before an excerpt its notes are played, so that what rings into it rings."""
_STEP = 64 * BLOCK
_PAGE = 1024
"""Events that are held as Python's own numbers at a time; the others take 16 bytes."""
_NOT_OURS = frozenset((0, 8, 10, 32, 40, 42, 91, 93))
_VOLUME = frozenset((7, 39))
_IN_ORDER = frozenset((6, 38, 96, 97, 98, 99, 100, 101))
"""Controllers that mean something by what came before them: parameter numbers and their data."""


class FluidSource(Ringing):
    """A track as a Source (synth/signal.py): from `start_s` to the end of its ring, -60 dB of its peak or `TAIL_S`.

    Its pan and reverb are left to the mix, and its volume too unless `follow_volume`; expression, pedal, bends are
    followed. `start_s` begins in the middle: what is held there is begun in time, RUN_IN_S before it played unheard.
    `block_at` (ticks to blocks) replaces the clock's own rounding. The synth is opened when the first note is due;
    silence costs nothing. Reading raises RenderError. Deterministic for one FluidSynth version, however it is read.
    """

    def __init__(
        self,
        track: PlayedTrack,
        clock: Clock,
        soundfont: Path,
        rate: int,
        *,
        follow_volume: bool = False,
        start_s: float = 0.0,
        block_at: Callable[[float], int] | None = None,
    ) -> None:
        if rate not in RATES:
            raise RenderError(f"a sample rate of {rate} Hz is not rendered; {' or '.join(map(str, RATES))} are")
        self._track, self._soundfont, self._follow_volume = track, soundfont, follow_volume
        self._synth: Synth | None = None
        self._idle = True
        begin = max(0, round(start_s * rate))
        blocks = block_at or (lambda tick: max(0, round(clock(tick) * rate / BLOCK)))
        self._events, last = _events(track, blocks, rate, begin, follow_volume)
        self._page: list[list[int]] = []
        self._turned = self._next = 0
        over = not len(self._events)
        at = begin if over else min(begin, int(self._events[0, 0]) * BLOCK)
        super().__init__(rate, at, begin - at, last, over)
        self._held: dict[int, int] = {}

    def close(self) -> None:
        """Free the synth; nothing more is given."""
        self._over = True
        if self._synth is not None:
            self._synth.close()
            self._synth = None

    def _spent(self) -> bool:
        return self._idle and self._due() is None

    def _fill(self, out: Samples) -> None:
        """Play on for len(out) samples, events included; `out` holds zeros."""
        done = 0
        while done < len(out):
            due = self._due()
            if due is not None and due <= self._at:
                self._dispatch()
                continue
            part = out[done:] if due is None else out[done : done + due - self._at]
            if self._synth is None or self._idle:
                self._at += len(part)
            else:
                part = part[: _STEP - self._at % _STEP]
                self._synth.render(part)
                self._at += len(part)
                # What FluidSynth gives without a voice is exactly zero; but a block once begun is to be finished.
                self._idle = self._at % _STEP == 0 and not self._synth.sounds()
            done += len(part)
        self._peak = max(self._peak, peak(out))

    def _due(self) -> int | None:
        """The sample at which the next event is due, `_page[_next]`; None when there is none."""
        if self._next == len(self._page):
            self._page = self._events[self._turned : self._turned + _PAGE].tolist()
            self._turned += len(self._page)
            self._next = 0
        return self._page[self._next][0] * BLOCK if self._page else None

    def _dispatch(self) -> None:
        """Do what is due in the block that begins here."""
        if self._synth is None:
            self._synth = self._open()
        due = []
        while (place := self._due()) is not None and place <= self._at:
            _, kind, first, second = self._page[self._next]
            self._next += 1
            # Overlapping notes of one key: the key goes up with the last of them.
            if kind == ON:
                self._held[first] = self._held.get(first, 0) + 1
            elif kind == OFF:
                self._held[first] = self._held.get(first, 1) - 1
                if self._held[first] > 0:
                    continue
            due.append((kind, first, second))
        self._synth.play(due)
        self._idle = False

    def _open(self) -> Synth:
        track = self._track
        synth = Synth(self._soundfont, self._rate, track.channel == DRUM_CHANNEL, track.program)
        volume = track.volume if self._follow_volume else 127
        # Pan is centred and reverb silenced here: both are the mix's.
        first = ((7, volume), (10, 64), (11, track.expression), (91, 0), (93, 0))
        synth.play([(RANGE, track.bend_range, 0), *((CONTROL, number, value) for number, value in first)])
        return synth


def render_track(
    track: PlayedTrack, clock: Clock, soundfont: Path, follow_volume: bool = False, rate: int = RATE
) -> Samples:
    """The whole track as a FluidSource gives it; an empty track gives no samples."""
    source = FluidSource(track, clock, soundfont, rate, follow_volume=follow_volume)
    parts = []
    try:
        while len(part := source.read(1 << 17)):
            parts.append(part)
    finally:
        source.close()
    return np.concatenate(parts) if parts else np.zeros((0, 2), np.float32)


def _events(
    track: PlayedTrack, block_at: Callable[[float], int], rate: int, begin: int, follow_volume: bool
) -> tuple[NDArray[np.int32], int]:
    """Rows (block, kind, first, second) to play from sample `begin` on, sorted, and the last release's sample.

    The first row's block is the first note's; controllers from before are done there. No rows: nothing is to be heard.
    """
    if not track.notes:
        return np.zeros((0, 4), np.int32), 0
    longest = round(LONGEST_NOTE_S * rate / BLOCK)
    onsets = np.array([block_at(note.onset) for note in track.notes], np.int64)
    releases = np.array([block_at(note.onset + note.duration) for note in track.notes], np.int64)
    # A block at the least, or FluidSynth would never sound it.
    releases = np.clip(releases, onsets + 1, onsets + longest)
    last = int(releases.max())
    tail = round(TAIL_S * rate / BLOCK)
    start = begin // BLOCK
    if start > last + tail:
        return np.zeros((0, 4), np.int32), 0
    held = onsets[(onsets < start) & (releases > start)]
    earliest = start - round(RUN_IN_S * rate / BLOCK)
    earliest = min(earliest, int(held.min(initial=earliest)))
    heard = onsets >= earliest
    if not heard.any():
        return np.zeros((0, 4), np.int32), 0
    earliest = int(onsets[heard].min())
    keys = np.array([max(0, min(127, note.number)) for note in track.notes], np.int64)
    strokes = np.array([max(1, min(127, note.velocity)) for note in track.notes], np.int64)
    kinds = np.ones(int(heard.sum()), np.int64)
    rows = [
        np.stack((onsets[heard], kinds * ON, keys[heard], strokes[heard]), axis=1),
        np.stack((releases[heard], kinds * OFF, keys[heard], kinds * 0), axis=1),
    ]
    skip = _NOT_OURS if follow_volume else _NOT_OURS | _VOLUME
    controls, asked, down = _controls(track, block_at, skip, earliest, last + tail)
    if down:
        # A pedal that is left down at the end would ring for ever.
        controls += [(last, CONTROL, 64, 0), (last, CONTROL, 66, 0)]
        asked += [inf, inf]
    rows.append(np.array(controls, np.int64).reshape(-1, 4))
    events = np.concatenate(rows)
    kinds = events[:, 1]
    # Within a block a pedal holds what is released later: releases and controllers go by their ticks, and at one tick
    # releases first, as in the files that we write.
    ticks = np.zeros(len(events))
    ticks[kinds == OFF] = np.array([note.onset + note.duration for note in track.notes], np.float64)[heard]
    ticks[len(events) - len(asked) :] = asked
    turns = events[:, 0] * 8 + np.where(kinds == OFF, CONTROL, kinds)
    order = np.lexsort((kinds, np.where(turns % 8 == CONTROL, ticks, 0.0), turns))
    return events[order].astype(np.int32), last * BLOCK


def _controls(
    track: PlayedTrack, block_at: Callable[[float], int], skip: frozenset[int], earliest: int, latest: int
) -> tuple[list[tuple[int, int, int, int]], list[float], bool]:
    """Controllers and bends as rows, those from before `earliest` chased to it; their ticks; whether a pedal ends up
    down."""
    before: dict[tuple[int, int], tuple[float, tuple[int, int, int, int]]] = {}
    rows: list[tuple[float, tuple[int, int, int, int]]] = []
    pedals = {64: 0, 66: 0}
    for i, (onset, controller, value) in enumerate(track.controls):
        if controller in skip or controller > 127:
            continue
        block = block_at(onset)
        if block > latest:
            continue
        if controller < 0:
            row = (block, BEND, max(0, min(16383, value + 8192)), 0)
        else:
            row = (block, CONTROL, controller, max(0, min(127, value)))
        if controller in pedals:
            pedals[controller] = value
        if block < earliest:
            name = (controller, i if controller in _IN_ORDER else -1)
            before.pop(name, None)
            before[name] = (onset, (earliest, *row[1:]))
        else:
            rows.append((onset, row))
    rows = [*before.values(), *rows]
    return [row for _, row in rows], [tick for tick, _ in rows], any(value >= 64 for value in pedals.values())
