"""A Reaper project, read by a parser that is not ours: notes, controllers, places in seconds, names."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from partimento.score.daw.clips import note_clips
from partimento.score.daw.reaper import reaper_project
from partimento.score.daw.reaper_text import guid, quoted
from partimento.score.daw.stem_audio import StemAudio
from partimento.score.mix import Fader, Mix
from partimento.score.performance import PlayedControl, PlayedNote
from partimento.score.song import MeterChange, Song, TempoChange
from partimento.score.timeline import Timeline
from partimento.theory.meter import Meter
from tests.score.daw.made_songs import bare_song, composed, section, songs
from tests.score.small_song import small_song


def _parsed(song: Song, stems: tuple[StemAudio, ...] = ()) -> Any:
    rpp = pytest.importorskip("rpp", reason="the package rpp, which reads Reaper projects, is not installed")
    return rpp.loads(reaper_project(song, stems))


def _tracks(root: Any) -> dict[str, Any]:
    return {track.find("NAME")[1]: track for track in root.findall(".//TRACK")}


def _messages(item: Any) -> Iterator[tuple[int, int, int, int]]:
    """(tick from the item's start, status, first, second data byte), the mark of the end left out."""
    now = 0
    lines = [line for line in item.find(".//SOURCE") if isinstance(line, list) and line[0] == "E"]
    assert lines[-1][2:] == ["b0", "7b", "00"]
    for _, ticks, *data in lines[:-1]:
        now += int(ticks)
        status, low, high = (int(byte, 16) for byte in data)
        yield now, status, low, high


def _played(item: Any, start: int) -> list[PlayedNote]:
    notes, sounding = [], {}
    for tick, status, low, high in _messages(item):
        if status >> 4 == 9:
            assert low not in sounding
            sounding[low] = tick, high
        elif status >> 4 == 8:
            begun, velocity = sounding.pop(low)
            notes.append(PlayedNote(start + begun, tick - begun, low, velocity))
    assert not sounding
    return notes


class _Grid:
    """Reaper's own reckoning: quarters at a time, by the steps of the tempo envelope."""

    def __init__(self, root: Any) -> None:
        points = [point for point in root.find("TEMPOENVEX") if isinstance(point, list) and point[0] == "PT"]
        assert all(point[3] == "1" for point in points), "steps, not ramps"
        self.times, self.bpms = ([float(point[i]) for point in points] for i in (1, 2))
        self.ticks = [0.0]
        for i in range(1, len(points)):
            self.ticks.append(self.ticks[-1] + (self.times[i] - self.times[i - 1]) * 8 * self.bpms[i - 1])
        self.meters = [(self.ticks[i], int(p[4])) for i, p in enumerate(points) if len(p) > 4]

    def tick(self, seconds: float) -> float:
        i = bisect_right(self.times, seconds + 1e-9) - 1
        return self.ticks[i] + (seconds - self.times[i]) * 8 * self.bpms[i]


def _check(song: Song) -> None:
    root = _parsed(song)
    timeline, grid, tracks = Timeline(song), _Grid(root), _tracks(root)
    assert [(round(tick), size) for tick, size in grid.meters] == [
        (change.onset, change.meter.denominator * 65536 + change.meter.numerator) for change in song.meters
    ]
    assert all(abs(tick - round(tick)) < 0.001 for tick, _ in grid.meters), "bar lines where meters change"
    for row in song.performance.tracks:
        clips, items = note_clips(song, timeline, row, song.track(row.name).role), tracks[row.name].findall("ITEM")
        assert [item.find("NAME")[1] for item in items] == [clip.name for clip in clips]
        notes = []
        for clip, item in zip(clips, items, strict=True):
            position, length = (float(item.find(word)[1]) for word in ("POSITION", "LENGTH"))
            assert position == pytest.approx(timeline.seconds_at(clip.start), abs=1e-8)
            assert position + length >= timeline.seconds_at(clip.end) - 1e-8
            # A beat before a line may lie within a step of a ramp, where only the step's ends are exact.
            assert grid.tick(position) == pytest.approx(clip.start, abs=1.0)
            notes += _played(item, clip.start)
        assert sorted(notes) == sorted(row.notes)


@given(songs())
@settings(max_examples=25)
def test_any_song(song: Song) -> None:
    _check(song)


@pytest.mark.parametrize("genre", ["pop", "classical", "salsa"])
def test_composed_songs(genre: str) -> None:
    _check(composed(genre))


def test_regions_are_the_sections() -> None:
    root, song = _parsed(small_song()), small_song()
    seconds = Timeline(song).seconds_at
    markers = [line[1:] for line in root if isinstance(line, list) and line[0] == "MARKER"]
    assert [(m[0], float(m[1]), m[2], m[3]) for m in markers] == [
        ("1", 0.0, "Verse 1", "1"), ("1", pytest.approx(9.6), "", "1"),
        ("2", pytest.approx(9.6), "Chorus 1", "1"), ("2", pytest.approx(seconds(song.end)), "", "1"),
    ]  # fmt: skip


def test_a_part_begins_with_its_program_and_bends_by_its_range() -> None:
    item = _tracks(_parsed(small_song()))["Flute"].find("ITEM")
    assert list(_messages(item))[:14] == [
        (0, 0xB0, 0, 0), (0, 0xB0, 32, 0), (0, 0xC0, 73, 0), (0, 0xB0, 11, 120), (0, 0xB0, 91, 30),
        (0, 0xB0, 101, 0), (0, 0xB0, 100, 0), (0, 0xB0, 6, 2), (0, 0xB0, 38, 0), (0, 0xB0, 101, 127),
        (0, 0xB0, 100, 127), (0, 0xB0, 64, 127), (2, 0x90, 70, 91), (10, 0xE0, (8192 - 300) & 127, (8192 - 300) >> 7),
    ]  # fmt: skip


def test_a_foreign_bank_is_chosen_with_the_program_and_never_later() -> None:
    controls = (PlayedControl(0, 0, 8), PlayedControl(900, 0, 5))
    song = bare_song(("A", "lead", (PlayedNote(480, 480, 60, 80),)), controls=controls)
    rows = list(_messages(_tracks(_parsed(song))["A"].find("ITEM")))
    banks = [row for row in rows if row[1] == 0xB0 and row[2] in (0, 32)]
    assert banks == [(0, 0xB0, 0, 8), (0, 0xB0, 32, 0)] and rows[2][1] == 0xC0


def test_of_one_tick_offs_come_first_and_ons_last() -> None:
    notes = (PlayedNote(0, 480, 60, 80), PlayedNote(480, 480, 60, 90))
    song = bare_song(("A", "lead", notes), controls=(PlayedControl(480, 64, 127),))
    rows = list(_messages(_tracks(_parsed(song))["A"].find("ITEM")))
    assert [(status, low) for tick, status, low, _ in rows if tick == 480] == [(0x80, 60), (0xB0, 64), (0x90, 60)]


def test_what_rings_long_makes_its_item_longer() -> None:
    two = (section("A", 0, 1920), section("B", 1920, 1920))
    for ringing, end in ((50, 1920), (400, 2320)):
        notes = (PlayedNote(0, 1920 + ringing, 60, 80), PlayedNote(1920, 480, 64, 80))
        item = _tracks(_parsed(bare_song(("A", "lead", notes), sections=two)))["A"].find("ITEM")
        assert float(item.find("LENGTH")[1]) == pytest.approx(end / 960)


def test_faders_and_colours() -> None:
    mix = Mix(faders=(Fader("A", -6.0, -0.5, mute=True), Fader("B", solo=True)))
    song = bare_song(("A", "lead", (PlayedNote(0, 9, 60, 80),)), ("B", "bass", (PlayedNote(0, 9, 60, 80),)), mix=mix)
    tracks = _tracks(_parsed(song))
    assert tracks["A"].find("VOLPAN")[1:3] == ["0.501187", "-0.500000"]
    assert [tracks[name].find("MUTESOLO")[1:3] for name in "AB"] == [["1", "0"], ["0", "1"]]
    assert tracks["A"].find("REC")[1:4] == ["0", "5088", "1"]
    assert tracks["A"].find("PEAKCOL")[1] == str(0x12E57E4)  # E4572E with its bytes turned round, and set


def test_stems_lie_at_the_beginning_at_unity() -> None:
    stems = (StemAudio("Flute", Path("/x/01_Flute.wav"), 44100, 441000),)
    root = _parsed(small_song(), stems)
    track = _tracks(root)["Flute (audio)"]
    assert [track.find(word)[1] for word in ("VOLPAN", "BEAT")] == ["1.000000", "0"]
    item = track.find("ITEM")
    assert [item.find(word)[1] for word in ("POSITION", "LENGTH")] == ["0", "10"]
    assert item.find(".//FILE")[1] == "stems/01_Flute.wav"
    assert root.find("SAMPLERATE")[1] == "44100"
    alone = replace(small_song(), mix=Mix(faders=(Fader("Flute", solo=True),)))
    tracks = _tracks(_parsed(alone, stems))
    assert [tracks[name].find("MUTESOLO")[2] for name in ("Flute", "Drums", "Flute (audio)")] == ["1", "0", "1"]


def test_ramps_become_steps_that_keep_the_bar_lines() -> None:
    tempos = (TempoChange(0, 120.0, True), TempoChange(1920, 60.0))
    song = bare_song(
        ("A", "lead", (PlayedNote(0, 9, 60, 80),)), tempos=tempos, sections=(section("A", 0, 2 * 1440),),
        meters=(MeterChange(0, Meter(3, 4)), MeterChange(1440, Meter(3, 4))),
    )  # fmt: skip
    grid, timeline = _Grid(_parsed(song)), Timeline(song)
    for tick in range(0, 2881, 120):
        assert grid.tick(timeline.seconds_at(tick)) == pytest.approx(tick, abs=1e-5)
    assert all(abs(grid.tick(timeline.seconds_at(tick)) - tick) < 2 for tick in range(0, 2881, 7))


@pytest.mark.parametrize("name", ["plain", 'a "b"', "it's", "a\"b'c", "a\"b'c`d", "> <", "", "x\ny", "|x", "Ärger ♭"])
def test_names_of_all_kinds(name: str) -> None:
    song = bare_song((name, "lead", (PlayedNote(0, 9, 60, 80),)), sections=(section(name, 0, 1920),))
    track = _parsed(song).find("TRACK")
    said = " ".join(name.split())
    if '"' in name and "'" in name:
        said = said.replace("`", "'")
    assert track.find("NAME")[1] == track.find("ITEM").find("NAME")[1] == said


def test_quotation_marks() -> None:
    assert [quoted(text) for text in ("a", 'a"', "a\"'", "\"'`")] == ['"a"', "'a\"'", "`a\"'`", "`\"''`"]


def test_the_same_song_gives_the_same_text_and_ids_of_their_own() -> None:
    assert reaper_project(small_song()) == reaper_project(small_song())
    root = _parsed(composed("pop"))
    ids = [track.attrib[0] for track in root.findall(".//TRACK")]
    ids += [item.find(word)[1] for item in root.findall(".//ITEM") for word in ("IGUID", "GUID")]
    assert len(ids) == len(set(ids))
    assert guid("a", "bc") != guid("ab", "c") and len(guid("a")) == 38
