"""Drum maps: every piece sounds somewhere, keys are read back, files of the user's say what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from partimento.score.drum_maps import GENERAL_MIDI, RELATIVES, DrumMap, drum_map_names, read_drum_map
from partimento.score.song import Drum
from partimento.theory.errors import BriefError, ScoreFormatError


def test_general_midi_is_what_a_song_counts_by() -> None:
    assert read_drum_map("gm") is GENERAL_MIDI
    assert all(GENERAL_MIDI.key(drum) == drum.value for drum in Drum)
    assert [GENERAL_MIDI.mapped(key) for key in range(128)] == list(range(128))


@pytest.mark.parametrize("name", drum_map_names())
def test_a_shipped_map_says_where_it_is_published_and_reads_what_it_writes(name: str) -> None:
    drum_map = read_drum_map(name)
    assert drum_map.name == name and len(drum_map.source) > 20
    for piece, keys in drum_map.keys:
        assert [drum_map.piece_at(key) for key in keys] == [piece] * len(keys)
        assert drum_map.key(piece) == keys[0]
    known = {keys[0] for _, keys in drum_map.keys}
    assert {drum_map.key(drum) for drum in Drum} == known


def test_every_piece_has_relatives_and_none_is_its_own() -> None:
    assert set(RELATIVES) == set(Drum)
    for piece, others in RELATIVES.items():
        assert piece not in others and len(set(others)) == len(others) >= 3


def test_what_a_kit_lacks_is_played_by_its_nearest() -> None:
    kit = read_drum_map("td11")
    near = {Drum.KICK2: 36, Drum.SPLASH: 57, Drum.RIDE2: 51, Drum.TOM4: 43, Drum.CLAVES: 37, Drum.COWBELL: 53}
    assert {piece: kit.key(piece) for piece in near} == near
    assert [kit.piece_at(key) for key in (22, 40, 99)] == [Drum.HAT, Drum.SNARE, None]
    assert read_drum_map("gm1").key(Drum.SHAKER) == Drum.MARACAS.value


def test_a_piece_without_any_relative_keeps_its_general_midi_key() -> None:
    kick_alone = DrumMap("k", "", ((Drum.KICK, (24,)),))
    assert (kick_alone.key(Drum.KICK2), kick_alone.key(Drum.HAT)) == (24, 42)
    assert kick_alone.mapped(36) == 24 and kick_alone.mapped(20) == 20


def test_a_map_of_the_users(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('source = "its manual"\n[map]\nkick = 24\nhat = [60, 61]\n', encoding="utf-8")
    mine = read_drum_map(path)
    assert (mine.name, mine.source) == ("mine", "its manual")
    assert [mine.key(p) for p in (Drum.KICK, Drum.HAT, Drum.HAT_PEDAL)] == [24, 60, 60]
    assert mine.piece_at(61) is Drum.HAT


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[map]\nkik = 36\n", "'kik', which is no piece. Did you mean 'kick'"),
        ("[map]\nkick = 128\n", "gives kick the key 128: keys are whole numbers from 0 to 127"),
        ("[map]\nkick = -1\n", "the key -1"),
        ("[map]\nkick = true\n", "the key True"),
        ("[map]\nkick = [36, 'x']\n", "keys are whole numbers"),
        ("[map]\nkick = []\n", "keys are whole numbers"),
        ("kick = 36\n", "needs a table .map."),
        ("[map\n", "is no TOML"),
        ("[map]\nkick = 36\nkick = 35\n", "is no TOML"),
        ("[map]\nkick = " + 3000 * "[" + "\n", "is no TOML"),
        ("#" + 200_000 * "x", "more than 100000 bytes"),
    ],
)
def test_a_bad_map_is_one_clear_line(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScoreFormatError, match=says) as caught:
        read_drum_map(path)
    assert "\n" not in str(caught.value) and "mine.toml" in str(caught.value)


def test_names_and_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(BriefError, match="valid are gm, gm1, td11, or a TOML file of your own. Did you mean 'td11'"):
        read_drum_map("td-11")
    with pytest.raises(ScoreFormatError, match="No such file"):
        read_drum_map(tmp_path / "none.toml")
    with pytest.raises(ScoreFormatError, match="cannot be read"):
        read_drum_map("\0.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ScoreFormatError, match="is no TOML"):
        read_drum_map(tmp_path / "bytes.toml")
