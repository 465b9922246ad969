"""What is set aside comes back as it was, from any place, in any thread; nothing is left behind."""

from __future__ import annotations

import errno
import mmap
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.synth.signal import Samples
from partimento.synth.spill import Spill, check_room
from partimento.theory.errors import OutputError

KINDS = ("silent", "mono", "stereo")


def stretch(kind: str, count: int, seed: int) -> Samples:
    """Silence, noise that is equal on both sides, or noise."""
    noise = np.random.RandomState(seed).standard_normal((count, 2)).astype(np.float32)
    if kind == "mono":
        noise[:, 1] = noise[:, 0]
    return noise if kind != "silent" else np.zeros((count, 2), np.float32)


@given(
    st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 90_000)), max_size=6),
    st.lists(st.tuples(st.integers(0, 300_000), st.integers(0, 300_000)), min_size=1, max_size=4),
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[tuple[str, int]], places: list[tuple[int, int]]
) -> None:
    whole = [stretch(kind, count, seed) for seed, (kind, count) in enumerate(pieces)]
    joined = np.concatenate([np.zeros((0, 2), np.float32), *whole])
    folder = tmp_path_factory.getbasetemp()
    with Spill(folder, "test") as spill:
        for part in whole:
            spill.write(part)
        assert spill.length == len(joined)
        for start, count in places:
            expected = joined[start : start + count]
            assert np.array_equal(spill.read(start, count), expected)
            sounding = spill.sounding(start, count)
            if sounding is None:
                assert not expected.any()
            else:
                assert np.array_equal(sounding, expected)


def test_silence_takes_no_room_and_one_side_half(tmp_path: Path) -> None:
    with Spill(tmp_path, "test") as spill:
        spill.write(stretch("silent", 1_000_000, 0))
        assert spill.bytes == 0 and spill.sounding(0, 1_000_000) is None
        spill.write(stretch("mono", 100_000, 1))
        assert spill.bytes == 400_000
        spill.write(stretch("stereo", 100_000, 1))
        assert spill.bytes == 1_200_000


def test_many_threads_read_at_once(tmp_path: Path) -> None:
    noise = stretch("stereo", 400_000, 3)
    with Spill(tmp_path, "test") as spill, ThreadPoolExecutor(4) as pool:
        spill.write(noise)
        starts = range(0, 400_000, 7_777)
        for start, part in zip(starts, pool.map(lambda at: spill.read(at, 30_000), starts), strict=True):
            assert np.array_equal(part, noise[start : start + 30_000])


def test_reading_without_preadv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("os.preadv")
    noise = stretch("stereo", 50_000, 4)
    with Spill(tmp_path, "test") as spill:
        spill.write(noise)
        assert np.array_equal(spill.read(10_000, 50_000), noise[10_000:])


def test_nothing_lies_in_the_folder(tmp_path: Path) -> None:
    spill = Spill(tmp_path, "test")
    spill.write(stretch("stereo", 1000, 0))
    assert list(tmp_path.iterdir()) == []
    spill.close()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def seek(self, at: int) -> int:
            return at

        def write(self, data: memoryview) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        def close(self) -> None: ...

    monkeypatch.setattr("tempfile.TemporaryFile", lambda **_: Full())
    said = pytest.raises(OutputError, match=r"'Piano'.*No space left on device.*another disk")
    with Spill(tmp_path, "'Piano'") as spill, said as caught:
        spill.write(stretch("stereo", 10, 0))
    assert str(tmp_path) in str(caught.value)


def test_an_unwritable_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "nowhere"):
        with pytest.raises(OutputError, match="cannot hold"):
            Spill(place, "test")


class Usage(NamedTuple):
    """As shutil tells it."""

    total: int
    used: int
    free: int


def test_room_is_looked_for_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_room(tmp_path, 1)
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(10**12, 0, 2 * 10**9))
    check_room(tmp_path, 10**9)
    for folder in (tmp_path, tmp_path / ".song.abc.part"):
        with pytest.raises(OutputError) as caught:
            check_room(folder, 57 * 10**9)
        assert str(caught.value) == (
            f"to render, the disk of '{tmp_path}' needs 57,050 MB free; it has 2,000 MB. "
            "Make room there, or write to another disk."
        )


@given(
    st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 90_000)), max_size=6),
    st.lists(st.integers(0, 200_000), max_size=5),
)
def test_what_lies_after_the_forgotten_stays(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[tuple[str, int]], untils: list[int]
) -> None:
    whole = [stretch(kind, count, seed) for seed, (kind, count) in enumerate(pieces)]
    joined = np.concatenate([np.zeros((0, 2), np.float32), *whole])
    with Spill(tmp_path_factory.getbasetemp(), "test") as spill:
        for part in whole:
            spill.write(part)
        for n, until in enumerate(untils, 1):
            spill.forget(until)
            latest = max(untils[:n])
            assert np.array_equal(spill.read(latest, len(joined)), joined[latest:])


@pytest.mark.skipif(not hasattr(mmap, "MADV_REMOVE"), reason="this system gives no room back")
def test_what_is_forgotten_takes_no_room(tmp_path: Path) -> None:
    with Spill(tmp_path, "test") as spill:
        spill.write(stretch("stereo", 200_000, 1))
        before = os.fstat(spill._file.fileno()).st_blocks
        spill.forget(150_000)
        assert os.fstat(spill._file.fileno()).st_blocks < 0.3 * before
