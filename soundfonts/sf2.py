"""Reading what a SoundFont says of itself: its names, version and presets, without its samples.

Conventions: after the SoundFont Technical Specification 2.04: RIFF chunks, little-endian, padded to even length; LIST
chunks INFO, sdta, pdta in the form sfbk. SF3 is the same with Vorbis samples, major version 3. Nothing is believed:
every length is held against what is there, texts and tables are bounded, so that a hostile file costs neither memory
nor time.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from partimento.theory.errors import RenderError

_PRESET = struct.Struct("<20sHHHIII")
_MOST_PRESETS = 65536
_LONGEST_TEXT = 65536
_MOST_CHUNKS = 4096
_TEXTS = {b"INAM": "name", b"ICOP": "copyright", b"ICMT": "comment", b"IENG": "author"}


@dataclass(frozen=True, slots=True)
class Preset:
    """One sound: bank (0 General MIDI, 128 drums), program from 0, name."""

    bank: int
    program: int
    name: str


@dataclass(frozen=True, slots=True)
class Header:
    """What the file says: (major, minor) version, texts as they stand in it, presets sorted by bank and program.

    `compressed`: its samples are Vorbis (SF3), which a FluidSynth built without libsndfile cannot read.
    """

    version: tuple[int, int]
    name: str
    author: str
    copyright: str
    comment: str
    presets: tuple[Preset, ...]

    @property
    def compressed(self) -> bool:
        return self.version[0] == 3


class _Bad(ValueError):
    """Why this is no SoundFont."""


def read_header(path: Path | str) -> Header:
    """The header of the SoundFont at `path`, remembered as long as the file is the same.

    Raises RenderError when it cannot be read, is no SoundFont, or contradicts itself.
    """
    try:
        stat = os.stat(path)
        return _read(str(path), stat.st_size, stat.st_mtime_ns)
    except _Bad as error:
        raise RenderError(f"'{path}' is not a whole SoundFont: {error}.", "soundfont") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RenderError(f"SoundFont '{path}' cannot be read: {reason}.", "soundfont") from error


@lru_cache(maxsize=64)
def _read(path: str, size: int, changed: int) -> Header:
    with open(path, "rb") as file:
        opening = file.read(12)
        if opening[:4] != b"RIFF" or opening[8:] != b"sfbk":
            raise _Bad("it has no RIFF sfbk header")
        end = int.from_bytes(opening[4:8], "little") + 8
        if end > size:
            raise _Bad(f"it is cut short, {size} bytes of {end}")
        texts: dict[str, str] = {}
        version: tuple[int, int] | None = None
        presets: tuple[Preset, ...] | None = None
        for kind, start, length in _chunks(file, 12, end):
            if kind != b"LIST" or length < 4:
                continue
            form = _bytes(file, start, 4)
            inside = _chunks(file, start + 4, start + length)
            if form == b"INFO":
                for name, at, count in inside:
                    if name == b"ifil" and count >= 4:
                        major, minor = struct.unpack("<HH", _bytes(file, at, 4))
                        version = (major, minor)
                    elif name in _TEXTS:
                        texts[_TEXTS[name]] = _text(_bytes(file, at, min(count, _LONGEST_TEXT)))
            elif form == b"pdta":
                for name, at, count in inside:
                    if name == b"phdr":
                        presets = _presets(file, at, count)
    if version is None:
        raise _Bad("it does not say its version (chunk ifil)")
    if version[0] not in (1, 2, 3):
        raise _Bad(f"its version is {version[0]}.{version[1]}, those known are 1, 2 (SF2) and 3 (SF3)")
    if not presets:
        raise _Bad("it holds no presets (chunk phdr)")
    said = {name: texts.get(name, "") for name in _TEXTS.values()}
    return Header(version=version, presets=presets, **said)


def _chunks(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(kind, start of the data, its length) for each chunk from `start` to `end`."""
    count = 0
    while start + 8 <= end:
        count += 1
        if count > _MOST_CHUNKS:
            raise _Bad(f"it has more than {_MOST_CHUNKS} chunks in a list")
        kind = _bytes(file, start, 4)
        length = int.from_bytes(_bytes(file, start + 4, 4), "little")
        if start + 8 + length > end:
            called = _text(kind) or "without a name"
            raise _Bad(f"its chunk {called} claims {length} bytes, {end - start - 8} are there")
        yield kind, start + 8, length
        start += 8 + length
        # Writers of SF3 leave the padding out; a chunk's name never begins with NUL.
        if length % 2 and start < end and _bytes(file, start, 1) == b"\0":
            start += 1


def _bytes(file: BinaryIO, start: int, count: int) -> bytes:
    file.seek(start)
    data = file.read(count)
    if len(data) < count:
        raise _Bad("it is cut short")
    return data


def _presets(file: BinaryIO, start: int, length: int) -> tuple[Preset, ...]:
    if length % _PRESET.size or length // _PRESET.size > _MOST_PRESETS:
        raise _Bad(f"its table of presets (phdr) is {length} bytes long, which no count of presets is")
    rows = list(_PRESET.iter_unpack(_bytes(file, start, length)))
    # The last row closes the table (section 7.2).
    found = (Preset(bank, program, _text(name)) for name, program, bank, *_ in rows[:-1])
    return tuple(sorted(found, key=lambda each: (each.bank, each.program, each.name)))


def _text(data: bytes) -> str:
    """The text up to its NUL, in one line, with nothing that a terminal would obey."""
    words = data.split(b"\0", 1)[0]
    try:
        text = words.decode("utf-8")
    except UnicodeDecodeError:
        text = words.decode("latin-1")
    return re.sub(r"\s+", " ", "".join(each if each.isprintable() else " " for each in text)).strip()
