"""How a Draft's parts are played, and the Mix that keeps a file's own balance.

Conventions: channels count from 0, 9 is the drums'; levels 0-127 as in MIDI. What a file does not say is General
MIDI's beginning: volume 100, pan 64, expression 127, reverb 40.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log10
from statistics import median

from partimento.score.importing.draft import DraftPart
from partimento.score.instruments import INSTRUMENTS
from partimento.score.mix import Fader, Mix
from partimento.score.performance import PlayedControl, PlayedNote, PlayedTrack
from partimento.score.song import Note

DRUM_CHANNEL = 9
_MELODIC = tuple(channel for channel in range(16) if channel != DRUM_CHANNEL)
_QUIETEST_DB, _LOUDEST_DB = -24.0, 12.0


def played_notes(part: DraftPart) -> tuple[PlayedNote, ...]:
    """The part's notes as they sound, no two of one number at once: what the file plays, else its page played straight.

    Of notes that begin together on one number the longest stays; a note ends where its number is struck again.
    """
    return untangled(part.played or tuple(_straight(note) for note in part.notes))


def _straight(note: Note) -> PlayedNote:
    return PlayedNote(note.onset, note.duration, note.number, note.velocity)


def untangled(notes: Sequence[PlayedNote]) -> tuple[PlayedNote, ...]:
    """Notes sorted by onset and number, none of no length, no two of one number overlapping."""
    rows = sorted(notes, key=lambda note: (note.onset, note.number, note.duration))
    kept: list[PlayedNote] = []
    last: dict[int, int] = {}
    for note in rows:
        before = last.get(note.number)
        note = PlayedNote(note.onset, max(1, note.duration), note.number, note.velocity)
        if before is not None:
            other = kept[before]
            if other.onset == note.onset:
                kept[before] = note._replace(velocity=max(note.velocity, other.velocity))
                continue
            if other.onset + other.duration > note.onset:
                kept[before] = other._replace(duration=note.onset - other.onset)
        last[note.number] = len(kept)
        kept.append(note)
    return tuple(kept)


def played_tracks(
    parts: Sequence[DraftPart], names: Sequence[str], instruments: Sequence[str],
    notes: Sequence[tuple[PlayedNote, ...]],
) -> tuple[PlayedTrack, ...]:  # fmt: skip
    """The parts as played, in their order; past fifteen pitched ones a part joins an earlier one of its program, or
    else the last channel."""
    free = list(_MELODIC)
    taken: dict[int, int] = {}
    rows = []
    for part, name, instrument, played in zip(parts, names, instruments, notes, strict=True):
        program = part.program if part.program is not None else INSTRUMENTS[instrument].program
        if part.drums:
            channel = DRUM_CHANNEL
        elif free:
            channel = free.pop(0)
            taken.setdefault(program, channel)
        else:
            channel = taken.get(program, _MELODIC[-1])
        levels = (
            100 if part.volume is None else part.volume,
            64 if part.pan is None else part.pan,
            127 if part.expression is None else part.expression,
            40 if part.reverb is None else part.reverb,
        )
        controls = part.controls if part.played else _straight_controls(part)
        rows.append(PlayedTrack(name, channel, program, played, controls, *levels, part.bend_range))
    return tuple(rows)


def _straight_controls(part: DraftPart) -> tuple[PlayedControl, ...]:
    """The page's pedal and expression as MIDI's controllers 64 and 11."""
    numbers = {"pedal": 64, "expression": 11}
    written = [
        PlayedControl(row.onset, numbers[row.kind], max(0, min(127, row.value)))
        for row in part.written_controls
        if row.kind in numbers
    ]
    return tuple(sorted((*part.controls, *written), key=lambda row: row.onset))


def mix_of_parts(parts: Sequence[DraftPart], names: Sequence[str]) -> Mix:
    """A plain mix with the file's balance: pan and reverb as said, gains by CC7 against the middle one, in General
    MIDI 2's 40 log10(value / 127) dB. A volume of 0 that stays so is muted."""
    said = [part.volume for part in parts if part.volume]
    middle = median(said) if said else 100
    faders = []
    for part, name in zip(parts, names, strict=True):
        gain_db = 40.0 * log10(part.volume / middle) if part.volume else 0.0
        pan = 64 if part.pan is None else part.pan
        faders.append(
            Fader(
                name,
                round(max(_QUIETEST_DB, min(_LOUDEST_DB, gain_db)), 2),
                round(max(-1.0, (pan - 64) / 63), 3),
                hall=round((40 if part.reverb is None else part.reverb) / 127, 3),
                mute=part.volume == 0 and not any(row.controller == 7 and row.value for row in part.controls),
            )
        )
    return Mix(glue_ratio=1.0, faders=tuple(faders))
