"""The drums model's benchmark on made takes whose figures are known."""

from __future__ import annotations

import numpy as np
import pytest

from partimento.benchmarks.neural.drums import baseline_nats, measure, per_step, step_shares, strokes, table
from partimento.composer.neural.drums import CLASSES, DrumsConfig, DrumsModule, place_codes, style_code
from partimento.composer.neural.drums_data import Take


def take(split: str, velocities: tuple[float, float], late: float = 0.0, bars: int = 4, style: str = "rock") -> Take:
    """A kick on one, a snare on three, of these velocities."""
    hits, velocity, delay = (np.zeros((16 * bars, len(CLASSES)), dtype=np.float32) for _ in range(3))
    for bar in range(bars):
        for piece, level in enumerate(velocities):
            at = 16 * bar + 8 * piece
            hits[at, piece], velocity[at, piece], delay[at, piece] = 1.0, level, late
    codes = place_codes(16 * bars, 4, style_code(style)).numpy()
    return Take("t", split, style, False, 4, 125.0, codes, hits, velocity, delay, delay + 5.0)


def test_step_means_are_those_of_place_and_piece() -> None:
    training = [take("train", (60.0, 100.0)), take("train", (80.0, 110.0)), take("train", (10.0, 10.0), style="jazz")]
    held = [take("validation", (0.0, 0.0), bars=10)]
    assert per_step([*training, *training], held, "velocity", np.mean).tolist() == [70.0, 105.0] * 10
    few = [take("train", (60.0, 100.0)), take("train", (90.0, 130.0), style="jazz", bars=8)]
    assert per_step(few, held, "velocity", np.mean).tolist() == [80.0, 120.0] * 10
    assert per_step(few, held, "velocity", np.median).tolist() == [90.0, 130.0] * 10


def test_late_strokes_count_as_the_latest() -> None:
    assert strokes([take("train", (60.0, 70.0), late=500.0)], "delay")[0].tolist() == [120.0] * 8
    assert strokes([take("train", (60.0, 70.0))], "velocity")[1][:2].tolist() == [[1, 0, 0], [1, 14, 1]]


def test_a_groove_that_was_learned_surprises_nobody() -> None:
    shares = step_shares([take("train", (60.0, 100.0), bars=200)])
    known = take("validation", (60.0, 100.0), bars=20)
    assert baseline_nats(shares, known)[0] < 2.0
    other = take("validation", (60.0, 100.0), bars=20)
    other.hits[:] = np.roll(other.hits, 4, axis=0)
    alone, repeated = baseline_nats(shares, other)
    assert alone > 100.0 and repeated < 0.2 * alone


def test_all_is_measured_by_style_and_in_all() -> None:
    module = DrumsModule(DrumsConfig(width=4, feel=3, groove=5)).eval()
    held = [take("validation", (72.0, 95.0), 8.0), take("validation", (72.0, 95.0), style="jazz")]
    found = [take("train", (60.0, 100.0), bars=12), *held]
    figures = measure(found, module)
    assert list(figures) == ["all", "rock", "jazz"]
    assert figures["all"]["velocity"]["flat"] == pytest.approx(11.5) and figures["rock"]["delay"]["flat"] == 8.0
    assert figures["jazz"]["delay"]["flat"] == 0.0 and figures["all"]["offset"]["flat"] == pytest.approx(9.0)
    assert figures["all"]["velocity"]["step means"] == pytest.approx(8.5)
    assert figures["all"]["sd"]["velocity"]["human"] == pytest.approx(11.5)
    assert figures["all"]["strokes"] == 16 and figures["all"]["steps"] == 128
    assert table(figures).count("| rock |") == 2
