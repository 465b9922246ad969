"""Somebody plays from the first bar on."""

from __future__ import annotations

import pytest

from partimento.arrangement.style import style_names
from partimento.composer.compose import compose
from partimento.score.brief import Brief


@pytest.mark.parametrize(
    ("genre", "seed"), [*((genre, 1) for genre in style_names()), ("blues", 2), ("blues", 8), ("folk", 6)]
)
def test_no_song_begins_with_silence(genre: str, seed: int) -> None:
    song = compose(Brief(genre=genre, duration_s=60.0, seed=seed))
    first = min(note.onset for track in song.tracks for note in track.notes)
    assert first < song.meters[0].meter.bar
