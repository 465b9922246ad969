"""Where a workstation's faders stand so that the song sounds as its mix means.

Conventions: gain is a factor of amplitude, 1 is 0 dB; pan -1 (left) to 1 (right). A track of notes gets the loudness of
its role against the lead's, moved by its fader, as for General MIDI (score/mix_midi.py), for instruments that are alike
in loudness. A stem holds its fader's gain and pan already: it stands at 0 dB in the middle. Solo silences whatever is
not soloed: where a track of notes is, so are the stems, which were rendered with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from partimento.score.mix import ROLE_LEVELS_DB, Fader, Mix
from partimento.score.song import Song, Track

MOST_GAIN = 2.0
"""As far up as every workstation's fader goes, +6 dB."""
_OTHER_DB = -12.0


@dataclass(frozen=True, slots=True)
class Level:
    """One fader's place."""

    gain: float = 1.0
    pan: float = 0.0
    mute: bool = False
    solo: bool = False


def level(mix: Mix, track: Track) -> Level:
    """The fader of a track of notes; gain is 0 to MOST_GAIN."""
    fader = mix.fader(track.name) or Fader(track.name)
    decibels = ROLE_LEVELS_DB.get(track.role, _OTHER_DB) - ROLE_LEVELS_DB["lead"] + fader.gain_db
    gain = min(MOST_GAIN, 10.0 ** (decibels / 20.0))
    return Level(gain, max(-1.0, min(1.0, fader.pan)), fader.mute, fader.solo)


def stem_level(mix: Mix, tracks: Sequence[Track]) -> Level:
    """The fader of each stem of the `tracks`' mix."""
    return Level(solo=any(level(mix, track).solo for track in tracks))


def stem_role(song: Song, name: str) -> str:
    """The role of a stem; a kit's piece ("Drums/kick") has its kit's, the echoes and spaces have none ("")."""
    roles = {track.name: track.role for track in song.tracks}
    return roles.get(name) or roles.get(name.partition("/")[0], "")
