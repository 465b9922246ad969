"""Music that stays at home: bands, loops, blues and drones have one key unless another one lasts."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace

import pytest

from partimento.composer.compose import compose
from partimento.score.as_piece import piece_of
from partimento.score.brief import Brief
from partimento.theory.analysis.analyse import analyse
from partimento.theory.analysis.home_keys import is_band
from partimento.theory.analysis.piece import Piece, Tone, Voice
from partimento.theory.key import Key
from partimento.theory.pitch import Pitch
from partimento.theory.roman import chord_of
from tests.theory.small_pieces import piece


def band(numerals: str, keys: tuple[str, ...], times: int) -> Piece:
    """Bass, chords and a tune of roots, a bar a numeral, `times` round in each of `keys`."""
    chords = [chord_of(name, Key.parse(key)) for key in keys for _ in range(times) for name in numerals.split()]
    bass = " ".join(f"{chord.root.name}2:4" for chord in chords)
    tune = " ".join(f"{chord.tones[i % 2].name}5:2" for chord in chords for i in (1, 2))
    music = piece(bass, tune)
    comp = [
        Tone(1920 * bar + 480 * beat, 480, Pitch.parse(f"{tone.name}4"), 1)
        for bar, chord in enumerate(chords)
        for beat in range(4)
        for tone in chord.tones
    ]
    lead = [tone._replace(voice=2 if tone.voice else 0) for tone in music.tones]
    tones = sorted([*lead, *comp], key=lambda tone: (tone.onset, tone.pitch.midi, tone.voice))
    return replace(music, tones=tuple(tones), voices=(Voice("Bass"), Voice("Piano", False), Voice("Voice")), melody=2)


def test_what_is_a_band() -> None:
    music = band("I V vi IV", ("C",), 2)
    assert is_band(music)
    assert not is_band(replace(music, voices=tuple(Voice(v.name) for v in music.voices)))
    assert not is_band(piece("C3 D3", "C4 D4", "E4 F4", "G4 A4"))


@pytest.mark.parametrize(
    ("numerals", "key", "loop"),
    [("I V vi IV", "D", ("I", "V", "vi", "IV")), ("i VI VII i", "E minor", ("i", "VI", "VII"))],
)
def test_a_loop_has_one_key_and_its_numerals(numerals: str, key: str, loop: tuple[str, ...]) -> None:
    found = analyse(band(numerals, (key,), 6))
    assert (found.pattern, found.loop) == ("loop", loop)
    assert [row.key for row in found.keys] == [Key.parse(key)] and found.key == Key.parse(key)


def test_a_key_that_lasts_is_told() -> None:
    found = analyse(band("I IV V I", ("C", "D"), 4))
    assert [str(row.key) for row in found.keys] == ["C major", "D major"]
    assert found.keys[1].start == 16 * 1920
    assert {row.numeral for row in found.chords} == {"I", "IV", "V"}


def test_a_written_church_mode_is_believed_where_the_tones_keep_to_it() -> None:
    tune = " ".join(["E4:2 B4 D5 E5 B4 A4 F#4 D4 E4 B4 C#5 D5 A4 F#4 D4"] * 4)
    music = piece("E3:64", tune)
    dorian = replace(music, keys=((0, Key.parse("E dorian")),))
    found = analyse(dorian)
    assert str(found.key) == "E dorian" and {str(row.key) for row in found.keys} == {"E dorian"}
    flat = replace(music, keys=((0, Key.parse("E phrygian")),))
    assert analyse(flat).key.mode != "phrygian"


@pytest.mark.parametrize("genre", ["blues", "pop", "reggae", "country"])
def test_our_songs_keep_their_key_and_chords(genre: str) -> None:
    song = compose(Brief(genre=genre, seed=3, bars=24))
    found = analyse(piece_of(song))
    assert found.key.tonic.number == song.keys[0].key.tonic.number
    starts = {row.start: row.chord for row in found.chords if row.chord is not None}
    own = {row.onset: row.chord for row in song.chords if row.onset in starts}
    alike = sum(starts[tick].root.number == chord.root.number for tick, chord in own.items())
    assert alike >= 0.75 * len(own) and len(own) >= 6
    if genre == "blues":
        assert found.pattern == "blues"
        assert sum(row.numeral.startswith("I7") or row.numeral == "I" for row in found.chords) >= 2


@pytest.mark.parametrize("numerals", ["I7 IV7 I7 V7", "I7 IV7 V7", "I7 IV7 I7 I7 IV7 IV7 I7 I7 V7 IV7 I7 V7"])
@pytest.mark.parametrize("as_band", [True, False])
def test_sevenths_of_a_blues_rest_on_one_and_four(numerals: str, as_band: bool) -> None:
    music = band(numerals, ("C",), 1)
    if not as_band:
        chords = [tone._replace(voice=0) for tone in music.tones if tone.voice < 2]
        music = replace(
            music,
            tones=tuple(sorted(chords, key=lambda tone: (tone.onset, tone.pitch.midi))),
            voices=(Voice("Piano", False),),
            melody=None,
        )
    found = analyse(music)
    assert found.key == Key.parse("C") and found.pattern == "blues"
    starts = [row.start for row in found.chords]
    bars = [found.chords[bisect_right(starts, bar.start) - 1].numeral for bar in music.bars]
    assert " ".join(bars) == numerals


def test_dominants_in_a_chain_are_no_blues() -> None:
    found = analyse(band("V7/V V7 I I V7/IV IV V7 I", ("C",), 3))
    assert found.key == Key.parse("C") and found.pattern != "blues"
    assert "V7/IV" in {row.numeral for row in found.chords}


@pytest.mark.parametrize("written", ["D", None])
def test_what_opens_and_closes_on_its_final_is_in_its_mode(written: str | None) -> None:
    music = band("I I bVII IV I I bVII I", ("A",), 3)
    found = analyse(replace(music, keys=((0, Key.parse(written)),) if written else ()))
    assert str(found.key) in ("A mixolydian", "A major")
    assert {"I", "IV", "bVII"} >= {row.numeral for row in found.chords} or found.key.mode == "mixolydian"


def test_a_minor_key_that_is_written_is_meant() -> None:
    music = band("VI III VII i", ("A minor",), 4)
    told = analyse(replace(music, keys=((0, Key.parse("A minor")),)))
    assert told.key == Key.parse("A minor") and told.loop == ("VI", "III", "VII", "i")
    belied = analyse(replace(music, keys=((0, Key.parse("Eb minor")),)))
    assert belied.key.tonic.number in (0, 5, 9)
