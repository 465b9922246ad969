"""Sound while it is being made: a song's samples from its beginning, the rest rendered ahead by a thread.

Conventions: samples as in synth/signal.py. Nothing is measured: what is used is a mix settled before, or the profile's
static gains. The first chunks are short, so that there is something to hear at once.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Full, Queue
from typing import Unpack

from partimento.score.song import Song
from partimento.synth.master import StreamMaster
from partimento.synth.mix_pass import Played, mixed_chunks
from partimento.synth.mixer import Mixer, aligned
from partimento.synth.piece import Piece, piece_of_song
from partimento.synth.render import THREADS, refuse_silence
from partimento.synth.renderers import How
from partimento.synth.settle import settle_unmeasured
from partimento.synth.settled import Settled
from partimento.synth.signal import RATES, Samples

FIRST, LARGEST = 4096, 32768
_AHEAD = 8
"""Chunks that lie ready at the most."""
_LOOK_S = 0.1
_Ready = Queue[Samples | BaseException | None]


def stream_song(
    song: Song, soundfont: Path | str | None = None, *, settled: Settled | None = None, rate: int = RATES[0],
    start_s: float = 0.0, **how: Unpack[How],
) -> Generator[Samples, None, None]:  # fmt: skip
    """The song's sound from `start_s` on, chunk by chunk (float32 (n, 2)); closing the generator stops the work.

    `settled` is a mix measured before; without it gains are the profile's. Raises RenderError, and BriefError
    where all is muted or nothing sounds.
    """
    return stream(piece_of_song(song, soundfont, start_s=start_s, **how), settled, rate)


def stream(piece: Piece, settled: Settled | None, rate: int) -> Generator[Samples, None, None]:
    """As `stream_song`, of any piece."""
    ready: _Ready = Queue(_AHEAD)
    stop = threading.Event()
    worker = threading.Thread(target=_work, args=(piece, settled, rate, ready, stop), daemon=True)
    worker.start()
    try:
        while True:
            item = ready.get()
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()
        worker.join()


def _work(piece: Piece, settled: Settled | None, rate: int, ready: _Ready, stop: threading.Event) -> None:
    """Render and hand over until the end, or until nobody listens any more."""
    feeds: list[Played | None] = []
    try:
        settled = aligned(settled, piece.strips) if settled else settle_unmeasured(piece.mix, piece.strips)
        refuse_silence([channel.silent for channel in settled.channels])
        mixer = Mixer(settled, piece.mix, piece.clock, piece.beat_s, rate)
        master = StreamMaster(piece.mix, settled, rate)
        feeds = [
            Played(strip, rate) if wanted else None for strip, wanted in zip(piece.strips, mixer.wanted, strict=True)
        ]
        with ThreadPoolExecutor(THREADS) as pool:
            for mixed in mixed_chunks(mixer, feeds, rate, pool, sizes=_sizes()):
                if not _put(ready, master.process(mixed.bus), stop):
                    return
        _put(ready, master.flush(), stop)
        _put(ready, None, stop)
    except BaseException as error:
        _put(ready, error, stop)
    finally:
        for feed in feeds:
            if feed is not None:
                feed.close()


def _sizes() -> Iterator[int]:
    size = FIRST
    while True:
        yield size
        size = min(LARGEST, 2 * size)


def _put(ready: _Ready, item: Samples | BaseException | None, stop: threading.Event) -> bool:
    """Hand over; False when nobody listens any more."""
    while not stop.is_set():
        try:
            ready.put(item, timeout=_LOOK_S)
            return True
        except Full:
            continue
    return False
