"""Whole arrangements: who plays when, what all parts must obey, and the reasons left behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.arrangement.arrange import arrange, build_stage
from partimento.arrangement.band import choose_band
from partimento.arrangement.style import Style
from partimento.arrangement.transitions import intensity_of, silences
from partimento.score.brief import Brief
from partimento.score.instruments import instrument
from partimento.score.song import Drum, Note, Section, Song, Track
from partimento.score.stream import Stream
from partimento.score.timeline import Timeline
from partimento.theory.pitch import Pitch

SongMaker = Callable[..., Song]
ENDINGS = ["held", "hit", "ring", "tag", "fade-layers", "cadence", "vamp-out", "pickup-hit"]


def _arranged(style: Style, song: Song) -> Song:
    return arrange(song, style, choose_band(song.brief, style, "song", Stream(song.brief.seed, "band")))


def _bars_played(song: Song, track: Track) -> int:
    timeline = Timeline(song)
    return len({timeline.bar_at(note.onset).index for note in track.notes})


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from(["4/4", "3/4", "6/8", "5/4"]), st.sampled_from(ENDINGS))
def test_what_every_part_obeys(trial: Style, make_song: SongMaker, seed: int, meter: str, ending: str) -> None:
    song = make_song(meter=meter, ending=ending, brief=Brief(seed=seed))
    out = _arranged(trial, song)
    assert out == _arranged(trial, song)
    bars = len(Timeline(song).bars)
    names = [track.name for track in out.tracks]
    assert len(set(names)) == len(names) and len(names) >= 4
    for track in out.tracks:
        played = instrument(track.instrument)
        ringing: dict[int, int] = {}
        for note in track.notes:
            if isinstance(note.pitch, Drum):
                number = note.pitch.value
            else:
                assert isinstance(note.pitch, Pitch)
                number = note.pitch.midi
                assert played.low <= number <= played.high
            assert 0 <= note.onset and note.onset + note.duration <= song.end and 1 <= note.velocity <= 127
            assert ringing.get(number, 0) <= note.onset
            ringing[number] = note.onset + note.duration
        if track.role not in ("drums", "bass", "lead"):
            assert _bars_played(song, track) <= 0.85 * bars


def test_layers_enter_one_by_one_and_all_play_the_last_chorus(trial: Style, make_song: SongMaker) -> None:
    song = make_song("intro:8 verse:8 chorus:8 verse:8 chorus:8 outro:4")
    band = choose_band(song.brief, trial, "song", Stream(0, "band"))
    stage, plans = build_stage(song, trial, band)
    starts = {p.plays[0][0][0] for p in plans if p.plays[0] and p.part.role != "lead"}
    assert len(starts) >= 3
    assert all(plan.plays[4] for plan in plans)
    sets = [{p.track for p in plans if p.plays[s.index]} for s in stage.scenes]
    assert all(a != b for a, b in zip(sets, sets[1:], strict=False))


def test_layers_leave_one_by_one(trial: Style, make_song: SongMaker) -> None:
    song = make_song("verse:8 chorus:8 outro:8", ending="fade-layers")
    song = replace(song, ending=replace(song.ending, start=song.end - 8 * 1920))
    _, plans = build_stage(song, trial, choose_band(song.brief, trial, "song", Stream(0, "band")))
    ends = sorted({p.plays[2][-1][1] for p in plans if p.plays[2] and p.part.role != "lead"})
    assert len(ends) >= 3 and ends[-1] == song.end


def test_everybody_stops_together(trial: Style, make_song: SongMaker) -> None:
    for seed in range(12):
        song = make_song(brief=Brief(seed=seed))
        out = _arranged(trial, song)
        stage, _ = build_stage(song, trial, choose_band(song.brief, trial, "song", Stream(seed, "band")))
        for silence in silences(stage.scenes):
            for track in out.tracks:
                struck = [n for n in track.notes if silence.start <= n.onset < silence.end]
                held = [n for n in track.notes if n.onset < silence.start < n.onset + n.duration - 60]
                assert not struck and (not held or track.role in ("drums", "percussion"))


def test_transitions_vary(trial: Style, make_song: SongMaker) -> None:
    kinds: list[str] = []
    for seed in range(20):
        song = make_song(brief=Brief(seed=seed))
        stage, _ = build_stage(song, trial, choose_band(song.brief, trial, "song", Stream(seed, "band")))
        moves = [scene.transition for scene in stage.scenes]
        assert moves[-1] == "none" and moves.count("fill") <= 4
        kinds += moves
    assert {"fill", "pickup", "none", "hold"} <= set(kinds)


def test_a_soloist_does_not_accompany_itself(trial: Style, make_song: SongMaker) -> None:
    song = make_song("verse:8 chorus:8 verse:8")
    band = choose_band(song.brief, trial, "song", Stream(0, "band"))
    comp = next(chair for chair in band.chairs if chair.part.id == "comp")
    tune = Note(8 * 1920, 480, song.keys[0].key.spell(72))
    given_track = Track(comp.track, "lead", comp.instrument.name, (tune,))
    out = arrange(replace(song, tracks=(given_track,)), trial, band)
    track = out.track(comp.track)
    assert [n for n in track.notes if 8 * 1920 <= n.onset < 16 * 1920] == [tune]
    assert len(track.notes) > 1


@pytest.mark.parametrize("names", [("piano",), ("timpani", "tuba"), ("flute", "taiko", "bagpipe", "percussion")])
def test_whoever_is_asked_for_is_heard(trial: Style, make_song: SongMaker, names: tuple[str, ...]) -> None:
    song = make_song(brief=Brief(instruments=names))
    band = choose_band(song.brief, trial, "song", Stream(0, "band"))
    out = arrange(song, trial, band)
    heard = {track.name for track in out.tracks}
    assert heard == {chair.track for chair in band.chairs}  # the lead too, though the song has no tune


def test_decisions_can_be_checked_on_the_song(trial: Style, make_song: SongMaker) -> None:
    song = make_song()
    out = _arranged(trial, song)
    band = next(d for d in out.decisions if d.what == "band")
    assert {track.name for track in out.tracks} <= {name for name, _ in band.values}
    moves = [d for d in out.decisions if d.what == "transition"]
    assert len(moves) == len(song.sections) - 1
    for decision in (d for d in out.decisions if d.what == "pattern"):
        section: Section = song.sections[decision.where.section]
        assert (decision.where.start, decision.where.end) == (section.start, section.end)
        spec = trial.sections[section.kind]
        assert decision.value("intensity") == intensity_of(section.energy, spec)
