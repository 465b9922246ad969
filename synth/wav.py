"""WAV files, written block by block: RIFF up to 4 GB, RF64 beyond, an open end for a stream; the numbers in them.

Conventions: samples are float32 (n, 2) within [-1, 1]; `bits` is one of BITS. Written by hand, since libsndfile puts
the time of day into float files and wants to seek; equal samples make equal bytes.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from partimento.synth.signal import Samples
from partimento.synth.spill import runs

BITS = ("16", "24", "32f")
_BYTES = {"16": 2, "24": 3, "32f": 4}
_OPEN = 0xFFFFFFFF
_GRAIN = 1 << 13
"""Silence is left out in pieces of so many samples."""
_DS64 = 28
"""Bytes of the RF64 size chunk; the room for it is kept from the beginning (EBU Tech 3306, section 3.4)."""


def header(rate: int, bits: str, frames: int | None, extra: bytes = b"") -> bytes:
    """What stands before the samples; `frames` None leaves the length open, as a stream's is.

    `extra` is whole chunks of an even length (synth/bwf.py), put before the format.
    """
    size = _BYTES[bits]
    kind = 3 if bits == "32f" else 1
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, kind, 2, rate, rate * 2 * size, 2 * size, 8 * size)
    if frames is None:
        return struct.pack("<4sI4s", b"RIFF", _OPEN, b"WAVE") + extra + form + struct.pack("<4sI", b"data", _OPEN)
    fact = struct.pack("<4sII", b"fact", 4, min(frames, _OPEN)) if kind == 3 else b""
    data = frames * 2 * size
    whole = 4 + 8 + _DS64 + len(extra) + len(form) + len(fact) + 8 + data
    if whole < _OPEN:
        start = struct.pack("<4sI4s4sI28x", b"RIFF", whole, b"WAVE", b"JUNK", _DS64)
        return start + extra + form + fact + struct.pack("<4sI", b"data", data)
    start = struct.pack("<4sI4s4sIQQQI", b"RF64", _OPEN, b"WAVE", b"ds64", _DS64, whole, data, frames, 0)
    return start + extra + form + fact + struct.pack("<4sI", b"data", _OPEN)


class Dither:
    """Noise of triangular distribution, two steps wide, before rounding to 16 bits; none where there is silence.

    Each value is the difference of two neighbouring uniform ones, which lifts the noise towards where the ear hears
    less (Wannamaker, Lipshitz and Vanderkooy, 2000). The generator is frozen: equal samples, equal bytes.
    """

    def __init__(self) -> None:
        self._random = np.random.RandomState(20)
        self._last = np.zeros((1, 2))

    def pass_over(self, count: int) -> None:
        """Go on by `count` silent samples."""
        if count:
            self._last = self._random.random_sample((count, 2))[-1:]

    def __call__(self, samples: Samples) -> NDArray[np.float32]:
        """The samples in steps of 16 bits with noise added, not yet rounded."""
        fresh = np.concatenate((self._last, self._random.random_sample((len(samples), 2))))
        self._last = fresh[-1:]
        noise = np.diff(fresh, axis=0).astype(np.float32)
        noise *= samples != 0
        noise += samples * np.float32(32767)
        return noise


def whole_numbers(samples: Samples, bits: str, dither: Dither | None) -> NDArray[np.int32]:
    """The samples as 16- or 24-bit integers (in int32), clipped."""
    most = 32767 if bits == "16" else 8388607
    scaled = dither(samples) if dither is not None and bits == "16" else samples * np.float32(most)
    np.rint(scaled, out=scaled)
    if scaled.max(initial=0.0) > most or scaled.min(initial=0.0) < -most:
        np.clip(scaled, -most, most, out=scaled)
    return scaled.astype(np.int32)


def encoded(samples: Samples, bits: str, dither: Dither | None = None) -> NDArray[np.uint8]:
    """The bytes of the samples as they stand in the file: little-endian, left and right in turn."""
    if bits == "32f":
        return np.ascontiguousarray(samples, "<f4").reshape(-1).view(np.uint8)
    numbers = whole_numbers(samples, bits, dither).reshape(-1)
    if bits == "16":
        return numbers.astype("<i2").view(np.uint8)
    # Numbers of four bytes laid three bytes apart: each covers the highest byte of the one before.
    out = np.empty(3 * len(numbers) + 1, np.uint8)
    np.ndarray(len(numbers), "<i4", out, strides=(3,))[:] = numbers
    return out[:-1]


class WavFile:
    """A WAV file being written to `file`, which can seek; `close` completes the header (`file` stays open).

    `extra` (see `header`) may be replaced by as many other bytes until then.
    """

    def __init__(self, file: BinaryIO, rate: int, bits: str, extra: bytes = b"") -> None:
        self._file, self._rate, self._bits = file, rate, bits
        self.extra = extra
        self._dither = Dither() if bits == "16" else None
        self._frames = 0
        file.write(header(rate, bits, 0, extra))

    def write(self, samples: Samples) -> None:
        """Append samples; where all is silent the file has a hole, which reads as zeros."""
        for start, stop, silent in runs(samples, _GRAIN):
            if not silent:
                self._file.write(encoded(samples[start:stop], self._bits, self._dither).data)
                continue
            if self._dither is not None:
                self._dither.pass_over(stop - start)
            self._file.seek((stop - start) * 2 * _BYTES[self._bits], 1)
        self._frames += len(samples)

    def close(self) -> None:
        """Write the sizes, now that they are known."""
        self._file.truncate(self._file.tell())
        self._file.seek(0)
        self._file.write(header(self._rate, self._bits, self._frames, self.extra))
        self._file.seek(0, 2)
