"""Grooves, fills, crashes, pushes and endings of the drummer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.arrangement import drums
from partimento.arrangement.arrange import build_stage
from partimento.arrangement.band import Band, choose_band
from partimento.arrangement.playability import playable_drums
from partimento.arrangement.stage import PartPlan, Stage
from partimento.arrangement.style import Style
from partimento.arrangement.transitions import entered_by
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.song import Drum, Note, Song
from partimento.score.stream import Stream

SongMaker = Callable[..., Song]


def _stage(style: Style, song: Song) -> tuple[Stage, PartPlan]:
    band: Band = choose_band(song.brief, style, "song", Stream(song.brief.seed, "band"))
    stage, plans = build_stage(song, style, band)
    plan = next(plan for plan in plans if plan.part.role == "drums")
    # From the first bar to the last: these tests set the transitions themselves.
    whole = tuple(((s.section.start, s.section.end),) for s in stage.scenes)
    return stage, replace(plan, plays=whole)


def _bar(notes: list[Note], start: int, length: int = 1920, step: int = 120) -> dict[str, str]:
    """The bar as rows of g(host) o x X, a character a step."""
    rows: dict[str, list[str]] = {}
    for n in notes:
        if start <= n.onset < start + length and isinstance(n.pitch, Drum):
            row = rows.setdefault(n.pitch.name.lower(), ["."] * (length // step))
            row[(n.onset - start) // step] = (
                "g" if n.articulation == "ghost" else "X" if n.articulation == "accent" else "x"
            )
    return {name: "".join(row) for name, row in sorted(rows.items())}


def test_golden_bar_of_a_light_groove(trial: Style, make_song: SongMaker) -> None:
    stage, plan = _stage(trial, make_song("verse:4 verse:4"))
    assert _bar(drums.play(plan, stage), 0) == {
        "hat": "x.x.x.x.x.x.x.x.",
        "kick": "x.......x.......",
        "snare": "....x.......x...",
    }


def test_a_fill_replaces_the_end_of_the_last_bar_and_a_crash_follows_on_the_kick(
    trial: Style, make_song: SongMaker
) -> None:
    stage, plan = _stage(trial, make_song("verse:4 chorus:4 outro:4"))
    stage.scenes = entered_by(stage.scenes, 0, "fill")
    notes = drums.play(plan, stage)
    last = _bar(notes, 3 * 1920)
    assert last["kick"] == "x......." + "........"
    assert last["snare"] == "....x...xxxx...."
    assert last["tom3"] == "..............xX" and "X" not in last["hat"] and last["hat"][8:] == "........"
    first = _bar(notes, 4 * 1920)
    assert first["crash"][0] in "xX" and first["kick"][0] == "x" and first.get("ride", ".")[0] == "."


def test_a_stop_is_one_stroke_and_silence(trial: Style, make_song: SongMaker) -> None:
    song = make_song("verse:4 chorus:4 outro:4")
    stage, plan = _stage(trial, song)
    stage.scenes = entered_by(stage.scenes, 0, "stop")
    plays = (((0, 3 * 1920 + 480),), *plan.plays[1:])
    notes = drums.play(replace(plan, plays=plays), stage)
    assert {n.onset for n in notes if 3 * 1920 <= n.onset < 4 * 1920} == {3 * 1920}


def test_a_build_rolls_and_swells(trial: Style, make_song: SongMaker) -> None:
    stage, plan = _stage(trial, make_song("verse:8 chorus:4 outro:4"))
    stage.scenes = entered_by(stage.scenes, 0, "build")
    notes = [n for n in drums.play(plan, stage) if n.pitch is Drum.SNARE and 6 * 1920 <= n.onset < 8 * 1920]
    assert len([n for n in notes if n.onset >= 7 * 1920]) > len([n for n in notes if n.onset < 7 * 1920])
    assert notes[-1].velocity > notes[0].velocity + 20
    late = [n for n in drums.play(plan, stage) if n.pitch is Drum.KICK and 7 * 1920 <= n.onset < 8 * 1920]
    assert late == []


def test_a_returning_section_keeps_its_groove(trial: Style, make_song: SongMaker) -> None:
    stage, plan = _stage(trial, make_song("verse:8 chorus:8 verse:8 outro:4"))
    notes = drums.play(plan, stage)
    assert _bar(notes, 0) == _bar(notes, 16 * 1920)
    assert _bar(notes, 1920) == _bar(notes, 17 * 1920)
    assert _bar(notes, 1920) != _bar(notes, 9 * 1920)


def test_a_pushed_chord_moves_the_kick(trial: Style, make_song: SongMaker) -> None:
    song = make_song("verse:4 outro:4")
    pushed = tuple(replace(c, push=240) if c.onset == 1920 else c for c in song.chords)
    stage, plan = _stage(trial, replace(song, chords=pushed))
    notes = drums.play(plan, stage)
    kicks = [n.onset for n in notes if n.pitch is Drum.KICK]
    assert 1920 - 240 in kicks and 1920 not in kicks
    assert stage.kicks == kicks


@pytest.mark.parametrize("ending", ["held", "hit", "ring", "tag", "cadence", "vamp-out", "pickup-hit"])
def test_the_last_stroke_is_on_the_last_chord(trial: Style, make_song: SongMaker, ending: str) -> None:
    song = make_song("verse:4 chorus:4", ending=ending)
    stage, plan = _stage(trial, song)
    notes = drums.play(plan, stage)
    assert max(n.onset for n in notes) == song.chords[-1].onset


def test_levels_of_ghosts_and_backbeats(trial: Style, make_song: SongMaker) -> None:
    stage, plan = _stage(trial, make_song("chorus:8 outro:4"))
    snares = [n for n in drums.play(plan, stage) if n.pitch is Drum.SNARE and n.onset < 7 * 1920]
    assert all(20 <= n.velocity <= 45 for n in snares if n.articulation == "ghost")
    back = [n.velocity for n in snares if n.onset % 1920 in (480, 1440)]
    assert len(back) == 14 and all(95 <= v <= 120 for v in back)


@given(
    seed=st.integers(0, 10**6),
    meter=st.sampled_from(["4/4", "3/4", "6/8", "5/4"]),
    tempo=st.integers(60, 200),
    ending=st.sampled_from(["held", "hit", "fade-layers", "pickup-hit"]),
    push=st.sampled_from([0, 120, 240]),
)
def test_always_playable_and_the_same_twice(
    trial: Style, make_song: SongMaker, seed: int, meter: str, tempo: int, ending: str, push: int
) -> None:
    song = make_song(
        "intro:4 verse:8 chorus:4 outro:4", meter=meter, tempo=float(tempo), ending=ending, push=push,
        brief=Brief(seed=seed),
    )  # fmt: skip
    stage, plan = _stage(trial, song)
    notes = drums.play(plan, stage)
    assert notes == drums.play(plan, stage)
    assert notes == playable_drums(notes, tempo * 8.0)
    assert all(0 <= n.onset < song.end for n in notes)
    assert all(any(a <= n.onset < b for spans in plan.plays for a, b in spans) for n in notes)


def test_a_machine_s_hi_hat_is_open_or_closed_too() -> None:
    song = compose(Brief(genre="pop", bars=16, seed=3))
    kits = [track for track in song.tracks if track.role == "drums"]
    assert [track.instrument for track in kits] == ["electronic kit"]
    closed, opened = ({n.onset for n in kits[0].notes if n.pitch is drum} for drum in (Drum.HAT, Drum.HAT_OPEN))
    assert opened and not closed & opened
