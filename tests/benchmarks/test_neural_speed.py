"""The benchmark of speed: the melody net's steps in batches, tables, machines without a GPU."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from partimento.benchmarks.neural import speed
from partimento.composer.neural.melody_module import Config, MelodyModule


def _tiny() -> MelodyModule:
    return MelodyModule(Config(inner=8, hidden=8, layers=1, head=8, dropout=0.0))


def test_steps_are_counted_in_songs() -> None:
    assert speed.rate(_tiny(), "cpu", 2, 3) > 0


def test_the_processor_is_measured_at_its_usual_and_at_its_best(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int]] = []

    def rate(module: MelodyModule, device: str, lines: int, notes: int) -> float:
        asked.append((device, lines))
        return float(lines)

    monkeypatch.setattr(speed, "rate", rate)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "a GPU")
    found = speed.batches(_tiny(), "cuda", 256)
    assert asked == [("cpu", speed.USUAL), ("cpu", 256), ("cuda", 256)]
    text = speed.batches_report(found)
    assert "| a GPU, 256 lines | 256.0 | 32 (1) |" in text and "| CPU, 256 lines | 256.00 | 32.0 |" in text


@pytest.mark.skipif(torch.cuda.is_available(), reason="it is about machines without a CUDA device")
def test_without_a_gpu_it_is_said_in_a_line() -> None:
    with pytest.raises(SystemExit, match="no CUDA device here"):
        speed.batches(_tiny(), "cuda", 256)


def test_songs_are_told_as_ratios_beside_the_rules() -> None:
    one = {"warm_s": 0.1, "worst_s": 0.2, "cold_s": 0.5, "cold_mb": 60.0}
    other = {"warm_s": 1.5, "worst_s": 2.5, "cold_s": 2.0, "cold_mb": 400.0}
    row: dict[str, Any] = {"genre": "pop", "rules": one, "hybrid": other, "again_s": 0.25, "nets": 9}
    text = speed.report({"engine": "hybrid", "machine": "here", "songs": [row]})
    assert "| pop | 0.10 | 1.50 | 2.50 | 15 | 0.250 | 0.50 | 2.00 | 4.0 | 60 | 400 | 9 |" in text
