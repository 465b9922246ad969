"""LilyPond: text that is read as it is meant; LilyPond itself, where installed, prints and plays the page."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from partimento.score.notation.full_score import full_score
from partimento.score.notation.lead_sheet import lead_sheet
from partimento.score.notation.lilypond import lilypond
from partimento.score.notation.lilypond_chords import chord_text, exceptions, steps
from partimento.score.notation.lilypond_drums import drum_name
from partimento.score.notation.lilypond_midi import MIDI_NAMES
from partimento.score.notation.lilypond_notes import pitch_name, quoted, spaced
from partimento.score.notation.page import Page
from partimento.score.notation.page_notes import page_notes
from partimento.score.notation.repeats import Strain, strains, unfolded
from partimento.score.song import Drum, Dynamic, KeyChange, MeterChange, Note, Song, Track
from partimento.theory.chord import Chord, parse_chord
from partimento.theory.chord_quality import QUALITIES
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch, PitchClass
from tests.score.notation.midi_notes import midi_notes
from tests.score.notation.sheet_songs import chart_song

NASTY = 'A "title" \\with #(system "x") \\markup{ %{ and $ ties~ \n tabs\t'


def test_strings_are_harmless() -> None:
    assert quoted('say "hi"') == '"say \\"hi\\""'
    assert quoted("\\include #(exit) $x\n") == '"\\\\include #(exit) $x "'


@pytest.mark.parametrize(
    ("pitch", "name"),
    [("C4", "c'"), ("Eb3", "ef"), ("F#5", "fs''"), ("Bbb2", "bff,"), ("Cb4", "cf'"), ("A-1", "a,,,,")],
)
def test_pitches(pitch: str, name: str) -> None:
    assert pitch_name(Pitch.parse(pitch)) == name


def test_times_and_chords() -> None:
    assert (spaced(1440), spaced(1920), spaced(3840)) == ("1*1440/1920", "1*1", "1*2")
    assert (steps("m7b5"), steps("maj7"), steps("dim7"), steps("13sus4")) == (
        "1.3-.5-.7", "1.3.5.7+", "1.3-.5-.7-", "1.4.5.7.9.13",
    )  # fmt: skip
    assert chord_text(parse_chord("Ebm/Gb"), "1") == "ef1:1.3-.5/gf"
    assert chord_text(parse_chord("C/D"), "2") == "c2:1.3.5/+d"


def test_repeats_and_endings_are_strains() -> None:
    bars = lead_sheet(chart_song("A abcdefgh A abcdefgx", "B xxxx B xxxx B xxxx", "C yyyy")).bars
    assert strains(bars) == (
        Strain(0, 7, 2, (((1,), 7, 8), ((2,), 8, 9))),
        Strain(9, 13, 3),
        Strain(13, 17),
    )


def test_no_text_of_the_song_stands_unquoted() -> None:
    song = chart_song("A abcd")
    track = replace(song.tracks[0], name=NASTY, notes=tuple(replace(n, lyric=NASTY) for n in song.tracks[0].notes))
    text = lilypond(full_score(replace(song, title=NASTY, tracks=(track,))))
    outside = "".join(part for i, part in enumerate(_split_strings(text)) if i % 2 == 0)
    assert "system" not in outside and "title\\" not in outside and "%" not in outside


def _split_strings(text: str) -> list[str]:
    """Outside, inside, outside ... of LilyPond's strings."""
    out, now, inside, i = [], "", False, 0
    while i < len(text):
        if text[i] == '"':
            out.append(now)
            now, inside = "", not inside
        elif inside and text[i] == "\\":
            now += text[i : i + 2]
            i += 1
        else:
            now += text[i]
        i += 1
    return [*out, now]


def test_every_drum_has_a_name_of_its_own() -> None:
    assert len({drum_name(drum) for drum in Drum}) == len(Drum)
    assert len(MIDI_NAMES) == len(set(MIDI_NAMES)) == 128


# Witness: LilyPond itself.


def run(text: str, folder: Path) -> list[Path]:
    """Runs LilyPond over a file; its MIDI files in order. Nothing may be warned of."""
    if shutil.which("lilypond") is None:
        pytest.skip("lilypond is not installed")
    (folder / "x.ly").write_text(text, encoding="utf-8")
    command = ["lilypond", "--loglevel=WARN", "-dbackend=null", "-dno-print-pages", "-o", "x", "x.ly"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return sorted(folder.glob("*.midi"), key=lambda path: (len(path.name), path.name))


def sounding(page: Page) -> Counter[tuple[int, int]]:
    return Counter(
        (note.onset, note.pitch.value if isinstance(note.pitch, Drum) else note.pitch.midi)
        for part in page.parts
        for note in page_notes(page, part)
    )


@cache
def busy_song() -> Song:
    """Eight bars of nearly everything: pick-up, three meters, tuplets, two voices, drums, transposition, marks."""
    base = chart_song("A abcd", "B xxxx")
    meters = (
        MeterChange(0, Meter(1, 4)), MeterChange(480, Meter(4, 4)), MeterChange(480 + 3840, Meter(6, 8)),
        MeterChange(480 + 3840 + 2880, Meter(7, 8)),
    )  # fmt: skip
    end = 480 + 3840 + 2880 + 3 * 1680
    section = replace(base.sections[0], length=end, name=NASTY)

    def note(onset: int, duration: int, name: str, articulation: str = "", lyric: str | None = None) -> Note:
        return Note(onset, duration, Pitch.parse(name), articulation=articulation, lyric=lyric)

    trumpet = Track(
        "Trumpet", "lead", "trumpet",
        (
            note(0, 240, "F4", lyric="La-"), note(240, 240, "G4", lyric='"la"'), note(480, 160, "Ab4"),
            note(640, 160, "B4"), note(800, 160, "C#5"), note(960, 1440, "D5", articulation="marcato"),
            note(2400, 720, "Cb5"), note(3360, 240, "F#4", articulation="legato"), note(3600, 720, "G4"),
            note(4320, 720, "A4"), note(5040, 360, "E4"), note(5400, 1800, "Bb3"), note(7200, 240, "C4"),
        ),
        dynamics=(Dynamic(480, "mf"), Dynamic(960, "crescendo", 960), Dynamic(2400, "f")),
    )  # fmt: skip
    piano = Track(
        "Piano", "comp", "piano",
        (
            note(480, 1920, "C5"), note(480, 960, "E4"), note(1440, 960, "F4"), note(480, 1920, "C3"),
            note(2400, 480, "G4"), note(2400, 480, "E4"), note(2400, 480, "Bb2"), note(4320, 1440, "C3"),
            note(8880, 120, "C6"), note(9000, 120, "D6"), note(9120, 2000, "Eb6"),
        ),
    )  # fmt: skip
    bass = Track("Bass", "bass", "double bass", (note(480, 1440, "E1"), note(1920, 2400, "A1")))
    drums = tuple(Note(480 + 120 * i, 120, drum) for i, drum in enumerate(Drum))
    return replace(
        base, title=NASTY, meters=meters, keys=(KeyChange(0, Key.parse("Eb")), KeyChange(4320, Key.parse("F# minor"))),
        sections=(section,), ending=replace(base.ending, start=end),
        tracks=(trumpet, piano, bass, Track("Kit", "drums", "drums", drums)),
    )  # fmt: skip


PAGES = 3
CHORDS = [
    *(Chord(PitchClass.parse(("C", "Eb", "F#")[i % 3]), quality) for i, quality in enumerate(QUALITIES)),
    *(parse_chord(name) for name in ("Am7/G", "Bb/C", "Ab/Gb")),
]


@cache
def pages() -> tuple[Page, Page, Page]:
    chart = lead_sheet(chart_song("i ----", "A abcdefgh A abcdefgx", "B xxxx B xxxx B xxxx", "C yyyy"))
    return full_score(busy_song()), full_score(busy_song(), concert=True), chart


def chord_file() -> str:
    line = " ".join(chord_text(chord, "1") for chord in CHORDS)
    names = "\n".join(exceptions(QUALITIES))
    shown = "\\new ChordNames { \\set chordNameExceptions = #chordNames \\m }"
    return (
        f"{names}\nm = \\chordmode {{ {line} }}\n\\score {{ << {shown} \\new Staff \\m >> \\layout {{}} }}\n"
        "\\score { \\new Staff \\m \\midi {} }\n"
    )


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> list[Counter[tuple[int, int]]]:
    """What LilyPond plays of the pages and of all chords, in one run, since starting takes it seconds."""
    text = "\n".join([*(lilypond(page) for page in pages()), chord_file()])
    return [midi_notes(path) for path in run(text, tmp_path_factory.mktemp("lilypond"))]


def test_lilypond_plays_the_pages(heard: list[Counter[tuple[int, int]]]) -> None:
    """Scores of nearly everything, and a lead sheet with repeats and endings: no warnings, the same notes."""
    written, concert, chart = pages()
    assert any(bar.volta for bar in chart.bars) and any(bar.repeat_end == 3 for bar in chart.bars)
    assert heard[:PAGES] == [sounding(written), sounding(concert), sounding(unfolded(chart))]
    assert heard[0] == heard[1]


def test_lilypond_hears_the_tones_of_every_quality(heard: list[Counter[tuple[int, int]]]) -> None:
    numbers: dict[int, set[int]] = {}
    for tick, number in heard[PAGES]:
        numbers.setdefault(tick // 1920, set()).add(number)
    for i, chord in enumerate(CHORDS):
        assert {number % 12 for number in numbers[i]} == chord.numbers | {chord.bass_tone.number}, chord.name
        assert min(numbers[i]) % 12 == chord.bass_tone.number, chord.name
