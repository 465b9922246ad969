"""Samples set aside on disk while a piece is worked on: a Scratch in a file that nobody sees.

Conventions: plain file reading and writing, so that the system's page cache holds what fits and none of it counts as
our memory. The file has no name (or loses it at once), so nothing is left behind however we end. Silence takes no
room, and what is the same left and right takes half.
"""

from __future__ import annotations

import mmap
import os
import shutil
import tempfile
import threading
from bisect import bisect_right
from math import ceil
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from partimento.synth.signal import Samples
from partimento.theory.errors import OutputError

_GRAIN = 1 << 15
"""Samples that are silent, equal on both sides or neither together."""
_SPARSE = 61
_SILENT, _MONO, _STEREO = 0, 1, 2
_FRAME_BYTES = (0, 4, 8)
_SPARE_BYTES = 50_000_000
_CURE = "Make room there, or write to another disk."


class Spill:
    """A Scratch in `folder`: written from one thread, read from any. Raises OutputError when the disk will not take it.

    `name` is what it holds, for messages. It is a context manager; after `close` it is gone.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name
        self._lock = threading.Lock()
        self._starts: list[int] = []
        self._pieces: list[tuple[int, int]] = []  # (kind, offset in the file)
        self._length = 0
        self._bytes = 0
        self._forgotten: int | None = 0 if hasattr(mmap, "MADV_REMOVE") else None
        try:
            self._file = tempfile.TemporaryFile(prefix=".partimento.", suffix=".part", dir=folder, buffering=0)
        except OSError as error:
            raise self._failed(error) from error

    @property
    def length(self) -> int:
        """Samples written so far."""
        return self._length

    @property
    def bytes(self) -> int:
        """What it takes on disk."""
        return self._bytes

    def write(self, samples: Samples) -> None:
        """Append float32 samples (n, 2)."""
        for start in range(0, len(samples), _GRAIN):
            self._append(samples[start : start + _GRAIN])

    def _append(self, samples: Samples) -> None:
        left = samples[:, 0]
        if not sounds(samples):
            kind = _SILENT
        elif np.array_equal(left[::_SPARSE], samples[::_SPARSE, 1]) and np.array_equal(left, samples[:, 1]):
            kind = _MONO
        else:
            kind = _STEREO
        if kind != _SILENT or not self._pieces or self._pieces[-1][0] != _SILENT:
            self._starts.append(self._length)
            self._pieces.append((kind, self._bytes))
        if kind != _SILENT:
            data = np.ascontiguousarray(left if kind == _MONO else samples).data.cast("B")
            try:
                while data:
                    with self._lock:
                        self._file.seek(self._bytes)
                        done = self._file.write(data) or 0
                    self._bytes += done
                    data = data[done:]
            except OSError as error:
                raise self._failed(error) from error
        self._length += len(samples)

    def read(self, start: int, count: int) -> Samples:
        """The samples from `start` on, fewer than `count` at the end; a fresh array."""
        return self.sounding(start, count, silent=True)  # type: ignore[return-value]

    def sounding(self, start: int, count: int, silent: bool = False) -> Samples | None:
        """As `read`, but None where all is silent (unless `silent`)."""
        stop = min(start + count, self._length)
        first, last = bisect_right(self._starts, start) - 1, bisect_right(self._starts, stop - 1)
        if not silent and all(kind == _SILENT for kind, _ in self._pieces[max(0, first) : last]):
            return None
        out = np.zeros((max(0, stop - start), 2), np.float32)
        for i in range(max(0, first), last if stop > start else 0):
            kind, offset = self._pieces[i]
            begins = self._starts[i]
            ends = self._starts[i + 1] if i + 1 < len(self._starts) else self._length
            a, b = max(begins, start), min(ends, stop)
            if kind != _SILENT and b > a:
                self._fill(out[a - start : b - start], kind, offset + (a - begins) * _FRAME_BYTES[kind])
        return out

    def forget(self, until: int) -> None:
        """Give back the room of what lies before sample `until`, which is not read any more, where the system can.

        What is written next then takes the same memory; fresh memory is slow to get.
        """
        i = bisect_right(self._starts, until) - 1
        if i < 0 or self._forgotten is None:
            return
        kind, offset = self._pieces[i]
        stop = offset + (until - self._starts[i]) * _FRAME_BYTES[kind] if until < self._length else self._bytes
        stop -= stop % mmap.ALLOCATIONGRANULARITY
        if stop <= self._forgotten:
            return
        try:
            with mmap.mmap(self._file.fileno(), stop - self._forgotten, offset=self._forgotten) as view:
                view.madvise(mmap.MADV_REMOVE)
            self._forgotten = stop
        except (OSError, ValueError):
            self._forgotten = None

    def _fill(self, out: Samples, kind: int, offset: int) -> None:
        into = out if kind == _STEREO else np.empty(len(out), np.float32)
        rest = into.data.cast("B")
        try:
            while rest:
                done = self._read_at(rest, offset)
                if done == 0:
                    raise OSError(0, "it ends too early")
                offset += done
                rest = rest[done:]
        except OSError as error:
            raise self._failed(error) from error
        if kind == _MONO:
            out[:] = into[:, None]

    def _read_at(self, into: memoryview, offset: int) -> int:
        if hasattr(os, "preadv"):
            return os.preadv(self._file.fileno(), [into], offset)
        with self._lock:
            self._file.seek(offset)
            return self._file.readinto(into)

    def close(self) -> None:
        """Give the room back; what was written is gone."""
        self._file.close()

    def __enter__(self) -> Spill:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _failed(self, error: OSError) -> OutputError:
        reason = error.strerror or str(error)
        return OutputError(f"{_disk(self._folder)} cannot hold {self._name} while it is rendered: {reason}. {_CURE}")


def sounds(samples: Samples) -> bool:
    """Whether anything but zeros is there; a few are looked at first, since mostly they are enough."""
    return bool(samples[::_SPARSE].any()) or bool(samples.any())


def runs(samples: NDArray[np.float32], grain: int) -> list[tuple[int, int, bool]]:
    """The samples (n, channels) cut where sound and silence meet: (start, stop, silent), to the grain."""
    whole = len(samples) // grain
    grains = samples[: whole * grain].reshape(whole, grain * samples.shape[1])
    heard: list[bool] = np.logical_or.reduce(grains, axis=1).tolist()
    if whole * grain < len(samples):
        heard.append(bool(samples[whole * grain :].any()))
    starts = [at for at in range(len(heard)) if at == 0 or heard[at] != heard[at - 1]]
    stops = [*starts[1:], len(heard)]
    return [
        (start * grain, min(stop * grain, len(samples)), not heard[start])
        for start, stop in zip(starts, stops, strict=True)
    ]


def room_for(folder: Path, needed: int) -> bool:
    """Whether `folder`'s disk has `needed` bytes to spare; True where the system does not tell."""
    try:
        return shutil.disk_usage(folder).free >= needed + _SPARE_BYTES
    except OSError:
        return True


def check_room(folder: Path, needed: int) -> None:
    """Raise OutputError when `folder`'s disk has no `needed` bytes to spare."""
    if not room_for(folder, needed):
        wanted, free = ceil((needed + _SPARE_BYTES) / 1e6), int(shutil.disk_usage(folder).free / 1e6)
        raise OutputError(f"to render, {_disk(folder)} needs {wanted:,} MB free; it has {free:,} MB. {_CURE}")


def _disk(folder: Path) -> str:
    """The disk as people know it: by a folder of theirs, not by what is hidden in it for the time being."""
    hidden = folder.name.startswith(".") and folder.name.endswith(".part")
    return f"the disk of '{folder.parent if hidden else folder}'"
