"""What has been measured of a SoundFont: which keys of each program sound, and how loud; kept in files.

Conventions: programs and keys are MIDI numbers from 0; `level_db` is LUFS (-inf: silent) of a mezzo-forte note as the
synth renders it dry (gain 0.5, volume and expression 127). A font is known by its identity: its size and a hash of its
first and last megabyte, so that a copy under another name is the same font. The reports of the catalogue's fonts come
with the program (soundfonts/reports); what is measured here is kept in the user's cache, a file a font and version of
FluidSynth.
"""

from __future__ import annotations

import json
import math
import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path
from typing import Any

from partimento.soundfonts.folders import cache_folder, write_in_one_step
from partimento.soundfonts.siblings import kits_like, programs_like
from partimento.theory.errors import RenderError

FORMAT, VERSION = "partimento font report", 1
_ENDS = 1 << 20
_memory: dict[tuple[str, int, int], str] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class ProgramReport:
    """One program of a font, or one drum kit.

    `sounds` are the keys that sound, empty where the font has no such program; `level_db` is the loudness of a
    mezzo-forte note in the middle register (of a kit: of kick, snare and hats), `keys_db` that of each key of a kit.
    """

    program: int
    drums: bool
    sounds: frozenset[int]
    level_db: float = -math.inf
    keys_db: Mapping[int, float] = field(default_factory=dict)

    @property
    def substitute(self) -> tuple[int, ...]:
        """The programs to play in its place, the nearest in sound first."""
        return kits_like(self.program) if self.drums else programs_like(self.program)


@dataclass(frozen=True, slots=True)
class FontReport:
    """Every program and kit of a font, in order; `fluidsynth` is the version that it was measured with."""

    name: str
    identity: str
    fluidsynth: str
    programs: tuple[ProgramReport, ...]

    def find(self, drums: bool, program: int) -> ProgramReport | None:
        """The report on one program or kit; None when it was not measured."""
        return next((each for each in self.programs if (each.drums, each.program) == (drums, program)), None)


def identity(path: Path) -> str:
    """The font's identity: equal for equal files, whatever they are called. RenderError when it cannot be read."""
    try:
        stat = path.stat()
        key = (str(path), stat.st_size, stat.st_mtime_ns)
        with _lock:
            if key in _memory:
                return _memory[key]
        digest = blake2b(str(stat.st_size).encode(), digest_size=16)
        with path.open("rb") as file:
            digest.update(file.read(_ENDS))
            file.seek(max(0, stat.st_size - _ENDS))
            digest.update(file.read(_ENDS))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RenderError(f"the SoundFont '{path}' cannot be read: {reason}.", "soundfont") from error
    with _lock:
        return _memory.setdefault(key, digest.hexdigest())


def known_report(font: str) -> FontReport | None:
    """The report that came with the program, by the font's identity."""
    return _shipped().get(font)


@cache
def _shipped() -> dict[str, FontReport]:
    folder = files("partimento.soundfonts") / "reports"
    found = (from_json(entry.read_bytes()) for entry in folder.iterdir() if entry.name.endswith(".json"))
    return {report.identity: report for report in found if report is not None}


def kept_report(path: Path, fluidsynth: str) -> FontReport | None:
    """The report in the user's cache; None when there is none, or none that can be read."""
    try:
        report = from_json(_kept_at(path, fluidsynth).read_bytes())
    except OSError:
        return None
    return report if report and report.identity == identity(path) else None


def keep_report(path: Path, report: FontReport) -> bool:
    """Write the report to the user's cache; False when that cannot be done, which does no harm."""
    try:
        write_in_one_step(_kept_at(path, report.fluidsynth), to_json(report))
    except (OSError, ValueError):
        return False
    return True


def _kept_at(path: Path, fluidsynth: str) -> Path:
    # The time of change is part of the name: an edit in the middle of a font leaves its two ends as they were.
    changed = os.stat(path).st_mtime_ns
    return cache_folder() / "reports" / f"{identity(path)}-{changed:x}-{fluidsynth}.json"


def to_json(report: FontReport) -> bytes:
    """The report as JSON, a line a program: keys as ranges [first, last], levels rounded to 0.1 dB."""
    head = {"format": FORMAT, "version": VERSION, "font": report.name, "identity": report.identity}
    lines = [json.dumps(_row(each), separators=(",", ":")) for each in report.programs]
    opening = json.dumps({**head, "fluidsynth": report.fluidsynth})[:-1]
    return (opening + ', "programs": [\n' + ",\n".join(lines) + "\n]}\n").encode()


def _row(each: ProgramReport) -> dict[str, Any]:
    row: dict[str, Any] = {
        "program": each.program,
        "drums": each.drums,
        "sounds": [list(span) for span in ranges(each.sounds)],
        "level_db": _rounded(each.level_db),
    }
    if each.keys_db:
        row["keys_db"] = {str(key): _rounded(level) for key, level in sorted(each.keys_db.items())}
    return row


def _rounded(level: float) -> float | None:
    return round(level, 1) if math.isfinite(level) else None


def from_json(data: bytes) -> FontReport | None:
    """The report that was written; None when the bytes are no such report, since it can be measured anew."""
    try:
        read = json.loads(data)
        if read["format"] != FORMAT or read["version"] != VERSION:
            return None
        rows = tuple(_report(row) for row in read["programs"])
        return FontReport(str(read["font"]), str(read["identity"]), str(read["fluidsynth"]), rows)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _report(row: dict[str, Any]) -> ProgramReport:
    spans = [(max(0, int(first)), min(127, int(last))) for first, last in row["sounds"]]
    return ProgramReport(
        int(row["program"]),
        bool(row["drums"]),
        frozenset(key for first, last in spans for key in range(first, last + 1)),
        _level(row["level_db"]),
        {int(key): _level(level) for key, level in row.get("keys_db", {}).items()},
    )


def _level(written: float | None) -> float:
    return -math.inf if written is None else float(written)


def ranges(keys: Iterable[int]) -> list[tuple[int, int]]:
    """Runs of neighbouring keys as (first, last), ascending."""
    spans: list[tuple[int, int]] = []
    for key in sorted(keys):
        if spans and key == spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], key)
        else:
            spans.append((key, key))
    return spans
