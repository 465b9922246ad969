"""The second pass: strips read side by side, mixed, and handed on to the bus and the stems.

Conventions: samples as in synth/signal.py; None is silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import partial
from itertools import repeat
from math import ceil
from typing import Protocol

import numpy as np

from partimento.synth.mixer import RETURNS, Mixed, Mixer
from partimento.synth.signal import CHUNK, Samples, Source, Strip
from partimento.synth.spill import Spill, sounds

_QUIET = 10 ** (-66 / 20)
_BLOCK = 4096
_FLUSH = 1 << 14
_KEEP_S = 0.15
"""What is kept after the last sound above -66 dB of the peak; the master fades out in it."""
_PATIENCE_S = 15.0
_SILENT_SHARE = 1 / 12
"""Next to silence waits so long to be the end; mere silence, which holds no strips, twelve times as long."""


class StemSink(Protocol):
    """Takes the stems of a mix: what strips and returns gave to the bus, each as long as the mix."""

    def begin(self, names: Sequence[str]) -> None:
        """Their names, before the first sample."""

    def write(self, number: int, samples: Samples) -> None:
        """The next samples of stem `number` (read only); different ones may come from different threads."""


class Listener(Protocol):
    """Hears the piece at three places as it passes, to measure it; each place in order, but from threads of its own."""

    def dry(self, strips: Sequence[Samples | None], count: int) -> None:
        """The next `count` samples of the strips that are mixed, before anything is done to them (read only)."""

    def mixed(self, mixed: Mixed) -> None:
        """The same stretch after mixing."""

    def final(self, samples: Samples) -> None:
        """The next samples of the result."""


class Stored:
    """A spilled strip, read from beginning to end, and forgotten meanwhile."""

    def __init__(self, spill: Spill) -> None:
        self._spill, self._at = spill, 0

    def __call__(self, count: int) -> Samples | None:
        """The next samples, None where they are silent."""
        part = self._spill.sounding(self._at, count)
        self._at += count
        self._spill.forget(self._at)
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


def _nth(feeds: Sequence[Stored | Played | None], count: int, i: int) -> Samples | None:
    return _next(feeds[i], count)


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
    if sizes is None:
        yield from _ahead(mixer, feeds, rate, pool, listener)
        return
    while not _ended(feeds):
        count = next(sizes)
        yield mixer.together(mixer.channels(partial(_nth, feeds, count), count, pool), pool)
    yield from _flushed(mixer, rate, pool)


def _ahead(
    mixer: Mixer, feeds: Sequence[Stored | Played | None], rate: int, pool: Executor | None, listener: Listener | None
) -> Iterator[Mixed]:
    """The chunks for one who can wait: one's channels are done while the one before is put together."""
    with ThreadPoolExecutor(1) as later:
        under_way: Future[Mixed] | None = None
        while not _ended(feeds):
            dry = None
            if listener is not None:
                dry = list((pool.map if pool is not None else map)(_next, feeds, repeat(CHUNK)))
                listener.dry(dry, CHUNK)
            read = dry.__getitem__ if dry is not None else lambda i: _next(feeds[i], CHUNK)
            channels = mixer.channels(read, CHUNK, pool)
            if under_way is not None:
                yield under_way.result()
            under_way = later.submit(mixer.together, channels, pool)
        if under_way is not None:
            yield under_way.result()
    yield from _flushed(mixer, rate, pool)


def _flushed(mixer: Mixer, rate: int, pool: Executor | None) -> Iterator[Mixed]:
    for _ in range(ceil(mixer.tail_s * rate / _FLUSH)):
        yield mixer.together(mixer.channels(lambda _: None, _FLUSH, pool), pool)


def _ended(feeds: Sequence[Stored | Played | None]) -> bool:
    return all(feed is None or feed.ended for feed in feeds)


class Keeper:
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
        level = np.abs(mixed.bus.reshape(-1))
        peaks = np.maximum.reduceat(level, np.arange(0, 2 * count, 2 * _BLOCK))
        self._peak = max(self._peak, float(peaks.max()))
        loud = np.flatnonzero(peaks > self._peak * _QUIET)
        last = min(count, (int(loud[-1]) + 1) * _BLOCK) if len(loud) else 0
        if last or sum(map(_burden, self._waiting)) > _PATIENCE_S * self._rate:
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


def _burden(mixed: Mixed) -> float:
    """How much of the patience a waiting chunk costs."""
    silent = all(part is None for part in (*mixed.strips, *mixed.returns))
    return len(mixed.bus) * (_SILENT_SHARE if silent else 1.0)


def _cut(mixed: Mixed, start: int, stop: int) -> Mixed:
    if start == 0 and stop >= len(mixed.bus):
        return mixed
    return Mixed(
        mixed.bus[start:stop],
        tuple(None if part is None else part[start:stop] for part in mixed.strips),
        tuple(None if part is None else part[start:stop] for part in mixed.returns),
    )
