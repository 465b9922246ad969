"""Instruments named in a prompt join the style's own band, the first that sings alone as its lead."""

from __future__ import annotations

import pytest

from partimento.arrangement.band import choose_band
from partimento.arrangement.style import load_style
from partimento.score.brief import Brief
from partimento.score.instruments import instrument
from partimento.score.stream import Stream
from partimento.theory.errors import BriefError


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("genre", ["jazz", "pop", "rock", "reggae"])
def test_a_featured_saxophone_leads_and_the_rhythm_section_stays(genre: str, seed: int) -> None:
    band = choose_band(Brief(genre=genre, featured=("saxophone",)), load_style(genre), "", Stream(seed))
    assert band.lead is not None and "sax" in band.lead.instrument.name
    roles = {chair.part.role for chair in band.chairs}
    assert {"bass", "drums"} <= roles


def test_a_featured_piano_comps_beside_the_lead_and_several_are_all_heard() -> None:
    band = choose_band(Brief(featured=("organ", "flute", "banjo")), load_style("pop"), "", Stream(1))
    names = [chair.instrument.name for chair in band.chairs]
    assert {"organ", "flute", "banjo"} <= set(names)
    assert band.lead is not None and band.lead.instrument.name == "flute"
    assert len({chair.part.id for chair in band.chairs}) == len(band.chairs)


def test_featured_and_left_out_is_a_contradiction() -> None:
    with pytest.raises(BriefError, match="both asked for and left out"):
        choose_band(Brief(featured=("flute",), without=("flute",)), load_style("pop"), "", Stream(1))


def test_registers_stay_in_range() -> None:
    for word in ("tuba", "piccolo", "violin", "harp", "double bass", "taiko"):
        for chair in choose_band(Brief(featured=(word,)), load_style("pop"), "", Stream(2)).chairs:
            played = instrument(chair.instrument.name)
            assert played.low <= chair.low < chair.high <= played.high


def test_who_was_named_plays_the_first_solo() -> None:
    from partimento.composer.compose import compose

    song = compose(Brief(genre="jazz", featured=("saxophone",), bars=56, seed=7))
    solos = [section for section in song.sections if section.lead == "solo"]
    lead = next(track for track in song.tracks if track.role == "lead")
    assert solos and "sax" in lead.instrument
    assert any(solos[0].start <= note.onset < solos[0].end for note in lead.notes)


def test_an_asked_quartet_is_the_style_s_own_quartet() -> None:
    wish = ("violin", "violin", "viola", "cello")
    band = choose_band(Brief(genre="classical", instruments=wish), load_style("classical"), "", Stream(1))
    assert [chair.part.id for chair in band.chairs] == ["violin1", "violin2", "viola", "cello"]
    assert band.chairs[-1].part.role == "bass"
