"""MIDI files as mido reads them: what the importers' checklist asks for."""

from __future__ import annotations

from io import BytesIO

import mido
from hypothesis import given
from hypothesis import strategies as st

from partimento.score.midi_read import read_midi
from partimento.score.midi_write import fold_ascii, midi_bytes
from partimento.score.timeline import Timeline
from tests.score.small_song import BAR, small_song


def _file() -> mido.MidiFile:
    return mido.MidiFile(file=BytesIO(midi_bytes(small_song())))


def test_type_resolution_and_one_track_a_part() -> None:
    file = _file()
    assert (file.type, file.ticks_per_beat, len(file.tracks)) == (1, 480, 3)
    assert [track.name for track in file.tracks] == ["Test piece", "Flute", "Drums"]
    assert {m.channel for m in file.tracks[1] if not m.is_meta} == {0}
    assert {m.channel for m in file.tracks[2] if not m.is_meta} == {9}


def test_conductor_holds_tempo_meter_key_and_markers() -> None:
    conductor = _file().tracks[0]
    first = [m.type for m in conductor if m.time == 0]
    assert {"track_name", "set_tempo", "time_signature", "key_signature", "marker"} <= set(first)
    assert [m.text for m in conductor if m.type == "marker"] == ["Verse 1", "Chorus 1"]


def test_keys_stand_on_every_pitched_track_and_not_on_drums() -> None:
    file = _file()
    for track in file.tracks[:2]:
        assert [m.key for m in track if m.type == "key_signature"] == ["Bb", "Cm"]
    assert not [m for m in file.tracks[2] if m.type == "key_signature"]


def test_all_tracks_end_at_the_same_bar_line() -> None:
    ends = {sum(m.time for m in track) for track in _file().tracks}
    assert ends == {8 * BAR}


def test_tempo_ramp_lasts_as_long_as_the_song_says() -> None:
    song = small_song()
    assert abs(_file().length - Timeline(song).seconds_at(song.end)) < 0.001


def test_set_up_messages_come_once_and_no_chord_text() -> None:
    flute = _file().tracks[1]
    controls = [m.control for m in flute if m.type == "control_change" and m.control in (0, 32, 7, 10, 11, 91)]
    assert controls == [0, 32, 7, 10, 11, 91]
    assert [m.program for m in flute if m.type == "program_change"] == [73]
    assert not [m for track in _file().tracks for m in track if m.type == "text"]
    assert [m.text for m in flute if m.type == "lyrics"] == ["la"]


def test_note_off_goes_before_note_on_at_one_tick() -> None:
    from dataclasses import replace

    from partimento.score.performance import Performance, PlayedNote, PlayedTrack

    notes = (PlayedNote(0, 480, 60, 80), PlayedNote(480, 480, 60, 80))
    song = replace(small_song(), performance=Performance((PlayedTrack("Flute", 0, 73, notes),)))
    track = mido.MidiFile(file=BytesIO(midi_bytes(song))).tracks[1]
    kinds = [m.type for m in track if m.type.startswith("note")]
    assert kinds == ["note_on", "note_off", "note_on", "note_off"]


def test_our_own_reader_gives_the_notes_back() -> None:
    contents = read_midi(midi_bytes(small_song()))
    assert [t.name for t in contents.tracks] == ["Flute", "Drums"]
    assert contents.tracks[0].notes == ((2, 470, 70, 91), (482, 120, 75, 72))
    assert [str(key) for _, key in contents.keys] == ["Bb major", "C minor"]


@given(st.integers(0, 24))
def test_a_file_says_how_far_its_bends_reach(bend_range: int) -> None:
    from dataclasses import replace

    from partimento.score.performance import Performance, PlayedControl, PlayedNote, PlayedTrack

    bends = (PlayedControl(0, -1, -8192), PlayedControl(10, -1, 0))
    part = PlayedTrack("Bass", 3, 39, (PlayedNote(0, 480, 36, 90),), bends, bend_range=bend_range)
    data = midi_bytes(replace(small_song(), performance=Performance((part,))))
    messages = list(mido.MidiFile(file=BytesIO(data)).tracks[1])
    told = [(m.control, m.value) for m in messages if m.type == "control_change" and m.control in (6, 38, 100, 101)]
    assert told == [(101, 0), (100, 0), (6, bend_range), (38, 0), (101, 127), (100, 127)]
    kinds = [m.type for m in messages]
    assert kinds.index("pitchwheel") > max(k for k, m in enumerate(messages) if m.type == "control_change")
    assert read_midi(data).tracks[0].bend_range == bend_range


@given(st.text())
def test_folded_names_are_ascii(text: str) -> None:
    assert fold_ascii(text).isascii()


def test_folding_keeps_what_can_be_kept() -> None:
    assert fold_ascii("Étude in B♭ – nº 2") == "Etude in Bb - no 2"
