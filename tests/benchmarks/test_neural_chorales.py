"""The chorale benchmark's sums on pieces small enough to reckon by hand."""

from __future__ import annotations

import gzip
import json
from dataclasses import asdict
from math import log
from pathlib import Path

import numpy as np
import pytest
import torch

from partimento.benchmarks.neural import chorales
from partimento.benchmarks.neural.chorales import averaged, baselines, measure, report
from partimento.benchmarks.neural.part_writing import faults, quarters
from partimento.composer.neural.voicing_data import PITCHES, encode
from partimento.composer.neural.voicing_module import Config, Voicing
from partimento.learning.nets.weights import save_weights
from partimento.theory.errors import ModelError, TrainingError

C, F = [72, 67, 64, 48], [72, 69, 65, 53]


def test_figures_are_averaged_in_pieces_and_then_over_them() -> None:
    short = np.array([[5.0, 1.0, 1.0, 1.0, 1.0]])
    long = np.zeros((9, 5))
    found = averaged([short, long])
    assert found["a"] == pytest.approx(0.5)
    assert found["b"] == pytest.approx(9 / 10)
    assert found["chord"] == pytest.approx(2.5)


def test_baselines_are_what_counting_gives() -> None:
    piece = encode("x", [C, C, C, F])
    found = baselines([piece], [piece])
    assert found["uniform"]["a"] == pytest.approx(log(PITCHES))
    of = 4 + PITCHES
    alto = -(3 * log(4 / of) + log(2 / of)) / 4
    assert found["unigram"]["alto"] == pytest.approx(alto)
    kept = 2 / 3
    after_g = -log((1 - kept) * (2 / of) / (1 - 4 / of))
    assert found["repeat-last"]["alto"] == pytest.approx((-log(4 / of) - 2 * log(kept) + after_g) / 4)


def test_faults_of_part_writing() -> None:
    assert faults([tuple(C), tuple(C)]) == {}
    found = faults([(72, 67, 64, 48), (74, 69, 65, 50), (69, 70, 64, 50), (69, 62, 72, 50)])
    # octaves and fifths with the bass count once; the alto over the soprano; the tenor over the alto after two leaps
    assert found == {"changes": 3, "parallels": 1, "crossings": 2, "leaps": 1}


def test_quarters_take_over_the_last_triad() -> None:
    piece = encode("x", [[-1, -1, -1, -1]] * 4 + [C] * 4 + [[72, 67, 65, 48]] * 4 + [F] * 3)
    moments, sung = quarters(piece)
    assert [(m.chord.name, m.soprano) for m in moments] == [("C", 72), ("C", 72), ("F", 72)]
    assert sung[1] == (72, 67, 65, 48)


def test_the_whole_is_measured_and_bad_input_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    data, weights = tmp_path / "data.json.gz", tmp_path / "voicing.safetensors"
    data.write_bytes(gzip.compress(json.dumps({"train": [[C] * 4 + [F] * 4], "valid": [[C] * 8 + [F] * 4]}).encode()))
    config = Config(width=8, layers=1, head=8, heads=2)
    save_weights(weights, "voicing", asdict(config), Voicing(config).state_dict())
    found = measure(data, "valid", weights)
    text = report(found)
    assert "1 chorales of the split 'valid'" in text and "| voicing net in seven keys |" in text and "| Bach |" in text
    with pytest.raises(TrainingError, match="no split 'test'"):
        measure(data, "test", weights)
    with pytest.raises(ModelError, match="no weights"):
        measure(data, "valid", tmp_path / "none.safetensors")
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as ended:
        patch.setattr("sys.argv", ["chorales", str(tmp_path / "none"), "valid", "--weights", str(weights)])
        chorales.main()
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
    torch.set_num_threads(before)
