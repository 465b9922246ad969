"""Clips hold every note once and whole, begin near their sections' lines, cut little, and take pick-ups along."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from partimento.score.daw.clips import NoteClip, note_clips
from partimento.score.performance import PlayedControl, PlayedNote
from partimento.score.song import MeterChange, Song
from partimento.score.timeline import Timeline
from partimento.theory.meter import Meter
from tests.score.daw.made_songs import bare_song, composed, section, songs

BAR = 1920
TWO = (section("A", 0, 2 * BAR), section("B", 2 * BAR, 2 * BAR))


def _clips(*notes: PlayedNote, controls: tuple[PlayedControl, ...] = (), role: str = "") -> tuple[NoteClip, ...]:
    song = bare_song(("Lead", "lead", notes), sections=TWO, controls=controls)
    return note_clips(song, Timeline(song), song.performance.tracks[0], role)


def _places(clips: tuple[NoteClip, ...]) -> list[tuple[str, int, int, int]]:
    return [(clip.name, clip.start, clip.end, len(clip.notes)) for clip in clips]


def _check(song: Song) -> None:
    timeline = Timeline(song)
    beats = {bar.start + beat for bar in timeline.bars for beat in bar.meter.beats}
    for played in song.performance.tracks:
        clips = note_clips(song, timeline, played)
        assert [note for clip in clips for note in clip.notes] == list(played.notes)
        assert [c for clip in clips for c in clip.controls if c.onset > clips[0].start] == [
            c for c in played.controls if c.onset > clips[0].start
        ]
        for clip in clips:
            before_line = [row.start - clip.start for row in song.sections if row.start - clip.start in range(960)]
            assert clip.start in beats or any(gap % 30 == 0 or gap % 80 == 0 for gap in before_line)
            assert clip.start < clip.end
            assert all(clip.start <= note.onset for note in clip.notes)
        for before, after in zip(clips, clips[1:], strict=False):
            assert before.end <= after.start
            assert all(note.onset < after.start for note in before.notes)
        if clips:
            assert clips[-1].end >= max(note.onset + note.duration for note in clips[-1].notes)


@given(songs())
@settings(max_examples=40)
def test_every_note_is_in_one_clip(song: Song) -> None:
    _check(song)


@pytest.mark.parametrize("genre", ["pop", "jazz", "salsa"])
def test_composed_songs(genre: str) -> None:
    _check(composed(genre))


@pytest.mark.parametrize("genre", ["pop", "country", "jazz", "salsa"])
def test_composed_songs_lose_no_part_of_a_note_that_is_heard(genre: str) -> None:
    song = composed(genre, 2)
    timeline = Timeline(song)
    for played in song.performance.tracks:
        for clip in note_clips(song, timeline, played, song.track(played.name).role):
            assert all(clip.end - n.onset >= 0.8 * n.duration for n in clip.notes), (played.name, clip.name)


def test_clips_end_on_the_line_when_nothing_anticipates_it() -> None:
    clips = _clips(PlayedNote(0, 480, 60, 80), PlayedNote(2 * BAR - 480, 470, 62, 80), PlayedNote(2 * BAR, 9, 64, 80))
    assert _places(clips) == [("A", 0, 2 * BAR, 2), ("B", 2 * BAR, 4 * BAR, 1)]


def test_a_push_begins_the_next_clip_on_the_beat_before() -> None:
    clips = _clips(PlayedNote(0, 480, 60, 80), PlayedNote(2 * BAR - 240, 700, 62, 80))
    assert _places(clips) == [("A", 0, 2 * BAR - 480, 1), ("B", 2 * BAR - 480, 4 * BAR, 1)]


def test_a_push_out_of_a_held_chord_begins_the_clip_where_the_chord_ends() -> None:
    held = [PlayedNote(BAR, BAR - 240, number, 80) for number in (60, 64, 67)]
    clips = _clips(*held, *(PlayedNote(2 * BAR - 240, 960, number, 80) for number in (62, 65, 69)))
    assert _places(clips) == [("A", 0, 2 * BAR - 240, 3), ("B", 2 * BAR - 240, 4 * BAR, 3)]


def test_of_close_strokes_only_the_line_s_own_goes_over() -> None:
    strokes = [PlayedNote(2 * BAR - 120 * i - 4, 90, 42, 80) for i in range(8, -1, -1)]
    assert _places(_clips(*strokes)) == [("A", 0, 2 * BAR - 30, 8), ("B", 2 * BAR - 30, 4 * BAR, 1)]


def test_what_rings_over_the_line_is_not_cut_while_its_track_rests() -> None:
    clips = _clips(PlayedNote(BAR, BAR + 700, 60, 80), PlayedNote(2 * BAR + 960, 480, 62, 80))
    assert _places(clips) == [("A", 0, 2 * BAR + 960, 1), ("B", 2 * BAR + 960, 4 * BAR, 1)]


def test_a_tune_s_pick_up_after_a_rest_is_in_the_clip_that_it_leads_into() -> None:
    lead_in = (PlayedNote(2 * BAR - 480, 230, 62, 80), PlayedNote(2 * BAR - 240, 230, 64, 80))
    tune = (PlayedNote(BAR, 960, 60, 80), *lead_in, PlayedNote(2 * BAR, 480, 65, 80))
    assert _places(_clips(*tune, role="lead")) == [("A", 0, 2 * BAR - 480, 1), ("B", 2 * BAR - 480, 4 * BAR, 3)]
    assert _places(_clips(*tune, role="comp")) == [("A", 0, 2 * BAR, 3), ("B", 2 * BAR, 4 * BAR, 1)]


def test_a_stroke_a_little_early_belongs_to_the_line() -> None:
    clips = _clips(PlayedNote(0, 60, 36, 80), PlayedNote(2 * BAR - 7, 5, 36, 80))
    assert _places(clips) == [("A", 0, 2 * BAR - 480, 1), ("B", 2 * BAR - 480, 4 * BAR, 1)]


def test_a_section_of_rest_has_no_clip_and_leaves_room_to_ring() -> None:
    assert _places(_clips(PlayedNote(0, 3 * BAR - 10, 60, 80))) == [("A", 0, 3 * BAR, 1)]


def test_controllers_set_before_the_first_clip_are_said_at_its_start() -> None:
    clips = _clips(
        PlayedNote(2 * BAR, 480, 60, 80),
        controls=(PlayedControl(0, 64, 127), PlayedControl(9, 64, 0), PlayedControl(2 * BAR + 5, 1, 3)),
    )
    assert clips[0].controls == (PlayedControl(2 * BAR, 64, 0), PlayedControl(2 * BAR + 5, 1, 3))


def test_beats_before_the_line_are_those_of_the_meter() -> None:
    bar = 1440
    song = bare_song(
        ("Lead", "lead", (PlayedNote(0, 9, 60, 80), PlayedNote(bar - 100, 300, 60, 80))),
        sections=(section("A", 0, bar), section("B", bar, bar)), meters=(MeterChange(0, Meter(6, 8)),),
    )  # fmt: skip
    clips = note_clips(song, Timeline(song), song.performance.tracks[0])
    assert [clip.start for clip in clips] == [0, bar - 720]
