"""The data maker: the same bytes each time, in whatever pieces; what is missing or damaged is made anew, or told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from partimento.score.instruments import INSTRUMENTS
from partimento.soundfonts.finding import find_soundfonts
from partimento.synth.neural import dataset_shards
from partimento.synth.neural.dataset import Notes, asked_keys, make_data, play_key
from partimento.synth.neural.dataset_shards import MANIFEST, Data, Manifest, Shard, read_manifest, write_shard
from partimento.synth.neural.split import RING_S, SEEN_LENGTHS, SEEN_VELOCITIES
from partimento.synth.neural.teacher import RATE, Teacher
from partimento.theory.errors import OutputError, RenderError, TrainingError

KEYS = (60, 61)
SOFT_AND_LOUD = (64, 110)


def loudness(notes: Notes, program: int, key: int) -> Mapping[str, NDArray[Any]]:
    """How loud each note is, instead of an analysis."""
    level = np.array([np.sqrt((sound**2).mean()) for sound in notes.values()], np.float32)
    return {"level": level, "place": np.array([program, key], np.int16)}


def font() -> Path:
    return min(find_soundfonts(), key=lambda each: each.size_bytes).path


def make(folder: Path, programs: tuple[int, ...] = (0, 48), jobs: int = 1, **options: Any) -> Manifest:
    options = {"keys": KEYS, "velocities": SOFT_AND_LOUD, "analyse": loudness, **options}
    return make_data(font(), folder, programs=programs, jobs=jobs, **options)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with programs 0 and 48."""
    folder = tmp_path_factory.mktemp("made") / "data"
    make(folder)
    return folder


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoilt."""
    return Path(shutil.copytree(made, tmp_path / "copy"))


def test_a_shard_holds_what_the_analysis_says_of_each_key(made: Path) -> None:
    data = Data(made)
    assert data.programs == (0, 48) and data.keys(48) == KEYS and data.keys(1) == ()
    shard = data.shard(48)
    assert shard["keys"].tolist() == list(KEYS) and shard["place"].tolist() == [[48, 60], [48, 61]]
    assert shard["level"].shape == (2, 4) and shard["level"].dtype == np.float32
    sound = Teacher(font()).note(48, 61, 110, SEEN_LENGTHS[1], RING_S)
    assert shard["level"][1, 3] == np.sqrt((sound**2).mean()) > 0


def test_the_manifest_says_what_was_played(made: Path) -> None:
    found = json.loads((made / MANIFEST).read_text())
    assert found["font"]["name"] == font().name and found["font"]["bytes"] == font().stat().st_size
    assert found["plan"]["velocities"] == list(SOFT_AND_LOUD) and found["plan"]["ring_s"] == RING_S
    assert found["plan"]["keys"] == list(KEYS) and found["plan"]["held_s"] == list(SEEN_LENGTHS)
    assert [row["program"] for row in found["shards"]] == [0, 48]
    assert {path.name for path in made.iterdir()} == {MANIFEST, "program_000.safetensors", "program_048.safetensors"}


def test_made_in_pieces_and_in_processes_it_is_the_same(made: Path, tmp_path: Path) -> None:
    make(tmp_path / "pieces", (48,))
    make(tmp_path / "pieces", (48, 0))
    make(tmp_path / "processes", jobs=2)
    assert contents(tmp_path / "pieces") == contents(made) == contents(tmp_path / "processes")


def test_what_is_there_is_not_made_again(copy: Path) -> None:
    def never(notes: Notes, program: int, key: int) -> Mapping[str, NDArray[Any]]:
        raise AssertionError

    lines: list[str] = []
    make(copy, analyse=never, report=lines.append)
    assert lines == ["2 of 2 programs are there"]


def test_a_run_that_ends_leaves_whole_programs_and_goes_on(made: Path, tmp_path: Path) -> None:
    def breaks(notes: Notes, program: int, key: int) -> Mapping[str, NDArray[Any]]:
        if (program, key) == (48, 61):
            raise KeyboardInterrupt
        return loudness(notes, program, key)

    with pytest.raises(KeyboardInterrupt):
        make(tmp_path / "data", analyse=breaks)
    assert Data(tmp_path / "data").programs == (0,)
    make(tmp_path / "data")
    assert contents(tmp_path / "data") == contents(made)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def alter(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(("spoil", "word"), [(cut, "damaged"), (alter, "damaged"), (Path.unlink, "missing")])
def test_a_spoilt_shard_is_told_when_read_and_made_anew(
    made: Path, copy: Path, spoil: Callable[[Path], None], word: str
) -> None:
    spoil(copy / "program_048.safetensors")
    with pytest.raises(TrainingError, match=rf"program_048\.safetensors.* is {word}"):
        Data(copy).shard(48)
    assert Data(copy).shard(0)["keys"].tolist() == list(KEYS)
    lines: list[str] = []
    make(copy, report=lines.append)
    assert "made anew" in lines[0] and contents(copy) == contents(made)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "cannot be read"),
        ("[]", "another kind or version"),
        ('{"format": "partimento-kits-data-1"}', "'partimento-kits-data-1', not partimento-renderer-data-1"),
        ('{"format": "partimento-renderer-data-1"}', "is damaged: KeyError"),
        (
            '{"format": "partimento-renderer-data-1", "shards": [3], "font": {}, "fluidsynth": "", "plan": {}}',
            "damaged",
        ),
        ('{"format": "partimento-renderer-data-1", "shards": [], "font": 1, "fluidsynth": "", "plan": {}}', "damaged"),
    ],
)
def test_a_manifest_that_is_none_is_told(copy: Path, text: str, words: str) -> None:
    (copy / MANIFEST).write_text(text)
    with pytest.raises(TrainingError, match=words):
        read_manifest(copy)
    with pytest.raises(TrainingError, match=words):
        make(copy)
    assert (copy / MANIFEST).read_text() == text


def test_folders_without_data_are_told(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="is not there"):
        Data(tmp_path / "nowhere")
    with pytest.raises(TrainingError, match="has no manifest"):
        Data(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainingError, match="is a file"):
        Data(tmp_path / "file")
    with pytest.raises(OutputError):
        make(tmp_path / "file")


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("font", "sha256"), "0", "another SoundFont"),
        (("fluidsynth",), "1.0", "FluidSynth 1.0"),
        (("plan", "analysis"), 99, "analysis is 99, not 0"),
        (("plan", "held_s"), [4.0], "held_s"),
    ],
)
def test_data_made_otherwise_are_not_mixed(copy: Path, path: tuple[str, ...], value: object, words: str) -> None:
    found = json.loads((copy / MANIFEST).read_text())
    place = found
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    (copy / MANIFEST).write_text(json.dumps(found))
    with pytest.raises(TrainingError, match=words):
        make(copy)


def test_other_velocities_or_keys_are_another_plan(copy: Path) -> None:
    with pytest.raises(TrainingError, match="velocities"):
        make(copy, velocities=(64,))
    with pytest.raises(TrainingError, match="keys"):
        make(copy, keys=(60,))


def test_a_program_that_there_is_not_is_told(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no program 128"):
        make(tmp_path, programs=(0, 128))
    with pytest.raises(TrainingError, match="nothing of program 7"):
        make(tmp_path / "data", programs=(0,))
        Data(tmp_path / "data").shard(7)


def test_fonts_that_are_none_are_told(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="cannot be read"):
        make_data(tmp_path / "no.sf2", tmp_path / "data", programs=(0,), analyse=loudness)
    (tmp_path / "bad.sf2").write_bytes(b"RIFF")
    with pytest.raises(RenderError, match=r"bad\.sf2"):
        make_data(tmp_path / "bad.sf2", tmp_path / "data", programs=(0,), jobs=1, analyse=loudness)


def test_a_key_that_does_not_sound_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note = Teacher.note

    def gappy(self: Teacher, program: int, key: int, velocity: int, held_s: float, ring_s: float) -> Any:
        return note(self, program, key, velocity, held_s, ring_s) * (key != 60 and program != 0)

    monkeypatch.setattr(Teacher, "note", gappy)
    make(tmp_path)
    assert Data(tmp_path).programs == (48,) and Data(tmp_path).keys(48) == (61,)
    assert [shard.program for shard in Data(tmp_path).manifest.shards] == [0, 48]
    lines: list[str] = []
    make(tmp_path, report=lines.append)
    assert lines == ["2 of 2 programs are there"]


def test_analyses_that_differ_by_key_are_a_mistake(tmp_path: Path) -> None:
    rows = {60: {"a": np.zeros(2)}, 61: {"a": np.zeros(2), "b": np.zeros(2)}}
    with pytest.raises(ValueError, match="same names"):
        write_shard(tmp_path, 0, rows)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_takes_no_file_is_told(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes, force: bool = False) -> Path:
        raise OutputError(f"'{path}' cannot be written: No space left on device")

    monkeypatch.setattr(dataset_shards, "write_whole", full)
    with pytest.raises(OutputError, match="No space"):
        make(tmp_path / "data")


def test_every_key_an_instrument_has_is_tried() -> None:
    for each in INSTRUMENTS.values():
        if each.hands != "drums":
            assert {each.low, each.high, 21, 108} <= set(asked_keys(each.program))


def test_notes_come_by_velocity_and_length() -> None:
    notes = play_key(Teacher(font()), 0, 60)
    assert list(notes) == [(velocity, held) for velocity in SEEN_VELOCITIES for held in SEEN_LENGTHS]
    for (_, held), sound in notes.items():
        assert abs(len(sound) / RATE - held - RING_S) < 0.01


def test_a_shard_without_keys_needs_no_file(tmp_path: Path) -> None:
    assert write_shard(tmp_path, 3, {}) == Shard(3, (), 0, "")
    assert not list(tmp_path.iterdir())
