"""Uneven meters: patterns follow the grouping that was asked for."""

from __future__ import annotations

from itertools import permutations

import pytest

from partimento.arrangement.regrouping import regrouped
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.theory.meter import Meter


@pytest.mark.parametrize("wanted", sorted(set(permutations((2, 2, 3)))))
@pytest.mark.parametrize("bar", ["X.x.x..", "1! - 5, - 1 - -", "..x...x...x.x.", "-x.x.xx"])
def test_groups_change_places_and_the_first_beat_stays(bar: str, wanted: tuple[int, ...]) -> None:
    moved = regrouped(bar, (2, 2, 3), wanted)
    before, after = (text.split() if " " in text else list(text) for text in (bar, moved))
    assert sorted(after) == sorted(before)
    assert after[0] == before[0]
    if wanted == (2, 2, 3):
        assert moved == bar


def test_what_cannot_be_cut_stays() -> None:
    assert regrouped("x..x", (3, 2), (2, 3)) == "x..x"
    assert regrouped("x.x.x..", (2, 2, 3), (3, 3, 1)) == "x.x.x.."


@pytest.mark.parametrize("genre", ["folk", "cinematic"])
@pytest.mark.parametrize("meter", ["7/8", "7/8:3+2+2", "7/8:2+3+2"])
def test_the_band_strokes_the_groups(genre: str, meter: str) -> None:
    band = ("fiddle", "harp", "double bass", "taiko", "percussion")
    song = compose(Brief(genre=genre, meter=meter, bars=32, seed=2, instruments=band))
    own = Meter.parse(meter)
    assert {change.meter for change in song.meters} == {own}
    strokes = [0] * 7
    for track in song.tracks:
        if track.role in ("bass", "drums", "percussion"):
            for note in track.notes:
                if note.onset % 240 == 0:
                    strokes[note.onset % own.bar // 240] += 1
    heads = {beat // 240 for beat in own.beats}
    others = [count for eighth, count in enumerate(strokes) if eighth not in heads]
    assert sum(strokes[eighth] for eighth in heads) / 3 > sum(others) / 4
