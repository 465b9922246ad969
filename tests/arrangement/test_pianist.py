"""A piano chair that asks a net: when it does, what it asks, what becomes of the answer."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from partimento.arrangement import pianist
from partimento.arrangement.arrange import arrange, build_stage
from partimento.arrangement.band import choose_band
from partimento.arrangement.net_texture import Sheet, Struck, Taken
from partimento.arrangement.nets import NO_NETS, Nets
from partimento.arrangement.pattern_choice import section_patterns
from partimento.arrangement.pianist import PIANISTS, Chair, asked
from partimento.arrangement.stage import PartPlan, Stage
from partimento.arrangement.style import Style, load_style
from partimento.arrangement.transitions import final_of
from partimento.score.brief import Brief
from partimento.score.song import Song
from partimento.score.stream import Stream
from partimento.score.timeline import Timeline

SongMaker = Callable[..., Song]


class Recorder:
    """A pianist who plays the root on every beat, and keeps what was asked."""

    def __init__(self) -> None:
        self.sheets: list[tuple[Sheet, int, float]] = []

    def write(
        self, sheet: Sheet, stream: Stream, count: int, temperature: float
    ) -> tuple[tuple[Struck, ...], tuple[Taken, ...]]:
        self.sheets.append((sheet, count, temperature))
        notes = []
        for stretch in sheet.stretches:
            for bar in sheet.bars[stretch.first : stretch.end]:
                symbol = next(c for c in sheet.chords if c.onset <= bar.start < c.onset + c.duration)
                root = 48 + symbol.chord.root.number
                notes += [Struck(bar.start + beat, 480, root) for beat in bar.meter.beats]
        count_of = enumerate(sheet.stretches)
        return tuple(notes), tuple(Taken(i, s.first, 300, 2, "clash", (("2: clash", 200),)) for i, s in count_of)


@pytest.fixture
def comp(monkeypatch: pytest.MonkeyPatch) -> None:
    """The trial style's comp chair asks."""
    monkeypatch.setattr(pianist, "PIANISTS", {("trial", "comp"): Chair("pop")})


def staged(style: Style, song: Song, net: Recorder) -> tuple[Stage, PartPlan]:
    """The stage, and the plan of the chair "comp" on a piano."""
    band = choose_band(song.brief, style, "song", Stream(song.brief.seed, "band"))
    stage, plans = build_stage(song, style, band, Nets(texture=net))
    return stage, next(plan for plan in plans if plan.part.id == "comp")


def piano_seed(style: Style, make_song: SongMaker) -> int:
    """The first seed whose comp is a piano."""
    for seed in range(40):
        band = choose_band(Brief(seed=seed), style, "song", Stream(seed, "band"))
        if any(c.part.id == "comp" and c.instrument.name == "piano" for c in band.chairs):
            return seed
    raise AssertionError("no piano in forty songs")


@pytest.mark.usefixtures("comp")
class TestAnswer:
    """What the net wrote stands where the chair plays by itself."""

    def test_the_net_is_heard_but_for_the_ending_and_common_bars(self, trial: Style, make_song: SongMaker) -> None:
        seed, net = piano_seed(trial, make_song), Recorder()
        stage, plan = staged(trial, make_song(brief=Brief(seed=seed)), net)
        answer = asked(plan, stage, section_patterns(plan, stage))
        assert answer.notes and len(net.sheets) == 1
        final = final_of(stage.song, stage.timeline)
        for note in answer.notes:
            scene = stage.scene_at(note.onset)
            assert answer.covers(note.onset) and plan.playing(scene.index, note.onset)
            assert note.onset < final.start
            if scene.transition in ("stop", "break", "hold", "build"):
                assert note.onset < scene.bars[-1].start
        told = [d for d in stage.told if d.rule == "neural.texture"]
        assert len(told) == len(net.sheets[0][0].stretches)
        assert told[0].values == (("share", 300), ("of", 2), ("flaw", "clash"))
        assert told[0].alternatives == (("2: clash", 200),)
        for one in told:
            assert 0 < one.where.end - one.where.start <= 4 * 1920

    def test_in_a_song_its_notes_replace_the_patterns(self, trial: Style, make_song: SongMaker) -> None:
        seed = piano_seed(trial, make_song)
        song = make_song(brief=Brief(seed=seed, candidates=5, temperature=0.7))
        band = choose_band(song.brief, trial, "song", Stream(seed, "band"))
        net = Recorder()
        by_rules, by_net = arrange(song, trial, band, NO_NETS), arrange(song, trial, band, Nets(texture=net))
        track = next(c.track for c in band.chairs if c.part.id == "comp")
        assert net.sheets[0][1:] == (5, 0.7)
        sheet = net.sheets[0][0]
        spans = [(sheet.bars[s.first].start, sheet.bars[s.end - 1].end) for s in sheet.stretches]
        mine = [n for n in by_net.track(track).notes if any(a <= n.onset < b for a, b in spans)]
        roots = {n.number for n in mine}
        assert mine and roots <= {48 + c.chord.root.number for c in song.chords}
        outside = [
            [n.onset for n in s.track(track).notes if not any(a <= n.onset < b for a, b in spans)]
            for s in (by_net, by_rules)
        ]
        assert outside[0] == outside[1]
        of_pattern = {d.where.section for d in by_net.decisions if d.what == "pattern" and d.where.track == track}
        of_net = {d.where.section for d in by_net.decisions if d.rule == "neural.texture"}
        assert of_net and not of_pattern & of_net
        for name in (t.name for t in by_rules.tracks if t.role in ("drums", "bass")):
            assert by_net.track(name) == by_rules.track(name)

    def test_a_pushed_chord_is_struck_early(self, trial: Style, make_song: SongMaker) -> None:
        seed = piano_seed(trial, make_song)
        stage, plan = staged(trial, make_song(brief=Brief(seed=seed), push=240), Recorder())
        answer = asked(plan, stage, section_patterns(plan, stage))
        pushed = {c.onset for c in stage.song.chords if c.push}
        onsets = {n.onset for n in answer.notes}
        assert pushed and not pushed & onsets
        assert {c - 240 for c in pushed} & onsets

    def test_stretches_are_whole_bars_in_order(self, trial: Style, make_song: SongMaker) -> None:
        net = Recorder()
        stage, plan = staged(trial, make_song(brief=Brief(seed=piano_seed(trial, make_song))), net)
        asked(plan, stage, section_patterns(plan, stage))
        stretches = net.sheets[0][0].stretches
        assert all(a.end <= b.first for a, b in pairwise(stretches))
        assert all(plan.low <= s.low < s.high <= plan.high for s in stretches)
        bars = Timeline(stage.song).bars
        assert all(bars[s.first].section == bars[s.end - 1].section for s in stretches)


class TestWhoAsks:
    """Chairs, instruments and meters."""

    @pytest.mark.parametrize(("meter", "tempo", "fastest", "asks"), [
        ("4/4", 120.0, 0, True), ("6/8", 120.0, 0, True), ("5/4", 120.0, 0, False), ("4/4", 120.0, 100, False),
        ("4/4", 96.0, 100, True),
    ])  # fmt: skip
    def test_by_meter_and_tempo(
        self, trial: Style, make_song: SongMaker, monkeypatch: pytest.MonkeyPatch,
        meter: str, tempo: float, fastest: int, asks: bool,
    ) -> None:  # fmt: skip
        monkeypatch.setattr(pianist, "PIANISTS", {("trial", "comp"): Chair("pop", fastest=fastest)})
        song = make_song(meter=meter, tempo=tempo, brief=Brief(seed=piano_seed(trial, make_song)))
        stage, plan = staged(trial, song, Recorder())
        assert bool(asked(plan, stage, section_patterns(plan, stage)).notes) == asks

    def test_chairs_that_are_not_named_keep_their_patterns(self, trial: Style, make_song: SongMaker) -> None:
        stage, plan = staged(trial, make_song(brief=Brief(seed=piano_seed(trial, make_song))), Recorder())
        assert asked(plan, stage, section_patterns(plan, stage)) == pianist.NOTHING and not stage.told

    def test_every_chair_that_asks_is_a_part_of_its_style_played_on_a_piano(self) -> None:
        for style, part in PIANISTS:
            found = next(p for p in load_style(style).parts if p.id == part)
            assert found.player == "chords" and pianist.INSTRUMENTS & set(found.instruments)
