"""A Song played as it is written: the page's own onsets, lengths, numbers and velocities, for MIDI that is quantised.

Conventions: as in score/performance.py. Where a number is written twice at a time in one track (two voices in
unison, a grace note into its own pitch), the first note ends where the second begins; of two that begin together the
longer is kept, as loud as the louder. Everything else stands in the performance exactly as on the page.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil

from partimento.score.instruments import instrument
from partimento.score.midi_write_tidy import DRUM_CHANNEL, MELODIC_CHANNELS, without_overlaps
from partimento.score.mix_midi import midi_levels
from partimento.score.performance import Performance, PlayedControl, PlayedNote, PlayedTrack
from partimento.score.song import Control, Song, Track
from partimento.theory.errors import PartimentoError

_KINDS = {"pedal": 64, "expression": 11}
_MOST_SEMITONES = 24


def straight(song: Song) -> Performance:
    """The song's tracks as written, on the channels, programs and levels of its performance where it has one.

    Grace notes sound as written, just before their main notes; of controllers only the written ones are played.
    """
    seats = _seats(song)
    return Performance(
        tuple(without_overlaps((_played(t, seat),))[0] for t, seat in zip(song.tracks, seats, strict=True))
    )


def as_played(song: Song) -> Song:
    """The song itself, or, where nobody has played it yet, with its page as the performance."""
    return song if song.performance.tracks else replace(song, performance=straight(song))


def _played(track: Track, seat: PlayedTrack) -> PlayedTrack:
    notes = [PlayedNote(n.onset, max(1, n.duration), n.number, min(127, max(1, n.velocity))) for n in track.notes]
    notes.sort(key=lambda note: (note.onset, note.number))
    bends = [abs(c.value) for c in track.controls if c.kind == "bend"]
    reach = min(_MOST_SEMITONES, max(2, seat.bend_range, ceil(max(bends, default=0) / 100)))
    controls = tuple(row for c in track.controls if (row := _control(c, reach)) is not None)
    return PlayedTrack(
        track.name, seat.channel, seat.program, tuple(notes), controls, seat.volume, seat.pan, 127, seat.reverb, reach
    )


def _control(control: Control, reach: int) -> PlayedControl | None:
    if control.kind == "bend":
        value = round(control.value * 8192 / (100 * reach))
        return PlayedControl(control.onset, -1, max(-8192, min(8191, value)))
    number = _KINDS.get(control.kind)
    return None if number is None else PlayedControl(control.onset, number, max(0, min(127, control.value)))


def _seats(song: Song) -> list[PlayedTrack]:
    """Where each track sits: as in the performance; a track that is not in it gets the next channel."""
    known = {played.name: played for played in song.performance.tracks}
    free = [c for c in MELODIC_CHANNELS if c not in {played.channel for played in known.values()}]
    out: list[PlayedTrack] = []
    new: list[int] = []
    for i, track in enumerate(song.tracks):
        if track.name in known:
            out.append(known[track.name])
            continue
        program, drums = _program(track)
        channel = DRUM_CHANNEL if drums else free.pop(0) if free else MELODIC_CHANNELS[-1]
        out.append(PlayedTrack(track.name, channel, program))
        new.append(i)
    if not new:
        return out
    levels = midi_levels(song.mix, song.tracks, [seat.channel for seat in out])
    for i in new:
        volume, pan, reverb = levels[i]
        seat = out[i]
        out[i] = PlayedTrack(seat.name, seat.channel, seat.program, volume=volume, pan=pan, reverb=reverb)
    return out


def _program(track: Track) -> tuple[int, bool]:
    """The instrument's program, and whether it plays drums; what the table lacks is a piano, or a kit by role."""
    try:
        chair = instrument(track.instrument)
    except PartimentoError:
        return 0, track.role in ("drums", "percussion")
    return chair.program, chair.hands == "drums"
