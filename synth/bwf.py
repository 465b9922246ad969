"""The `bext` chunk that makes a WAV file a Broadcast Wave: where it comes from, and where it lies in time.

Conventions: EBU Tech 3285 (version 2, 2011), section 2.3, and EBU R 98 (1999) on the coding history: text is ASCII,
filled up with zeros; loudness is written in hundredths. A date that is not given stays empty: equal music,
equal bytes.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from math import isfinite

from partimento.score.midi_write_tidy import fold_ascii
from partimento.theory.errors import BriefError

ORIGINATOR = "Partimento"
_NOT_MEASURED = 0x7FFF
"""What stands for a loudness that is not told (Tech 3285 v2, note to the loudness fields)."""
_FIXED = "<256s32s32s10s8sQH64s5h180s"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}:[0-9]{2}")
_DEPTHS = {"16": "16", "24": "24", "32f": "32"}


@dataclass(frozen=True, slots=True)
class Broadcast:
    """What a chunk says. `start` is the first sample's place, counted in samples from the beginning of the song;
    `date` "2025-01-31", `time` "12:30:00" or empty; `lufs` and `true_peak_db` None where they were not measured."""

    description: str
    reference: str = ""
    date: str = ""
    time: str = ""
    start: int = 0
    lufs: float | None = None
    true_peak_db: float | None = None


def bext(said: Broadcast, rate: int, bits: str) -> bytes:
    """The whole chunk for stereo samples at `rate` Hz of `bits` (synth/wav.py), of an even length.

    Text that is too long is cut. Raises BriefError for a date or time of another form.
    """
    for value, form, name in ((said.date, _DATE, "date"), (said.time, _TIME, "time")):
        if value and not form.fullmatch(value):
            raise BriefError(f"'{value}' is no {name} for a Broadcast Wave: write 2025-01-31 and 12:30:00.")
    history = f"A=PCM,F={rate},W={_DEPTHS[bits]},M=stereo,T={ORIGINATOR}\r\n".encode("ascii")
    fixed = struct.pack(
        _FIXED, _ascii(said.description, 256), _ascii(ORIGINATOR, 32), _ascii(said.reference, 32),
        said.date.encode("ascii"), said.time.encode("ascii"), said.start, 2, b"",
        _hundredths(said.lufs), _NOT_MEASURED, _hundredths(said.true_peak_db), _NOT_MEASURED, _NOT_MEASURED, b"",
    )  # fmt: skip
    body = fixed + history
    return struct.pack("<4sI", b"bext", len(body)) + body + b"\0" * (len(body) % 2)


def _ascii(text: str, most: int) -> bytes:
    """A text, shorter than its room by the zero that ends it."""
    return fold_ascii(text).encode("ascii")[: most - 1]


def _hundredths(value: float | None) -> int:
    if value is None or not isfinite(value):
        return _NOT_MEASURED
    return round(100 * max(-327.67, min(327.66, value)))
