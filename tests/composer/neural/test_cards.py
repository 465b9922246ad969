"""The cards of the shipped weights say what is there: sizes, data that may be shipped, curves; all of it small."""

from __future__ import annotations

from pathlib import Path

import pytest

from partimento.composer.neural.card import LICENCES, card
from partimento.composer.neural.shipped import MODELS, weights_folder, weights_path
from partimento.learning.nets.card import read_facts
from partimento.learning.nets.weights import load_weights

MOST_BYTES = 20_000_000


def test_all_weights_together_are_small() -> None:
    assert sum(path.stat().st_size for path in weights_folder().iterdir()) <= MOST_BYTES


@pytest.mark.parametrize("model", MODELS)
def test_a_card_tells_the_truth(model: str) -> None:
    folder = weights_folder()
    facts = read_facts(folder / f"{model}.json")
    _, state = load_weights(weights_path(model), model)
    assert facts["model"] == model
    assert facts["bytes"] == weights_path(model).stat().st_size
    assert facts["parameters"] == sum(tensor.numel() for tensor in state.values())
    assert {Path(row["file"]).name for row in facts["data"]} <= set(LICENCES)
    assert all(row["licence"] for row in facts["data"])
    assert len(facts["curve"]) >= 5 and facts["curve"][-1]["loss"] < facts["curve"][0]["loss"]
    assert facts["held_out"] and facts["baselines"]
    assert (folder / f"{model}.md").read_text(encoding="utf-8") == card(facts)
    assert (folder / f"{model}.png").stat().st_size < 40_000
