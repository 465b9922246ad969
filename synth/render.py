"""The whole chain, from strips to the finished sound: heard once and measured, settled, mixed, mastered.

Conventions: samples as in synth/signal.py; times in seconds from the first sample, levels in dB. Nothing but a few
chunks is held in memory: strips and bus are spilled to `folder`'s disk. The result does not depend on threads.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import repeat
from math import ceil, isfinite
from pathlib import Path
from time import perf_counter
from typing import Protocol

import numpy as np

from partimento.score.mix import Mix
from partimento.score.song import Song
from partimento.synth.master import Mastered, master
from partimento.synth.measure import StripMeasure, StripMeter
from partimento.synth.mixer import RETURNS, Mixed, Mixer, aligned
from partimento.synth.piece import piece_of_song
from partimento.synth.settle import settle, settle_unmeasured
from partimento.synth.settled import Settled
from partimento.synth.signal import CHUNK, RATES, Clock, Samples, Source, Strip
from partimento.synth.spill import Spill, check_room, room_for, sounds
from partimento.theory.errors import RenderError

Progress = Callable[[int, int], None]
"""Told now and then: how much of the work is done, of how much."""

LONGEST_S = 24 * 3600.0
RING_S = 10.0
"""What a strip may ring after its last release, at the most."""
THREADS = 2
_QUIET = 10 ** (-66 / 20)
_BLOCK = 4096
_FLUSH = 1 << 14
_KEEP_S = 0.15
"""What is kept after the last sound above -66 dB of the peak; the master fades out in it."""
_PATIENCE_S = 10.0
_STRIPS_WORK, _MIX_WORK, _MASTER_WORK = 60, 25, 15


class StemSink(Protocol):
    """Takes the stems of a mix: what strips and returns gave to the bus, each as long as the mix."""

    def begin(self, names: Sequence[str]) -> None:
        """Their names, before the first sample."""

    def write(self, number: int, samples: Samples) -> None:
        """The next samples of stem `number` (read only); different ones may come from different threads."""


class Listener(Protocol):
    """Hears the piece at three places as it passes, to measure it."""

    def dry(self, strips: Sequence[Samples | None], count: int) -> None:
        """The next `count` samples of the strips that are mixed, before anything is done to them (read only)."""

    def mixed(self, mixed: Mixed) -> None:
        """The same stretch after mixing."""

    def final(self, samples: Samples) -> None:
        """The next samples of the result."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What came of a render: `settled` as it was used, with what the master found; `frames` samples in all.

    `measures` are the strips', empty where the mix was settled before; `spent` is stage -> seconds of wall time.
    """

    settled: Settled
    mastered: Mastered
    frames: int
    measures: tuple[StripMeasure, ...]
    stems: tuple[str, ...]
    spent: tuple[tuple[str, float], ...]


class _Stopped(Exception):
    """Another thread has failed or was interrupted."""


def render(
    strips: Sequence[Strip], mix: Mix, clock: Clock, rate: int, folder: Path, *, write: Callable[[Samples], None],
    settled: Settled | None = None, fits: str = "", beat_s: float = 0.5, progress: Progress | None = None,
    stems: StemSink | None = None, listener: Listener | None = None, threads: int = THREADS,
) -> Rendered:  # fmt: skip
    """Mix and master the strips; the result goes to `write`, chunk by chunk.

    `clock` tells ticks in seconds from the first sample, `beat_s` is what the delay counts in. With `settled` nothing
    is measured and each strip is played only once, straight into the mix; else the result carries `fits`. `folder` is
    where things are set aside. Raises RenderError (no strip sounds, or for more than 24 hours) and OutputError.
    """
    end = max((strip.end for strip in strips if strip.onsets or strip.end > 0), default=0.0)
    if not strips or end <= 0:
        raise RenderError("there is nothing to play: no track has a note")
    if not end < LONGEST_S:
        raise RenderError(f"the piece lasts {end / 3600:.1f} hours; at most {LONGEST_S / 3600:.0f} are rendered")
    spent: list[tuple[str, float]] = []
    tell = _teller(progress)
    with ExitStack() as stack:
        pool = stack.enter_context(_pool(threads))
        bus_bytes = ceil((end + 2 * RING_S) * rate) * 8
        check_room(folder, 2 * bus_bytes, f"a piece of {end / 60:.0f} minutes")
        measures: tuple[StripMeasure, ...] = ()
        with _clocked(spent, "strips"):
            if settled is None:
                silent = tuple(channel.silent for channel in settle_unmeasured(mix, strips).channels)
                if all(silent):
                    raise RenderError("there is nothing to hear: every track is muted")
                # What finds no room on the disk is played a second time instead.
                spilling = room_for(folder, len(strips) * bus_bytes + 2 * bus_bytes)
                spills = [
                    stack.enter_context(Spill(folder, f"'{strip.name}'")) if spilling and not mute else None
                    for strip, mute in zip(strips, silent, strict=True)
                ]
                measures = _measured(strips, silent, spills, rate, end, pool, lambda part: tell(0, part))
                settled = settle(mix, strips, measures, fits=fits)
            else:
                settled, spills = aligned(settled, strips), [None] * len(strips)
        mixer = Mixer(settled, mix, clock, beat_s, rate)
        if not any(mixer.wanted):
            raise RenderError("there is nothing to hear: every track is muted")
        feeds: list[Stored | Played | None] = []
        for strip, spill, wanted in zip(strips, spills, mixer.wanted, strict=True):
            if not wanted:
                feeds.append(None)
            elif spill is not None:
                feeds.append(Stored(spill))
            else:
                played = Played(strip, rate)
                stack.callback(played.close)
                feeds.append(played)
        bus = stack.enter_context(Spill(folder, "the mix"))
        names = (*(s.name for s, wanted in zip(strips, mixer.wanted, strict=True) if wanted), *mixer.returns)
        with _clocked(spent, "mix"):
            total = end + RING_S
            keep = _Keeper(mixer, bus, stems, listener, names, rate, pool)
            for mixed in mixed_chunks(mixer, feeds, rate, pool, listener):
                keep.write(mixed)
                tell(_STRIPS_WORK, _MIX_WORK * min(1.0, bus.length / rate / total))
            keep.finish()
        for spill in spills:
            if spill is not None:
                spill.close()
        with _clocked(spent, "master"):
            out = _Output(bus.length, write, listener)
            scratch = stack.enter_context(Spill(folder, "the master"))
            tell(_STRIPS_WORK + _MIX_WORK, 0.0)
            mastered = master(bus, scratch, mix, settled, rate, out.write)
            out.finish()
        tell(100, 0.0)
        return Rendered(mastered.settled, mastered, out.frames, measures, names if stems else (), tuple(spent))


def render_song(
    song: Song, soundfont: Path | str | None = None, *, rate: int = RATES[0], start_s: float = 0.0,
    end_s: float | None = None, settled: Settled | None = None, progress: Progress | None = None,
    threads: int = THREADS,
) -> tuple[Samples, int]:  # fmt: skip
    """The song's finished sound, held in memory as a whole, with its sample rate; `settled` as `render` takes it.

    Raises RenderError: no library or SoundFont, or nothing to play.
    """
    piece = piece_of_song(song, soundfont, start_s=start_s, end_s=end_s)
    parts: list[Samples] = []
    render(
        piece.strips, piece.mix, piece.clock, rate, Path(tempfile.gettempdir()), write=parts.append, settled=settled,
        fits=piece.fits, beat_s=piece.beat_s, progress=progress, threads=threads,
    )  # fmt: skip
    return np.concatenate(parts), rate


def measured_values(rendered: Rendered, rate: int) -> dict[str, float | None]:
    """What was measured of the result, for people and programs."""
    mastered = rendered.mastered
    return {
        "seconds": round(rendered.frames / rate, 3),
        "lufs": round(mastered.lufs, 2) if isfinite(mastered.lufs) else None,
        "true_peak_db": round(mastered.true_peak_db, 2) if isfinite(mastered.true_peak_db) else None,
        "limited_db": round(mastered.limited_db, 2),
    }


def _measured(
    strips: Sequence[Strip], silent: Sequence[bool], spills: Sequence[Spill | None], rate: int, end: float,
    pool: Executor, tell: Callable[[float], None],
) -> tuple[StripMeasure, ...]:  # fmt: skip
    """Each strip played to its end, spilled and measured, several at a time, the most notes first."""
    stop = threading.Event()

    def play(i: int) -> StripMeasure:
        meter = StripMeter(rate, end + RING_S)
        if silent[i]:
            return meter.result()
        source: Source = strips[i].open(rate)
        try:
            while len(part := source.read(CHUNK)):
                if stop.is_set():
                    raise _Stopped
                spill = spills[i]
                if spill is not None:
                    spill.write(part)
                meter.feed(part)
        finally:
            source.close()
        return meter.result()

    order = sorted(range(len(strips)), key=lambda i: (-len(strips[i].onsets), i))
    futures = {pool.submit(play, i): i for i in order}
    found: dict[int, StripMeasure] = {}
    try:
        for future in as_completed(futures):
            found[futures[future]] = future.result()
            tell(_STRIPS_WORK * len(found) / len(strips))
    except BaseException:
        stop.set()
        for future in futures:
            future.cancel()
        raise
    return tuple(found[i] for i in range(len(strips)))


class Stored:
    """A spilled strip, read from beginning to end."""

    def __init__(self, spill: Spill) -> None:
        self._spill, self._at = spill, 0

    def __call__(self, count: int) -> Samples | None:
        """The next samples, None where they are silent."""
        part = self._spill.sounding(self._at, count)
        self._at += count
        return _padded(part, count)

    @property
    def ended(self) -> bool:
        """Whether nothing more comes."""
        return self._at >= self._spill.length


class Played:
    """A strip that is played while it is mixed; its source is opened at the first read and closed at its end."""

    def __init__(self, strip: Strip, rate: int) -> None:
        self._strip, self._rate = strip, rate
        self._source: Source | None = None
        self.ended = False

    def __call__(self, count: int) -> Samples | None:
        """The next samples, None where they are silent."""
        if self.ended:
            return None
        if self._source is None:
            self._source = self._strip.open(self._rate)
        part = self._source.read(count)
        if len(part) < count:
            self.close()
        return _padded(part, count) if sounds(part) else None

    def close(self) -> None:
        """Free what it holds; nothing more comes."""
        self.ended = True
        if self._source is not None:
            self._source.close()
            self._source = None


def _next(feed: Stored | Played | None, count: int) -> Samples | None:
    return None if feed is None else feed(count)


def _padded(part: Samples | None, count: int) -> Samples | None:
    if part is None or len(part) == count:
        return part
    whole = np.zeros((count, 2), np.float32)
    whole[: len(part)] = part
    return whole


def mixed_chunks(
    mixer: Mixer, feeds: Sequence[Stored | Played | None], rate: int, pool: Executor | None,
    listener: Listener | None = None, sizes: Iterator[int] | None = None,
) -> Iterator[Mixed]:  # fmt: skip
    """The mix chunk by chunk, until the strips have ended and the returns have died away.

    `feeds` are the strips' (None: not wanted); `sizes` the chunks' lengths, multiples of 64, CHUNK when not given.
    """
    spread = pool.map if pool is not None else map
    while not all(feed is None or feed.ended for feed in feeds):
        count = CHUNK if sizes is None else next(sizes)
        dry = list(spread(_next, feeds, repeat(count)))
        if listener is not None:
            listener.dry(dry, count)
        yield mixer.process(dry, count, pool)
    nothing = [None] * len(feeds)
    for _ in range(ceil(mixer.tail_s * rate / _FLUSH)):
        yield mixer.process(nothing, _FLUSH, pool)


class _Keeper:
    """Writes a mix to the bus and the stems, less what is next to silence at its end."""

    def __init__(
        self, mixer: Mixer, bus: Spill, stems: StemSink | None, listener: Listener | None, names: Sequence[str],
        rate: int, pool: Executor,
    ) -> None:  # fmt: skip
        self._wanted = [i for i, wanted in enumerate(mixer.wanted) if wanted]
        self._returns = [i for i, name in enumerate(RETURNS) if name in mixer.returns]
        self._bus, self._stems, self._listener, self._pool = bus, stems, listener, pool
        self._peak = 0.0
        self._rate = rate
        self._waiting: list[Mixed] = []
        if stems is not None:
            stems.begin(names)

    def write(self, mixed: Mixed) -> None:
        """The next chunk."""
        count = len(mixed.bus)
        peaks = [_peak(mixed.bus[at : at + _BLOCK]) for at in range(0, count, _BLOCK)]
        self._peak = max(self._peak, *peaks)
        loud = [i for i, peak in enumerate(peaks) if peak > self._peak * _QUIET]
        last = min(count, (loud[-1] + 1) * _BLOCK) if loud else 0
        if last or sum(len(chunk.bus) for chunk in self._waiting) > _PATIENCE_S * self._rate:
            for chunk in self._waiting:
                self._give(chunk)
            self._waiting = []
        if last:
            self._give(_cut(mixed, 0, last))
        if last < count:
            self._waiting.append(_cut(mixed, last, count))

    def finish(self) -> None:
        """The mix is over: what waits was its silence, of which the beginning is kept, to fade out in."""
        left = round(_KEEP_S * self._rate)
        for chunk in self._waiting:
            if left > 0:
                self._give(_cut(chunk, 0, left))
            left -= len(chunk.bus)
        self._waiting = []

    def _give(self, mixed: Mixed) -> None:
        if self._listener is not None:
            self._listener.mixed(mixed)
        self._bus.write(mixed.bus)
        stems = self._stems
        if stems is None:
            return
        parts = [*(mixed.strips[i] for i in self._wanted), *(mixed.returns[i] for i in self._returns)]
        silence = np.zeros_like(mixed.bus)
        for _ in self._pool.map(
            lambda row: stems.write(row[0], silence if row[1] is None else row[1]), enumerate(parts)
        ):
            pass


def _cut(mixed: Mixed, start: int, stop: int) -> Mixed:
    if start == 0 and stop >= len(mixed.bus):
        return mixed
    return Mixed(
        mixed.bus[start:stop],
        tuple(None if part is None else part[start:stop] for part in mixed.strips),
        tuple(None if part is None else part[start:stop] for part in mixed.returns),
    )


class _Output:
    """Where the master writes to; the result is as long as the mix, and the stems."""

    def __init__(self, length: int, write: Callable[[Samples], None], listener: Listener | None) -> None:
        self._length, self._write, self._listener = length, write, listener
        self.frames = 0

    def write(self, samples: Samples) -> None:
        """The next samples of the result."""
        self.frames += len(samples)
        if self._listener is not None:
            self._listener.final(samples)
        self._write(samples)

    def finish(self) -> None:
        """What the master left away at the end is silence."""
        if self.frames < self._length:
            self.write(np.zeros((self._length - self.frames, 2), np.float32))


def _peak(samples: Samples) -> float:
    return max(float(samples.max(initial=0.0)), -float(samples.min(initial=0.0)))


def _teller(progress: Progress | None) -> Callable[[float, float], None]:
    if progress is None:
        return lambda done, part: None
    return lambda done, part: progress(round(10 * (done + part)), 1000)


@contextmanager
def _pool(threads: int) -> Iterator[Executor]:
    pool = ThreadPoolExecutor(threads)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _clocked(spent: list[tuple[str, float]], stage: str) -> Iterator[None]:
    began = perf_counter()
    yield
    spent.append((stage, perf_counter() - began))
