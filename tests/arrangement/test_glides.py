"""Slides of a bass: from the slurred note to the next, by the track's own bend range, and back to 0."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.arrangement.perform import perform
from partimento.arrangement.perform_controls import bend_range_of, written_controls
from partimento.arrangement.perform_notes import Setting
from partimento.arrangement.style import Style
from partimento.score.instruments import instrument
from partimento.score.performance import PlayedTrack
from partimento.score.song import Control, Note, Track
from partimento.theory.key import Key
from tests.arrangement.conftest import SongMaker

KEY = Key.parse("C")


def bass(song_of: SongMaker, style: Style, name: str, first: int, second: int) -> PlayedTrack:
    notes = (
        Note(0, 960, KEY.spell(first), 90, articulation="legato"),
        Note(960, 960, KEY.spell(second), 90),
    )
    song = replace(song_of("verse:2"), tracks=(Track("bass", "bass", name, notes),))
    return perform(song, style).performance.tracks[0]


@pytest.mark.parametrize("name", ["808 bass", "sub bass", "synth bass", "fretless bass"])
@pytest.mark.parametrize("interval", [-14, -12, -5, -1, 1, 2, 7, 12, 13])
def test_it_slides_from_where_it_was(make_song: SongMaker, trial: Style, name: str, interval: int) -> None:
    played = bass(make_song, trial, name, 43, 43 + interval)
    bends = [c for c in played.controls if c.controller == -1]
    values = [c.value for c in bends]
    assert played.bend_range == (2 if name == "fretless bass" else 12)
    reach = min(abs(interval), played.bend_range)
    semitones = values[0] * played.bend_range / 8192
    assert semitones == pytest.approx(reach if interval < 0 else -reach, abs=0.01)
    assert values == sorted(values, reverse=interval < 0) and values[-1] == 0
    assert all(-8192 <= value <= 8191 for value in values)
    assert bends[0].onset == played.notes[1].onset and bends[-1].onset < played.notes[1].onset + 480
    if name != "fretless bass":  # no step is heard as a note of a scale
        steps = [abs(b - a) * played.bend_range / 8192 for a, b in zip(values, values[1:], strict=False)]
        assert max(steps) <= 1.0


def test_who_does_not_slide_has_the_usual_range(make_song: SongMaker, trial: Style) -> None:
    for name in ("bass guitar", "double bass"):
        played = bass(make_song, trial, name, 40, 47)
        assert played.bend_range == 2 and not [c for c in played.controls if c.controller == -1]


@given(st.integers(-1200, 1200))
def test_a_written_bend_means_the_same_whatever_the_range(value: int) -> None:
    for name, role in (("808 bass", "bass"), ("tenor sax", "lead")):
        setting = _setting(name, role, value)
        (bend, *home) = written_controls(setting)[-1]
        cents = 100 * bend_range_of(setting) * bend.value / 8192
        assert cents == pytest.approx(
            max(-100 * bend_range_of(setting), min(100 * bend_range_of(setting), value)), abs=1
        )
        assert bool(home) == bool(bend.value)


def _setting(name: str, role: str, value: int) -> Setting:
    """As little of a setting as written controls look at."""
    track = Track("t", role, name, controls=(Control(0, "bend", value),))
    time = SimpleNamespace(place=lambda tick, share: tick, end=1920)
    return cast(Setting, SimpleNamespace(track=track, instrument=instrument(name), time=time, share=1.0))
