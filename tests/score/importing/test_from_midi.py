"""Foreign MIDI files as Drafts: what stands at the beginning, words, tempos and ramps."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.score.importing.complete import song_of
from partimento.score.importing.draft import Draft
from partimento.score.importing.from_midi import midi_draft
from partimento.score.importing.ramps import with_ramps
from partimento.score.midi_write import midi_bytes
from partimento.score.performance import PlayedControl, PlayedNote
from partimento.score.song import TempoChange
from partimento.score.song_json import song_from_json, song_to_json
from partimento.theory.errors import PartimentoError, ScoreFormatError
from tests.score.small_song import small_song

Event = tuple[int, mido.Message | mido.MetaMessage]
GOOD = midi_bytes(small_song())


def file_of(*tracks: list[Event], kind: int = 1, ppq: int = 480) -> bytes:
    file = mido.MidiFile(type=kind, ticks_per_beat=ppq)
    for events in tracks:
        track, now = mido.MidiTrack(), 0
        for tick, message in sorted(events, key=lambda event: event[0]):
            track.append(message.copy(time=tick - now))
            now = tick
        file.tracks.append(track)
    out = BytesIO()
    file.save(file=out)
    return out.getvalue()


def notes(*onsets: int, number: int = 60, channel: int = 0, length: int = 200) -> list[Event]:
    on = [(onset, mido.Message("note_on", note=number, velocity=70, channel=channel)) for onset in onsets]
    return on + [(onset + length, mido.Message("note_off", note=number, channel=channel)) for onset in onsets]


def meta(tick: int, kind: str, **values: object) -> Event:
    return tick, mido.MetaMessage(kind, **values)


def control(tick: int, number: int, value: int) -> Event:
    return tick, mido.Message("control_change", control=number, value=value)


def test_the_beginning_is_not_among_the_controls() -> None:
    events = [control(0, 0, 0), control(0, 7, 90), control(0, 10, 20), control(0, 91, 5), control(0, 7, 91),
              control(0, 64, 127), control(480, 7, 60), *notes(0, 480)]  # fmt: skip
    (part,) = midi_draft(file_of(events)).parts
    assert (part.volume, part.pan, part.expression, part.reverb) == (90, 20, None, 5)
    assert part.controls == (PlayedControl(0, 7, 91), PlayedControl(0, 64, 127), PlayedControl(480, 7, 60))


def test_other_parameters_than_the_bend_range_are_kept() -> None:
    tuned = [control(0, 101, 0), control(0, 100, 1), control(0, 6, 60), *notes(0)]
    (part,) = midi_draft(file_of(tuned)).parts
    assert [row.controller for row in part.controls] == [101, 100, 6]


def test_words_go_to_the_notes_they_are_sung_on() -> None:
    sung = [meta(0, "lyrics", text="Hel"), meta(480, "lyrics", text="lo"), meta(0, "track_name", name="Words")]
    tune, chords = notes(0, 480, 960, number=72), notes(0, 1920, number=48, channel=1)
    for tracks in ([chords, tune, sung], [chords, tune + sung[:2]], [chords + tune + sung[:2]]):
        song, _ = song_of(midi_draft(file_of(*tracks)))
        words = [note.lyric for track in song.tracks for note in track.notes if note.number == 72]
        assert words == ["Hel", "lo", None]


def test_what_the_file_does_not_say_is_told() -> None:
    draft = midi_draft(file_of(notes(0, 480)), "folder/My tune.mid")
    assert (draft.title, draft.meters, draft.tempos, draft.keys) == ("My tune", (), (), ())
    song, notices = song_of(draft, "folk")
    assert "Meter: 4/4 (the file says none)" in notices
    assert (song.brief.genre, song.tempos[0].tempo_bpm) == ("folk", 120.0)


@given(st.integers(1, 30_000))
def test_tempos_come_back_plain(hundredths: int) -> None:
    bpm = 20 + hundredths / 100
    data = file_of([meta(0, "set_tempo", tempo=round(60e6 / bpm)), *notes(0)])
    (found,) = midi_draft(data).tempos
    assert round(60e6 / found.tempo_bpm) == round(60e6 / bpm)
    assert len(str(found.tempo_bpm)) <= len(f"{bpm:.4f}")


@given(st.integers(40, 200), st.integers(40, 200), st.integers(2, 16))
def test_a_ramp_in_steps_is_a_ramp(first: int, last: int, quarters: int) -> None:
    ramp = [TempoChange(0, float(first))]
    if first != last:
        ramp += [TempoChange(960, float(first), True), TempoChange(960 + 480 * quarters, float(last))]
    song = replace(small_song(), tempos=tuple(ramp))
    assert midi_draft(midi_bytes(song)).tempos == song.tempos


def test_free_tempos_are_no_ramp() -> None:
    tempos = tuple(TempoChange(120 * i, bpm) for i, bpm in enumerate((100.0, 98.0, 97.5, 91.0, 90.0, 88.0)))
    assert with_ramps(tempos) == tempos


def test_a_part_of_two_programs_is_two_parts() -> None:
    events = [(0, mido.Message("program_change", program=4)), (960, mido.Message("program_change", program=48))]
    song, _ = song_of(midi_draft(file_of([meta(0, "track_name", name="Keys"), *events, *notes(0, 1000)])))
    assert [(track.name, track.instrument) for track in song.tracks] == [("Keys", "rhodes"), ("Keys 2", "strings")]


def test_no_notes_and_too_many_are_one_line() -> None:
    with pytest.raises(ScoreFormatError, match="no notes"):
        song_of(midi_draft(file_of([meta(0, "track_name", name="Empty")])))
    with pytest.raises(ScoreFormatError, match="no notes"):
        song_of(Draft("x", ()))
    short = file_of([meta(0, "time_signature", numerator=1, denominator=32), *notes(0, 480 * 4 * 6000)])
    with pytest.raises(ScoreFormatError, match="more than 5000 bars"):
        song_of(midi_draft(short))


@given(st.integers(14, len(GOOD) - 1), st.integers(0, 255), st.integers(14, len(GOOD)))
def test_mutated_files_give_a_song_or_one_line(at: int, byte: int, cut: int) -> None:
    data = (GOOD[:at] + bytes([byte]) + GOOD[at + 1 :])[:cut]
    try:
        song, _ = song_of(midi_draft(data))
    except PartimentoError as error:
        assert "\n" not in str(error)
    else:
        assert song_from_json(song_to_json(song)) == song
        for track in song.performance.tracks:
            ends: dict[int, int] = {}
            assert list(track.notes) == sorted(track.notes)
            for note in track.notes:
                assert isinstance(note, PlayedNote) and note.duration > 0 and ends.get(note.number, 0) <= note.onset
                ends[note.number] = note.onset + note.duration
