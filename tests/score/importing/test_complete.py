"""A whole Song from any Draft: valid, with what the file says kept and what it does not say found."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.importing.complete import song_of
from partimento.score.importing.draft import Draft, DraftPart
from partimento.score.importing.naming import drum_of, instrument_of
from partimento.score.importing.sections import kind_of
from partimento.score.instruments import INSTRUMENTS
from partimento.score.midi_write import midi_bytes
from partimento.score.performance import PlayedNote
from partimento.score.song import CLOSES, ROLES, Drum, KeyChange, MeterChange, Note, Song, TempoChange
from partimento.score.song_json import song_from_json, song_to_json
from partimento.score.timeline import Timeline
from partimento.theory.chord import parse_chord
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch

BAR = 1920


def line(numbers: str, start: int = 0, step: int = 480) -> tuple[PlayedNote, ...]:
    """Numbers apart by spaces, one a step, a dot for a rest."""
    rows = enumerate(numbers.split())
    return tuple(PlayedNote(start + step * i, step, int(number), 80) for i, number in rows if number != ".")


def chords(*names: str, length: int = BAR) -> tuple[PlayedNote, ...]:
    return tuple(
        PlayedNote(length * i, length, 60 + tone.number, 70)
        for i, name in enumerate(names)
        for tone in sorted(parse_chord(name).tones, key=lambda tone: tone.number)
    )


TUNE = line("72 76 79 76 77 76 74 72 71 74 79 74 72 71 72 .")
BASS = line("36 . 43 . 41 . 36 . 43 . 43 . 36 . 36 .")


def valid(song: Song) -> None:
    """What the rest of Partimento takes for granted."""
    assert song_from_json(song_to_json(song)) == song
    ends = [0, *(section.end for section in song.sections)]
    assert [section.start for section in song.sections] == ends[:-1]
    timeline = Timeline(song)
    assert timeline.bars[-1].end == song.end and all(bar.length == bar.meter.bar for bar in timeline.bars)
    assert len({track.name for track in song.tracks}) == len(song.tracks)
    assert [track.name for track in song.tracks] == [track.name for track in song.performance.tracks]
    for track in song.tracks:
        assert track.role in ROLES and track.instrument in INSTRUMENTS
        assert all(note.onset + note.duration <= song.end and note.duration > 0 for note in track.notes)
    for one, two in zip(song.chords, song.chords[1:], strict=False):
        assert one.onset + one.duration <= two.onset
    for section in song.sections:
        assert section.close in CLOSES and 0 <= section.energy <= 1
    assert song.sections[-1].start <= song.ending.start < song.end
    assert all(0 <= track.channel < 16 for track in song.performance.tracks)
    midi_bytes(song)


def test_a_small_band_is_understood() -> None:
    parts = (
        DraftPart("1", program=73, played=TUNE),
        DraftPart("2", program=0, played=chords("C", "F", "G7", "C")),
        DraftPart("3", program=33, played=BASS),
        DraftPart("4", drums=True, played=line(" ".join(["36", "38"] * 8))),
    )
    song, notices = song_of(Draft("Little band", parts))
    valid(song)
    assert [(track.role, track.instrument) for track in song.tracks] == [
        ("lead", "flute"), ("comp", "piano"), ("bass", "bass guitar"), ("drums", "drums"),
    ]  # fmt: skip
    assert [(row.chord.name, row.roman) for row in song.chords] == [("C", "I"), ("F", "IV"), ("G7", "V7"), ("C", "I")]
    assert str(song.keys[0].key) == "C major" and song.sections[0].close == "authentic"
    assert any(line.startswith("Key: C major (found") for line in notices)
    assert any(line.startswith("Track '2': role comp (chords on 100%") for line in notices)


def test_a_tune_alone_has_no_chords_and_says_so() -> None:
    song, notices = song_of(Draft("Tune", (DraftPart("Tune", played=TUNE),)))
    valid(song)
    assert song.chords == () and any("one voice" in line for line in notices)


def test_what_the_file_says_stays() -> None:
    notes = (Note(0, 480, Pitch.parse("Gb4"), 70, articulation="accent"), Note(480, 1440, Pitch.parse("F4")))
    part = DraftPart("Solo", instrument="oboe", role="counter", notes=notes)
    draft = Draft(
        "Said", (part,), (MeterChange(0, Meter(4, 4)),), (TempoChange(0, 66.0),), (KeyChange(0, Key.parse("Db")),),
        ((0, "Verse"),), ((0, BAR, parse_chord("Gb6")),), 2 * BAR,
    )  # fmt: skip
    song, notices = song_of(draft)
    valid(song)
    assert song.tracks[0].notes == notes and (song.tracks[0].role, song.tracks[0].instrument) == ("counter", "oboe")
    assert song.performance.tracks[0].notes == (PlayedNote(0, 480, 66, 70), PlayedNote(480, 1440, 65, 80))
    assert (song.end, str(song.keys[0].key), song.tempos) == (2 * BAR, "Db major", draft.tempos)
    assert [(row.chord.name, row.duration, row.roman) for row in song.chords] == [("Gb6", BAR, "IVadd6")]
    assert notices == ("Sections: 1, by the file's markers",)


def test_a_bare_c_is_overruled_and_a_chosen_key_is_not() -> None:
    e_flat = (DraftPart("a", played=tuple(n._replace(number=n.number + 3) for n in (*TUNE, *TUNE[-1:]))),
              DraftPart("b", played=chords("Eb", "Ab", "Bb7", "Eb")))  # fmt: skip
    for said, meant in (("C", "Eb major"), ("G", "G major"), ("Eb", "Eb major")):
        draft = Draft("x", e_flat, keys=(KeyChange(0, Key.parse(said)),))
        assert str(song_of(draft)[0].keys[0].key) == meant


def test_a_signature_of_minor_may_be_dorian() -> None:
    dorian = line("62 64 65 69 67 65 64 62 71 69 67 65 64 60 62 62 " * 2)
    parts = (DraftPart("a", played=dorian), DraftPart("b", played=chords("Dm", "G", "Dm", "Dm", "Dm", "G", "Dm", "Dm")))
    song, notices = song_of(Draft("x", parts, keys=(KeyChange(0, Key.parse("A minor")),)))
    assert str(song.keys[0].key) == "D dorian" and any("D dorian" in line for line in notices)


def test_markers_name_the_sections() -> None:
    markers = ((10, "Intro"), (2 * BAR - 5, "Verse 1"), (3 * BAR, "CHORUS"), (4 * BAR, "Verse 2"), (99 * BAR, "late"))
    part = DraftPart("a", played=tuple(PlayedNote(BAR * i, BAR, 60 + i, 80) for i in range(6)))
    song, _ = song_of(Draft("x", (part,), markers=markers))
    assert [(s.name, s.kind, s.start // BAR, s.material, s.variation) for s in song.sections] == [
        ("Intro", "intro", 0, "intro", 0), ("Verse 1", "verse", 2, "verse", 0), ("CHORUS", "chorus", 3, "chorus", 0),
        ("Verse 2", "verse", 4, "verse", 1),
    ]  # fmt: skip


def test_what_returns_is_lettered() -> None:
    a = "60 62 64 65 67 65 64 62 60 64 67 72 71 67 65 62 65 64 62 60 59 62 65 69 67 65 64 60 62 59 60 60"
    b = "72 71 69 67 69 67 65 64 67 65 64 62 65 62 59 55 74 72 71 69 71 69 67 65 69 72 76 74 71 67 69 71"
    song, notices = song_of(Draft("x", (DraftPart("a", played=line(" ".join((a, a, b, a)))),)))
    assert [section.name for section in song.sections] == ["A", "A 2", "B", "A 3"]
    assert [section.material for section in song.sections] == ["a", "a", "b", "a"]
    assert [section.start for section in song.sections] == [0, 8 * BAR, 16 * BAR, 24 * BAR]
    assert any("Sections: A A 2 B A 3 (found by what returns" in line for line in notices)


def test_what_never_returns_is_one_section() -> None:
    random = Random(5)
    through = line(" ".join(str(random.randrange(55, 80)) for _ in range(160)))
    song, notices = song_of(Draft("x", (DraftPart("a", played=through),)))
    assert len(song.sections) == 1 and "Sections: one (the file marks none, and nothing returns)" in notices


def test_a_mark_that_names_each_time_is_unfolded() -> None:
    strain = "60 62 64 65 67 65 64 62 60 64 67 72 71 67 65 62"
    markers = ((0, "A / A 2"), (4 * BAR, "A / A 2"), (8 * BAR, "B"))
    song, _ = song_of(Draft("x", (DraftPart("a", played=line(" ".join([strain] * 3))),), markers=markers))
    assert [(row.name, row.material, row.variation) for row in song.sections] == [
        ("A", "a", 0), ("A 2", "a", 1), ("B", "b", 0),
    ]  # fmt: skip


def test_marks_over_parts_that_are_repeated_go_on() -> None:
    strain = line("60 62 64 65 67 65 64 62 60 64 67 72 71 67 65 62 " * 3)
    names = ("Intro", "Intro", "Verse 1/2", "Verse 1/2", "Verse 1/2", "Verse 1/2", "A", "A")
    markers = tuple((BAR * i, name) for i, name in enumerate(names))
    song, _ = song_of(Draft("x", (DraftPart("a", played=strain),), markers=markers))
    assert [(row.name, row.length // BAR) for row in song.sections] == [
        ("Intro", 2), ("Verse 1", 2), ("Verse 2", 2), ("A", 1), ("A", 5),
    ]  # fmt: skip


def test_drums_are_known_by_name_and_keys() -> None:
    hits = tuple(PlayedNote(240 * i, 60, (36, 42, 38, 42)[i % 4], 80) for i in range(32))
    song, notices = song_of(Draft("x", (DraftPart("Drum Kit", program=0, played=hits), DraftPart("Tune", played=TUNE))))
    assert [(track.role, track.instrument) for track in song.tracks] == [("drums", "drums"), ("lead", "piano")]
    assert song.performance.tracks[0].channel == 9
    assert any("not on MIDI's drum channel" in line for line in notices)
    steel, _ = song_of(Draft("x", (DraftPart("Steel Drums", program=114, played=TUNE),)))
    assert steel.tracks[0].instrument == "steel drums"


def test_roles_are_told_in_few_lines() -> None:
    names = ("Vocal", "Bass", "Drums", *(f"Keys {i}" for i in range(9)))
    parts = [DraftPart(name, played=chords("C", "F", "G", "C")) for name in names]
    _, notices = song_of(Draft("Band", tuple(parts)))
    assert "Roles by name: 'Vocal' lead, 'Bass' bass" in notices
    assert len(notices) <= 12 and sum("Keys 8" in line for line in notices) == 1


def test_bars_without_the_tune_are_named_so() -> None:
    tune = line("60 62 64 65 67 65 64 62 60 64 67 72 71 67 65 62", start=4 * BAR) + line(
        "72 71 69 67 69 67 65 64 67 65 64 62 65 62 59 55", start=12 * BAR
    )
    parts = (DraftPart("Melody", played=tune), DraftPart("Piano", played=chords(*("C", "G", "F", "G") * 5)))
    sections = song_of(Draft("x", parts))[0].sections
    assert [(row.kind, row.start, row.lead) for row in sections[:3]] == [
        ("intro", 0, "none"), ("section", 4 * BAR, "tune"), ("interlude", 8 * BAR, "none"),
    ]  # fmt: skip
    assert (sections[-1].kind, sections[-1].start) == ("outro", 16 * BAR)


def test_many_bars_have_sections_in_bounded_time() -> None:
    song, _ = song_of(Draft("x", (DraftPart("a", played=line("60 62 64 65 67 65 64 62 " * 300)),)))
    assert 1 < len(song.sections) <= 200
    assert sum(section.length for section in song.sections) == song.end


def test_a_meter_that_changes_inside_a_bar_shortens_it() -> None:
    changes = ((0, Meter(4, 4)), (BAR + 960, Meter(3, 4)), (BAR + 960 + 2900, Meter(4, 4)))
    meters = tuple(MeterChange(*row) for row in changes)
    part = DraftPart("a", played=line("60 " * 24))
    song, notices = song_of(Draft("x", (part,), meters))
    valid(song)
    assert [(row.onset, str(row.meter)) for row in song.meters][:3] == [(0, "4/4"), (BAR, "2/4"), (BAR + 960, "3/4")]
    assert any("inside a bar" in line for line in notices)


def test_a_pick_up_stays_a_first_short_bar() -> None:
    meters = (MeterChange(0, Meter(1, 4)), MeterChange(480, Meter(3, 4)))
    part = DraftPart("a", played=line("67 " + "72 . . " * 4))
    song, _ = song_of(Draft("x", (part,), meters, markers=((480, "Verse"),)))
    valid(song)
    assert song.meters == meters and [(s.name, s.start) for s in song.sections] == [("Verse", 0)]


@pytest.mark.parametrize(
    ("program", "name", "meant"),
    [
        (None, "Flöte 2", "flute"), (None, "Guitarra", "steel guitar"), (0, "Kontrabass", "contrabass"),
        (25, "Mandolin", "mandolin"), (25, "Guitar", "steel guitar"), (65, "Alto Sax", "alto sax"),
        (None, "Violoncelle", "cello"), (None, "Trompete in B", "trumpet"), (0, "Piano RH", "piano"),
        (33, "E-Bass", "bass guitar"), (None, "nobody knows", "piano"), (127, "Gun", "atmosphere"),
        (0, "Bass", "bass guitar"), (48, "Choir of strings", "strings"),
    ],
)  # fmt: skip
def test_instruments_by_program_and_name(program: int | None, name: str, meant: str) -> None:
    assert instrument_of(program, name) == meant


def test_a_choir_has_voices() -> None:
    parts = tuple(
        DraftPart(name, played=(PlayedNote(0, BAR, number, 80),))
        for name, number in (("Soprano", 72), ("Alto", 67), ("Tenor", 60), ("Bass", 48))
    )
    song, _ = song_of(Draft("Hymn", parts))
    assert [(track.instrument, track.role) for track in song.tracks][::3] == [("voice", "lead"), ("voice", "bass")]
    assert {track.instrument for track in song.tracks} == {"voice"}
    assert instrument_of(None, "Bass") == "bass guitar"


def test_free_time_is_told() -> None:
    drifting = tuple(PlayedNote(round(i * 437.7), 300, 60 + i % 5, 80) for i in range(60))
    assert any("no steady beat" in line for line in song_of(Draft("x", (DraftPart("a", played=drifting),)))[1])
    steady = tuple(PlayedNote(240 * i + (7 * i) % 13, 200, 60 + i % 5, 80) for i in range(60))
    assert not any("no steady beat" in line for line in song_of(Draft("x", (DraftPart("a", played=steady),)))[1])


def test_every_program_and_drum_key_has_a_name() -> None:
    for program in range(128):
        found = INSTRUMENTS[instrument_of(program, "")]
        assert found.hands != "drums" and (program >= 80 or abs(found.program - program) <= 8 or program == 76)
    assert [drum_of(number) for number in (36, 22, 26, 0, 127)] == [
        Drum.KICK, Drum.HAT, Drum.HAT_OPEN, Drum.KICK2, Drum.SHAKER,
    ]  # fmt: skip
    assert all(drum_of(drum.value) is drum for drum in Drum)


def test_words_of_sections() -> None:
    names = {"2nd Verse": "verse", "Refrain": "chorus", "Pre-Chorus": "pre-chorus", "Puente": "bridge", "Q": "section"}
    assert {name: kind_of(name) for name in names} == names


@cache
def composed() -> Song:
    return compose(Brief(genre="pop", bars=16, seed=5))


def test_roles_of_our_own_band_are_found_without_names() -> None:
    song = composed()
    parts = tuple(
        DraftPart(f"Track {i}", drums=row.channel == 9, program=row.program, played=row.notes)
        for i, row in enumerate(song.performance.tracks)
    )
    found, _ = song_of(Draft("x", parts, song.meters, song.tempos))
    for track, was in zip(found.tracks, song.tracks, strict=True):
        if was.role in ("lead", "bass", "drums", "comp"):
            assert track.role == was.role


PARTS = st.builds(
    DraftPart,
    name=st.sampled_from(("", "Piano", "Bass", "Lead", "Ünïcode ♭", "Piano 2")),
    drums=st.booleans(),
    program=st.one_of(st.none(), st.integers(0, 127)),
    played=st.lists(
        st.builds(PlayedNote, st.integers(0, 9000), st.integers(0, 3000), st.integers(0, 127), st.integers(1, 127)),
        max_size=12,
    ).map(lambda rows: tuple(sorted(rows))),
    volume=st.one_of(st.none(), st.integers(0, 127)),
    pan=st.one_of(st.none(), st.integers(0, 127)),
    lyrics=st.lists(st.tuples(st.integers(0, 9000), st.just("la")), max_size=2).map(tuple),
)
TICK = st.integers(0, 9000)
METER = st.sampled_from([Meter(4, 4), Meter(3, 8), Meter(5, 16), Meter(2, 2)])
METERS = st.lists(st.builds(MeterChange, TICK, METER), max_size=3).map(tuple)
TEMPOS = st.lists(st.builds(TempoChange, TICK, st.floats(0.001, 1e6), st.booleans()), max_size=3).map(tuple)
KEYS = st.lists(st.builds(KeyChange, st.integers(0, 9000), st.sampled_from([Key.parse("Eb"), Key.parse("F# minor")])))
MARKERS = st.lists(st.tuples(st.integers(0, 9000), st.sampled_from(("Verse", "Chorus 2", "x"))), max_size=3).map(tuple)


@given(st.lists(PARTS, min_size=1, max_size=4), METERS, TEMPOS, KEYS, MARKERS, st.integers(0, 20000))
def test_any_draft_becomes_a_valid_song(
    parts: list[DraftPart], meters: tuple[MeterChange, ...], tempos: tuple[TempoChange, ...], keys: list[KeyChange],
    markers: tuple[tuple[int, str], ...], end: int,
) -> None:  # fmt: skip
    parts = [*parts, DraftPart("Sure", played=(PlayedNote(0, 480, 60, 80),))]
    draft = Draft("", tuple(parts), meters, tempos, tuple(keys), markers, end=end)
    song, notices = song_of(draft)
    valid(song)
    assert all("\n" not in line for line in notices)
    assert song_of(draft) == (song, notices)
    assert song_of(replace(draft, title="t"))[0].title == "t"
