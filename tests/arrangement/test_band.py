"""Who sits in the band: wishes kept exactly, contradictions refused in one line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.arrangement.band import FAMILIES, Band, choose_band, family_holds
from partimento.arrangement.style import Style
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.instruments import INSTRUMENTS, instrument
from partimento.score.stream import Stream
from partimento.theory.errors import BriefError


def _band(style: Style, instruments: tuple[str, ...] = (), without: tuple[str, ...] = (), seed: int = 1) -> Band:
    return choose_band(Brief(seed=seed, instruments=instruments, without=without), style, "song", Stream(seed, "band"))


def _seats(band: Band) -> list[tuple[str, str]]:
    return [(chair.part.role, chair.instrument.name) for chair in band.chairs]


def test_the_styles_own_band(trial: Style) -> None:
    band = _band(trial)
    assert [chair.part.id for chair in band.chairs] == [
        "lead", "riff", "comp", "second", "pad", "bass", "percussion", "drums",
    ]  # fmt: skip
    assert band.lead is not None and band.lead.instrument.name in ("alto sax", "flute")


def test_asked_instruments_are_the_band(trial: Style) -> None:
    band = _band(trial, ("guitar", "flute", "bass", "drums"))
    assert _seats(band) == [("lead", "flute"), ("riff", "electric guitar"), ("bass", "bass guitar"), ("drums", "drums")]
    band = _band(trial, ("steel guitar", "flute", "bass", "drums"))
    assert _seats(band) == [("lead", "flute"), ("comp", "steel guitar"), ("bass", "bass guitar"), ("drums", "drums")]


def test_strangers_find_a_chair_of_their_nature(trial: Style) -> None:
    band = _band(trial, ("violin", "bassoon", "oboe", "harp", "double bass", "brush kit"))
    roles = {name: role for role, name in _seats(band)}
    assert roles["violin"] == "lead" and roles["double bass"] == "bass" and roles["brush kit"] == "drums"
    assert roles["harp"] in ("comp", "pad")
    assert {roles["bassoon"], roles["oboe"]} <= {"counter", "harmony", "answer", "riff"}
    drums = _band(trial, ("flute", "taiko", "timpani", "percussion")).chairs
    assert {c.instrument.name: c.part.player for c in drums if c.part.role != "lead"} == {
        "taiko": "line", "timpani": "line", "percussion": "grid",
    }  # fmt: skip


def test_a_lone_piano_has_a_left_hand(trial: Style) -> None:
    band = _band(trial, ("piano",))
    assert _seats(band) == [("lead", "piano"), ("comp", "piano")]
    assert [chair.track for chair in band.chairs] == ["Piano, right hand", "Piano, left hand"]
    assert band.chairs[1].high < band.chairs[0].high


def test_what_is_left_out_is_nowhere(trial: Style) -> None:
    names = {name for _, name in _seats(_band(trial, without=("piano", "drums", "strings")))}
    assert not names & {"piano", "drums", "strings", "percussion"}
    assert "percussion" in {name for _, name in _seats(_band(trial, without=("piano",)))}
    assert _band(trial, without=("keys",)).chairs


def test_another_takes_the_lead(trial: Style) -> None:
    band = _band(trial, without=("alto sax", "flute"))
    assert band.lead is not None and band.lead.instrument.name in ("synth pluck", "electric guitar")


@pytest.mark.parametrize(
    ("instruments", "without", "text"),
    [
        (("piano",), ("piano",), "both asked for and left out"),
        (("guitar",), ("guitars",), "both asked for and left out"),
        (("hurdy gurdy",), (), "unknown instrument 'hurdy gurdy'"),
        ((), ("pianoo",), "unknown instrument 'pianoo' to leave out. Did you mean 'piano'?"),
        ((), ("alto sax", "flute", "keys", "guitars", "strings", "bass", "percussion", "drums", "synths"), "nothing"),
        ((), ("alto sax", "flute", "keys", "guitars", "strings", "bass", "synths"), "only drums"),
    ],
)
def test_contradictions_are_one_clear_line(
    trial: Style, instruments: tuple[str, ...], without: tuple[str, ...], text: str
) -> None:
    with pytest.raises(BriefError) as caught:
        _band(trial, instruments, without)
    assert text in str(caught.value) and "\n" not in str(caught.value)


@given(st.lists(st.sampled_from(sorted(INSTRUMENTS)), min_size=1, max_size=8), st.integers(0, 99))
def test_any_wish_is_met_exactly(trial: Style, names: list[str], seed: int) -> None:
    band = _band(trial, tuple(names), seed=seed)
    seated = [chair.instrument.name for chair in band.chairs]
    extra = list(seated)
    for name in names:
        extra.remove(name)
    assert set(extra) <= set(names) and len(extra) <= 1  # at the most the left hand of the lead
    tracks = [chair.track for chair in band.chairs]
    assert len(set(tracks)) == len(tracks)
    for chair in band.chairs:
        assert chair.instrument.low <= chair.low < chair.high <= chair.instrument.high
        assert (chair.instrument.hands == "drums") == (chair.part.player == "grid")
    if any(INSTRUMENTS[name].family not in ("drums", "percussion", "bass") for name in names):
        assert band.lead is not None


@pytest.mark.parametrize("word", ["drums", "drum kit", "Drums"])
def test_no_drums_means_no_hand_drums_unless_they_are_named(word: str) -> None:
    song = compose(Brief(genre="pop", without=(word,), bars=16, seed=3))
    assert not {"drums", "percussion"} & {track.role for track in song.tracks}
    assert any(d.rule == "notice.no-drums" for d in song.decisions)
    song = compose(Brief(genre="pop", without=(word,), instruments=("piano", "percussion"), bars=16, seed=3))
    assert "percussion" in {track.role for track in song.tracks}


@pytest.mark.parametrize("word", sorted(FAMILIES))
def test_a_family_left_out_is_nowhere(word: str) -> None:
    for genre in ("reggae", "cinematic", "jazz"):
        song = compose(Brief(genre=genre, without=(word,), bars=8, seed=5))
        assert not [t.instrument for t in song.tracks if family_holds(FAMILIES[word], instrument(t.instrument))]


def test_an_exact_name_is_that_instrument() -> None:
    for name in ("strings", "organ", "voice", "pad"):
        song = compose(Brief(genre="country", instruments=(name, "steel guitar"), bars=8, seed=1))
        assert name in {track.instrument for track in song.tracks}
    song = compose(Brief(genre="pop", instruments=("rhodes",), without=("piano",), bars=8))
    assert {track.instrument for track in song.tracks} == {"rhodes"}
