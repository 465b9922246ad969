"""import_song: any file that can be read becomes a whole Song, known by what is in it; any other ends in one line."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest

from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.daw.dawproject import write_dawproject
from partimento.score.daw.stem_audio import StemAudio
from partimento.score.importing.importing import MOST_BYTES, import_song, kind_of, read_draft
from partimento.score.midi_write import midi_bytes
from partimento.score.notation.abc import abc
from partimento.score.notation.full_score import full_score
from partimento.score.notation.lead_sheet import lead_sheet
from partimento.score.notation.musicxml import musicxml, mxl
from partimento.score.song import Song
from partimento.score.song_json import song_from_json, song_to_json
from partimento.score.timeline import Timeline
from partimento.theory.errors import PartimentoError, ScoreFormatError
from partimento.theory.key import Key


@cache
def song() -> Song:
    return compose(Brief(genre="pop", bars=8, seed=2))


def _dawproject() -> bytes:
    out = BytesIO()
    write_dawproject(song(), out)
    return out.getvalue()


FORMATS: dict[str, Callable[[], bytes]] = {
    "midi": lambda: midi_bytes(song()),
    "musicxml": lambda: musicxml(full_score(song())),
    "mxl": lambda: mxl(musicxml(full_score(song()))),
    "abc": lambda: abc(lead_sheet(song())).encode(),
    "dawproject": _dawproject,
    "json": lambda: song_to_json(song()).encode(),
}
KINDS = {"musicxml": "xml", "mxl": "xml"}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("suffix", ["", ".bin", ".xml"])
def test_the_content_tells_the_kind(name: str, suffix: str) -> None:
    assert kind_of(FORMATS[name](), "file" + suffix) == KINDS.get(name, name)


@pytest.mark.parametrize("name", FORMATS)
def test_a_whole_song_comes_out(name: str, tmp_path: Path) -> None:
    path = tmp_path / "any.thing"
    path.write_bytes(FORMATS[name]())
    read, notices = import_song(path, "jazz")
    assert read.brief.genre == "jazz" and all(notice and "\n" not in notice for notice in notices)
    assert song_from_json(song_to_json(read)) == read
    bars = Timeline(read).bars
    assert bars[0].start == 0 and bars[-1].end == read.end == song().end
    assert str(read.keys[0].key) == str(song().keys[0].key)
    strokes = [len(t.notes) for t in read.tracks if t.role == "drums"]
    assert strokes == ([] if name == "abc" else [len(t.notes) for t in song().tracks if t.role == "drums"])


def test_roles_and_key_are_given(tmp_path: Path) -> None:
    path = tmp_path / "a.musicxml"
    path.write_bytes(FORMATS["musicxml"]())
    first = import_song(path)[0].tracks[0].name
    read, _ = import_song(path, key=Key.parse("F# dorian"), roles={first.upper(): "counter"})
    assert read.track(first).role == "counter" and str(read.keys[0].key) == "F# dorian"
    with pytest.raises(ScoreFormatError, match="no part 'Flutes'.*Parts: "):
        import_song(path, roles={"Flutes": "lead"})
    with pytest.raises(ScoreFormatError, match="unknown role 'led'. Did you mean 'lead'"):
        import_song(path, roles={first: "led"})


def test_the_second_of_a_name_can_be_spoken_of(tmp_path: Path) -> None:
    path = tmp_path / "two.abc"
    path.write_text("X:1\nK:C\nV:1 name=Horn\nV:2 name=Horn\nV:1\nc4 d4|\nV:2\nE4 F4|\n")
    read, _ = import_song(path, roles={"Horn 2": "pad"})
    assert [(t.name, t.role) for t in read.tracks][1] == ("Horn 2", "pad")


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.mid", b"", "is empty"),
        ("a.abc", b" \n ", "is empty"),
        ("a.wav", b"RIFF\0\0\0\0WAVEfmt ", "no file that can be read.*Formats: MIDI"),
        ("a.mdi", b"MXXX", "Did you mean '.midi'"),
        ("a.mid", b"MXXX", "not a MIDI file"),
        ("a.pdf", b"%PDF-1.4 K:", "no file that can be read"),
        ("a.xml", b"<html/>", "no score"),
        ("a.svg", b"<svg/>", "no score"),
        ("a.mxl", b"PK\x03\x04", "damaged"),
        ("a.dawproject", b"PK\x03\x04", "a.dawproject"),
        ("a.json", b"{}", "song.json"),
        ("a.json", b"{\xff\xfe}", "UTF-8"),
        ("a.mid", b"MThd" + b"\0" * 20_000_000, "more than 20000000 bytes"),
    ],
)
def test_what_cannot_be_read_is_told(name: str, data: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(PartimentoError, match=says) as caught:
        import_song(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ScoreFormatError, match="cannot read .*none.mid: No such file"):
        import_song(tmp_path / "none.mid")
    with pytest.raises(ScoreFormatError, match="is a folder"):
        import_song(tmp_path)
    for name in ("new\nline", "new\nline.mid"):
        with pytest.raises(ScoreFormatError, match="new line") as caught:
            import_song(tmp_path / name)
        assert "\n" not in str(caught.value)


def test_a_song_json_is_no_draft() -> None:
    with pytest.raises(ScoreFormatError, match="a Song already"):
        read_draft(FORMATS["json"](), "song.json")


def test_a_project_is_read_whatever_the_size_of_its_audio(tmp_path: Path) -> None:
    sound = tmp_path / "01_Flute.wav"
    sound.write_bytes(bytes(MOST_BYTES + 1))
    path = tmp_path / "large.dawproject"
    with path.open("w+b") as file:
        write_dawproject(song(), file, (StemAudio("Flute", sound, 48000, 480_000),))
    assert path.stat().st_size > MOST_BYTES
    assert [track.name for track in import_song(path)[0].tracks] == [track.name for track in song().tracks]
