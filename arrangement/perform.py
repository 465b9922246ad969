"""How a Song is played: its page turned into a Performance, and the intent of its mix.

Conventions: a track belongs to the style's part of its name (`part_of`); channels count from 0, 9 is the drums'.
Every draw depends on the seed, the take, the track and the bar, so a rewritten bar moves no other. With
`brief.quantized` the page is played as it stands; `brief.humanize` False leaves swing, lean and phrasing.
"""

from __future__ import annotations

from dataclasses import replace

from partimento.arrangement.drum_touch import feel_told, played_by
from partimento.arrangement.feel import feel_for
from partimento.arrangement.mixing import mix_of
from partimento.arrangement.nets import NO_NETS, Nets
from partimento.arrangement.perform_controls import BASE_EXPRESSION, EXPRESSION, bend_range_of, controls_of
from partimento.arrangement.perform_dynamics import Dynamics
from partimento.arrangement.perform_notes import (
    Playing,
    Setting,
    fit,
    part_equal,
    play_drums,
    play_pitched,
    quantized,
)
from partimento.arrangement.perform_time import BandTime
from partimento.arrangement.style import Part, Style
from partimento.score.decision import Decision
from partimento.score.instruments import Instrument, instrument
from partimento.score.mix_midi import midi_levels
from partimento.score.performance import Performance, PlayedControl, PlayedNote, PlayedTrack
from partimento.score.song import Song, Track
from partimento.score.timeline import Timeline

DRUM_CHANNEL = 9
MELODIC_CHANNELS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15)


def perform(song: Song, style: Style, nets: Nets = NO_NETS) -> Song:
    """The song with its performance (a PlayedTrack per track, in order) and its mix filled in."""
    timeline = Timeline(song)
    parts = parts_of(song, style)
    mix = mix_of(song, style, parts)
    channels, programs = channels_of(song.tracks)
    main_bpm = song.tempos[0].tempo_bpm if song.tempos else 120.0
    feel = feel_for(style.feel.table, main_bpm)
    time = BandTime(song, style, timeline, feel, song.brief.humanize)
    dynamics = Dynamics(song, timeline)
    rows: list[list[Playing]] = []
    settings: list[Setting] = []
    told: list[Decision] = []
    drummer = nets.drums if song.brief.humanize and not song.brief.quantized else None
    for track, part in zip(song.tracks, parts, strict=True):
        setting = Setting(
            track, part, instrument(track.instrument), style, feel, time, dynamics,
            song.brief.seed, song.brief.take, song.brief.humanize, main_bpm,
            played_by(drummer, track, style, time.bars, main_bpm),
        )  # fmt: skip
        if setting.played is not None:
            told.append(feel_told(track, style, setting.played))
        settings.append(setting)
        rows.append(_play(setting, song))
    _share_channels(rows, channels)
    levels = midi_levels(mix, song.tracks, channels)
    tracks: list[PlayedTrack] = []
    first: dict[int, PlayedTrack] = {}
    for k, (setting, row) in enumerate(zip(settings, rows, strict=True)):
        channel = channels[k]
        volume, pan, reverb = levels[k]
        controls: tuple[PlayedControl, ...] = ()
        if not song.brief.quantized and channel not in first:
            controls = controls_of(setting, row, timeline)
        swelling = any(c.controller == EXPRESSION for c in controls)
        played = PlayedTrack(
            name=setting.track.name,
            channel=channel,
            program=programs[k],
            notes=tuple([PlayedNote(p[0], p[1] - p[0], p[2], p[3]) for p in row]),
            controls=controls,
            volume=volume,
            pan=pan,
            expression=BASE_EXPRESSION if swelling else 127,
            reverb=reverb,
            bend_range=bend_range_of(setting),
        )
        leader = first.setdefault(channel, played)
        if leader is not played:  # a channel's first track brings its controllers
            played = replace(played, expression=leader.expression, bend_range=leader.bend_range)
        tracks.append(played)
    before = tuple(d for d in song.decisions if d.rule != "neural.feel")  # of a performance that this one replaces
    return replace(song, performance=Performance(tuple(tracks)), mix=mix, decisions=(*before, *told))


def _play(setting: Setting, song: Song) -> list[Playing]:
    track, chair = setting.track, setting.instrument
    if song.brief.quantized:
        return sorted(quantized(track), key=_place)
    if chair.hands == "drums":
        return fit(play_drums(setting), False, song.end)
    return fit(play_pitched(setting), chair.hands == "mono", song.end)


def _share_channels(rows: list[list[Playing]], channels: list[int]) -> None:
    """Where tracks share a channel, no pitch sounds twice on it: the earlier track keeps a common stroke."""
    for channel in sorted(set(channels)):
        members = [k for k, c in enumerate(channels) if c == channel]
        if len(members) < 2:
            continue
        union = [(p[0], p[2], k, p) for k in members for p in rows[k]]
        union.sort(key=lambda row: row[:3])
        kept = {id(p) for p in part_equal([row[3] for row in union])}
        for k in members:
            rows[k] = [p for p in rows[k] if id(p) in kept]


def channels_of(tracks: tuple[Track, ...]) -> tuple[list[int], list[int]]:
    """Channel and program of each track.

    Kits and percussion share channel 9 and the kit of the first "drums" track there; past fifteen pitched tracks one
    of an earlier program joins its channel, any other the last.
    """
    channels: list[int] = []
    programs: list[int] = []
    used: dict[int, int] = {}
    kits = [t for t in tracks if _is_drums(instrument(t.instrument))]
    kit = next((instrument(t.instrument).program for t in kits if t.role == "drums"), None)
    if kit is None:
        kit = instrument(kits[0].instrument).program if kits else 0
    free = list(MELODIC_CHANNELS)
    for track in tracks:
        chair = instrument(track.instrument)
        if _is_drums(chair):
            channels.append(DRUM_CHANNEL)
            programs.append(kit)
            continue
        if free:
            channel = free.pop(0)
            used.setdefault(chair.program, channel)
            programs.append(chair.program)
        else:
            channel = used.get(chair.program, MELODIC_CHANNELS[-1])
            programs.append(programs[channels.index(channel)])
        channels.append(channel)
    return channels, programs


def _is_drums(chair: Instrument) -> bool:
    return chair.hands == "drums"


def parts_of(song: Song, style: Style) -> list[Part | None]:
    """The style's part of each track: the one the band's decision names, or of its name, else the first free one of
    its role (its instrument's before others)."""
    tracks = song.tracks
    by_id = {part.id: part for part in style.parts}
    # The band's decision tells who sits where as (track, "part: instrument").
    seats = {
        name: str(seat).partition(":")[0] for d in song.decisions if d.what == "band" for name, seat in d.values
    }
    out: list[Part | None] = [by_id.get(seats.get(track.name, track.name)) for track in tracks]
    taken = {part.id for part in out if part is not None}
    for k, track in enumerate(tracks):
        if out[k] is not None:
            continue
        same = [part for part in style.parts if part.role == track.role]
        free = [part for part in same if part.id not in taken] or same
        fitting = [part for part in free if track.instrument in part.instruments] or free
        if fitting:
            out[k] = fitting[0]
            taken.add(fitting[0].id)
    return out


def _place(p: Playing) -> tuple[int, int]:
    return p[0], p[2]
