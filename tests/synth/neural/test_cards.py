"""The cards of the renderer's shipped weights say what is there: sizes, the font learned from, figures; all small."""

from __future__ import annotations

import pytest

from partimento.learning.nets.card import card, read_facts
from partimento.learning.nets.weights import MOST_BYTES, load_weights
from partimento.synth.neural.card import ABOUT
from partimento.synth.neural.shipped import MODELS, weights_path

ALL_BYTES = 20_000_000


def test_all_weights_together_are_small() -> None:
    sizes = [weights_path(model).stat().st_size for model in MODELS]
    assert max(sizes) <= MOST_BYTES and sum(sizes) <= ALL_BYTES


@pytest.mark.parametrize("model", MODELS)
def test_a_card_tells_the_truth(model: str) -> None:
    path = weights_path(model)
    facts = read_facts(path.with_suffix(".json"))
    _, state = load_weights(path, model)
    assert facts["model"] == model and facts["held_out"]
    assert facts["bytes"] == path.stat().st_size
    assert facts["parameters"] == sum(tensor.numel() for tensor in state.values())
    # What may be shipped: learned from a font whose licence lets it.
    assert [row["licence"].split()[0] for row in facts["data"]] == ["MIT"]
    assert path.with_suffix(".md").read_text(encoding="utf-8") == card(facts, ABOUT[model])
    assert "/" not in facts["command"]


def test_the_instruments_learned_what_they_were_trained_for() -> None:
    path = weights_path("instruments")
    curve = read_facts(path.with_suffix(".json"))["curve"]
    assert len(curve) >= 5 and curve[-1]["loss"] < curve[0]["loss"]
    assert path.with_suffix(".png").stat().st_size < 40_000
