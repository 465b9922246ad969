"""The instrument table: names, ranges, programs."""

from __future__ import annotations

import pytest

from partimento.score.instruments import INSTRUMENTS, instrument, instrument_names
from partimento.theory.errors import BriefError


@pytest.mark.parametrize("row", INSTRUMENTS.values(), ids=lambda row: row.name)
def test_a_row_makes_sense(row: object) -> None:
    from partimento.score.instruments import Instrument

    assert isinstance(row, Instrument)
    assert 0 <= row.program <= 127
    assert 0 <= row.low <= row.sweet_low < row.sweet_high <= row.high <= 127
    assert row.hands in ("mono", "piano", "guitar", "section", "drums", "mallets")


def test_aliases_lead_to_one_instrument_and_are_found_in_any_case() -> None:
    assert instrument("Saxophone").name == instrument("SAX").name == "alto sax"
    assert instrument("drum kit").program == 0
    names = [name for name, _ in instrument_names()]
    assert len(names) == len(set(names))


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(BriefError, match="trumpet"):
        instrument("trumpett")


def test_808_and_sub_bass_are_two_and_fall_back_on_general_midi() -> None:
    assert instrument("808").name == instrument("808 bass").name == "808 bass"
    assert instrument("sub bass").name == "sub bass"
    assert instrument("808 bass").program == 39 and instrument("808 bass").hands == "mono"
    assert instrument("saw pad").family == instrument("supersaw").family == "synth"
