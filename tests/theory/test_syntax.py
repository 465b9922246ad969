"""The counted successions and the cadences: tables that hold together."""

from __future__ import annotations

import pytest

from partimento.theory.roman import Numeral
from partimento.theory.syntax import cadence_of, rows, share, succession_cost


@pytest.mark.parametrize("mode", ["major", "minor"])
def test_every_row_is_of_numerals_as_they_are_printed_and_at_most_a_hundred(mode: str) -> None:
    for before, row in rows(mode).items():
        assert sum(row.values()) <= 101
        assert before not in row
        for numeral in (before, *row):
            assert str(Numeral.parse(numeral)) == numeral


@pytest.mark.parametrize("mode", ["major", "minor"])
def test_what_comes_oftener_costs_less(mode: str) -> None:
    for before, row in rows(mode).items():
        ranked = sorted(row, key=lambda after: -row[after])
        costs = [succession_cost(before, after, mode) for after in ranked]
        assert costs == sorted(costs) and costs[0] >= 0
        assert succession_cost(before, "#vi", mode) > costs[-1] or row[ranked[-1]] < 0.5


def test_a_chord_that_the_table_lacks_is_likeliest_to_stay() -> None:
    assert succession_cost("bVI6", "bVI", "major") < succession_cost("bVI6", "V", "major")
    assert share("bVI6", "V", "major") == 0


@pytest.mark.parametrize(
    ("before", "last", "degree", "minor", "kind"),
    [
        ("V7", "I", 1, False, "PAC"),
        ("V", "I", 3, False, "IAC"),
        ("V6", "I", 1, False, "IAC-inverted"),
        ("V42", "I6", 3, False, "IAC-inverted"),
        ("viio6", "I", 1, False, "viio-I"),
        ("IV", "I", 1, False, "PC"),
        ("I", "V", 2, False, "HC"),
        ("iv6", "V", 5, True, "Phrygian"),
        ("iv6", "V", 5, False, "HC"),
        ("V7", "vi", 1, False, "DC"),
        ("v", "i", 1, True, "modal"),
        ("VII6", "i", 1, True, "modal"),
        ("bVII", "I", 1, False, "modal"),
        ("VII6", "I", 1, True, ""),
        ("viio7/V", "i", 1, True, ""),
        ("V7/V", "V7", 2, False, ""),
        ("ii", "iii", 3, False, ""),
    ],
)
def test_closes_have_their_names(before: str, last: str, degree: int, minor: bool, kind: str) -> None:
    assert cadence_of(before, last, degree, minor) == kind
