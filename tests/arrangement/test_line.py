"""Bass lines and riffs from line patterns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from partimento.arrangement import line
from partimento.arrangement.arrange import build_stage
from partimento.arrangement.band import choose_band
from partimento.arrangement.stage import PartPlan, Stage
from partimento.arrangement.style import Pattern, Style
from partimento.arrangement.transitions import entered_by
from partimento.score.brief import Brief
from partimento.score.song import Note, Song
from partimento.score.stream import Stream

SongMaker = Callable[..., Song]
ROOTS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
QUALITIES = ("", "m", "7", "maj7", "m7b5", "sus4", "5", "dim7", "6", "9", "7alt", "aug")


def _stage(style: Style, song: Song, role: str = "bass", bars: tuple[str, ...] = ()) -> tuple[Stage, PartPlan]:
    if bars:
        style = style.model_copy(update={"patterns": {**style.patterns, role: (Pattern(name="own", bars=bars),)}})
    band = choose_band(song.brief, style, "song", Stream(song.brief.seed, "band"))
    stage, plans = build_stage(song, style, band)
    plan = next(plan for plan in plans if plan.part.role == role)
    whole = tuple(((s.section.start, s.section.end),) for s in stage.scenes)
    return stage, replace(plan, plays=whole)


def _text(notes: list[Note], start: int, length: int = 1920) -> str:
    here = [n for n in notes if start <= n.onset < start + length]
    return " ".join(f"{(n.onset - start) / 480 + 1:g}:{n.pitch}" for n in here)


def test_golden_bars(trial: Style, make_song: SongMaker) -> None:
    stage, plan = _stage(trial, make_song("verse:4 outro:4"), bars=("1 - - 5 1 - 8 a",))
    notes = line.play(plan, stage)
    assert [_text(notes, bar * 1920) for bar in range(3)] == [
        "1:C2 2.5:G2 3:C2 4:C3 4.5:F#1",
        "1:G1 2.5:D2 3:G1 4:G2 4.5:G#1",
        "1:A1 2.5:E2 3:A1 4:A2 4.5:E1",
    ]


def test_the_bass_plays_the_slash_and_a_chord_in_mid_bar(trial: Style, make_song: SongMaker) -> None:
    song = make_song("verse:4 outro:2", "C/E | F G | Am D7/F# | G")
    stage, plan = _stage(trial, song, bars=("1 - - -",))
    notes = line.play(plan, stage)
    assert [_text(notes, bar * 1920) for bar in range(4)] == ["1:E1", "1:F1 3:G1", "1:A1 3:F#1", "1:G1"]


def test_a_missing_root_is_put_on_the_chord(trial: Style, make_song: SongMaker) -> None:
    song = make_song("verse:2 outro:2", "C F")
    stage, plan = _stage(trial, song, bars=("1 . 3 5",))
    assert _text(line.play(plan, stage), 0) == "1:C2 3:F1 4:C2"


def test_a_pushed_chord_is_met_early(trial: Style, make_song: SongMaker) -> None:
    song = make_song("verse:4 outro:2", push=240)
    stage, plan = _stage(trial, song, bars=("1 - 5 -",))
    notes = line.play(plan, stage)
    assert _text(notes, 0) == "1:C2 3:G2 4.5:G1"
    assert _text(notes, 1920).startswith("3:D2")


def test_holds_and_short_endings(trial: Style, make_song: SongMaker) -> None:
    song = make_song("verse:4 outro:4", ending="hit")
    stage, plan = _stage(trial, song, bars=("1 5 1 5",))
    stage.scenes = entered_by(stage.scenes, 0, "hold")
    notes = line.play(plan, stage)
    held = [n for n in notes if 3 * 1920 <= n.onset < 4 * 1920]
    assert [(n.onset, n.duration) for n in held] == [(3 * 1920, 1920)]
    assert notes[-1].onset == song.end - 1920 and notes[-1].duration == 480


def test_dead_and_ghost_notes_are_soft(trial: Style, make_song: SongMaker) -> None:
    stage, plan = _stage(trial, make_song("verse:4 outro:4"), bars=("1 x 5g 1*",))
    notes = line.play(plan, stage)[:4]
    assert [n.articulation for n in notes] == ["", "dead", "ghost", "staccato"]
    assert notes[1].velocity <= 58 and notes[2].velocity <= 45 and notes[3].duration == 240


CHORDS = st.lists(
    st.lists(st.tuples(st.sampled_from(ROOTS), st.sampled_from(QUALITIES)), min_size=1, max_size=2),
    min_size=1,
    max_size=6,
)
TOKENS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "b3", "#4", "k1", "k5", "kb3", "a", "A", "d", "n", "x")
SUFFIXES = ("", ",", "'", "!", "*", "_", "~", "g", "?")
BARS = st.lists(
    st.lists(st.one_of(st.just("."), st.builds(str.__add__, st.sampled_from(TOKENS), st.sampled_from(SUFFIXES))),
             min_size=8, max_size=8),
    min_size=1, max_size=3,
)  # fmt: skip


@given(CHORDS, BARS, st.sampled_from(["bass", "riff"]), st.sampled_from([0, 240]), st.integers(0, 999))
def test_any_pattern_over_any_chords_stays_in_range(
    trial: Style, make_song: SongMaker, chords: list[list[tuple[str, str]]], bars: list[list[str]], role: str,
    push: int, seed: int,
) -> None:  # fmt: skip
    text = " | ".join(" ".join(root + quality for root, quality in bar) for bar in chords)
    song = make_song("intro:2 verse:6 outro:2", text, push=push, brief=Brief(seed=seed))
    stage, plan = _stage(trial, song, role, tuple(" ".join(bar).replace("x,", "x").replace("x'", "x") for bar in
                                                  [[t if t[0] != "x" else "x" for t in bar] for bar in bars]))
    notes = line.play(plan, stage)
    assert notes == line.play(plan, stage)
    before = 0
    for n in notes:
        midi = getattr(n.pitch, "midi", 0)
        assert plan.low <= midi <= plan.high
        assert before <= n.onset and n.duration > 0
        before = n.onset + n.duration
    assert before <= song.end
