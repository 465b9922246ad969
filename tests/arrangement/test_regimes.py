"""Regimes: ensembles with tempi of their own narrow a style, by tempo or by draw."""

from __future__ import annotations

import pytest

from partimento.arrangement.regimes import regimes_of, settle_regime
from partimento.arrangement.style import Tempo, load_style
from partimento.arrangement.style_check import check_style
from partimento.score.stream import Stream
from partimento.theory.errors import StyleError


def test_a_style_without_regimes_stays_as_it_is() -> None:
    pop = load_style("pop")
    assert regimes_of(pop) == () and settle_regime(pop, 100.0, Stream(1, "x")) is pop


@pytest.mark.parametrize(
    ("tempo", "kit"), [(60.0, "drums"), (98.0, "drums"), (126.0, "trap drums"), (180.0, "trap drums")]
)
def test_a_tempo_takes_the_nearest_regime(tempo: float, kit: str) -> None:
    style = settle_regime(load_style("hip-hop"), tempo, Stream(1, "x"))
    assert [p.id for p in style.parts if p.role == "drums"] == [kit]
    assert {e.tempo for e in style.ensembles} == {style.tempo}
    check_style(style)


def test_both_regimes_are_drawn_and_bring_their_swing() -> None:
    drawn = [settle_regime(load_style("hip-hop"), None, Stream(seed, "x")) for seed in range(40)]
    ratios = {style.tempo.low: style.swing.ratio for style in drawn}
    assert set(ratios) == {80, 130} and ratios[80] > 1.2 and ratios[130] == 1.0


def test_overlapping_regimes_are_a_fault() -> None:
    style = load_style("hip-hop")
    wide = style.ensembles[0].model_copy(update={"tempo": Tempo(low=90, high=135, usual=(95, 130))})
    with pytest.raises(StyleError, match="overlap"):
        check_style(style.model_copy(update={"ensembles": (wide, *style.ensembles[1:])}))
