"""Plan, form and harmony: what is asked is met, sections close as planned, returns are the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partimento.arrangement.transitions import SHORT_ENDINGS
from partimento.composer.compose import sketch
from partimento.composer.harmony_closes import meets_close
from partimento.composer.plan import Plan, make_plan
from partimento.score.brief import Brief
from partimento.score.song import Song
from partimento.score.timeline import Timeline
from partimento.theory.chord import parse_chord
from partimento.theory.errors import BriefError, PartimentoError
from partimento.theory.key import Key
from partimento.theory.roman import Numeral, chord_of

pytestmark = pytest.mark.usefixtures("test_styles")

KEYS = ("C", "F# minor", "Bb major", "D dorian", "G mixolydian", "E phrygian", "Ab lydian", "B locrian")
GENRES = ("etude", "combo", "loopy")
MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def briefs(**fixed: object) -> st.SearchStrategy[Brief]:
    fields = {
        "genre": st.sampled_from(GENRES),
        "seed": st.integers(0, 10**9),
        "key": st.none() | st.sampled_from(KEYS),
        "mood": st.none() | st.sampled_from(["sad", "energetic", "calm"]),
        "energy": st.none() | st.floats(0, 1),
        "take": st.integers(0, 2),
    }
    return st.builds(Brief, **{**fields, **fixed})  # type: ignore[arg-type]


def made(brief: Brief) -> tuple[Plan, Song]:
    plan = make_plan(brief)
    return plan, sketch(plan)


def bars_of(song: Song) -> int:
    return len(Timeline(song).bars)


@MANY
@given(briefs(bars=st.integers(4, 200)))
def test_asked_bars_and_key_are_exact(brief: Brief) -> None:
    _, song = made(brief)
    assert bars_of(song) == brief.bars
    if brief.key is not None:
        home = Key.parse(brief.key)
        assert song.keys[0].key == home or song.keys[0].key in (home.relative, home.up(1), home.parallel)


@MANY
@given(briefs())
def test_chords_tile_every_section(brief: Brief) -> None:
    _, song = made(brief)
    tick = 0
    for chord in song.chords:
        assert chord.onset == tick and chord.duration > 0
        tick += chord.duration
        assert 0 <= chord.push <= chord.onset
    assert tick == song.end
    starts = {chord.onset for chord in song.chords}
    assert all(section.start in starts for section in song.sections)
    assert song.ending.start in starts
    bar = song.meters[0].meter.bar
    for section in song.sections:
        assert sum(p.length for p in section.phrases) == section.length and section.length % bar == 0
        assert section.phrases[-1].close == section.close
        assert 0 < section.energy <= 1


@MANY
@given(briefs())
def test_every_section_closes_as_planned_and_the_song_at_home(brief: Brief) -> None:
    _, song = made(brief)
    for i, section in enumerate(song.sections):
        own = [c.chord for c in song.chords if section.start <= c.onset < section.end]
        following = song.sections[i + 1].key if i + 1 < len(song.sections) else None
        assert meets_close(section.close, own, section.key, following), (section.name, section.close, own[-3:])
        for phrase in section.phrases:
            ends = [c.chord for c in song.chords if section.start <= c.onset < phrase.start + phrase.length]
            assert meets_close(phrase.close, ends, section.key, following), (section.name, phrase, ends[-3:])
    assert song.chords[-1].chord.root == song.sections[-1].key.tonic


@MANY
@given(briefs())
def test_numerals_read_back_as_their_chords(brief: Brief) -> None:
    _, song = made(brief)
    for chord in song.chords:
        assert chord_of(chord.roman, chord.key) == chord.chord


@MANY
@given(briefs())
def test_returning_material_is_the_same_but_for_a_varied_chord(brief: Brief) -> None:
    _, song = made(brief)
    first: dict[tuple[object, ...], list[tuple[int, str]]] = {}
    for i, section in enumerate(song.sections[:-1]):
        moves = song.sections[i + 1].key != section.key
        if moves:
            continue
        own = [(c.onset - section.start, c.roman) for c in song.chords if section.start <= c.onset < section.end]
        ident = (section.material, section.length, section.key.mode, section.close)
        before = first.setdefault(ident, own)
        varied = [d for d in song.decisions if d.rule == "harmony.variation" and d.where.section == i]
        assert len(varied) <= 1
        if before != own:
            assert len(before) == len(own)
            different = sum(a != b for a, b in zip(before, own, strict=True))
            assert varied and different <= 2


@MANY
@given(briefs(genre=st.just("etude"), key=st.sampled_from(["C", "A minor", "Eb", "F# minor"])))
def test_strict_styles_resolve_sevenths_and_leading_tones(brief: Brief) -> None:
    _, song = made(brief)
    ends = {p.start + p.length for s in song.sections for p in s.phrases}
    for a, b in zip(song.chords, song.chords[1:], strict=False):
        if a.onset + a.duration in ends:
            continue
        numeral = Numeral.parse(a.roman)
        if a.chord.seventh is not None:
            down = {(a.chord.seventh.number - step) % 12 for step in (0, 1, 2)}
            assert down & b.chord.numbers, (a.roman, b.roman)
        if numeral.applied is not None:
            target = chord_of(str(numeral.applied), a.key)
            again = b.chord.root == a.chord.root
            assert again or b.chord.root == target.root or b.chord.numbers & {target.root.number}, (a.roman, b.roman)
        if numeral.applied is None and numeral.degree == 5 and a.chord.family in ("major", "dominant"):
            leading = a.key.tonic.up(5).number
            assert b.chord.numbers & {a.key.tonic.number, leading}, (a.roman, b.roman)


@MANY
@given(briefs(duration_s=st.floats(40, 400)))
def test_durations_are_met(brief: Brief) -> None:
    plan, song = made(brief)
    end = song.end
    if song.ending.kind in SHORT_ENDINGS:
        end = song.chords[-1].onset + min(plan.meter.beat_lengths)
    lasts = Timeline(song).seconds_at(end)
    assert brief.duration_s is not None
    assert abs(lasts - brief.duration_s) <= 0.03 * brief.duration_s
    assert plan.style.tempo.low <= plan.tempo <= plan.style.tempo.high


@MANY
@given(briefs(genre=st.just("loopy"), form=st.lists(
    st.sampled_from(["intro", "verse", "chorus", "Verse 2", "pre-chorus", "bridge", "solo", "outro", "chorus:12"]),
    min_size=1, max_size=9).map(tuple), bars=st.none() | st.integers(110, 140)))  # fmt: skip
def test_an_asked_form_is_kept_in_its_order(brief: Brief) -> None:
    plan, song = made(brief)
    if brief.bars is not None:
        assert bars_of(song) == brief.bars
    assert len(song.sections) == len(brief.form)
    for token, section, item in zip(brief.form, song.sections, plan.items, strict=True):
        word = token.split(":")[0]
        assert item.word == word.rstrip("0123456789 ")
        if ":" in token:
            assert section.length == int(token.split(":")[1]) * plan.meter.bar


@given(briefs())
@settings(max_examples=25, deadline=None)
def test_the_filled_brief_makes_the_same_song(brief: Brief) -> None:
    _, song = made(brief)
    _, again = made(song.brief)
    assert again.chords == song.chords and again.sections == song.sections and again.tempos == song.tempos


def test_tempo_and_meter_are_exact_in_felt_beats() -> None:
    plan, song = made(Brief(genre="etude", tempo_bpm=97.5, meter="6/8"))
    assert song.tempos[0].tempo_bpm == pytest.approx(97.5 * 1.5) and str(plan.meter) == "6/8"


def test_grouping_of_a_meter_is_kept() -> None:
    _, song = made(Brief(genre="etude", meter="7/8:3+2+2"))
    assert song.meters[0].meter.groups == (3, 2, 2)


def test_given_chords_are_kept_in_every_section_of_their_kind() -> None:
    brief = Brief(genre="loopy", seed=4, key="A minor", chords=(("verse", "Am7 | Bm7b5 E7b9 | Am7 | F#dim7"),))
    _, song = made(brief)
    verses = [s for s in song.sections if s.kind == "verse"]
    assert verses
    wanted = [parse_chord(x) for x in ("Am7", "Bm7b5", "E7b9", "Am7", "F#dim7")]
    for section in verses:
        own = [c.chord for c in song.chords if section.start <= c.onset < section.end]
        assert own == (wanted * 8)[: len(own)] and len(own) % 5 == 0
    assert any(d.rule == "notice.chords-outside-key" for d in song.decisions)


def test_key_is_found_from_given_chords() -> None:
    plan = make_plan(Brief(genre="combo", chords=(("", "Dm7 | G7 | Cmaj7 | A7"),)))
    assert str(plan.key) == "C major"
    assert str(make_plan(Brief(genre="combo", chords=(("", "Am | Dm | E7 | Am"),))).key) == "A minor"


def test_a_lift_is_prepared_by_its_dominant_and_stays() -> None:
    lifts = 0
    for seed in range(30):
        _, song = made(Brief(genre="loopy", seed=seed, key="C"))
        if song.sections[-1].key == song.sections[0].key:
            continue
        lifts += 1
        change = song.keys[-1]
        before = [c for c in song.chords if c.onset < change.onset][-1]
        assert before.chord.root == change.key.tonic.up(1)
        assert song.chords[-1].key == change.key
    assert lifts >= 5


def test_twelve_bar_form_is_never_broken() -> None:
    for bars in (28, 36, 52, 61, 100):
        _, song = made(Brief(genre="combo", seed=bars, bars=bars))
        plan_bar = song.meters[0].meter.bar
        for section in song.sections[:-1]:
            if section.kind in ("head", "solo"):
                assert section.length // plan_bar % 12 == 0


def test_different_sections_take_different_loops() -> None:
    for seed in range(20):
        _, song = made(Brief(genre="loopy", seed=seed, key="G"))
        loops = {d.where.section: d.value("cycle") for d in song.decisions if d.rule == "harmony.loop"}
        verse = next(i for i, s in enumerate(song.sections) if s.kind == "verse")
        chorus = next(i for i, s in enumerate(song.sections) if s.kind == "chorus")
        assert loops[verse] != loops[chorus]


def test_seeds_differ_and_one_seed_does_not() -> None:
    songs = [made(Brief(genre="etude", seed=seed))[1] for seed in (1, 1, 2)]
    assert songs[0] == songs[1] and songs[0].chords != songs[2].chords


@pytest.mark.parametrize(
    ("brief", "words"),
    [
        (Brief(genre="loopy", form=("verse", "chrous")), ("chrous", "chorus")),
        (Brief(genre="loopy", meter="7/8"), ("7/8", "etude")),
        (Brief(genre="loopy", tempo_bpm=500), ("500", "20 to 400")),
        (Brief(genre="loopy", bars=3), ("3", "4 to 2000")),
        (Brief(genre="loopy", duration_s=float("nan")), ("nan",)),
        (Brief(genre="loopy", energy=1.5), ("energy",)),
        (Brief(genre="loopy", mood="hapy"), ("hapy", "happy")),
        (Brief(genre="loopy", key="H minor"), ("H minor",)),
        (Brief(genre="loopi"), ("loopi", "loopy")),
        (Brief(genre="loopy", chords=(("verse", "Am | Hx7"),)), ("verse", "Bar 2", "chord 1")),
        (Brief(genre="loopy", form=("chorus",), chords=(("verse", "Am"),)), ("verse", "chorus")),
        (Brief(genre="loopy", tempo_bpm=100, bars=32, duration_s=30), ("32 bars", "30 s")),
        (Brief(genre="loopy", bars=100, duration_s=30), ("100 bars", "30 s")),
        (Brief(genre="loopy", form=("verse:8", "chorus:8"), bars=20), ("16", "20")),
        (Brief(genre="loopy", form=("verse:x",)), ("verse:x",)),
        (Brief(genre="loopy", instruments=("flute",), without=("flute",)), ("flute",)),
        (Brief(genre="loopy", engine="hybird"), ("hybird", "Did you mean 'hybrid'", "rules")),
        (Brief(genre="loopy", engine="hybrid", temperature=3), ("temperature 3", "0.1 to 2")),
        (Brief(genre="loopy", engine="hybrid", temperature=float("nan")), ("temperature nan",)),
        (Brief(genre="loopy", engine="hybrid", creativity=-0.1), ("creativity -0.1", "0 to 1")),
        (Brief(genre="loopy", engine="hybrid", candidates=0), ("candidates 0", "1 to 64")),
        (Brief(genre="loopy", engine="hybrid", search="beem"), ("beem", "Did you mean 'beam'", "sample")),
        (Brief(genre="loopy", engine="hybrid", style_model="../x"), ("../x", "letters")),
        (Brief(genre="loopy", engine="rules", temperature=1), ("temperature", "rules")),
        (Brief(genre="loopy", engine="rules", style_model="mine"), ("style model", "rules")),
    ],
)  # fmt: skip
def test_bad_briefs_are_refused_with_the_reason(brief: Brief, words: tuple[str, ...]) -> None:
    with pytest.raises(PartimentoError) as caught:
        make_plan(brief)
    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert "\n" not in str(caught.value)


def test_duration_with_a_fixed_tempo_takes_whole_bars() -> None:
    plan = make_plan(Brief(genre="loopy", tempo_bpm=120, duration_s=60, meter="4/4"))
    assert plan.tempo == 120 and 29 <= plan.bars <= 31


def test_chords_for_a_section_the_form_lacks() -> None:
    with pytest.raises(BriefError, match="bridge"):
        make_plan(Brief(genre="loopy", form=("verse", "chorus"), chords=(("bridge", "C"),)))


def test_replacing_the_take_changes_the_song() -> None:
    brief = Brief(genre="etude", seed=3)
    assert made(brief)[1].chords != made(replace(brief, take=1))[1].chords
