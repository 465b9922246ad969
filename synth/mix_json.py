"""mix.json: a settled mix, and what was measured of it, as text, and back.

Conventions: begins with `format` and `version`; the fields are those of synth/settled.py, in dB, Hz and ms. What was
measured is there for people to read; it is checked to be JSON and not read back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from math import isfinite
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from partimento.score.mix import EQ_KINDS, EqBand, Mix
from partimento.synth.settled import Channel, Settled, Squeeze
from partimento.theory.errors import ScoreFormatError, nearest

FORMAT = "partimento mix"
VERSION = 1

_Db = Annotated[float, Field(ge=-200, le=200)]
_Share = Annotated[float, Field(ge=0, le=4)]
_Ms = Annotated[float, Field(gt=0, le=60_000)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class _Band(_Model):
    kind: str
    hz: Annotated[float, Field(gt=0, le=100_000)]
    gain_db: _Db = 0.0
    q: Annotated[float, Field(gt=0, le=100)] = 0.71

    @field_validator("kind")
    @classmethod
    def _known(cls, kind: str) -> str:
        if kind not in EQ_KINDS:
            raise ValueError(f"'{kind}' is not one of {', '.join(EQ_KINDS)}.{nearest(kind, EQ_KINDS)}")
        return kind


class _Squeeze(_Model):
    threshold_db: _Db
    ratio: Annotated[float, Field(ge=1, le=1000)]
    attack_ms: _Ms
    release_ms: _Ms
    makeup_db: _Db = 0.0


class _Channel(_Model):
    name: str
    role: str
    gain_db: _Db
    eq: list[_Band] = []
    squeeze: _Squeeze | None = None
    duck_db: Annotated[float, Field(ge=0, le=60)] = 0.0
    pan: Annotated[float, Field(ge=-1, le=1)] = 0.0
    width: _Share = 1.0
    room: _Share = 0.0
    hall: _Share = 0.0
    delay: _Share = 0.0
    silent: bool = False
    spread: Annotated[float, Field(ge=0, le=1)] = 0.0


class _Settled(_Model):
    channels: list[_Channel]
    bus_eq: list[_Band] = []
    glue: _Squeeze | None = None
    bus_gain_db: _Db = 0.0
    bus_width: _Share = 1.0
    measured: bool = True
    fits: str = ""


class _File(_Model):
    format: str
    version: int
    settled: _Settled
    measured: dict[str, Any] = {}


def settled_to_json(settled: Settled, measured: Mapping[str, Any] | None = None) -> str:
    """The text of mix.json, ending in a line feed. `measured` may nest numbers, words, lists and mappings; a number
    that is not finite (the loudness of silence) becomes null."""
    data = {"format": FORMAT, "version": VERSION, "settled": asdict(settled), "measured": _plain(dict(measured or {}))}
    return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def settled_from_json(text: str | bytes) -> Settled:
    """The Settled that `settled_to_json` wrote; ScoreFormatError says in one line where it is not one."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ScoreFormatError(f"not a mix.json: {error}. Render again without it to have it made anew.") from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ScoreFormatError(f"not a mix.json: 'format' must be '{FORMAT}'")
    version = data.get("version")
    if type(version) is not int or version != VERSION:
        raise ScoreFormatError(f"mix.json version {version!r} is not known; this Partimento reads {VERSION}")
    try:
        read = _File.model_validate(data).settled
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ScoreFormatError(f"mix.json: {where}: {first['msg']}") from None
    channels = tuple(
        Channel(**{**each.model_dump(), "eq": _bands(each.eq), "squeeze": _squeeze(each.squeeze)})
        for each in read.channels
    )
    return Settled(
        channels, _bands(read.bus_eq), _squeeze(read.glue), read.bus_gain_db, read.bus_width, read.measured, read.fits
    )  # fmt: skip


def fingerprint(performance: bytes, mix: Mix, font: str) -> str:
    """What a settled mix belongs to, as SHA-256 in hex: the performance's bytes, the mix's intent, and the SoundFont's
    identity (a checksum, or name and size)."""
    digest = hashlib.sha256()
    intent = json.dumps(asdict(mix), sort_keys=True, ensure_ascii=False).encode()
    for part in (performance, intent, font.encode("utf-8", "surrogateescape")):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def _bands(bands: list[_Band]) -> tuple[EqBand, ...]:
    return tuple(EqBand(**band.model_dump()) for band in bands)


def _squeeze(squeeze: _Squeeze | None) -> Squeeze | None:
    return None if squeeze is None else Squeeze(**squeeze.model_dump())


def _plain(value: Any) -> Any:
    """The value in JSON's own kinds, numpy's numbers among them."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    number = float(value)
    return round(number, 3) if isfinite(number) else None
