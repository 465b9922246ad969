"""song.json: the whole Song comes back, and a wrong file is told where it is wrong."""

from __future__ import annotations

import json

import pytest

from partimento.score.midi_write import midi_bytes
from partimento.score.song_json import FORMAT, VERSION, song_from_json, song_to_json
from partimento.theory.errors import ScoreFormatError
from tests.score.small_song import small_song


def test_reading_back_gives_the_same_song_and_the_same_midi_bytes() -> None:
    song = small_song()
    back = song_from_json(song_to_json(song))
    assert back == song
    assert midi_bytes(back) == midi_bytes(song)
    assert song_to_json(back) == song_to_json(song)


def test_it_begins_with_format_and_version() -> None:
    data = json.loads(song_to_json(small_song()))
    assert list(data)[:2] == ["format", "version"]
    assert (data["format"], data["version"]) == (FORMAT, VERSION)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"version": 2', '"version": 99', "version 99"),
        ('"format": "partimento song"', '"format": "x"', "format"),
        ('"title"', '"titel"', "titel|title"),
        ('"Bb4"', '"H4"', "H4"),
        ('"Cm7"', '"Cq7"', "Cq7"),
        ('[0, 480, "Bb4"', '[-5, 480, "Bb4"', "onset"),
        ('"kick", 100', '"kick", 300', "velocity"),
        ('"staccato"', "[]", "note"),
    ],
)
def test_a_wrong_value_is_named(old: str, new: str, says: str) -> None:
    text = song_to_json(small_song())
    assert old in text
    with pytest.raises(ScoreFormatError, match=says):
        song_from_json(text.replace(old, new))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000])
def test_other_text_is_no_song(text: str) -> None:
    with pytest.raises(ScoreFormatError, match=r"not a song\.json"):
        song_from_json(text)
