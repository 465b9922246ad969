"""The mix as song.json writes it: a fader, a move, an effect a line, defaults left out; and back, strictly.

Conventions: an EQ band is a row [kind, hz, gain_db, q] cut off after the last value that differs from its default; a
move [target, parameter, onset, duration, value]; an effect [kind, onset, duration, gain_db].
"""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from partimento.score.mix import Compression, Delay, Effect, EqBand, Fader, Mix, Move
from partimento.score.mix_ranges import fault
from partimento.theory.errors import ScoreFormatError


def _only(*kinds: type) -> BeforeValidator:
    """Refuses what pydantic would turn into the kind: song.json as a whole is read leniently, for its rows."""

    def check(value: object) -> object:
        if type(value) not in kinds:
            raise ValueError(f"{value!r} is not a {kinds[0].__name__}")
        return value

    return BeforeValidator(check)


Number = Annotated[float, _only(float, int), Field(allow_inf_nan=False)]
Whole = Annotated[int, _only(int)]
Truth = Annotated[bool, _only(bool)]
Row = tuple[str, Number] | tuple[str, Number, Number] | tuple[str, Number, Number, Number]


class Line(dict[str, Any]):
    """A record that is written on one line."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Compression(_Model):
    ratio: Number = 2.0
    depth_db: Number = 6.0
    attack_ms: Number = 20.0
    release_ms: Number = 120.0


class _Delay(_Model):
    beats: Number = 0.75
    feedback: Number = 0.35
    low_hz: Number = 250.0
    high_hz: Number = 4000.0
    ping_pong: Truth = True


class _Fader(_Model):
    track: str
    gain_db: Number = 0.0
    pan: Number = 0.0
    width: Number = 1.0
    room: Number = 0.0
    hall: Number = 0.2
    delay: Number = 0.0
    duck_db: Number = 0.0
    eq: list[Row] = []
    compression: _Compression | None = None
    mute: Truth = False
    solo: Truth = False


class MixModel(_Model):
    """song.json's "mix"."""

    profile: str = ""
    lufs: Number = -14.0
    ceiling_db: Number = -1.0
    limiting_db: Number = 3.0
    room_s: Number = 0.5
    hall_s: Number = 1.6
    delay: _Delay = _Delay()
    glue_ratio: Number = 1.5
    spectrum: list[Number] = []
    eq: list[Row] = []
    width: Number = 1.0
    faders: list[_Fader] = []
    moves: list[tuple[str, str, Whole, Whole, Number]] = []
    effects: list[tuple[str, Whole, Whole, Number]] = []


def mix_data(mix: Mix) -> dict[str, Any]:
    """The mix as JSON's kinds; whole-mix settings all told, a fader's only where they differ from a fader's own."""
    data: dict[str, Any] = {f.name: getattr(mix, f.name) for f in fields(mix)}
    data["delay"] = Line(asdict(mix.delay))
    data["spectrum"] = list(mix.spectrum)
    data["eq"] = [_eq_row(band) for band in mix.eq]
    data["faders"] = [_fader_data(fader) for fader in mix.faders]
    data["moves"] = [[m.target, m.parameter, m.onset, m.duration, m.value] for m in mix.moves]
    data["effects"] = [[e.kind, e.onset, e.duration, e.gain_db] for e in mix.effects]
    return data


def mix_of_model(model: MixModel) -> Mix:
    """The Mix; ScoreFormatError names the first value outside its range."""
    plain = model.model_dump()
    mix = Mix(
        **{
            **plain,
            "delay": Delay(**plain["delay"]),
            "spectrum": tuple(model.spectrum),
            "eq": tuple(EqBand(*row) for row in model.eq),
            "faders": tuple(_fader(row) for row in model.faders),
            "moves": tuple(Move(*row) for row in model.moves),
            "effects": tuple(Effect(*row) for row in model.effects),
        }
    )
    wrong = fault(mix)
    if wrong:
        raise ScoreFormatError(wrong)
    return mix


def _fader(row: _Fader) -> Fader:
    held = row.compression
    return Fader(
        row.track, row.gain_db, row.pan, row.width, row.room, row.hall, row.delay, row.duck_db,
        tuple(EqBand(*band) for band in row.eq),
        Compression(held.ratio, held.depth_db, held.attack_ms, held.release_ms) if held else None,
        row.mute, row.solo,
    )  # fmt: skip


def _fader_data(fader: Fader) -> Line:
    plain = Fader(fader.track)
    line = Line(track=fader.track)
    for f in fields(fader):
        value = getattr(fader, f.name)
        if f.name == "track" or value == getattr(plain, f.name):
            continue
        if f.name == "eq":
            value = [_eq_row(band) for band in fader.eq]
        elif f.name == "compression":
            value = asdict(fader.compression) if fader.compression else None
        line[f.name] = value
    return line


def _eq_row(band: EqBand) -> list[str | float]:
    row: list[str | float] = [band.kind, band.hz, band.gain_db, band.q]
    for value in (0.71, 0.0):
        if row[-1] != value:
            break
        row.pop()
    return row
