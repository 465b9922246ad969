"""The genre of a brief that names none: it can meet what was said, and suits it."""

from __future__ import annotations

from collections import Counter

import pytest

from partimento.arrangement.style import load_style
from partimento.composer.genre_choice import genre_for, genre_weights
from partimento.composer.plan import make_plan
from partimento.composer.prompt import understand
from partimento.composer.prompt_merge import merge
from partimento.score.brief import Brief
from partimento.theory.errors import BriefError


def test_nothing_said_means_any_genre_alike() -> None:
    assert len(set(genre_weights(Brief()).values())) == 1


def test_meter_and_tempo_rule_genres_out() -> None:
    assert set(genre_weights(Brief(meter="7/8"))) == {"cinematic", "folk"}
    with pytest.raises(BriefError):
        genre_weights(Brief(meter="11/8"))
    for name, weight in genre_weights(Brief(tempo_bpm=190)).items():
        assert not weight or load_style(name).tempo.high >= 190


def test_instruments_sections_and_pace_lead_to_a_genre() -> None:
    fitting = Counter(genre_for(Brief(featured=("fiddle", "whistle"), seed=seed)) for seed in range(40))
    assert fitting["folk"] > 10
    for seed in range(20):
        assert "chorus" in load_style(genre_for(Brief(form=("verse", "chorus", "verse"), seed=seed))).sections
    ballads = Counter(genre_for(Brief(pace=0.15, seed=seed)) for seed in range(60))
    assert ballads["salsa"] + ballads["house"] <= 5


def test_a_band_without_drums_speaks_for_genres_without_a_kit() -> None:
    weights = genre_weights(Brief(instruments=("piano",)))
    assert weights["classical"] > weights["hip-hop"] and weights["folk"] > weights["house"]
    weights = genre_weights(Brief(without=("drums",)))
    assert weights["ambient"] > weights["rock"]


def test_a_genre_that_is_not_wanted_is_not_drawn() -> None:
    for words in ("anything but rock", "no rock please", "not rock"):
        found = understand(words)
        assert (found.not_genres, found.ignored) == (("rock",), ())
        plans = {make_plan(merge(found, Brief(seed=seed))).style.name for seed in range(30)}
        assert "rock" not in plans and len(plans) > 5
