"""What the sends feed: two spaces by convolution, and the tempo delay. They give the wet sound alone.

Conventions: samples as in synth/signal.py; `tail_s` is how long after the last sound something still comes (-60 dB).
No latency: what comes in may come out within the same call.
"""

from __future__ import annotations

from math import log

import numpy as np
from numpy.typing import NDArray

from partimento.score.mix import Delay, EqBand
from partimento.synth.filters import Sections, sections
from partimento.synth.impulses import response
from partimento.synth.scipy_later import irfft, next_fast_len, rfft
from partimento.synth.signal import Samples

_HEAD, _MIDDLE = 1 << 12, 1 << 15
"""The response is cut here. Small chunks are convolved with the head as they come, with the rest block by block."""
_ROOM = 1 << 16
_GONE = 1e-7
"""Echoes below this (-140 dBFS) are over."""
LONGEST_DELAY_S, SHORTEST_DELAY_S = 4.0, 0.01
MOST_FEEDBACK = 0.9


class _Part:
    """A piece of the response, convolved with blocks of `block` samples (0: with whatever comes)."""

    def __init__(self, impulses: NDArray[np.float32], offset: int, block: int) -> None:
        self.impulses, self.offset, self.block = impulses, offset, block
        self.waiting = np.zeros((2, block), np.float32)
        self.filled = 0
        self._spectra: dict[int, NDArray[np.complex64]] = {}

    def convolved(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """The sound (2, n) through this piece, (2, n + piece - 1) or more."""
        need = sound.shape[1] + self.impulses.shape[2] - 1
        size = min((known for known in self._spectra if need <= known <= 2 * need), default=0)
        if not size:
            # Small chunks come in many sizes, and each would need a table.
            size = next_fast_len(need) if need > 4 * _HEAD else 1 << (need - 1).bit_length()
            self._spectra[size] = rfft(self.impulses, size)
        spectra = self._spectra[size]
        left = rfft(sound[0], size)
        right = left if np.array_equal(sound[0], sound[1]) else rfft(sound[1], size)
        wet = np.empty((2, size), np.float32)
        for ear in (0, 1):
            mixed = left * spectra[0, ear]
            mixed += right * spectra[1, ear]
            wet[ear] = irfft(mixed, size, overwrite=True)
        return wet[:, :need]


class Convolver:
    """Convolution with a response (2, 2, m) of two channels into two, in chunks of any size."""

    def __init__(self, impulses: NDArray[np.float32]) -> None:
        self._length = impulses.shape[2]
        self._whole = _Part(impulses, 0, 0)
        self._head = _Part(impulses[:, :, :_HEAD], 0, 0)
        self._later = [
            _Part(impulses[:, :, start:stop], start, start)
            for start, stop in ((_HEAD, _MIDDLE), (_MIDDLE, self._length))
            if start < self._length
        ]
        self._coming = np.zeros((2, self._length + _ROOM), np.float32)
        self._at = 0
        self._alive = 0

    def process(self, samples: Samples) -> Samples:
        """The samples convolved, in place."""
        if len(samples) >= _MIDDLE:
            self._flush()
            self._through(self._whole, samples.T, 0)
            self._give(samples)
            return samples
        start = 0
        while start < len(samples):
            # No piece reaches over the end of a block, so that its later parts are ready when they are due.
            stop = min(len(samples), start + min([_HEAD] + [part.block - part.filled for part in self._later]))
            piece = samples[start:stop]
            self._through(self._head, piece.T, 0)
            for part in self._later:
                part.waiting[:, part.filled : part.filled + len(piece)] = piece.T
                part.filled += len(piece)
            self._give(piece)
            for part in self._later:
                if part.filled == part.block:
                    self._use(part)
            start = stop
        return samples

    def _use(self, part: _Part) -> None:
        """Convolve what a part has gathered."""
        self._through(part, part.waiting[:, : part.filled], part.offset - part.filled)
        part.filled = 0

    def _flush(self) -> None:
        for part in self._later:
            if part.filled:
                self._use(part)

    def _through(self, part: _Part, sound: NDArray[np.float32], offset: int) -> None:
        """Add the sound through a part to what is coming, `offset` samples from now."""
        if not sound.any():
            return
        wet = part.convolved(np.ascontiguousarray(sound))
        end = offset + wet.shape[1]
        if self._at + end > self._coming.shape[1]:
            left = self._coming[:, self._at : self._at + self._alive].copy()
            if end > self._coming.shape[1] - _ROOM:
                self._coming = np.zeros((2, end + _ROOM), np.float32)
            else:
                self._coming[:] = 0
            self._coming[:, : self._alive] = left
            self._at = 0
        self._coming[:, self._at + offset : self._at + end] += wet
        self._alive = max(self._alive, end)

    def _give(self, samples: Samples) -> None:
        """Write what is due now over the samples."""
        ready = min(len(samples), self._alive)
        due = self._coming[:, self._at : self._at + ready]
        samples[:ready] = due.T
        samples[ready:] = 0
        due[:] = 0
        self._alive -= ready
        self._at = self._at + ready if self._alive else 0


class Reverb:
    """A "room" or a "hall" that dies away in `seconds` (kept within 0.15-12 s); wet only."""

    def __init__(self, seconds: float, rate: int, kind: str = "room") -> None:
        impulses = response(seconds, rate, kind)
        self.tail_s = impulses.shape[2] / rate
        self._convolver = Convolver(impulses)

    def process(self, samples: Samples) -> Samples:
        """The reverberation of the samples, in place."""
        return self._convolver.process(samples)


class Echo:
    """A tempo delay (wet only), each repeat darker and thinner than the one before.

    `beat_s`: seconds of a quarter note. With ping-pong, repeats come from the left and the right in turn.
    """

    def __init__(self, delay: Delay, beat_s: float, rate: int) -> None:
        wait_s = min(LONGEST_DELAY_S, max(SHORTEST_DELAY_S, delay.beats * beat_s))
        self._wait = round(wait_s * rate)
        self._feedback = min(MOST_FEEDBACK, max(0.0, delay.feedback))
        self._ping_pong = delay.ping_pong
        band = (EqBand("high-pass", delay.low_hz, q=0.6), EqBand("low-pass", delay.high_hz, q=0.6))
        self._band = Sections(sections(band, rate))
        self._line = np.zeros((self._wait, 2), np.float32)
        self._at = 0
        self._quiet = self._wait
        repeats = 1 + (log(1e-3) / log(self._feedback) if self._feedback > 0.001 else 1.0)
        self.tail_s = wait_s * repeats

    def process(self, samples: Samples) -> Samples:
        """The echoes of the samples, in place."""
        start = 0
        while start < len(samples):
            stop = min(len(samples), start + self._wait - self._at)
            self._step(samples[start:stop])
            start = stop
        return samples

    def _step(self, samples: Samples) -> None:
        """A piece that the line holds in one."""
        line = self._line[self._at : self._at + len(samples)]
        self._at = (self._at + len(samples)) % self._wait
        if self._quiet >= self._wait and not samples.any():
            line[:] = 0
            samples[:] = 0
            return
        wet = line.copy()
        back = wet[:, ::-1] if self._ping_pong else wet
        np.multiply(back, np.float32(self._feedback), out=line)
        if self._ping_pong:
            line[:, 0] += (samples[:, 0] + samples[:, 1]) * np.float32(0.5)
        else:
            line += samples
        self._band.process(line)
        loud = np.flatnonzero(np.abs(line).ravel() > _GONE)
        self._quiet = len(line) - 1 - int(loud[-1]) // 2 if len(loud) else self._quiet + len(line)
        samples[:] = wet
