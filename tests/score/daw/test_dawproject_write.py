"""A written DAWproject: valid by the schema, its parts in order, stems where they belong."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given, settings

from partimento.score.daw.dawproject import write_dawproject
from partimento.score.daw.stem_audio import StemAudio
from partimento.score.mix import Fader, Mix
from partimento.score.performance import PlayedControl, PlayedNote
from partimento.score.song import MeterChange, Song, TempoChange
from partimento.score.timeline import Timeline
from partimento.theory.errors import OutputError
from partimento.theory.meter import Meter
from tests.score.daw.made_songs import bare_song, composed, section, songs
from tests.score.small_song import small_song

SCHEMA = "PARTIMENTO_DAWPROJECT_XSD"
# What the format asks of each element: children in this order, attributes that may not be missing.
CHILDREN = {
    "Project": ("Application", "Transport", "Structure", "Arrangement", "Scenes"),
    "Transport": ("Tempo", "TimeSignature"),
    "Structure": ("Track",),
    "Track": ("Channel", "Track"),
    "Channel": ("Devices", "Mute", "Pan", "Sends", "Volume"),
    "Arrangement": ("Lanes", "Markers", "TempoAutomation", "TimeSignatureAutomation"),
    "Clips": ("Clip",),
    "Clip": ("Clips", "Notes", "Audio"),
    "Notes": ("Note",),
    "Points": ("Target", "RealPoint"),
    "Markers": ("Marker",),
    "TempoAutomation": ("Target", "RealPoint"),
    "TimeSignatureAutomation": ("Target", "TimeSignaturePoint"),
    "Audio": ("File",),
}
REQUIRED = {
    "Project": {"version"}, "Application": {"name", "version"}, "Tempo": {"unit", "value"},
    "TimeSignature": {"numerator", "denominator"}, "Volume": {"unit"}, "Pan": {"unit"}, "Clip": {"time"},
    "Note": {"time", "duration", "channel", "key"}, "RealPoint": {"time", "value"}, "Marker": {"time", "name"},
    "TimeSignaturePoint": {"time", "numerator", "denominator"}, "File": {"path"},
    "Audio": {"channels", "sampleRate", "duration"}, "Track": {"id", "name", "contentType", "color"},
}  # fmt: skip


def _archive(song: Song, stems: tuple[StemAudio, ...] = ()) -> zipfile.ZipFile:
    file = BytesIO()
    write_dawproject(song, file, stems)
    return zipfile.ZipFile(file)


def _project(song: Song, stems: tuple[StemAudio, ...] = ()) -> Element:
    return fromstring(_archive(song, stems).read("project.xml"))


def _stem(folder: Path, track: str, name: str = "01_Flute.wav", seconds: float = 25.0) -> StemAudio:
    path = folder / name
    path.write_bytes(b"RIFF" + track.encode() * 50)
    return StemAudio(track, path, 48000, round(seconds * 48000))


def _check_shape(root: Element) -> None:
    ids = [element.get("id") for element in root.iter() if element.get("id") is not None]
    assert len(ids) == len(set(ids))
    for element in root.iter():
        tags = [child.tag for child in element]
        if element.tag == "Lanes":
            assert set(tags) <= {"Lanes", "Clips", "Points"}
        else:
            order = CHILDREN.get(element.tag, ())
            assert [order.index(tag) for tag in tags] == sorted(order.index(tag) for tag in tags), element.tag
        assert not REQUIRED.get(element.tag, set()) - set(element.attrib), element.tag
        for reference in ("track", "destination", "parameter"):
            assert element.get(reference, ids[0]) in ids
    markers = root.find("Arrangement/Markers")
    assert markers is None or len(markers)


@given(songs())
@settings(max_examples=25)
def test_order_attributes_and_references(song: Song) -> None:
    _check_shape(_project(song))


def _all(folder: Path) -> Iterator[zipfile.ZipFile]:
    song = small_song()
    yield _archive(song, (_stem(folder, "Flute"), _stem(folder, "Drums/kick", "02_kick.wav")))
    for genre in ("pop", "jazz", "salsa"):
        yield _archive(composed(genre))


def test_stems_have_the_same_shape(tmp_path: Path) -> None:
    for archive in _all(tmp_path):
        _check_shape(fromstring(archive.read("project.xml")))


def test_valid_by_the_official_schema(tmp_path: Path) -> None:
    given_path = os.environ.get(SCHEMA)
    if given_path is None or shutil.which("xmllint") is None:
        pytest.skip(
            f"no schema: get Project.xsd and MetaData.xsd of DAWproject 1.0, name their folder in {SCHEMA},"
            " and install xmllint (Debian: libxml2-utils)"
        )
    place = Path(given_path)
    folder = place if place.is_dir() else place.parent
    for number, archive in enumerate(_all(tmp_path)):
        for name, schema in (("project.xml", "Project.xsd"), ("metadata.xml", "MetaData.xsd")):
            file = tmp_path / f"{number}_{name}"
            file.write_bytes(archive.read(name))
            done = subprocess.run(
                ["xmllint", "--noout", "--nonet", "--schema", str(folder / schema), str(file)],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr


def test_the_same_song_gives_the_same_bytes(tmp_path: Path) -> None:
    stem = _stem(tmp_path, "Flute")
    first, second = BytesIO(), BytesIO()
    write_dawproject(small_song(), first, (stem,))
    os.utime(stem.path, (1, 1))
    write_dawproject(small_song(), second, (stem,))
    assert first.getvalue() == second.getvalue()


def test_sizes_stand_before_each_member(tmp_path: Path) -> None:
    archive = _archive(small_song(), (_stem(tmp_path, "Flute"),))
    assert archive.testzip() is None
    for info in archive.infolist():
        assert not info.flag_bits & 0x08, "a data descriptor: written as a stream"
    assert archive.read("audio/01_Flute.wav") == (tmp_path / "01_Flute.wav").read_bytes()


def test_stems_begin_at_bar_1_and_last_as_long_as_they_sound(tmp_path: Path) -> None:
    song = small_song()  # 100 quarters a minute, slowing from 28 to 31
    root = _project(song, (_stem(tmp_path, "Flute", seconds=Timeline(song).seconds_at(30.5 * 480)),))
    track = next(track for track in root.iter("Track") if track.get("contentType") == "audio")
    lanes = next(lanes for lanes in root.iter("Lanes") if lanes.get("track") == track.get("id"))
    outer = lanes.find("Clips/Clip")
    assert outer is not None and outer.get("time") == "0"
    assert float(outer.get("duration", "")) == pytest.approx(30.5, abs=1e-4)
    inner = outer.find("Clips/Clip")
    assert inner is not None and inner.get("contentTimeUnit") == "seconds" and inner.get("time") == "0"
    volume, pan = (track.find(f"Channel/{name}") for name in ("Volume", "Pan"))
    assert volume is not None and float(volume.get("value", "")) == 1.0
    assert pan is not None and float(pan.get("value", "")) == 0.5


def test_stems_of_one_name_stay_apart(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    stems = (_stem(tmp_path / "a", "Flute"), _stem(tmp_path / "b", "Drums"))
    archive = _archive(small_song(), stems)
    paths = [file.get("path") or "" for file in fromstring(archive.read("project.xml")).iter("File")]
    assert [archive.read(path)[4:6] for path in paths] == [b"Fl", b"Dr"]


def test_a_stem_that_is_gone_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="gone.wav.* cannot be put into the project: No such file"):
        write_dawproject(small_song(), BytesIO(), (StemAudio("Flute", tmp_path / "gone.wav", 48000, 9),))


def test_a_pipe_is_refused() -> None:
    reading, writing = os.pipe()
    with open(reading, "rb"), open(writing, "wb") as pipe, pytest.raises(OutputError, match="to a pipe"):
        write_dawproject(small_song(), pipe)


def test_a_pick_up_leaves_the_transport_in_the_main_meter() -> None:
    song = bare_song(
        ("A", "lead", (PlayedNote(0, 9, 60, 80),)), sections=(section("A", 0, 480 + 2 * 1440),),
        meters=(MeterChange(0, Meter(1, 4)), MeterChange(480, Meter(3, 4))),
    )  # fmt: skip
    root = _project(song)
    assert [(p.get("time"), p.get("numerator")) for p in root.iter("TimeSignaturePoint")] == [("0", "1"), ("1", "3")]
    assert [meter.get("numerator") for meter in root.iter("TimeSignature")] == ["3"]
    long_bar = replace(song, meters=(MeterChange(0, Meter(4, 4)), MeterChange(1920, Meter(3, 4))))
    assert [meter.get("numerator") for meter in _project(long_bar).iter("TimeSignature")] == ["4"]


def test_tempo_ramps_are_linear_and_steps_hold() -> None:
    tempos = (TempoChange(0, 120.0), TempoChange(480, 120.0, True), TempoChange(960, 87.3))
    root = _project(bare_song(("A", "lead", (PlayedNote(0, 9, 60, 80),)), tempos=tempos))
    points = root.find("Arrangement/TempoAutomation")
    assert points is not None
    assert [(p.get("time"), p.get("value"), p.get("interpolation")) for p in points.iter("RealPoint")] == [
        ("0", "120.0", "hold"), ("1", "120.0", "linear"), ("2", "87.3", "hold"),
    ]  # fmt: skip


def test_faders_follow_the_mix() -> None:
    mix = Mix(faders=(Fader("A", -6.0, -1.0, mute=True), Fader("B", 0.0, 0.5)))
    song = bare_song(("A", "lead", (PlayedNote(0, 9, 60, 80),)), ("B", "lead", (PlayedNote(0, 9, 60, 80),)), mix=mix)
    channels = [track.find("Channel") for track in _project(song).iter("Track")]
    values = [[child.get("value") for child in channel] for channel in channels if channel is not None]
    assert values == [
        ["true", "0.000000", "0.501187"], ["false", "0.750000", "1.000000"], ["false", "0.500000", "1.000000"],
    ]  # fmt: skip


def test_controllers_stand_beside_the_clips() -> None:
    controls = (PlayedControl(0, 64, 127), PlayedControl(240, -1, 0), PlayedControl(480, 64, 0))
    root = _project(bare_song(("A", "lead", (PlayedNote(0, 9, 60, 80),)), controls=controls))
    said = [
        [dict(points[0].attrib), *((p.get("time"), p.get("value")) for p in points[1:])]
        for points in root.iter("Points")
    ]  # fmt: skip
    assert said == [
        [{"expression": "pitchBend", "channel": "0"}, ("0.5", "0.500000")],
        [{"expression": "channelController", "channel": "0", "controller": "64"}, ("0", "1.000000"), ("1", "0.000000")],
    ]
