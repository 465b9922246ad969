"""A settled mix at work: dry strips in, the bus out, chunk by chunk; and what each strip and return gave to it.

Conventions: samples as in synth/signal.py; chunks are whole blocks of filters.STEP samples, but for the last. The bus
is the sum of the strips in their order and then of the returns, in float32, so that it does not depend on threads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from math import ceil
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from partimento.score.mix import Mix
from partimento.synth.batch import BatchReverb, gpu_present
from partimento.synth.dynamics import Compressor, Ducker
from partimento.synth.filters import Equaliser
from partimento.synth.moves import Automation
from partimento.synth.settled import Channel, Settled
from partimento.synth.signal import Clock, Processor, Samples, Strip
from partimento.synth.space import Echo, Reverb
from partimento.synth.stereo import Panner, Widener
from partimento.theory.errors import RenderError

_Amount = float | NDArray[np.float32]
RETURNS = ("Room", "Hall", "Delay")
_QUIET = 1e-7
_REST_S = 3.0
"""A channel rests after so long a silence: its filters and followers have come to rest too."""


@dataclass(frozen=True, slots=True)
class Mixed:
    """A chunk of the mix. Strips stand in the channels' order; None is silence."""

    bus: Samples
    strips: tuple[Samples | None, ...]
    returns: tuple[Samples | None, ...]
    """As RETURNS."""


@dataclass(frozen=True, slots=True)
class Channels:
    """A chunk half mixed: what each channel gives, and how much of it goes into each return."""

    start: int
    count: int
    outs: tuple[Samples | None, ...]
    sends: tuple[tuple[_Amount, _Amount, _Amount] | None, ...]


def aligned(settled: Settled, strips: Sequence[Strip]) -> Settled:
    """Settled for these strips alone, in their order; RenderError when it does not know one of them."""
    known = {channel.name: channel for channel in settled.channels}
    lacking = next((strip.name for strip in strips if strip.name not in known), None)
    if lacking is not None:
        raise RenderError(f"the stored mix knows no '{lacking}': it belongs to something else. Remove its mix.json.")
    return replace(settled, channels=tuple(known[strip.name] for strip in strips))


class Mixer:
    """Runs `settled` with the moves, spaces and delay of `mix`; `clock` tells ticks in seconds from the first sample.

    `beat_s` is what the delay counts in: how long a quarter note lasts.
    """

    def __init__(self, settled: Settled, mix: Mix, clock: Clock, beat_s: float, rate: int) -> None:
        self._at = 0
        self._lines = [None if c.silent else _Line(c, mix, clock, rate) for c in settled.channels]
        self._kicks = [i for i, line in enumerate(self._lines) if line is not None and line.channel.role == "kick"]
        heard = [line for line in self._lines if line is not None]
        whole = [move for move in mix.moves if move.target == ""]
        halls = any(move.parameter == "hall" for move in mix.moves)
        self._whole_hall = Automation(whole, ("",), clock, rate)
        make: tuple[tuple[Callable[[_Line], bool], Callable[[], _Space]], ...] = (
            (lambda line: line.channel.room > 0, lambda: _reverb(mix.room_s, rate, "room")),
            (lambda line: halls or line.channel.hall > 0, lambda: _reverb(mix.hall_s, rate, "hall")),
            (lambda line: line.channel.delay > 0, lambda: Echo(mix.delay, beat_s, rate)),
        )
        self._returns = [_Return(space(), rate) if any(map(sends, heard)) else None for sends, space in make]
        self._after = [
            Automation(whole, ("",), clock, rate) if not self._whole_hall.idle else None
            for _ in range(len(self._lines) + len(RETURNS))
        ]

    @property
    def wanted(self) -> tuple[bool, ...]:
        """Which strips are heard; the others' sound need not be made."""
        return tuple(line is not None for line in self._lines)

    @property
    def returns(self) -> tuple[str, ...]:
        """The returns that have something to say, of RETURNS."""
        return tuple(name for name, one in zip(RETURNS, self._returns, strict=True) if one is not None)

    @property
    def tail_s(self) -> float:
        """How long the longest return rings after its last sound."""
        return max((one.space.tail_s for one in self._returns if one is not None), default=0.0)

    def process(self, dry: Sequence[Samples | None], count: int, pool: Executor | None = None) -> Mixed:
        """The next `count` samples; `dry` are the strips' (overwritten), None where they are silent."""
        return self.together(self.channels(dry.__getitem__, count, pool), pool)

    def channels(self, read: Callable[[int], Samples | None], count: int, pool: Executor | None = None) -> Channels:
        """The first half of `process`: each channel by itself; `read(i)` gives strip i's dry sound, from any thread.

        The next chunk's may be done while this one's second half is under way.
        """
        start = self._at
        self._at += count
        keys: dict[int, Future[Samples | None]] = {i: Future() for i in self._kicks}

        def channel(i: int) -> Samples | None:
            line = self._lines[i]
            if line is None:
                return None
            if i not in keys:
                # Kicks come first in the queue, so that whoever waits for one waits for what is under way.
                key = _key([keys[k].result() for k in self._kicks]) if line.ducks else None
                return line.place(line.clean(read(i), count), key, start, count)
            try:
                sound = line.clean(read(i), count)
                keys[i].set_result(None if sound is None else sound.copy())
            except BaseException as error:
                keys[i].set_exception(error)
                raise
            return line.place(sound, keys[i].result() if line.ducks else None, start, count)

        order = [*self._kicks, *(i for i in range(len(self._lines)) if i not in keys)]
        outs = dict(zip(order, (pool.map if pool is not None else map)(channel, order), strict=True))
        amounts = [line.sends(start, start + count, self._whole_hall) if line else None for line in self._lines]
        return Channels(start, count, tuple(outs[i] for i in range(len(order))), tuple(amounts))

    def together(self, channels: Channels, pool: Executor | None = None) -> Mixed:
        """The second half: returns and bus of what the channels gave; chunk after chunk."""
        spread = pool.map if pool is not None else map
        outs: Sequence[Samples | None] = channels.outs
        start, count = channels.start, channels.count

        def summed(k: int) -> Samples | None:
            if k == len(RETURNS):
                return _sum(outs, count)
            one = self._returns[k]
            return one.process(outs, [row and row[k] for row in channels.sends], count) if one is not None else None

        # The longest first: the hall, then the room.
        order = (1, 0, len(RETURNS), 2)
        sums = dict(zip(order, spread(summed, order), strict=True))
        returns = [sums[k] for k in range(len(RETURNS))]
        bus = sums[len(RETURNS)]
        if not self._whole_hall.idle:
            both = [*outs, *returns]
            both = list(spread(lambda i: self._final(i, both[i], start), range(len(both))))
            outs, returns = both[: len(outs)], both[len(outs) :]
            bus = _sum(outs, count)
        assert bus is not None
        for sound in returns:
            if sound is not None:
                bus += sound
        return Mixed(bus, tuple(outs), tuple(returns))

    def _final(self, i: int, samples: Samples | None, start: int) -> Samples | None:
        """What the whole mix's moves do; linear, so that the sum of the parts is what they do to the whole."""
        after = self._after[i]
        return samples if samples is None or after is None else after.apply(samples, start)


class _Line:
    """One channel's processors, in order."""

    def __init__(self, channel: Channel, mix: Mix, clock: Clock, rate: int) -> None:
        self.channel = channel
        self._gain = np.float32(10 ** (channel.gain_db / 20))
        self._clean: list[Processor] = []
        if channel.eq:
            self._clean.append(Equaliser(channel.eq, rate))
        if channel.squeeze is not None:
            self._clean.append(Compressor(channel.squeeze, rate))
        if channel.spread > 0:
            self._clean.append(Widener(channel.spread, rate))
        self._duck = Ducker(channel.duck_db, rate) if channel.duck_db > 0 else None
        # A piece of a kit follows its kit's moves too.
        self._moves = Automation(mix.moves, {channel.name, channel.name.partition("/")[0]}, clock, rate)
        self._pan = Panner(channel.pan, channel.width, rate)
        self.ducks = self._duck is not None
        self._rest = self._quiet = ceil(_REST_S * rate)

    def clean(self, dry: Samples | None, count: int) -> Samples | None:
        """Gain, EQ and squeeze."""
        if dry is None:
            if self._quiet >= self._rest:
                return None
            self._quiet += count
            dry = np.zeros((count, 2), np.float32)
        else:
            self._quiet = 0
            dry *= self._gain
        for processor in self._clean:
            dry = processor.process(dry)
        return dry

    def place(self, sound: Samples | None, key: Samples | None, start: int, count: int) -> Samples | None:
        """Ducking, moves, width and pan; None when nothing is left to hear."""
        if self._duck is not None:
            # The ducker follows the kick also while nothing is there to be ducked.
            follow = sound if sound is not None else np.zeros((count, 2), np.float32)
            follow = self._duck.process(follow, key if key is not None else np.zeros_like(follow))
            sound = None if sound is None else follow
        if sound is None:
            return None
        if self._quiet and not _heard(sound):
            return None
        return self._pan.process(self._moves.apply(sound, start))

    def sends(self, start: int, stop: int, whole: Automation) -> tuple[_Amount, _Amount, _Amount]:
        """How much goes into each of RETURNS."""
        added = self._moves.hall(start, stop) + whole.hall(start, stop)
        hall: _Amount = self.channel.hall
        if not (isinstance(added, float) and added == 0.0):
            raised = np.clip(np.asarray(self.channel.hall + added, np.float32), 0.0, 1.0)
            hall = raised if raised.ndim else float(raised)
        return self.channel.room, hall, self.channel.delay


class _Space(Processor, Protocol):
    """A Processor that rings."""

    tail_s: float


def _reverb(seconds: float, rate: int, kind: str) -> _Space:
    return BatchReverb(seconds, rate, kind) if gpu_present() else Reverb(seconds, rate, kind)


class _Return:
    """A space or delay with what is sent into it."""

    def __init__(self, space: _Space, rate: int) -> None:
        self.space = space
        self._tail = ceil(space.tail_s * rate)
        self._left = 0

    def process(self, outs: Sequence[Samples | None], amounts: Sequence[_Amount | None], count: int) -> Samples | None:
        """The wet sound of what the channels send."""
        total: Samples | None = None
        part = np.empty((0, 2), np.float32)
        for out, amount in zip(outs, amounts, strict=True):
            if out is None or amount is None or (isinstance(amount, float) and amount <= 0.0):
                continue
            factor = np.float32(amount) if isinstance(amount, float) else amount[:, None]
            if total is None:
                total, part = out * factor, np.empty_like(out)
            else:
                np.multiply(out, factor, out=part)
                total += part
        if total is not None:
            self._left = self._tail
        elif self._left <= 0:
            return None
        else:
            self._left -= count
            wet = self.space.process(np.zeros((count, 2), np.float32))
            return wet if wet.any() else None
        return self.space.process(total)


def _key(kicks: Sequence[Samples | None]) -> Samples | None:
    """What channels are ducked by: all kicks together."""
    sounds = [kick for kick in kicks if kick is not None]
    return sum(sounds[1:], sounds[0]) if sounds else None


def _sum(parts: Sequence[Samples | None], count: int) -> Samples:
    total = np.zeros((count, 2), np.float32)
    for part in parts:
        if part is not None:
            total += part
    return total


def _heard(samples: Samples) -> bool:
    return bool(samples.max(initial=0.0) > _QUIET or samples.min(initial=0.0) < -_QUIET)
