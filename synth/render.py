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
from math import ceil, isfinite
from pathlib import Path
from time import perf_counter
from typing import Unpack

import numpy as np

from partimento.score.mix import Mix
from partimento.score.song import Song
from partimento.synth import scipy_later
from partimento.synth.behind import Behind
from partimento.synth.fluid_font import free_fonts
from partimento.synth.makeup import with_makeup
from partimento.synth.master import Mastered, master
from partimento.synth.measure import StripMeasure, StripMeter
from partimento.synth.mix_pass import Keeper, Listener, Played, StemSink, Stored, mixed_chunks
from partimento.synth.mixer import Mixer, aligned
from partimento.synth.piece import piece_of_song
from partimento.synth.renderers import How
from partimento.synth.settle import settle, settle_unmeasured
from partimento.synth.settled import Settled
from partimento.synth.signal import CHUNK, RATES, Clock, Samples, Source, Strip
from partimento.synth.spill import Spill, check_room, room_for
from partimento.theory.errors import BriefError, RenderError

Progress = Callable[[int, int], None]
"""Told now and then: how much of the work is done, of how much."""

LONGEST_S = 24 * 3600.0
RING_S = 10.0
"""What a strip may ring after its last release, at the most."""
THREADS = 2
_LONG_S = 1800.0
_STRIPS_WORK, _MIX_WORK, _MASTER_WORK = 60, 25, 15


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
    where things are set aside. Raises RenderError (no strip sounds, or for more than 24 hours), BriefError (all
    are muted) and OutputError.
    """
    end = max((strip.end for strip in strips if strip.onsets or strip.end > 0), default=0.0)
    if not strips or end <= 0:
        raise RenderError("there is nothing to play: no track has a note")
    if not end < LONGEST_S:
        raise RenderError(f"the piece lasts {end / 3600:.1f} hours; at most {LONGEST_S / 3600:.0f} are rendered")
    spent: list[tuple[str, float]] = []
    tell = _teller(progress)
    bus_bytes = ceil((end + 2 * RING_S) * rate) * 8
    check_room(folder, 2 * bus_bytes)
    with ExitStack() as stack:
        measures: tuple[StripMeasure, ...] = ()
        spills: list[Spill | None] = [None] * len(strips)
        if settled is None:
            silent = tuple(channel.silent for channel in settle_unmeasured(mix, strips).channels)
            refuse_silence(silent)
            # What finds no room on the disk is played a second time instead.
            if room_for(folder, (len(strips) + 2) * bus_bytes):
                spills = [
                    None if mute else stack.enter_context(Spill(folder, f"'{strip.name}'"))
                    for strip, mute in zip(strips, silent, strict=True)
                ]
            with _clocked(spent, "strips"), _pool(threads) as pool:
                measures = _measured(strips, silent, spills, rate, end, pool, lambda part: tell(0, part))
            if end > _LONG_S and any(spills):
                free_fonts()  # what is left to do needs no font, and memory for the length of the piece
            with _clocked(spent, "settle"), _pool(threads) as pool:
                settled = with_makeup(settle(mix, strips, measures, fits=fits), spills, rate, pool)
        else:
            settled = aligned(settled, strips)
            refuse_silence([channel.silent for channel in settled.channels])
        mixer = Mixer(settled, mix, clock, beat_s, rate)
        bus = stack.enter_context(Spill(folder, "the mix"))
        names = (*(s.name for s, wanted in zip(strips, mixer.wanted, strict=True) if wanted), *mixer.returns)
        with _clocked(spent, "mix"), ExitStack() as sources:
            feeds: list[Stored | Played | None] = []
            for strip, spill, wanted in zip(strips, spills, mixer.wanted, strict=True):
                feeds.append(None if not wanted else Stored(spill) if spill is not None else Played(strip, rate))
                sources.callback(_close, feeds[-1])
            pool = sources.enter_context(_pool(threads))
            keeper = Keeper(mixer, bus, stems, listener, names, rate, pool)
            with Behind(keeper.write) as keep:
                for mixed in mixed_chunks(mixer, feeds, rate, pool, listener):
                    keep(mixed)
                    tell(_STRIPS_WORK, _MIX_WORK * min(1.0, bus.length / rate / (end + RING_S)))
            keeper.finish()
        for spill in spills:
            if spill is not None:
                spill.close()
        with _clocked(spent, "master"):
            out = _Output(bus.length, write, listener)
            scratch = stack.enter_context(Spill(folder, "the master"))
            tell(_STRIPS_WORK + _MIX_WORK, 0.0)
            with Behind(out.write) as behind:
                mastered = master(bus, scratch, mix, settled, rate, behind)
            out.finish()
        tell(100, 0.0)
        return Rendered(mastered.settled, mastered, out.frames, measures, names if stems else (), tuple(spent))


def refuse_silence(silent: Sequence[bool]) -> None:
    """Raise BriefError when all are silent."""
    if all(silent):
        raise BriefError("there is nothing to hear: every track is muted")


def _close(feed: Stored | Played | None) -> None:
    if isinstance(feed, Played):
        feed.close()


def render_song(
    song: Song, soundfont: Path | str | None = None, *, rate: int = RATES[0], start_s: float = 0.0,
    end_s: float | None = None, settled: Settled | None = None, progress: Progress | None = None,
    threads: int = THREADS, **how: Unpack[How],
) -> tuple[Samples, int]:  # fmt: skip
    """The song's finished sound, held in memory as a whole, with its sample rate; `settled` as `render` takes it.

    Raises RenderError: no library or SoundFont, or nothing to play.
    """
    piece = piece_of_song(song, soundfont, start_s=start_s, end_s=end_s, **how)
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
    scipy_later.load()  # what comes next needs it, and FluidSynth leaves the time
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
