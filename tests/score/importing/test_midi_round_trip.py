"""Our MIDI read again is the song that was written: notes, controllers, levels, maps, names and sections."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.arrangement.style import style_names
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.importing.complete import song_of
from partimento.score.importing.from_midi import midi_draft
from partimento.score.midi_write import midi_bytes
from partimento.score.performance import Performance, PlayedControl, PlayedNote, PlayedTrack
from partimento.score.song import FinalBars, KeyChange, MeterChange, Note, Section, Song, TempoChange
from partimento.score.song_json import song_from_json, song_to_json
from partimento.theory.key import Key
from partimento.theory.meter import Meter

LEVEL = st.integers(0, 127)
GRID = st.one_of(st.integers(0, 15).map(lambda k: 60 * k), st.integers(0, 11).map(lambda k: 80 * k))
METERS = tuple(map(Meter.parse, ("4/4", "3/4", "6/8", "2/2", "7/8", "12/8", "5/4")))
KEYS = tuple(map(Key.parse, ("G", "Bb", "E minor", "Ab", "C# minor", "D minor")))
NAMES = ("Flute", "Left hand", "Basso 2", "Pad & strings", "x")


@cache
def composed(genre: str, quantized: bool) -> Song:
    return compose(Brief(genre=genre, bars=8, seed=11, quantized=quantized))


def again(song: Song) -> Song:
    return song_of(midi_draft(midi_bytes(song), "a file.mid"))[0]


def form(song: Song) -> list[tuple[str, int, int]]:
    return [(section.name, section.start, section.end) for section in song.sections]


@pytest.mark.parametrize("genre", style_names())
def test_a_quantised_song_comes_back_as_it_was(genre: str) -> None:
    song = composed(genre, True)
    found = again(song)
    assert found.performance == song.performance
    assert (found.tempos, found.meters, found.end) == (song.tempos, song.meters, song.end)
    assert [row.key.signature for row in found.keys] == [row.key.signature for row in song.keys]
    assert form(found) == form(song)
    for track, was in zip(found.tracks, song.tracks, strict=True):
        assert (track.name, track.instrument) == (was.name, was.instrument)
        assert [(n.onset, n.number) for n in track.notes] == [(n.onset, n.number) for n in sorted_notes(was.notes)]
    assert midi_bytes(found) == midi_bytes(song)


def sorted_notes(notes: tuple[Note, ...]) -> list[Note]:
    return sorted(notes, key=lambda note: (note.onset, note.number))


@pytest.mark.parametrize("genre", ("jazz", "classical", "house", "country"))
def test_a_played_song_is_written_where_it_was(genre: str) -> None:
    song = composed(genre, False)
    found = again(song)
    assert midi_bytes(found) == midi_bytes(song)
    for track in song.tracks:
        meant = {(note.onset, note.number) for note in track.notes}
        read = {(note.onset, note.number) for note in found.track(track.name).notes}
        assert len(meant & read) >= 0.95 * len(meant | read)


@st.composite
def songs(draw: st.DrawFn) -> Song:
    """Songs of scale tones that close on their tonic, with changes of meter, tempo and key at bar lines."""
    meters: list[MeterChange] = []
    keys: list[KeyChange] = []
    starts: list[int] = []
    tick = 0
    for _ in range(draw(st.integers(1, 3))):
        meter, key = draw(st.sampled_from(METERS)), draw(st.sampled_from(KEYS))
        if not meters or meters[-1].meter != meter:
            meters.append(MeterChange(tick, meter))
        if not keys or keys[-1].key != key:
            keys.append(KeyChange(tick, key))
        starts.append(tick)
        tick += meter.bar * draw(st.integers(1, 4))
    bpm = st.floats(20, 400).map(lambda value: round(value, 2))
    changes = draw(st.lists(st.integers(1, tick - 1), max_size=3, unique=True))
    speeds = draw(st.lists(bpm, min_size=1 + len(changes), max_size=1 + len(changes), unique=True))
    tempos = [TempoChange(onset, speed) for onset, speed in zip([0, *sorted(changes)], speeds, strict=True)]
    played = []
    for channel, name in enumerate(draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))):
        notes = {}
        for start, key in ((start, [row.key for row in keys if row.onset <= start][-1]) for start in starts):
            for _ in range(draw(st.integers(1, 5))):
                onset = start + draw(GRID)
                number = 48 + 12 * channel + draw(st.sampled_from(key.tones)).number
                room = tick - onset
                if room > 0:
                    notes[onset, number] = min(room, 60 * draw(st.integers(1, 12)))
        rows = [(onset, number, length) for (onset, number), length in sorted(notes.items())]
        apart = [
            PlayedNote(onset, min([length, *(o - onset for o, n, _ in rows if n == number and o > onset)]), number,
                       draw(st.integers(1, 127)))
            for onset, number, length in rows
        ]  # fmt: skip
        apart = apart or [PlayedNote(0, 60, 60, 64)]
        controls = tuple(PlayedControl(*row) for row in sorted(draw(st.lists(CONTROLS, max_size=3))))
        volume, pan, expression, reverb = draw(st.tuples(LEVEL, LEVEL, LEVEL, LEVEL))
        program, bend_range = draw(st.integers(0, 127)), draw(st.integers(1, 12))
        levels = (volume, pan, expression, reverb)
        played.append(PlayedTrack(name, channel, program, tuple(apart), controls, *levels, bend_range))
    sections = tuple(
        Section(f"Part {i}", "verse", start, end - start, 0.5, f"m{i}", 0, keys[0].key, "loop", "tune")
        for i, (start, end) in enumerate(zip(starts, [*starts[1:], tick], strict=True))
    )
    return Song(
        draw(st.sampled_from(("Song", "Two words"))), Brief(), tuple(meters), tuple(tempos), tuple(keys), sections,
        FinalBars(sections[-1].start, "held", ""), performance=Performance(tuple(played)),
    )  # fmt: skip


CONTROLS = st.tuples(st.integers(1, 2000), st.sampled_from((1, 11, 64)), st.integers(0, 127))


@settings(deadline=None, max_examples=60)
@given(songs())
def test_any_song_comes_back(song: Song) -> None:
    found = again(song)
    assert found.performance == song.performance
    assert (found.title, found.meters, found.end, form(found)) == (song.title, song.meters, song.end, form(song))
    assert [row.onset for row in found.tempos] == [row.onset for row in song.tempos]
    for tempo, was in zip(found.tempos, song.tempos, strict=True):
        assert round(60e6 / tempo.tempo_bpm) == round(60e6 / was.tempo_bpm)
    assert [row.key.signature for row in found.keys] == [row.key.signature for row in song.keys]
    assert song_from_json(song_to_json(found)) == found
    for track, played in zip(found.tracks, found.performance.tracks, strict=True):
        assert [n.onset for n in track.notes] == [n.onset for n in played.notes]
