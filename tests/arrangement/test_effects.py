"""Where risers, sweeps, impacts and vinyl noise lie: by form, band and style; most genres have none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.arrangement.effects import effects_of
from partimento.arrangement.style import Style, load_style, style_names
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.mix import EFFECT_KINDS
from partimento.score.song import Section, Song, Track
from tests.arrangement.conftest import SongMaker

BAR = 1920
LEVELS = {"riser": -16.0, "sweep": -20.0, "impact": -15.0}
MACHINE = (Track("bass", "bass", "synth bass"), Track("drums", "drums", "808 kit"))
BAND = (Track("bass", "bass", "bass guitar"), Track("drums", "drums", "drums"))
ELECTRONIC_OR_SO = {"house", "hip-hop", "lo-fi", "pop", "cinematic"}


@pytest.fixture
def style(trial: Style) -> Style:
    return trial.model_copy(update={"mix": trial.mix.model_copy(update={"effects": LEVELS})})


def shaped(song: Song, *kinds: tuple[str, int, float], tracks: tuple[Track, ...] = MACHINE, seed: int = 1) -> Song:
    """The song with sections of (kind, bars, energy)."""
    sections: list[Section] = []
    at = 0
    for kind, bars, energy in kinds:
        sections.append(replace(song.sections[0], kind=kind, start=at, length=bars * BAR, energy=energy))
        at += bars * BAR
    return replace(song, sections=tuple(sections), tracks=tracks, brief=replace(song.brief, seed=seed))


def test_a_build_is_marked(make_song: SongMaker, style: Style) -> None:
    song = shaped(make_song(), ("groove", 8, 0.5), ("build", 8, 0.6), ("drop", 8, 0.85), ("drop", 8, 0.9))
    told = [(e.kind, e.onset // BAR, e.duration // BAR, e.gain_db) for e in effects_of(song, style)]
    assert told == [("riser", 12, 4, -16.0), ("impact", 16, 2, -15.0), ("sweep", 16, 2, -20.0)]


def test_a_riser_stops_before_the_breath_and_is_no_longer_than_its_build(make_song: SongMaker, style: Style) -> None:
    song = shaped(make_song(), ("motif", 4, 0.3), ("build", 2, 0.7), ("breath", 1, 0.1), ("climax", 8, 0.95))
    riser, impact = (next(e for e in effects_of(song, style) if e.kind == kind) for kind in ("riser", "impact"))
    assert (riser.onset, riser.duration) == (4 * BAR, 2 * BAR)
    assert impact.onset == 7 * BAR


def test_a_band_without_machines_has_but_the_summits_blow(make_song: SongMaker, style: Style) -> None:
    form = (("motif", 8, 0.3), ("build", 4, 0.7), ("climax", 8, 0.95))
    assert [e.kind for e in effects_of(shaped(make_song(), *form, tracks=BAND), style)] == ["impact"]
    low = (("motif", 8, 0.3), ("build", 4, 0.55), ("theme", 8, 0.75))
    assert effects_of(shaped(make_song(), *low, tracks=BAND), style) == ()


def test_without_builds_the_greatest_lift_alone_and_not_always(make_song: SongMaker, style: Style) -> None:
    form = (("verse", 8, 0.4), ("chorus", 8, 0.7), ("verse", 8, 0.42), ("chorus", 8, 0.9), ("outro", 4, 0.3))
    told = [effects_of(shaped(make_song(), *form, seed=seed), style) for seed in range(40)]
    marked = [rows for rows in told if rows]
    assert 10 <= len(marked) <= 30
    for rows in marked:
        assert [(e.kind, e.onset // BAR) for e in rows] == [("riser", 22), ("impact", 24), ("sweep", 24)]


def test_no_lift_no_effect(make_song: SongMaker, style: Style) -> None:
    flat = shaped(make_song(), ("A", 8, 0.7), ("A", 8, 0.75), ("B", 8, 0.8))
    assert effects_of(flat, style) == ()


def test_vinyl_lies_under_all_but_808s(make_song: SongMaker, trial: Style) -> None:
    style = trial.model_copy(update={"mix": trial.mix.model_copy(update={"effects": {"vinyl noise": -32.0}})})
    song = shaped(make_song(), ("A", 8, 0.4), ("B", 8, 0.5))
    (vinyl,) = effects_of(song, style)
    assert (vinyl.kind, vinyl.onset, vinyl.gain_db) == ("vinyl noise", 0, -32.0)
    assert song.end <= vinyl.duration <= song.end + 2 * BAR
    assert effects_of(replace(song, tracks=(Track("bass", "bass", "808 bass"),)), style) == ()


@given(
    st.lists(
        st.tuples(st.sampled_from(["build", "breath", "drop", "verse"]), st.integers(1, 9), st.floats(0, 1)), max_size=7
    )
)
def test_whatever_the_form_they_lie_inside_it(rows: list[tuple[str, int, float]]) -> None:
    song = _house()
    style = load_style("house")
    sections: list[Section] = []
    at = 0
    for kind, bars, energy in rows:
        sections.append(replace(song.sections[0], kind=kind, start=at, length=bars * BAR, energy=energy))
        at += bars * BAR
    starts = {section.start for section in sections}
    for effect in effects_of(replace(song, sections=tuple(sections)), style):
        assert effect.kind in EFFECT_KINDS and effect.duration > 0
        assert effect.onset >= 0 and effect.onset + effect.duration <= at
        assert (effect.onset + effect.duration if effect.kind == "riser" else effect.onset) in starts


_SONGS: list[Song] = []


def _house() -> Song:
    if not _SONGS:
        _SONGS.append(compose(Brief(genre="house", seed=2)))
    return _SONGS[0]


def test_a_composed_house_track_has_its_riser_into_the_drop() -> None:
    song = _house()
    drops = {s.start for a, s in zip(song.sections, song.sections[1:], strict=False) if a.kind == "build"}
    risers = [e for e in song.mix.effects if e.kind == "riser"]
    assert drops and {e.onset + e.duration for e in risers} == drops


def test_most_genres_have_none() -> None:
    for name in style_names():
        if name not in ELECTRONIC_OR_SO:
            assert not load_style(name).mix.effects, name
