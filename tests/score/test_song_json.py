"""song.json: the whole Song comes back, and a wrong file is told where it is wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from partimento.score.midi_write import midi_bytes
from partimento.score.mix import Compression, Delay, Effect, EqBand, Fader, Mix, Move
from partimento.score.song_json import FORMAT, song_from_json, song_to_json
from partimento.score.song_migrations import VERSION
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
        (f'"version": {VERSION}', '"version": 99', "version 99"),
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


@pytest.mark.parametrize(
    ("key", "rows", "says"),
    [
        ("tempos", [], "tempos: the first must be at tick 0"),
        ("tempos", [[480, 120.0, False]], "tempos: the first must be at tick 0"),
        ("tempos", [[0, 120.0, False], [960, 90.0, False], [480, 60.0, False]], "tempos: .* one after those before it"),
        ("tempos", [[0, 0.0, False]], r"tempos\.0: 0 quarter notes a minute are not 3.58 to 60000"),
        ("tempos", [[0, 120.0, False], [480, -1.0, False]], r"tempos\.1: -1 quarter"),
        ("meters", [], "meters: the first"),
        ("keys", [], "keys: the first"),
    ],
)
def test_maps_that_tell_no_time_are_named(key: str, rows: list[object], says: str) -> None:
    data = json.loads(song_to_json(small_song()))
    data[key] = rows
    with pytest.raises(ScoreFormatError, match=says):
        song_from_json(json.dumps(data))


def test_a_value_of_a_whole_page_is_told_in_a_short_line() -> None:
    data = json.loads(song_to_json(small_song()))
    data["mix"]["lufs"] = "a" * 5000
    with pytest.raises(ScoreFormatError, match=r"mix\.lufs: .* … .*is not a float") as caught:
        song_from_json(json.dumps(data))
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000])
def test_other_text_is_no_song(text: str) -> None:
    with pytest.raises(ScoreFormatError, match=r"not a song\.json"):
        song_from_json(text)


FULL = Mix(
    "pop", -13.5, -1.5, 4.0, 0.4, 2.5, Delay(0.5, 0.2, 300.0, 3000.0, False), 1.8, tuple(float(-k) for k in range(10)),
    (EqBand("low-pass", 9000.0),), 0.9,
    (
        Fader("Flute", -1.5, 0.25, 0.8, 0.1, 0.0, 0.3, 2.0, (EqBand("high-pass", 90.0), EqBand("peak", 3e3, 1.5, 0.8)),
              Compression(3.0, 5.0, 10.0, 90.0), True, True),
        Fader("Drums", hall=0.0), Fader("Drums/kick", compression=Compression()),
    ),
    (Move("", "gain_db", 0, 480, -1.0), Move("Flute", "low_pass_hz", 0, 0, 900.0)),
    (Effect("riser", 960, 480, -18.0),),
)  # fmt: skip


def test_the_whole_mix_comes_back_a_line_a_fader() -> None:
    song = replace(small_song(), mix=FULL)
    text = song_to_json(song)
    assert song_from_json(text) == song
    lines = text.splitlines()
    for name in ("Flute", "Drums", "Drums/kick"):
        assert len([line for line in lines if line.strip().startswith(f'{{"track": "{name}"')]) == 1
    assert '      {"track": "Drums", "hall": 0.0},' in lines


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"gain_db": -1.5', '"gian_db": -1.5', r"mix\.faders\.0\.gian_db: no such key"),
        ('"limiting_db": 4.0', '"limiting": 4.0', r"mix\.limiting: no such key"),
        ('"ratio": 3.0', '"rato": 3.0', r"compression\.rato: no such key"),
        ('"feedback": 0.2', '"feedbck": 0.2', r"mix\.delay\.feedbck: no such key"),
        ('"pan": 0.25', '"pan": 2.5', r"mix\.faders 'Flute': pan 2.5 is not -1 to 1"),
        ('"pan": 0.25', '"pan": NaN', "NaN is not a number"),
        ('"pan": 0.25', '"pan": 1e999', r"mix\.faders\.0\.pan"),
        ('"pan": 0.25', '"pan": "left"', r"mix\.faders\.0\.pan"),
        ('"pan": 0.25', '"pan": true', r"mix\.faders\.0\.pan"),
        ('"mute": true', '"mute": 1', r"mix\.faders\.0\.mute"),
        ('"lufs": -13.5', '"lufs": 3', r"mix: lufs 3 is not -40 to -5"),
        ('["high-pass", 90.0]', '["hihg-pass", 90.0]', "'hihg-pass' is none of .* Did you mean 'high-pass'"),
        ('["high-pass", 90.0]', '["high-pass", 0]', "hz 0 is not 10 to"),
        ('["high-pass", 90.0]', '["high-pass"]', r"mix\.faders\.0\.eq"),
        ('"gain_db", 0, 480, -1.0', '"gian", 0, 480, -1.0', "mix.moves 0: 'gian' is none of"),
        ('"gain_db", 0, 480, -1.0', '"gain_db", -1, 480, -1.0', "mix.moves 0: onset -1"),
        ('"riser", 960', '"rise", 960', "mix.effects 0: 'rise' is none of"),
        ('"track": "Drums/kick"', '"track": "Drums"', "'Drums': is there twice"),
        ("-8.0, -9.0]", "-8.0]", r"mix\.spectrum: 9 levels, not 10"),
        ('"ratio": 3.0', '"ratio": 0.5', "compression: ratio 0.5 is not 1 to 20"),
    ],
)
def test_a_wrong_mix_is_told_where(old: str, new: str, says: str) -> None:
    text = song_to_json(replace(small_song(), mix=FULL))
    assert text.count(old) == 1
    with pytest.raises(ScoreFormatError, match=says) as caught:
        song_from_json(text.replace(old, new))
    assert "\n" not in str(caught.value)


def test_a_file_of_version_1_is_read_and_sounds_as_it_did() -> None:
    text = (Path(__file__).parent / "data" / "song-v1.json").read_text(encoding="utf-8")
    assert json.loads(text)["version"] == 1
    song = song_from_json(text)
    # What the code that wrote the file made of the same song.
    assert sha256(midi_bytes(song)).hexdigest() == "2df3ee0a1ccff6d5c4d30c879f088ecbf28fb4bf89508636d79d6b32d41ee455"
    assert song.mix.hall_s == 1.8
    assert [(f.track, f.gain_db, f.hall) for f in song.mix.faders][:2] == [
        ("Voice 1", 0.0, 0.3),
        ("Muted Guitar", -4.0, 0.15),
    ]
    assert song_from_json(song_to_json(song)) == song


def test_a_file_of_version_3_was_composed_by_rules_and_sounds_as_it_did() -> None:
    text = (Path(__file__).parent / "data" / "song-v3.json").read_text(encoding="utf-8")
    data = json.loads(text)
    assert data["version"] == 3
    song = song_from_json(text)
    # What the code that wrote the file made of the same song.
    assert sha256(midi_bytes(song)).hexdigest() == "da9b5ede6a2d4f69d5be90c0be1f87738537e62d92be19dab66315c97960f77b"
    assert song.brief.engine == "rules" and song.brief.temperature is None and song.brief.rules.startswith("extends")
    assert song_from_json(song_to_json(song)) == song
    del data["brief"]["engine"]
    assert song_from_json(json.dumps(data)) == song


def test_text_that_no_file_can_hold_is_refused() -> None:
    text = song_to_json(small_song()).replace('"title": "', '"title": "\\ud800', 1)
    with pytest.raises(ScoreFormatError, match="surrogates") as caught:
        song_from_json(text)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400
    assert song_from_json(text.replace("\\ud800", "\\ud83c\\udfb8")).title.startswith("\U0001f3b8")


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("brief", "form"), ["A"] * 200_000, "'brief' has more than 400000 characters"),
        (("mix", "faders"), [{}] * 200_000, "'mix' has more than 400000 characters"),
        (("tracks", 0, "notes"), [[]] * 400_001, "more than 400000 notes"),
        (("tracks",), [[]] * 300_000, "tracks.0"),
        (("brief",), {f"a{i}": 1 for i in range(1_001)}, "more than 1000 keys"),
    ],
)
def test_what_is_wrong_a_million_times_is_told_once(path: tuple[str | int, ...], value: object, says: str) -> None:
    data = json.loads(song_to_json(small_song()))
    inside = data
    for step in path[:-1]:
        inside = inside[step]
    inside[path[-1]] = value
    with pytest.raises(ScoreFormatError, match=says):
        song_from_json(json.dumps(data))
