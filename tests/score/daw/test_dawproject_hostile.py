"""Damaged and hostile DAWprojects: one clear line, in bounded time and memory."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.score.daw import dawproject_open, dawproject_walk
from partimento.score.daw.dawproject import write_dawproject
from partimento.score.daw.dawproject_read import read_dawproject
from partimento.theory.errors import ScoreFormatError
from tests.score.daw.dawproject_texts import clip, clips, note, project, zipped
from tests.score.small_song import small_song


def _refused(data: bytes | Path) -> str:
    with pytest.raises(ScoreFormatError) as caught:
        read_dawproject(data, "song.dawproject")
    line = str(caught.value)
    assert line.startswith("song.dawproject") and "\n" not in line and len(line) < 250
    return line


def _good() -> bytes:
    file = BytesIO()
    write_dawproject(small_song(), file)
    return file.getvalue()


GOOD = _good()


def test_no_archive() -> None:
    assert "not a zip archive" in _refused(b"")
    assert "not a zip archive" in _refused(b"MThd" + bytes(50))
    assert "cut off" in _refused(GOOD[: len(GOOD) // 2])


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    assert "No such file" in _refused(tmp_path / "gone")
    assert "Is a directory" in _refused(tmp_path)


def test_an_archive_of_something_else() -> None:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("score.xml", "<a/>")
    assert "no project.xml" in _refused(file.getvalue())
    assert "holds a <Score>, no <Project>" in _refused(zipped("<Score/>"))


@pytest.mark.parametrize("name", ["../../evil.wav", "/etc/passwd", "..\\evil.wav", "C:\\x.wav"])
def test_paths_that_lead_out(name: str) -> None:
    assert "leads out of the archive" in _refused(zipped(project(""), **{name: b""}))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_projects_in_one() -> None:
    assert "two files named 'project.xml'" in _refused(zipped(project(""), **{"project.xml": b"<Project/>"}))


def test_a_bomb_is_not_unpacked() -> None:
    assert "unpacks to more than 20000000 bytes" in _refused(zipped(b" " * (dawproject_open.MOST_XML + 1)))


def test_a_list_of_files_that_lies_about_its_size() -> None:
    at = GOOD.rfind(b"PK\x05\x06")
    huge = GOOD[: at + 12] + (1 << 31).to_bytes(4, "little") + GOOD[at + 16 :]
    assert "lists its files in 2147483648 bytes" in _refused(huge)
    large = b"PK\x06\x06" + bytes(36) + (1 << 40).to_bytes(8, "little") + bytes(8)
    locator = b"PK\x06\x07" + bytes(16)
    assert "lists its files in 1099511627776 bytes" in _refused(GOOD[:at] + large + locator + GOOD[at:])


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE a [<!ENTITY x "xxxx">]><Project>&x;</Project>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><Project>&x;</Project>',
    ],
)
def test_entities_are_refused(text: str) -> None:
    assert "declares" in _refused(zipped(text))


def test_depth() -> None:
    assert "deeper than" in _refused(zipped("<Project>" + "<Lanes>" * 5000 + "</Lanes>" * 5000 + "</Project>"))


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e400", "x", "", "-1e9"])
@pytest.mark.parametrize("place", ['time="0"', 'duration="1"', 'key="60"', 'vel="0.5"', 'channel="0"'])
def test_numbers_of_notes(place: str, value: str) -> None:
    name = place.partition("=")[0]
    text = '<Note time="0" duration="1" channel="0" key="60" vel="0.5"/>'.replace(place, f'{name}="{value}"')
    assert f"a Note has {name}='{value}'" in _refused(zipped(project(clips(clip('time="0" duration="4"', text)))))


@pytest.mark.parametrize("attributes", ['time="-1" duration="4"', 'time="0" duration="-4"', 'time="0" duration="nan"',
                                        'duration="4"', 'time="0" duration="4" loopStart="inf"'])  # fmt: skip
def test_numbers_of_clips(attributes: str) -> None:
    assert "a Clip has" in _refused(zipped(project(clips(clip(attributes, note(0))))))


@pytest.mark.parametrize("value", ["0", "-120", "nan", "inf", "1e-300"])
def test_tempos(value: str) -> None:
    assert "has value=" in _refused(zipped(project("").replace('value="120"', f'value="{value}"')))


def test_too_many_tracks() -> None:
    tracks = "".join(f'<Track id="x{i}"/>' for i in range(10_000))
    assert "more than 256 tracks" in _refused(zipped(project("", structure=tracks)))


def test_ids_and_references() -> None:
    assert "two elements have the id 't1'" in _refused(zipped(project("", structure='<Track id="t1"/>')))
    assert "refers to 'n', which is not there" in _refused(zipped(project(clips('<Clip time="0" reference="n"/>'))))
    stray = project(f'</Lanes><Lanes track="t9"><Notes>{note(0)}</Notes>')
    assert "refers to a track 't9', which is not there" in _refused(zipped(stray))


def test_circles_end() -> None:
    text = project('<Clips id="a"><Clip time="0" duration="4" reference="a"/></Clips>')
    assert "in a circle" in _refused(zipped(text))


def test_loops_that_never_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dawproject_walk, "MOST_STEPS", 20_000)
    tiny = clip('time="0" duration="80000" loopStart="0" loopEnd="1e-9"', note(0))
    assert "unroll to more than" in _refused(zipped(project(clips(tiny))))
    aliases = "".join(f'<Clip time="{i}" duration="9" reference="n"/>' for i in range(300))
    text = project(clips(f'<Clip time="0" duration="9"><Notes id="n">{note(0) * 100}</Notes></Clip>{aliases}'))
    assert "unroll to more than" in _refused(zipped(text))


def test_loops_in_loops_do_not_multiply(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dawproject_walk, "MOST_STEPS", 20_000)
    nested = clip('time="0" duration="1" loopStart="0" loopEnd="0.01"', note(0, 0.01))
    for _ in range(6):
        nested = f'<Clip time="0" duration="1" loopStart="0" loopEnd="0.01">{clips(nested)}</Clip>'
    draft = read_dawproject(zipped(project(clips(nested))), "song.dawproject")
    assert len(draft.parts[0].played) == 100


def test_too_many_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dawproject_walk, "MOST_NOTES", 100)
    many = clip('time="0" duration="200"', *(note(i) for i in range(101)))
    assert "more than 100 notes" in _refused(zipped(project(clips(many))))


def test_a_member_with_another_name_in_its_header() -> None:
    # The name in front of the data seems 999 bytes long, and the archive's reader would tell all of it.
    data = bytearray(zipped(" " * 50 + project(clips(clip('time="0" duration="9"', *map(note, range(500)))))))
    data[26:28] = (999).to_bytes(2, "little")
    assert "cannot be read as a DAWproject" in _refused(bytes(data))


def test_encrypted_members() -> None:
    data = bytearray(GOOD)
    for at in (data.find(b"PK\x01\x02") + 8, 6):
        data[at] |= 1
    assert "encrypted" in _refused(bytes(data))


@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6))
@settings(max_examples=150)
def test_changed_bytes_of_the_archive(changes: list[tuple[float, int]]) -> None:
    data = bytearray(GOOD)
    for place, value in changes:
        data[int(place * len(data))] = value
    try:
        read_dawproject(bytes(data), "song.dawproject")
    except ScoreFormatError as error:
        assert "\n" not in str(error)


TEXT = zipfile.ZipFile(BytesIO(GOOD)).read("project.xml")


@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.sampled_from(b'0123456789-.eE"<>/ naif')), min_size=1,
                max_size=6))  # fmt: skip
@settings(max_examples=150)
def test_changed_characters_of_the_project(changes: list[tuple[float, int]]) -> None:
    data = bytearray(TEXT)
    for place, value in changes:
        data[int(place * len(data))] = value
    try:
        read_dawproject(zipped(bytes(data)), "song.dawproject")
    except ScoreFormatError as error:
        assert "\n" not in str(error)
