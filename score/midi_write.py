"""Standard MIDI files, encoded directly (mido reads them back in the tests).

Conventions: type 1, 480 ticks a quarter note or 960; track 0 is the conductor (name, tempo, meter, key, section
markers); then one track and one channel a part, in the Song's order, past fifteen pitched parts on further ports. Keys
stand on every pitched track too, where some programs look for them. Within a tick note-offs go before controllers,
these before note-ons. All tracks end at the same bar line. Names are folded to ASCII unless UTF-8 is asked for. Chord
symbols are not written: programs take text for lyrics.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from partimento.score import midi_write_chunks as smf
from partimento.score.midi_options import MidiOptions
from partimento.score.midi_write_chunks import Event
from partimento.score.midi_write_seats import seated
from partimento.score.midi_write_tidy import (
    BANKS,
    DRUM_CHANNEL,
    bank_of,
    by_map,
    distinct,
    fold_ascii,
    printable,
    without_overlaps,
)
from partimento.score.notation.bars import has_pick_up
from partimento.score.performance import PlayedNote, PlayedTrack
from partimento.score.song import Drum, MeterChange, Song, Track
from partimento.score.straight import straight
from partimento.score.timeline import Timeline
from partimento.theory.meter import TICKS

__all__ = ["MidiOptions", "midi_bytes", "midi_parts"]

COUNT_IN, START = "Count-in", "Start"
"""The name of the click's track and of the marker at tick 0; the marker at the first whole bar after it."""
_RAMP_STEP = TICKS // 8
_CLICK, _LOUD, _SOFT = 60, 112, 84


def midi_bytes(song: Song, options: MidiOptions | None = None) -> bytes:
    """The song's performance as the bytes of a type-1 MIDI file.

    A song that has no performance is written as it stands on the page, as with `options.quantized`.
    """
    plan = _plan(song, options or MidiOptions())
    return smf.file_of([_conductor_chunk(plan), *(_part(plan, i) for i in range(len(plan.tracks)))], plan.options.ppq)


def midi_parts(song: Song, options: MidiOptions | None = None) -> tuple[tuple[str, bytes], ...]:
    """(track name, type-1 file) of each track by itself, each with the whole conductor; a count-in's click comes
    first, as a part named "Count-in"."""
    plan = replace(_plan(song, options or MidiOptions()), ports=())
    conductor, ppq = _conductor_chunk(plan), plan.options.ppq
    return tuple((t.name, smf.file_of([conductor, _part(plan, i)], ppq)) for i, t in enumerate(plan.tracks))


@dataclass(frozen=True, slots=True)
class _Plan:
    """What all tracks of a file share. `shift` is where the song's tick 0 comes to stand, `end` the last bar line;
    `names` are the tracks' as written, `ports` their ports, where there are several; the first `clicks` of `tracks`
    are the count-in."""

    song: Song
    options: MidiOptions
    timeline: Timeline
    tracks: tuple[PlayedTrack, ...]
    names: tuple[str, ...]
    ports: tuple[int, ...]
    clicks: int
    shift: int
    end: int

    @property
    def scale(self) -> int:
        """Ticks in the file for one of the song's."""
        return self.options.ppq // TICKS

    def at(self, tick: int) -> int:
        """Where the song's `tick` comes to stand; what holds from its beginning holds from the file's."""
        return tick + self.shift if tick else 0

    def within(self, events: Sequence[Event]) -> list[Event]:
        """Those that are not after the end, where changes of a foreign file may lie."""
        return [event for event in events if event[0] <= self.end]

    def said(self, text: str) -> bytes:
        """A name as it is written."""
        return printable(text).encode("utf-8") if self.options.utf8 else fold_ascii(text).encode("ascii")


def _plan(song: Song, options: MidiOptions) -> _Plan:
    played = song.performance if song.performance.tracks and not options.quantized else straight(song)
    seats, ports = seated(by_map(played.tracks, options.drum_map))
    tracks = without_overlaps(seats, ports)
    timeline = Timeline(song)
    shift = 0
    clicks: tuple[PlayedTrack, ...] = ()
    if options.count_in:
        first, pick_up = _first_meter(song)
        shift = options.count_in * first.meter.bar - pick_up
        clicks = (_clicks(first, shift, options, tracks),)
    ports = (*(0 for _ in clicks), *ports) if any(ports) else ()
    plan = _Plan(song, options, timeline, (*clicks, *tracks), (), ports, len(clicks), shift, 0)
    names = distinct([plan.said(track.name).decode("utf-8") for track in plan.tracks])
    return replace(plan, names=names, end=_last_bar_line(timeline, tracks) + shift)


def _first_meter(song: Song) -> tuple[MeterChange, int]:
    """The meter of the first whole bar, and how long the pick-up bar before it is (0: there is none)."""
    return (song.meters[1], song.meters[1].onset) if has_pick_up(song) else (song.meters[0], 0)


def _clicks(first: MeterChange, until: int, options: MidiOptions, tracks: Sequence[PlayedTrack]) -> PlayedTrack:
    """Sticks on every felt beat before the music, a pick-up in the last bar included."""
    meter, key = first.meter, options.drum_map.key(Drum.RIM)
    beats = [(bar + beat, beat) for bar in range(0, until, meter.bar) for beat in meter.beats if bar + beat < until]
    notes = tuple(PlayedNote(tick, min(_CLICK, until - tick), key, _SOFT if beat else _LOUD) for tick, beat in beats)
    kit = next((track for track in tracks if track.channel == DRUM_CHANNEL), None)
    if kit is None:
        return PlayedTrack(COUNT_IN, DRUM_CHANNEL, 0, notes)
    return replace(kit, name=COUNT_IN, notes=notes, controls=())


def _last_bar_line(timeline: Timeline, tracks: Sequence[PlayedTrack]) -> int:
    """The first bar line that nothing lies beyond, the song's end at the earliest."""
    last = [note.onset + note.duration for track in tracks for note in track.notes]
    last += [control.onset for track in tracks for control in track.controls]
    return timeline.bar_line_from(max(last, default=0))


def _keys(plan: _Plan) -> list[Event]:
    return [(plan.at(change.onset), smf.META, smf.key(change.key)) for change in plan.song.keys]


def _conductor_chunk(plan: _Plan) -> bytes:
    events = [*_meters(plan), *_tempos(plan), *_markers(plan), *_keys(plan)]
    return smf.chunk(plan.within(events), plan.end, plan.said(plan.song.title), scale=plan.scale)


def _meters(plan: _Plan) -> list[Event]:
    changes = plan.song.meters
    if not plan.options.count_in:
        return [(change.onset, smf.META, smf.meter(change.meter)) for change in changes]
    # A pick-up is the end of the count-in's last bar, and needs no meter of its own.
    first, _ = _first_meter(plan.song)
    later = changes[changes.index(first) + 1 :]
    return [(0, smf.META, smf.meter(first.meter)), *((plan.at(c.onset), smf.META, smf.meter(c.meter)) for c in later)]


def _tempos(plan: _Plan) -> list[Event]:
    events: list[Event] = []
    tempos, seconds_at = plan.song.tempos, plan.timeline.seconds_at
    song_end = plan.end - plan.shift
    for i, tempo in enumerate(tempos):
        after = tempos[i + 1].onset if i + 1 < len(tempos) else song_end
        if not tempo.ramp:
            events.append((plan.at(tempo.onset), smf.META, smf.tempo(60_000_000 / tempo.tempo_bpm)))
            continue
        if plan.shift and tempo.onset == 0:
            events.append((0, smf.META, smf.tempo(60_000_000 / tempo.tempo_bpm)))
        for tick in range(tempo.onset, after, _RAMP_STEP):
            until = min(after, tick + _RAMP_STEP)
            seconds = seconds_at(until) - seconds_at(tick)
            events.append((tick + plan.shift, smf.META, smf.tempo(seconds * 1e6 * TICKS / (until - tick))))
    return events


def _markers(plan: _Plan) -> list[Event]:
    rows = [(section.start + plan.shift, section.name) for section in plan.song.sections]
    if plan.options.count_in:
        first, _ = _first_meter(plan.song)
        rows = [(0, COUNT_IN), (plan.options.count_in * first.meter.bar, START), *rows]
    return [(tick, smf.META, smf.text(smf.MARKER, plan.said(name))) for tick, name in rows]


def _part(plan: _Plan, index: int) -> bytes:
    played, channel = plan.tracks[index], plan.tracks[index].channel
    shift = 0 if index < plan.clicks else plan.shift
    keyed = plan.options.part_keys and channel != DRUM_CHANNEL
    events: list[Event] = [(0, smf.META, smf.port(plan.ports[index]))] if plan.ports else []
    events += plan.within(_keys(plan)) if keyed else []
    events += [(0, smf.CONTROL, message) for message in _set_up(played, plan.options.program)]
    for tick, controller, value in played.controls:
        if controller in BANKS:
            continue
        if controller < 0:
            bend = max(0, min(16383, value + 8192))
            message = bytes((0xE0 | channel, bend & 127, bend >> 7))
        else:
            message = bytes((0xB0 | channel, controller, value))
        events.append((tick + shift, smf.CONTROL, message))
    if index >= plan.clicks:
        events += _lyrics(plan, played)
    return smf.chunk(events, plan.end, plan.names[index].encode("utf-8"), played.notes, channel, shift, plan.scale)


def _set_up(played: PlayedTrack, program: bool) -> list[bytes]:
    """What a channel is told once, before anything sounds: bank and program, levels, the reach of its bends."""
    channel = played.channel
    cc = 0xB0 | channel
    levels = ((7, played.volume), (10, played.pan), (11, played.expression), (91, played.reverb))
    out = [bytes((cc, number, value)) for number, value in zip(BANKS, bank_of(played), strict=True)] if program else []
    out += [bytes((0xC0 | channel, played.program))] if program else []
    out += [bytes((cc, number, value)) for number, value in levels]
    if channel != DRUM_CHANNEL:
        reach = ((101, 0), (100, 0), (6, played.bend_range), (38, 0), (101, 127), (100, 127))
        out += [bytes((cc, number, value)) for number, value in reach]
        out.append(bytes((0xE0 | channel, 0, 64)))
    return out


def _lyrics(plan: _Plan, played: PlayedTrack) -> list[Event]:
    """The words, each at the tick where its note is struck: MuseScore drops one that stands beside its note."""
    written: Track | None = next((track for track in plan.song.tracks if track.name == played.name), None)
    if written is None or not any(note.lyric for note in written.notes):
        return []
    onsets: dict[int, list[int]] = {}
    for onset, _, number, _ in played.notes:
        onsets.setdefault(number, []).append(onset)
    said = [
        (_struck(note.onset, onsets.get(note.number, [])) + plan.shift, plan.said(note.lyric))
        for note in written.notes
        if note.lyric
    ]
    return [(tick, smf.META, smf.text(smf.LYRIC, syllable)) for tick, syllable in said if syllable]


def _struck(tick: int, onsets: list[int]) -> int:
    """The onset nearest to `tick`, less than an eighth note away; else `tick`."""
    place = bisect_left(onsets, tick)
    near = min(onsets[max(0, place - 1) : place + 1], key=lambda onset: abs(onset - tick), default=tick)
    return near if abs(near - tick) < TICKS // 2 else tick
