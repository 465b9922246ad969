"""What programs that are not ours read in our MIDI files: midicsv, MuseScore, LilyPond's midi2ly; every genre."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from partimento.arrangement.style import style_names
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.midi_write import MidiOptions, midi_bytes
from partimento.score.midi_write_tidy import fold_ascii
from partimento.score.performance import Performance, PlayedNote
from partimento.score.song import FinalBars, KeyChange, MeterChange, Note, Section, Song, TempoChange, Track
from partimento.score.straight import straight
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch
from tests.score.small_song import small_song

GENRES = tuple(style_names())
Row = tuple[int, str, tuple[str, ...]]


def needs(program: str, package: str) -> pytest.MarkDecorator:
    """Skips where the program is not installed."""
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is missing: apt-get install {package}")


@cache
def song_of(genre: str) -> Song:
    """A short song of each genre."""
    return compose(Brief(genre=genre, bars=8, seed=5))


def travelled() -> Song:
    """Everything that may change on the way: a pick-up, keys, meters, a glide of the tempo, words, one odd name."""
    first, second = Key.parse("Bb"), Key.parse("E minor")
    half = 480 + 2 * 1920
    end = half + 2 * 1680
    words = ["Oh", "say", "can", "you", "see", "by", "the", "dawn's", "ear-", "ly"]
    line = [(0, 480), *((480 + 480 * i, 480) for i in range(8)), *((half + 240 * i, 240) for i in range(14))]
    notes = [
        Note(onset, length, Pitch.parse("Bb4" if i % 2 else "D5"), 90, lyric=words[i] if i < len(words) else None)
        for i, (onset, length) in enumerate(line)
    ]
    # Between the beats: MuseScore 3.2 doubles the words of notes that another part strikes at the same time.
    answer = tuple(replace(note, onset=note.onset + 240, duration=240, lyric=None) for note in notes[1:5])
    sections = (
        Section("Verse – ‘One’", "verse", 0, half, 0.4, "A", 0, first, "half", "tune"),
        Section("Coda", "coda", half, end - half, 0.4, "B", 0, second, "authentic", "tune"),
    )
    return replace(
        small_song(),
        title="Étude № 1",
        meters=(MeterChange(0, Meter(1, 4)), MeterChange(480, Meter(4, 4)), MeterChange(half, Meter(7, 8))),
        tempos=(TempoChange(0, 96.0), TempoChange(half, 96.0, True), TempoChange(half + 1680, 60.0)),
        keys=(KeyChange(0, first), KeyChange(half, second)),
        sections=sections,
        ending=FinalBars(half, "held", ""),
        chords=(),
        tracks=(Track("Flûte", "lead", "flute", tuple(notes)), Track("Flute", "answer", "flute", answer)),
        performance=Performance(),
    )


def read_rows(data: bytes, folder: Path) -> tuple[list[int], dict[int, list[Row]]]:
    """The numbers of midicsv's header, and (tick, kind, values) of every track."""
    path = folder / "song.mid"
    path.write_bytes(data)
    out = subprocess.run(["midicsv", str(path)], capture_output=True, check=True, timeout=60).stdout.decode("latin-1")
    rows = [[cell.strip() for cell in row] for row in csv.reader(out.splitlines(), skipinitialspace=True)]
    tracks: dict[int, list[Row]] = {}
    for number, tick, kind, *values in rows:
        if number != "0":
            tracks.setdefault(int(number), []).append((int(tick), kind, tuple(values)))
    header = next(row for row in rows if row[2] == "Header")
    return [int(value) for value in header[3:]], tracks


def of_kind(rows: Sequence[Row], kind: str) -> list[tuple[int, tuple[str, ...]]]:
    """(tick, values) of the rows of one kind."""
    return [(tick, values) for tick, said, values in rows if said == kind]


def key_row(key: Key) -> tuple[str, ...]:
    """A key signature as midicsv prints it."""
    return str(key.simplified().signature), "minor" if key.is_minor else "major"


@needs("midicsv", "midicsv")
@pytest.mark.parametrize("genre", GENRES)
def test_midicsv_reads_what_was_meant(genre: str, tmp_path: Path) -> None:
    song = song_of(genre)
    (kind, count, division), tracks = read_rows(midi_bytes(song), tmp_path)
    played = song.performance.tracks
    assert (kind, count, division) == (1, len(played) + 1, 480) and count == len(tracks)
    conductor = tracks[1]
    keys = [(change.onset, key_row(change.key)) for change in song.keys]
    assert of_kind(conductor, "Title_t") == [(0, (fold_ascii(song.title),))]
    assert of_kind(conductor, "Marker_t") == [(s.start, (s.name,)) for s in song.sections]
    assert of_kind(conductor, "Key_signature") == keys
    meters = [(tick, values[:2]) for tick, values in of_kind(conductor, "Time_signature")]
    shown = [(str(c.meter.numerator), str(c.meter.denominator.bit_length() - 1)) for c in song.meters]
    assert meters == list(zip([c.onset for c in song.meters], shown, strict=True))
    assert of_kind(conductor, "Tempo")[0] == (0, (str(round(60e6 / song.tempos[0].tempo_bpm)),))
    assert len({of_kind(rows, "End_track")[0][0] for rows in tracks.values()}) == 1
    for track, rows in zip(played, list(tracks.values())[1:], strict=True):
        channel = str(track.channel)
        assert of_kind(rows, "Title_t") == [(0, (track.name,))]
        assert of_kind(rows, "Key_signature") == ([] if track.channel == 9 else keys)
        assert of_kind(rows, "Program_c") == [(0, (channel, str(track.program)))]
        ons = sorted((tick, *map(int, values[1:])) for tick, values in of_kind(rows, "Note_on_c"))
        offs = sorted((tick, int(values[1])) for tick, values in of_kind(rows, "Note_off_c"))
        assert ons == sorted((n.onset, n.number, n.velocity) for n in track.notes)
        assert offs == sorted((n.onset + n.duration, n.number) for n in track.notes)
        assert {values[0] for _, said, values in rows if said.endswith("_c")} == {channel}
    drums = {t.instrument for t, p in zip(song.tracks, played, strict=True) if p.channel == 9}
    assert all("kit" in name or name in ("drums", "percussion") for name in drums)


def opened_by_musescore(data: bytes, folder: Path) -> ET.Element:
    """What MuseScore makes of a MIDI file, as MusicXML."""
    (folder / "song.mid").write_bytes(data)
    subprocess.run(
        ["mscore3", "-o", "song.musicxml", "song.mid"], cwd=folder, check=True, capture_output=True, timeout=120,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    return ET.parse(folder / "song.musicxml").getroot()


def struck(part: ET.Element) -> int:
    """How many notes of a part begin."""
    tied = [[tie.get("type") for tie in note.findall("tie")] for note in part.iter("note") if note.find("rest") is None]
    return sum("stop" not in ties for ties in tied)


@needs("mscore3", "musescore3")
@pytest.mark.parametrize("genre", GENRES)
def test_musescore_reads_what_was_meant(genre: str, tmp_path: Path) -> None:
    song = song_of(genre)
    root = opened_by_musescore(midi_bytes(song, MidiOptions(quantized=True)), tmp_path)
    names = [str(name.text).partition(", ")[2] for name in root.iter("part-name")]
    parts = root.findall("part")
    assert names == [track.name for track in song.tracks]
    assert [struck(part) for part in parts] == [len(track.notes) for track in song.tracks]
    signature = str(song.keys[0].key.simplified().signature)
    for part, track in zip(parts, song.performance.tracks, strict=True):
        percussion = track.channel == 9
        assert ["unpitched" in {child.tag for note in part.iter("note") for child in note}] == [percussion]
        if not percussion and len(song.keys) == 1:
            assert {fifths.text for fifths in part.iter("fifths")} == {signature}
    assert root.findtext("part/measure/attributes/time/beats") == str(song.meters[0].meter.numerator)


@needs("midi2ly", "lilypond")
@pytest.mark.parametrize("genre", GENRES)
def test_midi2ly_reads_the_names(genre: str, tmp_path: Path) -> None:
    song = song_of(genre)
    (tmp_path / "song.mid").write_bytes(midi_bytes(song))
    subprocess.run(["midi2ly", "-o", "song.ly", "song.mid"], cwd=tmp_path, check=True, capture_output=True, timeout=60)
    text = (tmp_path / "song.ly").read_text(encoding="utf-8")
    for name in (fold_ascii(song.title), *(track.name for track in song.tracks)):
        assert f'instrumentName = "{name}"' in text
    for section in song.sections:
        assert f"[MARKER] {section.name}" in text


@needs("midicsv", "midicsv")
def test_midicsv_reads_pick_up_keys_meters_words_and_folded_names(tmp_path: Path) -> None:
    song = travelled()
    _, tracks = read_rows(midi_bytes(song), tmp_path)
    half = song.sections[1].start
    conductor, flute, answer = tracks[1], tracks[2], tracks[3]
    # Sevenths of a bar click by the eighth: 12 MIDI clocks.
    assert of_kind(conductor, "Time_signature") == [
        (0, ("1", "2", "24", "8")), (480, ("4", "2", "24", "8")), (half, ("7", "3", "12", "8")),
    ]  # fmt: skip
    for rows in tracks.values():
        assert of_kind(rows, "Key_signature") == [(0, ("-2", "major")), (half, ("1", "minor"))]
        assert of_kind(rows, "End_track")[0][0] == song.end
    assert of_kind(conductor, "Title_t") == [(0, ("Etude No 1",))]
    assert of_kind(conductor, "Marker_t") == [(0, ("Verse - 'One'",)), (half, ("Coda",))]
    assert [of_kind(rows, "Title_t") for rows in (flute, answer)] == [[(0, ("Flute",))], [(0, ("Flute 2",))]]
    assert of_kind(flute, "Lyric_t") == [(n.onset, (fold_ascii(n.lyric),)) for n in song.tracks[0].notes if n.lyric]
    tempos = of_kind(conductor, "Tempo")
    assert tempos[0] == (0, ("625000",)) and tempos[-1] == (half + 1680, ("1000000",))
    assert len(tempos) == 2 + 1680 // 60


@needs("mscore3", "musescore3")
def test_musescore_shows_a_pick_up_keys_meters_and_words(tmp_path: Path) -> None:
    song = travelled()
    root = opened_by_musescore(midi_bytes(song), tmp_path)
    flute, answer = root.findall("part")
    for part in (flute, answer):
        assert [fifths.text for fifths in part.iter("fifths")] == ["-2", "1"]
        # A first bar shorter than its followers is taken for the pick-up that it is.
        first = part.find("measure")
        assert first is not None and first.attrib.items() >= {"number": "0", "implicit": "yes"}.items()
        assert sum(int(note.findtext("duration", "0")) for note in first.iter("note")) == int(
            first.findtext("attributes/divisions", "0")
        )
        meters = [f"{t.findtext('beats')}/{t.findtext('beat-type')}" for t in part.iter("time")]
        assert meters == ["4/4", "7/8"]
    assert [lyric.findtext("text") for lyric in flute.iter("lyric")] == [
        fold_ascii(n.lyric) for n in song.tracks[0].notes if n.lyric
    ]
    assert not list(answer.iter("lyric"))
    assert [struck(part) for part in (flute, answer)] == [len(track.notes) for track in straight(song).tracks]


@needs("mscore3", "musescore3")
def test_words_keep_to_notes_that_are_played_late(tmp_path: Path) -> None:
    song = travelled()
    (page, *_) = straight(song).tracks
    late = tuple(
        PlayedNote(n.onset + 9 + i % 3, n.duration - 30, n.number, n.velocity) for i, n in enumerate(page.notes)
    )
    song = replace(song, performance=Performance((replace(page, notes=late),)))
    (flute,) = opened_by_musescore(midi_bytes(song), tmp_path).findall("part")
    assert [lyric.findtext("text") for lyric in flute.iter("lyric")] == [
        fold_ascii(n.lyric) for n in song.tracks[0].notes if n.lyric
    ]
