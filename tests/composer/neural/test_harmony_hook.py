"""Cycles that the harmony model writes into songs: where it is asked, what it leaves alone, what its critic refuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.arrangement.style import HarmonySpec, load_style
from partimento.composer.compose import sketch
from partimento.composer.harmony_closes import meets_close
from partimento.composer.harmony_critic import Want, chosen, flaws
from partimento.composer.harmony_loops import Cycle
from partimento.composer.harmony_neural import (
    HABITS,
    chords_of,
    cycle_of,
    guard_of,
    roman_of,
    suits,
    with_ending,
    write_cycles,
)
from partimento.composer.harmony_neural import Lean as Leaning
from partimento.composer.harmony_rhythm import Slot, parse_bars
from partimento.composer.neural.harmony import HarmonyConfig, HarmonyModel, HarmonyNet
from partimento.composer.neural.harmony_guard import Draws, Guard, Placed, Written
from partimento.composer.neural.harmony_view import QUALITIES, chord_of
from partimento.composer.neural.muse import Muse, Taste
from partimento.composer.plan import make_plan
from partimento.score.brief import Brief
from partimento.score.song import Song
from partimento.score.stream import Stream
from partimento.theory.chord import Chord
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.roman import chord_of as chord_named
from partimento.theory.roman import is_diatonic

C, FOUR = Key.parse("C"), Meter.parse("4/4")
KEYS = ("C", "A minor", "F# major", "Eb minor", "D dorian", "G mixolydian", "E phrygian")


@cache
def muse(**taste: object) -> Muse:
    torch.manual_seed(2)
    net = HarmonyNet(HarmonyModel(HarmonyConfig(chord=4, input=8, state=8, head=8)))
    return Muse("hybrid", replace(Taste(candidates=4), **taste), net)  # type: ignore[arg-type]  # fields of Taste


def want(kind: str = "verse", key: Key = C, bars: int = 8, close: str = "loop", genre: str = "pop") -> Want:
    style = load_style(genre)
    table = style.sections[kind].harmony
    return Want("A", kind, key, bars, close, table, style.harmony[table])


@cache
def song(genre: str, seed: int, hybrid: bool = True, chords: tuple[tuple[str, str], ...] = ()) -> Song:
    plan = make_plan(Brief(genre=genre, seed=seed, engine="hybrid" if hybrid else "rules", chords=chords))
    return sketch(plan, muse()) if hybrid else sketch(plan)


def bars(text: str) -> Cycle:
    return parse_bars(text)[0]


# Where it is asked.


@pytest.mark.parametrize("genre", ["blues", "jazz", "salsa", "house", "lo-fi", "classical", "reggae", "funk", "folk"])
def test_other_genres_keep_the_chords_of_the_rules(genre: str) -> None:
    for seed in (1, 2):
        assert song(genre, seed).chords == song(genre, seed, hybrid=False).chords


@pytest.mark.parametrize("genre", sorted(HABITS))
def test_its_own_genres_take_its_cycles_and_say_so(genre: str) -> None:
    found = song(genre, 1)
    told = [d for d in found.decisions if d.rule == "neural.chords"]
    assert told and found.chords != song(genre, 1, hybrid=False).chords
    for decision in told:
        assert decision.value("of") == 4 and 0 < int(decision.value("share", 0)) <= 1000
        assert all(0 <= weight <= 1000 for _, weight in decision.alternatives)
    assert found.ending == song(genre, 1, hybrid=False).ending
    assert [s.phrases[:-1] for s in found.sections] and found.sections[0].length


def test_a_decision_names_the_cycle_that_sounds() -> None:
    found = song("pop", 3)
    checked = 0
    for decision in found.decisions:
        if decision.rule == "neural.chords":
            section = found.sections[decision.where.section]
            first = str(decision.value("cycle")).split()[0]
            sounding = next(c for c in found.chords if c.onset == section.start)
            checked += 1
            assert sounding.roman == first
    assert checked


def test_given_chords_stay() -> None:
    found = song("pop", 2, chords=(("verse", "C F G Am"),))
    at = [s for s in found.sections if s.kind == "verse"]
    names = [c.chord.name for c in found.chords if at[0].start <= c.onset < at[0].end]
    assert names[:4] == ["C", "F", "G", "Am"]


def test_returns_keep_their_chords_but_for_the_last() -> None:
    for seed in range(1, 6):
        found = song("pop", seed)
        for s in found.sections:
            first = next(o for o in found.sections if o.material == s.material)
            if s is first or s is found.sections[-1] or (s.close, s.length) != (first.close, first.length):
                continue
            if s.key != first.key or s.variation + 1 == sum(o.material == s.material for o in found.sections):
                continue
            romans = [
                [(c.onset - x.start, c.roman) for c in found.chords if x.start <= c.onset < x.end] for x in (first, s)
            ]
            nexts = [found.sections[found.sections.index(x) + 1].key for x in (first, s)]
            assert romans[0] == romans[1] or nexts[0] != nexts[1]


def test_songs_are_the_same_again_and_differ_by_seed() -> None:
    song.cache_clear()
    one = song("pop", 1)
    song.cache_clear()
    assert one == song("pop", 1) and one.chords != song("pop", 4).chords


def test_it_writes_loops_alone_in_meters_of_equal_beats() -> None:
    assert suits("pop", FOUR, want()) and suits("pop", Meter.parse("6/8"), want())
    assert not suits("pop", Meter.parse("7/8"), want()) and not suits("lo-fi", FOUR, want())
    assert not suits("rock", FOUR, want("intro", genre="rock")), "riffs stay the style's own"
    assert not suits("pop", FOUR, want()._replace(spec=HarmonySpec(kind="vamp")))
    assert write_cycles(replace(muse(), harmony=None), "pop", FOUR, [want()], Stream(1, "x")) == []
    assert write_cycles(muse(), "pop", FOUR, [], Stream(1, "x")) == []


# What it may choose.


@settings(deadline=None, max_examples=25)
@given(st.sampled_from(KEYS), st.sampled_from(("pop", "rock", "country")), st.sampled_from(("4/4", "3/4", "6/8")),
       st.integers(1, 17), st.integers(0, 99), st.sampled_from(("loop", "authentic", "half", "plagal")))  # fmt: skip
def test_cycles_fill_their_bars_with_chords_that_the_style_has(
    key: str, genre: str, meter: str, count: int, seed: int, close: str
) -> None:
    asked = want("verse", Key.parse(key), count, close, genre)
    (found,) = write_cycles(muse(candidates=2), genre, Meter.parse(meter), [asked], Stream(seed, "law"))
    assert 1 <= len(found.cycle) <= 16 and (count % len(found.cycle) == 0 or len(found.cycle) == 8)
    romans = [roman for bar in found.cycle for roman in bar]
    chords = [chord_named(roman, asked.key) for roman in romans]
    if genre == "rock":
        assert all(chord.seventh is None for chord in chords)
    if asked.key.mode not in ("major", "minor"):
        assert all(is_diatonic(chord, asked.key) for chord in chords)
    assert is_diatonic(replace(chords[0], bass=None), asked.key)
    if close in ("authentic", "plagal") and len(found.cycle) == count and asked.key.mode in ("major", "minor"):
        assert chords[-1].root == asked.key.tonic
    for ending in (found.ending, found.last):
        last = [chord_named(roman, asked.key) for bar in ending for roman in bar]
        assert not ending or (len(ending) == 2 and meets_close(close, last, asked.key))


def test_a_pre_chorus_has_no_tonic() -> None:
    for seed in range(8):
        (found,) = write_cycles(muse(), "pop", FOUR, [want("prechorus", bars=4)], Stream(seed, "pre"))
        assert all(chord_named(r, C).root != C.tonic for bar in found.cycle for r in bar)


def test_different_materials_take_different_cycles() -> None:
    for seed in range(8):
        wants = [want(bars=4)._replace(material=name) for name in "AB"]
        one, two = write_cycles(muse(), "pop", FOUR, wants, Stream(seed, "two"))
        assert one.cycle != two.cycle


def test_chords_of_a_style() -> None:
    plain = HarmonySpec(kind="loop", sevenths="never", applied=0.0, mixture=0.0)
    inside, follow = chords_of(plain, C)
    names = {roman_of(Placed(0, 8, chord, 0), C, plain) for chord in inside}
    assert names == {"I", "ii", "iii", "IV", "V", "vi", "viio"} and not any(inside.values())
    rich = HarmonySpec(kind="loop", sevenths="often", applied=0.2, mixture=0.2)
    outside, follow = chords_of(rich, C)
    names = {roman_of(Placed(0, 8, chord, 0), C, rich) for chord, foreign in outside.items() if foreign}
    assert {"iv", "bVII", "V7/V", "V7/ii", "V7/IV", "bVI"} <= names
    assert follow[chord_of(2, "7")] == {7} and 0 in follow[chord_of(7, "7")]
    dorian, _ = chords_of(rich, Key.parse("D dorian"))
    assert not any(dorian.values()) and chord_of(5, "maj") in dorian


def test_numerals_of_written_chords() -> None:
    spec = HarmonySpec(kind="loop", sevenths="dominant")
    made = [
        roman_of(Placed(0, 8, chord_of(root, quality), bass), key, spec)
        for key in (C, Key.parse("A minor"))
        for root, quality, bass in ((0, "maj", 1), (7, "sus", 0), (2, "min7", 3), (10, "maj", 0), (2, "7", 0))
    ]
    assert made == ["I6", "V7sus4", "ii42", "bVII", "V7/V", "I6", "V7sus4", "ii42", "VII", "V7/V"]


def test_a_cycle_is_said_by_bars_and_one_chord_has_one_colour() -> None:
    asked = want()
    placed = (Placed(0, 8, 0, 0), Placed(8, 4, chord_of(5, "maj"), 0), Placed(12, 4, chord_of(7, "maj"), 0),
              Placed(16, 6, 0, 0), Placed(22, 2, chord_of(9, "min"), 0),
              Placed(24, 8, chord_of(7, "7"), 0))  # fmt: skip
    for seed in range(6):
        made = cycle_of(placed, asked, FOUR, Stream(seed, "colour"))
        assert [len(bar) for bar in made] == [1, 2, 4, 1] and made[0][0] == made[2][0] == made[2][1]
        assert chord_named(made[3][0], C).seventh is None, "what follows may not resolve it"


def test_the_liveliness_of_a_song_moves_its_guards() -> None:
    habit = HABITS["pop"]
    short = guard_of(want(bars=16), habit, FOUR, Leaning(0.3, 1.0, 0.0))
    long = guard_of(want(bars=16), habit, FOUR, Leaning(0.3, 1.0, 0.999))
    assert short.bars < long.bars == 16 and short.slow == 0.3
    foreign = chord_of(10, "maj")
    assert short.chords[foreign] == 1.0 and foreign not in (short.begin or ())


def test_a_hard_taste_leans_nowhere() -> None:
    (asked,) = [want("verse", genre="rock")]
    seen: list[Guard] = []

    class Spy(HarmonyNet):
        def write(self, guards: Sequence[Guard], streams: Sequence[Stream], draws: Draws) -> list[Written]:
            seen.extend(guards)
            assert draws.temperature == 0.7
            return super().write(guards, streams, draws)

    net = muse().harmony
    assert net is not None
    spied = Muse("neural", Taste(hard=True, temperature=0.7, candidates=2), Spy(net.model))
    write_cycles(spied, "rock", FOUR, [asked], Stream(1, "hard"))
    assert seen and all(one.slow == 0 and not any(one.chords.values()) for one in seen)


def test_an_ending_takes_the_place_of_the_last_bars() -> None:
    slots = [Slot(0, 4 * 1920, "I")]
    made = with_ending(slots, bars("IV | V I"), 4, FOUR)
    assert [(s.start, s.duration, s.roman) for s in made] == [
        (0, 3840, "I"), (3840, 1920, "IV"), (5760, 960, "V"), (6720, 960, "I")
    ]  # fmt: skip


# The critic.


@pytest.mark.parametrize(
    ("flaw", "text", "asked"),
    [
        ("stands-still", "I | I | I | IV", want(bars=8)),
        ("stands-still", "I IV | I IV | I IV | I IV", want(bars=8)),
        ("wanders", "I bIII | iv v | bVI bVII | ii V", want(bars=8)),
        ("no-return", "I | ii | iii | IV | V | vi | ii | V", want(bars=16)),
        ("no-home", "ii | V | iii | vi", want(bars=8)),
        ("close", "I | IV | V | vi", want(bars=4, close="authentic")),
        ("seam", "I | IV | V | I", want(bars=8)),
        ("odd-step", "I | iii | bIII | IV", want(bars=8)),
        ("stuck", "I V | I V | I V | I V", want(bars=8)),
        ("crowded", "I iii | vi IV | ii V | vi V", want(bars=8, kind="chorus")),
    ],
)
def test_flaws_by_name(flaw: str, text: str, asked: Want) -> None:
    assert flaw in set(flaws(asked, bars(text), 0.5))
    assert not set(flaws(want(bars=8), bars("I | V | vi | IV"), 0.5))


def test_the_critic_takes_the_first_without_flaws_that_is_likely_enough() -> None:
    good, other, still = bars("I | V | vi | IV"), bars("I | vi | ii | V"), bars("I | I | I | I")
    drawn = [Written((Placed(0, 8, 0, 0),), (share,)) for share in (-0.1, -1.0, -0.9)]
    found = chosen(want(), drawn, [still, good, other], set(), Taste(), 0.5)
    assert found.cycle == good and dict(found.values)["avoided"] == "seam stands-still"
    assert dict(found.alternatives) == {"I | I | I | I": 905, "I | vi | ii | V": 407}
    rare = [drawn[0], drawn[1]._replace(shares=(-4.0,)), drawn[2]]
    assert chosen(want(), rare, [still, good, other], set(), Taste(), 0.5).cycle == other
    assert chosen(want(), rare, [still, good, other], set(), Taste(creativity=1.0), 0.5).cycle == good
    assert chosen(want(), drawn, [still, good, other], set(), Taste(beam=True), 0.5).cycle == other
    assert chosen(want(), drawn, [still, good, other], {"I | V | vi | IV"}, Taste(), 0.5).cycle == other
    assert chosen(want(), drawn, [still, good, other], set(), Taste(hard=True), 0.5).cycle == still
    bad = chosen(want(), drawn[:1], [still], set(), Taste(), 0.5)
    assert "stands-still" in str(dict(bad.values)["flaw"])


def test_every_quality_is_written() -> None:
    spec = HarmonySpec(kind="loop", sevenths="always")
    for key in (Key.parse(name) for name in KEYS):
        for root in range(12):
            for quality in QUALITIES[:8]:
                chord = chord_named(roman_of(Placed(0, 8, chord_of(root, quality), 0), key, spec), key)
                assert isinstance(chord, Chord) and (chord.root.number - key.tonic.number) % 12 == root
