"""The renderer's data on the disk: a folder with a shard a program and a manifest that says how they were made.

Conventions: manifest.json has the font's name, size and SHA-256, FluidSynth's version, the plan (which notes) and for
each shard its keys, bytes and checksum. A shard is program_NNN.safetensors: arrays with one row a key, `keys` telling
which (int16, ascending). Nothing in them depends on when or in what order they were made: the same font gives the same
bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from partimento.score.files import write_whole
from partimento.soundfonts.download import file_hash
from partimento.theory.errors import TrainingError

FORMAT = "partimento-renderer-data-1"
MANIFEST = "manifest.json"
KEYS = "keys"
Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Shard:
    """A program's shard, as the manifest has it; no keys where the program does not sound, and no file then."""

    program: int
    keys: tuple[int, ...]
    bytes: int
    checksum: str

    @property
    def name(self) -> str:
        """Its file's name."""
        return f"program_{self.program:03d}.safetensors"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a folder of data holds. `font`, `fluidsynth` and `plan` say how it was made; shards in order of programs."""

    font: Mapping[str, Any]
    fluidsynth: str
    plan: Mapping[str, Any]
    shards: tuple[Shard, ...] = ()

    def find(self, program: int) -> Shard | None:
        """The program's shard; None where there is none yet."""
        return next((each for each in self.shards if each.program == program), None)

    def with_shard(self, shard: Shard) -> Manifest:
        """The manifest with a shard added, or put in the place of the program's own."""
        others = [each for each in self.shards if each.program != shard.program]
        return Manifest(self.font, self.fluidsynth, self.plan, tuple(sorted((*others, shard), key=lambda s: s.program)))


class Data:
    """A folder of data, to be read; raises TrainingError where it, its manifest or (when read) a shard cannot be."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = read_manifest(folder)

    @property
    def programs(self) -> tuple[int, ...]:
        """The programs that sound, ascending."""
        return tuple(each.program for each in self.manifest.shards if each.keys)

    def keys(self, program: int) -> tuple[int, ...]:
        """The keys of a program that sound, ascending."""
        found = self.manifest.find(program)
        return found.keys if found else ()

    def shard(self, program: int) -> Arrays:
        """The program's arrays, one row a key; TrainingError for a program without."""
        found = self.manifest.find(program)
        if found is None or not found.keys:
            raise TrainingError(f"'{self.folder}' has nothing of program {program}")
        return read_shard(self.folder, found)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder of data. TrainingError where there is none, or it is damaged or of another kind."""
    path = folder / MANIFEST
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "is not there"
        raise TrainingError(f"the folder of data '{folder}' {what}", "renderer-data")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TrainingError(
            f"'{folder}' holds no data of the renderer's: it has no {MANIFEST}", "renderer-data"
        ) from None
    except (OSError, ValueError) as error:
        raise TrainingError(f"'{path}' cannot be read: {error}") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        kind = found.get("format") if isinstance(found, dict) else None
        raise TrainingError(f"'{path}' is of another kind or version: '{kind or ''}', not {FORMAT}")
    try:
        shards = tuple(
            Shard(int(row["program"]), tuple(map(int, row["keys"])), int(row["bytes"]), str(row["checksum"]))
            for row in found["shards"]
        )
        return Manifest(dict(found["font"]), str(found["fluidsynth"]), dict(found["plan"]), shards)
    except (KeyError, TypeError, ValueError) as error:
        raise TrainingError(f"'{path}' is damaged: {type(error).__name__} {error}") from None


def write_manifest(folder: Path, manifest: Manifest) -> Path:
    """Write the manifest in one step; OutputError where that fails."""
    rows = [
        {"program": each.program, "keys": list(each.keys), "bytes": each.bytes, "checksum": each.checksum}
        for each in manifest.shards
    ]
    record = {
        "format": FORMAT,
        "font": dict(manifest.font),
        "fluidsynth": manifest.fluidsynth,
        "plan": dict(manifest.plan),
        "shards": rows,
    }
    return write_whole(folder / MANIFEST, (json.dumps(record, indent=1) + "\n").encode(), force=True)


def write_shard(folder: Path, program: int, rows: Mapping[int, Mapping[str, NDArray[Any]]]) -> Shard:
    """Write what was found of each key, in one step, and return the manifest's line. ValueError where keys differ in
    their arrays' names, shapes or types; OutputError where the file cannot be written."""
    keys = tuple(sorted(rows))
    if not keys:
        return Shard(program, (), 0, "")
    arrays: Arrays = {name: np.stack([rows[key][name] for key in keys]) for name in sorted(rows[keys[0]])}
    if any(sorted(rows[key]) != sorted(arrays) or KEYS in rows[key] for key in keys):
        raise ValueError(f"program {program}: its keys' arrays have not the same names")
    arrays[KEYS] = np.array(keys, np.int16)
    data = save({name: np.ascontiguousarray(array) for name, array in arrays.items()}, {"format": FORMAT})
    shard = Shard(program, keys, len(data), _checksum(data))
    write_whole(folder / shard.name, data, force=True)
    return shard


def read_shard(folder: Path, shard: Shard) -> Arrays:
    """The arrays of a shard; TrainingError where it is missing or not as the manifest says."""
    path = folder / shard.name
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise TrainingError(f"'{path}' is missing", "renderer-data") from None
    except OSError as error:
        raise TrainingError(f"'{path}' cannot be read: {error.strerror or error}") from None
    if len(data) != shard.bytes or _checksum(data) != shard.checksum:
        raise TrainingError(f"'{path}' is damaged", "renderer-data")
    try:
        return load(data)
    except (SafetensorError, ValueError) as error:
        raise TrainingError(f"'{path}' is damaged: {error}", "renderer-data") from None


def shard_whole(folder: Path, shard: Shard) -> bool:
    """Whether a shard's file is there and as the manifest says; a program that does not sound needs none."""
    if not shard.keys:
        return True
    try:
        path = folder / shard.name
        return path.stat().st_size == shard.bytes and _checksum(path.read_bytes()) == shard.checksum
    except OSError:
        return False


def font_facts(soundfont: Path) -> dict[str, Any]:
    """The name, size and SHA-256 of a font; TrainingError where it cannot be read."""
    try:
        return {"name": soundfont.name, "bytes": soundfont.stat().st_size, "sha256": file_hash(soundfont)}
    except OSError as error:
        raise TrainingError(f"the SoundFont '{soundfont}' cannot be read: {error.strerror or error}") from None


def _checksum(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()
