"""What is asked for exactly is met exactly, in every genre."""

from __future__ import annotations

import pytest

from partimento.arrangement.style import style_names
from partimento.composer.compose import compose, last_release_s
from partimento.composer.plan import make_plan
from partimento.score.brief import Brief
from partimento.theory.errors import BriefError
from partimento.theory.key import Key

GENRES = style_names()


@pytest.mark.parametrize("genre", GENRES)
@pytest.mark.parametrize("duration_s", [7.0, 15.0, 61.0])
def test_durations_that_fall_between_two_numbers_of_bars(genre: str, duration_s: float) -> None:
    for seed in (1, 3):
        song = compose(Brief(genre=genre, duration_s=duration_s, seed=seed))
        assert abs(last_release_s(song) - duration_s) <= 0.03 * duration_s


@pytest.mark.parametrize("genre", GENRES)
def test_a_song_begins_in_its_key(genre: str) -> None:
    for seed, key in enumerate(("Bb minor", "F# major", "E phrygian", "Cb major", "G mixolydian")):
        plan = make_plan(Brief(genre=genre, key=key, bars=24, seed=seed))
        assert plan.key == Key.parse(key)
        assert compose(Brief(genre=genre, key=key, bars=24, seed=seed)).keys[0].key == Key.parse(key)


@pytest.mark.parametrize("genre", GENRES)
def test_chords_for_sections_that_no_form_has_together(genre: str) -> None:
    chords = (("verse", "C#m7b5 | F#7b9 | Bm | %"), ("chorus", "Eb | Bb/D | Ab6 | Gsus4 G"))
    song = compose(Brief(genre=genre, chords=chords, seed=2))
    names = {chord.chord.name for chord in song.chords}
    assert {"C#m7b5", "F#7b9", "Eb", "Bb/D"} <= names


def test_a_missing_section_for_chords_is_named() -> None:
    with pytest.raises(BriefError, match="bridge"):
        make_plan(Brief(genre="pop", form=("verse", "chorus"), chords=(("bridge", "C | G"),)))


def test_general_names_are_sections_of_some_length() -> None:
    for genre in GENRES:
        song = compose(Brief(genre=genre, form=("verse", "chorus", "drop", "hook"), seed=1))
        bar = song.meters[0].meter.bar
        assert all(section.length >= 4 * bar for section in song.sections)


def test_dances_keep_their_pace_and_songs_may_slow() -> None:
    dances: list[bool] = []
    songs: list[bool] = []
    for seed in range(40):
        song = compose(Brief(genre="folk", bars=32, seed=seed))
        form = dict(next(d for d in song.decisions if d.rule == "form.fit").values)["form"]
        (dances if str(form).startswith(("AABB", "set", "waltz, AABB")) else songs).append(len(song.tempos) > 1)
    assert dances and not any(dances)
    assert any(songs)


def test_country_has_the_last_word() -> None:
    licks = endings = 0
    for seed in range(40):
        song = compose(Brief(genre="country", bars=24, seed=seed))
        answering = [track for track in song.tracks if track.role == "answer"]
        if song.ending.name == "last line again, then a lick" and answering:
            endings += 1
            start = song.end - 2 * song.meters[0].meter.bar
            licks += any(sum(note.onset >= start for note in track.notes) >= 2 for track in answering)
    assert endings > 5 and licks >= 0.7 * endings
