"""A Reaper project's media items: a clip of notes as a MIDI item, a stem as an audio item.

Conventions: items lie at seconds, their events at ticks from the item's start, 480 a quarter, which follow the
project's tempo map. Within a tick offs go before controllers, these before ons. Bank and program stand in a part's
first item; volume and pan are the track's fader and not said again.
"""

from __future__ import annotations

from collections.abc import Sequence

from partimento.score.daw.clips import NoteClip
from partimento.score.daw.reaper_text import guid, quoted, seconds
from partimento.score.daw.stem_audio import StemAudio
from partimento.score.midi_write_tidy import BANKS, bank_of
from partimento.score.performance import PlayedTrack
from partimento.score.timeline import Timeline
from partimento.theory.meter import TICKS

_OFF, _CONTROL, _ON = 0, 1, 2
_TAIL = TICKS // 4
"""What rings over its clip's end for less than this makes the item no longer: items that overlap are drawn flatter."""

Event = tuple[int, int, int, int, int]
"""Tick, kind, status, first and second data byte."""


def note_item(timeline: Timeline, played: PlayedTrack, clip: NoteClip, first: bool) -> list[str]:
    """The lines of a clip as a MIDI item; a part's `first` begins with its bank, program and controllers."""
    release = max(note.onset + note.duration for note in clip.notes)
    end = release if release > clip.end + _TAIL else clip.end
    start_s = timeline.seconds_at(clip.start)
    name = guid("item", played.name, clip.start)
    events = _events(played, clip, first)
    return [
        *_head(clip.name, start_s, timeline.seconds_at(end) - start_s, name),
        "<SOURCE MIDI",
        f"HASDATA 1 {TICKS} QN",
        *_lines(events, max(end, release) - clip.start),
        f"GUID {guid('source', played.name, clip.start)}",
        "IGNTEMPO 0 120 4 4",
        ">",
        ">",
    ]


def audio_item(stem: StemAudio, media: str) -> list[str]:
    """The lines of a stem as an audio item from bar 1, at its own speed; `media` is its file's name."""
    return [
        *_head(stem.track, 0.0, stem.seconds, guid("audio", stem.track)),
        "<SOURCE WAVE",
        f"FILE {quoted(media)}",
        ">",
        ">",
    ]


def _head(name: str, start_s: float, length_s: float, item: str) -> list[str]:
    return [
        "<ITEM", f"POSITION {seconds(start_s)}", "SNAPOFFS 0", f"LENGTH {seconds(length_s)}", "LOOP 0", "ALLTAKES 0",
        "FADEIN 0 0 0 0 0 0 0", "FADEOUT 0 0 0 0 0 0 0", "MUTE 0 0", "SEL 0", f"IGUID {item}", f"NAME {quoted(name)}",
        "VOLPAN 1 0 1 -1", "SOFFS 0", "PLAYRATE 1 1 0 -1 0 0.0025", "CHANMODE 0", f"GUID {guid('take', item)}",
    ]  # fmt: skip


def _events(played: PlayedTrack, clip: NoteClip, first: bool) -> list[Event]:
    channel = played.channel
    events: list[Event] = []
    if first:
        bank = zip(BANKS, bank_of(played), strict=True)
        events += [(0, _CONTROL, 0xB0 | channel, number, value) for number, value in bank]
        events.append((0, _CONTROL, 0xC0 | channel, played.program, 0))
        begin = [(11, played.expression), (91, played.reverb)]
        if any(control.controller < 0 for control in played.controls):
            begin += [(101, 0), (100, 0), (6, played.bend_range), (38, 0), (101, 127), (100, 127)]
        events += [(0, _CONTROL, 0xB0 | channel, number, value) for number, value in begin]
    for onset, controller, value in clip.controls:
        tick = max(0, onset - clip.start)
        if controller in BANKS:
            continue
        if controller < 0:
            bend = max(0, min(16383, value + 8192))
            events.append((tick, _CONTROL, 0xE0 | channel, bend & 127, bend >> 7))
        else:
            events.append((tick, _CONTROL, 0xB0 | channel, controller, value))
    for onset, duration, number, velocity in clip.notes:
        events.append((onset - clip.start, _ON, 0x90 | channel, number, velocity))
        events.append((onset + duration - clip.start, _OFF, 0x80 | channel, number, 64))
    # Sorting is stable: controllers of one tick stay in the order in which they were said.
    return sorted(events, key=lambda event: event[:2])


def _lines(events: Sequence[Event], end: int) -> list[str]:
    lines, now = [], 0
    for tick, _, status, low, high in events:
        lines.append(f"E {tick - now} {status:02x} {low:02x} {high:02x}")
        now = tick
    # All notes off on the first channel is how Reaper says where a source ends.
    lines.append(f"E {max(0, end - now)} b0 7b 00")
    return lines
