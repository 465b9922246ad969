"""The renderer's benchmark: which notes, baselines, tables, songs' spectrograms, speed without a GPU."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from partimento.benchmarks.renderer import baselines, drums, songs, speed, tables
from partimento.benchmarks.renderer.notes import GROUPS, Case, Heard, cases, grouped
from partimento.benchmarks.renderer.pictures import side_by_side
from partimento.benchmarks.renderer.run import MODEL, Task, Tried, chosen, summed
from partimento.benchmarks.renderer.truth import TITLES
from partimento.synth.neural.kits_data import HELD_OUT
from partimento.synth.neural.split import (
    HELD_LENGTHS,
    HELD_VELOCITIES,
    SEEN_LENGTHS,
    SEEN_VELOCITIES,
    held_out_key,
)
from partimento.synth.signal import Samples


def _edges(program: int) -> tuple[int, int]:
    return (109, 108) if program == 5 else (21, 96)


class _Rows(Heard):
    """A teacher whose notes are tones of their key."""

    def __init__(self) -> None:
        self._edges = {program: _edges(program) for program in range(128)}

    def note(
        self, case: Case, key: int | None = None, velocity: int | None = None, held_s: float | None = None
    ) -> Samples:
        key = case.key if key is None else key
        at = np.arange(round(44100 * (0.5 + (held_s or case.held_s)))) / 44100
        wave = 0.1 * (velocity or case.velocity) / 127 * np.sin(2 * np.pi * 440 * 2 ** ((key - 69) / 12) * at)
        return np.stack((wave, 0.5 * wave), axis=1).astype(np.float32)


@pytest.mark.parametrize("group", GROUPS)
def test_groups_hold_out_what_they_say(group: str) -> None:
    found = cases(120, group, _edges)
    assert len(found) == len(set(found)) == 120 and found == cases(120, group, _edges)
    assert len({case.program for case in found}) > 90 and all(case.program != 5 for case in found)
    for case in found:
        assert held_out_key(case.program, case.key, 21, 96) == (group in ("keys", "all", "beyond"))
        assert case.velocity in (HELD_VELOCITIES if group in ("velocities", "all") else SEEN_VELOCITIES)
        assert case.held_s in (HELD_LENGTHS if group in ("lengths", "all") else SEEN_LENGTHS)


def test_other_seeds_are_other_notes_and_there_may_be_fewer() -> None:
    assert cases(40, "keys", _edges, 1) != cases(40, "keys", _edges, 2)
    few = cases(10**6, "lengths", lambda program: (60, 63), programs=(0,))
    assert 0 < len(few) <= 4 * len(SEEN_VELOCITIES)


def test_a_task_is_its_programs_share() -> None:
    heard = _Rows()
    whole = chosen(heard, Task(Path(), tuple(range(128)), 64, 1, GROUPS, False, None))
    halves = [chosen(heard, Task(Path(), tuple(range(start, 128, 2)), 64, 1, GROUPS, False, None)) for start in (0, 1)]
    assert len(whole) == 64 + 5 * 16
    assert sorted(halves[0] + halves[1]) == sorted(whole) and not set(halves[0]) & set(halves[1])
    assert [case.program for case in whole] == sorted(case.program for case in whole)
    assert sum(map(len, grouped(whole, 16))) == len(whole)


CASE = Case("keys", 0, 60, 64, 0.3)


def _far(name: str) -> tuple[Samples, Samples]:
    heard = _Rows()
    own = heard.note(CASE)
    return own, baselines.BASELINES[name](heard, CASE, own)


def test_the_nearest_key_is_brought_to_the_key() -> None:
    for name in ("key ±1", "key ±3"):
        own, found = _far(name)
        count = min(len(own), len(found), 12000)
        assert np.abs(own[200:count] - found[200:count]).max() < 0.02 * np.abs(own).max()


def test_the_sine_and_the_noise_have_the_energy_of_the_note() -> None:
    for name in ("sine", "noise"):
        own, found = _far(name)
        assert np.linalg.norm(found) == pytest.approx(np.linalg.norm(own), rel=0.03)
        assert np.linalg.norm(found[:, 1]) == pytest.approx(0.5 * np.linalg.norm(found[:, 0]), rel=0.03)
        assert found.dtype == np.float32 and len(found) == len(own)
    own, found = _far("noise")
    assert abs(np.corrcoef(own[:, 0], found[:, 0])[0, 1]) < 0.2


def test_other_baselines() -> None:
    own, found = _far("silence")
    assert found.shape == own.shape and not found.any()
    own, found = _far("a block late")
    assert np.array_equal(found[64:], own[:-64]) and not found[:64].any() and len(found) == len(own)
    own, found = _far("other velocity")
    assert found == pytest.approx(own, abs=1e-6)


def _tried(group: str, program: int, name: str, value: float) -> Tried:
    case = Case(group, program, 60, 64, 0.3)
    random = np.random.default_rng([program, len(name)])
    return Tried(case, name, dict.fromkeys(TITLES, value) if name != "teacher" else {}, random.normal(size=120))


def _notes() -> dict[str, Any]:
    found = []
    for group in GROUPS:
        for program in range(0, 128, 4):
            found += [
                _tried(group, program, "teacher", 0.0),
                _tried(group, program, MODEL, program / 64),
                _tried(group, program, "oracle", 0.1),
            ]
    return summed(found) | {"font": "a.sf2", "seed": 1, "notes": 32}


def test_figures_are_summed_by_group_and_family() -> None:
    found = _notes()
    assert found["groups"]["keys"][MODEL]["log_mss"] == [32, 0.4844, 0.9688, 1.4531]
    assert found["groups"]["seen"]["oracle"]["frechet"] > 0
    assert found["families"]["sound effects"][MODEL]["log_mss"] == [2, 1.8906, 1.9062, 1.9219]
    assert found["worst"][0] == {"program": 124, "notes": 1, "log_mss": 1.9375, "sc": 1.9375}


def test_results_become_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tables.write("notes", _notes(), tmp_path)
    assert "| log-MSS, median dB | ≤ 2 | 0.97 | met |" in capsys.readouterr().out
    row = {
        "name": "pop", "seconds": 20.0, "longer_s": 0.5, "mix_correlation": 0.97, "median_correlation": 0.9,
        "least_correlation": 0.9,
        "least_stem": "Bass", "most_lufs_off": -2.0, "loudest_stem": "Bass",
        "stems": [{"name": "Bass", "correlation": 0.9, "lufs_off": -2.0}],
    }  # fmt: skip
    tables.write("songs", {"songs": [row]}, tmp_path)
    text = (tmp_path / "README.md").read_text()
    assert text.index("## Single notes") < text.index("## Whole songs")
    assert "1 of 1 songs reach 0.95; 0 of 1 stems do, 0 of 1 are within" in text and "| SC, median | ≤ 0.4 |" in text
    assert json.loads((tmp_path / "results" / "songs.json").read_text())["songs"][0]["name"] == "pop"


def test_targets_are_met_or_missed() -> None:
    assert [tables.verdict(value, 2.0) for value in (1.0, 2.0, 2.1, None)] == ["met", "met", "missed", "not measured"]
    assert [tables.verdict(value, 0.95, least=True) for value in (0.94, 0.95)] == ["missed", "met"]


def test_strokes_are_spread_over_kits() -> None:
    found = drums.strokes(100, (0, 8, 40))
    held = [stroke for stroke in found if stroke.group == drums.HELD]
    assert len(held) == 100 and len(found) == 150 and found == drums.strokes(100, (0, 8, 40))
    assert {stroke.velocity for stroke in held} == set(HELD_OUT) and {stroke.kit for stroke in held} == {0, 8, 40}
    assert not {stroke.velocity for stroke in found if stroke.group == drums.SEEN} & set(HELD_OUT)


def _heard(samples: Samples, sizes: list[int]) -> songs.Sound:
    meter, at = songs.Meter(), 0
    while at < len(samples):
        size = sizes[at % len(sizes)]
        meter.feed(samples[at : at + size])
        at += size
    return meter.sound()


def test_a_sound_is_heard_alike_in_any_chunks() -> None:
    samples = np.random.default_rng(1).normal(0, 0.1, (30000, 2)).astype(np.float32)
    whole, cut = _heard(samples, [30000]), _heard(samples, [1000, 7, 4096])
    assert whole.lufs == pytest.approx(cut.lufs, abs=0.01)
    assert whole.levels == pytest.approx(cut.levels, abs=1e-3) and whole.levels.shape[1] == 31


def test_spectrograms_are_correlated() -> None:
    random = np.random.default_rng(2)
    one = random.uniform(-50, 0, (64, 40)).astype(np.float32)
    assert songs.correlation(one, one) == pytest.approx(1.0)
    assert songs.correlation(one, one - 3) == pytest.approx(1.0, abs=0.01)
    assert abs(songs.correlation(one, random.uniform(-50, 0, (64, 40)).astype(np.float32))) < 0.1
    assert songs.correlation(one, np.full_like(one, -120)) == 0.0
    assert songs.correlation(np.full_like(one, -20), np.full_like(one, -30)) == 1.0
    # What lies below the floor is alike, and what is shorter is followed by silence.
    deep = one.copy()
    deep[one < -49] -= 100
    assert songs.correlation(np.minimum(one, 0), deep) > 0.9
    assert 0 < songs.correlation(one, one[:, :20]) < 1


def test_a_picture_is_drawn() -> None:
    levels = np.linspace(-90, 0, 64 * 30, dtype=np.float32).reshape(64, 30)
    drawn = side_by_side("a note", {"one": levels, "other": levels}, 0.01)
    assert drawn.startswith(b"\x89PNG") and len(drawn) < 100_000


@pytest.mark.skipif(torch.cuda.is_available(), reason="it is about machines without a CUDA device")
def test_without_a_gpu_it_is_said_in_a_line() -> None:
    with pytest.raises(SystemExit, match="no CUDA device here"):
        speed.main(["--device", "cuda"])


def test_without_a_font_it_is_said_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        speed.main([])
    assert "--soundfont is missing" in capsys.readouterr().err
