"""ABC: texts that can be read, and two programs that read them as they are meant."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from partimento.score.notation.abc import abc, field, key_name
from partimento.score.notation.abc_music import Spelling
from partimento.score.notation.lead_sheet import lead_sheet
from partimento.score.notation.page import Page
from partimento.score.notation.page_notes import page_notes
from partimento.score.notation.repeats import unfolded
from partimento.score.song import ChordSymbol, KeyChange, MeterChange, Note, Song, Track
from partimento.theory.chord import parse_chord
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch
from tests.score.notation.grid_songs import songs
from tests.score.notation.midi_notes import midi_notes
from tests.score.notation.sheet_songs import chart_song


def note(onset: int, duration: int, name: str, lyric: str | None = None, grace: bool = False) -> Note:
    return Note(onset, duration, Pitch.parse(name), lyric=lyric, grace=grace)


def busy_tune() -> Song:
    """A pick-up, three meters, two keys, triplets, ties, a grace note, chords within notes, words."""
    base = chart_song("A abcd")
    key = Key.parse("F")
    meters = (
        MeterChange(0, Meter(1, 4)), MeterChange(480, Meter(4, 4)), MeterChange(4320, Meter(6, 8)),
        MeterChange(7200, Meter(7, 8)),
    )  # fmt: skip
    notes = (
        note(0, 240, "C4", "Al-"), note(240, 240, "D4", 'le%"'), note(480, 160, "F4", "lu"), note(640, 160, "F#4"),
        note(800, 160, "G4"), note(960, 960, "Bb4"), note(1920, 240, "B4"), note(2160, 1200, "B5"),
        note(3300, 60, "A5", grace=True), note(3360, 960, "G5"), note(4320, 720, "F4"), note(5040, 360, "Eb4"),
        note(5400, 360, "E4"), note(5760, 2400, "Cb5"), note(8160, 120, "A3"), note(8280, 600, "C6"),
    )  # fmt: skip
    places = ((480, "F"), (1440, "Dm7"), (2880, "Gm7b5/Db"), (4320, "C7#5"), (5760, "Bb69"), (8400, "F"))
    ends = [tick for tick, _ in places[1:]] + [8640]
    chords = tuple(
        ChordSymbol(tick, end - tick, parse_chord(name), key, "I")
        for (tick, name), end in zip(places, ends, strict=True)
    )
    return replace(
        base, title='50% & "more" \\ less', meters=meters, sections=(replace(base.sections[0], length=8880),),
        keys=(KeyChange(0, key), KeyChange(4320, Key.parse("D minor")), KeyChange(7200, Key.parse("E mixolydian"))),
        ending=replace(base.ending, start=8880), chords=chords, tracks=(Track("Voice", "lead", "voice", notes),),
    )  # fmt: skip


def test_a_chart_with_repeats_and_endings() -> None:
    text = abc(lead_sheet(chart_song("i ----", "A abcdefgh A abcdefgx", "B xxxx B xxxx B xxxx")))
    assert text.splitlines()[2:] == [
        "X:1",
        "T:Chart",
        "M:4/4",
        "L:1/8",
        'Q:"Medium Pop" 1/4=120',
        "%%MIDI chordname 7b9 0 4 7 10 13",
        "%%MIDI chordname m7 0 3 7 10",
        "%%MIDI chordname maj7 0 4 7 11",
        "%%MIDI gchordoff",
        "K:F",
        "P:i 1",
        '"Gm7"z8| z8| z8| z8',
        "P:A 1/2",
        '|:"Gm7"=B2 d2 F2 a2| "C7b9"C2 f2 =B2 e2| "Bbmaj7"D2 e2 F2 g2| "F"_E2 _g2 B2 _d2|',
        '"Gm7"F2 =b2 E2 a2| "C7b9"G2 a2 =B2 c2| "Bbmaj7"A2 c2 E2 g2| [1 "F"=B2 e2 A2 d2:|',
        '[2 "F"_D2 _e2 _F2 _g2',
        "P:B 1–3",
        '|:"F"_D2 _e2 _F2 _g2| _D2 _e2 _F2 _g2| _D2 _e2 _F2 _g2| [1,2 _D2 _e2 _F2 _g2:|',
        "[3 _D2 _e2 _F2 _g2|]",
    ]


def test_a_busy_tune() -> None:
    lines = abc(lead_sheet(busy_tune())).splitlines()
    assert lines[3] == 'T:50\\% \\& "more" \\\\ less'
    assert lines[lines.index("P:A 1") + 1 :] == [
        'CD| (3:2:3"F"F^FG B2-"Dm7"B2 =B=b-| =b2-"Gm7b5/Db"b2 {a}g4| [K:Dm][M:6/8]"C7#5"F3 _E3/2=E3/2| "Bb69"_c6-|',
        'w: Al- le" | lu * * * * * * | * * * | * * * | * |',
        '[K:Emix][M:7/8]_c4 A,/2=c\'/2-"F"c\'-"^N.C."c\'|]',
        "w: * * * * * |",
    ]


def test_signs_hold_for_both_readings_of_the_standard() -> None:
    """After an F sharp, an F an octave higher needs a sign whichever way a program reads the standard."""
    spelling = Spelling(Key.parse("G"))
    said = [spelling.note(Pitch.parse(name)) for name in ("F#4", "F4", "F5", "F#5", "F4", "Bb3", "Bb3", "B4", "C2")]
    assert said == ["F", "=F", "=f", "^f", "=F", "_B,", "B,", "=B", "C,,"]


@pytest.mark.parametrize(
    ("key", "name"), [("Bb major", "Bb"), ("F# minor", "F#m"), ("D dorian", "Ddor"), ("G# major", "Ab")]
)
def test_keys(key: str, name: str) -> None:
    assert key_name(Key.parse(key)) == name


def test_a_title_stays_on_its_line() -> None:
    assert field("one\nK:C\r%%MIDI 1") == "one K:C \\%\\%MIDI 1"


# Witnesses.


def sounding(page: Page) -> Counter[tuple[int, int]]:
    found = Counter[tuple[int, int]]()
    for heard in page_notes(page, "Melody"):
        if not heard.grace:
            found[(heard.onset, heard.pitch.midi if isinstance(heard.pitch, Pitch) else 0)] += 1
    return found


def by_abc2midi(text: str, folder: Path) -> Counter[tuple[int, int]]:
    """The notes that abc2midi plays; it begins a tick late where a rest comes first. It may complain of nothing."""
    if shutil.which("abc2midi") is None:
        pytest.skip("abc2midi is not installed")
    (folder / "x.abc").write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["abc2midi", "x.abc", "-o", "x.mid"], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert "rror" not in done.stdout and "arning" not in done.stdout, done.stdout
    return midi_notes(folder / "x.mid", 10)


CHART = (
    "i ----", "A abcdefgh A abcdefgx", "B xxxx B xxxx B xxxx B xxxx", "C yyyy C yyyy", "D " + 7 * "wwww",
    "E abcdefgh E abcdefgh E abcdefgh E abcdefgh E abcdefgh E abcdefxy E vvvv",
)  # fmt: skip


def test_abc2midi_plays_the_unfolded_sheet(tmp_path: Path) -> None:
    page = lead_sheet(chart_song(*CHART))
    assert any(bar.volta for bar in page.bars) and any(bar.repeat_end > 2 for bar in page.bars)
    assert by_abc2midi(abc(page), tmp_path) == sounding(unfolded(page))


def test_abc2midi_plays_a_busy_tune(tmp_path: Path) -> None:
    song = busy_tune()
    plain = tuple(n for n in song.tracks[0].notes if not n.grace)  # it takes a grace note's time from its main note
    page = lead_sheet(replace(song, tracks=(replace(song.tracks[0], notes=plain),)))
    assert by_abc2midi(abc(page), tmp_path) == sounding(page)


def by_music21(text: str) -> Counter[tuple[int, str]]:
    from music21 import converter, note

    played = converter.parseData(text, format="abc").expandRepeats()
    return Counter(
        (round(480 * float(n.getOffsetInHierarchy(played))), n.pitch.nameWithOctave.replace("-", "b"))
        for n in played.recurse().notes
        if isinstance(n, note.Note) and (n.tie is None or n.tie.type == "start")
    )


def test_music21_reads_the_spelling() -> None:
    page = lead_sheet(chart_song("i ----", "A abcdefgh A abcdefgx", "C yyyy", "D wwww D wwww"))
    heard = page_notes(unfolded(page), "Melody")
    assert by_music21(abc(page)) == Counter((n.onset, str(n.pitch)) for n in heard)


@given(songs())
@settings(max_examples=25)
def test_any_tune_is_written(song: Song) -> None:
    """Every bar of the page is there, in whatever meter."""
    page = lead_sheet(replace(song, tracks=tuple(replace(track, role="lead") for track in song.tracks)))
    text = abc(page)
    body = text[text.index("\nP:") :]
    assert body.count("|") == len(page.bars)
    assert all(len(line) < 2000 and line.isprintable() for line in text.splitlines())
