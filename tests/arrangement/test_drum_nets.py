"""Drums that a net proposes and plays: held to kit, limbs and genre, picked by named flaws, told as decisions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from math import exp

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partimento.arrangement import drums
from partimento.arrangement.arrange import arrange, build_stage
from partimento.arrangement.band import choose_band
from partimento.arrangement.drum_touch import DRIFT, LATEST_MS, MOST_LEVEL, Drift, played_by
from partimento.arrangement.net_drums import PIECES, Going, Lead, Touch, division_of, piece_of, step_of, tick_of
from partimento.arrangement.nets import Nets
from partimento.arrangement.perform import perform
from partimento.arrangement.stage import PartPlan, Stage
from partimento.arrangement.style import Pattern, Style
from partimento.arrangement.transitions import entered_by
from partimento.score.brief import Brief
from partimento.score.song import Drum, Note, Song, Track
from partimento.score.stream import Stream
from partimento.score.timeline import Timeline

SongMaker = Callable[..., Song]
Steps = tuple[tuple[str, ...], ...]
DOWN: Steps = (("snare",),) * 4 + (("tom1",), ("tom1",), ("tom3",), ("tom3",))


class Fake:
    """A drummer who says what he is told to: fills by turns, bars as `varied` makes them of what came before."""

    def __init__(self, fills: Sequence[Steps] = (DOWN,), varied: Steps | None = None, level: float = 80.0) -> None:
        self.fills, self.varied, self.level = fills, varied, level
        self.leads: list[Lead] = []
        self.grids: list[tuple[str, list[frozenset[str]]]] = []

    def touches(
        self, style: str, bpm: float, division: int, strokes: Sequence[Collection[str]], fills: Sequence[bool]
    ) -> list[dict[str, Touch]]:
        self.grids.append((style, [frozenset(step) for step in strokes]))
        return [
            {piece: Touch(self.level + 60.0 * (i % 2), 30.0 * (i % 4) + 50.0, 10.0, 12.0) for piece in step}
            for i, step in enumerate(strokes)
        ]

    def goes_on(
        self, style: str, bpm: float, division: int, leads: Sequence[Lead], streams: Sequence[Stream], count: int,
        temperature: float,
    ) -> list[list[Going]]:  # fmt: skip
        self.leads += leads
        out = []
        for lead in leads:
            ways: Sequence[Steps] = self.fills if lead.fill else (self.varied or ((),) * lead.steps,)
            out.append([Going((*way, *(((),) * lead.steps))[: lead.steps], -2.0 - i) for i, way in enumerate(ways)])
        return out


def _rock(style: Style) -> Style:
    return style.model_copy(update={"feel": style.feel.model_copy(update={"table": "rock"})})


def _stage(style: Style, song: Song, net: Fake | None) -> tuple[Stage, PartPlan]:
    band = choose_band(song.brief, style, "song", Stream(song.brief.seed, "band"))
    stage, plans = build_stage(song, style, band, Nets(drums=net))
    plan = next(plan for plan in plans if plan.part.role == "drums")
    return stage, replace(plan, plays=tuple(((s.section.start, s.section.end),) for s in stage.scenes))


def _filled(style: Style, song: Song, net: Fake | None) -> tuple[Stage, list[Note]]:
    stage, plan = _stage(style, song, net)
    stage.scenes = entered_by(stage.scenes, 0, "fill")
    return stage, drums.play(plan, stage)


def _struck(notes: Sequence[Note], start: int, end: int) -> list[tuple[int, Drum]]:
    return [(n.onset - start, n.pitch) for n in notes if start <= n.onset < end and isinstance(n.pitch, Drum)]


@given(st.integers(0, 200), st.sampled_from([3, 4]))
def test_a_step_is_written_where_it_is_read(step: int, division: int) -> None:
    assert step_of(tick_of(step, division), division) == step
    assert tick_of(step + 1, division) > tick_of(step, division)


@given(st.integers(0, 1919))
def test_a_tick_is_read_near_its_step(tick: int) -> None:
    assert abs(120 * step_of(tick, 4) - tick) <= 60
    assert abs(tick_of(step_of(tick, 3), 3) - tick) < 160


def test_every_piece_stands_for_itself_and_strangers_for_none() -> None:
    assert {name: piece_of(drum) for name, drum in PIECES.items()} == {name: name for name in PIECES}
    assert piece_of(Drum.TOM_FLOOR) == "tom3" and piece_of(Drum.CONGA_HIGH) == ""


def test_the_fill_of_a_net_replaces_the_end_of_the_bar(trial: Style, make_song: SongMaker) -> None:
    song = make_song("verse:4 verse:4 outro:4")
    net = Fake([DOWN])
    stage, notes = _filled(_rock(trial), song, net)
    fill = next(lead for lead in net.leads if lead.fill)
    start = 4 * 1920 - 120 * fill.steps
    named = [(120 * i, piece) for i, step in enumerate(DOWN) for piece in step]
    assert [(at, piece_of(drum)) for at, drum in _struck(notes, start, 4 * 1920)] == named
    told = next(d for d in stage.told if d.what == "fill")
    assert told.rule == "neural.fill" and (told.where.start, told.where.end) == (start, 4 * 1920)
    assert told.value("of") == 1 and told.value("refused") == 0
    assert told.value("share") == round(1000 * exp(-2.0 / fill.steps))


def test_what_a_net_hears_is_the_groove_before(trial: Style, make_song: SongMaker) -> None:
    net = Fake()
    _filled(_rock(trial), make_song("verse:4 verse:4 outro:4"), net)
    lead = next(lead for lead in net.leads if lead.fill)
    assert len(lead.before) + lead.steps == 4 * 16 and lead.bar == 0
    assert "kick" in lead.before[0] and "snare" in lead.before[4]
    assert "crash" not in lead.pieces and {"kick", "snare"} <= lead.pieces


@pytest.mark.parametrize(
    ("bad", "flaw"),
    [
        (((),) * 8, "thin"),
        ((("snare", "tom1", "kick"),) * 8, "crowded"),
        ((("hat",), ("kick",)) * 4, "no turn"),
        ((("snare",),) * 6 + ((),) * 2, "falls short"),
        ((("tom3",),) * 4 + (("tom1",),) * 4, "up the toms"),
    ],
)
def test_a_flawed_way_gives_way_to_a_good_one_and_its_flaw_is_told(
    trial: Style, make_song: SongMaker, bad: Steps, flaw: str
) -> None:
    song = make_song("verse:4 verse:4 outro:4")
    stage, _ = _filled(_rock(trial), song, Fake([bad, DOWN]))
    told = next(d for d in stage.told if d.what == "fill")
    assert told.value("refused") == 1 and told.value("flaw") == flaw
    assert told.value("strokes") == "snare 4, tom1 2, tom3 2" and len(told.alternatives) == 1


def test_where_all_are_flawed_the_style_fills(trial: Style, make_song: SongMaker) -> None:
    song = make_song("verse:4 verse:4 outro:4")
    stage, notes = _filled(_rock(trial), song, Fake([((),) * 16]))
    assert notes == _filled(_rock(trial), song, None)[1] and not stage.told


@pytest.mark.parametrize("table", ["house", "taste", "bossa"])
def test_genres_without_learned_drummers_are_not_asked(trial: Style, make_song: SongMaker, table: str) -> None:
    style = trial.model_copy(update={"feel": trial.feel.model_copy(update={"table": table})})
    net = Fake()
    song = make_song("verse:4 verse:4 outro:4")
    assert _filled(style, song, net)[1] == _filled(style, song, None)[1]
    programmed = _rock(trial).model_copy(update={"references": {"programmed": 1}})
    assert _filled(programmed, song, net)[1] == _filled(programmed, song, None)[1]
    assert not net.leads and not net.grids


def test_a_bar_is_varied_a_little_or_not_at_all(trial: Style, make_song: SongMaker) -> None:
    style, song = _rock(trial), make_song("verse:8 chorus:8 outro:4")
    listening = Fake()
    _filled(style, song, listening)
    lead = next(lead for lead in listening.leads if not lead.fill)
    usual = lead.before[-16:]
    small: Steps = tuple(tuple(step | {"kick"}) if i == 11 else tuple(step) for i, step in enumerate(usual))
    stage, _ = _filled(style, song, Fake(varied=small))
    assert any(d.rule == "neural.variation" for d in stage.told)
    for wrong in (tuple(tuple(s) for s in usual), (("snare",),) * 16, small[:4] + ((),) + small[5:]):
        stage, _ = _filled(style, song, Fake(varied=wrong))
        assert not any(d.rule == "neural.variation" for d in stage.told)


def test_a_fill_is_as_long_as_the_styles_own_may_be(trial: Style, make_song: SongMaker) -> None:
    song = make_song("verse:4 verse:4 outro:4")
    song = replace(song, sections=(song.sections[0], replace(song.sections[1], energy=0.95), *song.sections[2:]))

    def asked(row: str) -> int:
        style = _rock(trial)
        fill = next(p for bank in style.patterns.values() for p in bank if p.use == "fill" and "snare" in p.rows)
        fill = fill.model_copy(update={"rows": {"snare": (row,), "kick": ("x...............",)}})
        banks = {n: (*(p for p in bank if p.use != "fill"), fill) for n, bank in style.patterns.items()}
        net = Fake()
        _filled(style.model_copy(update={"patterns": banks}), song, net)
        return next(lead.steps for lead in net.leads if lead.fill)

    assert [asked(row) for row in ("............xxxx", "........xxxxxxxx", "xxxxxxxxxxxxxxxx")] == [4, 8, 16]


def test_the_left_foot_goes_on_as_it_was(trial: Style, make_song: SongMaker) -> None:
    def with_pedal(pattern: Pattern) -> Pattern:
        if pattern.use != "main" or "kick" not in pattern.rows:
            return pattern
        bars = len(pattern.rows["kick"])
        return pattern.model_copy(update={"rows": {**pattern.rows, "hat_pedal": ("....x.......x...",) * bars}})

    style = _rock(trial)
    banks = {name: tuple(map(with_pedal, bank)) for name, bank in style.patterns.items()}
    style = style.model_copy(update={"patterns": banks})
    net = Fake([DOWN])
    stage, notes = _filled(style, make_song("verse:4 verse:4 outro:4"), net)
    assert all("hat_pedal" not in lead.pieces for lead in net.leads)
    assert [n.onset for n in notes if n.pitch is Drum.HAT_PEDAL and n.onset < 7680] == [
        1920 * bar + at for bar in range(4) for at in (480, 1440)
    ]
    told = next(d for d in stage.told if d.what == "fill")
    assert told.value("strokes") == "snare 4, tom1 2, tom3 2, hat_pedal 1"


strokes = st.lists(st.sampled_from(sorted(PIECES)), max_size=6, unique=True).map(tuple)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(way=st.lists(strokes, min_size=16, max_size=16).map(tuple))
def test_whatever_a_net_says_two_hands_and_two_feet_play_it(trial: Style, make_song: SongMaker, way: Steps) -> None:
    _, notes = _filled(_rock(trial), make_song("verse:4 verse:4 outro:4"), Fake([way], way))
    assert [n.onset for n in notes] == sorted(n.onset for n in notes)
    for onset in {n.onset for n in notes}:
        together = [n.pitch for n in notes if n.onset == onset]
        assert len(together) == len(set(together))
        assert sum(p not in (Drum.KICK, Drum.HAT_PEDAL) for p in together) <= 2


def _arranged(style: Style, song: Song) -> Song:
    return arrange(song, style, choose_band(song.brief, style, "song", Stream(song.brief.seed, "band")))


def test_a_net_plays_what_is_written(trial: Style, make_song: SongMaker) -> None:
    style = _rock(trial)
    song = _arranged(style, make_song("verse:4 verse:4 outro:4"))
    plain, played = perform(song, style), perform(song, style, Nets(drums=Fake()))
    kit = next(i for i, track in enumerate(song.tracks) if track.role == "drums")
    assert played.tracks == song.tracks
    for i, (mine, theirs) in enumerate(zip(played.performance.tracks, plain.performance.tracks, strict=True)):
        assert (mine.notes == theirs.notes) == (i != kit)
        assert len(mine.notes) == len(theirs.notes)
    told = [d for d in played.decisions if d.rule == "neural.feel"]
    assert len(told) == 1 and told[0].where.track == song.tracks[kit].name
    again = perform(played, style, Nets(drums=Fake()))
    assert [d for d in again.decisions if d.rule == "neural.feel"] == told
    assert perform(played, style).decisions == plain.decisions


@pytest.mark.parametrize("brief", [Brief(genre="x", seed=1, humanize=False), Brief(genre="x", seed=1, quantized=True)])
def test_who_wants_no_human_gets_none(trial: Style, make_song: SongMaker, brief: Brief) -> None:
    style = _rock(trial)
    song = _arranged(style, replace(make_song("verse:4 outro:4"), brief=brief))
    net = Fake()
    assert perform(song, style, Nets(drums=net)) == perform(song, style) and not net.grids


def _track(role: str = "drums", kit: str = "drums") -> Track:
    notes = [Note(480 * i, 60, Drum.SNARE if i % 2 else Drum.KICK, 90) for i in range(8)]
    return Track("kit", role, kit, tuple(notes))


def test_programmed_kits_percussion_and_other_meters_are_not_asked(trial: Style, make_song: SongMaker) -> None:
    style = _rock(trial)
    bars = Timeline(make_song("verse:2 outro:2")).bars
    waltz = Timeline(make_song("verse:2 outro:2", meter="3/4")).bars
    net = Fake()
    assert played_by(net, _track(), style, bars, 120.0) is not None
    asked = len(net.grids)
    assert played_by(net, _track("percussion"), style, bars, 120.0) is None
    assert played_by(net, _track(kit="808 kit"), style, bars, 120.0) is None
    assert played_by(net, _track(), style, waltz, 120.0) is None
    assert played_by(net, replace(_track(), notes=()), style, bars, 120.0) is None
    assert played_by(None, _track(), style, bars, 120.0) is None
    assert len(net.grids) == asked


def test_delays_are_about_zero_and_both_are_bounded(trial: Style, make_song: SongMaker) -> None:
    bars = Timeline(make_song("verse:2 outro:2")).bars
    notes = tuple(Note(120 * i, 60, Drum.HAT, 80) for i in range(60))
    played = played_by(Fake(), replace(_track(), notes=notes), _rock(trial), bars, 120.0)
    assert played is not None and len(played.delays) == 60
    delays = [delay for delay, _ in played.delays.values()]
    assert min(delays) == -LATEST_MS and max(delays) == LATEST_MS and abs(sum(delays)) < 1e-9
    levels = [level for level, _ in played.levels.values()]
    assert min(levels) == -MOST_LEVEL and max(levels) == MOST_LEVEL


def test_a_pickup_bar_is_counted_from_its_end(trial: Style, make_song: SongMaker) -> None:
    bars = Timeline(make_song("verse:2 outro:2")).bars
    short = (replace(bars[0], length=480), *(replace(bar, start=bar.start - 1440) for bar in bars[1:]))
    net = Fake()
    track = replace(_track(), notes=(Note(0, 60, Drum.SNARE, 90), Note(480, 60, Drum.KICK, 90)))
    played_by(net, track, _rock(trial), short, 120.0)
    grid = net.grids[0][1]
    assert [i for i, step in enumerate(grid) if step] == [12, 16]


def test_swung_eighths_are_triplets(trial: Style) -> None:
    def ratio(unit: str, value: float) -> Style:
        return trial.model_copy(update={"swing": trial.swing.model_copy(update={"unit": unit, "ratio": value})})

    assert [division_of(ratio("eighth", r)) for r in (0, 1.0, 2.0)] == [3, 4, 3]
    assert division_of(ratio("sixteenth", 1.3)) == 4


@given(st.integers(0, 50))
@settings(max_examples=10)
def test_draws_drift(seed: int) -> None:
    drift = Drift(Stream(seed, "drift"))
    drawn = [drift.next() for _ in range(4000)]
    mean = sum(drawn) / len(drawn)
    variance = sum((x - mean) ** 2 for x in drawn) / len(drawn)
    follows = sum((a - mean) * (b - mean) for a, b in zip(drawn, drawn[1:], strict=False)) / len(drawn) / variance
    assert 0.8 < variance < 1.2 and abs(follows - DRIFT) < 0.08
