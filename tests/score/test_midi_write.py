"""MIDI files as mido reads them: what the importers' checklist asks for."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO
from itertools import accumulate

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.score.drum_maps import GENERAL_MIDI, DrumMap
from partimento.score.midi_read import read_midi
from partimento.score.midi_write import MidiOptions, midi_bytes, midi_parts
from partimento.score.midi_write_tidy import fold_ascii, plain_name
from partimento.score.performance import Performance, PlayedControl, PlayedNote, PlayedTrack
from partimento.score.song import Drum, KeyChange, MeterChange, Section, TempoChange
from partimento.score.timeline import Timeline
from partimento.theory.errors import BriefError
from partimento.theory.key import Key
from partimento.theory.meter import Meter
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


@given(st.text(max_size=90))
def test_part_of_a_file_s_name_is_plain(text: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9+]([A-Za-z0-9+-]{0,58}[A-Za-z0-9+])?", plain_name(text, "part"))
    assert plain_name(" Épinette/2: B♭ ", "part") == "Epinette-2-Bb" and plain_name("…/…", "part") == "part"


def _read(data: bytes) -> mido.MidiFile:
    return mido.MidiFile(file=BytesIO(data), charset="utf-8")


def _rows(track: mido.MidiTrack) -> list[tuple[int, mido.Message]]:
    """The messages with their absolute ticks."""
    return list(zip(accumulate(message.time for message in track), track, strict=True))


def test_names_as_they_are_with_utf8() -> None:
    song = replace(small_song(), title="Tést ♭ №\n2")
    assert _read(midi_bytes(song)).tracks[0].name == "Test b No2"
    assert _read(midi_bytes(song, MidiOptions(utf8=True))).tracks[0].name == "Tést ♭ №2"


def test_names_stay_different_when_they_are_folded() -> None:
    names = ("Flûte", "Flute", "笛", "Flute 2")
    tracks = tuple(PlayedTrack(name, i, 73, (PlayedNote(0, 480, 60, 80),)) for i, name in enumerate(names))
    song = replace(small_song(), performance=Performance(tracks))
    assert [t.name for t in _read(midi_bytes(song)).tracks[1:]] == ["Flute", "Flute 2", "Track 3", "Flute 2 2"]
    assert [t.name for t in _read(midi_bytes(song, MidiOptions(utf8=True))).tracks[1:]] == list(names)


def test_programs_are_left_out_when_not_wanted() -> None:
    for track in _read(midi_bytes(small_song(), MidiOptions(program=False))).tracks:
        assert not [m for m in track if m.type == "program_change"]
        assert not [m for m in track if m.type == "control_change" and m.control in (0, 32)]


def test_960_ticks_double_every_time_and_nothing_else() -> None:
    usual, fine = (_read(midi_bytes(small_song(), MidiOptions(ppq=ppq))) for ppq in (480, 960))
    assert fine.ticks_per_beat == 960 and fine.length == pytest.approx(usual.length, abs=1e-9)
    for one, other in zip(usual.tracks, fine.tracks, strict=True):
        assert [m.copy(time=2 * m.time) for m in one] == list(other)


def test_parts_hold_the_whole_conductor_and_one_track_each() -> None:
    whole = _read(midi_bytes(small_song()))
    parts = midi_parts(small_song())
    assert [name for name, _ in parts] == ["Flute", "Drums"]
    for number, (_, data) in enumerate(parts, 1):
        file = _read(data)
        assert file.type == 1
        assert [list(track) for track in file.tracks] == [list(whole.tracks[0]), list(whole.tracks[number])]


def test_two_bars_of_clicks_before_the_start() -> None:
    plain, counted = (_read(midi_bytes(small_song(), MidiOptions(count_in=bars))) for bars in (0, 2))
    conductor, clicks, flute, drums = (_rows(track) for track in counted.tracks)
    assert [(t, m.text) for t, m in conductor if m.type == "marker"] == [
        (0, "Count-in"), (2 * BAR, "Start"), (2 * BAR, "Verse 1"), (6 * BAR, "Chorus 1"),
    ]  # fmt: skip
    strokes = [(t, m.channel, m.note, m.velocity) for t, m in clicks if m.type == "note_on"]
    assert strokes == [(480 * i, 9, 37, 84 if i % 4 else 112) for i in range(8)]
    for before, after in zip(plain.tracks[1:], (flute, drums), strict=True):
        notes = [(t + 2 * BAR, m.dict() | {"time": 0}) for t, m in _rows(before) if m.type.startswith("note")]
        assert notes == [(t, m.dict() | {"time": 0}) for t, m in after if m.type.startswith("note")]
    assert {t for t, m in flute if m.type in ("program_change", "key_signature")} == {0, 6 * BAR}
    assert [t for t, m in flute if m.type == "lyrics"] == [2 * BAR + 2]
    assert counted.length == pytest.approx(plain.length + 8 * 0.6, abs=1e-6)
    assert {rows[-1][0] for rows in (conductor, clicks, flute, drums)} == {10 * BAR}


def test_a_pick_up_falls_into_the_last_bar_of_the_count_in() -> None:
    song = small_song()
    pick_up = Section("Pick-up", "intro", 0, 480, 0.4, "P", 0, song.keys[0].key, "open", "tune")
    song = replace(
        song, sections=(pick_up, replace(song.sections[0], start=480, length=BAR)),
        meters=(MeterChange(0, Meter(1, 4)), MeterChange(480, Meter(4, 4))), tempos=song.tempos[:1], keys=song.keys[:1],
    )  # fmt: skip
    conductor, clicks, flute, _ = (_rows(t) for t in _read(midi_bytes(song, MidiOptions(count_in=1))).tracks)
    assert [(t, m.numerator, m.denominator) for t, m in conductor if m.type == "time_signature"] == [(0, 4, 4)]
    assert [t for t, m in clicks if m.type == "note_on"] == [0, 480, 960]
    assert next(t for t, m in flute if m.type == "note_on") == 3 * 480 + 2
    assert [(t, m.text) for t, m in conductor if m.type == "marker"] == [
        (0, "Count-in"), (3 * 480, "Pick-up"), (BAR, "Start"), (BAR, "Verse 1"),
    ]  # fmt: skip
    assert conductor[-1][0] == 2 * BAR


def test_drums_by_another_map_and_nothing_else() -> None:
    own = DrumMap("own", "", ((Drum.KICK, (20,)), (Drum.SNARE2, (21,))))
    plain, mapped = (_read(midi_bytes(small_song(), MidiOptions(drum_map=m))) for m in (GENERAL_MIDI, own))
    assert list(plain.tracks[1]) == list(mapped.tracks[1])
    assert [m.note for m in mapped.tracks[2] if m.type == "note_on"] == [20, 21]


def test_a_key_beyond_seven_accidentals_is_its_enharmonic_twin() -> None:
    song = replace(small_song(), keys=(KeyChange(0, Key.parse("G# major")),))
    assert [m.key for m in _read(midi_bytes(song)).tracks[0] if m.type == "key_signature"] == ["Ab"]


def test_a_song_that_nobody_played_is_written_as_its_page() -> None:
    song = replace(small_song(), performance=Performance())
    flute = _read(midi_bytes(song)).tracks[1]
    assert [(t, m.note, m.velocity) for t, m in _rows(flute) if m.type == "note_on"] == [(0, 70, 90), (480, 75, 70)]


@pytest.mark.parametrize(
    ("ppq", "count_in", "says"), [(96, 0, "480 or 960"), (480, 9, "0 .none. to 8"), (480, -1, "0 .none. to 8")]
)
def test_options_out_of_range(ppq: int, count_in: int, says: str) -> None:
    with pytest.raises(BriefError, match=says):
        MidiOptions(ppq=ppq, count_in=count_in)


NOTE = st.builds(PlayedNote, st.integers(0, 60), st.integers(0, 40), st.integers(58, 62), st.integers(1, 127))
BEND = st.builds(PlayedControl, st.integers(0, 9000), st.just(-1), st.integers(-8192, 8191))
PART = st.builds(
    lambda channel, notes, controls: PlayedTrack("Part", channel, 5, tuple(notes), tuple(controls)),
    st.integers(8, 10), st.lists(NOTE, max_size=12), st.lists(BEND, max_size=2),
)  # fmt: skip


@given(st.lists(PART, min_size=1, max_size=4), st.integers(0, 2), st.sampled_from((480, 960)))
def test_whatever_is_played_the_file_is_in_order(parts: list[PlayedTrack], count_in: int, ppq: int) -> None:
    song = replace(small_song(), performance=Performance(tuple(parts)))
    file = _read(midi_bytes(song, MidiOptions(count_in=count_in, ppq=ppq)))
    tracks = [_rows(track) for track in file.tracks]
    (end,) = {rows[-1][0] for rows in tracks}
    assert end % (4 * ppq) == 0
    assert len({track.name for track in file.tracks}) == len(file.tracks)
    sounding: dict[tuple[int, int, int], int] = {}
    ports = [next((m.port for m in track if m.type == "midi_port"), 0) for track in file.tracks]
    # Tracks of one channel sound together: in time, offs before ons.
    merged = [
        (t, m.type == "note_on", (port, m.channel, m.note))
        for port, rows in zip(ports, tracks, strict=True) for t, m in rows if m.type.startswith("note")
    ]  # fmt: skip
    for tick, begins, place in sorted(merged, key=lambda row: row[:2]):
        if begins:
            assert place not in sounding
            sounding[place] = tick
        else:
            assert sounding.pop(place) < tick
    assert not sounding
    shift = count_in * BAR
    for part, rows in zip(parts, tracks[-len(parts) :], strict=True):
        struck = [(t * 480 // ppq - shift, m.note) for t, m in rows if m.type == "note_on"]
        assert sorted(struck) == sorted({(n.onset, n.number) for n in part.notes}), "nothing vanishes"
    taken = [(p, {m.channel for m in track if not m.is_meta}) for p, track in zip(ports, file.tracks, strict=True)]
    pitched = [(port, channel) for port, channels in taken for channel in channels if channel != 9]
    assert len(set(pitched)) == len(pitched), "a part, a channel"


def _ports(data: bytes) -> list[tuple[str, int | None, int]]:
    tracks = _read(data).tracks[1:]
    return [
        (t.name, next((m.port for m in t if m.type == "midi_port"), None), next(m.channel for m in t if not m.is_meta))
        for t in tracks
    ]


def test_more_parts_than_channels_sit_on_further_ports_and_come_back() -> None:
    note = (PlayedNote(0, 480, 60, 80),)
    melodic = [c for c in range(16) if c != 9]
    rows = [PlayedTrack(f"P{i}", melodic[min(i, 14)], i, note) for i in range(20)]
    song = replace(small_song(), performance=Performance(tuple(rows)))
    seats = _ports(midi_bytes(song))
    assert seats[14:18] == [("P14", 0, 15), ("P15", 1, 0), ("P16", 1, 1), ("P17", 1, 2)]
    assert [(t.name, t.program, t.notes) for t in read_midi(midi_bytes(song)).tracks] == [
        (f"P{i}", i, ((0, 480, 60, 80),)) for i in range(20)
    ]
    assert all(_ports(data)[-1][1] is None for _, data in midi_parts(song)), "a file of one part needs no ports"


def test_parts_of_one_channel_part_while_channels_are_free() -> None:
    rows = [PlayedTrack(name, 0, 5, (PlayedNote(0, 480, 60, 80),)) for name in ("Left", "Right")]
    data = midi_bytes(replace(small_song(), performance=Performance(tuple(rows))))
    assert _ports(data) == [("Left", None, 0), ("Right", None, 1)]


def test_drums_share_their_channel_unless_kit_levels_or_strokes_clash() -> None:
    def ports(*rows: PlayedTrack) -> list[int | None]:
        return [port for _, port, _ in _ports(midi_bytes(replace(small_song(), performance=Performance(rows))))]

    kit = PlayedTrack("Drums", 9, 0, (PlayedNote(0, 120, 36, 80),))
    more = replace(kit, name="Extra")
    later = replace(more, notes=(PlayedNote(120, 120, 36, 80),))
    assert ports(kit, later) == [None, None]
    assert ports(kit, more) == ports(kit, replace(later, program=25)) == ports(kit, replace(later, pan=9)) == [0, 1]


def test_a_foreign_bank_is_chosen_at_the_start_and_never_later() -> None:
    controls = (PlayedControl(0, 0, 8), PlayedControl(30, 32, 3), PlayedControl(900, 0, 5), PlayedControl(901, 1, 9))
    row = PlayedTrack("Sax", 0, 65, (PlayedNote(30, 480, 60, 80),), controls)
    song = replace(small_song(), performance=Performance((row,)))

    def said(options: MidiOptions) -> list[tuple[int, int, int]]:
        track = _rows(_read(midi_bytes(song, options)).tracks[1])
        return [(t, m.control, m.value) for t, m in track if m.type == "control_change" and m.control in (0, 1, 32)]

    assert said(MidiOptions()) == [(0, 0, 8), (0, 32, 3), (901, 1, 9)]
    assert said(MidiOptions(program=False)) == [(901, 1, 9)]


def test_changes_after_the_end_make_no_track_longer() -> None:
    song, late = small_song(), 10 * BAR + 7
    song = replace(
        song, tempos=(*song.tempos, TempoChange(late, 50.0, True), TempoChange(late + 960, 90.0)),
        keys=(*song.keys, KeyChange(late, Key.parse("E"))), meters=(*song.meters, MeterChange(late, Meter(3, 4))),
    )  # fmt: skip
    for options in (MidiOptions(), MidiOptions(count_in=2, ppq=960)):
        ends = {sum(m.time for m in track) for track in _read(midi_bytes(song, options)).tracks}
        assert ends == {(8 + options.count_in) * 4 * options.ppq}
