"""The full score in small examples: staves, voices, conventions, bars, marks, tempo, swing, transposition, parts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from partimento.score.notation.full_score import full_score, part_page
from partimento.score.notation.page import Page, TempoMark, Value
from partimento.score.notation.page_notes import page_notes
from partimento.score.performance import Performance, PlayedNote, PlayedTrack
from partimento.score.song import (
    ChordSymbol,
    Control,
    Drum,
    Dynamic,
    MeterChange,
    Note,
    Section,
    TempoChange,
    Track,
)
from partimento.theory.chord import parse_chord
from partimento.theory.errors import BriefError
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch
from tests.score.notation.page_text import notes_of, song_of, text_of

BAR = 1920


def _note(onset: int, end: int, pitch: str, articulation: str = "", velocity: int = 80) -> Note:
    return Note(onset, end - onset, Pitch.parse(pitch), velocity, articulation=articulation)


def _staff(page: Page, staff: int) -> str:
    """The pitches on a staff in order, chords joined by "+"."""
    voices = [v for m in page.parts[0].measures for v in m.voices if v.staff == staff]
    return " ".join("+".join(str(n.pitch) for n in e.notes) for v in voices for e in v.events if e.notes)


def test_overlapping_lines_take_two_voices_with_stems_apart() -> None:
    notes = [_note(0, 1920, "C4"), _note(0, 480, "E5"), _note(480, 960, "D5"), _note(960, 1920, "E5")]
    page = full_score(song_of(notes))
    assert (text_of(page, 1), text_of(page, 2)) == ("q q h", "w")
    stems = {v.number: {e.stem for e in v.events} for v in page.parts[0].measures[0].voices}
    assert stems == {1: {"up"}, 2: {"down"}}


def test_chords_of_one_length_share_a_stem() -> None:
    page = full_score(song_of([_note(0, 960, "C4"), _note(0, 960, "E4"), _note(0, 960, "G4")]))
    assert text_of(page) == "h rh" and text_of(page, 2) == "" and _staff(page, 1) == "C4+E4+G4"


def test_a_bass_and_chords_above_go_to_two_hands() -> None:
    chord = [_note(480 * k, 480 * k + 480, p) for k in (1, 2, 3) for p in ("C4", "E4", "G4")]
    page = full_score(song_of([_note(0, 1920, "C2"), *chord], instrument="piano", role="comp"))
    assert page.parts[0].clefs == ("treble", "bass")
    assert _staff(page, 1) == "C4+E4+G4 C4+E4+G4 C4+E4+G4"
    assert _staff(page, 2) == "C2"


def test_no_hand_spreads_beyond_a_tenth_while_the_other_is_free() -> None:
    chords = [("C3", "G3", "E4", "C5"), ("F2", "C3", "A3", "F4"), ("B2", "F3", "D4", "G4", "B4")]
    notes = [_note(k * 480, k * 480 + 480, p) for k, chord in enumerate(chords) for p in chord]
    for voice in full_score(song_of(notes, instrument="piano")).parts[0].measures[0].voices:
        for event in voice.events:
            numbers = [note.pitch.midi for note in event.notes]
            assert not numbers or max(numbers) - min(numbers) <= 16


def test_a_line_stays_in_one_hand_and_one_staff_is_enough_for_it() -> None:
    page = full_score(song_of([_note(i * 240, i * 240 + 240, p) for i, p in enumerate(("A4", "E4", "B3", "E5"))],
                              instrument="piano"))  # fmt: skip
    assert page.parts[0].clefs == ("treble",) and _staff(page, 1) == "A4 E4 B3 E5"


@pytest.mark.parametrize(("octave", "clef"), [(4, "treble"), (2, "bass")])
def test_a_tune_on_the_piano_has_one_staff_though_it_crosses_middle_c(octave: int, clef: str) -> None:
    names = [f"G{octave - 1}", f"E{octave}", f"C{octave + 1}", f"E{octave}"]
    tune = [_note(480 * i, 480 * (i + 1), name) for i, name in enumerate(names)]
    page = full_score(song_of(tune, instrument="piano"))
    assert page.parts[0].clefs == (clef,) and _staff(page, 1).split() == names


@pytest.mark.parametrize(("role", "clefs"), [("texture", ("bass",)), ("comp", ("treble", "bass"))])
def test_a_drone_has_one_staff_and_an_accompanist_both(role: str, clefs: tuple[str, ...]) -> None:
    drone = [_note(0, 1920, "A2"), _note(0, 1920, "E3")]
    assert full_score(song_of(drone, instrument="reed organ", role=role)).parts[0].clefs == clefs


def test_a_grace_note_stands_before_its_note_and_gives_its_time_back() -> None:
    grace = Note(420, 60, Pitch.parse("B4"), grace=True)
    page = full_score(song_of([_note(0, 420, "A4"), grace, _note(480, 960, "C5")]))
    assert text_of(page) == "q ge q rh"
    assert [(n.onset, n.duration, n.grace) for n in page_notes(page, "Solo")] == [
        (0, 480, False), (480, 0, True), (480, 480, False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("spans", "text"),
    [
        (((0, 60),), "s rs re rq rh"),  # a tiny note is a sixteenth
        (((0, 60), (60, 120)), "t-s rt re rq rh"),  # as far as there is room
        (((3, 242), (242, 481)), "e-e rq rh"),  # foreign ticks
        (((161, 317),), "3[re e re] rq rh"),
        (((0, 960), (480, 1440)), "q h rq"),  # one pitch struck again
        (((1440, 4000),), "rh rq q"),  # nothing beyond the end
    ],
)
def test_conventions_of_short_and_foreign_notes(spans: tuple[tuple[int, int], ...], text: str) -> None:
    assert text_of(full_score(song_of(notes_of(*spans)))) == text


def test_articulations_become_marks_heads_and_slurs() -> None:
    words = ("legato", "legato", "", "staccato", "marcato", "dead", "ghost", "tenuto")
    pitches = ("C5", "D5", "E5", "F5", "G5", "A5", "B5", "C6")
    notes = [_note(i * 240, i * 240 + 240, p, w) for i, (p, w) in enumerate(zip(pitches, words, strict=True))]
    events = full_score(song_of(notes)).parts[0].measures[0].voices[0].events
    assert [e.marks for e in events[3:]] == [("staccato",), ("strong-accent",), (), (), ("tenuto",)]
    assert [(e.slur_start, e.slur_stop) for e in events[:3]] == [(True, False), (False, False), (False, True)]
    assert (events[5].notes[0].head, events[6].notes[0].parentheses) == ("x", True)


def test_comping_is_not_slurred_and_a_rest_ends_a_slur() -> None:
    notes = [_note(0, 240, "C5", "legato"), _note(240, 480, "D5", "legato"), _note(720, 960, "E5", "legato")]
    lead = full_score(song_of(notes)).parts[0].measures[0].voices[0].events
    comp = full_score(song_of(notes, role="comp")).parts[0].measures[0].voices[0].events
    assert [e.onset for e in lead if e.slur_start] == [0] and [e.onset for e in lead if e.slur_stop] == [240]
    assert not any(e.slur_start or e.slur_stop for e in comp)


def test_transposing_winds_read_written_pitches_and_basses_an_octave_clef() -> None:
    trumpet = full_score(song_of([_note(0, 480, "Bb3")], instrument="trumpet")).parts[0]
    horn = full_score(song_of([_note(0, 480, "F3")], instrument="french horn")).parts[0]
    bass = full_score(song_of([_note(0, 480, "E2")], instrument="double bass")).parts[0]
    heads = [str(part.measures[0].voices[0].events[0].notes[0].pitch) for part in (trumpet, horn, bass)]
    assert heads == ["C4", "C4", "E2"]
    assert [part.transposes for part in (trumpet, horn, bass)] == [(1, 2), (4, 7), (0, 0)]
    assert bass.clefs == ("bass8vb",)
    concert = full_score(song_of([_note(0, 480, "Bb3")], instrument="trumpet"), concert=True).parts[0]
    assert concert.transposes == (0, 0)


@pytest.mark.parametrize(("key", "instrument", "pair"), [("F#", "trumpet", (2, 2)), ("B", "alto sax", (6, 9)),
                                                         ("E", "trumpet", (1, 2))])  # fmt: skip
def test_no_player_reads_more_than_six_accidentals(key: str, instrument: str, pair: tuple[int, int]) -> None:
    song = song_of([_note(0, 480, "F#4")], instrument=instrument, key=key)
    page = full_score(song)
    assert page.parts[0].transposes == pair
    assert str(page_notes(page, "Solo")[0].pitch) == "F#4"


def test_bars_with_a_pick_up_and_sections() -> None:
    song = song_of(notes_of((0, 480), (480, 2400)), bars=2)
    first = replace(song.sections[0], name="Verse", length=480 + BAR)
    second = Section("Chorus", "chorus", 480 + BAR, BAR, 0.9, "B", 0, Key.parse("G"), "open", "tune")
    song = replace(
        song,
        meters=(MeterChange(0, Meter(1, 4)), MeterChange(480, Meter(4, 4))),
        keys=(*song.keys, replace(song.keys[0], onset=480 + BAR, key=Key.parse("G"))),
        sections=(first, second),
    )
    page = full_score(song)
    said = [(b.number, b.implicit, b.start, b.length, b.section, b.barline, b.new_system) for b in page.bars]
    assert said == [
        (0, True, 0, 480, "Verse", "", False),
        (1, False, 480, BAR, "", "double", False),
        (2, False, 480 + BAR, BAR, "Chorus", "final", True),
    ]
    assert [b.shows_meter for b in page.bars] == [True, False, False]
    assert [str(b.key) for b in page.bars if b.shows_key] == ["C major", "G major"]
    assert {str(b.meter) for b in page.bars} == {"4/4"}
    assert text_of(page) == "q | w | R"


def test_dynamics_change_only_where_the_part_really_does() -> None:
    velocities = (80, 88, 110, 106, 70)  # mf, wavering, ff, wavering, mp
    song = song_of([_note(i * BAR, i * BAR + 480, "A4", "", v) for i, v in enumerate(velocities)], bars=5)
    sections = tuple(replace(song.sections[0], name=str(i), start=i * BAR, length=BAR) for i in range(5))
    page = full_score(replace(song, sections=sections))
    said = [(d.onset // BAR, d.text) for m in page.parts[0].measures for d in m.directions]
    assert said == [(0, "mf"), (2, "ff"), (4, "mp")]


def test_a_track_s_own_dynamics_and_pedal_are_kept() -> None:
    song = song_of(notes_of((0, 480)), instrument="piano")
    track = replace(
        song.tracks[0],
        dynamics=(Dynamic(0, "pp"), Dynamic(480, "crescendo", 960)),
        controls=(Control(0, "pedal", 127), Control(960, "pedal", 0)),
    )
    directions = full_score(replace(song, tracks=(track,))).parts[0].measures[0].directions
    assert [(d.kind, d.text, d.onset, d.duration) for d in directions] == [
        ("dynamic", "pp", 0, 0), ("crescendo", "", 480, 960), ("pedal", "", 0, 960),
    ]  # fmt: skip


def test_tempo_is_the_felt_beat_and_a_ramp_says_rit() -> None:
    song = song_of(notes_of((0, 480)), "6/8", bars=2)
    changes = (TempoChange(0, 90.0), TempoChange(1440, 90.0, True), TempoChange(2160, 60.0), TempoChange(2640, 90.0))
    marks = full_score(replace(song, tempos=changes)).tempos
    assert marks[0] == TempoMark(0, 90.0, Value("quarter", 1), 60.0)
    assert (marks[1].text, marks[1].shows_number, marks[1].ramp_to, marks[1].duration) == ("rit.", False, 60.0, 720)
    assert (marks[2].text, marks[2].shows_number) == ("", False)
    assert marks[3].bpm == 60.0


def test_the_tempo_map_of_a_performance_does_not_cover_the_page() -> None:
    song = song_of(notes_of((0, 480)), bars=8)
    wander = tuple(TempoChange(480 * i, 100.0 + i % 3) for i in range(16))
    page = full_score(replace(song, tempos=(*wander, TempoChange(4 * BAR, 140.0), TempoChange(6 * BAR, 141.0))))
    assert [mark.onset for mark in page.tempos if mark.shows_number] == [0, 4 * BAR]
    assert len(page.tempos) == 18  # all are played


def test_a_cello_that_stays_high_changes_its_clef_and_one_high_note_does_not() -> None:
    low = [_note(i * 480, i * 480 + 480, "C3") for i in range(8)]
    high = [_note(i * 240, i * 240 + 240, "E5") for i in range(16, 32)]
    again = [_note(i * 480, i * 480 + 480, "C3") for i in range(16, 24)]
    page = full_score(song_of([*low, *high, *again], instrument="cello", bars=6))
    changes = [d for m in page.parts[0].measures for d in m.directions if d.kind == "clef"]
    assert page.parts[0].clefs == ("bass",)
    assert [(d.onset // BAR, d.text) for d in changes] == [(2, "treble"), (4, "bass")]
    once = full_score(song_of([*low, _note(2 * BAR, 3 * BAR, "E5")], instrument="cello", bars=3))
    assert not [d for m in once.parts[0].measures for d in m.directions if d.kind == "clef"]


def test_a_way_of_playing_is_said_at_the_first_note() -> None:
    page = full_score(song_of(notes_of((480, 960)), instrument="muted trumpet"))
    assert [(d.onset, d.text) for d in page.parts[0].measures[0].directions if d.kind == "words"] == [
        (480, "con sord.")
    ]


@pytest.mark.parametrize(
    ("step", "late", "expected"),
    [(240, 80, ("eighth", 2.0)), (240, 15, ("", 1.0)), (120, 24, ("16th", 1.5)), (240, 0, ("", 1.0))],
)
def test_swing_is_heard_in_the_performance(step: int, late: int, expected: tuple[str, float]) -> None:
    onsets = range(0, 4 * BAR, step)
    song = song_of([Note(t, 60, Drum.RIDE) for t in onsets], instrument="drums", role="drums", bars=4)
    played = tuple(PlayedNote(t + 7 + late * (t // step % 2), 60, 51, 90) for t in onsets)  # all lean back by 7
    swung = replace(song, performance=Performance((PlayedTrack("Solo", 9, 0, played),)))
    page = full_score(swung)
    assert (page.swing, page.swing_ratio) == expected
    assert full_score(replace(swung, brief=replace(song.brief, quantized=True))).swing == ""


def test_chord_symbols_stand_where_they_are_read_as_they_sound_and_follow_the_part() -> None:
    song = song_of([_note(0, 480, "Bb4")], instrument="trumpet", key="Bb")
    bass = Track("Bass", "bass", "double bass", (_note(0, 960, "Bb1"),))
    chords = (
        ChordSymbol(0, 480, parse_chord("Bbmaj7"), Key.parse("Bb"), "I"),
        ChordSymbol(480, 480, parse_chord("Bbmaj7"), Key.parse("Bb"), "I"),
        ChordSymbol(960, 480, parse_chord("F7/A"), Key.parse("Bb"), "V"),
    )
    page = full_score(replace(song, chords=chords, tracks=(*song.tracks, bass)))
    assert not page.parts[0].measures[0].harmonies
    said = page.parts[1].measures[0].harmonies
    assert [(h.onset, str(h.chord)) for h in said] == [(0, "Bbmaj7"), (960, "F7/A"), (1440, "None")]
    alone = part_page(page, "Solo")
    assert [str(h.chord) for h in alone.parts[0].measures[0].harmonies] == ["Cmaj7", "G7/B", "None"]
    assert alone.kind == "part" and alone.subtitle == "Solo"
    assert (
        not full_score(replace(song, chords=chords, brief=replace(song.brief, genre="classical")))
        .parts[0]
        .measures[0]
        .harmonies
    )


def test_parts_stand_in_score_order_and_silent_tracks_are_left_out() -> None:
    song = song_of([])
    note = (_note(0, 480, "C3"),)
    tracks = (
        Track("Drums", "drums", "drums", (Note(0, 60, Drum.KICK),)), Track("Bass", "bass", "bass guitar", note),
        Track("Piano", "comp", "piano", note), Track("Strings", "pad", "strings", note),
        Track("Silent", "pad", "organ"), Track("Voice", "lead", "voice", note),
    )  # fmt: skip
    page = full_score(replace(song, tracks=tracks))
    assert [part.track for part in page.parts] == ["Voice", "Strings", "Piano", "Bass", "Drums"]
    assert [part.channel for part in page.parts] == [0, 0, 0, 0, 9]
    assert page.parts[-1].drums == (Drum.KICK,)


def test_an_unknown_part_is_told_with_the_nearest() -> None:
    with pytest.raises(BriefError, match="No part 'Sole'.*Solo"):
        part_page(full_score(song_of(notes_of((0, 480)))), "Sole")
