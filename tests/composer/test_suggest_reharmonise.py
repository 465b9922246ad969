"""Charts reharmonised: they read back, keep to the melody, and move with the key."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.composer.chorale_text import line_of_text
from partimento.composer.reharmonise import Melody, fits_melody, places, reharmonised, substitutes
from partimento.composer.reharmonise_tune import harmonise_tune, lead_sheet_song
from partimento.score.song import Song
from partimento.teaching.harmony_words import chord_words, reason
from partimento.theory.chord import Chord, parse_progression
from partimento.theory.errors import BriefError
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.roman import chord_of

C, FOUR = Key.parse("C"), Meter(4, 4)
TUNE = "E4 F4 G4 E4 | D4 D4 C4:2^ | E4 F4 G4 A4 | G4 F4 E4:2^ | G4 A4 G4 F4 | E4 D4 C4:2"

bars = st.lists(
    st.lists(st.sampled_from(("I", "Imaj7", "ii7", "iii7", "IV", "V7", "vi", "V7/ii", "V")), min_size=1, max_size=2),
    min_size=2,
    max_size=8,
)


def chart(numerals: list[list[str]], key: Key) -> tuple[tuple[Chord | None, ...], ...]:
    return tuple(tuple(chord_of(numeral, key) for numeral in bar) for bar in numerals)


def sound(chord: Chord) -> tuple[int, str, int]:
    """A chord however it is spelled: B7 is written for Cb7."""
    return chord.root.number, chord.quality, chord.bass_tone.number


@settings(max_examples=25)
@given(bars, st.integers(-4, 5))
def test_charts_read_back_and_move_with_the_key(numerals: list[list[str]], fifths: int) -> None:
    away = Key(C.tonic.up(fifths))
    here = reharmonised(chart(numerals, C), C, FOUR, charts=4)
    there = reharmonised(chart(numerals, away), away, FOUR, charts=4)
    for one, other in zip(here, there, strict=True):
        assert parse_progression(one.text) == one.bars
        moved = [[sound(chord.up(fifths)) for chord in bar if chord] for bar in one.bars]
        assert moved == [[sound(chord) for chord in bar if chord] for bar in other.bars]
        assert one.changes and all(change.daring <= one.daring for _, change in one.changes)
        assert all(reason(change.rule, change.values) for _, change in one.changes)
        assert one.bars[-1][-1] == chart(numerals, C)[-1][-1]


@settings(max_examples=20)
@given(bars, st.lists(st.sampled_from((60, 62, 64, 65, 67, 69, 71, 72)), min_size=32, max_size=32))
def test_what_stands_in_anothers_place_fits_the_melody(numerals: list[list[str]], tones: list[int]) -> None:
    melody: Melody = [(480 * k, 480, tone) for k, tone in enumerate(tones)]
    for place in places(chart(numerals, C), FOUR):
        for one in substitutes(place, C, melody):
            length = place.duration // len(one.chords)
            for k, chord in enumerate(one.chords):
                start = place.start + k * length
                assert fits_melody(chord, C, melody, start, start + length)
    for one_chart in reharmonised(chart(numerals, C), C, FOUR, melody, 4):
        for place, change in one_chart.changes:
            assert fits_melody(
                change.chords[0], C, melody, place.start, place.start + place.duration // len(change.chords)
            )


def test_coltrane_changes_stand_where_they_belong() -> None:
    found = reharmonised(parse_progression("Dm7 | G7 | Cmaj7 | Cmaj7"), C, FOUR, charts=4)
    assert found[-1].text == "Dm7 Eb7 | Abmaj7 B7 | Emaj7 G7 | Cmaj7"


@pytest.mark.parametrize(
    ("text", "bar", "rule", "wanted"),
    [
        ("Dm7 | G7 | C", 1, "tritone-substitute", "Db7"),
        ("C | G7 | C", 1, "related-two", "Dm7 G7"),
        ("C | D7 | G7", 1, "diminished-for-dominant", "F#dim7"),
        ("C | Dm7 | G7", 0, "passing-diminished", "C C#dim7"),
        ("F | G7 | C", 1, "backdoor", "Bb7"),
        ("F | G7 | C", 1, "backdoor-two", "Fm7 Bb7"),
        ("C | F | G", 1, "mixture", "Fm6"),
        ("C | F | C", 1, "tonic-pedal", "F/C"),
        ("C | F | Am", 1, "two-five-into", "Bm7b5 E7"),
        ("C | Am | F", 1, "same-function", "Cmaj7"),
        ("C | F | Am", 1, "applied-dominant", "F E7"),
        ("Cm7 | F7 | Bb", 1, "tritone-substitute", "B7"),
        ("C7 | F7 | C7", 1, "raised-fourth", "F7 F#dim7"),
        ("C7 | G7", 0, "applied-dominant", "C7 D7"),
    ],
)
def test_the_usual_substitutes_are_offered(text: str, bar: int, rule: str, wanted: str) -> None:
    place = places(parse_progression(text), FOUR)[bar]
    offered = {(one.rule, " ".join(chord.name for chord in one.chords)) for one in substitutes(place, C)}
    assert (rule, wanted) in offered


def test_charts_keep_their_beginning_and_their_resolutions() -> None:
    text = "Cm7 | F7 | Bbmaj7 | Ebmaj7 | Am7b5 | D7 | Gm | Gm"
    for one in reharmonised(parse_progression(text), Key.parse("G minor"), FOUR, charts=4):
        names = [bar[-1].name for bar in one.bars if bar[-1]]
        assert names[0] == "Cm7" and names[2] == "Bbmaj7"
    blues = "C7 | F7 | C7 | C7 | F7 | F7 | C7 | C7 | G7 | F7 | C7 | G7"
    found = reharmonised(parse_progression(blues), C, FOUR, charts=4)
    assert [one.bars[0][0].name for one in found if one.bars[0][0]] == ["C7"] * len(found)
    assert "F7 F#dim7" in found[0].text


def test_a_jazz_tune_has_its_twos_and_three_beats_are_shared_as_two_and_one() -> None:
    line = line_of_text("G4:2 B4 | D5:2 D5 | C5:2 A4 | G4:3", Meter(3, 4), Key.parse("G"))
    sheets = harmonise_tune(line, "jazz", 4)
    assert any(choice.numeral.startswith("ii") for choice in sheets[0].choices)
    assert all(
        choice.end - choice.start >= 480 and choice.start % 480 == 0 for sheet in sheets for choice in sheet.choices
    )


def test_a_leading_tone_has_its_dominant() -> None:
    line = line_of_text("A4 C5 E5 C5 | B4 G#4 A4 E4 | A4 E4 A4 G#4 | A4:4", FOUR, Key.parse("A minor"))
    for style in ("folk", "jazz", "pop"):
        (sheet,) = harmonise_tune(line, style)
        for choice in sheet.choices:
            over = [n for n in line.notes if n.pitch.midi % 12 == 8 and choice.start <= n.onset < choice.end]
            assert not over or 8 in choice.chord.numbers


def test_charts_without_chords_and_numbers_out_of_range_are_refused() -> None:
    with pytest.raises(BriefError, match="no chord"):
        reharmonised(parse_progression("N.C. | N.C."), C, FOUR)
    with pytest.raises(BriefError, match="129 bars"):
        reharmonised(parse_progression("C | " * 128 + "C"), C, FOUR)
    with pytest.raises(BriefError, match="1 to 4"):
        reharmonised(parse_progression("C | G"), C, FOUR, charts=5)


@pytest.mark.parametrize("style", ["jazz", "pop", "blues", "classical", "salsa"])
def test_a_tune_has_chords_in_every_genre_each_with_its_reason(style: str) -> None:
    found = harmonise_tune(line_of_text(TUNE, FOUR, C), style, 3)
    names = [tuple(choice.chord.name for choice in one.choices) for one in found]
    assert len(set(names)) == len(found) >= 2
    for one in found:
        assert one.choices[0].start == 0 and one.choices[-1].end == one.line.bars[-1].end
        for before, after in zip(one.choices, one.choices[1:], strict=False):
            assert before.end == after.start
        for choice in one.choices:
            assert chord_of(choice.numeral, choice.key) == choice.chord
            assert chord_words(choice.function, choice.melody, choice.rule, choice.values)
        song = lead_sheet_song(one)
        assert Song.from_json(song.to_json()) == song


def test_too_many_versions_are_refused() -> None:
    with pytest.raises(BriefError, match="1 to 5"):
        harmonise_tune(line_of_text(TUNE, FOUR, C), "jazz", 6)
