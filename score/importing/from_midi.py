"""A MIDI file as a Draft: parts as they are played, maps and markers as said.

Conventions: ticks, 480 to the quarter; a part of several programs becomes one part a program. Levels (CC7, CC10, CC11,
CC91), bank 0, the bend range and a first bend of 0 that stand at tick 0 are the part's beginning and not among its
controls, since a writer says them again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath

from partimento.score.importing.draft import Draft, DraftPart
from partimento.score.importing.ramps import with_ramps
from partimento.score.midi_read import FileTrack, MidiContents, Row, by_program, read_midi
from partimento.score.performance import PlayedControl, PlayedNote
from partimento.score.song import KeyChange, MeterChange, TempoChange

_LEVELS = {7: "volume", 10: "pan", 11: "expression", 91: "reverb"}
_BANKS = (0, 32)
_PARAMETERS = (6, 38, 100, 101)
_LONGEST_REST = 480 * 64
"""Sixteen bars: a file that goes on longer after its last note has a slip in it, and not an ending."""


def midi_draft(data: bytes, where: str = "MIDI file") -> Draft:
    """The Draft of a MIDI file's bytes; `where` is its name. ScoreFormatError where it is too large or damaged."""
    contents = read_midi(data, where)
    notices: list[str] = []
    parts = [_part(track, notices) for track in by_program(contents.tracks)]
    if contents.lyrics:
        _sing(parts, contents.lyrics)
    title = contents.title or PurePath(where).stem
    return Draft(
        title=title,
        parts=tuple(parts),
        meters=tuple(MeterChange(tick, meter) for tick, meter in contents.meters) if "meters" in contents.said else (),
        tempos=with_ramps([TempoChange(tick, _tempo_bpm(bpm)) for tick, bpm in contents.tempos])
        if "tempos" in contents.said
        else (),
        keys=tuple(KeyChange(tick, key) for tick, key in contents.keys),
        markers=tuple((tick, name) for tick, name in contents.markers if name),
        end=_end(contents),
        notices=tuple(dict.fromkeys(notices)),
    )


def _end(contents: MidiContents) -> int:
    """Where the file's tracks end, if that is near its last note, else 0."""
    last = max((onset + length for track in contents.tracks for onset, length, _, _ in track.notes), default=0)
    return contents.end if contents.end - last <= _LONGEST_REST else 0


def _tempo_bpm(bpm: float) -> float:
    """The plainest number of quarters a minute that a MIDI file writes as it writes `bpm`, in whole microseconds."""
    microseconds = round(60_000_000 / bpm)
    return next((plain for plain in (round(bpm, n) for n in range(7)) if _written(plain) == microseconds), bpm)


def _written(bpm: float) -> int:
    return round(60_000_000 / bpm) if bpm > 0 else 0


def _part(track: FileTrack, notices: list[str]) -> DraftPart:
    starts, controls = _starts(track.controls)
    notes = tuple(PlayedNote(*note) for note in track.notes)
    if any(controller in _BANKS and value for _, controller, value in controls):
        notices.append(f"Track '{track.name}' asks for another bank of sounds than General MIDI's")
    return DraftPart(
        name=track.name,
        drums=track.drums,
        program=track.program,
        played=notes,
        controls=controls,
        lyrics=track.lyrics,
        bend_range=max(1, min(24, track.bend_range)),
        volume=starts.get("volume"),
        pan=starts.get("pan"),
        expression=starts.get("expression"),
        reverb=starts.get("reverb"),
    )


def _starts(rows: Sequence[Row]) -> tuple[dict[str, int], tuple[PlayedControl, ...]]:
    """The levels said at tick 0 by name, and the controllers that remain.

    Tracks that share a channel may each say its beginning; each chooses a bank then, and the last word counts.
    """
    starts: dict[str, int] = {}
    writers = max(1, sum(tick == 0 and controller == 0 for tick, controller, _ in rows))
    left_to_say = dict.fromkeys((*_LEVELS, *_BANKS, -1), writers)
    plain = not any(tick == 0 and _tunes(controller, value) for tick, controller, value in rows)
    left: list[PlayedControl] = []
    for tick, controller, value in rows:
        name = _LEVELS.get(controller, "")
        first = tick == 0 and left_to_say.get(controller, 0) > 0 and (bool(name) or not value)
        if first:
            left_to_say[controller] -= 1
            if name:
                starts[name] = value
        elif tick > 0 or not plain or controller not in _PARAMETERS:
            left.append(PlayedControl(tick, controller, value))
    return starts, tuple(left)


def _tunes(controller: int, value: int) -> bool:
    """Whether a parameter other than the bend range is chosen (100 and 101 choose: 0 the range, 127 none)."""
    return controller in (98, 99) or (controller in (100, 101) and value not in (0, 127))


def _sing(parts: list[DraftPart], lyrics: tuple[tuple[int, str], ...]) -> None:
    """Give the words of a track without notes to the part on whose notes most of them fall."""
    times = {tick for tick, _ in lyrics}
    pitched = [i for i, part in enumerate(parts) if not part.drums]
    if pitched:
        best = max(pitched, key=lambda i: len(times & {note.onset for note in parts[i].played}))
        parts[best] = replace(parts[best], lyrics=tuple(sorted((*parts[best].lyrics, *lyrics), key=lambda row: row[0])))
