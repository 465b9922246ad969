"""Where the parts of a MIDI file sit: a channel each, on as many ports as are needed.

Conventions: a port has sixteen channels (meta event 0x21), the first port is 0; DRUM_CHANNEL is the drums' on each.
Sequencers that know no ports keep the tracks apart all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from partimento.score.midi_write_tidy import DRUM_CHANNEL, MELODIC_CHANNELS, all_clear
from partimento.score.performance import PlayedTrack

MOST_PORTS = 128
_MOST_KITS = 16
"""Ports that are tried for a part on the drum channel."""

Seat = tuple[int, int]
"""Port and channel."""


def seated(tracks: Sequence[PlayedTrack]) -> tuple[tuple[PlayedTrack, ...], tuple[int, ...]]:
    """The tracks on channels where nobody sounds into another's notes, and each one's port.

    The first on a channel keeps it. A pitched part that comes second moves to a free channel, or to another port; a
    part of the drum channel stays where kit, levels and strokes agree, else it sits on another port's. Where all are
    taken, parts stay together.
    """
    wanted = {track.channel for track in tracks}
    free = [(0, c) for c in MELODIC_CHANNELS if c not in wanted]
    free += [(port, c) for port in range(1, MOST_PORTS) for c in MELODIC_CHANNELS]
    free.reverse()
    sitting: dict[Seat, list[PlayedTrack]] = {}
    out, ports = [], []
    for track in tracks:
        seat = (0, track.channel)
        if track.channel == DRUM_CHANNEL:
            kits = ((port, DRUM_CHANNEL) for port in range(_MOST_KITS))
            seat = next((kit for kit in kits if _agree(sitting.get(kit, ()), track)), seat)
        elif seat in sitting and free:
            seat = free.pop()
        sitting.setdefault(seat, []).append(track)
        ports.append(seat[0])
        out.append(track if track.channel == seat[1] else replace(track, channel=seat[1]))
    return tuple(out), tuple(ports)


def _agree(there: Sequence[PlayedTrack], track: PlayedTrack) -> bool:
    """Whether a part may share the drum channel of those `there`."""
    said = (track.program, track.volume, track.pan, track.expression, track.reverb)
    if any((one.program, one.volume, one.pan, one.expression, one.reverb) != said for one in there):
        return False
    if there and track.controls:
        return False
    struck = {(note.onset, note.number) for note in track.notes} if there else set()
    if any((note.onset, note.number) in struck for one in there for note in one.notes):
        return False
    return not there or all_clear([note for one in (*there, track) for note in one.notes])
