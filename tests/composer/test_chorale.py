"""Melodies set for four voices: laws over drawn melodies, real chorale tunes, and what a text or a voice may hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import music21
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.composer.chorale import Chorale, harmonise_chorale
from partimento.composer.chorale_harmony import ways
from partimento.composer.chorale_line import Line, LineNote, phrase_ends, slots_of
from partimento.composer.chorale_song import chorale_figures, chorale_page, chorale_song, numeral_labels
from partimento.composer.chorale_text import line_of_piece, line_of_text
from partimento.score.as_analysis import analysis_of
from partimento.score.as_piece import piece_of
from partimento.score.notation.musicxml import musicxml
from partimento.score.song import Song
from partimento.teaching.harmony_words import chord_words
from partimento.teaching.reading import read_source
from partimento.theory.errors import BriefError
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import pitch_class
from partimento.theory.roman import chord_of
from partimento.theory.rules.breach import Breach
from partimento.theory.rules.checking import check
from partimento.theory.rules.rule_set import rule_set

HYMN = "E4 F4 G4 E4 | D4 D4 C4:2^ | E4 F4 G4 A4 | G4 F4 E4:2^ | G4 A4 G4 F4 | E4 D4 C4:2"
C, FOUR = Key.parse("C"), Meter(4, 4)


def errors(chorale: Chorale) -> list[Breach]:
    song = chorale_song(chorale)
    piece = replace(piece_of(song), fermatas=tuple(slot.start for slot in chorale.slots if slot.ends))
    breaches = check(piece, rule_set("bach"), analysis_of(song, piece))
    return [breach for breach in breaches if breach.severity == "error"]


@st.composite
def melodies(draw: st.DrawFn) -> tuple[Key, tuple[int, ...]]:
    """A key, and a stepwise melody of scale steps in two phrases that end 2-1."""
    key = Key(pitch_class(draw(st.integers(-4, 4))), draw(st.sampled_from(("major", "minor"))))
    steps = [draw(st.sampled_from((0, 2, 4)))]
    for _ in range(9):
        steps.append(min(7, max(0, steps[-1] + draw(st.sampled_from((-1, -1, 1, 1, -2, 2, 0))))))
    while steps[-1] > 2:
        steps.append(steps[-1] - 1)
    steps += [1, 0] if steps[-1] == 2 else [2, 1, 0] if steps[-1] == 0 else [0]
    # The seventh step of minor wants to be raised here and lowered there: left out.
    return key, tuple(steps)


def line_of(key: Key, steps: tuple[int, ...]) -> Line:
    tonic = 60 + key.tonic.number
    tonic -= 12 if tonic > 67 else 0
    offsets = [(tone.number - key.tonic.number) % 12 for tone in key.tones]
    pitches = [key.spell(tonic + offsets[step % 7] + 12 * (step // 7)) for step in steps]
    notes = [LineNote(480 * k, 480, pitch) for k, pitch in enumerate(pitches)]
    notes[-1] = notes[-1]._replace(duration=960)
    return replace(line_of_text("C4", FOUR), notes=tuple(notes), key=key, bars=line_of_text("C4 " * 24, FOUR).bars)


@settings(max_examples=4)
@given(melodies())
def test_a_stepwise_tune_is_set_without_an_error_of_part_writing(drawn: tuple[Key, tuple[int, ...]]) -> None:
    line = line_of(*drawn)
    chorale = harmonise_chorale(line)[0]
    assert [(n.onset, n.duration, n.pitch.midi) for n in chorale.line.notes] == [
        (n.onset, n.duration, n.pitch.midi + 12 * chorale.octaves) for n in line.notes
    ]
    assert errors(chorale) == []
    last = chorale.choices[-1]
    assert last.key == drawn[0] and last.chord.root == drawn[0].tonic and last.chord.bass is None
    for choice in chorale.choices:
        assert chord_of(choice.numeral, choice.key) == choice.chord
        assert chord_words(choice.function, choice.melody, choice.rule, choice.values)


@settings(max_examples=4)
@given(melodies(), st.integers(-3, 3))
def test_moving_the_tune_moves_its_harmony(drawn: tuple[Key, tuple[int, ...]], fifths: int) -> None:
    key, steps = drawn
    other = Key(key.tonic.up(fifths), key.mode)
    line, moved = line_of(key, steps), line_of(other, steps)
    here = [way.entries[0].numeral for way in ways(slots_of(line), key)]
    there = [way.entries[0].numeral for way in ways(slots_of(moved), other)]
    assert here == there


def corpus_line(name: str) -> Line:
    return line_of_piece(read_source(Path(music21.__file__).parent / "corpus" / "bach" / name).piece)


@pytest.mark.parametrize("name", ["bwv40.8.mxl"])
def test_bachs_own_tunes_are_set_without_errors_and_close_where_he_closes(name: str) -> None:
    line = corpus_line(name)
    assert line.fermatas
    chorale = harmonise_chorale(line)[0]
    assert errors(chorale) == []
    ends = [choice for slot, choice in zip(chorale.slots, chorale.choices, strict=True) if slot.ends]
    assert [choice.start for choice in ends] == sorted({*line.fermatas, line.notes[-1].onset})
    assert all(choice.cadence for choice in ends)
    assert ends[-1].key == line.key and ends[-1].chord.root == line.key.tonic


def test_a_hymn_has_the_usual_chords() -> None:
    chorale = harmonise_chorale(line_of_text(HYMN, FOUR, C), plain=True)[0]
    numerals = [choice.numeral for choice in chorale.choices]
    closes = [choice.cadence for choice in chorale.choices if choice.cadence]
    assert numerals[0] == "I" and numerals[-2:] == ["V", "I"]
    assert closes == ["PAC", "IAC", "PAC"]
    assert not chorale.ornaments
    assert all(note.onset in {slot.start for slot in chorale.slots} for part in chorale.parts for note in part)
    labels = numeral_labels(chorale.choices, C)
    assert labels[0] == (0, "C: I")


def test_the_other_figures_stand_beside_a_suspension() -> None:
    line = line_of_text("E4 G4 G4 A4 | C5 B4 A4 G4^ | G4 A4 C5 B4 | A4 F#4 G4:2", FOUR, Key.parse("G"))
    chorale = harmonise_chorale(line)[0]
    figures = dict(chorale_figures(chorale))
    sevenths = {c.start for c in chorale.choices if c.chord.seventh is not None and c.chord.bass is None}
    beside = [figures[o.tick] for o in chorale.ornaments if o.kind == "suspension" and o.tick in sevenths]
    assert beside and all("7" in [str(figure) for figure in found] for found in beside)


def test_ornaments_change_no_slot_and_suspensions_are_figured() -> None:
    line = line_of_text(HYMN, FOUR, C)
    plain, full = harmonise_chorale(line, plain=True)[0], harmonise_chorale(line)[0]
    assert [c.numeral for c in plain.choices] == [c.numeral for c in full.choices]
    assert {o.kind for o in full.ornaments} == {"passing", "suspension"}
    figures = dict(chorale_figures(full))
    for ornament in full.ornaments:
        if ornament.kind == "suspension":
            first, then = ornament.figure.split("-")
            shown = [str(figure).lstrip("#bn") for figure in figures[ornament.tick]]
            later = min(tick for tick in figures if tick > ornament.tick)
            resolved = [str(figure).lstrip("#bn") for figure in figures[later]]
            assert first in shown and set(shown) - {first} == set(resolved) - {then}


def test_alternatives_differ_in_their_chords() -> None:
    found = harmonise_chorale(line_of_text(HYMN, FOUR, C), alternatives=2)
    assert len({tuple(c.chord.name for c in one.choices) for one in found}) == 2
    for one in found:
        assert errors(one) == []


def test_the_same_line_gives_the_same_bytes() -> None:
    line = line_of_text(HYMN, FOUR, C)
    one, two = (musicxml(chorale_page(harmonise_chorale(line)[0])) for _ in range(2))
    assert one == two


def test_the_page_has_two_staves_figures_numerals_and_fermatas() -> None:
    xml = musicxml(chorale_page(harmonise_chorale(line_of_text(HYMN, FOUR, C))[0])).decode()
    assert "<staves>2</staves>" in xml and xml.count("<fermata/>") == 6
    assert "<figured-bass" in xml and "<text>C: I</text>" in xml


def test_the_song_is_whole_and_comes_back_from_json() -> None:
    chorale = harmonise_chorale(line_of_text(HYMN, FOUR, C))[0]
    song = chorale_song(chorale)
    assert Song.from_json(song.to_json()) == song
    assert [track.name for track in song.tracks] == ["Soprano", "Alto", "Tenor", "Bass"]
    assert len(song.decisions) == len(chorale.choices)


def test_a_minor_tune_ends_in_major_unless_that_is_not_wanted() -> None:
    line = line_of_text("A4 B4 C5 B4 | A4 G#4 A4:2", FOUR, Key.parse("A minor"))
    assert harmonise_chorale(line)[0].choices[-1].numeral == "I"
    assert harmonise_chorale(line, picardy=False)[0].choices[-1].numeral == "i"


def test_a_phrase_that_closes_in_the_dominant_is_heard_there() -> None:
    text = "G4 C5 B4 C5 | D5 C#5 D5:2^ | G4 C5 B4 A4 | B4 C5 A4:2^ | D5 C5 B4 C5 | D5 B4 C5:2"
    chorale = harmonise_chorale(line_of_text(text, FOUR, C))[0]
    closes = [(str(choice.key), choice.cadence) for choice in chorale.choices if choice.cadence]
    assert closes[0][0] != "C major" and closes[-1] == ("C major", "PAC")
    assert errors(chorale) == []


def test_a_low_melody_is_moved_to_where_sopranos_sing() -> None:
    chorale = harmonise_chorale(line_of_text(HYMN.replace("4 ", "2 ").replace("4:", "2:"), FOUR, C))[0]
    assert chorale.octaves == 2
    assert min(note.pitch.midi for note in chorale.line.notes) >= 59


def test_phrases_are_found_by_long_notes() -> None:
    line = line_of_text(HYMN.replace("^", ""), FOUR, C)
    ends = [line.notes[i].onset for i in phrase_ends(line)]
    assert ends == [960 * 3, 960 * 7, 960 * 11]


def test_a_pickup_comes_before_the_first_bar_line() -> None:
    line = line_of_text("G4 | C5 C5 D5 D5 | C5:3", FOUR, C, pickup=1)
    assert [bar.number for bar in line.bars] == [0, 1, 2]
    assert [slot.strength for slot in slots_of(line)] == [2, 4, 2, 3, 2, 4]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no notes"),
        ("H4", "unknown note 'H4'"),
        ("C4:0 D4", "more than 0"),
        ("C4:1/0", "no number of beats"),
        ("C4 | D4", "bar is not full"),
        ("r r", "no notes"),
        ("C99 D4", "out of range"),
    ],
)
def test_texts_that_are_no_melody_are_refused_in_a_line(text: str, said: str) -> None:
    with pytest.raises(BriefError, match=said):
        line_of_text(text, FOUR)


def test_what_cannot_be_set_is_refused() -> None:
    with pytest.raises(BriefError, match="has one note:"):
        harmonise_chorale(line_of_text("C4", FOUR, C))
    with pytest.raises(BriefError, match="pick-up"):
        line_of_text("C4 D4", FOUR, C, pickup=4)
    with pytest.raises(BriefError, match="1 to 8"):
        harmonise_chorale(line_of_text(HYMN, FOUR, C), alternatives=9)


def test_a_voice_is_chosen_by_name_or_number_from_the_top() -> None:
    piece = read_source(Path(music21.__file__).parent / "corpus" / "bach" / "bwv269.mxl").piece
    top, tenor = line_of_piece(piece), line_of_piece(piece, voice="3")
    assert line_of_piece(piece, voice="1") == top == line_of_piece(piece, voice="soprano")
    assert tenor.notes[0].pitch.midi < top.notes[0].pitch.midi
    with pytest.raises(BriefError, match="no voice 'Sopran'.*Soprano"):
        line_of_piece(piece, voice="Sopran")


@pytest.mark.parametrize(
    ("melody", "key", "numerals"),
    [
        ("E4 G4 G4 A4 | G4 F4 E4:2^ | E4 F4 D4 D4 | F4:2 E4:2", "E phrygian", ("V",)),
        ("D4 A4 G4 F4 | E4 D4 C4 E4 | D4:4", "D dorian", ("V", "v", "VII", "VII6", "i", "I")),
        ("G4 B4 D5 C5 | B4 A4 F4 A4 | G4:4", "G mixolydian", ("V", "v", "bVII", "I")),
    ],
)
def test_modes_close_on_their_finals(melody: str, key: str, numerals: tuple[str, ...]) -> None:
    line = line_of_text(melody, FOUR, Key.parse(key))
    made = harmonise_chorale(line)[0]
    assert made.choices[-1].numeral in numerals and made.choices[-1].chord.root == line.key.tonic
    assert made.choices[-1].cadence and not errors(made)


@pytest.mark.parametrize("mode", ["minor", "major"])
def test_tunes_open_on_the_tonic_or_on_a_dominant_before_the_bar(mode: str) -> None:
    third = "Eb4" if mode == "minor" else "E4"
    on_the_beat = line_of_text(f"G4 {third} F4 D4 | C4:4", FOUR, Key.parse(f"C {mode}"))
    pick_up = line_of_text(f"G4 | C5 G4 F4 D4 | {third} D4 C4", FOUR, Key.parse(f"C {mode}"), pickup=1)
    assert harmonise_chorale(on_the_beat)[0].choices[0].numeral in ("I", "i")
    assert harmonise_chorale(pick_up)[0].choices[0].numeral in ("I", "i", "V")


def test_a_leading_tone_before_the_last_note_is_the_dominants() -> None:
    """The tune of BWV 66.6 ends on F# F#-E# F#: the suspension belongs to the dominant."""
    chorale = harmonise_chorale(corpus_line("bwv66.6.mxl"))[0]
    assert [choice.numeral for choice in chorale.choices[-2:]] == ["V", "I"]
    assert chorale.choices[-1].cadence == "PAC" and chorale.choices[0].numeral in ("I", "i")
