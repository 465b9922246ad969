"""Laws of the second voices: counter-melodies, answers, harmony lines and doublings against any lead."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.arrangement import answer, counter, double, harmony_line
from partimento.arrangement.stage import PartPlan, Stage
from partimento.arrangement.style import Part, Style
from partimento.arrangement.transitions import make_scenes
from partimento.score.brief import Brief
from partimento.score.instruments import instrument
from partimento.score.song import (
    ChordSymbol,
    FinalBars,
    KeyChange,
    MeterChange,
    Note,
    Phrase,
    Section,
    Song,
    TempoChange,
    Track,
)
from partimento.score.stream import Stream
from partimento.score.timeline import Timeline
from partimento.theory.chord import parse_chord
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch
from partimento.theory.rules.leading import parallels

KEY = Key.parse("Eb")
BAR = 1920
CHORDS = ("Eb", "Cm7", "Fm7", "Bb7", "Ebmaj7", "C7", "Fm", "Bb7sus4")
PLAYERS = {"counter": counter.play, "answer": answer.play, "harmony": harmony_line.play, "double": double.play}
CHAIRS = {"counter": "strings", "answer": "electric guitar", "harmony": "choir", "double": "strings"}


def make_stage(lead: tuple[Note, ...], seed: int, scale: str = "key", bars: int = 8) -> Stage:
    style = Style.model_validate(
        {
            "name": "test",
            "title": "test",
            "about": "a style of the tests",
            "tempo": {"low": 60, "high": 200, "usual": (90, 140)},
            "meters": {"4/4": 1},
            "modes": {"major": 1},
            "forms": [{"name": "one", "sections": "verse:8 chorus:8"}],
            "sections": {"verse": {"energy": 0.4, "transition": {"none": 1}}, "chorus": {"energy": 0.7}},
            "harmony": {"main": {"kind": "loop", "major": ["I IV V I"]}},
            "melody": {"scale": scale},
            "parts": [{"id": "x", "role": "counter", "player": "counter", "instruments": {"strings": 1}}],
            "endings": [{"name": "held", "kind": "held"}],
        }
    )
    length = bars * BAR
    sections = tuple(
        Section(
            name, name, start, length, 0.5, name, 0, KEY, "loop", "tune",
            tuple(Phrase(start + p, 4 * BAR, "open") for p in range(0, length, 4 * BAR)),
        )
        for name, start in (("verse", 0), ("chorus", length))
    )  # fmt: skip
    chords = tuple(
        ChordSymbol(i * BAR, BAR, parse_chord(CHORDS[i % 8]), KEY, "", 240 if i % 8 == 3 else 0)
        for i in range(2 * bars)
    )
    song = Song(
        "test",
        Brief(seed=seed),
        (MeterChange(0, Meter(4, 4)),),
        (TempoChange(0, 120.0),),
        (KeyChange(0, KEY),),
        sections,
        FinalBars(2 * length - BAR, "held", "held"),
        chords,
        (Track("lead", "lead", "voice", lead),),
    )
    timeline = Timeline(song)
    scenes = make_scenes(song, style, timeline, Stream(seed, "scenes"))
    return Stage(song, style, timeline, scenes, lead, seed)


def make_plan(stage: Stage, player: str, kind: str) -> PartPlan:
    chair = instrument(CHAIRS[player])
    part = Part.model_validate(
        {"id": player, "role": player, "player": player, "kind": kind, "instruments": {chair.name: 1}}
        if player != "double"
        else {"id": player, "role": "harmony", "player": player, "kind": kind, "instruments": {chair.name: 1}}
    )
    plays = tuple(((scene.section.start, scene.section.end),) for scene in stage.scenes)
    return PartPlan(part, player, chair, chair.sweet_low, chair.sweet_high, plays)


@st.composite
def leads(draw: st.DrawFn) -> tuple[Note, ...]:
    """A wandering line with rests, in the key but for a few notes."""
    notes = []
    tick, midi = draw(st.sampled_from([0, 240, 480])), 67
    while tick < 16 * BAR - 480:
        length = draw(st.sampled_from([120, 240, 240, 480, 480, 720, 960]))
        if draw(st.integers(0, 5)) == 0:
            tick += draw(st.sampled_from([480, 960, 1920]))
            continue
        midi = min(79, max(58, midi + draw(st.integers(-4, 4))))
        end = min(tick + length, 16 * BAR)
        if end > tick:
            notes.append(Note(tick, end - tick, KEY.spell(midi), 80))
        tick = end
    return tuple(notes)


def midi_of(note: Note) -> int:
    assert isinstance(note.pitch, Pitch)
    return note.pitch.midi


def together(lead: tuple[Note, ...], notes: list[Note]) -> list[tuple[Note, Note]]:
    return [(a, b) for b in notes for a in lead if a.onset < b.onset + b.duration and b.onset < a.onset + a.duration]


@pytest.mark.parametrize(
    ("player", "kind"),
    [
        ("counter", "guide"),
        ("counter", "lines"),
        ("answer", "lick"),
        ("harmony", "thirds"),
        ("harmony", "sixths"),
        ("double", "octave"),
        ("double", "unison"),
    ],
)
@settings(max_examples=12)
@given(lead=leads(), seed=st.integers(0, 99))
def test_laws_of_every_second_voice(player: str, kind: str, lead: tuple[Note, ...], seed: int) -> None:
    stage = make_stage(lead, seed)
    plan = make_plan(stage, player, kind)
    notes = PLAYERS[player](plan, stage)
    assert notes == PLAYERS[player](plan, make_stage(lead, seed))
    for a, b in pairwise(notes):
        assert a.onset + a.duration <= b.onset
    for note in notes:
        assert note.duration > 0 and plan.low <= midi_of(note) <= plan.high and 1 <= note.velocity <= 127
        assert note.onset >= 0 and note.onset + note.duration <= stage.song.end


@pytest.mark.parametrize("kind", ["guide", "lines"])
@settings(max_examples=30)
@given(lead=leads(), seed=st.integers(0, 99))
def test_a_counter_melody_keeps_apart_and_makes_no_parallels(kind: str, lead: tuple[Note, ...], seed: int) -> None:
    stage = make_stage(lead, seed)
    notes = counter.play(make_plan(stage, "counter", kind), stage)
    pairs = together(lead, notes)
    assert all(abs(midi_of(a) - midi_of(b)) >= counter.APART for a, b in pairs)
    for scene in stage.scenes:  # one side of the lead a section
        inside = [(a, b) for a, b in pairs if scene.section.start <= b.onset < scene.section.end]
        assert len({midi_of(a) > midi_of(b) for a, b in inside}) <= 1
    pairs.sort(key=lambda pair: max(pair[0].onset, pair[1].onset))
    sonorities = [tuple(sorted(p for p in (a.pitch, b.pitch) if isinstance(p, Pitch))) for a, b in pairs]
    assert not [f for before, after in pairwise(sonorities) for f in parallels(before, after)]


def test_guide_tones_are_mostly_thirds_and_sevenths_by_step() -> None:
    stage = make_stage((), 1)
    notes = counter.play(make_plan(stage, "counter", "guide"), stage)
    at_change = []
    for note in notes:
        symbol = stage.timeline.sounding_at(note.onset)
        assert symbol is not None
        if note.onset == symbol.sounding:
            assert isinstance(note.pitch, Pitch)
            at_change.append(symbol.chord.degree_of(note.pitch.pitch_class))
    assert sum(degree in (3, 4, 7) for degree in at_change) >= 0.7 * len(at_change)
    moves = [abs(midi_of(b) - midi_of(a)) for a, b in pairwise(notes)]
    assert sum(move <= 2 for move in moves) >= 0.7 * len(moves)


@pytest.mark.parametrize("scale", ["key", "pentatonic", "blues", "chord"])
@settings(max_examples=20)
@given(lead=leads(), seed=st.integers(0, 99))
def test_answers_fill_rests_only_and_not_all_of_them(scale: str, lead: tuple[Note, ...], seed: int) -> None:
    stage = make_stage(lead, seed, scale)
    notes = answer.play(make_plan(stage, "answer", "lick"), stage)
    assert not together(lead, notes)
    gaps = []
    for (_, a), b in zip(
        [(0, 0), *((n.onset, n.onset + n.duration) for n in lead)], [*(n.onset for n in lead), 16 * BAR], strict=True
    ):
        for low, high in ((a, min(b, 8 * BAR)), (max(a, 8 * BAR), b)):  # the sections' own
            if high - low >= 720:
                gaps.append((low, high))
    answered = [gap for gap in gaps if any(gap[0] <= n.onset < gap[1] for n in notes)]
    assert len(answered) <= answer.SHARE * len(gaps)
    for low, high in answered:
        lick = [n for n in notes if low <= n.onset < high]
        assert 2 <= len(lick) <= 6 and low + 720 <= high
        symbol = stage.timeline.sounding_at(lick[-1].onset)
        assert symbol is not None and midi_of(lick[-1]) % 12 in symbol.chord.numbers


def test_blues_answers_in_bars_three_and_four() -> None:
    """An AAB tune: two bars sung, two bars free; over seeds the free ones are answered, in the blues scale."""
    lead = tuple(Note(bar * BAR + t, 480, KEY.spell(67), 80) for bar in range(16) if bar % 4 < 2 for t in (0, 480, 960))
    heard = 0
    for seed in range(20):
        stage = make_stage(lead, seed, "blues")
        notes = answer.play(make_plan(stage, "answer", "lick"), stage)
        heard += bool(notes)
        # The third bar and the fourth, or the rest that leads into them.
        assert all(n.onset % (4 * BAR) >= 2 * BAR - 480 for n in notes)
    assert heard >= 15


@pytest.mark.parametrize(("kind", "usual"), [("thirds", {3, 4}), ("sixths", {8, 9})])
def test_harmony_follows_the_leads_rhythm_below_it(kind: str, usual: set[int]) -> None:
    lead = tuple(Note(t, 480, KEY.spell(67 + (0, 1, 3, 5, 3, 1)[t // 480 % 6]), 80) for t in range(0, 16 * BAR, 480))
    stage = make_stage(lead, 1)
    notes = harmony_line.play(make_plan(stage, "harmony", kind), stage)
    assert [(n.onset, n.duration) for n in notes] == [(n.onset, n.duration) for n in lead]
    apart = [midi_of(a) - midi_of(b) for a, b in zip(lead, notes, strict=True)]
    assert min(apart) > 0
    assert sum(distance in usual for distance in apart) >= 0.5 * len(apart)
    for sung, note in zip(lead, notes, strict=True):
        symbol = stage.timeline.sounding_at(note.onset)
        assert symbol is not None
        if note.onset % 960 == 0 and midi_of(sung) % 12 in symbol.chord.numbers:
            assert midi_of(note) % 12 in symbol.chord.numbers


def test_a_doubling_moves_whole_phrases() -> None:
    lead = tuple(Note(t, 200, KEY.spell(67 + t // 240 % 5), 80) for t in range(0, BAR, 240))
    stage = make_stage(lead, 1)
    for kind, shift in (("octave", -12), ("unison", 0)):
        notes = double.play(make_plan(stage, "double", kind), stage)
        assert [midi_of(n) for n in notes] == [midi_of(n) + shift for n in lead]
        assert [(n.onset, n.duration) for n in notes] == [(n.onset, n.duration) for n in lead]
