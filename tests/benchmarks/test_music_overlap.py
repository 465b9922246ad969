"""Overlap, divergence and discriminator between sets whose likeness is known."""

from __future__ import annotations

import math
import random
from collections import Counter

import numpy as np
import pytest

from partimento.benchmarks.music import run
from partimento.benchmarks.music.discriminator import Described, auc, discriminate, is_judge
from partimento.benchmarks.music.features import NAMES
from partimento.benchmarks.music.overlap import COMPARED, divergence, mean_overlap, overlap, overlaps
from partimento.benchmarks.music.report import figure, spreads, table


def normal(mean: float, spread: float, count: int = 400) -> np.ndarray:
    return np.random.default_rng(7).normal(mean, spread, count)


def rows(seed: int, count: int, shift: float = 0.0) -> list[dict[str, float]]:
    rng = random.Random(seed)
    return [{n: rng.gauss(shift if n == COMPARED[0] else 0.0, 1.0) for n in NAMES} for _ in range(count)]


def test_overlap_of_equal_distant_and_shifted_sets() -> None:
    assert overlap(normal(0, 1), normal(0, 1)) == pytest.approx(1.0, abs=1e-6)
    assert overlap(normal(0, 1), normal(100, 1)) < 0.001
    # Two unit normals a distance d apart share 2 Phi(-d/2): 0.617 at d = 1, a little more when smoothed.
    assert overlap(normal(0, 1), normal(1, 1)) == pytest.approx(0.617, abs=0.05)


def test_a_set_without_variety_overlaps_little() -> None:
    assert overlap(normal(0, 1), np.zeros(50)) < 0.35
    assert divergence(normal(0, 1), np.zeros(50)) > 0.5


def test_too_few_values_are_no_comparison() -> None:
    assert math.isnan(overlap(normal(0, 1), np.zeros(4)))
    assert mean_overlap({"a": math.nan, "b": 0.5}) == 0.5


def test_divergence_grows_with_distance() -> None:
    near, far = divergence(normal(0, 1), normal(0.5, 1)), divergence(normal(0, 1), normal(2, 1))
    assert 0 < near < far


def test_performance_features_do_not_enter_the_mean() -> None:
    shared = overlaps(rows(1, 60), rows(2, 60))
    assert set(shared) == set(COMPARED) and "melody_velocity_sd" not in shared
    assert mean_overlap(shared) > 0.8


def test_auc_is_the_chance_of_ranking_right() -> None:
    assert auc(np.array([3.0, 2.0, 1.0, 0.0]), np.array([1, 1, 0, 0])) == 1.0
    assert auc(np.array([1.0, 1.0]), np.array([1, 0])) == 0.5


def described(seed: int, count: int, shift: float = 0.0, words: int = 40) -> list[Described]:
    """Rows of features with bags of tokens drawn from the first `words` numbers."""
    rng = random.Random(seed)
    bags = [{"step": dict(Counter(rng.randrange(words) for _ in range(30)))} for _ in range(count)]
    return [Described(values, bag) for values, bag in zip(rows(seed, count, shift), bags, strict=True)]


def test_discriminator_tells_sets_apart_only_when_they_differ() -> None:
    assert discriminate(described(1, 60), described(2, 60)) == pytest.approx(0.5, abs=0.2)
    assert discriminate(described(1, 60), described(2, 60, shift=3.0)) > 0.9


def test_tokens_tell_what_features_do_not() -> None:
    one, other = described(1, 60), described(2, 60, words=20)
    assert discriminate(one, other) > 0.9
    assert discriminate(one, other, tokens=False) == pytest.approx(0.5, abs=0.2)


def test_a_view_that_one_set_lacks_does_not_give_it_away() -> None:
    without = [row._replace(bags={}) for row in described(2, 60)]
    assert discriminate(described(1, 60), without) == discriminate(described(1, 60), without, tokens=False)


def test_a_judge_hears_moved_notes_and_nothing_between_people() -> None:
    assert is_judge(0.45, 0.96)
    assert not is_judge(0.56, 0.96) and not is_judge(0.41, 0.96) and not is_judge(0.5, 0.94)


def test_missing_values_do_not_give_a_set_away() -> None:
    other = described(2, 60)
    for row in other[:20]:
        row.values[COMPARED[1]] = math.nan
    for row in other:
        row.values[COMPARED[2]] = math.nan
    assert discriminate(described(1, 60), other) == pytest.approx(0.5, abs=0.2)


def test_spreads_and_tables() -> None:
    found = spreads([{n: float(i) for n in NAMES} for i in range(11)])[NAMES[0]]
    assert (found.p10, found.mean, found.p90, found.size) == (1.0, 5.0, 9.0, 11)
    assert found.holds(9.0) and not found.holds(9.1)
    assert table(("a", "b"), [("x", figure(math.nan))]) == "| a | b |\n|---|---:|\n| x | – |\n"


def test_sets_are_compared_over_several_splits() -> None:
    found = run.compare(described(1, 40), described(2, 40, shift=3.0), seed=5, splits=2)
    assert found["auc_low"] <= found["auc"] <= found["auc_high"] and found["auc"] > 0.9
    assert found["auc_features"] > 0.9 and 0 < found["overlap"] < 1
    few = run.compare(described(1, 10), described(2, 10), seed=5)
    assert math.isnan(few["auc"]) and math.isnan(few["auc_features"]) and not math.isnan(few["overlap"])


@pytest.mark.parametrize(
    ("people", "moved", "said"),
    [(0.5, 0.97, "it may judge"), (0.57, 0.97, "no judge"), (0.5, 0.9, "no judge"), (math.nan, 0.9, "Too few")],
)
def test_whether_the_discriminator_may_judge_is_said(people: float, moved: float, said: str) -> None:
    rows_ = {run.PEOPLE: people, run.MOVED: moved}
    text = run.verdict({name: {"auc": a, "auc_low": a, "auc_high": a} for name, a in rows_.items()})
    assert said in text


def test_an_engine_is_set_beside_the_rules() -> None:
    sets = {engine: rows(seed, 30) for seed, engine in enumerate(("human", "rules", "hybrid"))}
    shared = {engine: overlaps(sets["human"], sets[engine]) for engine in ("rules", "hybrid")}
    own = {engine: spreads(found) for engine, found in sets.items()}
    text = run.rules_table(own["rules"], own["hybrid"], own["human"], shared, "hybrid")
    gain = shared["hybrid"][COMPARED[0]] - shared["rules"][COMPARED[0]]
    assert text.count("\n| `") == len(COMPARED) and f"{gain:+.2f} |" in text
    assert run.named("pop", "rules") == "pop" and run.named("pop", "hybrid") == "pop_hybrid"
