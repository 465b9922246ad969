"""Part-writing rules, each on the smallest passage that breaks it and on one that does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.theory.analysis.findings import Analysis, ChordSpan, KeySpan
from partimento.theory.analysis.piece import BarSpan, Piece, Tone, Voice
from partimento.theory.chord import parse_chord
from partimento.theory.errors import RuleError
from partimento.theory.interval import Interval
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch
from partimento.theory.roman import chord_of, numeral_of
from partimento.theory.rules.breach import SEVERITIES, Breach
from partimento.theory.rules.checking import check, needs_analysis
from partimento.theory.rules.leading import motion_faults, parallels
from partimento.theory.rules.rule_set import NAMES, rule_set
from partimento.theory.rules.table import KINDS, RULES

BEAT = 480
C_MAJOR, A_MINOR = Key.parse("C"), Key.parse("A minor")
NAMED = {4: ("Bass", "Tenor", "Alto", "Soprano"), 2: ("Low", "High"), 3: ("Low", "Middle", "High")}


def sonority(text: str) -> tuple[Pitch | None, ...]:
    return tuple(None if name == "-" else Pitch.parse(name) for name in text.split())


def passage(text: str, fermatas: tuple[int, ...] = ()) -> Piece:
    """Sonorities of a beat each, "C3 G4 | D3 A4"; "." holds the pitch before, "-" is a rest; fermatas by beat."""
    beats = [part.split() for part in text.split("|")]
    tones: list[Tone] = []
    for voice in range(len(beats[0])):
        for beat, names in enumerate(beats):
            last = next((tone for tone in reversed(tones) if tone.voice == voice), None)
            if names[voice] == "." and last is not None:
                tones[tones.index(last)] = last._replace(duration=last.duration + BEAT)
            elif names[voice] != "-":
                tones.append(Tone(beat * BEAT, BEAT, Pitch.parse(names[voice]), voice))
    end = len(beats) * BEAT
    meter = Meter(4, 4)
    return Piece(
        "Passage",
        tuple(sorted(tones, key=lambda tone: (tone.onset, tone.pitch.midi, tone.voice))),
        tuple(Voice(name) for name in NAMED[len(beats[0])]),
        tuple(BarSpan(n + 1, n * meter.bar, (n + 1) * meter.bar, meter) for n in range(-(-end // meter.bar))),
        end,
        fermatas=tuple(beat * BEAT for beat in fermatas),
    )


def analysis(chords: str, key: Key = C_MAJOR, sure: float = 1.0) -> Analysis:
    """A chord a beat; "." goes on with the one before."""
    spans: list[ChordSpan] = []
    for beat, name in enumerate(chords.split()):
        if name == ".":
            spans[-1] = spans[-1]._replace(end=(beat + 1) * BEAT)
            continue
        chord = parse_chord(name)
        spans.append(ChordSpan(beat * BEAT, (beat + 1) * BEAT, key, numeral_of(chord, key), chord, sure))
    return Analysis(key, 1.0, None, (KeySpan(0, spans[-1].end, key),), tuple(spans))


def rules_of(text: str, chords: str = "", key: Key = C_MAJOR, style: str = "bach") -> set[str]:
    found = check(passage(text), rule_set(style), analysis(chords, key) if chords else None)
    return {breach.rule for breach in found}


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        ("C3 G4", "D3 A4", "parallel-perfect"),
        ("C3 C4", "D3 D4", "parallel-perfect"),
        ("C3 C3", "D3 D3", "parallel-perfect"),
        ("C4 G4", "G3 D5", "contrary-perfect"),
        ("B3 F4", "C4 G4", "unequal-fifths"),
        ("C3 E4", "G3 D5", "direct-leap"),
        ("F3 F4", "C4 G4", "direct"),
        ("C4 E4", "F4 A4", "overlap"),
        ("C3 F4", "C3 G#4", "melodic-augmented"),
        ("C3 F4", "C3 B4", "melodic-augmented"),
        ("C3 F4", "C3 Eb5", "melodic-leap"),
        ("C3 F4", "C3 G5", "melodic-leap"),
        ("C3 G#4", "C3 F5", "melodic-leap"),
    ],
)
def test_motion_that_breaks_a_rule(before: str, after: str, rule: str) -> None:
    assert rule in {fault.rule for fault in motion_faults(sonority(before), sonority(after))}
    assert rule in rules_of(f"{before}|{after}")


@pytest.mark.parametrize(
    ("before", "after"),
    [("C3 G4", "C3 G4"), ("C3 E4", "D3 F4"), ("C4 G4", "D4 G#4"), ("C3 -", "D3 A4"), ("B3 F4", "C4 E4")],
)
def test_motion_without_parallels(before: str, after: str) -> None:
    assert parallels(sonority(before), sonority(after)) == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("C3 C4 B3 G4", "crossing"),
        ("C3 G3 C4 E5", "spacing-upper"),
        ("C3 C5 E5", "spacing-bass"),
        ("C2 G3 C4 E4", "range"),
        ("F3 A4|F#3 A4", ""),
        ("F3 A4|C3 F#4", "cross-relation"),
        ("C3 E4|C3 C5|C3 D5", "unrecovered-leap"),
        ("C3 E4|C3 C5|C3 B4", ""),
        ("C3 G4|C3 E5|C3 G5", ""),
    ],
)
def test_lines_that_break_a_rule(text: str, rule: str) -> None:
    watched = {"crossing", "spacing-upper", "spacing-bass", "range", "cross-relation", "unrecovered-leap"}
    assert rules_of(text) & watched == ({rule} if rule else set())


@pytest.mark.parametrize(
    ("text", "chords", "key", "rule"),
    [
        ("G2 D4 F4 B4|C3 C4 E4 G4", "G7 C", C_MAJOR, "leading-tone"),
        ("B2 D4 G4 G4|E3 C4 G4 G4", "G/B C/E", C_MAJOR, "leading-tone"),
        ("G2 D4 F4 B4|A2 E4 C4 C5", "G7 Am", C_MAJOR, "seventh-leaps"),
        ("G2 D4 F4 B4|C3 C4 C4 C5", "G7 C", C_MAJOR, "seventh-leaps"),
        ("G2 B3 D4 B4", "G", C_MAJOR, "doubled-leading-tone"),
        ("G2 F3 B3 F4", "G7", C_MAJOR, "doubled-seventh"),
        ("C3 G3 C4 G4", "C", C_MAJOR, "missing-tone"),
        ("E3 B3 E4 G4|A2 C4 E4 A4", "Em Am", A_MINOR, "unraised-leading-tone"),
        ("C3 G3 E4 E4", "C", C_MAJOR, "doubling"),
        ("G3 C4 E4 C5", "C/G", C_MAJOR, "doubling"),
    ],
)
def test_chords_that_break_a_rule(text: str, chords: str, key: Key, rule: str) -> None:
    assert rule in rules_of(text, chords, key)
    assert rule not in rules_of(text), "without an analysis nothing is said of chords"


@pytest.mark.parametrize(
    ("text", "chords", "key", "rule"),
    [
        ("G2 D4 F4 B4|C3 C4 E4 C5", "G7 C", C_MAJOR, "leading-tone"),
        ("G2 B3 F4 D5|C3 G3 E4 C5", "G7 C", C_MAJOR, "leading-tone"),
        ("C3 G3 E4 C5|G2 G3 D4 B4|F3 F3 C4 A4", "C G F", C_MAJOR, "leading-tone"),
        ("G2 D4 F4 B4|G2 D4 F4 G4|C3 C4 E4 G4", "G7 . C", C_MAJOR, "leading-tone"),
        ("G2 D4 F4 B4|A2 E4 C4 A4", "G7 Am", C_MAJOR, ""),
        ("G2 D4 F4 B4|C3 C4 F4 C5", "G7 F/C", C_MAJOR, "seventh-leaps"),
        ("G2 D4 F4 B4|A2 C4 A4 C5", "G7 F/A", C_MAJOR, "seventh-leaps"),
        ("G2 D4 F4 B4|G2 D4 B4 D5", "G7 G", C_MAJOR, "seventh-leaps"),
        ("C3 G3 E4 C5", "C", C_MAJOR, "missing-tone"),
        ("C3 C4 E4 C5", "C", C_MAJOR, "missing-tone"),
        ("E3 B3 E4 G#4|A2 C4 E4 A4", "E Am", A_MINOR, "unraised-leading-tone"),
        ("E3 B3 E4 G4|F3 C4 C4 F4", "Em F", A_MINOR, "unraised-leading-tone"),
        ("C3 G3 E4 C5", "C", C_MAJOR, "doubling"),
    ],
)
def test_chords_that_keep_a_rule(text: str, chords: str, key: Key, rule: str) -> None:
    assert rule not in rules_of(text, chords, key)


def test_doubtful_chords_are_not_judged() -> None:
    text, chords = "G2 D4 F4 B4|C3 C4 E4 G4", "G7 C"
    found = check(passage(text), rule_set("bach"), analysis(chords, sure=0.3))
    assert not {breach.rule for breach in found} & {rule.id for rule in RULES.values() if rule.needs == "chords"}


def test_nothing_is_compared_across_a_fermata() -> None:
    text = "C3 G3 E4 G4|D3 A3 F4 A4"
    assert "parallel-perfect" in rules_of(text)
    assert not [b for b in check(passage(text, fermatas=(0,)), rule_set("bach")) if b.rule == "parallel-perfect"]


def test_a_line_doubled_in_octaves_is_one_voice() -> None:
    doubled = "C3 C4|D3 D4|E3 E4|F3 F4|G3 G4"
    assert "parallel-perfect" not in rules_of(doubled)
    assert "parallel-perfect" in rules_of("C3 C4|D3 D4|E3 E4|F3 A4|G3 G4")
    assert "parallel-perfect" in rules_of("C3 G4|D3 A4|E3 B4|F3 C5|G3 D5"), "fifths are no doubling"


def test_textures_have_no_voices_to_lead() -> None:
    piece = passage("C3 G4|D3 A4")
    chords = replace(piece, voices=(Voice("Piano", line=False), Voice("High")))
    assert check(chords, rule_set("bach")) == ()


def test_strings_with_a_double_stop_now_and_then_are_lines_where_nobody_plays_chords() -> None:
    beats = "C3 E4 G4|D3 F4 A4|" + "|".join(f"C3 E4 {name}5" for name in "CDEFDECD")
    piece = passage(beats)
    names = (Voice("Cello"), Voice("Viola"), Voice("Violin", line=False))

    def parallels_with(stops: int) -> bool:
        more = [Tone((2 + stop) * BEAT, BEAT, Pitch.parse("F4"), 2) for stop in range(stops)]
        tones = tuple(sorted((*piece.tones, *more), key=lambda t: (t.onset, t.pitch.midi, t.voice)))
        found = check(replace(piece, tones=tones, voices=names), rule_set("bach"))
        return (480, (0, 2)) in {(b.tick, b.voices) for b in found if b.rule == "parallel-perfect"}

    assert parallels_with(stops=1)
    assert not parallels_with(stops=6)


def test_chords_without_lines_are_left_to_other_rules() -> None:
    piece = replace(passage("E3 G4|A2 A4"), voices=(Voice("Piano", line=False),) * 2)
    assert check(piece, rule_set("bach"), analysis("Em/G Am", A_MINOR)) == ()


def test_a_good_cadence_has_no_findings() -> None:
    assert rules_of("F3 A3 D4 F4|G3 G3 B3 F4|C3 G3 C4 E4", "Dm/F G7 C") <= {"overlap", "direct"}


def test_low_close_intervals_are_mud_in_jazz_alone() -> None:
    assert "low-interval" in rules_of("C2 E2 C4", style="jazz")
    assert "low-interval" not in rules_of("C2 C3 E4", style="jazz")
    assert "low-interval" not in rules_of("C2 E2 C4")


@pytest.mark.parametrize("name", NAMES)
def test_every_set_gives_its_rules_a_severity(name: str) -> None:
    rules = rule_set(name.upper())
    assert rules.rules
    assert {rules.severity(rule) for rule in rules.rules} <= set(SEVERITIES)
    assert needs_analysis(rules) == any(RULES[rule].needs == "chords" for rule in rules.rules if rule in RULES)


def test_the_table_is_whole() -> None:
    assert {rule.tier for rule in RULES.values()} == {"error", "warning", "style", ""}
    for rule in RULES.values():
        assert rule.title and rule.source and rule.needs in ("lines", "tones", "chords")
        assert all(parameter.kind in KINDS for parameter in rule.parameters)
        assert (rule.bach_rate is None) == (rule.bach_clean is None)


def test_an_unknown_set_names_the_nearest() -> None:
    with pytest.raises(RuleError, match=r"'bahc'.*Did you mean 'bach'.*species5"):
        rule_set("bahc")


def test_rules_of_ones_own_are_asked_and_held_to_their_word() -> None:
    piece = passage("C3 E4")
    rules = rule_set("bach").with_own(lambda piece, analysis: [Breach("mine", "style", 0, (1,))])
    assert [breach.rule for breach in check(piece, rules)] == ["mine"]
    wrong = rule_set("bach").with_own(lambda piece, analysis: [Breach("mine", "grave", 0)])
    with pytest.raises(RuleError, match="error, warning, style"):
        check(piece, wrong)


PITCHES = st.integers(40, 76).map(C_MAJOR.spell)
BEATS = st.lists(st.tuples(PITCHES, PITCHES, PITCHES, PITCHES), min_size=1, max_size=6)


@given(BEATS, st.sampled_from([Interval.parse(name) for name in ("M2", "m3", "P4", "-M2", "A1")]))
def test_transposing_a_piece_transposes_its_breaches(beats: list[tuple[Pitch, ...]], by: Interval) -> None:
    piece = passage("|".join(" ".join(map(str, sorted(beat))) for beat in beats))
    moved = replace(piece, tones=tuple(tone._replace(pitch=tone.pitch.transposed(by)) for tone in piece.tones))
    rules = replace(rule_set("bach"), severities=(("range", "off"),))
    before, after = check(piece, rules), check(moved, rules)
    assert [(b.rule, b.tick, b.voices) for b in before] == [(b.rule, b.tick, b.voices) for b in after]


@given(BEATS)
def test_every_breach_is_of_the_table_and_in_the_piece(beats: list[tuple[Pitch, ...]]) -> None:
    piece = passage("|".join(" ".join(map(str, beat)) for beat in beats))
    for breach in check(piece, rule_set("strict")):
        assert breach.severity == rule_set("strict").severity(breach.rule)
        assert 0 <= breach.tick < piece.end and all(voice < 4 for voice in breach.voices)


ANY_TONES = st.lists(
    st.builds(
        Tone, st.integers(0, 4000), st.integers(1, 2000), st.integers(21, 108).map(A_MINOR.spell), st.integers(0, 4),
        st.booleans(),
    ),
    max_size=12,
)  # fmt: skip
NUMERALS = st.sampled_from(["i", "V", "V65/iv", "viio7", "v", "VI", "N6", "Ger6", "i64", "iiø65"])


@given(ANY_TONES, st.lists(NUMERALS, min_size=1, max_size=8), st.sampled_from(NAMES[:4]), st.lists(st.booleans()))
def test_whatever_sounds_is_checked_alike_in_any_order(
    tones: list[Tone], numerals: list[str], name: str, lines: list[bool]
) -> None:
    meter = Meter(3, 4)
    bars = tuple(BarSpan(n + 1, n * meter.bar, (n + 1) * meter.bar, meter) for n in range(5))
    voices = tuple(Voice(f"Voice {n + 1}", line) for n, line in enumerate([*lines, *[True] * 5][:5]))
    ordered = tuple(sorted(tones, key=lambda tone: (tone.onset, tone.pitch.midi, tone.voice)))
    piece = Piece("Any", ordered, voices, bars, bars[-1].end, fermatas=(960,))
    spans = tuple(
        ChordSpan(n * 700, (n + 1) * 700, A_MINOR, numeral, chord_of(numeral, A_MINOR), 0.9)
        for n, numeral in enumerate(numerals)
    )
    said = Analysis(A_MINOR, 1.0, None, (KeySpan(0, piece.end, A_MINOR),), spans)
    found = check(piece, rule_set(name), said)
    assert found == check(piece, rule_set(name), said)
    assert all(breach.severity == rule_set(name).severity(breach.rule) for breach in found)
