"""What a copyist would see to in a score: order, brackets, clefs, hands, slurs, grace notes, accents, words."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from partimento.score.importing.from_xml import xml_draft
from partimento.score.instruments import instrument
from partimento.score.notation.brackets import brackets
from partimento.score.notation.full_score import full_score
from partimento.score.notation.lilypond import lilypond
from partimento.score.notation.musicxml import musicxml
from partimento.score.notation.page import Event, Page
from partimento.score.notation.page_notes import page_notes
from partimento.score.song import ChordSymbol, Drum, Note, Song, Track
from partimento.theory.chord import parse_chord
from partimento.theory.pitch import Pitch
from tests.score.notation.page_text import notes_of, song_of, strokes, text_of

BAR = 1920


def _song(*tracks: tuple[str, str, str], genre: str = "classical") -> Song:
    """A song of tracks given as "role instrument pitch"."""
    song = song_of([], genre=genre)
    made = [Track(f"{kind} {i}", role, kind, tuple(notes_of((0, 480), pitch=pitch)))
            for i, (role, kind, pitch) in enumerate(tracks)]  # fmt: skip
    return replace(song, tracks=tuple(made))


def _order(page: Page) -> list[str]:
    return [part.instrument for part in page.parts]


ORCHESTRA = (("lead", "strings", "E5"), ("counter", "flute", "E5"), ("harmony", "oboe", "C5"),
             ("comp", "contrabass", "C2"), ("comp", "viola", "C4"), ("comp", "piano", "C4"),
             ("pad", "trumpet", "C5"), ("pad", "french horn", "C4"), ("percussion", "timpani", "C3"))  # fmt: skip


def test_an_orchestra_stands_by_families_and_a_band_has_the_tune_on_top() -> None:
    assert _order(full_score(_song(*ORCHESTRA))) == [
        "flute", "oboe", "french horn", "trumpet", "timpani", "piano", "strings", "viola", "contrabass",
    ]  # fmt: skip
    assert _order(full_score(_song(*ORCHESTRA, genre="pop")))[0] == "strings"


def test_chamber_music_has_its_piano_below() -> None:
    trio = (("comp", "piano", "C4"), ("comp", "cello", "C3"), ("lead", "violin", "E5"))
    assert _order(full_score(_song(*trio))) == ["violin", "cello", "piano"]


def test_families_are_bracketed_in_every_format() -> None:
    page = full_score(_song(*ORCHESTRA))
    assert brackets(page.parts) == [(0, 1), (2, 3), (6, 8)]
    groups = ElementTree.fromstring(musicxml(page)).findall("part-list/*")
    assert [(row.tag, row.get("type")) for row in groups if row.tag == "part-group"] == [
        ("part-group", "start"), ("part-group", "stop"),
    ] * 3  # fmt: skip
    first = [row.get("id") or row.get("type") for row in groups[:4]]
    assert first == ["start", "P1", "P2", "stop"]
    assert lilypond(page).count("\\new StaffGroup <<") == 3
    assert brackets(full_score(_song(("lead", "flute", "E5"), ("comp", "piano", "C4"))).parts) == []


def test_a_band_s_trombone_stays_in_bass_clef() -> None:
    high = notes_of(*((i * 480, i * 480 + 480) for i in range(16)), pitch="B4")
    parts = [full_score(song_of(high, instrument="trombone", bars=4, genre=g)).parts[0] for g in ("jazz", "classical")]
    assert [part.clefs for part in parts] == [("bass",), ("treble",)]


def test_symbols_stand_where_chords_are_played_if_the_tune_transposes() -> None:
    song = _song(("lead", "alto sax", "C5"), ("harmony", "trombone", "C4"), ("comp", "piano", "C4"), genre="jazz")
    song = replace(song, chords=(ChordSymbol(0, BAR, parse_chord("C6"), song.keys[0].key, "I"),))
    for tracks, host in ((song.tracks, "piano"), (song.tracks[1:], "trombone")):
        page = full_score(replace(song, tracks=tracks))
        assert [part.instrument for part in page.parts if part.measures[0].harmonies] == [host]


def _chord(onset: int, *pitches: str) -> list[Note]:
    return [Note(onset, 480, Pitch.parse(pitch)) for pitch in pitches]


def _solo(left: list[Note], instruments: tuple[str, str] = ("piano", "piano")) -> Song:
    tune = tuple(notes_of((0, 480), (480, 1920), pitch="A4"))
    tracks = Track("Piano 1", "lead", instruments[0], tune), Track("Piano 2", "comp", instruments[1], tuple(left))
    return replace(song_of([], genre="classical"), tracks=tracks)


def test_a_solo_pianist_reads_one_grand_staff() -> None:
    song = _solo([*_chord(0, "C3"), *_chord(480, "E3", "G3", "C4")])
    (part,) = full_score(song).parts
    assert (part.name, part.abbreviation, part.clefs) == ("Piano", "Pno.", ("treble", "bass"))
    read = sorted((n.onset, n.duration, str(n.pitch)) for n in page_notes(full_score(song), part))
    assert read == sorted((n.onset, n.duration, str(n.pitch)) for track in song.tracks for n in track.notes)
    upper = {str(n.pitch) for v in part.measures[0].voices if v.staff == 1 for e in v.events for n in e.notes}
    assert upper == {"A4"}


@pytest.mark.parametrize(
    "song",
    [
        _solo(_chord(0, "C2", "C4")),
        _solo(_chord(0, "C3", "D3", "E3", "F3", "G3", "A3")),
        _solo(_chord(0, "C5") + _chord(480, "C5")),
        _solo(_chord(0, "C3"), ("piano", "harpsichord")),
    ],
    ids=["too wide", "too many notes", "hands cross", "two instruments"],
)
def test_what_two_hands_cannot_play_stays_two_parts(song: Song) -> None:
    assert len(full_score(song).parts) == 2


def _events(page: Page) -> list[Event]:
    return [e for m in page.parts[0].measures for v in m.voices for e in v.events]


def _slurs(role: str, kind: str, count: int) -> list[tuple[int, int]]:
    """From which note to which each slur goes, of so many legato eighths."""
    notes = [replace(note, articulation="legato", pitch=Pitch("CDEFGAB"[i % 7], 0, 5))
             for i, note in enumerate(notes_of(*((i * 240, i * 240 + 240) for i in range(count))))]  # fmt: skip
    events = _events(full_score(song_of(notes, instrument=kind, role=role, bars=4)))
    starts = [e.onset // 240 for e in events if e.slur_start]
    return list(zip(starts, [e.onset // 240 for e in events if e.slur_stop], strict=True))


def test_slurs_last_a_breath_or_a_bow_and_singers_have_none() -> None:
    assert _slurs("lead", "violin", 10) == [(0, 9)]
    assert _slurs("lead", "violin", 17) == [(0, 7), (8, 16)]
    assert _slurs("lead", "flute", 24) == [(0, 7), (8, 15), (16, 23)]
    assert _slurs("lead", "piano", 24) == [(0, 23)]
    assert _slurs("lead", "voice", 10) == []
    assert instrument("voice").family == "voices"


def test_one_grace_note_has_a_slash_and_several_a_beam() -> None:
    def small(*onsets: int) -> list[str]:
        graces = [Note(onset, 60, Pitch.parse("B4"), grace=True) for onset in onsets]
        page = full_score(song_of([*notes_of((0, onsets[0]), (480, 960)), *graces]))
        found = [(note, grace) for note in ElementTree.fromstring(musicxml(page)).iter("note")
                 for grace in note.findall("grace")]  # fmt: skip
        return [f"{note.findtext('type')} {grace.get('slash')} {note.findtext('beam')}" for note, grace in found]

    assert small(420) == ["eighth yes None"]
    assert small(300, 360, 420) == ["16th None begin", "16th None continue", "16th None end"]


def test_a_groove_s_accents_go_without_saying() -> None:
    notes = strokes(snare="....>.......>..." * 4, kick="x......." * 8, crash="................>")
    events = _events(full_score(song_of(notes, instrument="drums", role="drums", bars=4)))
    assert [e.onset for e in events if "accent" in e.marks] == [BAR]


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("dead", "ex re sx-sx re ex rs-sx rq"),
        ("staccato", "e re s-s re e rs-s rq"),
        ("", "s rs re s-s re s rs rs-s rq"),
    ],
)
def test_a_short_stroke_is_written_as_an_eighth_and_keeps_its_length(word: str, text: str) -> None:
    notes = [Note(onset, 120, Pitch.parse("E4"), articulation=word) for onset in (0, 480, 600, 960, 1320)]
    page = full_score(song_of(notes, instrument="steel guitar", role="comp"))
    assert text_of(page) == text
    assert [n.duration for n in page_notes(page, "Solo")] == [120] * 5
    (part,) = xml_draft(musicxml(page), "a.musicxml").parts
    assert [n.duration for n in part.notes] == [120] * 5


def test_a_hand_alone_is_the_one_whose_staff_it_lies_on() -> None:
    def staves(*pitches: str) -> set[int]:
        places = [(i * 240, i * 240 + 240) for i in range(16)]
        notes = [note for i, at in enumerate(places) for note in notes_of(at, pitch=pitches[i % len(pitches)])]
        page = full_score(song_of(notes, instrument="piano", role="comp", bars=2))
        return {v.staff for m in page.parts[0].measures for v in m.voices for e in v.events if e.notes}

    assert staves("D4", "F#4", "E4", "G4") == {1}
    assert staves("E3", "B3", "G3", "D4") == {2}


def test_what_keeps_time_has_no_ghosts() -> None:
    page = full_score(song_of(strokes(hat="xoxxxoxx", snare="....xxox"), instrument="drums", role="drums"))
    ghosts = {n.drum for e in _events(page) for n in e.notes if n.parentheses}
    assert ghosts == {Drum.SNARE}


def test_percussion_is_named_where_it_changes() -> None:
    song = song_of(strokes(conga_high="x...", conga_low="..x.", claves="...." * 8 + "x"), instrument="percussion",
                   role="percussion", bars=3)  # fmt: skip
    parts = tuple(replace(song.sections[0], start=k * BAR, length=BAR) for k in range(3))
    page = full_score(replace(song, sections=parts))
    words = [(d.onset, d.text) for m in page.parts[0].measures for d in m.directions if d.kind == "words"]
    assert words == [(0, "congas"), (2 * BAR, "claves")]
