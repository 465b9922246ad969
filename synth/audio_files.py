"""Audio files: writing wav, flac, ogg and mp3 block by block, whole or not at all; reading anybody's recordings.

Conventions: samples are float32 (n, 2) at `rate` Hz; `bits` is "16", "24", "32f", or None for what the format usually
has. Recordings are brought to two channels and to the rate asked for as they are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import gcd
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from partimento.score.files import output_folder
from partimento.synth.signal import RATES, Samples
from partimento.synth.wav import BITS, Dither, WavFile, whole_numbers
from partimento.theory.errors import OutputError, RenderError, nearest

FORMATS: dict[str, tuple[str, ...]] = {"wav": BITS, "flac": ("16", "24"), "ogg": (), "mp3": ()}
"""The formats that are written, which are their files' endings too, and the bits a sample may have in each."""

_BLOCK = 1 << 15
"""Samples given to an encoder at a time: libsndfile's Vorbis puts a block on the stack."""
_RATES_READ = (4000, 400_000)
_LOUDEST, _FAINTEST = 1e4, 1e-15
"""What a float sample may be, 80 dB over full scale to 300 dB under it: beyond lie numbers that overflow when they are
squared, or are denormal and slow."""


def check_format(format: str, bits: str | None = None, rate: int = RATES[0]) -> None:
    """Raise OutputError when there is no such format, or it cannot have such samples."""
    if format not in FORMATS:
        raise OutputError(
            f"'{format}' is no format that is written.{nearest(format, FORMATS)} Formats: {', '.join(FORMATS)}."
        )
    if bits is not None and bits not in FORMATS[format]:
        can = f"takes {' or '.join(FORMATS[format])}" if FORMATS[format] else "has none to choose"
        raise OutputError(f"{bits} bits do not go with {format}: it {can}. wav takes {', '.join(BITS)}.")
    if rate not in RATES:
        raise OutputError(f"a sample rate of {rate} Hz is not rendered. Rates: {', '.join(map(str, RATES))}.")


@contextmanager
def whole_file(path: Path, force: bool = False) -> Iterator[Path]:
    """A place to write the file `path`; it appears there in one step when all went well, else nothing does.

    The place lies in a hidden folder beside `path`, in which more may lie meanwhile. Raises OutputError.
    """
    if path.is_dir():
        raise OutputError(f"'{path}' is a folder; name a file in it.")
    with output_folder(path.parent, (path.name,), force) as folder:
        yield folder / path.name


class AudioWriter:
    """An audio file being written; `path` is overwritten. A context manager. Raises OutputError.

    16-bit samples are dithered. The file is complete only after `close`. A WAV may have `extra` chunks (synth/bwf.py).
    """

    def __init__(self, path: Path, rate: int, format: str = "wav", bits: str | None = None, extra: bytes = b"") -> None:
        check_format(format, bits, rate)
        self.path = path
        self.frames = 0
        self._bits = bits or next(iter(FORMATS[format]), "")
        self._dither = Dither()
        self._raw: BinaryIO | None = None
        try:
            if format == "wav":
                self._raw = path.open("wb")
                self._file: Any = WavFile(self._raw, rate, self._bits, extra)
            else:
                self._file = _encoder(path, rate, format, self._bits)
        except (OSError, RuntimeError) as error:
            self.abandon()
            raise self._failed(error) from error

    def retell(self, extra: bytes) -> None:
        """Replace a WAV's extra chunks by as many bytes, before it is closed."""
        assert isinstance(self._file, WavFile) and len(extra) == len(self._file.extra)
        self._file.extra = extra

    def write(self, samples: Samples) -> None:
        """Append samples."""
        try:
            if self._raw is not None:
                self._file.write(samples)
            else:
                for start in range(0, len(samples), _BLOCK):
                    self._file.write(self._numbers(samples[start : start + _BLOCK]))
        except (OSError, RuntimeError, AssertionError) as error:
            raise self._failed(error) from error
        self.frames += len(samples)

    def _numbers(self, samples: Samples) -> NDArray[Any]:
        if not self._bits:
            return samples
        numbers = whole_numbers(samples, self._bits, self._dither)
        return numbers.astype(np.int16) if self._bits == "16" else numbers << 8

    def close(self) -> None:
        """Complete the file."""
        try:
            self._file.close()
            if self._raw is not None:
                self._raw.close()
        except (OSError, RuntimeError) as error:
            raise self._failed(error) from error

    def abandon(self) -> None:
        """Let go of the file without completing it."""
        if self._raw is not None:
            self._raw.close()

    def __enter__(self) -> AudioWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
            return
        try:
            self.close()
        except OutputError:
            self.abandon()

    def _failed(self, error: BaseException) -> OutputError:
        reason = getattr(error, "strerror", None) or str(error) or "the disk would not take it"
        return OutputError(f"'{self.path.name}' cannot be written: {reason}.", "elsewhere")


def _encoder(path: Path, rate: int, format: str, bits: str) -> Any:
    import soundfile

    kind = {"flac": f"PCM_{bits}", "ogg": "VORBIS", "mp3": "MPEG_LAYER_III"}[format]
    if format.upper() not in soundfile.available_formats():
        raise OutputError(f"the installed libsndfile writes no {format}. Formats: {', '.join(FORMATS)}.")
    return soundfile.SoundFile(str(path), "w", rate, 2, kind, format=format.upper())


class StemFiles:
    """Stems being written side by side into `folder`, all equally long. A context manager.

    Files are called NN-NAME.FORMAT, or by `naming`, which is told the number, from 1, and the name. `extra` gives the
    chunks of a WAV (synth/bwf.py) by the same two.
    """

    def __init__(
        self, folder: Path, rate: int, format: str = "wav", bits: str | None = None,
        naming: Callable[[int, str], str] | None = None, extra: Callable[[int, str], bytes] | None = None,
    ) -> None:  # fmt: skip
        check_format(format, bits, rate)
        self.paths: tuple[Path, ...] = ()
        self.clipped: dict[str, float] = {}
        self._folder, self._rate, self._format, self._bits = folder, rate, format, bits
        self._naming, self._extra = naming or self._usual, extra
        self._names: tuple[str, ...] = ()
        self._writers: list[AudioWriter] = []

    def begin(self, names: Sequence[str]) -> None:
        """Open the files, one for each name."""
        self._names = tuple(names)
        self.paths = tuple(self._folder / self._naming(n, name) for n, name in enumerate(names, 1))
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"'{self._folder}' cannot be written: {error.strerror}.", "elsewhere") from error
        for n, (path, name) in enumerate(zip(self.paths, names, strict=True), 1):
            extra = self._extra(n, name) if self._extra is not None else b""
            self._writers.append(AudioWriter(path, self._rate, self._format, self._bits, extra))

    def _usual(self, number: int, name: str) -> str:
        return f"{number:02d}-{file_name(name)}.{self._format}"

    def write(self, number: int, samples: Samples) -> None:
        """Append samples to stem `number`, counted from 0; each may be written in a thread of its own.

        Where it is too loud for whole numbers, `clipped` tells its peak by its name.
        """
        if self._bits != "32f":
            peak = max(float(samples.max(initial=0.0)), -float(samples.min(initial=0.0)))
            if peak > 1.0:
                name = self._names[number]
                self.clipped[name] = max(peak, self.clipped.get(name, 0.0))
        self._writers[number].write(samples)

    def __enter__(self) -> StemFiles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for writer in self._writers:
            writer.__exit__(kind, error, trace)


def file_name(name: str) -> str:
    """A strip's name as part of a file's name, on any system."""
    kept = "".join(c if c.isalnum() or c in " -_.()+" else "-" for c in name).strip(" .-")
    return kept[:80] or "stem"


@dataclass(frozen=True, slots=True)
class AudioFile:
    """A recording on disk; `open(rate)` reads it from its beginning, as a Source."""

    path: Path
    rate: int
    frames: int
    channels: int

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.frames / self.rate

    def open(self, rate: int) -> RecordingSource:
        """Its sound at `rate`, on two channels."""
        return RecordingSource(self, rate)


def read_audio(path: Path) -> AudioFile:
    """What lies at `path`; RenderError when it is no audio file, or has more than two channels or no sound."""
    import soundfile

    try:
        with path.open("rb"):
            pass
        info = soundfile.info(str(path))
    except OSError as error:
        raise RenderError(f"'{path}' cannot be read: {error.strerror or error}") from error
    except RuntimeError as error:
        raise RenderError(f"'{path}' is no audio file that can be read (wav, flac, ogg, mp3, aiff).") from error
    if info.channels > 2:
        raise RenderError(f"'{path}' has {info.channels} channels; stems have one or two. Fold it to stereo first.")
    if not _RATES_READ[0] <= info.samplerate <= _RATES_READ[1]:
        low, high = _RATES_READ
        raise RenderError(f"'{path}' has {info.samplerate} samples a second; {low}-{high} are read.")
    if info.frames <= 0:
        raise RenderError(f"'{path}' holds no sound.")
    return AudioFile(path, info.samplerate, info.frames, info.channels)


class RecordingSource:
    """The sound of an audio file from its beginning, brought to two channels and to `rate`; a Source.

    Resampled by a polyphase filter block by block, with enough of the neighbouring blocks that no seam is heard.
    """

    def __init__(self, file: AudioFile, rate: int) -> None:
        import soundfile

        self._path = file.path
        try:
            self._file: Any = soundfile.SoundFile(str(file.path))
        except (OSError, RuntimeError) as error:
            raise RenderError(f"'{file.path}' cannot be read: {error}") from error
        common = gcd(rate, file.rate)
        self._up, self._down = rate // common, file.rate // common
        self._ready: list[Samples] = []
        self._count = 0
        self._ended = False
        if self._up != self._down:
            from scipy.signal import firwin

            widest = max(self._up, self._down)
            self._taps = firwin(20 * widest + 1, 1.0 / widest, window=("kaiser", 8.0)).astype(np.float32)
            # The filter's reach in input samples, in whole periods, so that blocks begin on the same phase.
            reach = -(-10 * widest // self._up)
            self._margin = -(-reach // self._down) * self._down
            self._block = max(1, (1 << 16) // self._down) * self._down
            self._held = np.zeros((self._margin, 2), np.float32)
            self._left = -(-file.frames * self._up // self._down)

    def read(self, count: int) -> Samples:
        """The next `count` samples; fewer at the end."""
        if self._up == self._down:
            return self._given(count)
        while self._count < count and not self._ended:
            self._resample()
        joined = np.concatenate([np.zeros((0, 2), np.float32), *self._ready])
        self._ready = [joined[count:]]
        self._count = len(joined[count:])
        return np.ascontiguousarray(joined[:count])

    def _given(self, count: int) -> Samples:
        try:
            samples: Samples = self._file.read(count, dtype="float32", always_2d=True)
        except (OSError, RuntimeError) as error:
            raise RenderError(f"'{self._path}' is damaged: {error}") from error
        np.nan_to_num(samples, copy=False, posinf=0.0, neginf=0.0)
        np.clip(samples, -_LOUDEST, _LOUDEST, out=samples)
        samples[np.abs(samples) < _FAINTEST] = 0
        return samples if samples.shape[1] == 2 else np.repeat(samples, 2, axis=1)

    def _resample(self) -> None:
        """Bring one more block to the new rate; `_held` is what lies before and after the block that is due."""
        from scipy.signal import resample_poly

        wanted = self._block + 2 * self._margin - len(self._held)
        fresh = self._given(wanted)
        self._ended = len(fresh) < wanted
        padded = np.zeros((wanted, 2), np.float32)
        padded[: len(fresh)] = fresh
        whole = np.concatenate((self._held, padded))
        if self._ended:  # what still lies in the margin is wanted too
            whole = np.concatenate((whole, np.zeros((self._block + self._margin, 2), np.float32)))
        out = resample_poly(whole, self._up, self._down, axis=0, window=self._taps)
        first = self._margin * self._up // self._down
        blocks = (len(whole) - 2 * self._margin) // self._block
        made = out[first : first + blocks * self._block * self._up // self._down][: self._left]
        self._left -= len(made)
        self._ready.append(made)
        self._count += len(made)
        self._held = whole[self._block : self._block + 2 * self._margin]

    def close(self) -> None:
        """Close the file."""
        self._file.close()
