"""The page played as it stands: equal to what is written, one stroke of a number at a time."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.arrangement.style import style_names
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.midi_read import read_midi
from partimento.score.midi_write import MidiOptions, midi_bytes
from partimento.score.performance import Performance, PlayedControl, PlayedNote, PlayedTrack
from partimento.score.song import Control, Drum, Note, Song, Track
from partimento.score.straight import straight
from partimento.theory.pitch import Pitch
from tests.score.small_song import BAR, small_song

C4, D4 = Pitch.parse("C4"), Pitch.parse("D4")


@cache
def song_of(genre: str) -> Song:
    """A short song of each genre."""
    return compose(Brief(genre=genre, bars=8, seed=4))


def with_tracks(*tracks: Track) -> Song:
    """The small song with other tracks, which nobody has played."""
    return replace(small_song(), tracks=tracks, performance=Performance())


@pytest.mark.parametrize("genre", style_names())
def test_a_file_of_the_page_holds_the_notes_that_are_written(genre: str) -> None:
    song = song_of(genre)
    contents = read_midi(midi_bytes(song, MidiOptions(quantized=True)))
    assert [track.name for track in contents.tracks] == [track.name for track in song.tracks if track.notes]
    for read, track in zip(contents.tracks, (t for t in song.tracks if t.notes), strict=True):
        written = [(n.onset, n.duration, n.number, n.velocity) for n in track.notes]
        assert list(read.notes) == sorted(written)


def test_unisons_and_repeated_notes_of_one_channel_are_parted() -> None:
    notes = (
        Note(0, 480, C4, 70), Note(0, 960, C4, 90, voice=1), Note(480, 960, C4, 60, voice=2), Note(0, 480, D4, 50),
    )  # fmt: skip
    (played,) = straight(with_tracks(Track("Piano", "comp", "piano", notes))).tracks
    assert played.notes == ((0, 480, 60, 90), (0, 480, 62, 50), (480, 960, 60, 60))


def test_two_tracks_that_share_a_channel_keep_their_strokes() -> None:
    kit = Track("Drums", "drums", "drums", (Note(0, 120, Drum.KICK, 80),))
    more = Track("Extra", "percussion", "percussion", (Note(0, 60, Drum.CLAVES, 70), Note(0, 240, Drum.KICK, 99)))
    first, second = straight(with_tracks(kit, more)).tracks
    assert (first.channel, second.channel) == (9, 9)
    assert first.notes == ((0, 120, 36, 80),) and second.notes == ((0, 240, 36, 99), (0, 60, 75, 70))


def test_seats_are_those_of_the_performance_and_the_next_free_ones() -> None:
    seat = PlayedTrack("Flute", 0, 73, (PlayedNote(3, 400, 60, 10),), (PlayedControl(5, 11, 9),), 50, 20, 60, 7)
    new = Track("Nobody knows it", "lead", "nose harp", (Note(0, 480, C4, 80),))
    song = replace(small_song(), tracks=(small_song().tracks[0], new), performance=Performance((seat,)))
    flute, other = straight(song).tracks
    assert (flute.channel, flute.program, flute.volume, flute.pan, flute.reverb) == (0, 73, 50, 20, 7)
    # The swells of the playing are gone, and with them the level that they began at.
    assert flute.expression == 127 and flute.controls == ((0, 11, 100),)
    assert (other.channel, other.program, other.notes) == (1, 0, ((0, 480, 60, 80),))


def test_written_bends_reach_as_far_as_they_must() -> None:
    controls = (Control(0, "bend", 350), Control(240, "bend", -350), Control(480, "pedal", 127))
    (played,) = straight(with_tracks(Track("Bass", "bass", "bass guitar", (Note(0, 480, C4),), controls))).tracks
    assert played.bend_range == 4
    assert played.controls == ((0, -1, 7168), (240, -1, -7168), (480, 64, 127))


NOTES = st.lists(
    st.builds(Note, st.integers(0, 8).map(lambda i: 120 * i), st.integers(0, 5).map(lambda i: 60 * i),
              st.sampled_from((C4, D4, Drum.KICK)), st.integers(1, 127)),
    max_size=10,
).map(tuple)  # fmt: skip


@given(NOTES)
def test_what_is_written_without_overlap_stands_and_the_rest_keeps_its_onset(notes: tuple[Note, ...]) -> None:
    (played,) = straight(with_tracks(Track("Piano", "comp", "piano", notes))).tracks
    assert {(n.onset, n.number) for n in played.notes} == {(n.onset, n.number) for n in notes}
    for note in notes:
        end = note.onset + note.duration
        others = [n for n in notes if n is not note and n.number == note.number]
        if note.duration and all(n.onset >= end or n.onset + max(1, n.duration) <= note.onset for n in others):
            assert (note.onset, note.duration, note.number, note.velocity) in played.notes
    for before in played.notes:
        assert 0 < before.duration
        later = [n.onset for n in played.notes if n.number == before.number and n.onset > before.onset]
        assert before.onset + before.duration <= min(later, default=10 * BAR)
