"""Files are written whole or not at all, and nothing is overwritten unasked."""

from __future__ import annotations

from pathlib import Path

import pytest

from partimento.score.files import output_folder, refuse_existing, write_whole
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
