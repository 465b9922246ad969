"""song.json: the whole Song as text, and back. Reading it gives the same MIDI bytes.

Conventions: begins with `format` and `version`; pitches, keys, chords, meters are their names; notes are rows
[onset, duration, pitch, velocity, voice, articulation, grace, lyric] cut off after the last value that differs
from its default; played notes are rows [onset, duration, number, velocity]; the mix's rows: mix_text. An older version
is migrated.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, FailFast, ValidationError

from partimento.score.brief import Brief
from partimento.score.decision import Decision, Value, Where
from partimento.score.midi_events import MOST_NOTES
from partimento.score.mix_text import Line, MixModel, mix_data, mix_of_model
from partimento.score.performance import Performance, PlayedControl, PlayedNote, PlayedTrack
from partimento.score.song import (
    DRUMS,
    ChordSymbol,
    Control,
    Drum,
    Dynamic,
    FinalBars,
    KeyChange,
    MeterChange,
    Note,
    Phrase,
    Section,
    Song,
    TempoChange,
    Track,
)
from partimento.score.song_migrations import MIGRATIONS, VERSION
from partimento.theory.chord import parse_chord
from partimento.theory.errors import PartimentoError, ScoreFormatError
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch

FORMAT = "partimento song"
TEMPOS_BPM = (3.58, 60_000.0)
"""Lowest and highest: slower than the first has no place in a MIDI file (24 bits of microseconds)."""


_DEFAULTS: tuple[Any, ...] = (80, 0, "", False, None)
Row = list[Any]
T = TypeVar("T")
Many = Annotated[list[T], FailFast()]
"""A list whose first fault is enough: pydantic would keep a kilobyte of each of ten million others."""
_MOST_KEYS = 1_000
_MOST_TEXT = 400_000
"""Of the JSON text of what has no long lists: a brief, a mix."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Phrase(_Model):
    start: int
    length: int
    close: str
    idea: str


class _Section(_Model):
    name: str
    kind: str
    start: int
    length: int
    energy: float
    material: str
    variation: int
    key: str
    close: str
    lead: str
    phrases: Many[_Phrase]


class _Chord(_Model):
    onset: int
    duration: int
    chord: str
    key: str
    roman: str
    push: int = 0


class _Track(_Model):
    name: str
    role: str
    instrument: str
    notes: Many[Row]
    controls: Many[tuple[int, str, int]] = []
    dynamics: Many[tuple[int, str, int]] = []


class _PlayedTrack(_Model):
    name: str
    channel: int
    program: int
    volume: int
    pan: int
    expression: int
    reverb: int
    bend_range: int = 2
    notes: Many[tuple[int, int, int, int]]
    controls: Many[tuple[int, int, int]] = []


class _Decision(_Model):
    where: tuple[int, str, int, int]
    what: str
    rule: str
    values: Many[tuple[str, Value]] = []
    alternatives: Many[tuple[str, int]] = []


class _Song(_Model):
    format: str
    version: int
    title: str
    brief: Brief
    meters: Many[tuple[int, str]]
    tempos: Many[tuple[int, float, bool]]
    keys: Many[tuple[int, str]]
    sections: Many[_Section]
    ending: tuple[int, str, str]
    chords: Many[_Chord]
    tracks: Many[_Track]
    performance: Many[_PlayedTrack]
    mix: MixModel
    decisions: Many[_Decision]


def song_to_json(song: Song) -> str:
    """The song as JSON text, one line a row, ending in a line feed."""
    return _lay_out(_song_data(song)) + "\n"


def song_from_json(text: str | bytes) -> Song:
    """The Song that `song_to_json` wrote; ScoreFormatError says where it is not one."""
    try:
        data = json.loads(text, parse_constant=_no_number, object_pairs_hook=_record)
        # Half of a pair of code units can be said in JSON and written to no file.
        json.dumps(data, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise ScoreFormatError(_short(f"not a song.json: {error}")) from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ScoreFormatError(f"not a song.json: 'format' must be '{FORMAT}'")
    _check_size(data)
    version = data.get("version")
    if not isinstance(version, int) or not 1 <= version <= VERSION:
        raise ScoreFormatError(_short(f"song.json version {version!r} is not known; 1 to {VERSION} are read here"))
    while version < VERSION:
        data = MIGRATIONS[version](data)
        version += 1
    try:
        return _song(_Song.model_validate(data, strict=False))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        told = "no such key" if first["type"] == "extra_forbidden" else first["msg"]
        raise ScoreFormatError(_short(f"song.json: {where}: {told}")) from None
    except PartimentoError as error:
        raise ScoreFormatError(_short(f"song.json: {error}")) from None
    except (TypeError, ValueError, KeyError, IndexError) as error:
        raise ScoreFormatError(_short(f"song.json: a value of the wrong kind: {error}")) from None


def _short(line: str) -> str:
    """The line less the middle of what is too long to be read: a value may be a whole page."""
    return line if len(line) <= 400 else f"{line[:300]} … {line[-80:]}"


def _check_size(data: dict[str, Any]) -> None:
    """Refuse what would take minutes and gigabytes to be found wrong."""
    for part in ("brief", "mix"):
        if len(json.dumps(data.get(part))) > _MOST_TEXT:
            raise ScoreFormatError(f"song.json: '{part}' has more than {_MOST_TEXT} characters; no song has")
    for part in ("tracks", "performance"):
        rows = data.get(part)
        lists = [row.get("notes") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        if sum(len(row) for row in lists if isinstance(row, list)) > MOST_NOTES:
            raise ScoreFormatError(f"song.json: '{part}' hold more than {MOST_NOTES} notes; no song has")


def _record(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > _MOST_KEYS:
        raise ValueError(f"a record of more than {_MOST_KEYS} keys")
    return dict(pairs)


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _song_data(song: Song) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "title": song.title,
        "brief": asdict(song.brief),
        "meters": [[c.onset, str(c.meter)] for c in song.meters],
        "tempos": [[c.onset, c.tempo_bpm, c.ramp] for c in song.tempos],
        "keys": [[c.onset, str(c.key)] for c in song.keys],
        "sections": [
            {
                **{f.name: getattr(s, f.name) for f in fields(s)},
                "key": str(s.key),
                "phrases": [asdict(p) for p in s.phrases],
            }
            for s in song.sections
        ],
        "ending": [song.ending.start, song.ending.kind, song.ending.name],
        "chords": [
            {
                "onset": c.onset,
                "duration": c.duration,
                "chord": c.chord.name,
                "key": str(c.key),
                "roman": c.roman,
                "push": c.push,
            }
            for c in song.chords
        ],
        "tracks": [
            {
                "name": t.name,
                "role": t.role,
                "instrument": t.instrument,
                "notes": [_row(n) for n in t.notes],
                "controls": [[c.onset, c.kind, c.value] for c in t.controls],
                "dynamics": [[d.onset, d.mark, d.duration] for d in t.dynamics],
            }
            for t in song.tracks
        ],
        "performance": [
            {
                "name": t.name,
                "channel": t.channel,
                "program": t.program,
                "volume": t.volume,
                "pan": t.pan,
                "expression": t.expression,
                "reverb": t.reverb,
                "bend_range": t.bend_range,
                "notes": t.notes,
                "controls": t.controls,
            }
            for t in song.performance.tracks
        ],
        "mix": mix_data(song.mix),
        "decisions": [
            {
                "where": [d.where.section, d.where.track, d.where.start, d.where.end],
                "what": d.what,
                "rule": d.rule,
                "values": d.values,
                "alternatives": d.alternatives,
            }
            for d in song.decisions
        ],
    }


def _row(note: Note) -> Row:
    pitch = note.pitch
    name = pitch.name.lower() if isinstance(pitch, Drum) else str(pitch)
    rest: list[Any] = [note.velocity, note.voice, note.articulation, note.grace, note.lyric]
    while rest and rest[-1] == _DEFAULTS[len(rest) - 1]:
        rest.pop()
    return [note.onset, note.duration, name, *rest]


def _note(row: Row) -> Note:
    onset, duration, name, *rest = row
    velocity, voice, articulation, grace, lyric = (*rest, *_DEFAULTS[len(rest) :])
    kinds = ((onset, int), (duration, int), (name, str), (velocity, int), (voice, int), (articulation, str))
    if any(not isinstance(value, kind) for value, kind in kinds) or onset < 0 or duration < 0:
        raise ScoreFormatError(f"note {row} is not [onset, duration, pitch, velocity, ...]")
    if not 1 <= velocity <= 127:
        raise ScoreFormatError(f"note {row}: velocity {velocity} is not 1-127")
    pitch = DRUMS[name] if name in DRUMS else Pitch.parse(name)
    return Note(onset, duration, pitch, velocity, voice, articulation, bool(grace), lyric)


def _check_maps(model: _Song) -> None:
    """Raise ScoreFormatError where no time follows from the tempos, or no bars from the meters."""
    maps = (("tempos", model.tempos), ("meters", model.meters), ("keys", model.keys))
    for name, rows in maps:
        onsets = [row[0] for row in rows]
        if not onsets or onsets[0] != 0 or onsets != sorted(onsets):
            raise ScoreFormatError(f"{name}: the first must be at tick 0, each other one after those before it")
    for k, (_, tempo_bpm, _) in enumerate(model.tempos):
        if not TEMPOS_BPM[0] <= tempo_bpm <= TEMPOS_BPM[1]:
            low, high = TEMPOS_BPM
            raise ScoreFormatError(f"tempos.{k}: {tempo_bpm:g} quarter notes a minute are not {low:g} to {high:g}")


def _song(model: _Song) -> Song:
    _check_maps(model)
    return Song(
        title=model.title,
        brief=model.brief,
        meters=tuple(MeterChange(onset, Meter.parse(name)) for onset, name in model.meters),
        tempos=tuple(TempoChange(*row) for row in model.tempos),
        keys=tuple(KeyChange(onset, Key.parse(name)) for onset, name in model.keys),
        sections=tuple(
            Section(
                s.name,
                s.kind,
                s.start,
                s.length,
                s.energy,
                s.material,
                s.variation,
                Key.parse(s.key),
                s.close,
                s.lead,
                tuple(Phrase(p.start, p.length, p.close, p.idea) for p in s.phrases),
            )
            for s in model.sections
        ),
        ending=FinalBars(*model.ending),
        chords=tuple(
            ChordSymbol(c.onset, c.duration, parse_chord(c.chord), Key.parse(c.key), c.roman, c.push)
            for c in model.chords
        ),
        tracks=tuple(
            Track(
                t.name,
                t.role,
                t.instrument,
                tuple(map(_note, t.notes)),
                tuple(Control(*row) for row in t.controls),
                tuple(Dynamic(*row) for row in t.dynamics),
            )
            for t in model.tracks
        ),
        decisions=tuple(
            Decision(Where(*d.where), d.what, d.rule, tuple(d.values), tuple(d.alternatives)) for d in model.decisions
        ),
        performance=Performance(
            tuple(
                PlayedTrack(
                    t.name,
                    t.channel,
                    t.program,
                    tuple(PlayedNote(*row) for row in t.notes),
                    tuple(PlayedControl(*row) for row in t.controls),
                    t.volume,
                    t.pan,
                    t.expression,
                    t.reverb,
                    t.bend_range,
                )
                for t in model.performance
            )
        ),
        mix=mix_of_model(model.mix),
    )


def _lay_out(value: Any, depth: int = 0) -> str:
    """JSON with a line for each flat row or record, so that a person can read and diff it."""
    if isinstance(value, Line):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict) and any(isinstance(v, list | tuple | dict) and v for v in value.values()):
        pad = "  " * (depth + 1)
        inner = ",\n".join(f"{pad}{json.dumps(k)}: {_lay_out(v, depth + 1)}" for k, v in value.items())
        return "{\n" + inner + "\n" + "  " * depth + "}"
    if isinstance(value, list | tuple) and any(isinstance(v, list | tuple | dict) for v in value):
        pad = "  " * (depth + 1)
        return "[\n" + ",\n".join(pad + _lay_out(v, depth + 1) for v in value) + "\n" + "  " * depth + "]"
    return json.dumps(value, ensure_ascii=False)
