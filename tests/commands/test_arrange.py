"""`partimento arrange` from the command line: whole songs, or one line and nothing written."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import mido
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.cli import main

TUNE = [60, 62, 64, 65, 67, 67, 69, 67, 65, 64, 62, 64, 60, 62, 59, 60]


def tune_bytes(numbers: list[int]) -> bytes:
    file = mido.MidiFile()
    track = mido.MidiTrack()
    file.tracks.append(track)
    for number in numbers:
        track.append(mido.Message("note_on", note=number, velocity=90))
        track.append(mido.Message("note_off", note=number, time=480))
    out = BytesIO()
    file.save(file=out)
    return out.getvalue()


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["arrange", *words], standalone_mode=True)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_chords_of_a_tune_bear_no_sections_name(tmp_path: Path) -> None:
    tune, out = tmp_path / "tune.mid", tmp_path / "song"
    tune.write_bytes(tune_bytes(TUNE))
    words = (str(tune), "--genre", "pop", "--no-audio", "--out", str(out))
    code, _, stderr = run(*words, "--chords", "chorus: C | G")
    assert code == 2 and "chorus" in stderr and not out.exists()
    assert run(*words, "--chords", "C | F | G7 | C")[0] == 0


def test_a_song_is_written_and_not_overwritten(tmp_path: Path) -> None:
    tune, out = tmp_path / "tune.mid", tmp_path / "song"
    tune.write_bytes(tune_bytes(TUNE))
    words = (str(tune), "--genre", "pop", "--seed", "3", "--no-audio", "--out", str(out))
    code, stdout, stderr = run(*words)
    assert code == 0, stderr
    assert sorted(p.name for p in out.iterdir()) == ["song.json", "song.mid", "song.png"]
    before = (out / "song.mid").read_bytes()
    code, _, stderr = run(*words)
    assert code == 1 and "--force" in stderr
    assert (out / "song.mid").read_bytes() == before
    assert run(*words, "--force")[0] == 0
    assert (out / "song.mid").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--genre", "zydeko"), "unknown genre 'zydeko'"),
        (("--track", "5"), "no track '5'"),
        (("--key", "H minor"), "H minor"),
        (("--chords", "C | Qx"), "Qx"),
        (("--instruments", "flut"), "flut"),
    ],
)
def test_a_wrong_wish_is_one_line(words: tuple[str, ...], says: str, tmp_path: Path) -> None:
    tune = tmp_path / "tune.mid"
    tune.write_bytes(tune_bytes(TUNE))
    code, _, stderr = run(str(tune), "--no-audio", "--seed", "1", "--out", str(tmp_path / "song"), *words)
    assert code == 2 and says in stderr and len(stderr.strip().splitlines()) == 1
    assert not (tmp_path / "song").exists()


@settings(max_examples=30)
@given(st.binary(max_size=120), st.integers(0, 2))
def test_random_bytes_never_give_a_traceback(tmp_path_factory: pytest.TempPathFactory, noise: bytes, kind: int) -> None:
    folder = tmp_path_factory.mktemp("noise")
    path = folder / ("tune.mid", "tune.musicxml", "tune.mxl")[kind]
    head = (b"MThd\0\0\0\6\0\0\0\1\1\xe0MTrk", b"<?xml version='1.0'?>", b"PK\3\4")[kind]
    path.write_bytes(head + noise)
    code, _, stderr = run(str(path), "--no-audio", "--seed", "1", "--genre", "pop", "--out", str(folder / "song"))
    assert code in (0, 2) and "internal error" not in stderr
