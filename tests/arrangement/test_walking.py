"""Walking basses: targets on the chords, approaches before them, no limping."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from partimento.arrangement import walking
from partimento.arrangement.arrange import build_stage
from partimento.arrangement.band import choose_band
from partimento.arrangement.stage import PartPlan, Stage
from partimento.arrangement.style import Style
from partimento.score.brief import Brief
from partimento.score.song import Note, Song
from partimento.score.stream import Stream

SongMaker = Callable[..., Song]
CHART = "Dm7 | G7 | Cmaj7 | A7 | Dm7 G7 | Em7 A7 | Dm7 Db7 | C6"


def _stage(style: Style, song: Song, kind: str = "walk") -> tuple[Stage, PartPlan]:
    band = choose_band(song.brief, style, "song", Stream(song.brief.seed, "band"))
    stage, plans = build_stage(song, style, band)
    plan = next(plan for plan in plans if plan.part.role == "bass")
    part = plan.part.model_copy(update={"player": "walking", "kind": kind})
    whole = tuple(((s.section.start, s.section.end),) for s in stage.scenes)
    return stage, replace(plan, part=part, plays=whole)


def _midi(note: Note) -> int:
    return int(getattr(note.pitch, "midi", 0))


@given(st.integers(0, 10**6), st.sampled_from(["4/4", "3/4", "5/4", "6/8"]), st.floats(0.35, 1.0))
def test_every_chord_begins_on_its_bass_and_the_line_moves(
    trial: Style, make_song: SongMaker, seed: int, meter: str, energy: float
) -> None:
    song = make_song("verse:8 chorus:8 outro:4", CHART, meter=meter, energy=energy, brief=Brief(seed=seed))
    stage, plan = _stage(trial, song)
    notes = walking.play(plan, stage)
    assert notes == walking.play(plan, stage)
    beats = {bar.start + beat for bar in stage.timeline.bars for beat in bar.meter.beats}
    at = {n.onset: n for n in notes if n.articulation != "dead"}
    for chord in song.chords:
        if chord.onset in beats and chord.onset in at:
            assert _midi(at[chord.onset]) % 12 == chord.chord.bass_tone.number
    assert all(chord.onset in at for chord in song.chords if chord.onset in beats)
    assert all(28 <= _midi(n) <= 52 for n in notes)
    sung = [n for n in notes if n.articulation != "dead"]
    assert all(abs(_midi(b) - _midi(a)) <= 12 for a, b in zip(sung, sung[1:], strict=False))
    stops = [(n.onset, n.onset + n.duration) for n in notes]
    assert all(a[1] <= b[0] for a, b in zip(stops, stops[1:], strict=False))


@given(st.integers(0, 10**6))
def test_a_walk_fills_the_beats_and_seldom_repeats_a_note(trial: Style, make_song: SongMaker, seed: int) -> None:
    song = make_song("verse:16 outro:4", CHART, energy=0.7, brief=Brief(seed=seed))
    stage, plan = _stage(trial, song)
    notes = [n for n in walking.play(plan, stage) if n.articulation != "dead" and n.onset < 16 * 1920]
    assert [n.onset for n in notes] == list(range(0, 16 * 1920, 480))
    repeats = sum(_midi(a) == _midi(b) for a, b in zip(notes, notes[1:], strict=False))
    assert repeats <= 2
    assert len({_midi(n) for n in notes}) >= 10
    small = sum(abs(_midi(a) - _midi(b)) <= 2 for a, b in zip(notes, notes[1:], strict=False))
    assert small >= len(notes) // 4


def test_a_two_feel_plays_halves(trial: Style, make_song: SongMaker) -> None:
    song = make_song("verse:8 outro:4", CHART, energy=0.5)
    stage, plan = _stage(trial, song, "two-feel")
    notes = [n for n in walking.play(plan, stage) if n.onset < 4 * 1920]
    onsets = [n.onset for n in notes]
    assert all(bar * 1920 in onsets and bar * 1920 + 960 in onsets for bar in range(4))
    assert len(onsets) <= 12
