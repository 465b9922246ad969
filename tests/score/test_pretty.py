"""pretty_midi: what it holds of a song, and that nothing of it is lost on the way back."""

from __future__ import annotations

from functools import cache
from io import BytesIO

import mido
import pretty_midi
import pytest

from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.midi_read import read_midi
from partimento.score.midi_write import MidiOptions, midi_bytes
from partimento.score.pretty import midi_of_pretty, song_of_pretty, to_pretty_midi
from partimento.score.song import Song
from partimento.score.timeline import Timeline
from partimento.theory.errors import ScoreFormatError
from tests.score.small_song import BAR, small_song


@cache
def song_of(genre: str) -> Song:
    """A short song."""
    return compose(Brief(genre=genre, bars=8, seed=2))


def test_it_holds_the_song_in_seconds() -> None:
    song = small_song()
    pm, seconds_at = to_pretty_midi(song), Timeline(song).seconds_at
    assert [(i.name, i.program, i.is_drum) for i in pm.instruments] == [("Flute", 73, False), ("Drums", 0, True)]
    for instrument, played in zip(pm.instruments, song.performance.tracks, strict=True):
        assert [(n.pitch, n.velocity) for n in instrument.notes] == [(n.number, n.velocity) for n in played.notes]
        assert [n.start for n in instrument.notes] == pytest.approx([seconds_at(n.onset) for n in played.notes])
    assert [(t.text, t.time) for t in pm.text_events] == [("Verse 1", 0.0), ("Chorus 1", seconds_at(4 * BAR))]
    assert [(k.key_number, k.time) for k in pm.key_signature_changes] == [(10, 0.0), (12, seconds_at(4 * BAR))]
    assert [lyric.text for lyric in pm.lyrics] == ["la"]


def test_options_reach_it() -> None:
    pm = to_pretty_midi(small_song(), MidiOptions(quantized=True, utf8=True, ppq=960))
    assert pm.resolution == 960
    assert [note.start for note in pm.instruments[0].notes] == pytest.approx([0.0, 0.6])


def test_a_count_in_moves_the_sections_too() -> None:
    pm = to_pretty_midi(small_song(), MidiOptions(count_in=1))
    assert [(t.text, round(t.time, 6)) for t in pm.text_events] == [
        ("Count-in", 0.0), ("Start", 2.4), ("Verse 1", 2.4), ("Chorus 1", 12.0),
    ]  # fmt: skip
    assert pm.instruments[1].notes[0].start == pytest.approx(pm.tick_to_time(BAR + 2))


def test_a_song_beyond_its_length_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pretty_midi.pretty_midi.MAX_TICK", 8 * BAR)
    with pytest.raises(ScoreFormatError, match="does not fit a PrettyMIDI"):
        to_pretty_midi(small_song())


@pytest.mark.parametrize("genre", ["classical", "country", "funk"])
def test_there_and_back_is_the_file_that_we_write(genre: str) -> None:
    song = song_of(genre)
    ours, back = read_midi(midi_bytes(song)), read_midi(midi_of_pretty(to_pretty_midi(song)))
    assert back.tracks == ours.tracks
    assert (back.tempos, back.meters, back.keys, back.markers) == (ours.tempos, ours.meters, ours.keys, ours.markers)


def test_a_glide_of_the_tempo_comes_back() -> None:
    song = small_song()
    assert read_midi(midi_of_pretty(to_pretty_midi(song))).tempos == read_midi(midi_bytes(song)).tempos


def test_what_others_made_is_written_in_order() -> None:
    pm = pretty_midi.PrettyMIDI(resolution=220, initial_tempo=90.0)
    for number in range(17):
        instrument = pretty_midi.Instrument(program=number, is_drum=number == 3, name="Part")
        instrument.notes = [
            pretty_midi.Note(velocity=90, pitch=60, start=1.0, end=3.0),
            pretty_midi.Note(velocity=80, pitch=60, start=0.5, end=1.5),
            pretty_midi.Note(velocity=70, pitch=62, start=2.0, end=2.0),
        ]
        pm.instruments.append(instrument)
    pm.text_events = [pretty_midi.Text("Bridge", 0.5)]
    file = mido.MidiFile(file=BytesIO(midi_of_pretty(pm)))
    assert file.ticks_per_beat == 220 and [m.text for m in file.tracks[0] if m.type == "marker"] == ["Bridge"]
    assert not [m for track in file.tracks for m in track if m.type == "text"]
    channels = [next(m.channel for m in track if m.type == "program_change") for track in file.tracks[1:]]
    assert channels == [0, 1, 2, 9, *range(3, 9), *range(10, 16), 0]
    assert [track.name for track in file.tracks[1:4]] == ["Part", "Part 2", "Part 3"]
    contents = read_midi(midi_of_pretty(pm))
    assert [track.program for track in contents.tracks] == list(range(17)), "the seventeenth has a port of its own"
    # The second of the two starts while the first still sounds, at 330 ticks of 220 to the quarter.
    assert contents.tracks[1].notes[0][:3] == (360, 360, 60)
    assert all(duration > 0 for track in contents.tracks for _, duration, _, _ in track.notes)


@pytest.mark.parametrize(
    "note",
    [
        pretty_midi.Note(velocity=90, pitch=200, start=0.0, end=1.0),
        pretty_midi.Note(velocity=-3, pitch=60, start=0.0, end=1.0),
        pretty_midi.Note(velocity=90, pitch=60, start=float("nan"), end=1.0),
        pretty_midi.Note(velocity=90, pitch=60, start=0.0, end=float("inf")),
    ],
)
def test_what_no_midi_file_holds_is_one_line(note: pretty_midi.Note) -> None:
    pm = pretty_midi.PrettyMIDI()
    pm.instruments.append(pretty_midi.Instrument(0))
    pm.instruments[0].notes.append(note)
    with pytest.raises(ScoreFormatError, match="fits no MIDI file"):
        midi_of_pretty(pm)


def test_a_song_is_made_of_one() -> None:
    song = song_of("country")
    back = song_of_pretty(to_pretty_midi(song))
    assert [(t.name, t.program, t.notes) for t in back.performance.tracks] == [
        (t.name, t.program, t.notes) for t in song.performance.tracks
    ]
    assert [(s.name, s.start) for s in back.sections] == [(s.name, s.start) for s in song.sections]
