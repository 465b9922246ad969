"""Faders: the balance of the mix, within a fader's way."""

from __future__ import annotations

import pytest

from partimento.score.daw.levels import Level, level, stem_level, stem_role
from partimento.score.mix import ROLE_LEVELS_DB, Fader, Mix
from partimento.score.song import Track
from tests.score.daw.made_songs import bare_song


def test_a_lead_stands_at_unity_and_the_rest_below_it() -> None:
    assert level(Mix(), Track("A", "lead", "flute")).gain == 1.0
    below = 10 ** ((ROLE_LEVELS_DB["pad"] - ROLE_LEVELS_DB["lead"]) / 20)
    assert level(Mix(), Track("A", "pad", "pad")).gain == pytest.approx(below)


def test_fader_moves_it() -> None:
    mix = Mix(faders=(Fader("A", -6.0, -0.5, mute=True), Fader("B", 40.0, solo=True)))
    low, high = level(mix, Track("A", "lead", "flute")), level(mix, Track("B", "lead", "flute"))
    assert low.gain == pytest.approx(0.501, abs=0.001)
    assert (low.pan, low.mute, low.solo) == (-0.5, True, False)
    assert (high.gain, high.solo) == (2.0, True)


def test_stems_have_their_tracks_role() -> None:
    song = bare_song(("Kit", "drums", ()), ("Bass", "bass", ()))
    assert [stem_role(song, name) for name in ("Bass", "Kit/kick", "Hall")] == ["bass", "drums", ""]


def test_a_soloed_track_does_not_silence_the_stems() -> None:
    tracks = (Track("A", "lead", "flute"), Track("B", "bass", "tuba"))
    assert stem_level(Mix(faders=(Fader("A", 3.0, -0.5),)), tracks) == Level()
    assert stem_level(Mix(faders=(Fader("A", solo=True),)), tracks) == Level(solo=True)
