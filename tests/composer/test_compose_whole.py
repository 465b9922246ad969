"""Whole songs by the composer's one entry: tracks, performance, asked durations and instruments."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from partimento.arrangement.style import style_names
from partimento.composer.compose import compose, last_release_s
from partimento.score.brief import Brief
from partimento.score.timeline import Timeline
from partimento.theory.errors import BriefError


@pytest.mark.parametrize("genre", style_names())
def test_a_song_of_every_genre_has_parts_and_an_asked_duration(genre: str) -> None:
    song = compose(Brief(genre=genre, seed=5, duration_s=75))
    assert song.tracks and len(song.performance.tracks) == len(song.tracks)
    assert abs(last_release_s(song) - 75) <= 0.03 * 75
    assert song.sections[-1].end == song.end == Timeline(song).bars[-1].end


def test_tempo_and_duration_together() -> None:
    song = compose(Brief(genre="pop", seed=2, tempo_bpm=100, duration_s=47, meter="4/4"))
    assert song.tempos[0].tempo_bpm == 100
    assert abs(last_release_s(song) - 47) <= 0.03 * 47


def test_threads_make_the_same_songs_as_one() -> None:
    briefs = [Brief(genre="pop", seed=seed, duration_s=40) for seed in range(4)]
    alone = [compose(brief) for brief in briefs]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(compose, briefs)) == alone


def test_asked_instruments_make_the_band() -> None:
    song = compose(Brief(genre="pop", seed=1, bars=32, instruments=("flute", "piano")))
    assert {track.instrument for track in song.tracks} == {"flute", "piano"}


def test_nobody_left_is_refused() -> None:
    with pytest.raises(BriefError):
        compose(Brief(genre="pop", instruments=("kazoo",)))
