"""Reading sources: what a file says reaches the Piece, and nothing that it does not say."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from partimento.composer.compose import compose
from partimento.score.as_piece import piece_of
from partimento.score.brief import Brief
from partimento.teaching.reading import Source, read_source
from partimento.theory.errors import ScoreFormatError
from partimento.theory.key import Key
from partimento.theory.pitch import Pitch

ABC = """X:1
T:Test
M:4/4
L:1/4
K:G
D|GABc|d2HBd|c!breath!BAG|
w:one two three four five. six sev-en eight nine, ten e-lev-en
A2G:|
"""

KERN = """**kern\t**kern
*clefF4\t*clefG2
*k[f#]\t*k[f#]
*M4/4\t*M4/4
4GG\t4B
=1\t=1
4G\t4d
4F#\t4d
4E\t4e
4D\t4f#
=2\t=2
2GG;\t2g;
4GG\t4b
4D\t4a
==\t==
*-\t*-
"""

XML = """<?xml version="1.0"?><score-partwise><part-list><score-part id="P1"><part-name>{name}</part-name></score-part>
</part-list><part id="P1">{bars}</part></score-partwise>"""


def bar(number: str, notes: str, attributes: str = "") -> str:
    return f'<measure number="{number}">{attributes}{notes}</measure>'


def note(step: str, octave: int, length: int, extra: str = "", voice: int = 1, staff: int = 1) -> str:
    return (
        f"<note><pitch><step>{step}</step><octave>{octave}</octave></pitch><duration>{length}</duration>"
        f"<voice>{voice}</voice><staff>{staff}</staff>{extra}</note>"
    )


FOUR = "<attributes><divisions>1</divisions><time><beats>4</beats><beat-type>4</beat-type></time></attributes>"


def read(tmp_path: Path, name: str, text: str) -> Source:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_source(path)


def corpus(name: str) -> Path:
    music21 = pytest.importorskip("music21")
    return Path(music21.__file__).parent / "corpus" / name


@pytest.mark.parametrize("name", ["bach/bwv66.6.mxl", "bach/bwv269.mxl", "bach/bwv302.mxl", "bach/bwv40.8.mxl"])
def test_chorales_are_four_lines_with_fermatas(name: str) -> None:
    piece = read_source(corpus(name)).piece
    assert [voice.name for voice in piece.voices] == ["Bass", "Tenor", "Alto", "Soprano"]
    assert all(voice.line for voice in piece.voices) and piece.spelled and piece.melody == 3
    assert len(piece.fermatas) >= 4 and set(piece.fermatas) <= {tone.onset for tone in piece.tones}
    first = int(name.startswith("bach/bwv40"))
    assert [row.number for row in piece.bars] == list(range(first, len(piece.bars) + first))
    assert (piece.bars[0].offset > 0) == (first == 0)
    assert [row.start for row in piece.bars[1:]] == [row.end for row in piece.bars[:-1]]
    assert piece.chords == () and piece.sections == () and len(piece.keys) == 1


def test_abc_tells_fermatas_breaths_words_and_repeats(tmp_path: Path) -> None:
    source = read(tmp_path, "tune.abc", ABC)
    piece = source.piece
    assert [row.number for row in piece.bars] == [0, 1, 2, 3, 4]
    first = piece.bars[1].start
    assert piece.fermatas == (first + 1920 + 960,)
    assert set(piece.phrase_ends) == {first + 1920, first + 3840 + 960}
    assert piece.keys == ((0, Key.parse("G")),) and piece.spelled
    assert any("as written" in notice for notice in source.notices)
    assert len(piece.tones) == 14


def test_humdrum_is_read(tmp_path: Path) -> None:
    piece = read(tmp_path, "tune.krn", KERN).piece
    assert [str(tone.pitch) for tone in piece.tones[:2]] == ["G2", "B3"]
    assert piece.bars[0].number == 0 and piece.fermatas == (5 * 480,)
    assert piece.keys[0][1].signature == 1 and piece.spelled
    assert all(voice.line for voice in piece.voices)


def test_humdrum_of_the_corpus_is_read() -> None:
    piece = read_source(corpus("palestrina/Agnus_08.krn")).piece
    assert len(piece.voices) == 4 and all(voice.line for voice in piece.voices)


@pytest.mark.parametrize("name", ["a.krn", "a.txt"])
@pytest.mark.parametrize("text", ["**kern\n", "**kern\n4xyz\n*-\n"])
def test_damaged_humdrum_is_one_line(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(ScoreFormatError) as caught:
        read(tmp_path, name, text)
    assert "\n" not in str(caught.value) and name in str(caught.value)


def test_mei_that_is_none_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ScoreFormatError, match="MEI"):
        read(tmp_path, "a.mei", '<?xml version="1.0"?><mei xmlns="http://www.music-encoding.org/ns/mei"></mei>')


def test_a_staff_of_two_voices_and_two_of_pairs(tmp_path: Path) -> None:
    upper = "".join(note(step, 5, 1, "", 1, 1) for step in "CDEF")
    lower = "<backup><duration>4</duration></backup>" + "".join(note(step, 4, 1, "", 2, 2) for step in "EFGA")
    voices = read(tmp_path, "a.xml", XML.format(name="Organ", bars=bar("1", upper + lower, FOUR))).piece.voices
    assert [(voice.name, voice.line) for voice in voices] == [("Organ, voice 2", True), ("Organ, voice 1", True)]

    def pair(low: str, high: str, octave: int, staff: int) -> str:
        chord = note(low, octave, 1, "", staff, staff).replace("<note>", "<note><chord/>")
        return note(high, octave, 1, "", staff, staff) + chord

    top = "".join(pair(low, high, 4, 1) for low, high in zip("CDEC", "EFGE", strict=True))
    bottom = "".join(pair(low, high, 3, 2) for low, high in zip("CDEC", "EFGE", strict=True))
    music = top + "<backup><duration>4</duration></backup>" + bottom
    piece = read(tmp_path, "b.xml", XML.format(name="", bars=bar("1", music, FOUR))).piece
    assert [(voice.name, voice.line) for voice in piece.voices] == [
        ("Voice 4", True), ("Voice 3", True), ("Voice 2", True), ("Voice 1", True),
    ]  # fmt: skip
    assert [str(tone.pitch) for tone in piece.tones[:4]] == ["C3", "E3", "C4", "E4"] and piece.melody in (3, None)


def test_a_keyboard_stays_a_texture(tmp_path: Path) -> None:
    chord = note("C", 4, 4) + note("E", 4, 4).replace("<note>", "<note><chord/>")
    chord += note("G", 4, 4).replace("<note>", "<note><chord/>")
    piece = read(tmp_path, "a.xml", XML.format(name="Piano", bars=bar("1", chord, FOUR))).piece
    assert [(voice.name, voice.line) for voice in piece.voices] == [("Piano", False)]


def test_printed_numbers_are_kept(tmp_path: Path) -> None:
    whole = note("C", 4, 4)
    bars = bar("12", whole, FOUR) + bar("13", whole) + bar("X1", whole) + bar("14", whole)
    piece = read(tmp_path, "a.xml", XML.format(name="Flute", bars=bars)).piece
    assert [row.number for row in piece.bars] == [12, 13, 13, 14]
    bars = bar("1", whole, FOUR) + bar("2", whole) + bar("1", whole)
    piece = read(tmp_path, "b.xml", XML.format(name="Flute", bars=bars)).piece
    assert [row.number for row in piece.bars] == [1, 2, 3]


def test_ties_are_one_tone_and_carry_the_fermata(tmp_path: Path) -> None:
    start = '<tie type="start"/><notations><tied type="start"/></notations>'
    stop = '<tie type="stop"/><notations><tied type="stop"/><fermata/></notations>'
    bars = bar("1", note("C", 4, 4, start), FOUR) + bar("2", note("C", 4, 4, stop))
    piece = read(tmp_path, "a.xml", XML.format(name="Flute", bars=bars)).piece
    assert [(tone.onset, tone.duration) for tone in piece.tones] == [(0, 3840)] and piece.fermatas == (0,)


def test_a_song_of_ours_and_its_midi(tmp_path: Path) -> None:
    song = compose(Brief(genre="pop", bars=8, seed=4, instruments=("voice", "piano", "bass")))
    (tmp_path / "song.json").write_text(song.to_json(), encoding="utf-8")
    (tmp_path / "song.mid").write_bytes(song.to_midi())
    own = read_source(tmp_path / "song.json")
    assert own.recorded and own.piece.spelled and own.piece.chords and own.piece.sections
    midi = read_source(tmp_path / "song.mid")
    assert not midi.recorded and not midi.piece.spelled and len(midi.piece.bars) == len(own.piece.bars)
    assert read_source(tmp_path / "song.mid", key=Key.parse("Eb")).piece.keys == ((0, Key.parse("Eb")),)


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ScoreFormatError):
        read_source(tmp_path / "none.krn")


def test_a_player_s_slip_leaves_a_line_a_line() -> None:
    """A legato a sixteenth too long and a bend struck with its goal, once each in a hundred notes."""
    song = compose(Brief(genre="folk", seed=3, bars=8))
    lead = song.tracks[0]
    notes = [replace(lead.notes[0], onset=480 * i, duration=480, grace=False) for i in range(100)]
    notes[10] = replace(notes[10], duration=600)
    notes.append(replace(notes[20], pitch=Pitch("C", 0, 2)))
    slipped = replace(song, tracks=(replace(lead, notes=tuple(sorted(notes, key=lambda note: note.onset))),))
    piece = piece_of(slipped)
    assert [voice.line for voice in piece.voices] == [True]
    assert all(before.end <= after.onset for before, after in pairwise(piece.tones))
    doubled = tuple(note for note in notes for _ in range(2))
    assert not piece_of(replace(song, tracks=(replace(lead, notes=doubled),))).voices[0].line
