"""Colours: one a role, told apart, neither too dark nor too light."""

from __future__ import annotations

from itertools import combinations

from partimento.score.daw.colours import ROLE_COLOURS, colour
from partimento.score.daw.reaper_text import peak_colour
from partimento.score.song import ROLES


def _rgb(value: int) -> tuple[int, int, int]:
    return value >> 16, value >> 8 & 255, value & 255


def test_every_role_has_a_colour_and_no_two_look_alike() -> None:
    assert set(ROLE_COLOURS) == set(ROLES)
    for one, other in combinations(ROLES, 2):
        # A cheap measure of difference (CompuPhase's "redmean", 0-765): below 60 one looks twice.
        (r, g, b), (s, h, c) = _rgb(colour(one)), _rgb(colour(other))
        mean = (r + s) / 2
        apart = (2 + mean / 256) * (r - s) ** 2 + 4 * (g - h) ** 2 + (2 + (255 - mean) / 256) * (b - c) ** 2
        assert apart**0.5 > 60, (one, other)


def test_lightness_is_middling() -> None:
    for role in ROLES:
        r, g, b = _rgb(colour(role))
        assert 90 < 0.299 * r + 0.587 * g + 0.114 * b < 190, role


def test_reaper_has_red_lowest() -> None:
    assert peak_colour(0xFF0000) == 0x10000FF
    assert peak_colour(0x0000FF) == 0x1FF0000
