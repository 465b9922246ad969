"""The mix as a bare General MIDI device can play it: volume (CC7), pan (CC10) and reverb (CC91) of each track.

Conventions: values 0-127; a projection of score.mix.Mix and nothing else: our own synth reads the Mix and not these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from partimento.score.mix import ROLE_LEVELS_DB, Fader, Mix
from partimento.score.performance import Performance
from partimento.score.song import Song, Track

FULL_VOLUME = 104
"""CC7 of a part as loud as the lead is by itself: the rest has room above."""
_OTHER_DB = -12.0


def midi_levels(mix: Mix, tracks: Sequence[Track], channels: Sequence[int]) -> list[tuple[int, int, int]]:
    """Volume, pan and reverb of each track, by the channels they play on.

    CC7 is 40 log10(value / 127) dB (General MIDI 2); muted is 0. A channel has one of each: a kit's ("drums"), else
    its first track's.
    """
    leaders: dict[int, Track] = {}
    for track, channel in zip(tracks, channels, strict=True):
        if channel not in leaders or (track.role == "drums" and leaders[channel].role != "drums"):
            leaders[channel] = track
    levels = {channel: _levels(mix, track) for channel, track in leaders.items()}
    return [levels[channel] for channel in channels]


def with_mix(song: Song, mix: Mix) -> Song:
    """The song with another mix, and its performance's volume, pan and reverb to match."""
    played = song.performance.tracks
    tracks = {track.name: track for track in song.tracks}
    known = [tracks.get(row.name, Track(row.name, "", "")) for row in played]
    levels = midi_levels(mix, known, [row.channel for row in played])
    rows = [replace(row, volume=v, pan=p, reverb=r) for row, (v, p, r) in zip(played, levels, strict=True)]
    return replace(song, mix=mix, performance=Performance(tuple(rows)))


def _levels(mix: Mix, track: Track) -> tuple[int, int, int]:
    fader = mix.fader(track.name) or Fader(track.name)
    level = ROLE_LEVELS_DB.get(track.role, _OTHER_DB) - ROLE_LEVELS_DB["lead"] + fader.gain_db
    volume = 0 if fader.mute else round(FULL_VOLUME * 10.0 ** (level / 40.0))
    pieces = [f for f in mix.faders if f.track.startswith(track.name + "/")]
    wet = [f.room + f.hall for f in pieces or [fader]]
    return _within(volume), _within(round(64 + 63 * fader.pan)), _within(round(127 * sum(wet) / len(wet)))


def _within(value: int) -> int:
    return max(0, min(127, value))
