"""Layers that a net of voices sets: what it is asked, what becomes of its answer, and what is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from partimento.arrangement import pad
from partimento.arrangement.arrange import arrange, build_stage
from partimento.arrangement.band import choose_band
from partimento.arrangement.net_voices import Moment, Phrase, Voiced
from partimento.arrangement.nets import NO_NETS, Nets
from partimento.arrangement.stage import PartPlan, Stage
from partimento.arrangement.style import Style, load_style
from partimento.arrangement.sung import sung_lines
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.instruments import instrument
from partimento.score.song import Drum, Note, Song
from partimento.score.stream import Stream
from partimento.theory.chord import parse_chord

SongMaker = Callable[..., Song]


@dataclass
class Recorder:
    """A chorister that puts the chord's third into every voice, as low as its range allows."""

    asked: list[tuple[tuple[Phrase, ...], int, float]] = field(default_factory=list)

    def voice(self, phrases: Sequence[Phrase], stream: Stream, count: int, temperature: float) -> tuple[Voiced, ...]:
        self.asked.append((tuple(phrases), count, temperature))
        out = []
        for phrase in phrases:
            rows = []
            for moment in phrase.moments:
                third = moment.chord.third
                assert third is not None
                row = [low + (third.number - low) % 12 for low, _ in phrase.ranges]
                rows.append((row[0], row[1], row[2], moment.bass))
            out.append(Voiced(tuple(rows), 321, count, "leap", (("setting 2", 200),)))
        return tuple(out)


def staged(style: Style, song: Song, net: Recorder | None, **part: object) -> tuple[Stage, PartPlan]:
    """The stage, and the plan of the chair "pad", which are strings."""
    band = choose_band(song.brief, style, "song", Stream(song.brief.seed, "band"))
    stage, plans = build_stage(song, style, band, Nets(voices=net) if net is not None else NO_NETS)
    plan = next(plan for plan in plans if plan.part.id == "pad")
    return stage, replace(plan, part=plan.part.model_copy(update=part))


def sounding(notes: Sequence[Note], tick: int) -> list[int]:
    """The pitches that sound at a tick, low to high."""
    here = [n.pitch.midi for n in notes if n.onset <= tick < n.onset + n.duration and not isinstance(n.pitch, Drum)]
    return sorted(here)


def test_what_the_net_sets_is_what_sounds(trial: Style, make_song: SongMaker) -> None:
    song = make_song(brief=Brief(seed=1, candidates=3, temperature=0.5), chords="C | G | Am | F Dm")
    net = Recorder()
    stage, plan = staged(trial, song, net)
    notes = pad.play(plan, stage)
    ((phrases, count, temperature),) = net.asked
    assert (count, temperature) == (3, 0.5)
    assert len(phrases) == len(set(phrases))
    for phrase in phrases:
        for low, high in phrase.ranges:
            assert 33 <= low <= high - 11 <= 73
        assert all(m.soprano == -1 and 45 <= m.bass < 57 for m in phrase.moments)
        assert all(m.bass % 12 == m.chord.bass_tone.number for m in phrase.moments)
    heard = 0
    for scene in stage.scenes:
        for start, end in plan.plays[scene.index]:
            for symbol in stage.timeline.chords_in(start, end):
                sung = sounding(notes, symbol.onset)
                assert symbol.chord.third is not None
                assert {p % 12 for p in sung} == {symbol.chord.third.number}
                assert all(plan.low <= p <= plan.high for p in sung)
                heard += 1
    assert heard > 8


def test_each_span_is_told(trial: Style, make_song: SongMaker) -> None:
    stage, plan = staged(trial, make_song(brief=Brief(seed=1)), Recorder())
    pad.play(plan, stage)
    spans = [(scene.index, *span) for scene in stage.scenes for span in plan.plays[scene.index]]
    assert [(d.where.section, d.where.start, d.where.end) for d in stage.told] == spans
    for decision in stage.told:
        assert (decision.what, decision.rule, decision.where.track) == ("voicing", "neural.voicing", plan.track)
        assert decision.value("share") == 321 and decision.value("of") == 4 and decision.value("flaw") == "leap"
        inside = [c for c in stage.song.chords if decision.where.start <= c.onset < decision.where.end]
        assert decision.value("chords") == len(inside)
        assert decision.alternatives == (("setting 2", 200),)


@pytest.mark.parametrize("voicing", ["quartal", "octave", "power", "unison"])
def test_other_kinds_of_voicing_stay_the_styles(trial: Style, make_song: SongMaker, voicing: str) -> None:
    song, net = make_song(brief=Brief(seed=1)), Recorder()
    stage, plan = staged(trial, song, net, voicing={voicing: 1})
    ruled, _ = staged(trial, song, None)
    assert pad.play(plan, stage) == pad.play(plan, ruled)
    assert not net.asked and not stage.told


@pytest.mark.parametrize("name", ["warm pad", "organ", "flute", "vibraphone", "pizzicato strings"])
def test_only_sections_that_sustain_are_asked(trial: Style, make_song: SongMaker, name: str) -> None:
    song, net = make_song(brief=Brief(seed=1)), Recorder()
    stage, plan = staged(trial, song, net)
    plan = replace(plan, instrument=instrument(name))
    ruled, _ = staged(trial, song, None)
    assert pad.play(plan, stage) == pad.play(plan, ruled)
    assert not net.asked


@pytest.mark.parametrize(("low", "high"), [(48, 72), (60, 76), (36, 48), (72, 84), (43, 84)])
def test_a_register_anywhere_is_set_where_choirs_sing(trial: Style, make_song: SongMaker, low: int, high: int) -> None:
    net = Recorder()
    stage, plan = staged(trial, make_song(brief=Brief(seed=1)), net)
    plan = replace(plan, low=low, high=high)
    notes = pad.play(plan, stage)
    for phrase in net.asked[0][0]:
        assert all(abs(sum(bounds) / 2 - 65) <= 18 for bounds in phrase.ranges[:3])
    assert notes and all(low <= p <= high for n in notes for p in sounding([n], n.onset))


def test_in_a_song_nothing_else_changes(trial: Style, make_song: SongMaker) -> None:
    song = make_song(brief=Brief(seed=1))
    band = choose_band(song.brief, trial, "song", Stream(1, "band"))
    ruled, sung = arrange(song, trial, band, NO_NETS), arrange(song, trial, band, Nets(voices=Recorder()))
    track = next(c.track for c in band.chairs if c.part.id == "pad")
    for one, other in zip(ruled.tracks, sung.tracks, strict=True):
        assert (one == other) == (one.name != track)
    assert [d for d in sung.decisions if d.rule != "neural.voicing"] == list(ruled.decisions)
    assert any(d.rule == "neural.voicing" for d in sung.decisions)


class Drone:
    """A chorister that lets alto and tenor hold one pitch each."""

    def __init__(self) -> None:
        self.phrases: list[Phrase] = []

    def voice(self, phrases: Sequence[Phrase], stream: Stream, count: int, temperature: float) -> tuple[Voiced, ...]:
        self.phrases += phrases
        return tuple(Voiced(tuple((79, 67, 60, 48) for _ in p.moments), 500, count, "", ()) for p in phrases)


def test_an_inner_voice_asks_with_tune_and_bass_and_takes_the_nearer_line(
    trial: Style, make_song: SongMaker
) -> None:
    net = Drone()
    stage, _ = staged(trial, make_song(), None)
    stage.nets = Nets(voices=net)
    c, g = parse_chord("C"), parse_chord("G")
    slots = [(c, (76, 48, 55)), (g, (-1, -1, 67)), (g, (50, 43))]
    alto, tenor = (sung_lines(stage, centre, [slots, slots[:1]]) for centre in (70, 58))
    assert [line.pitches for line in alto] == [(67, 67, 67), (67,)]
    assert [line.pitches for line in tenor] == [(60, 60, 60), (60,)]
    assert net.phrases[0].moments == (Moment(c, 76, 48), Moment(g, -1, -1), Moment(g, -1, 43))
    stage.nets = NO_NETS
    assert sung_lines(stage, 60, [slots])[0].pitches == ()


def test_inner_voices_are_drawn_to_the_net_and_say_how_far() -> None:
    style = load_style("classical")
    for seed in range(1, 30):
        ruled = compose(Brief(genre="classical", seed=seed, engine="rules"))
        chairs = [p.id for p in style.parts if p.player == "inner"]
        band = next(d for d in ruled.decisions if d.what == "band")
        tracks = {name for name, seat in band.values if str(seat).split(":")[0] in chairs}
        if tracks:
            break
    net = Drone()
    bare = replace(ruled, tracks=tuple(t for t in ruled.tracks if t.role == "lead"), decisions=())
    seats = choose_band(bare.brief, style, ruled.sections[0].kind, Stream(seed, "band"))
    seats = replace(seats, chairs=tuple(c for c in seats.chairs if c.part.player in ("lead", "inner")))
    chair = next((c for c in seats.chairs if c.part.player == "inner"), None)
    assert chair is not None
    plain, sung = arrange(bare, style, seats, NO_NETS), arrange(bare, style, seats, Nets(voices=net))
    told = [d for d in sung.decisions if d.rule == "neural.voicing"]
    assert net.phrases and told
    assert {d.where.track for d in told} <= {c.track for c in seats.chairs}
    assert all(0 <= int(d.value("kept")) <= int(d.value("chords")) for d in told)

    def held(song: Song) -> float:
        notes = [n for d in told for n in song.track(d.where.track).notes]
        return sum(1 for n in notes if not isinstance(n.pitch, Drum) and n.pitch.midi in (60, 67)) / len(notes)

    assert held(sung) > held(plain)
