"""Files are written whole or not at all, and nothing is overwritten unasked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from partimento.score.files import output_folder, read_at_most, refuse_existing, write_whole
from partimento.theory.errors import OutputError


def everything(folder: Path) -> list[str]:
    """All that lies in a folder, hidden files too."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_file_is_written_and_not_overwritten_unasked(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "a.mid"
    assert write_whole(target, b"one") == target
    with pytest.raises(OutputError, match="there already"):
        write_whole(target, b"two")
    assert target.read_bytes() == b"one"
    write_whole(target, b"two", force=True)
    assert target.read_bytes() == b"two"
    assert everything(tmp_path) == ["deep", "deep/a.mid"]


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    with output_folder(tmp_path / "x" / "song", ("a", "b")) as folder:
        (folder / "a").write_bytes(b"1")
        assert not (tmp_path / "x" / "song").exists()
    assert everything(tmp_path) == ["x", "x/song", "x/song/a"]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, ValueError])
@pytest.mark.parametrize("there", [False, True])
def test_an_interruption_leaves_nothing(tmp_path: Path, stop: type[BaseException], there: bool) -> None:
    target = tmp_path / "x" / "song"
    if there:
        target.mkdir(parents=True)
        (target / "other").write_bytes(b"mine")
    before = everything(tmp_path)
    with pytest.raises(stop), output_folder(target, ("a",)) as folder:
        (folder / "a").write_bytes(b"1")
        raise stop
    assert everything(tmp_path) == before


def test_what_is_there_is_kept_or_with_force_replaced_as_a_set(tmp_path: Path) -> None:
    for name in ("song.mid", "mix.wav", "notes.txt"):
        (tmp_path / name).write_bytes(b"old")
    with pytest.raises(OutputError, match=r"song\.mid.*is there") as caught:
        refuse_existing(tmp_path, ("song.mid",))
    assert caught.value.remedy == "overwrite"
    with pytest.raises(OutputError), output_folder(tmp_path, ("song.mid", "mix.wav")) as folder:
        (folder / "song.mid").write_bytes(b"new")
    with output_folder(tmp_path, ("song.mid", "mix.wav"), force=True) as folder:
        (folder / "song.mid").write_bytes(b"new")
    assert everything(tmp_path) == ["notes.txt", "song.mid"]  # the sound of the older song would mislead
    assert (tmp_path / "song.mid").read_bytes() == b"new"
    assert (tmp_path / "notes.txt").read_bytes() == b"old"


def test_what_others_keep_in_a_folder_of_the_same_name_stays(tmp_path: Path) -> None:
    (tmp_path / "midi").mkdir()
    (tmp_path / "midi" / "01_bass.mid").write_bytes(b"old")
    (tmp_path / "midi" / "mine.mid").write_bytes(b"mine")
    (tmp_path / "mix.wav").mkdir()
    with output_folder(tmp_path, ("midi", "mix.wav"), force=True) as folder:
        (folder / "midi" / "more").mkdir(parents=True)
        (folder / "midi" / "01_bass.mid").write_bytes(b"new")
        (folder / "midi" / "more" / "a").write_bytes(b"new")
    assert everything(tmp_path) == ["midi", "midi/01_bass.mid", "midi/mine.mid", "midi/more", "midi/more/a", "mix.wav"]
    assert (tmp_path / "midi" / "01_bass.mid").read_bytes() == b"new"
    assert (tmp_path / "midi" / "mine.mid").read_bytes() == b"mine"


@pytest.mark.parametrize("folder_there", [False, True])
def test_no_folder_becomes_a_file_nor_the_reverse(tmp_path: Path, folder_there: bool) -> None:
    if folder_there:
        (tmp_path / "b" / "mine").mkdir(parents=True)
    else:
        (tmp_path / "b").write_bytes(b"mine")
    (tmp_path / "a").write_bytes(b"old")
    before = everything(tmp_path)
    with pytest.raises(OutputError, match=r"b' is a"), output_folder(tmp_path, ("a", "b", "c"), force=True) as folder:
        (folder / "a").write_bytes(b"new")
        if folder_there:
            (folder / "b").write_bytes(b"new")
        else:
            (folder / "b").mkdir()
    assert everything(tmp_path) == before
    assert (tmp_path / "a").read_bytes() == b"old"


def test_a_pipe_that_nobody_writes_to_is_empty(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert read_at_most(tmp_path / "pipe", 10) == b""
    (tmp_path / "file").write_bytes(b"x" * 100)
    assert read_at_most(tmp_path / "file", 10) == b"x" * 11


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    for target in (blocked, blocked / "below", Path("/proc/nothing/here"), tmp_path / ("x" * 300), Path("a\0b")):
        with pytest.raises(OutputError) as caught, output_folder(target, ("a",)):
            pass
        assert "\n" not in str(caught.value)
    with pytest.raises(OutputError):
        write_whole(tmp_path, b"")
    assert everything(tmp_path) == ["file"]
