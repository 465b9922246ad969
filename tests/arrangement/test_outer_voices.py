"""Bass figures give way where they would go in fifths or octaves with the tune; a chord's own bass stands."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from partimento.arrangement.arrange import build_stage
from partimento.arrangement.band import choose_band
from partimento.arrangement.counter import parallel
from partimento.arrangement.outer_voices import without_parallels
from partimento.arrangement.stage import Stage
from partimento.arrangement.style import Style
from partimento.score.song import Drum, Note, Song, Track
from partimento.score.stream import Stream
from partimento.theory.key import Key
from partimento.theory.pitch import Pitch

Q = 480
KEY = Key.parse("C")


def _line(names: str, at: int = 0) -> list[Note]:
    return [Note(at + i * Q, Q, Pitch.parse(name)) for i, name in enumerate(names.split())]


def _stage(song: Song, style: Style, lead: list[Note]) -> Stage:
    song = replace(song, tracks=(Track("lead", "lead", "voice", tuple(lead)),))
    return build_stage(song, style, choose_band(song.brief, style, "song", Stream(0, "band")))[0]


def _midis(notes: list[Note]) -> list[int]:
    return [note.pitch.midi for note in notes if not isinstance(note.pitch, Drum)]


def test_a_figure_in_octaves_with_the_tune_stays_where_it_was(trial: Style, make_song: Any) -> None:
    stage = _stage(make_song("verse:4", "C | G | Am | F"), trial, _line("C5 D5 E5 C5"))
    out = without_parallels(_line("C3 D3 C3 G2"), stage)
    assert [str(note.pitch) for note in out] == ["C3", "C3", "C3", "G2"]


def test_the_new_chords_bass_stands(trial: Style, make_song: Any) -> None:
    stage = _stage(make_song("verse:4", "C | G | Am | F"), trial, _line("C5 C5 C5 F5 G5"))
    out = without_parallels(_line("C3 C3 C3 F3 G3"), stage)
    assert str(out[4].pitch) == "G3" and str(out[3].pitch) == "C3"


SCALE = ("G2", "A2", "B2", "C3", "D3", "E3", "F3", "G3")


@given(
    names=st.lists(st.sampled_from(SCALE), min_size=2, max_size=32),
    tune=st.lists(st.integers(60, 79), min_size=32, max_size=32),
)
def test_no_figure_keeps_a_parallel(trial: Style, make_song: Any, names: list[str], tune: list[int]) -> None:
    lead = [Note(i * Q, Q, KEY.spell(midi)) for i, midi in enumerate(tune)]
    stage = _stage(make_song("verse:8", "C | G | Am | F"), trial, lead)
    bass = _line(" ".join(names))
    out = without_parallels(bass, stage)
    assert [(n.onset, n.duration) for n in out] == [(n.onset, n.duration) for n in bass]
    low, changes = _midis(out), {chord.sounding for chord in stage.timeline.chords}
    for i in range(1, len(out)):
        if out[i].onset in changes:
            assert out[i].pitch == bass[i].pitch
        elif i + 1 == len(out) or out[i + 1].onset not in changes:
            assert not parallel(tune[i - 1], low[i - 1], tune[i], low[i])
