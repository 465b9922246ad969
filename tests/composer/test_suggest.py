"""What may follow a chord: laws in all keys, and the answers every player expects."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.composer.suggest import (
    Suggestion,
    find_key_of,
    named_relations,
    numeral_in,
    suggest,
    voiced_pitches,
)
from partimento.composer.suggest_relations import relations
from partimento.teaching.harmony_words import reason
from partimento.theory.chord import Chord, parse_chord
from partimento.theory.errors import BriefError
from partimento.theory.key import Key
from partimento.theory.roman import chord_of

C = Key.parse("C")
STYLES = ("jazz", "pop", "classical", "blues", "chorale", "rock", "bossa", "country")
NUMERALS = {
    "major": ("Imaj7", "ii7", "iii7", "IV", "V7", "vi", "V7/ii", "bVII7", "iv", "subV7", "I", "V", "IV7", "I7"),
    "minor": ("i", "iiø7", "III", "iv7", "V7", "VI", "VII", "viio7", "N6", "V7/iv", "i7"),
}


def chords(text: str) -> tuple[Chord, ...]:
    return tuple(parse_chord(word) for word in text.split())


@st.composite
def questions(draw: st.DrawFn) -> tuple[tuple[str, ...], str, str]:
    mode = draw(st.sampled_from(("major", "minor")))
    numerals = draw(st.lists(st.sampled_from(NUMERALS[mode]), min_size=1, max_size=5))
    return tuple(numerals), mode, draw(st.sampled_from(STYLES))


def told(one: Suggestion) -> tuple[object, ...]:
    return one.numeral, one.share, one.counted, tuple(relation.rule for relation in one.relations)


@settings(max_examples=25)
@given(questions(), st.integers(-5, 6))
def test_moving_the_question_moves_the_answer(question: tuple[tuple[str, ...], str, str], fifths: int) -> None:
    numerals, mode, style = question
    home, away = Key(C.tonic, mode), Key(C.tonic.up(fifths), mode)
    here = suggest([chord_of(n, home) for n in numerals], home, style, 12)
    there = suggest([chord_of(n, away) for n in numerals], away, style, 12)
    assert [told(one) for one in here] == [told(one) for one in there]
    assert [one.chord.up(fifths) for one in here] == [one.chord for one in there]


@settings(max_examples=25)
@given(questions())
def test_every_answer_is_ranked_worded_and_voiced(question: tuple[tuple[str, ...], str, str]) -> None:
    numerals, mode, style = question
    key = Key(C.tonic, mode)
    before = [chord_of(n, key) for n in numerals]
    found = suggest(before, key, style, 40)
    shares = [one.share for one in found]
    assert found and shares == sorted(shares, reverse=True) and 0 < sum(shares) <= 100.5
    for one in found:
        assert one.chord != before[-1]
        assert one.numeral == numeral_in(one.chord, key, style) and chord_of(one.numeral, key) == one.chord
        assert all(reason(relation.rule, relation.values) for relation in one.relations)
        sounding = {pitch.midi % 12 for pitch in one.voicing}
        assert one.voicing[0].pitch_class == one.chord.bass_tone
        assert sounding <= one.chord.numbers | {one.chord.bass_tone.number}
        assert list(one.voicing) == sorted(one.voicing) and all(36 <= pitch.midi <= 84 for pitch in one.voicing)


@pytest.mark.parametrize(
    ("before", "key", "style", "after", "rule"),
    [
        ("Dm7 G7", "C", "jazz", "Cmaj7", "two-five-one"),
        ("Dm7", "C", "jazz", "G7", "two-five"),
        ("F G", "C", "classical", "C", "dominant-home"),
        ("C7 F7", "C", "blues", "C7", "blues-home"),
        ("Fm7 Bb7", "C", "jazz", "Cmaj7", "backdoor"),
        ("C F G C F G", "C", "rock", "C", "loop-returns"),
        ("C#dim7", "C", "jazz", "Dm7", "diminished-rises"),
        ("Bm7b5 E7", "A minor", "jazz", "Am7", "two-five-one"),
    ],
)
def test_what_every_player_expects(before: str, key: str, style: str, after: str, rule: str) -> None:
    found = suggest(chords(before), Key.parse(key), style, 3)
    answer = next(one for one in found if one.chord == parse_chord(after))
    assert rule in [relation.rule for relation in answer.relations]


@pytest.mark.parametrize(
    ("before", "after", "rule", "values"),
    [
        ("G7", "Am", "deceptive", {"to": "vi"}),
        ("Dm7", "Db7", "tritone-substitute", {"for": "G7"}),
        ("Dm7 Db7", "Cmaj7", "substitute-resolves", {"target": "the tonic"}),
        ("F", "Bb7", "backdoor-prepares", {}),
        ("C", "E", "chromatic-mediant", {"tones": 1}),
        ("F", "C", "plagal", {}),
        ("Fm", "C", "minor-plagal", {}),
        ("C", "Db", "neapolitan", {}),
        ("C", "A7", "turnaround", {"to": "V7/ii"}),
        ("C", "Fm", "mixture", {"from": "C minor"}),
        ("Am Dm G", "C", "sequence", {"semitones": 5}),
        ("C", "C#dim7", "passing-diminished", {"from": "C"}),
        ("C Ebdim7", "Dm7", "diminished-falls", {"to": "Dm7"}),
        ("Dm7 G7", "Cm7", "two-five-one", {"target": "the tonic of C minor"}),
        ("Bm7b5 E7", "Am", "two-five-one", {"target": "A (vi)"}),
        ("G7sus4", "G7", "suspension-resolves", {"tone": "B"}),
        ("Am F", "Am", "goes-back", {"to": "Am"}),
        ("C C/B", "Am", "bass-goes-on", {"way": "down", "tone": "A"}),
        ("Dm E7", "Amaj7", "dominant-resolves", {"target": "A"}),
    ],
)
def test_steps_are_called_by_their_names(before: str, after: str, rule: str, values: dict[str, object]) -> None:
    found = {relation.rule: dict(relation.values) for relation in relations(chords(before), parse_chord(after), C)}
    assert found[rule] == values


@pytest.mark.parametrize(
    ("before", "after", "style", "never"),
    [
        ("Dm7 G7", "Cmaj7", "jazz", {"dominant-home", "fifths-fall"}),  # said by the ii-V-I
        ("Cmaj7 Ebdim7", "Dm7", "jazz", {"tonic-predominant"}),  # the passing chord is no tonic
        ("C", "Am", "pop", {"turnaround"}),
        ("Cm7", "F7", "jazz", {"mixture"}),  # A natural is not C minor's
        ("C7 F7", "C7", "blues", {"predominant-dominant"}),  # I7 rests
        ("C7", "C", "blues", {"dominant-home"}),
        ("Fm", "Cm", "jazz", {"minor-plagal"}),
    ],
)
def test_no_reason_is_false_or_said_twice(before: str, after: str, style: str, never: set[str]) -> None:
    found = {relation.rule for relation in named_relations(chords(before), parse_chord(after), C, style)}
    assert not found & never


def test_a_major_tonic_in_minor_is_no_applied_dominant() -> None:
    found = relations(chords("A7"), parse_chord("D"), Key.parse("D minor"))
    assert "applied-dominant" not in {relation.rule for relation in found}


def test_strict_styles_end_on_triads_and_chords_are_spelled_in_the_key() -> None:
    strict = {one.chord.name for one in suggest(chords("Dm7 G7"), C, "chorale", 40)}
    assert "C" in strict and not strict & {"Cmaj7", "Cm7", "Abmaj7"}
    assert "Fb" not in {one.chord.name for one in suggest(chords("Cmaj7 Ebdim7"), C, "jazz", 40)}


def test_voicings_are_led_smoothly() -> None:
    rows = voiced_pitches(chords("Dm7 G7 Cmaj7 A7 Dm7 G7 Cmaj7"))
    for before, after in zip(rows, rows[1:], strict=False):
        upper = [min(abs(new.midi - old.midi) for old in before[1:]) for new in after[1:]]
        assert max(upper) <= 4


def test_the_key_is_found() -> None:
    assert str(find_key_of(chords("Dm7 G7 Cmaj7"))) == "C major"
    assert str(find_key_of(chords("Bm7b5 E7 Am"))) == "A minor"
    assert str(find_key_of(chords("C7 F7"), "blues")) == "C major"


@pytest.mark.parametrize(("many", "count"), [(0, 5), (65, 5), (2, 0), (2, 41)])
def test_too_few_or_too_many_are_refused(many: int, count: int) -> None:
    with pytest.raises(BriefError):
        suggest(chords("C G " * 40)[:many], C, "pop", count)
